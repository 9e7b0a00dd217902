"""State and journal together: whenever the power goes off, what was recorded is there and what was begun is pending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.counted import Counted, Tally
from support.memory import CrashError, MemoryBackend, Place
from support.states import sample

from badgeops.errors import StateError
from badgeops.model.address import Address
from badgeops.state.backends.interface import LockInfo
from badgeops.state.journal import Journal
from badgeops.state.record import Intent, Resource, State, dumps, journal_head, loads

SERVER = "https://api.example"
ONE, TWO, THREE = (Address.parse(f"badge_class.{key}") for key in ("one", "two", "three"))


def journal(backend: MemoryBackend, environment: str = "production", server: str = SERVER) -> Journal:
    """Open a journal."""
    return Journal(backend, environment, server)


def loaded(place: Place) -> Journal:
    """Open and load a journal as the next process would."""
    made = journal(MemoryBackend(place))
    made.load()
    return made


def resource(address: Address, entity_id: str = "") -> Resource:
    """Make a small resource."""
    return Resource(address, entity_id, sent={"name": f"Klasse „{address.key}“ 🦀"})


def intent(address: Address) -> Intent:
    """Make an intent to create."""
    return Intent(address, "create", resource(address))


def stored(place: Place) -> State:
    """Read the state file alone."""
    assert place.state is not None
    return loads(place.state, name="memory")


# --- the usual course ----------------------------------------------------------------------------------------------


def test_an_empty_place_is_an_empty_state() -> None:
    """The first run needs no preparation, and reading writes nothing."""
    backend = MemoryBackend()
    made = journal(backend)

    assert made.load() == State("", 0, "production", SERVER)
    assert not made.is_unfinished
    assert backend.place.state is None


def test_nothing_is_known_before_it_is_read() -> None:
    """And what was read before does not stay when the place is empty now."""
    empty = State("", 0, "production", SERVER)
    place = Place(dumps(sample()), (journal_head(sample(), "apply")).encode())
    made = journal(MemoryBackend(place))
    assert (made.state, made.is_unfinished, made.unanswered) == (empty, False, frozenset())
    made.load()
    assert (made.state.resources, made.is_unfinished) == (sample().resources, True)

    place.state, place.journal = None, b""
    made.load()

    assert (made.state, made.is_unfinished, made.unanswered) == (empty, False, frozenset())
    assert made.replace(made.state) == 1


def test_a_lock_that_was_lost_is_noticed() -> None:
    """Whoever asks before a request is told."""
    backend = MemoryBackend()
    made = journal(backend)
    with backend.lock(LockInfo("1", "apply", "me", "now"), 0):
        made.check()
        backend.place.owner = None

        with pytest.raises(StateError, match="is lost"):
            made.check()


def test_a_run_from_beginning_to_end() -> None:
    """The state is written before the first request and after the last; in between the journal tells all."""
    place = Place()
    run = loaded(place)
    run.begin("apply")
    born = stored(place)
    run.announce([intent(ONE), intent(TWO), intent(THREE)])
    run.note([(ONE, resource(ONE, "1"))])
    run.note([(TWO, resource(TWO, "2"))], [THREE])

    serial = run.finish()

    assert (born.serial, born.resources, born.lineage != "") == (1, {}, True)
    assert serial == 2
    assert stored(place).resources == {ONE: resource(ONE, "1"), TWO: resource(TWO, "2")}
    assert stored(place).pending == {}
    assert stored(place).lineage == born.lineage
    assert place.journal == b""
    assert run.state == loaded(place).state


def test_a_run_that_changes_nothing_writes_nothing() -> None:
    """The serial stays, and so do the bytes that may be committed; the journal is gone."""
    place = Place(dumps(sample()))
    backend = MemoryBackend(place)
    run = journal(backend)
    run.load()
    run.begin("apply")
    run.announce([])
    run.note([])

    assert run.finish() == 3
    assert backend.writes == 0
    assert place == Place(dumps(sample()))


def test_the_intents_are_durable_before_anything_is_done() -> None:
    """Whoever reads after the announcement knows what may have been sent."""
    place = Place()
    run = loaded(place)
    run.begin("apply")
    run.announce([intent(ONE)])

    assert loaded(place).state.pending == {ONE: intent(ONE)}
    assert loaded(place).is_unfinished


def test_only_a_run_that_was_cut_short_leaves_something_unanswered() -> None:
    """One that came to its end has looked for its own."""
    place = Place()
    run = loaded(place)
    run.begin("apply")
    run.announce([intent(ONE), intent(TWO), Intent(THREE, "update", resource(THREE))])
    run.note([(TWO, resource(TWO, "2"))])
    assert loaded(place).unanswered == {ONE, THREE}

    run.finish()

    assert loaded(place).state.pending.keys() == {ONE, THREE}
    assert loaded(place).unanswered == frozenset()


def test_a_batch_is_one_write_to_the_disk() -> None:
    """Outcomes that came together are made durable together."""
    backend = MemoryBackend()
    run = journal(backend)
    run.load()
    run.begin("apply")
    backend.steps = 1
    run.note([(ONE, resource(ONE, "1")), (TWO, resource(TWO, "2"))], [THREE])

    assert backend.steps == 0


def test_a_command_can_write_in_one_step() -> None:
    """`state mv` and `import` send nothing, so they need no journal."""
    place = Place()
    run = loaded(place)

    assert run.replace(State("", 0, "production", SERVER, {ONE: resource(ONE, "1")})) == 1
    assert stored(place).lineage
    assert run.replace(run.state.without(ONE)) == 2
    assert stored(place).resources == {}
    assert loaded(place).replace(stored(place)) == 2


def test_an_outcome_of_nothing_is_a_farewell() -> None:
    """None means that the entity is no longer ours."""
    place = Place(dumps(sample()))
    run = loaded(place)
    gone = next(iter(run.state.resources))
    run.begin("apply")
    run.note([(gone, None), (ONE, None)])
    run.finish()

    assert gone not in stored(place).resources


# --- crashes -------------------------------------------------------------------------------------------------------


def scenario(run: Journal, recorded: Callable[[str], None]) -> None:
    """Do a run, and say after each step what is recorded from then on."""
    run.begin("apply")
    recorded("begun")
    run.announce([intent(ONE), intent(TWO), intent(THREE)])
    recorded("announced")
    run.note([(ONE, resource(ONE, "1"))])
    recorded("one")
    run.note([(TWO, resource(TWO, "2"))], [THREE])
    recorded("two")
    run.finish()
    recorded("finished")


EXPECTED = {
    "": (set(), set()),
    "begun": (set(), set()),
    "announced": (set(), {ONE, TWO, THREE}),
    "one": ({ONE}, {TWO, THREE}),
    "two": ({ONE, TWO}, set()),
    "finished": ({ONE, TWO}, set()),
}
"""After each step: which addresses are recorded, and which are pending."""


@pytest.mark.parametrize("torn", [0, 1, 40, 10_000])
@pytest.mark.parametrize("start", [None, dumps(sample())], ids=["first run", "later run"])
def test_a_crash_at_any_step_loses_nothing(start: str | None, torn: int) -> None:
    """After it the state can be read; every recorded outcome is there, every announced intent at least pending."""
    before = set() if start is None else set(sample().resources)
    still = set() if start is None else set(sample().pending)
    for steps in range(100):
        place, reached = Place(start), [""]
        run = journal(MemoryBackend(place, steps=steps, torn=torn))
        run.load()
        try:
            scenario(run, reached.append)
        except CrashError:
            pass
        else:
            break

        state = loaded(place).state

        names = list(EXPECTED)
        possible = [EXPECTED[reached[-1]], EXPECTED[names[names.index(reached[-1]) + 1]]]
        if torn == 40:  # of an announcement or a note of several lines, a part may have come through
            assert possible[0][0] <= set(state.resources) - before <= possible[1][0]
        else:
            assert (set(state.resources) - before, set(state.pending) - still) in possible
        assert set(state.resources) >= before
        assert set(state.pending) >= still
        finish_after(place, state)
    else:
        pytest.fail("it never came to an end")
    assert steps > 5


def finish_after(place: Place, state: State) -> None:
    """Do the next run after a crash, and see that it ends with what the first one left."""
    run = loaded(place)
    run.begin("apply")
    assert stored(place).same_content(replace(state, lineage=stored(place).lineage))
    run.note([(address, resource(address, f"late-{address.key}")) for address in state.pending])
    serial = run.finish()

    assert stored(place).pending == {}
    assert set(stored(place).resources) == set(state.resources) | set(state.pending)
    assert serial == stored(place).serial
    assert loaded(place).state == stored(place)


def test_serials_only_grow() -> None:
    """However often a run is interrupted, no two states of one lineage share a serial."""
    place = Place()
    seen = []
    for number in range(4):
        run = loaded(place)
        run.begin("apply")
        run.announce([intent(ONE)])
        run.note([(ONE, resource(ONE, str(number)))])
        seen.append(stored(place).serial)

    assert seen == [1, 2, 3, 4]
    assert stored(place).resources[ONE].entity_id == "2"
    assert loaded(place).state.resources[ONE].entity_id == "3"


def test_reading_tells_an_unfinished_run() -> None:
    """`plan` shows that something is open, without writing anything."""
    place = Place(dumps(sample(pending={})))
    run = loaded(place)
    assert not run.is_unfinished
    run.begin("apply")
    assert loaded(place).is_unfinished, "a journal that tells nothing yet has to go, too"
    run.announce([intent(ONE)])

    assert loaded(place).is_unfinished


def test_a_journal_that_was_folded_but_not_dropped_is_ignored() -> None:
    """The crash came between the two: what it told is in the state already, or was changed since."""
    place = Place()
    run = loaded(place)
    run.begin("apply")
    run.note([(ONE, resource(ONE, "1"))])
    lines = place.journal
    run.finish()
    run.replace(run.state.without(ONE))
    place.journal = lines

    assert loaded(place).state.resources == {}


# --- what does not belong together ---------------------------------------------------------------------------------


def test_a_journal_without_its_state_is_refused() -> None:
    """The state file was deleted while a run was open: starting afresh would create everything again."""
    place = Place(None, journal_head(sample(), "apply").encode())

    with pytest.raises(StateError, match="is gone, but the journal") as raised:
        loaded(place)
    assert "from its backup" in raised.value.hint


def test_a_journal_of_another_state_is_refused() -> None:
    """The state file was replaced while a run was open."""
    place = Place(dumps(sample(lineage="another")), journal_head(sample(), "apply").encode())

    with pytest.raises(StateError, match="belongs to another state"):
        loaded(place)


@pytest.mark.parametrize(
    ("environment", "server", "words"),
    [
        ("test", SERVER, "belongs to environment production, not to test"),
        ("production", "https://other.example", "belongs to the server https://api.example, but environment"),
    ],
)
def test_a_state_of_another_owner_is_refused(environment: str, server: str, words: str) -> None:
    """Its ids mean nothing there, or worse, something else."""
    made = journal(MemoryBackend(Place(dumps(sample()))), environment, server)

    with pytest.raises(StateError, match=words) as caught:
        made.load()

    assert "state:" in caught.value.hint


def test_damage_is_refused_and_left_alone() -> None:
    """Nothing is written over what somebody may still be able to restore."""
    place = Place("damaged", b"line\n")

    with pytest.raises(StateError, match="memory:state is damaged"):
        loaded(place)
    assert (place.state, place.journal) == ("damaged", b"line\n")


# --- growth --------------------------------------------------------------------------------------------------------


class Heard(MemoryBackend):
    """Keeps account of what was written where, in characters."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.appended: list[int] = []
        self.written: list[int] = []

    def append(self, lines: str) -> None:
        """Append, and note how much."""
        self.appended.append(len(lines))
        super().append(lines)

    def write(self, text: str) -> None:
        """Write, and note how much."""
        self.written.append(len(text))
        super().write(text)


