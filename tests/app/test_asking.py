"""Nothing is changed before a person or a flag has said so."""

from __future__ import annotations

import pytest
from support.reporter import Recorder

from badgeops.app import asking
from badgeops.errors import PlanError


def test_a_flag_is_an_answer() -> None:
    """Who has said so on the command line is not asked."""
    reporter = Recorder("no")

    asking.confirm("Really?", reporter, auto_approve=True)

    assert reporter.questions == []


def test_only_yes_will_do() -> None:
    """The question says what to answer, and the word is the whole answer."""
    reporter = Recorder("yes")

    asking.confirm("Really\x1b?", reporter, auto_approve=False)

    assert reporter.questions == [r"Really\x1b? Only “yes” counts"]


@pytest.mark.parametrize("answer", ["", "y", "Yes", "yes ", "no"])
def test_anything_else_changes_nothing(answer: str) -> None:
    """An answer that is nearly one is none."""
    with pytest.raises(PlanError, match="Not confirmed"):
        asking.confirm("Really?", Recorder(answer), auto_approve=False)


def test_where_nobody_is_there_the_flag_is_needed() -> None:
    """A build server is told what to do instead, and no question waits for ever."""
    with pytest.raises(PlanError, match="Cannot ask for approval") as caught:
        asking.confirm("Really?", Recorder(), auto_approve=False)

    assert "--auto-approve" in caught.value.hint
