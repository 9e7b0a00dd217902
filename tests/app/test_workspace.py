"""Settings and documents read together: what is wrong with the settings is said first, whole, and alone."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, strategies as st
from support.images import png
from support.reporter import Recorder
from support.tiers import examples

from badgeops import cli
from badgeops.app.requests import Request
from badgeops.app.workspace import check, open_state
from badgeops.commands.shared.console import CONSOLE
from badgeops.errors import Diagnostic, Severity

SETTINGS: dict[str, Any] = {
    "catalog": "acme",
    "defaults": {"BadgeClass": {"issuer": "acme", "criteriaUrl": "https://acme.example/how", "image": "a.png"}},
    "environments": {
        "sandbox": {"server": "sandbox"},
        "production": {
            "server": "canvas-eu",
            "overrides": {"issuer.acme": {"url": "https://acme.example", "email": "badges@acme.example"}},
        },
        "test": {"server": "canvas-test"},
    },
    "defaultEnvironment": "production",
    "accept": [{"rule": "duplicate-tag", "for": "badge_class.*", "because": "so it is"}],
}
DOCUMENTS = """\
{kind: Issuer, key: acme, name: ACME}
---
{kind: BadgeClass, key: a, name: A, description: d, tags: [x, x]}
---
{kind: BadgeClass, key: b, name: B, description: d, tags: [<i>, x]}
---
{kind: BadgeClass, key: c, name: C, description: d, criteriaUrl: nowhere}
"""
BROKEN = "kind: [\n"

Change = Callable[[dict[str, Any]], None]


def drop(*path: str | int) -> Change:
    """Leave out what stands at a path."""
    return lambda data: at(data, path[:-1]).__delitem__(path[-1])


def put(value: Any, *path: str | int) -> Change:
    """Write something else at a path."""
    return lambda data: at(data, path[:-1]).__setitem__(path[-1], value)


def call(name: str, *path: str | int) -> Change:
    """Give another name to what stands at a path."""
    return lambda data: at(data, path[:-1]).__setitem__(name, at(data, path[:-1]).pop(path[-1]))


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    """Return what stands at a path."""
    for step in path:
        data = data[step]
    return data


FAULTS: dict[str, Change] = {
    "no catalog": drop("catalog"),
    "a number for a name": put(7, "catalog"),
    "another version": put(">=99", "requires"),
    "no version": put("soon", "requires"),
    "a limit": put({"delete": "200%"}, "limits"),
    "defaults misspelt": call("default", "defaults"),
    "defaults of no kind": call("Badge", "defaults", "BadgeClass"),
    "defaults that are none": put([], "defaults"),
    "a default misspelt": call("isuer", "defaults", "BadgeClass", "issuer"),
    "a default of the wrong type": put(1, "defaults", "BadgeClass", "image"),
    "a default that will not do": put("nowhere", "defaults", "BadgeClass", "criteriaUrl"),
    "a default image that is missing": put("none.png", "defaults", "BadgeClass", "image"),
    "a default issuer that is missing": put("acne", "defaults", "BadgeClass", "issuer"),
    "environments misspelt": call("environment", "environments"),
    "environments that are none": put("production", "environments"),
    "an environment renamed": call("live", "environments", "production"),
    "an environment that is none": put(None, "environments", "production"),
    "another one that is none": put(None, "environments", "test"),
    "an impossible name": call("my server", "environments", "test"),
    "no server": drop("environments", "production", "server"),
    "an unknown server": put("canvas-moon", "environments", "production", "server"),
    "a server without encryption": put("http://b.example", "environments", "production", "server"),
    "another's unknown server": put("canvas-moon", "environments", "test", "server"),
    "no such dialect": put("oss", "environments", "production", "dialect"),
    "no such file": put("ca.pem", "environments", "production", "caFile"),
    "no such backend": put("s3://x", "environments", "production", "state"),
    "overrides misspelt": call("override", "environments", "production", "overrides"),
    "an override of nobody": call("issuer.acne", "environments", "production", "overrides", "issuer.acme"),
    "an override misspelt": call("uri", "environments", "production", "overrides", "issuer.acme", "url"),
    "an override that will not do": put("x", "environments", "production", "overrides", "issuer.acme", "email"),
    "an unknown default environment": put("nope", "defaultEnvironment"),
    "no default environment": lambda data: drop("defaultEnvironment")(data) or drop("environments", "sandbox")(data),
    "accept misspelt": call("accepts", "accept"),
    "a rule misspelt": put("duplicate-tags", "accept", 0, "rule"),
    "no selector": put([], "accept", 0, "for"),
    "a selector that is none": put("a;b", "accept", 0, "for"),
    "no reason": drop("accept", 0, "because"),
}


def findings(folder: Path, faults: list[str], environment: str | None, more: str = "") -> set[Diagnostic]:
    """Return what is found in a catalog with faults in its settings."""
    data = copy.deepcopy(SETTINGS)
    for fault in faults:
        FAULTS[fault](data)
    lines = (f"{json.dumps(name)}: {json.dumps(value)}\n" for name, value in data.items())
    (folder / "badgeops.yaml").write_text("".join(lines), "utf-8")
    (folder / "documents.yaml").write_text(DOCUMENTS, "utf-8")
    (folder / "more.yaml").write_text(more, "utf-8")
    (folder / "a.png").write_bytes(png(300, 300))
    return set(check(Request(catalog=str(folder), environment=environment), CONSOLE))


def in_documents(found: set[Diagnostic]) -> set[tuple[str, str, str]]:
    """Return what is said of other files than badgeops.yaml."""
    return {
        (each.code, each.summary, str(each.source))
        for each in found
        if each.source is None or not each.source.filename.endswith("badgeops.yaml")
    }


def in_settings(found: set[Diagnostic]) -> set[tuple[str, str]]:
    """Return what errors badgeops.yaml is said to have, wherever in it."""
    return {
        (each.code, each.summary)
        for each in found
        if each.severity is Severity.ERROR and each.source and each.source.filename.endswith("badgeops.yaml")
    }


@pytest.mark.parametrize("more", ["", BROKEN])
@pytest.mark.parametrize("environment", [None, "production"])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_found_in_documents_stands_when_the_settings_are_mended(
    tmp_path: Path, fault: str, environment: str | None, more: str
) -> None:
    """An error in the settings is said, and nothing beside it that only follows from it."""
    sound = findings(tmp_path, [], environment, more)
    assert in_settings(sound) == set()
    assert len(in_documents(sound)) == 2 + bool(more)

    found = findings(tmp_path, [fault], environment, more)
    if more and fault in _PERHAPS_ELSEWHERE:
        return
    assert in_settings(found) or (environment and fault == "no default environment")
    assert in_documents(found) <= in_documents(sound)


_PERHAPS_ELSEWHERE = ("an override of nobody", "a default issuer that is missing")
"""What may be right after all while a file cannot be read: the document may stand there."""


@pytest.mark.parametrize("environment", ["nope", "Production", ""])
def test_an_environment_that_is_not_there_is_all_that_is_said(tmp_path: Path, environment: str) -> None:
    """Nobody can say what the documents are in an environment that is not there."""
    found = findings(tmp_path, [], environment)

    assert [code for code, _ in in_settings(found)] == ["unknown-environment"]
    assert in_documents(found) == set()
    assert "unchecked-documents" in {each.code for each in found}


_APART = {"another version"}
"""Faults beside which nothing else is said."""
_ONE_PLACE = [
    {"no catalog", "a number for a name"},
    {"another version", "no version"},
    {fault for fault in FAULTS if "default" in fault and "environment" not in fault},
    {fault for fault in FAULTS if "accept" in fault or "rule" in fault or "selector" in fault or "reason" in fault},
    {
        fault
        for fault in FAULTS
        if any(word in fault for word in ("environment", "server", "none", "name", "overrid", "such"))
    },
]
"""Faults that hide or undo each other, since they are made in one place."""


@given(st.lists(st.sampled_from(sorted(set(FAULTS) - _APART)), min_size=2, max_size=4, unique=True))
@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_all_that_is_wrong_with_the_settings_is_said_at_once(tmp_path: Path, faults: list[str]) -> None:
    """What is said of one fault alone is said of it beside others: there are no stages."""
    kept: list[str] = []
    for fault in faults:
        if not any(fault in places and set(kept) & places for places in _ONE_PLACE):
            kept.append(fault)
    together = in_settings(findings(tmp_path, kept, None))

    for fault in kept:
        assert in_settings(findings(tmp_path, [fault], None)) <= together


@pytest.mark.parametrize("about", ["tags: [" + "1, " * 20_100 + "]", "x: 1\n---\n{y: 1}\n---\n" * 10_100 + "x: 1"])
def test_nothing_is_held_back_unless_an_error_says_why(tmp_path: Path, about: str) -> None:
    """Of very many problems not all are told: what is wrong with the settings is, or else the documents are checked."""
    override = {"issuer.missing": {"name": "Missing"}}
    settings = {"catalog": "c", "environments": {"sandbox": {"server": "sandbox", "overrides": override}}}
    (tmp_path / "badgeops.yaml").write_text(json.dumps(settings), "utf-8")
    (tmp_path / "a.yaml").write_text(f"kind: BadgeClass\nkey: a\n{about}", "utf-8")

    found = check(Request(catalog=str(tmp_path)), CONSOLE)

    assert any(item.severity is Severity.ERROR for item in found)
    codes = {item.code for item in found}
    assert "unknown-override" in codes or "unchecked-documents" not in codes


def test_files_that_are_to_be_ignored_are_no_documents_while_that_cannot_be_read(tmp_path: Path) -> None:
    """Without .badgeopsignore, the files that it names would be taken for documents, and be wrong in every line."""
    (tmp_path / ".badgeopsignore").write_bytes(b"more.yaml\n\xff")

    found = findings(tmp_path, [], None, more="a: 1\n")
    assert {code for code, _, _ in in_documents(found)} == {"not-utf-8"}


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "snapshot", "preview", "doctor", "validate"])
def test_every_command_says_one_error_for_an_unknown_environment(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever documents lack that defaults give them."""
    findings(tmp_path, [], None)
    out = ["--out", str(tmp_path / "out")] if command in ("snapshot", "preview") else []
    capsys.readouterr()

    assert cli.run([command, str(tmp_path), "--env", "nope", *out]) == 1
    said = "".join(capsys.readouterr())
    assert said.count("error[") == 1
    assert "error[unknown-environment]" in said
    assert "1 error, 1 note." in said


