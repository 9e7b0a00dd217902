"""How far long work is, on stderr only: a line that is drawn anew on a terminal, plain lines or nothing elsewhere."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from badgeops.app.reporting import Tell
from badgeops.commands.shared.terminal import is_in_ci, is_terminal, may_move
from badgeops.render.plain import printable

_PATIENCE = 0.4
"""Seconds that work may take without a word."""
_BEAT = 0.1
_SLOW_BEAT = 5.0
_TURNS = "|/-\\"


class Screen(Protocol):
    """Writes a line to stay, or one that is drawn anew."""

    def note(self, text: str) -> None:
        """Write a line about the work."""

    def status(self, line: str) -> None:
        """Show a line until the next one."""


@contextmanager
def working(screen: Screen, what: str) -> Iterator[Tell]:
    """Show how work goes for the length of a block, once it takes longer than a moment.

    One line that is drawn anew where it may move; now and then a line on a terminal where it may not (NO_COLOR, dumb
    ones); nothing where nobody watches.
    """
    if not is_terminal(sys.stderr) or is_in_ci():
        yield _nothing
        return
    line = _Line(screen, what, moves=may_move())
    thread = threading.Thread(target=line.run, name="progress", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the operating system has no more threads for us, and the work can do without
        yield _nothing
        return
    try:
        yield line.tell
    finally:
        line.ended.set()
        thread.join()
        screen.status("")


def _nothing(_what: str, _done: int, _total: int | None) -> None:
    """Say nothing."""


class _Line:
    """The line about the work, written by a thread of its own so that it moves while a server thinks."""

    def __init__(self, screen: Screen, what: str, *, moves: bool) -> None:
        self._screen = screen
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
                self._screen.status(f"{_TURNS[turn % len(_TURNS)]} {told}"[:width])
            else:
                self._screen.note(told)
