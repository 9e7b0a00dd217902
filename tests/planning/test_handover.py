"""Open creations and documents with other keys: each creation makes one entity at most, and nothing of a stranger's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, issuer
from support.tiers import examples

from badgeops.applying.writes import Writer
from badgeops.model import moments
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Catalog, Issuer
from badgeops.model.lifecycle import Lifecycle
from badgeops.planning import planner
from badgeops.planning.handover import hand_over, name_of
from badgeops.planning.plan import Action, Change, Plan
from badgeops.planning.planner import Options
from badgeops.state.record import Intent, Resource, State, rename

NOON = "2026-11-28T12:00:00Z"
ACADEMY, SCHOOL = Address(Kind.ISSUER, "academy"), Address(Kind.ISSUER, "school")
A, B, C, D = (Address(Kind.BADGE_CLASS, key) for key in "abcd")


def one(key: str, name: str = "Python", owner: str = "academy", **fields: Any) -> BadgeClass:
    """Return a badge class whose texts come with its name, whatever its key is."""
    texts = {"description": f"Knows {name.strip()}.", "criteria_narrative": "Pass.", "image": None}
    return badge_class(key, owner, **{"name": name, **texts, **fields})


def intent_of(change: Change) -> Intent:
    """Return what the state holds while a creation is under way."""
    resource = replace(Writer.resource(change, None), entity_id="")
    return Intent(change.address, "create", resource, change.known, at=NOON, since=change.since)


def interrupted(server: Server, made: Catalog, state: State) -> State:
    """Return the state of an apply whose creations were all sent and none answered."""
    plan = server.plan(made, state)
    assert not plan.errors
    creations = (intent_of(change) for change in plan.changes if change.action is Action.CREATE)
    return replace(state, pending={**state.pending, **{intent.address: intent for intent in creations}})


def begun(*entities: Issuer | BadgeClass) -> tuple[Server, State]:
    """Return a server and a state after an apply."""
    server = Server(Dialect.OPEN_SOURCE)
    return server, server.apply(server.plan(catalog(*entities), new_state()), new_state())


def plan_at(server: Server, made: Catalog, state: State, minutes: float, *allowed: str) -> Plan:
    """Plan so many minutes after the creations were sent."""
    now = moments.moment(NOON)
    assert now is not None
    snapshot = replace(server.snapshot(), now=moments.later(now, 60 * minutes))
    return planner.build(made, state, snapshot, Options(Allowances.of(*allowed)))


def come(server: Server, intent: Intent, owner: str | None, **fields: str) -> str:
    """Let the server come to a request, or somebody else make the same with other words; return its entityId."""
    number = f"came-{len(server.entities)}"
    server.entities[number] = server.blank(intent.address.kind, number, owner)
    server.put(number, {**intent.resource.sent, **fields})
    server.entities[number]["createdAt"] = "2026-11-28T12:01:00Z"
    return number


def actions(plan: Plan) -> dict[str, str]:
    """Return what is to be done with which entity."""
    return {str(change.address): str(change.action) for change in plan.changes}


def codes(plan: Plan) -> list[str]:
    """Return the codes of all problems."""
    return [problem.code for problem in plan.problems]


# --- the law -------------------------------------------------------------------------------------------------------


@dataclass
class World:
    """A server that takes its time, a state, and what was sent."""

    server: Server
    state: State
    owner: str
    sent: list[tuple[Intent, str]] = field(default_factory=list)
    """Each creation without an answer, and the entity that it has made; "" as long as the server is still at it."""
    strangers: set[str] = field(default_factory=set)

    def run(self, documents: Catalog, minutes: float, *, loses: bool) -> None:
        """Apply at that time, if the plan lets us; perhaps no creation is answered."""
        plan = plan_at(self.server, documents, self.state, minutes)
        if plan.errors:
            return
        self._check(plan, documents)
        creations = [change for change in plan.changes if change.action is Action.CREATE] if loses else []
        rest = tuple(change for change in plan.changes if change not in creations)
        self.state = self.server.apply(replace(plan, changes=rest), self.state)
        intents = [replace(intent_of(change), at=at(minutes)) for change in creations]
        self.state = replace(
            self.state, pending={**self.state.pending, **{intent.address: intent for intent in intents}}
        )
        self.sent += [(intent, "") for intent in intents]

    def _check(self, plan: Plan, documents: Catalog) -> None:
        """Fail if something is made whose like may come from an earlier request, or has come and is nobody's."""
        ours = {resource.entity_id for resource in self.state.resources.values()}
        ours |= {change.live.entity_id for change in plan.changes if change.live is not None}
        open_now = [intent for intent, number in self.sent if number not in ours]
        for change in plan.changes:
            if change.action is not Action.CREATE or change.entity is None:
                continue
            for intent in open_now:
                is_anothers = intent.address != change.address and intent.address in documents.entities
                assert is_anothers or name_of(intent) != name_of(change.entity), (intent.address, change.address)

    def catch_up(self) -> None:
        """Let the server come to all that was sent."""
        self.sent = [(intent, number or come(self.server, intent, self.owner)) for intent, number in self.sent]

    def be_joined(self, intent: Intent) -> None:
        """Let a colleague make something of the same name, with words of his own."""
        self.strangers.add(come(self.server, intent, self.owner, description="Theirs."))


