"""What the rules say of the fields of one document, whatever else there is in the catalog. Pure.

Most documents give no reason for a word. That is found out once, where a document is parsed, and kept with it
(`Document.is_sound`): the same text is not looked at again. What depends on other documents, on files or on the
settings is not decided here but in `build`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any

from badgeops import schemas
from badgeops.catalog import field_rules as rules
from badgeops.catalog.item import Item
from badgeops.catalog.problems import Problem, warning
from badgeops.model.address import Kind
from badgeops.model.fields import TABLE, Field, Length, Type, of_kind
from badgeops.yamldoc.parse import Document, Path

Found = list[tuple[Path, Problem]]
"""Problems, each with its place in the document."""

Rule = Callable[[str, str, Length], Iterable[Problem]]
"""(label, value, length) -> problems."""

Check = Callable[[Item], Found]


def is_sound(document: Document) -> bool:
    """Tell whether a document fits the schema of its kind, and no rule has anything to say of its fields."""
    kind = document.data.get("kind")
    if not isinstance(kind, str) or kind not in schemas.NAMES or not schemas.fits(schemas.NAMES[kind], document.data):
        return False
    item = Item(document, Kind(kind), None)
    return not any(check(item) for check in _checks(item.kind))


def problems_of(item: Item) -> Found:
    """Return what is wrong with the fields of a document that can be looked at: those that fit the schema."""
    return [found for check in _checks(item.kind) for found in check(item)]


def _line(kind: Kind, field: Field) -> Check:
    name, label, length, rule = field.name, f'"{field.name}"', field.length, _RULES[field.name]
    if rule is rules.text:
        rule = partial(rules.text, required=kind in field.required)

    def check(item: Item) -> Found:
        value = item.get(name)
        return _at((name,), rule(label, value, length)) if value is not None else []

    return check


def _narrative(_kind: Kind, field: Field) -> Check:
    """Look at criteria that stand in the document; a file of them is looked at where it is read."""
    name, label = field.name, f'"{field.name}"'

    def check(item: Item) -> Found:
        value = item.get(name)
        return _at((name,), rules.narrative(label, value)) if isinstance(value, str) else []

    return check


def _tags(_kind: Kind, field: Field) -> Check:
    name, length = field.name, field.length

    def check(item: Item) -> Found:
        return [((name, index), problem) for index, problem in rules.tags(item.entries(name), length)]

    return check


def _alignments(_kind: Kind, field: Field) -> Check:
    name = field.name

    def check(item: Item) -> Found:
        found: Found = []
        for index, value in item.entries(name):
            if "ref" not in value:
                found += [((name, index, member), problem) for member, problem in _about_alignment(value)]
        return found

    return check


def _about_alignment(value: Mapping[str, Any]) -> list[tuple[str, Problem]]:
    """Return what is wrong with the members of an alignment."""
    members: list[tuple[str, Iterable[Problem]]] = [
        ("targetName", rules.text('"targetName"', value["targetName"], required=True)),
        ("targetUrl", rules.url('"targetUrl"', value["targetUrl"], rules.TARGET_URL)),
    ]
    for member, label in _OPTIONAL:
        text = value.get(member)
        if text is not None:
            members.append((member, map(_left_out, rules.text(label, text))))
    return [(member, problem) for member, problems in members for problem in problems]


_OPTIONAL = tuple((name, f'"{name}"') for name in ("targetDescription", "targetFramework", "targetCode"))


def _left_out(problem: Problem) -> Problem:
    """Return the problem of a text that can do without: an empty one is not sent."""
    if problem.code != "empty-text":
        return problem
    return warning("empty-text", problem.summary, "badgeops leaves it out. Delete the line.")


def _of_image(item: Item) -> Found:
    return _text(item, "altText") + _text(item, "license")


def _of_alignment_set(item: Item) -> Found:
    return _text(item, "targetFramework") + [
        (("alignments", key, member), problem)
        for key, value in item.entries("alignments")
        for member, problem in _about_alignment(value)
    ]


def _text(item: Item, name: str) -> Found:
    """Look at a text of a shared document, which is sent as a part of others."""
    value = item.get(name)
    return _at((name,), rules.text(f'"{name}"', value)) if value is not None else []


def _at(place: Path, problems: Iterable[Problem]) -> Found:
    return [(place, problem) for problem in problems] if problems != () else []


LINES: Mapping[Type, Rule] = {Type.TEXT: rules.text, Type.URL: rules.url, Type.EMAIL: rules.email}
"""The types that are a text on one line, each with its rule."""
_RULES: Mapping[str, Rule] = {
    **{field.name: LINES[field.type] for field in TABLE if field.type in LINES},
    "achievementType": rules.achievement_type,
}
"""How a text on one line is checked: by what the field holds, or by a rule of its own."""
_CHECKS: Mapping[Type, Callable[[Kind, Field], Check]] = {
    **dict.fromkeys(LINES, _line),
    Type.MARKDOWN: _narrative,
    Type.TAGS: _tags,
    Type.ALIGNMENTS: _alignments,
}
"""How a field is checked, by what it holds; of the other types the schema says it all."""
_SHARED: Mapping[Kind, Check] = {Kind.IMAGE: _of_image, Kind.ALIGNMENT_SET: _of_alignment_set}
"""How documents are checked that are not sent themselves: the table of fields does not have theirs."""


@cache
def _checks(kind: Kind) -> tuple[Check, ...]:
    """Look up once how the fields of a kind are checked: it is done for every document of a catalog."""
    checks = [_CHECKS[field.type](kind, field) for field in of_kind(kind) if field.type in _CHECKS]
    return (*checks, *([_SHARED[kind]] if kind in _SHARED else []))
