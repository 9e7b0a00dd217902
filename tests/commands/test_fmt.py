"""`badgeops fmt`: which files it takes, what it writes, and what it leaves alone."""

from __future__ import annotations

import shlex
import shutil
import stat
from pathlib import Path

import pytest
from support.places import ROOT

from badgeops import cli

UNTIDY = "key:   one\nkind: Image\nfile: 'a.png'   # drawn by hand\n"
TIDY = "kind: Image\nkey: one\nfile: a.png  # drawn by hand\n"


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a catalog with one file to format, from within which commands are started."""
    folder = tmp_path / "catalog"
    (folder / "more").mkdir(parents=True)
    (folder / "badgeops.yaml").write_text("catalog: test\n", "utf-8")
    (folder / "more" / "one.yaml").write_text(UNTIDY, "utf-8")
    monkeypatch.chdir(folder)
    return folder


def test_it_writes_and_names_what_it_wrote(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output lists the files, so that scripts can go on with them; a second run has nothing to do."""
    assert cli.run(["fmt"]) == 0
    assert capsys.readouterr().out == "more/one.yaml\n"
    assert (catalog / "more" / "one.yaml").read_text("utf-8") == TIDY

    assert cli.run(["fmt"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "2 files checked: nothing to change.\n")


def test_check_writes_nothing(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` is for CI: status 1 and the names, and the files as they were."""
    assert cli.run(["fmt", "--check"]) == 1
    assert capsys.readouterr().out == "more/one.yaml\n"
    assert (catalog / "more" / "one.yaml").read_text("utf-8") == UNTIDY

    cli.run(["fmt"])
    capsys.readouterr()
    assert cli.run(["fmt", "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_the_command_that_formats_names_the_same_files(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was checked, and nothing else; the line can be copied as it is."""
    (catalog / "my own").mkdir()
    (catalog / "my own" / "two.yaml").write_text(UNTIDY.replace("one", "two"), "utf-8")

    cli.run(["fmt", "--check", "my own"])

    command = capsys.readouterr().err.strip().partition("To format them: ")[2]
    assert command == "badgeops fmt 'my own'"
    assert cli.run(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().out == "my own/two.yaml\n"


def test_diff_shows_and_writes_nothing(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--diff` is for eyes; with `--check` it also tells a script."""
    assert cli.run(["fmt", "--diff"]) == 0
    out = capsys.readouterr().out
    assert "\n-key:   one\n" in out
    assert "\n+key: one\n" in out
    assert (catalog / "more" / "one.yaml").read_text("utf-8") == UNTIDY
    assert cli.run(["fmt", "--diff", "--check"]) == 1


def test_nothing_in_a_diff_acts(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name with a turned writing direction, or a line that is a command to a build server, is written out."""
    text = "key:  x\nkind: Image\nfile: 'a\u202eb.png'\naltText: |\n  ::error::hello\n  ##[group]x\n"
    (catalog / "more" / "one.yaml").write_text(text, "utf-8")

    assert cli.run(["fmt", "--diff"]) == 0
    out = capsys.readouterr().out
    assert "\u202e" not in out
    assert "##[" not in out
    assert not any(line.strip().startswith("::") for line in out.splitlines())


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_permissions_stay(catalog: Path, mode: int) -> None:
    """A private file stays private, and a team's file the team's."""
    path = catalog / "more" / "one.yaml"
    path.chmod(mode)

    assert cli.run(["fmt"]) == 0
    assert path.read_text("utf-8") == TIDY
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert [entry.name for entry in path.parent.iterdir()] == ["one.yaml"]


def test_a_link_stays_a_link(catalog: Path) -> None:
    """What a link within the catalog leads to is formatted in its own place."""
    (catalog / "link.yaml").symlink_to("more/one.yaml")

    assert cli.run(["fmt", "link.yaml"]) == 0
    assert (catalog / "link.yaml").is_symlink()
    assert (catalog / "more" / "one.yaml").read_text("utf-8") == TIDY


def test_a_link_out_of_the_catalog_is_reported(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing outside of the catalog is written, whatever leads there."""
    (tmp_path / "outside.yaml").write_text(UNTIDY, "utf-8")
    (catalog / "link.yaml").symlink_to(tmp_path / "outside.yaml")

    assert cli.run(["fmt", "--check"]) == 1
    assert cli.run(["fmt"]) == 1
    assert (tmp_path / "outside.yaml").read_text("utf-8") == UNTIDY
    assert "leads out of the catalog" in capsys.readouterr().err


def test_ignored_and_hidden_files_are_left_alone(catalog: Path) -> None:
    """What is none of the catalog's is none of its formatter's, not even when it is named."""
    (catalog / ".badgeopsignore").write_text("more/\n", "utf-8")
    (catalog / ".hidden").mkdir()
    shutil.copy(catalog / "more" / "one.yaml", catalog / ".hidden" / "two.yaml")

    assert cli.run(["fmt", ".", "more/one.yaml", ".hidden/two.yaml"]) == 0
    assert (catalog / "more" / "one.yaml").read_text("utf-8") == UNTIDY
    assert (catalog / ".hidden" / "two.yaml").read_text("utf-8") == UNTIDY


def test_single_files_and_folders_can_be_named(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As editors and pre-commit do: only those are touched, each once."""
    (catalog / "other.yaml").write_text(UNTIDY, "utf-8")

    assert cli.run(["fmt", "more", "more/one.yaml", str(catalog / "more")]) == 0
    assert capsys.readouterr().out == "more/one.yaml\n"
    assert (catalog / "other.yaml").read_text("utf-8") == UNTIDY


def test_files_of_no_catalog_are_left_alone(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """pre-commit hands over every YAML file of a repository, workflows too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflow.yml").write_text("on:   push\n", "utf-8")

    assert cli.run(["fmt", "workflow.yml", "catalog/more/one.yaml"]) == 0
    out, err = capsys.readouterr()
    assert out == "catalog/more/one.yaml\n"
    assert "workflow.yml is not in a catalog, so badgeops leaves it alone." in err
    assert (tmp_path / "workflow.yml").read_text("utf-8") == "on:   push\n"
    assert catalog.is_dir()


@pytest.mark.parametrize(
    ("argument", "words"), [("..", "is not a catalog, nor in one"), ("gone.yaml", 'no file or folder "gone.yaml"')]
)
def test_what_is_not_there_is_an_error(
    catalog: Path, argument: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped path does not end in a green check."""
    assert catalog.is_dir()
    assert cli.run(["fmt", "--check", argument]) == 1
    assert words in capsys.readouterr().err


def test_the_catalog_can_be_named_as_an_option(
    catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From any folder; the command that is suggested finds it again, and paths in it are taken alone."""
    monkeypatch.chdir(tmp_path)
    (catalog / "two.yaml").write_text(UNTIDY, "utf-8")

    assert cli.run(["fmt", "--check", "--catalog", "catalog"]) == 1
    out, err = capsys.readouterr()
    assert out == "catalog/more/one.yaml\ncatalog/two.yaml\n"
    assert err == "3 files checked, 2 to format. To format them: badgeops fmt --catalog catalog\n"

    assert cli.run(["fmt", "--catalog", str(catalog), "catalog/more"]) == 0
    assert capsys.readouterr().out == "catalog/more/one.yaml\n"
    assert cli.run(["fmt", "--catalog", "catalog"]) == 0
    assert capsys.readouterr().out == "catalog/two.yaml\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--catalog", "catalog", "catalog/more", "other"], '"other" is not in the catalog that --catalog names'),
        (["--catalog", "catalog", "stray.yaml"], '"stray.yaml" is not in the catalog that --catalog names'),
        (["--catalog", "other", "catalog/more"], 'is not in the catalog that --catalog names, "other"'),
        (["--catalog", "catalog/more"], '"catalog/more" is not a catalog: it has no badgeops.yaml'),
        (["--catalog", "catalog/more", "catalog/more"], '"catalog/more" is not a catalog'),
        (["--catalog", "gone", "catalog/more"], 'There is no file or folder "gone"'),
        (["--catalog=", "catalog/more"], '"." is not a catalog'),
    ],
)
def test_paths_outside_of_the_named_catalog_are_refused(
    catalog: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    """The two contradict each other, so one error names both, and no file is touched."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(catalog, "other")
    (tmp_path / "stray.yaml").write_text(UNTIDY, "utf-8")

    assert cli.run(["fmt", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert words in " ".join(err.split())
    assert {path.read_text("utf-8") for path in tmp_path.rglob("*.yaml")} == {UNTIDY, "catalog: test\n"}


def test_what_is_no_yaml_is_reported_and_left(catalog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that validate refuses keeps its bytes; the message has file, line and column; the others are formatted."""
    broken = "kind: Image\nkey: [a\n"
    (catalog / "broken.yaml").write_text(broken, "utf-8")
    (catalog / "latin.yaml").write_bytes(b"kind: Im\xe4ge\n")

    assert cli.run(["fmt"]) == 1
    err = capsys.readouterr().err
    assert "broken.yaml:2:6: error" in err
    assert "latin.yaml:1:9: error[not-utf-8]: this file is not UTF-8" in err
    assert (catalog / "broken.yaml").read_text("utf-8") == broken
    assert (catalog / "latin.yaml").read_bytes() == b"kind: Im\xe4ge\n"
    assert (catalog / "more" / "one.yaml").read_text("utf-8") == TIDY


def test_what_cannot_be_written_otherwise_is_reported_and_left(
    catalog: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A directive changes how YAML is read: such a file is not touched."""
    text = "%YAML 1.1\n---\nkind:   Image\n"
    (catalog / "odd.yaml").write_text(text, "utf-8")

    assert cli.run(["fmt"]) == 1
    assert "error[not-formatted]: this file is left as it is: it has a YAML directive" in capsys.readouterr().err
    assert (catalog / "odd.yaml").read_text("utf-8") == text


def test_the_mark_of_windows_editors_goes_and_line_ends_stay(catalog: Path) -> None:
    """A byte order mark means nothing in UTF-8; CRLF is how a Windows checkout looks."""
    path = catalog / "more" / "one.yaml"
    path.write_bytes(b"\xef\xbb\xbfkind: Image\r\nkey: one\r\nfile: a.png\r\n")

    assert cli.run(["fmt"]) == 0
    assert path.read_bytes() == b"kind: Image\r\nkey: one\r\nfile: a.png\r\n"


def test_a_write_that_fails_leaves_the_file(
    catalog: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk costs nothing but the run."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    assert cli.run(["fmt"]) == 1
    assert "cannot be written: No space left on device" in capsys.readouterr().err
    assert (catalog / "more" / "one.yaml").read_text("utf-8") == UNTIDY
    assert [entry.name for entry in (catalog / "more").iterdir()] == ["one.yaml"]


def test_the_example_catalog_is_formatted(capsys: pytest.CaptureFixture[str]) -> None:
    """It shows how a catalog looks."""
    assert cli.run(["fmt", "--check", str(ROOT / "examples" / "catalog")]) == 0
    assert "nothing to change" in capsys.readouterr().err
