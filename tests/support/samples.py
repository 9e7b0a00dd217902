"""Values for any field of the table, by what it holds: as a document writes them and as the API shows them.

No two fields share a value, so that none can be seen in the place of another.
"""

from __future__ import annotations

from typing import Any

from badgeops.model.fields import NEVER, Field, Type

_CONTEXT = "https://openbadgespec.org/extensions/creditPoints/context.json"


_EMAILS = ("admin@example.org", "second@example.org")
_ACHIEVEMENTS = ("Course", "Certificate")
"""Servers take no other text than those of a list."""
_PERIODS = ({"amount": 2, "duration": "years"}, {"amount": 9, "duration": "weeks"})


def sample(field: Field, number: int = 0) -> Any:
    """Return one of two values that a field can have."""
    word = _word(field, number)
    extension = {"@context": _CONTEXT, "type": ["Extension", "extensions:Credit"], "points": number}
    by_type = {
        Type.URL: f"https://{word}.example/page",
        Type.EMAIL: _EMAILS[number],
        Type.MARKDOWN: f"Pass the *{word}* exam.",
        Type.TAGS: [word, "both"],
        Type.ALIGNMENTS: [{"targetName": word, "targetUrl": f"https://{word}.example/target"}],
        Type.PERIOD: dict(_PERIODS[number]),
        Type.EXTENSIONS: {"extensions:Credit": extension},
    }
    if field.name == "achievementType":
        return _ACHIEVEMENTS[number]
    return by_type.get(field.type, word)


def trace(field: Field, number: int = 0) -> str:
    """Return a text that can be seen wherever the value is shown to people."""
    value = sample(field, number)
    match field.type:
        case Type.URL | Type.MARKDOWN | Type.TAGS | Type.ALIGNMENTS:
            return _word(field, number)
        case Type.PERIOD:
            return f"{value['amount']} {value['duration']}"
        case Type.EXTENSIONS:
            return "extensions:Credit"
    return str(value)


def _word(field: Field, number: int) -> str:
    """Return a word that is in one value of one field; it can be a part of a host, too."""
    return f"{('first', 'second')[number]}-{field.name.lower()}"


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
