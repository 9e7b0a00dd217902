"""A state as plain values that can go from one process to another. Pure.

Reading a state is checking it. That is done where the text is read; what comes from there is a state.
"""

from __future__ import annotations

from typing import Any

from badgeops.errors import StateError
from badgeops.model.address import Address, Kind
from badgeops.model.lifecycle import OnRemove
from badgeops.state.record import ImageRecord, Resource, State, loads

Plain = tuple[Any, ...]
"""The head of a state, and its resources: what `Resource` holds, in its order."""


def recorded(texts: list[bytes], _known: frozenset[str]) -> Plain | None:
    """Read a state; None if there is something to say, or something is pending: it is read where the words are."""
    try:
        state = loads(b"".join(texts).decode("utf-8"), name="")
    except (StateError, UnicodeDecodeError):
        return None
    return as_plain(state) if not state.pending else None


def as_plain(state: State) -> Plain:
    """Return a state without pending writes as plain values."""
    head = (state.lineage, state.serial, state.environment, state.server, state.images_until)
    return head, [_resource(resource) for resource in state.resources.values()]


def _resource(resource: Resource) -> Plain:
    image = resource.image
    return (
        _address(resource.address),
        resource.entity_id,
        resource.open_badge_id,
        _address(resource.issuer) if resource.issuer is not None else None,
        resource.sent,
        resource.received,
        (image.sha256, image.format, image.width, image.height, image.size, image.ref, image.served_sha256)
        if image is not None
        else None,
        resource.on_remove.value,
        resource.protect,
        resource.unseen,
    )


def _address(address: Address) -> tuple[str, str]:
    return address.kind.value, address.key


def from_plain(plain: Plain) -> State:
    """Return a state as it was."""
    (lineage, serial, environment, server, images_until), listed = plain
    issuers: dict[tuple[str, str] | None, Address | None] = {None: None}
    resources: dict[Address, Resource] = {}
    for (kind, key), entity_id, open_badge_id, issuer, sent, received, image, on_remove, protect, unseen in listed:
        if issuer not in issuers:
            issuers[issuer] = Address(_KINDS[issuer[0]], issuer[1])
        address = Address(_KINDS[kind], key)
        resources[address] = Resource(
            address,
            entity_id,
            open_badge_id,
            issuers[issuer],
            sent,
            received,
            ImageRecord(*image) if image is not None else None,
            _WAYS[on_remove],
            protect,
            unseen,
        )
    return State(lineage, serial, environment, server, resources, images_until=images_until)


_KINDS = {kind.value: kind for kind in Kind}
_WAYS = {way.value: way for way in OnRemove}
