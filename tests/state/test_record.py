"""The state as JSON, and its journal: laws that hold for every state and at every moment of a crash."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st
from support.states import Event, addresses, events, intents, resources, sample, whole_states
from support.tiers import examples

from badgeops.errors import StateError
from badgeops.model.address import Address
from badgeops.state.record import (
    Intent,
    Resource,
    State,
    dumps,
    fold,
    journal_done,
    journal_head,
    journal_intent,
    journal_refused,
    loads,
    rename,
)

SAMPLE = """\
{
  "format": "badgeops-state",
  "version": 1,
  "lineage": "lineage-1",
  "serial": 3,
  "environment": "production",
  "server": "https://api.example",
  "resources": [
    {"address": "badge_class.python", …},
    {"address": "issuer.academy", …}
  ],
  "pending": [
    {"address": "badge_class.rust", …}
  ]
}
"""


def read(text: str) -> State:
    """Read a state."""
    return loads(text, name="state/production.json")


# --- JSON ----------------------------------------------------------------------------------------------------------


@given(whole_states())
def test_what_is_written_is_read_again(state: State) -> None:
    """Nothing is lost or changed on the way through the file."""
    assert read(dumps(state)) == state


@given(whole_states(), st.randoms(use_true_random=False))
def test_the_same_state_is_the_same_bytes(state: State, chance: random.Random) -> None:
    """Whatever order it was built in: an apply that changes nothing leaves no diff in git."""
    resources_, pending = list(state.resources.items()), list(state.pending.items())
    chance.shuffle(resources_)
    chance.shuffle(pending)

    shuffled = replace(state, resources=dict(resources_), pending=dict(pending))

    assert dumps(shuffled) == dumps(state)
    assert dumps(read(dumps(state))) == dumps(state)


@given(whole_states())
def test_each_resource_is_one_line_and_lines_are_sorted(state: State) -> None:
    """A diff shows which entities changed, and two branches that change different ones can be merged."""
    data = dumps(state)
    lines = [json.loads(line.rstrip(",")) for line in data.split("\n") if line.startswith("    {")]

    assert data.endswith("}\n")
    assert len(lines) == len(state.resources) + len(state.pending)
    for section in (state.resources, state.pending):
        shown = [Address.parse(line["address"]) for line in lines[: len(section)]]
        assert shown == sorted(section)
        lines = lines[len(section) :]


def test_a_state_looks_like_this() -> None:
    """The layout is a promise to whoever reads diffs of it."""
    shown = re.sub(r'("address": "[^"]+"), .*\}(,?)$', r"\1, …}\2", dumps(sample()), flags=re.MULTILINE)

    assert shown == SAMPLE
    assert '"sent": {"name": "Python – Grundlagen", "tags": ["a", "ü"]' in dumps(sample())


def test_an_empty_state_is_readable() -> None:
    """No resources is no special case."""
    empty = State("l", 0, "e", "s")

    assert '"resources": [],\n  "pending": []\n}' in dumps(empty)
    assert read(dumps(empty)) == empty


def test_half_a_surrogate_pair_can_be_kept() -> None:
    """A server can answer with it; it is no text and could not be written to a file as it is."""
    address = Address.parse("issuer.academy")
    resource = replace(sample().resources[address], received={"name": "broken \ud83d", "back\\": "\\\udc80"})
    state = sample().with_resource(resource)

    text = dumps(state)

    assert "broken \\ud83d" in text
    assert read(text.encode("utf-8").decode("utf-8")) == state
    assert fold(sample(), head() + journal_done(address, resource), name="j").resources[address] == resource


# --- damage --------------------------------------------------------------------------------------------------------


def test_a_truncated_state_is_never_half_a_state() -> None:
    """Cut at any byte, it is refused; only the last line break may be missing."""
    whole = dumps(sample()).encode("utf-8")
    for size in range(len(whole) - 1):
        with pytest.raises(StateError):
            read(whole[:size].decode("utf-8", "ignore"))
    assert read(whole[:-1].decode("utf-8")) == sample()


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """Draw a state's JSON with one part of it replaced or taken out."""
    data = json.loads(dumps(draw(st.just(sample()) | whole_states())))
    place, parent, key = data, None, None
    for _ in range(draw(st.integers(1, 5))):
        if not isinstance(place, dict | list) or not place:
            break
        key = draw(st.sampled_from(sorted(place))) if isinstance(place, dict) else draw(st.integers(0, len(place) - 1))
        parent, place = place, place[key]
    assert parent is not None
    if draw(st.booleans()):
        del parent[key]
    else:
        parent[key] = draw(
            st.sampled_from([None, True, False, 0, -1, 1.5, "", "x", [], ["x"], {}, {"x": 1}, [[]], [{}], "image.x", 2])
        )
    return data


