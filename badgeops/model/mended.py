"""Addresses and names that are nearly right, mended: what a person probably meant who typed or pasted one. Pure.

Nothing is taken for meant without asking: these are proposals, and whoever makes one checks it first.
"""

from __future__ import annotations

import difflib
import re

_AROUND = " \t\r\n,;\"'`<>()[]“”„\u2018\u2019\u201a«»"
_SCHEME = re.compile(r"([A-Za-z]{3,7})(?:[:;]+/*|/{2,})")
_AT = re.compile(r"\s*(?:\(at\)|\[at\]|\{at\}|\sat\s|@)\s*", re.IGNORECASE)
_DOT = re.compile(r"\s*(?:\(dot\)|\[dot\]|\{dot\}|\sdot\s)\s*", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@,;:<>()\[\]]+@[^\s@,;:<>()\[\]]+\.[^\s@,;:<>()\[\]]+")
_LONGEST = 2_000
"""Characters of a text that is looked at; no address has more."""


def web_address(text: str) -> str | None:
    """Return the web address that was meant: with https:// in front, slashes the right way, without what is around."""
    rest = "".join(text[:_LONGEST].strip(_AROUND).split()).replace("\\", "/")
    scheme = ""
    while (begins := _SCHEME.match(rest)) is not None:
        near = difflib.get_close_matches(begins[1].lower(), ["https", "http"], 1, 0.7)
        if not near:
            return None  # another scheme
        scheme, rest = near[0], rest[begins.end() :]
    host, end = re.fullmatch(r"([^/?#]*)(.*)", rest.lstrip("/")).groups()  # type: ignore[union-attr]
    is_own = host.lower().partition(":")[0] in ("localhost", "127.0.0.1")
    if "@" in host or not (is_own or "." in host.strip(".")):
        return None
    return f"{scheme or ('http' if is_own else 'https')}://{host.lower()}{end}"


def email_address(text: str) -> str | None:
    """Return the e-mail address that was meant: the one between < and >, without mailto:, with @ and dots in it."""
    within = re.search(r"<([^<>]*)>", text[:_LONGEST])
    plain = re.sub("^mailto:", "", (within[1] if within else text[:_LONGEST]).strip(_AROUND), flags=re.IGNORECASE)
    plain = _DOT.sub(".", _AT.sub("@", plain)).rstrip(".")
    return plain if _EMAIL.fullmatch(plain) else None


def name(text: str) -> str | None:
    """Return a name without characters that nobody sees, on one line; None if nothing is left."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST])
    return " ".join(seen.split()) or None
