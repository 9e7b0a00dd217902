"""Which addresses a catalog may name: those that servers take, that can lead somewhere, and that show where."""

from __future__ import annotations

import ipaddress
import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given, strategies as st

from badgeops.catalog import field_rules
from badgeops.model.text_rules import INVISIBLE
from badgeops.sandbox.fields import WEB, is_email, is_url

PIECES = st.sampled_from(
    [
        "a",
        "b-c",
        "x_y",
        "-",
        "_",
        "ä",
        "xn--4ca",
        "1",
        "255",
        "256",
        "00",
        "[",
        "]",
        "::",
        ":",
        "::1",
        "1.2.3.4",
        "%",
        "@",
    ]
)
HOSTS = st.one_of(
    st.lists(PIECES, min_size=1, max_size=5).map(".".join),
    st.lists(PIECES, min_size=1, max_size=4).map("".join),
    st.text("0123456789abcdef:.", min_size=1, max_size=24).map("[{}]".format),
    st.lists(st.integers(0, 300).map(str), min_size=4, max_size=4).map(".".join),
    st.sampled_from(["localhost", "acme.example", "acme.example."]),
)
PORTS = st.one_of(
    st.just(""), st.integers(0, 70_000).map(":{}".format), st.sampled_from([":", ":٣", ":²", ":080", ":x"])
)
TAILS = st.sampled_from(["", "/", "/a?b#c", "?q", "#f", "/ä"])


def codes(url: str) -> list[str]:
    """Return what is wrong with a web address, by the names of the rules."""
    return [problem.code for problem in field_rules.url('"url"', url)]


@given(HOSTS, PORTS, TAILS)
def test_whatever_passes_is_taken_by_a_server_and_can_be_opened(host: str, port: str, tail: str) -> None:
    """A server refuses in the middle of an apply what validation let through: host, port and IP address are sound."""
    address = f"https://{host}{port}{tail}"
    if codes(address):
        return

    parts = urlsplit(address)

    assert is_url(address, WEB)
    assert "_" not in (parts.hostname or "_")
    assert parts.port is None or 1 <= parts.port <= 65535
    if "[" in parts.netloc:
        assert ipaddress.IPv6Address(parts.hostname or "")


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("https://a_b.example.org/", "There is a _"),
        ("https://x.co_m/", "There is a _"),
        ("https://x.example:65536/", "65536"),
        ("https://x.example:0/", "ports go from 1"),
        ("https://x.example:4294967376/", "4294967376"),
        ("https://[:::]/x", "not an IPv6 address"),
        ("https://[1.2.3.4]/x", "not an IPv6 address"),
        ("https://999.1.1.1/", "not an IPv4 address"),
        ("https://01.2.3.4/", "not an IPv4 address"),
        (f"https://{'a.' * 127}org/", "it can have 253"),
    ],
)
def test_what_cannot_be_the_address_of_a_server_is_told(address: str, word: str) -> None:
    """The message says which part it is that nobody can open."""
    (problem,) = field_rules.url('"url"', address)

    assert problem.code == "invalid-url"
    assert word in problem.detail


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.example:65535/",
        "http://localhost:8000",
        "https://[2001:db8::1]:8443/x",
        "https://192.0.2.7/",
        "https://münchen.example/ä",
        "https://my-school.example.org./a_b?c_d",
    ],
)
def test_real_addresses_pass(address: str) -> None:
    """A `_` may stand behind the host, and letters beyond ASCII anywhere."""
    assert codes(address) == []


@given(
    st.characters(categories=("Cf", "Zl", "Zp", "Co")) | st.from_regex(INVISIBLE, fullmatch=True),
    st.sampled_from(["https://ac{}me.example/", "https://acme.example/a{}b", "https://acme.example?q={}&r"]),
)
def test_nothing_that_nobody_sees_stands_in_a_web_address(character: str, address: str) -> None:
    """An address with such a character leads elsewhere than it seems to; in a host and behind it."""
    found = codes(address.format(character))

    assert found, unicodedata.name(character, hex(ord(character)))
    assert {"invisible-character", "control-character", "invalid-url"}.issuperset(found)


@given(st.from_regex(INVISIBLE, fullmatch=True))
def test_nothing_that_nobody_sees_stands_in_an_email_address(character: str) -> None:
    """The same holds for the address that people would write to."""
    found = [problem.code for problem in field_rules.email('"email"', f"badges@ac{character}me.example")]

    assert "invisible-character" in found


@given(st.lists(PIECES, min_size=1, max_size=4).map(".".join))
def test_an_email_address_that_passes_is_taken_by_a_server(domain: str) -> None:
    """The domain of an e-mail address follows the rules for hosts."""
    address = f"badges@{domain}"

    if not list(field_rules.email('"email"', address)):
        assert is_email(address)
        assert "_" not in domain