def many(size: int) -> State:
    """Make a state of so many badge classes."""
    addresses = [Address.parse(f"badge_class.course-{number}") for number in range(size)]
    return State("L", 1, "production", SERVER, {address: resource(address, str(address)) for address in addresses})


def test_an_update_that_follows_an_unfinished_one_knows_it() -> None:
    """Also when it is read from the disk; refused, it leaves the other one pending, and done, neither."""
    backend = MemoryBackend(Place(dumps(many(1))))
    run = journal(backend)
    run.load()
    (address,) = run.state.resources
    first, second = (Intent(address, "update", resource(address, text)) for text in ("first", "second"))

    def pending() -> tuple[Resource, ...]:
        left = journal(backend).load().pending.get(address)
        return (*left.earlier, left.resource) if left is not None else ()

    run.begin("apply")
    run.announce([first])
    run.announce([second])
    run.announce([second])
    assert pending() == (first.resource, second.resource)

    run.note([], refused=[address])
    assert pending() == (first.resource,)
    run.finish()
    assert pending() == (first.resource,)

    run.begin("apply")
    run.announce([second])
    run.note([(address, second.resource)])
    assert pending() == ()


def test_recording_an_outcome_costs_the_same_whatever_is_recorded_already() -> None:
    """An apply must not grow with the square of the catalog: one line for each outcome, and one state at the end."""
    costs = []
    for size in (10, 1_000, 10_000):
        backend = Heard(Place(dumps(many(size))))
        run = journal(backend)
        run.load()
        run.begin("apply")
        run.announce([intent(ONE), intent(TWO)])
        run.note([(ONE, resource(ONE, "1"))])
        run.note([(TWO, resource(TWO, "2"))])
        costs.append(backend.appended)
        run.finish()
        assert len(backend.written) == 1

    assert costs[0] == costs[1] == costs[2]


