"""What identifies the image that a server serves where its address does not: learned from how the server answers.

Newer servers show the same address whatever image is behind it. What tells one image from the next is, in this order,
where that address redirects to, the ETag, and the bytes. One request is enough: a redirect has no body, and an ETag
that is known already is answered with 304. It goes to the API's own origin, whatever host the address names.

Two machines behind one address may give the same bytes different ETags. So an ETag is kept together with the digest of
the bytes that came with it: if another ETag comes, so do the bytes, and they decide.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

from badgeops.api.client import Client
from badgeops.api.live import Live
from badgeops.api.responses import Answer
from badgeops.errors import ApiError

_ETAG: Final = "etag:"
_BYTES: Final = "sha256:"
_BOTH: Final = re.compile(r"etag:(.*?)(?: (sha256:[0-9a-f]{64}))?")
_CONSTANT: Final = re.compile(r".*/public/(?:issuers|badges)/[^/]+/image/?")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LONGEST: Final = 300
"""Characters of what a server sends that are kept in the state; longer ones are kept as a digest."""


def names_the_entity(live: Live) -> bool:
    """Tell whether the address of an image is the entity's own: it stays the same when the image is replaced."""
    if live.image_url is None or live.image_ref is None:
        return False
    return live.entity_id in live.image_ref.split("/") or _is_constant(live.image_ref)


def proves_nothing(live: Live, recorded: str | None) -> bool:
    """Tell whether the address says nothing about the image: by its look, or because that was learned before."""
    return live.image_url is not None and (names_the_entity(live) or _kind(recorded) != "")


def was_identified(recorded: str | None) -> bool:
    """Tell whether what is recorded of an image identifies it, on a server whose addresses stay the same."""
    return recorded is not None and not _is_constant(recorded)


def comparable(one: str | None, other: str | None) -> bool:
    """Tell whether two images that were identified can be told apart: only by the same kind of identity."""
    if one is None or other is None:
        return False
    have_bytes = _bytes_of(one) is not None and _bytes_of(other) is not None
    return have_bytes or (_kind(one) == _kind(other) and not _is_constant(one) and not _is_constant(other))


def is_identified(live: Live, recorded: str | None) -> bool:
    """Tell whether what stands for the image tells it from the recorded one: an address does, unless it stays the same.

    Of those that stay the same, `identify` finds it out, and it takes the place of the address.
    """
    if not proves_nothing(live, recorded):
        return True
    return comparable(recorded, live.image_ref) and not names_the_entity(live)


def identify(client: Client, live: Live, recorded: str | None) -> str | None:
    """Return what identifies the image that is served now, or None where the server does not say.

    `recorded` is what identified it before: what was compared by its bytes once is compared by its bytes again.
    """
    if live.image_url is None:
        return None
    try:
        if _kind(recorded) == _BYTES:
            return by_bytes(client, live)
        etag = _etag_of(recorded)
        answer = client.image_answer(urlsplit(live.image_url).path, etag)
        return recorded if answer.status == 304 and etag is not None else _identity(client, live, answer, recorded)
    except (ApiError, ValueError):  # the latter: no address at all
        return None


def by_bytes(client: Client, live: Live) -> str | None:
    """Return what identifies the image by its bytes, whatever the server says of it."""
    try:
        return _digest(client.image(live.image_url)) if live.image_url is not None else None
    except (ApiError, ValueError):  # the latter: no address at all
        return None


def _identity(client: Client, live: Live, answer: Answer, recorded: str | None) -> str | None:
    if answer.status in _REDIRECTS:
        path = urlsplit(answer.headers.get("Location", "")).path
        if not path or _is_constant(path) or live.entity_id in path.split("/"):
            return by_bytes(client, live)
        # The hosted service shows where the file is without the folder that all files are in.
        return recorded if recorded and path.endswith(f"/{recorded.lstrip('/')}") else _short(path)
    if answer.status != 200 or answer.is_html:
        return None
    etag, digest, known = answer.headers.get("ETag", "").strip(), _digest(answer.body), _bytes_of(recorded)
    if known == digest or (known is None and etag and etag == _etag_of(recorded)):
        return recorded
    return f"{_ETAG}{etag} {digest}" if etag and len(etag + digest) < _LONGEST and etag.isprintable() else digest


def _digest(data: bytes) -> str:
    return _BYTES + hashlib.sha256(data).hexdigest()


def _short(path: str) -> str:
    if len(path) <= _LONGEST and path.isprintable():
        return path
    return "/" + hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()


def _kind(ref: str | None) -> str:
    """Return the prefix that says what an identity is: "" for an address."""
    return next((kind for kind in (_ETAG, _BYTES) if ref is not None and ref.startswith(kind)), "")


def _etag_of(ref: str | None) -> str | None:
    match = _BOTH.fullmatch(ref) if ref is not None else None
    return match[1] if match is not None else None


def _bytes_of(ref: str | None) -> str | None:
    """Return the digest of the bytes that an identity holds; None if it holds none."""
    if ref is not None and ref.startswith(_BYTES):
        return ref
    match = _BOTH.fullmatch(ref) if ref is not None else None
    return match[2] if match is not None else None


def _is_constant(ref: str) -> bool:
    return _CONSTANT.fullmatch(ref) is not None
