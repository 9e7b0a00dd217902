"""The folders that are badgeops' own, beside a catalog and in the user's cache; whether two names are one folder."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from badgeops.safe_files import writing


def keep_out_of_git(folder: Path) -> None:
    """Let git ignore badgeops' own folder, without the user having to say so."""
    ignore = folder / ".gitignore"
    with contextlib.suppress(OSError):  # the sandbox itself will say what is wrong with the folder
        folder.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(ignore):
            writing.create(ignore, b"*\n")


def is_same_folder(one: str, other: str) -> bool:
    """Tell whether two paths lead to the same place, be it there or not."""
    return os.path.realpath(one) == os.path.realpath(other)


def cache_folder() -> Path | None:
    """Return the folder of what may be deleted at any time; None where there is no place for one."""
    from platformdirs import user_cache_path

    try:
        return user_cache_path("badgeops", appauthor=False)
    except (OSError, RuntimeError):  # no home folder
        return None
