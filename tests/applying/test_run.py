"""Carrying a plan out: who waits for whom, what is recorded when, and what a failure or a wish to stop ends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from support.memory import MemoryBackend, Place
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, issuer

from badgeops.applying import run as applying
from badgeops.applying.result import Outcome, Result, Status
from badgeops.applying.run import Stop
from badgeops.applying.writes import Written
from badgeops.errors import (
    ApiError,
    Diagnostic,
    NotFoundError,
    RefusedError,
    ServerFaultError,
    Severity,
    StateError,
    UnauthorizedError,
    UnreachableError,
)
from badgeops.model.address import Address
from badgeops.model.dialect import Dialect
from badgeops.planning.plan import Action, Attribute, Cause, Change, Plan
from badgeops.state.journal import Journal
from badgeops.state.record import Intent, Resource, State, dumps, fold, loads

Answer = Written | ApiError | BaseException
SERVER = new_state().server
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
apply = partial(applying.apply, now=lambda: NOON)


@dataclass
class Scripted:
    """A writer that does what it is told: by address, in place of success, an answer or a function that makes one."""

    answers: Mapping[str, Answer | Callable[[Change], Answer]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    """The addresses, in the order in which their writes began."""
    confirmed: list[str] = field(default_factory=list)
    doubt: ApiError | None = None
    """What a look at something that is to be taken over ends with."""

    def confirm(self, change: Change) -> None:
        """Look whether something is what a list showed."""
        self.confirmed.append(str(change.address))
        if self.doubt is not None:
            raise self.doubt

    def write(self, change: Change) -> Written:
        """Carry out one change."""
        self.written.append(str(change.address))
        answer = self.answers.get(str(change.address), Written(Resource(change.address, f"id-{change.address.key}")))
        if callable(answer):
            answer = answer(change)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class Watching:
    """An observer that writes down what it is told."""

    started_: list[str] = field(default_factory=list)
    finished_: list[Outcome] = field(default_factory=list)

    def started(self, change: Change) -> None:
        """Work on a change begins."""
        self.started_.append(str(change.address))

    def finished(self, outcome: Outcome) -> None:
        """Work on a change has ended."""
        self.finished_.append(outcome)


def change(address: str, action: Action = Action.CREATE, *after: str, **more: Any) -> Change:
    """Make a change of an entity that is named like its key."""
    key = address.partition(".")[2]
    entity = issuer(key) if address.startswith("issuer") else badge_class(key)
    is_removal = action in (Action.DELETE, Action.ARCHIVE, Action.FORGET)
    fields = {"entity": None if is_removal else entity, "managed": {"name": entity.name}}
    return Change(Address.parse(address), action, after=tuple(map(Address.parse, after)), **{**fields, **more})


def plan_of(*changes: Change, bookkeeping: tuple[Change, ...] = ()) -> Plan:
    """Make a plan of these changes."""
    return Plan("here", SERVER, Dialect.OPEN_SOURCE, "L", 0, changes, bookkeeping, 0, (), (), 0)


@dataclass
class Ran:
    """What a run of `apply` left behind."""

    result: Result
    place: Place
    writer: Scripted
    observer: Watching

    @property
    def state(self) -> State:
        """The state as the next run reads it."""
        return opened(self.place).state

    @property
    def statuses(self) -> dict[str, Status]:
        """What became of each change."""
        return {str(outcome.change.address): outcome.status for outcome in self.result.outcomes}

    @property
    def pending(self) -> set[str]:
        """The addresses of the intents that are left."""
        return {str(address) for address in self.state.pending}


def opened(place: Place) -> Journal:
    """Open the state at a place."""
    journal = Journal(MemoryBackend(place), "here", SERVER)
    journal.load()
    return journal


def run(
    plan: Plan,
    writer: Scripted | None = None,
    *,
    place: Place | None = None,
    observer: Watching | None = None,
    **more: Any,
) -> Ran:
    """Carry a plan out, one change at a time unless told otherwise."""
    place, writer, observer = place or Place(), writer or Scripted(), observer or Watching()
    options = {"parallelism": 1, "stop": Stop(), **more}
    result = apply(plan, writer, opened(place), observer, **options)  # type: ignore[arg-type]
    return Ran(result, place, writer, observer)


def told_of(ran: Ran) -> list[Outcome]:
    """Return what the observer was told of, sorted like the result."""
    order = [outcome.change.address for outcome in ran.result.outcomes]
    return sorted(ran.observer.finished_, key=lambda outcome: order.index(outcome.change.address))


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + 30
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.001)
    assert is_so()


def stored(*resources: Resource) -> Place:
    """Return a place with a state that holds these."""
    state = replace(new_state(), resources={item.address: item for item in resources})
    return Place(dumps(state))


# --- the usual course ----------------------------------------------------------------------------------------------


def test_everything_is_done_and_recorded() -> None:
    """Each change is told of, its outcome is in the order of the plan, and the state holds what the writer says."""
    resource = Resource(Address.parse("badge_class.a"), "id-a", sent={"name": "A"})
    plan = plan_of(change("issuer.x"), change("badge_class.a", Action.CREATE, "issuer.x"), change("badge_class.b"))

    ran = run(plan, Scripted({"badge_class.a": Written(resource, ("stored otherwise",))}))

    assert [outcome.change for outcome in ran.result.outcomes] == list(plan.changes)
    assert set(ran.statuses.values()) == {Status.DONE}
    assert ran.result.outcomes[1].warnings == ("stored otherwise",)
    assert {(outcome.message, outcome.hint, outcome.details) for outcome in ran.result.outcomes} == {("", "", ())}
    assert (ran.result.is_success, ran.result.interrupted) == (True, False)
    assert ran.state.resources[resource.address] == resource
    assert {str(address) for address in ran.state.resources} == {"issuer.x", "badge_class.a", "badge_class.b"}
    assert (ran.state.pending, ran.place.journal) == ({}, b"")
    assert ran.result.serial == ran.state.serial == 2
    assert sorted(ran.observer.started_) == sorted(str(item.address) for item in plan.changes)
    assert told_of(ran) == list(ran.result.outcomes)


def test_what_is_no_longer_ours_leaves_the_state() -> None:
    """A removal that was done is recorded as such, and nothing else goes with it."""
    place = stored(*(Resource(Address.parse(f"badge_class.{key}"), f"id-{key}") for key in "ab"))

    ran = run(plan_of(change("badge_class.a", Action.DELETE)), Scripted({"badge_class.a": Written(None)}), place=place)

    assert [str(address) for address in ran.state.resources] == ["badge_class.b"]


def test_what_is_only_written_down_is_recorded_without_a_request() -> None:
    """No writer is asked about what the server holds already; a plan of nothing else leaves a state all the same."""
    known = Resource(Address.parse("badge_class.a"), "id-a", sent={"tags": ["a"]})
    noted = Change(known.address, Action.NO_OP, record=known)

    ran = run(plan_of(bookkeeping=(noted,)))

    assert ran.writer.written == []
    assert ran.state.resources == {known.address: known}
    assert ran.result == Result((), 2)


def test_the_journal_says_what_is_going_on() -> None:
    """Whoever reads it after a crash is told which command it was."""
    for operation, options in (("apply", {}), ("destroy", {"operation": "destroy"})):
        place = Place()
        heads: list[Any] = []

        def read(made: Change, heads: list[Any] = heads, place: Place = place) -> Answer:
            heads.append(json.loads(place.journal.split(b"\n")[0]))
            return Written(Resource(made.address, "id"))

        run(plan_of(change("issuer.x")), Scripted({"issuer.x": read}), place=place, **options)

        assert [head["operation"] for head in heads] == [operation]


# --- what is announced ---------------------------------------------------------------------------------------------

DRIFTED = (Attribute("name", Cause.DRIFT, "before", "after"),)
QUIET = (Attribute("protect", Cause.CATALOG, before=False, after=True),)


def announced(*changes: Change, place: Place | None = None) -> dict[str, Intent]:
    """Return what the journal announces when the first request is about to leave."""
    place = place or Place()
    seen: list[Mapping[Address, Intent]] = []

    def look(made: Change) -> Answer:
        state, journal = opened(Place(place.state)).state, place.journal.decode()
        seen.append(fold(state, journal, name="journal").pending)
        return Written(Resource(made.address, f"id-{made.address.key}"))

    run(plan_of(*changes), Scripted({str(item.address): look for item in changes}), place=place)
    return {str(address): intent for address, intent in seen[0].items()}


def test_a_creation_is_announced_with_what_was_there_before() -> None:
    """The next run must not take a stranger's badge class of that name for what this one was about to make."""
    made = change("badge_class.a", known=("stranger-1", "stranger-2"))
    (intent,) = announced(made).values()

    assert (intent.action, intent.address) == ("create", made.address)
    assert intent.known == ("stranger-1", "stranger-2")
    assert intent.resource.entity_id == ""
    assert intent.resource.sent == {"name": "A"}


