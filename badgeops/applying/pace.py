"""How many writes a server is asked for at a time: fewer when it fails or slows down, more when it does not. Pure.

A small server with a busy database gains nothing from eight writers: they wait for each other, and after a while it
refuses those that waited longest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

_SLOWED: Final = 4.0
"""So many times as long as the fastest answer so far is slow,"""
_SLOW_SECONDS: Final = 2.0
"""but nothing faster than this."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many writes may be under way, and what was seen so far."""

    most: int
    at_a_time: int
    turn: int = 0
    """How often the pace was slowed down: what began before the last time says nothing of the pace after it."""
    good: int = 0
    """Good answers since the number changed."""
    fastest: float | None = None
    """Seconds of the fastest good answer."""

    def after(self, seconds: float, *, failed: bool, turn: int) -> Pace:
        """Return the pace after an answer that took some seconds, of a write that began in a turn."""
        if failed or self._is_slow(seconds):
            if turn != self.turn:
                return self
            return replace(self, at_a_time=max(1, self.at_a_time // 2), turn=self.turn + 1, good=0)
        fastest = seconds if self.fastest is None else min(seconds, self.fastest)
        if self.at_a_time < self.most and self.good + 1 >= self.at_a_time:
            return replace(self, at_a_time=self.at_a_time + 1, good=0, fastest=fastest)
        return replace(self, good=self.good + 1, fastest=fastest)

    def _is_slow(self, seconds: float) -> bool:
        return self.fastest is not None and seconds > max(_SLOW_SECONDS, _SLOWED * self.fastest)


def full(most: int) -> Pace:
    """Return the pace that a run begins with: as many at a time as are allowed."""
    return Pace(most, most)