@examples(150)
@given(mutants())
def test_a_mutilated_state_is_refused_or_whole(data: Any) -> None:
    """Whatever a hand or a merge did to it: what is accepted can be written and read again, and works."""
    try:
        state = read(json.dumps(data))
    except StateError as error:
        assert "state/production.json" in error.message  # noqa: PT017 (it may or may not be raised)
        return
    assert read(dumps(state)) == state
    assert len({resource.entity_id for resource in state.resources.values()}) == len(state.resources)


@given(st.text())
def test_what_is_no_state_is_refused(text: str) -> None:
    """Any other text in its place."""
    with pytest.raises(StateError):
        read(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is not JSON"),
        ("[]", 'it lacks "format"'),
        ('{"version": 1}', 'it lacks "format"'),
        ("[" * 200_000, "it is not JSON"),
        ("<<<<<<< HEAD\n{}", "it is not JSON"),
    ],
)
def test_damage_says_what_to_do(text: str, words: str) -> None:
    """The message names the file, and the hint its backup."""
    with pytest.raises(StateError, match=r"state/production\.json is damaged") as caught:
        read(text)

    assert words in caught.value.message
    assert "state/production.json.backup" in caught.value.hint


@pytest.mark.parametrize("version", [2, 99, 0, "1", None, True, 1.0])
def test_another_version_is_refused(version: Any) -> None:
    """An older badgeops would drop what it does not know."""
    text = dumps(sample()).replace('"version": 1', f'"version": {json.dumps(version)}')

    with pytest.raises(StateError, match="format version") as caught:
        read(text)
    assert "newer" in caught.value.hint


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"BC-1"', '"ISS-1"'),
        ('"badge_class.python"', '"issuer.academy"'),
        ('"badge_class.python"', '"image.python"'),
        ('"badge_class.python"', '"Badge_Class.Python"'),
        ('"entityId": "BC-1"', '"entityId": ""'),
        ('"protect": true', '"protect": "true"'),
        ('"onRemove": "archive"', '"onRemove": "burn"'),
        ('"action": "create"', '"action": "delete"'),
        ('"action": "create"', '"action": ["create"]'),
        ('"known": ["BC-0"]', '"known": "BC-0"'),
        ('"servedSha256": "c', '"servedSha256": 7, "x": "c'),
        ('"sent": {', '"sent": ["x"], "x": {'),
        ('"serial": 3', '"serial": true'),
        ('"serial": 3', '"serial": 3.0'),
        ('"pending": [', '"pending": {}, "x": ['),
        ('"issuer": "issuer.academy"', '"issuer": ""'),
    ],
)
def test_what_cannot_be_so_is_damage(before: str, after: str) -> None:
    """Two owners of one entity, a protection that is no yes or no: better refused than guessed."""
    text = dumps(sample())
    assert before in text

    with pytest.raises(StateError, match="missing or malformed"):
        read(text.replace(before, after, 1))


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("lineage",), 5, "5 is not text"),
        (("resources", 0, "entityId"), 5, "5 is not text"),
        (("resources", 0, "entityId"), "", "badge_class.python has no entityId"),
        (("resources", 0, "entityId"), "..", "'..' is no entityId"),
        (("resources", 0, "entityId"), "a/b", "'a/b' is no entityId"),
        (("resources", 0, "openBadgeId"), "a b", "'a b' is no openBadgeId"),
        (("resources", 0, "entityId"), "ISS-1", "two addresses claim the same entityId"),
        (("resources", 0, "address"), "issuer.academy", "an address occurs twice"),
        (("resources", 0, "address"), "image.x", "image.x is not the address of an entity"),
        (("resources", 0, "protect"), "true", "'true' is neither true nor false"),
        (("resources", 0, "sent"), ["x"], r"['x'] is not a list of fields"),
        (("resources", 0, "image", "size"), -1, "-1 is not a whole number from 0 on"),
        (("resources", 0, "image", "size"), 2**63, "9223372036854775808 is not a whole number from 0 on"),
        (("pending", 0, "issuerId"), "..", "'..' is no entityId"),
        (("pending", 0, "known"), "BC-0", "'BC-0' is not a list"),
        (("pending",), {}, "{} is not a list"),
    ],
)
def test_what_is_wrong_is_said(place: tuple[Any, ...], value: Any, words: str) -> None:
    """So that whoever has edited a state by hand finds it."""
    data = json.loads(dumps(sample()))
    part = data
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value

    with pytest.raises(StateError) as caught:
        read(json.dumps(data))

    assert f"({words})" in caught.value.message


