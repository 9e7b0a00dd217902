"""An entity that exists already -> the resource that stands for it in the state. Pure.

What the server shows and the catalog wants alike is recorded as if we had sent it; everything else is left out of
`sent`, so that the next plan shows it as a change to make.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from urllib.parse import urlsplit

from badgeops.api import dialects
from badgeops.api.carried import unseen
from badgeops.api.live import Live
from badgeops.api.network import is_loopback
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.planning.compare import image_record
from badgeops.state.record import Resource


def adopt(
    entity: Issuer | BadgeClass, live: Live, dialect: Dialect, *, image_is_same: bool, served_sha256: str | None
) -> Resource:
    """Return the resource. `image_is_same` says that the served image is what the server makes of ours."""
    sent = {
        name: value
        for name, value in dialects.wanted(entity, dialect).items()
        if name in live.fields and dialects.is_already(name, value, live.fields[name])
    }
    resource = Resource(
        address=entity.address,
        entity_id=live.entity_id,
        open_badge_id=live.open_badge_id,
        issuer=entity.issuer if isinstance(entity, BadgeClass) else None,
        sent=sent,
        received=dialects.received(sent, live),
        on_remove=entity.lifecycle.on_remove,
        protect=entity.lifecycle.protect,
        unseen=tuple(name for name in unseen(live.kind, dialect) if name not in entity.declared),
    )
    if entity.image is None or not image_is_same:
        return resource
    return replace(resource, image=image_record(entity.image, live, served_sha256 if live.image_is_svg else None))


def unmanaged_fields(entity: Issuer | BadgeClass, live: Live) -> list[str]:
    """Return the fields that hold something on the server and are none of the document's."""
    return [name for name, value in live.fields.items() if value and name not in entity.declared]


_HOSTED = (("badgr.io", "badgr.com"), ("parchment.com",), ("parchment.eu",), ("parchment.au",), ("parchment.ca",))
"""Domains of hosted services, whose pages are on other hosts than their APIs."""


def is_page_of(address: str, *places: str) -> bool:
    """Tell whether an address is of a service that one of these addresses is of."""
    host = _host(address)
    return any(_is_related(host, _host(place)) for place in places if _host(place))


def _is_related(host: str, other: str) -> bool:
    if host == other or any(_is_in(host, names) and _is_in(other, names) for names in _HOSTED):
        return True
    site = other.removeprefix("api.")  # as the site of api.badges.example.org is most often badges.example.org
    return "." in site and _is_in(host, (site,))


def _is_in(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _host(address: str) -> str:
    try:
        name = (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""
    return "localhost" if is_loopback(name) else name


def entity_id_of(text: str) -> str:
    """Return the entityId in what a person copied: the id itself, or the address of a public or an API page."""
    _, scheme, rest = text.strip().partition("://")
    if not scheme:
        return text.strip()
    parts = [part for part in re.split(r"[?#]", rest)[0].split("/")[1:] if part]
    known = {"issuers", "badges", "badgeclasses"}
    following = [after for before, after in pairwise(parts) if before in known]
    return (following[-1] if following else parts[-1] if parts else "").removesuffix(".json")
