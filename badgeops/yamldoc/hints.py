"""What people get wrong in YAML without being able to see it, and how to say so. Pure: lines of text in, words out.

A parser names the place where it could not go on, which is seldom where the problem is. These are the problems of
people who write YAML once a month: no blank after a colon, quotes as a word processor writes them, a line that begins
in the wrong column, a # that cuts a name off.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Hint(NamedTuple):
    """A problem and its place; line and column count from 1."""

    line: int
    column: int
    summary: str
    detail: str


_NO_BLANK = re.compile(r"\s*(?:- +)?([A-Za-z_][\w-]*)(:|\uff1a)(?!//)([^ \t\r\n].*)?$")
_ODD_BLANKS = "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\ufeff"
_CURLY = "“”„\u201f\u2018\u2019\u201a\u201b«»"
_OPENS_CURLY = re.compile(rf"(?:^|[:\-,\[]) *([{_CURLY}])")
_FIELD = re.compile(r"( *)[A-Za-z_][\w-]*:(?: +(\S.*))?$")
_LONGEST = 100
"""Fields above a line that are looked at."""
_REACH = 2
"""Lines above the place where the parser gave up that may have led it astray."""


def probable_problem(lines: Sequence[str], line: int) -> Hint | None:
    """Return what is probably wrong where the parser could not go on, at `line` (from 1) or shortly before."""
    for number in range(min(line, len(lines)), max(0, line - 1 - _REACH), -1):
        text = lines[number - 1]
        found = _blank_after_colon(text, number) or _curly_quotes(text, number) or _separator(text, number)
        if found is not None:
            return found
    return _indentation(lines, min(line, len(lines)))


def _blank_after_colon(text: str, number: int) -> Hint | None:
    match = _NO_BLANK.match(text)
    if match is None:
        return None
    field, colon, value = match[1], match[2], (match[3] or "").strip().strip(_ODD_BLANKS)
    if colon != ":":
        summary = "this is not the colon of YAML"
    elif match[3] is None:
        return None
    elif match[3][0] in _ODD_BLANKS:
        summary = "the space after this colon is a special one"
    else:
        summary = "there is no space after the colon"
    detail = f"A field is its name, a colon, a space and its value:\n\n  {field}: {_shortened(value)}".rstrip()
    return Hint(number, match.start(2) + 1, summary, detail)


def _curly_quotes(text: str, number: int) -> Hint | None:
    match = _OPENS_CURLY.search(text)
    if match is None:
        return None
    detail = f"To YAML, {match[1]} is a letter. Use the straight quotes of the keyboard, \" or ', at both ends."
    return Hint(number, match.start(1) + 1, "YAML knows straight quotes only", detail)


_NEARLY_SEPARATOR = re.compile(r"(?!---\s*$)(?:[-\u2010-\u2015\u2212]{2,}|[\u2010-\u2015\u2212])\s*$")


def _separator(text: str, number: int) -> Hint | None:
    if _NEARLY_SEPARATOR.match(text) is None:
        return None
    detail = "Some programs make a dash of three hyphens. Write, on a line of its own:\n\n  ---"
    return Hint(number, 1, "between two documents stand exactly three hyphens", detail)


def apart(entries: Sequence[Mapping[str, str]]) -> str:
    """Say how documents are written that stand in a list: each is given with its kind and key, if it has them."""
    shown = ["".join(f"  {name}: {_shortened(value)}\n" for name, value in entry.items()) for entry in entries[:2]]
    end = "  …\n  ---\n  …" if entries[2:] else "  …"
    return (
        "Each document stands by itself, and not in a list. Its fields begin at the very left, and a line of three "
        "hyphens stands between two documents:\n\n" + "  …\n  ---\n".join(shown) + end
    )


def _shortened(value: str) -> str:
    return value if len(value) <= 60 else value[:59] + "…"


def _indentation(lines: Sequence[str], number: int) -> Hint | None:
    """Compare the line where the parser gave up with the field above it."""
    here = _FIELD.match(lines[number - 1]) if number else None
    above = _fields_above(lines, number)
    if here is None or not above:
        return None
    blanks, (wanted, is_open) = len(here[1]), above[0]
    enclosing = next((indent for indent, _ in above if indent <= blanks), None)
    if enclosing == blanks or (blanks > wanted and is_open):
        return None  # there it may begin
    detail = (
        f"It begins with {_blanks(blanks)}, the line above with {_blanks(wanted)}. Fields that belong together begin "
        "in the same column."
    )
    side = "more" if blanks > wanted else "less"
    return Hint(number, blanks + 1, f"this line is indented {side} than the one above", detail)


def _fields_above(lines: Sequence[str], number: int) -> list[tuple[int, bool]]:
    """Return the fields right above a line, the nearest first: their indentation, and whether nothing follows them."""
    found = []
    for line in reversed(lines[max(0, number - 1 - _LONGEST) : max(0, number - 1)]):
        match = _FIELD.match(line)
        if match is not None:
            found.append((len(match[1]), match[2] is None))
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return found


def _blanks(number: int) -> str:
    return "no space" if number == 0 else "1 space" if number == 1 else f"{number} spaces"


_ANCHOR = re.compile(r"(?:^|(?<=[ \t,:\[{]))&([^\s,\[\]{}]+)")
_ALIAS = re.compile(r"\*([^\s,\[\]{}]+)")


def undefined_alias(lines: Sequence[str], line: int, column: int) -> tuple[str, str]:
    """Return what to say of a `*name` that nothing above it in its document is called by: summary and detail."""
    match = _ALIAS.match(lines[line - 1], column - 1)
    name = match[1] if match is not None else "name"
    summary = f"`*{name}` refers to an `&{name}` that is not here"
    anchors = [(number, found[1]) for number, text in enumerate(lines, 1) for found in _ANCHOR.finditer(_bare(text))]
    around = _document_around(lines, line)
    same = [number for number, anchor in anchors if anchor == name]
    if any(number in around for number in same):
        detail = (
            f"It stands below, in line {same[-1]}. YAML reads from the top: move it up, to before the first `*{name}`."
        )
    elif same:
        detail = (
            f"The one in line {same[0]} is in another document, and a name ends with its document. Write the value "
            "here once more, or as a default in badgeops.yaml."
        )
    else:
        near = difflib.get_close_matches(name, [anchor for number, anchor in anchors if number in around], 1, 0.6)
        meant = f"Did you mean `*{near[0]}`? " if near else "Names of other files are not known here. "
        detail = f"{meant}If it is text, put it in quotes."
    return summary, detail


def _bare(text: str) -> str:
    """Return a line without its comment."""
    return re.split(r"(?:^|[ \t])#", text, maxsplit=1)[0]


def _document_around(lines: Sequence[str], line: int) -> range:
    """Return the numbers of the lines of the document that a line is in."""
    starts = [number for number, text in enumerate(lines, 1) if re.match(r"---(?:\s|$)", text)]
    return range(
        max((number for number in starts if number <= line), default=1),
        min((number for number in starts if number > line), default=len(lines) + 1),
    )


# --- what is read, but not as it was meant -------------------------------------------------------------------------

_CUT = re.compile(r"[ \t]+#(?![ \t#!]|$)|(?<=[ \t][A-Z])[ \t]+#(?=$|[ \t])")
"""A # that looks like a part of the text: nothing stands between it and the next word, or a letter before it (C #)."""


