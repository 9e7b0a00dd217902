"""The catalog as values: what an organisation wants its issuers and badge classes to be.

Everything here is frozen and knows nothing of files, YAML, servers or JSON. Names follow Open Badges 2.0 as the
Badgr v2 API speaks it; `api.dialects` maps them to the API's own spelling.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import Any

from badgeops.model.address import Address
from badgeops.model.lifecycle import Lifecycle
from badgeops.yamldoc.parse import Document


@dataclass(frozen=True, slots=True)
class Image:
    """An image file, by what it is: two files with the same bytes are the same image."""

    sha256: str
    format: str
    """ "png" or "svg", by content."""
    width: int
    """Pixels, or the units of an SVG's viewBox, rounded."""
    height: int
    size: int
    """Bytes."""
    path: str = field(compare=False)
    """Where to read it when it is uploaded."""

    @property
    def name(self) -> str:
        """The name of the file."""
        return PurePath(self.path).name


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
    lifecycle: Lifecycle
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
