"""What the catalog does not say is carried: nothing that somebody else set is lost by an update of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.api import Api, as_shown
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class
from support.samples import sample

from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.fields import of_kind
from badgeops.sandbox import Sandbox, SandboxOptions

SKILL = {"type": "TALENT_NEURON", "serverUri": "https://skills.example"}
UNKNOWN: dict[Kind, dict[str, Any]] = {
    Kind.ISSUER: {"badgeSkillLinkingPreferences": SKILL, "catalogueNumber": "I-1"},
    Kind.BADGE_CLASS: {
        "ob3Properties": {"creditHours": 3, "fieldOfStudy": "Logic"},
        "preferences": {"includeOnPublicPages": False, "enabledPrintCertTemplateIds": ["7"]},
        "catalogueNumber": "B-1",
    },
}
"""What the hosted service stores and badgeops has no field for."""
VOLATILE = {"image", "imagePath"}
"""Addresses: an SVG has a new one after every update."""


class Account:
    """An account in which people have set every member there is, and a catalog that says only a little."""

    def __init__(self, programme: Programme, server: Sandbox, dialect: Dialect) -> None:
        self.programme, self.dialect, self.api = programme, dialect, Api(server.url)
        programme.settings(server.url, dialect=str(dialect))
        programme.image()
        programme.write("academy.yaml", ISSUER)
        programme.write("one.yaml", badge_class("one"))
        assert programme.apply().status == 0
        for kind, (found,) in ((Kind.ISSUER, self.api.issuers()), (Kind.BADGE_CLASS, self.api.badge_classes())):
            body = {
                field.name: sample(field) for field in of_kind(kind, dialect) if field.name not in ("name", "email")
            }
            body |= UNKNOWN[kind] if dialect is Dialect.HOSTED else {}
            if kind is Kind.BADGE_CLASS and dialect is Dialect.HOSTED:
                body["alignments"] = [{**item, "targetType": "CFItem"} for item in body["alignments"]]
            place = "issuers" if kind is Kind.ISSUER else "badgeclasses"
            self.api.call("PUT", f"/v2/{place}/{found['entityId']}", {**as_shown(found), **body})
        self.before = self.shown()
        state = programme.root / "state" / "here.json"
        for path in (state, *programme.root.glob("state/.here*")):
            path.unlink(missing_ok=True)

    def shown(self) -> dict[str, dict[str, Any]]:
        """Return what the server shows of everything."""
        found = [*self.api.issuers(), *self.api.badge_classes()]
        return {item["entityId"]: {k: v for k, v in item.items() if k not in VOLATILE} for item in found}

    def take_over(self, **fields: str) -> None:
        """Import both, by documents that have what is required and `fields`."""
        issuer, badge = (next(iter(item)) for item in (self.api.issuers(), self.api.badge_classes()))
        head = f"kind: Issuer\nkey: academy\nname: {issuer['name']}\nurl: {issuer['url']}\n"
        self.programme.write("academy.yaml", head + f"email: {issuer['email']}\n")
        document = {
            "name": badge["name"],
            "description": json.dumps(badge["description"]),
            "criteriaUrl": badge["criteriaUrl"],
        }
        text = badge_class("one", **document, **fields)
        kept = [line for line in text.splitlines(keepends=True) if not line.startswith("criteriaNarrative")]
        self.programme.write("one.yaml", "".join(kept))
        for address, entity in (("issuer.academy", issuer), ("badge_class.one", badge)):
            done = self.programme.run("import", address, entity["entityId"])
            assert done.status == 0, done.err

    def differing(self) -> set[tuple[str, str]]:
        """Return what the server shows otherwise than before: (kind, member)."""
        return {
            (item["entityType"], name)
            for number, item in self.shown().items()
            for name in item.keys() | self.before[number].keys()
            if item.get(name) != self.before[number].get(name)
        }


@pytest.fixture
def account(tmp_path: Path, dialect: str) -> Iterator[Account]:
    """Give an account with every member set."""
    options = SandboxOptions(data=tmp_path / "server", dialect="hosted" if dialect == "hosted" else "open-source")
    with Sandbox(options) as server:
        yield Account(Programme(tmp_path / "catalog", dict(CREDENTIALS)), server, Dialect(dialect))


def test_every_other_member_of_every_entity_is_as_before(account: Account) -> None:
    """Import, change one tag, apply: the tag is what changed, whatever the server does with what a PUT leaves out."""
    account.take_over(tags="[new]")

    applied = account.programme.apply()

    assert applied.status == 0, applied.out + applied.err
    assert account.differing() == {("BadgeClass", "tags")}
    account.programme.assert_settled()


def test_the_parts_of_an_alignment_that_nobody_knows_are_kept(account: Account) -> None:
    """A document that says more of an alignment than before changes that, and nothing else of it."""
    (badge,) = account.api.badge_classes()
    item = badge["alignments"][0]
    more = json.dumps([{"targetName": item["targetName"], "targetUrl": item["targetUrl"], "targetCode": "X-9"}])
    account.take_over(alignments=more)

    applied = account.programme.apply()

    assert applied.status == 0, applied.out + applied.err
    assert account.differing() == {("BadgeClass", "alignments")}
    (badge,) = account.api.badge_classes()
    assert badge["alignments"][0] == {**item, "targetCode": "X-9"}
    account.programme.assert_settled()


def test_an_issuer_keeps_what_the_catalog_does_not_say(account: Account) -> None:
    """Its staff, its image and its extensions too."""
    account.take_over()
    text = account.programme.root / "academy.yaml"
    text.write_text(text.read_text("utf-8") + "description: Another one.\n", encoding="utf-8")

    applied = account.programme.apply()

    assert applied.status == 0, applied.out + applied.err
    assert account.differing() <= {("Issuer", "description"), ("BadgeClass", "image")}
    assert account.api.issuers()[0]["description"] == "Another one."


@pytest.mark.parametrize("dialect", ["hosted"], indirect=True)
def test_what_no_answer_shows_is_named_before_it_is_lost(account: Account) -> None:
    """An alternative text cannot be read back: import names it, and the first update of the class warns of it."""
    account.take_over(tags="[new]")

    plan = account.programme.run("plan")

    assert "imageAltText" in plan.out
    assert account.programme.apply().status == 0
    account.programme.write(
        "one.yaml", (account.programme.root / "one.yaml").read_text("utf-8") + "expires: {amount: 3, duration: days}\n"
    )
    assert "imageAltText" not in account.programme.run("plan").out
