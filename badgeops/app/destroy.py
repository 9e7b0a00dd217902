"""`badgeops destroy`: delete from the server what the state owns."""

from __future__ import annotations

from dataclasses import dataclass

from badgeops.app import asking
from badgeops.app.carry_out import Job, carry_out, report, show
from badgeops.app.make_plan import PlanningRequest
from badgeops.app.reporting import Reporter
from badgeops.app.workspace import open_workspace
from badgeops.errors import PlanError
from badgeops.planning.plan import Plan
from badgeops.planning.planner import Options
from badgeops.planning.remedies import to_destroy
from badgeops.state.journal import Journal


@dataclass(frozen=True, kw_only=True)
class DestroyRequest(PlanningRequest):
    """What `badgeops destroy` is asked for."""

    auto_approve: bool = False
    lock_timeout: float = 0

    @property
    def options(self) -> Options:
        """What the planner is to do beyond the defaults."""
        return Options(self.allow, destroy=True)


def destroy(request: DestroyRequest, reporter: Reporter) -> int:
    """Plan the end of everything, show it, ask, and carry it out. Returns the exit status."""
    workspace = open_workspace(request, reporter)
    with workspace.lock("destroy", request.lock_timeout), workspace.client() as client:
        journal = workspace.journal
        journal.load()
        return _destroy(Job("destroy", request, workspace, journal, client), request)


def _destroy(job: Job, request: DestroyRequest) -> int:
    planned = job.plan(request.options)
    plan = planned.plan
    _refuse_if_unfinished(job.journal)
    if plan.is_empty and not plan.errors:  # what this account may not see is an error, and still there
        return _nothing_to_do(job)
    show(job.reporter, planned)
    _refuse_if_blocked(job, plan, request)
    environment = job.workspace.settings.environment
    question = f"Delete these {len(plan.changes)} entities from {environment}?"
    asking.confirm(question, job.reporter, auto_approve=request.auto_approve)
    return report(job, plan, carry_out(job, planned))


def _refuse_if_blocked(job: Job, plan: Plan, request: DestroyRequest) -> None:
    """Stop where the plan has errors, with the commands that delete all that can be deleted."""
    if not plan.errors:
        return
    unasked = [] if job.reporter.can_ask and not request.auto_approve else ["--auto-approve"]
    commands = "".join(f"\n  {command}" for command in to_destroy(plan, request.allow, *unasked))
    raise PlanError(
        "The plan cannot be applied: see the errors above. Nothing was changed.",
        hint=f"Each error says what to do. To leave what cannot be deleted, and to delete all the rest:{commands}",
    )


def _refuse_if_unfinished(journal: Journal) -> None:
    if journal.state.pending:
        raise PlanError(
            "An earlier run was interrupted, and badgeops does not know yet what became of: "
            f"{', '.join(map(str, sorted(journal.state.pending)))}.",
            hint="Apply first, to find out:\n  badgeops apply",
        )


def _nothing_to_do(job: Job) -> int:
    if job.journal.is_unfinished:  # an interrupted run has deleted it all, and only its journal says so
        job.journal.replace(job.journal.state)
    job.reporter.done("Nothing to destroy: the state records no entities on this server.\n")
    return 0
