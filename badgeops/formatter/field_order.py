"""In which order the fields of a document are written: that of the schemas, which is that of the reference. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from badgeops import schemas
from badgeops.model.address import Kind


class Shape:
    """What fields one mapping has, in their order, and of what shape their values are."""

    def __init__(self, parts: tuple[dict[str, Any], ...], root: dict[str, Any]) -> None:
        self._parts = tuple(part for given in parts for part in _alternatives(given, root))
        self._root = root
        self._ranks = {
            name: rank for rank, name in enumerate(name for part in self._parts for name in part.get("properties", ()))
        }
        self._children: dict[str, Shape] = {}

    def rank(self, name: str) -> int:
        """Return the place of a field; those that no schema knows come last."""
        return -1 if name == "<<" else self._ranks.get(name, len(self._ranks))

    def child(self, name: str) -> Shape:
        """Return the shape of a field's value."""
        known = self._children.get(name)
        if known is None:
            known = self._children[name] = self._child(name)
        return known

    def _child(self, name: str) -> Shape:
        kind = name if name in schemas.NAMES else _KINDS.get(name.partition(".")[0])
        found = [
            value
            for part in self._parts
            if isinstance(value := part.get("properties", {}).get(name, part.get("additionalProperties")), dict)
        ]
        # Defaults and overrides hold fields of documents, which the schema of the settings does not list again.
        if kind is not None and self._root.get("title") == "Settings" and found:
            return of_kind(kind)
        return Shape(tuple(found), self._root)

    def item(self) -> Shape:
        """Return the shape of the items, where the value is a list."""
        return Shape(tuple(part["items"] for part in self._parts if isinstance(part.get("items"), dict)), self._root)


_KINDS = {kind.prefix: kind.value for kind in Kind}


def _alternatives(part: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schemas that a value may follow."""
    yield part
    reference = part.get("$ref", "")
    if reference.startswith("#/$defs/"):
        yield from _alternatives(root["$defs"][reference.removeprefix("#/$defs/")], root)
    for word in ("anyOf", "oneOf", "allOf"):
        for other in part.get(word, ()):
            yield from _alternatives(other, root)


NOTHING = Shape((), {})
"""Of what is of no known kind: everything stays in its place."""


@cache
def of_kind(kind: str | None) -> Shape:
    """Return the shape of a document."""
    name = schemas.NAMES.get(kind or "")
    return Shape((schemas.load(name),), schemas.load(name)) if name else NOTHING


@cache
def of_settings() -> Shape:
    """Return the shape of badgeops.yaml."""
    settings = schemas.load("settings")
    return Shape((settings,), settings)
