"""Where a probe may go, and under which issuer."""

from __future__ import annotations

import pytest
from support.reporter import Recorder

from badgeops.api.live import Live
from badgeops.app.probe import choose, insist_on_place, is_for_trying, square
from badgeops.errors import BadgeopsError
from badgeops.model.address import Kind
from badgeops.settings import NAMED_SERVERS, Server

LIVE = "https://api.eu.badgr.io"


def server(url: str | None) -> Server:
    """Return a server at this address."""
    return Server(url or "sandbox", url, None)


def allows(url: str | None, typed: str = "", *answers: str) -> bool:
    """Tell whether a probe may go to a server."""
    try:
        insist_on_place(server(url), typed, Recorder(*answers))
    except BadgeopsError:
        return False
    return True


@pytest.mark.parametrize("name", NAMED_SERVERS)
def test_of_the_named_servers_two_are_for_trying(name: str) -> None:
    """All others hold what people have earned, or belong to another product."""
    assert is_for_trying(NAMED_SERVERS[name]) is (name in ("parchment-test", "parchment-demo"))


@pytest.mark.parametrize(
    "url", [None, "http://127.0.0.1:8000", "http://localhost", "https://[::1]:1", NAMED_SERVERS["parchment-test"]]
)
def test_servers_for_trying_need_no_address(url: str | None) -> None:
    """The sandbox, this computer and the hosted service's test."""
    assert allows(url)


@pytest.mark.parametrize(
    "url", [LIVE, "https://127.0.0.1.example.org", "https://api.test.badges.parchment.com.example", "https://10.0.0.1"]
)
def test_any_other_server_wants_its_address_typed_in_full(url: str) -> None:
    """As the option's value or at the prompt, letter by letter: "yes" and half of it do not count."""
    assert allows(url, url)
    assert allows(url, f"{url}/")
    assert allows(url, "", url)
    assert not allows(url)
    for typed in ("yes", "y", url[8:], url[:-1], url.upper(), f"{url}/v2", LIVE[:-3]):
        assert not allows(url, typed)
        assert not allows(url, "", typed)
        assert not allows(url, typed, url)


def test_a_wrong_address_stops_also_where_none_is_needed() -> None:
    """Who types an address means that server."""
    assert not allows("http://127.0.0.1:8000", LIVE)
    assert not allows(None, LIVE)


def issuer(name: str, entity_id: str) -> Live:
    """Return an issuer of this name."""
    return Live(Kind.ISSUER, entity_id, "", name, "", {})


@pytest.mark.parametrize(
    ("issuers", "wanted", "answers", "chosen"),
    [
        ([("A", "1")], None, [], "1"),
        ([("A", "1")], "A", [], "1"),
        ([("A", "1")], "B", [], None),
        ([], None, [], None),
        ([("A", "1"), ("B", "2")], None, [], None),
        ([("A", "1"), ("B", "2")], None, ["B"], "2"),
        ([("A", "1"), ("B", "2")], None, [""], None),
        ([("A", "1"), ("B", "2")], "2", [], "2"),
        ([("A", "1"), ("A", "2")], "A", [], None),
        ([("A", "1"), ("A", "2")], "1", [], "1"),
        ([("2", "1"), ("A", "2")], "2", [], None),
    ],
)
def test_the_issuer_is_the_only_one_or_named_beyond_doubt(
    issuers: list[tuple[str, str]], wanted: str | None, answers: list[str], chosen: str | None
) -> None:
    """Two of one name, or a name that is another's id, are no choice."""
    try:
        found = choose([issuer(*each) for each in issuers], wanted, Recorder(*answers)).entity_id
    except BadgeopsError:
        found = None

    assert found == chosen


def test_images_of_a_probe_differ() -> None:
    """Otherwise nothing could be said of an image that was replaced."""
    assert square(40) != square(200)
