"""Diagnostics as text for people and as JSON for programs."""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections.abc import Iterable
from typing import Any

from badgeops.errors import Diagnostic, Severity, Source, counts
from badgeops.render.causes import Group, by_cause, how_many
from badgeops.render.plain import plain_json, printable
from badgeops.render.values import counted
from badgeops.render.view import ProblemsView

FORMAT_VERSION = "1.1"
"""The second number goes up when a member is added, the first when one changes or goes."""

_TAB = 4
_RESET = "\x1b[0m"
_COLOR = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.NOTE: "\x1b[1;36m"}
_BOLD, _FAINT = "\x1b[1m", "\x1b[2m"


def show(problems: ProblemsView) -> str:
    """Return what `badgeops validate` prints."""
    if not problems.diagnostics:
        return "The catalog is valid.\n"
    style, every_place = problems.style, problems.every_place
    return text(problems.diagnostics, color=style.color, width=style.width, every_place=every_place)


def show_json(problems: ProblemsView) -> str:
    """Return what `badgeops validate --format json` prints."""
    return to_json(problems.diagnostics)


def text(diagnostics: Iterable[Diagnostic], *, color: bool, width: int = 80, every_place: bool = False) -> str:
    """Return what a terminal shows: each cause with the line where it is met first, and how many problems there are.

    Nothing from a file reaches the terminal unescaped. The empty string means that there is nothing to say.
    """
    found = list(diagnostics)
    if not found:
        return ""
    listed = by_cause(found, every_place=every_place)
    blocks = [block(group, color=color, width=width) for group in listed]
    last = f"{' '.join(filter(None, [said(found), how_many(listed)]))}."
    return "\n".join([*blocks, *_wrapped(last, max(width, 40), ""), ""])


def block(group: Group, *, color: bool = False, width: int = 100) -> str:
    """Return what a terminal shows of one group."""
    return _block(group, _Pen(color=color), max(width, 40))


def to_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return all problems in the form that schemas/diagnostics.schema.json describes."""
    found = list(diagnostics)
    numbers = counts(found)
    document = {
        "format_version": FORMAT_VERSION,
        "valid": not numbers[Severity.ERROR],
        "error_count": numbers[Severity.ERROR],
        "warning_count": numbers[Severity.WARNING],
        "note_count": numbers[Severity.NOTE],
        "diagnostics": [as_json(diagnostic) for diagnostic in found],
    }
    return plain_json(json.dumps(document, indent=2)) + "\n"


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return one diagnostic as an object of JSON."""
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
        "address": diagnostic.address,
        "range": _range(diagnostic.source) if diagnostic.source is not None else None,
    }


def _range(source: Source) -> dict[str, Any]:
    end_line, end_column = (
        (source.end_line, source.end_column) if source.end_line and source.end_column else (source.line, source.column)
    )
    return {
        "filename": source.filename,
        "start": {"line": source.line, "column": source.column},
        "end": {"line": end_line, "column": end_column},
    }


def said(found: Iterable[Diagnostic]) -> str:
    """Return how many there are: "1 error, 2 warnings"."""
    return ", ".join(counted(number, severity) for severity, number in counts(found).items() if number)


class _Pen:
    """Writes in colour, or not."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def write(self, words: str, style: str) -> str:
        return f"{style}{words}{_RESET}" if self._color and words else words


def _block(group: Group, pen: _Pen, width: int) -> str:
    diagnostic = group.first
    source = diagnostic.source
    severity = pen.write(f"{diagnostic.severity}[{printable(diagnostic.code)}]:", _COLOR[diagnostic.severity])
    place = f"{printable(str(source))}: " if source is not None else ""
    lines = [f"{pen.write(place, _BOLD)}{severity} {printable(group.headline)}"]
    if diagnostic.address is not None:
        lines.append(f"  {printable(diagnostic.address)}")
    if source is not None and source.text is not None:
        lines += _excerpt(source, source.text, pen, _COLOR[diagnostic.severity], width)
    for paragraph in (diagnostic.detail, *group.notes):
        lines += _wrapped(paragraph, width)
    return "\n".join(lines) + "\n"


def _wrapped(detail: str, width: int, indent: str = "  ") -> list[str]:
    """Wrap running text; an indented line, such as a command, stands alone and whole."""
    lines: list[str] = []
    for line in detail.split("\n"):
        if line.startswith(" ") or not line:
            lines.append(f"  {printable(line)}".rstrip())
        else:
            lines += textwrap.wrap(
                printable(line), width, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
                break_on_hyphens=False,
            )  # fmt: skip
    return lines if detail else []


def _excerpt(source: Source, line: str, pen: _Pen, style: str, width: int) -> list[str]:
    """Return the line of the file and, below it, the place underlined."""
    number = str(source.line)
    shown, before, marked = _marked(line, *_span(source, line), width - len(number) - 5)
    margin, blank = (pen.write(f"  {label} |", _FAINT) for label in (number, " " * len(number)))
    carets = pen.write("^" * max(marked, 1), style)
    return [f"{margin} {shown}".rstrip(), f"{blank} {' ' * before}{carets}"]


def _span(source: Source, line: str) -> tuple[int, int]:
    """Return the stretch of the line that is meant; of one that goes on below, the rest of the line."""
    start = min(max(source.column - 1, 0), len(line))
    if source.end_line > source.line:
        return start, max(len(line.rstrip()), start)
    end = source.end_column - 1 if source.end_line == source.line else start
    return start, min(max(end, start), len(line))


def _marked(line: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """Cut the line to `room` columns around a stretch of it.

    Returns the text to show, how many columns stand before the stretch, and how many it takes.
    """
    first = max(start - room, 0)
    pieces = [_piece(character) for character in line[first : start + room]]
    at, stop = start - first, min(end - first, len(pieces))
    left, right = _window([columns for _, columns in pieces], at, room)
    shown = "".join(piece for piece, _ in pieces[left:right])
    head = "…" if first + left > 0 else ""
    tail = "…" if first + right < len(line) else ""
    before = len(head) + sum(columns for _, columns in pieces[left:at])
    return f"{head}{shown}{tail}", before, sum(columns for _, columns in pieces[at : min(stop, right)])


def _window(columns: list[int], at: int, room: int) -> tuple[int, int]:
    """Choose which pieces fit: some before the place, the rest from there on."""
    left, used = at, 0
    while left > 0 and used + columns[left - 1] <= (room - 2) // 3:
        left -= 1
        used += columns[left]
    right = at
    while right < len(columns) and used + columns[right] <= room - 2:
        used += columns[right]
        right += 1
    while left > 0 and used + columns[left - 1] <= room - 2:
        left -= 1
        used += columns[left]
    return left, right


def _piece(character: str) -> tuple[str, int]:
    """Return a character as it can be printed, and how many columns of a terminal it takes."""
    if character == "\t":
        return " " * _TAB, _TAB
    shown = printable(character)
    if len(shown) > 1:
        return shown, len(shown)
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return shown, 0
    return shown, 2 if unicodedata.east_asian_width(character) in "WF" else 1
