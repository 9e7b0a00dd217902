"""What a change of a badge class does to the people who hold it. Pure.

cosmetic   tags, alternative text: nobody's badge looks or means anything else
visible    name, description, picture: what people hold looks different (the hosted service bakes it again)
meaning    criteria, alignments, expiry: what people hold says something else than when they earned it
"""

from __future__ import annotations

from enum import IntEnum

from badgeops.model import Kind
from badgeops.plan import RECORDED_ONLY, Action, Change


class Impact(IntEnum):
    """How deep a change goes; the larger, the graver."""

    COSMETIC = 1
    VISIBLE = 2
    MEANING = 3

    def __str__(self) -> str:
        return self.name.lower()


_COSMETIC = frozenset({"tags", "imageAltText"})
_MEANING = frozenset({"criteriaNarrative", "criteriaUrl", "alignments", "expires"})


def of_field(name: str) -> Impact:
    """Return what a change of one API field does; a field that is not known to be harmless is visible."""
    if name in _MEANING:
        return Impact.MEANING
    return Impact.COSMETIC if name in _COSMETIC else Impact.VISIBLE


def of(change: Change) -> Impact | None:
    """Return the gravest impact of a change of an existing badge class; None for everything else."""
    if change.address.kind is not Kind.BADGE_CLASS or change.action not in (Action.UPDATE, Action.ADOPT):
        return None
    return max((of_field(item.name) for item in change.attributes if item.name not in RECORDED_ONLY), default=None)
