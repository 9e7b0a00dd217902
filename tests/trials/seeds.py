"""How many seeds of each suite are tests. No module of a suite imports this: trials start hundreds of processes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from support.tiers import few

_TEST, _LONG = 10, 100
"""In the tiers of these names."""


def tried(suite: ModuleType, *, most: int = _LONG) -> list[Any]:
    """Return the trials of a suite for `parametrize`; `most` are fewer where one takes long."""
    return few(suite.names(most), first=len(suite.names(_TEST)))
