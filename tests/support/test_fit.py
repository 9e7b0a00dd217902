"""If the table of fields and the model do not fit, one test says so, and not hundreds that something is broken."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from badgeops.model import entities, fields
from support import fit


def test_what_the_repository_has_fits() -> None:
    """Nothing is said, and nothing is taken out of a run."""
    assert fit.misfits() == []
    assert fit.pytest_report_header() == []
    assert kept(items := [SimpleNamespace(nodeid="tests/planning/test_plan.py::test_it")]) == items


def test_an_attribute_without_a_row_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says in which file which line is missing."""
    monkeypatch.setattr(fields, "TABLE", tuple(field for field in fields.TABLE if field.name != "tags"))

    (said,) = fit.misfits()

    assert said.startswith("add a row to badgeops/model/fields.py for the attribute tags of BadgeClass in ")


def test_a_row_without_an_attribute_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says in which file which line is missing."""
    monkeypatch.setattr(fields, "TABLE", (*fields.TABLE, dataclasses.replace(fields.NAMED["tags"], attribute="level")))

    assert fit.misfits() == ["add an attribute level to BadgeClass in badgeops/model/entities.py"]


def test_an_attribute_without_a_default_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that leave the field out could not be read."""
    monkeypatch.setattr(entities.BadgeClass.__dataclass_fields__["tags"], "default", dataclasses.MISSING)

    assert fit.misfits() == [
        "give the attribute tags of BadgeClass in badgeops/model/entities.py a default: documents may leave it out"
    ]


def test_then_only_the_guards_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong is said above the tests, and by one of them."""
    monkeypatch.setattr(fields, "TABLE", fields.TABLE[1:])
    guard = SimpleNamespace(nodeid=f"{fit.GUARDS}::test_it")

    assert kept([guard, SimpleNamespace(nodeid="tests/planning/test_plan.py::test_it")]) == [guard]
    assert fit.pytest_report_header()[0].startswith(f"only {fit.GUARDS} is tried")


def kept(items: list[Any]) -> list[Any]:
    """Return what the plugin leaves of a run."""
    config: Any = SimpleNamespace(hook=SimpleNamespace(pytest_deselected=lambda **_: None))
    left = [*items]
    fit.pytest_collection_modifyitems(config, left)
    return left
