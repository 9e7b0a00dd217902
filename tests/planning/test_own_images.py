"""Whether the image of what may be adopted is the one that was sent: seen, never taken on trust."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.images import png
from support.remote import SVG, badge_class as make, connected, issuer as make_issuer
from support.strategies import badge_class, catalog, image, issuer
from support.tiers import few

from badgeops.api.client import Client
from badgeops.api.served import identify, proves_nothing
from badgeops.errors import ServerFaultError
from badgeops.model.address import Address, Kind
from badgeops.model.entities import Catalog, Image
from badgeops.model.lifecycle import Lifecycle
from badgeops.planning.compare import image_record
from badgeops.planning.own_images import with_own_images
from badgeops.planning.planner import Snapshot
from badgeops.planning.refresh import refresh
from badgeops.sandbox import Sandbox, SandboxOptions
from badgeops.state.record import Intent, Resource, State

PYTHON, ACADEMY = Address(Kind.BADGE_CLASS, "python"), Address(Kind.ISSUER, "academy")
SNAKE, TWINS = Address(Kind.BADGE_CLASS, "snake"), Lifecycle(allow_duplicate_name=True)
NAVY, RED, DRAWN = png(90, 90, color="navy"), png(90, 90, color="red"), SVG.format(radius=3).encode()
WIDE = png(90, 40, color="navy")
"""A server pads it to a square."""


@pytest.fixture(params=few([("open-source", False), ("hosted", False), ("open-source", True), ("hosted", True)], 4))
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """Give a client of a sandbox of each kind, with addresses of images that change and that do not."""
    dialect, is_constant = request.param
    with (
        Sandbox(SandboxOptions(data=tmp_path, dialect=dialect, constant_images=is_constant)) as sandbox,
        connected(sandbox.url) as made,
    ):
        yield made


def of(data: bytes) -> Image:
    """Return an image of the catalog that has these bytes."""
    format_ = "png" if data.startswith(b"\x89PNG") else "svg"
    return replace(image(0, format_), sha256=hashlib.sha256(data).hexdigest())


def sent(data: bytes, **more: Any) -> Intent:
    """Return the open creation of a badge class with this image."""
    resource = Resource(PYTHON, "", issuer=ACADEMY, sent={"name": "Python"}, image=image_record(of(data), None))
    return Intent(PYTHON, "create", resource, **more)


def looked(
    client: Client, intent: Intent, documents: Catalog, data: bytes | None, **resources: Resource
) -> tuple[Snapshot, Snapshot]:
    """Return what a refresh shows, and what is made of it."""
    state = State("L", 1, "here", "server", {item.address: item for item in resources.values()}, {PYTHON: intent})
    snapshot = refresh(client, state)
    return snapshot, with_own_images(client, documents, state, snapshot, lambda _: data, 2)


def unexpected(*_: Any, **__: Any) -> bytes:
    """Stand in for what is not to be asked."""
    raise AssertionError


def shown_as(data: bytes) -> str:
    """Return an image as it is sent."""
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/svg+xml"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("ours", "served", "is_ours"),
    [(NAVY, NAVY, True), (WIDE, WIDE, True), (DRAWN, DRAWN, True), (NAVY, RED, False), (DRAWN, NAVY, False)],
)
def test_an_image_is_ours_if_it_is_what_the_server_makes_of_ours(
    client: Client, ours: bytes, served: bytes, is_ours: bool
) -> None:
    """However it was stored and wherever it stands; what is ours is seen with what identifies its image."""
    made = make(client, make_issuer(client), image=shown_as(served))

    before, found = looked(client, sent(ours), catalog(issuer(), badge_class(image=of(ours))), ours)

    assert found.own_images == ({made.entity_id} if is_ours else set())
    shown = before.live[made.entity_id]
    known = identify(client, shown, None) if is_ours and proves_nothing(shown, None) else shown.image_ref
    assert known is not None
    assert found.live == {**before.live, made.entity_id: replace(shown, image_ref=known)}


def test_nothing_is_asked_for_that_nobody_may_adopt(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another name, something of ours, a document without the image that was sent: none of it costs a request."""
    made = make(client, make_issuer(client))
    documents = catalog(issuer(), badge_class(image=of(NAVY)))
    recorded = Resource(Address(Kind.BADGE_CLASS, "other"), made.entity_id)
    renamed = replace(sent(NAVY), resource=replace(sent(NAVY).resource, sent={"name": "Rust"}))
    cases = [
        (sent(NAVY), documents, {"recorded": recorded}),
        (renamed, documents, {}),
        (sent(RED), documents, {}),
        (sent(NAVY), catalog(issuer()), {}),
        (sent(NAVY), catalog(issuer(), badge_class(image=None)), {}),
        (replace(sent(NAVY), resource=replace(sent(NAVY).resource, image=None)), documents, {}),
        (replace(sent(NAVY), action="update"), documents, {}),
    ]
    monkeypatch.setattr("badgeops.planning.own_images.identify", unexpected)
    monkeypatch.setattr(Client, "image", unexpected)
    for intent, wanted, resources in cases:
        assert looked(client, intent, wanted, NAVY, **resources)[1].own_images == frozenset()


