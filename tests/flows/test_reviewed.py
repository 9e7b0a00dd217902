"""What was reviewed is what is applied: saved plans, digests and snapshots through the real command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.api import Api
from support.programme import ISSUER, Finished, Programme, badge_class
from support.tiers import one_dialect

from badgeops import schemas
from badgeops.api.client import Client
from badgeops.api.responses import Page
from badgeops.commands.shared.outputs import PLAN_FORMATS
from badgeops.sandbox import PASSWORD, Sandbox

LIMITS = "limits: {update: 100, delete: 100}\n"


@pytest.fixture
def applied(programme: Programme, server: Sandbox, dialect: str) -> Programme:
    """Give the programme, applied, with room under its limits."""
    programme.settings(server.url, dialect=dialect, more=LIMITS)
    done = programme.apply()
    assert done.status == 0, done.out + done.err
    return programme


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """Say where plans are saved: not in the catalog."""
    return tmp_path / "plan.json"


def save(programme: Programme, plan_file: Path, *arguments: str) -> dict[str, Any]:
    """Save a plan and return it."""
    done = programme.run("plan", "--save-plan", str(plan_file), *arguments)
    assert done.status in (0, 2), done.out + done.err
    content: dict[str, Any] = json.loads(plan_file.read_text("utf-8"))
    return content


def apply(programme: Programme, plan_file: Path, *arguments: str) -> Finished:
    """Apply a saved plan. Nobody is asked: there is no terminal."""
    return programme.run("apply", "--plan", str(plan_file), *arguments)


def words(text: str) -> str:
    """Return text with its lines joined, however they were wrapped."""
    return " ".join(text.split())


def writes(server: Sandbox) -> list[str]:
    """Return the requests that change something, logging in left out."""
    return [
        f"{record.method} {record.path}"
        for record in server.requests
        if record.method != "GET" and "/o/token" not in record.path
    ]


def names(server: Sandbox) -> Counter[str]:
    """Return the names of all badge classes that are not archived."""
    return Counter(item["name"] for item in Api(server.url).badge_classes() if not item.get("archived"))


# --- as planned ----------------------------------------------------------------------------------------------------


def test_a_saved_plan_is_carried_out_without_a_question(programme: Programme, server: Sandbox, plan_file: Path) -> None:
    """First apply, changes of every sort: what the file says is done, and the next plan is empty."""
    planned = programme.run("plan", "--save-plan", str(plan_file))
    content = json.loads(plan_file.read_text("utf-8"))
    Draft202012Validator(schemas.load("plan")).validate(content)
    assert content["lineage"] == ""
    assert content["digest"] in planned.err
    assert f"apply {programme.root} --plan={plan_file}" in planned.out

    first = apply(programme, plan_file)
    assert first.status == 0, first.out + first.err
    programme.assert_settled()
    again = apply(programme, plan_file)

    assert again.status == 0, again.out + again.err
    assert again.out.count("as planned already") == 3
    assert f"{plan_file} has nothing left to do." in again.out
    assert len(Api(server.url).badge_classes()) == 2


def test_updates_deletions_and_forgetting_are_carried_out(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """Whatever a plan may hold, the saved one does; a second time there is nothing left to do."""
    for key in ("gone", "let-go"):
        applied.write(f"{key}.yaml", badge_class(key, lifecycle="{onRemove: delete}" if key == "gone" else "{}"))
    applied.apply()
    applied.write("one.yaml", badge_class("one", description="New words.", tags="[third]"))
    applied.image("images/two.png", color="red")
    applied.write("two.yaml", badge_class("two", image="images/two.png"))
    applied.remove("gone.yaml")
    applied.remove("let-go.yaml")
    applied.write("three.yaml", badge_class("three"))
    content = save(applied, plan_file)
    assert content["summary"] == {
        "create": 1, "update": 2, "delete": 1, "archive": 0, "forget": 1, "adopt": 0, "no-op": 1
    }  # fmt: skip

    done = apply(applied, plan_file)

    assert done.status == 0, done.out + done.err
    assert "Done: 1 created, 2 updated, 1 deleted, 1 forgotten." in words(done.out)
    assert names(server) == Counter(["One", "Two", "Three", "Let Go"])
    server.clear_requests()
    again = apply(applied, plan_file)
    assert again.status == 0, again.out
    assert "has nothing left to do" in again.out
    assert writes(server) == []


def test_only_lifecycle_is_recorded(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """A change that only the state sees is part of a plan as any other."""
    applied.write("one.yaml", badge_class("one", tags="[first, second]", lifecycle="{protect: true}"))
    save(applied, plan_file)
    server.clear_requests()

    done = apply(applied, plan_file)

    assert done.status == 0, done.out + done.err
    assert writes(server) == []
    assert '"protect": true' in (applied.root / "state" / "here.json").read_text()


def test_what_was_allowed_to_the_plan_is_allowed_to_its_apply(
    applied: Programme, server: Sandbox, plan_file: Path
) -> None:
    """Protection that was lifted for one plan is lifted for its apply, and for nothing that came later."""
    for key in ("one", "two"):
        applied.write(f"{key}.yaml", badge_class(key, lifecycle="{protect: true, onRemove: delete}"))
    assert applied.apply().status == 0
    applied.remove("one.yaml")
    content = save(applied, plan_file, "--allow=protected=badge_class.one")
    assert content["allowed"] == ["protected=badge_class.one"]
    applied.remove("two.yaml")

    done = apply(applied, plan_file)

    assert done.status == 0, done.out + done.err
    assert names(server) == Counter(["Two"])
    assert "left alone: cannot be planned: badge_class.two" in words(done.err)


def test_a_change_of_meaning_is_allowed_to_the_plan_that_had_it(
    applied: Programme, server: Sandbox, plan_file: Path
) -> None:
    """`block` is lifted for what was reviewed with the flag; where people came to hold it since, it holds."""
    for key in ("one", "two"):
        block = badge_class(key, criteriaNarrative="Other.", lifecycle="{onMeaningChange: block}")
        applied.write(f"{key}.yaml", block)
    Api(server.url).award("One")
    save(applied, plan_file, "--allow=meaning=badge_class.one")
    Api(server.url).award("Two")

    done = apply(applied, plan_file)

    assert done.status == 1
    assert "badge_class.two: refused: it was to be updated, but it can no longer be planned" in words(done.out)
    assert "1 person has earned it" in words(done.out)
    assert Api(server.url).named("One")["criteriaNarrative"] == "Other."
    assert Api(server.url).named("Two")["criteriaNarrative"] == "Complete all of two."


def test_a_creation_beside_a_namesake_is_held_to_that_namesake(
    applied: Programme, server: Sandbox, plan_file: Path
) -> None:
    """With --allow duplicate-name it is made beside those that were there, not beside one that came meanwhile."""
    api = Api(server.url)

    def somebody_makes(name: str) -> None:
        like = api.named("One")
        fields = ("issuer", "description", "criteriaNarrative", "image")
        data = (applied.root / "images" / "badge.png").read_bytes()
        import base64

        image = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        api.call("POST", "/v2/badgeclasses", {**{key: like[key] for key in fields}, "image": image, "name": name})

    somebody_makes("Three")
    applied.write("three.yaml", badge_class("three"))
    content = save(applied, plan_file, "--allow=duplicate-name")
    (change,) = content["changes"]
    assert len(change["beside"]) == 1
    somebody_makes("Three")

    refused = apply(applied, plan_file)

    assert refused.status == 1
    assert "server: another one of its name was created meanwhile" in words(refused.out)
    assert names(server)["Three"] == 2
    save(applied, plan_file, "--allow=duplicate-name")
    assert apply(applied, plan_file).status == 0
    assert names(server)["Three"] == 3
    assert apply(applied, plan_file).status == 0
    assert names(server)["Three"] == 3


def test_the_file_is_private_data_free_and_written_whole(
    applied: Programme, server: Sandbox, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No secret is in it; where it cannot be written, nothing is left behind and an older one stays."""
    applied.write("one.yaml", badge_class("one", description="New."))
    Api(server.url).award("One", 2)
    save(applied, plan_file)
    text = plan_file.read_text("utf-8")
    for private in ("person0", "staff", "recipient", "token"):
        assert private not in text
    monkeypatch.setattr(os, "replace", _full)

    failed = applied.run("plan", "--save-plan", str(plan_file))

    assert failed.status == 1
    assert "cannot be written: No space left on device" in words(failed.err)
    assert plan_file.read_text("utf-8") == text
    assert [path.name for path in plan_file.parent.iterdir() if "plan" in path.name] == ["plan.json"]


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("command", "option"), [("plan", "--save-plan"), ("snapshot", "--out")])
def test_a_file_that_would_hold_a_secret_is_not_written(
    applied: Programme, server: Sandbox, tmp_path: Path, command: str, option: str
) -> None:
    """Somebody has pasted the token into a description: a file that is handed around must not carry it."""
    api = Api(server.url)
    token = api.headers["Authorization"].removeprefix("Bearer ")
    applied.environment = {"BADGEOPS_TOKEN": token}
    applied.write("one.yaml", badge_class("one", description=f"Use {token}."))
    api.edit("One", description=f"Do use {token}.")

    refused = applied.run(command, option, str(tmp_path / "out.json"))
    kept = Path(os.environ["XDG_CACHE_HOME"]) / "badgeops" / "plans"

    assert refused.status == 1
    assert "contains a password or a token" in words(refused.err)
    assert not (tmp_path / "out.json").exists()
    assert not [path for path in kept.glob("*") if token in path.read_text()]
    assert token not in refused.out + refused.err


