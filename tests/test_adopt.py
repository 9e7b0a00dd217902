"""An entity that exists already -> the resource that stands for it in the state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from strategies import badge_class, catalog, catalogs, edits, issuer
from support.simulated import Server, new_state

from badgeops.adopt import adopt, entity_id_of
from badgeops.model import Address, Catalog, Kind
from badgeops.plan import Cause
from badgeops.wire import Dialect

PYTHON = Address(Kind.BADGE_CLASS, "python")


@given(catalogs(), catalogs(), edits(), st.sampled_from(Dialect), st.booleans())
def test_an_import_changes_nothing_and_hides_nothing(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, is_same: bool
) -> None:
    """What the server shows as the catalog wants it counts as sent; all else is a change of the next plan."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    edit(server)
    for address in before.entities.keys() & after.entities.keys():
        entity, number = after.entities[address], state.resources[address].entity_id
        adopted = adopt(entity, server.live(number), dialect, image_is_same=is_same, served_sha256="d1")
        state = state.with_resource(adopted)
        assert adopted.entity_id == number
        for name, value in adopted.sent.items():
            assert adopted.recorded(name) == server.live(number).fields[name], value

    for change in server.plan(after, state).changes:
        if change.address in before.entities.keys() & after.entities.keys():
            assert {item.cause for item in change.attributes if item.name != "archived"} <= {Cause.CATALOG}


def test_what_agrees_needs_no_request_afterwards() -> None:
    """A catalog written after the server, then imported: the next plan is empty."""
    made = catalog(issuer(), badge_class(tags=("a",)))
    server, state = Server(Dialect.OPEN_SOURCE), new_state()
    state = server.apply(server.plan(made, state), state)
    live = server.live(state.resources[PYTHON].entity_id)

    same = adopt(made.entities[PYTHON], live, server.dialect, image_is_same=True, served_sha256=None)
    other = adopt(made.entities[PYTHON], live, server.dialect, image_is_same=False, served_sha256=None)

    assert server.plan(made, state.with_resource(same)).is_empty
    (change,) = server.plan(made, state.with_resource(other)).changes
    assert [item.name for item in change.attributes] == ["image"]


def test_only_an_svg_is_known_by_its_bytes() -> None:
    """A PNG's address tells enough."""
    server, state = Server(Dialect.OPEN_SOURCE), new_state()
    made = catalog(issuer(), badge_class())
    state = server.apply(server.plan(made, state), state)
    png = server.live(state.resources[PYTHON].entity_id)
    svg = replace(png, image_ref="/media/1.svg")

    records = [
        adopt(made.entities[PYTHON], live, server.dialect, image_is_same=True, served_sha256="d1").image
        for live in (png, svg)
    ]

    assert [record and record.served_sha256 for record in records] == [None, "d1"]


@pytest.mark.parametrize(
    "text",
    [
        "fScyyh2nS1WFdcYiD5Ikzg",
        " fScyyh2nS1WFdcYiD5Ikzg\n",
        "https://badges.example/public/badges/fScyyh2nS1WFdcYiD5Ikzg",
        "https://badges.example/public/badges/fScyyh2nS1WFdcYiD5Ikzg.json?v=2_0",
        "https://badges.example/v2/badgeclasses/fScyyh2nS1WFdcYiD5Ikzg",
        "https://badges.example/issuer/issuers/other/badges/fScyyh2nS1WFdcYiD5Ikzg",
        "https://badges.example/fScyyh2nS1WFdcYiD5Ikzg/",
    ],
)
def test_people_paste_what_they_have(text: str) -> None:
    """The id, or the address of a page that shows the entity."""
    assert entity_id_of(text) == "fScyyh2nS1WFdcYiD5Ikzg"


def test_an_address_without_an_id_is_none() -> None:
    """Then the server's "no such entity" will say so."""
    assert entity_id_of("https://badges.example/") == ""
