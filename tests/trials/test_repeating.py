"""A trial that fails is named, with the command that repeats it, and that command fails as well."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from trials import (
    crashes,
    faults,
    inputs,
    liars,
    races,
    repositories,
    test_crashes,
    test_faults,
    test_inputs,
    test_liars,
    test_races,
    test_repositories,
)

_PLANTED = """\
def names(seeds):
    return [f"seed-{number}" for number in range(seeds)]

def run(name):
    assert name != "seed-3", f"{name} has met a planted fault"
    return 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the trials' main programme and one suite, of which one trial fails."""
    package = tmp_path / "tests" / "trials"
    package.mkdir(parents=True)
    for name in ("__init__.py", "__main__.py", "figures.py"):
        shutil.copy(Path(__file__).with_name(name), package)
    (package / "planted.py").write_text(_PLANTED, "utf-8")
    return tmp_path


def carried_out(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a person types it into a shell, on every system."""
    variable, python, *arguments = shlex.split(command)
    name, _, value = variable.partition("=")
    assert python == "python"
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_failure_is_printed_with_what_repeats_it(folder: Path) -> None:
    """The status tells it, the figures count it, and what was printed fails in the same way."""
    ran = carried_out(folder, "PYTHONPATH=tests python -m trials planted --seeds 5 --jobs 2")

    assert ran.returncode == 1
    assert "FAILED planted seed-3\n" in ran.stderr
    assert "AssertionError: seed-3 has met a planted fault" in ran.stderr
    assert "| planted | 5 | 8 | 1 |" in ran.stdout
    (command,) = re.findall(r"  repeat: (.+)\n", ran.stderr)

    again = carried_out(folder, command)

    assert again.returncode == 1
    assert "AssertionError: seed-3 has met a planted fault" in again.stderr
    assert "seed-3: 1 of 1 times failed" in again.stderr


def test_a_trial_that_is_repeated_and_passes_is_told(folder: Path) -> None:
    """As often as was asked for, and with another status."""
    ran = carried_out(folder, "PYTHONPATH=tests python -m trials planted --only seed-2 --times 3 --jobs 1")

    assert ran.returncode == 0
    assert "seed-2: 0 of 3 times failed" in ran.stderr
    assert "FAILED" not in ran.stderr


def test_all_trials_are_carried_out_where_nothing_else_is_asked_for(folder: Path) -> None:
    """As many as there are seeds, with one failure among them."""
    ran = carried_out(folder, "PYTHONPATH=tests python -m trials planted --seeds 30 --jobs 1")

    assert ran.returncode == 1
    assert "| planted | 30 | 58 | 1 |" in ran.stdout


@pytest.mark.parametrize("suite", [crashes, faults, races, inputs, liars, repositories])
def test_more_seeds_begin_with_the_fewer_ones(suite: ModuleType) -> None:
    """So the long tier adds to what the short one has tried, and has tried it as well."""
    few, many = suite.names(10), suite.names(100)

    assert many[: len(few)] == few
    assert len(set(many)) == len(many) == 100
    assert len(few) >= 10


@pytest.mark.parametrize(
    ("suite", "kind"),
    [
        (crashes, lambda name: name.partition(".")[0]),
        (races, lambda name: name.partition("-")[0]),
        (inputs, lambda name: name if name.startswith("heavy") else name.rpartition("-")[0]),
        (liars, lambda name: name.partition("-")[0]),
        (repositories, lambda name: name.rpartition("-")[0]),
    ],
)
@pytest.mark.parametrize("seeds", [1, 10, 30, 100])
def test_however_few_seeds_there_are_each_kind_is_tried(
    suite: ModuleType, kind: Callable[[str], str], seeds: int
) -> None:
    """A kind of failure is a law of its own: no tier goes without it."""
    assert {kind(name) for name in suite.names(seeds)} == {kind(name) for name in suite.names(1000)}


def test_a_thousand_seeds_crash_at_every_point() -> None:
    """What is small enough to be tried whole is not drawn by lot."""
    names = crashes.names(1000)

    assert [name for name in names if name.endswith(".s")] == []
    assert {name.rpartition(".")[0] for name in crashes.names(100)} <= {name.rpartition(".")[0] for name in names}


@pytest.mark.parametrize(
    ("suite", "test", "name"),
    [
        (faults, test_faults.test_faults_end_in_an_empty_plan, "seed-17"),
        (crashes, test_crashes.test_nothing_is_lost, crashes.names(10)[0]),
        (races, test_races.test_one_works_at_a_time, "mixed-0"),
        (inputs, test_inputs.test_bad_input_ends_in_a_message, "x-1"),
        (liars, test_liars.test_a_liar_does_no_harm, "x-1"),
        (repositories, test_repositories.test_a_repository_does_no_harm, "x-1"),
    ],
)
def test_pytest_names_the_trial_and_what_repeats_it(
    monkeypatch: pytest.MonkeyPatch, suite: ModuleType, test: Callable[..., None], name: str
) -> None:
    """A test is a trial, and says so where it fails."""

    def fails(tried: str) -> int:
        assert tried != name, "a planted fault"
        return 1

    monkeypatch.setattr(suite, "run", fails)

    with pytest.raises(AssertionError, match="a planted fault") as caught:
        test(name)
    suite_name = suite.__name__.rpartition(".")[2]
    assert f"PYTHONPATH=tests python -m trials {suite_name} --only {name}" in caught.exconly()