def test_no_file_beside_the_terminal_holds_a_secret(applied: Programme, server: Sandbox, tmp_path: Path) -> None:
    """What --output writes, and the summary of a step, are blotted out as what is printed is."""
    api = Api(server.url)
    token = api.headers["Authorization"].removeprefix("Bearer ")
    summary = tmp_path / "summary"
    applied.environment = {"BADGEOPS_TOKEN": token, "GITHUB_STEP_SUMMARY": str(summary)}
    applied.write("one.yaml", badge_class("one", description=f"Use {token}."))
    api.edit("One", description=f"Do use {token}.")

    made = applied.run("plan", *(f"--output={name}={tmp_path}/plan.{name}" for name in PLAN_FORMATS))

    assert made.status == 0, made.err
    assert "********" in made.out
    for path in (summary, *tmp_path.glob("plan.*")):
        assert token not in path.read_text("utf-8"), path
    assert "********" in summary.read_text("utf-8")
    assert json.loads((tmp_path / "plan.json").read_text("utf-8"))["digest"].startswith("sha256:")


def test_the_password_of_the_sandbox_is_no_secret() -> None:
    """It is in the documentation, and environments and hosts are called like that."""
    from badgeops.commands.shared import console

    assert {PASSWORD} == console._PUBLIC


# --- already so ----------------------------------------------------------------------------------------------------


