"""Lines that fit a terminal: how wide text is, and where it is broken. Text must be printable already."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_GAP_AND_WORD = re.compile(r"( *)([^ ]+)")
_LEAST_ROOM = 24
"""Columns beside a lead; with less, text begins below it."""
_BELOW = " " * 6
_TAB = " " * 4


def columns(text: str) -> int:
    """Return how many columns text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """Break text at its spaces into lines of at most `width` columns.

    A word that is too long stays whole, so that an address can be copied; where it is of a script that is written
    without spaces, it is broken.
    """
    lines, line = [], ""
    for spaces, word in _GAP_AND_WORD.findall(text.replace("\t", _TAB)):
        gap = spaces
        for piece in _pieces(word, width, width - columns(line + gap)):
            if line.strip() and columns(f"{line}{gap}{piece}") > width:
                lines.append(line)
                line = piece
            else:
                line = f"{line}{gap}{piece}"
            gap = ""
    return [*lines, line]


def _pieces(word: str, width: int, left: int) -> list[str]:
    """Return the parts a word may be broken into: the first for what is left of a line, the others for lines."""
    if columns(word) <= width or not any(_width(character) == 2 for character in word):
        return [word]
    room = left if left > 2 else width
    pieces, piece, used = [], "", 0
    for character in word:
        if used + _width(character) > room:
            pieces.append(piece)
            piece, used, room = "", 0, width
        piece += character
        used += _width(character)
    return [*pieces, piece]


def hang(lead: str, text: str, width: int) -> list[str]:
    """Return text behind a lead, its lines below each other; below the lead where there is no room beside it."""
    return _beside(lead, wrap(text, _room(lead, width)), width)


def flow(lead: str, items: Iterable[str], width: int, gap: str = "  ") -> list[str]:
    """Return items behind a lead, as many in a line as fit, each kept together where that is possible."""
    room = _room(lead, width)
    lines: list[str] = []
    for item in items:
        if lines and columns(f"{lines[-1]}{gap}{item}".rstrip()) <= room:
            lines[-1] += f"{gap}{item}"
        else:
            lines.append(item)
    return _beside(lead, [part for line in lines for part in wrap(line, room)], width)


def _has_room(lead: str, width: int) -> bool:
    return width - columns(lead) >= _LEAST_ROOM


def _room(lead: str, width: int) -> int:
    return width - (columns(lead) if _has_room(lead, width) else len(_BELOW))


def _beside(lead: str, lines: list[str], width: int) -> list[str]:
    if not _has_room(lead, width):
        return [lead.rstrip(), *(f"{_BELOW}{line}".rstrip() for line in lines)]
    blank = " " * columns(lead)
    return [f"{blank if index else lead}{line}".rstrip() for index, line in enumerate(lines)]


def cut(text: str, width: int) -> str:
    """Return text in at most `width` columns, with "…" where something was left out; a single word stays whole."""
    if columns(text) <= width or " " not in text.strip():
        return text
    first, *rest = wrap(text, width - 2)
    return f"{first} …" if rest else first
