"""A wall clock that jumps, as one process and the files that it writes see it.

Each look at the clock is a *reading* with a number and a name: badgeops' own, its libraries', and the file system's
when it notes that a file has changed. From one of them on, the time is another.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import threading
import time
from collections.abc import Callable, Sized
from typing import Any


class Clock:
    """Counts readings, and jumps at one of them."""

    def __init__(self, jump: float, jump_at: int, points: Sized, on_jump: Callable[[], None]) -> None:
        self.readings: list[tuple[str, int]] = []
        """The name of each, and how many points came before it."""
        self._jump = jump
        self._jump_at = jump_at
        self._points = points
        self._on_jump = on_jump
        self._lock = threading.Lock()
        self._utime = os.utime
        self._time_ns = time.time_ns

    def put_on(self) -> None:
        """Set every hook; once all modules of badgeops are there."""
        real_time, real_time_ns = time.time, time.time_ns
        time.time = lambda: real_time() + self._read("time")
        time.time_ns = lambda: real_time_ns() + int(self._read("time_ns") * 1e9)
        os.utime = self._touch
        own = self._datetime()
        for name, module in list(sys.modules.items()):
            if name.startswith("badgeops.") and getattr(module, "datetime", None) is dt.datetime:
                module.datetime = own  # type: ignore[attr-defined]

    def stamp(self, handle: int, name: str) -> None:
        """Let a file that was changed just now have been changed at the time that this clock shows."""
        off = self._read(name)
        if off:
            self._set(handle, off)

    @property
    def _off(self) -> float:
        """Seconds by which the clock is wrong by now."""
        return self._jump if self._jump and len(self.readings) >= self._jump_at else 0.0

    def _read(self, name: str) -> float:
        with self._lock:
            self.readings.append((name, len(self._points)))
            if self._jump and len(self.readings) == self._jump_at:
                self._on_jump()
            return self._off

    def _set(self, file: Any, off: float) -> None:
        now = self._time_ns() + int(off * 1e9)
        self._utime(file, ns=(now, now))

    def _touch(self, file: Any, times: Any = None, **more: Any) -> None:
        # Not counted: how often a lease is renewed depends on how long the run takes.
        if times is None and "ns" not in more and self._off:
            self._set(file, self._off)
        else:
            self._utime(file, times, **more)

    def _datetime(self) -> type[dt.datetime]:
        read = self._read

        class Jumping(dt.datetime):
            """A datetime whose present is that of this clock."""

            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> Any:
                """Return the present."""
                return dt.datetime.now(tz) + dt.timedelta(seconds=read("datetime.now"))

        return Jumping
