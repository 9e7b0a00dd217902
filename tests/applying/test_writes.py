"""One change -> the requests that make it so: checked before, and never repeated blindly."""

from __future__ import annotations

import base64
import copy
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from support.simulated import HOST, Server, new_state
from support.strategies import badge_class, catalog, image, issuer

from badgeops.api.client import Client
from badgeops.api.gone import Said, Word
from badgeops.api.live import Earners, Live, parse_live
from badgeops.applying import writes
from badgeops.applying.writes import Writer, Written, patience, refusal
from badgeops.errors import (
    ApiError,
    Diagnostic,
    NotAnApiError,
    NotFoundError,
    RefusedError,
    ServerFaultError,
    Severity,
    Source,
)
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Image
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.model.shape import Fields
from badgeops.planning.plan import Action, Attribute, Cause, Change
from badgeops.planning.planner import Options, build
from badgeops.state.record import ImageRecord, Resource, State
from badgeops.yamldoc.parse import Document, YamlFile

ACADEMY = Address(Kind.ISSUER, "academy")
PYTHON = Address(Kind.BADGE_CLASS, "python")
LOST = ApiError("no answer", outcome_unknown=True)


@dataclass
class FakeClient:
    """The client's face over a server in memory; writes down what is asked of it."""

    server: Server
    calls: list[str] = field(default_factory=list)
    bodies: list[Fields] = field(default_factory=list)
    before_entity: Callable[[], object] = lambda: None
    """Is called before an entity is read: somebody else's hand."""
    create_error: ApiError | None = None
    """What a creation ends with after it has been done."""
    is_done: bool = True
    """Whether it has been done all the same."""
    looks_itself: bool = False
    """Whether it looks before it sends a creation again, as after a 429."""
    lists: list[ApiError | Callable[[], object] | None] = field(default_factory=list)
    """What happens at each reading of a list, in turn: an error, or somebody's hand."""
    gone: ApiError | None = None
    """What reading an entity ends with."""
    page: Word = Word.GONE
    """What its public page says."""
    listed: bool = False
    images: dict[str, bytes] = field(default_factory=dict)
    """What is served in place of what was sent."""
    sent_images: dict[str, bytes] | None = field(default_factory=dict)
    """What was sent with creations and is served as it is; None if nothing is."""
    held: Earners | ApiError = field(default_factory=lambda: Earners(0))
    """Who holds a badge class, or why that cannot be counted."""
    forgets: tuple[str, ...] = ()
    """Members that every update takes along."""

    def known_dialect(self) -> Dialect:
        """Return the dialect."""
        return self.server.dialect

    def _live(self, entity_id: str) -> Live:
        if entity_id not in self.server.entities:
            raise NotFoundError("It is not there.", status=404)
        return parse_live(self.server.live(entity_id).kind, copy.deepcopy(self.server.entities[entity_id]), whole=True)

    def create(self, kind: Kind, body: Fields, find: Callable[[], Live | None]) -> Live:
        """Create an entity."""
        self.calls.append(f"POST {kind.prefix}")
        self.bodies.append(body)
        number = f"made-{len(self.server.entities)}"
        if self.create_error is None or self.is_done:
            self.server.made += 1
            self.server.entities[number] = self.server.blank(kind, number, body.get("issuer"))
            self.server.put(number, body)
            self._keep_image(number, body)
        if self.looks_itself and (found := find()) is not None:
            return found
        if self.create_error is not None:
            raise self.create_error
        return self.server.live(number)

    def _keep_image(self, number: str, body: Fields) -> None:
        """Serve what was sent, as it was sent."""
        url = self.server.live(number).image_url
        if url is not None and "image" in body and self.sent_images is not None:
            self.sent_images[url] = base64.b64decode(body["image"].partition(",")[2])

    def entity(self, kind: Kind, entity_id: str) -> Live:
        """Read an entity."""
        self.before_entity()
        self.calls.append(f"GET {kind.prefix} {entity_id}")
        if self.gone is not None:
            raise self.gone
        return self._live(entity_id)

    def update(self, kind: Kind, entity_id: str, body: Fields, _is_done: Callable[[Live], bool]) -> Live:
        """Change an entity."""
        self.calls.append(f"PUT {kind.prefix} {entity_id}")
        self.bodies.append(body)
        self.server.put(entity_id, body)
        for name in self.forgets:
            self.server.entities[entity_id].pop(name, None)
        return self._live(entity_id)

    def reactivate(self, entity_id: str) -> None:
        """Bring a badge class back."""
        self.calls.append(f"reactivate {entity_id}")
        self.server.entities[entity_id]["archived"] = False

    def archive(self, entity_id: str, _page: str) -> None:
        """Archive a badge class."""
        self.calls.append(f"archive {entity_id}")
        self.server.entities[entity_id]["archived"] = True

    def earners(self, entity_id: str) -> Earners:
        """Count who holds a badge class."""
        self.calls.append(f"AWARDS {entity_id}")
        if isinstance(self.held, ApiError):
            raise self.held
        return self.held

    def delete(self, kind: Kind, entity_id: str, _page: str) -> None:
        """Delete an entity."""
        self.calls.append(f"DELETE {kind.prefix} {entity_id}")
        del self.server.entities[entity_id]

    def issuers(self) -> list[Live]:
        """List all issuers."""
        return self._list("issuers", Kind.ISSUER, None)

    def badge_classes_of(self, issuer_id: str) -> list[Live]:
        """List an issuer's badge classes."""
        return self._list(f"badge classes of {issuer_id}", Kind.BADGE_CLASS, issuer_id)

    def _list(self, name: str, kind: Kind, issuer_id: str | None) -> list[Live]:
        self.calls.append(f"list {name}")
        event = self.lists.pop(0) if self.lists else None
        if isinstance(event, ApiError):
            raise event
        if event is not None:
            event()
        found = map(self.server.live, self.server.entities)
        return [live for live in found if live.kind is kind and live.issuer_id == issuer_id]

    def public(self, kind: Kind, entity_id: str, _page: str) -> Said:
        """Ask for the public page."""
        self.calls.append(f"public {kind.prefix} {entity_id}")
        return Said(self.page, "Its page said so")

    whereabouts = Client.whereabouts

    def is_listed(self, kind: Kind, entity_id: str) -> bool:
        """Tell whether a list shows it."""
        self.calls.append(f"listed {kind.prefix} {entity_id}")
        return self.listed

    def image(self, url: str, *, is_repeated: bool = True) -> bytes:  # noqa: ARG002 (nothing is repeated here)
        """Fetch an image."""
        self.calls.append(f"image {url}")
        served = (self.sent_images or {}) | self.images
        if url not in served:
            raise ServerFaultError("no", status=500)
        return served[url]


@dataclass
class Bench:
    """A server with an issuer and a badge class on it that are ours, and a writer."""

    server: Server
    state: State
    client: FakeClient
    paused: list[float] = field(default_factory=list)
    data: bytes = b"picture"

    @property
    def number(self) -> str:
        """The badge class on the server."""
        return self.state.resources[PYTHON].entity_id

    @property
    def owner(self) -> str:
        """The issuer on the server."""
        return self.state.resources[ACADEMY].entity_id

    def writer(self, read: Callable[[Image], bytes] | None = None) -> Writer:
        """Return a writer that sleeps nowhere."""
        return Writer(self.client, self.state, read or (lambda _: self.data), self.paused.append)  # type: ignore[arg-type]

    def change(self, *entities: Any, address: Address = PYTHON) -> Change:
        """Plan for a catalog and return what is to happen to one entity."""
        options = Options(Allowances.of("duplicate-name"))
        plan = build(catalog(*entities), self.state, self.server.snapshot(), options)
        (found,) = [change for change in plan.changes if change.address == address]
        return found


