"""The issue forms are what GitHub accepts, and name only what badgeops has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlparse

import pytest
import yaml
from support import command_line, issue_forms
from support.markdown import anchors
from support.places import ROOT

FOLDER = ROOT / ".github" / "ISSUE_TEMPLATE"
FORMS = sorted(path.name for path in FOLDER.glob("*.yml") if path.name != "config.yml")
OURS = "https://github.com/badgeops/badgeops/"


def read(name: str) -> Any:
    """Return what a file of the folder says."""
    return yaml.safe_load((FOLDER / name).read_text("utf-8"))


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a form."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("name", FORMS)
def test_github_accepts_the_form(name: str) -> None:
    """A form with a fault is not shown, and nobody is told."""
    assert issue_forms.faults(read(name)) == []


def test_there_is_a_form_for_each_kind_of_report() -> None:
    """A bug, a server that behaves differently, an idea, in this order; the names differ."""
    assert [name.partition("-")[2] for name in FORMS] == ["bug.yml", "server.yml", "idea.yml"]
    assert len({read(name)["name"] for name in FORMS}) == len(FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_names_only_commands_and_options_that_exist(name: str) -> None:
    """What a reporter is asked to run works, and code spans that look like options are options of some command."""
    form = read(name)
    said = list(texts(form))
    commands = [arguments for text in said for arguments in command_line.quoted(text)]
    flags = {flag for text in said for flag in re.findall(r"`(--[a-z-]+)", text)}

    assert [fault for fault in map(command_line.fault, commands) if fault] == []
    assert flags <= command_line.options()


@pytest.mark.parametrize("name", ["1-bug.yml", "2-server.yml"])
def test_a_report_says_which_version_and_what_doctor_found(name: str) -> None:
    """Both are what the first answer would have asked for; the version looks like what the program prints."""
    fields = {item.get("id"): item for item in read(name)["body"]}

    assert "`badgeops --version`" in fields["version"]["attributes"]["description"]
    assert fields["version"]["validations"]["required"] is True
    assert re.fullmatch(r"badgeops \d+\.\d+\.\d+", fields["version"]["attributes"]["placeholder"])
    assert "`badgeops doctor --env NAME`" in fields["doctor"]["attributes"]["description"]


def test_a_bug_comes_with_a_catalog() -> None:
    """A catalog that shows it is worth as much as a patch."""
    fields = {item.get("id"): item for item in read("1-bug.yml")["body"]}

    assert fields["catalog"]["validations"]["required"] is True
    assert fields["catalog"]["attributes"]["render"] == "yaml"


@pytest.mark.parametrize("name", FORMS)
def test_every_form_but_the_one_for_ideas_warns_of_secrets(name: str) -> None:
    """Whoever pastes an exchange with a server is told to take the tokens out first."""
    said = " ".join(texts(read(name)))

    assert ("token" in said.lower()) == (name != "3-idea.yml")


# --- the chooser ---------------------------------------------------------------------------------------------------


def test_the_chooser_has_what_github_knows() -> None:
    """Each link has a name, an address and a reason; blank issues would go around the forms."""
    config = read("config.yml")

    assert config.keys() == {"blank_issues_enabled", "contact_links"}
    assert config["blank_issues_enabled"] is False
    for link in config["contact_links"]:
        assert link.keys() == {"name", "url", "about"}
        assert all(isinstance(text, str) and text.strip() for text in link.values())
        assert urlparse(link["url"]).scheme == "https"


def test_security_problems_go_another_way() -> None:
    """The chooser and the form for bugs name the address that SECURITY.md names."""
    address = f"{OURS}security/advisories/new"

    assert address in (ROOT / "SECURITY.md").read_text("utf-8")
    assert address in [link["url"] for link in read("config.yml")["contact_links"]]
    assert any(address in text for text in texts(read("1-bug.yml")))


def test_links_of_the_chooser_lead_to_pages_of_this_repository() -> None:
    """The page is there, and so is the heading."""
    for link in read("config.yml")["contact_links"]:
        if link["url"].startswith(f"{OURS}blob/main/"):
            path, _, anchor = link["url"].removeprefix(f"{OURS}blob/main/").partition("#")
            assert anchor in anchors((ROOT / path).read_text("utf-8")), link["url"]


# --- the rules -----------------------------------------------------------------------------------------------------

SOUND = {
    "name": "A bug",
    "description": "Something is wrong.",
    "body": [
        {"type": "markdown", "attributes": {"value": "Hello."}},
        {"type": "input", "id": "version", "attributes": {"label": "Version"}, "validations": {"required": True}},
        {"type": "dropdown", "id": "server", "attributes": {"label": "Server", "options": ["ours", "theirs"]}},
        {"type": "checkboxes", "attributes": {"label": "Help", "options": [{"label": "I can help."}]}},
    ],
}


def broken(path: str, value: Any) -> dict[str, Any]:
    """Return the sound form with one value replaced, or taken away by None."""
    form: Any = deepcopy(SOUND)
    place, parts = form, [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parts[:-1]:
        place = place[part]
    if value is None:
        del place[parts[-1]]
    else:
        place[parts[-1]] = value
    return dict(form)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("name", None, "name is missing"),
        ("description", True, "description must be of type str"),
        ("name", "  ", "name must not be empty"),
        ("hello", "world", "hello is not a permitted key"),
        ("body", [{"type": "markdown", "attributes": {"value": "x"}}], "body must contain at least one element"),
        ("body.1.type", "text", "text is not a type"),
        ("body.1.label", "Version", "label is not a permitted key"),
        ("body.1.id", "the version", "an id has letters"),
        ("body.1.id", "server", "ids must be unique"),
        ("body.1.attributes.label", "server?", "labels must be unique"),
        ("body.1.attributes.label", None, "label is missing"),
        ("body.1.attributes.options", ["x"], "options is not an attribute of input"),
        ("body.1.attributes", None, "attributes are missing"),
        ("body.1.validations.required", "yes", "validations may say required"),
        ("body.0.id", "hello", "markdown has neither id nor validations"),
        ("body.0.attributes.value", None, "value is missing"),
        ("body.2.attributes.options", [], "options are missing"),
        ("body.2.attributes.options", ["a", "a"], "options must be unique"),
        ("body.2.attributes.options", [True, "a"], "options must be texts"),
        ("body.2.attributes.options", ["None", "a"], "None is reserved"),
        ("body.3.attributes.options", ["I can help."], "an option of checkboxes"),
    ],
)
def test_the_rules_find_what_github_would_refuse(path: str, value: Any, fault: str) -> None:
    """One wrong value in a sound form is one fault, and it is named."""
    assert issue_forms.faults(SOUND) == []

    found = issue_forms.faults(broken(path, value))

    assert [fault in each for each in found] == [True], found
