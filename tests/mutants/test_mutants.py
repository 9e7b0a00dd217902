"""The tool that tries mutants: what it changes, what it notices, and what is said of those that live."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mutants import pages, survivors
from mutants.nursery import Fate
from mutants.operators import mutants
from mutants.rooms import MODULES, ROOT, module
from mutants.survivors import Survivor


def changes(source: str) -> list[str]:
    """Return what the mutants of a source change."""
    return [mutant.change for mutant in mutants(ast.parse(source))]


# --- what is changed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a == b", ["`x = a == b` → `x = a != b`"]),
        ("x = aaaaaa < bbbbbb", ["`aaaaaa < bbbbbb` → `aaaaaa <= bbbbbb`", "`aaaaaa < bbbbbb` → `aaaaaa >= bbbbbb`"]),
        ("x = a and b", ["`x = a and b` → `x = a or b`", "`x = a and b` → `x = b`", "`x = a and b` → `x = a`"]),
        ("x = not a", ["`x = not a` → `x = a`"]),
        ("x = True", ["`x = True` → `x = False`"]),
        ("x = 1", ["`x = 1` → `x = 2`"]),
        ("x = 7", ["`x = 7` → `x = 8`", "`x = 7` → `x = 6`"]),
        ("x = 'key'", ["`x = 'key'` → `x = 'keyXX'`"]),
        ("x = 'a message'", []),
        ("x = f'It is {a + b}.'", ["`f'It is {a + b}.'` → `f'It is {a - b}.'`"]),
        ("x: int = a | b", ["`x: int = a | b` → `x: int = a & b`"]),
        ("x = a if b else c", ["`a if b else c` → `a`", "`a if b else c` → `c`"]),
        ("x = (a, b)", ["`x = (a, b)` → `x = (b,)`", "`x = (a, b)` → `x = (a,)`"]),
        ("x = {'a b': c}", ["`x = {'a b': c}` → `x = {}`"]),
        ("x = f(a, b=c)", ["`x = f(a, b=c)` → `x = f(a)`", "`x = f(a, b=c)` → `x = f(b=c)`"]),
        ("x = max(*a)", ["`x = max(*a)` → `x = min(*a)`", "`x = max(*a)` → `x = max()`"]),
        ("x = a[b:]", ["`x = a[b:]` → `x = a[:]`"]),
        ("x = lambda: a", ["`x = lambda: a` → `x = lambda: None`"]),
        ("call()", ["`call()` → `pass`"]),
        ("a.b = c", ["`a.b = c` → `pass`"]),
        ("x += a", ["`x += a` → `pass`", "`x += a` → `x = a`"]),
        ("'A docstring.'\nimport a\nassert a", []),
    ],
)
def test_each_operator_makes_its_mutants(source: str, expected: list[str]) -> None:
    """And no others: what a message says is not changed, nor is what only describes the code."""
    found = changes(source)

    assert [change for change in found if "if not b" not in change] == expected


def test_blocks_are_mutated_by_their_heads_and_their_ends() -> None:
    """A condition turned round, a handler that lets the error go on, a return of nothing, a loop that goes on."""
    found = changes(
        "def f(x: int = 1) -> int:\n"
        "    while x:\n"
        "        break\n"
        "    try:\n"
        "        call()\n"
        "    except OSError:\n"
        "        return 0\n"
        "    return x\n"
        "def g(x) -> bool:\n"
        "    return x\n"
    )

    assert found == [
        "`x: int=1` → `x: int=2`",
        "`while x:` → `while not x:`",
        "`break` → `pass`",
        "`call()` → `pass`",
        "`except OSError:` → `except OSError: raise`",
        "`return 0` → `return 1`",
        "`return x` → `return None`",
        "`return x` → `return True`",
        "`return x` → `return False`",
    ]


def test_a_mutant_knows_where_it_stands() -> None:
    """By function, whatever lines it moves to; two alike in one function are numbered."""
    source = (
        "class A:\n    limit = 1\n    def f(self, aaaaaa=2):\n        return (aaaaaa + self.x) - (aaaaaa + self.x)\n"
    )

    found = [(mutant.where, mutant.change, mutant.outermost) for mutant in mutants(ast.parse(source))]

    assert found[0] == ("A", "`limit = 1` → `limit = 2`", None)
    assert found[1][::2] == ("A.f", None), "a default is made when the module is loaded"
    assert found[-2:] == [
        ("A.f", "`aaaaaa + self.x` → `aaaaaa - self.x`", ("A.f", 3)),
        ("A.f", "`aaaaaa + self.x` → `aaaaaa - self.x` (2)", ("A.f", 3)),
    ]


@pytest.mark.parametrize("name", MODULES)
def test_the_mutants_of_a_module_are_code_and_leave_no_trace(name: str) -> None:
    """Each can be compiled, no two have one name, and afterwards the module is what it was."""
    tree = ast.parse(module(name).source.read_text("utf-8"))
    before = ast.dump(tree)

    found = mutants(tree)
    for mutant in found[::10]:
        with mutant.applied():
            assert ast.dump(tree) != before
            compile(tree, name, "exec")

    assert ast.dump(tree) == before
    assert len({(mutant.where, mutant.change) for mutant in found}) == len(found)


# --- what is noticed -----------------------------------------------------------------------------------------------

SOURCE = """\
LIMIT = 3

class Counter:
    step = 1

    def count(self, number: int) -> int:
        return number + self.step

def is_large(number: int, limit: int = LIMIT) -> bool:
    return number > limit

def wait(number: int) -> None:
    while number > 0:
        number -= 1

def unused() -> int:
    return 1
"""
TESTS = """\
import {name}

def test_count():
    assert {name}.Counter().count(1) == 2

