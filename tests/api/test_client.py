"""The API verb by verb: which requests are sent, what is made of the answers, and where the token goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from hypothesis import given as over, strategies as st
from responses.matchers import query_param_matcher
from support.remote import asked, badge_class, connected, issuer, multiply, png
from support.tcp import hang_up, reply, send_and_close, serving
from support.tiers import examples

from badgeops.api import client as module
from badgeops.api.auth import Auth
from badgeops.api.client import Client
from badgeops.api.gone import Word
from badgeops.api.live import Earners, Live, parse_live
from badgeops.api.transport import Transport
from badgeops.errors import (
    ApiError,
    NotAnApiError,
    NotFoundError,
    RefusedError,
    ServerFaultError,
    UnauthorizedError,
    UnreachableError,
)
from badgeops.model.address import Kind
from badgeops.model.credentials import Credentials
from badgeops.model.dialect import Dialect
from badgeops.sandbox import Sandbox, SandboxOptions

BASE = "https://badges.example"
ISSUER = {"entityId": "iss", "name": "Academy"}
BADGE = {"entityId": "bc", "name": "Python", "issuer": "iss"}


def envelope(*result: Any, success: bool = True) -> bytes:
    """Make the body of an answer."""
    return json.dumps({"status": {"success": success, "description": "ok"}, "result": list(result)}).encode()


def client_of(url: str, dialect: Dialect | None = Dialect.OPEN_SOURCE) -> Client:
    """Make a client with a ready-made token, which never really waits."""
    transport = Transport(sleep=lambda _seconds: None)
    return Client(url, Auth(Credentials(token="SECRET"), f"{url}/o/token", transport), transport, dialect)


@pytest.fixture
def client() -> Iterator[Client]:
    """Give a client of a server that `responses` plays."""
    made = client_of(BASE)
    yield made
    made.transport.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sandbox]:
    """Run a sandbox."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as sandbox:
        yield sandbox


@pytest.fixture
def real(server: Sandbox) -> Iterator[Client]:
    """Give a client of the sandbox."""
    with connected(server.url) as made:
        yield made


def sent() -> list[str]:
    """Return what `responses` was asked, as METHOD /path?query."""
    return [f"{call.request.method} {call.request.url.removeprefix(BASE)}" for call in responses.calls]


# --- reading -------------------------------------------------------------------------------------------------------


@responses.activate
def test_each_reading_asks_for_what_it_needs(client: Client) -> None:
    """No staff (e-mail addresses of people), and fresh pages instead of a cached list."""
    responses.add("GET", f"{BASE}/v2/issuers", body=envelope(ISSUER))
    responses.add("GET", f"{BASE}/v2/issuers/iss", body=envelope(ISSUER))
    responses.add("GET", f"{BASE}/v2/badgeclasses", body=envelope(BADGE))
    responses.add("GET", f"{BASE}/v2/issuers/iss/badgeclasses", body=envelope(BADGE))
    responses.add("GET", f"{BASE}/v2/badgeclasses/bc", body=envelope(BADGE))

    assert [live.name for live in client.issuers()] == ["Academy"]
    assert client.entity(Kind.ISSUER, "iss").name == "Academy"
    assert [live.issuer_id for live in client.badge_classes()] == ["iss"]
    assert [live.entity_id for live in client.badge_classes_of("iss")] == ["bc"]
    assert client.entity(Kind.BADGE_CLASS, "bc").name == "Python"

    assert sent() == [
        "GET /v2/issuers?include_staff=false",
        "GET /v2/issuers/iss?include_staff=false",
        "GET /v2/badgeclasses?num=500",
        "GET /v2/issuers/iss/badgeclasses?num=500",
        "GET /v2/badgeclasses/bc",
    ]
    assert client.calls == 5


@responses.activate
def test_the_hosted_dialect_shows_archived_ones_when_asked() -> None:
    """An archived badge class is ours as before."""
    client = client_of(BASE, Dialect.HOSTED)
    responses.add("GET", f"{BASE}/v2/badgeclasses", body=envelope({**BADGE, "archived": True}))
    responses.add("GET", f"{BASE}/v2/badgeclasses/bc", body=envelope({**BADGE, "archived": True}))

    assert [live.archived for live in client.badge_classes()] == [True]
    assert client.entity(Kind.BADGE_CLASS, "bc").archived
    assert sent() == [
        "GET /v2/badgeclasses?num=500&include_archived=true",
        "GET /v2/badgeclasses/bc?include_archived=true",
    ]


@pytest.mark.parametrize(("first", "dialect"), [(ISSUER, Dialect.OPEN_SOURCE), ({**ISSUER, "id": "x"}, Dialect.HOSTED)])
@responses.activate
def test_the_dialect_is_seen_in_the_first_answer(first: dict[str, Any], dialect: Dialect) -> None:
    """Hosted answers carry an `id`; no extra request is needed where there is an issuer."""
    client = client_of(BASE, None)
    responses.add("GET", f"{BASE}/v2/issuers", body=envelope(first))
    client.issuers()

    assert client.known_dialect() is dialect
    assert len(responses.calls) == 1


@responses.activate
def test_without_issuers_the_profile_shows_the_dialect() -> None:
    """An empty account is asked once about itself."""
    client = client_of(BASE, None)
    responses.add("GET", f"{BASE}/v2/issuers", body=envelope())
    responses.add("GET", f"{BASE}/v2/users/self", body=envelope({"entityId": "u", "id": "u"}))
    client.issuers()

    assert [client.known_dialect(), client.known_dialect()] == [Dialect.HOSTED] * 2
    assert sent()[1:] == ["GET /v2/users/self"]


