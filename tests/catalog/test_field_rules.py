"""What validation lets through, every server takes: addresses of the web and of mail."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, strategies as st

from badgeops.catalog import field_rules
from badgeops.sandbox.fields import ANY_TRANSFER, is_email, is_url

# --- how servers check, by the validators of the Django versions that they run on ----------------------------------

_UL = "\u00a1-\uffff"
_HOSTNAME = rf"[a-z{_UL}0-9](?:[a-z{_UL}0-9-]{{0,61}}[a-z{_UL}0-9])?"
_DOMAIN = rf"(?:\.(?!-)[a-z{_UL}0-9-]{{1,63}}(?<!-))*"
_TLD = rf"\.(?!-)(?:[a-z{_UL}-]{{2,63}}|xn--[a-z0-9]{{1,59}})(?<!-)\.?"
_IPV4 = r"(?:0|25[0-5]|2[0-4]\d|1\d?\d?|[1-9]\d?)(?:\.(?:0|25[0-5]|2[0-4]\d|1\d?\d?|[1-9]\d?)){3}"
_SERVERS = re.compile(
    rf"(?:http|https)://(?:[^\s:@/]+(?::[^\s:@/]*)?@)?"
    rf"(?:{_IPV4}|\[[0-9a-f:.]+\]|(?:{_HOSTNAME}{_DOMAIN}{_TLD}|localhost))(?::\d{{2,5}})?(?:[/?#][^\s]*)?",
    re.IGNORECASE,
)

parts = st.text("aZ9-_ü.学\u200b\u00ad😀", min_size=1, max_size=8) | st.sampled_from(
    ["example", "www", "xn--p1ai", "a_b", "-a", "a-", "a" * 63, "a" * 64, "co_m", "c0m", "1", "localhost", "9a", "com"]
)
hosts = (
    st.lists(parts, min_size=1, max_size=5).map(".".join)
    | st.lists(st.integers(0, 400), min_size=4, max_size=4).map(lambda numbers: ".".join(map(str, numbers)))
    | st.text("0123456789abcdef:.", max_size=12).map("[{}]".format)
    | st.ip_addresses(v=6).map("[{}]".format)
    | st.sampled_from(["[:::]", "[::1]", "01.2.3.4", "localhost", "x.example.", ".".join(["a" * 60] * 5) + ".org"])
)
ports = st.just("") | st.integers(0, 100_000).map(":{}".format) | st.sampled_from([":", ":x", ":²²", ":-1", ":00080"])
users = st.just("") | st.sampled_from(["me@", "me:secret@", "a@b@", ":@", "a:b:c@"])
paths = st.just("") | st.text("/?#a%b_ \u200b\u202e\n\t", max_size=6).map("/{}".format) | st.just("?q=1")


@given(st.sampled_from(["https", "http", "HTTPS", "ftp", ""]), users, hosts, ports, paths)
@example("https", "", "a_b.example.org", "", "/")
@example("https", "", "x.example", ":65536", "/")
@example("https", "", "[:::]", "", "/x")
@example("https", "", "x.co_m", "", "/")
@example("https", "", "x.example", "", "/a\u200bb")
@example("https", "", "a😀.example", "", "")
@example("https", "a:b:c@", "[::]", "", "")
def test_no_server_refuses_an_address_that_was_let_through(
    scheme: str, user: str, host: str, port: str, path: str
) -> None:
    """Neither the checks of Django nor those of the sandbox; and it holds nothing that nobody can see."""
    address = f"{scheme}://{user}{host}{port}{path}"

    problems = list(field_rules.url('"url"', address))

    if not problems:
        sent = address.strip()
        assert _SERVERS.fullmatch(sent)
        assert is_url(sent, ANY_TRANSFER)
        assert sent.isprintable()
    assert all(problem.summary and problem.detail for problem in problems)


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.example",
        "http://localhost:8000/",
        "https://www.münchen.de/straße?a=b_c#d",
        "https://a.xn--p1ai/",
        "https://192.0.2.1:8443/",
        "https://[2001:db8::1]:8000/x",
        "https://me:secret@acme.example/",
        "https://acme.example./",
        "https://x.example:65535/",
        "HTTPS://ACME.EXAMPLE/",
    ],
)
def test_what_is_an_address_is_let_through(address: str) -> None:
    """A check that is too strict makes people switch it off."""
    assert list(field_rules.url('"url"', address)) == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://a_b.example.org/", 'There is a "_" in "a_b.example.org"'),
        ("https://x.example:65536/", '"65536" is not a port'),
        ("https://x.example:7/", "10 to 65535"),
        ("https://x.example:²²/", '"²²" is not a port'),
        ("https://[:::]/x", '"[:::]" is not the name of a server'),
        ("https://x.example/a\u200bb", "U+200B takes no room in it. Delete it, or write %E2%80%8B"),
        ("https://a.c0m/", '"a.c0m" is not the name of a server'),
    ],
)
def test_what_is_wrong_with_an_address_is_said(address: str, words: str) -> None:
    """One sentence that names the part."""
    (problem,) = field_rules.url('"url"', address)

    assert problem.code == "invalid-url"
    assert words in problem.detail


@given(st.text("aü._-+'", min_size=1, max_size=6), st.lists(parts, min_size=1, max_size=4).map(".".join))
@example("me", "a_b.example.org")
@example("me", "x.co_m")
@example("me", "9.9😀")
@example("me", "xn--ü.example")
def test_no_server_refuses_a_mail_address_that_was_let_through(local: str, host: str) -> None:
    """The host of one has the same letters as that of an address of the web."""
    address = f"{local}@{host}"

    if not list(field_rules.email('"email"', address)):
        assert is_email(address)
        assert host.encode("idna")
        assert "_" not in host
