"""Working ahead changes nothing but the time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from badgeops.api.read_ahead import ahead


@given(st.lists(st.integers()))
def test_the_same_items_come_in_the_same_order(items: list[int]) -> None:
    """Whatever their number."""
    with ahead(iter(items)) as taken:
        assert list(taken) == items


@given(st.lists(st.integers()))
def test_an_error_comes_at_its_place(items: list[int]) -> None:
    """What was made before it is not lost."""

    def failing() -> Iterator[int]:
        yield from items
        raise ZeroDivisionError

    found: list[int] = []
    with ahead(failing()) as taken, pytest.raises(ZeroDivisionError):
        found.extend(taken)
    assert found == items


def test_the_next_item_is_made_while_one_is_worked_on() -> None:
    """That is what it is for."""
    second = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    with ahead(items()) as taken:
        assert next(taken) == 1
        assert second.wait(30)


def test_nobody_waits_for_what_is_not_wanted_any_more() -> None:
    """Whoever leaves in the middle ends the worker too."""
    ended = threading.Event()

    def endless() -> Iterator[int]:
        try:
            number = 0
            while True:
                yield number
                number += 1
        finally:
            ended.set()

    with ahead(endless()) as taken:
        assert next(taken) == 0
    assert ended.wait(30)
