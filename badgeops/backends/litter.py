"""What runs that were killed have left beside a state: temporary files that nobody will ever read.

Whoever holds the lock sweeps them away. Only names that badgeops itself gives, for exactly this state, and only regular
files; what cannot be removed stays, for it does no harm.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path


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
