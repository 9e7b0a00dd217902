"""What time it is by the server's clock: what its answers said, and what has passed since.

Whether a request may still be under way is asked on one computer and answered on another, whose clocks may differ by
years. The server's is the same for both. But some answers are a gateway's, or a cache's, with another clock. So two
times are kept: a request is said to be sent at the latest time that was told, and what has passed since is
measured by the earliest. Then a clock that is wrong makes badgeops wait, and never send something twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC

from badgeops.api.transport import dates_of
from badgeops.model.moments import Moment, from_seconds, later


class ServerClock:
    """Hears the dates of answers; safe to be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: tuple[Moment, Moment, float] | None = None
        """The earliest and the latest time that was told, as they were at a moment of this computer's own count."""

    def hear(self, headers: Mapping[str, str]) -> None:
        """Take the date of an answer that came just now."""
        dates = (from_seconds(seconds) for seconds in dates_of(headers))
        told = [date for date in dates if date is not None]
        if not told:
            return
        with self._lock:
            at = time.monotonic()
            if self._heard is not None:
                earliest, latest, before = self._heard
                told += [later(earliest, at - before), later(latest, at - before)]
            self._heard = min(told), max(told), at

    def now(self) -> Moment:
        """Return the latest time that it may be by the server; by this computer where no answer has said one."""
        heard = self._since()
        return heard[1] if heard is not None else Moment.now(UTC)

    def told(self) -> Moment | None:
        """Return the earliest time that it may be by the server; None where no answer has said one."""
        heard = self._since()
        return heard[0] if heard is not None else None

    def _since(self) -> tuple[Moment, Moment] | None:
        with self._lock:
            heard = self._heard
        if heard is None:
            return None
        passed = time.monotonic() - heard[2]
        return later(heard[0], passed), later(heard[1], passed)
