"""Moments as servers and our own files write them. Pure: text in, a moment or nothing out; nobody here asks a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["Moment", "from_seconds", "later", "moment", "shown", "stamp"]

Moment = datetime
"""Whoever only compares moments takes the type from here, and not from a library that also knows what time it is."""


def moment(text: str) -> Moment | None:
    """Return the moment that a text stands for; None if it stands for none. Without a zone it is UTC.

    >>> moment("2026-11-28T13:42:30Z").hour
    13
    """
    try:
        found = Moment.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def from_seconds(seconds: float) -> Moment | None:
    """Return the moment so many seconds after 1970; None if it is beyond all years."""
    try:
        return Moment.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def later(than: Moment, seconds: float) -> Moment:
    """Return the moment so many seconds later, or the last one that there is."""
    try:
        return than + timedelta(seconds=seconds)
    except OverflowError:
        return Moment.max.replace(tzinfo=UTC)


def stamp(found: Moment) -> str:
    """Return a moment as our files hold it: to the second, in UTC.

    >>> stamp(moment("2026-11-28T13:42:30.5+01:00"))
    '2026-11-28T12:42:30Z'
    """
    return found.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def shown(found: Moment) -> str:
    """Return a moment as people read it.

    >>> shown(moment("2026-11-28T13:42:30Z"))
    '13:42:30 UTC on 28 November 2026'
    """
    return f"{found:%H:%M:%S} UTC on {found.day} {_MONTHS[found.month - 1]} {found.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""Not by `strftime`, which speaks the language of the computer."""