def test_what_somebody_has_done_already_is_no_error(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """The live value is what was planned: nothing is sent for it, the rest is done, and the status is 0."""
    applied.write("one.yaml", badge_class("one", description="New.", tags="[first, second]"))
    applied.write("two.yaml", badge_class("two", expires="{amount: 3, duration: years}"))
    save(applied, plan_file)
    Api(server.url).edit("One", description="New.")
    server.clear_requests()

    done = apply(applied, plan_file)

    assert done.status == 0, done.out + done.err
    assert "badge_class.one: it is as planned already" in done.out
    assert "Done: 1 updated." in done.out
    assert len(writes(server)) == 1
    applied.assert_settled()


def test_of_one_entity_the_fields_that_are_already_so_are_left(
    applied: Programme, server: Sandbox, plan_file: Path
) -> None:
    """Half of it was done by hand: the other half is still to be done."""
    applied.write(
        "one.yaml", badge_class("one", description="New.", criteriaNarrative="Other.", tags="[first, second]")
    )
    save(applied, plan_file)
    Api(server.url).edit("One", description="New.")

    done = apply(applied, plan_file)

    assert done.status == 0, done.out + done.err
    assert "badge_class.one: description: as planned already" in done.out
    assert Api(server.url).named("One")["criteriaNarrative"] == "Other."
    applied.assert_settled()


def test_what_was_deleted_by_hand_is_only_forgotten(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """It was to be deleted and is gone: the state lets go of it."""
    applied.write("one.yaml", badge_class("one", lifecycle="{onRemove: delete}"))
    applied.apply()
    applied.remove("one.yaml")
    save(applied, plan_file)
    Api(server.url).delete("One")
    server.clear_requests()

    done = apply(applied, plan_file)

    assert done.status == 0, done.out + done.err
    assert "badge_class.one: it is deleted already" in done.out
    assert writes(server) == []
    assert "badge_class.one" not in applied.run("state list").out


# --- no longer as planned ------------------------------------------------------------------------------------------

Meanwhile = Callable[[Programme, Sandbox], object]
CHANGED: dict[str, tuple[Meanwhile, str]] = {
    "document": (
        lambda programme, _: programme.write("one.yaml", badge_class("one", description="Other.")),
        'catalog: description: planned "Has completed one." → "New."; now "Other."',
    ),
    "another field of the document": (
        lambda programme, _: programme.write(
            "one.yaml", badge_class("one", description="New.", criteriaNarrative="Hm.")
        ),
        'catalog: criteriaNarrative: not in the plan; now "Hm."',
    ),
    "document gone": (lambda programme, _: programme.remove("one.yaml"), "catalog: its document is gone"),
    "changed back": (
        lambda programme, _: programme.write("one.yaml", badge_class("one", tags="[first, second]")),
        'catalog: description: planned "Has completed one." → "New."; now "Has completed one."',
    ),
    "picture": (
        lambda programme, _: programme.image("images/badge.png", color="red"),
        "image: image: not in the plan; now 90×90 PNG",
    ),
    "live entity": (
        lambda _, server: Api(server.url).edit("One", description="Theirs."),
        'server: description: planned "Has completed one." → "New."; now "Theirs."',
    ),
    "another live field": (
        lambda _, server: Api(server.url).edit("One", criteriaNarrative="Theirs."),
        'server: criteriaNarrative: not in the plan; now "Theirs."',
    ),
    "live entity gone": (
        lambda _, server: Api(server.url).delete("One"),
        "server: it is gone from the server",
    ),
    "state": (
        lambda programme, _: programme.run("state rm", "badge_class.one"),
        "the server already has a badge class of this name",
    ),
    "settings": (
        lambda programme, _: programme.write(
            "one.yaml", badge_class("one", description="New.", lifecycle="{ignoreChanges: [description]}")
        ),
        "catalog: the fields that it manages have changed: description",
    ),
}


@pytest.mark.parametrize("meanwhile", CHANGED)
def test_a_change_that_is_not_as_it_was_reviewed_is_refused(
    applied: Programme, server: Sandbox, plan_file: Path, meanwhile: str
) -> None:
    """That entity is refused, with what changed on which side; the rest of the plan is done, and the status is 1."""
    applied.write("one.yaml", badge_class("one", description="New.", tags="[first, second]"))
    applied.image("images/two.png", color="green")
    applied.write("two.yaml", badge_class("two", expires="{amount: 3, duration: years}", image="images/two.png"))
    save(applied, plan_file)
    happens, expected = CHANGED[meanwhile]
    happens(applied, server)
    before = {item["name"]: item for item in Api(server.url).badge_classes()}.get("One")

    done = apply(applied, plan_file)

    assert done.status == 1, done.out + done.err
    assert "badge_class.one: refused: it was to be updated" in words(done.out)
    assert expected in words(done.out)
    assert "Done: 1 of 2. 1 refused." in done.out
    assert "For the refused changes, make a new plan" in words(done.out)
    assert f"badgeops plan {applied.root} --save-plan {plan_file}" in words(done.out)
    after = {item["name"]: item for item in Api(server.url).badge_classes()}
    assert after.get("One") == before
    assert after["Two"]["expires"] == {"amount": 3, "duration": "years"}


def test_an_entity_to_be_deleted_that_was_edited_is_refused(
    applied: Programme, server: Sandbox, plan_file: Path, dialect: str
) -> None:
    """Somebody worked on it since the review: it is not taken away from under their hands. Archiving is the same."""
    action = "archive" if dialect == "hosted" else "delete"
    applied.write("one.yaml", badge_class("one", lifecycle=f"{{onRemove: {action}}}"))
    applied.apply()
    applied.remove("one.yaml")
    save(applied, plan_file)
    Api(server.url).edit("One", criteriaNarrative="Theirs.")

    refused = apply(applied, plan_file)

    assert refused.status == 1
    assert f"badge_class.one: refused: it was to be {action}d" in words(refused.out)
    assert "server: it was edited on the server" in words(refused.out)
    assert names(server) == Counter(["One", "Two"])


def test_a_document_that_is_back_is_not_removed(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """It was to be deleted, and is in the catalog again."""
    applied.write("one.yaml", badge_class("one", lifecycle="{onRemove: delete}"))
    applied.apply()
    applied.remove("one.yaml")
    save(applied, plan_file)
    applied.write("one.yaml", badge_class("one", lifecycle="{onRemove: delete}"))

    refused = apply(applied, plan_file)

    assert refused.status == 1
    assert "catalog: its document is back" in words(refused.out)
    assert names(server) == Counter(["One", "Two"])


def test_what_needs_a_refused_change_is_skipped(programme: Programme, server: Sandbox, plan_file: Path) -> None:
    """The issuer is not made as planned, so its badge classes are not made either; others are."""
    other = ISSUER.replace("academy", "other").replace("Academy", "Other")
    programme.write("other.yaml", other + "---\n" + badge_class("three", issuer="other"))
    save(programme, plan_file)
    programme.write("issuer.yaml", ISSUER.replace("The academy.", "Another academy."))

    done = apply(programme, plan_file)

    assert done.status == 1
    assert "issuer.academy: refused" in words(done.out)
    assert "badge_class.one: skipped: issuer.academy comes first and was not carried out" in words(done.out)
    assert "Done: 2 of 5. 1 refused, 2 skipped." in done.out
    assert names(server) == Counter(["Three"])


def test_a_badge_class_is_not_made_under_an_issuer_that_is_gone(
    applied: Programme, server: Sandbox, plan_file: Path
) -> None:
    """The issuer that was there at the review would have to be made again, which nobody reviewed."""
    applied.write("three.yaml", badge_class("three"))
    save(applied, plan_file)
    api = Api(server.url)
    for name in ("One", "Two"):
        api.delete(name)
    api.call("DELETE", f"/v2/issuers/{api.issuers()[0]['entityId']}")
    server.clear_requests()

    done = apply(applied, plan_file)

    assert done.status == 1
    assert "badge_class.three: skipped: issuer.academy comes first" in words(done.out)
    assert writes(server) == []


def test_what_the_plan_does_not_have_is_left_alone(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """Merged after the review: named in a note, not done, and no error."""
    applied.write("one.yaml", badge_class("one", description="New.", tags="[first, second]"))
    save(applied, plan_file)
    applied.write("two.yaml", badge_class("two", description="Unseen."))
    applied.write("three.yaml", badge_class("three"))

    done = apply(applied, plan_file)

    assert done.status == 0, done.out + done.err
    assert "left alone: create badge_class.three, update badge_class.two" in words(done.err)
    assert names(server) == Counter(["One", "Two"])
    assert Api(server.url).named("Two")["description"] == "Has completed two."
    assert Api(server.url).named("One")["description"] == "New."


def test_the_brakes_hold_for_a_saved_plan(applied: Programme, server: Sandbox, plan_file: Path, dialect: str) -> None:
    """A review is no reason to exceed the limits unseen: whoever applies the plan allows the number."""
    for key in ("one", "two"):
        applied.write(f"{key}.yaml", badge_class(key, description="New."))
    applied.settings(server.url, dialect=dialect, more="limits: {update: 1}\n")
    content = save(applied, plan_file, "--allow=updates=2")
    assert content["allowed"] == []

    stopped = apply(applied, plan_file)
    done = apply(applied, plan_file, "--allow=updates=2")

    assert (stopped.status, done.status) == (1, 0)
    assert "--allow updates=2" in stopped.err


# --- files that are not applied ------------------------------------------------------------------------------------


def _edit(**members: Any) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), **members})


def _edit_change(**members: Any) -> Callable[[str], str]:
    def edit(text: str) -> str:
        content = json.loads(text)
        content["changes"][0] |= members
        return json.dumps(content)

    return edit


DAMAGED: dict[str, tuple[Callable[[str], str], str]] = {
    "empty": (lambda _: "", "is not a plan"),
    "cut short": (lambda text: text[:-20], "is not a plan"),
    "other JSON": (lambda _: '{"a": 1}', "is not a plan"),
    "a list": (lambda _: "[]", "is not a plan"),
    "deep": (lambda _: "[" * 100_000, "is not a plan"),
    "newer": (_edit(format_version="2.0"), "knows version 1.1"),
    "older": (_edit(format_version="1.0"), "older badgeops"),
    "odd version": (_edit(format_version="x"), "is not a version"),
    "edited digest": (_edit(digest="sha256:" + "0" * 64), "was changed after it was written"),
    "edited serial": (_edit(serial=0), "was changed after it was written"),
    "edited lineage": (_edit(lineage=""), "was changed after it was written"),
    "edited server": (_edit(server="https://other.example"), "was changed after it was written"),
    "edited action": (_edit_change(action="delete"), "was changed after it was written"),
    "edited field": (_edit_change(attributes=[]), "was changed after it was written"),
    "newer minor, edited": (_edit(format_version="1.9", digest="sha256:" + "0" * 64), "newer badgeops"),
    "odd action": (_edit_change(action="explode"), "is damaged"),
    "odd address": (_edit_change(address="what"), "is damaged"),
    "odd member": (_edit_change(managed=[1]), "is damaged"),
    "odd image": (_edit_change(attributes=[{"name": "image", "before": 3, "after": 4}]), "is damaged"),
    "allowed what nobody can": (_edit(allowed=["everything"]), "is damaged"),
    "no checksum": (lambda text: text.replace('"checksum"', '"chksum"'), "is damaged"),
    "binary": (lambda _: "\0\0", "is not a plan"),
}


@one_dialect
@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("option", ["--plan", "--expect-digest"])
def test_a_file_that_is_not_whole_applies_nothing(
    applied: Programme, server: Sandbox, plan_file: Path, damage: str, option: str
) -> None:
    """It is refused before anything is sent, in one message."""
    applied.write("one.yaml", badge_class("one", description="New."))
    save(applied, plan_file)
    spoil, expected = DAMAGED[damage]
    plan_file.write_text(spoil(plan_file.read_text("utf-8")), "utf-8")
    server.clear_requests()

    refused = applied.run("apply", option, str(plan_file), "--auto-approve")

    assert refused.status == 1
    assert expected in words(refused.err), refused.err
    assert "bug in badgeops" not in refused.err
    assert list(server.requests) == []


@one_dialect
@pytest.mark.parametrize("option", ["--plan", "--expect-digest"])
@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "latin", "unset"])
def test_a_file_that_cannot_be_read_applies_nothing(
    applied: Programme, server: Sandbox, plan_file: Path, option: str, kind: str
) -> None:
    """Also where a variable was to hold its name and is unset."""
    applied.write("one.yaml", badge_class("one", description="New."))
    if kind == "folder":
        plan_file.mkdir()
    elif kind == "pipe":
        os.mkfifo(plan_file)
    elif kind == "latin":
        plan_file.write_bytes(b"\xff\xfe{}")
    server.clear_requests()

    refused = applied.run("apply", option, "" if kind == "unset" else str(plan_file), "--auto-approve")

    assert refused.status == 1
    assert "Nothing was changed" in words(refused.err)
    assert list(server.requests) == []


