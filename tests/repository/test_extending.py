"""docs/extending.md is true: its patches fit the code, its checks are green with them, and red without any one of them.

Each example of the page is a set of blocks, marked by what they are:

    <!-- first: NAME -->   commands that come before the patches
    <!-- patch: NAME -->   a change that the check must miss if it is left out
    <!-- test: NAME -->    a test of the newcomer's own
    <!-- then: NAME -->    commands that write what is made from the rest
    <!-- check: NAME -->   the command that must be green at last
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from support import patches
from support.markdown import blocks, headings
from support.places import ROOT

import badgeops

PAGE = ROOT / "docs" / "extending.md"
PACKAGE = Path(badgeops.__file__).parent
MOST_FILES = 5
"""Of the product, that an addition may need; a table read in more places is to be made one."""
FOLDERS = (".github", "benchmarks", "docs", "examples", "schemas", "tests")
"""What a check may read beside the package and the files at the root."""


@dataclass(frozen=True)
class Example:
    """One addition, from the first command to the check."""

    name: str
    first: tuple[str, ...]
    patches: tuple[patches.Patch, ...]
    tests: tuple[patches.Patch, ...]
    then: tuple[str, ...]
    check: tuple[str, ...]

    @property
    def hunks(self) -> list[tuple[patches.Patch, int]]:
        """Every change that can be forgotten."""
        return [(patch, number) for patch in self.patches for number in range(len(patch.hunks))]


@cache
def examples() -> dict[str, Example]:
    """Return the examples of the page by name."""
    marked = [(*block.mark.split(": "), block.text) for block in blocks(PAGE) if block.mark]
    return {name: example(name, marked) for name in dict.fromkeys(mark[1] for mark in marked)}


def example(name: str, marked: list[tuple[str, ...]]) -> Example:
    """Return one example of the marked blocks of a page."""

    def texts(mark: str) -> list[str]:
        return [text for found, of, text in marked if (found, of) == (mark, name)]

    def commands(mark: str) -> tuple[str, ...]:
        return tuple(line for text in texts(mark) for line in text.splitlines())

    changes, tests = (tuple(map(patches.read, texts(mark))) for mark in ("patch", "test"))
    return Example(name, commands("first"), changes, tests, commands("then"), commands("check"))


NAMES = ["field", "format", "rule", "command", "backend"]
each_example = pytest.mark.parametrize("name", NAMES)


# --- a copy of the repository --------------------------------------------------------------------------------------


class Copy:
    """A copy of all that a check reads, to be changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # In a wheel the schemas are inside the package; here they stand beside it.
        unwanted = shutil.ignore_patterns("__pycache__", ".badgeops", *(["schemas"] if PACKAGE.parent != ROOT else []))
        shutil.copytree(PACKAGE, root / "badgeops", ignore=unwanted)
        unwanted = shutil.ignore_patterns("__pycache__", ".badgeops")
        for name in FOLDERS:
            shutil.copytree(ROOT / name, root / name, ignore=unwanted)
        for path in ROOT.iterdir():
            if path.is_file():
                shutil.copy(path, root)

    def read(self, path: str) -> str | None:
        """Return the text of a file; None if there is none."""
        file = self.root / path
        return file.read_text("utf-8") if file.exists() else None

    def write(self, path: str, text: str | None) -> None:
        """Write a file, or remove it."""
        file = self.root / path
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")

    def run(self, command: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the page in the copy, with the Python that runs this test."""
        words = [sys.executable if word == ".venv/bin/python" else word for word in shlex.split(command)]
        # What is run of a copy is no coverage of the code, and measuring it costs half as much again.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        return subprocess.run(
            [*words, *more],
            cwd=self.root,
            env={**inherited, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    def prepare(self, made: Example, without: str = "") -> dict[str, str | None]:
        """Carry an example out, without one of its last commands; return the files it patches as they were before."""
        for command in made.first:
            assert self.run(command).returncode == 0, command
        before = {patch.path: self.read(patch.path) for patch in made.patches}
        for patch in (*made.patches, *made.tests):
            self.write(patch.path, patch.applied(self.read(patch.path)))
        for command in made.then:
            if command != without:
                done = self.run(command)
                assert done.returncode == 0, done.stdout + done.stderr
        return before

    def check(self, made: Example) -> str:
        """Run the check of an example until something is red; return what was, empty if nothing."""
        (command,) = made.check
        done = self.run(command, "-x", "-q", "--tb=line", "-p", "no:cacheprovider")
        return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Give a copy of the repository."""
    return Copy(tmp_path / "copy")


# --- laws ----------------------------------------------------------------------------------------------------------


def test_the_page_has_an_example_of_each_addition() -> None:
    """Each has changes and one check, and stands below a heading of its own."""
    assert list(examples()) == NAMES
    assert [heading.split()[-1] for heading in headings(PAGE)[1:]] == NAMES
    for made in examples().values():
        assert made.patches
        assert len(made.check) == 1


@each_example
def test_the_patches_fit_the_code(name: str) -> None:
    """Who edits what a block shows edits the page too: run this test alone, and mend the block that it names."""
    made = examples()[name]
    for patch in (*made.patches, *made.tests):
        patch.applied(found(patch.path, made.first))


def found(path: str, first: tuple[str, ...]) -> str | None:
    """Return the text of a file of the repository, as it is after the first commands of an example: they only copy."""
    for command in first:
        cp, option, source, target = shlex.split(command)
        assert (cp, option) == ("cp", "-r")
        if path.startswith(f"{target}/"):
            path = source + path.removeprefix(target)
    here = PACKAGE.parent if path.startswith("badgeops/") else ROOT
    file = here / path
    return file.read_text("utf-8") if file.exists() else None


@each_example
def test_an_addition_needs_few_files(name: str) -> None:
    """The page says how many files of the product it takes, and they are at most five."""
    product = {patch.path for patch in examples()[name].patches if patch.path.startswith(("badgeops/", "schemas/"))}
    rows = re.findall(r"^\| \[an? (?:\w+ )?(\w+)\]\(.*\| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert len(product) == int(dict(rows)[name])
    assert len(product) <= MOST_FILES


@pytest.mark.tier("long")
@each_example
def test_the_check_is_green_with_all_changes_and_red_without_any_one(name: str, copy: Copy) -> None:
    """Who follows the page is done when its check is green, and whoever forgets a place is told."""
    made = examples()[name]
    before = copy.prepare(made)
    assert copy.check(made) == ""

    assert [place for place, red in left_out(copy, made, before) if not red] == []


@pytest.mark.tier("long")
@pytest.mark.parametrize(("name", "command"), [(name, then) for name in NAMES for then in examples()[name].then])
def test_the_check_is_red_without_what_is_written_from_the_rest(name: str, command: str, copy: Copy) -> None:
    """A command of the page that was not run is missed as well as a line that was not written."""
    copy.prepare(examples()[name], without=command)

    assert copy.check(examples()[name]) != ""


def left_out(copy: Copy, made: Example, before: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    """Yield each change of an example, and what is red without it."""
    for patch, number in made.hunks:
        whole = copy.read(patch.path)
        copy.write(patch.path, patch.applied(before[patch.path], without=number))
        if whole != patch.applied(before[patch.path]):  # something is written into it from the rest
            for command in made.then:
                copy.run(command)
        yield f"{patch.path}, change {number + 1}", copy.check(made)
        copy.write(patch.path, whole)
