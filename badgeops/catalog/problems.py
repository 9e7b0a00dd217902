"""Two words for what is wrong with what a person wrote, before and after it has a place in a file.

A `Problem` says what is wrong and by which rule: pure rules return it, and need not know where they look. A
`Diagnostic` (in errors) is a problem with its place in a file, as people and programs read it. `ProblemAt` stands
between the two: the rules of a schema know the path inside the document, and whoever has the document finds the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from badgeops.errors import Severity
from badgeops.yamldoc.parse import Path


class Problem(NamedTuple):
    """What is wrong with one value, and what to write instead."""

    code: str
    summary: str
    detail: str = ""
    severity: Severity = Severity.ERROR


def warning(code: str, summary: str, detail: str = "") -> Problem:
    """Return a problem that stops nothing."""
    return Problem(code, summary, detail, Severity.WARNING)


def note(code: str, summary: str, detail: str = "") -> Problem:
    """Return something to know that need not be mended."""
    return Problem(code, summary, detail, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class ProblemAt:
    """A problem, and the path in a document that leads to it; a Diagnostic once the line is known."""

    path: Path
    problem: Problem
    of_key: bool = False
    """True if the name of the field is the problem, not its value."""


def with_article(noun: str) -> str:
    """Return "a BadgeClass", "an Issuer": a kind of document as a sentence speaks of it."""
    return f"{'an' if noun[0] in 'AEIOU' else 'a'} {noun}"
