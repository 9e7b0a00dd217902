"""What becomes of text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies

from badgeops.sandbox.text import has_lone_surrogate, strip_tags

REWRITTEN = [
    ("  pad \n", "pad"),
    ("\u00a0\u3000\x1cpad\u00a0", "pad"),
    ("\ufeffkept\u200b", "\ufeffkept\u200b"),
    ("<b>Bold</b> & co", "Bold & co"),
    ("AT&amp;T", "AT&amp;T"),
    ("&lt;b&gt;", "&lt;b&gt;"),
    ("&nbsp;", "&nbsp;"),
    ("<i>&nbsp;&#233;</i>", "&nbsp;&#233;"),
    ("x<http://a.org>", "x"),
    ("<http://a.org>", ""),
    ("<!-- c -->z", "z"),
    ("<b> x</b>", " x"),
    ("a < b > c", "a < b > c"),
    ("a<b", "a<b"),
    ("I <3 U", "I <3 U"),
    ("foo<bar", "foo<bar"),
    ("i<j and k>l", "il"),
    ("List<String> x", "List x"),
    ("mail <me@x.org>", "mail "),
    ("x<br/>y", "xy"),
    ("1 <2> 3", "1 <2> 3"),
    ("e\u0301 \U0001f396", "e\u0301 \U0001f396"),
    ("<<b>b>x", "x"),
    ("x > y <b", "x > y <b"),
    ("a\r\n\tb", "a\r\n\tb"),
]


@pytest.mark.parametrize(("sent", "stored"), REWRITTEN)
def test_text_is_trimmed_and_then_stripped(client: Any, sent: str, stored: str) -> None:
    """What is stored is what the real server was seen to store."""
    issuer = client.issuer()
    badgeclass = client.badgeclass(issuer, name=sent, criteriaNarrative=sent, tags=[sent])

    assert (stored, stored, [stored]) == (
        badgeclass["name"],
        badgeclass["criteriaNarrative"],
        badgeclass["tags"],
    )


def test_a_second_write_of_what_was_served_may_trim_more(client: Any) -> None:
    """Trimming comes before stripping, so ` x` is served once, and becomes `x` when it is sent back."""
    badgeclass = client.badgeclass(client.issuer(), name="<b> x</b>")

    assert badgeclass["name"] == " x"
    assert client.put(badgeclass)["name"] == "x"


@given(strategies.text(alphabet="<>/!-ab &;#\"'= ", max_size=30))
def test_stripping_ends_and_is_done_in_one_go(text: str) -> None:
    """Stripping what was stripped changes nothing."""
    stripped = strip_tags(text)

    assert strip_tags(stripped) == stripped


def test_lone_surrogates_are_told_from_emoji() -> None:
    """Only what UTF-8 cannot write counts."""
    assert has_lone_surrogate("x\ud800")
    assert not has_lone_surrogate("\U0001f396")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (None, "This field may not be null."),
        ("", "This field may not be blank."),
        (" \n", "This field may not be blank."),
        ("a\0b", "Null characters are not allowed."),
        ("x" * 1025, "Ensure this field has no more than 1024 characters."),
        (True, "Not a valid string."),
        (["x"], "Not a valid string."),
        ({}, "Not a valid string."),
    ],
)
def test_names_that_are_refused(client: Any, value: object, error: str) -> None:
    """What is no text, or no longer any, is refused with the server's words."""
    body = {"name": value, "url": "http://x.org", "email": "admin@example.org"}
    answer = client("POST", "/v2/issuers", body)

    assert answer.status_code == 400
    assert answer.json()["fieldErrors"] == {"name": [error]}


@pytest.mark.parametrize(("sent", "stored"), [(7, "7"), (2.5, "2.5"), ("x" * 1024, "x" * 1024), ("<b></b>", "")])
def test_names_that_are_taken(client: Any, sent: object, stored: str) -> None:
    """Numbers become text, and a name may end up empty if it was only stripped so."""
    assert client.issuer(name=sent)["name"] == stored


def test_a_lone_surrogate_breaks_the_server(client: Any) -> None:
    """Text that cannot be written as UTF-8 gives a page with status 500, and stores nothing."""
    data = rb'{"name": "\ud800", "url": "http://x.org", "email": "admin@example.org"}'
    answer = client("POST", "/v2/issuers", data=data, headers={"Content-Type": "application/json"})

    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
    assert client.many("/v2/issuers") == []
