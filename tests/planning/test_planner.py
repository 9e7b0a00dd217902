"""Desired, recorded and live -> a plan: its laws, and what the golden cases do not show."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, image, issuer

from badgeops.applying.writes import Writer
from badgeops.errors import Severity
from badgeops.model import moments
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.model.text_rules import look_alike
from badgeops.planning import planner
from badgeops.planning.adopt import adopt
from badgeops.planning.plan import REMOVALS, Action, Cause, Plan
from badgeops.planning.planner import Options, Snapshot
from badgeops.planning.words import as_argument
from badgeops.render.machine import plan_json
from badgeops.render.text import plan_text
from badgeops.render.text.plan_text import Style
from badgeops.state.record import Intent, State
from badgeops.yamldoc.parse import Document, YamlFile

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


class Ignoring(Server):
    """A server that takes some fields and does nothing with them."""

    def __init__(self, dialect: Dialect, ignored: set[str]) -> None:
        super().__init__(dialect)
        self.ignored = ignored

    def put(self, number: str, body: Any) -> None:
        """Store the others."""
        super().put(number, {name: value for name, value in body.items() if name not in self.ignored})


@given(catalogs(careful=True), dialects, st.sets(st.sampled_from(["expires", "tags", "alignments", "criteriaUrl"])))
def test_what_a_server_ignores_is_said_in_every_plan(made: Catalog, dialect: Dialect, ignored: set[str]) -> None:
    """Exactly that, again and again, and nothing of what it only trims; no plan tries to change it.

    Of a field that is in ignoreChanges nothing is said: there the server has the last word.
    """
    server = Ignoring(dialect, ignored)
    state = server.apply(server.plan(made, new_state()), new_state())
    expected = {
        (str(address), name)
        for address, resource in state.resources.items()
        for name, value in resource.sent.items()
        if name in ignored - made.entities[address].lifecycle.ignore_changes and value
    }

    for _ in range(2):
        plan = server.plan(made, state)
        told = [problem for problem in plan.problems if problem.code == "stored-otherwise"]
        assert plan.is_empty
        assert len(told) == len(expected)
        assert {(problem.address, problem.summary.split()[5]) for problem in told} == expected
        state = server.apply(plan, state)


def test_what_a_server_ignores_can_be_accepted() -> None:
    """Whoever names the field in ignoreChanges hears no more of it."""
    server = Ignoring(Dialect.OPEN_SOURCE, {"tags"})
    fields = {"tags": ("a",)}
    made, accepted = (
        catalog(issuer(), badge_class(**fields, lifecycle=Lifecycle(ignore_changes=names)))
        for names in (frozenset[str](), frozenset({"tags"}))
    )
    state = server.apply(server.plan(made, new_state()), new_state())

    assert codes(server.plan(made, state)) == ["stored-otherwise"]
    assert codes(server.plan(accepted, state)) == []


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
    stopped = {problem.address for problem in plan.errors if problem.address} - {str(address) for address in changed}
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

    assert codes(plan) == ["name-exists-on-server"]


def test_an_issuer_has_namesakes_too() -> None:
    """A state that was lost does not lead to a second set of issuers."""
    made = catalog(issuer(), badge_class())
    server, _ = applied(made)

    plan = server.plan(made, new_state())

    assert actions(plan) == {"badge_class.python": "create"}
    assert codes(plan) == ["name-exists-on-server"]


@given(st.integers(1, 4), st.data())
def test_no_two_documents_are_told_to_import_the_same_entity(count: int, data: st.DataObject) -> None:
    """Several of one name: an id stands in an advice only if it is the only one, for the only document."""
    twins = Lifecycle(allow_duplicate_name=True)
    made = catalog(issuer(), *(badge_class(f"twin-{number}", name="Twin", lifecycle=twins) for number in range(count)))
    server, state = applied(made)
    known = data.draw(st.sets(st.integers(0, count - 1)))
    gone = data.draw(st.sets(st.integers(0, count - 1)))
    ids = {number: state.resources[Address(Kind.BADGE_CLASS, f"twin-{number}")].entity_id for number in range(count)}
    for number in set(range(count)) - known:
        state = state.without(Address(Kind.BADGE_CLASS, f"twin-{number}"))
    for number in gone:
        server.entities.pop(ids[number])

    plan = server.plan(made, state)

    lines = [line for problem in plan.errors for line in problem.detail.splitlines()]
    told = [line.split()[2:] for line in lines if line.startswith("  badgeops import ")]
    named = [entity_id for _, entity_id in told if entity_id != "ENTITY_ID"]
    assert len(set(named)) == len(named)
    free = {ids[number] for number in set(range(count)) - known - gone}
    wanting = set(range(count)) - (known - gone)
    assert len(told) == (len(wanting) if free else 0)
    assert bool(named) == (len(free) == len(wanting) == 1)
    assert all(entity_id in problem.detail for problem in plan.errors for entity_id in free)


def test_two_renamed_documents_are_not_both_told_to_be_the_recorded_one() -> None:
    """A key was changed, and another document has the name as well: the message says so."""
    server, state = applied(catalog(issuer(), badge_class()))
    twins = Lifecycle(allow_duplicate_name=True)

    plan = server.plan(
        catalog(issuer(), *(badge_class(key, name="Python", lifecycle=twins) for key in ("py", "snake"))), state
    )

    assert codes(plan) == ["name-exists-on-server"] * 2
    assert ["So could badge_class.snake" in plan.errors[0].detail, "So could badge_class.py" in plan.errors[1].detail]


def test_a_creation_remembers_who_was_there() -> None:
    """Of several entities of one name, a later run can tell which one it cannot have made."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    number = state.resources[PYTHON].entity_id

    plan = server.plan(made, state.without(PYTHON), Options(Allowances.of("duplicate-name")))

    assert [change.known for change in plan.changes] == [(number,)]


def test_a_second_of_a_name_is_allowed_for_the_address_that_is_named() -> None:
    """One badge class may share its name with another on the server; the next one still may not."""
    made = catalog(issuer(), badge_class("python"), badge_class("rust"))
    server, state = applied(made)
    twins = state.without(PYTHON).without(Address(Kind.BADGE_CLASS, "rust"))

    plan = server.plan(made, twins, Options(Allowances.of("duplicate-name=badge_class.python")))

    assert actions(plan) == {"badge_class.python": "create"}
    (problem,) = plan.errors
    assert (problem.code, problem.address) == ("name-exists-on-server", "badge_class.rust")
    assert problem.detail.endswith("\n  --allow duplicate-name=badge_class.rust")


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


