"""Desired, recorded and live -> a plan: its laws, and what the golden cases do not show."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st
from strategies import badge_class, catalog, catalogs, edits, issuer, picture
from support.simulated import Server, new_state

from badgeops import planner
from badgeops.adopt import adopt
from badgeops.errors import Severity
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.plan import Action, Cause, Plan
from badgeops.planner import Options, Snapshot
from badgeops.render import plan_json, plan_text
from badgeops.render.plan_text import Style
from badgeops.state import Intent, State
from badgeops.writes import Writer

ACADEMY, PYTHON, RUST = Address(Kind.ISSUER, "academy"), Address(Kind.BADGE_CLASS, "python"), "badge_class.rust"
dialects = st.sampled_from(Dialect)
BOTH = pytest.mark.parametrize("dialect", list(Dialect))


def applied(made: Catalog, dialect: Dialect = Dialect.OPEN_SOURCE) -> tuple[Server, State]:
    """Return a server and a state after an apply of a catalog."""
    server = Server(dialect)
    return server, server.apply(server.plan(made, new_state()), new_state())


def actions(plan: Plan) -> dict[str, str]:
    """Return what is to be done with which entity."""
    return {str(change.address): str(change.action) for change in plan.changes}


def codes(plan: Plan) -> list[str]:
    """Return the codes of all problems."""
    return [problem.code for problem in plan.problems]


# --- laws ----------------------------------------------------------------------------------------------------------


@given(catalogs(careful=True), dialects)
def test_a_plan_right_after_an_apply_is_empty(made: Catalog, dialect: Dialect) -> None:
    """Whatever the server makes of what it is sent: nothing is shown a second time, and nothing is left to note."""
    server, state = applied(made, dialect)

    again = server.plan(made, state)

    assert again.is_empty
    assert again.bookkeeping == ()
    assert again.unchanged == len(made.entities)


@given(catalogs(), catalogs(), edits(), dialects)
def test_a_plan_settles_in_one_apply(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> None:
    """From any catalog and any edits on the server, one apply leads to any other catalog."""
    server, state = applied(before, dialect)
    edit(server)
    plan = server.plan(after, state)
    assume(not plan.errors)

    state = server.apply(plan, state)
    again = server.plan(after, state)

    assert again.is_empty
    assert again.bookkeeping == ()
    assert "cannot-be-cleared" not in codes(again)
    assert state.resources.keys() == after.entities.keys()


@given(catalogs(careful=True), catalogs(careful=True), edits(), dialects, st.booleans(), st.data())
def test_nothing_is_removed_that_the_state_does_not_own(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, destroy: bool, data: st.DataObject
) -> None:
    """An entity of strangers is never deleted, archived or even touched, `destroy` included."""
    server, state = applied(before, dialect)
    edit(server)
    for address in data.draw(st.sets(st.sampled_from(sorted(state.resources)))):
        state = state.without(address)
    ours = {resource.entity_id for resource in state.resources.values()}

    plan = server.plan(after, state, Options(destroy=destroy))

    for change in plan.changes:
        if change.live is not None:
            assert change.live.entity_id in ours
            assert state.resources[change.address].entity_id == change.live.entity_id
    removed = {change.address for change in plan.changes if change.action in (Action.DELETE, Action.ARCHIVE)}
    assert removed <= state.resources.keys() - (set() if destroy else after.entities.keys())


@given(catalogs(careful=True), catalogs(careful=True), edits(), dialects, st.randoms(use_true_random=False))
def test_order_means_nothing(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, chance: random.Random
) -> None:
    """The order of documents, of the server's lists and of the state changes no byte of any output."""
    server, state = applied(before, dialect)
    edit(server)
    snapshot = server.snapshot()
    shuffled = Catalog("test", _shuffled(after.issuers, chance), _shuffled(after.badge_classes, chance))
    live = Snapshot(dialect, dict(_shuffled(tuple(snapshot.live.items()), chance)))
    other = replace(state, resources=dict(_shuffled(tuple(state.resources.items()), chance)))

    one, two = planner.build(after, state, snapshot), planner.build(shuffled, other, live)

    assert one == two
    assert one.digest == two.digest
    assert plan_json.render(one) == plan_json.render(two)
    assert plan_text.render(one, Style(), show_unmanaged=True) == plan_text.render(two, Style(), show_unmanaged=True)


