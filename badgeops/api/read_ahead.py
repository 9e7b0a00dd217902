"""Work one step ahead: the next page is under way while this one is read."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_PATIENCE = 0.1
"""Seconds after which a worker looks whether anybody still wants what it has."""


@dataclass(frozen=True, slots=True)
class _Made(Generic[T]):
    item: T


@dataclass(frozen=True, slots=True)
class _Ended:
    error: BaseException | None = None


@contextmanager
def ahead(items: Iterator[T], most: int = 1) -> Iterator[Iterator[T]]:
    """Give the same items for a block, up to `most` of them made in another thread while one is worked on.

    What making one raises comes at its place. The thread is a daemon: whoever leaves in the middle, by Ctrl-C too, does
    not wait for an item that nobody wants any more.
    """
    made: queue.Queue[_Made[T] | _Ended] = queue.Queue(maxsize=most)
    unwanted = threading.Event()
    try:
        threading.Thread(target=_work, args=(items, made, unwanted), name="ahead", daemon=True).start()
    except RuntimeError:  # the operating system has no more threads for us: then each is made when it is wanted
        yield items
        return
    try:
        yield _taken(made)
    finally:
        unwanted.set()


def _work(items: Iterator[T], made: queue.Queue[_Made[T] | _Ended], unwanted: threading.Event) -> None:
    last = _Ended()
    try:
        for item in items:
            _hand_over(_Made(item), made, unwanted)
            if unwanted.is_set():
                return
    except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
        last = _Ended(error)
    _hand_over(last, made, unwanted)


def _hand_over(result: _Made[T] | _Ended, made: queue.Queue[_Made[T] | _Ended], unwanted: threading.Event) -> None:
    while not unwanted.is_set():
        try:
            made.put(result, timeout=_PATIENCE)
        except queue.Full:
            continue
        return


def _taken(made: queue.Queue[_Made[T] | _Ended]) -> Iterator[T]:
    while isinstance(result := made.get(), _Made):
        yield result.item
    if result.error is not None:
        raise result.error