# --- creations whose end is not known ------------------------------------------------------------------------------

NOON = moments.moment("2026-11-28T12:00:00Z")
"""When the creation was sent."""


def sent(server: Server, made: Catalog, state: State) -> State:
    """Return the state as an apply leaves it whose creations were not answered."""
    assert NOON is not None
    plan = server.plan(made, state)
    pending = {
        change.address: Intent(
            change.address,
            "create",
            replace(Writer.resource(change, None), entity_id=""),
            change.known,
            at=moments.stamp(NOON),
            since=change.since,
        )
        for change in plan.changes
        if change.action is Action.CREATE
    }
    return replace(state, pending=pending)


def seen(server: Server, minutes: float) -> Snapshot:
    """Return what a refresh finds so many minutes after the creation was sent."""
    assert NOON is not None
    return replace(server.snapshot(), now=moments.later(NOON, 60 * minutes))


def _texts(key: str) -> dict[str, str]:
    return {"description": f"Knows {key}.", "criteriaNarrative": f"Pass the {key} exam."}


def come(
    server: Server,
    name: str,
    number: str,
    *,
    owner: str | None = None,
    minutes: float = 0,
    texts: dict[str, str] | None = None,
) -> None:
    """Let a badge class come to the server under its only issuer, as it was sent for python or with other texts."""
    assert NOON is not None
    (issuer_id,) = (number for number in server.entities if server.live(number).kind is Kind.ISSUER)
    server.entities[number] = server.blank(Kind.BADGE_CLASS, number, owner or issuer_id)
    server.put(number, {"name": name, **(texts or _texts("python"))})
    server.entities[number]["createdAt"] = moments.stamp(moments.later(NOON, 60 * minutes))


names_on_server = st.sampled_from(["Python", "Python  ", "Py", "Something else", "Rust", "PYTHON", "Pythön"]) | st.text(
    min_size=1, max_size=5
)


@given(names_on_server, st.booleans(), st.floats(0, 14), st.floats(0, 60), st.booleans())
def test_no_creation_is_repeated_while_its_first_may_be_there_or_come(
    name: str, is_made: bool, arrives: float, looks: float, others: bool
) -> None:
    """Whatever name the server gave it and whenever within a quarter of an hour it came: no second one is planned.

    A list that is stale shows the same as a creation that has not come yet.
    """
    made = catalog(issuer(), badge_class("python"))
    server, state = applied(catalog(issuer()))
    if others:
        come(server, "Was here", "stranger", minutes=-0.01)
    pending = sent(server, made, state)
    is_there = is_made and arrives <= looks
    if is_there:
        come(server, name, "made", minutes=arrives)

    plan = planner.build(made, pending, seen(server, looks))

    created = actions(plan).get("badge_class.python") == "create"
    assert created == (not is_there and looks >= 15)
    if is_there and look_alike(name) == "Python":
        assert actions(plan) == {"badge_class.python": "adopt"}
    elif not created:
        assert codes(plan) == ["ambiguous-creation" if is_there else "undecided-creation"]
        assert plan.is_empty


def test_what_is_undecided_says_until_when_and_what_to_do() -> None:
    """A person is told what is known, and the words that decide at once."""
    made = catalog(issuer(), badge_class("python"))
    server, state = applied(catalog(issuer()))
    pending = sent(server, made, state)

    plan = planner.build(made, pending, seen(server, 14.9))

    (problem,) = plan.errors
    assert (problem.code, problem.address) == ("undecided-creation", "badge_class.python")
    assert "was sent at 12:00:00 UTC on 28 November 2026" in problem.detail
    assert "not send it again before 12:15:00 UTC on 28 November 2026" in problem.detail
    assert problem.detail.endswith("\n  --allow recreate=badge_class.python")
    assert plan.undecided == {"badge_class.python"}
    allowed = planner.build(made, pending, seen(server, 1), Options(Allowances.of("recreate=badge_class.python")))
    assert actions(allowed) == {"badge_class.python": "create"}
    assert allowed.changes[0].is_repeated
    other = planner.build(made, pending, seen(server, 1), Options(Allowances.of("recreate=badge_class.rust")))
    assert codes(other) == ["undecided-creation"]


def test_what_may_be_it_under_another_name_is_named() -> None:
    """With its id, its time and its name, so that a person can tell; more than five are counted."""
    made = catalog(issuer(), badge_class("python"))
    server, state = applied(catalog(issuer()))
    pending = sent(server, made, state)
    for number in range(7):
        come(server, f"Renamed {number}", f"made-{number}", minutes=number)

    plan = planner.build(made, pending, seen(server, 60))

    (problem,) = plan.errors
    assert problem.code == "ambiguous-creation"
    assert '\n  made-0  created 2026-11-28T12:00:00Z  "Renamed 0"\n' in problem.detail
    assert "made-4" in problem.detail
    assert "made-5" not in problem.detail
    assert "\n  and 2 more\n" in problem.detail
    assert "\n  badgeops import badge_class.python ENTITY_ID\n" in problem.detail
    assert problem.detail.endswith("\n  --allow recreate=badge_class.python")


def test_who_decides_is_not_asked_again_about_the_same() -> None:
    """What was none of ours at the second attempt is none after it either, and the first may still come."""
    made = catalog(issuer(), badge_class("python"))
    server, state = applied(catalog(issuer()))
    pending = sent(server, made, state)
    come(server, "Renamed", "stranger", minutes=1)

    (change,) = planner.build(
        made, pending, seen(server, 20), Options(Allowances.of("recreate=badge_class.python"))
    ).changes

    assert "stranger" in change.known
    assert change.since == pending.pending[PYTHON].since
    again = Intent(PYTHON, "create", pending.pending[PYTHON].resource, change.known, since=change.since)
    after = planner.build(made, replace(pending, pending={PYTHON: again}), seen(server, 60))
    assert actions(after) == {"badge_class.python": "create"}


def test_what_is_there_under_its_name_is_adopted_whatever_is_allowed() -> None:
    """The word for a second attempt makes no twin."""
    made = catalog(issuer(), badge_class("python"))
    server, state = applied(catalog(issuer()))
    pending = sent(server, made, state)
    come(server, "Python", "made")

    plan = planner.build(made, pending, seen(server, 1), Options(Allowances.of("recreate=badge_class.python")))

    assert actions(plan) == {"badge_class.python": "adopt"}


