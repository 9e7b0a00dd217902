"""The action's steps, run by bash as GitHub would run them: with its variables, its event and its files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.github import REPOSITORY, GitHub, event, serving
from support.images import png
from support.places import ROOT
from support.programme import ISSUER, badge_class

from badgeops import cli
from badgeops.commands.shared.outputs import PLAN_FORMATS
from badgeops.sandbox import PASSWORD, USERNAME, Sandbox, SandboxOptions
from badgeops.scaffold import starter

FOLDER = ROOT / ".github" / "actions" / "badgeops"
ACTION: dict[str, Any] = yaml.safe_load((FOLDER / "action.yml").read_text("utf-8"))
DIGEST = f"sha256:{'a' * 64}"
COMMIT = "c" * 40

pytestmark = [
    pytest.mark.tier("test"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="the steps of the action are for bash"),
]

FAKE = """\
#!{python}
import json, os, pathlib, sys, time
words = sys.argv[1:]
log = pathlib.Path(os.environ["FAKE_LOG"])
secrets = {{name: value for name, value in os.environ.items() if name.startswith("BADGEOPS_")}}
secrets |= {{name: "there" for name in ("GITHUB_TOKEN",) if name in os.environ}}
with log.open("a") as file:
    file.write(json.dumps({{"words": words, "secrets": secrets}}) + "\\n")
for word in words:
    if word.startswith("--output="):
        kind, _, path = word.removeprefix("--output=").partition("=")
        texts = {{"json": '{{"digest": "{digest}"}}', "markdown": os.environ.get("FAKE_FINDINGS", "The plan")}}
        pathlib.Path(path).write_text(texts.get(kind, "The plan"))
    if word.startswith("--out="):
        pathlib.Path(word.removeprefix("--out=")).write_text('{{"format": "badgeops-snapshot"}}')
if words[0] == "plan":
    with open(os.environ["GITHUB_OUTPUT"], "a") as file:
        file.write("has_changes=true\\ncreate=1\\nupdate=2\\ndelete=0\\n")
if words[0] == "apply":
    pathlib.Path(words[-1], "state").mkdir(exist_ok=True)
    pathlib.Path(words[-1], "state", "production.json").write_text('{{"format": "badgeops-state"}}')
    print("Done: ``` 2 created.")
    if "FAKE_SLOW" in os.environ:
        try:
            log.with_suffix(".begun").touch()
            time.sleep(30)
        except KeyboardInterrupt:
            sys.exit(130)