def at(minutes: float) -> str:
    """Return the time so many minutes after noon."""
    now = moments.moment(NOON)
    assert now is not None
    return moments.stamp(moments.later(now, 60 * minutes))


NAMES = ("Python", "Python  ", "R & D", "R &amp; D")
documents = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(NAMES), max_size=3)
TWINS = Lifecycle(allow_duplicate_name=True)


def of(named: Mapping[str, str]) -> Catalog:
    """Return a catalog in which several may have one name."""
    return catalog(issuer(), *(one(key, name, lifecycle=TWINS) for key, name in named.items()))


@given(st.lists(st.tuples(documents, st.booleans(), st.booleans(), st.booleans()), min_size=2, max_size=6))
@examples(300)
def test_whatever_keys_and_names_become_nothing_is_made_twice(
    history: list[tuple[dict[str, str], bool, bool, bool]],
) -> None:
    """Answers are lost, documents change keys and names, colleagues use our names, and the server is late, but in time.

    Nothing is created whose like may still come, or has come and is nobody's; nothing of a stranger's is recorded.
    """
    server, state = begun(issuer())
    world = World(server, state, state.resources[ACADEMY].entity_id)
    for step, (named, loses, is_joined, is_quick) in enumerate(history):
        world.run(of(named), 10.0 * step, loses=loses)
        if is_joined and world.sent:
            world.be_joined(world.sent[-1][0])
        if is_quick or step % 2:  # within a quarter of an hour
            world.catch_up()
        recorded = [resource.entity_id for resource in world.state.resources.values()]
        assert len(set(recorded)) == len(recorded)
        assert world.strangers.isdisjoint(recorded)


# --- who inherits --------------------------------------------------------------------------------------------------

CLASSES = (A, B, C)
HOLDERS = (ACADEMY, SCHOOL)
MOSTLY_ALIKE = st.tuples(st.sampled_from(["Python"] * 3 + ["Rust"]), st.sampled_from([ACADEMY] * 3 + [SCHOOL]))
"""Names and issuers of badge classes."""


def of_issuer(address: Address) -> Issuer:
    """Return an issuer, of which there is one name."""
    return issuer(address.key, name="Academy")


def of_class(address: Address, name: str, owner: Address) -> BadgeClass:
    """Return a badge class."""
    return one(address.key, name, owner.key)


def creation_of(entity: Issuer | BadgeClass, minutes: int = 0) -> Intent:
    """Return a creation that is open: two of one moment, issuer and name are the same but for their addresses."""
    change = Change(entity.address, Action.CREATE, entity=entity, managed={"name": entity.name})
    return replace(intent_of(change), at=at(minutes))


@st.composite
def unsettled(draw: st.DrawFn) -> tuple[Catalog, State, frozenset[str]]:
    """Draw documents, a state in which anything may be open, gone or there, and the living entityIds."""
    holders = st.sets(st.sampled_from(HOLDERS))
    classes = st.dictionaries(st.sampled_from(CLASSES), MOSTLY_ALIKE, max_size=2)
    wanted: list[Issuer | BadgeClass] = [of_issuer(address) for address in sorted(draw(holders))]
    wanted += [of_class(address, *rest) for address, rest in draw(classes).items()]
    begun_ones = [of_issuer(address) for address in sorted(draw(holders))]
    open_ones = [creation_of(made, draw(st.integers(0, 1))) for made in begun_ones]
    open_ones += [
        replace(creation_of(of_class(address, *rest)), action=draw(st.sampled_from(["create"] * 3 + ["update"])))
        for address, rest in draw(classes).items()
    ]
    recorded = draw(st.just(set[Address]()) | st.sets(st.sampled_from((*HOLDERS, *CLASSES)), max_size=2))
    there = draw(st.sets(st.sampled_from(sorted(recorded)))) if recorded else set[Address]()
    state = replace(
        new_state(),
        resources={address: Resource(address, f"id-{address.key}") for address in recorded},
        pending={intent.address: intent for intent in draw(st.permutations(open_ones))},
    )
    return catalog(*wanted), state, frozenset(f"id-{address.key}" for address in there)


