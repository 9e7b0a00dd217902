"""What became of a creation whose end is not known, and what a person is told who has to decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from support.strategies import badge_class, issuer

from badgeops.api.live import Live
from badgeops.model.address import Address, Kind
from badgeops.model.entities import BadgeClass
from badgeops.model.moments import later, moment, stamp
from badgeops.model.text_rules import look_alike
from badgeops.planning.account import Account
from badgeops.planning.handover import name_of
from badgeops.planning.interrupted import Interrupted, Verdict, is_as_sent
from badgeops.planning.namesakes import Namesakes
from badgeops.planning.newcomers import Arrivals, is_new
from badgeops.planning.words import Finding
from badgeops.state.record import Intent, Resource

NOON = moment("2026-11-28T12:00:00Z")
assert NOON is not None
ACADEMY = Address(Kind.ISSUER, "academy")
PYTHON, SNAKE, RUST = (Address(Kind.BADGE_CLASS, key) for key in ("python", "snake", "rust"))
FIELDS = ("description", "criteriaUrl", "criteriaNarrative", "tags", "expires")
BOTH_WORDS = "\n  --allow recreate=badge_class.python\n  --allow duplicate-name=badge_class.python"


def at(minutes: float) -> str:
    """Return the time so many minutes after noon."""
    assert NOON is not None
    return stamp(later(NOON, 60 * minutes))


def creation(address: Address = PYTHON, name: str = "Python", **more: Any) -> Intent:
    """Return a creation that is open."""
    owner = ACADEMY if address.kind is Kind.BADGE_CLASS else None
    sent = {"name": name, "description": "Ours."}
    return Intent(address, "create", Resource(address, "", issuer=owner, sent=sent), at=at(0), **more)


def live(number: int | str, name: str = "Python", description: str = "Ours.", **more: Any) -> Live:
    """Return a badge class of our issuer, as it was sent."""
    fields = {"name": name, "description": description, **more.pop("fields", {})}
    minute = number if isinstance(number, int) else 1
    rest = {"kind": Kind.BADGE_CLASS, "created_at": at(minute), "issuer_id": "I", **more}
    return Live(entity_id=f"id{number}", open_badge_id="", name=name, fields=fields, **rest)


@dataclass(frozen=True)
class World:
    """What there is when a plan is made."""

    lives: tuple[Live, ...] = ()
    others: tuple[Intent, ...] = ()
    owned: frozenset[str] = frozenset()
    issuers: Mapping[Address, str] | None = None
    minutes: float = 1
    recreate_after: float | None = None

    def seen(self, intent: Intent) -> Interrupted:
        """Return it as a planner does, with a creation among those that are open."""
        assert NOON is not None
        now = later(NOON, 60 * self.minutes)
        account = Account(
            now,
            Namesakes(self.lives),
            Arrivals({each.entity_id: each for each in self.lives}, frozenset(), now),
            dict.fromkeys(self.owned, RUST),
            dict({ACADEMY: "I"} if self.issuers is None else self.issuers),
        )
        pending = {each.address: each for each in (*self.others, intent)}
        return Interrupted(pending, account, self.recreate_after)

    def told(self, intent: Intent) -> Finding:
        """Return what is said of a creation."""
        problem = self.seen(intent).settle(intent, is_decided=False).problem
        assert problem is not None
        return problem


# --- the law -------------------------------------------------------------------------------------------------------

LIVES = st.lists(
    st.builds(
        live,
        st.integers(0, 20),
        name=st.sampled_from(["Python", "Python", "Pyth\N{ZERO WIDTH SPACE}on", "Rust", "Snake"]),
        description=st.sampled_from(["Ours.", "Ours.", "Theirs."]),
        issuer_id=st.sampled_from(["I", "I", "I", "J", None]),
        archived=st.sampled_from([False, False, True]),
        odd=st.sampled_from(["", "", "it has no time"]),
    ),
    max_size=3,
    unique_by=lambda item: item.entity_id,
).map(tuple)
IDS = st.frozensets(st.sampled_from([f"id{number}" for number in range(21)]))
INTENTS = st.builds(
    creation,
    known=IDS.map(lambda ids: tuple(sorted(ids))),
    since=st.sampled_from([None, "", at(8)]),
    issuer_id=st.sampled_from([None, None, "I", "J"]),
)
OTHERS = st.lists(
    st.sampled_from(
        [
            creation(SNAKE),
            creation(SNAKE, "Snake"),
            creation(RUST, "Rust"),
            replace(creation(RUST, "Rust"), action="update"),
            replace(creation(SNAKE), action="update"),
            creation(Address(Kind.ISSUER, "other"), "Rust"),
            creation(Address(Kind.ISSUER, "other"), "Python"),
        ]
    ),
    max_size=2,
    unique_by=lambda item: item.address,
).map(tuple)
WORLDS = st.builds(
    World,
    LIVES,
    OTHERS,
    IDS,
    st.sampled_from([None, None, {}]),
    st.sampled_from([1, 14, 15, 60]),
    st.sampled_from([None, 0, 1800]),
)


def beside(world: World, intent: Intent) -> list[Live]:
    """Return what stands where a creation was to be made, and is neither ours nor older; nothing without a place."""
    assert intent.resource.issuer is not None
    owner = intent.issuer_id or ({ACADEMY: "I"} if world.issuers is None else world.issuers).get(ACADEMY)
    found = [each for each in world.lives if owner is not None and each.issuer_id in (owner, None)]
    found = [each for each in found if each.entity_id not in world.owned and each.entity_id not in intent.known]
    return sorted(found, key=lambda each: (each.created_at, each.entity_id))


def strange(world: World, intent: Intent) -> list[Live]:
    """Return what has come since and has no name that was sent; nothing if nobody had looked what was there."""
    sent = {look_alike(other.resource.name) for other in (*world.others, intent) if is_creation_of_a_class(other)}
    new = [each for each in beside(world, intent) if intent.since is not None and is_new(each.created_at, intent.since)]
    return [each for each in new if look_alike(each.name) not in sent]


def is_creation_of_a_class(intent: Intent) -> bool:
    """Tell whether an intent may account for a badge class."""
    return intent.action == "create" and intent.address.kind is Kind.BADGE_CLASS


def summary(world: World, intent: Intent, *, is_decided: bool) -> Live | str:
    """Return the entity that a creation has made, or in a few words what is said of it."""
    there = beside(world, intent)
    same = [each for each in there if look_alike(each.name) == "Python"]
    creations = [other for other in world.others if other.action == "create"]
    rivals = [other for other in creations if name_of(other) == name_of(intent)]
    is_equal = {"name": "Python", "description": "Ours."}.items() <= same[0].fields.items() if same else False
    if len(same) == 1 and not rivals and is_equal and not same[0].odd and not same[0].archived:
        return same[0]
    if is_decided:
        return ""
    if same:
        return (
            "cannot read"
            if any(each.odd for each in same)
            else "cannot tell"
            if len(same) > 1 or rivals
            else "is not what"
        )
    if strange(world, intent):
        return "under another name"
    wait = 15 if world.recreate_after is None else world.recreate_after / 60
    return "not there yet" if world.minutes < wait else ""


@given(WORLDS, INTENTS, st.booleans())
@example(World((live(1, "Rust"),)), creation(since=""), False).via("it has another name")
@example(World((live(1, "Rust"),)), creation(since="", known=("id1",)), False).via("that was there before")
@example(World((live(1, "Rust"),)), creation(since=None), False).via("nobody had looked what was there")
@example(World((live(1),), (creation(RUST, "Rust"),)), creation(), False).via("another creation is no rival")
@example(World((live(1, "Rust"),), owned=frozenset({"id1"})), creation(since=""), False).via("that is ours")
@example(World((live(1, "Rust"),), (creation(RUST, "Rust"),)), creation(since=""), False).via("another's creation")
@example(World((live(1, "Rust"),), (replace(creation(RUST, "Rust"), action="update"),)), creation(since=""), False).via(
    "another's update makes nothing"
)
@example(World((live(1, "Rust"),), (creation(Address(Kind.ISSUER, "other"), "Rust"),)), creation(since=""), False).via(
    "an issuer's creation makes no badge class"
)
@example(World((live(1, "Rust", issuer_id=None),), issuers={}), creation(since=""), False).via("no place for it")
@example(World((live(1, odd="it has no time"),)), creation(), False).via("as sent, and yet not to be read")
@example(World(minutes=20, recreate_after=1800), creation(), False).via("the settings wait for longer")
@example(World(minutes=1, recreate_after=0), creation(), False).via("the settings wait for nothing")
def test_what_became_of_a_creation(world: World, intent: Intent, is_decided: bool) -> None:
    """It is the only new one of its name, and as it was sent; or a person decides; or nothing is there, and time tells.

    What has its name comes first, then what is new under another name that no other creation accounts for.
    """
    verdict = world.seen(intent).settle(intent, is_decided=is_decided)

    expected = summary(world, intent, is_decided=is_decided)
    if isinstance(expected, Live):
        assert verdict == Verdict(expected)
    elif not expected:
        assert verdict == Verdict()
    else:
        assert verdict.live is None
        assert verdict.problem is not None
        assert expected in verdict.problem.summary
    assert verdict.is_settled == (expected != "")
    assert world.seen(intent).newcomers(intent) == strange(world, intent)


@given(WORLDS, INTENTS)
def test_what_a_document_that_is_gone_has_left_is_named(world: World, intent: Intent) -> None:
    """Each that has its name; it is forgotten once that is as it was sent, or when nothing comes any more."""
    found, is_over = world.seen(intent).abandoned(intent)

    same = [each for each in beside(world, intent) if look_alike(each.name) == "Python"]
    ours = [is_as_sent(intent, each) for each in same]
    wait = 15 if world.recreate_after is None else world.recreate_after / 60
    assert is_over == (any(ours) or world.minutes >= wait)
    assert found == [
        Finding(
            "abandoned-creation",
            f"an interrupted run {'created' if is_ours else 'may have created'} it, and its document is gone",
            f"It stays on the server as {each.entity_id}, unmanaged. To delete it with badgeops, put the document "
            "back, apply, set `lifecycle: {onRemove: delete}`, apply, and remove the document again.",
        )
        for each, is_ours in zip(same, ours, strict=True)
    ]


def test_an_update_has_made_nothing_that_could_be_left() -> None:
    """Its entity had been there, and what has its name now is somebody's."""
    update = replace(creation(), action="update")

    assert World((live(1),)).seen(update).abandoned(update) == ([], True)


