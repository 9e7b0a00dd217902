"""Which images a plan looks at, if their addresses do not tell which image it is."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st
from support.images import data_uri, png
from support.remote import badge_class, connected, issuer, multiply

from badgeops.api.client import Changed, Client
from badgeops.api.live import Live
from badgeops.api.responses import Answer
from badgeops.api.served import identify
from badgeops.errors import ServerFaultError
from badgeops.model.address import Address, Kind
from badgeops.model.moments import Moment, moment, stamp
from badgeops.planning.in_parallel import tell_nobody
from badgeops.planning.planner import Look
from badgeops.planning.served_images import Identified, identify_images, is_due, known_until, same_bytes
from badgeops.sandbox import Sandbox, SandboxOptions
from badgeops.state.record import ImageRecord, Resource, State

COUNT = 12


def state_of(refs: dict[str, str | None], until: str = "") -> State:
    """Make a state of badge classes: what identifies their image, by entityId."""
    resources = {
        Address(Kind.BADGE_CLASS, key): Resource(
            Address(Kind.BADGE_CLASS, key), key, image=ImageRecord("0" * 64, "png", 90, 90, 1, ref=ref)
        )
        for key, ref in refs.items()
    }
    return State("lineage", 1, "test", "server", resources, images_until=until)


@pytest.fixture(params=["open-source", "hosted"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    """Run a sandbox whose images keep their addresses, with twelve badge classes; the hosted one lists no changes."""
    with Sandbox(SandboxOptions(data=tmp_path / "server", dialect=request.param, constant_images=True)) as sandbox:
        with connected(sandbox.url) as client:
            multiply(sandbox, badge_class(client, issuer(client)), COUNT - 1)
        yield sandbox


@pytest.fixture
def client(server: Sandbox) -> Iterator[Client]:
    """Give a client that has heard the server's clock."""
    with connected(server.url) as made:
        made.known_dialect()
        yield made


@pytest.fixture
def live(client: Client) -> dict[str, Live]:
    """Give what the server shows."""
    return {item.entity_id: item for item in client.badge_classes()}


@pytest.fixture
def nobodys_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an hour come in which no image is looked at whatever the list says."""
    monkeypatch.setattr("badgeops.planning.served_images.is_due", lambda *_: False)


def looked(client: Client, server: Sandbox, live: dict[str, Live], until: str) -> tuple[Identified, int]:
    """Look at the images, and count those that were asked for."""
    state = state_of({key: identify(client, item, None) for key, item in live.items()}, until)
    server.clear_requests()
    found = identify_images(client, state, live, 4, tell_nobody)
    return found, sum(record.path.endswith("/image") for record in server.requests)


def test_without_an_earlier_look_each_image_is_looked_at(
    client: Client, server: Sandbox, live: dict[str, Live]
) -> None:
    """The look says when it was, so that the next one can be short."""
    found, asked = looked(client, server, live, "")

    assert asked == COUNT
    assert found.look.until.startswith("20")
    assert not found.same


@pytest.mark.usefixtures("nobodys_turn")
def test_after_a_look_only_what_has_changed_is_looked_at(
    client: Client, server: Sandbox, live: dict[str, Live]
) -> None:
    """A server that lists changes is asked for the one image; one without such a list is asked for each."""
    changed = sorted(live)[3]
    with closing(sqlite3.connect(server.options.data / "sandbox.sqlite3")) as db, db:
        db.execute("UPDATE entities SET updated_at = '2020-01-01T00:00:00.000000Z'")
    told = {item.entity_id: item for item in client.badge_classes()}
    client.update(
        Kind.BADGE_CLASS,
        changed,
        {"name": "N", "description": "D", "criteriaNarrative": "C", "image": data_uri(png(color="red"))},
    )

    found, asked = looked(client, server, told, "2026-01-01T00:00:00Z")

    assert asked == (COUNT if server.options.dialect == "hosted" else 1)
    assert set(found.live) == set(live)


@given(
    entity_id=st.text(st.characters(codec="ascii"), min_size=1),
    start=st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    hours=st.sampled_from([1, 2, 3, 4, 6, 8, 12, 24, 48, 24 * 7, 24 * 14, 24 * 30]),
)
def test_each_image_has_its_turn(entity_id: str, start: datetime, hours: int) -> None:
    """In any usual rhythm of plans, one in 29 looks at an image whatever the list of changes says, and only one."""
    turns = [is_due(entity_id, start + timedelta(hours=hours * number)) for number in range(29)]

    assert turns.count(True) == 1


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_turn_is_a_whole_hour_of_the_clock(when: datetime) -> None:
    """From its first second to its last the same images have their turn, and in the next hour others."""
    first = when.replace(minute=0, second=0, microsecond=0)
    images = [f"image-{number}" for number in range(60)]

    turns = [[is_due(each, first + timedelta(seconds=seconds)) for each in images] for seconds in (0, 3599, 3600)]

    assert turns[0] == turns[1] != turns[2]


@pytest.mark.parametrize("turn", ["the edited one", "another one", "nobody"])
def test_a_list_that_hides_an_edit_is_found_out(
    client: Client, server: Sandbox, live: dict[str, Live], monkeypatch: pytest.MonkeyPatch, turn: str
) -> None:
    """As soon as it is the turn of one of them; then the list is not believed at all, and each image is looked at."""
    now = client.told_time()
    assert now is not None
    hidden, sound = sorted(live)[3], sorted(live)[4]
    due = {"the edited one": hidden, "another one": sound}.get(turn)
    monkeypatch.setattr("badgeops.planning.served_images.is_due", lambda entity_id, _: entity_id == due)
    monkeypatch.setattr(Client, "changed", lambda *_: Changed(stamp(now), frozenset()))
    refs = {key: identify(client, item, None) for key, item in live.items()}
    server.clear_requests()

    found = identify_images(client, state_of({**refs, hidden: "/media/other.png"}, stamp(now)), live, 4, tell_nobody)

    asked = sum(record.path.endswith("/image") for record in server.requests)
    assert asked == {"the edited one": COUNT, "another one": 1, "nobody": 0}[turn]
    assert (found.live[hidden].image_ref == refs[hidden]) is (turn == "the edited one")


def test_a_list_of_changes_is_read_to_its_end(client: Client, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also over several pages; from a moment on that is past all changes, it is empty."""
    monkeypatch.setattr("badgeops.api.client.PAGE", 5)
    listed = client.changed(Kind.BADGE_CLASS, "2000-01-01T00:00:00Z")
    if server.options.dialect == "hosted":
        assert listed is None
        return
    assert listed is not None
    assert len(listed.entity_ids) == COUNT

    later = client.changed(Kind.BADGE_CLASS, listed.timestamp)

    assert later is not None
    assert not later.entity_ids