def test_an_intent_occurs_once_as_well() -> None:
    """Two of one address could not both be true."""
    data = json.loads(dumps(sample()))
    data["pending"] *= 2

    with pytest.raises(StateError, match="an address occurs twice"):
        read(json.dumps(data))


def test_the_largest_number_is_kept() -> None:
    """Whatever an image's size says, as long as it can be counted."""
    address = Address.parse("badge_class.python")
    image = sample().resources[address].image
    assert image is not None
    state = sample().with_resource(replace(sample().resources[address], image=replace(image, size=2**63 - 1)))

    assert read(dumps(state)) == state


@pytest.mark.parametrize(("length", "shown"), [(200, 200), (201, 200), (5000, 200)])
def test_what_is_wrong_is_said_briefly(length: int, shown: int) -> None:
    """A damaged file is not printed whole: that something is left out is shown."""
    data = json.loads(dumps(sample()))
    data["version"] = "x" * (length - 2)

    with pytest.raises(StateError) as caught:
        read(json.dumps(data))

    words = caught.value.message.partition("format version ")[2].partition(";")[0]
    assert len(words) == shown
    assert words.endswith("…") == (length > shown)
    assert words.startswith("'xxx")


def damaged_at(data: bytes, at: int) -> Iterator[str]:
    """Yield a text with one byte of it gone, doubled, or another one."""
    for middle in (b"", data[at : at + 1] * 2, b"~", b"0", b'"', b"}"):
        yield (data[:at] + middle + data[at + 1 :]).decode("utf-8", "replace")


def test_a_state_damaged_at_any_byte_is_refused_or_lacks_nothing() -> None:
    """One byte can change a word or a number, which nobody could see; it makes no part of the state vanish."""
    whole = dumps(sample())
    for at in range(len(whole.encode())):
        for text in damaged_at(whole.encode(), at):
            try:
                state = read(text)
            except StateError as error:
                assert "Nothing was changed" in error.hint  # noqa: PT017 (it may or may not be raised)
            else:
                names = json.loads(dumps(state))
                for resource in names["resources"] + [intent["resource"] for intent in names["pending"]]:
                    assert resource.keys() >= {"address", "entityId", "sent", "received"}
                assert len(state.resources) == len(sample().resources)
                assert len(state.pending) == len(sample().pending)
                before = {str(key): value.image is None for key, value in sample().resources.items()}
                assert sorted(value.image is None for value in state.resources.values()) == sorted(before.values())


def test_a_name_that_nobody_knows_is_damage() -> None:
    """A state with more in it than this version knows would lose that at the next write."""
    for place in ((), ("resources", 0), ("resources", 0, "image"), ("pending", 0), ("pending", 0, "resource")):
        data = json.loads(dumps(sample()))
        part = data
        for step in place:
            part = part[step]
        part["more"] = 1

        with pytest.raises(StateError, match="no field is called 'more'"):
            read(json.dumps(data))
        part["even more"] = 1
        with pytest.raises(StateError, match="no field is called 'even more'"):
            read(json.dumps(data))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-1", "1" * 30, "9" * 4300, "true", "3.0"])
def test_a_serial_is_a_whole_number(number: str) -> None:
    """What cannot be counted up and written again is refused before it is."""
    with pytest.raises(StateError, match="is damaged"):
        read(dumps(sample()).replace('"serial": 3', f'"serial": {number}'))