def under(intent: Intent, moved: Mapping[Address, Address]) -> Intent:
    """Return a creation with the addresses that it and its issuer have after a handover."""
    address, owner = (moved.get(each, each) if each else None for each in (intent.address, intent.resource.issuer))
    assert address is not None
    return replace(intent, address=address, resource=replace(intent.resource, address=address, issuer=owner))


def heir(of: Address, documents: Catalog, state: State, there: frozenset[str], moved: Mapping[Address, Address]) -> Any:
    """Return the one document that can go on with what is open at an address; itself if there is none.

    `moved` says which keys of issuers have changed: under their new ones the badge classes are looked for.
    """
    owners = {before: after for before, after in moved.items() if before.kind is Kind.ISSUER != of.kind}
    creations = {
        address: under(intent, owners) for address, intent in state.pending.items() if intent.action == "create"
    }
    left = {
        address
        for address in creations
        if address not in documents.entities
        and (address not in state.resources or state.resources[address].entity_id not in there)
    }
    if of not in left or any(name_of(creations[of]) == name_of(creations[other]) for other in left - {of}):
        return of
    found = [
        address
        for address, entity in documents.entities.items()
        if name_of(entity) == name_of(creations[of])
        and address not in state.resources
        and (address not in state.pending or creations.get(address) == under(creations[of], {of: address}))
    ]
    return found[0] if len(found) == 1 else of


def from_a_to_b(
    *, recorded: Address | None = None, is_there: bool = False, own: int | None = None, action: str = "create"
) -> tuple[Catalog, State, frozenset[str]]:
    """Return a badge class with another key, of which something is recorded or was sent for the new one."""
    open_ones = [replace(creation_of(of_class(A, "Python", ACADEMY)), action=action)]
    open_ones += [creation_of(of_class(B, "Python", ACADEMY), own)] if own is not None else []
    resources = {recorded: Resource(recorded, "id")} if recorded is not None else {}
    state = replace(new_state(), resources=resources, pending={intent.address: intent for intent in open_ones})
    return catalog(of_class(B, "Python", ACADEMY)), state, frozenset(["id"] if is_there else [])


def from_academy_to_school(*, is_alone: bool) -> tuple[Catalog, State, frozenset[str]]:
    """Return an issuer with another key, and badge classes of one name whose documents are gone."""
    entities = [of_issuer(ACADEMY), of_class(B, "Rust", SCHOOL), of_class(A, "Rust", ACADEMY)]
    pending = {each.address: creation_of(each) for each in entities if each.address != B or not is_alone}
    return catalog(of_issuer(SCHOOL), of_class(C, "Rust", SCHOOL)), replace(new_state(), pending=pending), frozenset()


@given(unsettled())
@example(from_a_to_b()).via("the plain case")
@example(from_a_to_b(action="update")).via("it was only updated")
@example(from_a_to_b(recorded=A)).via("it was being made again")
@example(from_a_to_b(recorded=A, is_there=True)).via("it is there after all")
@example(from_a_to_b(recorded=B)).via("the document has its own entity")
@example(from_a_to_b(own=0)).via("a crash in the middle of a handover")
@example(from_a_to_b(own=1)).via("the document has its own creation")
@example(from_academy_to_school(is_alone=True)).via("it follows its issuer")
@example(from_academy_to_school(is_alone=False)).via("under the issuer's new key there are two")
@examples(300)
def test_a_creation_goes_to_the_only_document_that_can_be_its_own(
    world: tuple[Catalog, State, frozenset[str]],
) -> None:
    """Its own is gone, and so is what it was recorded as; no other such creation has its issuer and name.

    And one document alone has them, which is not recorded and for which nothing else was sent. Any other stays.
    """
    documents, state, there = world

    handed = hand_over(documents, state, there)

    expected = {address: heir(address, documents, state, there, handed.moved) for address in state.pending}
    assert handed.moved == {before: after for before, after in expected.items() if before != after}
    now = {
        address: under(intent, handed.moved) if intent.action == "create" else intent
        for address, intent in state.pending.items()
    }
    assert handed.pending == {intent.address: intent for intent in now.values()}
    told = [(address, now[address]) for address in sorted(now) if now[address] != state.pending[address]]
    assert list(handed.changed(state.pending)) == told


