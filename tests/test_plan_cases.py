"""What a plan looks like: one folder a case, see `support.plans` for what it holds.

After a wanted change, `make goldens` rewrites them; then read `git diff`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support import places
from support.goldens import Compare
from support.plans import show
from support.terminals import needlessly_wide

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
@pytest.mark.parametrize("width", [60, 80])
def test_the_text_is_safe_and_fits_a_terminal(case: Path, width: int) -> None:
    """Nothing of what servers and catalogs hold reaches the terminal raw, and no line is needlessly wide."""
    lines = show(case, width).text.split("\n")

    assert [line for line in lines if printable(line) != line] == []
    assert needlessly_wide(lines, width) == []


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
