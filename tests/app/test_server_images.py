"""How much a page fetches of a server's images is bounded, and those that somebody has replaced come first."""

from __future__ import annotations

from typing import Any

import pytest
from support.images import png

from badgeops.api.client import Client
from badgeops.api.live import Live
from badgeops.app import server_images as module
from badgeops.app.server_images import LEFT_OUT, MOST, MOST_FAILURES, NOT_FETCHED, NOT_SHOWN, server_images
from badgeops.catalog.images.showable import Showable
from badgeops.errors import ServerFaultError
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.planning.plan import Action, Attribute, Cause, Change, Plan

NOTHING = Catalog("test", (), ())


class Server(Client):
    """Gives the images that it has by their addresses."""

    def __init__(self, *served: bytes | None) -> None:
        self.served = {f"/{number}": data for number, data in enumerate(served)}
        self.asked: list[str] = []
        self.most: list[int] = []

    def image(self, url: str, *, most: int = 0, is_repeated: bool = True) -> bytes:
        """Give one, or refuse to."""
        assert not is_repeated
        self.asked.append(url)
        self.most.append(most)
        data = self.served[url]
        if data is None or len(data) > most:
            raise ServerFaultError("no", status=500)
        return data


def change(number: int, cause: Cause = Cause.DRIFT, before: Any = None, **more: Any) -> Change:
    """Replace the image of one badge class."""
    address = Address(Kind.BADGE_CLASS, f"number-{number}")
    live = Live(Kind.BADGE_CLASS, str(number), "", "", "", {}, image_url=f"/{number}")
    item = Attribute("image", cause, before or {"ref": "/x"}, {"sha256": "f"})
    return Change(address, Action.UPDATE, live=more.get("live", live), attributes=more.get("attributes", (item,)))


def found(server: Server, *changes: Change) -> list[Showable | str]:
    """Return what a page of these changes is given, in their order."""
    plan = Plan("here", "x", Dialect.HOSTED, "", 1, changes, (), 0, (), (), 1)
    images = server_images(plan, NOTHING, server)
    return [images[item.address] for item in changes if item.address in images]


def test_only_replaced_images_are_asked_for() -> None:
    """Neither of a creation, nor of a change that leaves the image alone, nor where the server has none."""
    live = Live(Kind.BADGE_CLASS, "1", "", "", "", {})
    server = Server(png(), png(), png(), png())
    images = found(server, change(0), change(1, live=None), change(2, live=live), change(3, attributes=()))

    assert server.asked == ["/0"]
    assert [type(image) for image in images] == [Showable]


def test_at_most_so_many_are_asked_for_and_those_of_others_first() -> None:
    """The rest is said in words."""
    server = Server(*[png()] * (MOST + 5))
    images = found(
        server, *(change(number, Cause.CATALOG if number < 4 else Cause.DRIFT) for number in range(MOST + 5))
    )

    assert len(server.asked) == MOST
    assert server.asked[0] == "/4"
    assert images[:4] == [LEFT_OUT] * 4
    assert images.count(LEFT_OUT) == 5


def test_all_together_have_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is asked for within what is left."""
    data = png()
    monkeypatch.setattr(module, "MOST_BYTES", 2 * len(data))
    server = Server(data, data, data)

    assert [type(image) for image in found(server, change(0), change(1), change(2))] == [Showable, Showable, str]
    assert server.most == [2 * len(data), len(data)]


def test_a_server_that_gives_none_is_not_asked_for_all() -> None:
    """After a few failures there is nothing to wait for."""
    server = Server(*[None] * 9)

    assert found(server, *(change(number) for number in range(9))) == [NOT_FETCHED] * 9
    assert len(server.asked) == MOST_FAILURES


def test_what_is_no_image_is_said() -> None:
    """And the next one is shown all the same."""
    assert found(Server(b"<html>", png()), change(0), change(1))[0] == NOT_SHOWN