def bench(dialect: Dialect = Dialect.OPEN_SOURCE, *, owner: Any = None, **fields: Any) -> Bench:
    """Make a bench on which a badge class was applied."""
    server, state = Server(dialect), new_state()
    made = catalog(owner or issuer(), badge_class(**fields))
    state = server.apply(server.plan(made, state), state)
    return Bench(server, state, FakeClient(server))


def image_of(data: bytes, format_: str = "png") -> Image:
    """Return the image with these bytes."""
    return replace(image(0, format_), sha256=hashlib.sha256(data).hexdigest())


IMAGE = image_of(b"picture")


def rust(**fields: Any) -> Any:
    """Return a badge class that is not there yet."""
    return badge_class("rust", **{"image": IMAGE, **fields})


RUST_IMAGE = f"{HOST}/media/uploads/2.png"
RUST = Address(Kind.BADGE_CLASS, "rust")
CRAB = Address(Kind.BADGE_CLASS, "crab")


def rust_of(made: Bench, **fields: Any) -> Change:
    """Return its creation."""
    return made.change(issuer(), badge_class(), rust(**fields), address=RUST)


# --- creating again ---


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("page", Word)
def test_what_is_gone_must_still_be_gone_when_it_is_made_again(page: Word, shown: bool) -> None:
    """A server may have shown less than it has for a while; the question may have stood there for an hour."""
    made = bench(image=IMAGE)
    there = made.server.entities.pop(made.number)
    change = made.change(issuer(), badge_class(image=IMAGE))
    made.client.page = page
    made.server.entities |= {made.number: there} if shown else {}

    if shown or page is not Word.GONE:
        with pytest.raises(RefusedError, match="It was gone from the server when the plan was made"):
            made.writer().write(change)
        assert "POST badge_class" not in made.client.calls
    else:
        assert made.writer().write(change).resource is not None
        assert made.client.calls[:2] == [f"GET badge_class {made.number}", f"public badge_class {made.number}"]
    assert not [call for call in made.client.calls if call.startswith("listed")]


# --- creating ------------------------------------------------------------------------------------------------------


def test_a_creation_is_one_request() -> None:
    """What came back is recorded, and what the server made of it that nothing explains is told."""
    made = bench()

    written = made.writer().write(rust_of(made, description="Writes <b>bold</b>."))

    assert made.client.calls == ["POST badge_class"]
    assert made.client.bodies[0]["issuer"] == made.owner
    assert made.client.bodies[0]["image"].startswith("data:image/png;base64,")
    assert written.resource is not None
    assert written.resource.entity_id == "made-2"
    assert written.resource.received == {"description": "Writes bold."}
    assert written.warnings == ()


def test_what_the_server_stores_otherwise_is_told() -> None:
    """Field by field; what it does not show is taken on trust."""
    made = bench(Dialect.HOSTED)
    change = rust_of(made, image_alt_text="A crab")
    put = made.server.put
    other = {"criteriaNarrative": "C", "description": "D"}
    made.server.put = lambda number, body: put(number, {**body, **other})  # type: ignore[method-assign]

    assert set(made.writer().write(change).warnings) == {
        "the server changed criteriaNarrative when it stored it",
        "the server changed description when it stored it",
    }


def test_a_server_may_change_a_name() -> None:
    """What else stands in the answer says that it is ours."""
    made = bench()
    change, put = rust_of(made), made.server.put
    made.server.put = lambda number, body: put(number, {**body, "name": "R"})  # type: ignore[method-assign]

    written = made.writer().write(change)

    assert written.warnings == ("the server changed name when it stored it",)
    assert written.resource is not None
    assert written.resource.entity_id == "made-2"


@pytest.mark.parametrize("field", ["description", "criteriaNarrative"])
def test_an_answer_with_another_name_and_other_words_is_about_another_entity(field: str) -> None:
    """A colleague may have made it a moment ago, and a proxy may mix answers up: ours is looked for."""
    made = bench()
    change = rust_of(made)
    theirs = {**made.server.blank(Kind.BADGE_CLASS, "theirs", made.owner), **change.managed, "name": "R", field: "T"}
    create = made.client.create

    def mixed_up(*arguments: Any) -> Live:
        create(*arguments)
        made.server.entities["theirs"] = theirs
        return made.server.live("theirs")

    made.client.create = mixed_up  # type: ignore[method-assign]
    written = made.writer().write(change)

    assert written.resource is not None
    assert written.resource.entity_id == "made-2"
    listed = f"list badge classes of {made.owner}"
    assert made.client.calls[:3] == ["POST badge_class", listed, "GET badge_class made-2"]


@pytest.mark.parametrize(
    "other", [{"description": "T"}, {"criteriaNarrative": "T"}, {"description": "T", "tags": ["t"]}]
)
def test_an_answer_with_our_name_and_other_words_must_be_there_for_us(other: Fields) -> None:
    """An entity of another account may have our name. Nobody shows it to us, so ours is looked for."""
    made = bench()
    change = rust_of(made)
    theirs = {**made.server.blank(Kind.BADGE_CLASS, "theirs", made.owner), **change.managed, **other}
    create = made.client.create

    def mixed_up(*arguments: Any) -> Live:
        create(*arguments)
        made.server.entities["theirs"] = theirs
        answer = made.server.live("theirs")
        del made.server.entities["theirs"]
        return answer

    made.client.create = mixed_up  # type: ignore[method-assign]
    written = made.writer().write(change)

    assert written.resource is not None
    assert written.resource.entity_id == "made-2"
    assert made.client.calls[:2] == ["POST badge_class", "GET badge_class theirs"]


def test_what_nobody_could_look_at_may_have_been_made() -> None:
    """A server changes words, and fails when it is asked for what it has made."""
    made = bench(Dialect.HOSTED)
    change, put = rust_of(made), made.server.put
    made.server.put = lambda number, body: put(number, {**body, "description": "D"})  # type: ignore[method-assign]

    def fails(_kind: Kind, _entity_id: str) -> Live:
        raise ServerFaultError("It fails.", status=500)

    made.client.entity = fails  # type: ignore[method-assign]

    with pytest.raises(ApiError) as error:
        made.writer().write(change)

    assert error.value.outcome_unknown


def test_a_badge_class_is_made_under_the_issuer_that_was_made_before_it() -> None:
    """Its id comes from the answer to that creation."""
    made = Bench(server := Server(Dialect.OPEN_SOURCE), new_state(), FakeClient(server))
    plan = build(catalog(issuer(image=IMAGE), badge_class(image=IMAGE)), made.state, server.snapshot())
    writer = made.writer()

    first, second = (writer.write(change).resource for change in plan.changes)

    assert first is not None
    assert second is not None
    assert made.client.bodies[1]["issuer"] == first.entity_id
    assert "issuer" not in made.client.bodies[0]
    assert (first.issuer, second.issuer) == (None, ACADEMY)


