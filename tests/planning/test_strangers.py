"""Others' entities that cannot be read: they stop no plan, and nothing is made twice because of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, issuer

from badgeops.api.live import Live, parse_listed
from badgeops.applying.writes import Writer
from badgeops.errors import Severity
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.planning import planner
from badgeops.planning.plan import Action, Plan
from badgeops.planning.planner import Options, Snapshot
from badgeops.planning.strangers import has_its_name, may_be_it, unreadable
from badgeops.state.record import Intent, State

ISSUER, CLASS = Address(Kind.ISSUER, "academy"), Address(Kind.BADGE_CLASS, "python")
MADE = catalog(issuer(), badge_class())
NAME = next(entity.name for entity in MADE.entities.values() if entity.address.kind is Kind.BADGE_CLASS)
ODD_MEMBERS: dict[str, dict[str, Any]] = {
    "no id": {"entityId": None},
    "an id that is a path": {"entityId": ".."},
    "no name": {"name": None},
    "a name in languages": {"name": {"en": "Python"}},
    "no issuer that can be read": {"issuer": {"name": "Academy"}},
    "tags that are none": {"tags": "python"},
    "no time": {"createdAt": None, "tags": 5},
    "an address with blanks": {"openBadgeId": "a b"},
}


def academy() -> tuple[Server, State, str]:
    """Return a server with our issuer, the state that owns it, and the issuer's id."""
    server, state = Server(Dialect.OPEN_SOURCE), new_state()
    state = server.apply(server.plan(catalog(issuer()), state), state)
    return server, state, state.resources[ISSUER].entity_id


def stranger(server: Server, owner: str, name: str, members: dict[str, Any]) -> Live:
    """Return what a list shows of an odd badge class under an issuer."""
    plain = server.blank(Kind.BADGE_CLASS, "odd", owner) | {"name": name, "createdAt": "2026-11-28T12:00:00Z"}
    return parse_listed(Kind.BADGE_CLASS, plain | members)


def beside(server: Server, *odd: Live) -> Snapshot:
    """Return what the server shows, with entities that cannot be read among it."""
    snapshot = server.snapshot()
    return replace(snapshot, live={**snapshot.live, **{live.entity_id: live for live in odd}})


def planned(made: Catalog, state: State, snapshot: Snapshot, *allowed: str) -> Plan:
    """Return the plan."""
    return planner.build(made, state, snapshot, Options(Allowances.of(*allowed)))


@pytest.mark.parametrize("members", ODD_MEMBERS.values(), ids=ODD_MEMBERS)
def test_an_odd_stranger_stops_no_plan_and_is_named_once(members: dict[str, Any]) -> None:
    """One warning for all of them, which says what is odd; everything else is planned as if they were not there."""
    server, state, owner = academy()
    odd = stranger(server, owner, "Something else", members)
    plain = planned(MADE, state, server.snapshot())

    plan = planned(MADE, state, beside(server, odd))

    (problem,) = plan.problems
    assert (problem.severity, problem.code) == (Severity.WARNING, "unreadable-on-server")
    assert odd.odd in problem.detail
    assert [change.address for change in plan.changes] == [change.address for change in plain.changes] == [CLASS]
    assert plan.unmanaged == plain.unmanaged


@pytest.mark.parametrize("members", ODD_MEMBERS.values(), ids=ODD_MEMBERS)
def test_a_name_that_can_be_read_is_taken(members: dict[str, Any]) -> None:
    """Whatever else is odd, and under whichever issuer if that is; the message says how to go on, and that works."""
    server, state, owner = academy()
    snapshot = beside(server, stranger(server, owner, NAME, members))

    plan = planned(MADE, state, snapshot)

    if "name" in members:
        assert [change.action for change in plan.changes] == [Action.CREATE]
        return
    assert plan.changes == ()
    error = next(problem for problem in plan.problems if problem.severity is Severity.ERROR)
    assert error.code == "name-exists-on-server"
    assert f"--allow duplicate-name={CLASS}" in error.detail
    assert "badgeops import" not in error.detail
    assert len(planned(MADE, state, snapshot, f"duplicate-name={CLASS}").changes) == 1


