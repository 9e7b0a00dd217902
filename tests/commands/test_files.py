"""Files that a command is given: one in place of the catalog, and those that it is to write."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.programme import Programme

from badgeops import cli


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    """Give a catalog for the embedded sandbox."""
    made = Programme(tmp_path / "catalog")
    made.embedded()
    return made


@pytest.mark.parametrize("name", ["validate", "preview", "plan", "apply", "destroy", "snapshot", "login", "doctor"])
def test_a_file_in_place_of_the_catalog_is_told_as_such(
    programme: Programme, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The settings are a file of the catalog; whoever names them means the folder around them."""
    assert cli.run([name, str(programme.root / "badgeops.yaml")]) == 1

    said = " ".join("".join(capsys.readouterr()).split())
    assert "is not a folder" in said
    assert "Name the folder, not a file." in said


def test_the_command_that_plans_with_a_snapshot_can_be_copied(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the file is called."""
    monkeypatch.chdir(programme.root)
    out = 'o\'brien & "co" $HOME.json'

    said = programme.run("snapshot", "--out", out).err

    (line,) = [line for line in said.splitlines() if line.startswith("  badgeops ")]
    assert cli.run(shlex.split(line)[1:]) == 0


def test_a_plan_that_cannot_be_saved_is_not_recommended(programme: Programme) -> None:
    """The command would apply what an earlier plan has left in the file."""
    done = programme.run("plan", "--save-plan", str(programme.root / "nowhere" / "plan.json"))

    assert done.status == 1
    assert "cannot be written" in done.err
    assert "badgeops apply" not in done.out + done.err


@pytest.mark.parametrize(
    "command",
    [
        ["validate"],
        ["validate", "--output", "json=there.txt"],
        ["plan", "--out", "there.txt"],
        ["apply"],
        ["destroy"],
        ["snapshot", "--out", "there.txt"],
        ["preview", "--out", "there.txt"],
        ["doctor"],
        ["fmt"],
        ["state", "list"],
    ],
)
def test_a_folder_without_settings_is_not_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """It may be a home folder: it is refused for its own name, and no other file in it is opened."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.txt").write_text("mine", "utf-8")

    def looked(_folder: object) -> Iterator[tuple[str, str]]:
        raise AssertionError("looked through")

    monkeypatch.setattr("badgeops.catalog.folder._Folder.entries", looked)

    assert cli.run(command) == 1
    said = "".join(capsys.readouterr())
    assert "badgeops.yaml" in said
    assert "internal-error" not in said