@responses.activate
def test_what_was_told_of_the_dialect_counts(client: Client) -> None:
    """`dialect:` in badgeops.yaml is not overruled by a guess."""
    responses.add("GET", f"{BASE}/v2/issuers", body=envelope({**ISSUER, "id": "x"}))
    client.issuers()

    assert client.known_dialect() is Dialect.OPEN_SOURCE


@pytest.mark.parametrize(
    "result", [[], [ISSUER, ISSUER], ["text"], [{"name": "no id"}], [{"entityId": "", "name": ""}]]
)
@responses.activate
def test_one_entity_is_one_entity(client: Client, result: list[Any]) -> None:
    """An answer that is shaped otherwise is none, rather than a guess."""
    responses.add("GET", f"{BASE}/v2/issuers/iss", body=envelope(*result))

    with pytest.raises(NotAnApiError):
        client.entity(Kind.ISSUER, "iss")


@pytest.mark.parametrize("result", [[], ["text"]])
@responses.activate
def test_a_profile_is_one_object(client: Client, result: list[Any]) -> None:
    """`doctor` reads it member by member."""
    responses.add("GET", f"{BASE}/v2/users/self", body=envelope(*result))

    with pytest.raises(NotAnApiError):
        client.account()


@pytest.mark.parametrize("entity_id", [".", "..", "", "../users/self?x", "a/b", "changed", "a b", "a\n", "x" * 201])
@responses.activate
def test_an_id_is_one_segment_of_the_path(client: Client, entity_id: str) -> None:
    """An entityId from a file or a person cannot reach another route: nothing is asked for it, in whatever way."""
    asking: list[Callable[[], object]] = [
        lambda: client.entity(Kind.ISSUER, entity_id),
        lambda: client.badge_classes_of(entity_id),
        lambda: client.public(Kind.BADGE_CLASS, entity_id),
        lambda: client.earners(entity_id),
        lambda: client.update(Kind.ISSUER, entity_id, {}),
        lambda: client.delete(Kind.ISSUER, entity_id),
        lambda: client.archive(entity_id),
        lambda: client.reactivate(entity_id),
    ]
    for ask in asking:
        with pytest.raises(NotAnApiError, match="is no entityId, so the server was not asked for it"):
            ask()

    assert sent() == []


@responses.activate
@pytest.mark.parametrize("asked", ["other", "0123456789abcdef01234567"])
def test_an_answer_about_another_entity_is_none(client: Client, asked: str) -> None:
    """A cache that mixes answers up: nothing of it is believed, and after a write nobody knows what was done.

    Nor is what claims to be ours by its second id, which no state has: it would be recorded in the place of ours.
    """
    both = {**ISSUER, "id": "0123456789abcdef01234567"}
    for method in ("GET", "PUT"):
        responses.add(method, f"{BASE}/v2/issuers/iss", body=envelope(both))
        responses.add(method, f"{BASE}/v2/issuers/{asked}", body=envelope(both))

    assert client.entity(Kind.ISSUER, "iss").entity_id == "iss"
    assert client.update(Kind.ISSUER, "iss", {}).entity_id == "iss"
    with pytest.raises(NotAnApiError, match="another one, iss"):
        client.entity(Kind.ISSUER, asked)
    with pytest.raises(NotAnApiError, match="another one, iss") as raised:
        client.update(Kind.ISSUER, asked, {})
    assert raised.value.outcome_unknown


@responses.activate
def test_who_imports_may_give_either_id(client: Client) -> None:
    """The hosted service takes its second id as well, and its web pages show it; another entity it is not."""
    second = "0123456789abcdef01234567"
    for given in (second, "other"):
        responses.add("GET", f"{BASE}/v2/issuers/{given}", body=envelope({**ISSUER, "id": second}))

    assert client.entity(Kind.ISSUER, second, by_any_id=True).entity_id == "iss"
    with pytest.raises(NotAnApiError, match="another one, iss"):
        client.entity(Kind.ISSUER, "other", by_any_id=True)


@pytest.mark.parametrize("kind", [Kind.ISSUER, Kind.BADGE_CLASS])
@pytest.mark.parametrize("told", ["Issuer", "BadgeClass", None, "", "Profile", 7, ["Issuer"]])
def test_an_answer_of_another_kind_is_none(kind: Kind, told: object) -> None:
    """A badge class is not recorded under the id of an issuer; what says nothing of its kind is believed."""
    payload = {"entityId": "x", "name": "X", "entityType": told}

    if told in ("Issuer", "BadgeClass") and told != kind.value:
        with pytest.raises(NotAnApiError, match=f"of the type {told}"):
            parse_live(kind, payload)
    else:
        assert parse_live(kind, payload).entity_id == "x"


# --- pages ---------------------------------------------------------------------------------------------------------


