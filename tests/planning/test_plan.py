"""The plan as a value: what a change is about, when two of them do the same, and in which order all of it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.strategies import badge_class, issuer

from badgeops.api.live import Live
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Image
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.planning.plan import (
    REMOVALS,
    Action,
    Attribute,
    Cause,
    Change,
    Earners,
    Effect,
    Plan,
    catalog_fingerprint,
    digest_of,
    fingerprint,
    server_fingerprint,
    sort_problems,
)
from badgeops.state.record import Resource

ACADEMY, PYTHON = Address(Kind.ISSUER, "academy"), Address(Kind.BADGE_CLASS, "python")
LIVE = Live(Kind.BADGE_CLASS, "live-1", "", "Live name", "", {"name": "Live name", "tags": ["b", "a"]})
RECORD = Resource(PYTHON, "recorded-1", sent={"name": "Recorded name"})


def test_each_action_has_a_word_and_a_symbol() -> None:
    """Both are shown, the words also in JSON."""
    assert {str(action): action.symbol for action in Action} == {
        "create": "+",
        "update": "~",
        "delete": "-",
        "archive": "#",
        "forget": ".",
        "adopt": ">",
        "no-op": " ",
    }
    assert REMOVALS == (Action.DELETE, Action.ARCHIVE, Action.FORGET)


def test_each_side_has_a_word() -> None:
    """They stand in JSON; and so does a number of people, of which there may be more."""
    assert [str(cause) for cause in Cause] == ["catalog", "drift", "conflict"]
    assert [str(earners) for earners in (Earners(3), Earners(500, more=True))] == ["3", "500+"]
    assert [earners.any for earners in (Earners(0), Earners(0, more=True), Earners(1))] == [False, True, True]


# --- a change ------------------------------------------------------------------------------------------------------


def attribute(name: str) -> Attribute:
    """Return a field that the catalog changes."""
    return Attribute(name, Cause.CATALOG, "before", "after")


def test_a_request_carries_the_fields_of_the_api() -> None:
    """Images, archiving and whose it is go another way; a `lifecycle` goes nowhere."""
    names = ("name", "image", "archived", "issuer", "protect", "onRemove", "tags")
    change = Change(PYTHON, Action.UPDATE, attributes=tuple(map(attribute, names)))

    assert change.changed == ("name", "tags")


@pytest.mark.parametrize(
    ("names", "sends"),
    [((), False), (("protect", "onRemove"), False), (("protect", "tags"), True), (("archived",), True)],
)
def test_only_a_lifecycle_is_no_request(names: tuple[str, ...], sends: bool) -> None:
    """The server sees nothing of it."""
    assert Change(PYTHON, Action.UPDATE, attributes=tuple(map(attribute, names))).sends_request == sends


def test_a_change_has_the_name_that_people_know() -> None:
    """By the catalog, else by the server, else by the state, else by its key."""
    change = Change(PYTHON, Action.UPDATE, entity=badge_class(name="Wanted name"), live=LIVE, record=RECORD)

    assert change.name == "Wanted name"
    assert replace(change, entity=None).name == "Live name"
    assert replace(change, entity=None, live=None).name == "Recorded name"
    assert replace(change, entity=None, live=None, record=None).name == "python"


@pytest.mark.parametrize(
    ("action", "live", "record", "entity_id"),
    [
        (Action.CREATE, None, None, None),
        (Action.CREATE, None, RECORD, None),
        (Action.UPDATE, LIVE, RECORD, "live-1"),
        (Action.FORGET, LIVE, RECORD, "live-1"),
        (Action.FORGET, None, RECORD, "recorded-1"),
        (Action.FORGET, None, None, None),
    ],
)
def test_a_change_is_about_one_entity(
    action: Action, live: Live | None, record: Resource | None, entity_id: str | None
) -> None:
    """The live one; a creation has none, not even one that was there before; what is gone is known by its record."""
    assert Change(PYTHON, action, live=live, record=record).entity_id == entity_id


def test_where_a_document_stands_makes_no_other_change() -> None:
    """Nor what its entity is besides what is to be done; so two plans can be compared."""
    one = Change(PYTHON, Action.UPDATE, source=Source("a.yaml", 1, 1), entity=badge_class())
    other = Change(PYTHON, Action.UPDATE, source=Source("b.yaml", 2, 2), entity=badge_class(name="B"))

    assert one == other == Change(PYTHON, Action.UPDATE)
    assert (other.reason, other.group, other.rebakes) == ("", "", False)
    assert one != replace(other, reason="because")


def test_changes_stand_issuer_by_issuer() -> None:
    """Each before its badge classes, these by their keys."""
    order = [("academy", "issuer.academy"), ("academy", "badge_class.a"), ("academy", "badge_class.b")]
    order += [("library", "issuer.library"), ("library", "badge_class.0")]
    changes = [Change(Address.parse(address), Action.CREATE, group=group) for group, address in order]
    mixed = changes[3:] + changes[1:3] + changes[:1]

    assert sorted(mixed, key=lambda change: change.sort_key) == changes


# --- what it does --------------------------------------------------------------------------------------------------


def test_an_effect_says_what_is_done_to_which_entity() -> None:
    """With the lifecycle of the document, or, where that is gone, of the record."""
    lifecycle = Lifecycle(protect=True, on_remove=OnRemove.ARCHIVE)
    change = Change(
        PYTHON,
        Action.UPDATE,
        attributes=(attribute("name"),),
        entity=badge_class(lifecycle=lifecycle),
        live=LIVE,
        managed={"tags": [], "name": "x", "description": "y"},
        emptied=("tags",),
        beside=("z",),
    )
    removal = Change(PYTHON, Action.DELETE, record=replace(RECORD, protect=True, on_remove=OnRemove.DELETE))

    assert change.effect == Effect(
        PYTHON,
        Action.UPDATE,
        "live-1",
        {"name": ("before", "after")},
        ("description", "name"),
        True,
        OnRemove.ARCHIVE,
        ("z",),
        server_fingerprint(LIVE),
    )
    assert (removal.effect.protect, removal.effect.on_remove, removal.effect.server) == (True, OnRemove.DELETE, "")
    bare = Change(PYTHON, Action.FORGET).effect
    assert bare == Effect(PYTHON, Action.FORGET, None, {})
    assert (bare.protect, bare.on_remove, bare.server) == (False, OnRemove.FORGET, "")


EFFECT = Effect(PYTHON, Action.UPDATE, "1", {"tags": (["a"], ["b"])}, ("a", "b"), beside=("x", "y"))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(EFFECT, managed=("b", "a"), beside=("y", "x")), True),
        (replace(EFFECT, server="other"), True),
        (replace(EFFECT, action=Action.ADOPT), False),
        (replace(EFFECT, entity_id="2"), False),
        (replace(EFFECT, address=Address.parse("badge_class.rust")), False),
        (replace(EFFECT, fields={"tags": (["a"], ["c"])}), False),
        (replace(EFFECT, fields={"tags": (["c"], ["b"])}), False),
        (replace(EFFECT, fields={}), False),
        (replace(EFFECT, managed=("a",)), False),
        (replace(EFFECT, protect=True), False),
        (replace(EFFECT, on_remove=OnRemove.DELETE), False),
        (replace(EFFECT, beside=("x",)), False),
    ],
)
def test_two_effects_are_the_same_if_they_do_the_same(other: Effect, same: bool) -> None:
    """Orders mean nothing; whatever else is done makes another effect."""
    assert EFFECT.is_same_as(other) == same
    assert other.is_same_as(EFFECT) == same


@pytest.mark.parametrize(
    ("action", "same"), [(Action.DELETE, False), (Action.ARCHIVE, False), (Action.UPDATE, True), (Action.FORGET, True)]
)
def test_a_removal_is_about_all_of_the_entity(action: Action, same: bool) -> None:
    """What was looked at is deleted or archived; what is forgotten may look like anything."""
    one = replace(EFFECT, action=action, server="a")

    assert one.is_same_as(replace(one, server="b")) == same
    assert one.is_same_as(replace(one, protect=True)) == (action is Action.FORGET)


# --- fingerprints --------------------------------------------------------------------------------------------------


def test_fingerprints_stay_what_they_are() -> None:
    """They stand in saved plans: another version must find an entity unchanged that was not changed."""
    ignored = frozenset({"name", "description", "tags", "image", "expires", "alignments", "criteriaUrl", "extensions"})
    entity = badge_class(image=Image("ab" * 32, "png", 9, 9, 9, "x"), lifecycle=Lifecycle(ignore_changes=ignored))

    assert server_fingerprint(replace(LIVE, image_ref="/a.svg")) == SERVER
    assert server_fingerprint(replace(LIVE, image_ref="/a.png")) == SERVER_PNG
    assert catalog_fingerprint(entity, Dialect.HOSTED) == CATALOG
    assert catalog_fingerprint(issuer(), Dialect.OPEN_SOURCE) == CATALOG_ISSUER


SERVER = "6d65265f78ba15a015741202a1d48ae2147a6017d573f1b7fd280ec99b3a2aba"
SERVER_PNG = "6b3c0e3628fd004c085064edbd61ca2a6af5c08e245805d79429060d68c75c51"
CATALOG = "da0a9623962284b3bcb2505855cc3475601d846a052e399a093dfa3511b156a8"
CATALOG_ISSUER = "530a3d3716ba420cce6316e9abbc216c25ee9b1a3e44506758a1d00f0c1394c1"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"image_ref": "/moved.svg"}, True),
        ({"image_ref": "/a.png"}, False),
        ({"archived": True}, False),
        ({"fields": {"name": "Live name", "tags": ["a", "b"]}}, True),
        ({"fields": {"name": "Live name", "tags": ["a"]}}, False),
        ({"created_at": "2026"}, True),
    ],
)
def test_a_live_entity_is_known_by_what_people_can_change(other: dict[str, Any], same: bool) -> None:
    """An SVG moves by itself, tags have no order, and when it was made cannot be changed."""
    svg = replace(LIVE, image_ref="/a.svg")

    assert (server_fingerprint(svg) == server_fingerprint(replace(svg, **other))) == same


def test_a_digest_does_not_depend_on_the_order() -> None:
    """Of changes; but on everything else that it is told."""
    effects = [EFFECT, replace(EFFECT, address=Address.parse("badge_class.a")), replace(EFFECT, address=ACADEMY)]
    digest = digest_of("c", "here", "s", Dialect.HOSTED, effects)

    assert digest_of("c", "here", "s", Dialect.HOSTED, effects[::-1]) == digest
    others = [
        digest_of("d", "here", "s", Dialect.HOSTED, effects),
        digest_of("c", "there", "s", Dialect.HOSTED, effects),
        digest_of("c", "here", "t", Dialect.HOSTED, effects),
        digest_of("c", "here", "s", Dialect.OPEN_SOURCE, effects),
        digest_of("c", "here", "s", Dialect.HOSTED, effects[1:]),
    ]
    assert len({digest, *others}) == 6


def test_half_a_character_has_a_fingerprint() -> None:
    """A server can answer with it, and it is no reason to fail."""
    assert fingerprint("\ud83d") != fingerprint("\ud83e")
    assert fingerprint("ü") == "e4c77d3f26dacb0bcd1ef966781f0988c483f20cb118c5605ccf670c17944c6f"


# --- the plan ------------------------------------------------------------------------------------------------------


def plan_of(*actions: Action, problems: tuple[Diagnostic, ...] = ()) -> Plan:
    """Return a plan with one change for each action."""
    changes = tuple(Change(Address(Kind.BADGE_CLASS, f"b{number}"), action) for number, action in enumerate(actions))
    return Plan("here", "https://x.example", Dialect.HOSTED, "L", 0, changes, (), 5, (), problems, 0)


def test_a_plan_is_summed_up_by_actions() -> None:
    """Every action is counted, also those that do not come up; what stays as it is counts as none."""
    plan = plan_of(Action.CREATE, Action.UPDATE, Action.UPDATE, Action.DELETE)

    assert plan.summary == {
        "create": 1,
        "update": 2,
        "delete": 1,
        "archive": 0,
        "forget": 0,
        "adopt": 0,
        "no-op": 5,
    }
    assert list(plan.summary) == [str(action) for action in Action]
    assert plan.count(Action.CREATE, Action.UPDATE) == 3
    assert (plan.is_empty, plan_of().is_empty) == (False, True)
    assert (plan.catalog, plan.allowed) == ("", ())


def test_a_plan_knows_what_it_writes() -> None:
    """What is made or updated, and not what is removed or only taken over."""
    plan = plan_of(Action.CREATE, Action.UPDATE, Action.DELETE, Action.ADOPT, Action.FORGET)

    assert {address.key for address in plan.written} == {"b0", "b1"}


def test_problems_stand_by_weight_address_and_place() -> None:
    """Errors first; those of no address before the others."""
    error, warning = Severity.ERROR, Severity.WARNING
    order = [
        Diagnostic(error, "z", "no address", source=Source("z.yaml", 9, 9)),
        Diagnostic(error, "z", "first", address="badge_class.a", source=Source("a.yaml", 1, 1)),
        Diagnostic(error, "a", "second", address="badge_class.a", source=Source("a.yaml", 2, 1)),
        Diagnostic(error, "a", "third", address="badge_class.b", source=Source("a.yaml", 1, 1)),
        Diagnostic(warning, "a", "fourth", address="badge_class.a"),
    ]

    assert sort_problems(reversed(order)) == tuple(order)
    assert plan_of(problems=tuple(order)).errors == tuple(order[:4])
    assert plan_of(problems=tuple(order)).warnings == (order[4],)
