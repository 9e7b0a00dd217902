"""Errors and warnings as a page shows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from badgeops.errors import Diagnostic
from badgeops.render.plain import printable


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """An error or a warning."""

    severity: str
    summary: str
    paragraphs: tuple[tuple[str, bool], ...]
    """Lines of the detail, and whether each is a command to run."""
    address: str
    source: str


def problem(found: Diagnostic) -> ShownProblem:
    """Return a problem as a page shows it."""
    return ShownProblem(
        str(found.severity),
        printable(found.summary),
        paragraphs(found.detail),
        printable(found.address or ""),
        printable(str(found.source)) if found.source else "",
    )


def paragraphs(text: str) -> tuple[tuple[str, bool], ...]:
    """Return the lines of a text, and which of them are commands to run: those that are indented."""
    return tuple((printable(line.strip()), line.startswith("  ")) for line in text.split("\n") if line.strip())
