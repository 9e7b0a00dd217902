"""How many seeds of each suite are tests. No module of a suite imports this: trials start hundreds of processes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from support.tiers import few

TEST, LONG = 10, 30
"""In the tiers of these names."""


def tried(suite: ModuleType) -> list[Any]:
    """Return the trials of a suite for `parametrize`."""
    return few(suite.names(LONG), first=len(suite.names(TEST)))