def test_a_creation_is_recorded_at_its_new_address_before_the_old_one_is_given_up() -> None:
    """Cut anywhere, the journal has it at one of them or at both, and what was not planned stays where it is."""
    old, new, other = (Address.parse(f"badge_class.{key}") for key in ("old", "new", "other"))
    intents = {
        address: Intent(address, "create", Resource(address, "", sent={"name": "N"}), ("x",), at="2026-11-28T11:00:00Z")
        for address in (old, other)
    }
    moved = replace(intents[old], address=new, resource=replace(intents[old].resource, address=new))
    elsewhere = replace(intents[other], address=Address.parse("badge_class.elsewhere"))
    state = replace(new_state(), lineage="L", pending=intents)
    plan = replace(plan_of(change("badge_class.new")), handed_over=((old, moved), (other, elsewhere)))
    place = Place(dumps(state))
    journals: list[bytes] = []

    def look(made: Change) -> Answer:
        journals.append(place.journal)
        return Written(Resource(made.address, "id"))

    ran = run(plan, Scripted({"badge_class.new": look}), place=place)

    assert ran.state.pending == {other: intents[other]}
    assert ran.state.resources.keys() == {new}
    known = opened(Place(dumps(state))).state
    lines = journals[0].decode().splitlines(keepends=True)
    for count in range(1, len(lines) + 1):
        pending = fold(known, "".join(lines[:count]), name="journal").pending
        assert {old, new} & pending.keys()
        assert pending[other] == intents[other]


