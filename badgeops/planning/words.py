"""How what a planner finds is worded: a value, a number of entities, an id that a person copies into a shell."""

from __future__ import annotations

import json
import shlex
from typing import NamedTuple

from badgeops.model.address import Kind
from badgeops.model.shape import Json


class Finding(NamedTuple):
    """What is to be said of an entity."""

    rule: str
    summary: str
    """What is wrong."""
    detail: str
    """Why, and what to do."""


def noun(kind: Kind) -> str:
    """Return the word for one entity of a kind."""
    return "a badge class" if kind is Kind.BADGE_CLASS else "an issuer"


def entities(count: int) -> str:
    """Return so many entities."""
    return "1 entity" if count == 1 else f"{count} entities"


def badge_classes_that(count: int) -> str:
    """Return the beginning of a sentence about so many badge classes."""
    return f"{'1 badge class' if count == 1 else f'{count} badge classes'} that"


def commands(*lines: str) -> str:
    """Return commands to copy, each on a line of its own below what is said of them."""
    return "".join(f"\n  {line}" for line in lines)


def quoted(value: Json) -> str:
    """Return a value as it would be written; None stands for an image."""
    return "its image" if value is None else json.dumps(value, ensure_ascii=False)


def as_argument(entity_id: str) -> str:
    """Return a server's id as one word of a command that a person may copy into a shell, whatever it holds."""
    return shlex.quote("".join(entity_id.split()))
