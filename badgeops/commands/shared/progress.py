"""How an apply goes, on stderr only: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from badgeops.applying.result import Outcome, Status
from badgeops.applying.run import Observer
from badgeops.commands.shared.terminal import may_move
from badgeops.planning.plan import Action, Change
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


def said(outcome: Outcome) -> str:
    """Return "badge_class.x: created", "badge_class.x: failed"."""
    word = _DONE[outcome.change.action] if outcome.status is Status.DONE else outcome.status.value
    return f"{outcome.change.address}: {word}"


class Lines:
    """One line for each change that has ended."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note

    def started(self, change: Change) -> None:
        """Say nothing yet: the end will be said."""

    def finished(self, outcome: Outcome) -> None:
        """Say what became of it."""
        self._note(said(outcome))


@contextmanager
def observer(note: Callable[[str], None], total: int) -> Iterator[Observer]:
    """Give what suits the place: a bar where a person watches, lines for a log."""
    if not may_move():
        yield Lines(note)
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
