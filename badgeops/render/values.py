"""Single values as people write them: an image, a period, a number of things. On one line, and printable."""

from __future__ import annotations

import json

from badgeops.model.fields import Type, type_of
from badgeops.model.shape import Json
from badgeops.render.plain import printable

UNSEEN = "(not shown by the server)"
"""Stands for a value that nobody knows: it may be empty or not."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 issuer", "2 issuers"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def short(value: Json, name: str = "") -> str:
    """Return the value of a field on one line."""
    kind = type_of(name)
    if kind is Type.IMAGE:
        return image_text(value)
    if kind is Type.PERIOD:
        return _period(value)
    if value is None or value in ([], {}, ""):
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(value) if kind is Type.ISSUER else f'"{printable(value)}"'
    if isinstance(value, list):
        return ", ".join(described(item) if isinstance(item, dict) else printable(str(item)) for item in value)
    if isinstance(value, dict):
        return ", ".join(_member(key, item) for key, item in value.items())
    return printable(str(value))


def _member(key: str, value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return printable(f"{key}: {text}")


def described(value: Json) -> str:
    """Describe an alignment by name and address, anything else as it is."""
    if isinstance(value, dict) and "targetName" in value:
        return printable(f"{value['targetName']} <{value.get('targetUrl', '')}>")
    return short(value)


def _period(value: Json) -> str:
    if not value:
        return "never"
    unit = value.get("duration")
    return counted(value["amount"], str(unit).removesuffix("s")) if unit else f"{value['amount']} (no unit)"


def image_text(value: Json) -> str:
    """Return "400×400 PNG 12 KB 3f2a9c01"."""
    if not value:
        return "(none)"
    if "sha256" not in value:
        return "another image"
    size = f"{value['width']}×{value['height']} " if value["width"] and value["height"] else ""
    return f"{size}{str(value['format']).upper()} {_size(value['size'])} {value['sha256'][:8]}"


def _size(size: int) -> str:
    """Return a number of bytes as people say it: "12 KB"."""
    if size < 1000:
        return f"{size} B"
    return f"{round(size / 1000)} KB" if size < 999_500 else f"{size / 1_000_000:.1f} MB"
