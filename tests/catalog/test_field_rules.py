"""Which addresses a catalog may name: those that servers take, that can lead somewhere, and that show where."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, strategies as st

from badgeops.catalog import field_rules
from badgeops.model.text_rules import INVISIBLE
from badgeops.sandbox.fields import is_email, is_url

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
        "c0m",
        "com",
        "😀",
        "a" * 63,
        "a" * 64,
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
USERS = st.sampled_from(["", "", "", "me@", "me:secret@", "a@b@", ":@", "a:b:c@"])
TAILS = st.sampled_from(["", "/", "/a?b#c", "?q", "#f", "/ä"])

# How servers check, by the validators of the Django versions that they run on.
_UL = "\u00a1-\uffff"
_HOSTNAME = rf"[a-z{_UL}0-9](?:[a-z{_UL}0-9-]{{0,61}}[a-z{_UL}0-9])?"
_DOMAIN = rf"(?:\.(?!-)[a-z{_UL}0-9-]{{1,63}}(?<!-))*"
_TLD = rf"\.(?!-)(?:[a-z{_UL}-]{{2,63}}|xn--[a-z0-9]{{1,59}})(?<!-)\.?"
_IPV4 = r"(?:0|25[0-5]|2[0-4]\d|1\d?\d?|[1-9]\d?)(?:\.(?:0|25[0-5]|2[0-4]\d|1\d?\d?|[1-9]\d?)){3}"
SERVERS = re.compile(
    rf"https?://(?:[^\s:@/]+(?::[^\s:@/]*)?@)?"
    rf"(?:{_IPV4}|\[[0-9a-f:.]+\]|(?:{_HOSTNAME}{_DOMAIN}{_TLD}|localhost))(?::\d{{2,5}})?(?:[/?#][^\s]*)?",
    re.IGNORECASE,
)


def codes(url: str) -> list[str]:
    """Return what is wrong with a web address, by the names of the rules."""
    return [problem.code for problem in field_rules.url('"url"', url)]


@given(USERS, HOSTS, PORTS, TAILS)
@example("", "a.c0m", "", "/")
@example("", "a😀.example", "", "/")
@example("", "acme.example", ":7", "/")
@example("a:b:c@", "[::]", "", "")
def test_whatever_passes_is_taken_by_a_server_and_can_be_opened(user: str, host: str, port: str, tail: str) -> None:
    """A server refuses in the middle of an apply what validation let through: host, port and IP address are sound."""
    address = f"https://{user}{host}{port}{tail}"
    if codes(address):
        return

    parts = urlsplit(address)

    assert is_url(address)
    assert SERVERS.fullmatch(address)
    assert "_" not in (parts.hostname or "_")
    assert parts.port is None or 10 <= parts.port <= 65535
    if "[" in parts.netloc:
        assert ipaddress.IPv6Address(parts.hostname or "")


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("https://a_b.example.org/", "There is a _"),
        ("https://x.co_m/", "There is a _"),
        ("https://x.example:65536/", "65536"),
        ("https://x.example:0/", "ports from 10"),
        ("https://x.example:7/", "ports from 10"),
        ("https://x.example:²²/", "²²"),
        ("https://a.c0m/", '"a.c0m" is not the name'),
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
        assert domain.encode("idna")
        assert "_" not in domain