@pytest.mark.parametrize("kind", ["issuer", "badge class"])
@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        (LOST, [0.5]),
        (ServerFaultError("no", status=500), [0.5]),
        (ServerFaultError("no", status=503, outcome_unknown=True), [0.5]),
        *((ApiError("no", status=status, outcome_unknown=True), [0.0]) for status in (401, 403, 404, 429)),
    ],
)
def test_what_was_made_although_its_answer_was_lost_is_taken_over(
    kind: str, error: ApiError, pauses: list[float]
) -> None:
    """It is looked for in the server's list; at once if whoever answered says that nothing was done."""
    made = bench()
    change = rust_of(made)
    if kind == "issuer":
        address = Address(Kind.ISSUER, "library")
        change = made.change(issuer(), badge_class(), issuer("library"), address=address)
    made.client.create_error = error

    written = made.writer().write(change)

    assert written.resource is not None
    assert written.resource.entity_id == "made-2"
    listed = "issuers" if kind == "issuer" else f"badge classes of {made.owner}"
    noun = change.address.kind.prefix
    looked = [call for call in made.client.calls if not call.startswith("image ")]
    assert looked == [f"POST {noun}", f"list {listed}", f"GET {noun} made-2"]
    assert len(made.client.calls) == len(looked) + (kind == "badge class")
    assert made.paused == pauses


@pytest.mark.parametrize(
    ("error", "pauses"), [(LOST, [0.5, 2.0, 5.0]), (ApiError("no", status=429, outcome_unknown=True), [0.0])]
)
def test_what_is_not_found_after_all_looks_has_failed(error: ApiError, pauses: list[float]) -> None:
    """The first error is what is told; a look that fails is no answer, and the next one may have one."""
    made = bench()
    change = rust_of(made)
    made.client.create_error, made.client.is_done = error, False
    made.client.lists = [ServerFaultError("busy", status=503)]

    with pytest.raises(ApiError) as raised:
        made.writer().write(change)

    assert raised.value is error
    assert made.paused == pauses
    assert sum(call.startswith("list") for call in made.client.calls) == len(pauses)


@pytest.mark.parametrize(("may_repeat", "posts"), [(True, 4), (False, 1)])
def test_what_the_server_keeps_failing_at_is_sent_four_times_at_most(may_repeat: bool, posts: int) -> None:
    """Each time it was surely not made, for half a minute's looks did not find it; once if the run is to stop."""
    made = bench()
    change = rust_of(made)
    made.client.create_error, made.client.is_done = ServerFaultError("no", status=500), False
    writer = Writer(made.client, made.state, lambda _: made.data, made.paused.append, may_repeat=lambda: may_repeat)  # type: ignore[arg-type]

    with pytest.raises(ServerFaultError) as raised:
        writer.write(change)

    assert made.client.calls.count("POST badge_class") == posts
    assert sum(made.paused) == 30 * posts
    assert raised.value.surely_not_done
    assert not made.server.entities.keys() & {"made-2"}


def test_what_a_later_look_finds_is_taken_over() -> None:
    """A server may take its time over a request, and a list may fail once."""
    made = bench()
    change = rust_of(made)
    made.client.create_error = LOST
    made.client.lists = [ServerFaultError("busy", status=503)]

    written = made.writer().write(change)

    assert written.resource is not None
    assert written.resource.entity_id == "made-2"
    assert made.paused == [0.5, 2.0]
    assert patience() == sum((0.5, 2.0, 5.0))


def test_the_client_can_look_before_it_sends_a_creation_again() -> None:
    """A gateway may have said 429 after the work was done."""
    made = bench()
    change = rust_of(made)
    made.client.looks_itself = True

    written = made.writer().write(change)

    assert written.resource is not None
    assert written.resource.entity_id == "made-2"
    listed = f"list badge classes of {made.owner}"
    assert made.client.calls == ["POST badge_class", listed, "GET badge_class made-2", f"image {RUST_IMAGE}"]


@pytest.mark.parametrize("served", [None, b"another"])
def test_what_is_found_with_an_image_that_may_be_another_is_left_to_the_next_run(served: bytes | None) -> None:
    """A colleague has copied the texts, or has exchanged the image: nothing is recorded as if it were ours."""
    made = bench()
    change = rust_of(made)
    made.client.create_error, made.client.sent_images = LOST, None
    made.client.images = {} if served is None else {RUST_IMAGE: served}

    with pytest.raises(ApiError, match="whose image may be another one: made-2") as raised:
        made.writer().write(change)

    assert raised.value.outcome_unknown
    assert not raised.value.surely_not_done


def test_what_is_found_without_an_image_of_ours_needs_none() -> None:
    """An issuer without an image has none that could be another one."""
    made = bench()
    address = Address(Kind.ISSUER, "library")
    change = made.change(issuer(), badge_class(), issuer("library"), address=address)
    made.client.create_error = LOST

    assert made.writer().write(change).resource is not None
    assert not [call for call in made.client.calls if call.startswith("image ")]


@pytest.mark.parametrize("fields", [{"name": "Crab"}, {"issuer": "another"}, {"description": "Theirs."}, None])
def test_what_a_list_passes_off_as_ours_is_asked_for_alone(fields: Fields | None) -> None:
    """A list may show a stranger's entity under our name, also one that this account does not see."""
    made = bench()
    change, alone = rust_of(made), made.client.entity
    made.client.create_error = LOST

    def entity(kind: Kind, entity_id: str) -> Live:
        if fields is None:
            raise NotFoundError("It is not there.", status=404)
        made.server.entities[entity_id] |= fields
        try:
            return alone(kind, entity_id)
        finally:
            made.server.entities[entity_id] |= {"name": "Rust", "issuer": made.owner, "description": "Knows rust."}

    made.client.entity = entity  # type: ignore[method-assign]

    with pytest.raises(ApiError) as raised:
        made.writer().write(change)

    assert raised.value is LOST


def test_a_list_without_what_this_run_has_made_proves_nothing() -> None:
    """It is stale, so that what it does not show may be there as well: nothing is sent again."""
    made = bench()
    first, second = rust_of(made), made.change(issuer(), badge_class(), badge_class("crab", image=IMAGE), address=CRAB)
    writer = made.writer()
    assert writer.write(first).resource is not None
    del made.server.entities["made-2"]
    made.client.create_error, made.client.is_done, made.client.looks_itself = LOST, False, True

    with pytest.raises(NotAnApiError, match="does not show what this run has created"):
        writer.write(second)

    made.client.create_error, made.client.looks_itself = ServerFaultError("no", status=500), False
    with pytest.raises(ServerFaultError):
        writer.write(second)
    assert made.client.calls.count("POST badge_class") == 3, (
        "without a list that can be believed, a 500 settles nothing"
    )


def test_what_is_not_shown_keeps_nothing_from_being_recognised() -> None:
    """An alternative text is in no answer of the hosted service."""
    made = bench(Dialect.HOSTED)
    change = rust_of(made, image_alt_text="A crab")
    made.client.create_error = LOST

    written = made.writer().write(change)

    assert written.resource is not None
    assert written.resource.entity_id == "made-2"


def test_a_refusal_needs_no_look() -> None:
    """The API itself says that nothing was done."""
    made = bench()
    change = rust_of(made)
    made.client.create_error = RefusedError("no", status=400)

    with pytest.raises(RefusedError):
        made.writer().write(change)

    assert made.client.calls == ["POST badge_class"]


def _other_kind(made: Bench) -> None:
    made.server.entities["x"] = {**made.server.blank(Kind.ISSUER, "x", None), "name": "Rust"}


def _stranger(made: Bench, name: str = "Rust") -> None:
    fields = {
        "name": name,
        "description": "Knows rust.",
        "criteriaNarrative": "Pass the rust exam.",
        "image": RUST_IMAGE,
    }
    made.server.entities["a-stranger"] = {**made.server.blank(Kind.BADGE_CLASS, "a-stranger", made.owner), **fields}


def test_what_was_there_before_is_not_taken_for_ours() -> None:
    """Neither what the plan knew under that name, nor what the state owns, nor an entity of another name or kind."""
    for others in (
        lambda made: _stranger(made, "Crab"),
        _other_kind,
        _stranger,
    ):
        made = bench()
        others(made)
        change = rust_of(made)
        if others is _stranger:
            assert change.known == ("a-stranger",)
        made.client.create_error, made.client.is_done = LOST, False

        with pytest.raises(ApiError) as raised:
            made.writer().write(change)

        assert raised.value is LOST


