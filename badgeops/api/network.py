"""Which way a request goes, and which places of a network it may reach. Pure.

This computer is reached directly, whatever proxy the environment names. Addresses that a server gives, of images and in
redirects, lead anywhere in the network that badgeops runs in: they are followed to public places, and to those where
the server is itself.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from urllib.parse import urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SHARED = ipaddress.IPv4Network("100.64.0.0/10")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_SOCKS = frozenset({"socks4", "socks4a", "socks5", "socks5h"})


class Realm(Enum):
    """Whose an address is."""

    PUBLIC = "the internet"
    LOOPBACK = "this computer"
    LINK = "this computer's own link, where clouds keep credentials"
    PRIVATE = "a private network"
    NONE = "no single computer"


def is_loopback(host: str) -> bool:
    """Tell whether the name of a host, or its address, means this computer and nothing else."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return realm_of(name.strip("[]")) is Realm.LOOPBACK
    except ValueError:
        return False


def realm_of(address: str) -> Realm:
    """Return whose an IP address is; ValueError where it is none."""
    ip = _meant(ipaddress.ip_address(address.partition("%")[0]))
    if ip.is_loopback:
        return Realm.LOOPBACK
    if ip.is_link_local:
        return Realm.LINK
    if ip.is_unspecified or ip.is_multicast:
        return Realm.NONE
    if not ip.is_global or ip in _SHARED or (ip.version == 6 and ip.is_site_local):
        return Realm.PRIVATE
    return Realm.PUBLIC


def _meant(ip: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 address leads to by way of a translation."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if inner is None and (ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1)):
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return inner or ip


def may_lead_to(address: str, home: Callable[[], Iterable[str]]) -> bool:
    """Tell whether an address that a server gives may lead to an IP address; `home` looks up those of the server."""
    try:
        realm = realm_of(address)
    except ValueError:
        return False
    if realm in (Realm.LOOPBACK, Realm.PRIVATE):
        return any(realm_of(own) is realm for own in home())
    return realm is Realm.PUBLIC


# --- proxies -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that the environment names, or whatever stands there instead."""

    variable: str
    """Where it is named: "HTTPS_PROXY"."""
    address: str = ""
    """Without a user name and a password."""
    problem: str = ""
    """Why it cannot be used; empty where it looks sound."""
    is_socks: bool = False


def proxy_for(url: str, proxies: Mapping[str, str], variables: Mapping[str, str]) -> Proxy | None:
    """Return the proxy in front of an address; None without one.

    `proxies` is what `requests` uses, `variables` what the environment has, both by scheme.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    for key in (f"{parts.scheme}://{host}", parts.scheme, f"all://{host}", "all"):
        text = proxies.get(key)
        if text:
            word = key.partition(":")[0]
            named = variables.get(word) == text
            return _read(text, f"{word.upper()}_PROXY in the environment" if named else "the settings of this computer")
    return None


def _read(text: str, variable: str) -> Proxy:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return Proxy(variable, problem="it is not an address")
    if not host or port == 0 or not text.isprintable() or " " in text or set(host) & set('\\"<>^`{|}$%'):
        return Proxy(variable, problem="it is not an address")
    name = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")
    if parts.scheme in _SOCKS:
        lacking = find_spec("socks") is None
        problem = "it is a SOCKS proxy, for which the Python package PySocks is missing" if lacking else ""
        return Proxy(variable, address, problem, is_socks=True)
    if parts.scheme not in ("http", "https"):
        return Proxy(variable, address, f'there are no proxies that begin with "{parts.scheme[:20]}://"')
    return Proxy(variable, address)