def test_what_cannot_be_seen_is_not_ours(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has changed since, or the server does not give its image."""
    make(client, make_issuer(client), image=shown_as(NAVY))
    documents = catalog(issuer(), badge_class(image=of(NAVY)))

    def fail(*_: Any, **__: Any) -> bytes:
        raise ServerFaultError("no", status=500)

    assert looked(client, sent(NAVY), documents, None)[1].own_images == frozenset()
    monkeypatch.setattr(Client, "image", fail)
    assert looked(client, sent(NAVY), documents, NAVY)[1].own_images == frozenset()


def test_without_an_address_there_is_no_image(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that shows none of an entity is not asked for it."""
    made = make(client, make_issuer(client), image=shown_as(NAVY))
    state = State("L", 1, "here", "server", {}, {PYTHON: sent(NAVY)})
    snapshot = refresh(client, state)
    bare = {made.entity_id: replace(snapshot.live[made.entity_id], image_url=None)}
    monkeypatch.setattr(Client, "image", unexpected)

    found = with_own_images(
        client, catalog(issuer(), badge_class(image=of(NAVY))), state, replace(snapshot, live=bare), lambda _: NAVY, 2
    )

    assert (found.live, found.own_images) == (bare, frozenset())


@pytest.mark.parametrize("second", [NAVY, RED])
def test_two_creations_of_one_name_are_looked_at_if_they_sent_one_image(client: Client, second: bytes) -> None:
    """Otherwise nobody can tell which of them an entity would be compared with."""
    made = make(client, make_issuer(client), image=shown_as(NAVY))
    other = sent(second)
    twin = replace(other, address=SNAKE, resource=replace(other.resource, address=SNAKE))
    state = State("L", 1, "here", "server", {}, {PYTHON: sent(NAVY), SNAKE: twin})
    documents = catalog(
        issuer(), badge_class(image=of(NAVY)), badge_class("snake", name="Python", image=of(second), lifecycle=TWINS)
    )

    found = with_own_images(client, documents, state, refresh(client, state), lambda _: NAVY, 2)

    assert found.own_images == ({made.entity_id} if second == NAVY else set())


@pytest.mark.parametrize("is_hidden", [False, True])
def test_a_document_takes_nothing_from_one_whose_entity_is_still_there(client: Client, is_hidden: bool) -> None:
    """Seen or hidden: the creation that is open at its address is not that of another key."""
    ours, other = (make(client, make_issuer(client, name), image=shown_as(NAVY)) for name in ("Academy", "School"))
    documents = catalog(issuer(), badge_class("snake", name="Python", image=of(NAVY)))
    state = State("L", 1, "here", "server", {PYTHON: Resource(PYTHON, ours.entity_id)}, {PYTHON: sent(NAVY)})
    shown = refresh(client, state)
    if is_hidden:
        shown = replace(shown, live={other.entity_id: shown.live[other.entity_id]}, hidden=frozenset({ours.entity_id}))

    assert with_own_images(client, documents, state, shown, lambda _: NAVY, 2).own_images == frozenset()


def test_a_document_with_another_key_is_found(client: Client) -> None:
    """It is the same image under another key."""
    made = make(client, make_issuer(client), image=shown_as(NAVY))
    documents = catalog(issuer(), badge_class("snake", name="Python", image=of(NAVY)))

    assert looked(client, sent(NAVY), documents, NAVY)[1].own_images == {made.entity_id}
