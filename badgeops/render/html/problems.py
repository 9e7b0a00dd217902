"""Errors and warnings as a page shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from badgeops.errors import Diagnostic
from badgeops.render.causes import Group, by_cause
from badgeops.render.plain import printable


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """An error, a warning or a note, and how often it was met."""

    severity: str
    rule: str
    summary: str
    paragraphs: tuple[tuple[str, bool], ...]
    """Lines of the detail, and whether each is a command to run."""
    address: str
    source: str


def problems(found: Iterable[Diagnostic]) -> list[ShownProblem]:
    """Return problems as a page shows them: each cause once."""
    return [_shown(group) for group in by_cause(found)]


def _shown(group: Group) -> ShownProblem:
    first = group.first
    return ShownProblem(
        str(first.severity),
        printable(first.code),
        printable(group.headline),
        (*paragraphs(first.detail), *((printable(note), False) for note in group.notes)),
        printable(first.address or "") if group.is_single else "",
        printable(_place(group)),
    )


def _place(group: Group) -> str:
    """Return where it is; the first place of several names what it is about."""
    first = group.first
    address = f" ({first.address})" if first.address and not group.is_single else ""
    return f"{first.source}{address}" if first.source else address.strip(" ()")


def paragraphs(text: str) -> tuple[tuple[str, bool], ...]:
    """Return the lines of a text, and which of them are commands to run: those that are indented."""
    return tuple((printable(line.strip()), line.startswith("  ")) for line in text.split("\n") if line.strip())
