"""Keeps images of the server before an apply replaces them: nobody else has a copy of a colleague's work.

They lie beside the state, in a folder of its name: `state/production.kept/` beside `state/production.json`. A file is
named for its content, `5fd1….png`, so that the same image is kept once, whoever had it and however often. Nothing
reads them again: they are for people, no part of the catalog and none of the state, and may be deleted at any time.

    state/
      production.json
      production.kept/
        5fd1….png         64 hexadecimal digits: the SHA-256 of the bytes as the server gave them
        90ab….svg.txt     an SVG, which nobody has checked: a browser shows its text and runs nothing of it

Git does not ignore the folder: with the state it is committed, and so outlives the computer of a CI run. A file is
written as a whole and is on the disk before the request that replaces its original is sent. One that a killed run has
left without having replaced anything does no harm.
"""

from __future__ import annotations

import errno
import hashlib
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from badgeops.catalog.images.whole import is_whole, kind_of
from badgeops.safe_files import atomic, leftovers

MOST_FILES: Final = 1_000
MOST_BYTES: Final = 1024 * 1024 * 1024
"""Of all images of a folder together; a single one is bounded by what is fetched."""
_LITTER: Final = re.compile(r"\.[0-9a-f]{64}\.[a-z.]+\.[a-z0-9_]{8}\.new")
"""What a killed run has left of an image; whoever keeps one holds the state's lock."""
_SUFFIXES: Final[Mapping[str | None, str]] = MappingProxyType({"jpeg": "jpg", "svg": "svg.txt"})
"""How the name of an image ends if not as its format is called."""


def suffix_of(data: bytes) -> str | None:
    """Return how the name of an image ends; None for what is none, or only a part of one."""
    kind = kind_of(data)
    return _SUFFIXES.get(kind, kind) if is_whole(data) else None


def folder_beside(state: Path) -> Path:
    """Return where the images lie that are kept beside a state."""
    return state.with_suffix(".kept")


class Keeper:
    """Keeps images in one folder; safe to be called from several threads. The caller holds the state's lock."""

    def __init__(self, folder: Path, shown: str) -> None:
        self._folder = folder
        self._shown = shown
        """The folder as people know it."""
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """The folder as people know it."""
        return self._shown

    def names(self) -> list[str]:
        """Return the names of what is kept, whole, by now; none where nobody can look."""
        try:
            found = [path.name for path in self._folder.iterdir() if not _LITTER.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(found)

    def keep(self, data: bytes, suffix: str) -> str:
        """Keep an image, and return where, as people know it. OSError where that cannot be done."""
        name = f"{hashlib.sha256(data).hexdigest()}.{suffix}"
        with self._lock:
            if not self._has(name, data):
                self._make_room(len(data))
                atomic.replace(self._folder / name, [data], mode=atomic.usual_mode(), is_durable=True)
        return f"{self._shown}/{name}"

    def _has(self, name: str, data: bytes) -> bool:
        """Tell whether it is there already, and whole."""
        path = self._folder / name
        return path.is_file() and not path.is_symlink() and path.stat().st_size == len(data)

    def _make_room(self, size: int) -> None:
        if self._folder.is_symlink():
            raise OSError(errno.ELOOP, "its folder is a link")
        self._folder.mkdir(parents=True, exist_ok=True)
        atomic.sync_folder(self._folder.parent)
        leftovers.sweep(self._folder, _LITTER)
        sizes = [path.lstat().st_size for path in self._folder.iterdir()]
        if len(sizes) >= MOST_FILES or sum(sizes) + size > MOST_BYTES:
            most = f"{MOST_FILES:,} images or {MOST_BYTES >> 30} GiB"
            raise OSError(errno.EDQUOT, f"its folder is full ({most}); delete there what nobody needs")