def test_what_is_made_again_is_announced_without_the_id_it_had() -> None:
    """The entity that the state knows is gone; the one to come has no id yet."""
    lost = Resource(Address.parse("badge_class.a"), "gone", sent={"name": "Old"})
    server = Server(Dialect.OPEN_SOURCE)
    live = server.apply(server.plan(catalog(issuer()), new_state()), new_state())
    other = server.live(next(iter(live.resources.values())).entity_id)

    (intent,) = announced(change("badge_class.a", record=lost, live=other)).values()

    assert intent.resource.entity_id == ""


@pytest.mark.parametrize(
    ("action", "attributes", "is_announced"),
    [
        (Action.CREATE, (), True),
        (Action.UPDATE, DRIFTED, True),
        (Action.UPDATE, QUIET, False),
        (Action.ADOPT, DRIFTED, True),
        (Action.ADOPT, (), False),
        (Action.DELETE, DRIFTED, False),
        (Action.ARCHIVE, DRIFTED, False),
        (Action.FORGET, DRIFTED, False),
    ],
)
def test_what_could_be_left_half_known_is_announced(
    action: Action, attributes: tuple[Attribute, ...], is_announced: bool
) -> None:
    """Creations and updates that send something; of a removal the server itself tells what became of it."""
    server = Server(Dialect.OPEN_SOURCE)
    state = server.apply(server.plan(catalog(issuer()), new_state()), new_state())
    live = server.live(next(iter(state.resources.values())).entity_id)
    record = Resource(Address.parse("badge_class.a"), live.entity_id)
    made = change("badge_class.a", action, attributes=attributes, live=live, record=record)

    found = announced(made)

    assert list(found) == (["badge_class.a"] if is_announced else [])
    if is_announced and action is not Action.CREATE:
        assert found["badge_class.a"].action == "update"
        assert found["badge_class.a"].resource.entity_id == live.entity_id


