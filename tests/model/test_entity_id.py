"""Ids from outside that become parts of paths."""

from __future__ import annotations

import posixpath
from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import given, strategies as st

from badgeops.model.entity_id import checked_entity_id, is_entity_id, is_open_badge_id

ODD = st.text(st.characters() | st.sampled_from("./\\%?#;~-_ \t\n\0\u202e\u200b"), max_size=12)


@pytest.mark.parametrize(
    "value", ["fScyyh2nS1WFdcYiD5Ikzg", "KHzRo8dNSL2wpGo2_eRTJQ", "-h", "--help", "~", "a.b", "..."]
)
def test_what_is_an_id(value: str) -> None:
    """Whatever base64url may give, and what other servers may use that stands in a path as it is."""
    assert is_entity_id(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "a/b",
        "a\\b",
        "%2e%2e",
        "a b",
        "a\n",
        "\0",
        "é",
        "a?b",
        "a#b",
        "changed",
        "reactivate",
        "x" * 201,
        None,
        5,
        ["a"],
    ],
)
def test_what_is_none(value: object) -> None:
    """Steps of a path, routes of the API, what is quoted or cut off in an address, and what has no end."""
    assert not is_entity_id(value)


@given(ODD | st.sampled_from([".", "..", "%2e", "..;", "a/../b"]))
def test_an_id_names_one_thing_in_one_way(value: str) -> None:
    """It stands in an address as it is, stays there whoever tidies the address up, and goes nowhere else."""
    if is_entity_id(value):
        address = f"https://x.example/v2/issuers/{value}/badgeclasses?num=5"
        assert quote(value, safe="") == value
        assert urljoin("https://x.example/", address) == address
        assert posixpath.normpath(urlsplit(address).path) == f"/v2/issuers/{value}/badgeclasses"


@given(ODD)
def test_an_address_is_one_printable_word(value: str) -> None:
    """It is recorded, shown and compared: nothing in it hides, breaks a line or turns a text around."""
    assert is_open_badge_id(value) == (value.isprintable() and not any(letter.isspace() for letter in value))
    assert not is_open_badge_id(value + "x" * 2_100) or not value


@given(
    ODD | st.sampled_from(["fScyyh2nS1WFdcYiD5Ikzg", "..", "changed", "reactivate", "a/b"]) | st.none() | st.integers()
)
def test_what_a_file_names_is_an_id_or_an_error(value: object) -> None:
    """Whoever reads one from a file says what it is."""
    if is_entity_id(value):
        assert checked_entity_id(value) == value
    else:
        with pytest.raises(ValueError, match=r" is no entityId$") as raised:
            checked_entity_id(value)
        assert str(raised.value).startswith(repr(value))


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("", True), ("x" * 2_100, True), ("x" * 2_101, False), ("a b", False), ("a\n", False), (5, False), (None, False)],
)
def test_an_address_is_a_text_of_a_bounded_length(value: object, is_one: bool) -> None:
    """None at all is one, too: not every server has public pages."""
    assert is_open_badge_id(value) == is_one
    assert is_open_badge_id([]) is False