def _shuffled(items: tuple[Any, ...], chance: random.Random) -> tuple[Any, ...]:
    return tuple(chance.sample(items, len(items)))


@given(catalogs(careful=True), catalogs(careful=True), dialects)
def test_everything_is_counted_once(before: Catalog, after: Catalog, dialect: Dialect) -> None:
    """Every entity of the catalog and of the state is in exactly one place: a change, unchanged, or an error."""
    server, state = applied(before, dialect)

    plan = server.plan(after, state)

    changed = [change.address for change in plan.changes]
    known = after.entities.keys() | state.resources.keys()
    assert len(changed) == len(set(changed))
    assert set(changed) <= known
    stopped = {problem.address for problem in plan.errors} - {str(address) for address in changed}
    assert len(changed) + plan.unchanged + len(stopped) == len(known)
    assert sum(plan.summary.values()) == len(changed) + plan.unchanged
    assert plan.managed == len(state.resources)


@given(catalogs(), dialects)
def test_what_waits_for_what(made: Catalog, dialect: Dialect) -> None:
    """An issuer is made before its badge classes and deleted after them; nothing else waits."""
    server = Server(dialect)
    plan = server.plan(made, new_state())
    for change in plan.changes:
        assert change.after == ((change.entity.issuer,) if change.address.kind is Kind.BADGE_CLASS else ())  # type: ignore[union-attr]

    state = server.apply(plan, new_state())
    for change in server.plan(made, state, Options(destroy=True)).changes:
        below = {entity.address for entity in made.badge_classes if entity.issuer == change.address}
        assert set(change.after) == below


# --- namesakes -----------------------------------------------------------------------------------------------------


def test_two_of_one_name_in_the_catalog_are_two() -> None:
    """Validation has let it pass: each is made, and each is found again by its id."""
    twins = Lifecycle(allow_duplicate_name=True)
    made = catalog(
        issuer(), badge_class("a", name="Twin", lifecycle=twins), badge_class("b", name="Twin", lifecycle=twins)
    )

    server, state = applied(made)

    assert len(server.entities) == 3
    assert server.plan(made, state).is_empty


def test_a_name_is_free_under_another_issuer() -> None:
    """People tell badge classes apart by their issuer as well."""
    before = catalog(issuer(), issuer("library"), badge_class())
    server, state = applied(before)

    plan = server.plan(
        catalog(issuer(), issuer("library"), badge_class(), badge_class("py", "library", name="Python")), state
    )

    assert actions(plan) == {"badge_class.py": "create"}


def test_a_namesake_is_found_as_the_server_spells_it() -> None:
    """The server strips markup from names, so the name to look for is what it makes of ours."""
    server, state = applied(catalog(issuer(), badge_class()))
    state = state.without(PYTHON)

    plan = server.plan(catalog(issuer(), badge_class("py", name="<i>Python</i>")), state)

    assert codes(plan) == ["name-taken"]


def test_an_issuer_has_namesakes_too() -> None:
    """A state that was lost does not lead to a second set of issuers."""
    made = catalog(issuer(), badge_class())
    server, _ = applied(made)

    plan = server.plan(made, new_state())

    assert actions(plan) == {"badge_class.python": "create"}
    assert codes(plan) == ["name-taken"]


