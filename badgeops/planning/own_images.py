"""Whether the image of what an open creation may have made is the one that it has sent.

Names and texts can be compared in a list, an image cannot: each costs a request or two, and only what a plan may adopt
is looked at. What cannot be told to be ours is none of ours: whoever adopts its entity uploads the image again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from badgeops.api.client import Client
from badgeops.api.live import Live
from badgeops.api.served import identify, proves_nothing
from badgeops.catalog.images.raster import same_image
from badgeops.errors import ApiError
from badgeops.model.address import Kind
from badgeops.model.entities import Catalog, Image
from badgeops.model.text_rules import look_alike
from badgeops.planning.handover import hand_over, open_creations
from badgeops.planning.in_parallel import each
from badgeops.planning.planner import Snapshot
from badgeops.state.record import State

Read = Callable[[Image], bytes | None]
"""Returns the bytes of an image of the catalog; None if its file is not there as it was."""


def with_own_images(
    client: Client, catalog: Catalog, state: State, snapshot: Snapshot, read: Read, parallelism: int
) -> Snapshot:
    """Return what was shown, and which images of entities that may be adopted are ours."""
    sent = _sent(catalog, state, snapshot)
    if not sent:
        return snapshot
    recorded = {resource.entity_id for resource in state.resources.values()}
    doubtful = [
        (live, sent[live.kind, look_alike(live.name)])
        for live in snapshot.live.values()
        if live.entity_id not in recorded and (live.kind, look_alike(live.name)) in sent
    ]
    found = [
        live for _, live in each(lambda item: _ours(client, read, *item), doubtful, parallelism) if live is not None
    ]
    return replace(
        snapshot,
        live={**snapshot.live, **{live.entity_id: live for live in found}},
        own_images=frozenset(live.entity_id for live in found),
    )


def _sent(catalog: Catalog, state: State, snapshot: Snapshot) -> dict[tuple[Kind, str], Image]:
    """Return the images that open creations have sent and the catalog still has, by the names that they have sent."""
    pending = hand_over(catalog, state, snapshot.live.keys() | snapshot.hidden).pending
    found: dict[tuple[Kind, str], list[Image]] = {}
    for intent in open_creations(pending):
        entity, image = catalog.entities.get(intent.address), intent.resource.image
        now = entity.image if entity is not None else None
        if now is not None and image is not None and now.sha256 == image.sha256:
            found.setdefault((intent.address.kind, look_alike(intent.resource.name)), []).append(now)
    return {name: images[0] for name, images in found.items() if _is_one(images)}


def _is_one(images: Iterable[Image]) -> bool:
    return len({image.sha256 for image in images}) == 1


def _ours(client: Client, read: Read, live: Live, image: Image) -> Live | None:
    """Return the entity, with what identifies its image, if that is ours; None if it is not, or nobody can tell."""
    data = read(image)
    if data is None or live.image_url is None:
        return None
    # First what identifies it: one that is exchanged in between is then seen by the next plan.
    ref = identify(client, live, None) if proves_nothing(live, None) else None
    try:
        is_ours = same_image(data, client.image(live.image_url))
    except ApiError:
        return None
    return replace(live, image_ref=ref or live.image_ref) if is_ours else None
