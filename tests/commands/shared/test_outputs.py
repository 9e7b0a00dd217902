"""`--format` and `--output`: one result in several forms, on stdout and in files."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from support.programme import Programme, badge_class

from badgeops.app import results


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    """Write a catalog for the embedded sandbox."""
    made = Programme(tmp_path / "catalog")
    made.embedded()
    return made


def test_one_plan_is_written_in_several_forms(programme: Programme, tmp_path: Path) -> None:
    """The command prints what --format says, each file what stands before its name: the same as alone on stdout."""
    made = programme.run("plan", "--output", f"json={tmp_path}/p.json", "--output", f"text={tmp_path}/p.txt")

    assert made.status == 0, made.err
    assert (tmp_path / "p.txt").read_text("utf-8") == made.out
    assert (tmp_path / "p.json").read_text("utf-8") == programme.run("plan", "--format", "json").out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog", "p.json", "p.txt"]


def test_a_file_that_is_shown_in_a_log_commands_nobody(programme: Programme, tmp_path: Path) -> None:
    """Later steps print such files; a line of a text must not begin a command to the build server there either."""
    text = "::error::x " * 20 + "<b>"
    programme.write("sql.yaml", badge_class("sql", description=json.dumps(text)))
    names = ("text", "markdown", "junit")
    made = programme.run("validate", *(f"--output={name}={tmp_path}/{name}" for name in names))

    assert "text-would-be-stripped" in (tmp_path / "junit").read_text("utf-8")
    assert (tmp_path / "text").read_text("utf-8") == made.out
    for name in names:
        lines = (tmp_path / name).read_text("utf-8").splitlines()
        assert name != "text" or any(line.strip().startswith(r"\x3a:error::x") for line in lines)
        assert not any(line.strip().startswith("::") for line in lines), name


def test_problems_are_written_also_where_there_are_errors(programme: Programme, tmp_path: Path) -> None:
    """The file is there and whole when the command ends with 1."""
    programme.write("sql.yaml", badge_class("sql", nmae="SQL"))
    found = programme.run("validate", "--output", f"json={tmp_path}/found.json")

    assert found.status == 1
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["error_count"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--output", "json"], "'json' is not FORMAT=FILE"),
        (["--output", "json="], "'json=' is not FORMAT=FILE"),
        (["--output", "jsn=x"], "FORMAT of text, json"),
        (["--output", "json=x", "--output", "text=./x"], "is named twice"),
        (["--image-base", "http://a.example/x"], "is not the https address"),
        (["--image-base", 'https://a.example/">'], "is not the https address"),
        (["--max-bytes", "100"], "100 is not in the range"),
        (["--show-only", "destroy"], "'destroy' is not one of"),
    ],
)
def test_an_output_that_cannot_be_meant_is_refused(programme: Programme, arguments: list[str], words: str) -> None:
    """A mistake in the command line ends the command before anything is read or sent."""
    refused = programme.run("plan", *arguments)

    assert refused.status == 1
    assert words in refused.err
    assert refused.out == ""


def test_a_file_that_cannot_be_written_ends_the_command_in_one_message(programme: Programme) -> None:
    """The message names the file and the reason."""
    refused = programme.run("plan", "--output", "json=/nowhere/at/all.json")

    assert refused.status == 1
    assert "/nowhere/at/all.json cannot be written: the folder /nowhere/at does not exist." in refused.told


@pytest.mark.tier("test")
@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("badgeops.yaml", "the catalog"),
        ("sql.yaml", "the catalog"),
        ("images/badge.png", "the catalog"),
        (".badgeops/sandbox.state.json", "a state"),
        (".badgeops/sandbox.state.json.backup", "a state"),
        (".badgeops/.sandbox.state.json.lock", "a state"),
        ("link.json", "a state"),
    ],
)
@pytest.mark.parametrize(
    "command",
    ["plan --save-plan=", "plan --output=json=", "validate --output=json=", "snapshot --out=", "preview --out="],
)
def test_no_result_overwrites_what_badgeops_works_with(
    programme: Programme, command: str, name: str, whose: str
) -> None:
    """A state or a document that is named as a file to write to, by a slip of the keyboard, is left as it is."""
    programme.apply()
    programme.write("sql.yaml", badge_class("sql", description="Another one."))
    programme.apply()
    (programme.root / "link.json").symlink_to(".badgeops/sandbox.state.json")
    path = programme.root / name
    before = path.read_bytes()
    word, option = command.split(" ")

    refused = programme.run(word, f"{option}{path}")

    assert refused.status == 1
    assert refused.out == ""
    assert f"belongs to {whose} and was not overwritten" in " ".join(refused.err.split())
    assert path.read_bytes() == before


def test_a_result_in_the_catalogs_folder_can_be_written_again(programme: Programme) -> None:
    """What is no part of the catalog is replaced, as anywhere else."""
    for name in ("plan.json", "plan", ".badgeops/plan.yaml"):
        programme.write(name, "old")
        made = programme.run("plan", "--save-plan", str(programme.root / name))

        assert made.status == 0, made.err
        assert json.loads((programme.root / name).read_text("utf-8"))["digest"]


def test_a_plan_does_not_overwrite_its_snapshot(programme: Programme, tmp_path: Path) -> None:
    """The same file cannot be read as a snapshot and written as a plan."""
    live = str(tmp_path / "live.json")
    programme.run("snapshot", "--out", live)
    before = Path(live).read_bytes()
    refused = programme.run("plan", "--snapshot", live, "--save-plan", live)

    assert refused.status == 1
    assert "would overwrite the snapshot" in refused.err
    assert Path(live).read_bytes() == before


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails, the old content is still there and no other file is."""
    path = tmp_path / "plan.md"
    path.write_text("old", "utf-8")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        results.write_file(path, "new")

    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_can_be_read_by_later_steps(tmp_path: Path) -> None:
    """It has the permissions of any new file, not those of a temporary one."""
    path, other = tmp_path / "plan.md", tmp_path / "other"
    results.write_file(path, "text")
    other.write_text("text", "utf-8")

    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """What is no regular file, such as /dev/stdout, is not replaced."""
    read, write = os.pipe()
    results.write_file(Path(f"/dev/fd/{write}"), "text")
    os.close(write)

    assert os.read(read, 10) == b"text"
    os.close(read)
    assert list(tmp_path.iterdir()) == []
