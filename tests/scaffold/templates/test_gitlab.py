"""What `badgeops init --gitlab` writes: the jobs, run by bash, and the note on a merge request."""

from __future__ import annotations

import hashlib
import http.server
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from badgeops.scaffold import starter

ANSWERS = starter.Answers("Academy", "https://a.example", "a@example.org", "canvas-us", "badges")
FILES = dict(starter.gitlab_files(ANSWERS))
PIPELINE: dict[str, Any] = yaml.safe_load(FILES[".gitlab/badgeops.gitlab-ci.yml"])
SCRIPT = starter.TEMPLATES / "gitlab" / "badgeops_note.py"

_spec = importlib.util.spec_from_file_location("badgeops_note", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
badgeops_note = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(badgeops_note)


# --- the note ------------------------------------------------------------------------------------------------------


@dataclass
class GitLab:
    """A stand-in for the notes API."""

    notes: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    status: int = 200
    url: str = ""

    def add(self, body: str, author: int = 1) -> None:
        """Add a note."""
        self.notes.append({"id": len(self.notes) + 1, "body": body, "author": {"id": author}})


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLab]:
    """Run the stand-in on a free port, and set what a job of a merge request knows."""
    state = GitLab()

    class Handler(http.server.BaseHTTPRequestHandler):
        def _handle(self) -> None:
            state.tokens.add(self.headers["PRIVATE-TOKEN"])
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            result: Any = {"id": 1}
            path, _, query = self.path.partition("?")
            if self.command == "GET" and path.endswith("/notes"):
                page = int(query.rpartition("=")[2])
                result = state.notes[(page - 1) * 100 : page * 100]
            elif self.command == "POST":
                state.add(body["body"])
            elif self.command == "PUT":
                state.notes[int(path.rpartition("/")[2]) - 1]["body"] = body["body"]
            data = json.dumps(result).encode()
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _handle  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    variables = {
        "CI_API_V4_URL": state.url,
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "CATALOG": "badges",
        "BADGES_ENVIRONMENT": "production",
        "BADGES_NOTE_TOKEN": "a-token",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def test_one_note_is_kept_up_to_date(gitlab: GitLab, tmp_path: Path) -> None:
    """Behind a hundred others it is found again; what others wrote, a copy of it too, stays."""
    gitlab.add(f"{badgeops_note.marker()}\nforged", author=2)
    for number in range(150):
        gitlab.add(f"remark {number}", author=2)
    text = tmp_path / "plan.md"
    for words in ("first", "second"):
        text.write_text(words, "utf-8")
        assert badgeops_note.main(["note", str(text)]) == 0

    assert len(gitlab.notes) == 152
    assert gitlab.notes[0]["body"].endswith("forged")
    assert gitlab.notes[-1]["body"] == f"{badgeops_note.marker()}\nsecond"
    assert gitlab.tokens == {"a-token"}


def test_a_note_that_is_too_long_is_linked(gitlab: GitLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitLab takes a million characters."""
    monkeypatch.setenv("CI_JOB_URL", "https://gitlab.example/job/1")
    badgeops_note.note("x" * 1_000_000)

    assert "https://gitlab.example/job/1" in gitlab.notes[0]["body"]


def test_a_refusal_is_one_message(gitlab: GitLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the status, and without the token."""
    gitlab.status = 403
    (tmp_path / "plan.md").write_text("The plan", "utf-8")

    assert badgeops_note.main(["note", str(tmp_path / "plan.md")]) == 1
    err = capsys.readouterr().err
    assert "GET /user: HTTP 403" in err
    assert "a-token" not in err


@pytest.mark.parametrize("url", ["http://gitlab.example/api/v4", "http://127.0.0.1:9"])
def test_no_answer_and_no_encryption(
    gitlab: GitLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both end in a message, and the first before the token is sent."""
    monkeypatch.setenv("CI_API_V4_URL", url)
    (tmp_path / "plan.md").write_text("The plan", "utf-8")

    assert badgeops_note.main(["note", str(tmp_path / "plan.md")]) == 1
    assert "could not be written as a note" in capsys.readouterr().err
    assert gitlab.tokens == set()


def test_without_a_token_the_plan_is_an_artifact(
    gitlab: GitLab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fork has none, and its pipeline is green."""
    monkeypatch.delenv("BADGES_NOTE_TOKEN")

    assert badgeops_note.main(["note", "plan.md"]) == 0
    assert "among the artifacts" in capsys.readouterr().out
    assert gitlab.tokens == set()


def test_counts_for_the_widget(tmp_path: Path) -> None:
    """What GitLab shows of a plan in a merge request."""
    plan = {"summary": {"create": 1, "update": 2, "delete": 3, "archive": 4, "no-op": 5}}
    (tmp_path / "plan.json").write_text(json.dumps(plan), "utf-8")

    assert badgeops_note.main(["counts", str(tmp_path / "plan.json"), str(tmp_path / "counts.json")]) == 0
    assert json.loads((tmp_path / "counts.json").read_text("utf-8")) == {"create": 1, "update": 2, "delete": 7}


def git(folder: Path, *words: str) -> str:
    """Run git as somebody."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a checkout of a project, its origin, and what a job knows of both."""
    folder = tmp_path / "checkout"
    (folder / "badges" / "state").mkdir(parents=True)
    (folder / "badges" / "badgeops.yaml").write_text("catalog: test\n", "utf-8")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Begin")
    git(tmp_path, "clone", "--quiet", "--bare", str(folder), str(tmp_path / "project.git"))
    git(tmp_path / "project.git", "config", "receive.advertisePushOptions", "true")  # as GitLab does
    variables = {
        "CI_SERVER_URL": "https://gitlab.example",
        "CI_PROJECT_URL": str(tmp_path / "project"),
        "CI_COMMIT_BRANCH": "main",
        "CATALOG": "badges",
        "BADGES_ENVIRONMENT": "production",
        "BADGES_PUSH_TOKEN": "push-token",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(folder, "rev-parse", "HEAD"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return folder


def test_the_state_is_pushed(checkout: Path) -> None:
    """On top of what others pushed meanwhile; with nothing to save nothing is pushed."""
    assert badgeops_note.main(["save"]) == 0
    project = checkout.parent / "project.git"
    assert git(project, "log", "-1", "--format=%s", "main") == "Begin"
    (checkout / "badges" / "state" / "production.json").write_text("{}", "utf-8")

    assert badgeops_note.main(["save"]) == 0
    assert git(project, "log", "-1", "--format=%s", "main") == "Record what was applied to production"


def test_a_state_that_cannot_be_pushed_is_an_error(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message says where it is, and shows no token."""
    (checkout / "badges" / "state" / "production.json").write_text("{}", "utf-8")
    shutil.rmtree(checkout.parent / "project.git")

    assert badgeops_note.main(["save"]) == 1
    err = capsys.readouterr().err
    assert "is not committed" in err
    assert "push-token" not in err


# --- the jobs ------------------------------------------------------------------------------------------------------

FAKE = """\
#!{python}
import json, os, pathlib, sys
words = sys.argv[1:]
with open(os.environ["FAKE_LOG"], "a") as file:
    secrets = sorted(name for name in os.environ if name.startswith("BADGEOPS_"))
    file.write(json.dumps({{"words": words, "secrets": secrets}}) + "\\n")
for word, path in zip(words, words[1:]):
    if word == "--output":
        kind, _, path = path.partition("=")
        pathlib.Path(path).write_text('{{"summary": {{}}}}' if kind == "json" else "The plan")
    if word in ("--out", "--save-plan"):
        pathlib.Path(path).write_text("{{}}")
sys.exit(int(os.environ.get("FAKE_" + words[0].upper(), "0")))
"""


def job(checkout: Path, name: str, **variables: str) -> tuple[int, str, list[dict[str, Any]]]:
    """Run the script of a job as GitLab does, in one shell; return status, output and the calls of badgeops."""
    tools = checkout.parent / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "badgeops").write_text(FAKE.format(python=sys.executable), "utf-8")
    (tools / "badgeops").chmod(0o755)
    if not (tools / "python").exists():
        (tools / "python").symlink_to(sys.executable)
    (checkout / "plan").mkdir(exist_ok=True)
    script = "\n".join(PIPELINE[name]["script"]).replace("/tmp/badgeops/bin", str(tools))  # noqa: S108
    script = script.replace("/tmp/cache", str(checkout.parent / "cache"))  # noqa: S108
    log = checkout.parent / "calls.log"
    log.unlink(missing_ok=True)
    ended = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        env={**os.environ, **variables, "FAKE_LOG": str(log)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    calls = [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
    return ended.returncode, ended.stdout + ended.stderr, calls


LOGIN = {"BADGEOPS_USERNAME": "admin@example.org", "BADGEOPS_PASSWORD": "hunter2-hunter2"}


def test_a_merge_request_is_planned(checkout: Path) -> None:
    """Checked, planned with the account's credentials, with all that GitLab shows."""
    status, log, calls = job(checkout, "badges-plan", **LOGIN)

    assert status == 0, log
    assert [call["words"][0] for call in calls] == ["validate", "plan"]
    assert calls[1]["secrets"] == sorted(LOGIN)
    assert not any("--snapshot" in word for call in calls for word in call["words"])
    reports = PIPELINE["badges-plan"]["artifacts"]["reports"]
    assert all((checkout / path).is_file() for path in reports.values())


@pytest.mark.parametrize("why", ["no credentials", "other settings"])
@pytest.mark.parametrize("has_snapshot", [True, False])
def test_without_trust_there_are_no_credentials(checkout: Path, why: str, has_snapshot: bool) -> None:
    """A fork has none; a change of badgeops.yaml must not send them elsewhere. Both are planned against a snapshot."""
    if has_snapshot:
        (checkout / "badges" / "state" / "production.snapshot.json").write_text("{}", "utf-8")
    login = LOGIN
    if why == "no credentials":
        login = {}
    else:
        (checkout / "badges" / "badgeops.yaml").write_text("catalog: other\n", "utf-8")
        git(checkout, "commit", "--quiet", "--all", "-m", "Change the settings")

    status, log, calls = job(checkout, "badges-plan", **login)
    assert status == 0, log
    assert all(call["secrets"] == [] for call in calls)
    names = [call["words"][0] for call in calls]
    assert names == (["validate", "plan"] if has_snapshot else ["validate"])
    if has_snapshot:
        assert "--snapshot=badges/state/production.snapshot.json" in calls[1]["words"]


def linked(folder: Path) -> None:
    """Reach the settings through a folder that is a link."""
    (folder / "badges").rename(folder / "real")
    (folder / "badges").symlink_to("real")


def submodule(folder: Path) -> None:
    """Reach the settings through a submodule."""
    git(folder / "badges", "init", "--quiet")
    git(folder / "badges", "add", "--all")
    git(folder / "badges", "commit", "--quiet", "-m", "Begin")
    git(folder, "rm", "-r", "--quiet", "--cached", "badges")


def authority(folder: Path) -> None:
    """Change the certificate authority that the settings name."""
    (folder / "badges" / "ca.pem").write_text("mallory's", "utf-8")


@pytest.mark.parametrize("way", [linked, submodule, authority], ids=lambda way: way.__name__)
def test_no_way_leads_the_credentials_elsewhere(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, way: Callable[[Path], None]
) -> None:
    """Only plain files of the project's own tree count as unchanged; and no variable with credentials is left."""
    settings = "catalog: test\nenvironments: {production: {server: 'https://badges.example', caFile: ca.pem}}\n"
    (checkout / "badges" / "badgeops.yaml").write_text(settings, "utf-8")
    (checkout / "badges" / "ca.pem").write_text("ours", "utf-8")
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "-m", "Name an authority")
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", git(checkout, "rev-parse", "HEAD"))
    more = {"BADGEOPS_PRODUCTION_TOKEN": "t", "BADGEOPS_REFRESH_TOKEN": "r"}
    _, log, calls = job(checkout, "badges-plan", **LOGIN, **more)
    assert all("BADGEOPS_PASSWORD" in call["secrets"] for call in calls), log
    way(checkout)
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "-m", "Change the way")
    if way is linked:  # before the merge request already: what it leads to is not looked at by git
        monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", git(checkout, "rev-parse", "HEAD"))

    status, log, calls = job(checkout, "badges-plan", **LOGIN, **more)

    assert status == 0, log
    assert calls
    assert all(call["secrets"] == [] for call in calls), log
    assert "says where they are sent" in log


@pytest.mark.parametrize(("apply", "expected"), [("0", 0), ("1", 1), ("130", 130)])
def test_what_was_looked_at_is_applied_and_recorded(checkout: Path, apply: str, expected: int) -> None:
    """The saved plan, and the state is pushed whatever the end."""
    (checkout / "badges" / "state" / "production.json").write_text("{}", "utf-8")
    status, log, calls = job(checkout, "badges-apply", FAKE_APPLY=apply, **LOGIN)

    assert status == expected, log
    assert calls[0]["words"] == ["apply", "--env", "production", "--plan", "plan/saved.json", "--", "badges"]
    pushed = git(checkout.parent / "project.git", "ls-tree", "-r", "--name-only", "main").splitlines()
    assert {"badges/state/production.json", "badges/state/production.snapshot.json"} <= set(pushed)


def test_what_git_ignores_is_pushed_if_badgeops_wrote_it(checkout: Path) -> None:
    """The next apply needs the state, wherever it is, and nobody else has a kept image; the rest stays."""
    (checkout / ".gitignore").write_text("*.png\n*.json\n", "utf-8")
    names = {
        f"badges/state/production.kept/{hashlib.sha256(b'one').hexdigest()}.png": "one",
        "badges/elsewhere/own.json": '{\n "format": "badgeops-state"}',
        "badges/state/production.json": '{"format": "badgeops-state"}',
    }
    others = {
        f"badges/state/production.kept/{'0' * 64}.png": "one",
        "badges/mine.png": "one",
        "badges/key.json": "secret",
        "badges/state/production.json.backup": '{"format": "badgeops-state"}',
        "badges/.badgeops/sandbox.state.json": '{"format": "badgeops-state"}',
    }
    for name, text in {**names, **others}.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text, "utf-8")
    (checkout / "badges/.gitignore").write_text("*.backup\n.badgeops/\n", "utf-8")
    git(checkout, "add", "badges/.gitignore", ".gitignore")

    status, log, _ = job(checkout, "badges-apply", **LOGIN)

    assert status == 0, log
    pushed = set(git(checkout.parent / "project.git", "ls-tree", "-r", "--name-only", "main").splitlines())
    assert set(names) <= pushed
    assert not set(others) & pushed


@pytest.mark.parametrize("is_committed", [False, True])
def test_no_commit_brings_a_cache_of_its_own(checkout: Path, *, is_committed: bool) -> None:
    """What a merge request commits in place of the cache is not read: with it, a plan could show what nobody wrote.

    Nor does any program of a job read a cache in the checkout, pip among them.
    """
    forged = checkout / ".badgeops-cache" / "documents-1.cache"
    forged.parent.mkdir()
    forged.write_text("forged", "utf-8")
    if is_committed:
        git(checkout, "add", "--all")
        git(checkout, "commit", "--quiet", "-m", "Bring a cache")

    status, out, _ = job(
        checkout, "badges-plan", **LOGIN, CI_MERGE_REQUEST_DIFF_BASE_SHA=git(checkout, "rev-parse", "HEAD")
    )

    assert status == 0, out
    assert (checkout.parent / "cache" / "badgeops" / forged.name).exists() is not is_committed
    assert PIPELINE[".badges"]["variables"]["XDG_CACHE_HOME"] == "/tmp/cache"  # noqa: S108
    assert [name for name, each in PIPELINE.items() if "cache" in each] == ["badges-plan"]


def test_only_one_applies_and_only_by_hand() -> None:
    """Runs wait for each other, on the default branch, and somebody who has seen the plan starts them."""
    job_ = PIPELINE["badges-apply"]

    assert job_["resource_group"]
    assert job_["environment"] == "production"
    assert [rule["when"] for rule in job_["rules"]] == ["manual"]
    assert all("$CI_DEFAULT_BRANCH" in rule["if"] for rule in job_["rules"])
    assert job_["needs"] == ["badges-plan-after-merge"]
    assert "cache" not in job_


def test_the_pipeline_is_included() -> None:
    """The small file names the large one."""
    assert yaml.safe_load(FILES[".gitlab-ci.yml"]) == {"include": [{"local": ".gitlab/badgeops.gitlab-ci.yml"}]}
