"""The folders that are badgeops' own, beside a catalog and in the user's cache; whether two names are one folder."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from badgeops.errors import SettingsError
from badgeops.safe_files import writing
from badgeops.safe_files.reading import link_to_nowhere


def keep_out_of_git(folder: Path) -> None:
    """Let git ignore badgeops' own folder, without the user having to say so."""
    ignore = folder / ".gitignore"
    with contextlib.suppress(OSError):  # the sandbox itself will say what is wrong with the folder
        folder.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(ignore):
            writing.create(ignore, b"*\n")


def insist_on_folder(folder: Path) -> None:
    """Make sure that the sandbox's data would lie where its folder is named, and not where a link leads to nothing."""
    link = link_to_nowhere(folder)
    if link is not None:
        raise SettingsError(
            f"{link} is a link to a folder that does not exist, and the sandbox would keep its data in it.",
            hint="Delete the link, or make the folder that it leads to.",
        )


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
