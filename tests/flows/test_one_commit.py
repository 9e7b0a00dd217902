"""One commit gives one plan on every computer, whatever git, the locale and the time zone did there."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.places import ROOT
from support.programme import CREDENTIALS, Programme

from badgeops.sandbox import Sandbox, SandboxOptions

EMAILS = ("badges@library.alderhaven.example", "badges@tarnholm.example")
PLACES = [
    {"LC_ALL": "C", "TZ": "Pacific/Kiritimati"},
    {"LC_ALL": "C.UTF-8", "TZ": "Etc/GMT+12", "PYTHONHASHSEED": "7"},
    {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONHASHSEED": "1"},
]


def git(folder: Path, *words: str) -> None:
    """Run git as somebody."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@acme.example")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Programme]:
    """Give the example catalog in a repository of its own, and a server for it."""
    repository = tmp_path / "here"
    shutil.copytree(ROOT / "examples" / "catalog", repository, ignore=shutil.ignore_patterns(".badgeops"))
    with Sandbox(SandboxOptions(data=tmp_path / "server", verified_emails=EMAILS)) as server:
        made = Programme(repository, dict(CREDENTIALS))
        settings = (repository / "badgeops.yaml").read_text("utf-8")
        made.write("badgeops.yaml", settings.replace("{server: sandbox}", f"{{server: '{server.url}'}}"))
        git(repository, "init", "--quiet")
        commit(made)
        yield made


def commit(made: Programme) -> None:
    """Commit all there is."""
    git(made.root, "add", "--all")
    git(made.root, "commit", "--quiet", "--message", "All of it")


def with_other_line_ends(made: Programme) -> Programme:
    """Clone the repository as git does for many people on Windows."""
    there = made.root.with_name("there")
    shutil.rmtree(there, ignore_errors=True)
    git(made.root.parent, "clone", "--quiet", "--config", "core.autocrlf=true", str(made.root), str(there))
    assert b"\r\n" in (there / "criteria/safe-online.md").read_bytes()
    assert any(b"\r\n" in path.read_bytes() for path in (there / "images").glob("*.svg"))
    return Programme(there, made.environment)


def digest(made: Programme, variables: dict[str, str] | None = None) -> str:
    """Return the digest of the plan that a process of its own makes."""
    place = Programme(made.root, {**made.environment, **(variables or {})})
    process = place.start("plan", "--format", "json")
    out, err = process.communicate()
    assert process.returncode == 0, err
    return str(json.loads(out)["digest"])


def test_a_clone_with_other_line_ends_has_the_same_plan(here: Programme) -> None:
    """What was reviewed on one computer can be applied from another, and after that both plan nothing."""
    reviewed = digest(here)
    there = with_other_line_ends(here)
    assert digest(there) == reviewed

    applied = there.apply("--expect", reviewed)

    assert applied.status == 0, applied.out + applied.err
    shutil.copytree(there.root / "state", here.root / "state")
    assert here.run("snapshot", "--out", str(here.root / "state/sandbox.snapshot.json")).status == 0
    commit(here)
    here.assert_settled()
    again = with_other_line_ends(here)
    again.assert_settled()
    recorded = again.run("plan", "--against", str(again.root / "state/sandbox.snapshot.json"))
    assert "No changes" in recorded.out, recorded.out + recorded.err


@pytest.mark.parametrize("variables", PLACES, ids=["far east", "far west", "old"])
def test_neither_locale_nor_time_zone_changes_the_plan(here: Programme, variables: dict[str, str]) -> None:
    """A plan for a server that knows nothing yet has every field in it, and the same digest everywhere."""
    assert digest(here, variables) == digest(here)
