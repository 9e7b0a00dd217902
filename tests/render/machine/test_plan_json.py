"""A plan as JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, issuer

from badgeops import schemas
from badgeops.api.live import Earners
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.planning.plan import Action, Cause, Plan
from badgeops.planning.planner import Options
from badgeops.planning.risk import needs_earners, with_earners
from badgeops.render.machine import plan_json


def plan_of(before: Catalog, after: Catalog, edit: Any, dialect: Dialect, *, destroy: bool = False) -> Plan:
    """Return the plan from one catalog to another, with earners."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    edit(server)
    plan = server.plan(after, state, Options(destroy=destroy))
    return with_earners(plan, dict.fromkeys(needs_earners(plan), Earners(3)))


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect), st.booleans())
def test_every_plan_fits_the_schema(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, destroy: bool
) -> None:
    """schemas/plan.schema.json describes whatever badgeops writes."""
    plan = plan_of(before, after, edit, dialect, destroy=destroy)

    content = json.loads(plan_json.render(plan))

    Draft202012Validator(schemas.load("plan")).validate(content)
    assert content == plan_json.to_value(plan)


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
def test_drift_is_what_was_edited_on_the_server(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> None:
    """A nightly job looks at `drift` alone; the last applied value is there for each of its fields."""
    content = plan_json.to_value(plan_of(before, after, edit, dialect))

    expected = [
        {"address": change["address"], "attributes": edited}
        for change in content["changes"]
        if (edited := [item["name"] for item in change["attributes"] if item["cause"] != Cause.CATALOG])
    ]
    assert content["drift"] == expected
    for change in content["changes"]:
        for item in change["attributes"]:
            assert ("recorded" in item) == (item["cause"] != Cause.CATALOG)


def test_what_misleads_a_terminal_is_written_as_an_escape() -> None:
    """JSON is read by people as well; the value stays the same."""
    name = "a\x9b2J\u202eb\ud800c\u2028d"
    plan = Server(Dialect.OPEN_SOURCE).plan(catalog(issuer(), badge_class(description=name)), new_state())

    text = plan_json.render(plan)

    assert text.encode("utf-8")
    assert r"a\u009b2J\u202eb\ud800c\u2028d" in text
    (value,) = [
        item["after"]
        for change in json.loads(text)["changes"]
        for item in change["attributes"]
        if item["name"] == "description" and change["address"].startswith("badge_class")
    ]
    assert value == name


def test_text_of_all_languages_is_readable() -> None:
    """What is harmless is not escaped."""
    plan = Server(Dialect.OPEN_SOURCE).plan(catalog(issuer(name="Zoë 学习 🎓")), new_state())

    assert '"Zoë 学习 🎓"' in plan_json.render(plan)


def test_every_action_is_counted() -> None:
    """A program need not ask whether a member is there."""
    plan = Server(Dialect.OPEN_SOURCE).plan(catalog(issuer()), new_state())

    summary = plan_json.to_value(plan)["summary"]

    assert summary.keys() == {str(action) for action in Action}
    assert summary["create"] == 1
