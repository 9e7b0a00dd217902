"""The figures of trials in the documentation: one row for each suite, with what gave it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from trials import figures
from trials.__main__ import SUITES
from trials.figures import Figures

FAULTS = Figures("faults", 5000, 18_010, 0, 52.04, date(2026, 11, 28), "0123456789", "make trials faults SEEDS=5000")
PAGE = "# Reliability\n\n<!-- figures -->\n<!-- /figures -->\n\nMore.\n"
ROOT = Path(__file__).parents[2]


def test_a_row_says_what_gave_it() -> None:
    """Whoever doubts a figure can repeat it: the command, the day and the commit stand beside it."""
    assert FAULTS.row() == (
        "| faults | 5,000 | 18,010 | 0 | 52.0 min | 2026-11-28 | 0123456789 | `make trials faults SEEDS=5000` |"
    )


def test_a_suite_that_is_run_again_replaces_its_own_row_only() -> None:
    """The others keep the day and the commit at which they were run."""
    races = replace(FAULTS, suite="races", commit="fedcba9876")
    again = replace(FAULTS, failed=2)

    page = figures.recorded(figures.recorded(PAGE, [FAULTS, races]), [again])

    assert page == PAGE.replace("<!-- figures -->\n", f"<!-- figures -->\n{figures.table([again, races])}\n")


def test_a_page_without_a_place_for_them_is_not_rewritten() -> None:
    """Nothing is lost of it."""
    with pytest.raises(ValueError, match="no place"):
        figures.recorded("# Reliability\n", [FAULTS])


def test_the_page_has_a_row_for_each_suite() -> None:
    """In the shape in which the next run is recorded."""
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8")

    assert figures.recorded(page, []) == page
    rows = page.partition("<!-- figures -->\n")[2].partition("<!-- /figures -->")[0].splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == [f"| {suite}" for suite in SUITES]
    assert {row.count("|") for row in rows} == {FAULTS.row().count("|")}


def test_make_knows_the_suites() -> None:
    """`make trials NAME` takes each of them as a goal."""
    (suites,) = re.findall(r"^SUITES +:= (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert tuple(suites.split()) == SUITES


def test_a_commit_is_named_with_whether_anything_differs_from_it(tmp_path: Path) -> None:
    """Figures of a tree that nobody else has say so; the page itself does not count."""

    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    assert figures.commit(tmp_path) == "unknown"
    (tmp_path / "docs").mkdir()
    for name in ("code.py", "docs/reliability.md"):
        (tmp_path / name).write_text("1\n", "utf-8")
    git("init")
    git("add", "--all")
    git("commit", "--message", "Begin")
    clean = figures.commit(tmp_path)
    assert len(clean) == 10

    (tmp_path / "docs/reliability.md").write_text("2\n", "utf-8")
    assert figures.commit(tmp_path) == clean
    (tmp_path / "code.py").write_text("2\n", "utf-8")
    assert figures.commit(tmp_path) == f"{clean} and changes"
