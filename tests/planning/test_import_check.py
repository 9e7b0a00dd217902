"""What a refused import, or a name that is taken, advises: commands that work."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, strategies as st
from support.advised import advised, follow, imported
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, issuer

from badgeops.api.live import Live
from badgeops.errors import PlanError
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.planning.import_check import check
from badgeops.planning.planner import Options
from badgeops.state.record import Intent, Resource, State

OWNERS, CLASSES = ("academy", "library"), ("python", "rust", "sql")
DIALECT = Dialect.OPEN_SOURCE
MADE = catalog(*map(issuer, OWNERS), *(badge_class(key, OWNERS[n % 2]) for n, key in enumerate(CLASSES)))


@dataclass(frozen=True)
class Account:
    """A server, and a state that knows its entities under some addresses, not always the right ones."""

    server: Server
    state: State


def with_intent(state: State, intent: Intent) -> State:
    """Return a state in which an interrupted run has left something open."""
    return replace(state, pending={**state.pending, intent.address: intent})


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Draw which entities are recorded as what, which are gone, and which addresses a run has left open."""
    server = Server(DIALECT)
    whole = server.apply(server.plan(MADE, new_state()), new_state())
    state = new_state()
    for kind in (Kind.ISSUER, Kind.BADGE_CLASS):
        addresses = sorted(address for address in MADE.entities if address.kind is kind)
        others = [*addresses, *(Address(kind, f"old-{number}") for number in range(2))]
        for address, number in zip(draw(st.permutations(others)), addresses, strict=False):
            if draw(st.booleans()):
                record = whole.resources[number]
                issuer_ = draw(st.sampled_from([Address.parse(f"issuer.{key}") for key in OWNERS]))
                known = Resource(address, record.entity_id, issuer=issuer_ if record.issuer else None, sent=record.sent)
                state = state.with_resource(known)
    for address in draw(st.sets(st.sampled_from(sorted(MADE.entities)), max_size=2)):
        resource = state.resources.get(address, Resource(address, "", sent={"name": "x"}))
        action = "update" if resource.entity_id else "create"
        state = with_intent(state, Intent(address, action, resource))
    classes = sorted(number for number, item in server.entities.items() if item["entityType"] == "BadgeClass")
    for number in draw(st.sets(st.sampled_from(classes), max_size=2)):
        del server.entities[number]
    return Account(server, state)


def run(state: State, commands: list[str], account: Account) -> tuple[State, PlanError | None]:
    """Return the state that commands leave, up to the first that is refused, and its refusal."""
    live = account.server.snapshot().live
    for command in commands:
        try:
            state = follow(state, command, MADE, live, DIALECT)
        except PlanError as refusal:
            return state, refusal
    return state, None


@given(accounts(), st.data())
def test_commands_that_a_refused_import_advises_run_and_do_not_end_where_they_began(
    account: Account, data: st.DataObject
) -> None:
    """Each of them works on the state that the one before leaves, and no refusal comes twice."""
    live = account.server.snapshot().live
    number = data.draw(st.sampled_from(sorted(live)))
    address = data.draw(st.sampled_from([item for item in sorted(MADE.entities) if item.kind is live[number].kind]))
    state, commands, said = account.state, [f"badgeops import {address} {number}"], list[str]()
    while commands:
        state, refusal = run(state, commands, account)
        if refusal is None:
            break
        assert refusal.message not in said
        said.append(refusal.message)
        commands = advised(refusal.hint)
        assert commands or "Correct `issuer:`" in refusal.hint


@given(accounts())
def test_commands_that_a_taken_name_advises_run_and_end_it(account: Account) -> None:
    """The first of the ways that the message names: after it, the name is no error of this document any more."""
    for problem in account.server.plan(MADE, account.state).errors:
        commands = [line for line in advised(problem.detail) if "ENTITY_ID" not in line]
        if problem.code not in ("name-exists-on-server", "name-archived-on-server") or not commands:
            continue
        state, refusal = run(account.state, commands, account)
        if refusal is not None:
            assert "issuer" in refusal.message  # its issuer has an error of its own
            continue
        again = account.server.plan(MADE, state).errors
        assert (problem.code, problem.address) not in [(item.code, item.address) for item in again]


@given(accounts())
def test_the_flag_that_a_taken_name_advises_ends_it(account: Account) -> None:
    """The other way: a second one beside it."""
    errors = account.server.plan(MADE, account.state).errors
    names = [item for item in errors if item.code.startswith("name-")]
    flags = Allowances.of(*(f"duplicate-name={item.address}" for item in names))

    again = account.server.plan(MADE, account.state, Options(flags)).errors

    assert all(f"--allow duplicate-name={item.address}" in item.detail for item in names)
    assert {item.address for item in again if item.code.startswith("name-")}.isdisjoint(
        {item.address for item in names}
    )


def test_an_address_that_is_taken_is_freed_first() -> None:
    """It was said to move an entity to an address that `state mv` then refuses."""
    server = Server(DIALECT)
    state = server.apply(server.plan(MADE, new_state()), new_state())
    python, rust = (Address.parse(f"badge_class.{key}") for key in CLASSES[:2])
    live = server.snapshot().live[state.resources[python].entity_id]

    with pytest.raises(PlanError) as refusal:
        imported(state, MADE, rust, live, DIALECT)

    assert advised(refusal.value.hint) == [f"badgeops state rm {rust}", f"badgeops state mv {python} {rust}"]


