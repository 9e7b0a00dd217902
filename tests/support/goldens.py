"""Compares what is said with what somebody has approved. This is a plugin of pytest, which `tests/conftest.py` loads.

A test that takes the fixture `golden` is a golden test. After a wanted change

    make goldens

has all of them write what they see, and nothing else is run; then read `git diff` as a reviewer would.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Compare = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one command rewrite what all golden tests expect."""
    parser.addoption(
        "--update-goldens", action="store_true", help="run the golden tests only, and let them write what they see"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run nothing but golden tests if they are to be rewritten."""
    if not config.getoption("--update-goldens"):
        return
    others = [item for item in items if "golden" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


@pytest.fixture
def golden(pytestconfig: pytest.Config) -> Compare:
    """Give a function that holds a text to a recorded file."""

    def compare(path: Path, actual: str) -> None:
        if pytestconfig.getoption("--update-goldens"):
            path.write_text(actual, "utf-8")
        assert path.read_text("utf-8") == actual, f"{path.parent.name}/{path.name} differs; if it may, `make goldens`"

    return compare
