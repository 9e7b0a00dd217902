"""What a change does to the people who hold a badge class."""

from __future__ import annotations

import pytest

from badgeops import impact
from badgeops.model.address import Address
from badgeops.model.fields import Impact
from badgeops.plan import Action, Attribute, Cause, Change


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
