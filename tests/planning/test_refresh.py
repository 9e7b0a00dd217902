"""What is live: how many requests it takes to know, and what becomes of all that does not add up."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.remote import asked, badge_class, connected, issuer, multiply, png, svg

from badgeops.api import client as client_module
from badgeops.api.client import Client
from badgeops.api.gone import Said, Word
from badgeops.api.live import Earners, Live, parse_listed
from badgeops.api.responses import results
from badgeops.errors import (
    ApiError,
    NotAnApiError,
    NotFoundError,
    RefusedError,
    ServerFaultError,
    TooManyRequestsError,
    UnauthorizedError,
    UnreachableError,
)
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.planning import refresh as module, served_images
from badgeops.planning.in_parallel import each
from badgeops.planning.planner import Snapshot
from badgeops.planning.refresh import count_earners, refresh
from badgeops.sandbox import Sandbox, SandboxOptions
from badgeops.state.record import ImageRecord, Resource, State


@pytest.fixture(params=["open-source", "hosted"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    """Run a sandbox of each dialect, whose images change their addresses."""
    options = SandboxOptions(data=tmp_path / "server", dialect=request.param, constant_images=False)
    with Sandbox(options) as sandbox:
        yield sandbox


@pytest.fixture
def client(server: Sandbox) -> Iterator[Client]:
    """Give a client of it that knows its dialect, as after the first list."""
    with connected(server.url) as made:
        made.known_dialect()
        yield made


def recorded(live: Live, *, key: str = "one", **image: Any) -> Resource:
    """Return the resource that stands for a live entity."""
    made = ImageRecord("0" * 64, "png", 90, 90, 1, **({"ref": live.image_ref} | image)) if live.image_ref else None
    return Resource(Address(live.kind, key), live.entity_id, image=made)


def state_of(*resources: Resource) -> State:
    """Make a state of resources with different keys."""
    return State("lineage", 1, "test", "server", {resource.address: resource for resource in resources})


EMPTY = state_of()
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "page", "pages"),
    [(0, 500, 1), (1, 500, 1), (500, 500, 3), (501, 500, 2), (1000, 500, 2), (1200, 500, 3), (7, 3, 3)],
)
def test_a_refresh_takes_one_request_for_issuers_and_one_for_each_page(
    server: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch, count: int, page: int, pages: int
) -> None:
    """The number of requests does not grow with what the state holds, and all of them are GET.

    A list of exactly one page is asked for twice: a server names no other page then, nor does a proxy that removes the
    Link header.
    """
    monkeypatch.setattr(client_module, "PAGE", page)
    owner = issuer(client)
    resources = [recorded(owner)]
    if count:
        original = badge_class(client, owner)
        multiply(server, original, count - 1)
        resources.append(recorded(original))
    server.clear_requests()

    snapshot = refresh(client, state_of(*resources))

    assert len(snapshot.live) == 1 + count
    assert len(asked(server)) == snapshot.requests == 1 + pages
    assert {record.method for record in server.requests} == {"GET"}


def test_a_refresh_with_a_log_in_sends_get_and_the_token_request(server: Sandbox, client: Client) -> None:
    """A plan changes nothing, whatever it finds."""
    owner = issuer(client)
    made, vanished = badge_class(client, owner, image=svg()), badge_class(client, owner, "Gone")
    resources = [recorded(made, key="svg", ref="/other.svg", served_sha256="0" * 64), recorded(vanished, key="gone")]
    client.delete(Kind.BADGE_CLASS, vanished.entity_id)
    server.clear_requests()

    with connected(server.url) as fresh:
        refresh(fresh, state_of(*resources))
        count_earners(fresh, [made.entity_id, vanished.entity_id])

    posts = [record.path for record in server.requests if record.method != "GET"]
    assert posts == ["/o/token"]


def test_an_empty_account_is_an_empty_snapshot(server: Sandbox) -> None:
    """Nothing there is no error; the dialect is found out from the profile."""
    with connected(server.url) as fresh:
        snapshot = refresh(fresh, EMPTY)

    hosted = server.options.dialect == "hosted"
    assert snapshot == Snapshot(Dialect.HOSTED if hosted else Dialect.OPEN_SOURCE, {}, requests=3)


def test_an_issuer_that_its_list_leaves_out_is_asked_for(
    client: Client, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that was stale, or cut short: its badge classes name it, and it is not made again. It costs a request."""
    owner = issuer(client)
    badge_class(client, owner)
    monkeypatch.setattr(Client, "issuers", lambda _: [])
    server.clear_requests()

    snapshot = refresh(client, EMPTY)

    assert snapshot.live[owner.entity_id].name == owner.name
    assert sum(owner.entity_id in record.path for record in server.requests) == 1