@given(st.lists(st.sampled_from([*"abcdefgh"]), unique=True), st.booleans(), st.booleans())
@example([*"edcba"], True, False).via("no more than are named")
@example([*"fedcba"], True, False).via("one more")
@example(["a"], True, True).via("its document is there")
def test_nothing_is_made_beside_what_other_documents_have_left(keys: list[str], is_alike: bool, is_there: bool) -> None:
    """Open creations of its name, in order, whose documents are gone; five moves are named at most."""
    left = tuple(creation(Address(Kind.BADGE_CLASS, key), "Python" if is_alike else "Rust") for key in keys)
    entity = replace(badge_class("python"), name="Python")
    documents = {PYTHON, *((intent.address for intent in left) if is_there else ())}
    seen = World(others=left).seen(creation(RUST, "Another"))

    finding = seen.bequests(entity, documents)

    if not keys or is_there or not is_alike:
        assert finding is None
        return
    addresses = [f"badge_class.{key}" for key in sorted(keys)]
    moves = "".join(f"  badgeops state mv {address} badge_class.python\n" for address in addresses[:5])
    assert finding == Finding(
        "ambiguous-creation",
        "an earlier run may have created it under another key",
        "It was creating a badge class of this name for "
        f"{', '.join([*addresses[:5], *(['…'] if len(addresses) > 5 else [])])}, whose document is gone, and nobody "
        "knows what became of that. If this is the same one with another key, tell the state"
        f"{':' if len(keys) == 1 else ' which:'}\n{moves}"
        "If it is another one, add:\n  --allow recreate=badge_class.python",
    )


