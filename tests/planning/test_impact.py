"""What a change does to the people who hold a badge class."""

from __future__ import annotations

from dataclasses import replace

import pytest

from badgeops.api.live import Earners
from badgeops.model.address import Address
from badgeops.model.fields import Impact
from badgeops.planning import impact
from badgeops.planning.plan import Action, Attribute, Cause, Change


def change(*names: str, action: Action = Action.UPDATE, address: str = "badge_class.sql") -> Change:
    """Return a change of the named fields."""
    attributes = tuple(Attribute(name, Cause.CATALOG, "before", "after") for name in names)
    return Change(Address.parse(address), action, attributes=attributes)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["tags", "imageAltText"], Impact.COSMETIC),
        (["tags", "description"], Impact.VISIBLE),
        (["image"], Impact.VISIBLE),
        (["extensions"], Impact.VISIBLE),
        (["name", "expires"], Impact.MEANING),
        (["criteriaUrl"], Impact.MEANING),
        (["criteriaNarrative"], Impact.MEANING),
        (["archived"], None),
        (["alignments"], Impact.MEANING),
        (["protect", "onRemove"], None),
    ],
)
def test_the_gravest_field_decides(fields: list[str], expected: Impact | None) -> None:
    """A change is as grave as the gravest of its fields; what only the state sees is no impact at all."""
    assert impact.of(change(*fields)) == expected


def test_only_changes_of_what_people_may_hold_have_an_impact() -> None:
    """Nobody holds an issuer or what is yet to be made; what is deleted is a matter of its own."""
    assert impact.of(change("name", address="issuer.academy")) is None
    assert impact.of(change("name", action=Action.CREATE)) is None
    assert impact.of(change("name", action=Action.DELETE)) is None
    assert impact.of(change("name", action=Action.ADOPT)) is Impact.VISIBLE


def test_only_the_catalog_gives_a_badge_another_meaning() -> None:
    """Not what is put back after an edit on the server, and not a field that means nothing."""
    made = change("name", "criteriaUrl", "expires")
    edited = replace(made.attributes[2], cause=Cause.DRIFT)
    both = replace(made.attributes[1], cause=Cause.CONFLICT)

    assert impact.new_meaning(made) == made.attributes[1:]
    assert impact.new_meaning(replace(made, attributes=(made.attributes[0], both, edited))) == (both,)
    assert impact.new_meaning(change("name")) == ()


@pytest.mark.parametrize(
    ("field", "earners", "alone", "rebaked"),
    [
        ("tags", Earners(7), "", "re-bakes 7 awards"),
        ("name", Earners(7), "shows on their badges", "shows on their badges; re-bakes 7 awards"),
        ("expires", Earners(1), "changes what their badges mean", "changes what their badges mean; re-bakes 1 award"),
        ("expires", None, "changes what their badges mean", "changes what their badges mean; re-bakes all awards"),
        ("name", Earners(500, more=True), "shows on their badges", "shows on their badges; re-bakes 500+ awards"),
        ("name", Earners(0), "", ""),
        ("protect", Earners(7), "", ""),
    ],
)
def test_the_consequence_is_said_to_those_who_feel_it(
    field: str, earners: Earners | None, alone: str, rebaked: str
) -> None:
    """What they will see, and how many awards the hosted service makes anew; nothing if nobody has earned it."""
    made = replace(change(field), earners=earners)

    assert impact.consequence(made) == alone
    assert impact.consequence(replace(made, rebakes=bool(rebaked))) == rebaked
    assert impact.rebaking(replace(made, rebakes=bool(rebaked))) == rebaked.rpartition("; ")[2]
    assert impact.rebaking(made) == ""
    assert impact.rebaking(replace(made, rebakes=True, earners=Earners(0))) == ""
