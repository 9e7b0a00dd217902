"""Shell completion: with commands that are imported when they are called, and with what the catalog knows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.places import ROOT

from badgeops import cli


def complete(*words: str, cwd: Path) -> list[str]:
    """Return what click offers for the last word."""
    variables = {"COMP_WORDS": " ".join(("badgeops", *words)), "COMP_CWORD": str(len(words))}
    ended = subprocess.run(
        [sys.executable, "-c", "from badgeops.__main__ import main; main()"],
        env={**os.environ, **variables, "_BADGEOPS_COMPLETE": "bash_complete"},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    return [line.partition(",")[2] for line in ended.stdout.splitlines() if line]


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Give the example catalog, applied."""
    folder = tmp_path / "catalog"
    shutil.copytree(ROOT / "examples" / "catalog", folder, ignore=shutil.ignore_patterns(".badgeops"))
    assert cli.run(["apply", str(folder), "--auto-approve"]) == 0
    return folder


def test_commands_options_environments_and_addresses(catalog: Path) -> None:
    """Of the catalog in the current folder; addresses are those of the state, or for import those of the catalog."""
    assert complete("va", cwd=catalog) == ["validate"]
    assert complete("state", "", cwd=catalog) == ["list", "mv", "rm", "show"]
    assert "--detailed-exitcode" in complete("plan", "--d", cwd=catalog)
    assert complete("plan", "--env", "", cwd=catalog) == ["production", "sandbox", "test"]
    assert complete("plan", "--env", "te", cwd=catalog) == ["test"]
    assert complete("state", "show", "badge_class.sa", cwd=catalog) == ["badge_class.safe-online"]
    assert complete("import", "issuer.", cwd=catalog) == ["issuer.alderhaven-library", "issuer.tarnholm-university"]


def test_of_another_folder(catalog: Path) -> None:
    """The catalog that was named before counts."""
    above = catalog.parent

    assert complete("plan", "catalog", "--env", "", cwd=above) == ["production", "sandbox", "test"]
    assert complete("state", "show", "--catalog", "catalog", "issuer.a", cwd=above) == ["issuer.alderhaven-library"]
    assert complete("plan", "--catalog", "catalog", "--env", "te", cwd=above) == ["test"]


@pytest.mark.parametrize("name", ["$(id)", "a;id", "a b", "a\\eb", "`id`", "a\\n--help", "\\u202e"])
def test_no_name_of_a_stranger_is_put_into_a_command_line(tmp_path: Path, name: str) -> None:
    """Tab is pressed in a catalog that nobody has validated; what a shell puts in is run at the next Enter."""
    settings = f'catalog: test\nenvironments: {{"{name}": {{server: sandbox}}, test: {{server: sandbox}}}}\n'
    (tmp_path / "badgeops.yaml").write_text(settings, "utf-8")
    (tmp_path / "a.yaml").write_text(f'kind: Issuer\nkey: "{name}"\n---\nkind: Issuer\nkey: right\n', "utf-8")

    assert complete("plan", "--env", "", cwd=tmp_path) == ["test"]
    assert complete("import", "issuer.", cwd=tmp_path) == ["issuer.right"]


def test_what_can_be_allowed(catalog: Path) -> None:
    """The words first; behind a word the addresses that it can take, and none behind one that takes a number."""
    classes = [text for text in complete("state", "show", "", cwd=catalog) if text.startswith("badge_class.")]
    assert len(classes) == 14

    assert complete("apply", "--allow", "", cwd=catalog) == [
        "deletes=",
        "updates=",
        "protected=",
        "meaning=",
        "duplicate-name",
        "recreate=",
        "recreates=",
        "gone=",
    ]
    assert complete("apply", "--allow", "d", cwd=catalog) == ["deletes=", "duplicate-name"]
    assert complete("apply", "--allow", "deletes=", cwd=catalog) == []
    assert complete("apply", "--allow", "me", cwd=catalog) == [f"meaning={text}" for text in classes]
    assert complete("plan", "--allow", "protected=issuer.a", cwd=catalog) == ["protected=issuer.alderhaven-library"]
    assert complete("plan", "--allow", "duplicate-name", cwd=catalog) == ["duplicate-name"]
    assert complete("plan", "--allow", "duplicate-name=issuer.t", cwd=catalog) == [
        "duplicate-name=issuer.tarnholm-university"
    ]
    assert complete("plan", "--allow-protected", "issuer.a", cwd=catalog) == ["issuer.alderhaven-library"]


def test_a_command_offers_what_it_can_be_allowed(catalog: Path) -> None:
    """What a command refuses is not offered, not even its addresses."""
    above = catalog.parent

    assert "protected=issuer.alderhaven-library" in complete("destroy", "catalog", "--allow", "", cwd=above)
    assert complete("destroy", "catalog", "--allow", "m", cwd=above) == []
    assert complete("destroy", "catalog", "--allow", "meaning=", cwd=above) == []


def test_where_there_is_nothing_nothing_is_said(tmp_path: Path) -> None:
    """A broken or missing catalog must not spoil the command line that somebody is writing."""
    assert complete("state", "show", "", cwd=tmp_path) == []
    assert complete("import", "", cwd=tmp_path) == []
    assert complete("apply", "--allow", "prot", cwd=tmp_path) == ["protected="]
    assert complete("apply", "--allow", "protected=", cwd=tmp_path) == []
    (tmp_path / "badgeops.yaml").write_text("environments: [\n", "utf-8")
    assert complete("plan", "--env", "", cwd=tmp_path) in ([], ["sandbox"])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    """As documented: the script is what the shell reads at its start."""
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("click asks bash for its version")
    ended = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'badgeops'; from badgeops.__main__ import main; main()"],
        env={**os.environ, "_BADGEOPS_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"_BADGEOPS_COMPLETE={shell}_complete" in ended.stdout


def test_bash_completes(catalog: Path) -> None:
    """The script, read by a real bash, fills in what stands for Tab."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash")
    program = Path(sys.executable).with_name("badgeops")
    if not program.exists():
        pytest.skip("badgeops is not installed as a program")
    script = (
        'eval "$(_BADGEOPS_COMPLETE=bash_source badgeops)"\n'
        "COMP_WORDS=(badgeops plan --env pro); COMP_CWORD=3\n"
        "_badgeops_completion badgeops\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    ended = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script],
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"},
        cwd=catalog,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == "production\n", ended.stderr