def test_an_address_that_a_run_has_left_open_waits_for_apply() -> None:
    """Nothing else can stand for it before that run is understood."""
    server = Server(DIALECT)
    state = server.apply(server.plan(MADE, new_state()), new_state())
    python, rust = (Address.parse(f"badge_class.{key}") for key in CLASSES[:2])
    live = server.snapshot().live[state.resources[python].entity_id]
    state = with_intent(state.without(rust), Intent(rust, "create", Resource(rust, "", sent={"name": "Rust"})))

    with pytest.raises(PlanError) as refusal:
        imported(state, MADE, rust, live, DIALECT)

    assert advised(refusal.value.hint) == ["badgeops apply"]


# --- each refusal --------------------------------------------------------------------------------------------------

ACADEMY, LIBRARY = (Address(Kind.ISSUER, key) for key in OWNERS)
PYTHON, RUST = (Address(Kind.BADGE_CLASS, key) for key in CLASSES[:2])
CORRECT = "Correct `issuer:` in the document, or the id."
RENAMED = (
    "Correct `issuer:` in the document; or if that issuer was renamed:\n"
    "  badgeops state mv issuer.library issuer.academy"
)
FIRST = "Its issuer, issuer.academy, is not in the state yet."


def shown(kind: Kind = Kind.BADGE_CLASS, issuer_id: str | None = "I") -> Live:
    """Return what the server shows under the id that is to be imported."""
    return Live(kind, "id", "", "Python", "", {}, issuer_id)


def refusal_of(recorded: dict[Address, str], open_: tuple[Address, ...], live: Live) -> tuple[str, str] | None:
    """Return what is said against importing it; None if nothing is."""
    intents = [Intent(address, "create", Resource(address, "")) for address in open_]
    state = replace(
        new_state(),
        resources={address: Resource(address, entity_id) for address, entity_id in recorded.items()},
        pending={intent.address: intent for intent in intents},
    )
    entity = badge_class("python", "academy") if live.kind is Kind.BADGE_CLASS else issuer("academy")
    try:
        check(state, entity, live)
    except PlanError as error:
        return error.message, error.hint
    return None


@pytest.mark.parametrize(
    ("recorded", "open_"),
    [
        ({ACADEMY: "I"}, ()),
        ({ACADEMY: "I", PYTHON: "id"}, ()),
        ({ACADEMY: "I", RUST: "other"}, ()),
        ({ACADEMY: "I"}, (PYTHON, ACADEMY)),
        ({LIBRARY: "J", ACADEMY: "I"}, ()),
    ],
)
def test_what_nothing_else_stands_for_is_imported(recorded: dict[Address, str], open_: tuple[Address, ...]) -> None:
    """For the first time or again, under the issuer that the state records; an issuer needs none."""
    assert refusal_of(recorded, open_, shown()) is None
    assert refusal_of({}, open_, shown(Kind.ISSUER, None)) is None


@pytest.mark.parametrize(
    ("recorded", "open_", "message", "hint"),
    [
        (
            {ACADEMY: "I", RUST: "id"},
            (),
            "The state already records id as badge_class.rust.",
            (
                "To give it the address badge_class.python instead:\n"
                "  badgeops state mv badge_class.rust badge_class.python"
            ),
        ),
        (
            {ACADEMY: "I", RUST: "id", PYTHON: "other"},
            (),
            "The state already records id as badge_class.rust.",
            (
                "An address stands for one entity. To forget what badge_class.python is now, and to give it to this "
                "one:\n  badgeops state rm badge_class.python\n  badgeops state mv badge_class.rust badge_class.python"
            ),
        ),
        (
            {ACADEMY: "I", RUST: "id", PYTHON: "other"},
            (PYTHON,),
            "The state already records id as badge_class.rust.",
            (
                "An interrupted run has left badge_class.python open. Apply first, to find out what became of it:\n"
                "  badgeops apply"
            ),
        ),
        (
            {ACADEMY: "I", PYTHON: "other"},
            (),
            "The state already records another entity as badge_class.python: other.",
            (
                "To forget that one, and to import this one instead:\n"
                "  badgeops state rm badge_class.python\n  badgeops import badge_class.python id"
            ),
        ),
        (
            {ACADEMY: "J"},
            (),
            "On the server it belongs to another issuer (I), not to issuer.academy.",
            CORRECT,
        ),
        (
            {ACADEMY: "J", LIBRARY: "I"},
            (),
            "On the server it belongs to another issuer (issuer.library), not to issuer.academy.",
            CORRECT,
        ),
        (
            {LIBRARY: "I"},
            (),
            "On the server it belongs to another issuer (issuer.library), not to issuer.academy.",
            RENAMED,
        ),
        (
            {LIBRARY: "I"},
            (ACADEMY,),
            "On the server it belongs to another issuer (issuer.library), not to issuer.academy.",
            CORRECT,
        ),
        (
            {LIBRARY: "J"},
            (),
            FIRST,
            "Import the issuer first:\n  badgeops import issuer.academy I\n  badgeops import badge_class.python id",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_a_way_out(
    recorded: dict[Address, str], open_: tuple[Address, ...], message: str, hint: str
) -> None:
    """Each with the commands that lead there, in their order."""
    assert refusal_of(recorded, open_, shown()) == (message, hint)


def test_an_issuer_that_the_server_does_not_show_is_to_be_looked_up() -> None:
    """Without its id there is no command that would import it."""
    hint = "Import the issuer first. To look its id up:\n  badgeops plan --show-unmanaged"

    assert refusal_of({}, (), shown(issuer_id=None)) == (FIRST, hint)