def test_a_creation_remembers_who_was_there() -> None:
    """Of several entities of one name, a later run can tell which one it cannot have made."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    number = state.resources[PYTHON].entity_id

    plan = server.plan(made, state.without(PYTHON), Options(allow_duplicate_name=True))

    assert [change.known for change in plan.changes] == [(number,)]


# --- interrupted creations -----------------------------------------------------------------------------------------


def announced(server: Server, made: Catalog, state: State) -> State:
    """Return the state as a journal leaves it that ends after the intents."""
    plan = server.plan(made, state)
    pending = {
        change.address: Intent(
            change.address, "create", replace(Writer.resource(change, None), entity_id=""), change.known
        )
        for change in plan.changes
        if change.action is Action.CREATE
    }
    return replace(state, pending=pending)


@given(catalogs(), dialects, st.data())
def test_whatever_a_crash_left_is_taken_over(made: Catalog, dialect: Dialect, data: st.DataObject) -> None:
    """After a crash at any moment of a creation, one more apply ends with one entity for each document."""
    server, state = Server(dialect), new_state()
    pending = announced(server, made, state)
    after = server.apply(server.plan(made, state), state)
    lost = data.draw(st.sets(st.sampled_from(sorted(made.entities))))
    if {address for address in lost if address.kind is Kind.ISSUER}:
        lost |= {entity.address for entity in made.badge_classes if entity.issuer in lost}
    for address in lost:
        del server.entities[after.resources[address].entity_id]

    plan = server.plan(made, pending)
    # Two issuers of one name cannot be told apart here: then a person has to.
    assume("ambiguous-creation" not in codes(plan))
    settled = server.apply(plan, pending)

    assert len(server.entities) == len(made.entities)
    assert server.plan(made, settled).is_empty
    assert settled.pending == {}


def test_two_interrupted_creations_of_one_name_are_left_to_a_person() -> None:
    """One of them was made, and nobody can tell which: taking it over at the wrong address would make a third."""
    twins = Lifecycle(allow_duplicate_name=True)
    made = catalog(
        issuer(), badge_class("a", name="Twin", lifecycle=twins), badge_class("b", name="Twin ", lifecycle=twins)
    )
    server, state = applied(catalog(issuer()))
    pending = announced(server, made, state)
    after = server.apply(server.plan(made, state), state)
    del server.entities[after.resources[Address(Kind.BADGE_CLASS, "a")].entity_id]

    plan = server.plan(made, pending)

    assert codes(plan) == ["ambiguous-creation", "ambiguous-creation"]
    assert "or badge_class.b" in plan.problems[0].detail
    assert plan.is_empty


def test_a_badge_class_of_an_issuer_that_never_came_is_made_with_it() -> None:
    """Where not even the issuer was created, there is nothing to look for."""
    made = catalog(issuer(), badge_class())
    server = Server(Dialect.OPEN_SOURCE)

    plan = server.plan(made, announced(server, made, new_state()))

    assert actions(plan) == {"issuer.academy": "create", "badge_class.python": "create"}


def test_an_entity_that_was_there_before_is_not_taken_over() -> None:
    """A namesake known before the interrupted run is somebody else's."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    state = state.without(PYTHON)
    allowed = Options(allow_duplicate_name=True)
    plan = server.plan(made, state, allowed)
    (change,) = plan.changes
    intent = Intent(PYTHON, "create", Writer.resource(change, None), change.known)

    again = server.plan(made, replace(state, pending={PYTHON: intent}), allowed)

    assert actions(again) == {"badge_class.python": "create"}


def test_a_pending_intent_is_dropped_with_its_document() -> None:
    """An interrupted creation that made nothing, and that nobody wants any more, leaves no trace."""
    made = catalog(issuer(), badge_class())
    server, state = applied(catalog(issuer()))
    state = announced(server, made, state)

    plan = server.plan(catalog(issuer()), state)

    assert plan.is_empty
    assert plan.problems == ()
    assert server.apply(plan, state).pending == {}


# --- the server does not show it -----------------------------------------------------------------------------------