def test_values_nested_beyond_reason_are_damage() -> None:
    """No catalog can hold them, and comparing them would end in a traceback."""
    data = json.loads(dumps(sample()))
    deep: Any = "x"
    for _ in range(100):
        deep = [deep]
    data["resources"][0]["sent"]["extensions"] = {"extensions:X": deep}

    with pytest.raises(StateError, match="extensions"):
        read(json.dumps(data))


# --- updates that follow each other --------------------------------------------------------------------------------

RUST = Address.parse("badge_class.rust")


def update(text: str, *earlier: str, action: str = "update") -> Intent:
    """Return an intent, and what others before it were to make of the entity."""
    first, *rest = (Resource(RUST, "R", sent={"name": each}) for each in (text, *earlier))
    return Intent(RUST, action, first, earlier=tuple(rest))


@pytest.mark.parametrize(
    ("before", "intent", "result"),
    [
        (None, update("a"), update("a")),
        (update("a"), update("b"), update("b", "a")),
        (update("a", "c"), update("b"), update("b", "c", "a")),
        (update("b", "a"), update("b"), update("b", "a")),
        (update("a", "c", "a"), update("b"), update("b", "c", "a")),
        (update("a", action="create"), update("b"), update("b")),
        (update("a"), update("b", action="create"), update("b", action="create")),
        (update("a", action="create"), update("b", action="create"), update("b", action="create")),
    ],
)
def test_an_update_knows_those_whose_end_is_unknown(before: Intent | None, intent: Intent, result: Intent) -> None:
    """Oldest first, none of them twice; a creation begins anew."""
    assert intent.after(before) == result


def test_what_is_refused_leaves_what_was_before_it() -> None:
    """Step by step, down to nothing."""
    third = update("c", "a", "b")
    second = third.taken_back
    assert second == update("b", "a")
    assert second.taken_back == update("a")
    assert update("a").taken_back is None


def test_updates_that_follow_each_other_are_kept() -> None:
    """In the state, and in the order of addresses whatever the order they came in."""
    python = replace(update("x"), address=Address.parse("badge_class.python"))
    state = replace(sample(), pending={RUST: update("c", "a", "b"), python.address: python})

    assert read(dumps(state)) == state
    assert dumps(state) == dumps(replace(state, pending=dict(reversed(state.pending.items()))))
    assert '"earlier"' not in dumps(replace(state, pending={python.address: python}))


def test_a_rename_reaches_all_that_is_pending() -> None:
    """The intent itself, what it is to become, and what others before it were to make."""
    issuer, other = Address.parse("issuer.academy"), Address.parse("issuer.school")
    crab = Address.parse("badge_class.crab")
    intent = replace(update("b", "a"), resource=Resource(RUST, "R", issuer=issuer, sent={"name": "b"}))
    state = replace(sample(), pending={RUST: intent})

    renamed = rename(state, RUST, crab)
    moved = rename(state, issuer, other)

    assert renamed.pending.keys() == {crab}
    found = renamed.pending[crab]
    assert (found.address, found.resource.address, found.earlier[0].address) == (crab, crab, crab)
    assert moved.pending[RUST].resource.issuer == other
    assert moved.pending[RUST].address == RUST


# --- what a state can tell -----------------------------------------------------------------------------------------


def test_recorded_is_what_the_server_showed() -> None:
    """The received value where there is one, else the sent one."""
    resource = sample().resources[Address.parse("badge_class.python")]

    assert (resource.recorded("name"), resource.recorded("tags")) == ("Python", ["a", "ü"])
    assert resource.name == "Python"
    assert replace(resource, received={}).name == "Python – Grundlagen"
    assert replace(resource, received={}, sent={}).name == "python"


def test_a_resource_settles_what_was_pending_at_its_address() -> None:
    """What is recorded is no longer open; nothing else changes."""
    rust = replace(sample().resources[Address.parse("badge_class.python")], address=Address.parse("badge_class.rust"))

    state = sample().with_resource(rust)

    assert state.pending == {}
    assert state.resources[rust.address] is rust
    assert len(state.resources) == 3


def test_without_an_address_nothing_of_it_is_left() -> None:
    """Neither the resource nor an intent."""
    python, rust = Address.parse("badge_class.python"), Address.parse("badge_class.rust")

    assert python not in sample().without(python).resources
    assert rust not in sample().without(rust).pending
    assert sample().without(Address.parse("issuer.unknown")) == sample()