def test_what_another_creation_of_the_run_made_stops_none() -> None:
    """Of a run that was killed in the middle, what has come is taken over under its own name."""
    made = catalog(issuer(), badge_class("python"), badge_class("rust"))
    server, state = applied(catalog(issuer()))
    pending = sent(server, made, state)
    come(server, "Rust", "made", texts=_texts("rust"))

    plan = planner.build(made, pending, seen(server, 20))

    assert actions(plan) == {"badge_class.rust": "adopt", "badge_class.python": "create"}


def test_an_issuer_that_may_come_is_not_made_twice_either() -> None:
    """Nor is anything made under it meanwhile: the plan has an error."""
    made = catalog(issuer(), badge_class("python"))
    server = Server(Dialect.OPEN_SOURCE)
    pending = sent(server, made, new_state())

    plan = planner.build(made, pending, seen(server, 1))

    assert "undecided-creation" in codes(plan)
    assert {problem.address for problem in plan.errors} >= {"issuer.academy"}


def test_under_an_issuer_that_the_run_made_everything_is_new() -> None:
    """Its badge class may be there under another name, as under an issuer that is older."""
    made = catalog(issuer(), badge_class("python"))
    server = Server(Dialect.OPEN_SOURCE)
    pending = sent(server, made, new_state())
    state = server.apply(server.plan(catalog(issuer()), new_state()), new_state())
    come(server, "Renamed", "made", minutes=1)

    plan = planner.build(made, replace(state, pending={PYTHON: pending.pending[PYTHON]}), seen(server, 60))

    assert codes(plan) == ["ambiguous-creation"]
    assert "made" in plan.errors[0].detail


def test_what_may_still_come_is_not_forgotten_with_its_document() -> None:
    """Its document may come back within the quarter of an hour; after that, nothing is left of it."""
    made = catalog(issuer(), badge_class("python"))
    server, state = applied(catalog(issuer()))
    pending = sent(server, made, state)

    early, late = (planner.build(catalog(issuer()), pending, seen(server, minutes)) for minutes in (14, 15))

    assert (early.bookkeeping, early.problems) == ((), ())
    assert [change.address for change in late.bookkeeping] == [PYTHON]
    come(server, "Python", "made")
    abandoned = planner.build(catalog(issuer()), pending, seen(server, 14))
    assert codes(abandoned) == ["abandoned-creation"]
    assert [change.address for change in abandoned.bookkeeping] == [PYTHON]


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
    assert "; it could also be badge_class.b:" in plan.problems[0].detail
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
    allowed = Options(Allowances.of("duplicate-name"))
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


DOUBT = "https://badges.example/public/x answered with a web page (HTTP 404)"
GONE = Options(Allowances.of(f"gone={PYTHON}"))


def doubtful(server: Server, state: State, *addresses: Address) -> Snapshot:
    """Return what an account sees that may have lost its right, at a server without public pages."""
    snapshot = hidden(server, state, *addresses)
    return replace(snapshot, doubts=dict.fromkeys(snapshot.hidden, DOUBT))


def test_what_may_be_there_is_not_made_twice() -> None:
    """The error says what came, and what to do; who knows that it is gone says so for this one entity."""
    made = catalog(issuer(), badge_class(), badge_class("rust"))
    server, state = applied(made)
    snapshot = doubtful(server, state, PYTHON, Address(Kind.BADGE_CLASS, "rust"))

    plan, allowed = planner.build(made, state, snapshot), planner.build(made, state, snapshot, GONE)

    assert codes(plan) == ["maybe-gone", "maybe-gone"]
    assert plan.is_empty
    assert DOUBT in plan.problems[0].detail
    assert plan.problems[0].detail.endswith(f"\n  --allow gone={PYTHON}")
    assert codes(allowed) == ["maybe-gone"]
    assert [(change.address, change.action, change.record) for change in allowed.changes] == [
        (PYTHON, Action.CREATE, None)
    ]


@pytest.mark.parametrize("on_remove", OnRemove)
def test_what_may_be_there_is_not_dropped(on_remove: OnRemove) -> None:
    """Unless it was to be forgotten anyway: that is right whether it is there or not."""
    lifecycle, academy = Lifecycle(on_remove=on_remove), issuer(description="ACME.")
    server, state = applied(catalog(academy, badge_class(lifecycle=lifecycle)), Dialect.HOSTED)
    snapshot = doubtful(server, state, PYTHON)

    plan = planner.build(catalog(academy), state, snapshot)

    if on_remove is OnRemove.FORGET:
        assert (actions(plan), codes(plan)) == ({str(PYTHON): "forget"}, [])
    else:
        assert (actions(plan), codes(plan)) == ({}, ["maybe-gone"])
        assert DOUBT in plan.problems[0].detail
        assert plan.problems[0].detail.endswith(f"\n  badgeops state rm {PYTHON}")
    assert actions(planner.build(catalog(academy), state, snapshot, GONE)) == {str(PYTHON): "forget"}


@pytest.mark.parametrize("destroy", [False, True])
@pytest.mark.parametrize("stays", [False, True])
def test_what_is_protected_and_gone_is_left_to_a_person(stays: bool, destroy: bool) -> None:
    """Neither made again nor forgotten: somebody deleted it in spite of the protection, or it only looks so."""
    lifecycle = Lifecycle(protect=True, on_remove=OnRemove.DELETE)
    made = catalog(issuer(), badge_class(lifecycle=lifecycle))
    server, state = applied(made)
    del server.entities[state.resources[PYTHON].entity_id]
    after = made if stays else catalog(issuer())
    lifted = Allowances.of(f"protected={PYTHON}")

    plan, allowed = (
        server.plan(after, state, Options(destroy=destroy)),
        server.plan(after, state, Options(lifted, destroy=destroy)),
    )

    assert codes(plan) == ["protected-entity"]
    assert plan.problems[0].summary == "it is protected, and it is gone from the server"
    assert plan.problems[0].detail.endswith(f"\n  --allow protected={PYTHON}")
    assert str(PYTHON) not in actions(plan)
    assert (codes(allowed), actions(allowed)[str(PYTHON)]) == ([], "create" if stays and not destroy else "forget")