def test_what_is_taken_over_is_looked_at_before_anything_is_done() -> None:
    """Where a list has passed something else off, nothing is recorded and nothing sent."""
    record = Resource(Address.parse("badge_class.a"), "made-earlier", sent={"name": "Old"})
    adopted = change("badge_class.a", Action.ADOPT, record=record)
    created = change("badge_class.b", record=Resource(Address.parse("badge_class.b"), ""))
    writer, place = Scripted({}), Place()

    run(plan_of(adopted, created), writer)
    assert writer.confirmed == ["badge_class.a"]

    writer = Scripted({}, doubt=NotFoundError("another"))
    with pytest.raises(NotFoundError, match="another"):
        run(plan_of(adopted, created), writer, place=place)
    assert writer.written == []
    assert place.journal == b""


def test_what_is_taken_over_is_ours_before_its_update_is_sent() -> None:
    """By its new name nobody would find it again, if the run ended right after the request."""
    record = Resource(Address.parse("badge_class.a"), "made-earlier", sent={"name": "Old"})
    place, seen = Place(), []

    def look(_: Change) -> Answer:
        state = opened(Place(place.state)).state
        seen.append(fold(state, place.journal.decode(), name="journal").resources.get(record.address))
        return Written(record)

    adopted = change("badge_class.a", Action.ADOPT, record=record, attributes=DRIFTED)
    created = change("badge_class.b", record=Resource(Address.parse("badge_class.b"), "gone"))
    writer = Scripted({"badge_class.a": look, "badge_class.b": NotFoundError("no")})
    ran = run(plan_of(adopted, created), writer, place=place)

    assert seen == [record]
    assert list(ran.state.resources) == [record.address], "what is to be created is not recorded before it is there"


@pytest.mark.parametrize(
    ("error", "stays"),
    [
        (RefusedError("no", status=400), False),
        (NotFoundError("no", status=404), False),
        (RefusedError("changed", fields={"name": ("taken",)}), False),
        (ServerFaultError("no", status=500), True),
        (ServerFaultError("no", status=500, outcome_unknown=True), True),
        (ApiError("no answer", outcome_unknown=True), True),
        (UnreachableError("no", outcome_unknown=True), True),
        (UnreachableError("no"), False),
    ],
)
def test_only_a_refusal_takes_an_intent_back(error: ApiError, stays: bool) -> None:
    """After anything else nobody knows what the server did, and the next run looks."""
    ran = run(plan_of(change("badge_class.a")), Scripted({"badge_class.a": error}))

    assert ran.statuses == {"badge_class.a": Status.FAILED}
    assert ran.pending == ({"badge_class.a"} if stays else set())


def test_what_was_surely_not_done_takes_its_intent_back() -> None:
    """The writer has looked: whatever the error was, nothing is left that could still arrive."""
    error = ServerFaultError("no", status=500, outcome_unknown=True)
    error.surely_not_done = True

    ran = run(plan_of(change("badge_class.a")), Scripted({"badge_class.a": error}))

    assert ran.statuses == {"badge_class.a": Status.FAILED}
    assert ran.pending == set()


def test_a_refused_removal_leaves_what_is_pending_alone() -> None:
    """It has announced nothing, so there is nothing of its own to take back: what is there is an earlier run's."""
    address = Address.parse("badge_class.a")
    earlier = Intent(address, "update", Resource(address, "id-a", sent={"name": "New"}))
    state = replace(new_state(), resources={address: Resource(address, "id-a")}, pending={address: earlier})
    place = Place(dumps(state))

    ran = run(
        plan_of(change("badge_class.a", Action.DELETE)), Scripted({"badge_class.a": RefusedError("no")}), place=place
    )

    assert ran.state.pending == {address: earlier}


# --- order ---------------------------------------------------------------------------------------------------------


def test_nothing_begins_before_what_it_waits_for() -> None:
    """However the plan is sorted: an issuer before its badge classes, and after the last of them when it goes."""
    plan = plan_of(
        change("badge_class.a", Action.CREATE, "issuer.x"),
        change("badge_class.b", Action.CREATE, "issuer.x", "badge_class.a"),
        change("issuer.x"),
        change("issuer.y", Action.DELETE, "badge_class.c", "badge_class.d"),
        change("badge_class.c", Action.DELETE),
        change("badge_class.d", Action.DELETE),
    )

    for parallelism in (1, 4):
        ran = run(plan, parallelism=parallelism)

        place = {address: number for number, address in enumerate(ran.writer.written)}
        assert place["issuer.x"] < place["badge_class.a"] < place["badge_class.b"]
        assert max(place["badge_class.c"], place["badge_class.d"]) < place["issuer.y"]
        assert ran.result.is_success


