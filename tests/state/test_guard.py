"""Nothing is written that could not be read again: whatever a run makes of what a server answers, or a program errs."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.memory import MemoryBackend, Place
from support.simulated import new_state

from badgeops.errors import StateError
from badgeops.model.address import Address, Kind
from badgeops.state.backends import file
from badgeops.state.backends.file import FileBackend
from badgeops.state.journal import Journal
from badgeops.state.record import ImageRecord, Intent, Resource, State, check, dumps, loads

SERVER = new_state().server
LAST_SERIAL = 2**63 - 1


def nested(levels: int) -> Any:
    """Return lists in lists."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


addresses = st.builds(Address, st.sampled_from([Kind.ISSUER, Kind.BADGE_CLASS, Kind.IMAGE]), st.sampled_from("abc"))
numbers = st.sampled_from([float("nan"), float("inf"), 2**63, -1, 10**5000])
values = st.sampled_from([None, 1, True, "text", "\ud800", "\0", "\u2028\n", [1], ("a",), object()])
lists = st.sampled_from([{"amount": 1, "duration": 5}, {1: 2}, nested(61), nested(20_000)])
odd = numbers | values | lists
fields = st.dictionaries(
    st.sampled_from(["name", "tags", "expires", "alignments", "extensions", "other"]), odd, max_size=2
)
images = st.none() | st.builds(
    ImageRecord, st.just("0" * 64), st.just("png"), *[st.sampled_from([0, 90, -1, 2**63, 1.5])] * 3, odd
)
ids = st.sampled_from(["one", "two", "three", "", "\ud800", 5, None])
resources = st.builds(
    Resource,
    addresses,
    ids,
    st.sampled_from(["", "https://x", None]),
    st.none() | addresses,
    st.just({}) | st.just({"name": "A"}) | fields,
    st.just({}) | fields,
    images,
)
intents = st.builds(
    Intent,
    addresses,
    st.sampled_from(["create", "update", 7]),
    resources,
    st.sampled_from([(), ("x",), (5,)]),
    st.sampled_from([None, "I", 9]),
    st.just(()) | st.tuples(resources),
    st.sampled_from(["", "2026-11-28T12:00:00Z", "noon", None]),
    st.sampled_from([None, "", "2026-11-28T12:00:00Z", "noon"]),
)
outcomes = st.tuples(addresses, st.none() | resources)
refusals = st.lists(addresses, max_size=2)
steps = st.tuples(st.just("announce"), st.lists(intents, max_size=2)) | st.tuples(
    st.just("note"), st.lists(outcomes, max_size=3), refusals
)


def opened(place: Place) -> Journal:
    """Open the state at a place, as the next run does."""
    journal = Journal(MemoryBackend(place), "here", SERVER)
    journal.load()
    return journal


@given(
    st.lists(steps, max_size=6),
    st.sampled_from([0, 7, LAST_SERIAL - 2, LAST_SERIAL - 1, LAST_SERIAL]),
    st.booleans(),
)
def test_whatever_is_written_can_be_read_back(run: list[tuple[Any, ...]], serial: int, finishes: bool) -> None:
    """After each step, refused or not, the next run reads exactly what this one knows; and says no to nothing."""
    place = Place(dumps(replace(new_state(), serial=serial)))
    journal = opened(place)
    with contextlib.suppress(StateError):
        journal.begin("apply")
        for name, *values in run:
            with contextlib.suppress(StateError):
                getattr(journal, name)(*values)
            read = opened(place).state
            assert (read.resources, read.pending) == (journal._resources, journal._pending)
        if finishes:
            journal.finish()

    read = opened(place).state
    assert dumps(loads(dumps(read), name="state")) == dumps(read)


@given(st.dictionaries(addresses, resources, max_size=3), st.dictionaries(addresses, intents, max_size=2))
def test_a_command_writes_a_readable_state_or_none(
    held: dict[Address, Resource], pending: dict[Address, Intent]
) -> None:
    """As `import` and `state mv` write one, in one step."""
    place, before = Place(dumps(new_state())), dumps(new_state())
    state = replace(new_state(), resources=held, pending=pending)

    try:
        opened(place).replace(state)
    except StateError:
        assert place.state == before
    else:
        read = opened(place).state
        assert dumps(replace(read, serial=0)) == dumps(state)


def good(key: str, entity_id: str) -> tuple[Address, Resource]:
    """Return an outcome that can be recorded."""
    address = Address(Kind.BADGE_CLASS, key)
    return address, Resource(address, entity_id)


def test_one_entity_at_two_addresses_is_not_recorded_and_the_rest_is() -> None:
    """A proxy answered two creations with one answer: what came with them is safe, and the next run looks."""
    place = Place(dumps(new_state()))
    journal = opened(place)
    journal.begin("apply")
    journal.announce(
        [Intent(address, "create", Resource(address, "")) for address, _ in (good("a", ""), good("b", ""))]
    )

    with pytest.raises(
        StateError, match=r"of badge_class\.b could not be read again: one is recorded as badge_class\.a"
    ):
        journal.note([good("a", "one"), good("b", "one"), good("c", "three")])

    state = opened(place).state
    assert sorted(resource.entity_id for resource in state.resources.values()) == ["one", "three"]
    assert [str(address) for address in state.pending] == ["badge_class.b"]


def test_an_entity_may_get_another_address_once_it_has_left_the_first() -> None:
    """What is forgotten and what is replaced may come back elsewhere."""
    place = Place(dumps(new_state()))
    journal = opened(place)
    journal.begin("apply")

    journal.note([good("a", "one"), (Address(Kind.BADGE_CLASS, "a"), None), good("b", "one"), good("b", "two")])
    journal.note([good("a", "one")])
    journal.finish()

    assert {str(key): item.entity_id for key, item in opened(place).state.resources.items()} == {
        "badge_class.a": "one",
        "badge_class.b": "two",
    }


@pytest.mark.parametrize("serial", [LAST_SERIAL - 1, LAST_SERIAL])
def test_a_serial_that_has_no_next_one_stops_a_run_before_anything_is_sent(serial: int) -> None:
    """Written one higher, the state would be refused from then on."""
    place = Place(dumps(replace(new_state(), serial=serial)))
    before = place.state

    with pytest.raises(StateError, match="could not be read again"):
        opened(place).begin("apply")

    assert (place.state, place.journal) == (before, b"")


def test_what_was_read_is_not_looked_at_again() -> None:
    """Of a hundred thousand entities, only those that a run has touched cost anything."""
    address, broken = good("a", "one")
    broken = replace(broken, sent={"name": float("nan")})
    known = State("L", 1, "here", SERVER, {address: broken})

    check(replace(known, serial=2), known)
    with pytest.raises(StateError):
        check(known)
    with pytest.raises(StateError):
        check(replace(known, resources={address: replace(broken)}), known)


def test_what_is_too_large_to_be_read_is_not_written(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a state nor a journal: the one that is there stays."""
    monkeypatch.setattr(file, "_MAX_BYTES", 1000)
    backend = FileBackend(tmp_path / "state.json", "state.json")
    backend.write("x" * 1000)
    backend.append("y" * 999 + "\n")

    with pytest.raises(StateError, match="would have 1001 bytes"):
        backend.write("ü" * 500 + "x")
    with pytest.raises(StateError, match="would have 1001 bytes"):
        backend.append("\n")

    stored = backend.read()
    assert (stored.state, len(stored.journal)) == ("x" * 1000, 1000)