def test_an_issuer_of_another_account_stays_unseen(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A badge class may be shown whose issuer is not."""
    shown = replace(badge_class(client, issuer(client)), issuer_id="elsewhere")
    monkeypatch.setattr(Client, "badge_classes", lambda _: iter([shown]))

    assert "elsewhere" not in refresh(client, EMPTY).live


@pytest.mark.parametrize("kind", [Kind.ISSUER, Kind.BADGE_CLASS])
def test_only_others_may_be_odd(client: Client, monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    """One of ours that cannot be read is an error; a stranger's is part of what there is."""
    owner = issuer(client)
    ours = {Kind.ISSUER: owner, Kind.BADGE_CLASS: badge_class(client, owner)}[kind]
    odd = parse_listed(kind, {"entityId": ours.entity_id, "name": None, "issuer": owner.entity_id})
    listed = {Kind.ISSUER: lambda _: [odd], Kind.BADGE_CLASS: lambda _: iter([odd])}[kind]
    monkeypatch.setattr(Client, {Kind.ISSUER: "issuers", Kind.BADGE_CLASS: "badge_classes"}[kind], listed)

    assert refresh(client, EMPTY).live[ours.entity_id].odd == "name is no text"
    with pytest.raises(NotAnApiError, match=f"{ours.entity_id}, which is malformed: name is no text"):
        refresh(client, state_of(recorded(ours)))


def test_archived_ones_are_live_where_hosted(server: Sandbox, client: Client) -> None:
    """An archived badge class is still ours; it costs no request of its own."""
    made = badge_class(client, issuer(client))
    client.issuers()
    if client.known_dialect() is Dialect.HOSTED:
        client.archive(made.entity_id)
    server.clear_requests()

    snapshot = refresh(client, state_of(recorded(made)))

    assert snapshot.live[made.entity_id].archived == (server.options.dialect == "hosted")
    assert len(asked(server)) == 2


def test_a_vanished_entity_is_neither_live_nor_hidden(server: Sandbox, client: Client) -> None:
    """Neither the list nor the entity's own address nor its public page knows it: it is gone."""
    owner = issuer(client)
    made = badge_class(client, owner)
    client.delete(Kind.BADGE_CLASS, made.entity_id)
    server.clear_requests()

    snapshot = refresh(client, state_of(recorded(owner), recorded(made)))

    assert set(snapshot.live) == {owner.entity_id}
    assert snapshot.hidden == frozenset()
    assert asked(server)[-1] == f"GET /public/badges/{made.entity_id}.json"


def test_an_entity_of_another_account_is_hidden(server: Sandbox, client: Client) -> None:
    """It exists, though not for us: taking it for deleted would make a second one."""
    owner = issuer(client)
    made = badge_class(client, owner)
    server.add_account("other@example.org", "pw")
    with connected(server.url, "other@example.org", "pw") as other:
        snapshot = refresh(other, state_of(recorded(owner), recorded(made)))

    assert snapshot.live == {}
    assert snapshot.hidden == {owner.entity_id, made.entity_id}


def test_an_entity_that_the_list_missed_is_found(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list can be stale; the entity's own address is asked before it is believed gone."""
    made = badge_class(client, issuer(client))
    monkeypatch.setattr(client, "badge_classes", lambda: iter([]))

    snapshot = refresh(client, state_of(recorded(made)))

    assert snapshot.live[made.entity_id] == made
    assert snapshot.hidden == frozenset()


@pytest.mark.parametrize("path", ["/v2/issuers", "/v2/badgeclasses", "/v2/badgeclasses/*", "/public/badges/*"])
def test_a_failing_server_is_never_taken_for_an_empty_one(server: Sandbox, client: Client, path: str) -> None:
    """Whatever request fails, the refresh fails: a plan made of half an answer would create everything again."""
    made = badge_class(client, issuer(client))
    client.delete(Kind.BADGE_CLASS, made.entity_id)
    server.set_faults([f"status=500,path={path}"])

    with pytest.raises(ServerFaultError):
        refresh(client, state_of(recorded(made)))


@pytest.mark.parametrize("status", [404, 403])
def test_a_list_that_is_refused_is_an_error(server: Sandbox, client: Client, status: int) -> None:
    """A 404 for a list is no empty list."""
    made = badge_class(client, issuer(client))
    server.set_faults([f"status={status},path=/v2/badgeclasses"])

    with pytest.raises(ApiError):
        refresh(client, state_of(recorded(made)))


# --- images ------------------------------------------------------------------------------------------------------


def digest(client: Client, live: Live) -> str:
    """Return the digest of the served image."""
    assert live.image_url is not None
    return hashlib.sha256(client.image(live.image_url)).hexdigest()


@pytest.fixture
def moved(client: Client) -> tuple[Resource, Live]:
    """Give an SVG as it was recorded, and the entity after a PUT that changed its address and not its bytes."""
    made = badge_class(client, issuer(client), image=svg())
    before = recorded(made, served_sha256=digest(client, made))
    return before, client.update(Kind.BADGE_CLASS, made.entity_id, _whole(made, name="New name"))


def _whole(live: Live, **changed: Any) -> dict[str, Any]:
    """Return the body of a PUT that both dialects take."""
    body = {"name": live.name, "description": "Knows it.", "criteriaNarrative": "Show it.", "image": live.image_url}
    return {**body, **changed}


def test_an_svg_at_another_address_with_the_same_bytes_is_the_same(
    client: Client, server: Sandbox, moved: tuple[Resource, Live]
) -> None:
    """Every PUT of any field gives an SVG a new address: only its bytes tell."""
    resource, now = moved
    if server.options.dialect == "open-source":
        assert resource.image is not None
        assert now.image_ref != resource.image.ref
    resource = replace(resource, image=replace(resource.image, ref="/somewhere/else.svg"))  # type: ignore[type-var]
    server.clear_requests()

    snapshot = refresh(client, state_of(resource))

    assert snapshot.same_images == {now.entity_id}
    assert len(asked(server)) == 3


def test_an_svg_with_other_bytes_is_another(client: Client, moved: tuple[Resource, Live]) -> None:
    """Somebody has uploaded another image."""
    resource, now = moved
    client.update(Kind.BADGE_CLASS, now.entity_id, _whole(now, image=svg(4)))

    assert refresh(client, state_of(resource)).same_images == frozenset()


def test_an_svg_that_cannot_be_read_is_no_proof(client: Client, server: Sandbox, moved: tuple[Resource, Live]) -> None:
    """What was not seen is not called the same."""
    resource, _ = moved
    resource = replace(resource, image=replace(resource.image, ref="/somewhere/else.svg"))  # type: ignore[type-var]
    server.set_faults(["status=404,path=/media/*"])

    assert refresh(client, state_of(resource)).same_images == frozenset()


@pytest.mark.parametrize("image", [{}, {"ref": "/media/other.png"}])
def test_no_image_is_fetched_where_its_address_tells_enough(
    client: Client, server: Sandbox, image: dict[str, Any]
) -> None:
    """A PNG keeps its address as long as it is the same: hundreds of them cost nothing."""
    made = badge_class(client, issuer(client), image=png())
    server.clear_requests()

    snapshot = refresh(client, state_of(recorded(made, **image)))

    assert snapshot.same_images == frozenset()
    assert len(asked(server)) == 2


def test_an_svg_at_its_recorded_address_is_not_fetched(client: Client, server: Sandbox) -> None:
    """Nothing was written since."""
    made = badge_class(client, issuer(client), image=svg())
    resource = recorded(made, served_sha256=digest(client, made))
    server.clear_requests()

    refresh(client, state_of(resource))

    assert len(asked(server)) == 2


# --- earners -------------------------------------------------------------------------------------------------------


def test_earners_are_counted_with_one_request_each(client: Client, server: Sandbox) -> None:
    """What is not listed for us is unknown, and not held by nobody: a missing right is a 404 as well."""
    owner = issuer(client)
    held, free = badge_class(client, owner), badge_class(client, owner, "Free")
    for person in ("one", "two"):
        body = {"recipient": {"identity": f"{person}@example.net", "type": "email"}}
        client._send("POST", f"/v2/badgeclasses/{held.entity_id}/assertions", body)
    server.clear_requests()

    found = count_earners(client, [held.entity_id, free.entity_id, "gone"])

    assert found.earners == {held.entity_id: Earners(2), free.entity_id: Earners(0)}
    assert list(found.unknown) == ["gone"]
    assert "HTTP 404" in found.unknown["gone"]
    assert len(asked(server)) == 3


def _award(client: Client, badge_class_id: str, person: str, **fields: str) -> str:
    body = {"recipient": {"identity": f"{person}@example.net", "type": "email"}, **fields}
    awards: Any = results(client._send("POST", f"/v2/badgeclasses/{badge_class_id}/assertions", body))
    return str(awards[0]["entityId"])


def test_awards_that_have_ended_are_counted_where_the_class_is_to_go(client: Client, server: Sandbox) -> None:
    """Lists leave out expired and revoked awards, and a deletion takes them along: both servers show them if asked."""
    owner = issuer(client)
    ended, both, never = (badge_class(client, owner, name) for name in ("Ended", "Both", "Never"))
    for number in range(3):
        _award(client, ended.entity_id, f"old-{number}", expires="2020-01-02T03:04:05Z")
    client._send(
        "DELETE", f"/v2/assertions/{_award(client, ended.entity_id, 'bad')}", {"revocation_reason": "A mistake."}
    )
    _award(client, both.entity_id, "old", expires="2020-01-02T03:04:05Z")
    _award(client, both.entity_id, "new")
    server.clear_requests()

    ids = [live.entity_id for live in (ended, both, never)]
    found = count_earners(client, ids, past=set(ids))

    assert [found.earners[item] for item in ids] == [Earners(0, expired=3, revoked=1), Earners(1), Earners(0)]
    assert not found.unknown
    assert len(asked(server)) == 5
    assert count_earners(client, ids[:1]).earners == {ended.entity_id: Earners(0)}


def test_the_servers_clock_decides_who_holds_a_badge(client: Client, server: Sandbox) -> None:
    """What the server takes for held is held, though this computer's clock may say that it has ended long ago."""
    made = badge_class(client, issuer(client))
    award = _award(client, made.entity_id, "held", expires="2999-01-01T00:00:00Z")
    with closing(sqlite3.connect(server.options.data / "sandbox.sqlite3")) as db, db:
        text = '{"expires": "2001-01-01T00:00:00Z"}'
        db.execute("UPDATE entities SET doc = json_patch(doc, ?) WHERE entity_id = ?", (text, award))

    assert count_earners(client, [made.entity_id], past={made.entity_id}).earners == {made.entity_id: Earners(1)}


class _Failing:
    """A client whose lists of awards fail, one way after the other."""

    def __init__(self, *outcomes: Earners | Exception) -> None:
        self.outcomes = list(outcomes)

    def earners(self, _entity_id: str, *, past: bool) -> Earners:
        del past
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.mark.parametrize("error", [NotFoundError, RefusedError, NotAnApiError, ServerFaultError])
def test_a_list_that_fails_leaves_its_class_unknown(error: type[ApiError]) -> None:
    """One list that cannot be read must neither count as an empty one nor stop everybody else's plan."""
    client: Any = _Failing(Earners(1), error("It says no."), Earners(2))

    found = count_earners(client, ["a", "b", "c"], parallelism=1)

    assert found.earners == {"a": Earners(1), "c": Earners(2)}
    assert found.unknown == {"b": "It says no."}


def test_after_three_failures_in_a_row_no_more_lists_are_asked_for() -> None:
    """Each failure takes five tries and many seconds; a thousand of them would take hours."""
    fault = ServerFaultError("It failed.")
    client: Any = _Failing(fault, fault, Earners(0), fault, fault, fault, Earners(9))

    found = count_earners(client, list("abcdefgh"), parallelism=1)

    assert found.earners == {"c": Earners(0)}
    assert [why.startswith("The server has failed") for why in found.unknown.values()] == [False] * 5 + [True] * 2
    assert client.outcomes == [Earners(9)]


@pytest.mark.parametrize("error", [UnauthorizedError, TooManyRequestsError, UnreachableError])
def test_a_server_that_is_away_ends_the_plan(error: type[ApiError]) -> None:
    """Nothing can be planned against it, and asking on would only take time."""
    client: Any = _Failing(error("Away."))
    with pytest.raises(error):
        count_earners(client, ["a"])


def test_the_parallelism_is_handed_on(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--parallelism` holds for reading too."""
    seen: list[int] = []

    def spy(function: Callable[[Any], Any], items: Any, parallelism: int, *_: Any) -> list[Any]:
        seen.append(parallelism)
        return each(function, items, parallelism)

    monkeypatch.setattr(module, "each", spy)
    monkeypatch.setattr(served_images, "each", spy)
    refresh(client, EMPTY, parallelism=3)
    count_earners(client, [], parallelism=5)

    assert seen == [3, 3, 3, 5]


# --- what is told, and what is asked, by a client in memory ---------------------------------------------------------


@dataclass
class Listing:
    """A client that lists what it was given, and knows of some entities besides."""

    listed: list[Live] = field(default_factory=list)
    alone: dict[str, Live] = field(default_factory=dict)
    """What no list shows, and the entity's own address does."""
    pages: dict[str, Word] = field(default_factory=dict)
    """What public pages say that is not that there is no such thing."""
    images: dict[str, bytes] = field(default_factory=dict)
    calls: int = 7
    asked: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the time by the server."""
        return NOON

    def told_time(self) -> datetime:
        """Return the same."""
        return NOON

    def issuers(self) -> list[Live]:
        """List issuers."""
        self.calls += 1
        return [live for live in self.listed if live.kind is Kind.ISSUER]

    def badge_classes(self) -> Iterator[Live]:
        """List badge classes."""
        self.calls += 1
        yield from (live for live in self.listed if live.kind is Kind.BADGE_CLASS)

    def entity(self, kind: Kind, entity_id: str) -> Live:
        """Read one."""
        self.asked.append(f"{kind.prefix} {entity_id}")
        if entity_id not in self.alone:
            raise NotFoundError("no", status=404)
        return self.alone[entity_id]

    def public(self, kind: Kind, entity_id: str, page: str) -> Said:
        """Ask for its public page."""
        del page
        self.asked.append(f"public {kind.prefix} {entity_id}")
        return Said(self.pages.get(entity_id, Word.GONE), f"the page of {entity_id}")

    def image(self, url: str) -> bytes:
        """Fetch an image."""
        self.asked.append(url)
        if url not in self.images:
            raise ServerFaultError("no", status=500)
        return self.images[url]

    def earners(self, entity_id: str, *, past: bool) -> Earners:
        """Count who holds one."""
        del past
        if entity_id == "gone":
            raise NotFoundError("no", status=404)
        return Earners(len(entity_id))

    def known_dialect(self) -> Dialect:
        """Return the dialect."""
        return Dialect.HOSTED


def live_one(number: str, kind: Kind = Kind.BADGE_CLASS, **more: Any) -> Live:
    """Return a live entity."""
    return Live(kind, number, "", number, "", {}, **more)


def heard() -> tuple[list[tuple[str, int, int | None]], Any]:
    """Return a list, and what writes into it what is told."""
    lines: list[tuple[str, int, int | None]] = []
    return lines, lambda what, done, total: lines.append((what, done, total))


def test_what_does_not_add_up_is_looked_for() -> None:
    """What no list shows is found, hidden from this account, or gone; each is asked about once, and told of."""
    client = Listing(
        [live_one("i", Kind.ISSUER), live_one("a")], {"b": live_one("b")}, {"c": Word.THERE, "e": Word.UNSURE}
    )
    lines, tell = heard()
    records = [Resource(Address(Kind.BADGE_CLASS, key), key) for key in "abcde"]

    snapshot = refresh(client, state_of(*records), parallelism=1, tell=tell)  # type: ignore[arg-type]

    assert sorted(snapshot.live) == ["a", "b", "i"]
    assert (snapshot.hidden, snapshot.same_images, snapshot.requests) == ({"c", "e"}, frozenset(), 2)
    assert snapshot.doubts == {"e": "the page of e"}
    assert snapshot.dialect is Dialect.HOSTED
    assert sorted(client.asked) == [
        "badge_class b",
        "badge_class c",
        "badge_class d",
        "badge_class e",
        "public badge_class c",
        "public badge_class d",
        "public badge_class e",
    ]
    assert ("badge classes read", 0, None) in lines
    assert [line[1:] for line in lines if line[0] == "missing entities looked up"] == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_only_a_doubtful_image_is_fetched() -> None:
    """One of ours, of which the served bytes are known, that stands somewhere else and can be fetched."""
    same, other = hashlib.sha256(b"same").hexdigest(), hashlib.sha256(b"other").hexdigest()
    known = ImageRecord("x", "svg", 1, 1, 1, "/old.svg", same)
    cases = {
        "same": (known, "/new.svg", "u1", True),
        "other": (replace(known, served_sha256=other), "/new.svg", "u2", True),
        "lost": (known, "/new.svg", "none", True),
        "unmoved": (known, "/old.svg", "u3", False),
        "without": (known, "/new.svg", None, False),
        "unknown": (replace(known, served_sha256=None), "/new.svg", "u4", False),
        "no record": (None, "/new.svg", "u5", False),
    }
    listed = [live_one(key, image_ref=ref, image_url=url) for key, (_, ref, url, _) in cases.items()]
    client = Listing(listed, images={f"u{number}": b"same" for number in range(1, 6)})
    records = [
        Resource(Address(Kind.BADGE_CLASS, key.replace(" ", "-")), key, image=image)
        for key, (image, *_) in cases.items()
    ]
    lines, tell = heard()

    snapshot = refresh(client, state_of(*records, recorded_gone(known)), tell=tell)  # type: ignore[arg-type]

    assert snapshot.same_images == {"same"}
    fetched = sorted(url for url in client.asked if "badge_class" not in url)
    assert fetched == sorted(str(url) for _, _, url, is_fetched in cases.values() if is_fetched)
    assert ("images compared", 0, 3) in lines


def recorded_gone(image: ImageRecord) -> Resource:
    """Return a resource with an image that no server shows."""
    return Resource(Address(Kind.BADGE_CLASS, "gone"), "gone", image=image)


def test_every_hundredth_badge_class_is_told_of() -> None:
    """A large account takes its time, and a terminal shows how far it is."""
    client = Listing([live_one(str(number)) for number in range(201)])
    lines, tell = heard()

    refresh(client, EMPTY, tell=tell)  # type: ignore[arg-type]

    assert lines == [("badge classes read", number, None) for number in (0, 100, 200)]


def test_counting_earners_is_told_of() -> None:
    """One that is gone meanwhile is told of as the others."""
    lines, tell = heard()

    found = count_earners(Listing(), ["a", "gone", "bbb"], tell=tell)  # type: ignore[arg-type]

    assert found.earners == {"a": Earners(1), "bbb": Earners(3)}
    assert lines == [("badge classes whose earners were counted", number, 3) for number in range(3)]


def test_a_refresh_asks_several_at_a_time() -> None:
    """Eight, if nothing else is said."""
    together = threading.Barrier(8, timeout=10)
    client = Listing()
    client.earners = lambda _, **_past: (together.wait(), Earners(1))[1]  # type: ignore[method-assign, misc]

    assert len(count_earners(client, list("abcdefgh")).earners) == 8  # type: ignore[arg-type]
    assert module.PARALLELISM == 8


def test_what_is_shared_with_the_record_is_all_that_was_shown() -> None:
    """Whatever field an entity has: sharing equal values with the record loses none, and changes none."""
    shown = Live(
        kind=Kind.BADGE_CLASS,
        entity_id=b"ab".decode(),
        open_badge_id="https://x.example/b",
        name="B",
        created_at="2026-01-01T00:00:00Z",
        fields={"name": "B", "tags": ["x"]},
        issuer_id="i",
        archived=True,
        image_url="https://x.example/b.png",
        image_ref="/b.png",
        other_forms=(("expires", "expiration"),),
        is_verified=True,
        members={"x": 1},
        odd="strange",
    )
    assert all(getattr(shown, item.name) != item.default for item in fields(Live))
    recorded = Resource(Address(Kind.BADGE_CLASS, "b"), "ab", sent={"name": "B"}, received={"tags": ["x"]})

    found = module._sharing(shown, recorded)

    assert [getattr(found, item.name) for item in fields(Live)] == [getattr(shown, item.name) for item in fields(Live)]
    assert found.entity_id is recorded.entity_id
    assert found.fields["tags"] is recorded.received["tags"]
