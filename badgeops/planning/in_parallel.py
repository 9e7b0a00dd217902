"""Reading from the server, several requests at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import TypeVar

Tell = Callable[[str, int, int | None], None]
"""Takes what is being read, how much of it is, and how much there is, where that is known."""

T = TypeVar("T")
R = TypeVar("R")


def tell_nobody(_what: str, _done: int, _total: int | None) -> None:
    """Tell nobody."""


def each(
    function: Callable[[T], R], items: Iterable[T], parallelism: int, tell: Tell = tell_nobody, what: str = ""
) -> list[tuple[T, R]]:
    """Return (item, function(item)) for every item, working on several at a time; the first error ends it.

    The threads are daemons: whoever leaves by Ctrl-C does not wait for what they are at. It only reads.
    """
    items = list(items)
    if len(items) < 2:
        return [(item, function(item)) for item in items]
    todo = deque(enumerate(items))
    done: SimpleQueue[tuple[int, R] | BaseException] = SimpleQueue()
    threads = _started(
        threading.Thread(target=_work, args=(function, todo, done), name="refresh", daemon=True)
        for _ in range(min(parallelism, len(items)))
    )
    if not threads:
        return [(item, function(item)) for item in items]
    results: dict[int, R] = {}
    try:
        while len(results) < len(items):
            tell(what, len(results), len(items))
            answer = done.get()
            if isinstance(answer, BaseException):
                todo.clear()
                for thread in threads:
                    thread.join()
                raise answer
            results[answer[0]] = answer[1]
    finally:
        todo.clear()
    return [(item, results[index]) for index, item in enumerate(items)]


def _started(threads: Iterable[threading.Thread]) -> list[threading.Thread]:
    """Start threads, and return as many as the operating system lets us have."""
    started = []
    for thread in threads:
        try:
            thread.start()
        except RuntimeError:  # fewer do it as well
            break
        started.append(thread)
    return started


def _work(
    function: Callable[[T], R], todo: deque[tuple[int, T]], done: SimpleQueue[tuple[int, R] | BaseException]
) -> None:
    while True:
        try:
            index, item = todo.popleft()
        except IndexError:
            return
        try:
            done.put((index, function(item)))
        except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
            done.put(error)
            return
