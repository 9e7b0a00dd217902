"""Whether lines for people fit their terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import east_asian_width

_WHOLE = re.compile(r" +(badgeops|curl|git|--allow) |(\S+:\d+:\d+: )?(error|warning|note)\[")
"""How lines begin that stand alone and whole: commands, and where a problem is and what it is."""
_WORD = 30
"""Columns of a word that may be too wide for what stands before it: an address, a path, an id."""


def needlessly_wide(lines: Iterable[str], width: int) -> list[str]:
    """Return the lines that are wider than a terminal although they could be broken."""
    return [
        line
        for line in lines
        if width_of(line) > width
        and not _WHOLE.match(line)
        and not any(width_of(word) > _WORD for word in line.split())
    ]


def width_of(text: str) -> int:
    """Return an upper bound of the columns that a line takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