def test_an_interrupted_recreation_of_what_is_protected_is_adopted() -> None:
    """What was allowed when it was begun need not be allowed again: it is made already."""
    made = catalog(issuer(), badge_class(lifecycle=Lifecycle(protect=True)))
    server, state = applied(made)
    del server.entities[state.resources[PYTHON].entity_id]
    plan = server.plan(made, state, Options(Allowances.of(f"protected={PYTHON}")))
    (change,) = plan.changes
    intent = Intent(PYTHON, "create", replace(Writer.resource(change, None), entity_id=""), change.known)
    server.apply(plan, state)

    found = server.plan(made, replace(state, pending={PYTHON: intent}))

    assert (codes(found), actions(found)) == ([], {str(PYTHON): "adopt"})


EMPTIED = Options(Allowances.of("deletes=99"))
"""For a catalog that is empty on purpose."""


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
    """`onRemove` and `protect` hold as they were last applied: what is protected is not even forgotten."""
    plan = removed(Lifecycle(protect=protect, on_remove=on_remove), dialect)

    if on_remove is OnRemove.ARCHIVE and dialect is Dialect.OPEN_SOURCE:
        assert codes(plan) == ["cannot-archive"]
    elif protect:
        assert codes(plan) == ["protected-entity"]
        assert plan.is_empty
    else:
        assert codes(plan) == []
        assert actions(plan) == {"badge_class.python": str(on_remove)}


def test_protection_is_lifted_for_the_address_that_is_named() -> None:
    """The flag names what it is for."""
    lifecycle = Lifecycle(protect=True, on_remove=OnRemove.DELETE)

    assert codes(removed(lifecycle, Dialect.OPEN_SOURCE, Options(Allowances.of(f"protected={ACADEMY}")))) == [
        "protected-entity"
    ]
    assert codes(removed(lifecycle, Dialect.OPEN_SOURCE, Options(Allowances.of(f"protected={PYTHON}")))) == []


@given(catalogs(careful=True), dialects, st.integers(0, 30), st.booleans())
def test_an_empty_catalog_beside_a_state_is_taken_for_a_mistake(
    made: Catalog, dialect: Dialect, allowed: int, destroy: bool
) -> None:
    """Unless the number of what would go is allowed: a checkout without documents looks the same."""
    server, state = applied(made, dialect)

    plan = server.plan(catalog(), state, Options(Allowances.of(f"deletes={allowed}"), destroy=destroy))

    found = [problem for problem in plan.errors if problem.code == "nothing-left"]
    assert bool(found) == (not destroy and len(state.resources) > allowed)
    for problem in found:
        assert f"the state records {len(state.resources)} entit" in problem.summary
        assert problem.detail.endswith(f"\n  --allow deletes={len(state.resources)}")
        assert ".badgeopsignore" in problem.detail


@given(catalogs(careful=True), catalogs(careful=True), edits(), dialects, st.data())
def test_whatever_is_protected_leaves_neither_server_nor_state(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, data: st.DataObject
) -> None:
    """Seen, hidden or gone: it is deleted, archived, forgotten and made again only by name."""
    server, state = applied(before, dialect)
    protected = data.draw(st.sets(st.sampled_from(sorted(state.resources))))
    hidden = data.draw(st.sets(st.sampled_from(sorted(state.resources))))
    state = replace(
        state,
        resources={
            address: replace(resource, protect=address in protected) for address, resource in state.resources.items()
        },
    )
    edit(server)
    snapshot = server.snapshot()
    ids = frozenset(state.resources[address].entity_id for address in hidden)
    snapshot = replace(
        snapshot, hidden=ids, live={number: live for number, live in snapshot.live.items() if number not in ids}
    )

    plan = planner.build(after, state, snapshot, EMPTIED)

    lossy = {change.address for change in plan.changes if change.action in (*REMOVALS, Action.CREATE)}
    assert not lossy & protected
    named = planner.build(
        after, state, snapshot, Options(Allowances.of("deletes=99", *(f"protected={item}" for item in protected)))
    )
    assert "protected-entity" not in codes(named)


def test_an_issuer_cannot_be_archived() -> None:
    """Not on the hosted service either."""
    server, state = applied(catalog(issuer(lifecycle=Lifecycle(on_remove=OnRemove.ARCHIVE))), Dialect.HOSTED)

    assert codes(server.plan(catalog(), state, EMPTIED)) == ["cannot-archive"]


def test_an_issuer_does_not_take_an_archived_badge_class_along() -> None:
    """Who archives a badge class wants it kept, and deleting its issuer would delete it."""
    made = catalog(
        issuer(lifecycle=Lifecycle(on_remove=OnRemove.DELETE)),
        badge_class(lifecycle=Lifecycle(on_remove=OnRemove.ARCHIVE)),
    )
    server, state = applied(made, Dialect.HOSTED)

    plan = server.plan(catalog(), state, EMPTIED)

    assert [problem.code for problem in plan.errors] == ["issuer-not-empty"]


def test_many_that_would_go_along_are_counted_and_some_are_named() -> None:
    """The message stays readable with hundreds of badge classes."""
    keys = [f"b{number}" for number in range(8)]
    made = catalog(issuer(lifecycle=Lifecycle(on_remove=OnRemove.DELETE)), *(badge_class(key) for key in keys))
    server, state = applied(made)

    (problem,) = server.plan(catalog(), state, EMPTIED).errors

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
    server.entities["i1"] = server.blank(Kind.ISSUER, "i1", None) | {"name": "Other Academy"}

    plan = server.plan(ours, state)

    assert plan.is_empty
    assert [(item.kind, item.entity_id, item.issuer) for item in plan.unmanaged] == [
        (Kind.ISSUER, "i1", ""),
        (Kind.BADGE_CLASS, "b2", "i1"),
        (Kind.BADGE_CLASS, "b1", "issuer.academy"),
    ]
    assert [item.owner for item in plan.unmanaged] == ["", "Other Academy (i1)", "issuer.academy"]


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


def test_a_new_image_and_new_words_are_one_update() -> None:
    """One entity is one request, whatever changes of it."""
    server, state = applied(catalog(issuer(), badge_class()))

    (change,) = server.plan(catalog(issuer(), badge_class(image=image(1), tags=("a",))), state).changes

    assert [item.name for item in change.attributes] == ["tags", "image"]
    assert change.changed == ("tags",)
    assert change.upload == image(1)


