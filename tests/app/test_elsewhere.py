"""What helpers read is what is read here, and what they do not read is read here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from badgeops.api.responses import Answer
from badgeops.app import elsewhere
from badgeops.app.elsewhere import Elsewhere
from badgeops.errors import StateError
from badgeops.state.record import State, dumps

STATE = State("lineage", 1, "test", "https://badges.example")
PAGE = b'{"status": {"success": true}, "result": [{"entityType": "BadgeClass", "entityId": "a", "name": "A"}]}'


class Few:
    """Helpers that do everything, or nothing, at once; they note what they were asked for."""

    are_wanted = False

    def __init__(self, *, are_free: bool) -> None:
        self.are_free = are_free
        self.asked: list[str] = []

    def do(self, task: Callable[[list[bytes], frozenset[str]], Any], part: list[bytes], _wait: float = 0.0) -> Any:
        """Do something, if they are free."""
        self.asked.append(task.__name__)
        return task(part, frozenset()) if self.are_free else None


@pytest.mark.parametrize("are_free", [True, False])
def test_a_state_is_the_same_wherever_it_is_read(monkeypatch: pytest.MonkeyPatch, *, are_free: bool) -> None:
    """By a helper, or here because none is free; what is wrong with it is told here, with its name."""
    monkeypatch.setattr(elsewhere, "_WORTH", 1)
    helpers: Any = Few(are_free=are_free)
    reading = Elsewhere(helpers)

    assert reading.state(dumps(STATE), name="s.json") == STATE
    with pytest.raises(StateError, match=r"s\.json"):
        reading.state("{", name="s.json")
    assert helpers.asked == ["recorded"] * 2


@pytest.mark.parametrize(
    ("worth", "most", "asked"), [(1, 10**9, ["recorded", "listed"]), (10**6, 10**9, []), (1, 2, [])]
)
def test_only_what_is_worth_it_is_handed_over(
    monkeypatch: pytest.MonkeyPatch, worth: int, most: int, asked: list[str]
) -> None:
    """Small states are read in less time than it takes to hand them over, and large ones take too much memory."""
    monkeypatch.setattr(elsewhere, "_WORTH", worth)
    monkeypatch.setattr(elsewhere, "_MOST", most)
    helpers: Any = Few(are_free=True)
    reading = Elsewhere(helpers)

    reading.state(dumps(STATE), name="s.json")
    found = reading.listed(Answer(200, "", body=PAGE))

    assert helpers.asked == asked
    assert helpers.are_wanted == bool(asked)
    assert (found is not None) == bool(asked)
    assert found is None or [live.name for live in found] == ["A"]
