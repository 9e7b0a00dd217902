"""Tells whether the settings, and the files that they name, are those of a commit that was trusted before.

What badgeops will read is a path of the file system, and what git compares is a path of a tree. They are the same file
only if every part of the path is a folder or a file of this repository itself: no link, no submodule, no repository in
it. So each part is looked at, and then the bytes.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path

_NAMED = re.compile(
    r"""["']?caFile["']?[ ]*:[ ]+"""
    r"""(?:"([^"\\\n]+)"|'([^'\n]+)'|([^\s"'&*!|>%@`{}\[\],#][^\s{}\[\],#]*))[ ]*(?=[,}\n]|$)"""
)


def why_not_as_before(catalog: str, base: str) -> str:
    """Return which file of the settings is not the one of the commit `base`; "" if all are."""
    settings = f"{catalog}/badgeops.yaml"
    data = _as_before(settings, base)
    if data is None:
        return settings
    # Whoever wrote them was trusted. What cannot be read here for certain is not taken for unchanged.
    text = re.sub(r"(?m)(^|\s)#.*$", "", data.decode("utf-8", "replace").replace("\r\n", "\n"))
    named = [next(filter(None, found)) for found in _NAMED.findall(text)]
    if len(named) != text.count("caFile"):
        return f"a file that {settings} names"
    for name in named:
        path = name if Path(name).is_absolute() else f"{catalog}/{name}"
        if not _is_elsewhere(path) and _as_before(path, base) is None:
            return path
    return ""


def _is_elsewhere(path: str) -> bool:
    """Tell whether an absolute path leads out of the repository, where no commit reaches."""
    top = _top()
    if top is None or not Path(path).is_absolute():
        return False
    ways = (Path(os.path.normpath(path)), Path(path).resolve())
    return not any(way.is_relative_to(folder) for way in ways for folder in (top, Path.cwd()))


def _as_before(path: str, base: str) -> bytes | None:
    """Return the bytes of a file if it is the very one of both commits, and nothing but a file of this tree."""
    top = _top()
    inside = _plain(path, top) if top is not None else None
    if inside is None:
        return None
    blobs = [_blob(commit, inside) for commit in (base, "HEAD")]
    if blobs[0] is None or blobs[0] != blobs[1]:
        return None
    data, known = Path(path).read_bytes(), _git("cat-file", "blob", blobs[0])
    # Attributes can let git write other bytes than it keeps; line ends mean nothing.
    return data if known is not None and _unix(data) == _unix(known) else None


def _plain(path: str, top: Path) -> str | None:
    """Return a path within the repository if there are only folders, and then a file, on the whole way."""
    found = Path("/") if Path(path).is_absolute() else Path.cwd().resolve()
    parts = [part for part in path.split("/") if part not in ("", ".")]
    for number, part in enumerate(parts, 1):
        if part == "..":
            found = found.parent  # of what is no link
            continue
        found /= part
        try:
            mode = found.lstat().st_mode
        except (OSError, ValueError):
            return None
        if not (stat.S_ISREG(mode) if number == len(parts) else stat.S_ISDIR(mode)):
            return None
        if number < len(parts) and top in found.parents and os.path.lexists(found / ".git"):
            return None
    return found.relative_to(top).as_posix() if top in found.parents else None


def _blob(commit: str, inside: str) -> str | None:
    """Return the id of a plain file in a commit."""
    listed = _git("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", inside)
    entries = [entry for entry in (listed or b"").split(b"\0") if entry]
    if len(entries) != 1:
        return None
    about, _, name = entries[0].partition(b"\t")
    mode, kind, blob = about.decode().split()
    is_plain = kind == "blob" and mode in ("100644", "100755") and os.fsdecode(name) == inside
    return blob if is_plain else None


def _top() -> Path | None:
    """Return the folder of the repository."""
    said = _git("rev-parse", "--show-toplevel")
    return Path(os.fsdecode(said).rstrip("\n")).resolve() if said else None


def _git(*words: str) -> bytes | None:
    # Nothing in a commit may start a program, or put another object in place of one.
    careful = ["--no-replace-objects", "--no-optional-locks", "-c", "core.fsmonitor=false"]
    careful += ["-c", "safe.bareRepository=explicit"]
    try:
        ended = subprocess.run(["git", *careful, *words], check=False, capture_output=True)  # noqa: S603, S607
    except OSError:
        return None
    return ended.stdout if ended.returncode == 0 else None


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")