def may_surprise(text: str) -> bool:
    """Tell whether `surprises` has to be asked about the values of a file; most can do without."""
    return any(odd in text for odd in _CURLY + _ODD_BLANKS) or (" #" in text and _CUT.search(text) is not None)


def surprises(value: str, rest: str) -> Iterator[tuple[int, str, str, str]]:
    """Yield what is odd about an unquoted text: (columns after its end, or -1 for its start; code, summary, detail).

    `rest` is what stands behind it in its line.
    """
    if value[:1] in _CURLY and value[-1:] in _CURLY and len(value) > 1 and not set(value[1:-1]) & set(_CURLY):
        detail = (
            "Curly quotes are letters to YAML, so people would see them. Use straight ones, \" or ', to mark where "
            "the text begins and ends."
        )
        yield -1, "curly-quotes", "these quotes are a part of the text", detail
    if value[:1] in _ODD_BLANKS and value:
        detail = (
            "It looks like a space, but YAML takes it for a letter; word processors put it between words that belong "
            "together. Delete it and type a space."
        )
        yield -1, "unusual-space", "this begins with a special kind of space", detail
    cut = _CUT.match(rest) if not value.endswith(("C", "F")) else re.match(r"[ \t]+#", rest)
    if cut is not None:
        detail = (
            "A # after a space begins a comment, and nobody will see what follows. Put the whole text in quotes if it "
            "belongs to it; if it is a comment, write a space after the #."
        )
        yield cut[0].index("#"), "hash-cuts-text", "YAML reads no further than to this #", detail
