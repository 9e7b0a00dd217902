"""What GitHub tells a step, and what a step tells GitHub: the event, outputs, the summary, messages."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_SUMMARY = 900_000
"""Bytes; GitHub takes 1 MiB a step, and drops all of it beyond."""


@dataclass(frozen=True)
class PullRequest:
    """The pull request that a run is about."""

    number: int
    head: str
    is_from_fork: bool


def pull_request() -> PullRequest | None:
    """Return the pull request of the event, None where the run is about something else."""
    path = os.environ.get("GITHUB_EVENT_PATH", "")
    if not os.environ.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return None
    event: Any = json.loads(Path(path).read_text("utf-8"))
    found = event["pull_request"]
    # A fork that was deleted has no repository any more.
    head = (found["head"].get("repo") or {}).get("full_name", "")
    return PullRequest(int(found["number"]), str(found["head"]["sha"]), head != os.environ["GITHUB_REPOSITORY"])


def run_address() -> str:
    """Return where the log of this run can be read."""
    given = os.environ
    server = given.get("GITHUB_SERVER_URL", "https://github.com")
    return f"{server}/{given.get('GITHUB_REPOSITORY', '')}/actions/runs/{given.get('GITHUB_RUN_ID', '')}"


def files_address() -> str:
    """Return where the files of the commit can be seen, for images in a comment."""
    given, request = os.environ, pull_request()
    commit = request.head if request is not None else given.get("GITHUB_SHA", "")
    server = given.get("GITHUB_SERVER_URL", "https://github.com")
    return f"{server}/{given.get('GITHUB_REPOSITORY', '')}/raw/{commit}"


def put_output(name: str, value: str) -> None:
    """Set an output of the step. What it holds cannot become another output."""
    path = os.environ.get("GITHUB_OUTPUT")
    if path:
        end = f"end_{secrets.token_hex(8)}"
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 (appends)
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def put_summary(text: str) -> None:
    """Add Markdown to the page of the run."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        data = text.encode()
        if len(data) > MOST_SUMMARY:
            data = data[:MOST_SUMMARY].decode("utf-8", "ignore").encode() + b"\n\n(cut: the log has all of it)\n"
        with open(path, "ab") as file:  # noqa: PTH123 (appends)
            file.write(data + b"\n")


def say(kind: str, message: str) -> None:
    """Show a message above the log: an error, a warning or a notice."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::{kind} title=badgeops::{escaped}\n")
    sys.stdout.flush()


def fenced(text: str) -> str:
    """Return text as a block of Markdown that nothing in it can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.rstrip()}\n{fence}\n"
