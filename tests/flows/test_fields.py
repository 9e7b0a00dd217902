"""Every field of the table, from the YAML to a server and back: set, shown, changed, edited by others and emptied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.api import Api
from support.programme import CREDENTIALS, Programme
from support.samples import comparable, emptied, sample, trace

from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.fields import NEVER, TABLE, Field, label_of, of_kind
from badgeops.sandbox import Sandbox, SandboxOptions

KEYS = {Kind.ISSUER: "academy", Kind.BADGE_CLASS: "sample"}


class Account:
    """A catalog of one issuer and one badge class in which every field is set, and the server it goes to."""

    def __init__(self, programme: Programme, server: Sandbox, dialect: Dialect) -> None:
        self.programme = programme
        self.dialect = dialect
        self.api = Api(server.url)
        programme.settings(server.url, dialect=str(dialect))
        programme.image()

    def fields(self, kind: Kind) -> tuple[Field, ...]:
        """Return the fields that the server stores."""
        return of_kind(kind, self.dialect)

    def write(self, values: Any) -> None:
        """Write both documents; `values` gives the value of each field."""
        for kind, key in KEYS.items():
            document = {"kind": kind.value, "key": key, "image": "images/badge.png"}
            document |= {field.name: values(field) for field in self.fields(kind)}
            document |= {"issuer": "academy"} if kind is Kind.BADGE_CLASS else {}
            self.programme.write(f"{key}.yaml", yaml.safe_dump(document))

    def apply(self) -> None:
        """Apply, and fail unless that works and the next plan is empty."""
        applied = self.programme.apply("--allow=duplicate-name")
        assert applied.status == 0, applied.out + applied.err
        self.programme.assert_settled()

    def planned(self) -> dict[tuple[Kind, str], str]:
        """Return the fields that a plan would change, each with the side on which it was changed."""
        plan = json.loads(self.programme.run("plan", "--format", "json").out)
        kinds = {f"{kind.prefix}.{key}": kind for kind, key in KEYS.items()}
        return {
            (kinds[change["address"]], item["name"]): item["cause"]
            for change in plan["changes"]
            for item in change["attributes"]
        }

    def live(self, kind: Kind) -> dict[str, Any]:
        """Return what the server has."""
        (found,) = self.api.issuers() if kind is Kind.ISSUER else self.api.badge_classes()
        return found

    def assert_live(self, values: Any) -> None:
        """Fail with the names of those fields that the server has otherwise."""
        wrong = {
            (kind, field.name): shown
            for kind in KEYS
            for field in self.fields(kind)
            for shown in [self.live(kind).get(field.name, "is not stored at all")]
            if field.is_readable and comparable(shown) != comparable(values(field))
        }
        assert wrong == {}


@pytest.fixture
def account(tmp_path: Path, dialect: str) -> Iterator[Account]:
    """Give a catalog and a server at which both sample addresses are verified."""
    options = SandboxOptions(
        data=tmp_path / "server",
        dialect="hosted" if dialect == "hosted" else "open-source",
        verified_emails=("admin@example.org", "second@example.org"),
    )
    with Sandbox(options) as server:
        yield Account(Programme(tmp_path / "catalog", dict(CREDENTIALS)), server, Dialect(dialect))


def test_every_field_is_stored_changed_and_emptied(account: Account) -> None:
    """What a document says of a field is on the server after an apply, and each time the next plan is empty."""
    changed = lambda field: sample(field, 1)  # noqa: E731
    empties = [
        # One of the two must say what has to be done for a badge.
        lambda field, kept=kept: changed(field) if field.name == kept else emptied(field)
        for kept in ("criteriaNarrative", "criteriaUrl")
    ]
    for values in (sample, changed, *empties):
        account.write(values)
        account.apply()
        account.assert_live(values)


def test_every_change_of_a_field_is_planned(account: Account) -> None:
    """A plan names each field that was changed in the catalog, and a page calls it by its label."""
    account.write(sample)
    account.apply()
    account.write(lambda field: sample(field, 1))

    page = account.programme.run("plan", "--format", "html").out

    expected = {(kind, field.name): "catalog" for kind in KEYS for field in account.fields(kind)}
    assert account.planned() == expected
    assert [name for _, name in expected if f">{label_of(name)}<" not in page] == []


def test_every_edit_by_others_is_seen_and_put_back(account: Account) -> None:
    """Drift of any field that a server shows is drift in the plan: no field is taken on trust."""
    account.write(sample)
    account.apply()
    for kind in KEYS:
        live = account.live(kind)
        body = {field.name: sample(field, 1) for field in account.fields(kind)}
        place = "issuers" if kind is Kind.ISSUER else "badgeclasses"
        account.api.call("PUT", f"/v2/{place}/{live['entityId']}", {**body, "image": live["image"]})

    assert account.planned() == {
        (kind, field.name): "drift" for kind in KEYS for field in account.fields(kind) if field.is_readable
    }
    account.apply()
    account.assert_live(sample)


def test_a_card_shows_every_field(account: Account) -> None:
    """Who looks at a page sees each value, in a place made for it or in a list, be it new or only previewed."""
    account.write(sample)
    planned = account.programme.run("plan", "--format", "html").out
    previewed = account.programme.run("preview", "--out", "-").out

    hidden = {
        (kind, field.name)
        for kind in KEYS
        for field in account.fields(kind)
        for page in ([planned] if kind is Kind.ISSUER else [planned, previewed])
        if trace(field) not in page or (field.fact is not None and f"<dt>{field.fact.term}</dt>" not in page)
    }
    assert hidden == set()


def test_a_field_that_the_server_lacks_is_said(account: Account) -> None:
    """What a dialect does not store is a warning with the field's name, and keeps no plan from being empty."""
    lacking = [field for field in TABLE if account.dialect not in field.dialects]
    account.write(sample)
    path = account.programme.root / "sample.yaml"
    added = yaml.safe_dump({field.name: sample(field) for field in lacking}) if lacking else ""
    path.write_text(path.read_text("utf-8") + added, "utf-8")

    plan = account.programme.run("plan")

    assert [field.name for field in lacking if f"does not store {field.name}" not in plan.err] == []
    assert plan.err.count("does not store") == len(lacking)
    assert all(field.empty is not NEVER for field in lacking)
    account.apply()