def test_a_plan_says_what_it_is_of() -> None:
    """What it was made from, for which environment, and what the state held: a digest and an apply rely on it."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made, Dialect.HOSTED)

    plan = server.plan(made, replace(state, environment="there", serial=7))

    assert (plan.catalog, plan.environment, plan.server) == ("test", "there", state.server)
    assert (plan.dialect, plan.lineage, plan.serial) == (Dialect.HOSTED, state.lineage, 7)
    assert (plan.managed, plan.unchanged) == (2, 2)
    assert Snapshot(Dialect.HOSTED, {}).requests == 0


def test_what_is_only_written_down_is_in_order() -> None:
    """Issuers first, then by key, wherever it comes from; so the journal is the same for the same work."""
    made = catalog(issuer(), badge_class("b"), badge_class("z"))
    server, state = applied(made)
    dropped = Address(Kind.BADGE_CLASS, "a")
    for key in ("b", "z"):
        address = Address(Kind.BADGE_CLASS, key)
        state = state.with_resource(replace(state.resources[address], open_badge_id="before"))
    state = state.with_resource(replace(state.resources[ACADEMY], open_badge_id="before"))
    intent = Intent(dropped, "create", replace(state.resources[ACADEMY], address=dropped, entity_id=""))

    noted = server.plan(made, replace(state, pending={dropped: intent})).bookkeeping

    assert [str(change.address) for change in noted] == [
        "issuer.academy",
        "badge_class.a",
        "badge_class.b",
        "badge_class.z",
    ]
    assert [change.record is None for change in noted] == [False, True, False, False]
    assert noted[2].record is not None
    assert noted[2].record.open_badge_id.startswith("https://")


def test_an_update_that_was_interrupted_is_settled_although_nothing_is_left_to_do() -> None:
    """What it wanted is there, or was taken back: the intent goes, and the plan stays empty."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    pending = replace(state, pending={PYTHON: Intent(PYTHON, "update", state.resources[PYTHON])})

    plan = server.plan(made, pending)

    assert plan.is_empty
    assert [(change.action, change.record) for change in plan.bookkeeping] == [(Action.NO_OP, state.resources[PYTHON])]
    assert plan.unchanged == 2
    assert server.plan(made, state).bookkeeping == ()


# --- what a change carries -----------------------------------------------------------------------------------------


def test_a_creation_carries_all_that_apply_needs() -> None:
    """Empty fields are not shown, the issuer is, and so is the image."""
    server, state = applied(catalog(issuer("zoo")))
    entity = badge_class("b", "zoo", tags=(), expires=None)

    library, made = server.plan(catalog(issuer("library"), issuer("zoo"), entity), state).changes

    assert [item.name for item in made.attributes] == ["name", "issuer", "description", "criteriaNarrative", "image"]
    assert made.attributes[1].after == "issuer.zoo"
    assert {item.before for item in made.attributes} == {None}
    assert (made.group, made.source, made.entity) == ("zoo", entity.document.source, entity)
    assert (made.reason, made.record, made.live, made.upload) == ("", None, None, entity.image)
    assert made.managed["tags"] == []
    assert (made.known, made.beside, made.after) == ((), (), ())
    assert (library.group, library.after) == ("library", ())


def test_an_update_carries_all_that_apply_needs() -> None:
    """What is to be recorded, and whose it is."""
    server, state = applied(catalog(issuer("zoo"), badge_class("b", "zoo", tags=("a",))))
    entity = badge_class("b", "zoo", description="New.")

    (made,) = server.plan(catalog(issuer("zoo"), entity), state).changes

    assert (made.action, made.group, made.source, made.entity) == (Action.UPDATE, "zoo", entity.document.source, entity)
    assert (made.reason, made.emptied) == ("", ("tags",))
    assert made.record is not None
    assert made.record.address == entity.address
    assert made.live == server.live(made.record.entity_id)


def test_a_creation_knows_its_namesakes_oldest_first() -> None:
    """By when they were made, then by id; those that the catalog has itself are known, but nobody else's."""
    twins = Lifecycle(allow_duplicate_name=True)
    made = catalog(issuer(), badge_class("ours", name="Twin", lifecycle=twins))
    server, state = applied(made)
    owner, ours = state.resources[ACADEMY].entity_id, state.resources[Address(Kind.BADGE_CLASS, "ours")].entity_id
    for number, created in (("b", "2026-01-02"), ("a", "2026-01-02"), ("z", "2025-01-01")):
        server.entities[number] = {
            **server.blank(Kind.BADGE_CLASS, number, owner),
            "name": "Twin",
            "createdAt": created,
        }
    server.entities[ours]["createdAt"] = "2027-01-01"

    plan = server.plan(
        catalog(issuer(), badge_class("ours", name="Twin", lifecycle=twins), badge_class("new", name="Twin")),
        state,
        Options(Allowances.of("duplicate-name")),
    )

    (change,) = plan.changes
    assert change.known == ("z", "a", "b", ours)
    assert change.beside == ("z", "a", "b")


def test_a_namesake_is_found_as_it_is_spelled_too() -> None:
    """A server that strips nothing shows the name as the catalog has it."""
    server, state = applied(catalog(issuer()))
    owner = state.resources[ACADEMY].entity_id
    server.entities["x"] = {**server.blank(Kind.BADGE_CLASS, "x", owner), "name": "<i>Python</i>"}

    assert codes(server.plan(catalog(issuer(), badge_class(name="<i>Python</i>")), state)) == ["name-exists-on-server"]


# --- more on interrupted creations ---------------------------------------------------------------------------------


def test_what_is_taken_over_is_recorded_as_it_was_made() -> None:
    """Its id, its address, where its image stands, and what the server has made of what was sent."""
    made = catalog(issuer(), badge_class(description="A <b>bold</b> text."), badge_class("plain", image=None))
    server, state = applied(catalog(issuer()))
    pending = announced(server, made, state)
    after = server.apply(server.plan(made, state), state)

    plan = server.plan(made, pending)

    assert set(actions(plan).values()) == {"adopt"}
    for change in plan.changes:
        assert change.record == after.resources[change.address]
        assert change.attributes == ()


