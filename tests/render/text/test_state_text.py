"""The state for people, and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, image, issuer
from support.terminals import needlessly_wide

from badgeops import schemas
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog, Expiry
from badgeops.render.plain import printable
from badgeops.render.text import state_text
from badgeops.state import record as states
from badgeops.state.record import Intent, State

PYTHON = Address(Kind.BADGE_CLASS, "python")


def applied(made: Catalog, dialect: Dialect = Dialect.OPEN_SOURCE) -> State:
    """Return the state after an apply of a catalog."""
    server = Server(dialect)
    return server.apply(server.plan(made, new_state()), new_state())


def test_a_listing_has_a_line_for_each_entity() -> None:
    """Address, entityId and name, below each other; then how many and which state."""
    state = applied(catalog(issuer(), badge_class()))
    numbers = {address.key: resource.entity_id for address, resource in state.resources.items()}

    assert state_text.listing(state) == (
        f"badge_class.python  {numbers['python']}  Python\n"
        f"issuer.academy      {numbers['academy']}  Academy\n"
        "2 entities in the state of environment here (serial 1).\n"
    )


def test_what_is_pending_is_listed() -> None:
    """Somebody who wonders about an interrupted run looks here."""
    state = applied(catalog(issuer(), badge_class()))
    resource = state.resources[PYTHON]
    state = replace(state, pending={PYTHON: Intent(PYTHON, "update", resource)})

    text = state_text.listing(state)

    assert "badge_class.python  (pending: an interrupted run may have updated it)\n" in text


def test_an_empty_state_is_said_to_be_empty() -> None:
    """No line but the count."""
    assert state_text.listing(new_state()) == "0 entities in the state of environment here (serial 0).\n"


def test_one_entity_is_shown_whole() -> None:
    """What was sent, and what the server made of it."""
    entity = badge_class(description="Writes <b>small</b> programs.", expires=Expiry(2, "years"), tags=("a", "b"))
    resource = applied(catalog(issuer(), entity)).resources[PYTHON]

    assert state_text.one(resource) == (
        "badge_class.python\n"
        f"  entityId     {resource.entity_id}\n"
        f"  openBadgeId  {resource.open_badge_id}\n"
        "  onRemove     forget\n"
        "  protect      no\n"
        "  issuer       issuer.academy\n"
        f"  image        400×400 PNG 12 KB {image().sha256[:8]}\n"
        "  sent\n"
        '    name  "Python"\n'
        '    description  "Writes <b>small</b> programs."\n'
        '      the server stored: "Writes small programs."\n'
        '    criteriaNarrative  "Pass the python exam."\n'
        "    tags  a, b\n"
        "    expires  2 years\n"
    )


def test_an_issuer_has_fewer_lines() -> None:
    """No issuer above it, and perhaps no image."""
    resource = applied(catalog(issuer())).resources[Address(Kind.ISSUER, "academy")]

    text = state_text.one(resource)

    assert "  issuer " not in text
    assert "  image " not in text


def test_ids_and_names_of_a_server_are_made_safe() -> None:
    """Whoever runs the server chooses them."""
    bad = "\x1b[2J\u202e"
    state = applied(catalog(issuer()))
    (resource,) = state.resources.values()
    resource = replace(resource, entity_id=bad, open_badge_id=bad, received={"name": bad})
    state = replace(state, resources={resource.address: resource}, environment="here" + bad)

    for text in (state_text.listing(state), state_text.one(resource)):
        assert all(printable(line) == line for line in text.split("\n"))
    assert "\u202e" not in state_text.one_as_json(resource) + state_text.as_json(state)


@given(catalogs(careful=True), st.sampled_from(Dialect))
def test_the_json_is_the_state(made: Catalog, dialect: Dialect) -> None:
    """What is shown can be read back, and is what schemas/state.schema.json describes."""
    state = applied(made, dialect)

    text = state_text.as_json(state)

    assert states.loads(text, name="shown") == state
    Draft202012Validator(schemas.load("state")).validate(json.loads(text))
    for resource in state.resources.values():
        assert json.loads(state_text.one_as_json(resource)) == states.resource_json(resource)


@pytest.mark.parametrize("width", [60, 80])
@given(catalogs(), st.sampled_from(Dialect))
def test_an_entity_fits_the_terminal(width: int, made: Catalog, dialect: Dialect) -> None:
    """Texts are broken at their spaces; a listing has a line for each entity, which scripts read."""
    state = applied(made, dialect)

    lines = [line for resource in state.resources.values() for line in state_text.one(resource, width).split("\n")]

    assert needlessly_wide(lines, width) == []
    assert len(state_text.listing(state, width).splitlines()) == len(state.resources) + 1
