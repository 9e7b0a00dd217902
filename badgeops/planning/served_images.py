"""Whether the images that the server shows are the recorded ones, if their addresses do not tell.

Two kinds of address tell nothing. That of an SVG changes with every PUT, so its bytes are compared. That of a newer
server stays the same whatever the image is, so each image costs a request (`api.served`). These are many, and the
state remembers until when, by the server's clock, every recorded image was looked at (`State.images_until`): after
that, only what the server's list of changes names is looked at again. A server without such a list is asked for each.

A list may leave an edit out. So each hour it is another share's turn to be looked at whatever the list says: after 29
plans, an hour, a day or a week apart, each image has been. If one of them is another, the list is not believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zlib import crc32

from badgeops.api.client import Client
from badgeops.api.live import Live
from badgeops.api.served import comparable, identify, proves_nothing, was_identified
from badgeops.errors import ApiError
from badgeops.model.address import Kind
from badgeops.model.moments import Moment, later, moment, stamp
from badgeops.planning.in_parallel import Tell, each
from badgeops.planning.planner import Look
from badgeops.state.record import Resource, State

_FEW = 8
"""So many images are looked at in the time that the lists of changes take."""
_OVERLAP = 15 * 60.0
"""Seconds before the last look from which changes are asked for: a replica of the database may lag behind."""
_SHARES = 29
"""A share's turn comes again after so many hours. It is a prime, so plans in any usual rhythm meet every turn."""
_HOUR = 3600
_APART = 60.0
"""Seconds by which the list's time may differ from that of the server's answers."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What became of the addresses that tell nothing."""

    live: Mapping[str, Live] = field(default_factory=dict)
    """The entities, with what identifies their image in place of its address; by entityId."""
    same: frozenset[str] = frozenset()
    """Those of which nothing else can be said than that they are there: an image that was never identified before, or
    in another way (the server was upgraded), or cannot be now."""
    look: Look = field(default_factory=Look)


def identify_images(client: Client, state: State, live: Mapping[str, Live], parallelism: int, tell: Tell) -> Identified:
    """Put what identifies each managed image where its address would stand, if the address proves nothing."""
    unproven = [
        resource
        for resource in state.resources.values()
        if resource.image is not None
        and resource.entity_id in live
        and proves_nothing(live[resource.entity_id], _ref(resource))
    ]
    now = client.told_time()
    changed = _changed(client, state, unproven, now) if now is not None else None

    def look_up(some: list[Resource]) -> dict[str, str | None]:
        identified = each(
            lambda item: identify(client, live[item.entity_id], _ref(item)), some, parallelism, tell, "images looked up"
        )
        return {resource.entity_id: ref for resource, ref in identified}

    doubtful = [item for item in unproven if changed is None or item.entity_id in changed or _has_its_turn(item, now)]
    found = look_up(doubtful)
    if changed is not None and any(item.entity_id not in changed and _is_another(item, found) for item in doubtful):
        found |= look_up([item for item in unproven if item.entity_id not in found])
    recorded = {resource.entity_id: _ref(resource) for resource in unproven}
    return Identified(
        {
            entity_id: replace(live[entity_id], image_ref=found.get(entity_id) or ref)
            for entity_id, ref in recorded.items()
        },
        frozenset(entity_id for entity_id, ref in found.items() if not comparable(recorded[entity_id], ref)),
        Look(stamp(now) if now is not None else "", found),
    )


def known_until(before: State, after: State, look: Look, *, is_needed: bool) -> str:
    """Return until when every recorded image is known to be the one on the server, after a run that began with a look.

    It is the time of the look only if nothing of it was left open: an image that could not be identified, or that is
    another one and was neither replaced nor recorded, is looked at again. `is_needed` says that addresses were found to
    tell nothing since.
    """
    if not (look.found or before.images_until or is_needed):
        return ""
    refs = {resource.entity_id: _ref(resource) for resource in before.resources.values()}
    for resource in after.resources.values():
        found = look.found.get(resource.entity_id, "")
        if found != "" and found != _ref(resource) == refs.get(resource.entity_id):
            return before.images_until
    return look.until or before.images_until


def same_bytes(client: Client, state: State, live: Mapping[str, Live], parallelism: int, tell: Tell) -> frozenset[str]:
    """Return the entities whose image has another address than recorded and yet the same bytes."""
    doubtful = [resource for resource in state.resources.values() if _is_doubtful(resource, live)]
    compared = each(lambda item: _is_same(client, item, live), doubtful, parallelism, tell, "images compared")
    return frozenset(resource.entity_id for resource, is_same in compared if is_same)


def _changed(client: Client, state: State, unproven: list[Resource], now: Moment) -> frozenset[str] | None:
    """Return which entities have changed since the last look; None if nobody knows.

    A list that tells another time than the server's answers do is not believed, nor is a last look that is yet to
    come (a gateway told the wrong year once): what changed would be looked for in the wrong hour.
    """
    since, ids = moment(state.images_until), set[str]()
    if since is None or since > later(now, _APART) or len(unproven) <= _FEW:
        return None
    for kind in Kind:
        if any(resource.address.kind is kind for resource in unproven):
            told = client.changed(kind, stamp(later(since, -_OVERLAP)))
            at = moment(told.timestamp) if told is not None else None
            if told is None or at is None or not later(now, -_APART) <= at <= later(now, _APART):
                return None
            ids |= told.entity_ids
    return frozenset(ids)


def _has_its_turn(resource: Resource, now: Moment | None) -> bool:
    """Tell whether an image is looked at whatever a list says: it was never identified, or it is its share's turn."""
    return not was_identified(_ref(resource)) or (now is not None and is_due(resource.entity_id, now))


def is_due(entity_id: str, now: Moment) -> bool:
    """Tell whether this hour is the turn of an entity's share."""
    return crc32(entity_id.encode()) % _SHARES == now.timestamp() // _HOUR % _SHARES


def _is_another(resource: Resource, found: Mapping[str, str | None]) -> bool:
    """Tell whether an image that was looked at is certainly not the recorded one."""
    ref, recorded = found[resource.entity_id], _ref(resource)
    return comparable(recorded, ref) and ref != recorded


def _ref(resource: Resource) -> str | None:
    return resource.image.ref if resource.image is not None else None


def _is_doubtful(resource: Resource, live: Mapping[str, Live]) -> bool:
    now, image = live.get(resource.entity_id), resource.image
    return (
        now is not None
        and image is not None
        and now.image_ref != image.ref
        and now.image_url is not None
        and image.served_sha256 is not None
    )


def _is_same(client: Client, resource: Resource, live: Mapping[str, Live]) -> bool:
    url = live[resource.entity_id].image_url
    assert url is not None  # noqa: S101 (see _is_doubtful)
    try:
        data = client.image(url)
    except (ApiError, ValueError):  # the latter: no address at all
        return False
    return resource.image is not None and hashlib.sha256(data).hexdigest() == resource.image.served_sha256