def test_what_is_settled_leaves_nothing_to_ask() -> None:
    """Of a creation that made nothing, and whose time is over, no other document is suspected."""
    entity: BadgeClass = replace(badge_class("python"), name="Python")

    assert World(others=(creation(SNAKE),), minutes=20).seen(creation(RUST, "Rust")).bequests(entity, {PYTHON}) is None
    assert World(others=(creation(SNAKE),), minutes=10).seen(creation(RUST, "Rust")).bequests(entity, {PYTHON})


# --- what is said --------------------------------------------------------------------------------------------------


def listed(found: Iterable[tuple[Live, str]]) -> str:
    """Return entities as they are named: when they came, and what of them is not as it was sent."""
    return "".join(
        f"  {each.entity_id}  created {each.created_at}\n{f'    not as sent: {others}' if others else ''}"
        for each, others in found
    )


def test_the_only_one_of_its_name_may_have_been_edited() -> None:
    """What of it is otherwise is named."""
    edited = live(1, description="Theirs.")

    assert World((edited,)).told(creation()) == Finding(
        "ambiguous-creation",
        "what is there under its name is not what an interrupted run sent",
        f"This is new and has its name:\n{listed([(edited, 'description')])}\n"
        "If somebody has edited it since, say so:\n  badgeops import badge_class.python ENTITY_ID\n"
        f"If it is somebody else's, and you want another one of that name, add both:{BOTH_WORDS}",
    )


