"""`badgeops validate` and `plan`, of a catalog with problems that somebody can live with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.programme import Programme, badge_class


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    """Write a catalog for the embedded sandbox whose only image is not square."""
    made = Programme(tmp_path / "catalog")
    made.embedded()
    made.image(size=(90, 60))
    return made


def accept(programme: Programme, *entries: dict[str, object]) -> None:
    """Write the settings anew, with these entries of `accept`."""
    accepted = [{"because": "They were drawn that way.", **entry} for entry in entries]
    environments = {"sandbox": {"server": "sandbox"}}
    programme.write("badgeops.yaml", json.dumps({"catalog": "x", "environments": environments, "accept": accepted}))


def found(programme: Programme, command: str = "validate", *arguments: str) -> list[tuple[str, str]]:
    """Return severity and rule of what a command has to say."""
    made: dict[str, Any] = json.loads(programme.run(command, "--format", "json", *arguments).out)
    listed = made["diagnostics"] if command == "validate" else [*made["errors"], *made["warnings"]]
    return sorted((item["severity"], item["code"]) for item in listed)


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_what_is_accepted_is_said_nowhere(programme: Programme, command: str) -> None:
    """A problem that somebody lives with is in no command and in no format; the rest is as it was."""
    programme.write("python.yaml", badge_class("python", tags="[a, a]"))
    assert found(programme, command) == [("warning", "duplicate-tag"), ("warning", "image-not-square")]

    accept(programme, {"rule": "image-not-square", "for": "badge_class.*"})

    assert found(programme, command) == [("warning", "duplicate-tag")]
    assert "not square" not in programme.run(command).out + programme.run(command).err


def test_what_a_server_lacks_can_be_accepted_as_well(programme: Programme) -> None:
    """A plan's own warnings are silenced in the same way, and validate, which cannot see them, keeps quiet."""
    programme.image()
    programme.write("sql.yaml", badge_class("sql", imageAltText="A badge."))
    assert found(programme, "plan") == [("warning", "field-not-stored")]

    accept(programme, {"rule": "field-not-stored", "for": ["issuer:academy"]})

    assert found(programme, "plan") == found(programme, "validate") == []


def test_an_error_of_a_plan_cannot_be_accepted(programme: Programme) -> None:
    """It stands, the plan cannot be applied, and the entry is told off beside it."""
    programme.image()
    assert programme.run("apply", "--auto-approve").status == 0
    programme.remove(".badgeops/sandbox.state.json")
    stands = set(found(programme, "plan"))
    assert stands == {("error", "name-exists-on-server")}

    accept(programme, {"rule": "name-exists-on-server", "for": "*"})

    assert set(found(programme, "plan")) == stands | {("warning", "cannot-accept")}
    assert found(programme) == []


def test_an_accepted_error_is_as_if_it_had_not_been_found(programme: Programme) -> None:
    """The entity is part of the catalog, and a plan creates it."""
    programme.image()
    programme.write("sql.yaml", badge_class("sql").replace("criteriaNarrative", "# criteriaNarrative"))
    assert found(programme) == [("error", "missing-criteria")]

    accept(programme, {"rule": "missing-criteria", "for": "badge_class.sql"})

    assert found(programme) == []
    plan = json.loads(programme.run("plan", "--format", "json").out)
    assert [change["address"] for change in plan["changes"]] == ["issuer.academy", "badge_class.sql"]


def test_an_image_is_reported_at_the_first_that_does_not_accept_it(programme: Programme) -> None:
    """That one document accepts what is wrong with a shared image does not hide it from the others."""
    programme.write("python.yaml", badge_class("python"))

    accept(programme, {"rule": "image-not-square", "for": "badge_class.python"})
    (only,) = json.loads(programme.run("validate", "--format", "json").out)["diagnostics"]
    assert only["address"] == "badge_class.sql"


def test_a_note_needs_no_mending(programme: Programme) -> None:
    """An entry for nothing is told as a note: the status stays 0, and notes are counted by themselves."""
    programme.image()
    accept(programme, {"rule": "image-not-square", "for": "badge_class.sql"})

    made = programme.run("validate", "--format", "json")
    counts = json.loads(made.out)
    assert made.status == 0
    assert (counts["valid"], counts["error_count"], counts["warning_count"], counts["note_count"]) == (True, 0, 0, 1)
    assert found(programme) == [("note", "unused-accept")]
    assert "1 note.\n" in programme.run("validate").out
    assert programme.run("validate", "--format", "github").out.startswith("::notice ")
    assert json.loads(programme.run("validate", "--format", "sarif").out)["runs"][0]["results"][0]["level"] == "note"


def test_nothing_is_left_over_while_a_file_cannot_be_read(programme: Programme) -> None:
    """A document that has an error in its YAML may be the one that an entry is for."""
    accept(programme, {"rule": "image-not-square", "for": ["badge_class.python", "badge_class.sql"]})
    programme.write("python.yaml", badge_class("python") + "tags: [\n")

    assert [code for severity, code in found(programme) if severity == "note"] == []
