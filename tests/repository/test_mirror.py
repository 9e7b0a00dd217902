"""A test stands where its module stands: tests/catalog/test_schema.py is about badgeops/catalog/schema.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.places import TESTS

import badgeops

ROOT = Path(badgeops.__file__).parent
ELSEWHERE = {
    "flows": "commands run against a sandbox over HTTP",
    "mutants": "small changes of the core, each of which a test must notice",
    "repository": "pages, workflows and the action: what is around the package",
    "support": "what several tests use",
    "trials": "crashes, faults, races, lies and bad input, by the thousand",
}
"""Folders of tests that stand for no package, and what they are about."""
ABOUT_MORE = {
    "app/test_steps.py": "the steps of commands, run without a terminal",
    "catalog/test_line_ends.py": "one catalog of all line ends, over folder, referenced files and images",
    "commands/test_files.py": "files that commands are given, whichever command it is",
    "planning/test_digests.py": "the digest of a plan, over a planner and two servers",
    "render/html/test_browser.py": "all pages, in a real browser",
    "sandbox/test_awards.py": "awards, over several modules of the sandbox",
    "sandbox/test_exchanges.py": "exchanges that were observed on a real server",
    "sandbox/test_hosted.py": "the dialect of the hosted service, wherever it differs",
    "sandbox/test_real_servers.py": "differences from real servers, each where it was seen",
    "state/test_guard.py": "that whatever is written to a state or a journal can be read back",
    "state/backends/test_contract.py": "what every backend promises",
    "test_bad_input.py": "laws of whatever people and programs write",
    "test_formats.py": "what each output format promises",
    "test_plan_cases.py": "golden plans, in every format",
    "test_reviewed_cases.py": "golden reviews",
    "test_security.py": "what docs/security.md promises, if no other file shows it",
}
"""Tests that stand for no single module, and what they are about."""
FILES = sorted(str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py"))


def module_of(file: str) -> Path:
    """Return the path of what a test is about, without ".py": a module, or a package as a whole."""
    path = Path(file)
    return ROOT / path.parent / path.stem.removeprefix("test_")


def is_about_one(file: str) -> bool:
    """Tell whether the module or the package is there that a test is about by its name."""
    path = module_of(file)
    return path.with_suffix(".py").is_file() or path.is_dir()


@pytest.mark.parametrize("file", FILES)
def test_a_test_stands_where_its_module_stands(file: str) -> None:
    """Whoever looks for the tests of a module finds them at once; a test of more than one module says why."""
    assert file in ABOUT_MORE or file.partition("/")[0] in ELSEWHERE or is_about_one(file)


def test_no_reason_is_out_of_date() -> None:
    """The lists name nothing that is gone, and nothing that has got its module meanwhile."""
    assert [file for file in ABOUT_MORE if file not in FILES or is_about_one(file)] == []
    assert [folder for folder in ELSEWHERE if not (TESTS / folder).is_dir() or (ROOT / folder).is_dir()] == []
