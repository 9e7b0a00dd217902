"""What lets a plan that was stopped go through is said at once, and can be copied."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, strategies as st
from support.commands import leaves, parsed
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, issuer

from badgeops.api.live import Earners
from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import Address
from badgeops.model.allowances import NOTHING, Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.model.lifecycle import Lifecycle, OnMeaningChange, OnRemove
from badgeops.model.limits import Limit, Limits
from badgeops.planning import planner
from badgeops.planning.plan import Plan
from badgeops.planning.planner import Options
from badgeops.planning.remedies import needed, not_empty, to_destroy
from badgeops.planning.risk import brakes, needs_earners, with_earners
from badgeops.state.record import State

KEYS = ("python", "rust", "sql")
COMMANDS = dict(leaves())
EMPTY = catalog()


@dataclass(frozen=True)
class Case:
    """An account with a catalog that was applied to it, and what stands against its end."""

    server: Server
    state: State
    made: Catalog
    earners: dict[Address, int | None]
    """How many people have earned a badge class; None if nobody can count them."""
    hidden: frozenset[Address]

    def plan(self, state: State, wanted: Catalog, allowed: Allowances = NOTHING, *, destroy: bool) -> Plan:
        """Return the plan for this state, weighed as the commands do."""
        whole = self.server.snapshot()
        hidden = {self.state.resources[address].entity_id for address in self.hidden}
        live = {number: item for number, item in whole.live.items() if number not in hidden}
        snapshot = replace(whole, live=live, hidden=frozenset(hidden))
        plan = planner.build(wanted, state, snapshot, Options(allowed, destroy=destroy))
        numbers = {self.state.resources[address].entity_id: count for address, count in self.earners.items()}
        counted = {
            number: Earners(count) for number in needs_earners(plan) if (count := numbers.get(number, 0)) is not None
        }
        return with_earners(plan, counted, unknown={}, destroy=destroy, allowed=allowed)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw what is protected, earned, hidden, archived, or has somebody else's badge class beside it."""
    dialect = draw(st.sampled_from(Dialect))
    lifecycles = st.builds(Lifecycle, protect=st.booleans(), on_remove=st.sampled_from(OnRemove))
    owners = [issuer(key, lifecycle=draw(lifecycles)) for key in ("academy", "library")]
    classes = [badge_class(key, draw(st.sampled_from(owners)).key, lifecycle=draw(lifecycles)) for key in KEYS]
    made, server = catalog(*owners, *classes), Server(dialect)
    state = server.apply(server.plan(made, new_state()), new_state())
    if draw(st.booleans()):
        strange = badge_class("strange")
        beside = server.plan(catalog(*made.entities.values(), strange), state)
        server.apply(beside, state)
    for each in classes:
        server.entities[state.resources[each.address].entity_id]["archived"] = draw(st.booleans())
    earners = {each.address: draw(st.sampled_from([0, 0, 3, None])) for each in classes}
    hidden = draw(st.frozensets(st.sampled_from(sorted(made.entities)), max_size=2))
    return Case(server, state, made, earners, hidden)


@given(cases(), st.booleans())
def test_who_follows_the_advice_of_destroy_once_can_destroy(case: Case, is_gone: bool) -> None:
    """Whatever is protected, earned, hidden or not alone: the commands run, and the next plan has no error."""
    wanted = EMPTY if is_gone else case.made
    before = case.plan(case.state, wanted, destroy=True)
    state, allowed = case.state, NOTHING

    for command in to_destroy(before, NOTHING, "--auto-approve"):
        name = "state rm" if " state rm " in command else "destroy"
        given_ = parsed(name, COMMANDS[name], shlex.split(command)[1 + len(name.split()) :])
        for address in given_.get("address", ()):
            assert address in state.resources
            state = state.without(address)
        allowed = allowed | given_.get("allow", NOTHING)
    after = case.plan(state, wanted, allowed, destroy=True)

    assert after.errors == ()
    assert {change.address for change in after.changes} <= {change.address for change in before.changes}
    assert len(after.changes) == len(state.resources)
    assert (" destroy " in "".join(to_destroy(before, NOTHING, ""))) == (not after.is_empty)


@given(cases(), st.integers(0, 5))
def test_flags_that_apply_asks_for_are_all_named_at_once(case: Case, most: int) -> None:
    """What was allowed stops nothing any more, whether a rule or a limit stood in the way."""
    limits = Limits(delete=Limit(most, percent=False), update=Limit(0, percent=False))
    before = case.plan(case.state, EMPTY, destroy=False)
    allowed = needed(before, brakes(before, limits))

    after = case.plan(case.state, EMPTY, allowed, destroy=False)

    assert brakes(after, limits, allowed) == []
    assert needed(after, brakes(after, limits, allowed)) == NOTHING


