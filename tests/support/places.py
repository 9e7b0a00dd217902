"""Where the folders of the working copy are, for a test wherever it stands."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
CASES = TESTS / "cases"
EXAMPLE = ROOT / "examples" / "catalog"