sys.exit(int(os.environ.get("FAKE_" + words[0].upper(), "0")))
"""
"""A badgeops that notes what it was asked, writes what it was told to, and ends as FAKE_PLAN and the like say."""


@dataclass
class Runner:
    """A machine of GitHub's, as far as the action sees it."""

    folder: Path
    variables: dict[str, str]
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    failed: bool = False
    outcomes: dict[str, str] = field(default_factory=dict)

    @property
    def workspace(self) -> Path:
        """The checkout."""
        return self.folder / "workspace"

    def calls(self) -> list[dict[str, Any]]:
        """Return what the fake badgeops was asked."""
        path = self.folder / "fake.log"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def summary(self) -> str:
        """Return what is on the run's page."""
        path = self.folder / "summary"
        return path.read_text("utf-8") if path.exists() else ""

    def run(self, **inputs: str) -> bool:
        """Run all steps that are shell; tell whether they all succeeded."""
        given = {name: str(about.get("default", "")) for name, about in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        given["github-token"] = "a-token"
        for number, step in enumerate(ACTION["runs"]["steps"]):
            name = step.get("id", str(number))
            if "run" not in step or step["name"] == "Install badgeops":
                continue
            if not self._is_due(step.get("if", ""), given):
                self.outcomes[name] = "skipped"
                continue
            status = self._step(name, step, given)
            self.outcomes[name] = "success" if status == 0 else "failure"
            self.failed |= status != 0
        return not self.failed

    def _step(self, name: str, step: dict[str, Any], inputs: dict[str, str]) -> int:
        output = self.folder / f"output-{name}"
        output.touch()
        variables = self.variables | {"GITHUB_OUTPUT": str(output)}
        variables |= {key: self._filled(str(value), inputs) for key, value in step.get("env", {}).items()}
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env=variables,
            cwd=self.workspace,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        self.log += [ended.stdout, ended.stderr]
        self.outputs[name] = outputs(output.read_text("utf-8"))
        return ended.returncode

    def _filled(self, text: str, inputs: dict[str, str]) -> str:
        return re.sub(r"\$\{\{(.*?)\}\}", lambda match: str(self._value(match[1], inputs) or ""), text)

    def _is_due(self, condition: str, inputs: dict[str, str]) -> bool:
        always = "always()" in condition
        rest = condition.replace("always() &&", "")
        return (always or not self.failed) and (not rest or bool(self._value(rest, inputs)))

    def _value(self, expression: str, inputs: dict[str, str]) -> object:
        """Work out an expression of GitHub's, as far as the action uses them."""

        def look_up(match: re.Match[str]) -> str:
            first, *more = match[0].split(".")
            if first == "inputs":
                return repr(inputs[more[0]])
            if more[1] == "outcome":
                return repr(self.outcomes.get(more[0], "skipped"))
            return repr(self.outputs.get(more[0], {}).get(more[2], ""))

        text = re.sub(r"(?:inputs|steps)(?:\.[\w-]+)+", look_up, expression.strip())
        return eval(text.replace("||", " or ").replace("&&", " and "), {"__builtins__": {}})  # noqa: S307 (our own file)


def outputs(text: str) -> dict[str, str]:
    """Read a file of outputs as GitHub does."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, mark, value = re.split(r"(<<|=)", line, maxsplit=1)
        if mark == "=":
            found[name] = value
            continue
        parts = []
        while (part := next(lines)) != value:
            parts.append(part)
        found[name] = "\n".join(parts)
    return found


def git(folder: Path, *words: str) -> str:
    """Run git as somebody."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    ended = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return ended.stdout.strip()


def begin(workspace: Path) -> None:
    """Commit all there is, for pull requests to begin at."""
    git(workspace, "add", "--all")
    git(workspace, "commit", "--quiet", "--allow-empty", "-m", "Begin")
    git(workspace, "tag", "--force", "base")


def merge(workspace: Path) -> str:
    """Commit all there is, check out the merge that GitHub makes of it, and return the commit that was merged."""
    git(workspace, "add", "--all")
    git(workspace, "commit", "--quiet", "--allow-empty", "-m", "Change")
    head = git(workspace, "rev-parse", "HEAD")
    merged = git(workspace, "commit-tree", "HEAD^{tree}", "-p", "base", "-p", head, "-m", "Merge")
    git(workspace, "reset", "--quiet", "--hard", merged)
    return head


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Give a machine with a checkout of a pull request's merge, and the fake badgeops installed."""
    workspace = tmp_path / "workspace"
    (workspace / "badges" / "state").mkdir(parents=True)
    (workspace / "badges" / "badgeops.yaml").write_text("catalog: test\n", "utf-8")
    git(workspace, "init", "--quiet")
    begin(workspace)
    (workspace / "badges" / "new.yaml").write_text("kind: Image\n", "utf-8")
    head = merge(workspace)
    program = tmp_path / "temp" / "badgeops-venv" / "bin" / "badgeops"
    program.parent.mkdir(parents=True)
    program.write_text(FAKE.format(python=sys.executable, digest=DIGEST), "utf-8")
    program.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    variables = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "FAKE_LOG": str(tmp_path / "fake.log"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_ACTION_PATH": str(FOLDER),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event(tmp_path, head=head)),
        "GITHUB_SHA": COMMIT,
        "GITHUB_REF_NAME": "main",
        "GITHUB_RUN_ID": "99",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    return Runner(tmp_path, variables)


LOGIN = {"username": "admin@example.org", "password": "hunter2-hunter2"}


def head_of(runner: Runner) -> str:
    """Return the last commit of the pull request."""
    head: str = json.loads((runner.folder / "event.json").read_text("utf-8"))["pull_request"]["head"]["sha"]
    return head


def plan(runner: Runner, **more: str) -> bool:
    """Run the action in a pull request."""
    given = {"command": "plan", "catalog": "badges", "environment": "production", **LOGIN, **more}
    return runner.run(**given)


def apply(runner: Runner, **more: str) -> bool:
    """Run the action after a merge, in a clone of a repository that can be pushed to."""
    origin = runner.folder / "origin.git"
    if not origin.exists():
        git(runner.folder, "init", "--quiet", "--bare", str(origin))
        git(runner.workspace, "remote", "add", "origin", str(origin))
        git(runner.workspace, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    runner.variables["GITHUB_EVENT_NAME"] = "push"
    given = {"command": "apply", "catalog": "badges", "environment": "production", **LOGIN, **more}
    return runner.run(**given)


# --- plan ----------------------------------------------------------------------------------------------------------


def test_a_plan_becomes_a_comment(runner: Runner) -> None:
    """Checked, planned, written as a comment with its digest; the outputs are those of the plan."""
    with serving(GitHub()) as github:
        runner.variables["GITHUB_API_URL"] = github.url
        assert plan(runner), runner.log

    assert [call["words"][0] for call in runner.calls()] == ["validate", "plan"]
    assert runner.calls()[1]["words"][-2:] == ["--", "badges"]
    assert runner.outputs["badgeops"]["has_changes"] == "true"
    assert runner.outputs["badgeops"]["reviewed"] == DIGEST
    [comment] = github.comments
    assert (
        DIGEST.replace(":", "\\u003a") in comment["body"].splitlines()[0] or DIGEST in comment["body"].splitlines()[0]
    )
    assert "The plan" in comment["body"]


def test_credentials_go_to_badgeops_and_the_token_does_not(runner: Runner) -> None:
    """Each step has the secrets that it needs and no other."""
    plan(runner, comment="false")

    wanted = {"BADGEOPS_USERNAME": LOGIN["username"], "BADGEOPS_PASSWORD": LOGIN["password"]}
    assert [call["secrets"] for call in runner.calls()] == [wanted, wanted]
    assert LOGIN["password"] not in "".join(runner.log)
    steps = {step["name"]: step.get("env", {}) for step in ACTION["runs"]["steps"] if "name" in step}
    assert [name for name, env in steps.items() if "GITHUB_TOKEN" in env and "BADGEOPS_PASSWORD" in env] == []


@pytest.mark.parametrize("has_snapshot", [True, False])
def test_a_fork_gets_no_credentials(runner: Runner, has_snapshot: bool) -> None:
    """It is planned against the recorded snapshot, or only checked, and the check is green."""
    event(runner.folder, repository="mallory/badges")
    if has_snapshot:
        (runner.workspace / "badges" / "state" / "production.snapshot.json").write_text("{}", "utf-8")

    assert plan(runner, comment="false"), runner.log
    assert all(call["secrets"] == {} for call in runner.calls())
    against = [word for call in runner.calls() for word in call["words"] if word.startswith("--snapshot")]
    assert against == (["--snapshot=badges/state/production.snapshot.json"] if has_snapshot else [])
    assert "it comes from a fork" in "".join(runner.log)


@pytest.mark.parametrize("has_snapshot", [True, False])
def test_without_credentials_there_is_the_snapshot(runner: Runner, has_snapshot: bool) -> None:
    """They may be kept where only an apply sees them. With no snapshot either, badgeops says what is missing."""
    if has_snapshot:
        (runner.workspace / "badges" / "state" / "production.snapshot.json").write_text("{}", "utf-8")

    plan(runner, comment="false", username="", password="")
    words = runner.calls()[1]["words"]
    assert any(word.startswith("--snapshot") for word in words) is has_snapshot


def test_the_digest_is_on_the_run_s_page(runner: Runner) -> None:
    """From there it is taken to an apply by hand."""
    runner.variables["GITHUB_EVENT_NAME"] = "workflow_dispatch"

    assert plan(runner), runner.log
    assert f"The digest of this plan: `{DIGEST}`" in runner.summary()


@pytest.mark.parametrize("how", ["changed", "replaced by a link", "in a folder that became a link", "deleted"])
def test_a_pull_request_that_changes_the_settings_gets_no_credentials(runner: Runner, how: str) -> None:
    """`badgeops.yaml` says where they are sent, so one that was not reviewed yet does not see them."""
    settings = runner.workspace / "badges" / "badgeops.yaml"
    if how == "changed":
        settings.write_text("catalog: test\nenvironments: {production: {server: https://mallory.example}}\n", "utf-8")
    elif how == "in a folder that became a link":
        shutil.move(runner.workspace / "badges", runner.workspace / "other")
        (runner.workspace / "badges").symlink_to("other")
    else:
        settings.unlink()
        if how == "replaced by a link":
            settings.with_name("other.yaml").write_text("catalog: test\n", "utf-8")
            settings.symlink_to("other.yaml")
    event(runner.folder, head=merge(runner.workspace))

    plan(runner, comment="false")
    assert all(call["secrets"] == {} for call in runner.calls())
    assert "which says where credentials are sent" in "".join(runner.log)


def linked_folder(root: Path) -> None:
    """Reach the settings through a link that was there before; only what it leads to changes."""
    shutil.move(root / "badges", root / "real")
    (root / "badges").symlink_to("real")
    begin(root)
    (root / "real" / "badgeops.yaml").write_text("catalog: other\n", "utf-8")


def link_above(root: Path) -> None:
    """Let a link above the catalog lead elsewhere."""
    for name in ("a", "b"):
        shutil.copytree(root / "badges", root / name / "badges")
    (root / "b" / "badges" / "badgeops.yaml").write_text("catalog: other\n", "utf-8")
    (root / "current").symlink_to("a")
    begin(root)
    (root / "current").unlink()
    (root / "current").symlink_to("b")


def submodule(root: Path) -> None:
    """Let the commit of a submodule move."""
    shutil.rmtree(root / "badges")
    inner = root / "badges"
    inner.mkdir()
    git(inner, "init", "--quiet")
    (inner / "badgeops.yaml").write_text("catalog: test\n", "utf-8")
    begin(inner)
    begin(root)
    (inner / "badgeops.yaml").write_text("catalog: other\n", "utf-8")
    begin(inner)


def plain_file_in_a_submodule_before(root: Path) -> None:
    """Put a submodule in place of a folder whose settings are the same now, and can move later."""
    begin(root)
    git(root, "rm", "-r", "--quiet", "--cached", "badges")
    git(root / "badges", "init", "--quiet")
    begin(root / "badges")


def authority(root: Path) -> None:
    """Change the certificate authority that the settings name."""
    (root / "badges" / "ca.pem").write_text("ours", "utf-8")
    (root / "badges" / "badgeops.yaml").write_text("environments: {x: {server: y, caFile: ca.pem}}\n", "utf-8")
    begin(root)
    (root / "badges" / "ca.pem").write_text("mallory's", "utf-8")


def authority_above(root: Path) -> None:
    """Change one that lies beside the catalog."""
    (root / "ca.pem").write_text("ours", "utf-8")
    (root / "badges" / "badgeops.yaml").write_text('environments:\n  x:\n    caFile: "../ca.pem" # ours\n', "utf-8")
    begin(root)
    (root / "ca.pem").unlink()
    (root / "ca.pem").symlink_to("badges/new.yaml")


def authority_spelt_oddly(root: Path) -> None:
    """Name one in a spelling that is not understood."""
    (root / "badges" / "badgeops.yaml").write_text("environments:\n  x:\n    caFile: >-\n      ca.pem\n", "utf-8")
    begin(root)


def attributes(root: Path) -> None:
    """Let git write other bytes into the checkout than the commit has."""
    (root / "badges" / "badgeops.yaml").write_text("catalog: test # $Id$\n", "utf-8")
    begin(root)
    (root / ".gitattributes").write_text("badgeops.yaml ident\n", "utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "Attributes")
    (root / "badges" / "badgeops.yaml").unlink()
    git(root, "checkout", "--", "badges/badgeops.yaml")


WAYS = [
    linked_folder,
    submodule,
    plain_file_in_a_submodule_before,
    authority,
    authority_above,
    authority_spelt_oddly,
    attributes,
]


@pytest.mark.parametrize("way", [*WAYS, link_above], ids=lambda way: way.__name__)
def test_no_way_leads_the_credentials_elsewhere(runner: Runner, way: Callable[[Path], None]) -> None:
    """Only a plain file of this repository's own tree, at this path, is the one that git compares."""
    way(runner.workspace)
    event(runner.folder, head=merge(runner.workspace))

    plan(runner, comment="false", catalog="current/badges" if way is link_above else "badges")

    assert runner.calls(), runner.log
    assert all(call["secrets"] == {} for call in runner.calls())
    assert "which says where credentials are sent" in "".join(runner.log)


@pytest.mark.parametrize("catalog", ["badges", "./badges", "badges/", "badges/../badges", "{workspace}/badges", "."])
@pytest.mark.parametrize("ca", [None, "ca.pem", "'../badges/ca.pem'", "/etc/ssl/ca.pem", "{workspace}/badges/ca.pem"])
def test_settings_that_stay_get_their_credentials(runner: Runner, catalog: str, ca: str | None) -> None:
    """However the catalog is named, and whatever else the pull request changes."""
    root = runner.workspace
    place = root if catalog == "." else root / "badges"
    named = ca.format(workspace=root).replace("badges/ca", "ca" if catalog == "." else "badges/ca") if ca else None
    named = "ca.pem" if named and catalog == "." and ".." in named else named
    text = "catalog: test # caFile: none\n" + (f"environments: {{x: {{caFile: {named}}}}}\n" if named else "")
    (place / "badgeops.yaml").write_text(text, "utf-8")
    (place / "ca.pem").write_text("ours", "utf-8")
    begin(root)
    (place / "another.yaml").write_text("kind: Image\n", "utf-8")
    event(runner.folder, head=merge(root))

    plan(runner, comment="false", catalog=catalog.format(workspace=root))

    assert [sorted(call["secrets"]) for call in runner.calls()] == [["BADGEOPS_PASSWORD", "BADGEOPS_USERNAME"]] * 2


def test_the_commit_before_is_that_of_the_branch(runner: Runner) -> None:
    """With the pull request's own last commit checked out, the one before it may have changed the settings."""
    root = runner.workspace
    (root / "badges" / "badgeops.yaml").write_text("catalog: other\n", "utf-8")
    git(root, "commit", "--quiet", "--all", "-m", "Change the settings")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "And nothing else")
    event(runner.folder, head=git(root, "rev-parse", "HEAD"))

    plan(runner, comment="false")

    assert all(call["secrets"] == {} for call in runner.calls())
    assert "not the merge that GitHub makes" in "".join(runner.log)


def test_github_and_gitlab_look_at_the_settings_alike() -> None:
    """What `badgeops init --gitlab` writes has to work alone, so it has a copy."""
    action = (FOLDER / "own_tree.py").read_text("utf-8")
    note = (ROOT / "badgeops/scaffold/templates/gitlab/badgeops_note.py").read_text("utf-8")

    assert action[action.index("_NAMED = ") :].strip() in note


def test_without_the_commit_before_nothing_is_trusted(runner: Runner) -> None:
    """A checkout of depth one cannot show what a pull request changes."""
    shutil.rmtree(runner.workspace / ".git")
    git(runner.workspace, "init", "--quiet")

    plan(runner, comment="false")
    assert all(call["secrets"] == {} for call in runner.calls())


@pytest.mark.parametrize("event", ["push", "schedule", "workflow_dispatch", "repository_dispatch"])
def test_who_may_write_plans_with_credentials(runner: Runner, event: str) -> None:
    """These events are about a branch, or of somebody who may write to one."""
    runner.variables["GITHUB_EVENT_NAME"] = event

    plan(runner, comment="false")

    assert [sorted(call["secrets"]) for call in runner.calls()] == [["BADGEOPS_PASSWORD", "BADGEOPS_USERNAME"]] * 2


@pytest.mark.parametrize("event", ["issue_comment", "workflow_run", "merge_group", "discussion", "PUSH", ""])
def test_an_event_that_does_not_say_whose_commit_it_is_gets_no_credentials(runner: Runner, event: str) -> None:
    """Anybody may write a comment, and what is checked out then may be a fork's."""
    runner.variables["GITHUB_EVENT_NAME"] = event

    assert plan(runner, comment="false"), runner.log

    assert all(call["secrets"] == {} for call in runner.calls())
    assert "does not say whose commit" in "".join(runner.log)


def test_errors_in_the_catalog_are_the_comment(runner: Runner) -> None:
    """Written by badgeops as Markdown; there is no digest, and the step fails after the comment."""
    runner.variables |= {"FAKE_VALIDATE": "1", "FAKE_FINDINGS": "One error\n<!-- badgeops-plan: {} -->"}
    with serving(GitHub()) as github:
        runner.variables["GITHUB_API_URL"] = github.url
        assert not plan(runner)

    [comment] = github.comments
    assert "The catalog has errors; there is no plan.\n\nOne error\n" in comment["body"]
    assert runner.outputs["badgeops"]["reviewed"] == ""
    assert [call["words"][0] for call in runner.calls()] == ["validate"]


def test_a_plan_that_failed_has_no_digest(runner: Runner) -> None:
    """What cannot be applied cannot be approved."""
    runner.variables["FAKE_PLAN"] = "1"

    assert not plan(runner, comment="false")
    assert runner.outputs["badgeops"]["reviewed"] == ""
    assert runner.outputs["badgeops"]["status"] == "1"


@pytest.mark.parametrize(
    "value", ['"; touch hacked; "', "$(touch hacked)", "`touch hacked`", "a\nGITHUB_TOKEN=x", "--env=other", "-h"]
)
def test_no_input_becomes_a_command(runner: Runner, value: str) -> None:
    """Names come from workflows and events; each stays one word, and none is an option."""
    plan(runner, catalog=value, comment="false")

    assert not list(runner.folder.rglob("hacked"))
    assert all(call["words"][-2:] == ["--", value] for call in runner.calls())


def test_no_expression_stands_in_a_script() -> None:
    """`${{ … }}` within `run:` would be text of a shell script before the shell reads it."""
    answers = starter.Answers("Academy", "https://a.example", "a@example.org", "canvas-us")
    written = [text for _, text in starter.github_files(answers)]
    texts = [path.read_text("utf-8") for path in ROOT.glob(".github/**/*.yml")] + written
    assert len(texts) >= 7
    for text in texts:
        for script in scripts(yaml.safe_load(text)):
            assert "${{" not in script


def scripts(node: Any) -> list[str]:
    """Return all `run:` of a workflow or an action."""
    if isinstance(node, dict):
        own = [node["run"]] if isinstance(node.get("run"), str) else []
        return own + [script for value in node.values() for script in scripts(value)]
    return [script for value in node for script in scripts(value)] if isinstance(node, list) else []


def test_files_of_the_checkout_are_not_imported(runner: Runner) -> None:
    """A pull request may add files that are called like modules; none of them runs beside the secrets."""
    trap = f"open({str(runner.folder / 'hacked')!r}, 'w')"
    for name in ("json", "workflow", "plan_marker", "urllib", "sitecustomize", "usercustomize", "pip", "venv"):
        (runner.workspace / f"{name}.py").write_text(trap, "utf-8")

    plan(runner, comment="false")
    assert runner.calls()
    assert not (runner.folder / "hacked").exists()
    for script in scripts(ACTION):
        assert re.search(r"python\"? -m", script) is None, "-m looks into the current folder first; -I forbids that"


def test_an_apply_restores_no_cache() -> None:
    """A cache may have been written by a run of a pull request; what an apply believes does not come from there."""
    caching = [step for step in ACTION["runs"]["steps"] if str(step.get("uses", "")).startswith("actions/cache")]
    saving = [step for step in caching if step["uses"].startswith("actions/cache/save@")]

    assert [step["if"] for step in caching if step not in saving] == ["inputs.command == 'plan'"]
    assert [step["if"] for step in saving] == ["inputs.command == 'apply'"]  # for plans: it read nothing but the branch
    assert [step for step in ACTION["runs"]["steps"] if "cache" in step.get("with", {})] == []


# --- apply ---------------------------------------------------------------------------------------------------------


def test_what_was_reviewed_is_applied_and_recorded(runner: Runner) -> None:
    """The digest is found in the merged pull request; state and snapshot are pushed to the branch."""
    with serving(GitHub()) as github:
        runner.variables["GITHUB_API_URL"] = github.url
        assert plan(runner), runner.log
        github.merged(COMMIT, head=head_of(runner))
        assert apply(runner), runner.log

    applied = runner.calls()[2]
    assert applied["words"] == ["apply", "--env=production", f"--expect-digest={DIGEST}", "--", "badges"]
    assert "GITHUB_TOKEN" not in applied["secrets"]
    origin = runner.folder / "origin.git"
    pushed = git(origin, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert {"badges/state/production.json", "badges/state/production.snapshot.json"} <= set(pushed)
    assert git(origin, "log", "-1", "--format=%s|%an", "main") == (
        "Record what was applied to production|github-actions[bot]"
    )
    assert "````text\nDone: ``` 2 created.\n````" in runner.summary()


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:" + "g" * 64, DIGEST.upper(), f"{DIGEST}\n", "yes"])
def test_without_a_digest_nothing_is_applied(runner: Runner, digest: str) -> None:
    """Neither without one nor with something that is none."""
    with serving(GitHub()) as github:
        runner.variables["GITHUB_API_URL"] = github.url
        github.merged(COMMIT, head=head_of(runner))
        assert not apply(runner, digest=digest)

    assert runner.calls() == []


def test_a_digest_by_hand_asks_nobody(runner: Runner) -> None:
    """Whoever starts the workflow with a digest has reviewed that plan."""
    assert apply(runner, digest=DIGEST), runner.log
    assert f"--expect-digest={DIGEST}" in runner.calls()[0]["words"]


@pytest.mark.parametrize("status", ["1", "130"])
def test_the_state_is_saved_whatever_the_end(runner: Runner, status: str) -> None:
    """What was done before an error or an interruption is on record; the job fails all the same."""
    runner.variables["FAKE_APPLY"] = status

    assert not apply(runner, digest=DIGEST)
    assert "badges/state/production.json" in git(runner.folder / "origin.git", "ls-tree", "-r", "--name-only", "main")


def test_somebody_may_have_pushed_meanwhile(runner: Runner) -> None:
    """The record goes on top of what they did."""
    assert apply(runner, digest=DIGEST)
    other = runner.folder / "other"
    git(runner.folder, "clone", "--quiet", "--branch", "main", str(runner.folder / "origin.git"), str(other))
    (other / "README.md").write_text("Hello\n", "utf-8")
    git(other, "add", ".")
    git(other, "commit", "--quiet", "-m", "Say hello")
    git(other, "push", "--quiet")
    (runner.workspace / "badges" / "state" / "more.json").write_text("{}", "utf-8")

    assert apply(runner, digest=DIGEST), runner.log
    assert git(runner.folder / "origin.git", "log", "--format=%s", "-2", "main").splitlines() == [
        "Record what was applied to production",
        "Say hello",
    ]


@pytest.mark.parametrize("catalog", ["badges", "./badges/", "."])
def test_what_other_steps_left_in_the_folder_is_not_pushed(runner: Runner, catalog: str) -> None:
    """Some log in by writing a file into the checkout: in the folder is not in the catalog."""
    root = runner.workspace
    for name in ("gha-creds-1.json", "badges/key.json", "badges/odd [x]*.json", "badges/state/given.json"):
        (root / name).write_text("secret", "utf-8")
    for number in range(3000):  # more than a command line holds
        (root / "badges" / f"{number}{'x' * 100}.txt").touch()

    assert apply(runner, digest=DIGEST, catalog=catalog), runner.log

    pushed = git(runner.folder / "origin.git", "ls-tree", "-r", "-z", "--name-only", "main").split("\0")
    state = os.path.normpath(f"{catalog}/state")
    assert {f"{state}/production.json", f"{state}/production.snapshot.json"} <= set(pushed)
    assert ("badges/state/given.json" in pushed) == (state == "badges/state")
    assert not {"gha-creds-1.json", "badges/key.json", "badges/odd [x]*.json"} & set(pushed)


@pytest.mark.parametrize("catalog", ["badges", "./badges/", "."])
def test_what_a_killed_apply_left_half_written_is_not_pushed(runner: Runner, catalog: str) -> None:
    """Whether the repository's own .gitignore names it or not; the images that were kept are pushed."""
    state = runner.workspace / catalog / "state"
    kept = state / "production.kept"
    kept.mkdir(parents=True)
    digest = "0" * 64
    left = [
        state / ".production.json.abcd_123.new",
        *(kept / f".{digest}.{end}.abcd_123.new" for end in ("png", "svg.txt")),
    ]
    whole = [kept / f"{digest}.png", kept / f"{digest}.svg.txt"]
    for path in [*left, *whole]:
        path.write_bytes(b"half")

    assert apply(runner, digest=DIGEST, catalog=catalog), runner.log

    pushed = set(git(runner.folder / "origin.git", "ls-tree", "-r", "-z", "--name-only", "main").split("\0"))
    assert {str(path.relative_to(runner.workspace)) for path in whole} <= pushed
    assert not {name for name in pushed if name.endswith(".new")}


@pytest.mark.parametrize("catalog", ["badges", "."])
def test_what_git_ignores_is_pushed_if_the_apply_wrote_it(runner: Runner, catalog: str) -> None:
    """The next apply needs the state, and nobody else has a kept image; other ignored files stay where they are."""
    root = runner.workspace / catalog
    (runner.workspace / ".gitignore").write_text("*.png\n*.json\n*.txt\n", "utf-8")
    kept = root / "state" / "production.kept"
    kept.mkdir(parents=True)
    images = [kept / f"{hashlib.sha256(data).hexdigest()}.png" for data in (b"one", b"two")]
    for path, data in zip(images, (b"one", b"two"), strict=True):
        path.write_bytes(data)
    others = [kept / f"{'0' * 64}.png", root / "mine.png", root / "state/local.json", root / "key.json"]
    for path in others:
        path.write_text('{"format": "badgeops-state"}', "utf-8")

    assert apply(runner, digest=DIGEST, catalog=catalog), runner.log

    pushed = set(git(runner.folder / "origin.git", "ls-tree", "-r", "-z", "--name-only", "main").split("\0"))
    names = {str(path.relative_to(runner.workspace)) for path in images}
    states = {os.path.normpath(f"{catalog}/state/production{end}.json") for end in ("", ".snapshot")}
    assert names | states <= pushed
    assert not {str(path.relative_to(runner.workspace)) for path in others} & pushed
    assert "Git ignores what the apply wrote" in "".join(runner.log)


def test_github_and_gitlab_tell_alike_what_badgeops_wrote() -> None:
    """What `badgeops init --gitlab` writes has to work alone, so it has a copy."""
    action = (FOLDER / "save_state.py").read_text("utf-8")
    note = (ROOT / "badgeops/scaffold/templates/gitlab/badgeops_note.py").read_text("utf-8")

    assert action[action.index("def is_ours") : action.index("def remember")].strip() in note
    assert action[action.index("_KEPT = ") : action.index("_MOST_TOLD")].strip() in note


def test_a_state_that_cannot_be_pushed_is_an_error(runner: Runner) -> None:
    """A protected branch, for example: the message says what to do, and the job fails."""
    apply(runner, digest=DIGEST)
    hook = runner.folder / "origin.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    (runner.workspace / "badges" / "state" / "more.json").write_text("{}", "utf-8")

    assert not apply(runner, digest=DIGEST)
    log = "".join(runner.log)
    assert "is not committed to main" in log
    assert "protected branch" in log
    assert "a-token" not in log


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_cancelled_run_ends_in_good_order(runner: Runner, told: signal.Signals) -> None:
    """GitHub's wish to stop reaches badgeops, which finishes what is under way; its status is handed on."""
    runner.workspace.joinpath("badges").mkdir(exist_ok=True)
    variables = runner.variables | {
        "FAKE_SLOW": "1",
        "BADGEOPS": str(runner.folder / "temp" / "badgeops-venv" / "bin" / "badgeops"),
        "CATALOG": "badges",
        "BADGES_ENVIRONMENT": "production",
        "DIGEST": DIGEST,
    }
    process = subprocess.Popen(
        [sys.executable, str(FOLDER / "run_badgeops.py"), "apply"],
        env=variables,
        cwd=runner.workspace,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    begun = runner.folder / "fake.begun"
    for _ in range(200):
        if begun.exists():
            break
        time.sleep(0.05)
    process.send_signal(told)

    assert process.wait(20) == 130
    assert "interrupted" in runner.summary()


def test_the_result_is_cut_before_github_drops_it(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A summary of more than a megabyte would be lost as a whole."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import workflow

    monkeypatch.setenv("GITHUB_STEP_SUMMARY", runner.variables["GITHUB_STEP_SUMMARY"])
    workflow.put_summary("é" * 1_000_000)

    assert len(runner.summary().encode()) < 1_000_000
    assert runner.summary().endswith("(cut: the log has all of it)\n\n")


# --- with badgeops itself ------------------------------------------------------------------------------------------


@pytest.fixture
def real(runner: Runner) -> Iterator[Runner]:
    """Give a machine on which badgeops itself is installed, with a catalog for a server of its own."""
    program = runner.folder / "temp" / "badgeops-venv" / "bin" / "badgeops"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m badgeops "$@"\n', "utf-8")
    runner.variables["PYTHONPATH"] = str(ROOT)
    folder = runner.workspace / "badges"
    with Sandbox(SandboxOptions(data=runner.folder / "server")) as server:
        settings = f"catalog: test\nenvironments:\n  production: {{server: '{server.url}', dialect: open-source}}\n"
        (folder / "badgeops.yaml").write_text(settings, "utf-8")
        (folder / "new.yaml").unlink()
        (folder / "issuer.yaml").write_text(ISSUER, "utf-8")
        (folder / "images").mkdir()
        (folder / "images" / "badge.png").write_bytes(png())
        begin(runner.workspace)
        (folder / "one.yaml").write_text(badge_class("one"), "utf-8")
        event(runner.folder, head=merge(runner.workspace))
        yield runner


needs_all = pytest.mark.skipif(
    not {"github", "markdown", "html"} <= set(PLAN_FORMATS) or "snapshot" not in cli.COMMANDS,
    reason="this badgeops has not all the formats and commands that the action uses",
)
SANDBOX = {"username": USERNAME, "password": PASSWORD}


@needs_all
def test_from_a_pull_request_to_an_empty_plan(real: Runner) -> None:
    """Plan, review, merge, apply; the next plan is empty, with credentials and against the snapshot."""
    with serving(GitHub()) as github:
        real.variables["GITHUB_API_URL"] = github.url
        assert plan(real, **SANDBOX), real.log
        [comment] = github.comments
        assert "badge_class.one" in comment["body"]
        assert real.outputs["badgeops"]["has_changes"] == "true"
        assert real.outputs["badgeops"]["create"] == "2"
        github.merged(COMMIT, head=head_of(real))
        assert apply(real, **SANDBOX), real.log

        real.variables["GITHUB_EVENT_NAME"] = "pull_request"
        begin(real.workspace)
        event(real.folder, head=merge(real.workspace))
        assert plan(real, **SANDBOX), real.log
        assert real.outputs["badgeops"]["has_changes"] == "false"
        event(real.folder, repository="mallory/badges")
        github.is_read_only = True
        assert plan(real, username="", password=""), real.log
        assert real.outputs["badgeops"]["has_changes"] == "false"
    assert len(github.comments) == 1


@needs_all
def test_what_was_not_reviewed_is_not_applied(real: Runner) -> None:
    """The branch has moved on since the review: another plan comes out, and nothing is applied."""
    with serving(GitHub()) as github:
        real.variables["GITHUB_API_URL"] = github.url
        assert plan(real, **SANDBOX), real.log
        github.merged(COMMIT, head=head_of(real))
        (real.workspace / "badges" / "two.yaml").write_text(badge_class("two"), "utf-8")
        git(real.workspace, "add", "--all")
        git(real.workspace, "commit", "--quiet", "-m", "Somebody else's merge")
        assert not apply(real, **SANDBOX)

    assert not (real.workspace / "badges" / "state" / "production.json").exists()