def test_what_is_not_in_the_plan_is_waited_for_by_nobody() -> None:
    """An issuer that is there already needs no change."""
    assert run(plan_of(change("badge_class.a", Action.CREATE, "issuer.x"))).result.is_success


@pytest.mark.parametrize("parallelism", [1, 3])
def test_so_many_changes_are_under_way_and_no_more(parallelism: int) -> None:
    """Each worker has one at hand and one to go on with: the rest has not begun if something goes wrong."""
    gate, lock, now, most = threading.Event(), threading.Lock(), 0, 0
    begun: list[int] = []

    def look() -> None:
        until = time.monotonic() + 10
        while len(observer.started_) < 2 * parallelism and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.1)  # in which one more could begin
        begun.append(len(observer.started_))
        gate.set()

    def hold(made: Change) -> Answer:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            full = now == parallelism and not gate.is_set()
        if full:
            threading.Thread(target=look).start()
        gate.wait(20)
        with lock:
            now -= 1
        return Written(Resource(made.address, f"id-{made.address.key}"))

    changes = [change(f"badge_class.b{number}") for number in range(12)]
    observer = Watching()
    writer = Scripted({str(item.address): hold for item in changes})

    apply(plan_of(*changes), writer, opened(Place()), observer, Stop(), parallelism=parallelism)  # type: ignore[arg-type]

    assert most == parallelism
    assert begun == [2 * parallelism]


def test_a_slow_answer_is_waited_for_without_haste() -> None:
    """Longer than it takes to look whether somebody wants to stop, and without asking over and over."""
    journal, notes = opened(Place()), 0
    note = journal.note

    def counted(*arguments: Any) -> None:
        nonlocal notes
        notes += 1
        note(*arguments)

    def slow(made: Change) -> Answer:
        time.sleep(0.7)
        return Written(Resource(made.address, "id"))

    journal.note = counted  # type: ignore[method-assign]
    writer = Scripted({"issuer.x": slow})

    result = apply(plan_of(change("issuer.x")), writer, journal, Watching(), Stop())  # type: ignore[arg-type]

    assert result.is_success
    assert notes < 10


def test_an_intent_says_when_its_request_is_sent() -> None:
    """Not when the run began: of a run that lasts, the last creation may still be under way when the first is old."""
    place, times = Place(), iter(NOON + timedelta(minutes=number) for number in range(99))
    at: dict[str, str] = {}

    def look(made: Change) -> Answer:
        state = fold(new_state() if place.state is None else loads(place.state, name="state"), _whole(place), name="j")
        at.update({str(address): intent.at for address, intent in state.pending.items()})
        return Written(Resource(made.address, f"id-{made.address.key}"))

    changes = [change(f"badge_class.b{number}", since="2026-11-28T11:00:00Z") for number in range(4)]
    run(
        plan_of(*changes), Scripted({str(item.address): look for item in changes}), place=place, now=lambda: next(times)
    )

    assert at["badge_class.b0"] == "2026-11-28T12:00:00Z"
    assert at["badge_class.b3"] > at["badge_class.b0"]


def _whole(place: Place) -> str:
    return place.journal[: place.journal.rfind(b"\n") + 1].decode()


def test_what_was_not_sent_is_not_announced() -> None:
    """A run that dies leaves only what it was at: the rest need not be waited for."""
    place = Place()

    def die(_made: Change) -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            plan_of(*(change(f"badge_class.b{number}") for number in range(9))),
            Scripted({"badge_class.b0": die}),
            place=place,
        )

    assert {str(address) for address in opened(place).state.pending} == {"badge_class.b0", "badge_class.b1"}


def test_what_an_earlier_run_may_have_done_stays_open_although_it_was_not_begun() -> None:
    """Taking it back would forget that it may still come."""
    stop = Stop()

    def end(made: Change) -> Answer:
        stop.request()
        return Written(Resource(made.address, "id"))

    plan = plan_of(change("badge_class.a"), change("badge_class.b", is_repeated=True))

    ran = run(plan, Scripted({"badge_class.a": end}), stop=stop)

    assert ran.statuses["badge_class.b"] is Status.SKIPPED
    assert ran.pending == {"badge_class.b"}


