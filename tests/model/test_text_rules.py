"""What a server keeps of a text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from badgeops.model.text_rules import effective_text, look_alike
from badgeops.render.plain import plain_json, printable

OBSERVED = [
    ("  pad \n", "pad"),
    ("\u00a0\u3000\x1cpad\u00a0", "pad"),
    ("\ufeffpad\u200b", "\ufeffpad\u200b"),
    ("<b>Bold</b> & co", "Bold & co"),
    ("AT&amp;T", "AT&amp;T"),
    ("&lt;b&gt;", "&lt;b&gt;"),
    ("&nbsp;", "&nbsp;"),
    ("<http://a.org>", ""),
    ("<!-- c -->z", "z"),
    ("<b> x</b>", " x"),
    (" x", "x"),
    ("a < b > c", "a < b > c"),
    ("a<b", "a<b"),
    ("I <3 U", "I <3 U"),
    ("foo<bar", "foo<bar"),
    ("i<j and k>l", "il"),
    ("List<String> x", "List x"),
    ("mail <me@x.org>", "mail "),
    ("x<br/>y", "xy"),
    ("1 <2> 3", "1 <2> 3"),
    ("snake 🐍 e\u0301", "snake 🐍 e\u0301"),
]
"""What was sent to a live server, and what it stored."""


@pytest.mark.parametrize(("sent", "stored"), OBSERVED)
def test_text_is_kept_as_a_server_was_seen_to_keep_it(sent: str, stored: str) -> None:
    """Trimmed by Unicode's idea of space, then stripped of tags, and not trimmed again."""
    assert effective_text(sent) == stored


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('<a href="a>b">c</a>', "c"),
        ("<a title='<'>c", "c"),
        ("<?xml?><!DOCTYPE x>y", "y"),
        ("</ b>y", "y"),
        ("<scr<b>ipt>x", "ipt>x"),
        ("x<<b>br>y", "xy"),
        ("<!-- never closed", "<!-- never closed"),
        ('<a b="never closed>x', '<a b="never closed>x'),
    ],
)
def test_markup_is_recognised_as_browsers_do(sent: str, stored: str) -> None:
    """Quoted attributes, declarations and nested tags go; what is never closed stays."""
    assert effective_text(sent) == stored


def test_tags_inside_tags_come_to_an_end() -> None:
    """Removing tags that join to new ones stops after many rounds, however deep a stranger nests them."""
    assert len(effective_text("<" * 100 + "b>" * 100)) < 300


markup = st.lists(st.sampled_from([*"<>/!? ab=\"'-\n", "<b>", "</b>", "<!--", "-->"]), max_size=20).map("".join)


@given(st.one_of(st.text(), markup))
def test_nothing_is_added(text: str) -> None:
    """What is kept consists of characters of the text, in their order."""
    rest = iter(text)

    assert all(character in rest for character in effective_text(text))


@given(st.one_of(st.text(), markup))
def test_keeping_twice_only_trims_again(text: str) -> None:
    """What a server kept it keeps again, but for space at the ends that a tag had hidden."""
    once = effective_text(text)
    again = effective_text(once)

    assert again == once.strip() or "<" in once


@given(st.text())
def test_text_without_angles_is_only_trimmed(text: str) -> None:
    """Without `<` and `>` there is nothing to remove."""
    plain = text.replace("<", "(")

    assert effective_text(plain) == plain.strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\u202eb", r"a\u202eb"),
        ("one\ntwo\r", r"one\ntwo\r"),
        ("\ud800", r"\ud800"),
        ("\u2028", r"\u2028"),
        ("\U000e0041", r"\U000e0041"),
        ("a\u200db", r"a\u200db"),
        ("tab\there", "tab\there"),
        ("häß 日本 👨\u200d👩\u200d👧 \u06cc\u200c\u062e", "häß 日本 👨\u200d👩\u200d👧 \u06cc\u200c\u062e"),
    ],
)
def test_tricks_are_written_out(text: str, shown: str) -> None:
    """Whatever could move a cursor, turn the writing or hide is shown as an escape; honest scripts stay as they are."""
    assert printable(text) == shown


@given(st.text())
def test_what_is_printable_can_be_encoded_and_stays_so(text: str) -> None:
    """The result can be written to any UTF-8 terminal, and holds no control character but the tab."""
    shown = printable(text)

    shown.encode("utf-8")
    assert all(character == "\t" or ord(character) >= 0x20 for character in shown)
    assert printable(shown) == shown


@given(st.text())
def test_json_is_made_harmless_without_changing_it(text: str) -> None:
    """JSON for a terminal means the same, and holds nothing that acts on the terminal or cannot be encoded."""
    shown = plain_json(json.dumps(text, ensure_ascii=False))

    assert json.loads(shown) == text
    shown.encode("utf-8")
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in shown)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("R & D", "R &amp; D"),
        ("It's", "It&#39;s"),
        ("A B", "A  B"),
        ("A B", "A\N{NO-BREAK SPACE}B"),
        ("AB", "A\N{ZERO WIDTH SPACE}B"),
        ("Caf\N{LATIN SMALL LETTER E WITH ACUTE}", "Cafe\N{COMBINING ACUTE ACCENT}"),
        ("x" * 255, "x" * 300),
        (" A ", "A"),
        ("A", "<b>A</b>"),
    ],
)
def test_names_that_only_look_alike_are_one(one: str, other: str) -> None:
    """For whoever looks for an entity by its name, or makes a second one beside it."""
    assert look_alike(one) == look_alike(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Python", "python"), ("A", "B"), ("Level 1", "Level 2"), ("x\u00b2", "x2")]
)
def test_names_that_people_can_tell_apart_are_two(one: str, other: str) -> None:
    """Capitals and numbers are what series of badges differ by."""
    assert look_alike(one) != look_alike(other)


@given(st.text(max_size=40))
def test_a_name_looks_like_what_a_server_makes_of_it(name: str) -> None:
    """And like itself, written once more."""
    assert look_alike(effective_text(name)) == look_alike(name)
    assert look_alike("x" * 300 + name, whole=True).startswith("x" * 300)
