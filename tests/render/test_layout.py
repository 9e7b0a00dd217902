"""Lines that fit a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from badgeops.render.layout import columns, cut, flow, hang, wrap

words = st.text("ab学é-", min_size=1, max_size=12)
sentences = st.lists(words, max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("é", 1), ("e\u0301", 1), ("学习", 4), ("🎓", 2), ("a\u200db", 2), ("ﾊ", 1), ("\uff21", 2)],
)
def test_columns_are_what_a_terminal_takes(text: str, width: int) -> None:
    """Ideographs take two columns, accents and joiners none."""
    assert columns(text) == width


@given(sentences, st.integers(10, 40))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    """No line is wider than asked, unless it is one word; and no word is lost."""
    lines = wrap(text, width)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        assert columns(line) <= width or " " not in line.strip()
    assert lines


def test_a_long_word_stays_whole() -> None:
    """An address can be copied."""
    url = "https://academy.acme.example/badges/python-basics"

    assert wrap(f"See {url} for more.", 20) == ["See", url, "for more."]


def test_a_script_without_spaces_is_broken() -> None:
    """Japanese and Chinese texts have lines too; the first one is filled up."""
    assert wrap("- 学习学习学习学习", 10) == ["- 学习学习", "学习学习"]
    assert wrap("abcdefgh 学习学习学习", 10) == ["abcdefgh", "学习学习学", "习"]


def test_spaces_inside_a_line_are_kept() -> None:
    """Lists keep their indentation, and tabs are shown as spaces."""
    assert wrap("  - one  two", 40) == ["  - one  two"]
    assert wrap("\ta", 40) == ["    a"]
    assert wrap("", 40) == [""]


def test_hanging_lines_stand_below_each_other() -> None:
    """The lead is written once."""
    assert hang("  name  ", "one two three four five six", 34) == ["  name  one two three four five", "        six"]


def test_a_lead_without_room_stands_alone() -> None:
    """A label may be as long as it likes."""
    lead = "a-very-long-label-indeed  "

    assert hang(lead, "one two", 40) == [lead.strip(), "      one two"]


@given(st.lists(sentences.filter(lambda text: bool(text.strip())), min_size=1, max_size=8), st.integers(30, 60))
def test_flowing_items_fit_and_stay_together(items: list[str], width: int) -> None:
    """As many in a line as fit; one that fits a line is never broken."""
    lines = flow("tags  ", items, width)

    assert "".join(lines).replace(" ", "") == "tags" + "".join(items).replace(" ", "")
    for item in items:
        if columns(item) <= width - 6:
            assert any(item.strip() in line for line in lines)
    for line in lines:
        assert columns(line) <= width or any(columns(word) > width - 8 for word in line.split())


@given(sentences, st.integers(10, 40))
def test_a_cut_text_fits(text: str, width: int) -> None:
    """What does not fit ends in a mark; a single word stays whole."""
    shown = cut(text, width)

    assert columns(shown) <= width or " " not in shown.removesuffix(" …").strip()
    assert shown == text or shown.endswith(" …") or text.startswith(shown)
    if columns(text) <= width:
        assert shown == text
