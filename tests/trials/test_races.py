"""Races of each kind."""

from __future__ import annotations

import pytest

from trials import races, repeatable
from trials.seeds import tried


@pytest.mark.parametrize("name", tried(races))
def test_one_works_at_a_time(name: str) -> None:
    """Runs at once, killed and frozen ones among them: nothing is lost, and nothing is made twice."""
    with repeatable("races", name):
        assert races.run(name) > 0
