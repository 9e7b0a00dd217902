"""What may be the work of a creation whose answer was lost: how long it may take to show, and what is new. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from badgeops.api.live import Live
from badgeops.model.address import Kind
from badgeops.model.moments import Moment, later, moment, stamp

QUIET_SECONDS = 15 * 60
"""For so long after it was sent, a creation may still be done, or not be listed yet: it is not repeated, unless
`recreateAfter` of the settings says otherwise."""
_SLACK_SECONDS = 5 * 60
"""By so many seconds the clocks of a server's machines may differ."""


def quiet_until(at: str, now: Moment | None, seconds: float | None = None) -> Moment | None:
    """Return until when a creation of that time is not repeated; None if that is over, or if a time is not known."""
    sent = moment(at)
    if sent is None or now is None:
        return None
    until = later(sent, QUIET_SECONDS if seconds is None else seconds)
    return until if now < until else None


def is_new(created_at: str, since: str) -> bool:
    """Tell whether an entity may have been created after a watermark; where a time cannot be read, it may."""
    created, mark = moment(created_at), moment(since)
    return created is None or mark is None or (mark - created).total_seconds() <= _SLACK_SECONDS


def earlier(one: str | None, other: str | None) -> str | None:
    """Return the earlier of two watermarks; where one of them was not looked up, the other."""
    if one is None or other is None:
        return other if one is None else one
    first, second = moment(one), moment(other)
    if first is None or second is None:
        return ""
    return one if first <= second else other


class Arrivals:
    """What is on a server and not ours, by when it came. Nothing is looked through before something is asked."""

    def __init__(self, live: Mapping[str, Live], ours: frozenset[str], now: Moment | None) -> None:
        self._live = live
        self._ours = ours
        self._now = now

    def since(self, kind: Kind, issuer_id: str | None, mark: str) -> list[Live]:
        """Return what is not ours beside a creation and may have come after a watermark, the oldest first.

        What has no issuer that can be read may be beside any.
        """
        beside = (live for place in dict.fromkeys([issuer_id, None]) for live in self._strangers.get((kind, place), ()))
        found = (live for live in beside if is_new(live.created_at, mark))
        return sorted(found, key=lambda live: (live.created_at, live.entity_id))

    def watermark(self, kind: Kind, issuer_id: str | None) -> str:
        """Return when the newest entity beside a creation was made: whatever comes from now on is younger."""
        newest = self._newest.get((kind, issuer_id))
        if newest is None:
            return ""
        # One that claims to come from the future would make everything old.
        return stamp(min(newest, self._now or newest))

    @cached_property
    def _strangers(self) -> dict[tuple[Kind, str | None], list[Live]]:
        result: dict[tuple[Kind, str | None], list[Live]] = {}
        for live in self._live.values():
            if live.entity_id not in self._ours:
                result.setdefault((live.kind, live.issuer_id), []).append(live)
        return result

    @cached_property
    def _newest(self) -> dict[tuple[Kind, str | None], Moment]:
        result: dict[tuple[Kind, str | None], Moment] = {}
        for live in self._live.values():
            created, place = moment(live.created_at), (live.kind, live.issuer_id)
            if created is not None:
                result[place] = max(created, result.get(place, created))
        return result
