"""Commits what an apply wrote (the state, the snapshot) and pushes it to the branch that was applied.

What lies in the catalog's folder is not all the catalog's: other steps leave files in a checkout, some with
credentials. So what was there before the apply, and Git does not know, is left alone, unless it is beside the state.

Git may be told to ignore `*.png`, or the state. What the apply wrote is committed all the same, and that is said: the
next apply needs the state, and nobody else has the images that were kept.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import workflow

_TRIES = 4
BEFORE = "before.json"
"""Where `remember` writes to, in the folder of results."""
TEMPORARY = ("**/.*.json.*.new", "**/*.kept/.*.new")
"""What an apply that was killed has left half written, beside the state and among the images that it keeps."""

_KEPT = re.compile(r"([0-9a-f]{64})\.(?:png|jpg|gif|webp|svg\.txt)")
"""An image that was kept is named for its bytes."""
_OURS = (b'"badgeops-state"', b'"badgeops-snapshot"')
"""How a state and a snapshot begin."""
_MOST_TOLD = 5


def git(*arguments: str, token: str = "", paths: Iterable[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run git; the token goes by way of the environment, where no list of processes shows it.

    `paths` may be more than fit into a command line.
    """
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
    told = "\0".join(paths)
    return subprocess.run(  # noqa: S603
        command, check=False, capture_output=True, text=True, env=variables, errors="surrogateescape", input=told
    )


def others(catalog: str) -> dict[str, list[int]]:
    """Return the files in the catalog's folder that git does not know, each with what tells whether it was changed."""
    return _listed(catalog)


def ignored(catalog: str) -> dict[str, list[int]]:
    """Return the files in the catalog's folder that git is told to ignore, each with what tells if it was changed."""
    return _listed(catalog, "--ignored")


def _listed(catalog: str, *more: str) -> dict[str, list[int]]:
    listed = git("ls-files", "-z", "--others", *more, "--exclude-standard", "--", catalog).stdout.split("\0")
    seen = {name: Path(name).lstat() for name in listed if name and os.path.lexists(name)}
    return {name: [status.st_size, status.st_mtime_ns] for name, status in seen.items()}


def is_ours(name: str) -> bool:
    """Tell a state, a snapshot and an image that was kept from all other files: by what is in them."""
    path = Path(name)
    is_plain = stat.S_ISREG(path.lstat().st_mode) and not path.name.startswith(".")
    if not is_plain or ".badgeops" in path.parts or path.suffix == ".backup":
        return False
    found = _KEPT.fullmatch(path.name)
    if found and path.parent.name.endswith(".kept"):
        return hashlib.sha256(path.read_bytes()).hexdigest() == found[1]
    with path.open("rb") as file:
        head = file.read(100)
    return any(word in head for word in _OURS)


def remember(catalog: str, path: Path) -> None:
    """Write down what is there before an apply."""
    path.write_text(json.dumps(others(catalog) | ignored(catalog)), "utf-8")


def _known(before: Path) -> dict[str, list[int]]:
    known: dict[str, list[int]] = json.loads(before.read_text("utf-8")) if before.is_file() else {}
    return known


def _withheld(catalog: str, before: Path) -> list[str]:
    """Return what the apply wrote, and every image that was kept, if git ignores it."""
    known = _known(before)
    new = [name for name, status in ignored(catalog).items() if known.get(name) != status or ".kept/" in name]
    return sorted(filter(is_ours, new))


def _left_alone(catalog: str, before: Path) -> list[str]:
    """Return what was there before the apply, and is as it was."""
    known = _known(before)
    beside_the_state = os.path.normpath(f"{catalog}/state") + os.sep
    return [
        name
        for name, status in others(catalog).items()
        if known.get(name) == status and not os.path.normpath(name).startswith(beside_the_state)
    ]


def save(catalog: str, branch: str, message: str, token: str, before: Path) -> str:
    """Commit and push; return why that was not possible, or ""."""
    paths = [
        f":(literal){catalog}",
        *(f":(exclude,glob){pattern}" for pattern in TEMPORARY),
        *(f":(exclude,literal){name}" for name in _left_alone(catalog, before)),
    ]
    added = git("add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul", paths=paths)
    if added.returncode == 0 and (withheld := _withheld(catalog, before)):
        paths = [f":(literal){name}" for name in withheld]
        added = git("add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul", paths=paths)
        told = "\n".join(withheld[:_MOST_TOLD] + ["..."] * (len(withheld) > _MOST_TOLD))
        workflow.say("notice", f"Git ignores what the apply wrote. It was committed all the same:\n{told}")
    if added.returncode != 0:
        return added.stderr
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
    before = Path(given["RUNNER_TEMP"]) / "badgeops" / BEFORE
    why = save(given.get("CATALOG") or ".", branch, message, given.get("GITHUB_TOKEN", ""), before)
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