@pytest.mark.parametrize("rivals", [(), (creation(SNAKE),), (creation(SNAKE), creation(RUST))])
def test_which_of_several_it_is_only_a_person_knows(rivals: tuple[Intent, ...]) -> None:
    """Whether there are several entities or several creations; all are named, in order."""
    there = (live(2), live(1)) if not rivals else (live(1),)
    others = f"; it could also be {', '.join(sorted(str(each.address) for each in rivals))}" if rivals else ""

    assert World(there, rivals).told(creation()) == Finding(
        "ambiguous-creation",
        "badgeops cannot tell which entity an interrupted run created for it",
        f"Each of these is new and has its name{others}:\n{listed([(each, '') for each in reversed(there)])}"
        "If it is one of them, say so:\n  badgeops import badge_class.python ENTITY_ID\n"
        f"If they are somebody else's, and you want another one of that name, add both:{BOTH_WORDS}",
    )


@pytest.mark.parametrize("count", range(1, 7))
def test_three_fields_that_are_not_as_sent_are_named(count: int) -> None:
    """And the rest is counted; that it is archived is one of them."""
    names = FIELDS[:count]
    sent = {"name": "Python", **dict.fromkeys(names, "Ours.")}
    intent = replace(creation(), resource=replace(creation().resource, sent=sent))
    edited = replace(live(1, fields=dict.fromkeys(FIELDS, "Theirs.")), archived=count > len(FIELDS))
    others = [*names, *(["archived"] if count > len(FIELDS) else [])]

    told = World((edited,)).told(intent)

    more = f" and {count - 3} more" if count > 3 else ""
    assert f"\n    not as sent: {', '.join(others[:3])}{more}\n" in told.detail


def test_what_is_archived_is_not_as_it_was_sent() -> None:
    """Nobody creates an archived one."""
    assert "\n    not as sent: archived\n" in World((live(1, archived=True),)).told(creation()).detail


@pytest.mark.parametrize("count", range(1, 8))
def test_what_may_be_it_under_another_name_is_named_up_to_five(count: int) -> None:
    """With its name, the oldest first; the rest is counted."""
    found = [live(number, f"Renamed {number}") for number in range(count)]

    lines = "\n".join(f'  id{each}  created {at(each)}  "Renamed {each}"' for each in range(min(count, 5)))
    more = f"\n  and {count - 5} more" if count > 5 else ""
    assert World(tuple(reversed(found))).told(creation(since="")) == Finding(
        "ambiguous-creation",
        "an interrupted run may have created it under another name",
        "Its name is not on the server, but this has come since, which badgeops does not manage:\n"
        f"{lines}{more}\nA server may change a name, and somebody may have renamed it. If it is one of them, say so:\n"
        "  badgeops import badge_class.python ENTITY_ID\nIf it is none of them, add:\n"
        "  --allow recreate=badge_class.python",
    )


@pytest.mark.parametrize(("minutes", "wish", "until"), [(1, None, "12:15:00"), (14, 3600, "13:00:00")])
def test_what_is_not_there_yet_is_waited_for(minutes: int, wish: int | None, until: str) -> None:
    """It is said since when, until when, and what decides at once."""
    assert World(minutes=minutes, recreate_after=wish).told(creation()) == Finding(
        "undecided-creation",
        "an earlier run may have created it, and it is not there yet",
        "The request was sent at 12:00:00 UTC on 28 November 2026, and nobody knows what became of it. The server may "
        f"still be at it, or not list it yet, so badgeops does not send it again before {until} UTC on 28 November "
        "2026. Run badgeops again after that. If you are certain that it will not come, add:\n"
        "  --allow recreate=badge_class.python",
    )


def test_an_issuer_stands_in_no_place() -> None:
    """It is looked for by its name alone."""
    intent = creation(Address(Kind.ISSUER, "other"), issuer().name)
    there = replace(live(1, issuer().name), kind=Kind.ISSUER, issuer_id=None)

    assert World((there,), issuers={}).seen(intent).settle(intent, is_decided=False) == Verdict(there)