@pytest.mark.parametrize(
    "walk",
    [
        dict,
        sorted,
        list,
        lambda entries: {**entries},
        lambda entries: dict(sorted(entries.items())),
        lambda entries: {key: value for key, value in entries.items() if key != ONE},
        lambda entries: entries | {},
        lambda entries: len(set(entries.values())),
    ],
)
def test_the_tally_notices_who_walks_through_everything(walk: Callable[[Any], object]) -> None:
    """Else the next test would prove nothing."""
    tally = Tally()
    walk(Counted({Address.parse(f"badge_class.course-{number}"): str(number) for number in range(100)}, tally))

    assert tally.touched >= 100


def test_recording_an_outcome_is_the_same_work_whatever_is_recorded_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody walks through what is there, neither through the state nor through what the run has made of it."""
    work = []
    for size in (10, 1_000, 10_000):
        run = journal(MemoryBackend(Place(dumps(many(size)))))
        run.load()
        run.begin("apply")
        run.announce(intent(Address.parse(f"badge_class.new-{number}")) for number in range(size))
        tally = Tally()
        monkeypatch.setattr(run, "_resources", Counted(run._resources, tally))
        monkeypatch.setattr(run, "_pending", Counted(run._pending, tally))
        resources, pending = Counted(dict(run.state.resources), tally), Counted(dict(run.state.pending), tally)
        run.state = replace(run.state, resources=resources, pending=pending)

        steps = []
        for outcomes, refused in (
            ([(ONE, resource(ONE, "1"))], []),
            ([(TWO, resource(TWO, "2"))], []),
            ([(ONE, None)], []),
            ([], [TWO]),
        ):
            tally.touched = 0
            run.note(outcomes, refused)
            steps.append(tally.touched)
        work.append(steps)

    assert work[0] == work[1] == work[2]
    assert max(work[0]) <= 4
