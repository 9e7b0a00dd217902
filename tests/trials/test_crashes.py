"""Crashes, in the short form: a sample of the points of each kind of work, which has every sort of point in it."""

from __future__ import annotations

import pytest

from trials import crashes, repeatable


@pytest.mark.parametrize("name", crashes.names(long=False))
def test_nothing_is_lost(name: str) -> None:
    """Killed, without power, on a full or a failing disk: the next apply brings everything into order."""
    with repeatable("crashes", name):
        assert crashes.run(name) > 0
