"""Each decision is a page of one shape, with a number that commits and comments can name."""

from __future__ import annotations

import re

import pytest
from support.places import ROOT

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(path.name for path in FOLDER.glob("*.md") if path.name != "README.md")
SECTIONS = ["Status", "Context", "Decision", "Consequences"]


def test_numbers_have_no_gaps() -> None:
    """A number names one decision, and none was taken away."""
    assert [name.partition("-")[0] for name in DECISIONS] == [f"{n:04d}" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_has_its_four_parts(name: str) -> None:
    """The title carries the number of the file; status, context, decision and consequences follow, none empty."""
    title, *parts = re.split(r"^## ", (FOLDER / name).read_text("utf-8"), flags=re.MULTILINE)

    assert re.fullmatch(r"\d{4}(-[a-z0-9.]+)+\.md", name)
    assert re.fullmatch(rf"# {name[:4]}\. \S.*[^.\n]\n\n", title)
    assert [part.partition("\n")[0] for part in parts] == SECTIONS
    assert all(len(part.partition("\n")[2].split()) > 0 for part in parts)


@pytest.mark.parametrize("name", DECISIONS)
def test_a_status_is_accepted_or_names_the_successor(name: str) -> None:
    """A decision that no longer holds leads to the later one that took its place."""
    status = (FOLDER / name).read_text("utf-8").partition("## Status\n\n")[2].partition("\n")[0]
    successor = re.fullmatch(r"Superseded by \[(\d{4})\]\((\1-[a-z0-9.-]+\.md)\)\.", status)

    assert status == "Accepted." or (successor is not None and successor[2] in DECISIONS and successor[1] > name[:4])


def test_the_index_lists_every_decision_once_and_in_order() -> None:
    """Nobody has to look into the folder."""
    rows = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \|", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)

    assert rows == [(name[:4], name) for name in DECISIONS]


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_pages_for_contributors_lead_to_the_index(page: str) -> None:
    """Who asks why the code is as it is finds the answer from there."""
    link = "decisions/README.md" if page.startswith("docs/") else "docs/decisions/README.md"

    assert f"]({link})" in (ROOT / page).read_text("utf-8")


def test_decisions_that_are_named_exist() -> None:
    """A comment, a docstring or a page names a decision that is there."""
    folders = ("badgeops", "tests", "docs", ".github", "benchmarks")
    files = [path for folder in folders for kind in ("py", "md", "yml") for path in (ROOT / folder).rglob(f"*.{kind}")]
    known = {name[:4] for name in DECISIONS}
    named = {
        (path.relative_to(ROOT).as_posix(), number)
        for path in [*files, ROOT / "CONTRIBUTING.md"]
        if path.is_file() and "cases" not in path.parts
        for number in re.findall(r"(?:[Dd]ecisions?[ /]|decisions/)(\d{4})\b", path.read_text("utf-8"))
    }

    assert {(path, number) for path, number in named if number not in known} == set()
