"""What a server will refuse because something is not verified is said in the plan, in the words of `doctor`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, issuer

from badgeops.api.live import Live, parse_live
from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Catalog, Issuer
from badgeops.model.fields import RECORDED_ONLY
from badgeops.planning.plan import Action, Attribute, Cause, Change
from badgeops.planning.unverified import creates_issuers, is_verified, verified_emails, warnings
from badgeops.state.record import Resource, State
from badgeops.yamldoc.parse import Document, YamlFile

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


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "email": st.sampled_from(["a@example.org", "b@example.org", "", 5, None]),
                "verified": st.sampled_from([True, False, None, 1, "true"]),
                "primary": st.booleans(),
            },
        )
        | st.none()
    )
)
@example([{"email": "a@example.org", "verified": True}, {"email": "b@example.org", "verified": False}]).via(
    "one of two"
)
def test_an_address_is_verified_if_the_profile_says_so(listed: list[dict[str, object] | None]) -> None:
    """In so many words: whatever else stands there says nothing."""
    found = verified_emails({"emails": listed})

    entries = [entry for entry in listed if entry is not None and entry.get("verified") is True]
    assert found == {entry["email"] for entry in entries if isinstance(entry.get("email"), str)}
    for email in ("a@example.org", " a@example.org\n", "b@example.org"):
        assert is_verified(issuer(email=email), found) == (email.strip() in found)


HOLDERS = ("academy", "bureau", "college", "department", "library", "school", "workshop")
VISIBLE, UNSEEN = (Attribute(name, Cause.CATALOG, "a", "b") for name in ("description", RECORDED_ONLY[0]))


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("attribute", [VISIBLE, UNSEEN])
def test_what_is_written_under_an_issuer_that_is_not_verified_is_refused(action: Action, attribute: Attribute) -> None:
    """By a request that makes, changes or adopts a badge class; issuers come in order, if the server shows them."""
    classes = [badge_class(f"of-{key}", key) for key in (*reversed(HOLDERS), "hidden")]
    owners = [*(Address(Kind.ISSUER, entity.issuer.key) for entity in classes)]
    resources = {address: Resource(address, f"id-{address.key}") for address in owners}
    live = {f"id-{key}": shown(f"id-{key}") for key in HOLDERS}
    changes = tuple(Change(entity.address, action, attributes=(attribute,), entity=entity) for entity in classes)
    plan = replace(Server(Dialect.OPEN_SOURCE).plan(catalog(), new_state()), changes=changes)

    found = warnings(plan, replace(new_state(), resources=resources), live, frozenset())

    is_refused = action in (Action.CREATE, Action.UPDATE, Action.ADOPT) and attribute is VISIBLE
    assert found == [
        Diagnostic(
            Severity.WARNING,
            "unverified-issuer",
            f"issuer.{key} is not verified on the server",
            "Such servers refuse badge classes of an issuer, and changes of them, until an operator has verified it. "
            "Ask the server's operator.",
            f"issuer.{key}",
        )
        for key in (HOLDERS if is_refused else ())
    ]


def shown(number: str) -> Live:
    """Return an issuer that an operator has yet to verify."""
    return Live(Kind.ISSUER, number, "", "N", "", {}, is_verified=False)


@pytest.mark.parametrize("emails", [None, frozenset[str](), frozenset({"a@b.example"}), frozenset({"c@d.example"})])
def test_the_address_of_a_new_issuer_has_to_be_verified(emails: frozenset[str] | None) -> None:
    """If anybody knows what is; the message names the line in the document."""
    text = "kind: Issuer\nkey: academy\nname: x\nemail: a@b.example\n"
    file = YamlFile("academy.yaml", text)
    entity = replace(issuer(email="a@b.example"), document=Document({"kind": "Issuer"}, file, 1, 1, 0))
    plan = Server(Dialect.OPEN_SOURCE).plan(catalog(entity), new_state())

    found = warnings(plan, new_state(), {}, emails)

    is_refused = emails is not None and "a@b.example" not in emails
    place = entity.document.locate("email")
    assert (place.line, place.column) == (4, 8)
    assert (
        found
        == [
            Diagnostic(
                Severity.WARNING,
                "unverified-email",
                "a@b.example of issuer.academy is not a verified address of the account",
                "The server will refuse to create the issuer. Verify the address in the account's profile, or change "
                f"it: {place}",
                "issuer.academy",
                place,
            )
        ]
        * is_refused
    )


def test_addresses_matter_to_a_plan_that_makes_an_issuer() -> None:
    """Whoever only changes one needs no look at the profile."""
    server, state = applied(catalog(issuer()))

    assert creates_issuers(server.plan(catalog(issuer(), issuer("library")), state))
    assert not creates_issuers(server.plan(catalog(issuer(description="Changed."), badge_class()), state))
    assert not creates_issuers(server.plan(catalog(issuer()), state))


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
