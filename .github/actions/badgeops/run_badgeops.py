"""Checks and plans, or applies, with the badgeops of the action; says on the run's page what came of it.

Credentials go to badgeops only where the commit may be trusted with them: not for a fork, and not for a pull request
that changes badgeops.yaml, or a file that it names, because they say where credentials are sent. Such a pull request is
planned against the snapshot that the last apply recorded.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import own_tree
import plan_marker
import save_state
import workflow

_SECRETS = ("BADGEOPS_USERNAME", "BADGEOPS_PASSWORD", "BADGEOPS_TOKEN", "BADGEOPS_REFRESH_TOKEN")
_OF_BRANCHES = frozenset({"push", "schedule", "workflow_dispatch", "repository_dispatch"})
"""Events of somebody who may write. Others can be about a pull request, also of a fork, and do not say so: a comment
(`issue_comment`), another workflow's end (`workflow_run`), a merge queue."""


_TOLD_TO_END = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""How a job is told to end: by Ctrl-C, by a job that is cancelled, by a terminal that is closed."""


@dataclass(frozen=True)
class Job:
    """What the step was asked for."""

    badgeops: str
    catalog: str
    environment: str
    snapshot: str
    folder: Path
    """Where results are left for the next steps, outside of the checkout."""
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_environment(cls) -> Job:
        """Read the inputs; empty credentials are no credentials."""
        given = dict(os.environ)
        for name in _SECRETS:
            if not given.get(name):
                given.pop(name, None)
        for name in ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
            given.pop(name, None)
        folder = Path(given["RUNNER_TEMP"]) / "badgeops"
        folder.mkdir(parents=True, exist_ok=True)
        catalog, environment = given.get("CATALOG") or ".", given["BADGES_ENVIRONMENT"]
        snapshot = given.get("SNAPSHOT") or f"{catalog}/state/{environment}.snapshot.json"
        return cls(given["BADGEOPS"], catalog, environment, snapshot, folder, given)

    def command(self, name: str, *more: str) -> list[str]:
        """Return a badgeops command; whatever a catalog is called, it is no option."""
        return [self.badgeops, name, f"--env={self.environment}", *more, "--", self.catalog]

    def file(self, name: str) -> str:
        """Return the path of a result."""
        return str(self.folder / name)


def run(command: list[str], variables: dict[str, str], copy: Path | None = None) -> int:
    """Run a command to its end, and hand on the wish to stop: an apply then finishes what is under way."""
    with subprocess.Popen(  # noqa: S603 (a list, no shell)
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:

        def hand_on(number: int, _frame: object) -> None:
            with suppress(ProcessLookupError):
                process.send_signal(number)

        before = {number: signal.signal(number, hand_on) for number in _TOLD_TO_END}
        lines = []
        try:
            assert process.stdout is not None  # noqa: S101 (see above)
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                lines.append(line)
            status = process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    if copy is not None:
        copy.write_text("".join(lines), "utf-8")
    return status if status >= 0 else 130


def may_have_credentials(job: Job) -> tuple[bool, str]:
    """Tell whether this commit may have credentials; if not, why."""
    request = workflow.pull_request()
    if request is None:
        event = os.environ.get("GITHUB_EVENT_NAME", "")
        return event in _OF_BRANCHES, f'the event "{event}" does not say whose commit is checked out'
    if request.is_from_fork:
        return False, "it comes from a fork"
    if not any(name in job.variables for name in _SECRETS) and Path(job.snapshot).is_file():
        return False, "there are none"
    if not _is_merge_of(request.head):
        return False, "the checkout is not the merge that GitHub makes of it, so what it changes cannot be seen"
    changed = own_tree.why_not_as_before(job.catalog, "HEAD^1")
    if not changed:
        return True, ""
    return False, f"it changes {changed}, which says where credentials are sent"


def _is_merge_of(head: str) -> bool:
    """Tell whether the commit before is the branch, and not just an earlier one of the pull request."""
    found = subprocess.run(
        ["git", "rev-parse", "--quiet", "--verify", "HEAD^2"],  # noqa: S607
        check=False,
        capture_output=True,
        text=True,
    )
    return found.returncode == 0 and found.stdout.strip() == head


def plan(job: Job) -> int:
    """Check and plan. The text for the comment is left in a file, whatever comes of it."""
    trusted, why = may_have_credentials(job)
    variables = dict(job.variables)
    head = f"### Badges: {job.environment}\n\n"
    if not trusted:
        for name in list(variables):
            if name.startswith("BADGEOPS_"):
                del variables[name]
    findings, text, saved = job.folder / "findings.md", job.folder / "plan.md", job.folder / "plan.json"
    for old in (findings, text, saved):
        old.unlink(missing_ok=True)
    status = run(job.command("validate", "--format=github", f"--output=markdown={findings}"), variables)
    if status != 0:
        return _finish(job, status, f"{head}The catalog has errors; there is no plan.\n\n{_written(findings)}")
    options = []
    if not trusted:
        if not Path(job.snapshot).is_file():
            note = (
                f"The catalog is in order. There is no plan: this pull request gets no credentials, because {why}, "
                f"and there is no snapshot ({job.snapshot}) to plan against."
            )
            workflow.say("notice", note)
            workflow.put_summary(head + note)
            return _finish(job, 0, head + note + "\n")
        options.append(f"--snapshot={job.snapshot}")
        workflow.say("notice", f"Planned against {job.snapshot}, without credentials: {why}.")
    outputs = [f"--output=markdown={text}", f"--output=json={saved}", f"--output=html={job.file('plan.html')}"]
    options.append(f"--image-base={workflow.files_address()}")
    status = run(job.command("plan", "--format=github", *outputs, *options), variables)
    words = text.read_text("utf-8") if text.is_file() else f"{head}There is no plan. {_written(text)}"
    if not trusted:
        words += f"\nPlanned against a recorded snapshot instead of the server, because {why}.\n"
    return _finish(job, status, words, _digest(saved) if status == 0 else "")


def _written(path: Path) -> str:
    """Return what badgeops wrote, which nothing in a catalog can break out of; it is on the run's page, too."""
    return path.read_text("utf-8") if path.is_file() else f"[The run]({workflow.run_address()}) says why.\n"