# --- failures ------------------------------------------------------------------------------------------------------


def test_a_failure_stops_what_depends_on_it_and_nothing_else() -> None:
    """In turn also what waits for that; each is accounted for, with who is to blame."""
    plan = plan_of(
        change("issuer.x"),
        change("badge_class.a", Action.CREATE, "issuer.x"),
        change("badge_class.b", Action.CREATE, "badge_class.a", "issuer.x"),
        change("badge_class.c"),
        change("issuer.y", Action.DELETE, "badge_class.d"),
        change("badge_class.d", Action.DELETE),
    )
    error = RefusedError("No such thing.", hint="Mend it.", fields={"name": ("taken",)})

    ran = run(plan, Scripted({"issuer.x": error, "badge_class.d": RefusedError("Held.")}))

    told = {str(item.change.address): (item.status, item.message) for item in ran.result.outcomes}
    assert told == {
        "issuer.x": (Status.FAILED, "No such thing."),
        "badge_class.a": (Status.SKIPPED, "issuer.x was not created"),
        "badge_class.b": (Status.SKIPPED, "badge_class.a was not created"),
        "badge_class.c": (Status.DONE, ""),
        "badge_class.d": (Status.FAILED, "Held."),
        "issuer.y": (Status.SKIPPED, "badge_class.d could not be removed first"),
    }
    assert ran.result.outcomes[0].hint == "Mend it."
    assert [(item.code, item.summary) for item in ran.result.outcomes[0].details] == [
        ("refused-by-server", "name: taken")
    ]
    assert isinstance(ran.result.outcomes[0].details[0], Diagnostic)
    assert ran.result.outcomes[0].details[0].severity is Severity.ERROR
    assert not ran.result.is_success
    assert [str(item.change.address) for item in ran.result.having(Status.SKIPPED)] == [
        "badge_class.a",
        "badge_class.b",
        "issuer.y",
    ]
    assert told_of(ran) == list(ran.result.outcomes)
    assert ran.pending == set(), "nothing was sent for what was refused or skipped"


MANY = 20


def many(answers: Callable[[int], Answer | None]) -> Ran:
    """Create many badge classes one after the other; `answers` says by number what goes wrong."""
    changes = [change(f"badge_class.b{number:02}") for number in range(MANY)]
    found = {str(item.address): answer for number, item in enumerate(changes) if (answer := answers(number))}
    return run(plan_of(*changes), Scripted(found))


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (UnauthorizedError("no", status=401), "the server refused the credentials"),
        (UnreachableError("no"), "the server cannot be reached"),
    ],
)
def test_what_no_change_can_survive_ends_the_run(error: ApiError, why: str) -> None:
    """Nothing new is begun; what has not begun is skipped and says why, and its intents are taken back."""
    ran = many(lambda number: error if number == 3 else None)

    assert [str(item.change.address) for item in ran.result.having(Status.FAILED)] == ["badge_class.b03"]
    skipped = ran.result.having(Status.SKIPPED)
    assert {item.message for item in skipped} == {why}
    assert len(skipped) >= MANY - 4 - 2
    assert len(ran.writer.written) <= 4 + 2
    assert ran.pending == set()
    assert not ran.result.interrupted


@pytest.mark.parametrize("error", [ServerFaultError("no", status=500), UnreachableError("no", outcome_unknown=True)])
def test_a_server_that_fails_five_times_in_a_row_is_down(error: ApiError) -> None:
    """The fifth ends the run, and not the fourth."""
    ran = many(lambda _: error)

    assert 5 <= len(ran.result.having(Status.FAILED)) <= 6
    skipped = ran.result.having(Status.SKIPPED)
    assert len(skipped) == MANY - len(ran.result.having(Status.FAILED))
    assert {item.message for item in skipped} == {"the server failed 5 times in a row"}
    assert many(lambda number: error if number >= MANY - 4 else None).result.having(Status.SKIPPED) == []