def test_the_serial_is_no_content() -> None:
    """A state that says the same is not written again."""
    assert sample(3).same_content(sample(4))
    assert not sample().same_content(sample(environment="other"))


def test_little_is_needed_of_a_resource() -> None:
    """What is not said of it is empty, and protects nothing."""
    assert (Resource(RUST, "R").open_badge_id, Resource(RUST, "R").protect) == ("", False)


@given(whole_states(), addresses)
def test_a_rename_is_undone_by_its_reverse(state: State, new: Address) -> None:
    """Nothing but the address changes, also where others name it as their issuer."""
    for old in state.resources:
        if old.kind is not new.kind or new in state.pending or _names(new, state):
            continue
        renamed = rename(state, old, new)

        assert new in renamed.resources
        assert old not in renamed.resources
        assert old not in {resource.issuer for resource in renamed.resources.values()}
        assert rename(renamed, new, old) == state


def _names(address: Address, state: State) -> bool:
    intents = state.pending.values()
    ours = [resource for intent in intents for resource in (intent.resource, *intent.earlier)]
    named = [*state.resources.values(), *ours]
    return address in {resource.issuer for resource in named} | {resource.address for resource in named}


# --- the journal ---------------------------------------------------------------------------------------------------


def head(state: State | None = None) -> str:
    """Return the first line of a journal."""
    return journal_head(state or sample(), "apply")


def folded(state: State, journal: str) -> State:
    """Fold a journal in."""
    return fold(state, journal, name="state/production.json")


def course(state: State, happened: list[Event]) -> list[State]:
    """Return the state before all and after each event; leave out what no run notes, one entity under two names."""
    found = [state]
    for event in happened:
        found.append(event.happen(found[-1]))
        owners = [resource.entity_id for resource in found[-1].resources.values()]
        assume(len(set(owners)) == len(owners))
    return found


@examples(60)
@given(whole_states(), st.lists(events(), max_size=4))
def test_any_prefix_of_a_journal_tells_exactly_its_whole_lines(state: State, happened: list[Event]) -> None:
    """Cut at any byte by a crash: every outcome in a whole line counts, and nothing else does."""
    journal = (journal_head(state, "apply") + "".join(event.line for event in happened)).encode("utf-8")
    expected = [state, *course(state, happened)]

    for size in range(len(journal) + 1):
        prefix = journal[:size]
        assert folded(state, prefix.decode("utf-8", "ignore")) == expected[prefix.count(b"\n")]


def test_a_journal_begins_like_this() -> None:
    """Which state it continues, and which command it is of."""
    assert head() == '{"journal": 1, "lineage": "lineage-1", "serial": 3, "operation": "apply"}\n'


def test_an_outcome_of_nothing_takes_a_resource_out() -> None:
    """And one of nothing that is recorded takes out nothing."""
    python = Address.parse("badge_class.python")

    state = folded(sample(), head() + journal_done(python, None) + journal_done(RUST, None))

    assert python not in state.resources
    assert len(state.resources) == 1
    assert state.pending == {}


def test_a_journal_gives_no_entity_two_names() -> None:
    """The state that it makes would be refused; so it is, before it is written."""
    twin = replace(sample().resources[Address.parse("badge_class.python")], address=RUST)

    with pytest.raises(StateError, match=r"production\.json is damaged: two addresses claim the same entityId"):
        folded(sample(), head() + journal_done(RUST, twin))


def test_zeros_in_place_of_the_last_lines_tell_nothing() -> None:
    """A disk that lost its power may show zeros where bytes were to be: neither they nor what follows was confirmed."""
    whole = head() + journal_done(Address.parse("badge_class.python"), None)
    line = journal_done(Address.parse("issuer.academy"), None)

    for hole in range(len(line)):
        torn = whole + line[:hole] + "\0" * 9 + line[hole + 9 :] + line

        assert folded(sample(), torn) == folded(sample(), whole)


