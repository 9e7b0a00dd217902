"""What a list of badge classes shows, as plain values that can go from one process to another. Pure."""

from __future__ import annotations

from typing import Any

from badgeops.api.live import Live, parse_listed
from badgeops.api.responses import Answer, results
from badgeops.errors import ApiError
from badgeops.model.address import Kind

Plain = tuple[Any, ...]
"""An entity of a list: what `Live` holds, in its order, without the kind and the members, which lists leave out."""


def listed(pages: list[bytes], _known: frozenset[str]) -> list[Plain] | None:
    """Read pages of a list of badge classes; None if there is something to say: whoever has the words reads them."""
    try:
        return [
            as_plain(parse_listed(Kind.BADGE_CLASS, item))
            for page in pages
            for item in results(Answer(200, "", body=page))
        ]
    except ApiError:
        return None


def as_plain(live: Live) -> Plain:
    """Return what a list shows of an entity as plain values."""
    return (
        live.entity_id,
        live.open_badge_id,
        live.name,
        live.created_at,
        live.fields,
        live.issuer_id,
        live.archived,
        live.image_url,
        live.image_ref,
        live.other_forms,
        live.is_verified,
        None,
        live.odd,
    )


def from_plain(plain: Plain) -> Live:
    """Return a badge class as it was."""
    return Live(Kind.BADGE_CLASS, *plain)
