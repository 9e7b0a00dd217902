"""What a contributor starts from is true: hooks, editor, container, line ends, and the pages that explain them."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import command_line
from support.places import ROOT
from trials import seeds

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
HOOKS: list[dict[str, Any]] = [
    hook
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    for hook in repository["hooks"]
]
CONTAINER: dict[str, Any] = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
PAGES = ["CONTRIBUTING.md", ".github/PULL_REQUEST_TEMPLATE.md", "docs/releasing.md"]


def targets() -> set[str]:
    """Return what `make` can be asked for, with variables of the Makefile filled in."""
    variables = dict(re.findall(r"^(\w+) *[:?]?= *(.*?)\s*(?:#.*)?$", MAKEFILE, re.MULTILINE))
    found = set()
    for name in re.findall(r"^([^\s:#=.][^\s:=]*):(?!=)", MAKEFILE, re.MULTILINE):
        while (filled := re.sub(r"\$\((\w+)\)", lambda match: variables[match[1]], name)) != name:
            name = filled  # noqa: PLW2901 (a variable may stand in a variable)
        found.add(name)
    return found


# --- hooks ---------------------------------------------------------------------------------------------------------


def test_hooks_run_the_ruff_that_the_lint_target_runs() -> None:
    """A commit that the hooks let pass is not refused by CI for its format."""
    [pinned] = [each for each in PROJECT["dependency-groups"]["lint"] if isinstance(each, str) and "ruff" in each]
    found = {hook["id"]: hook["additional_dependencies"] for hook in HOOKS if hook["language"] == "python"}

    assert found == {"ruff-check": [pinned], "ruff-format": [pinned]}


def test_hooks_of_badgeops_itself_are_commands_that_exist() -> None:
    """They run what the checkout has installed, on the example catalog, and are named by what they run."""
    ours = [hook["entry"] for hook in HOOKS if "badgeops" in hook["entry"]]

    assert len(ours) == 2
    for entry in ours:
        program, _, arguments = entry.partition(" ")
        assert program == ".venv/bin/badgeops"
        assert command_line.fault(arguments) is None
        assert (ROOT / arguments.split()[-1]).is_dir()


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_each_hook_looks_at_files_that_are_there(hook: dict[str, Any]) -> None:
    """A pattern that matches nothing would let everything pass."""
    if "files" in hook:
        folders = re.search(r"\(([\w|/-]+)\)", hook["files"])
        assert folders is not None
        named = set(folders[1].split("|")) - {"badgeops"}  # which is elsewhere when the wheel is tested
        assert all((ROOT / folder).is_dir() for folder in named)
    else:
        assert "python" in hook.get("types", hook.get("types_or", []))


def test_slow_hooks_wait_to_be_asked() -> None:
    """A commit takes seconds: the type checker runs by hand."""
    assert [hook["id"] for hook in HOOKS if hook.get("stages") == ["manual"]] == ["mypy"]


# --- container and editor ------------------------------------------------------------------------------------------


def test_the_container_has_a_python_that_ci_tests() -> None:
    """What works there works in CI."""
    tested = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))["jobs"]["tests"]
    python = re.search(r"/python:(?:\d+-)?(3\.\d+)\b", CONTAINER["image"])

    assert python is not None
    assert python[1] in tested["strategy"]["matrix"]["python"]


def test_the_container_is_equipped_by_the_makefile() -> None:
    """It installs what `make` installs, where editors look for it, and refers to schemas that are there."""
    make, target = CONTAINER["postCreateCommand"].split()
    editor = CONTAINER["customizations"]["vscode"]["settings"]

    assert make == "make"
    assert target in targets()
    assert editor["python.defaultInterpreterPath"].endswith("/.venv/bin/python")
    assert [schema for schema in editor["yaml.schemas"] if not (ROOT / schema).is_file()] == []


def test_the_editor_knows_the_line_length_of_ruff_and_leaves_cases_alone() -> None:
    """An editor that trims or re-encodes a case would change what it tests."""
    parser = configparser.ConfigParser()
    parser.read_string(f"[top]\n{(ROOT / '.editorconfig').read_text('utf-8')}")

    assert parser["top"]["root"] == "true"
    assert parser["*.py"]["max_line_length"] == str(PROJECT["tool"]["ruff"]["line-length"])
    assert parser["Makefile"]["indent_style"] == "tab"
    assert set(parser["tests/cases/**"]) == set(parser["*"])
    assert set(parser["tests/cases/**"].values()) == {"unset"}


# --- line ends -----------------------------------------------------------------------------------------------------


def test_a_checkout_with_the_settings_of_windows_has_the_same_bytes(tmp_path: Path) -> None:
    """Images and texts are known by their SHA-256, and golden files are compared byte by byte."""

    def git(*words: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        windows = ("-c", "core.autocrlf=true", "-c", "core.safecrlf=false", "-c", "core.eol=crlf")
        subprocess.run(["git", *who, *windows, *words], cwd=tmp_path, check=True, capture_output=True, env=quiet)

    shutil.copy(ROOT / ".gitattributes", tmp_path)
    hidden = shutil.ignore_patterns(".badgeops")
    shutil.copytree(ROOT / "tests" / "cases", tmp_path / "tests" / "cases", ignore=hidden)
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=hidden)
    before = contents(tmp_path)
    assert any(b"\r\n" in data for path, data in before.items() if path.startswith("tests/cases/"))

    git("init", "--quiet")
    git("add", "--all", "--force")
    git("commit", "--quiet", "--message", "All")
    for folder in ("tests", "examples"):
        shutil.rmtree(tmp_path / folder)
    git("checkout", "--", ".")

    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, without git's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


# --- pages ---------------------------------------------------------------------------------------------------------


def spans(name: str) -> list[str]:
    """Return the code spans and the lines of code blocks of a page."""
    text = (ROOT / name).read_text("utf-8")
    typed = re.findall(r"^(?:\$ )?((?:make|\.venv/\S+|git|python) .+)$", text, re.MULTILINE)
    return [*re.findall(r"`([^`\n]+)`", text), *typed]


@pytest.mark.parametrize("name", PAGES)
def test_targets_of_make_that_a_page_names_exist(name: str) -> None:
    """What a contributor types works."""
    named = {match[1] for span in spans(name) if (match := re.match(r"make ([a-z.][\w./-]*)", span))}

    assert named <= targets()
    assert named


@pytest.mark.parametrize("name", PAGES)
def test_files_that_a_page_names_exist(name: str) -> None:
    """A span that begins with something at the root of the repository is a path from there."""
    top = {path.name for path in ROOT.iterdir()}
    words = [word for span in spans(name) for word in span.split() if word.partition("/")[0] in top - {".venv"}]
    pages = [span for span in spans(name) if re.fullmatch(r"[A-Z]+\.md|\.[a-z-]+\.ya?ml", span)]

    assert [word for word in words if not list(ROOT.glob(word.rstrip("/")))] == []
    assert [page for page in pages if not (ROOT / page).is_file()] == []
    assert words


def test_the_source_distribution_has_all_that_these_tests_read() -> None:
    """Packagers run the tests from it."""
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]

    for name in (".devcontainer", ".editorconfig", ".gitattributes", ".github", ".pre-commit-config.yaml", "docs"):
        assert name in included


def test_the_pages_say_how_many_seeds_are_tried() -> None:
    """As many as the tiers have, wherever a contributor reads of them."""
    usual, most = seeds.TEST, seeds.LONG
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

    assert set(re.findall(r"(\d+) seeds of each trial", contributing + MAKEFILE)) == {str(most)}
    assert re.findall(r"^\| `(\w+)`.*\| (\d+) \|$", contributing, re.MULTILINE) == [
        ("test", str(usual)),
        ("long", str(most)),
    ]
    assert f"tries {usual} seeds of each suite and `make test-long` {most}," in (
        ROOT / "docs" / "reliability.md"
    ).read_text("utf-8")