def as_runs_tell(happened: list[Event]) -> Iterator[Event]:
    """Leave out refusals of what was not announced: no run writes them."""
    announced: Counter[Address] = Counter()
    for event in happened:
        if event.is_refused and not announced[event.address]:
            continue
        announced[event.address] += 1 if event.intent is not None else -1 if event.is_refused else 0
        if event.is_done:
            announced[event.address] = 0
        yield event


@examples(60)
@given(whole_states(), st.lists(events(), max_size=4))
def test_folding_twice_is_folding_once(state: State, happened: list[Event]) -> None:
    """A crash between folding and dropping the journal does no harm."""
    course(state, happened)
    journal = journal_head(state, "apply") + "".join(event.line for event in as_runs_tell(happened))
    once = folded(state, journal)

    assert folded(once, journal) == once
    assert once.serial == state.serial


@examples(40)
@given(whole_states(), st.lists(events(), max_size=3), st.integers(1, 5))
def test_a_journal_of_an_older_serial_has_been_folded_before(state: State, happened: list[Event], later: int) -> None:
    """It is left out whole: what it tells is in the state, or has changed since."""
    journal = journal_head(state, "apply") + "".join(event.line for event in happened)
    newer = replace(state, serial=state.serial + later)

    assert folded(newer, journal) == newer


@pytest.mark.parametrize(
    "other",
    [sample(lineage="another"), sample(serial=4)],
    ids=["another lineage", "a newer serial"],
)
def test_a_journal_of_another_state_is_refused(other: State) -> None:
    """The state file was replaced while a run was open: its outcomes must not be dropped silently."""
    with pytest.raises(StateError, match="belongs to another state") as caught:
        folded(sample(), head(other))

    assert ".backup" in caught.value.hint


@pytest.mark.parametrize(
    "journal",
    [
        "\n",
        "no json\n",
        "[]\n",
        "{}\n",
        '{"journal": 1}\n',
        '{"journal": 1, "lineage": "lineage-1", "serial": "3"}\n',
        head() + "\n",
        head() + "garbage\n" + journal_refused(Address.parse("issuer.academy")),
        head() + "{}\n",
        head() + '{"outcome": {}}\n',
        head() + '{"outcome": {"address": "image.x"}}\n',
        head() + '{"outcome": {"address": "issuer.x", "resource": {}}}\n',
        head() + '{"intent": []}\n',
        head() + journal_intent(sample().pending[Address.parse("badge_class.rust")])[:-2] + ', "more": 1}\n',
        head() + '{"outcome": {"address": "issuer.x"}, "more": 1}\n',
        head() + '{"outcome": {"address": "issuer.x", "more": 1}}\n',
        head() + journal_done(Address.parse("issuer.x"), sample().resources[Address.parse("issuer.academy")]),
        head() + "[" * 100_000 + "\n",
    ],
)
def test_a_damaged_journal_is_refused(journal: str) -> None:
    """Only a line that was cut off may be dropped; any other damage could hide an outcome."""
    with pytest.raises(StateError, match="is damaged") as caught:
        folded(sample(), journal)
    assert "Restore it" in caught.value.hint


def test_an_outcome_is_recorded_at_its_own_address() -> None:
    """Else two addresses would be mixed up without a word."""
    with pytest.raises(StateError, match=r"it records issuer\.academy as issuer\.x"):
        folded(
            sample(),
            head() + journal_done(Address.parse("issuer.x"), sample().resources[Address.parse("issuer.academy")]),
        )


def test_a_journal_of_a_newer_format_is_refused() -> None:
    """What an older badgeops does not understand it does not skip."""
    with pytest.raises(StateError):
        folded(sample(), head().replace('"journal": 1', '"journal": 2'))


@given(st.text())
def test_no_journal_ends_in_a_traceback(text: str) -> None:
    """Any other text in its place is refused, or is nothing but a line cut off."""
    try:
        assert folded(sample(), text) == sample()
    except StateError:
        assert "\n" in text


@given(resources(), intents())
def test_a_line_is_one_line(resource: Any, intent: Any) -> None:
    """No text of a server or a person can end a line early."""
    for line in (
        journal_done(resource.address, resource),
        journal_done(resource.address, None),
        journal_refused(resource.address),
        journal_intent(intent),
        journal_head(sample(lineage="a\nb"), "apply\n"),
    ):
        assert line.count("\n") == 1
        assert line.endswith("\n")
