"""How many of many are done, on stderr only: a bar where a person waits at a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from badgeops.commands.shared.terminal import wants_color

_LONG = 200
"""So many make a person wait, who is shown then that something goes on."""


@contextmanager
def counted(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Give what is to be called for each of many: it moves a bar where a person waits for them."""
    if total < _LONG or not wants_color(sys.stderr):
        yield lambda: None
        return
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what), BarColumn(bar_width=30), MofNCompleteColumn())
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)
