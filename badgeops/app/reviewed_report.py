"""What became of a reviewed plan: what was refused or skipped, what was carried out, and what it did not name."""

from __future__ import annotations

import shlex

from badgeops.app.carry_out import Job, exit_status
from badgeops.app.reporting import Reporter
from badgeops.applying.result import Outcome, Result, Status
from badgeops.errors import Diagnostic, Severity
from badgeops.planning.plan import Change, Effect
from badgeops.render.plain import printable
from badgeops.render.text import result_text, reviewed_text
from badgeops.review.compare_plans import Refused, Review
from badgeops.review.saved_plan import SavedPlan


def report_reviewed(job: Job, saved: SavedPlan, review: Review, result: Result) -> int:
    """Print what became of a reviewed plan and return the exit status."""
    reporter, workspace = job.reporter, job.workspace
    reporter.done(reviewed_text.settled(review, reporter.result_style.width))
    result = merged(review, result)
    if result.outcomes or result.interrupted:
        reporter.done(_told(job, saved, review, result))
    else:
        reporter.done(f"{printable(saved.name)} has nothing left to do.\n")
    if result.having(Status.DONE):
        workspace.remind_to_commit()
    _name_unplanned(reporter, saved, review)
    return exit_status(result)


def _told(job: Job, saved: SavedPlan, review: Review, result: Result) -> str:
    is_refused = bool(review.refused)
    name, option = ("plan", "--save-plan") if is_refused else ("apply", "--plan")
    return result_text.render(
        result,
        total=len(review.refused) + len(review.skipped) + len(review.plan.changes),
        next_command=job.request.next_command(name, option, shlex.quote(saved.name), *job.request.given_again),
        advice="For the refused changes, make a new plan and have it reviewed:" if is_refused else "",
        width=job.reporter.result_style.width,
    )


def merged(review: Review, result: Result) -> Result:
    """Return what became of a reviewed plan: what was refused or skipped, and what was carried out."""
    refused = [
        Outcome(
            _change(item.effect),
            Status.REFUSED,
            _refusal(item),
            hint="\n".join(problem.detail for problem in item.problems if problem.detail),
            details=tuple(_details(item)),
        )
        for item in review.refused
    ]
    skipped = [
        Outcome(_change(item.effect), Status.SKIPPED, f"{item.culprit} comes first and was not carried out")
        for item in review.skipped
    ]
    return Result((*refused, *skipped, *result.outcomes), result.serial, result.interrupted, result.causes)


def _refusal(item: Refused) -> str:
    was = f"refused: it was to be {reviewed_text.passive(item.effect)}"
    sides = sorted({deviation.side for deviation in item.deviations})
    if not sides:
        return f"{was}, but it can no longer be planned"
    return f"{was}, but it has changed since the plan ({', '.join(sides)})"


def _details(item: Refused) -> list[Diagnostic]:
    address = str(item.effect.address)
    said = [
        Diagnostic(Severity.ERROR, "not-as-planned", reviewed_text.deviation(deviation), address=address)
        for deviation in item.deviations
    ]
    return [*said, *item.problems]


def _change(effect: Effect) -> Change:
    """Return a change that only says what it is about."""
    return Change(effect.address, effect.action)


def _name_unplanned(reporter: Reporter, saved: SavedPlan, review: Review) -> None:
    """Name what the new plan has beyond the reviewed one."""
    if review.unplanned:
        reporter.advice(
            f"Not in {saved.name}, so left alone: {', '.join(review.unplanned)}. To plan it:\n  badgeops plan"
        )
