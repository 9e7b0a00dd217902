"""Where two texts differ: hunks of lines, and the words that changed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from badgeops.render.words import hunks, mark

lines = st.lists(st.sampled_from(["one", "two words", "three more words", "", "  indented"]), max_size=6)


def test_what_stays_far_away_is_left_out() -> None:
    """A line of context on either side, and a mark for the rest."""
    before = "a\nb\nc\nd\ne\nf\ng\nh\ni"
    after = before.replace("e", "E")

    assert hunks(before, after) == [("…", ""), (" ", "d"), ("-", "e"), ("+", "E"), (" ", "f"), ("…", "")]


def test_changes_far_apart_are_hunks_of_their_own() -> None:
    """Between them stands one mark."""
    before = "\n".join("abcdefghijklm")
    after = before.replace("b", "B").replace("l", "L")

    assert [sign for sign, _ in hunks(before, after)] == [" ", "-", "+", " ", "…", " ", "-", "+", " "]


def test_changed_words_stand_in_brackets() -> None:
    """The reader's eye goes to the number that changed."""
    assert mark("exam with 70 % or more.", "exam with 80 % or more.") == (
        "exam with [70] % or more.",
        "exam with [80] % or more.",
    )
    assert mark("Pass it.", "Pass it twice.") == ("Pass it.", "Pass it[ twice].")


def test_lines_with_little_in_common_are_not_marked() -> None:
    """Brackets around every other word help nobody, and spaces alone make no likeness."""
    before, after = "Writes and tests small Python programs.", "Reads and joins tables."

    assert mark(before, after) == (before, after)


def test_white_space_is_made_visible() -> None:
    """A space that came or went would else be no difference to see."""
    assert mark("a b c d", "a b  c d") == ("a b[·]c d", "a b[··]c d")
    assert hunks("a\n \nb", "a\nb") == [(" ", "a"), ("-", "·"), (" ", "b")]
    assert hunks("a\nb", "a\n\t\nb") == [(" ", "a"), ("+", "→"), (" ", "b")]


def test_very_long_lines_are_not_searched_for_words() -> None:
    """A line without an end would else take minutes."""
    before, after = "a " * 2_000, "a " * 1_999 + "b "

    assert mark(before, after) == (before, after)


@given(lines, lines)
def test_hunks_tell_the_truth(before: list[str], after: list[str]) -> None:
    """Lines signed "-" or " " are in the old text, "+" or " " in the new, in order; and no changed line is missing."""
    old, new = "\n".join(before), "\n".join(after)

    found = hunks(old, new)

    assert bool(found) == (old != new)
    for sign, text in (("-", old), ("+", new)):
        shown = [plain(line) for mark_, line in found if mark_ in (sign, " ")]
        assert is_part_of(shown, [plain(line) for line in text.split("\n")])
    assert sum(sign == "-" for sign, _ in found) - sum(sign == "+" for sign, _ in found) == len(old.split("\n")) - len(
        new.split("\n")
    )


@given(st.text("ab .", max_size=30), st.text("ab .", max_size=30))
def test_marks_change_nothing_but_add_brackets(before: str, after: str) -> None:
    """Without the brackets, and with the visible spaces as spaces again, the lines are what they were."""
    left, right = mark(before, after)

    assert (plain(left), plain(right)) == (before, after)


def plain(text: str) -> str:
    """Take the marks out again."""
    return re.sub(r"[\[\]]", "", text).replace("·", " ")


def is_part_of(some: list[str], whole: list[str]) -> bool:
    """Tell whether some lines occur in a text in that order."""
    rest = iter(whole)
    return all(line in rest for line in some)


@pytest.mark.parametrize("text", ["", "one", "one\ntwo"])
def test_equal_texts_have_no_hunks(text: str) -> None:
    """Nothing differs."""
    assert hunks(text, text) == []
