"""One call for all who need its outcome at the same time, and for nobody who asked after it had begun."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Round(Generic[T]):
    done: threading.Event = field(default_factory=threading.Event)
    result: T | None = None
    error: BaseException | None = None


@dataclass
class _Queue(Generic[T]):
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held while a call is made: one at a time."""
    next: _Round[T] | None = None
    """What those who come now will be given; its call has not begun."""


class Fresh(Generic[T]):
    """Answers a question by a call that began after it was asked.

    While a call is made, those who come wait for the next one together. Safe to be used from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[Hashable, _Queue[T]] = {}

    def ask(self, key: Hashable, call: Callable[[], T]) -> T:
        """Return what `call` returns, made by us or, later than now, by another who asks with the same key."""
        with self._lock:
            line = self._queues.setdefault(key, _Queue())
            is_ours = line.next is None
            round_ = line.next = line.next or _Round()
        if is_ours:
            self._make(line, round_, call)
        else:
            round_.done.wait()
        return _outcome(round_)

    def _make(self, line: _Queue[T], round_: _Round[T], call: Callable[[], T]) -> None:
        with line.turn:
            with self._lock:
                line.next = None  # whoever comes from here on is too late for this one
            try:
                round_.result = call()
            except BaseException as error:  # noqa: BLE001 (raised again by all who wait for it)
                round_.error = error
            round_.done.set()


def _outcome(made: _Round[T]) -> T:
    if made.error is not None:
        raise made.error
    return made.result  # type: ignore[return-value] # set before `done` is
