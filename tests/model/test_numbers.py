"""Text from outside that becomes a number."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

from badgeops.model.numbers import MOST, whole_number

LIKE_NUMBERS = st.text(st.characters(categories=["Nd", "No", "Nl"]) | st.sampled_from("0123456789.-+_eE \t"))
"""What is a digit to one of `str.isdigit`, `str.isnumeric`, a pattern and `int`, and is none to another."""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        ("1000000000", MOST),
        ("1000000001", MOST),
        ("9" * 5000, MOST),
        ("0" * 5000, 0),
        ("", None),
        ("²", None),
        ("①", None),
        ("٣", None),
        ("1_0", None),
        ("-1", None),
        ("+1", None),
        (" 1", None),
        ("1\n", None),
        ("1.0", None),
        ("1e3", None),
        ("nan", None),
    ],
)
def test_what_is_a_whole_number(text: str, number: int | None) -> None:
    """ASCII digits, and nothing else; what is beyond all use is the most there is."""
    assert whole_number(text) == number


@given(st.text() | LIKE_NUMBERS)
@example("9" * 5000)
def test_no_text_breaks_it(text: str) -> None:
    """Whatever stands there, there is a number from 0 to the most, or none."""
    number = whole_number(text)

    assert number is None or 0 <= number <= MOST
    assert (number is not None) == (text.isascii() and text.isdigit())


@given(st.integers(0, 10**20), st.integers(0, 10**12))
def test_a_number_is_read_back(number: int, most: int) -> None:
    """Up to the most that is wanted, it is the number that was written."""
    assert whole_number(str(number), most) == min(number, most)