@pytest.mark.parametrize("edit", [{"description": "Theirs."}, {"criteriaNarrative": "Theirs."}, {"archived": True}])
def test_what_is_not_as_it_was_sent_is_not_taken_over(edit: dict[str, Any]) -> None:
    """A colleague may have made it, or have edited ours: the message names it, what differs, and both ways out."""
    made = catalog(issuer(description="Teaches."), badge_class(description="A <b>bold</b> text."))
    server, state = applied(catalog(issuer(description="Teaches.")), Dialect.HOSTED)
    pending = announced(server, made, state)
    after = server.apply(server.plan(made, state), state)
    number = after.resources[PYTHON].entity_id
    server.put(number, edit)

    plan = server.plan(made, pending)

    assert plan.is_empty
    assert codes(plan) == ["ambiguous-creation"]
    lines = plan.problems[0].detail.splitlines()
    assert lines[1:3] == [
        f"  {as_argument(number)}  created 2026-01-01T00:00:02Z",
        f"    not as sent: {next(iter(edit))}",
    ]
    assert "  badgeops import badge_class.python ENTITY_ID" in lines
    assert lines[-2:] == ["  --allow recreate=badge_class.python", "  --allow duplicate-name=badge_class.python"]
    allowed = Allowances.of("recreate=badge_class.python", "duplicate-name=badge_class.python")
    (change,) = server.plan(made, pending, Options(allowed)).changes
    assert (change.action, change.beside) == (Action.CREATE, (number,))
    assert number in change.known


def test_an_image_that_may_be_another_one_is_uploaded_again() -> None:
    """The words are ours, the image may be a colleague's: it is neither believed nor recorded as ours."""
    made = catalog(issuer(), badge_class())
    server, state = applied(catalog(issuer()))
    pending = announced(server, made, state)
    after = server.apply(server.plan(made, state), state)
    number = after.resources[PYTHON].entity_id
    server.put(number, {"image": "data:image/png;base64,eA=="})

    (change,) = server.plan(made, pending).changes

    assert [(item.name, item.cause, item.before) for item in change.attributes] == [
        ("image", Cause.CATALOG, {"ref": server.live(number).image_ref})
    ]
    assert change.upload == image()
    assert change.record is not None
    assert change.record.image is None
    assert server.plan(made, server.apply(server.plan(made, pending), pending)).is_empty


def test_an_image_that_only_moved_is_noted() -> None:
    """The refresh has seen that its bytes are the same; without that, it is somebody's edit."""
    made = catalog(issuer(), badge_class(image=image(0, "svg")))
    server, state = applied(made)
    number = state.resources[PYTHON].entity_id
    server.put(number, {})

    noted = planner.build(made, state, server.snapshot([number]))
    edited = planner.build(made, state, server.snapshot())

    assert noted.is_empty
    assert [change.address for change in noted.bookkeeping] == [PYTHON]
    assert [item.cause for change in edited.changes for item in change.attributes] == [Cause.DRIFT]


def test_a_badge_class_waits_for_its_issuer_to_be_taken_over() -> None:
    """The issuer is ours only when that is recorded; and what a stranger has made under it is seen."""
    made = catalog(issuer(), badge_class(), badge_class("rust"))
    server = Server(Dialect.OPEN_SOURCE)
    pending = announced(server, made, new_state())
    state = server.apply(server.plan(catalog(issuer()), new_state()), new_state())
    owner = state.resources[ACADEMY].entity_id
    server.entities["x"] = {**server.blank(Kind.BADGE_CLASS, "x", owner), "name": "Rust"}

    plan = server.plan(made, replace(pending, pending={ACADEMY: pending.pending[ACADEMY]}))

    assert actions(plan) == {"issuer.academy": "adopt", "badge_class.python": "create"}
    assert plan.changes[1].after == (ACADEMY,)
    assert codes(plan) == ["name-exists-on-server"]


def test_a_recorded_badge_class_belongs_to_an_issuer_that_is_taken_over() -> None:
    """The state lacks the issuer and knows what is under it: that is no move to another issuer."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    lost = state.resources[ACADEMY]
    intent = Intent(ACADEMY, "create", replace(lost, entity_id=""))

    plan = server.plan(made, replace(state.without(ACADEMY), pending={ACADEMY: intent}))

    assert actions(plan) == {"issuer.academy": "adopt"}
    assert codes(plan) == []


def test_what_was_made_under_another_issuer_than_wanted_now_is_no_match() -> None:
    """The catalog has moved it since: it cannot be moved on the server."""
    both = issuer(), issuer("library")
    server, state = applied(catalog(*both))
    pending = announced(server, catalog(*both, badge_class()), state)
    server.apply(server.plan(catalog(*both, badge_class()), state), state)

    plan = server.plan(catalog(*both, badge_class(owner="library")), pending)

    assert codes(plan) == ["cannot-move"]


def test_interrupted_creations_are_rivals_only_if_they_could_be_mistaken() -> None:
    """Another name, another issuer or another kind is another thing; markup in a name is not."""
    both = issuer(), issuer("library", name="Twin")
    server, state = applied(catalog(*both))
    rust = badge_class("rust")
    others = [
        badge_class("a", name="Twin"),
        badge_class("b", "library", name="Twin"),
        rust,
    ]
    made = catalog(*both, *others)
    pending = announced(server, made, state)
    library = Address(Kind.ISSUER, "library")
    again = Intent(library, "create", replace(state.resources[library], entity_id=""))
    update = Intent(ACADEMY, "update", replace(state.resources[ACADEMY], sent={"name": "Twin"}))
    after = server.apply(server.plan(made, state), state)
    interrupted = replace(pending.without(library), pending={**pending.pending, library: again, ACADEMY: update})

    plan = server.plan(made, interrupted)

    assert codes(plan) == []
    assert set(actions(plan).values()) == {"adopt"}
    assert {change.record and change.record.entity_id for change in plan.changes} >= {
        after.resources[entity.address].entity_id for entity in others
    }


def test_an_interrupted_update_is_no_rival() -> None:
    """It has made nothing, whatever it was to be called."""
    twins = Lifecycle(allow_duplicate_name=True)
    first, second = badge_class("a", name="Twin", lifecycle=twins), badge_class("b", name="Twin", lifecycle=twins)
    server, state = applied(catalog(issuer(), first))
    pending = announced(server, catalog(issuer(), first, second), state)
    server.apply(server.plan(catalog(issuer(), first, second), state), state)
    update = Intent(first.address, "update", state.resources[first.address])

    plan = server.plan(
        catalog(issuer(), first, second), replace(pending, pending={**pending.pending, first.address: update})
    )

    assert actions(plan) == {"badge_class.b": "adopt"}
    assert plan.problems == ()


def test_rivals_and_candidates_are_named_in_order() -> None:
    """Whatever order the journal has them in."""
    twins = Lifecycle(allow_duplicate_name=True)
    made = catalog(
        issuer(), *(badge_class(key, name="<b>Twin</b>" if key == "b" else "Twin", lifecycle=twins) for key in "abc")
    )
    server, state = applied(catalog(issuer()))
    pending = announced(server, made, state)
    pending = replace(pending, pending=dict(reversed(pending.pending.items())))
    server.apply(server.plan(made, state), state)

    problem = server.plan(made, pending).problems[0]

    assert problem.address == "badge_class.a"
    assert "it could also be badge_class.b, badge_class.c:\n" in problem.detail


def test_an_interrupted_update_takes_nothing_over() -> None:
    """Its entity is gone: what has its name now is somebody else's."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    number = state.resources[PYTHON].entity_id
    server.entities["x"] = {**server.entities.pop(number), "entityId": "x"}
    intent = Intent(PYTHON, "update", state.resources[PYTHON])

    assert codes(server.plan(made, replace(state, pending={PYTHON: intent}))) == ["name-exists-on-server"]


