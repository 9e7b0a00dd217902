"""Kinds of documents, and addresses: the local, stable names of what they declare."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

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
            raise ValueError(f"{text!r} is not an address; an address looks like badge_class.python-basics")
        return cls(_KINDS[match["prefix"]], match["key"])


def nearest(wanted: Address, known: Collection[Address]) -> Address | None:
    """Return the address that was probably meant: of the same kind and alike, or of the other kind with this key."""
    import difflib  # noqa: PLC0415 (only for a mistyped address)

    keys = [address.key for address in known if address.kind is wanted.kind]
    close = difflib.get_close_matches(wanted.key, sorted(keys), 1, 0.6)
    if close:
        return Address(wanted.kind, close[0])
    return min((address for address in known if address.key == wanted.key), default=None)