def test_a_plan_with_errors_is_saved_for_readers_and_not_applied(
    applied: Programme, server: Sandbox, plan_file: Path
) -> None:
    """Who reviews it sees what is wrong; who applies it is told to plan again."""
    applied.run("state rm", "badge_class.one")
    planned = applied.run("plan", "--save-plan", str(plan_file))
    server.clear_requests()

    refused = apply(applied, plan_file)

    assert planned.status == 1
    assert json.loads(plan_file.read_text("utf-8"))["applicable"] is False
    assert refused.status == 1
    assert "is a plan with errors" in words(refused.err)
    assert list(server.requests) == []


@pytest.mark.parametrize(
    ("more", "arguments", "expected"),
    [
        ("catalog: other\nenvironments:\n  here: {server: 'URL', dialect: KIND}\n", [], "for the catalog test"),
        (
            "catalog: test\nenvironments:\n  there: {server: 'URL', dialect: KIND}\n",
            ["--env", "there"],
            "for the environment here",
        ),
        (
            "catalog: test\nenvironments:\n  here: {server: 'http://127.0.0.1:9', dialect: KIND}\n",
            [],
            "for the server http://127",
        ),
    ],
)
def test_a_plan_of_something_else_is_refused(
    applied: Programme,
    server: Sandbox,
    plan_file: Path,
    dialect: str,
    more: str,
    arguments: list[str],
    expected: str,
) -> None:
    """Another catalog, environment or server: nothing of it is compared, let alone done."""
    applied.write("one.yaml", badge_class("one", description="New."))
    save(applied, plan_file)
    applied.write("badgeops.yaml", more.replace("URL", server.url).replace("KIND", dialect))
    server.clear_requests()

    refused = apply(applied, plan_file, *arguments)

    assert refused.status == 1
    assert expected in words(refused.err)
    assert list(server.requests) == []


