"""`badgeops apply`: make the server what the catalog says."""

from __future__ import annotations

import click

from badgeops.commands import options


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
) -> int:
    """Plan, show the plan, ask, and carry it out.

    CATALOG is the folder that holds badgeops.yaml. What fails stops only what depends on it; everything that was done
    is recorded, and nothing is done twice. Exit status: 0 all done, 1 something was not, 130 interrupted.
    """
    from badgeops.commands import applying
    from badgeops.commands.console import CONSOLE
    from badgeops.commands.planning import addresses, make_plan
    from badgeops.commands.workspace import open_workspace
    from badgeops.planner import Options
    from badgeops.risk import brakes

    run = applying.Run("apply", catalog, environment, parallelism)
    allowed = Options(
        allow_duplicate_name=allow_duplicate_name,
        allow_protected=addresses(allow_protected),
        allow_meaning_change=addresses(allow_meaning_change),
    )
    workspace = open_workspace(CONSOLE, catalog, environment, allow_http=allow_http)
    with workspace.lock("apply", lock_timeout), workspace.client() as client:
        ledger = workspace.ledger
        planned = make_plan(workspace, ledger.load(), client, allowed, parallelism=parallelism)
        late = sorted(ledger.unanswered.intersection(planned.plan.creations))
        if late:
            applying.wait_for_late_creations(CONSOLE, late)
            planned = make_plan(workspace, ledger.state, client, allowed, parallelism=parallelism)
        plan = planned.plan
        applying.show(CONSOLE, planned)
        messages = brakes(plan, workspace.settings.limits, allow_deletes=allow_deletes, allow_updates=allow_updates)
        applying.refuse_if_blocked(plan, messages)
        if plan.is_empty and not plan.bookkeeping and not ledger.is_unfinished:
            return 0
        if not plan.is_empty:
            applying.confirm("Carry out this plan?", auto_approve=auto_approve)
        result = applying.carry_out(workspace, client, ledger, plan, run)
        return 0 if plan.is_empty else applying.report(workspace, plan, result, run)