def test_what_this_run_has_made_or_updated_is_not_taken_for_another() -> None:
    """Two creations of one name, the first of them done: the second finds only the first, and that is taken."""
    made = bench()
    made.server.entities[made.number]["name"] = "Rust"
    owned = made.writer()
    change = replace(rust_of(made), known=())
    made.client.create_error, made.client.is_done = LOST, False

    with pytest.raises(ApiError) as raised:
        owned.write(change)

    assert raised.value is LOST, "what the state owns is no creation of ours"


def test_what_was_edited_before_it_was_looked_for_is_left_alone() -> None:
    """It may be ours and edited since, or a stranger's: nobody can tell, so the next run decides."""
    made = bench()
    change = rust_of(made)
    made.client.create_error = LOST
    made.client.lists = [lambda: made.server.put("made-2", {"description": "Edited."})]

    with pytest.raises(ServerFaultError) as raised:
        made.writer().write(change)

    assert "an entity of that name: made-2." in raised.value.message
    assert raised.value.outcome_unknown
    assert "Run badgeops again" in raised.value.hint
    assert made.paused == [0.5], "looking longer would not tell"


def test_of_several_that_could_be_ours_none_is_taken() -> None:
    """Each of them is named, in order."""
    made = bench()
    change = rust_of(made)
    made.client.create_error = LOST
    made.client.lists = [lambda: _stranger(made)]

    with pytest.raises(ServerFaultError, match=r"of that name: a-stranger, made-2\."):
        made.writer().write(change)


def test_of_twins_none_is_taken_for_the_other() -> None:
    """Two creations of one name in one run, and one of them found: it could be either."""
    made = bench()
    writer = made.writer()
    change = rust_of(made)
    made.client.create_error, made.client.is_done = LOST, False
    with pytest.raises(ApiError):
        writer.write(change)
    made.client.is_done = True

    with pytest.raises(ServerFaultError, match="an entity of that name"):
        writer.write(replace(change, address=Address(Kind.BADGE_CLASS, "twin")))


def test_what_is_new_under_another_name_may_be_ours() -> None:
    """A server may change the name of what it is sent: then nothing is sent again, and the next run decides."""
    made = bench()
    change = rust_of(made)
    made.client.create_error = LOST
    put = made.server.put
    made.server.put = lambda number, body: put(number, {**body, "name": "Oxide"})  # type: ignore[method-assign]
    writer = Writer(made.client, made.state, lambda _: b"picture", made.paused.append, seen=frozenset({"elsewhere"}))  # type: ignore[arg-type]

    with pytest.raises(ServerFaultError, match=r"new entities under other names, which may be it: made-2\.") as raised:
        writer.write(change)

    assert raised.value.outcome_unknown


def test_what_was_there_at_the_plan_is_none_of_ours() -> None:
    """Whatever it is called: a creation that made nothing ends as it ended."""
    made = bench()
    change = rust_of(made)
    _stranger(made, name="Oxide")
    made.client.create_error, made.client.is_done = LOST, False
    seen = frozenset(made.server.entities)
    writer = Writer(made.client, made.state, lambda _: b"picture", made.paused.append, seen=seen)  # type: ignore[arg-type]

    with pytest.raises(ApiError) as raised:
        writer.write(change)

    assert raised.value is LOST


@pytest.mark.parametrize("is_there", [True, False])
def test_before_anything_is_first_made_under_an_issuer_its_own_list_is_asked(is_there: bool) -> None:
    """The account's list may have been cut short, and nothing of ours was there to show it. One look is enough."""
    made = bench()
    del made.state.resources[PYTHON]  # type: ignore[attr-defined]
    change = rust_of(made)
    crab = made.change(issuer(), badge_class("crab", image=IMAGE), address=CRAB)
    seen = frozenset(made.server.entities)
    if is_there:
        _stranger(made)
    writer = Writer(made.client, made.state, lambda _: b"picture", made.paused.append, seen=seen)  # type: ignore[arg-type]

    if is_there:
        with pytest.raises(RefusedError, match="of this name that the plan did not see: a-stranger"):
            writer.write(change)
    else:
        writer.write(change)
    writer.write(crab)

    posts = ["POST badge_class"] * (1 if is_there else 2)
    assert made.client.calls == [f"list badge classes of {made.owner}", *posts]


def test_where_something_of_ours_was_shown_no_list_is_asked_for_a_creation() -> None:
    """A list that shows it was not cut short before it; nor is there anything under an issuer of this run."""
    made = bench()
    seen = frozenset(made.server.entities)
    writer = Writer(made.client, made.state, lambda _: b"picture", made.paused.append, seen=seen)  # type: ignore[arg-type]

    writer.write(rust_of(made))

    assert made.client.calls == ["POST badge_class"]


@pytest.mark.parametrize("has_come", [True, False])
def test_before_a_creation_is_repeated_it_is_looked_for_once_more(has_come: bool) -> None:
    """What an earlier run had sent may have come after the plan was made: it is taken over, and nothing is sent."""
    made = bench()
    change = replace(rust_of(made), is_repeated=True)
    if has_come:
        made.client.lists = [lambda: _stranger(made)]
        made.client.images = {RUST_IMAGE: b"picture"}

    written = made.writer().write(change)

    assert written.resource is not None
    assert (written.resource.entity_id == "a-stranger") == has_come
    assert [call for call in made.client.calls if call.startswith("POST")] == ([] if has_come else ["POST badge_class"])


# --- updating ------------------------------------------------------------------------------------------------------


def test_an_update_reads_writes_and_records() -> None:
    """The entity is read again first; only what changed is sent where the server merges."""
    made = bench(tags=("a",))
    change = made.change(issuer(), badge_class(tags=("b",)))

    written = made.writer().write(change)

    assert made.client.calls == [f"GET badge_class {made.number}", f"PUT badge_class {made.number}"]
    assert made.client.bodies == [{"name": "Python", "description": "Knows python.", "tags": ["b"]}]
    assert written.resource is not None
    assert written.resource.sent["tags"] == ["b"]
    assert written.warnings == ()


def test_the_hosted_service_is_sent_all_that_it_would_else_lose() -> None:
    """It replaces what it has: what we do not manage goes back as it is."""
    made = bench(Dialect.HOSTED)
    made.server.put(made.number, {"tags": ["theirs"]})
    change = made.change(issuer(), badge_class(description="New."))

    made.writer().write(change)

    assert made.client.bodies[0]["tags"] == ["theirs"]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"description": "Edited.", "criteriaUrl": "https://e.example"}, "criteriaUrl, description"),
        ({"archived": True}, "archived"),
        ({"image": "data:image/png;base64,eA=="}, "image"),
        ({"image": "data:image/svg+xml;base64,eA=="}, "image"),
        ({"tags": ["b", "a"]}, None),
        ({}, None),
    ],
)
def test_what_somebody_edited_after_the_plan_is_not_overwritten(edit: Fields, told: str | None) -> None:
    """The change is refused and says what differs; the order of tags means nothing."""
    made = bench(Dialect.HOSTED, tags=("a", "b"))
    change = made.change(issuer(), badge_class(tags=("a", "b"), name="Snake"))
    made.client.before_entity = lambda: (
        made.server.entities[made.number].update({"tags": edit["tags"]} if "tags" in edit else {})
        or (None if "tags" in edit else made.server.put(made.number, edit))
    )

    if told is None:
        assert made.writer().write(change).resource is not None
        return
    with pytest.raises(RefusedError) as raised:
        made.writer().write(change)

    assert raised.value.message == f"Somebody edited it on the server after the plan was made: {told}."
    assert "Nothing was sent" in raised.value.hint
    assert made.client.calls == [f"GET badge_class {made.number}"]


