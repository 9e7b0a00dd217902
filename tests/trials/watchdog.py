"""Ends what hangs, and tells where every thread of it was."""

from __future__ import annotations

import faulthandler
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN = 10
"""Seconds after which a main thread that waits on, while it cleans up, is torn away once more."""


class HungError(AssertionError):
    """Something took longer than anything may."""


@contextmanager
def watched(what: str, seconds: float) -> Iterator[None]:
    """Raise HungError in the main thread where a block takes longer, with the stacks of all threads."""

    def bite(_number: int, _frame: object) -> None:
        with tempfile.TemporaryFile() as file:
            faulthandler.dump_traceback(file, all_threads=True)
            file.seek(0)
            stacks = file.read().decode("utf-8", "replace")
        raise HungError(f"{what} hangs: it is not over after {seconds:.0f} seconds.\n{stacks}")

    before = signal.signal(signal.SIGALRM, bite)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
