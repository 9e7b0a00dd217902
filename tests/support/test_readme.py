"""The page about helpers names those that there are."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
PAGE = (FOLDER / "README.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith("| ---")]
NAMED = sorted({name for row in ROWS for name in re.findall(r"`((?:support|trials)\.[\w.]+)`", row)})
"""A name after the first of a row is shortened: `support.images.png_that_claims`, `chunk`."""


@pytest.mark.parametrize("name", NAMED)
def test_a_helper_that_the_page_names_exists(name: str) -> None:
    """Whoever follows it finds something."""
    parts = name.split(".")
    found = importlib.import_module(".".join(parts[:2]))
    for part in parts[2:]:
        assert hasattr(found, part), name
        found = getattr(found, part)


def test_the_page_names_every_module_of_helpers() -> None:
    """A helper that nobody knows of is written once more."""
    modules = {path.stem for path in FOLDER.glob("*.py")} - {path.stem for path in FOLDER.glob("test_*.py")}

    assert sorted(modules - {"__init__"} - {name.split(".")[1] for name in NAMED if name.startswith("support.")}) == []