@pytest.mark.parametrize("is_another", [False, True, None])
def test_an_svg_that_only_moved_is_no_edit(is_another: bool | None) -> None:
    """Its address changes with every PUT, so its bytes tell; if nobody can tell, it may be an edit."""
    made = bench(image=image(0, "svg"))
    change = made.change(issuer(), badge_class(image=image(0, "svg"), description="New."))
    made.client.before_entity = lambda: made.server.put(made.number, {})
    if is_another is not None:
        second = b"other" if is_another else b"served"
        made.client.images = {f"{HOST}/media/uploads/{at}.svg": data for at, data in ((1, b"served"), (2, second))}

    if is_another is False:
        assert made.writer().write(change).resource is not None
        return
    with pytest.raises(RefusedError, match="after the plan was made: image"):
        made.writer().write(change)
    assert made.client.bodies == []


def test_another_sort_of_image_is_an_edit() -> None:
    """An SVG moves by itself, but it does not become a PNG."""
    made = bench(image=image(0, "svg"))
    change = made.change(issuer(), badge_class(image=image(0, "svg"), description="New."))
    made.client.before_entity = lambda: made.server.put(made.number, {"image": "data:image/png;base64,eA=="})

    with pytest.raises(RefusedError, match="after the plan was made: image"):
        made.writer().write(change)


def test_what_was_archived_is_brought_back_before_it_is_changed() -> None:
    """If that is all, no PUT is sent, and what is there then is recorded."""
    made = bench(Dialect.HOSTED)
    made.server.entities[made.number]["archived"] = True
    number = made.number

    written = made.writer().write(made.change(issuer(), badge_class()))

    assert made.client.calls == [f"GET badge_class {number}", f"reactivate {number}", f"GET badge_class {number}"]
    assert written.resource == made.state.resources[PYTHON]


def test_a_new_image_alone_is_an_update() -> None:
    """Nothing else has changed, and still there is something to send."""
    made = bench()
    change = made.change(issuer(), badge_class(image=IMAGE))

    written = made.writer().write(change)

    assert made.client.bodies[0]["image"].startswith("data:image/png;base64,")
    assert written.resource is not None
    assert written.resource.image is not None
    assert (written.resource.image.sha256, written.resource.image.ref) == (IMAGE.sha256, "/media/uploads/2.png")


def test_of_a_new_svg_the_served_bytes_are_kept_as_well() -> None:
    """Whether it came with a creation or with an update."""
    made = bench()
    change = made.change(issuer(), badge_class(image=image_of(b"picture", "svg")))
    made.client.images = {f"{HOST}/media/uploads/2.svg": b"served"}

    written = made.writer().write(change)

    assert written.resource is not None
    assert written.resource.image is not None
    assert written.resource.image.served_sha256 == hashlib.sha256(b"served").hexdigest()


def test_only_what_was_changed_is_told_to_be_stored_otherwise() -> None:
    """What the server makes of the rest is told as what it is: a change that nobody asked for."""
    made = bench(criteria_narrative="Old.")
    change = made.change(issuer(), badge_class(criteria_narrative="New."))
    put = made.server.put
    made.server.put = lambda number, body: put(number, {**body, "criteriaNarrative": "N", "name": "P"})  # type: ignore[method-assign]

    written = made.writer().write(change)

    assert written.warnings == (
        "the server changed criteriaNarrative when it stored it",
        "the server changed name, which was not to change",
    )


def test_what_only_the_state_sees_is_recorded_without_a_request() -> None:
    """Another `lifecycle` is nothing to a server; and the entity is ours, whatever is created after it."""
    made = bench()
    change = made.change(issuer(), badge_class(lifecycle=Lifecycle(protect=True)))
    writer = made.writer()

    written = writer.write(change)

    assert made.client.calls == []
    assert written == Written(change.record)
    assert written.resource is not None
    assert written.resource.protect


@pytest.mark.parametrize("fields", [{"lifecycle": Lifecycle(protect=True)}, {"description": "New."}])
def test_what_was_taken_over_in_this_run_is_no_creation_of_it(fields: Fields) -> None:
    """The state did not have it when the run began; by its new name it looks like what another creation has made."""
    made = bench()
    change = made.change(issuer(), badge_class(**fields))
    writer = Writer(made.client, made.state.without(PYTHON), lambda _: made.data, made.paused.append)  # type: ignore[arg-type]
    writer.write(change)
    made.server.entities[made.number].update(
        {"name": "Rust", "description": "Knows rust.", "criteriaNarrative": "Pass the rust exam."}
    )
    made.client.create_error, made.client.is_done = LOST, False

    with pytest.raises(ApiError) as raised:
        writer.write(replace(rust_of(made), known=()))

    assert raised.value is LOST


# --- removing ------------------------------------------------------------------------------------------------------

DELETED = Lifecycle(on_remove=OnRemove.DELETE)
ARCHIVED = Lifecycle(on_remove=OnRemove.ARCHIVE)


def removal(made: Bench, *left: Any, address: Address = PYTHON) -> Change:
    """Return the removal of what the catalog no longer has."""
    return made.change(*left, address=address)


def test_a_deletion_looks_first() -> None:
    """What is deleted is what was planned against."""
    made = bench(lifecycle=DELETED)
    number = made.number

    assert made.writer().write(removal(made, issuer())) == Written(None)

    look = f"GET badge_class {number}"
    page = f"public badge_class {number}"
    assert made.client.calls == [look, f"AWARDS {number}", f"DELETE badge_class {number}", look, page]
    assert made.paused == [0.0]


def test_a_deletion_that_was_not_done_is_not_recorded() -> None:
    """Whatever the server answers: what it still shows after a while is there, and stays recorded."""
    made = bench(lifecycle=DELETED)
    made.client.delete = lambda *_: None  # type: ignore[method-assign]

    with pytest.raises(NotAnApiError, match="still shows it"):
        made.writer().write(removal(made, issuer()))

    assert sum(made.paused) == patience()


def test_a_deletion_may_take_a_while_to_show() -> None:
    """A cache forgets late."""
    made = bench(lifecycle=DELETED)
    number = made.number

    def forget_later() -> None:
        if len(made.paused) == 3:
            made.server.entities.pop(number, None)

    made.client.delete = lambda *_: None  # type: ignore[method-assign]
    made.client.before_entity = forget_later

    assert made.writer().write(removal(made, issuer())) == Written(None)
    assert len(made.paused) == 3


@pytest.mark.parametrize("error", [ServerFaultError("no", status=500), NotAnApiError("a page", status=404)])
def test_a_look_that_fails_does_not_confirm_a_deletion(error: ApiError) -> None:
    """Nothing is learned from it, so the record stays; the next run finds it gone, or deletes it."""
    made = bench(lifecycle=DELETED)
    change, delete = removal(made, issuer()), made.client.delete

    def then_fails(*arguments: Any) -> None:
        delete(*arguments)
        made.client.gone = error

    made.client.delete = then_fails  # type: ignore[method-assign]

    with pytest.raises(NotAnApiError, match="does not say whether it is gone"):
        made.writer().write(change)


@pytest.mark.parametrize("held", [Earners(1), Earners(0, more=True), NotFoundError("No right.", status=404)])
def test_what_somebody_has_earned_after_the_plan_is_not_deleted(held: Earners | ApiError) -> None:
    """The question may have stood there for an hour, and not every server refuses; nor may one that says nothing."""
    made = bench(lifecycle=DELETED)
    change = removal(made, issuer())
    made.client.held = held

    with pytest.raises(ApiError):
        made.writer().write(change)

    assert made.number in made.server.entities


