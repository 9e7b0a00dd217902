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


_WIDTH = 80


def render(result: Result, *, total: int, next_command: str, advice: str = "") -> str:
    """Return the report. `total` is how many changes were planned, `advice` what leads to the next command."""
    lines: list[str] = []
    for cause in result.causes:
        lines += _said(cause.address, cause.message)
        for words in cause.words:
            lines += hang("  ", printable(f"The server says: {words}"), _WIDTH)
        lines += hang("  ", printable(cause.hint), _WIDTH) if cause.hint else []
    for outcome in result.having(Status.REFUSED):
        lines += _failure(outcome)
    for outcome in result.having(Status.FAILED):
        lines += _failure(outcome)
    for outcome in result.having(Status.SKIPPED):
        lines += _said(outcome.change.address, f"skipped: {outcome.message}")
    for outcome in result.having(Status.DONE):
        for warning in outcome.warnings:
            lines += _said(outcome.change.address, f"note: {warning}")
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
    lines.append(f"The state is saved (serial {result.serial}), and nothing will be done twice.")
    mended = "When you have fixed the cause, run" if result.having(Status.FAILED) else "To go on, run"
    lines += hang("", advice or mended, _WIDTH)
    lines += ["", f"  {next_command}"]
    return "\n".join(lines) + "\n"


def _said(address: Address, text: str) -> list[str]:
    """Return what is said of an entity: beside its address where it fits, else below it."""
    line = f"{address}: {printable(text)}"
    return [line] if columns(line) <= _WIDTH else [f"{address}:", *hang("  ", printable(text), _WIDTH)]


def _failure(outcome: Outcome) -> Iterator[str]:
    yield from _said(outcome.change.address, outcome.message)
    for detail in outcome.details:
        place = f"{detail.source}: " if detail.source else ""
        yield from hang("  ", printable(f"{place}{detail.summary}"), _WIDTH)
    for line in outcome.hint.split("\n") if outcome.hint else ():
        # An indented line is a command: it stands alone and whole.
        yield from [f"  {printable(line)}"] if line.startswith(" ") else hang("  ", printable(line), _WIDTH)


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