def test_what_the_state_owns_is_no_candidate() -> None:
    """A twin that is recorded under another address is not what was about to be made."""
    twins = Lifecycle(allow_duplicate_name=True)
    first, second = badge_class("a", name="Twin", lifecycle=twins), badge_class("b", name="Twin", lifecycle=twins)
    server, state = applied(catalog(issuer(), first))
    intent = Intent(
        second.address, "create", replace(state.resources[first.address], address=second.address, entity_id="")
    )

    plan = server.plan(catalog(issuer(), first, second), replace(state, pending={second.address: intent}))

    assert actions(plan) == {"badge_class.b": "create"}


def test_an_intent_may_name_its_issuer_by_id() -> None:
    """Then it is looked for there, whatever the state knows of the issuer."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    lost = state.resources[PYTHON]
    intent = Intent(PYTHON, "create", replace(lost, entity_id=""), (), state.resources[ACADEMY].entity_id)

    plan = server.plan(catalog(), replace(new_state(), pending={PYTHON: intent}))

    assert codes(plan) == ["abandoned-creation"]
    assert lost.entity_id in plan.problems[0].detail


def test_nothing_is_abandoned_under_an_issuer_that_never_came() -> None:
    """Its document is gone as well, and there is nothing to tell."""
    server = Server(Dialect.OPEN_SOURCE)
    pending = announced(server, catalog(issuer(), badge_class()), new_state())

    plan = server.plan(catalog(issuer()), replace(new_state(), pending={PYTHON: pending.pending[PYTHON]}))

    assert actions(plan) == {"issuer.academy": "create"}
    assert plan.problems == ()


# --- more on what is reported --------------------------------------------------------------------------------------


def archiving(entity: Any) -> Any:
    """Return the entity with a document that asks for archiving, on its sixth line."""
    text = (
        f"kind: {entity.address.kind}\nkey: {entity.key}\nname: x\nlifecycle:\n  protect: true\n  onRemove: archive\n"
    )
    data = {"kind": str(entity.address.kind), "key": entity.key, "lifecycle": {"protect": True, "onRemove": "archive"}}
    found = Document(data, YamlFile("here.yaml", text), 1, 1, 0)
    return replace(entity, lifecycle=Lifecycle(on_remove=OnRemove.ARCHIVE), document=found)


@pytest.mark.parametrize(
    ("entity", "dialect", "warned"),
    [
        (badge_class(), Dialect.HOSTED, False),
        (badge_class(), Dialect.OPEN_SOURCE, True),
        (issuer(description="A."), Dialect.HOSTED, True),
        (issuer(description="A."), Dialect.OPEN_SOURCE, True),
    ],
)
def test_what_cannot_be_archived_is_warned_of_in_time(entity: Any, dialect: Dialect, warned: bool) -> None:
    """While the document is there and can be mended, at the line that asks for it."""
    others = [] if entity.address.kind is Kind.ISSUER else [issuer(description="A.")]
    plan = Server(dialect).plan(catalog(*others, archiving(entity)), new_state())

    assert [(problem.code, str(problem.source)) for problem in plan.warnings] == (
        [("cannot-archive", "here.yaml:6:3")] if warned else []
    )


def test_a_hosted_issuer_that_has_no_description_anywhere_is_warned_of() -> None:
    """The service would refuse to change it."""
    server, state = applied(catalog(issuer()), Dialect.HOSTED)

    assert codes(server.plan(catalog(issuer()), state)) == ["missing-description"]
    assert codes(server.plan(catalog(issuer()), new_state())) == ["missing-description", "name-exists-on-server"][::-1]


def test_an_issuer_that_is_to_be_imported_is_no_other_issuer() -> None:
    """That it is on the server already has been said; what is under it has not moved."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)

    plan = server.plan(made, state.without(ACADEMY))

    assert codes(plan) == ["name-exists-on-server"]
    assert plan.problems[0].summary == "the server already has an issuer of this name"


