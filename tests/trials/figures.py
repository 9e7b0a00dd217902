"""The figures of trials, as docs/reliability.md shows them: which command gave them, when, and for which commit."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_BEGIN, _END = "<!-- figures -->\n", "<!-- /figures -->"
_HEAD = (
    "| suite | trials | things tried | failed | time | date | commit | command |",
    "|---|--:|--:|--:|--:|---|---|---|",
)


@dataclass(frozen=True)
class Figures:
    """What came of one run of a suite."""

    suite: str
    trials: int
    tried: int
    failed: int
    minutes: float
    date: date
    commit: str
    command: str

    def row(self) -> str:
        """Return a row of the table."""
        counted = f"{self.trials:,} | {self.tried:,} | {self.failed} | {self.minutes:.1f} min"
        return f"| {self.suite} | {counted} | {self.date} | {self.commit} | `{self.command}` |"


def table(found: Sequence[Figures]) -> str:
    """Return a table of these figures alone."""
    return "\n".join([*_HEAD, *(each.row() for each in found)])


def recorded(page: str, found: Sequence[Figures]) -> str:
    """Return a page on which the rows of these suites are new; those of the others stay as they are."""
    before, begin, rest = page.partition(_BEGIN)
    old, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError("the page has no place for figures")
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in old.splitlines()[len(_HEAD) :]}
    rows |= {each.suite: each.row() for each in found}
    return before + _BEGIN + "\n".join([*_HEAD, *rows.values()]) + "\n" + _END + after


def commit(folder: Path) -> str:
    """Return the commit that is checked out, and whether anything differs from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    name = git("rev-parse", "--short=10", "HEAD")
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/reliability.md")
    return (name or "unknown") + (" and changes" if changed else "")
