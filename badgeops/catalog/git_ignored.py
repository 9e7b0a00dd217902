"""Asks git which files in a catalog's folder it ignores: they are nobody's business but this computer's.

Whatever is tracked counts as not ignored, as git has it. A catalog that lies in a folder that git ignores as a whole
is none of git's, and neither is one outside of any repository.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_SECONDS = 30
_ABOUT_REPOSITORY = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
        "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE",
        "GIT_COMMON_DIR",
    }
)  # fmt: skip
"""What a hook of git is told; the catalog may lie in another repository."""
_CAREFUL = ("--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "safe.bareRepository=explicit")
"""A repository somebody sent us may name a program to start, or hide in the folders of another one."""


class GitCannotTellError(Exception):
    """There is a repository, and git does not say what it ignores. The message says why."""


class GitIgnored:
    """What git ignores below one folder; each repository in it is asked once, when it first matters."""

    def __init__(self, root: str) -> None:
        self._root = root
        """Resolved."""
        self._tops: dict[str, str | None] = {}
        self._folders: dict[str, tuple[frozenset[str] | None, str]] = {}
        self._found: dict[str, frozenset[str] | GitCannotTellError] = {}

    def has(self, path: str) -> bool:
        """Tell whether git ignores a file, given by its resolved path; GitCannotTellError where git does not say."""
        folder, _, name = path.rpartition(os.sep)
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._folder(folder)
        ignored, prefix = known
        return ignored is None or prefix + name in ignored

    def _folder(self, folder: str) -> tuple[frozenset[str] | None, str]:
        """Return what is ignored, None for all that is in the folder, and how names in the folder begin there."""
        top = self._top(folder)
        ignored: frozenset[str] = self._ignored(top) if top is not None else frozenset()
        if top is None or not ignored:
            return frozenset(), ""
        prefix = f"{folder[len(top) :].lstrip(os.sep)}/".replace(os.sep, "/").lstrip("/")
        parts = prefix.split("/")
        if any("/".join(parts[:length]) + "/" in ignored for length in range(1, len(parts))):
            return None, prefix
        return ignored, prefix

    def _top(self, folder: str) -> str | None:
        """Return where to ask: the catalog's folder, or that of a repository inside of it."""
        known = self._tops.get(folder, "")
        if known != "":
            return known
        above = os.path.dirname(folder)  # noqa: PTH120
        if folder == self._root:
            found = folder if _is_in_repository(folder) else None
        elif os.path.lexists(f"{folder}{os.sep}.git"):
            found = folder
        else:
            found = self._top(above) if len(folder) > len(self._root) else None
        self._tops[folder] = found
        return found

    def _ignored(self, top: str) -> frozenset[str]:
        found = self._found.get(top)
        if found is None:
            try:
                found = _ask(top)
            except GitCannotTellError as error:
                found = error
            self._found[top] = found
        if isinstance(found, GitCannotTellError):
            raise found
        return found


def _is_in_repository(folder: str) -> bool:
    while not os.path.lexists(os.path.join(folder, ".git")):  # noqa: PTH118
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return False
        folder = above
    return True


def _ask(folder: str) -> frozenset[str]:
    """Return the files that git ignores, and with a slash at the end the folders, relative to `folder`."""
    listed = _git(folder, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    if listed.returncode == 0:
        found = frozenset(os.fsdecode(name) for name in listed.stdout.split(b"\0") if name)
        # A catalog that git ignores as a whole is kept by other means.
        return frozenset() if found & {"./", "badgeops.yaml"} else found
    if _git(folder, "check-ignore", "-q", "badgeops.yaml").returncode == 0:
        return frozenset()
    lines = listed.stderr.decode("utf-8", "replace").strip().split("\n")
    said = next((line for line in lines if line.startswith("fatal: ")), lines[0])
    raise GitCannotTellError(said.removeprefix("fatal: ")[:200] or f"it ended with status {listed.returncode}")


def _git(folder: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    import shutil  # noqa: PLC0415 (with the next one 6 ms, and not every catalog lies in a repository)
    import subprocess  # noqa: PLC0415

    program = shutil.which("git")
    # On Windows, a program beside the catalog would come first.
    if program is None or not os.path.isabs(program) or program.startswith(folder + os.sep):  # noqa: PTH117
        raise GitCannotTellError("git is not installed")
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in _ABOUT_REPOSITORY and not name.startswith("BADGEOPS_")
    }
    try:
        return subprocess.run(  # noqa: S603 (a list, no shell)
            [program, *_CAREFUL, "-C", folder, *words],
            env={**variables, "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1"},
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise GitCannotTellError(f"it did not answer within {_SECONDS} seconds") from error
    except OSError as error:
        raise GitCannotTellError((error.strerror or "it cannot be started").lower()) from error
