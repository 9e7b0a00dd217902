"""Problems by their cause: what people read names a cause once, with how often it was met and the first places. Pure.

A cause is a rule and what is wrong in kind. Whether two problems say the same in kind is read from their words: what
stands in quotes, numbers, addresses and paths may differ; the names of fields and all other words may not, neither in
what is wrong nor in what to do about it. What is mended by a command of its own, or by what only that message suggests
("Did you mean …?"), is a cause of its own: whoever is told one of ten has nine rounds to go.

    the tag "python" is here twice      the tag "…" is here twice        "python" (2), "law" (1)
    the tag "law" is here twice      -> 3 places                      ->
    the tag "python" is here twice

Programs are given every problem (JSON, SARIF, JUnit), and so are people who ask for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from badgeops import schemas
from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import Address, Kind

OTHERS: Final = 3
"""Places that are named beside the first one, which is shown in full."""
_DIFFERENCES: Final = 5
"""Differences that are named."""
_NEAR: Final = 4
"""Letters between two differences that are read as one: "546 by 452"."""


@dataclass(frozen=True, slots=True)
class Group:
    """The problems of one cause, in their order."""

    problems: tuple[Diagnostic, ...]
    summary: str
    """What is wrong; "…" stands where the problems differ."""
    differences: tuple[tuple[str, int], ...] = ()
    """What stands there, and how often, the most frequent first; empty if all say the same."""

    @property
    def first(self) -> Diagnostic:
        """The problem that is shown in full."""
        return self.problems[0]

    @property
    def is_single(self) -> bool:
        """It was met once, so there is nothing to sum up."""
        return len(self.problems) == 1

    @property
    def headline(self) -> str:
        """What is wrong and how often: "1,178 badge classes: this image is not square"."""
        return self.summary if self.is_single else f"{_places(self.problems)}: {self.summary}"

    @property
    def notes(self) -> tuple[str, ...]:
        """In what the problems differ, and where else they are, as sentences; none for a single one."""
        return () if self.is_single else tuple(filter(None, [self._differing(), self._elsewhere()]))

    @property
    def hidden(self) -> int:
        """How many places are not named."""
        return max(len(self.problems) - 1 - OTHERS, 0)

    def _differing(self) -> str:
        shown = [f"{text} ({number:,})" if number > 1 else text for text, number in self.differences[:_DIFFERENCES]]
        more = len(self.differences) - len(shown)
        return f"{', '.join(shown)}{f' and {more:,} more' if more else ''}." if shown else ""

    def _elsewhere(self) -> str:
        places = [place for place in map(_place, self.problems[1 : 1 + OTHERS]) if place]
        more = f" and {self.hidden:,} more" if self.hidden else ""
        return f"Also {'at' if self.first.source else 'for'} {', '.join(places)}{more}." if places else ""


def by_cause(problems: Iterable[Diagnostic], *, every_place: bool = False) -> tuple[Group, ...]:
    """Group problems by cause, in the order in which each is met first; `every_place` leaves each by itself."""
    found = tuple(problems)
    if every_place:
        return tuple(Group((problem,), problem.summary) for problem in found)
    groups: dict[tuple[object, ...], list[tuple[Diagnostic, list[str]]]] = {}
    for problem in found:
        pieces = _pieces(problem.summary)
        key = (problem.severity, problem.code, _advice(problem.detail), _own(problem, pieces[1::2]), *pieces[::2])
        groups.setdefault(key, []).append((problem, pieces))
    return tuple(_group(group) for group in groups.values())


def how_many(found: Sequence[Group]) -> str:
    """Return "of 3 causes", with what shows the places that are not named; empty if nothing was summed up."""
    if all(cause.is_single for cause in found):
        return ""
    said = f"of {len(found):,} cause{'' if len(found) == 1 else 's'}"
    return (
        f"{said}; `badgeops validate --every-place` shows all places" if any(cause.hidden for cause in found) else said
    )


def _group(group: list[tuple[Diagnostic, list[str]]]) -> Group:
    problems = tuple(problem for problem, _ in group)
    rows = [pieces for _, pieces in group]
    slots = [slot for slot in _slots(rows[0]) if len({tuple(row[slot[0] : slot[1]]) for row in rows}) > 1]
    if not slots:
        return Group(problems, problems[0].summary)
    summary, end = [], 0
    for start, stop in slots:
        quote = '"' if start + 1 == stop and all(row[start].startswith('"') for row in rows) else ""
        summary += [*rows[0][end:start], f"{quote}…{quote}"]
        end = stop
    differing = Counter(", ".join("".join(row[start:stop]) for start, stop in slots) for row in rows)
    return Group(problems, "".join([*summary, *rows[0][end:]]), tuple(differing.most_common()))


def _slots(row: list[str]) -> list[tuple[int, int]]:
    """Return the stretches of pieces that may differ; two holes with next to nothing between them are one."""
    holes = range(1, len(row), 2)  # they stand between words
    slots = [(hole, hole + 1) for hole in holes[:1]]
    for hole in holes[1:]:
        if len(row[hole - 1]) <= _NEAR:
            slots[-1] = (slots[-1][0], hole + 1)
        else:
            slots.append((hole, hole + 1))
    return slots


_PREFIXES = "|".join(kind.prefix for kind in Kind)
_HOLE = re.compile(
    rf'("[^"]*"|\b(?:{_PREFIXES})\.[a-z0-9][a-z0-9._-]*|(?<![\w~-])[\w~-]*(?:[./:][\w~%-]+)+|\d[\d,.]*(?<![,.]))'
)


def _pieces(summary: str) -> list[str]:
    """Return words and holes by turns, beginning and ending with words, which may be empty."""
    pieces = _HOLE.split(summary)
    whole = [pieces[0]]
    for hole, after in zip(pieces[1::2], pieces[2::2], strict=True):
        if hole.strip('"') in _field_names():
            whole[-1] += hole + after
        else:
            whole += [hole, after]
    return whole


@cache
def _field_names() -> frozenset[str]:
    """Return the names of all fields of documents: a problem of one field is not one of another."""
    return frozenset(name for schema in schemas.NAMES.values() for name in _names(schemas.load(schema)))


def _advice(detail: str) -> str:
    """Return the words of a detail without what may differ; what is to be copied, which is indented, may."""
    return "\n".join(_HOLE.sub("…", line) for line in detail.split("\n") if not line.startswith(" "))


_SUGGESTION = re.compile(r"(?:Did|Perhaps) you mean [^?\n]{1,200}")


_REPEATED = 4
"""Letters that what was written needs to be recognised in what is suggested."""


def _own(problem: Diagnostic, written: Sequence[str]) -> tuple[str, ...]:
    """Return what nobody could guess from another place: what is suggested, and the commands that mend an error.

    A suggestion may be what was `written` with something around it, such as https:// in front. That can be guessed.
    """
    suggested = _SUGGESTION.findall(problem.detail)
    for text in (text.strip('"') for text in written if suggested):
        if len(text) >= _REPEATED:
            suggested = [_repeating(each, text) for each in suggested]
    if problem.severity is not Severity.ERROR:
        return tuple(suggested)
    return (*suggested, *(line for line in problem.detail.split("\n") if line.startswith(("  badgeops ", "  --"))))


def _repeating(suggestion: str, text: str) -> str:
    """Return a suggestion without a text that stands in it as whole words."""
    before, found, after = suggestion.partition(text)
    is_whole = not before[-1:].isalnum() and not after[:1].isalnum()
    return f"{before}…{after}" if found and is_whole else suggestion


def _names(schema: Any) -> Iterable[str]:  # noqa: ANN401 (any part of a schema)
    if isinstance(schema, list):
        for part in schema:
            yield from _names(part)
    elif isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for part in schema.values():
            yield from _names(part)


def _places(problems: Sequence[Diagnostic]) -> str:
    """Return "1,178 badge classes" if each problem is another one's, else "1,178 places"."""
    kinds = {_kind(problem.address) for problem in problems}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is None or len({problem.address for problem in problems}) < len(problems):
        return f"{len(problems):,} places"
    return f"{len(problems):,} {_PLURALS[kind]}"


_PLURALS = {
    Kind.ISSUER: "issuers",
    Kind.BADGE_CLASS: "badge classes",
    Kind.ALIGNMENT_SET: "alignment sets",
    Kind.IMAGE: "images",
}


def _kind(address: str | None) -> Kind | None:
    try:
        return Address.parse(address or "").kind
    except ValueError:
        return None


def _place(problem: Diagnostic) -> str:
    if problem.source is None:
        return problem.address or ""
    return f"{problem.source} ({problem.address})" if problem.address else str(problem.source)
