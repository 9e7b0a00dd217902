"""The catalog as values: what an organisation wants its issuers and badge classes to be.

Everything here is frozen and knows nothing of files, YAML, servers or JSON. Names follow Open Badges 2.0 as the
Badgr v2 API speaks it; `wire` maps them to the API's own spelling.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from badgeops.yamldoc import Document

KEY_PATTERN = r"[a-z0-9][a-z0-9._-]{0,127}"
"""A key is part of an address that people type into shells and read in logs: no upper case, no spaces."""


class Kind(StrEnum):
    """What a document describes."""

    ISSUER = "Issuer"
    BADGE_CLASS = "BadgeClass"
    ALIGNMENT_SET = "AlignmentSet"
    IMAGE = "Image"

    @property
    def prefix(self) -> str:
        """The first half of an address: "badge_class" for a BadgeClass."""
        return _PREFIXES[self]


_PREFIXES = {
    Kind.ISSUER: "issuer",
    Kind.BADGE_CLASS: "badge_class",
    Kind.ALIGNMENT_SET: "alignment_set",
    Kind.IMAGE: "image",
}
_KINDS = {prefix: kind for kind, prefix in _PREFIXES.items()}
_ADDRESS = re.compile(rf"(?P<prefix>[a-z_]+)\.(?P<key>{KEY_PATTERN})")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """The local, stable name of an entity: `badge_class.python-basics`."""

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{_PREFIXES[self.kind]}.{self.key}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address; ValueError where it is none."""
        match = _ADDRESS.fullmatch(text)
        if match is None or match["prefix"] not in _KINDS:
            raise ValueError(f"{text!r} is no address; one looks like badge_class.python-basics")
        return cls(_KINDS[match["prefix"]], match["key"])


def nearest(wanted: Address, known: Collection[Address]) -> Address | None:
    """Return the address that was probably meant: of the same kind and alike, or of the other kind with this key."""
    import difflib  # noqa: PLC0415 (only for a mistyped address)

    keys = [address.key for address in known if address.kind is wanted.kind]
    close = difflib.get_close_matches(wanted.key, sorted(keys), 1, 0.6)
    if close:
        return Address(wanted.kind, close[0])
    return min((address for address in known if address.key == wanted.key), default=None)


class OnRemove(StrEnum):
    """What happens to the live entity when its document leaves the catalog."""

    FORGET = "forget"
    ARCHIVE = "archive"
    DELETE = "delete"


class OnMeaningChange(StrEnum):
    """What happens where the catalog changes what a badge means that people hold."""

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


@dataclass(frozen=True, slots=True)
class Image:
    """A picture file, by what it is: two files with the same bytes are the same image."""

    sha256: str
    format: str
    """ "png" or "svg", by content."""
    width: int
    """Pixels, or the units of an SVG's viewBox, rounded."""
    height: int
    size: int
    """Bytes."""
    path: Path = field(compare=False)
    """Where to read it when it is uploaded."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """What a badge class counts towards in a framework outside (Open Badges 2.0, AlignmentObject)."""

    target_name: str
    target_url: str
    target_description: str | None = None
    target_framework: str | None = None
    target_code: str | None = None
    display_as_skill: bool | None = None
    """Hosted dialect only."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long an award is valid: an amount of "days", "weeks", "months" or "years"."""

    amount: int
    duration: str


@dataclass(frozen=True, kw_only=True)
class Entity:
    """What issuers and badge classes have in common.

    `declared` holds the API names of the fields that the catalog sets. A declared field that is None (or empty)
    is to be empty on the server; one that is not declared is none of our business.
    """

    address: Address
    name: str
    description: str | None = None
    image: Image | None = None
    extensions: dict[str, Any] | None = None
    declared: frozenset[str]
    lifecycle: Lifecycle = Lifecycle()
    document: Document = field(compare=False)

    @property
    def key(self) -> str:
        """The second half of the address."""
        return self.address.key


@dataclass(frozen=True, kw_only=True)
class Issuer(Entity):
    """Who awards badges (an Open Badges Profile)."""

    url: str
    email: str


@dataclass(frozen=True, kw_only=True)
class BadgeClass(Entity):
    """The definition that is awarded; Open Badges 3.0 calls it an Achievement."""

    issuer: Address
    criteria_url: str | None = None
    criteria_narrative: str | None = None
    tags: tuple[str, ...] = ()
    alignments: tuple[Alignment, ...] = ()
    expires: Expiry | None = None
    achievement_type: str | None = None
    image_alt_text: str | None = None


@dataclass(frozen=True)
class Catalog:
    """All that the documents declare, sorted by address."""

    name: str
    issuers: tuple[Issuer, ...]
    badge_classes: tuple[BadgeClass, ...]

    @cached_property
    def entities(self) -> dict[Address, Issuer | BadgeClass]:
        """Issuers and badge classes by address, issuers first."""
        everything: tuple[Issuer | BadgeClass, ...] = (*self.issuers, *self.badge_classes)
        return {entity.address: entity for entity in everything}
