"""Lets so many writes pass at a time as the pace says. Safe to be used from several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from badgeops.applying.pace import full
from badgeops.errors import ApiError, ServerFaultError, TooManyRequestsError, UnreachableError


class Throttle:
    """The way to the server that all writes of a run go."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pace = full(most)
        self._running = 0
        self._changed = threading.Condition()

    @property
    def at_a_time(self) -> int:
        """How many writes may be under way now."""
        return self._pace.at_a_time

    @property
    def was_slowed(self) -> bool:
        """Whether the server made us ask for less at a time."""
        return self._pace.turn > 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until one more write may be under way, and learn from how it ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < self._pace.at_a_time)
            self._running += 1
            turn = self._pace.turn
        began, failed = self._clock(), False
        try:
            yield
        except ApiError as error:
            failed = isinstance(error, ServerFaultError | TooManyRequestsError | UnreachableError)
            raise
        finally:
            with self._changed:
                self._running -= 1
                self._pace = self._pace.after(self._clock() - began, failed=failed, turn=turn)
                self._changed.notify_all()
