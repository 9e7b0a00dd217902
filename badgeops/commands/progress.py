"""How work goes, on stderr only: something that moves on a terminal, plain lines or nothing elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from badgeops.apply import Observer, Outcome, Status
from badgeops.commands.console import Console, is_terminal
from badgeops.plan import Action, Change
from badgeops.render.plain import printable

_DOING = {
    Action.CREATE: "creating",
    Action.UPDATE: "updating",
    Action.DELETE: "deleting",
    Action.ARCHIVE: "archiving",
    Action.FORGET: "forgetting",
    Action.ADOPT: "adopting",
    Action.NO_OP: "noting",
}
_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.DELETE: "deleted",
    Action.ARCHIVE: "archived",
    Action.FORGET: "forgotten",
    Action.ADOPT: "adopted",
    Action.NO_OP: "noted",
}


Tell = Callable[[str, int, int | None], None]
"""Takes what is being worked on, how many of it are done, and how many there are, where that is known."""

_PATIENCE = 0.4
"""Seconds that work may take without a word."""
_BEAT = 0.1
_SLOW_BEAT = 5.0
_TURNS = "|/-\\"


def may_move(console: Console) -> bool:
    """Tell whether a line of stderr may be drawn again and again: on a terminal, no dumb one, no build server's."""
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return is_terminal(sys.stderr) and console.style(sys.stderr).color and not in_ci


@contextmanager
def working(console: Console, what: str) -> Iterator[Tell]:
    """Show how work goes for the length of a block, once it takes longer than a moment.

    One line that is drawn anew where it may move; now and then a line on a terminal where it may not (NO_COLOR, dumb
    ones); nothing where nobody watches.
    """
    if not is_terminal(sys.stderr) or os.environ.get("CI", "").lower() not in ("", "0", "false"):
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


def said(outcome: Outcome) -> str:
    """Return "badge_class.x: created", "badge_class.x: failed"."""
    word = _DONE[outcome.change.action] if outcome.status is Status.DONE else outcome.status.value
    return f"{outcome.change.address}: {word}"


class Lines:
    """One line for each change that has ended."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def started(self, change: Change) -> None:
        """Say nothing yet: the end will be said."""

    def finished(self, outcome: Outcome) -> None:
        """Say what became of it."""
        self._console.note(said(outcome))


@contextmanager
def observer(console: Console, total: int) -> Iterator[Observer]:
    """Give what suits the place: a bar where a person watches, lines for a log."""
    if not may_move(console):
        yield Lines(console)
        return
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)

        class Bar:
            """Moves the bar and names what is being worked on."""

            def started(self, change: Change) -> None:
                progress.update(task, description=f"{_DOING[change.action]} {change.address}")

            def finished(self, outcome: Outcome) -> None:
                progress.advance(task)
                if outcome.status is not Status.DONE:
                    progress.console.print(printable(said(outcome)), style="red", markup=False, highlight=False)

        yield Bar()
