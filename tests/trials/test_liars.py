"""Liars: histories with servers that lie, and what the trials would notice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.tiers import few

from badgeops.api.gone import Said, Word
from badgeops.api.live import Earners, Live, parse_listed
from badgeops.applying.writes import Writer, Written
from badgeops.model.address import Kind
from badgeops.planning.plan import Change
from trials import liars, repeatable
from trials.liar import LIES
from trials.seeds import tried


@pytest.mark.parametrize("name", tried(liars))
def test_a_liar_does_no_harm(name: str) -> None:
    """Whatever a server says: nothing of a stranger is touched, nothing made twice, and all ends in order."""
    with repeatable("liars", name):
        assert liars.run(name) > 0


def _believed(self: Writer, change: Change, live: Live, *_: Any) -> None:
    """Take whatever was answered for what was made."""
    self._remember(change.address, live.entity_id)


def _nothing(*_: Any, **__: Any) -> None:
    """Check nothing."""


def _elsewhere(kind: Kind, payload: Any) -> Live:
    """Take what cannot be read for something that is nowhere near."""
    live = parse_listed(kind, payload)
    return replace(live, name="", issuer_id="elsewhere") if live.odd else live


_CLAIM = {"badgeops.applying.writes.Writer._claim": _believed}
_ASKED = {"badgeops.api.client._asked_for": lambda live, _: live}
_IMPATIENT = {"badgeops.planning.interrupted.quiet_until": _nothing}
_GONE = {"badgeops.planning.planner._Builder._lost": _nothing}
_ALONE = {"badgeops.applying.writes.Writer.confirm": _nothing, "badgeops.applying.writes.Writer._confirm": _nothing}
BROKEN: dict[str, dict[str, Any]] = {
    "first answer again": _CLAIM,
    "answered from a cache": _CLAIM,
    "one answer late": _CLAIM,
    "a stranger's id": _CLAIM,
    "newcomer": {"badgeops.api.dialects.unlike": lambda *_, **__: ()},
    "a colleague is quicker": {"badgeops.api.dialects.unlike": lambda *_, **__: ()},
    "another entity": _ASKED,
    "another issuer": {**_CLAIM, **_ASKED, "badgeops.applying.writes.Writer._check_is_ours": _nothing},
    "an id of nobody": _GONE,
    "nothing made": _GONE,
    "renames": {
        "badgeops.planning.interrupted.Interrupted.newcomers": lambda *_: [],
        "badgeops.applying.writes.Writer._is_new": lambda *_: False,
        "badgeops.planning.interrupted.quiet_until": _nothing,
    },
    "ignores": {"badgeops.planning.planner._Builder._check_stored": _nothing},
    "says it was stored": {"badgeops.planning.planner.nothing_to_do": lambda *_: True},
    "says it was deleted": {"badgeops.applying.writes.Writer._deleted": lambda *_: Written(None)},
    "says no": {"badgeops.planning.planner._Builder._name_is_free": lambda *_: True},
    "stale lists": _IMPATIENT,
    "hides what is new": _IMPATIENT,
    "changes ids": _ALONE,
    "lists others": _ALONE,
    "moves": _IMPATIENT,
    "says it was archived": {"badgeops.applying.writes.Writer._archived": lambda *_: Written(None)},
    "loses its right": {
        "badgeops.api.client.of_page": lambda answer: Said(Word.GONE if answer.status == 404 else Word.THERE, "It lies")
    },
    "no counts": {"badgeops.planning.refresh._Counter.count": lambda *_: Earners(0)},
    "hides the next page": {"badgeops.api.responses.Page.may_be_cut": lambda *_: False, **_IMPATIENT},
    "odd entries": {"badgeops.api.client.parse_listed": _elsewhere, **_IMPATIENT},
}
"""What keeps badgeops from believing each lie, taken out of it."""
SEEDS: dict[str, tuple[str, ...]] = {
    "first answer again": ("answers-24",),
    "answered from a cache": ("answers-13",),
    "one answer late": ("answers-17", "answers-38"),
    "another entity": ("others-72",),
    "another issuer": ("others-43", "others-49"),
    "a stranger's id": ("others-2", "others-8"),
    "an id of nobody": ("others-3", "others-9"),
    "newcomer": ("others-4", "others-10"),
    "nothing made": ("others-11", "others-17"),
    "a colleague is quicker": ("colleagues-0", "colleagues-1"),
    "renames": ("stored-20", "stored-25"),
    "ignores": ("stored-1", "stored-6"),
    "says it was stored": ("stored-7", "stored-17"),
    "says it was deleted": ("stored-18", "stored-28"),
    "says no": ("stored-4", "stored-9"),
    "stale lists": ("lists-0",),
    "hides what is new": ("lists-13",),
    "changes ids": ("lists-8",),
    "lists others": ("lists-57",),
    "moves": ("lists-286",),
    "no counts": ("lists-11", "lists-29"),
    "hides the next page": ("entries-109", "entries-236"),
    "odd entries": ("entries-89", "entries-95"),
    "says it was archived": ("rights-1", "rights-17"),
    "loses its right": ("rights-0", "rights-16"),
}
"""Trials that notice it; the second is for a machine on which the threads come in another order."""


@pytest.mark.parametrize("lie", few(LIES, first=4))
def test_a_lie_that_is_believed_is_noticed(monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    """With the check taken out that keeps badgeops from it, a trial fails."""
    for target, value in BROKEN[lie].items():
        monkeypatch.setattr(target, value)

    def live_on() -> None:
        for name in SEEDS[lie] * 3:
            liars.run(name)

    with pytest.raises(AssertionError):
        live_on()
