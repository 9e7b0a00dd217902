"""Values for any field of the table, by what it holds: as a document writes them and as the API shows them."""

from __future__ import annotations

from typing import Any

from badgeops.model.fields import NEVER, Field, Type

_CONTEXT = "https://openbadgespec.org/extensions/creditPoints/context.json"


def _extension(points: int) -> dict[str, Any]:
    return {"extensions:Credit": {"@context": _CONTEXT, "type": ["Extension", "extensions:Credit"], "points": points}}


_VALUES: dict[Type, tuple[Any, Any]] = {
    Type.TEXT: ("First sample", "Second sample"),
    Type.URL: ("https://first.example/page", "https://second.example/page"),
    Type.EMAIL: ("admin@example.org", "second@example.org"),
    Type.MARKDOWN: ("Pass the *first* exam.", "Pass the *second* exam."),
    Type.TAGS: (["first", "both"], ["second", "both"]),
    Type.ALIGNMENTS: (
        [{"targetName": "First target", "targetUrl": "https://first.example/target"}],
        [{"targetName": "Second target", "targetUrl": "https://second.example/target"}],
    ),
    Type.PERIOD: ({"amount": 2, "duration": "years"}, {"amount": 9, "duration": "weeks"}),
    Type.EXTENSIONS: (_extension(1), _extension(2)),
}


def sample(field: Field, number: int = 0) -> Any:
    """Return one of two values that a field can have."""
    special = {"achievementType": ("Course", "Certificate")}
    return special.get(field.name, _VALUES[field.type])[number]


def trace(field: Field, number: int = 0) -> str:
    """Return a text that can be seen wherever the value is shown to people."""
    value = sample(field, number)
    match field.type:
        case Type.URL:
            return str(value).removeprefix("https://").partition("/")[0]
        case Type.MARKDOWN:
            return ("first", "second")[number]
        case Type.TAGS:
            return str(value[0])
        case Type.ALIGNMENTS:
            return str(value[0]["targetName"])
        case Type.PERIOD:
            return f"{value['amount']} {value['duration']}"
        case Type.EXTENSIONS:
            return "extensions:Credit"
    return str(value)


def emptied(field: Field) -> Any:
    """Return what a document writes to empty a field; the field's second value where that cannot be done."""
    return sample(field, 1) if field.empty is NEVER else field.empty


def comparable(value: Any) -> Any:
    """Return a value of the API in one spelling: without members that say nothing, and lists, whose order is free."""
    if isinstance(value, list):
        return sorted((comparable(item) for item in value), key=str)
    if isinstance(value, dict):
        said = {name: item for name, item in value.items() if item not in (None, False)}
        return said or None
    return value
