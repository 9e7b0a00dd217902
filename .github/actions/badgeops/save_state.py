"""Commits what an apply wrote (the state, the snapshot) and pushes it to the branch that was applied."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time

import workflow

_TRIES = 4


def git(*arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
    """Run git; the token goes by way of the environment, where no list of processes shows it."""
    variables = dict(os.environ)
    if token:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        server = variables.get("GITHUB_SERVER_URL", "https://github.com")
        variables |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{server}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
    variables.pop("GITHUB_TOKEN", None)
    command = ["git", "-c", "core.hooksPath=/dev/null", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=variables)  # noqa: S603


def save(catalog: str, branch: str, message: str, token: str) -> str:
    """Commit and push; return why that was not possible, or ""."""
    git("add", "--all", "--", catalog)
    if git("diff", "--cached", "--quiet").returncode == 0:
        return ""
    who = (
        "-c",
        "user.name=github-actions[bot]",
        "-c",
        "user.email=41898282+github-actions[bot]@users.noreply.github.com",
    )
    made = git(*who, "commit", "--quiet", "--message", message)
    if made.returncode != 0:
        return made.stderr
    for attempt in range(1, _TRIES + 1):
        pushed = git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}", token=token)
        if pushed.returncode == 0:
            return ""
        if attempt == _TRIES:
            return pushed.stderr
        time.sleep(0.5 * attempt)
        git("fetch", "--quiet", "origin", branch, token=token)
        if git(*who, "rebase", "--quiet", "FETCH_HEAD").returncode != 0:
            git("rebase", "--abort")
            return "somebody else has changed the same files"
    raise AssertionError  # pragma: no cover


def main() -> int:
    """Save the state of the catalog that was applied."""
    given = os.environ
    branch = given["GITHUB_REF_NAME"]
    message = f"Record what was applied to {given['BADGES_ENVIRONMENT']}"
    why = save(given.get("CATALOG") or ".", branch, message, given.get("GITHUB_TOKEN", ""))
    if not why:
        return 0
    workflow.say(
        "error",
        f"The state of this apply is not committed to {branch}: {why.strip()[:500]}\n"
        "The state is among the files of this run (badgeops-state): commit it by hand before the next apply.",
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
