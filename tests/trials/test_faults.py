"""Faults, in the short form: two hundred seeds."""

from __future__ import annotations

import pytest

from trials import faults

_TOGETHER = 10
"""Seeds in one test."""


@pytest.mark.parametrize("first", range(0, len(faults.names(long=False)), _TOGETHER))
def test_faults_end_in_an_empty_plan(first: int) -> None:
    """Whatever the server does: nothing is lost, nothing is made twice, and no error ends with 0."""
    for name in faults.names(long=False)[first : first + _TOGETHER]:
        assert faults.run(name) > 0
