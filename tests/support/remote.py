"""A client of a sandbox, and entities to be found there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from badgeops.api.auth import Auth
from badgeops.api.client import Client
from badgeops.api.live import Live
from badgeops.api.transport import Transport
from badgeops.model.address import Kind
from badgeops.model.credentials import Credentials
from badgeops.sandbox import PASSWORD, USERNAME, Sandbox, entities
from support import images
from support.images import data_uri

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="{radius}"/></svg>'


@contextmanager
def connected(url: str, username: str = USERNAME, password: str = PASSWORD) -> Iterator[Client]:
    """Give a client that never really waits."""
    transport = Transport(sleep=lambda _seconds: None)
    credentials = Credentials(username=username, password=password)
    try:
        yield Client(url, Auth(credentials, f"{url}/o/token", transport), transport)
    finally:
        transport.close()


def png(color: str = "navy") -> str:
    """Draw an image, as it is sent."""
    return data_uri(images.png(color=color))


def svg(radius: int = 3) -> str:
    """Draw an SVG, as it is sent."""
    return data_uri(SVG.format(radius=radius), "image/svg+xml")


def issuer(client: Client, name: str = "Academy", **more: Any) -> Live:
    """Create an issuer."""
    body = {"name": name, "url": "https://a.example", "email": USERNAME, "description": "An academy."}
    return client.create(Kind.ISSUER, {**body, **more}, lambda: None)


def badge_class(client: Client, owner: Live, name: str = "Python", image: str | None = None, **more: Any) -> Live:
    """Create a badge class."""
    body = {"name": name, "description": "Knows it.", "criteriaNarrative": "Show it.", "issuer": owner.entity_id}
    return client.create(Kind.BADGE_CLASS, {**body, "image": image or png(), **more}, lambda: None)


def multiply(server: Sandbox, original: Live, copies: int) -> None:
    """Put copies of a badge class straight into the sandbox's store."""
    assert server._store is not None
    with server._store.writing() as db:
        row = entities.find(db, "badgeclass", original.entity_id, hex_too=False)
        assert row is not None
        for number in range(copies):
            doc = {**row.doc, "name": f"{original.name} {number}"}
            entities.insert(db, entities.NewEntity("badgeclass", doc, issuer=row.issuer), server._store.stamp())


def asked(server: Sandbox) -> list[str]:
    """Return what was asked of a sandbox, as METHOD /path?query, without logging in."""
    return [f"{record.method} {record.path}" for record in server.requests if record.path != "/o/token"]