def test_a_plan_for_the_other_dialect_is_refused(
    applied: Programme, server: Sandbox, plan_file: Path, dialect: str
) -> None:
    """The requests would be others."""
    applied.write("one.yaml", badge_class("one", description="New."))
    save(applied, plan_file)
    applied.settings(server.url, dialect="hosted" if dialect == "open-source" else "open-source", more=LIMITS)
    server.clear_requests()

    refused = apply(applied, plan_file)

    assert refused.status == 1
    assert f"a plan for a server with the dialect {dialect}" in words(refused.err)
    assert writes(server) == []


def test_a_plan_from_another_state_is_refused(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """Another lineage, and an old copy of the same state: both are refused as a whole."""
    path = applied.root / "state" / "here.json"
    old = path.read_text()
    applied.write("one.yaml", badge_class("one", description="New."))
    applied.apply()
    applied.write("one.yaml", badge_class("one", description="Newer."))
    save(applied, plan_file)
    server.clear_requests()

    path.write_text(old)
    stale = apply(applied, plan_file)
    path.write_text(re.sub(r'"lineage": "[^"]*"', '"lineage": "another"', old))
    other = apply(applied, plan_file)
    path.unlink()
    none = apply(applied, plan_file)

    assert (stale.status, other.status, none.status) == (1, 1, 1)
    assert "it is an old copy" in words(stale.err)
    assert "was made from another state" in words(other.err)
    assert "was made from another state" in words(none.err)
    assert list(server.requests) == []


# --- crashes -------------------------------------------------------------------------------------------------------


@one_dialect
@pytest.mark.parametrize("posts", [1, 3, 6])
def test_an_apply_that_was_killed_is_finished_by_the_same_command(
    programme: Programme, server: Sandbox, plan_file: Path, posts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first apply ever, killed in the middle: once more, and all is there, once."""
    keys = [f"course{number}" for number in range(6)]
    programme.remove("one.yaml")
    programme.remove("two.yaml")
    for key in keys:
        programme.write(f"{key}.yaml", badge_class(key))
    save(programme, plan_file)
    server.set_faults(["slow=0.3,when=after,method=POST,path=/v2/*"])
    server.clear_requests()
    process = programme.start("apply", "--plan", str(plan_file), "--parallelism", "2")
    deadline = time.monotonic() + 20
    while process.poll() is None and len(writes(server)) < posts and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    server.set_faults([])
    monkeypatch.setattr("badgeops.planning.newcomers.QUIET_SECONDS", -60)  # a quarter of an hour later

    done = apply(programme, plan_file)

    assert done.status == 0, done.out + done.err
    programme.assert_settled()
    assert names(server) == Counter(key.title() for key in keys)
    assert len(Api(server.url).issuers()) == 1


@one_dialect
@pytest.mark.parametrize("fault", ["drop,when=after", "drop,when=before", "status=500,when=after"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_was_lost_in_an_answer_is_made_good_by_the_same_command(
    applied: Programme, server: Sandbox, plan_file: Path, method: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Creations are taken over, updates with a new image are seen as ours: nothing twice, nothing refused."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    monkeypatch.setattr("badgeops.api.transport.Policy.attempts", 1)
    applied.image("images/one.png", color="red")
    applied.write("one.yaml", badge_class("one", description="New.", tags="[third]", image="images/one.png"))
    applied.write("three.yaml", badge_class("three"))
    save(applied, plan_file)
    server.set_faults([f"{fault},method={method},path=/v2/badgeclasses*"])
    apply(applied, plan_file)
    server.set_faults([])
    monkeypatch.setattr("badgeops.planning.newcomers.QUIET_SECONDS", -60)  # a quarter of an hour later

    done = apply(applied, plan_file)

    assert done.status == 0, done.out + done.err
    applied.assert_settled()
    assert names(server) == Counter(["One", "Two", "Three"])
    assert Api(server.url).named("One")["tags"] == ["third"]


def test_what_a_crash_left_and_somebody_edited_is_refused(
    applied: Programme, server: Sandbox, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was made, its answer was lost, and then it was edited: that is not what was reviewed, nor surely ours."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    applied.write("three.yaml", badge_class("three"))
    save(applied, plan_file)
    server.set_faults(["drop,when=after,method=POST,path=/v2/badgeclasses"])
    apply(applied, plan_file)
    server.set_faults([])
    Api(server.url).edit("Three", description="Theirs.")

    refused = apply(applied, plan_file)

    assert refused.status == 1
    assert "it was to be created, but it can no longer be planned" in words(refused.out)
    assert "not as sent: description" in applied.run("plan").err
    assert names(server) == Counter(["One", "Two", "Three"])
    assert Api(server.url).named("Three")["description"] == "Theirs."
    assert applied.run("import", "badge_class.three", Api(server.url).named("Three")["entityId"]).status == 0
    assert applied.apply().status == 0
    assert names(server) == Counter(["One", "Two", "Three"])


# --- digests -------------------------------------------------------------------------------------------------------


def digest_of(programme: Programme, *arguments: str) -> str:
    """Return the digest of the plan as it is now."""
    return str(json.loads(programme.run("plan", "--format", "json", *arguments).out)["digest"])


def test_what_is_expected_is_applied_without_a_question(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """A digest, or the saved plan that has it."""
    applied.write("one.yaml", badge_class("one", description="New."))

    by_digest = applied.run("apply", "--expect-digest", digest_of(applied))
    applied.write("one.yaml", badge_class("one", description="Newer."))
    save(applied, plan_file)
    by_file = applied.run("apply", "--expect-digest", str(plan_file))

    assert by_digest.status == by_file.status == 0, by_digest.err + by_file.err
    assert Api(server.url).named("One")["description"] == "Newer."
    applied.assert_settled()
    assert applied.run("apply", "--expect-digest", digest_of(applied)).status == 0


@pytest.mark.parametrize("given", ["digest", "file"])
def test_another_plan_than_the_expected_one_is_shown_beside_it(
    applied: Programme, server: Sandbox, plan_file: Path, given: str
) -> None:
    """Where both are at hand, only what differs is shown; nothing is sent."""
    applied.write("one.yaml", badge_class("one", description="New.", tags="[first, second]"))
    applied.write("three.yaml", badge_class("three"))
    content = save(applied, plan_file)
    applied.write("one.yaml", badge_class("one", description="Other.", tags="[first, second]"))
    applied.remove("three.yaml")
    applied.write("four.yaml", badge_class("four"))
    server.clear_requests()

    refused = applied.run("apply", "--expect-digest", content["digest"] if given == "digest" else str(plan_file))

    assert refused.status == 1
    assert 'description reviewed "Has completed one." → "New."' in words(refused.out)
    assert 'now "Has completed one." → "Other."' in words(refused.out)
    assert "badge_class.three was to be created; the new plan leaves it alone" in words(refused.out)
    assert "badge_class.four is to be created now; the reviewed plan left it alone" in words(refused.out)
    assert "badge_class.two" not in refused.out
    assert f"expected {content['digest']}" in words(refused.err)
    assert writes(server) == []


def test_without_the_reviewed_plan_the_new_one_is_shown(applied: Programme, server: Sandbox) -> None:
    """Another computer, another cache: there is only the digest, and it is said so."""
    applied.write("one.yaml", badge_class("one", description="New."))
    server.clear_requests()

    refused = applied.run("apply", "--expect-digest", "sha256:" + "0" * 64, "--auto-approve")

    assert refused.status == 1
    assert "~ badge_class.one" in refused.out
    assert "badgeops does not have the reviewed one" in words(refused.err)
    assert writes(server) == []


@one_dialect
@pytest.mark.parametrize(
    "given", ["", " ", "sha256:", "0" * 64, "SHA256:" + "0" * 64, "sha256:" + "g" * 64, "sha256:" + "0" * 63, "x.json"]
)
def test_a_digest_that_is_none_applies_nothing(applied: Programme, server: Sandbox, given: str) -> None:
    """Whatever a variable may hold by mistake, nothing is sent."""
    applied.write("one.yaml", badge_class("one", description="New."))
    server.clear_requests()

    refused = applied.run("apply", "--expect-digest", given, "--auto-approve")

    assert refused.status == 1
    assert "Nothing was changed." in words(refused.err)
    assert list(server.requests) == []


def test_the_two_ways_exclude_each_other(applied: Programme, server: Sandbox, plan_file: Path) -> None:
    """It would not be clear which of them counts. And nothing is applied against a recording."""
    applied.write("one.yaml", badge_class("one", description="New."))
    save(applied, plan_file)
    server.clear_requests()

    both = applied.run("apply", "--plan", str(plan_file), "--expect-digest", str(plan_file))
    against = applied.run("apply", "--snapshot", str(plan_file))

    assert (both.status, against.status) == (1, 1)
    assert "not both" in both.err
    assert "No such option" in against.err
    assert list(server.requests) == []


def test_an_expected_plan_is_braked_as_any_other(applied: Programme, server: Sandbox, dialect: str) -> None:
    """Errors and limits stop it, whatever was expected."""
    for key in ("one", "two"):
        applied.write(f"{key}.yaml", badge_class(key, description="New."))
    applied.settings(server.url, dialect=dialect, more="limits: {update: 1}\n")
    digest = digest_of(applied)

    assert applied.run("apply", "--expect-digest", digest).status == 1
    assert applied.run("apply", "--expect-digest", digest, "--allow=updates=2").status == 0


def test_the_kept_plans_are_private_few_and_never_believed(
    applied: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lie in the cache folder, closed to others; one that was forged is as good as none."""
    monkeypatch.setattr("badgeops.review.recent_plans.KEPT", 2)
    digests = []
    for text in ("New.", "Newer.", "Newest."):
        applied.write("one.yaml", badge_class("one", description=text))
        digests.append(digest_of(applied))
    folder = Path(os.environ["XDG_CACHE_HOME"]) / "badgeops" / "plans"
    kept = sorted(path.name for path in folder.iterdir())
    assert kept == sorted(f"{digest.removeprefix('sha256:')}.json" for digest in digests[1:])
    for path in (folder, *folder.iterdir()):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077
    second, third = (folder / f"{digest.removeprefix('sha256:')}.json" for digest in digests[1:])
    shutil.copyfile(third, second)
    server.clear_requests()

    forged = applied.run("apply", "--expect-digest", digests[1])

    assert forged.status == 1
    assert "badgeops does not have the reviewed one" in words(forged.err)
    assert writes(server) == []
    shutil.rmtree(folder)
    folder.write_text("in the way")
    assert applied.run("plan").status == 0


# --- snapshots -----------------------------------------------------------------------------------------------------


@pytest.fixture
def fork(applied: Programme, tmp_path: Path) -> Programme:
    """Give a fork of the repository, as CI checks it out for a pull request: no credentials."""
    taken = applied.run("snapshot", "--out", str(tmp_path / "live.json"))
    assert taken.status == 0, taken.err
    shutil.copytree(applied.root, tmp_path / "fork")
    return Programme(tmp_path / "fork")


def test_a_fork_plans_what_the_owner_would(
    applied: Programme, fork: Programme, server: Sandbox, tmp_path: Path
) -> None:
    """Without credentials and without a server the digest is that of the live plan, which then is applied by it."""
    for programme in (applied, fork):
        programme.write("one.yaml", badge_class("one", description="New.", tags="[first]"))
        programme.write("three.yaml", badge_class("three"))
        programme.remove("two.yaml")
    live = applied.run("plan", "--format", "json", "--show-unmanaged")
    server.clear_requests()

    forked = fork.run("plan", "--snapshot", str(tmp_path / "live.json"), "--format", "json")
    shown = fork.run("plan", "--snapshot", str(tmp_path / "live.json"), "--save-plan", str(tmp_path / "plan.json"))

    assert forked.status == shown.status == 0, forked.err
    assert list(server.requests) == []
    one, two = json.loads(live.out), json.loads(forked.out)
    assert one["digest"] == two["digest"]
    assert [change["address"] for change in one["changes"]] == [change["address"] for change in two["changes"]]
    assert one["unmanaged"] == two["unmanaged"]
    assert f"recorded in {tmp_path}/live.json; the server was not asked" in words(shown.out)
    assert "The snapshot does not say how many people have earned a badge class." in shown.out
    assert apply(applied, tmp_path / "plan.json").status == 0
    applied.assert_settled()


def test_a_fork_plans_although_the_server_is_gone(fork: Programme, server: Sandbox, tmp_path: Path) -> None:
    """No network: nobody is asked."""
    server.close()
    fork.write("one.yaml", badge_class("one", description="New."))

    planned = fork.run("plan", "--snapshot", str(tmp_path / "live.json"), "--detailed-exitcode")

    assert planned.status == 2, planned.err


def test_a_snapshot_holds_what_everybody_may_know(applied: Programme, server: Sandbox) -> None:
    """Described, the same bytes each time, and nothing of staff, tokens or people; counts where they are asked for."""
    Api(server.url).award("One", 3)
    first, second = applied.run("snapshot"), applied.run("snapshot")
    counted = applied.run("snapshot", "--count-earners")

    assert first.status == counted.status == 0, first.err
    assert first.out == second.out
    content = json.loads(first.out)
    Draft202012Validator(schemas.load("snapshot")).validate(content)
    Draft202012Validator(schemas.load("snapshot")).validate(json.loads(counted.out))
    assert content["holders"] is None
    assert sorted(item["count"] for item in json.loads(counted.out)["holders"]) == [0, 3]
    for private in ("person0", "staff", "recipient", "token"):
        assert private not in first.out + counted.out
    assert [item["fields"]["name"] for item in content["issuers"]] == ["Academy"]


def test_a_stranger_that_cannot_be_read_is_told_and_left_out(
    applied: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan and a snapshot warn of it; a snapshot has no words for it, and can be read all the same."""
    honest = Client._read

    def with_odd(self: Client, page: Page) -> list[Any]:
        found = honest(self, page)
        is_list = "/badgeclasses?" in page.answer.url
        return [*found, *([found[0] | {"entityId": "..", "name": "Odd"}] if is_list else [])]

    monkeypatch.setattr(Client, "_read", with_odd)

    planned, taken = applied.run("plan"), applied.run("snapshot", "--out", str(tmp_path / "live.json"))

    for ran in (planned, taken):
        assert ran.status == 0, ran.err
        assert "unreadable-on-server" in ran.err
        assert "entityId is no id" in ran.err
    assert "Odd" not in (tmp_path / "live.json").read_text("utf-8")
    assert applied.run("plan", "--snapshot", str(tmp_path / "live.json")).status == 0


def test_earners_that_were_recorded_count_in_a_plan(applied: Programme, server: Sandbox, tmp_path: Path) -> None:
    """A fork is told whom a change touches, and that what people hold is not deleted."""
    applied.write("two.yaml", badge_class("two", lifecycle="{onRemove: delete}"))
    applied.apply()
    api = Api(server.url)
    api.award("One", 3)
    api.award("Two", 1)
    file = str(tmp_path / "live.json")
    assert applied.run("snapshot", "--count-earners", "--out", file).status == 0
    applied.write("one.yaml", badge_class("one", criteriaNarrative="Other."))
    applied.remove("two.yaml")

    planned = applied.run("plan", "--snapshot", file)

    assert planned.status == 1
    assert "3 people have earned it, and its criteria change" in words(planned.out)
    assert "1 person has earned it, so the server will not delete it" in words(planned.err)
    assert "not recorded" not in planned.out


def test_a_snapshot_beside_another_state_is_told(applied: Programme, tmp_path: Path) -> None:
    """What was made since looks gone: the plan says why."""
    assert applied.run("snapshot", "--out", str(tmp_path / "live.json")).status == 0
    applied.write("three.yaml", badge_class("three"))
    applied.apply()

    planned = applied.run("plan", "--snapshot", str(tmp_path / "live.json"))

    assert "was taken at serial 2 of the state, which is at 3 now" in words(planned.err)
    assert "Take a new snapshot after each apply" in words(planned.err)


NOT_ONE: dict[str, tuple[Callable[[str], str], str]] = {
    "empty": (lambda _: "", "is not a snapshot"),
    "cut short": (lambda text: text[:-9], "is not a snapshot"),
    "a plan": (lambda _: '{"format_version": "1.1", "changes": []}', "is not a snapshot"),
    "newer": (_edit(format_version="2.0"), "knows version 1.1"),
    "edited": (_edit(serial=77), "damaged or was edited"),
    "odd": (_edit(issuers=3), "damaged or was edited"),
    "less": (lambda text: text.replace('"holders"', '"holder"'), "damaged or was edited"),
}


@one_dialect
@pytest.mark.parametrize("damage", NOT_ONE)
def test_a_snapshot_that_is_not_whole_is_refused(fork: Programme, tmp_path: Path, damage: str) -> None:
    """A plan against half a server would be wrong in silence."""
    spoil, expected = NOT_ONE[damage]
    path = tmp_path / "live.json"
    path.write_text(spoil(path.read_text("utf-8")), "utf-8")

    refused = fork.run("plan", "--snapshot", str(path))

    assert refused.status == 1
    assert expected in words(refused.err)
    assert "bug in badgeops" not in refused.err


def test_a_snapshot_of_something_else_is_refused(
    fork: Programme, server: Sandbox, tmp_path: Path, dialect: str
) -> None:
    """Another server, environment or kind; a file that cannot be read; an unset variable."""
    file = str(tmp_path / "live.json")
    other = "hosted" if dialect == "open-source" else "open-source"
    said = []
    for settings in (
        f"here: {{server: 'https://other.example', dialect: {dialect}}}",
        f"there: {{server: '{server.url}', dialect: {dialect}}}",
        f"here: {{server: '{server.url}', dialect: {other}}}",
    ):
        fork.write("badgeops.yaml", f"catalog: test\nenvironments:\n  {settings}\n")
        shutil.rmtree(fork.root / "state", ignore_errors=True)
        refused = fork.run("plan", "--snapshot", file)
        assert refused.status == 1
        said.append(words(refused.err))
    assert "of the server http" in said[0]
    assert "of the environment here" in said[1]
    assert f"of a server of the dialect {dialect}" in said[2]
    assert fork.run("plan", "--snapshot", str(tmp_path / "none.json")).status == 1
    assert fork.run("plan", "--snapshot", "").status == 1


@pytest.mark.parametrize(
    "arguments",
    [["--save-plan", ""], ["--save-plan", "p.html"], ["--save-plan", "p.json", "--output", "json=./p.json"]],
)
def test_a_saved_plan_that_cannot_be_meant_is_refused(applied: Programme, arguments: list[str]) -> None:
    """No name, a name of another format, or the same file twice."""
    refused = applied.run("plan", *arguments)

    assert refused.status == 1
    assert "Usage" in refused.err
