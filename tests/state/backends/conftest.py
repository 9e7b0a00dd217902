"""Every backend there is, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.memory import MemoryBackend, Place

from badgeops.state.backends.file import FileBackend
from badgeops.state.backends.interface import Backend, LockInfo

INFO = LockInfo("1", "apply", "ada@laptop, process 7", "2026-01-02 03:04:05 UTC", "/work/catalog")


@pytest.fixture
def info() -> LockInfo:
    """Give what the owner of a lock tells of itself."""
    return INFO


@pytest.fixture(params=["file", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Backend]:
    """Give a way to open one place, as often as wanted: each time as another process would."""
    if request.param == "file":
        return lambda: FileBackend(tmp_path / "catalog" / "state" / "production.json")
    place = Place()
    return lambda: MemoryBackend(place)


@pytest.fixture
def backend(opened: Callable[[], Backend]) -> Backend:
    """Give a backend of each kind, with nothing in it yet."""
    return opened()
