"""`badgeops apply`: make the server what the catalog says."""

from __future__ import annotations

import click

from badgeops.commands.shared import options


@click.command(short_help="Make the server what the catalog says.")
@options.catalog_argument
@options.connection_options
@options.auto_approve_option
@options.lock_timeout_option
@options.allow_deletes_option
@options.allow_updates_option
@options.allow_protected_option
@options.allow_meaning_change_option
@options.allow_duplicate_name_option
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE",
    help="Do what a plan saved with `plan --out` says, and nothing else. It counts as approval: nobody is asked.",
)
@click.option(
    "--expect",
    metavar="DIGEST",
    help="Apply only if the plan has this digest, or that of this saved plan. It counts as approval: nobody is asked.",
)
def apply(
    catalog: str,
    environment: str | None,
    allow_http: bool,
    parallelism: int,
    auto_approve: bool,
    lock_timeout: float,
    allow_deletes: int,
    allow_updates: int,
    allow_protected: tuple[str, ...],
    allow_meaning_change: tuple[str, ...],
    allow_duplicate_name: bool,
    plan_file: str | None,
    expect: str | None,
) -> int:
    """Plan, show the plan, ask, and carry it out.

    CATALOG is the folder that holds badgeops.yaml. What fails stops only what depends on it; everything that was done
    is recorded, and nothing is done twice. Exit status: 0 all done, 1 something was not, 130 interrupted.
    """
    from dataclasses import replace

    from badgeops import reviewed
    from badgeops.app import carry_out, reviewed_apply
    from badgeops.app.make_plan import addresses, make_plan
    from badgeops.app.workspace import open_workspace
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.planner import Options
    from badgeops.result import Result
    from badgeops.risk import brakes

    run = carry_out.Run("apply", catalog, environment, parallelism)
    allowed = Options(
        allow_duplicate_name=allow_duplicate_name,
        allow_protected=addresses(allow_protected),
        allow_meaning_change=addresses(allow_meaning_change),
    )
    approval = reviewed_apply.read_approval(plan_file, expect)
    saved, review = approval.saved, None
    workspace = open_workspace(CONSOLE, catalog, environment, allow_http=allow_http)
    if saved is not None:
        settings = workspace.settings
        reviewed.check(
            saved, catalog=settings.catalog, environment=settings.environment, server=settings.server.identity
        )
        allowed = reviewed_apply.allowed_with(saved, allowed)
    with workspace.lock("apply", lock_timeout):
        ledger = workspace.ledger
        state = ledger.load()
        if saved is not None:
            reviewed.check_state(saved, state)
        with workspace.client() as client:
            planned = make_plan(workspace, state, client, allowed, parallelism=parallelism)
            late = sorted(ledger.unanswered.intersection(planned.plan.written))
            if late:
                carry_out.wait_for_late_writes(CONSOLE, late)
                planned = make_plan(workspace, ledger.state, client, allowed, parallelism=parallelism)
            if saved is not None:
                review = reviewed.judge(saved, planned.plan, workspace.catalog, state, planned.snapshot.live)
                planned = replace(planned, plan=review.plan)
            plan = planned.plan
            if approval.expected and plan.digest != approval.expected:
                raise reviewed_apply.unexpected(CONSOLE, approval, planned, is_unfinished=ledger.is_unfinished)
            if saved is None or not plan.is_empty:
                carry_out.show(CONSOLE, planned)
            messages = brakes(plan, workspace.settings.limits, allow_deletes=allow_deletes, allow_updates=allow_updates)
            carry_out.refuse_if_blocked(plan, messages)
            is_idle = plan.is_empty and not plan.bookkeeping and not ledger.is_unfinished
            if not plan.is_empty:
                carry_out.confirm("Carry out this plan?", auto_approve=auto_approve or approval.is_given)
            result = Result((), state.serial) if is_idle else carry_out.carry_out(workspace, client, ledger, plan, run)
        if saved is not None and review is not None:
            return reviewed_apply.report(workspace, saved, review, result, run)
        return 0 if plan.is_empty else carry_out.report(workspace, plan, result, run)
