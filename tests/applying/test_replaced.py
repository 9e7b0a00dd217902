"""No upload takes an image away that only the server has: it is kept, or it stays, or the server had none."""

from __future__ import annotations

import copy
import hashlib
import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.images import png
from support.simulated import HOST, Server, new_state
from support.strategies import badge_class, catalog, image, issuer
from support.tiers import examples

from badgeops.api.live import Live, parse_live
from badgeops.api.responses import Answer
from badgeops.applying.replaced import is_another_drawing, is_of_others, keep
from badgeops.applying.writes import Writer
from badgeops.errors import ApiError, NotAnApiError, RefusedError, ServerFaultError, UnreachableError
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.shape import Fields
from badgeops.planning.plan import Action, Attribute, Cause, Change
from badgeops.planning.planner import Options, build
from badgeops.state.record import ImageRecord, Resource, State

PYTHON = Address(Kind.BADGE_CLASS, "python")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g>{}</g></svg>'
PICTURES = {
    "png": (png(9, 9, color="navy"), png(9, 9, color="red")),
    "svg": (SVG.format("ours").encode(), SVG.format("theirs").encode()),
}
"""Ours and theirs, as they are served."""
NEW = b"the new one"
UPLOAD = replace(image(0), sha256=hashlib.sha256(NEW).hexdigest())
PAGE = b"<!doctype html><html><svg></svg></html>"
GONE: dict[str, ApiError] = {
    "404": NotAnApiError("No.", status=404),
    "410": NotAnApiError("No.", status=410),
}
FAILURES: dict[str, ApiError | bytes] = {
    "403": NotAnApiError("No.", status=403),
    "500": ServerFaultError("No.", status=500),
    "the connection breaks": UnreachableError("It broke off.", outcome_unknown=True),
    "too large": UnreachableError("More than 20 MB."),
    "a page": PAGE,
    "nothing at all": b"",
}
"""What may come in place of an image that is there."""


@dataclass
class Gallery:
    """A server with one badge class of ours, whose image a colleague may have replaced."""

    format: str
    is_constant: bool
    """Whether the address says nothing of the image."""
    tells: bool = True
    """Whether it says what the address does not."""
    holds: int = 0
    """Whose picture it shows: 0 ours, 1 theirs, 2 the one that was uploaded."""
    answer: ApiError | bytes | None = None
    """What comes in place of the picture."""
    server: Server = field(default_factory=lambda: Server(Dialect.OPEN_SOURCE))
    state: State = field(default_factory=new_state)
    moves: int = 0
    asked: int = 0
    puts: int = 0
    kept: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        made = catalog(issuer(), badge_class(image=image(0, self.format)))
        self.state = self.server.apply(self.server.plan(made, self.state), self.state)
        self.number = self.state.resources[PYTHON].entity_id
        holds, self.holds = self.holds, 0
        served = hashlib.sha256(self.bytes).hexdigest() if self.format == "svg" else None
        self.record(ref='etag:"0"' if self.is_constant else self.path, served_sha256=served)
        self.holds = holds

    def record(self, **fields: Any) -> None:
        """Change what the state says of the image."""
        resource = self.state.resources[PYTHON]
        assert resource.image is not None
        self.state = self.state.with_resource(replace(resource, image=replace(resource.image, **fields)))

    @property
    def bytes(self) -> bytes:
        """The picture that is there."""
        return (*PICTURES[self.format], NEW)[self.holds]

    @property
    def path(self) -> str:
        """Its address; that of a drawing changes also if nothing else does."""
        if self.is_constant:
            return f"/public/badges/{self.number}/image"
        return f"/media/{self.holds}{'-' * self.moves}.{self.format}"

    def live(self) -> Live:
        """Return the badge class as it is shown."""
        payload = {**copy.deepcopy(self.server.entities[self.number]), "image": HOST + self.path}
        return parse_live(Kind.BADGE_CLASS, payload, whole=True)

    def seen(self) -> tuple[Live, bool]:
        """Return what a refresh makes of it, and whether the image is said to be the recorded one."""
        live, recorded = self.live(), self.state.resources[PYTHON].image
        assert recorded is not None
        if self.is_constant:
            is_seen = self.tells and recorded.ref != self.path
            live = replace(live, image_ref=f'etag:"{self.holds}"' if is_seen else recorded.ref)
        is_same = live.image_ref == recorded.ref or (self.format == "svg" and self.holds == 0)
        return live, is_same

    def change(self) -> Change:
        """Plan to upload another image."""
        live, is_same = self.seen()
        snapshot = self.server.snapshot([self.number] if is_same else [])
        snapshot = replace(snapshot, live={**snapshot.live, self.number: live})
        plan = build(catalog(issuer(), badge_class(image=UPLOAD)), self.state, snapshot, Options())
        (found,) = [change for change in plan.changes if change.address == PYTHON]
        return found

    def write(self, change: Change) -> tuple[str, ...]:
        """Carry it out."""
        writer = Writer(self, self.state, lambda _: NEW, lambda _: None)  # type: ignore[arg-type]
        writer.keep = lambda data, suffix: self.kept.append(data) or f"x.{suffix}"  # type: ignore[func-returns-value]
        return writer.write(change).warnings

    # the client's face

    def known_dialect(self) -> Dialect:
        """Return the dialect."""
        return Dialect.OPEN_SOURCE

    def entity(self, _kind: Kind, _entity_id: str) -> Live:
        """Read the badge class."""
        return self.live()

    def update(self, _kind: Kind, entity_id: str, body: Fields, _is_done: object) -> Live:
        """Change it."""
        self.puts += 1
        self.server.put(entity_id, body)
        self.holds = 2
        return self.live()

    def image(self, _url: str, *, is_repeated: bool = True) -> bytes:  # noqa: ARG002 (nothing is repeated here)
        """Serve the picture, or what comes in its place."""
        self.asked += 1
        if isinstance(self.answer, ApiError):
            raise self.answer
        return self.bytes if self.answer is None else self.answer

    def image_answer(self, path: str, _etag: str | None) -> Answer:
        """Say which picture is behind the constant address, if it tells."""
        return Answer(200, path, {"ETag": f'"{self.holds}"'}, b"") if self.tells else Answer(500, path)


