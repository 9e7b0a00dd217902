"""Our plugins of pytest: what each tier runs, what a skip counts for, how goldens are rewritten."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import skips, tiers

pytestmark = pytest.mark.tier("test")

TESTS = Path(__file__).parents[1]
PROJECT = """
import pytest
from hypothesis import given, strategies as st
from support.tiers import examples, few

tried = {"usual": 0, "fewer": 0}

@given(st.integers())
def test_usual(number):
    tried["usual"] += 1

@examples(50)
@given(st.integers())
def test_fewer(number):
    tried["fewer"] += 1

def test_tell():
    print(tried)

@pytest.mark.tier("test")
def test_browser():
    pass

@pytest.mark.parametrize("name", few(["a", pytest.param("b", id="bee"), "c"], first=1))
def test_law(name):
    pass
"""
NUMBERS = """
from hypothesis import given, strategies as st

tried = []

@given(st.integers(0, 10**15))
def test_usual(number):
    tried.append(str(number))
    if len(tried) == 100:
        print("tried:", *tried)
"""
SKIPPING = """
import pytest

@pytest.mark.skipif(True, reason="no Chromium on this computer: apt-get install chromium")
def test_browser():
    pass

def test_works():
    pass

def test_shell():
    pytest.skip("there is no bash")

@pytest.mark.xfail(reason="not yet")
def test_not_yet():
    raise AssertionError
"""
GOLDEN = """
from pathlib import Path

def test_said(golden):
    golden(Path("said.txt"), "now")

def test_other():
    raise AssertionError("not to be run")
"""
MODULE = """
import pytest

nothing = pytest.importorskip("no_such_module", reason="there is no such module")
"""


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tests in a folder with our plugins."""
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = tier\naddopts = --strict-markers\n", "utf-8")
    plugins = ["-p", "support.tiers", "-p", "support.skips", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-rA", *plugins, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(TESTS), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with tests of each tier."""
    (tmp_path / "test_some.py").write_text(PROJECT, "utf-8")
    for name in tiers.COSTLY:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"test_{name}.py").write_text(f"def test_{name}():\n    pass\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "passed", "deselected", "tried"),
    [
        (("--tier", "quick"), {"usual", "fewer", "tell", "law[a]"}, 3, {"usual": 30, "fewer": 15}),
        ((), {"usual", "fewer", "tell", "law[a]", "browser", "flows", "trials"}, 2, {"usual": 100, "fewer": 50}),
        (
            ("--tier", "long"),
            {"usual", "fewer", "tell", "law[a]", "law[bee]", "law[c]", "browser", "flows", "trials"},
            0,
            {"usual": 200, "fewer": 100},
        ),
        (("--tier", "long", "--beyond", "test"), {"usual", "fewer", "law[bee]", "law[c]"}, 5, {}),
    ],
    ids=["quick", "test, which is what pytest does by itself", "long", "beyond"],
)
def test_a_tier_runs_what_begins_with_it_or_before(
    folder: Path, options: tuple[str, ...], passed: set[str], deselected: int, tried: dict[str, int]
) -> None:
    """What is left out is deselected, never skipped, and a property is tried so much more or less often."""
    ran = run_pytest(folder, *options)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = {line.partition("::test_")[2] for line in ran.stdout.splitlines() if line.startswith("PASSED ")}
    assert found == passed
    assert (f"{deselected} deselected" in ran.stdout) == (deselected > 0)
    assert "skipped" not in ran.stdout
    assert not tried or str(tried) in ran.stdout


def test_other_examples_are_tried_beyond_a_tier(tmp_path: Path) -> None:
    """As many as there are more, none of them twice but by chance, and the same ones in each run."""
    (tmp_path / "test_some.py").write_text(NUMBERS, "utf-8")
    beyond = ("--tier", "long", "--beyond", "test")

    first, second, again = (
        set(run_pytest(tmp_path, *options).stdout.partition("tried: ")[2].splitlines()[0].split())
        for options in ((), beyond, beyond)
    )

    assert len(first) > 90
    assert len(second - first) > 90
    assert second == again


def test_exploring_tries_more_and_other_examples(folder: Path) -> None:
    """So many times as many, by chance."""
    assert str({"usual": 500, "fewer": 250}) in run_pytest(folder, "--explore", "5").stdout


@pytest.mark.parametrize(
    ("options", "status", "failed"),
    [
        ((), 0, set()),
        (("--fail-on-skip",), 1, {"test_browser", "test_shell"}),
        (("--fail-on-skip", "--may-skip", "browser"), 1, {"test_shell"}),
    ],
)
def test_a_skip_fails_where_it_may_not_be(
    tmp_path: Path, options: tuple[str, ...], status: int, failed: set[str]
) -> None:
    """On a build server nobody reads which tests were skipped; an expected failure is something else."""
    (tmp_path / "test_some.py").write_text(SKIPPING, "utf-8")

    ran = run_pytest(tmp_path, *options)

    lines = [line.partition("::")[2] for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert {line.partition(" ")[0] for line in lines} == failed
    assert ran.returncode == status
    assert "1 passed" in ran.stdout
    assert "1 xfailed" in ran.stdout
    assert ("may not be here: there is no bash" in ran.stdout) == bool(failed)


def test_a_module_that_skips_itself_fails_too(tmp_path: Path) -> None:
    """Nothing of it is collected, and so nothing of it would be missed."""
    (tmp_path / "test_some.py").write_text(MODULE, "utf-8")

    assert run_pytest(tmp_path).returncode == 5
    refused = run_pytest(tmp_path, "--fail-on-skip")
    assert refused.returncode not in (0, 5)
    assert "may not be here: there is no such module" in refused.stdout


def test_each_reason_that_may_be_allowed_is_one_of_a_test() -> None:
    """An allowance for a skip that no longer exists is taken away."""
    texts = "\n".join(path.read_text("utf-8") for path in TESTS.rglob("test_*.py") if path != Path(__file__))
    if "@needs_permissions" in texts:
        texts += f'reason="{skips.needs_permissions.kwargs["reason"]}'

    assert [name for name, (reason, _why) in skips.KNOWN.items() if f'reason="{reason}' not in texts] == []


def test_goldens_are_rewritten_by_the_tests_that_read_them(tmp_path: Path) -> None:
    """One command writes all of them and runs no other test; afterwards they agree again."""
    (tmp_path / "test_some.py").write_text(GOLDEN, "utf-8")
    (tmp_path / "said.txt").write_text("before", "utf-8")
    plugin = ("-p", "support.goldens")

    assert "said.txt differs" in run_pytest(tmp_path, *plugin).stdout
    rewritten = run_pytest(tmp_path, *plugin, "--update-goldens")

    assert "1 passed, 1 deselected" in rewritten.stdout
    assert (tmp_path / "said.txt").read_text("utf-8") == "now"


def calls_settings(path: Path) -> bool:
    """Tell whether a file takes `settings` from hypothesis, by whatever way."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "hypothesis":
            if "settings" in (node.module or "") or "settings" in {alias.name for alias in node.names}:
                return True
        elif isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "hypothesis" for alias in node.names):
            return True
    return False


def test_the_number_of_examples_is_asked_for_at_one_place() -> None:
    """A test that says `settings(max_examples=…)` would be as long in the quick tier and as short in the long one."""
    found = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py") if calls_settings(path)}

    # The tool that tries mutants of the core runs every test anew for each, with fewer examples.
    assert found == {"mutants/nursery.py", "support/tiers.py"}
