"""Addresses and names that are nearly right: what was meant is found, and what cannot be meant is not made up."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from badgeops.model import mended


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("academy.org", "https://academy.org"),
        ("www.academy.org/badges?x=1#y", "https://www.academy.org/badges?x=1#y"),
        ("https:/academy.org", "https://academy.org"),
        ("https//academy.org", "https://academy.org"),
        ("htps://academy.org", "https://academy.org"),
        ("HTTPS://Academy.org/A", "https://academy.org/A"),
        ("http:academy.org", "http://academy.org"),
        ("https://https://academy.org", "https://academy.org"),
        ("https:\\\\academy.org", "https://academy.org"),
        ("//academy.org", "https://academy.org"),
        (" <https://academy.org>, ", "https://academy.org"),
        ("“academy.org”", "https://academy.org"),
        ("https://academy .org", "https://academy.org"),
        ("localhost:8000", "http://localhost:8000"),
        ("acme/page", None),
        ("academy", None),
        ("", None),
        (".", None),
        ("ftp://academy.org", None),
        ("mailto:a@academy.org", None),
        ("me:secret@academy.org", None),
        ("https://me:secret@academy.org", None),
    ],
)
def test_a_web_address(text: str, meant: str | None) -> None:
    """What is missing in front, doubled, around it or the wrong way; no other scheme, and no password."""
    assert mended.web_address(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mailto:badges@academy.org", "badges@academy.org"),
        ("Badge Office <badges@academy.org>", "badges@academy.org"),
        ("badges @ academy.org", "badges@academy.org"),
        ("badges (at) academy (dot) org", "badges@academy.org"),
        ("badges at academy dot org", "badges@academy.org"),
        ("badges@academy.org.", "badges@academy.org"),
        (" 'badges@academy.org',", "badges@academy.org"),
        ("a b@academy.org", None),
        ("badges@academy", None),
        ("a@b@academy.org", None),
        ("a@b.org, c@d.org", None),
        ("nobody", None),
        ("", None),
    ],
)
def test_an_email_address(text: str, meant: str | None) -> None:
    """The one that is there, without what is around it; of two, or with a space within, nobody can tell."""
    assert mended.email_address(text) == meant


@pytest.mark.parametrize(("text", "meant"), [("A\tB\n", "A B"), ("a\x07b", "a b"), (" ", None), ("ACME", "ACME")])
def test_a_name(text: str, meant: str | None) -> None:
    """On one line, without what nobody sees."""
    assert mended.name(text) == meant


@given(st.text(max_size=60) | st.text(alphabet="htps:/.@a<> -()", max_size=40))
def test_what_is_mended_needs_no_more_mending(text: str) -> None:
    """Whoever takes a proposal is not given another one for it."""
    for mend in (mended.web_address, mended.email_address, mended.name):
        meant = mend(text)
        assert meant is None or mend(meant) == meant
