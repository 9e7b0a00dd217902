"""What a plan looks like: one folder a case, see `support.plans` for what it holds.

After a wanted change, `make goldens` rewrites them; then read `git diff`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from jsonschema import Draft202012Validator
from support import places
from support.goldens import Compare
from support.plans import show

from badgeops import schemas
from badgeops.render.plain import printable
from badgeops.state import record as states

CASES = sorted((places.CASES / "plan").iterdir())
RECORDED = ("plan.txt", "plan.json", "plan.md")
"""The forms that each case has; the others are kept to where a file is there already."""
cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@cases
def test_a_plan_is_shown_as_recorded(case: Path, golden: Compare) -> None:
    """Each form of each case is exactly what a reviewer has approved, and come out the same a second time."""
    shown = show(case)
    for name, actual in shown.forms.items():
        if name in RECORDED or (case / name).exists():
            golden(case / name, actual)

    again = show(case)
    assert again.forms == shown.forms


@cases
def test_a_plan_and_its_state_fit_their_schemas(case: Path) -> None:
    """Programs may rely on schemas/plan.schema.json and schemas/state.schema.json."""
    Draft202012Validator(schemas.load("plan")).validate(json.loads(show(case).json))
    for path in [case / "state.json"] if (case / "state.json").exists() else []:
        Draft202012Validator(schemas.load("state")).validate(json.loads(path.read_text("utf-8")))


@cases
def test_a_recorded_state_is_what_badgeops_writes(case: Path) -> None:
    """The states of the cases are real ones: read and written again, they are the same bytes."""
    path = case / "state.json"
    if path.exists():
        text = path.read_text("utf-8")
        assert states.dumps(states.loads(text, name=path.name)) == text


@cases
def test_the_text_is_safe_and_fits_a_terminal(case: Path) -> None:
    """Nothing of what servers and catalogs hold reaches the terminal raw, and no line is needlessly wide."""
    for line in show(case).text.split("\n"):
        assert printable(line) == line
        is_long = any(width_of(word) > 36 for word in line.split()) or re.match(r"\S+\.yaml:\d+:\d+: ", line)
        said = re.sub(r"^(error|warning|note)\[[a-z0-9-]+\]", r"\1", line)  # the name of a rule is not broken
        assert width_of(said) <= 80 or is_long, line


def width_of(text: str) -> int:
    """Return an upper bound of the columns that a line takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


@cases
def test_what_changes_is_said_in_one_way(case: Path) -> None:
    """Text, JSON and plan agree on whether there are changes and whether they may be carried out."""
    shown = show(case)
    content = json.loads(shown.json)

    assert bool(content["changes"]) == (not shown.plan.is_empty)
    assert (
        content["applicable"] == (not shown.plan.errors) == ("error" not in {p.severity for p in shown.plan.problems})
    )
    assert ("To make it so" in shown.text) == (not shown.plan.is_empty and not shown.plan.errors)
    assert ("The server matches the catalog" in shown.text) == (shown.plan.is_empty and not shown.plan.errors)
    assert sum(content["summary"].values()) == len(content["changes"]) + shown.plan.unchanged
