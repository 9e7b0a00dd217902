"""A problem before it has a place: what the pure rules return, and `validate` turns into diagnostics."""

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


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and where in the document it is."""

    path: Path
    problem: Problem
    of_key: bool = False
    """True where the name of the field is the matter, not its value."""