def test_what_was_edited_after_the_plan_is_not_deleted() -> None:
    """Somebody may still need it."""
    made = bench(lifecycle=DELETED)
    change = removal(made, issuer())
    made.client.before_entity = lambda: made.server.put(made.number, {"description": "Edited."})

    with pytest.raises(RefusedError, match="description"):
        made.writer().write(change)

    assert made.number in made.server.entities


@pytest.mark.parametrize(
    ("page", "listed"), [(Word.GONE, False), (Word.THERE, False), (Word.UNSURE, False), (Word.GONE, True)]
)
def test_what_is_gone_is_gone_only_if_everything_says_so(page: Word, listed: bool) -> None:
    """Its own address, its public page and the list; a 404 alone may be a lost right, or a gateway's."""
    made = bench(lifecycle=DELETED)
    change, number = removal(made, issuer()), made.number
    made.client.gone, made.client.page, made.client.listed = NotFoundError("no", status=404), page, listed

    if page is not Word.GONE or listed:
        with pytest.raises(NotFoundError):
            made.writer().write(change)
    else:
        assert made.writer().write(change) == Written(None)

    look = f"GET badge_class {number}"
    asked = [look, look, f"public badge_class {number}", f"listed badge_class {number}"]
    assert made.client.calls == (asked if page is Word.GONE else asked[:3])


def test_an_issuer_takes_nothing_along() -> None:
    """Deleting it would delete what came under it after the plan; each is named, in order, five at most."""
    made = bench(owner=issuer(lifecycle=DELETED), lifecycle=DELETED)
    plan = build(catalog(), made.state, made.server.snapshot())
    change = next(item for item in plan.changes if item.address == ACADEMY)
    for names, told in (
        ("bca", "a, b, c."),
        ("edcba", "a, b, c, d, e."),
        ("fedcba", "a, b, c, d, e, …."),
    ):
        made.server.entities = {made.owner: made.server.entities[made.owner]}
        for name in names:
            blank = made.server.blank(Kind.BADGE_CLASS, name, made.owner)
            made.server.entities[name] = {**blank, "name": name}

        with pytest.raises(RefusedError) as raised:
            made.writer().write(change)

        assert raised.value.message.endswith(f"after the plan was made: {told}")
        assert "Nothing was sent" in raised.value.hint

    made.server.entities = {made.owner: made.server.entities[made.owner]}
    made.client.calls.clear()
    assert made.writer().write(change) == Written(None)
    deleted = f"DELETE issuer {made.owner}"
    looks = [f"GET issuer {made.owner}", f"public issuer {made.owner}"]
    assert made.client.calls[1:] == [f"list badge classes of {made.owner}", deleted, *looks]


def test_archiving_looks_what_came_of_it() -> None:
    """The server's documentation does not say that a deletion only archives: what it did is told."""
    made = bench(Dialect.HOSTED, lifecycle=ARCHIVED)
    number, change = made.number, removal(made, issuer())
    assert made.writer().write(change) == Written(None)
    assert made.client.calls == [f"GET badge_class {number}", f"archive {number}", f"GET badge_class {number}"]

    made.server.entities[number]["archived"] = False
    made.client.archive = lambda *_: made.server.entities.pop(number)  # type: ignore[method-assign,assignment]
    assert made.writer().write(change).warnings == ("the server deleted it instead of archiving it",)


def test_an_archiving_that_was_not_done_is_not_recorded() -> None:
    """Whatever the server answers: what it shows as before after a while is not archived, and stays recorded."""
    made = bench(Dialect.HOSTED, lifecycle=ARCHIVED)
    made.client.archive = lambda *_: None  # type: ignore[method-assign]

    with pytest.raises(NotAnApiError, match="answered that it archived it, but still shows it as before"):
        made.writer().write(removal(made, issuer()))

    assert sum(made.paused) == patience()


def test_an_archiving_may_take_a_while_to_show() -> None:
    """A cache forgets late."""
    made = bench(Dialect.HOSTED, lifecycle=ARCHIVED)

    def show_later() -> None:
        made.server.entities[made.number]["archived"] = len(made.paused) == 3

    made.client.archive = lambda *_: None  # type: ignore[method-assign]
    made.client.before_entity = show_later

    assert made.writer().write(removal(made, issuer())) == Written(None)
    assert len(made.paused) == 3


@pytest.mark.parametrize(("page", "listed"), [(Word.THERE, False), (Word.UNSURE, False), (Word.GONE, True)])
def test_a_404_alone_does_not_make_an_archiving_a_deletion(page: Word, listed: bool) -> None:
    """The right may have been lost meanwhile, or the service hides what is archived: the record stays."""
    made = bench(Dialect.HOSTED, lifecycle=ARCHIVED)
    change, archive = removal(made, issuer()), made.client.archive

    def then_hidden(*arguments: Any) -> None:
        archive(*arguments)
        made.client.gone, made.client.page, made.client.listed = NotFoundError("no", status=404), page, listed

    made.client.archive = then_hidden  # type: ignore[method-assign]

    with pytest.raises(NotAnApiError, match="does not say whether it is archived"):
        made.writer().write(change)


@pytest.mark.parametrize("page", Word)
def test_a_confirmed_deletion_stands_unless_its_page_is_shown(page: Word) -> None:
    """Not every server has public pages, and what it has confirmed is its word; a page that is shown belies it."""
    made = bench(lifecycle=DELETED)
    made.client.page = page

    if page is Word.THERE:
        with pytest.raises(NotAnApiError, match="still shows its public page"):
            made.writer().write(removal(made, issuer()))
    else:
        assert made.writer().write(removal(made, issuer())) == Written(None)


def test_what_is_forgotten_is_left_alone() -> None:
    """It stays on the server, and no request is sent about it."""
    made = bench()

    assert made.writer().write(removal(made, issuer())) == Written(None)

    assert made.client.calls == []


# --- images ------------------------------------------------------------------------------------------------------


def test_an_image_is_sent_only_as_it_was_planned() -> None:
    """One that has changed since, or cannot be read, stops the change before anything is sent."""
    made = bench()
    change = rust_of(made)

    def missing(_: Image) -> bytes:
        raise OSError(2, "No such file or directory")

    with pytest.raises(RefusedError) as raised:
        made.writer(missing).write(change)
    assert raised.value.message == "0.png can no longer be read: No such file or directory."
    assert "Put the image back" in raised.value.hint

    with pytest.raises(RefusedError) as raised:
        made.writer(lambda _: b"other").write(change)
    assert raised.value.message == "0.png was changed after the plan was made."
    assert "with the new image" in raised.value.hint
    assert made.client.calls == []


@pytest.mark.parametrize(
    ("format_", "is_served", "fetched"), [("svg", True, True), ("svg", False, True), ("png", True, False)]
)
def test_of_an_svg_the_served_bytes_are_kept(format_: str, is_served: bool, fetched: bool) -> None:
    """Its address will prove nothing later; if they cannot be had, that is no failure."""
    made = bench()
    change = rust_of(made, image=image_of(b"picture", format_))
    url = f"{HOST}/media/uploads/2.{format_}"
    made.client.images = {url: b"served"} if is_served else {}
    made.client.sent_images = None

    written = made.writer().write(change)

    assert (f"image {url}" in made.client.calls) == fetched
    assert written.resource is not None
    assert written.resource.image is not None
    expected = hashlib.sha256(b"served").hexdigest() if fetched and is_served else None
    assert written.resource.image.served_sha256 == expected


