"""`badgeops destroy`: delete from the server what the state owns."""

from __future__ import annotations

import click

from badgeops.commands.shared import options


@click.command(short_help="Delete from the server all that the state owns.")
@options.catalog_argument
@options.connection_options
@options.auto_approve_option
@options.lock_timeout_option
@options.allow_protected_option
def destroy(
    catalog: str,
    environment: str | None,
    allow_http: bool,
    parallelism: int,
    auto_approve: bool,
    lock_timeout: float,
    allow_protected: tuple[str, ...],
) -> int:
    """Delete every issuer and badge class that the state owns, badge classes first.

    What badgeops does not manage is never touched. Protected entities, and badge classes that people hold, stop it.
    The catalog's files stay as they are. CATALOG is the folder that holds badgeops.yaml.
    """
    from badgeops.app import carry_out
    from badgeops.app.make_plan import addresses, make_plan
    from badgeops.app.workspace import open_workspace
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.errors import PlanError
    from badgeops.planner import Options

    run = carry_out.Run("destroy", catalog, environment, parallelism)
    allowed = Options(destroy=True, allow_protected=addresses(allow_protected))
    workspace = open_workspace(CONSOLE, catalog, environment, allow_http=allow_http)
    with workspace.lock("destroy", lock_timeout), workspace.client() as client:
        ledger = workspace.ledger
        planned = make_plan(workspace, ledger.load(), client, allowed, parallelism=parallelism)
        plan = planned.plan
        if ledger.state.pending:
            raise PlanError(
                "An earlier run was interrupted, and it is not known yet what it made of: "
                f"{', '.join(map(str, sorted(ledger.state.pending)))}.",
                hint="The next apply finds out. Then destroy:\n  badgeops apply",
            )
        if plan.is_empty:
            if ledger.is_unfinished:  # an interrupted run has deleted it all, and only its journal says so
                ledger.replace(ledger.state)
            CONSOLE.result("Nothing to destroy: the state owns nothing on this server.\n")
            return 0
        carry_out.show(CONSOLE, planned)
        carry_out.refuse_if_blocked(plan, [])
        carry_out.confirm(
            f"Delete these {len(plan.changes)} entities from {workspace.settings.environment}?",
            auto_approve=auto_approve,
        )
        result = carry_out.carry_out(workspace, client, ledger, plan, run)
        return carry_out.report(workspace, plan, result, run)