def test_a_server_that_works_in_between_is_not_down() -> None:
    """Only failures in a row are counted: a success begins anew, however many failed before."""
    ran = many(lambda number: None if number % 5 == 4 else ServerFaultError("no", status=500))

    assert len(ran.result.having(Status.FAILED)) == MANY - MANY // 5
    assert ran.result.having(Status.SKIPPED) == []


@pytest.mark.parametrize("error", [RefusedError("no"), NotFoundError("no"), ApiError("no", outcome_unknown=True)])
def test_what_concerns_one_change_ends_no_run(error: ApiError) -> None:
    """A refusal says that the server works."""
    assert len(many(lambda _: error).result.having(Status.FAILED)) == MANY


def test_a_mistake_of_ours_is_raised_when_the_rest_is_recorded() -> None:
    """What was done before it, and what was under way, is in the journal."""
    place = Place()
    changes = [change("badge_class.a"), change("badge_class.b")]

    with pytest.raises(ZeroDivisionError):
        run(plan_of(*changes), Scripted({"badge_class.b": ZeroDivisionError()}), place=place)

    state = opened(place).state
    assert {str(address) for address in state.resources} == {"badge_class.a"}
    assert {str(address) for address in state.pending} == {"badge_class.b"}


def test_what_cannot_be_recorded_ends_the_run_without_another_request() -> None:
    """What is under way is waited for; what was only handed out is not begun, although nobody asked to stop."""
    gate, ended = threading.Event(), []
    journal, note = opened(Place()), Journal.note

    def full(outcomes: Any, refused: Any = ()) -> None:
        outcomes = list(outcomes)
        if outcomes:
            until(lambda: len(writer.written) == 3)
            threading.Timer(0.2, gate.set).start()
            raise StateError("The disk is full.")
        note(journal, outcomes, refused)

    def hold(made: Change) -> Answer:
        gate.wait(30)
        ended.append(str(made.address))
        return Written(None)

    writer = Scripted({"badge_class.b": hold, "badge_class.c": hold})
    journal.note = full  # type: ignore[method-assign]
    plan = plan_of(*(change(f"badge_class.{key}") for key in "abcd"))

    with pytest.raises(StateError, match="disk is full"):
        apply(plan, writer, journal, Watching(), Stop(), parallelism=2)  # type: ignore[arg-type]

    assert sorted(writer.written) == ["badge_class.a", "badge_class.b", "badge_class.c"]
    assert sorted(ended) == ["badge_class.b", "badge_class.c"]


def test_nothing_is_sent_once_the_lock_is_lost() -> None:
    """Whoever has taken it over would not know of it."""
    place, writer = Place(), Scripted()
    journal = opened(place)
    asked = 0

    def lost() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise StateError("The lock is lost.")

    journal.check = lost  # type: ignore[method-assign]

    with pytest.raises(StateError, match="The lock is lost"):
        apply(
            plan_of(change("badge_class.a"), change("badge_class.b")),
            writer,  # type: ignore[arg-type]
            journal,
            Watching(),
            Stop(),
            parallelism=1,
        )

    assert writer.written == ["badge_class.a"]


# --- a wish to stop ------------------------------------------------------------------------------------------------


def test_asked_to_stop_before_it_began_it_does_nothing() -> None:
    """Everything is skipped, and no intent is left that the next run would have to look after."""
    stop = Stop()
    stop.request()

    ran = run(plan_of(change("issuer.x"), change("badge_class.a", Action.CREATE, "issuer.x")), stop=stop)

    assert ran.writer.written == ran.observer.started_ == []
    assert [(item.status, item.message) for item in ran.result.outcomes] == [
        (Status.SKIPPED, "interrupted"),
        (Status.SKIPPED, "issuer.x was not created"),
    ]
    assert (ran.result.interrupted, ran.result.is_success) == (True, False)
    assert (ran.pending, ran.place.journal) == (set(), b"")