# --- each kind -----------------------------------------------------------------------------------------------------


@given(st.sampled_from(["Python", "Python  ", " Pyth\N{ZERO WIDTH SPACE}on"]), st.floats(0, 40), st.booleans())
def test_a_document_with_another_key_goes_on_with_the_creation(name: str, minutes: float, is_there: bool) -> None:
    """It is adopted, waited for or made at the new address, exactly as it would be at the old one."""
    server, state = begun(issuer())
    pending = interrupted(server, catalog(issuer(), one("a")), state)
    if is_there:
        come(server, pending.pending[A], state.resources[ACADEMY].entity_id)

    before = plan_at(server, catalog(issuer(), one("a", name)), pending, minutes)
    after = plan_at(server, catalog(issuer(), one("b", name)), pending, minutes)

    assert list(actions(after).values()) == list(actions(before).values())
    assert codes(after) == codes(before)
    assert [intent.address for _, intent in after.handed_over] == [B]
    if not after.errors:
        settled = server.apply(after, pending)
        assert settled.pending == {}
        assert settled.resources.keys() == {ACADEMY, B}
        assert plan_at(server, catalog(issuer(), one("b", name)), settled, minutes).is_empty


def test_it_is_what_state_mv_makes_of_it() -> None:
    """A person who tells the state gets the same."""
    server, state = begun(issuer())
    pending = interrupted(server, catalog(issuer(), one("a")), state)

    handed = hand_over(catalog(issuer(), one("b")), pending, frozenset(server.entities))

    assert handed.pending == rename(pending, A, B).pending
    assert handed.moved == {A: B}
    assert handed.changed(pending.pending) == ((A, handed.pending[B]),)


def test_a_handover_that_was_cut_short_is_one_all_the_same() -> None:
    """The new address is recorded before the old one is given up: between them the creation stands at both."""
    server, state = begun(issuer())
    pending = interrupted(server, catalog(issuer(), one("a")), state)
    both = replace(pending, pending={**pending.pending, **rename(pending, A, B).pending})
    come(server, pending.pending[A], state.resources[ACADEMY].entity_id)

    plan = plan_at(server, catalog(issuer(), one("b")), both, 1)

    assert actions(plan) == {"badge_class.b": "adopt"}
    assert server.apply(plan, both).pending == {}


def test_the_key_of_an_issuer_takes_the_creations_under_it_along() -> None:
    """The issuer is adopted under its new key, and its badge class is looked for under it."""
    server = Server(Dialect.OPEN_SOURCE)
    before = catalog(issuer(name="Academy"), one("a"), one("b", "Rust"))
    pending = interrupted(server, before, new_state())
    owner = come(server, pending.pending[ACADEMY], None)
    come(server, pending.pending[A], owner)
    after = catalog(issuer("school", name="Academy"), one("a", owner="school"), one("c", "Rust", owner="school"))

    plan = plan_at(server, after, pending, 20)

    assert actions(plan) == {"issuer.school": "adopt", "badge_class.a": "adopt", "badge_class.c": "create"}
    settled = server.apply(plan, pending)
    assert settled.pending == {}
    assert plan_at(server, after, settled, 20).is_empty


@pytest.mark.parametrize("is_there", [True, False])
def test_documents_that_change_keys_are_each_still_what_their_address_says(is_there: bool) -> None:
    """As with entities that are recorded: both get the other's name, and none is made twice."""
    server, state = begun(issuer())
    pending = interrupted(server, catalog(issuer(), one("a"), one("b", "Rust")), state)
    for address in (A, B) if is_there else ():
        come(server, pending.pending[address], state.resources[ACADEMY].entity_id)
    swapped = catalog(issuer(), one("a", "Rust"), one("b"))

    early, late = (plan_at(server, swapped, pending, minutes) for minutes in (1, 20))

    expected = {"badge_class.a": "adopt", "badge_class.b": "adopt"} if is_there else {}
    assert actions(early) == expected
    assert codes(early) == ([] if is_there else ["undecided-creation"] * 2)
    assert set(actions(late).values()) == ({"adopt"} if is_there else {"create"})
    server.apply(late, pending)
    assert sorted(item["name"] for item in server.entities.values()) == ["Academy", "Python", "Rust"]


