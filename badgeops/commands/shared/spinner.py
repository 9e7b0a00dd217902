"""How far long work is, on stderr only: a line that is drawn anew on a terminal, plain lines or nothing elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from badgeops.commands.shared.console import Console, is_terminal
from badgeops.render.plain import printable

Tell = Callable[[str, int, int | None], None]
"""Takes what is being worked on, how many of it are done, and how many there are, where that is known."""

_PATIENCE = 0.4
"""Seconds that work may take without a word."""
_BEAT = 0.1
_SLOW_BEAT = 5.0
_TURNS = "|/-\\"


def may_move(console: Console) -> bool:
    """Tell whether a line of stderr may be drawn again and again: on a terminal, no dumb one, no build server's."""
    return is_terminal(sys.stderr) and console.style(sys.stderr).color and not _is_in_ci()


def _is_in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


@contextmanager
def working(console: Console, what: str) -> Iterator[Tell]:
    """Show how work goes for the length of a block, once it takes longer than a moment.

    One line that is drawn anew where it may move; now and then a line on a terminal where it may not (NO_COLOR, dumb
    ones); nothing where nobody watches.
    """
    if not is_terminal(sys.stderr) or _is_in_ci():
        yield _nothing
        return
    line = _Line(console, what, moves=may_move(console))
    thread = threading.Thread(target=line.run, name="progress", daemon=True)
    thread.start()
    try:
        yield line.tell
    finally:
        line.ended.set()
        thread.join()
        console.status("")


def _nothing(_what: str, _done: int, _total: int | None) -> None:
    """Say nothing."""


class _Line:
    """The line about the work, written by a thread of its own so that it moves while a server thinks."""

    def __init__(self, console: Console, what: str, *, moves: bool) -> None:
        self._console = console
        self._what = what
        self._moves = moves
        self._now = ""
        self.ended = threading.Event()

    def tell(self, what: str, done: int, total: int | None) -> None:
        """Take note of how far it is."""
        count = f"{done:,} of {total:,}" if total is not None else f"{done:,}"
        self._now = f": {count} {what}" if done or total else f": {what}"

    def run(self) -> None:
        """Write the line until the work has ended."""
        began, turn = time.monotonic(), 0
        wait = _PATIENCE if self._moves else _SLOW_BEAT
        while not self.ended.wait(wait):
            turn += 1
            seconds = int(time.monotonic() - began)
            told = printable(f"{self._what}{self._now} ({seconds} s)")
            if self._moves:
                wait = _BEAT
                width = max(20, shutil.get_terminal_size().columns - 1)
                self._console.status(f"{_TURNS[turn % len(_TURNS)]} {told}"[:width])
            else:
                self._console.note(told)