@pytest.mark.parametrize("timestamp", ["", "soon", "2199-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "²"])
def test_a_list_of_changes_with_another_clock_is_not_believed(
    client: Client, server: Sandbox, live: dict[str, Live], monkeypatch: pytest.MonkeyPatch, timestamp: str
) -> None:
    """It would be asked for changes of the wrong hour, and be empty: so each image is looked at."""
    monkeypatch.setattr(Client, "changed", lambda *_: Changed(timestamp, frozenset()))

    _found, asked = looked(client, server, live, "2026-01-01T00:00:00Z")

    assert asked == COUNT


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59Z", "2199-01-01T00:00:00Z"])
def test_a_last_look_that_is_yet_to_come_is_not_believed(
    client: Client, server: Sandbox, live: dict[str, Live], until: str
) -> None:
    """A clock was wrong when it was recorded: until that time comes, nothing would be looked at."""
    _found, asked = looked(client, server, live, until)

    assert asked == COUNT


@pytest.mark.parametrize(
    "body",
    [
        '{"result": [], "timestamp": "2026-01-01T00:00:00Z", "pagination": {"nextResults": 7}}',
        '{"result": {}, "timestamp": "2026-01-01T00:00:00Z", "pagination": {"nextResults": null}}',
        '{"result": [], "pagination": {"nextResults": null}}',
        '{"result": [], "timestamp": "2026-01-01T00:00:00Z"}',
        '{"result": [{"x": 1}], "timestamp": "2026-01-01T00:00:00Z", "pagination": {"nextResults": null}}',
        '{"result": [], "timestamp": "t", "pagination": {"nextResults": "PATH"}}',
    ],
)
def test_a_list_of_changes_that_may_go_on_is_none(client: Client, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """What cannot be read to its end says nothing about what has not changed."""
    asked: list[str] = []

    def send(_self: Client, _method: str, path: str, **_: object) -> Answer:
        asked.append(path)
        return Answer(200, path, {"Content-Type": "application/json"}, body.replace("PATH", path).encode())

    monkeypatch.setattr(Client, "_send", send)

    assert client.changed(Kind.BADGE_CLASS, "2026-01-01T00:00:00Z") is None
    assert len(asked) == 1


keys = st.sampled_from("abcd")
refs = st.sampled_from([None, "/media/1.png", "/media/2.png", "etag:x", "/public/badges/a/image"])


@given(
    st.dictionaries(keys, refs), st.dictionaries(keys, refs), st.dictionaries(keys, refs), st.sampled_from(["", "old"])
)
@example({"a": "/media/1.png"}, {"a": "/media/1.png"}, {"a": "/media/2.png"}, "old")
@example({"a": "/media/1.png"}, {"a": "/media/1.png"}, {"a": None}, "old")
def test_an_image_that_was_left_open_is_looked_at_again(
    before: dict[str, str | None], after: dict[str, str | None], found: dict[str, str | None], until: str
) -> None:
    """The time of the look is kept only if each image is the recorded one, was recorded anew, or is no longer ours."""
    earlier = state_of(before, until)

    known = known_until(earlier, state_of(after), Look("now", found), is_needed=True)

    left_open = any(key in after and after[key] == before.get(key) != found[key] for key in found)
    assert known == (until if left_open else "now")


def test_a_server_whose_addresses_tell_gets_no_time() -> None:
    """Its state is as before: nothing has to be looked at."""
    state = state_of({"a": "/media/1.png"})

    assert known_until(state, state, Look("now", {}), is_needed=False) == ""
    assert known_until(replace(state, images_until="old"), state, Look("now", {}), is_needed=False) == "now"
    assert known_until(replace(state, images_until="old"), state, Look("", {}), is_needed=False) == "old"


# --- what is asked, and what it comes to -----------------------------------------------------------------------------

NOW = "2026-05-01T12:00:00Z"
NO_BYTES = f"sha256:{hashlib.sha256(b'').hexdigest()}"


@dataclass
class Told:
    """A server with constant addresses, and what was asked of it."""

    etags: dict[str, str | None]
    """What identifies each image now; None if the server does not say."""
    time: str | None = NOW
    lists: dict[Kind, Changed | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    since: list[tuple[Kind, str]] = field(default_factory=list)

    def told_time(self) -> Moment | None:
        """Return the server's time."""
        return moment(self.time) if self.time is not None else None

    def changed(self, kind: Kind, since: str) -> Changed | None:
        """List what has changed."""
        self.since.append((kind, since))
        return self.lists.get(kind)

    def image_answer(self, path: str, _etag: str | None) -> Answer:
        """Say which image is there."""
        key = path.split("/")[-2]
        self.asked.append(key)
        etag = self.etags[key]
        return Answer(200, path, {"ETag": etag}, b"") if etag is not None else Answer(500, path)

    def image(self, url: str) -> bytes:
        """Serve an image."""
        if url == "[":
            raise ValueError(url)
        return url.encode()


def held(refs: dict[str, str | None], until: str = "", kinds: dict[str, Kind] | None = None) -> State:
    """Make a state of entities of these kinds."""
    state = state_of(refs, until)
    for key, kind in (kinds or {}).items():
        old = Address(Kind.BADGE_CLASS, key)
        resource = replace(state.resources[old], address=Address(kind, key))
        state = state.without(old).with_resource(resource)
    return state


def shown(keys: Iterable[str], kinds: dict[str, Kind] | None = None) -> dict[str, Live]:
    """Return entities whose image is at a constant address."""
    found = {}
    for key in keys:
        kind = (kinds or {}).get(key, Kind.BADGE_CLASS)
        path = f"/public/{'issuers' if kind is Kind.ISSUER else 'badges'}/{key}/image"
        found[key] = Live(kind, key, "", key, "", {}, image_url=f"https://s.example{path}", image_ref=path)
    return found


def look_at(server: Told, state: State, live: dict[str, Live]) -> Identified:
    """Look at the images."""
    return identify_images(server, state, live, 1, tell_nobody)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("recorded", "etag", "is_another"),
    [
        ('etag:"1"', '"1"', False),
        ('etag:"1"', '"2"', True),
        ('etag:"1"', None, False),
        ("/media/1.png", '"1"', False),
        (None, '"1"', False),
    ],
)
def test_a_list_is_found_out_only_by_an_edit_that_it_hides(
    recorded: str | None, etag: str | None, is_another: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that it names says nothing against it, nor does one that cannot be compared, or is not served."""
    keys = [f"k{number}" for number in range(10)]
    monkeypatch.setattr("badgeops.planning.served_images.is_due", lambda key, _: key == "k5")
    server = Told(
        {**dict.fromkeys(keys, '"1"'), "k3": '"2"', "k5": etag},
        lists={Kind.BADGE_CLASS: Changed(NOW, frozenset({"k3"}))},
    )
    state = held({**dict.fromkeys(keys, 'etag:"1"'), "k5": recorded}, NOW)

    found = look_at(server, state, shown(keys))

    assert sorted(server.asked) == (keys if is_another else ["k3", "k5"])
    assert found.look.found.keys() == set(server.asked)


def test_each_image_gets_what_identifies_it() -> None:
    """In place of its address; what cannot be compared counts as the recorded one, and nothing else is known of it."""
    refs = {"same": 'etag:"1"', "other": 'etag:"1"', "new": None, "silent": 'etag:"1"', "gone": 'etag:"1"'}
    state = held({**refs, "bare": None})
    bare = Address(Kind.BADGE_CLASS, "bare")
    state = state.with_resource(replace(state.resources[bare], image=None))
    server = Told({"same": '"1"', "other": '"2"', "new": '"3"', "silent": None}, time=None)
    words: list[str] = []

    found = identify_images(
        server,  # type: ignore[arg-type]
        state,
        shown(["same", "other", "new", "silent", "bare", "stranger"]),
        1,
        lambda text, *_: words.append(text),
    )

    assert {key: live.image_ref for key, live in found.live.items()} == {
        "same": 'etag:"1"',
        "other": f'etag:"2" {NO_BYTES}',
        "new": f'etag:"3" {NO_BYTES}',
        "silent": 'etag:"1"',
    }
    assert found.same == {"new", "silent"}
    assert found.look == Look(
        "", {"same": 'etag:"1"', "other": f'etag:"2" {NO_BYTES}', "new": f'etag:"3" {NO_BYTES}', "silent": None}
    )
    assert sorted(server.asked) == ["new", "other", "same", "silent"]
    assert server.since == []
    assert set(words) == {"images looked up"}


def many(number: int, until: str, **lists: Changed | None) -> tuple[Told, State, dict[str, Live]]:
    """Make so many images that were identified, of badge classes and, if they are listed, of one issuer."""
    keys = [f"k{each}" for each in range(number)]
    kinds = {keys[0]: Kind.ISSUER} if "issuers" in lists else {}
    told = {Kind.ISSUER: lists.get("issuers"), Kind.BADGE_CLASS: lists.get("classes")}
    server = Told(dict.fromkeys(keys, '"1"'), lists=told)
    return server, held(dict.fromkeys(keys, 'etag:"1"'), until, kinds), shown(keys, kinds)


@pytest.mark.usefixtures("nobodys_turn")
@pytest.mark.parametrize(("number", "is_asked"), [(8, False), (9, True)])
def test_a_list_of_changes_is_worth_more_than_eight_images(number: int, is_asked: bool) -> None:
    """It is asked from a quarter of an hour before the last look."""
    server, state, live = many(number, "2026-05-01T10:00:00Z", classes=Changed(NOW, frozenset({"k1"})))

    found = look_at(server, state, live)

    assert len(server.asked) == (1 if is_asked else number)
    assert server.since == ([(Kind.BADGE_CLASS, "2026-05-01T09:45:00Z")] if is_asked else [])
    assert set(found.live) == set(live)
    assert found.look.until == NOW


@pytest.mark.usefixtures("nobodys_turn")
@pytest.mark.parametrize(
    ("until", "told", "is_believed"),
    [
        ("2026-05-01T12:01:00Z", NOW, True),
        ("2026-05-01T12:01:01Z", NOW, False),
        ("2026-05-01T10:00:00Z", "2026-05-01T12:01:00Z", True),
        ("2026-05-01T10:00:00Z", "2026-05-01T12:01:01Z", False),
        ("2026-05-01T10:00:00Z", "2026-05-01T11:59:00Z", True),
        ("2026-05-01T10:00:00Z", "2026-05-01T11:58:59Z", False),
        ("2026-05-01T10:00:00Z", "soon", False),
        ("2026-05-01T10:00:00Z", None, False),
        ("", NOW, False),
    ],
)
def test_clocks_may_differ_by_a_minute(until: str, told: str | None, is_believed: bool) -> None:
    """Beyond that, and without a list, each image is looked at."""
    server, state, live = many(9, until, classes=Changed(told, frozenset()) if told is not None else None)

    look_at(server, state, live)

    assert len(server.asked) == (0 if is_believed else 9)


def test_without_the_servers_time_no_list_is_asked() -> None:
    """There would be nothing to compare it with."""
    server, state, live = many(9, "2026-05-01T10:00:00Z", classes=Changed(NOW, frozenset()))
    server.time = None

    assert look_at(server, state, live).look.until == ""
    assert (len(server.asked), server.since) == (9, [])


@pytest.mark.usefixtures("nobodys_turn")
@pytest.mark.parametrize("is_listed", [True, False])
def test_each_kind_has_its_list(is_listed: bool) -> None:
    """What either names is looked at; without one of them all are."""
    classes = Changed(NOW, frozenset({"k3"}))
    issuers = Changed(NOW, frozenset({"k0"})) if is_listed else None
    server, state, live = many(9, "2026-05-01T10:00:00Z", classes=classes, issuers=issuers)

    look_at(server, state, live)

    assert sorted(server.asked) == (["k0", "k3"] if is_listed else sorted(live))


@pytest.mark.usefixtures("nobodys_turn")
def test_what_was_never_identified_is_looked_at_whatever_a_list_says() -> None:
    """Nothing else would ever identify it."""
    server, state, live = many(9, "2026-05-01T10:00:00Z", classes=Changed(NOW, frozenset()))
    address = Address(Kind.BADGE_CLASS, "k5")
    resource = state.resources[address]
    assert resource.image is not None
    state = state.with_resource(replace(resource, image=replace(resource.image, ref="/public/badges/k5/image")))

    assert look_at(server, state, live).same == {"k5"}
    assert server.asked == ["k5"]


def test_a_look_is_remembered_from_the_first_one_on() -> None:
    """Also if nothing was remembered before, and if an entity has no image."""
    state = state_of({"a": 'etag:"1"', "b": None})
    bare = Address(Kind.BADGE_CLASS, "b")
    state = state.with_resource(replace(state.resources[bare], image=None))

    assert known_until(state, state, Look("now", {"a": 'etag:"1"'}), is_needed=False) == "now"


def test_bytes_are_compared_if_an_address_has_changed() -> None:
    """An image that does not come, or has no address, is not said to be the same."""
    digest = hashlib.sha256(b"https://s.example/1").hexdigest()
    state, live = State("lineage", 1, "test", "server"), {}
    urls = {"same": "https://s.example/1", "other": "https://s.example/2", "broken": "[", "none": None}
    for key, url in urls.items():
        image = ImageRecord("0" * 64, "svg", 90, 90, 1, ref="/old.svg", served_sha256=digest)
        address = Address(Kind.BADGE_CLASS, key)
        state = state.with_resource(Resource(address, key, image=image))
        live[key] = Live(Kind.BADGE_CLASS, key, "", key, "", {}, image_url=url, image_ref="/new.svg")

    assert same_bytes(Told({}), state, live, 1, tell_nobody) == {"same"}  # type: ignore[arg-type]


def test_only_what_has_another_address_and_known_bytes_is_compared() -> None:
    """Whatever else is recorded or there; a server that does not give an image has not given the same one."""
    url = "https://s.example/1"
    digest = hashlib.sha256(url.encode()).hexdigest()
    known = ImageRecord("0" * 64, "svg", 90, 90, 1, ref="/old.svg", served_sha256=digest)
    recorded = {
        "doubtful": known,
        "refused": known,
        "gone": known,
        "unmoved": replace(known, ref="/new.svg"),
        "imageless": None,
        "unknown": replace(known, served_sha256=None),
    }
    there = Live(Kind.BADGE_CLASS, "", "", "", "", {}, image_url=url, image_ref="/new.svg")
    live = {key: replace(there, entity_id=key) for key in recorded if key != "gone"}
    live["refused"] = replace(there, image_url="https://s.example/refused")
    resources = {Address(Kind.BADGE_CLASS, key): key for key in recorded}
    state = replace(
        state_of({}),
        resources={address: Resource(address, key, image=recorded[key]) for address, key in resources.items()},
    )
    asked, words = list[str](), list[str]()

    class Refusing(Told):
        def image(self, url: str) -> bytes:
            asked.append(url)
            if url.endswith("refused"):
                raise ServerFaultError("no", status=500)
            return super().image(url)

    server = Refusing({})
    same = same_bytes(server, state, live, 1, lambda what, *_: words.append(what))  # type: ignore[arg-type]

    assert same == {"doubtful"}
    assert sorted(asked) == [url, "https://s.example/refused"]
    assert set(words) == {"images compared"}


def test_an_address_that_tells_is_not_looked_at() -> None:
    """Where images have addresses of their own, nothing is asked for."""
    file = Live(Kind.BADGE_CLASS, "a", "", "a", "", {}, image_url="https://s.example/m/1.png", image_ref="/m/1.png")
    server = Told({})

    assert look_at(server, held({"a": "/m/1.png"}), {"a": file}).live == {}
    assert server.asked == []


def test_nothing_is_known_of_images_that_nobody_looked_at() -> None:
    """An account without such addresses costs nothing."""
    assert Identified() == Identified({}, frozenset(), Look())