def test_asked_once_it_finishes_what_is_under_way() -> None:
    """What has been sent is waited for and recorded; what was only handed out is not begun."""
    stop, observer = Stop(), Watching()

    def ask(made: Change) -> Answer:
        until(lambda: len(observer.started_) == 2)
        stop.request()
        return Written(Resource(made.address, "id"))

    changes = [change(f"badge_class.{key}") for key in "abc"]
    ran = run(plan_of(*changes), Scripted({"badge_class.a": ask}), stop=stop, observer=observer)

    assert ran.writer.written == ["badge_class.a"]
    assert ran.statuses == {
        "badge_class.a": Status.DONE,
        "badge_class.b": Status.SKIPPED,
        "badge_class.c": Status.SKIPPED,
    }
    assert {item.message for item in ran.result.having(Status.SKIPPED)} == {"interrupted"}
    assert (ran.result.interrupted, ran.result.is_success) == (True, False)
    assert (ran.pending, ran.place.journal) == (set(), b"")


def test_asked_twice_it_waits_for_nothing() -> None:
    """The journal stays as it is for the next run to go on with, and nothing is said of what nobody knows."""
    stop, gate = Stop(), threading.Event()

    def ask(_: Change) -> Answer:
        time.sleep(0.5)  # by then it waits for the answer
        stop.request()
        stop.request()
        gate.wait(30)
        return Written(None)

    start = time.monotonic()
    began = run(plan_of(change("badge_class.a"), change("badge_class.b")), Scripted({"badge_class.a": ask}), stop=stop)
    seconds = time.monotonic() - start
    gate.set()

    assert seconds < 15
    assert began.result.outcomes == ()
    assert (began.result.interrupted, began.result.is_success) == (True, False)
    assert began.result.serial == 1
    assert began.pending == {"badge_class.a", "badge_class.b"}
    assert began.writer.written == ["badge_class.a"]


def test_what_is_skipped_takes_nothing_back_that_it_has_not_announced() -> None:
    """A removal that was not begun leaves an earlier run's open question open."""
    stop, address = Stop(), Address.parse("badge_class.a")
    stop.request()
    earlier = Intent(address, "update", Resource(address, "id-a", sent={"name": "New"}))
    state = replace(new_state(), resources={address: Resource(address, "id-a")}, pending={address: earlier})

    ran = run(plan_of(change("badge_class.a", Action.DELETE)), place=Place(dumps(state)), stop=stop)

    assert ran.state.pending == {address: earlier}


def test_one_request_is_a_wish_and_two_are_an_order() -> None:
    """That is what Ctrl-C means, pressed once and pressed again."""
    stop = Stop()
    seen = [(stop.is_requested, stop.is_immediate)]
    for _ in range(3):
        stop.request()
        seen.append((stop.is_requested, stop.is_immediate))

    assert seen == [(False, False), (True, False), (True, True), (True, True)]


def test_an_apply_without_a_number_works_at_several_at_once() -> None:
    """Eight, as the documentation says."""
    assert applying.PARALLELISM == 8
    names: set[str] = set()
    together = threading.Barrier(8, timeout=5)

    def meet(made: Change) -> Answer:
        names.add(threading.current_thread().name)
        together.wait()
        return Written(Resource(made.address, f"id-{made.address.key}"))

    changes = [change(f"badge_class.b{number}") for number in range(8)]
    writer = Scripted({str(item.address): meet for item in changes})

    result = apply(plan_of(*changes), writer, opened(Place()), Watching(), Stop())  # type: ignore[arg-type]

    assert result.is_success
    assert len(names) == 8
    assert all(name.startswith("apply_") for name in names)
    assert names.isdisjoint(thread.name for thread in threading.enumerate()), "no thread outlives its apply"


def test_a_loss_ends_the_run_and_is_recorded() -> None:
    """What was written is ours; but no other entity is to lose anything, so nothing more is begun."""
    lossy = Written(Resource(Address.parse("issuer.a"), "id-a"), lost=("note", "preferences.b"))
    writer = Scripted({"issuer.a": lossy})

    ran = run(plan_of(change("issuer.a"), change("issuer.b"), change("issuer.c"), change("issuer.d")), writer)

    assert ran.statuses["issuer.a"] is Status.FAILED
    assert ran.statuses["issuer.d"] is Status.SKIPPED
    assert Address.parse("issuer.a") in ran.state.resources
    (outcome,) = ran.result.having(Status.FAILED)
    assert outcome.message == "The update was made, and the server emptied what was not to change: note, preferences.b."
    assert "Nothing more was begun" in outcome.hint