def test_what_would_make_a_second_entity_is_not_among_what_is_only_meant() -> None:
    """Of a name that is taken, one is most often to be imported: no flag says that beside others."""
    made = catalog(issuer(), badge_class())
    server = Server(Dialect.OPEN_SOURCE)
    server.apply(server.plan(made, new_state()), new_state())

    plan = server.plan(made, new_state())

    assert "--allow duplicate-name" in plan.errors[0].detail
    assert needed(plan) == NOTHING


def test_a_change_of_meaning_is_among_what_is_only_meant() -> None:
    """It is told beside the limit that it would break, too."""
    made = catalog(issuer(), badge_class(lifecycle=Lifecycle(on_meaning_change=OnMeaningChange.BLOCK)))
    server = Server(Dialect.OPEN_SOURCE)
    state = server.apply(server.plan(made, new_state()), new_state())
    block = Lifecycle(on_meaning_change=OnMeaningChange.BLOCK)
    plan = server.plan(catalog(issuer(), badge_class(criteria_narrative="Pass another exam.", lifecycle=block)), state)
    plan = with_earners(plan, dict.fromkeys(needs_earners(plan), Earners(2)))

    flags = needed(plan, brakes(plan, Limits(update=Limit(0, percent=False))))

    assert flags == Allowances.of("meaning=badge_class.python", "updates=1")


@pytest.mark.parametrize("given_before", [NOTHING, Allowances.of("protected=issuer.library")])
def test_what_was_allowed_before_is_given_again(given_before: Allowances) -> None:
    """Who copies the line does not lose what the first one said."""
    protected = Lifecycle(protect=True)
    made = catalog(issuer(lifecycle=protected), issuer("library", lifecycle=protected))
    server = Server(Dialect.OPEN_SOURCE)
    state = server.apply(server.plan(made, new_state()), new_state())

    plan = server.plan(made, state, Options(given_before, destroy=True))

    assert to_destroy(plan, given_before) == [
        "badgeops destroy --allow protected=issuer.academy --allow protected=issuer.library"
    ]


NAMES = [f"badge_class.{letter}" for letter in "abcdefg"]


@pytest.mark.parametrize("count", range(1, 8))
@pytest.mark.parametrize(("is_wished", "destroy"), [(False, False), (False, True), (True, False), (True, True)])
def test_an_issuer_that_would_take_others_along_names_five(count: int, is_wished: bool, destroy: bool) -> None:
    """In order, with the way that is left: its document, if they are to go later; else the issuer is forgotten."""
    address = Address.parse("issuer.academy")

    found = not_empty(address, reversed(NAMES[:count]), is_wished=is_wished, destroy=destroy)

    one, several = ("has", "have") if is_wished else ("is", "are")
    what = f"1 badge class that {one}" if count == 1 else f"{count} badge classes that {several}"
    way = "To keep the issuer on the server:\n  badgeops state rm issuer.academy"
    if is_wished and not destroy:
        way = "Put its document back, too, until they can be deleted."
    assert (found.severity, found.code, found.address) == (Severity.ERROR, "issuer-not-empty", "issuer.academy")
    assert found.summary == f"{what} to stay would be deleted with this issuer"
    assert found.detail == (
        "Servers delete an issuer together with its badge classes, or refuse to delete it. Here these are: "
        f"{', '.join([*NAMES[: min(count, 5)], *(['…'] if count > 5 else [])])}. {way}"
    )
    if not destroy:
        assert not_empty(address, NAMES[:count], is_wished=is_wished) == found


def stopped(*errors: tuple[str | None, str]) -> Plan:
    """Return a plan without changes that was stopped at these addresses, by errors of these codes."""
    empty = Server(Dialect.OPEN_SOURCE).plan(EMPTY, new_state())
    problems = (
        Diagnostic(Severity.ERROR, code, "no", f"Add:\n  --allow protected={at}" if at else "", at)
        for at, code in errors
    )
    return replace(empty, problems=tuple(problems))


@pytest.mark.parametrize(
    ("errors", "allowed", "commands"),
    [
        ([], NOTHING, []),
        ([(None, "any")], NOTHING, []),
        ([("issuer.b", "any"), ("issuer.a", "any"), (None, "any")], NOTHING, ["state rm issuer.a issuer.b"]),
        ([(name, "any") for name in reversed(NAMES)], NOTHING, [f"state rm {' '.join(NAMES)}"]),
        ([("issuer.a", "protected-entity")], NOTHING, ["destroy --allow protected=issuer.a --yes"]),
        (
            [("issuer.b", "any"), ("issuer.a", "protected-entity")],
            Allowances.of("protected=issuer.b", "protected=issuer.c"),
            ["state rm issuer.b", "destroy --allow protected=issuer.a --allow protected=issuer.c --yes"],
        ),
    ],
)
def test_what_cannot_be_deleted_is_left_and_what_is_meant_is_allowed(
    errors: list[tuple[str | None, str]], allowed: Allowances, commands: list[str]
) -> None:
    """What stays needs no flag; without anything to delete, nothing is to be destroyed."""
    assert to_destroy(stopped(*errors), allowed, "--yes") == [f"badgeops {command}" for command in commands]