def _digest(path: Path) -> str:
    try:
        saved = json.loads(path.read_text("utf-8"))
        digest = saved["digest"] if saved.get("applicable", True) else ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    return digest if isinstance(digest, str) and plan_marker.is_digest(digest) else ""


def _finish(job: Job, status: int, words: str, digest: str = "") -> int:
    if digest:
        words += f"\n<sub>`{digest}`</sub>\n"
        workflow.put_summary(f"The digest of this plan: `{digest}`")
    comment = job.folder / "comment.md"
    comment.write_text(words, "utf-8")
    workflow.put_output("comment", str(comment))
    workflow.put_output("reviewed", digest)
    workflow.put_output("status", str(status))
    return 0  # the step that shows the comment comes first, then the one that fails


def apply(job: Job) -> int:
    """Apply what was reviewed, and record what the server shows then."""
    digest = job.variables.get("DIGEST", "")
    if not plan_marker.is_digest(digest):
        workflow.say("error", "There is no digest of a reviewed plan, so nothing was applied.")
        return 1
    save_state.remember(job.catalog, job.folder / save_state.BEFORE)
    log = job.folder / "apply.txt"
    status = run(job.command("apply", f"--expect-digest={digest}"), job.variables, log)
    ended = {0: "applied", 130: "interrupted"}.get(status, "not everything was applied")
    workflow.put_summary(f"### Badges: {job.environment} ({ended})\n\n{workflow.fenced(log.read_text('utf-8'))}")
    if status in (0, 1):
        Path(job.snapshot).parent.mkdir(parents=True, exist_ok=True)
        if run(job.command("snapshot", f"--out={job.snapshot}"), job.variables) != 0:
            workflow.say(
                "warning", "There is no new snapshot; pull requests from forks are planned against the old one."
            )
    return status


def main() -> int:
    """Do what the first argument says."""
    what = {"plan": plan, "apply": apply}.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if what is None:
        workflow.say("error", 'The input "command" is neither plan nor apply.')
        return 1
    return what(Job.of_environment())


if __name__ == "__main__":
    sys.exit(main())
