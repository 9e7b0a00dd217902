"""How careful badgeops is to be with an entity, as its document says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OnRemove(StrEnum):
    """What happens to the live entity when its document leaves the catalog."""

    FORGET = "forget"
    ARCHIVE = "archive"
    DELETE = "delete"


class OnMeaningChange(StrEnum):
    """What happens where the catalog changes the meaning of a badge that people have earned."""

    ALLOW = "allow"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How careful badgeops is to be with an entity."""

    protect: bool = False
    on_remove: OnRemove = OnRemove.FORGET
    ignore_changes: frozenset[str] = frozenset()
    """API field names that are set on creation and never compared afterwards."""
    allow_duplicate_name: bool = False
    on_meaning_change: OnMeaningChange | None = None
    """None: what the settings say."""
