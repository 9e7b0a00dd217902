"""What goes on in the background while a test does something else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeating(act: Callable[[], object], pause: float) -> Iterator[None]:
    """Do something for the length of a block, first before it begins and then after each pause of so many seconds."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(pause):
            act()

    act()
    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
