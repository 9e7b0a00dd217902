"""What runs that were killed have left beside a file: temporary ones that nobody will ever read.

Beside a state, whoever holds the lock sweeps them away; beside a log-in or a cache, whoever writes it next. Only names
that badgeops itself gives, for exactly this file, and only regular files; what cannot be removed stays, for it does no
harm.
"""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Callable
from pathlib import Path

_AT_WORK = 60
"""Seconds for which a temporary file may belong to a run that is still writing it."""


def sweep_beside(path: Path) -> None:
    """Remove what `atomic.replace` began to write for this file in runs that were killed."""
    name = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}\.new")
    sweep(path.parent, name, lambda found: found.lstat().st_mtime < time.time() - _AT_WORK)


def sweep(folder: Path, name: re.Pattern[str], is_litter: Callable[[Path], bool] = lambda _path: True) -> None:
    """Remove the files of a folder that have such a name, where `is_litter` agrees."""
    try:
        found = [path for path in folder.iterdir() if name.fullmatch(path.name)]
    except OSError:
        return
    for path in found:
        try:
            if stat.S_ISREG(path.lstat().st_mode) and is_litter(path):
                path.unlink()
        except OSError:
            continue
