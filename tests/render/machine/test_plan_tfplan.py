"""A plan as OpenTofu's plan JSON, and the policies in the documentation that read it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from regopy import Interpreter
from support import places
from support.places import ROOT
from support.plans import show
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, issuer
from support.tiers import examples

from badgeops.api import dialects
from badgeops.api.live import Earners
from badgeops.model.address import Address
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.model.fields import of_kind
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.planning.risk import needs_earners, with_earners
from badgeops.render.machine import plan_tfplan
from badgeops.render.view import View

CASES = sorted((places.CASES / "plan").iterdir())


def exported(before: Catalog, after: Catalog, dialect: Dialect, edit: Any = None, held: int = 0) -> tuple[View, Any]:
    """Return a plan and what the export says of it."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    if edit is not None:
        edit(server)
    plan = server.plan(after, state)
    plan = with_earners(plan, dict.fromkeys(needs_earners(plan), Earners(held)))
    view = View(plan, "", catalog=after)
    return view, json.loads(plan_tfplan.show(view))


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
@examples(50)
def test_it_holds_what_consumers_of_plans_rely_on(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> None:
    """Every entity is there once; a side is null where there is nothing, and differs where there is a change."""
    view, value = exported(before, after, dialect, edit)
    changes = value["resource_changes"]
    plan = view.plan

    assert value["format_version"] == "1.2"
    assert len({item["address"] for item in changes}) == len(changes)
    if not plan.errors:
        assert len(changes) == len(plan.changes) + plan.unchanged
    for item in changes:
        change = item["change"]
        (action,) = change["actions"]
        assert item["address"] == f"{item['type']}.{item['name']}"
        assert (change["before"] is None) == (action == "create")
        assert (change["after"] is None) == (action in ("delete", "forget"))
        assert (action == "no-op") == ("badgeops" not in item or ("importing" in change and action == "no-op"))
        if action == "no-op":
            assert change["before"] == change["after"]
        if action == "update":
            assert change["before"] != change["after"]
    assert value["errored"] == bool(plan.errors)
    assert value["applyable"] == (not plan.errors and bool(plan.changes))
    planned = {item["address"] for item in value["planned_values"]["root_module"]["resources"]}
    assert planned == {item["address"] for item in changes if item["change"]["after"] is not None}


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
@examples(50)
def test_what_is_left_to_the_server_is_a_value_of_the_server_or_unknown(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect
) -> None:
    """A policy that asks for tags gets those that are there, or learns that nobody has looked: that is not "none"."""
    view, value = exported(before, after, dialect, edit)
    changes = {str(change.address): change for change in view.plan.changes}

    for item in value["resource_changes"]:
        address = item["address"].removeprefix("badgeops_")
        change, entity = changes.get(address), after.entities.get(Address.parse(address))
        side, unknown = item["change"]["after"], item["change"]["after_unknown"]
        if entity is None or side is None:
            continue
        assert not side.keys() & unknown.keys()
        for name in (field.name for field in of_kind(entity.address.kind, dialect)):
            is_ours = name in change.managed if change is not None else name in dialects.wanted(entity, dialect)
            shown = change.live.fields if change is not None and change.live is not None else {}
            if change is None and name in entity.lifecycle.ignore_changes:
                is_ours = False
            assert is_ours or (side[name] == shown[name] if name in shown else unknown[name] is True)


def test_every_deletion_is_found_by_its_word() -> None:
    """Policies look for "delete"; what is archived, forgotten or adopted is none."""
    actions: dict[str, set[str]] = {}
    for case in CASES:
        for item in json.loads(show(case).forms["tfplan.json"])["resource_changes"]:
            if "badgeops" in item:
                actions.setdefault(item["badgeops"]["action"], set()).update(item["change"]["actions"])

    assert actions == {
        "create": {"create"},
        "update": {"update"},
        "delete": {"delete"},
        "archive": {"update"},
        "forget": {"forget"},
        "adopt": {"update", "no-op"},
    }


def test_an_archived_badge_class_is_updated_to_be_so() -> None:
    """Its sides differ in one field."""
    life = Lifecycle(on_remove=OnRemove.ARCHIVE)
    _, value = exported(catalog(issuer(), badge_class(lifecycle=life)), catalog(issuer()), Dialect.HOSTED)
    (change,) = [item["change"] for item in value["resource_changes"] if item["change"]["actions"] == ["update"]]

    assert change["before"] | {"archived": True} == change["after"]
    assert change["before"]["archived"] is False


def test_drift_says_what_was_known_and_what_there_is() -> None:
    """As OpenTofu does: before is what was last applied, after what the server has now."""

    def edit(server: Server) -> None:
        (number,) = [key for key, item in server.entities.items() if item["name"] == "Python"]
        server.put(number, {"description": "Edited."})

    one = catalog(issuer(), badge_class(description="Ours."))
    _, value = exported(one, one, Dialect.OPEN_SOURCE, edit)
    (drift,) = value["resource_drift"]

    assert drift["address"] == "badgeops_badge_class.python"
    assert [item["name"] for item in value["resource_changes"]] == ["academy", "python"]
    assert (drift["change"]["before"]["description"], drift["change"]["after"]["description"]) == ("Ours.", "Edited.")


# --- the policies in docs/policies ---------------------------------------------------------------------------------


def judged(value: Any, rule: str) -> list[str]:
    """Return what a rule of the policies says, as conftest would run it."""
    rego = Interpreter()
    rego.add_module("badges", (ROOT / "docs" / "policies" / "badges.rego").read_text("utf-8"))
    rego.set_input(value)
    (found,) = json.loads(str(rego.query(f"data.main.{rule}")))["expressions"]
    return sorted(found)


TAGGED = {"tags": ("a",)}


@pytest.mark.parametrize(
    ("before", "after", "held", "expected"),
    [
        (TAGGED, TAGGED, 0, []),
        (TAGGED, TAGGED | {"criteria_narrative": "Other."}, 99, []),
        (
            TAGGED,
            TAGGED | {"criteria_narrative": "Other."},
            100,
            ["badgeops_badge_class.python: what it means would change for 100 people"],
        ),
        (TAGGED, TAGGED | {"name": "Other"}, 412, []),
        (TAGGED, {}, 412, ["badgeops_badge_class.python has no tags"]),
        ({}, {"tags": ()}, 0, ["badgeops_badge_class.python has no tags"]),
        ({}, {}, 0, ["badgeops_badge_class.python leaves its tags to the server"]),
        ({}, {"name": "Other"}, 0, ["badgeops_badge_class.python has no tags"]),
    ],
)
def test_the_policies_of_the_documentation_work(before: Any, after: Any, held: int, expected: list[str]) -> None:
    """Each rule finds what it is there for, and nothing else."""
    one, other = (catalog(issuer(), badge_class(**fields)) for fields in (before, after))
    _, value = exported(one, other, Dialect.OPEN_SOURCE, held=held)

    assert judged(value, "deny") == expected


def test_the_policies_know_deletions_archives_and_drift() -> None:
    """The first is denied, the others are warned of."""
    found = {rule: set[str]() for rule in ("deny", "warn")}
    for name in ("020-removed-and-deleted", "019-removed-and-archived", "007-edited-on-the-server"):
        value = json.loads(show(ROOT / "tests" / "cases" / "plan" / name).forms["tfplan.json"])
        for rule, messages in found.items():
            messages.update(message.partition(" ")[2] for message in judged(value, rule))

    assert "would be deleted" in found["deny"]
    assert {"would be archived", "was edited on the server"} <= found["warn"]
