"""Crashes: samples of the points of each kind of work, which have every sort of point in them."""

from __future__ import annotations

import pytest

from trials import crashes, repeatable
from trials.seeds import tried


@pytest.mark.parametrize("name", tried(crashes))
def test_nothing_is_lost(name: str) -> None:
    """Killed, without power, on a full or a failing disk: the next apply brings everything into order."""
    with repeatable("crashes", name):
        assert crashes.run(name) > 0
