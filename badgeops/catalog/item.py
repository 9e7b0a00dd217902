"""One document on its way through validation: which of its fields can still be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from badgeops.model.address import Kind
from badgeops.model.fields import TABLE, Type
from badgeops.yamldoc.parse import Document, Path

_WITH_ENTRIES = frozenset(field.name for field in TABLE if field.type in (Type.ALIGNMENTS, Type.TAGS))


@dataclass(slots=True)
class Item:
    """One document on its way through validation."""

    document: Document
    kind: Kind
    key: str | None
    """None where it has none, or one that cannot be."""
    broken: set[str] = field(default_factory=set)
    """Top-level fields with something wrong in them, which has been reported; with any, nothing is built."""
    unusable: set[Path] = field(default_factory=set)
    """Fields, and entries of them, that are not even of the right type and are not looked at any further."""
    is_duplicate: bool = False

    @property
    def address(self) -> str | None:
        """The document's address, if it has one."""
        return f"{self.kind.prefix}.{self.key}" if self.key is not None else None

    def get(self, name: str) -> Any:  # noqa: ANN401
        """Return a field that can be looked at, else None."""
        value = self.document.data.get(name)
        return None if self.unusable and (name,) in self.unusable else value

    def entries(self, name: str) -> Iterator[tuple[Any, Any]]:
        """Yield those entries of a list or mapping that can be looked at, with their index or key."""
        values = self.get(name)
        for part, value in values.items() if isinstance(values, dict) else enumerate(values or ()):
            if not self.unusable or (name, part) not in self.unusable:
                yield part, value

    def set_aside(self, path: Path) -> None:
        """Note that what stands at `path` cannot be used; the entries beside it can."""
        name = str(path[0])
        self.broken.add(name)
        self.unusable.add(path[:2] if name in _WITH_ENTRIES else (name,))
