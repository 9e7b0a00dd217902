"""What became of an apply, as text: what failed and why first, then the count and where the state stands."""

from __future__ import annotations

from collections.abc import Iterator

from badgeops.applying.result import Outcome, Result, Status
from badgeops.model.address import Address
from badgeops.planning.plan import Action
from badgeops.render.layout import columns, hang
from badgeops.render.plain import printable
from badgeops.render.values import counted

_VERBS = (
    (Action.CREATE, "created"),
    (Action.UPDATE, "updated"),
    (Action.DELETE, "deleted"),
    (Action.ARCHIVE, "archived"),
    (Action.FORGET, "forgotten"),
    (Action.ADOPT, "adopted"),
)


def render(result: Result, *, total: int, next_command: str, advice: str = "", width: int = 80) -> str:
    """Return the report. `total` is how many changes were planned, `advice` what leads to the next command."""
    lines: list[str] = []
    for cause in result.causes:
        lines += _said(cause.address, cause.message, width)
        for words in cause.words:
            lines += hang("  ", printable(f"The server says: {words}"), width)
        lines += hang("  ", printable(cause.hint), width) if cause.hint else []
    for outcome in result.having(Status.REFUSED):
        lines += _failure(outcome, width)
    for outcome in result.having(Status.FAILED):
        lines += _failure(outcome, width)
    for outcome in result.having(Status.SKIPPED):
        lines += _said(outcome.change.address, f"skipped: {outcome.message}", width)
    for outcome in result.having(Status.DONE):
        for warning in outcome.warnings:
            lines += _said(outcome.change.address, f"note: {warning}", width)
    if lines:
        lines.append("")
    done = result.having(Status.DONE)
    if result.is_success:
        counts = [
            f"{number} {verb}"
            for action, verb in _VERBS
            if (number := sum(outcome.change.action is action for outcome in done))
        ]
        lines += hang("", f"Done: {', '.join(counts)}. The state is saved (serial {result.serial}).", width)
        return "\n".join(lines) + "\n"
    lines.append(f"Done: {len(done)} of {total}.{_rest(result)}")
    lines += hang("", f"The state is saved (serial {result.serial}), and nothing will be done twice.", width)
    mended = "When you have fixed the cause, run" if result.having(Status.FAILED) else "To go on, run"
    lines += hang("", advice or mended, width)
    lines += ["", f"  {next_command}"]
    return "\n".join(lines) + "\n"


def _said(address: Address, text: str, width: int) -> list[str]:
    """Return what is said of an entity: beside its address where it fits, else below it."""
    line = f"{address}: {printable(text)}"
    return [line] if columns(line) <= width else [f"{address}:", *hang("  ", printable(text), width)]


def _failure(outcome: Outcome, width: int) -> Iterator[str]:
    yield from _said(outcome.change.address, outcome.message, width)
    for detail in outcome.details:
        place = f"{detail.source}: " if detail.source else ""
        yield from hang("  ", printable(f"{place}{detail.summary}"), width)
    for line in outcome.hint.split("\n") if outcome.hint else ():
        # An indented line is a command: it stands alone and whole.
        yield from [f"  {printable(line)}"] if line.startswith(" ") else hang("  ", printable(line), width)


def _rest(result: Result) -> str:
    failed, skipped = len(result.having(Status.FAILED)), len(result.having(Status.SKIPPED))
    refused = len(result.having(Status.REFUSED))
    parts = [
        f" {counted(failed, 'change')} failed" if failed else "",
        f" {refused} refused" if refused else "",
        f" {skipped} skipped" if skipped else "",
    ]
    text = ",".join(part for part in parts if part)
    if not text:
        return " It was interrupted."  # else it is a success
    return f"{text}{' (interrupted)' if result.interrupted else ''}."
