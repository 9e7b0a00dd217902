"""Ends what hangs, and tells where every thread of it was."""

from __future__ import annotations

import faulthandler
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


class HungError(AssertionError):
    """Something took longer than anything may."""


@contextmanager
def watched(what: str, seconds: float, again: float = 10) -> Iterator[None]:
    """Raise HungError in the main thread where a block takes longer, with the stacks of all threads.

    It is raised once more each `again` seconds, where the main thread waits on while it cleans up.
    """

    def bite(_number: int, _frame: object) -> None:
        with tempfile.TemporaryFile() as file:
            faulthandler.dump_traceback(file, all_threads=True)
            file.seek(0)
            stacks = file.read().decode("utf-8", "replace")
        raise HungError(f"{what} hangs: it is not over after {seconds:.0f} seconds.\n{stacks}")

    before = signal.signal(signal.SIGALRM, bite)
    signal.setitimer(signal.ITIMER_REAL, seconds, again)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