# --- what to commit -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_kept", [False, True])
@pytest.mark.parametrize(
    ("rules", "ignored"),
    [
        ("", []),
        ("*.png\n", ["kept"]),
        ("*.json\n", ["json"]),
        ("state/\n", ["json", "kept"]),
        ("*.png\n*.json\n!**/state/**\n", []),
        (None, []),
    ],
)
def test_all_that_the_next_run_needs_is_named(
    tmp_path: Path, has_kept: bool, rules: str | None, ignored: list[str]
) -> None:
    """The state, and the images beside it if there are any; what git ignores with the command that adds it."""
    root = tmp_path / "badges"
    kept = root / "state/prod.kept"
    kept.mkdir(parents=True)
    (root / "badgeops.yaml").write_text("catalog: c\nenvironments: {prod: {server: canvas-us}}\n", "utf-8")
    (root / "state/prod.json").touch()
    (kept / f".{'0' * 64}.png.abcd_123.new").touch()
    if has_kept:
        (kept / f"{'0' * 64}.png").touch()
    if rules is not None:
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        (tmp_path / ".gitignore").write_text(rules, "utf-8")
    reporter = Recorder()

    open_state(Request(catalog=str(root), environment="prod"), reporter).remind_to_commit()

    places = {"json": f"{root}/state/prod.json", **({"kept": f"{root}/state/prod.kept"} if has_kept else {})}
    assert reporter.results == [f"Commit {' and '.join(places.values())} together with the catalog.\n"]
    commands = [line.strip() for text in reporter.said for line in text.splitlines()[1:]]
    assert commands == [f"git add --force {places[name]}" for name in ignored if name in places]