def cut(data: bytes, at: int) -> bytes:
    """Return the beginning of an image."""
    return data[: at % len(data)]


@examples(150)
@given(
    format_=st.sampled_from(["png", "svg"]),
    is_constant=st.booleans(),
    was_identified=st.booleans(),
    at_the_plan=st.sampled_from([(0, True), (0, False), (1, True), (1, False)]),
    at_the_write=st.sampled_from([(0, True), (0, False), (1, True), (1, False)]),
    moves=st.integers(0, 1),
    answer=st.sampled_from([None, *GONE.values(), *FAILURES.values()]) | st.integers(1, 10_000),
)
def test_what_only_the_server_has_is_never_lost(
    format_: str,
    is_constant: bool,
    was_identified: bool,
    at_the_plan: tuple[int, bool],
    at_the_write: tuple[int, bool],
    moves: int,
    answer: ApiError | bytes | int | None,
) -> None:
    """Whatever the server tells of its image, then and now, and whatever comes when it is asked for."""
    gallery = Gallery(format_, is_constant)
    if is_constant and not was_identified:
        gallery.record(ref=gallery.path, served_sha256=None)
    gallery.holds, gallery.tells = at_the_plan
    change = gallery.change()
    gallery.holds, gallery.tells = at_the_write
    gallery.moves = moves if format_ == "svg" else 0
    gallery.answer = cut(gallery.bytes, answer) if isinstance(answer, int) else answer
    ours, theirs = PICTURES[format_]

    try:
        said = gallery.write(change)
    except RefusedError:
        assert gallery.puts == 0
        assert gallery.kept == []
        assert answer is not None or at_the_plan != at_the_write or moves  # else there is no reason for it
        return

    assert gallery.puts == 1
    assert gallery.kept in ([], [ours], [theirs])
    assert at_the_write[0] == 0 or gallery.kept == [theirs] or answer in GONE.values()
    assert bool(gallery.kept) == any("is kept in x." in line for line in said)
    is_proven = at_the_write[0] == 0 and (at_the_write[1] and was_identified if is_constant else not gallery.moves)
    assert not is_proven or (gallery.kept == [] and "not kept" not in str(said))