def hidden(server: Server, state: State, *addresses: Address) -> Snapshot:
    """Return what another account would see."""
    numbers = {state.resources[address].entity_id for address in addresses}
    snapshot = server.snapshot()
    return replace(
        snapshot,
        live={key: live for key, live in snapshot.live.items() if key not in numbers},
        hidden=frozenset(numbers),
    )


def test_a_hidden_issuer_is_reported_once() -> None:
    """Its badge classes, where they can be seen, are not said to belong to another issuer."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)

    plan = planner.build(made, state, hidden(server, state, ACADEMY))

    assert codes(plan) == ["not-visible"]
    assert plan.is_empty


def test_a_hidden_entity_stays_in_the_state_while_it_is_to_be_destroyed() -> None:
    """With the wrong account, `destroy` would else let go of everything and delete nothing."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)

    plan = planner.build(made, state, hidden(server, state, ACADEMY, PYTHON), Options(destroy=True))

    assert codes(plan) == ["not-visible", "not-visible"]
    assert plan.is_empty


def test_an_issuer_that_is_gone_comes_back_with_its_badge_classes() -> None:
    """Deleting an issuer on the server deletes what is under it; all of it is made again, in order."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    server.entities.clear()

    plan = server.plan(made, state)

    assert actions(plan) == {"issuer.academy": "create", "badge_class.python": "create"}
    assert plan.changes[1].after == (ACADEMY,)
    assert server.plan(made, server.apply(plan, state)).is_empty


# --- removing ------------------------------------------------------------------------------------------------------


def removed(lifecycle: Lifecycle, dialect: Dialect, options: Options | None = None) -> Plan:
    """Return the plan after a badge class with a lifecycle has left the catalog."""
    academy = issuer(description="ACME.")
    server, state = applied(catalog(academy, badge_class(lifecycle=lifecycle)), dialect)
    return server.plan(catalog(academy), state, options)


@BOTH
@pytest.mark.parametrize("on_remove", list(OnRemove))
@pytest.mark.parametrize("protect", [False, True])
def test_a_removal_does_what_the_state_recorded(on_remove: OnRemove, protect: bool, dialect: Dialect) -> None:
    """`onRemove` and `protect` hold as they were last applied; forgetting harms nothing and needs no flag."""
    plan = removed(Lifecycle(protect=protect, on_remove=on_remove), dialect)

    if on_remove is OnRemove.ARCHIVE and dialect is Dialect.OPEN_SOURCE:
        assert codes(plan) == ["cannot-archive"]
    elif protect and on_remove is not OnRemove.FORGET:
        assert codes(plan) == ["protected"]
        assert plan.is_empty
    else:
        assert codes(plan) == []
        assert actions(plan) == {"badge_class.python": str(on_remove)}


def test_protection_is_lifted_for_the_address_that_is_named() -> None:
    """The flag names what it is for."""
    lifecycle = Lifecycle(protect=True, on_remove=OnRemove.DELETE)

    assert codes(removed(lifecycle, Dialect.OPEN_SOURCE, Options(allow_protected=frozenset({ACADEMY})))) == [
        "protected"
    ]
    assert codes(removed(lifecycle, Dialect.OPEN_SOURCE, Options(allow_protected=frozenset({PYTHON})))) == []


def test_an_issuer_cannot_be_archived() -> None:
    """Not on the hosted service either."""
    server, state = applied(catalog(issuer(lifecycle=Lifecycle(on_remove=OnRemove.ARCHIVE))), Dialect.HOSTED)

    assert codes(server.plan(catalog(), state)) == ["cannot-archive"]


def test_an_issuer_does_not_take_an_archived_badge_class_along() -> None:
    """Who archives a badge class wants it kept, and deleting its issuer would delete it."""
    made = catalog(
        issuer(lifecycle=Lifecycle(on_remove=OnRemove.DELETE)),
        badge_class(lifecycle=Lifecycle(on_remove=OnRemove.ARCHIVE)),
    )
    server, state = applied(made, Dialect.HOSTED)

    plan = server.plan(catalog(), state)

    assert [problem.code for problem in plan.errors] == ["issuer-not-empty"]


def test_many_that_would_go_along_are_counted_and_some_are_named() -> None:
    """The message stays readable with hundreds of badge classes."""
    keys = [f"b{number}" for number in range(8)]
    made = catalog(issuer(lifecycle=Lifecycle(on_remove=OnRemove.DELETE)), *(badge_class(key) for key in keys))
    server, state = applied(made)

    (problem,) = server.plan(catalog(), state).errors

    assert problem.summary.startswith("8 badge classes that are to stay")
    assert "B0, B1, B2, B3, B4, …" in problem.detail


# --- importing -----------------------------------------------------------------------------------------------------


@given(catalogs(), catalogs(), edits(), dialects, st.booleans())
def test_an_import_hides_nothing(before: Catalog, after: Catalog, edit: Any, dialect: Dialect, is_same: bool) -> None:
    """What the server shows as the catalog wants it counts as sent; all else is a change, and none of it drift."""
    server, state = applied(before, dialect)
    edit(server)
    common = before.entities.keys() & after.entities.keys()
    for address in common:
        live = server.live(state.resources[address].entity_id)
        adopted = adopt(after.entities[address], live, dialect, image_is_same=is_same, served_sha256="d1")
        state = state.with_resource(adopted)
        assert all(adopted.recorded(name) == live.fields[name] for name in adopted.sent)

    for change in server.plan(after, state).changes:
        if change.address in common:
            assert {item.cause for item in change.attributes if item.name != "archived"} <= {Cause.CATALOG}


# --- the rest ------------------------------------------------------------------------------------------------------


def test_unmanaged_entities_are_named_with_their_issuer() -> None:
    """By our address where the issuer is ours, by its id where it is not; archived ones are left out."""
    ours = catalog(issuer(), badge_class())
    server, state = applied(ours, Dialect.HOSTED)
    number = state.resources[ACADEMY].entity_id
    for entity_id, owner, archived in (("b1", number, False), ("b2", "i1", False), ("b3", number, True)):
        server.entities[entity_id] = server.blank(Kind.BADGE_CLASS, entity_id, owner) | {"archived": archived}
    server.entities["i1"] = server.blank(Kind.ISSUER, "i1", None)

    plan = server.plan(ours, state)

    assert plan.is_empty
    assert [(item.kind, item.entity_id, item.issuer) for item in plan.unmanaged] == [
        (Kind.ISSUER, "i1", ""),
        (Kind.BADGE_CLASS, "b2", "i1"),
        (Kind.BADGE_CLASS, "b1", "issuer.academy"),
    ]


def test_a_hosted_issuer_may_lack_a_description_that_the_server_has() -> None:
    """What the server shows is sent back with every change, so nothing is missing there."""
    server, state = applied(catalog(issuer(description="ACME.")), Dialect.HOSTED)

    assert codes(server.plan(catalog(issuer()), state)) == ["cannot-be-cleared"]


def test_problems_stand_at_the_line_they_are_about() -> None:
    """An editor can jump there."""
    server, state = applied(catalog(issuer(), issuer("library"), badge_class()))

    (problem,) = server.plan(catalog(issuer(), issuer("library"), badge_class(owner="library")), state).problems

    assert (problem.code, problem.severity) == ("cannot-move", Severity.ERROR)
    assert str(problem.source) == "badge_class/python.yaml:4:1"


def test_a_new_picture_and_new_words_are_one_update() -> None:
    """One entity is one request, whatever changes of it."""
    server, state = applied(catalog(issuer(), badge_class()))

    (change,) = server.plan(catalog(issuer(), badge_class(image=picture(1), tags=("a",))), state).changes

    assert [item.name for item in change.attributes] == ["tags", "image"]
    assert change.changed == ("tags",)
    assert change.upload == picture(1)
