"""Which way a request goes, and which places of a network an address from a server may lead to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.tcp import reply, serving

from badgeops.api.auth import Auth
from badgeops.api.client import Client
from badgeops.api.network import Realm, is_loopback, may_lead_to, proxy_for, realm_of
from badgeops.api.transport import HopelessError, HttpRequest, Policy, Transport
from badgeops.errors import ApiError, UnreachableError
from badgeops.model.address import Kind
from badgeops.model.credentials import Credentials
from badgeops.model.dialect import Dialect

ADDRESSES = st.ip_addresses(v=4) | st.sampled_from(
    [
        ipaddress.IPv4Address(text)
        for text in ("127.0.0.1", "127.9.9.9", "10.0.0.5", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1")
    ]
)
LOOK_UP = socket.getaddrinfo
PUBLIC = "93.184.216.34"
FORBIDDEN = {
    "http://127.0.0.1:6379/": "127.0.0.1",
    "http://localhost/": "127.0.0.1",
    "http://[::1]/": "::1",
    "http://[::ffff:127.0.0.1]/": "::ffff:127.0.0.1",
    "http://2130706433/": "127.0.0.1",
    "http://0.0.0.0/": "0.0.0.0",  # noqa: S104
    "http://169.254.169.254/latest/meta-data/": "169.254.169.254",
    "http://metadata.example/": "169.254.169.254",
    "http://10.0.0.5/": "10.0.0.5",
    "http://intranet.example:8080/": "192.168.1.1",
    "http://[fd00::5]/": "fd00::5",
    "http://mixed.example/": "10.0.0.5",
}
NAMES = {
    "metadata.example": ["169.254.169.254"],
    "intranet.example": ["192.168.1.1"],
    "mixed.example": [PUBLIC, "10.0.0.5"],
    "badges.example": [PUBLIC],
    "images.example": ["151.101.1.69"],
    "badges.inside.example": ["10.0.0.7"],
    "images.inside.example": ["10.9.9.9"],
}


@pytest.fixture
def transport() -> Iterator[Transport]:
    """Give a transport that does not wait."""
    made = Transport(Policy(connect_timeout=2, read_timeout=2, total_timeout=5, attempts=1), sleep=lambda _: None)
    yield made
    made.close()


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the addresses that were connected to; names are looked up in a table, and nobody is there."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def named(host: Any, *args: Any, **more: Any) -> Any:
        found = []
        for address in NAMES.get(host, [host]):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                if host not in ("localhost", "2130706433"):
                    raise socket.gaierror(socket.EAI_NONAME, "no such host") from None
                found += look_up("127.0.0.1", *args, **more)
                continue
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            port = args[0] if args else 0
            found.append((family, socket.SOCK_STREAM, 6, "", (address, port)))
        return found

    def connect(_self: socket.socket, address: Any) -> None:
        asked.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", named)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return asked


def client(base: str, transport: Transport) -> Client:
    """Return a client with a token."""
    return Client(base, Auth(Credentials(token="t"), f"{base}/o/token", transport), transport, Dialect.OPEN_SOURCE)


# --- whose an address is -------------------------------------------------------------------------------------------


@given(ADDRESSES)
def test_an_address_within_another_one_is_of_the_same_realm(inner: ipaddress.IPv4Address) -> None:
    """Translators lead from IPv6 to IPv4: whoever writes the one means the other."""
    number = int(inner)
    wrapped = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x0064FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
    ]

    assert {realm_of(str(each)) for each in wrapped} == {realm_of(str(inner))}


@pytest.mark.parametrize(
    ("address", "realm"),
    [
        ("127.0.0.1", Realm.LOOPBACK),
        ("127.255.0.1", Realm.LOOPBACK),
        ("::1", Realm.LOOPBACK),
        ("169.254.169.254", Realm.LINK),
        ("fe80::1", Realm.LINK),
        ("fe80::1%eth0", Realm.LINK),
        ("10.1.2.3", Realm.PRIVATE),
        ("172.31.0.1", Realm.PRIVATE),
        ("192.168.0.1", Realm.PRIVATE),
        ("100.100.100.200", Realm.PRIVATE),
        ("198.18.0.1", Realm.PRIVATE),
        ("fd00:ec2::254", Realm.PRIVATE),
        ("fec0::1", Realm.PRIVATE),
        ("0.0.0.0", Realm.NONE),  # noqa: S104
        ("::", Realm.NONE),
        ("224.0.0.1", Realm.NONE),
        ("ff02::1", Realm.NONE),
        (PUBLIC, Realm.PUBLIC),
        ("2606:2800:220:1::1", Realm.PUBLIC),
    ],
)
def test_whose_an_address_is(address: str, realm: Realm) -> None:
    """Those of clouds that keep credentials are among them."""
    assert realm_of(address) is realm


@given(st.ip_addresses().map(str), st.lists(st.ip_addresses().map(str), max_size=2))
def test_an_address_of_a_server_leads_to_the_public_or_to_its_own_network(address: str, home: list[str]) -> None:
    """The law for all addresses; never to a link, where there are no servers but those with credentials."""
    allowed = may_lead_to(address, lambda: home)
    realm = realm_of(address)

    assert allowed == (
        realm is Realm.PUBLIC
        or (realm in (Realm.LOOPBACK, Realm.PRIVATE) and realm in {realm_of(each) for each in home})
    )


# --- where requests go ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", FORBIDDEN)
def test_an_image_at_a_place_that_is_none_of_a_servers_business_is_not_asked_for(
    connected: list[str], transport: Transport, url: str
) -> None:
    """The name is looked up first, and one forbidden address among several is enough."""
    with pytest.raises(UnreachableError) as caught:
        client("https://badges.example", transport).image(url)

    assert connected == []
    assert FORBIDDEN[url] in caught.value.message
    assert "badges.example gives an address at" in caught.value.message
    assert transport.count == 1


def answer(host: Any, *args: Any, **more: Any) -> Any:
    """Look a name up in the table; what is on this computer, as it is."""
    if host in ("127.0.0.1", "localhost", None):
        return LOOK_UP(host, *args, **more)
    families = [(socket.AF_INET6 if ":" in each else socket.AF_INET, each) for each in NAMES.get(host, [host])]
    return [(family, socket.SOCK_STREAM, 6, "", (each, 80)) for family, each in families]


@pytest.mark.parametrize("url", [url for url, address in FORBIDDEN.items() if realm_of(address) is not Realm.LOOPBACK])
@pytest.mark.parametrize(
    "ask",
    [lambda asking: asking.image("/media/a.png"), lambda asking: asking.public(Kind.ISSUER, "x")],
    ids=["an image", "a public page"],
)
def test_no_redirect_leads_there(monkeypatch: pytest.MonkeyPatch, transport: Transport, url: str, ask: Any) -> None:
    """Each hop is looked at. The server is on this computer here, so what else is on it may be asked."""
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with serving(reply(302, Location=url)) as server, pytest.raises(HopelessError, match="redirects to"):
        ask(client(server.url, transport))

    assert len(server.heard) == 1


@pytest.mark.parametrize(
    ("base", "url", "reached"),
    [
        ("https://badges.example", "http://images.example/a.png", "151.101.1.69"),
        ("https://badges.example", "https://badges.example/media/a.png", PUBLIC),
        ("https://badges.inside.example", "http://images.inside.example/a.png", "10.9.9.9"),
        ("https://badges.inside.example", "http://intranet.example/a.png", "192.168.1.1"),
        ("https://badges.inside.example", "http://images.example/a.png", "151.101.1.69"),
        ("https://169.254.7.7", "https://169.254.7.7/media/a.png", "169.254.7.7"),
        ("http://127.0.0.1:8000", "http://localhost:9000/a.png", "127.0.0.1"),
    ],
)
def test_public_places_and_the_servers_own_network_are_asked(
    connected: list[str], transport: Transport, base: str, url: str, reached: str
) -> None:
    """A store of images beside the server, and one in the internet, work as before."""
    with pytest.raises(UnreachableError, match="refused"):
        client(base, transport).image(url)

    assert connected == [reached]


def test_a_name_that_changes_is_asked_where_it_was_looked_at(
    connected: list[str], transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name can lead to a public address for the look and to this computer for the request."""
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    look_up = socket.getaddrinfo

    def changing(host: Any, *args: Any, **more: Any) -> Any:
        return look_up(next(answers)[0] if host == "changing.example" else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", changing)

    with pytest.raises(UnreachableError, match=r"Nothing answers at changing\.example"):
        client("https://badges.example", transport).image("http://changing.example/a.png")

    assert connected == [PUBLIC]


def test_what_is_asked_of_the_server_itself_is_not_confined(connected: list[str], transport: Transport) -> None:
    """A server may be anywhere; and a forbidden address leaves nothing behind for the next request."""
    asking = client("https://badges.inside.example", transport)
    with pytest.raises(HopelessError):
        asking.image("http://169.254.169.254/")

    with pytest.raises(UnreachableError):
        asking.account()

    assert connected == ["10.0.0.7"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://localhost/", "http://169.254.169.254/", "http://[fd00::5]/"]
)
def test_no_proxy_is_sent_there_either(transport: Transport, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """A proxy looks names up itself; an address that needs no looking up is refused before."""
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with serving(reply()) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)

        with pytest.raises(HopelessError):
            transport.send(HttpRequest("GET", url, follow=True, home=f"https://{PUBLIC}"))

    assert proxy.heard == []


# --- the way there -------------------------------------------------------------------------------------------------

VARIABLES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"]
BROKEN = [
    "http://127.0.0.1:1",
    "socks5h://127.0.0.1:1",
    "http://[bad",
    "gopher://x",
    "http://ada:SECRET@:3128",
    "http://proxy:99999",
    "%%%",
]


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("value", BROKEN)
def test_this_computer_is_reached_without_a_proxy(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """Log-in, API and images: what a rehearsal sends is nobody else's, and a proxy could not bring it here."""
    monkeypatch.setenv(variable, value)
    token = reply(body=b'{"access_token": "t", "expires_in": 900}')
    page = reply(body=b'{"status": {"success": true}, "result": [{"entityId": "u"}]}')
    with serving(token, page, reply(body=b"image")) as server:
        for base in (server.url, server.url.replace("127.0.0.1", "localhost")):
            server.reactions[:] = [token, page, reply(body=b"image")] * 2
            auth = Auth(Credentials(username="a", password="b"), f"{base}/o/token", transport)
            asking = Client(base, auth, transport, Dialect.OPEN_SOURCE)
            asking.account()
            assert asking.image("/media/a.png") == b"image"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.5.5", "localhost", "LOCALHOST.", "a.localhost", "::1", "[::1]"])
def test_the_names_of_this_computer(host: str) -> None:
    """All of 127.0.0.0/8, and whatever ends in `.localhost`."""
    assert is_loopback(host)
    assert not is_loopback(f"{host.strip('[]')}.example".replace("..", "."))


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALL_PROXY", "socks5h://ada:SECRET@proxy.example:1080", "it is a SOCKS proxy"),
        ("HTTPS_PROXY", "http://[SECRET", "it is not an address"),
        ("HTTPS_PROXY", "http://ada:SECRET@:3128", "it is not an address"),
        ("https_proxy", "gopher://ada:SECRET@proxy.example", 'begin with "gopher://"'),
        ("HTTPS_PROXY", "proxy.example:SECRET", "it is not an address"),
        ("HTTPS_PROXY", "http://proxy.example:99999", "it is not an address"),
        ("HTTPS_PROXY", "http://%SECRET%:3128", "it is not an address"),
        ("all_proxy", "http://two words SECRET:3128", "it is not an address"),
    ],
)
def test_a_proxy_that_cannot_be_is_told_as_one(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    """It is no fault of `server`; the message names the variable, and shows no password."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(HopelessError) as caught:
        transport.send(HttpRequest("POST", "https://badges.example/o/token"))

    error = caught.value
    assert "The proxy in front of badges.example cannot be used" in error.message
    assert words in error.message
    assert f"{variable.upper()} in the environment" in (error.hint or "")
    assert "NO_PROXY=badges.example" in (error.hint or "")
    assert "SECRET" not in f"{error.message} {error.hint}"
    assert "`server`" not in f"{error.message} {error.hint}"
    assert not error.outcome_unknown


@pytest.mark.parametrize(
    ("scheme", "react", "words"),
    [
        ("https", reply(407), "it wants a user name and a password"),
        ("http", reply(407), "it wants a user name and a password"),
        ("https", reply(403), "it does not let this connection pass"),
        ("https", None, "the connection to it was refused"),
        ("http", None, "the connection to it was refused"),
    ],
)
def test_a_proxy_that_says_no_is_told_with_its_address(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, scheme: str, react: bytes | None, words: str
) -> None:
    """The server was never asked."""
    with serving(react or reply()) as proxy:
        port = proxy.url.rpartition(":")[2] if react else "1"
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://ada:SECRET@127.0.0.1:{port}")

        with pytest.raises(ApiError) as caught:
            transport.send(HttpRequest("GET", f"{scheme}://badges.example/v2/issuers"))

    assert words in caught.value.message
    assert f"http://127.0.0.1:{port}, named by {scheme.upper()}_PROXY" in (caught.value.hint or "")
    assert "SECRET" not in f"{caught.value.message} {caught.value.hint}"
    assert not caught.value.outcome_unknown


@given(st.text(max_size=30), st.sampled_from(["", "http://", "https://", "socks5://", "http://a:SECRETpassword@"]))
def test_whatever_a_variable_holds_is_a_proxy_or_a_problem(text: str, start: str) -> None:
    """Nothing that stands there ends in a traceback, and no password is repeated."""
    value = start + text

    found = proxy_for("https://badges.example/x", {"https": value}, {"https": value})

    assert (found is None) == (not value)
    assert found is None or found.address or found.problem
    assert found is None or "SECRETpassword" not in found.address + found.problem or "SECRETpassword" in text