@pytest.mark.parametrize("answer", FAILURES)
@pytest.mark.parametrize(("is_constant", "holds", "tells"), [(False, 1, True), (True, 1, True), (True, 1, False)])
def test_an_image_that_may_be_there_and_does_not_come_is_not_replaced(
    answer: str, is_constant: bool, holds: int, tells: bool
) -> None:
    """Also if the plan could not tell whose it is. What to do is said."""
    gallery = Gallery("png", is_constant, tells, holds, FAILURES[answer])

    with pytest.raises(RefusedError) as raised:
        gallery.write(gallery.change())

    assert raised.value.message.startswith("The image that it has on the server cannot be kept: ")
    assert "ignoreChanges: [image]" in raised.value.hint
    assert gallery.puts == 0


@pytest.mark.parametrize("answer", GONE)
def test_an_image_that_the_server_does_not_have_stops_nothing(answer: str) -> None:
    """It is said, and asked for once."""
    gallery = Gallery("png", False, True, 1, GONE[answer])

    (said,) = gallery.write(gallery.change())

    assert "replaced and not kept" in said
    assert (gallery.puts, gallery.asked) == (1, 1)


def test_a_part_of_an_image_is_asked_for_again() -> None:
    """A transfer that was cut once may be whole the next time."""
    gallery = Gallery("png", False, True, 1)
    answers = iter([gallery.bytes[:-1], gallery.bytes])
    gallery.image = lambda _url, **_how: next(answers)  # type: ignore[method-assign]

    gallery.write(gallery.change())

    assert gallery.kept == [PICTURES["png"][1]]


def test_only_a_part_that_comes_twice_is_given_up() -> None:
    """Then nobody can tell what is there."""
    gallery = Gallery("png", False, True, 1, PICTURES["png"][1][:-1])

    with pytest.raises(RefusedError, match="no whole image"):
        gallery.write(gallery.change())
    assert gallery.asked == 2


@pytest.mark.parametrize("whose", ["sha256", "served_sha256", "uploaded"])
def test_what_we_have_sent_ourselves_is_not_kept(whose: str) -> None:
    """It is known by its bytes if its address has changed: as it was sent, as it was served, or as it is to be."""
    gallery = Gallery("png", False, True, 1)
    digest = hashlib.sha256(gallery.bytes).hexdigest()
    change = gallery.change()
    assert change.record is not None
    assert change.record.image is not None
    if whose == "uploaded":
        change = replace(change, upload=replace(UPLOAD, sha256=digest))
    else:
        image_ = replace(change.record.image, **{whose: digest})
        change = replace(change, record=replace(change.record, image=image_))

    assert keep(gallery, change, gallery.live(), lambda _data, _suffix: "x") == ()  # type: ignore[arg-type]
    assert gallery.asked == 1


def test_what_was_never_recorded_is_kept() -> None:
    """Neither a record of the image nor one of the entity is needed."""
    gallery = Gallery("png", False)
    change = gallery.change()
    assert change.record is not None
    for record in (None, replace(change.record, image=None)):
        found = replace(change, record=record)
        assert keep(gallery, found, gallery.live(), lambda _data, suffix: f"x.{suffix}") == (  # type: ignore[arg-type]
            "the image that it had on the server is kept in x.png",
        )


@pytest.mark.parametrize(
    ("error", "told"), [(OSError(28, "No space left on device"), "No space left on device."), (OSError("odd"), "odd.")]
)
def test_what_cannot_be_written_is_not_replaced(error: OSError, told: str) -> None:
    """The message says why."""
    gallery = Gallery("png", False, True, 1)

    def full(_data: bytes, _suffix: str) -> str:
        raise error

    with pytest.raises(RefusedError) as raised:
        keep(gallery, gallery.change(), gallery.live(), full)  # type: ignore[arg-type]
    assert raised.value.message == f"The image that it has on the server cannot be kept: {told}"


