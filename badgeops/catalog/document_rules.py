"""What the rules say of the fields of one document, whatever else there is in the catalog. Pure.

Most documents give no reason for a word. That is found out once, where a document is parsed, and kept with it
(`Document.is_sound`): the same text is not looked at again. What depends on other documents, on files or on the
settings is not decided here but in `build`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from badgeops import schemas
from badgeops.catalog import field_rules as rules
from badgeops.catalog.item import Item
from badgeops.catalog.problems import Problem, warning
from badgeops.model.address import Kind
from badgeops.model.fields import TABLE, Field, Length, Type, of_kind
from badgeops.yamldoc.parse import Document, Path

Found = Iterable[tuple[Path, Problem]]
"""Problems, each with its place in the document."""

Rule = Callable[[str, str, Length], Iterable[Problem]]
"""(label, value, length) -> problems."""


def is_sound(document: Document) -> bool:
    """Tell whether a document fits the schema of its kind, and no rule has anything to say of its fields."""
    kind = document.data.get("kind")
    if not isinstance(kind, str) or kind not in schemas.NAMES or not schemas.fits(schemas.NAMES[kind], document.data):
        return False
    return next(problems_of(Item(document, Kind(kind), None)), None) is None


def problems_of(item: Item) -> Iterator[tuple[Path, Problem]]:
    """Yield what is wrong with the fields of a document that can be looked at: those that fit the schema."""
    for field, check in _checks(item.kind):
        yield from check(item, field)
    if item.kind in _SHARED:
        yield from _SHARED[item.kind](item)


def _line(item: Item, field: Field) -> Found:
    value = item.get(field.name)
    if value is None:
        return ()
    rule, label = _RULES[field.name], f'"{field.name}"'
    if rule is rules.text:
        return _at((field.name,), rules.text(label, value, field.length, required=item.kind in field.required))
    return _at((field.name,), rule(label, value, field.length))


def _narrative(item: Item, field: Field) -> Found:
    """Look at criteria that stand in the document; a file of them is looked at where it is read."""
    value = item.get(field.name)
    return _at((field.name,), rules.narrative(f'"{field.name}"', value)) if isinstance(value, str) else ()


def _tags(item: Item, field: Field) -> Found:
    for index, problem in rules.tags(item.entries(field.name), field.length):
        yield (field.name, index), problem


def _alignments(item: Item, field: Field) -> Found:
    for index, value in item.entries(field.name):
        if "ref" not in value:
            yield from _alignment((field.name, index), value)


def _alignment(place: Path, value: Mapping[str, Any]) -> Found:
    yield from _at((*place, "targetName"), rules.text('"targetName"', value["targetName"], required=True))
    yield from _at((*place, "targetUrl"), rules.url('"targetUrl"', value["targetUrl"], rules.TARGET_URL))
    for name in ("targetDescription", "targetFramework", "targetCode"):
        text = value.get(name)
        if text is not None:
            yield from _at((*place, name), map(_left_out, rules.text(f'"{name}"', text)))


def _left_out(problem: Problem) -> Problem:
    """Return the problem of a text that can do without: an empty one is not sent."""
    if problem.code != "empty-text":
        return problem
    return warning("empty-text", problem.summary, "badgeops leaves it out. Delete the line.")


def _of_image(item: Item) -> Found:
    yield from _text(item, "altText")
    yield from _text(item, "license")


def _of_alignment_set(item: Item) -> Found:
    yield from _text(item, "targetFramework")
    for key, value in item.entries("alignments"):
        yield from _alignment(("alignments", key), value)


def _text(item: Item, name: str) -> Found:
    """Look at a text of a shared document, which is sent as a part of others."""
    value = item.get(name)
    return _at((name,), rules.text(f'"{name}"', value)) if value is not None else ()


def _at(place: Path, problems: Iterable[Problem]) -> Found:
    return [(place, problem) for problem in problems]


LINES: Mapping[Type, Rule] = {Type.TEXT: rules.text, Type.URL: rules.url, Type.EMAIL: rules.email}
"""The types that are a text on one line, each with its rule."""
_RULES: Mapping[str, Rule] = {
    **{field.name: LINES[field.type] for field in TABLE if field.type in LINES},
    "achievementType": rules.achievement_type,
}
"""How a text on one line is checked: by what the field holds, or by a rule of its own."""
_CHECKS: Mapping[Type, Callable[[Item, Field], Found]] = {
    **dict.fromkeys(LINES, _line),
    Type.MARKDOWN: _narrative,
    Type.TAGS: _tags,
    Type.ALIGNMENTS: _alignments,
}
"""How a field is checked, by what it holds; of the other types the schema says it all."""
_SHARED: Mapping[Kind, Callable[[Item], Found]] = {Kind.IMAGE: _of_image, Kind.ALIGNMENT_SET: _of_alignment_set}
"""How documents are checked that are not sent themselves: the table of fields does not have theirs."""


@cache
def _checks(kind: Kind) -> tuple[tuple[Field, Callable[[Item, Field], Found]], ...]:
    """Look up once how each field of a kind is checked: it is done for every document of a catalog."""
    return tuple((field, _CHECKS[field.type]) for field in of_kind(kind) if field.type in _CHECKS)
