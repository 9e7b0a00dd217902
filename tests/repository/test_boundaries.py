"""docs/boundaries.md names every place at which something from outside becomes a decision, with the test that shows it.

What touches something outside is known from the list in `test_layers.py`, which holds the code to it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.places import ROOT, TESTS

import badgeops

PACKAGE = Path(badgeops.__file__).parent
PAGE = (ROOT / "docs" / "boundaries.md").read_text("utf-8")
ACTION = ".github/actions/badgeops"
GITLAB = "badgeops/scaffold/templates/gitlab/badgeops_note.py"
COLUMNS = ["what comes in", "what is believed", "what is checked", "otherwise", "shown by"]
OUTSIDE = ("files", "sockets", "clock", "processes")
"""What others can change of all that the list is about; chance, threads and a terminal tell no lies."""


def rows() -> Iterator[list[str]]:
    """Yield the cells of every row of every table, their heads included."""
    for line in PAGE.splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [cell.strip() for cell in line.strip("| ").split(" | ")]


BOUNDARIES = [cells for cells in rows() if len(cells) == len(COLUMNS) and cells != COLUMNS]
NAMED = {name for cells in rows() for cell in cells[:3] for name in re.findall(r"`([\w./]+)`", cell)}


def touching() -> set[str]:
    """Return the modules that touch something outside; a package stands for all that is in it."""
    tree = ast.parse((TESTS / "repository" / "test_layers.py").read_text("utf-8"))
    value = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "TOUCHES" for to in node.targets)
    )
    listed: dict[str, str] = ast.literal_eval(value)
    return {module for means in OUTSIDE for module in listed[means].split()}


def reading_the_environment() -> set[str]:
    """Return the modules that look variables up; the sandbox, whose word for a request is the same, stands aside."""
    names = {path.relative_to(PACKAGE).with_suffix("") for path in PACKAGE.rglob("*.py") if "os.environ" in text(path)}
    return {".".join(name.parts) for name in names if name.parts[0] != "sandbox" and "templates" not in name.parts}


def text(path: Path) -> str:
    """Return what is in a file."""
    return path.read_text("utf-8")


def is_a_module(name: str) -> bool:
    """Tell whether it is a module of the package, a package in it, or a file of the repository."""
    if "/" in name:
        return (ROOT / name).is_file() or (PACKAGE.parent / name).is_file()  # the latter: tested from a wheel
    path = PACKAGE.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


@pytest.mark.parametrize("cells", BOUNDARIES, ids=lambda cells: cells[0][:40])
def test_each_boundary_names_who_checks_and_what_shows_it(cells: list[str]) -> None:
    """Nothing is claimed that nobody checks: the modules are there, and so are the tests."""
    modules = re.findall(r"`([\w./]*[a-z_]\.[\w./]+|cli|settings|schemas|safe_files|__main__)`", cells[2])
    tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", cells[4])

    assert all(cells)
    assert modules
    assert [name for name in modules if not is_a_module(name)] == []
    assert tests
    assert [f"{file}::{test}" for file, test in tests if f"def {test}(" not in (ROOT / file).read_text("utf-8")] == []


def test_whatever_touches_something_outside_is_named() -> None:
    """A new module that opens, connects, starts or reads a clock gets a row: what is believed there, and why."""
    action = {f"{ACTION}/{path.name}" for path in (ROOT / ACTION).glob("*.py")}

    missing = (touching() | reading_the_environment() | action | {GITLAB}) - NAMED
    assert missing == set(), "give them a row in docs/boundaries.md, or say there that they only look"


def test_every_table_has_the_same_columns() -> None:
    """So that no question is left out; the last table is of those that decide nothing."""
    heads = [cells for cells in rows() if cells[0] in ("what comes in", "module")]

    assert heads == [COLUMNS] * (len(heads) - 1) + [["module", "what it touches"]]
    assert len(BOUNDARIES) > 50