def test_pages_are_followed_to_the_end(server: Sandbox, real: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is missed and nothing comes twice, whatever the size of a page."""
    monkeypatch.setattr(module, "PAGE", 3)
    original = badge_class(real, issuer(real))
    multiply(server, original, 7)

    names = [live.name for live in real.badge_classes()]

    assert sorted(names) == sorted(["Python", *(f"Python {number}" for number in range(7))])


@pytest.mark.parametrize(
    "link",
    [
        "{base}/v2/badgeclasses?num=500&cursor=2",
        "http://internal.proxy:8000/v2/badgeclasses?num=500&cursor=2",
        "https://evil.example/v2/badgeclasses?num=500&cursor=2",
        "//evil.example/v2/badgeclasses?num=500&cursor=2",
        "/v2/badgeclasses?num=500&cursor=2",
        "?num=500&cursor=2",
        "badgeclasses?num=500&cursor=2",
    ],
)
@responses.activate
def test_the_next_page_is_asked_of_the_same_server(client: Client, link: str) -> None:
    """Behind a proxy the host of a link is often wrong, and the token must not go to another one."""
    following = f'<{link.format(base=BASE)}>; rel="next", <{BASE}/first>; rel="prev"'
    responses.add("GET", f"{BASE}/v2/badgeclasses?num=500", body=envelope(BADGE), headers={"Link": following})
    responses.add("GET", f"{BASE}/v2/badgeclasses?num=500&cursor=2", body=envelope({**BADGE, "entityId": "bc2"}))

    assert [live.entity_id for live in client.badge_classes()] == ["bc", "bc2"]
    assert sent()[1:] == ["GET /v2/badgeclasses?num=500&cursor=2"]


@pytest.mark.parametrize("link", ["@evil.example/v2/x", ".evil.example/v2/x", ":1@evil.example/", "https://[bad/"])
@responses.activate
def test_a_link_cannot_become_another_host(client: Client, link: str) -> None:
    """What a server writes into a link is never glued to our own host."""
    responses.add("GET", f"{BASE}/v2/badgeclasses", body=envelope(BADGE), headers={"Link": f'<{link}>; rel="next"'})

    with pytest.raises((NotAnApiError, UnreachableError)):
        list(client.badge_classes())

    assert all(call.request.url.startswith(f"{BASE}/") for call in responses.calls)


@responses.activate
def test_a_server_below_a_path_is_paged_below_it() -> None:
    """A base address may have a path; links with it and links without it mean the same page."""
    for link in (f"{BASE}/badgr/v2/badgeclasses?cursor=2", f"{BASE}/v2/badgeclasses?cursor=2"):
        client = client_of(f"{BASE}/badgr/")
        responses.reset()
        responses.add(
            "GET",
            f"{BASE}/badgr/v2/badgeclasses?num=500",
            body=envelope(BADGE),
            headers={"Link": f'<{link}>; rel="next"'},
        )
        responses.add("GET", f"{BASE}/badgr/v2/badgeclasses?cursor=2", body=envelope())

        assert len(list(client.badge_classes())) == 1


@responses.activate
def test_a_list_that_goes_in_circles_is_reported(client: Client) -> None:
    """Two pages that point at each other do not keep us for ever."""
    for here, there in (("a", "b"), ("b", "a")):
        responses.add(
            "GET",
            f"{BASE}/v2/badgeclasses?cursor={here}",
            body=envelope(BADGE),
            headers={"Link": f'</v2/badgeclasses?cursor={there}>; rel="next"'},
        )
    responses.add(
        "GET",
        f"{BASE}/v2/badgeclasses?num=500",
        body=envelope(BADGE),
        headers={"Link": '</v2/badgeclasses?cursor=a>; rel="next"'},
    )

    with pytest.raises(NotAnApiError, match="never ends"):
        list(client.badge_classes())
    assert len(responses.calls) == 3


@responses.activate
def test_a_list_that_never_ends_is_reported(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that is new each time ends too."""
    monkeypatch.setattr(module, "MAX_PAGES", 4)

    def page(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        return 200, {"Link": f'<{request.url}0>; rel="next"'}, envelope(BADGE)

    responses.add_callback("GET", f"{BASE}/v2/badgeclasses", callback=page)

    with pytest.raises(NotAnApiError, match="never ends"):
        list(client.badge_classes())
    assert len(responses.calls) == 4


@responses.activate
def test_a_list_of_changes_that_never_ends_is_none(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """It saves requests; without it, each image is looked at."""
    monkeypatch.setattr(module, "MAX_PAGES", 4)

    def page(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        following = {"timestamp": "2026-11-28T12:00:00Z", "pagination": {"nextResults": f"{request.url}0"}}
        return 200, {}, json.dumps(json.loads(envelope(BADGE)) | following).encode()

    responses.add_callback("GET", f"{BASE}/v2/badgeclasses/changed", callback=page)

    assert client.changed(Kind.BADGE_CLASS, "2026-11-28T12:00:00Z") is None
    assert len(responses.calls) == 4


@responses.activate
def test_issuers_on_a_second_page_are_not_missed(client: Client) -> None:
    """No server is known to page them; one that does would else have issuers made again that are there."""
    first, second = f"{BASE}/v2/issuers?include_staff=false", f"{BASE}/v2/issuers?cursor=2"
    responses.add("GET", first, body=envelope(ISSUER), headers={"Link": f'<{second}>; rel="next"'})
    responses.add("GET", second, body=envelope({**ISSUER, "entityId": "two"}))

    assert [live.entity_id for live in client.issuers()] == ["iss", "two"]


LIST = f"{BASE}/v2/badgeclasses"


def paging(mock: responses.RequestsMock, count: int, is_stripped: Callable[[int], bool]) -> None:
    """Answer as the open-source server pages: a Link header only if there is another page, before or behind.

    `is_stripped` says of which answers, by their number, a proxy removes that header.
    """

    def page(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        query = parse_qs(urlsplit(request.url or "").query)
        number, start = min(int(query["num"][0]), 6), int(query.get("cursor", ["0"])[0])
        links = [f'<{LIST}?cursor={start + number}&num={number}>; rel="next"'] * (start + number < count)
        links += [f'<{LIST}?cursor=-{start}&num={number}>; rel="prev"'] * (start > 0)
        headers = {"Link": ", ".join(links)} if links and not is_stripped(len(mock.calls)) else {}
        shown = range(start, min(start + number, count))
        return 200, headers, envelope(*({**BADGE, "entityId": f"bc{index}"} for index in shown))

    mock.add_callback("GET", LIST, callback=page)


@over(count=st.integers(0, 40), stripped=st.sets(st.integers(0, 12)), always=st.booleans())
@examples(60)
def test_a_list_is_whole_or_an_error(count: int, stripped: set[int], always: bool) -> None:
    """A proxy that removes the Link header, always or now and then, cuts no list short.

    An honest server's list is never an error, and only one that is just a page long costs more requests.
    """
    client = client_of(BASE)
    with pytest.MonkeyPatch.context() as patch, responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        patch.setattr(module, "PAGE", 6)
        paging(mock, count, lambda number: always or number in stripped)
        found, why = [], ""
        try:
            found = [live.entity_id for live in client.badge_classes()]
        except NotAnApiError as error:
            why = error.message
        if why:
            assert "goes on" in why
            assert always or stripped
            return
        assert found == [f"bc{index}" for index in range(count)]
        if not (stripped or always):
            assert len(mock.calls) == (3 if count == 6 else max(1, -(-count // 6)))


@responses.activate
def test_a_list_that_is_cut_short_by_a_proxy_is_an_error(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what removes the header; two requests are all that it takes."""
    monkeypatch.setattr(module, "PAGE", 6)
    paging(responses.mock, 13, lambda _number: True)

    with pytest.raises(NotAnApiError, match="goes on") as caught:
        list(client.badge_classes())

    assert "Link header" in (caught.value.hint or "")
    assert sent() == ["GET /v2/badgeclasses?num=6", "GET /v2/badgeclasses?num=3"]


@pytest.mark.parametrize("count", [5, 6, 7])
@responses.activate
def test_a_server_that_does_not_page_is_believed(client: Client, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """It gives its whole list however many entries are asked for: one that is just as long as a page, too."""
    monkeypatch.setattr(module, "PAGE", 6)
    shown = [{**BADGE, "entityId": f"bc{index}"} for index in range(count)]
    responses.add("GET", f"{BASE}/v2/badgeclasses", body=envelope(*shown))

    assert len(list(client.badge_classes())) == count


@responses.activate
def test_another_link_header_proves_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that replaces the header by one of its own has not said that this is the last page."""
    monkeypatch.setattr(module, "PAGE", 2)
    shown = [{**BADGE, "entityId": f"bc{index}"} for index in range(2)]
    styles = {"Link": f'<{BASE}/style.css>; rel="preload"'}
    responses.add("GET", f"{BASE}/v2/badgeclasses?num=2", body=envelope(*shown), headers=styles)
    responses.add("GET", f"{BASE}/v2/badgeclasses?num=1", body=envelope(*shown[:1]), headers=styles)

    with pytest.raises(NotAnApiError, match="goes on"):
        list(client.badge_classes())


@responses.activate
def test_awards_that_a_proxy_hides_are_not_nobodys(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full page of awards that were revoked, with nothing behind it, does not say that nobody holds a badge."""
    monkeypatch.setattr(module, "PAGE", 2)
    for number in (2, 1):
        awards = [{"revoked": True}] * number
        responses.add("GET", f"{BASE}/v2/badgeclasses/bc/assertions?num={number}", body=envelope(*awards))

    with pytest.raises(NotAnApiError, match="goes on"):
        client.earners("bc")


@responses.activate
def test_a_page_that_fails_ends_the_list(client: Client) -> None:
    """Half a list would look like deleted entities: an error on any page is an error of the whole."""
    responses.add(
        "GET",
        f"{BASE}/v2/badgeclasses?num=500",
        body=envelope(BADGE),
        headers={"Link": '</v2/badgeclasses?cursor=2>; rel="next"'},
    )
    responses.add("GET", f"{BASE}/v2/badgeclasses?cursor=2", status=404, body=envelope(success=False))

    with pytest.raises(NotFoundError):
        list(client.badge_classes())


# --- where the token goes ------------------------------------------------------------------------------------------


def test_the_token_does_not_go_along_a_redirect() -> None:
    """The redirect is reported, and its target never hears of us."""
    with serving(reply()) as other, serving(reply(302, Location=f"{other.url}/v2/issuers")) as server:
        client = client_of(server.url)
        with pytest.raises(NotAnApiError, match="redirects"):
            client.issuers()
        client.transport.close()

        assert other.heard == []
        assert server.heard[0].headers["authorization"] == "Bearer SECRET"


def test_the_token_does_not_go_to_another_host_of_a_link() -> None:
    """The second page is asked of our server, though the link names another."""
    with serving(reply()) as other:
        first = reply(body=envelope(BADGE), Link=f'<{other.url}/v2/badgeclasses?cursor=2>; rel="next"')
        with serving(first, reply(body=envelope())) as server:
            client = client_of(server.url)
            assert len(list(client.badge_classes())) == 1
            client.transport.close()

        assert other.heard == []
        assert [heard.path for heard in server.heard] == ["/v2/badgeclasses?num=500", "/v2/badgeclasses?cursor=2"]


@pytest.mark.parametrize("own", [True, False])
def test_images_and_public_pages_are_asked_without_the_token(*, own: bool) -> None:
    """They are public; an address of an image may point anywhere."""
    with serving(reply(body=b"{}")) as other, serving(reply(302, Location=f"{other.url}/moved")) as server:
        client = client_of(server.url)
        assert client.image(f"{server.url}/p.png" if own else f"{other.url}/p.png") == b"{}"
        assert client.image("/media/p.png") == b"{}"
        assert client.public(Kind.BADGE_CLASS, "bc").word is Word.THERE
        client.transport.close()

        heard = other.heard + server.heard
        assert [each for each in heard if "authorization" in each.headers] == []
        assert "/media/p.png" in [each.path for each in server.heard]
        assert server.heard[-1].path == "/public/badges/bc.json"


@responses.activate
def test_an_image_that_is_not_there_is_an_error(client: Client) -> None:
    """The page that says so is not taken for the image."""
    responses.add("GET", f"{BASE}/p.png", status=404, body=b"<html>gone</html>")

    with pytest.raises(ApiError):
        client.image(f"{BASE}/p.png")


@pytest.mark.parametrize("status", [429, 500, 503])
@responses.activate
def test_a_public_page_that_fails_is_not_taken_for_gone(client: Client, status: int) -> None:
    """Otherwise an outage would make badgeops create everything again."""
    responses.add("GET", f"{BASE}/public/badges/bc.json", status=status)

    with pytest.raises(ApiError):
        client.public(Kind.BADGE_CLASS, "bc")


# --- earners -------------------------------------------------------------------------------------------------------


@responses.activate
def test_earners_are_those_whose_award_stands(client: Client) -> None:
    """Who the server lists holds it, unless the award says itself that it is revoked; what cannot be read counts.

    The server leaves expired ones out, by its own clock: one that is listed counts whatever this computer's clock says.
    """
    awards = [
        {"revoked": False},
        {"revoked": True},
        {"expires": "2001-01-01T00:00:00Z"},
        {"expires": "2001-01-01T00:00:00"},
        {"expires": "2999-01-01T00:00:00.000000Z"},
        {"expires": None},
        {"expires": "some day"},
        "no award",
    ]
    responses.add("GET", f"{BASE}/v2/badgeclasses/bc/assertions?num=500", body=envelope(*awards))

    assert client.earners("bc") == Earners(7)


@responses.activate
@pytest.mark.parametrize(
    ("awards", "expected"),
    [
        ([], Earners(0)),
        ([{"revoked": True}], Earners(0, revoked=1)),
        ([{"revoked": True, "expires": "2001-01-01T00:00:00Z"}], Earners(0, revoked=1)),
        ([{"revoked": False, "expires": "2999-01-01T00:00:00Z"}], Earners(0, expired=1)),
        ([{"expires": 978307200}], Earners(0, expired=1)),
        ([{"revoked": False, "expires": None}], Earners(1)),
        ([{}, "no award", None], Earners(3)),
    ],
)
def test_before_a_deletion_those_that_lists_leave_out_are_counted(
    client: Client, awards: list[Any], expected: Earners
) -> None:
    """What a list left out has ended, unless it never ends: then the other list was wrong, and it counts."""
    path = f"{BASE}/v2/badgeclasses/bc/assertions"
    responses.add("GET", path, body=envelope(), match=[query_param_matcher({"num": "500"})])
    everything = {"num": "500", "include_expired": "true", "include_revoked": "true"}
    responses.add("GET", path, body=envelope(*awards), match=[query_param_matcher(everything)])

    assert client.earners("bc", past=True) == expected
    assert client.earners("bc") == Earners(0)
    assert len(responses.calls) == 3


@responses.activate
@pytest.mark.parametrize("is_past", [False, True])
def test_awards_of_another_badge_class_are_no_count(client: Client, *, is_past: bool) -> None:
    """Those of another one may all be revoked where somebody holds this one, which would then be deleted."""
    path = f"{BASE}/v2/badgeclasses/bc/assertions"
    everything = {"num": "500", "include_expired": "true", "include_revoked": "true"}
    mixed_up = envelope({"badgeclass": "bc", "revoked": True}, {"badgeclass": "other", "revoked": True})
    right = envelope({"badgeclass": "bc", "revoked": True})
    responses.add("GET", path, body=right if is_past else mixed_up, match=[query_param_matcher({"num": "500"})])
    responses.add("GET", path, body=mixed_up, match=[query_param_matcher(everything)])

    with pytest.raises(NotAnApiError, match="another one"):
        client.earners("bc", past=True)


@responses.activate
def test_counting_what_has_ended_stops_at_500_as_well(client: Client) -> None:
    """More than that need not be known to think again."""
    responses.add("GET", f"{BASE}/v2/badgeclasses/bc/assertions?num=500", body=envelope())
    following = {"Link": f'<{BASE}/more>; rel="next"'}
    many = envelope(*[{"expires": "2001-01-01T00:00:00Z"}] * 500)
    path = f"{BASE}/v2/badgeclasses/bc/assertions?num=500&include_expired=true&include_revoked=true"
    responses.add("GET", path, body=many, headers=following)

    found = client.earners("bc", past=True)

    assert (found.expired, found.more_past, found.any, found.any_past) == (500, True, False, True)


@responses.activate
@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_list_of_awards_that_fails_is_an_error_and_no_number(client: Client, status: int) -> None:
    """Also where it is the second list, of what has ended."""
    path = f"{BASE}/v2/badgeclasses/bc/assertions"
    responses.add("GET", path, body=envelope(), match=[query_param_matcher({"num": "500"})])
    everything = {"num": "500", "include_expired": "true", "include_revoked": "true"}
    responses.add("GET", path, status=status, body=envelope(), match=[query_param_matcher(everything)])

    with pytest.raises(ApiError):
        client.earners("bc", past=True)


@responses.activate
@pytest.mark.parametrize(
    ("pages", "expected", "calls"),
    [
        ([500, 500], "500+", 1),
        ([499, 1, 500], "500+", 2),
        ([0, 3], "3", 2),
        ([300, 200], "500", 2),
        ([300, 201], "500+", 2),
        ([0] * 30, "0+", 10),
    ],
)
def test_counting_goes_from_page_to_page_and_stops_at_500(
    client: Client, pages: list[int], expected: str, calls: int
) -> None:
    """500 or more is warning enough: a class with 100 000 earners costs one request, revoked awards some more."""
    for number, held in enumerate(pages):
        following = {"Link": f'<{BASE}/page/{number + 1}>; rel="next"'} if number + 1 < len(pages) else {}
        path = f"/page/{number}" if number else "/v2/badgeclasses/bc/assertions"
        responses.add("GET", BASE + path, body=envelope(*[{}] * held, {"revoked": True}), headers=following)

    assert str(client.earners("bc")) == expected
    assert len(responses.calls) == calls


# --- what a 500 and a web page mean -----------------------------------------------------------------------------------


def _with_password(url: str) -> Client:
    transport = Transport(sleep=lambda _seconds: None)
    auth = Auth(Credentials(username="u", password="p"), f"{url}/o/token", transport)
    return Client(url, auth, transport, Dialect.OPEN_SOURCE)


TOKEN = reply(body=b'{"access_token": "new"}')


def test_a_dead_token_that_is_answered_500_is_renewed() -> None:
    """Some servers have no better answer to it: the third 500 asks for the profile, and that one is a log-in's."""
    good = reply(body=envelope(BADGE))
    with serving(TOKEN, reply(500), reply(500), reply(500), reply(500), TOKEN, good) as server:
        client = _with_password(server.url)

        assert [live.entity_id for live in client.badge_classes_of("iss")] == ["bc"]

        paths = [heard.path.partition("?")[0] for heard in server.heard]
        read = "/v2/issuers/iss/badgeclasses"
        assert paths == ["/o/token", read, read, read, "/v2/users/self", "/o/token", read]
        client.transport.close()


def test_a_server_that_fails_at_one_thing_is_blamed_for_it() -> None:
    """The profile is answered, so the token is good: no log-in, and as many tries as always."""
    profile = reply(body=envelope({"entityId": "me"}))
    with serving(TOKEN, *[reply(500)] * 3, profile, reply(500)) as server:
        client = _with_password(server.url)

        with pytest.raises(ServerFaultError, match="HTTP 500"):
            client.badge_classes_of("iss")

        assert [heard.path for heard in server.heard].count("/o/token") == 1
        assert len(server.heard) == 7
        client.transport.close()


def test_a_web_page_at_every_address_is_no_dead_token() -> None:
    """As long as the API has not answered, the address may be that of something else: it is named first."""
    page = reply(500, b"<html><title>ACME Shop</title></html>", Content_Type="text/html")
    with serving(page) as server:
        transport = Transport(sleep=lambda _seconds: None)
        client = Client(server.url, Auth(Credentials(token="t"), "unused", transport), transport, Dialect.OPEN_SOURCE)

        with pytest.raises(ServerFaultError, match="a web page titled “ACME Shop”") as caught:
            client.issuers()
        assert "`server` in badgeops.yaml" in caught.value.hint
        transport.close()


@pytest.mark.parametrize("read", [Client.account, Client.issuers])
def test_a_ready_made_token_that_is_answered_500_is_doubted(read: Any) -> None:
    """There is no other to try: the message says that it may have expired."""
    with serving(reply(500)) as server:
        client = client_of(server.url)

        with pytest.raises(UnauthorizedError, match="everything that this access token asks") as caught:
            read(client)

        assert "BADGEOPS_TOKEN" in caught.value.hint
        assert len(server.heard) <= 4
        client.transport.close()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_fails_says_nothing_of_the_token(status: int) -> None:
    """Only the API itself takes a dead token for a fault of its own."""
    with serving(reply(status)) as server:
        client = client_of(server.url)

        with pytest.raises(ServerFaultError):
            client.issuers()

        assert {heard.path for heard in server.heard} == {"/v2/issuers?include_staff=false"}
        client.transport.close()


def test_a_write_is_not_doubted() -> None:
    """A creation that failed may have been made: nothing is asked in between, and nothing is sent again.

    An update is sent once more, after a look whether it was made.
    """
    with serving(reply(500)) as server:
        client = client_of(server.url)

        with pytest.raises(ServerFaultError):
            client.create(Kind.ISSUER, {"name": "A"}, lambda: None)
        with pytest.raises(ServerFaultError):
            client.update(Kind.ISSUER, "iss", {"name": "A"})

        writes = [heard.method for heard in server.heard if heard.method != "GET"]
        assert writes == ["POST", "PUT", "PUT"]
        assert {heard.path.partition("?")[0] for heard in server.heard if heard.method == "GET"} <= {"/v2/issuers/iss"}
        client.transport.close()


def test_an_update_that_the_server_made_and_failed_after_is_done() -> None:
    """The look shows it as it was to be: it is not sent again, and it is no failure."""
    now = {**ISSUER, "name": "New"}
    with serving(reply(500), reply(body=envelope(now))) as server:
        client = client_of(server.url)

        done = client.update(Kind.ISSUER, now["entityId"], {"name": "New"}, lambda live: live.name == "New")

        assert done.name == "New"
        assert [heard.method for heard in server.heard] == ["PUT", "GET"]
        client.transport.close()


def test_a_web_page_after_good_answers_is_no_wrong_address() -> None:
    """A firewall lets reads through and answers a write itself."""
    page = b"<!DOCTYPE html><html><head><title>Attention Required!</title></head></html>"
    with serving(reply(body=envelope(ISSUER)), reply(403, page, Content_Type="text/html")) as server:
        client = client_of(server.url)
        client.issuers()

        with pytest.raises(NotAnApiError, match="Attention Required!") as caught:
            client.update(Kind.ISSUER, "iss", {"name": "A"})

        assert "so `server` is right" in caught.value.hint
        client.transport.close()


# --- writing -------------------------------------------------------------------------------------------------------


def test_a_life_against_the_sandbox(server: Sandbox, real: Client) -> None:
    """Create, change, delete, and delete again what is gone."""
    owner = issuer(real)
    made = badge_class(real, owner, tags=["a"])
    changed = real.update(Kind.BADGE_CLASS, made.entity_id, {"name": "Python 3", "description": "New."})
    server.clear_requests()
    real.known_dialect()

    assert (changed.entity_id, changed.name, changed.fields["tags"]) == (made.entity_id, "Python 3", ["a"])
    real.delete(Kind.BADGE_CLASS, made.entity_id)
    real.delete(Kind.BADGE_CLASS, made.entity_id)
    real.delete(Kind.ISSUER, owner.entity_id)

    assert real.issuers() == []
    assert asked(server)[1] == f"DELETE /v2/badgeclasses/{made.entity_id}"


def test_archiving_and_reactivating_where_hosted(tmp_path: Path) -> None:
    """A plain deletion archives there, a hard one deletes; archiving twice is no error."""
    options = SandboxOptions(data=tmp_path / "hosted", dialect="hosted")
    with Sandbox(options) as server, connected(server.url) as client:
        made = badge_class(client, issuer(client))
        client.issuers()
        for _ in range(2):
            client.archive(made.entity_id)
            assert client.entity(Kind.BADGE_CLASS, made.entity_id).archived
        client.reactivate(made.entity_id)
        assert not client.entity(Kind.BADGE_CLASS, made.entity_id).archived
        client.delete(Kind.BADGE_CLASS, made.entity_id)
        with pytest.raises(NotFoundError):
            client.entity(Kind.BADGE_CLASS, made.entity_id)
        client.archive(made.entity_id)
        with pytest.raises(NotFoundError):
            client.reactivate(made.entity_id)


def test_a_missing_right_is_not_taken_for_a_deletion(server: Sandbox, real: Client) -> None:
    """The API answers 404 to both; what can still be seen was not deleted."""
    user = server.add_account("helper@example.org", "pw")
    owner = issuer(real)
    made = badge_class(real, owner)
    body = {"name": "Academy", "url": "https://a.example", "email": "admin@example.org"}
    real.update(Kind.ISSUER, owner.entity_id, {**body, "staff": [{"user": user, "role": "staff"}]})
    with connected(server.url, "helper@example.org", "pw") as helper:
        for kind, entity_id in ((Kind.BADGE_CLASS, made.entity_id), (Kind.ISSUER, owner.entity_id)):
            with pytest.raises(NotFoundError):
                helper.delete(kind, entity_id)

    assert real.entity(Kind.BADGE_CLASS, made.entity_id).name == "Python"


@responses.activate
def test_a_missing_right_to_archive_is_told() -> None:
    """What is still there, and not archived, was not archived."""
    client = client_of(BASE, Dialect.HOSTED)
    responses.add("DELETE", f"{BASE}/v2/badgeclasses/bc", status=404, body=envelope(success=False))
    responses.add("GET", f"{BASE}/v2/badgeclasses/bc", body=envelope(BADGE))

    with pytest.raises(NotFoundError):
        client.archive("bc")


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"<html>log in</html>", NotAnApiError),
        (302, b"", NotAnApiError),
        (200, envelope(success=False), RefusedError),
        (400, envelope(success=False), RefusedError),
        (500, b"", ServerFaultError),
    ],
)
@responses.activate
def test_what_does_not_say_success_is_none(client: Client, status: int, body: bytes, error: type[ApiError]) -> None:
    """A login page with status 200 has deleted, archived and reactivated nothing."""
    for method in ("DELETE", "POST"):
        for path in ("badgeclasses/bc", "badgeclasses/reactivate/bc"):
            responses.add(method, f"{BASE}/v2/{path}", status=status, body=body)

    for attempt in (
        lambda: client.delete(Kind.BADGE_CLASS, "bc"),
        lambda: client.archive("bc"),
        lambda: client.reactivate("bc"),
    ):
        with pytest.raises(error):
            attempt()


@responses.activate
def test_reactivating_may_be_repeated(client: Client) -> None:
    """It is a POST, but twice is as good as once."""
    responses.add("POST", f"{BASE}/v2/badgeclasses/reactivate/bc", status=503)
    responses.add("POST", f"{BASE}/v2/badgeclasses/reactivate/bc", body=envelope(BADGE))

    client.reactivate("bc")

    assert len(responses.calls) == 2


@pytest.mark.parametrize(
    "reaction",
    [
        hang_up,
        send_and_close(b"HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{"),
        reply(500),
        reply(502, b"<html>bad gateway</html>"),
        reply(503, Retry_After="0"),
        reply(504, b"<html>gateway time-out</html>"),
        reply(201, b""),
        reply(201, b"<html>welcome</html>"),
        reply(201, b'{"result": []}'),
        reply(201, b'{"result": [{"name": "no id"}]}'),
        reply(302, b"", Location="/login"),
    ],
)
def test_a_creation_without_a_good_answer_leaves_its_outcome_open(reaction: Any) -> None:
    """It may have been made: it is sent once, and the caller is told to look before anything else."""
    with serving(reaction) as server:
        client = client_of(server.url)
        with pytest.raises(ApiError) as caught:
            client.create(Kind.ISSUER, {"name": "Academy"}, lambda: None)
        client.transport.close()

        assert caught.value.outcome_unknown
        assert [heard.method for heard in server.heard] == ["POST"]


@pytest.mark.parametrize(
    ("reaction", "is_open"),
    [
        (reply(400, envelope(success=False)), False),
        (reply(422, envelope(success=False)), False),
        (reply(400, b"<html>bad request</html>"), True),
        (reply(404, envelope(success=False)), True),
        (reply(403, b"<html>forbidden</html>"), True),
    ],
)
def test_only_what_the_api_itself_refused_was_certainly_not_made(reaction: bytes, is_open: bool) -> None:
    """There the intent can be taken back; any other refusal may be a gateway's, after the work was done."""
    with serving(reaction) as server:
        client = client_of(server.url)
        with pytest.raises(ApiError) as caught:
            client.create(Kind.ISSUER, {"name": "Academy"}, lambda: None)
        client.transport.close()

        assert caught.value.outcome_unknown is is_open
        assert len(server.heard) == 1


def test_a_creation_that_was_told_to_wait_is_sent_again() -> None:
    """429 says that nothing was done."""
    with serving(reply(429, Retry_After="3"), reply(201, envelope(ISSUER))) as server:
        client = client_of(server.url)
        assert client.create(Kind.ISSUER, {"name": "Academy"}, lambda: None).entity_id == "iss"
        client.transport.close()

        assert len(server.heard) == 2


def test_a_creation_with_a_refused_token_is_sent_again_with_a_new_one() -> None:
    """A 401 did nothing; the repetition carries the same body and the new token."""
    token = reply(body=b'{"access_token": "NEW"}')
    with serving(reply(401), token, reply(201, envelope(ISSUER))) as server:
        transport = Transport()
        credentials = Credentials(token="OLD", username="u", password="p")
        client = Client(server.url, Auth(credentials, f"{server.url}/o/token", transport), transport)
        client.create(Kind.ISSUER, {"name": "Academy"}, lambda: None)
        transport.close()

        first, _, second = server.heard
        assert (first.headers["authorization"], second.headers["authorization"]) == ("Bearer OLD", "Bearer NEW")
        assert first.body == second.body == b'{"name": "Academy"}'


def test_a_refused_token_ends_a_write() -> None:
    """Without another token it is reported; whether the work was done is for the caller to find out."""
    with serving(reply(401)) as server:
        client = client_of(server.url)
        with pytest.raises(UnauthorizedError) as caught:
            client.create(Kind.ISSUER, {"name": "Academy"}, lambda: None)
        client.transport.close()

        assert caught.value.outcome_unknown
        assert len(server.heard) == 1


@responses.activate
def test_an_update_is_repeated_and_its_answer_returned(client: Client) -> None:
    """A PUT twice is a PUT once."""
    responses.add("PUT", f"{BASE}/v2/issuers/iss", status=502)
    responses.add("PUT", f"{BASE}/v2/issuers/iss", body=envelope({**ISSUER, "name": "New"}))

    assert client.update(Kind.ISSUER, "iss", {"name": "New"}).name == "New"


def test_images_of_the_sandbox_are_read_whole(real: Client) -> None:
    """The bytes the server shows are the ones a digest is taken of."""
    made = badge_class(real, issuer(real), image=png("red"))

    assert made.image_url is not None
    assert real.image(made.image_url).startswith(b"\x89PNG")


@pytest.mark.parametrize("reaction", [reply(200, envelope(success=False)), reply(409, envelope(success=False))])
def test_a_creation_whose_refusal_is_not_clear_may_have_been_made(reaction: bytes) -> None:
    """Only a status that says "not done" takes an intent back; all else is found out."""
    with serving(reaction) as server:
        client = client_of(server.url)
        with pytest.raises(ApiError) as caught:
            client.create(Kind.ISSUER, {"name": "Academy"}, lambda: None)
        client.transport.close()

        assert caught.value.outcome_unknown


@pytest.mark.parametrize("status", [401, 429])
@pytest.mark.parametrize("is_there", [False, True])
def test_a_creation_is_sent_again_only_after_a_look(status: int, is_there: bool) -> None:
    """The server says that it did nothing, but a gateway may have spoken: what is there already is taken instead."""
    made = reply(201, envelope(ISSUER))
    token = reply(200, b'{"access_token": "new", "expires_in": 3600}')
    script = [reply(status, Retry_After="0"), *([token] if status == 401 else []), made]
    looks: list[int] = []

    def look() -> Live | None:
        looks.append(1)
        return parse_live(Kind.ISSUER, {**ISSUER, "entityId": "found"}) if is_there else None

    with serving(*script) as server:
        transport = Transport(sleep=lambda _seconds: None)
        auth = Auth(Credentials(token="old", username="ada", password="secret"), f"{server.url}/o/token", transport)
        found = Client(server.url, auth, transport).create(Kind.ISSUER, {"name": "Academy"}, look)
        transport.close()

        posts = [heard for heard in server.heard if heard.path == "/v2/issuers"]
        assert len(posts) == (1 if is_there else 2)
    assert looks == [1]
    assert found.entity_id == ("found" if is_there else "iss")