def test_a_server_may_leave_out_whose_a_badge_class_is() -> None:
    """What is not shown has not moved."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made)
    server.entities[state.resources[PYTHON].entity_id]["issuer"] = None

    assert codes(server.plan(made, state)) == []


def test_a_move_is_reported_although_something_else_changes_as_well() -> None:
    """The update alone would be ignored in part."""
    server, state = applied(catalog(issuer(), issuer("library"), badge_class()))

    plan = server.plan(catalog(issuer(), issuer("library"), badge_class(owner="library", description="New.")), state)

    assert codes(plan) == ["cannot-move"]


@pytest.mark.parametrize(
    ("on_remove", "action", "reason"),
    [
        (OnRemove.ARCHIVE, "forget", "is no longer in the catalog; it is archived already"),
        (OnRemove.FORGET, "forget", "is no longer in the catalog; it stays on the server"),
        (OnRemove.DELETE, "delete", "is no longer in the catalog"),
    ],
)
def test_what_is_archived_already_is_removed_as_it_says(on_remove: OnRemove, action: str, reason: str) -> None:
    """Only an archiving has nothing left to do."""
    academy = issuer(description="A.")
    server, state = applied(catalog(academy, badge_class(lifecycle=Lifecycle(on_remove=on_remove))), Dialect.HOSTED)
    server.entities[state.resources[PYTHON].entity_id]["archived"] = True

    (change,) = server.plan(catalog(academy), state).changes

    assert (str(change.action), change.reason) == (action, reason)


@pytest.mark.parametrize(("on_remove", "done"), [(OnRemove.DELETE, "deleted"), (OnRemove.ARCHIVE, "archived")])
def test_what_would_be_done_is_said_in_words(on_remove: OnRemove, done: str) -> None:
    """Of what is protected, and of what this account may not see."""
    academy = issuer(description="A.")
    protected = Lifecycle(protect=True, on_remove=on_remove)
    server, state = applied(catalog(academy, badge_class(lifecycle=protected)), Dialect.HOSTED)

    (refused,) = server.plan(catalog(academy), state).problems
    (unseen,) = planner.build(catalog(academy), state, hidden(server, state, PYTHON)).problems

    assert refused.summary == f"it is protected and would be {done}"
    assert unseen.summary == f"it would be {done}, but this account may not see it"


def test_an_issuer_that_only_changes_takes_nothing_along() -> None:
    """What leaves the catalog under it is deleted without it, and the rest stays."""
    life = Lifecycle(on_remove=OnRemove.DELETE)
    server, state = applied(catalog(issuer(), badge_class(lifecycle=life), badge_class("rust")))

    plan = server.plan(catalog(issuer(description="New."), badge_class("rust")), state)

    assert plan.problems == ()
    assert {str(change.address): change.after for change in plan.changes} == {
        "issuer.academy": (),
        "badge_class.python": (),
    }


def test_an_issuer_is_deleted_after_all_that_is_under_it() -> None:
    """Each of them, in the order of addresses, and nothing that is under another."""
    life = Lifecycle(on_remove=OnRemove.DELETE)
    keys = "edcba"
    made = catalog(
        issuer(lifecycle=life),
        issuer("library"),
        badge_class("z", "library", lifecycle=life),
        *(badge_class(key, lifecycle=life) for key in keys),
    )
    server, state = applied(made)
    server.entities = dict(sorted(server.entities.items(), reverse=True))

    plan = server.plan(catalog(issuer("library")), state)

    after = {str(change.address): [str(address) for address in change.after] for change in plan.changes}
    assert after["issuer.academy"] == [f"badge_class.{key}" for key in sorted(keys)]
    assert [after[f"badge_class.{key}"] for key in "az"] == [[], []]


@pytest.mark.parametrize(("keys", "named"), [("edcba", "A, B, C, D, E. To"), ("fedcba", "A, B, C, D, E, …. To")])
def test_five_that_would_go_along_are_named(keys: str, named: str) -> None:
    """In the order of their names; that there are more is shown."""
    made = catalog(issuer(lifecycle=Lifecycle(on_remove=OnRemove.DELETE)), *(badge_class(key) for key in keys))
    server, state = applied(made)
    server.entities = dict(sorted(server.entities.items(), key=lambda item: item[1]["name"], reverse=True))

    (problem,) = server.plan(catalog(), state, EMPTIED).errors

    assert named in problem.detail


def test_unmanaged_entities_are_in_order() -> None:
    """Issuers, then by whose they are, by name and by id."""
    server = Server(Dialect.OPEN_SOURCE)
    for number, owner, name in (("z", "i1", "A"), ("y", "i1", "B"), ("b", "i2", "A"), ("a", "i2", "A")):
        server.entities[number] = {**server.blank(Kind.BADGE_CLASS, number, owner), "name": name}
    for number, name in (("i1", "Z"), ("i2", "A")):
        server.entities[number] = {**server.blank(Kind.ISSUER, number, None), "name": name}
    server.entities["lost"] = {**server.blank(Kind.BADGE_CLASS, "lost", None), "name": "B"}

    found = server.plan(catalog(), new_state()).unmanaged

    assert [item.entity_id for item in found] == ["i2", "i1", "lost", "z", "y", "a", "b"]
    assert {item.issuer for item in found if item.kind is Kind.ISSUER} == {""}


def test_words_of_the_server_are_quoted_as_they_are() -> None:
    """A person looks for them in the web interface; and an id can be put into a command whatever it holds."""
    server, state = applied(catalog(issuer(description="Größe")))

    (problem,) = server.plan(catalog(issuer()), state).problems

    assert 'The server keeps "Größe".' in problem.detail
    assert as_argument(" a b\n") == "ab"
    assert as_argument("$(a)") == "'$(a)'"


def test_what_is_taken_over_has_its_image_on_record_before_another_is_sent() -> None:
    """If the update after an adoption fails and the catalog goes back to its image, nothing looks edited."""
    made = catalog(issuer(), badge_class(image=image(0)))
    server, state = applied(catalog(issuer()))
    pending = announced(server, made, state)
    server.apply(server.plan(made, state), state)

    (change,) = server.plan(catalog(issuer(), badge_class(image=image(1))), pending).changes

    assert change.record is not None
    assert change.record.image is not None
    assert change.live is not None
    assert (change.record.image.sha256, change.record.image.ref) == (image(0).sha256, change.live.image_ref)


def test_a_twin_of_what_is_managed_is_a_warning_in_every_plan() -> None:
    """Two runs without a common state have made one each: nobody would ever hear of it again."""
    server, state = Server(Dialect.OPEN_SOURCE), new_state()
    made = catalog(issuer(), badge_class(name="R & D"))
    state = server.apply(server.plan(made, state), state)
    owner = state.resources[Address(Kind.ISSUER, "academy")].entity_id
    server.entities["twin"] = server.blank(Kind.BADGE_CLASS, "twin", owner) | {"name": "R &amp; D"}
    server.entities["other"] = server.blank(Kind.BADGE_CLASS, "other", "elsewhere") | {"name": "R & D"}

    (problem,) = server.plan(made, state).problems

    assert (problem.severity, problem.code) == (Severity.WARNING, "twin-on-server")
    assert "It is twin." in problem.detail
    allowed = catalog(issuer(), badge_class(name="R & D", lifecycle=Lifecycle(allow_duplicate_name=True)))
    assert server.plan(allowed, state).problems == ()
    server.entities["twin"]["archived"] = True
    assert server.plan(made, state).problems == ()
