"""What became of an apply, as text: what failed and why first, then the count and where the state stands."""

from __future__ import annotations

from collections.abc import Iterator

from badgeops.apply import Outcome, Result, Status
from badgeops.plan import Action
from badgeops.render.plain import printable
from badgeops.render.plan_text import counted

_VERBS = (
    (Action.CREATE, "created"),
    (Action.UPDATE, "updated"),
    (Action.DELETE, "deleted"),
    (Action.ARCHIVE, "archived"),
    (Action.FORGET, "forgotten"),
    (Action.ADOPT, "adopted"),
)


def render(result: Result, *, total: int, next_command: str) -> str:
    """Return the report. `total` is the number of changes that were planned."""
    lines: list[str] = []
    for outcome in result.having(Status.FAILED):
        lines += _failure(outcome)
    for outcome in result.having(Status.SKIPPED):
        lines.append(f"{outcome.change.address}: skipped: {printable(outcome.message)}")
    for outcome in result.having(Status.DONE):
        lines += [f"{outcome.change.address}: note: {printable(warning)}" for warning in outcome.warnings]
    if lines:
        lines.append("")
    done = result.having(Status.DONE)
    if result.is_success:
        counts = [
            f"{number} {verb}"
            for action, verb in _VERBS
            if (number := sum(outcome.change.action is action for outcome in done))
        ]
        lines.append(f"Done: {', '.join(counts)}. The state is saved (serial {result.serial}).")
        return "\n".join(lines) + "\n"
    lines.append(f"Done: {len(done)} of {total}.{_rest(result)}")
    lines.append(
        f"The state is saved (serial {result.serial}). Nothing will be done twice: when the cause is mended, run"
    )
    lines += ["", f"  {next_command}"]
    return "\n".join(lines) + "\n"


def _failure(outcome: Outcome) -> Iterator[str]:
    yield f"{outcome.change.address}: {printable(outcome.message)}"
    for detail in outcome.details:
        place = f"{detail.source}: " if detail.source else ""
        yield f"  {place}{printable(detail.summary)}"
    if outcome.hint:
        yield from (f"  {printable(line)}" for line in outcome.hint.split("\n"))


def _rest(result: Result) -> str:
    failed, skipped = len(result.having(Status.FAILED)), len(result.having(Status.SKIPPED))
    parts = [f" {counted(failed, 'change')} failed" if failed else "", f" {skipped} skipped" if skipped else ""]
    text = ",".join(part for part in parts if part)
    return f"{text}{' (interrupted)' if result.interrupted else ''}."
