"""Who holds a lock: what a run that has to wait is told."""

from __future__ import annotations

import getpass
import os
import platform
import uuid
from datetime import UTC, datetime
from pathlib import Path

from badgeops.state.backends.interface import LockInfo


def lock_info(operation: str) -> LockInfo:
    """Return what a lock that is taken now says of this run."""
    return LockInfo(
        id=uuid.uuid4().hex[:12],
        operation=operation,
        who=f"{_user()}@{platform.node() or 'this computer'}, process {os.getpid()}",
        created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        where=_ci_run() or str(Path.cwd()),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without a passwd entry
        return "somebody"


def _ci_run() -> str:
    """Return the address of the CI run we are in, as GitHub and GitLab tell it."""
    variables = os.environ
    if "GITHUB_RUN_ID" in variables:
        return (
            f"{variables.get('GITHUB_SERVER_URL', '')}/{variables.get('GITHUB_REPOSITORY', '')}"
            f"/actions/runs/{variables['GITHUB_RUN_ID']}"
        )
    return variables.get("CI_JOB_URL", "")
