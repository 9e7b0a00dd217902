"""What a server will refuse because something is not verified is said in the plan, in the words of `doctor`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, issuer

from badgeops.api.live import parse_live
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Catalog, Issuer
from badgeops.planning.plan import Action
from badgeops.planning.unverified import verified_emails, warnings
from badgeops.state.record import State

EMAILS = frozenset({"a@example.org", "badges@academy.example"})


def applied(made: Catalog) -> tuple[Server, State]:
    """Return a server that has a catalog, and its state."""
    server = Server(Dialect.OPEN_SOURCE)
    return server, server.apply(server.plan(made, new_state()), new_state())


@given(catalogs(), catalogs(), st.none() | st.frozensets(st.sampled_from(sorted(EMAILS))), st.data())
def test_each_issuer_that_would_be_refused_is_warned_of_once_and_no_other(
    before: Catalog, after: Catalog, emails: frozenset[str] | None, data: st.DataObject
) -> None:
    """New ones by their address, if that is known; others if the server shows that and something under them changes."""
    server, state = applied(before)
    shown = {number: data.draw(st.sampled_from([None, True, False])) for number in server.entities}
    live = {n: replace(item, is_verified=shown[n]) for n, item in server.snapshot().live.items()}
    plan = server.plan(after, state)

    found = warnings(plan, state, live, emails)

    new = [change.entity for change in plan.changes if change.action is Action.CREATE]
    touched = {
        change.entity.issuer
        for change in plan.changes
        if isinstance(change.entity, BadgeClass) and change.sends_request
    }
    refused = {
        str(item.address) for item in new if isinstance(item, Issuer) and item.email.strip() not in (emails or ())
    }
    barred = {str(item) for item in touched & state.resources.keys() if shown[state.resources[item].entity_id] is False}
    assert sorted((item.code, item.address) for item in found) == sorted(
        [("unverified-email", item) for item in refused if emails is not None]
        + [("unverified-issuer", item) for item in barred]
    )
    assert len(set(found)) == len(found)


def test_the_place_of_the_address_is_named() -> None:
    """Whoever reads the plan opens the document there."""
    plan = Server(Dialect.OPEN_SOURCE).plan(catalog(issuer(), badge_class()), new_state())

    (warning,) = warnings(plan, new_state(), {}, frozenset())

    assert warning.summary == ("badges@academy.example of issuer.academy is not a verified address of the account")
    assert warning.source is not None


@pytest.mark.parametrize("listed", [None, 7, "a@b.example", {"email": 1}, [3, {"email": [], "verified": True}]])
def test_a_profile_of_any_shape_is_borne(listed: object) -> None:
    """What cannot be read holds no verified address."""
    assert verified_emails({"emails": listed}) == frozenset()


@pytest.mark.parametrize(
    ("kind", "shown", "is_verified"),
    [
        (Kind.ISSUER, True, True),
        (Kind.ISSUER, False, False),
        (Kind.ISSUER, None, None),
        (Kind.ISSUER, "no", None),
        (Kind.ISSUER, 0, None),
        (Kind.BADGE_CLASS, False, None),
    ],
)
def test_only_a_plain_answer_counts(kind: Kind, shown: object, *, is_verified: bool | None) -> None:
    """What a server means by something else nobody knows, so nothing is said."""
    payload = {"entityId": "abc", "entityType": kind.value, "name": "N", "verified": shown}

    assert parse_live(kind, payload).is_verified is is_verified
