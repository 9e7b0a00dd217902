"""What time it is by the server's clock: what its last answer said, and what has passed since.

Whether a request may still be under way is asked on one computer and answered on another, whose clocks may differ by
years. The server's is the same for both.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC

from badgeops.api.transport import date_of
from badgeops.model.moments import Moment, from_seconds, later


class ServerClock:
    """Hears the dates of answers; safe to be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: tuple[Moment, float] | None = None

    def hear(self, headers: Mapping[str, str]) -> None:
        """Take the date of an answer that came just now."""
        seconds = date_of(headers)
        told = from_seconds(seconds) if seconds is not None else None
        if told is not None:
            with self._lock:
                self._heard = told, time.monotonic()

    def now(self) -> Moment:
        """Return the time by the server; by this computer where no answer has said one."""
        return self.told() or Moment.now(UTC)

    def told(self) -> Moment | None:
        """Return the time by the server; None where no answer has said one."""
        with self._lock:
            heard = self._heard
        if heard is None:
            return None
        told, at = heard
        return later(told, time.monotonic() - at)
