"""Says first what nearly every test would fail for. This is a plugin of pytest, which `tests/conftest.py` loads.

If the table of fields and the entities of the model do not fit, no badge class can be made, and hundreds of tests are
red for one reason. Then only the guards of the table are run, which say the reason.
"""

from __future__ import annotations

import dataclasses

import pytest

GUARDS = "tests/model/test_fields.py"
_OF_ALL = {"address", "declared", "lifecycle", "document"}
"""Attributes of an entity that are no field of the API."""


def misfits() -> list[str]:
    """Return what is wrong between the table of fields and the entities, with what to do."""
    from badgeops.model.address import Kind
    from badgeops.model.entities import BadgeClass, Issuer
    from badgeops.model.fields import TABLE

    found = []
    for kind, entity in ((Kind.ISSUER, Issuer), (Kind.BADGE_CLASS, BadgeClass)):
        attributes = {item.name: item for item in dataclasses.fields(entity)}
        fields = {field.attribute: field for field in TABLE if kind in field.kinds}
        where = f"{entity.__name__} in badgeops/model/entities.py"
        found += [f"add an attribute {name} to {where}" for name in fields.keys() - attributes.keys()]
        found += [
            f"add a row to badgeops/model/fields.py for the attribute {name} of {where}, or delete it"
            for name in attributes.keys() - fields.keys() - _OF_ALL
        ]
        found += [
            f"give the attribute {name} of {where} a default: documents may leave it out"
            for name in fields.keys() & attributes.keys()
            if kind not in fields[name].required and attributes[name].default is dataclasses.MISSING
        ]
    return sorted(found)


def pytest_report_header() -> list[str]:
    """Say what is wrong before anything is tried."""
    found = misfits()
    return [f"only {GUARDS} is tried, since most other tests would fail: {'; '.join(found)}"] if found else []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the guards of the table, if there is something for them to say."""
    if misfits():
        others = [item for item in items if not item.nodeid.startswith(GUARDS)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item.nodeid.startswith(GUARDS)]