def test_an_image_that_is_not_sent_is_not_fetched() -> None:
    """Its bytes are on record; where it stands now is recorded with the answer."""
    made = bench(image=image(0, "svg"))
    before = made.state.resources[PYTHON].image
    change = made.change(issuer(), badge_class(image=image(0, "svg"), description="New."))

    written = made.writer().write(change)

    assert not any(call.startswith("image") for call in made.client.calls)
    assert before is not None
    assert written.resource is not None
    assert written.resource.image == replace(before, ref="/media/uploads/2.svg")


def test_an_image_without_an_address_is_recorded_without_one() -> None:
    """A server may show none: then there is nothing to fetch."""
    made = bench()
    change = rust_of(made, image=image_of(b"picture", "svg"))
    live = replace(made.server.live(made.number), image_url=None, image_ref="/x.svg")

    assert made.writer()._served(change, live) is None
    assert made.client.calls == []


# --- recording -----------------------------------------------------------------------------------------------------


def test_a_resource_holds_what_was_sent_and_what_is_left_alone() -> None:
    """Emptied fields leave it, ignored ones stay as they were, and what is made again begins anew."""
    made = bench(tags=("a",), description="Old.")
    lifecycle = Lifecycle(protect=True, on_remove=OnRemove.DELETE, ignore_changes=frozenset({"description"}))
    change = made.change(issuer(), badge_class(description="Other.", lifecycle=lifecycle))
    live = replace(made.server.live(made.number), open_badge_id="https://public.example")

    resource = Writer.resource(change, live)

    assert change.emptied == ("tags",)
    assert resource.sent == {"description": "Old.", "name": "Python", "criteriaNarrative": "Pass the python exam."}
    assert (resource.entity_id, resource.open_badge_id) == (made.number, "https://public.example")
    assert (resource.address, resource.issuer) == (PYTHON, ACADEMY)
    assert (resource.protect, resource.on_remove) == (True, OnRemove.DELETE)

    again = replace(change, action=Action.CREATE, live=None)
    fresh = Writer.resource(again, None)

    assert "description" not in fresh.sent
    assert (fresh.entity_id, fresh.open_badge_id, fresh.received, fresh.image) == ("", "", {}, None)


def test_the_image_of_a_resource() -> None:
    """A new one by its file; else that of before, where it stands now; none for what is made without."""
    made = bench()
    live = replace(made.server.live(made.number), image_ref="/moved.png")
    change = made.change(issuer(), badge_class(description="New."))
    assert change.record is not None
    assert change.record.image is not None
    without = replace(change, record=replace(change.record, image=None))

    assert Writer.resource(change, live).image == replace(change.record.image, ref="/moved.png")
    assert Writer.resource(change, None).image == change.record.image
    assert Writer.resource(without, live).image is None
    assert Writer.resource(replace(change, record=None), live).image is None
    uploaded = Writer.resource(replace(change, upload=IMAGE), live, "served").image
    assert uploaded == ImageRecord(IMAGE.sha256, "png", 400, 400, IMAGE.size, "/moved.png", "served")


# --- refusals ------------------------------------------------------------------------------------------------------


def written_down(entity: Any, text: str, **data: Any) -> Any:
    """Return an entity whose document has this text."""
    return replace(entity, document=Document(data, YamlFile("here.yaml", text), 1, 1, 0))


def located(address: Address = PYTHON) -> Change:
    """Return a change whose document says where each place in it stands."""
    entity = badge_class(address.key)
    return Change(address, Action.UPDATE, entity=entity, source=Source("general.yaml", 9, 9), managed={"name": "P"})


def test_the_words_of_a_server_are_put_at_their_places() -> None:
    """Fields in order, each message at its line; what is about no field at the document."""
    error = RefusedError(
        "The server refused it.",
        fields={"name": ("too long", "taken"), "issuer.0": ("unknown",)},
        general=("Nothing.",),
    )

    message, details = refusal(located(), error)

    assert message == "The server refused it."
    assert [(item.summary, item.source and item.source.line) for item in details] == [
        ("issuer.0: unknown", 4),
        ("name: too long", 3),
        ("name: taken", 3),
        ("Nothing.", 9),
    ]
    assert {(item.severity, item.code, item.address) for item in details} == {
        (Severity.ERROR, "refused-by-server", "badge_class.python")
    }
    assert all(isinstance(item, Diagnostic) for item in details)


def test_a_message_about_a_field_points_at_its_name() -> None:
    """One about something inside of it points at the value."""
    (of_field,) = refusal(located(), RefusedError("no", fields={"name": ("taken",)}))[1]
    (inside,) = refusal(located(), RefusedError("no", fields={"name.0": ("taken",)}))[1]

    assert of_field.source is not None
    assert inside.source is not None
    assert of_field.source.column == 1
    assert inside.source.column != 1


def test_an_address_that_is_refused_without_a_field_is_found() -> None:
    """The server says "email" in a message of its own; that is about the issuer's, if we manage one."""
    text = "You may only use your own Email address."
    entity = written_down(issuer(), "kind: Issuer\nkey: academy\nemail: x\n", key="academy", email="x")
    change = Change(entity.address, Action.CREATE, entity=entity, managed={"email": "x"}, source=Source("x.yaml", 9, 9))

    (found,) = refusal(change, RefusedError("no", general=(text,)))[1]
    (other,) = refusal(change, RefusedError("no", general=("Nothing.",)))[1]
    (unmanaged,) = refusal(located(), RefusedError("no", general=(text,)))[1]

    assert str(found.source) == "here.yaml:3:1"
    assert other.source == Source("x.yaml", 9, 9)
    assert unmanaged.source == Source("general.yaml", 9, 9)


def test_a_message_about_one_of_several_points_at_that_one() -> None:
    """The server counts from nothing, as the document does."""
    text = "kind: BadgeClass\nkey: python\ntags:\n- a\n- b\n"
    entity = written_down(badge_class(), text, key="python", tags=["a", "b"])
    change = Change(PYTHON, Action.UPDATE, entity=entity)

    (found,) = refusal(change, RefusedError("no", fields={"tags.1": ("too long",)}))[1]

    assert str(found.source) == "here.yaml:5:3"


@given(
    st.lists(
        st.text(st.characters(categories=["Nd", "No", "Nl"]) | st.sampled_from("0123456789-_+x"), max_size=12),
        max_size=4,
    )
)
@example(["²"])
@example(["9" * 5000])
@example(["-1"])
def test_no_place_that_a_server_names_ends_in_a_traceback(steps: list[str]) -> None:
    """What it counts may be beyond the list, and its digits none of ours: then the place around it is shown."""
    text = "kind: BadgeClass\nkey: python\ntags:\n- a\n- b\n"
    entity = written_down(badge_class(), text, key="python", tags=["a", "b"])
    change = Change(PYTHON, Action.UPDATE, entity=entity)

    (found,) = refusal(change, RefusedError("no", fields={".".join(["tags", *steps]): ("too long",)}))[1]

    assert found.source is not None
    assert found.source.line in (3, 4, 5)


def test_what_has_no_document_has_one_place() -> None:
    """A removal that is refused is about what is gone from the catalog."""
    change = Change(PYTHON, Action.DELETE, source=Source("state.json"))

    assert [item.source for item in refusal(change, RefusedError("no", fields={"name": ("x",)}))[1]] == [
        Source("state.json")
    ]


def test_what_is_no_refusal_has_no_details() -> None:
    """A server that fails says nothing of the catalog."""
    assert refusal(located(), ServerFaultError("It fails.", status=500)) == ("It fails.", ())


