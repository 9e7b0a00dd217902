"""`badgeops apply`: plan, show, ask and carry out; of a reviewed plan no more than it says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from badgeops.app import asking
from badgeops.app.approval import Approval, read_approval
from badgeops.app.carry_out import Job, carry_out, refuse_if_blocked, report, show, wait_for_late_writes
from badgeops.app.make_plan import Planned, PlanningRequest
from badgeops.app.reporting import Reporter
from badgeops.app.reviewed_report import report_reviewed
from badgeops.app.workspace import open_workspace
from badgeops.applying.result import Result
from badgeops.planning.planner import Options
from badgeops.planning.risk import brakes
from badgeops.review import compare_plans
from badgeops.review.compare_plans import Review


@dataclass(frozen=True, kw_only=True)
class ApplyRequest(PlanningRequest):
    """What `badgeops apply` is asked for."""

    auto_approve: bool = False
    lock_timeout: float = 0
    plan_file: str | None = None
    """A saved plan: all that may be done, and done without asking."""
    expect_digest: str | None = None
    """The digest that the plan must have, or a saved plan that has it."""


@dataclass(frozen=True)
class _Agreed:
    """What is to be done."""

    planned: Planned
    review: Review | None = None
    """What is left of a saved plan; None without one."""


def apply(request: ApplyRequest, reporter: Reporter) -> int:
    """Make the server what the catalog says. Returns the exit status."""
    approval = read_approval(request.plan_file, request.expect_digest)
    workspace = open_workspace(request, reporter)
    approval.check_place(workspace.settings)
    with workspace.lock("apply", request.lock_timeout):
        journal = workspace.journal
        approval.check_state(journal.load())
        with workspace.client() as client:
            job = Job("apply", request, workspace, journal, client)
            agreed = _agreed(job, approval, approval.with_own(request.options))
            is_approved = request.auto_approve or approval.is_given
            _stop_at(job, agreed, request, is_approved=is_approved)
            result = _carry_out(job, agreed.planned, is_approved=is_approved)
        return _report(job, approval, agreed, result)


def _agreed(job: Job, approval: Approval, options: Options) -> _Agreed:
    """Plan, and show what is to be done: the plan, or what is left of a saved one."""
    agreed = _judged(job, approval, _settled_plan(job, options))
    approval.insist_on(agreed.planned, job.reporter, is_unfinished=job.journal.is_unfinished)
    if approval.saved is None or not agreed.planned.plan.is_empty:
        show(job.reporter, agreed.planned)
    return agreed


def _settled_plan(job: Job, options: Options) -> Planned:
    """Plan, once the server has ended what an earlier run has left with it."""
    planned = job.plan(options)
    plan = planned.plan
    moved = {before: intent.address for before, intent in plan.handed_over}
    unanswered = {moved.get(address, address) for address in job.journal.unanswered}
    late = sorted(address for address in unanswered if address in plan.written or str(address) in plan.undecided)
    if late:
        wait_for_late_writes(job.reporter, late)
        planned = job.plan(options)
    return planned


def _judged(job: Job, approval: Approval, planned: Planned) -> _Agreed:
    """Cut a new plan down to what the saved one says."""
    if approval.saved is None:
        return _Agreed(planned)
    review = compare_plans.judge(
        approval.saved, planned.plan, job.workspace.catalog, job.journal.state, planned.snapshot.live
    )
    return _Agreed(replace(planned, plan=review.plan), review)


def _stop_at(job: Job, agreed: _Agreed, request: ApplyRequest, *, is_approved: bool) -> None:
    """Stop where the plan has errors, or changes more than the limits let it."""
    plan = agreed.planned.plan
    also = asking.also_needed(job.reporter, auto_approve=is_approved)
    refuse_if_blocked(plan, brakes(plan, job.workspace.settings.limits, request.allow), also)


def _carry_out(job: Job, planned: Planned, *, is_approved: bool) -> Result:
    """Ask where anything is to be sent, and do it."""
    plan, journal = planned.plan, job.journal
    is_idle = plan.is_empty and not plan.bookkeeping and not journal.is_unfinished
    if not plan.is_empty:
        asking.confirm("Carry out this plan?", job.reporter, auto_approve=is_approved)
    return Result((), journal.state.serial) if is_idle else carry_out(job, planned)


def _report(job: Job, approval: Approval, agreed: _Agreed, result: Result) -> int:
    if approval.saved is not None and agreed.review is not None:
        return report_reviewed(job, approval.saved, agreed.review, result)
    plan = agreed.planned.plan
    return 0 if plan.is_empty else report(job, plan, result)
