"""What is said of a reviewed plan when it is applied later: one folder a case.

from         the case in `cases/plan` that was reviewed
now/         what is otherwise by then: files of that case that were added or changed
review.txt   what `apply --plan` says before anything is sent, and then what `apply --expect-digest` says

After a wanted change, `make goldens` rewrites them; then read `git diff`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support import places
from support.goldens import Compare
from support.plans import Shown, read_catalog, read_json, read_snapshot, read_state, show
from support.terminals import needlessly_wide

from badgeops.app.reviewed_report import merged
from badgeops.applying.result import Result
from badgeops.render.plain import printable
from badgeops.render.text import result_text, reviewed_text
from badgeops.review import compare_plans, saved_plan

FOLDER = places.CASES
CASES = sorted((FOLDER / "reviewed").iterdir())


def now(case: Path, folder: Path) -> Path:
    """Lay out what is there when the plan is to be applied."""
    shutil.copytree(_reviewed(case), folder)
    shutil.copytree(case / "now", folder, dirs_exist_ok=True)
    return folder


def _reviewed(case: Path) -> Path:
    return FOLDER / "plan" / (case / "from").read_text("utf-8").strip()


def review(before: Shown, folder: Path, width: int = 80) -> str:
    """Return what is said of the plan that was reviewed, given what is there now."""
    saved = saved_plan.loads(before.json, name="plan.json")
    after = show(folder)
    catalog, found, _ = read_catalog(folder / "catalog")
    state = read_state(folder, found)
    judged = compare_plans.judge(saved, after.plan, catalog, state, read_snapshot(read_json(folder / "live.json")).live)
    lines = ["$ badgeops apply --plan plan.json\n", reviewed_text.settled(judged, width)]
    lines += [f"to be carried out: {change.action} {change.address}\n" for change in judged.plan.changes]
    lines += [f"left alone: {other}\n" for other in judged.unplanned]
    result = merged(judged, Result((), state.serial))
    if result.outcomes:
        number = len(judged.refused) + len(judged.skipped) + len(judged.plan.changes)
        lines += [
            result_text.render(result, total=number, next_command="badgeops plan --save-plan plan.json", width=width)
        ]
    lines += ["\n$ badgeops apply --expect-digest plan.json\n"]
    differences = compare_plans.differences(saved, after.plan)
    same = "The digests are equal.\n"
    lines += [same if saved.digest == after.plan.digest else reviewed_text.differences(differences, width)]
    assert (saved.digest == after.plan.digest) == (not differences)
    return "".join(lines)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_review_is_as_recorded(case: Path, tmp_path: Path, golden: Compare) -> None:
    """What is refused and why, what is so already and what is left alone is said as somebody has approved."""
    actual = review(show(_reviewed(case)), now(case, tmp_path / "now"))

    golden(case / "review.txt", actual)
    for line in actual.split("\n"):
        assert printable(line) == line
    narrow = review(show(_reviewed(case)), tmp_path / "now", 60)
    own = [line for line in narrow.split("\n") if not line.startswith(("$", "left alone", "to be carried"))]
    assert needlessly_wide(actual.split("\n"), 80) + needlessly_wide(own, 60) == []