def test_what_was_taken_over_unseen_is_no_proof() -> None:
    """An adoption records the address that is there, whoever has put its image there."""
    gallery = Gallery("png", False)
    change = replace(gallery.change(), action=Action.ADOPT)
    before = gallery.bytes

    gallery.write(change)

    assert gallery.kept == [before]


def test_an_address_that_is_none_leads_to_no_image() -> None:
    """Nothing is sent, and nothing breaks."""
    gallery = Gallery("png", False, True, 1)

    def image(url: str, **_how: object) -> bytes:
        raise ValueError(url)

    gallery.image = image  # type: ignore[method-assign,assignment]
    with pytest.raises(RefusedError, match="an address that is none"):
        gallery.write(gallery.change())


# --- drawings whose address has changed since the plan ---------------------------------------------------------------


def drawn(served: dict[str, bytes], *, record: str | None, is_theirs: bool, upload: bool, then: str | None) -> bool:
    """Tell whether a drawing at another address than planned is another one."""
    before = {"ref": "/x.svg"} if is_theirs else {"sha256": "0"}
    sha256 = hashlib.sha256(record.encode()).hexdigest() if record is not None else None
    resource = Resource(PYTHON, "n", image=ImageRecord("0", "svg", 9, 9, 9, "/x.svg", sha256))
    change = Change(
        PYTHON,
        Action.UPDATE,
        attributes=(Attribute("image", Cause.CATALOG, before, None),),
        record=resource if record != "nobody" else None,
        upload=UPLOAD if upload else None,
    )
    live = [
        Live(Kind.BADGE_CLASS, "n", "", "N", "", {}, image_url=url, image_ref=ref)
        for url, ref in ((then, "/x.svg"), ("now", "/y.svg"))
    ]

    class Client:
        def image(self, url: str, *, is_repeated: bool) -> bytes:
            assert isinstance(url, str)
            assert not is_repeated
            if url == "[":
                raise ValueError("no address")
            if url not in served:
                raise ServerFaultError("No.", status=500)
            return served[url]

    return is_another_drawing(Client(), change, *live)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["then", "now", "[", None])
def test_a_drawing_is_compared_by_its_bytes(address: str | None) -> None:
    """With those of the plan's address, else with the recorded ones; if nobody can tell, what is there is kept."""
    records = ("a", "b", None, "nobody")
    for then, now, record, is_theirs, upload in itertools.product("ab-", "a-", records, (True, False), (True, False)):
        served = {url: text.encode() for url, text in (("then", then), ("now", now)) if text != "-"}
        known = then if address == "then" and then != "-" else None
        known = record if known is None and not is_theirs and record != "nobody" else known
        expected = not upload if known is None or now == "-" else known != now

        assert drawn(served, record=record, is_theirs=is_theirs, upload=upload, then=address) == expected


def test_nothing_is_kept_without_an_upload() -> None:
    """Nor asked for: an update without an image leaves it where it is. Nor is there anything to keep without one."""
    gallery = Gallery("png", False, True, 1)
    change = replace(gallery.change(), upload=None)

    assert keep(gallery, change, gallery.live(), lambda _data, _suffix: "x") == ()  # type: ignore[arg-type]
    bare = replace(gallery.live(), image_url=None, image_ref=None)
    assert keep(gallery, gallery.change(), bare, lambda _data, _suffix: "x") == ()  # type: ignore[arg-type]
    assert gallery.asked == 0


@pytest.mark.parametrize(
    ("name", "before", "expected"),
    [
        ("image", {"ref": "/x.png"}, True),
        ("image", {"sha256": "0"}, False),
        ("image", None, False),
        ("extensions", {"ref": "/x.png"}, False),
    ],
)
def test_a_plan_may_know_that_an_image_is_somebody_elses(name: str, before: Fields | None, expected: bool) -> None:
    """It then has no digest of what is replaced."""
    attributes = (Attribute("name", Cause.CATALOG, "a", "b"), Attribute(name, Cause.CATALOG, before, {}))

    assert is_of_others(Change(PYTHON, Action.UPDATE, attributes=attributes)) is expected
