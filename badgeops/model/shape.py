"""JSON as values, and the shape that each field of the API has. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NoReturn

from badgeops.model.fields import TABLE, Type

Json = Any
Fields = dict[str, Json]
"""API field name -> value, for the fields that are compared one by one (not the image, not the issuer)."""

ALIGNMENT_MEMBERS = ("targetName", "targetUrl", "targetDescription", "targetFramework", "targetCode")
SKILL = "displayAsSkill"
_MEMBERS = frozenset({*ALIGNMENT_MEMBERS, SKILL})


def check_shape(name: str, value: Json) -> None:
    """Raise ValueError unless a live or recorded value is of the kind that its field has; unknown fields may be any.

    Everything after this point relies on it, so it is asked wherever a value comes from outside.
    """
    if not _CHECKS.get(name, _is_shallow)(value):
        raise _misshapen(name)


def check_shapes(fields: Fields) -> None:
    """Raise ValueError unless each of these values is of the kind that its field has."""
    checks = _CHECKS
    for name, value in fields.items():
        if not checks.get(name, _is_shallow)(value):
            raise _misshapen(name)


def _misshapen(name: str) -> ValueError:
    return ValueError(f"{name} is not what the API describes")


_MOST_LEVELS = 60
"""Of nesting in what the API describes no further; no catalog has as many, and whatever walks them comes back."""


def strict_json(text: str | bytes, *, hook: Callable[[Fields], Fields] | None = None) -> Json:
    """Read JSON. ValueError also for numbers that no JSON can hold: comparing them, or writing them, goes wrong."""
    return json.loads(text, parse_constant=_no_number, parse_float=_finite, object_hook=hook)


_FEW = 6


def one_of_each() -> Callable[[Fields], Fields]:
    """Return a hook for reading JSON that keeps one of equal objects, if they are small and of texts alone.

    Alignments are: ten thousand badge classes may have fifty of them.
    """
    known: dict[tuple[tuple[str, str], ...], Fields] = {}

    def keep_one(value: Fields) -> Fields:
        if not 1 < len(value) <= _FEW or any(item.__class__ is not str for item in value.values()):
            return value
        return known.setdefault(tuple(value.items()), value)

    return keep_one


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    return value if isfinite(value) else _no_number(text[:20])


def _is_shallow(value: Json, levels: int = _MOST_LEVELS) -> bool:
    if not isinstance(value, dict | list):
        return True
    return levels > 0 and all(
        _is_shallow(item, levels - 1) for item in (value.values() if isinstance(value, dict) else value)
    )


def _is_text(value: Json) -> bool:
    return value is None or isinstance(value, str)


def _are_tags(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(tag, str) for tag in value)


def _are_alignments(value: Json) -> bool:
    return isinstance(value, list) and all(map(_is_alignment, value))


def _is_period(value: Json) -> bool:
    return value is None or (
        isinstance(value, dict)
        and isinstance(value.get("amount"), int)
        and isinstance(value.get("duration"), str | None)
    )


def _are_extensions(value: Json) -> bool:
    return isinstance(value, dict) and _is_shallow(value)


def _is_alignment(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    for name, member in value.items():  # there are hundreds of thousands of them
        if name == SKILL:
            if not isinstance(member, bool):
                return False
        elif not isinstance(member, str) and (name in _MEMBERS or not _is_shallow(member)):
            return False
    return True


_CHECKS_OF_TYPES: Mapping[Type, Callable[[Json], bool]] = {
    **{type_: _is_text for type_ in Type if type_.is_text},
    Type.TAGS: _are_tags,
    Type.ALIGNMENTS: _are_alignments,
    Type.PERIOD: _is_period,
    Type.EXTENSIONS: _are_extensions,
}
_CHECKS = {field.name: _CHECKS_OF_TYPES[field.type] for field in TABLE if field.type.is_compared}
"""What each field of the table must be; asked for every field of every entity of an account."""
