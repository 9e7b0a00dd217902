"""How an apply goes, told on stderr."""

from __future__ import annotations

import pytest
from support.strategies import badge_class

from badgeops.applying.result import Outcome, Status
from badgeops.commands.shared.progress import Lines
from badgeops.planning.plan import Action, Change


def told(action: Action, status: Status) -> str:
    """Return what is said of a change that has ended."""
    lines: list[str] = []
    Lines(lines.append).finished(Outcome(Change(badge_class("sql").address, action), status))
    (line,) = lines
    return line


@pytest.mark.parametrize(
    ("action", "word"),
    [
        (Action.CREATE, "created"),
        (Action.UPDATE, "updated"),
        (Action.DELETE, "deleted"),
        (Action.ARCHIVE, "archived"),
        (Action.FORGET, "forgotten"),
        (Action.ADOPT, "adopted"),
        (Action.NO_OP, "noted"),
    ],
)
def test_what_was_done_is_said_in_a_word(action: Action, word: str) -> None:
    """A log has one line for each change, with its address and what was done."""
    assert told(action, Status.DONE) == f"badge_class.sql: {word}"


@pytest.mark.parametrize(
    ("status", "word"), [(Status.FAILED, "failed"), (Status.SKIPPED, "skipped"), (Status.REFUSED, "refused")]
)
def test_what_was_not_done_is_said_in_a_word(status: Status, word: str) -> None:
    """Nobody has to know our numbers to see that a change failed."""
    assert told(Action.UPDATE, status) == f"badge_class.sql: {word}"
    assert len({told(Action.UPDATE, each) for each in Status}) == len(Status)
