"""`apply --plan` and `--expect`: what was reviewed, read, compared and reported."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

import click

from badgeops import planfile, reviewed
from badgeops.app.carry_out import Run, show
from badgeops.app.make_plan import Planned, command_line
from badgeops.app.workspace import Workspace, cache_folder
from badgeops.commands.shared.console import Console
from badgeops.commands.shared.outputs import write_file
from badgeops.errors import Diagnostic, PlanError, SettingsError, Severity
from badgeops.plan import Change, Deed, Plan
from badgeops.planfile import SavedPlan
from badgeops.planner import Options
from badgeops.recent import MOST_CHANGES, Plans
from badgeops.render import plan_json, result_text, reviewed_text
from badgeops.render.plain import printable
from badgeops.result import Outcome, Result, Status
from badgeops.reviewed import Refused, Review
from badgeops.safe_files.reading import read_regular

_MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Approval:
    """What an apply was approved to do."""

    saved: SavedPlan | None = None
    """The plan of `--plan`, of which no more than it says is done."""
    expected: str = ""
    """The digest of `--expect`, which the new plan must have."""
    reviewed: SavedPlan | None = None
    """The plan that has this digest, where it is at hand."""

    @property
    def is_given(self) -> bool:
        """Nobody needs to be asked any more."""
        return self.saved is not None or bool(self.expected)


def read_approval(plan_file: str | None, expect: str | None) -> Approval:
    """Read what `--plan` or `--expect` names. An error for whatever is not whole: nothing is applied then."""
    if plan_file is not None and expect is not None:
        raise click.UsageError("--plan and --expect exclude each other: a saved plan is what is expected.")
    if plan_file is not None:
        return Approval(saved=read_plan(plan_file, "--plan"))
    if expect is None:
        return Approval()
    if planfile.is_digest(expect):
        return Approval(expected=expect, reviewed=_remembered(expect))
    if expect and os.path.lexists(expect):
        saved = read_plan(expect, "--expect")
        return Approval(expected=saved.digest, reviewed=saved)
    if not expect:
        raise _empty("--expect")
    raise PlanError(
        f"--expect takes the digest of a plan or the file that one was saved to, and {expect!r} is neither. "
        "Nothing was changed.",
        hint="A digest is sha256: and 64 digits from 0 to f; `badgeops plan --format json` has it as `digest`.",
    )


def read_plan(name: str, option: str) -> SavedPlan:
    """Read a saved plan; PlanError where that cannot be done."""
    if not name:
        raise _empty(option)
    try:
        text = read_regular(name, _MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise PlanError(
            f"The plan {name} cannot be read: {error.strerror or error}. Nothing was changed.",
            hint="`badgeops plan --out FILE` writes one.",
        ) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise PlanError(f"{name} is no plan: it is not UTF-8 text. Nothing was changed.") from error
    return planfile.loads(text, name=name)


def _empty(option: str) -> PlanError:
    return PlanError(
        f"{option} is empty. Nothing was changed.",
        hint="Is a variable unset that should hold it? Without a reviewed plan, leave the option out.",
    )


def _remembered(digest: str) -> SavedPlan | None:
    """Return a plan of the last ones by its digest; None where it is not at hand, or not what it is kept as."""
    text = Plans(cache_folder()).get(digest)
    if text is None:
        return None
    try:
        found = planfile.loads(text, name="the plan as it was reviewed")
    except PlanError:
        return None
    return found if found.digest == digest else None


def save(console: Console, plan: Plan, out: str | None) -> None:
    """Keep a plan by its digest, and write it to a file where one is named."""
    is_small = len(plan.changes) + len(plan.unmanaged) <= MOST_CHANGES
    if out is None and not is_small:
        return
    text = plan_json.render(plan)
    if is_small and not console.holds_secret(text):
        Plans(cache_folder()).put(plan.digest, text)
    if out is not None:
        write_result(console, out, text, "plan")
        console.note(f"Saved as {printable(out)}; the digest is {plan.digest}.")


def write_result(console: Console, out: str, text: str, what: str) -> None:
    """Write a result that is handed around to a file, whole or not at all, and never with a secret in it."""
    if console.holds_secret(text):
        raise SettingsError(
            f"{out} was not written: the {what} holds a password or a token of this run.",
            hint="Somebody has put it into the catalog or on the server. Take it out there, and change it.",
        )
    try:
        write_file(Path(out), text)
    except OSError as error:
        raise SettingsError(
            f"{out} cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that exists and that you may write to.",
        ) from error


def unexpected(console: Console, approval: Approval, planned: Planned, *, is_unfinished: bool) -> PlanError:
    """Show where a new plan differs from the one that was reviewed, and return the error that says so."""
    plan = planned.plan
    if approval.reviewed is not None:
        console.result(reviewed_text.differences(reviewed.differences(approval.reviewed, plan)))
    else:
        show(console, planned)
    at_hand = "" if approval.reviewed is not None else " The reviewed one is not at hand; above is the new one."
    unfinished = "An apply was interrupted, and part of the plan may be done. " if is_unfinished else ""
    return PlanError(
        f"This is not the plan that was reviewed: {approval.expected} was expected, and it is {plan.digest}. "
        f"Nothing was changed.{at_hand}",
        hint=f"{unfinished}Make a new plan and have it reviewed:\n  badgeops plan --out plan.json",
    )


def allowed_with(saved: SavedPlan, allowed: Options) -> Options:
    """Return what the command line allows, with what was allowed to the saved plan when it was made."""
    return replace(
        allowed,
        allow_duplicate_name=allowed.allow_duplicate_name or saved.allows_duplicate_names,
        allow_protected=allowed.allow_protected | saved.allows("--allow-protected"),
        allow_meaning_change=allowed.allow_meaning_change | saved.allows("--allow-meaning-change"),
    )


# --- the report ----------------------------------------------------------------------------------------------------


def report(workspace: Workspace, saved: SavedPlan, review: Review, result: Result, run: Run) -> int:
    """Print what became of a reviewed plan and return the exit status."""
    console = workspace.console
    console.result(reviewed_text.settled(review))
    result = _merged(review, result)
    if result.outcomes or result.interrupted:
        is_refused = bool(review.refused)
        name, option = ("plan", "--out") if is_refused else ("apply", "--plan")
        console.result(
            result_text.render(
                result,
                total=len(review.refused) + len(review.skipped) + len(review.plan.changes),
                next_command=command_line(name, run.catalog, run.environment, option, shlex.quote(saved.name)),
                advice="What was refused needs a new plan, and a review of it:" if is_refused else "",
            )
        )
    else:
        console.result(f"Nothing is left to do of {printable(saved.name)}.\n")
    if result.having(Status.DONE):
        workspace.remind_to_commit()
    _name_unplanned(console, saved, review)
    if result.interrupted:
        return 130
    return 0 if result.is_success else 1


def _merged(review: Review, result: Result) -> Result:
    """Return what became of a reviewed plan: what was refused or skipped, and what was carried out."""
    refused = [
        Outcome(
            _change(item.deed),
            Status.REFUSED,
            _refusal(item),
            hint="\n".join(problem.detail for problem in item.problems if problem.detail),
            details=tuple(_details(item)),
        )
        for item in review.refused
    ]
    skipped = [
        Outcome(_change(item.deed), Status.SKIPPED, f"{item.culprit} comes first, and is not done")
        for item in review.skipped
    ]
    return Result((*refused, *skipped, *result.outcomes), result.serial, result.interrupted)


def _refusal(item: Refused) -> str:
    was = f"refused: it was to be {reviewed_text.passive(item.deed)}"
    sides = sorted({deviation.side for deviation in item.deviations})
    if not sides:
        return f"{was}, and that cannot be planned any more."
    return f"{was}, and is not as it was planned any more ({', '.join(sides)})."


def _details(item: Refused) -> list[Diagnostic]:
    address = str(item.deed.address)
    said = [
        Diagnostic(Severity.ERROR, "not-as-planned", reviewed_text.deviation(deviation), address=address)
        for deviation in item.deviations
    ]
    return [*said, *item.problems]


def _change(deed: Deed) -> Change:
    """Return a change that only says what it is about."""
    return Change(deed.address, deed.action)


def _name_unplanned(console: Console, saved: SavedPlan, review: Review) -> None:
    """Name what the new plan has beyond the reviewed one."""
    if review.unplanned:
        console.advice(
            f"Not in {saved.name}, and left alone: {', '.join(review.unplanned)}. For a plan that has it:\n"
            "  badgeops plan"
        )