@given(st.sampled_from(sorted(ODD_MEMBERS)), st.sampled_from([NAME, "Something else"]), st.booleans())
def test_what_may_be_the_work_of_a_creation_stops_it(kind: str, name: str, was_there: bool) -> None:
    """While nobody knows what became of a creation, an odd newcomer may be it: it is neither adopted nor made again.

    One that was there before is not. A person may say that it is none of them.
    """
    server, state, owner = academy()
    odd = stranger(server, owner, name, ODD_MEMBERS[kind])
    before = beside(server, odd) if was_there else server.snapshot()
    flags = [f"duplicate-name={CLASS}"]
    (change,) = planned(MADE, state, before, *flags).changes
    wanted = replace(Writer.resource(change, None), entity_id="")
    pending = Intent(CLASS, "create", wanted, change.known, owner, at="2026-01-01T00:00:00Z", since=change.since)
    state = replace(state, pending={CLASS: pending})
    now = beside(server, odd)

    plan = planned(MADE, state, now, *flags)

    if was_there:
        assert [item.action for item in plan.changes] == [Action.CREATE]
        return
    assert plan.changes == ()
    error = next(problem for problem in plan.problems if problem.severity is Severity.ERROR)
    assert error.code == "ambiguous-creation"
    assert f"--allow recreate={CLASS}" in error.detail
    (again,) = planned(MADE, state, now, *flags, f"recreate={CLASS}").changes
    assert again.action is Action.CREATE
    assert odd.entity_id in again.known


def test_a_great_number_is_counted() -> None:
    """A few are named; none is none."""
    server, state, owner = academy()
    odd = [replace(stranger(server, owner, f"N{number}", {"tags": 5}), entity_id=f"odd{number}") for number in range(8)]

    (problem,) = planned(catalog(issuer()), state, beside(server, *odd)).problems

    assert problem.summary == "the account has 8 entities that badgeops cannot read"
    assert "and 3 more" in problem.detail
    assert planned(catalog(issuer()), state, beside(server)).problems == ()


ODD = st.lists(
    st.builds(
        Live,
        kind=st.sampled_from([Kind.ISSUER, Kind.BADGE_CLASS]),
        entity_id=st.sampled_from(["b2", "a1", "C3", "no id: 1", "", ".."]),
        open_badge_id=st.just(""),
        name=st.sampled_from(["", "Python", 'A "B"']),
        created_at=st.just(""),
        fields=st.just({}),
        issuer_id=st.sampled_from([None, "", "I", "$(rm)"]),
        odd=st.sampled_from(["", "it has no name", "its tags are text"]),
    ),
    min_size=3,
    max_size=9,
)


def called(live: Live) -> str:
    """Return what a message says of one: kind, issuer, id and name, as far as there are any."""
    what = "an issuer" if live.kind is Kind.ISSUER else "a badge class"
    owner = {None: "", "": "", "I": " of I", "$(rm)": " of '$(rm)'"}[live.issuer_id]
    number = f" {live.entity_id}" if live.entity_id in ("b2", "a1", "C3") else ""
    name = {"": "", "Python": ' "Python"', 'A "B"': ' "A \\"B\\""'}[live.name]
    return f"{what}{owner}{number}{name}"


@given(ODD)
def test_each_is_named_with_what_can_be_read_of_it(found: list[Live]) -> None:
    """By kind and id; five at most, and the rest is counted. No id is shown that is none."""
    odd = sorted((live for live in found if live.odd), key=lambda live: (live.kind, live.entity_id))

    told = unreadable(found)

    assert [(item.severity, item.code) for item in told] == [(Severity.WARNING, "unreadable-on-server")] * bool(odd)
    if odd:
        lines = [f"  {called(live)}: {live.odd}\n" for live in odd[:5]]
        more = f"  and {len(odd) - 5} more\n" if len(odd) > 5 else ""
        counted = "1 entity" if len(odd) == 1 else f"{len(odd)} entities"
        assert told[0].summary == f"the account has {counted} that badgeops cannot read"
        assert told[0].detail.startswith(
            "They are none of those that the state records, and badgeops leaves them alone:\n"
            f"{''.join(lines)}{more}A name that cannot be read may be one that the catalog has. "
        )


@given(ODD)
def test_what_may_be_it_is_named_and_a_person_decides(found: list[Live]) -> None:
    """Both words are given: that it is another one, and that its name is wanted twice."""
    finding = may_be_it(CLASS, found)

    assert finding.rule == "ambiguous-creation"
    assert finding.detail.startswith(f"This has its name, and cannot be read:\n  {called(found[0])}: {found[0].odd}\n")
    assert finding.detail.endswith(
        "If you want another badge class of that name, add:\n"
        "  --allow duplicate-name=badge_class.python\n  --allow recreate=badge_class.python"
    )
    assert "If you want another issuer of that name, add:\n  " in has_its_name(ISSUER, found)
