"""The workflows of this repository and those that `badgeops init` writes: rights, triggers, and who waits for whom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.places import ROOT

import badgeops
from badgeops.scaffold import starter

ANSWERS = starter.Answers("Academy", "https://a.example", "a@example.org", "canvas-us", "badges")


def workflows() -> dict[str, dict[str, Any]]:
    """Return all workflows by a name to show."""
    texts = {f"ours: {path.name}": path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}
    texts |= {f"written: {Path(path).name}": text for path, text in starter.github_files(ANSWERS)}
    return {name: yaml.safe_load(text) for name, text in texts.items()}


WORKFLOWS = workflows()
APPLYING = [name for name in WORKFLOWS if "badges-apply" in name]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_workflow_runs_strangers_beside_secrets(name: str) -> None:
    """Neither `pull_request_target` nor a run after a stranger's run."""
    triggers = WORKFLOWS[name][True]  # YAML 1.1 reads "on" so

    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_rights_are_as_small_as_can_be(name: str) -> None:
    """None for the workflow, and each job names its own; only an apply may write to the repository."""
    workflow = WORKFLOWS[name]
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        rights = job["permissions"]
        writing = {right for right, level in rights.items() if level == "write"}
        allowed = {"contents"} if name in APPLYING else {"pull-requests"} if "badges-plan" in name else set()
        assert writing <= allowed
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_no_job_skips_a_test_in_silence() -> None:
    """Whatever runs tests here is told to fail on those that it skips, and no job takes that back."""
    workflow = WORKFLOWS["ours: ci.yml"]

    assert workflow["env"]["PYTEST_ADDOPTS"] == "--fail-on-skip"
    assert [name for name, job in workflow["jobs"].items() if "PYTEST_ADDOPTS" in str(job)] == []
    assert 'PYTEST_ADDOPTS="--fail-on-skip"' in (ROOT / ".ci" / "run").read_text("utf-8")


def test_all_green_waits_for_every_job() -> None:
    """A job that nothing waits for could fail, and the pull request would be merged."""
    jobs = WORKFLOWS["ours: ci.yml"]["jobs"]

    assert set(jobs["all-green"]["needs"]) == set(jobs) - {"all-green"}


@pytest.mark.parametrize("name", APPLYING)
def test_an_apply_is_alone_and_is_not_cancelled(name: str) -> None:
    """One after the other; a run in the middle of its work is not stopped by the next one."""
    workflow = WORKFLOWS[name]
    [job] = workflow["jobs"].values()
    concurrency = workflow.get("concurrency") or job["concurrency"]

    assert concurrency["cancel-in-progress"] is False
    assert "${{ github" not in concurrency["group"]
    assert job["environment"]


@pytest.mark.parametrize("name", [name for name in WORKFLOWS if "badges-" in name])
def test_inputs_of_the_action_are_known(name: str) -> None:
    """GitHub only warns of an input that does not exist, and the step would do something else."""
    action = yaml.safe_load((ROOT / ".github" / "actions" / "badgeops" / "action.yml").read_text("utf-8"))
    found = [
        step["with"]
        for job in WORKFLOWS[name]["jobs"].values()
        for step in job["steps"]
        if "actions/badgeops@" in step.get("uses", "")
    ]

    assert len(found) == 1
    assert set(found[0]) <= set(action["inputs"])
    assert found[0]["command"] in ("plan", "apply")


def test_ci_md_speaks_of_messages_that_exist() -> None:
    """Each heading of its troubleshooting is a part of a message, letter by letter."""
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    headings = re.findall(r"^#### `(.+)`$", page, re.MULTILINE)
    folders = (ROOT / ".github" / "actions" / "badgeops", Path(badgeops.__file__).parent)
    source = "\n".join(path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.py")))
    source = re.sub(r'"\s*\n\s*f?"', "", source)

    assert len(headings) >= 8
    assert [heading for heading in headings if heading not in source] == []