def test_a_new_document_takes_nothing_from_one_that_got_another_name() -> None:
    """Whichever of them is looked at first: what an open creation has made is its own document's."""
    server, state = begun(issuer())
    pending = interrupted(server, catalog(issuer(), one("b")), state)
    come(server, pending.pending[B], state.resources[ACADEMY].entity_id)

    plan = plan_at(server, catalog(issuer(), one("a"), one("b", "Rust")), pending, 1)

    assert actions(plan) == {"badge_class.a": "create", "badge_class.b": "adopt"}
    assert plan.errors == ()


@pytest.mark.parametrize(("before", "after"), [("ab", "c"), ("a", "cd"), ("ab", "cd")])
@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_not_clear_is_left_to_a_person(before: str, after: str, is_there: bool) -> None:
    """Several documents of one name have come or gone: which is which only a person knows, and the message asks."""
    server, state = begun(issuer())
    pending = interrupted(server, of(dict.fromkeys(before, "Python")), state)
    if is_there:
        come(server, pending.pending[A], state.resources[ACADEMY].entity_id)

    plan = plan_at(server, of(dict.fromkeys(after, "Python")), pending, 1)

    assert plan.is_empty
    assert codes(plan)[: len(after)] == ["ambiguous-creation"] * len(after)
    for problem in plan.errors:
        for key in before:
            assert f"\n  badgeops state mv badge_class.{key} {problem.address}" in problem.detail
        assert problem.detail.endswith(f"\n  --allow recreate={problem.address}")
    told = rename(pending, A, C)
    if (before, after, is_there) == ("a", "cd", True):
        assert actions(plan_at(server, of(dict.fromkeys(after, "Python")), told, 1)) == {
            "badge_class.c": "adopt",
            "badge_class.d": "create",
        }
    if not is_there:
        late = plan_at(server, of(dict.fromkeys(after, "Python")), pending, 20)
        assert set(actions(late).values()) == {"create"}


def test_who_decides_that_it_is_another_one_is_not_stopped() -> None:
    """The word for a second attempt is that for another one, too."""
    server, state = begun(issuer())
    pending = interrupted(server, of({"a": "Python", "b": "Python"}), state)

    plan = plan_at(server, of({"c": "Python"}), pending, 1, "recreate=badge_class.c")

    assert actions(plan) == {"badge_class.c": "create"}


def test_another_name_is_another_document() -> None:
    """Key and name are new: nothing tells that it was the other one, which is remembered and named if it comes."""
    server, state = begun(issuer())
    pending = interrupted(server, catalog(issuer(), one("a")), state)

    plan = plan_at(server, catalog(issuer(), one("b", "Rust")), pending, 1)

    assert actions(plan) == {"badge_class.b": "create"}
    assert plan.handed_over == ()
    assert plan.bookkeeping == ()
    come(server, pending.pending[A], state.resources[ACADEMY].entity_id)
    assert codes(plan_at(server, catalog(issuer(), one("b", "Rust")), pending, 1)) == ["abandoned-creation"]


def test_a_creation_that_replaces_what_is_gone_is_handed_over_too() -> None:
    """Somebody had deleted it, it was being made again, and its key was changed: nothing is made a third time."""
    server, state = begun(issuer(), one("a"))
    del server.entities[state.resources[A].entity_id]
    pending = interrupted(server, catalog(issuer(), one("a")), state)
    renamed = catalog(issuer(), one("b"))

    early = plan_at(server, renamed, pending, 1)
    come(server, pending.pending[A], state.resources[ACADEMY].entity_id)
    then = plan_at(server, renamed, pending, 1)

    assert codes(early) == ["undecided-creation"]
    assert actions(then) == {"badge_class.a": "forget", "badge_class.b": "adopt"}
    assert server.apply(then, pending).resources.keys() == {ACADEMY, B}


def test_what_is_being_made_again_is_remembered_without_its_document() -> None:
    """Its record says that the old one is gone; the creation of the new one may still come to its end."""
    server, state = begun(issuer(), one("a"))
    del server.entities[state.resources[A].entity_id]
    pending = interrupted(server, catalog(issuer(), one("a")), state)

    early, late = (plan_at(server, catalog(issuer()), pending, minutes) for minutes in (1, 20))

    assert (early.changes, early.bookkeeping, early.problems) == ((), (), ())
    assert actions(late) == {"badge_class.a": "forget"}
