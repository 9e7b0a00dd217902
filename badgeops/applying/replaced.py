"""The image that an upload is about to replace: nobody but the server may have it.

    what is there                                  what becomes of it
    the recorded image, or the one to upload       it is replaced: we have sent it ourselves
    a whole image, or perhaps another one          it is kept, then replaced
    nothing: the server says 404 or 410            the upload goes on; there is nothing that could be kept
    a page, a part of an image, no answer          nothing is sent: what cannot be seen now may be seen later

An address that tells nothing, and an image that the plan could not identify, are no proof that it is ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from badgeops.api.client import Client
from badgeops.api.live import Live
from badgeops.api.served import is_identified
from badgeops.errors import ApiError, RefusedError
from badgeops.planning.plan import Action, Change
from badgeops.state.kept import suffix_of
from badgeops.state.record import ImageRecord

_GONE = (404, 410)
_TRIES = 2
"""How often an image is fetched of which only a part comes."""

Keep = Callable[[bytes, str], str]
"""Keeps an image, given how its name ends, and says where; OSError where it cannot."""


def keep(client: Client, change: Change, now: Live, kept: Keep) -> tuple[str, ...]:
    """Keep the image that an entity has now, if an upload is about to replace it and it may be somebody else's.

    Returns what to say of it. RefusedError if it may be there and cannot be kept: then it is not replaced either.
    """
    if change.upload is None or now.image_url is None or _is_recorded(change, now):
        return ()
    found = _whole(client, now.image_url)
    if found is None:
        return ("the image that it had on the server was replaced and not kept: the server has none at its address",)
    data, suffix = found
    recorded = _recorded(change)
    ours = {change.upload.sha256} | ({recorded.sha256, recorded.served_sha256} if recorded is not None else set())
    if hashlib.sha256(data).hexdigest() in ours:
        return ()
    try:
        return (f"the image that it had on the server is kept in {kept(data, suffix)}",)
    except OSError as error:
        raise _refused(f"{error.strerror or error}.") from error


def is_another_drawing(client: Client, change: Change, planned: Live, now: Live) -> bool:
    """Tell whether an SVG whose address has changed since the plan is another one: each PUT changes it.

    If nobody can tell, it may be one. With an upload that is no matter, for `keep` keeps what is there now.
    """
    served = _digest(client, now.image_url)
    before = _digest(client, planned.image_url) if planned.image_url != now.image_url else None
    recorded = _recorded(change)
    if before is None and recorded is not None and not is_of_others(change):
        before = recorded.served_sha256
    return change.upload is None if served is None or before is None else served != before


def is_of_others(change: Change) -> bool:
    """Tell whether the image on the server is, as far as the plan knows, somebody else's."""
    return any(
        item.name == "image" and isinstance(item.before, dict) and "sha256" not in item.before
        for item in change.attributes
    )


def _is_recorded(change: Change, now: Live) -> bool:
    """Tell whether the image is for certain the one that the state records.

    What is adopted was recorded without a look at its image.
    """
    recorded = _recorded(change)
    if recorded is None or change.action is Action.ADOPT:
        return False
    return is_identified(now, recorded.ref) and now.image_ref == recorded.ref


def _recorded(change: Change) -> ImageRecord | None:
    return change.record.image if change.record is not None else None


def _whole(client: Client, url: str) -> tuple[bytes, str] | None:
    """Fetch an image to its end; None if the server has none, RefusedError if nobody can tell."""
    for _ in range(_TRIES):
        data = _fetched(client, url)
        if data is None:
            return None
        suffix = suffix_of(data)
        if suffix is not None:
            return data, suffix
    raise _refused("What came from its address is no whole image.")


def _fetched(client: Client, url: str) -> bytes | None:
    """Fetch what is at the address of an image; None if the server has nothing there."""
    try:
        return client.image(url)
    except ValueError as error:
        raise _refused("The server gives an address that is none.") from error
    except ApiError as error:
        if error.status in _GONE:
            return None
        raise _refused(error.message) from error


def _digest(client: Client, url: str | None) -> str | None:
    try:
        return hashlib.sha256(client.image(url, is_repeated=False)).hexdigest() if url is not None else None
    except (ApiError, ValueError):
        return None


def _refused(why: str) -> RefusedError:
    return RefusedError(
        f"The image that it has on the server cannot be kept: {why}",
        hint="It was not replaced, and nothing was sent: nobody else may have a copy of it. Mend that, or wait, and "
        "run badgeops again. To leave the image as it is on the server, write `lifecycle: {ignoreChanges: [image]}`.",
    )
