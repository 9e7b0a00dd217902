"""What becomes of one field, as lines with a sign: "-" before, "+" after, " " unchanged, "@" about the lines."""

from __future__ import annotations

from collections.abc import Iterator

from badgeops.model.fields import Type, type_of
from badgeops.model.shape import Json
from badgeops.planning.plan import Action, Attribute, Cause, Change
from badgeops.render.markdown.markup import clipped
from badgeops.render.plain import printable
from badgeops.render.values import counted, described, short
from badgeops.render.words import alike, hunks

Line = tuple[str, str]
_AROUND = 60
"""Characters shown before and after what differs in two long lines."""


def field_lines(change: Change, attribute: Attribute, *, lines: int, characters: int) -> list[Line]:
    """Return the lines of a field, at most so many and so long; what is left out is said in their middle."""
    found = [
        (sign, clipped(printable(text), characters)) for sign, text in _narrowed(_lines(change, attribute), characters)
    ]
    if len(found) <= lines:
        return found
    head = (lines - 1) * 2 // 3
    tail = lines - 1 - head
    left_out = f"{counted(len(found) - head - tail, 'line')} left out here"
    return [*found[:head], ("@", left_out), *(found[-tail:] if tail else ())]


def _lines(change: Change, attribute: Attribute) -> list[Line]:
    if change.action is Action.CREATE:
        return list(_whole("+", attribute.after, attribute.name))
    if attribute.cause is Cause.CONFLICT:
        since = list(_difference(attribute.name, attribute.recorded, attribute.before))
        now = list(_difference(attribute.name, attribute.before, attribute.after))
        return [("@", "edited on the server since the last apply:"), *since, ("@", "what apply changes:"), *now]
    return list(_difference(attribute.name, attribute.before, attribute.after))


def _whole(sign: str, value: Json, name: str) -> Iterator[Line]:
    if isinstance(value, str):
        yield from ((sign, line) for line in value.split("\n"))
    elif isinstance(value, list):
        yield from ((sign, described(item) if isinstance(item, dict) else str(item)) for item in value)
    else:
        yield sign, short(value, name)


def _difference(name: str, before: Json, after: Json) -> Iterator[Line]:
    elements = Attribute(name, Cause.CATALOG, before, after).elements
    if type_of(name) is Type.TAGS and elements:
        yield from sorted(((item.symbol, item.label) for item in elements), key=lambda line: line[0] != "-")
    elif elements:
        for item in elements:
            if item.before is not None:
                yield "-", f"{item.label}  {described(item.before)}"
            if item.after is not None:
                yield "+", f"{item.label}  {described(item.after)}"
    elif isinstance(before, str) and isinstance(after, str):
        yield from (("@", "…") if sign == "…" else (sign, text) for sign, text in hunks(before, after))
    else:
        if before is not None:
            yield from _whole("-", before, name)
        if after is not None:
            yield from _whole("+", after, name)
        if after is None:
            yield "+", short(after, name)


def _narrowed(lines: list[Line], characters: int) -> Iterator[Line]:
    """Of two long lines that differ in little, keep what is around the difference."""
    index = 0
    while index < len(lines):
        (sign, text), following = lines[index], lines[index + 1] if index + 1 < len(lines) else ("", "")
        if (sign, following[0]) == ("-", "+") and max(len(text), len(following[1])) > characters:
            one, other = _around(text, following[1])
            yield from (("-", one), ("+", other))
            index += 2
        else:
            yield sign, text
            index += 1


def _around(one: str, other: str) -> tuple[str, str]:
    start = max(0, alike(one, other) - _AROUND)
    end = max(0, alike(one[start:][::-1], other[start:][::-1]) - _AROUND)
    head, tail = "… " if start else "", " …" if end else ""

    def middle(text: str) -> str:
        return f"{head}{text[start : len(text) - end]}{tail}"

    return middle(one), middle(other)