def test_is_large(tmp_path):
    tmp_path.joinpath("file").write_text("x")
    assert {name}.is_large({name}.LIMIT + 1)
    {name}.wait(2)
"""


TRY = """\
import sys
from pathlib import Path

from mutants.nursery import raise_all
from mutants.rooms import Module

source, tests, folder = map(Path, sys.argv[1:])
sys.path.insert(0, str(source.parent))
for fated in raise_all(Module(source.stem, source, source.stem, (tests,), (source,)), 2, folder):
    print(f"{fated.where} {fated.change}: {fated.fate.name}", file=sys.__stderr__)
"""
"""The tool makes forks of the process that it is in: as `make mutants` does, the tests give it a process of its own.
One that has run other tests has their threads, their memory and their warnings."""


def try_mutants(folder: Path, name: str, source: str, tests: str) -> tuple[int, list[str]]:
    """Return with which status the tool ends for a module, and the fate of each mutant or the error that it prints."""
    paths = folder / f"{name}.py", folder / f"test_{name}.py", folder / "folder"
    paths[0].write_text(source, "utf-8")
    paths[1].write_text(tests, "utf-8")
    paths[2].mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(
        [sys.executable, "-c", TRY, *map(str, paths)], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr.splitlines()


@pytest.mark.tier("long")
def test_what_no_test_notices_lives(tmp_path: Path) -> None:
    """In functions, in classes and in the module; what hangs is noticed, and what no test reaches is told apart."""
    status, lines = try_mutants(tmp_path, "counting", SOURCE, TESTS.format(name="counting"))

    assert status == 0, lines
    fates = dict(line.rsplit(": ", 1) for line in lines)
    assert fates == {
        " `LIMIT = 3` → `LIMIT = 4`": Fate.SURVIVED.name,
        " `LIMIT = 3` → `LIMIT = 2`": Fate.SURVIVED.name,
        "Counter `step = 1` → `step = 2`": Fate.KILLED.name,
        "Counter.count `return number + self.step` → `return None`": Fate.KILLED.name,
        "Counter.count `number + self.step` → `number - self.step`": Fate.KILLED.name,
        "is_large `return number > limit` → `return True`": Fate.SURVIVED.name,
        "is_large `return number > limit` → `return False`": Fate.KILLED.name,
        "is_large `number > limit` → `number >= limit`": Fate.SURVIVED.name,
        "is_large `number > limit` → `number <= limit`": Fate.KILLED.name,
        "wait `while number > 0:` → `while number >= 0:`": Fate.SURVIVED.name,
        "wait `while number > 0:` → `while number <= 0:`": Fate.SURVIVED.name,
        "wait `while number > 0:` → `while number > 1:`": Fate.SURVIVED.name,
        "wait `number -= 1` → `pass`": Fate.HANGS.name,
        "wait `number -= 1` → `number = 1`": Fate.HANGS.name,
        "wait `number -= 1` → `number -= 2`": Fate.SURVIVED.name,
        "unused `return 1` → `return 2`": Fate.UNREACHED.name,
    }


def test_tests_that_fail_anyway_prove_nothing(tmp_path: Path) -> None:
    """No mutant is tried where the code as it is does not pass."""
    tests = "import failing\ndef test_f():\n    assert failing.f() == 2\n"

    status, lines = try_mutants(tmp_path, "failing", "def f():\n    return 1\n", tests)

    assert status == 1
    assert lines[-1] == "RuntimeError: the tests near failing do not pass as they are"


# --- what is said --------------------------------------------------------------------------------------------------


def test_the_table_of_tests_names_files_that_exist() -> None:
    """A test that was moved is still near its module."""
    for name in MODULES:
        found = module(name)
        assert all(path.exists() for path in (found.source, *found.tests)), name


def test_each_survivor_that_is_listed_is_still_made() -> None:
    """Code that changes takes its survivors out of the list, with a reason for each that is left."""
    listed = [(item.module, item.where, change) for item in survivors.read() for change in item.changes]
    made = {
        (name, mutant.where, mutant.change)
        for name in {item.module for item in survivors.read()}
        for mutant in mutants(ast.parse(module(name).source.read_text("utf-8")))
    }

    assert sorted(set(listed) - made) == []
    assert len(set(listed)) == len(listed)


def test_the_page_shows_the_survivors_with_their_reasons() -> None:
    """`make mutants` writes them; whoever adds one by hand is reminded."""
    text = pages.PAGE.read_text("utf-8")

    assert pages.put(text, pages.SURVIVORS, survivors.table(survivors.read())) == text
    assert all(item.reason.endswith(".") for item in survivors.read())


def test_an_entry_can_be_read_again(tmp_path: Path) -> None:
    """What the tool prints for a list is what goes into it, quotation marks and all."""
    path = tmp_path / "survivors.toml"
    path.write_text(survivors.entry("backends/file", "f", ["`\"a\\b\"` → `'x'`", "`1` → `2`"], "It is alike."), "utf-8")

    assert survivors.read(path) == [Survivor("backends/file", "f", ("`\"a\\b\"` → `'x'`", "`1` → `2`"), "It is alike.")]


def test_figures_are_summed() -> None:
    """Mutants, those that were killed, that live for a reason, and that live."""
    rows = [pages.Row("a", 1_000, 10, 1, 30.0), pages.Row("b", 200, 5, 0, 60.0)]

    assert pages.figures(rows).splitlines()[2:] == [
        "| a | 1,000 | 990 | 9 | 1 | 0.5 min |",
        "| b | 200 | 195 | 5 | 0 | 1.0 min |",
        "| all | 1,200 | 1,185 | 14 | 1 | 1.5 min |",
    ]
