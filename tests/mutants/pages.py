"""Figures and survivors as they stand in docs/reliability.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mutants import survivors
from mutants.rooms import ROOT
from mutants.survivors import Survivor

PAGE = ROOT / "docs" / "reliability.md"
FIGURES, SURVIVORS = "mutants", "survivors"


@dataclass(frozen=True)
class Row:
    """What became of the mutants of one module."""

    module: str
    mutants: int
    living: int
    open: int
    """Those of the living that stand in no list."""
    seconds: float
    stale: int = 0
    """Those that are listed and do not live."""


def line(row: Row) -> str:
    """Return a row of the table."""
    killed, reasoned, minutes = row.mutants - row.living, row.living - row.open, row.seconds / 60
    return f"| {row.module} | {row.mutants:,} | {killed:,} | {reasoned} | {row.open} | {minutes:.1f} min |"


def figures(rows: Sequence[Row]) -> str:
    """Return the table of figures, with their sum."""
    sums = [sum(column) for column in zip(*((row.mutants, row.living, row.open) for row in rows), strict=True)]
    total = Row("all", *sums, seconds=sum(row.seconds for row in rows))
    head = ["| module | mutants | killed | live for a reason | open | time |", "|---|--:|--:|--:|--:|--:|"]
    return "\n".join([*head, *map(line, rows), line(total)]) + "\n"


def record(rows: Sequence[Row], listed: Sequence[Survivor]) -> None:
    """Write figures and survivors into the page."""
    text = put(PAGE.read_text("utf-8"), FIGURES, figures(rows))
    PAGE.write_text(put(text, SURVIVORS, survivors.table(listed)), encoding="utf-8")


def put(text: str, name: str, content: str) -> str:
    """Put content between the marks of a name."""
    return re.sub(
        rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda match: match[1] + content + match[2], text, flags=re.DOTALL
    )