def test_attributes_are_told_apart_from_the_name_alone() -> None:
    """A change without attributes of its own sends nothing."""
    quiet = Attribute("protect", Cause.CATALOG, before=False, after=True)
    record = Resource(PYTHON, "x")
    made = bench()
    live = made.server.live(made.number)

    written = made.writer().write(
        Change(PYTHON, Action.UPDATE, attributes=(quiet,), live=live, record=record, entity=badge_class())
    )

    assert written == Written(record)
    assert writes._LOOKS == (0.5, 2.0, 5.0)


# --- what an update leaves as it is --------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", Dialect)
def test_members_that_nobody_knows_travel_as_they_are_now(dialect: Dialect) -> None:
    """They are those of the reading just before the write, not those of the plan; what a server decides stays out."""
    made = bench(dialect)
    entity = made.server.entities[made.number]
    entity |= {"catalogueNumber": "A-1", "preferences": {"includeOnPublicPages": False}, "nothing": None}
    entity |= {"createdBy": "somebody", "staff": [{"user": "a"}]}
    change = made.change(issuer(), badge_class(tags=("new",)))
    entity["catalogueNumber"] = "A-2"

    written = made.writer().write(change)

    (body,) = made.client.bodies
    assert (body["catalogueNumber"], body["preferences"]) == ("A-2", {"includeOnPublicPages": False})
    assert not {"createdBy", "staff", "nothing", "entityId", "issuer", "archived", "openBadgeId"} & body.keys()
    assert (written.lost, written.warnings) == ((), ())


@pytest.mark.parametrize("dialect", Dialect)
def test_what_an_update_took_along_is_reported_and_recorded(dialect: Dialect) -> None:
    """The answer and one more look agree; what was written stands in the state all the same."""
    made = bench(dialect)
    made.server.entities[made.number]["catalogueNumber"] = "A-1"
    change = made.change(issuer(), badge_class(tags=("new",)))
    made.client.forgets = ("catalogueNumber",)

    written = made.writer().write(change)

    assert written.lost == ("catalogueNumber",)
    assert written.resource is not None
    assert written.resource.sent["tags"] == ["new"]
    assert made.client.calls[-1].startswith("GET")


def test_an_answer_that_is_shorter_than_the_entity_is_no_loss() -> None:
    """A second look decides."""
    made = bench()
    made.server.entities[made.number]["catalogueNumber"] = "A-1"
    change = made.change(issuer(), badge_class(tags=("new",)))
    update = made.client.update

    def short(kind: Kind, number: str, body: Fields, is_done: Callable[[Live], bool]) -> Live:
        live = update(kind, number, body, is_done)
        return replace(live, members={k: v for k, v in (live.members or {}).items() if k != "catalogueNumber"})

    made.client.update = short  # type: ignore[method-assign]

    assert made.writer().write(change).lost == ()


def test_what_the_server_computes_is_told_once_in_a_run() -> None:
    """Of a thousand entities it is the same member."""
    made = bench()
    plan = made.change(issuer(), badge_class(tags=("new",)))
    made.server.entities[made.number]["views"] = 1
    put = made.server.put

    def counting(number: str, body: Any) -> None:
        put(number, body)
        made.server.entities[number]["views"] = made.server.made = made.server.made + 1

    made.server.put = counting  # type: ignore[method-assign]
    writer = made.writer()

    assert writer.write(plan).warnings == ("the server changed views, which was not to change",)
    assert writer.write(made.change(issuer(), badge_class(tags=("newer",)))).warnings == ()


def test_the_first_update_of_a_run_goes_alone() -> None:
    """A server that empties what is left alone shows it on one entity, however many requests there may be at once."""
    made = bench()
    change = made.change(issuer(), badge_class(tags=("new",)))
    inside, most, lock = 0, 0, threading.Lock()
    update, order = made.client.update, list[int]()
    go = threading.Event()

    def slow(kind: Kind, number: str, body: Fields, is_done: Callable[[Live], bool]) -> Live:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            order.append(inside)
        if len(order) == 1:
            go.wait(0.3)
        try:
            return update(kind, number, body, is_done)
        finally:
            with lock:
                inside -= 1

    made.client.update = slow  # type: ignore[method-assign]
    writer = made.writer()
    threads = [threading.Thread(target=writer._update, args=(replace(change),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert order[:2] == [1, 1]


# --- answers that are about something else -------------------------------------------------------------------------


@pytest.mark.parametrize("answered", ["ours", "somebody else's", "another issuer's"])
def test_an_answer_with_an_entity_that_the_creation_cannot_have_made_is_none(answered: str) -> None:
    """A gateway repeats an old answer: what was really made is looked for, and nothing has two addresses."""
    made = bench()
    made.server.entities["stranger"] = made.server.blank(Kind.BADGE_CLASS, "stranger", made.owner) | {"name": "Rust"}
    change = rust_of(made)
    made.server.entities["elsewhere"] = made.server.blank(Kind.BADGE_CLASS, "elsewhere", "another") | {"name": "Rust"}
    wrong = {"ours": made.number, "somebody else's": "stranger", "another issuer's": "elsewhere"}[answered]
    create = made.client.create

    def mixed_up(kind: Kind, body: Fields, find: Callable[[], Live | None]) -> Live:
        create(kind, body, find)
        return made.server.live(wrong)

    made.client.create = mixed_up  # type: ignore[method-assign]
    writer = Writer(
        made.client,  # type: ignore[arg-type]
        made.state,
        lambda _: made.data,
        made.paused.append,
        seen=frozenset({made.number, made.owner, "stranger"}),
    )

    written = writer.write(change)

    assert written.resource is not None
    assert written.resource.entity_id == "made-4"


def test_answers_that_have_changed_places_are_told_apart() -> None:
    """Both are new and nobody's: the names say which is which."""
    made = bench()
    first = made.change(issuer(), badge_class(), rust(), badge_class("go", name="Go", image=IMAGE), address=RUST)
    second = made.change(
        issuer(),
        badge_class(),
        rust(),
        badge_class("go", name="Go", image=IMAGE),
        address=Address(Kind.BADGE_CLASS, "go"),
    )
    create, writer = made.client.create, made.writer()
    answers: dict[str, Live] = {}
    both = threading.Barrier(2, timeout=20)

    def swapped(kind: Kind, body: Fields, find: Callable[[], Live | None]) -> Live:
        answers[body["name"]] = create(kind, body, find)
        both.wait()
        (other,) = (live for name, live in answers.items() if name != body["name"])
        both.wait()
        return other

    made.client.create = swapped  # type: ignore[method-assign]
    found: dict[str, Written] = {}
    threads = [
        threading.Thread(target=lambda change=change: found.update({change.managed["name"]: writer.write(change)}))
        for change in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ids = {name: written.resource.entity_id for name, written in found.items() if written.resource is not None}
    assert {name: made.server.entities[number]["name"] for name, number in ids.items()} == {"Rust": "Rust", "Go": "Go"}


@pytest.mark.parametrize("spelling", ["R  &  D", "R &amp; D", "R\N{NO-BREAK SPACE}& D", "R \N{ZERO WIDTH SPACE}& D"])
def test_what_was_made_under_a_name_that_looks_alike_is_not_made_again(spelling: str) -> None:
    """A server may keep a name otherwise; with the answer lost as well, only its looks tell."""
    made = bench()
    change = rust_of(made, name="R & D")
    made.client.create_error = LOST
    put = made.server.put
    made.server.put = lambda number, body: put(number, {**body, "name": spelling})  # type: ignore[method-assign]

    with pytest.raises(ApiError, match="an entity of that name: made-2"):
        made.writer().write(change)
