"""What is recorded and protected, hidden or perhaps gone is left to a person, who is told what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.states import sample
from support.strategies import badge_class

from badgeops.model.address import Address, Kind
from badgeops.model.allowances import NOTHING, Allowances
from badgeops.model.lifecycle import Lifecycle
from badgeops.planning.plan import REMOVALS, Action
from badgeops.planning.refusals import is_kept, not_made_again, not_taken_out, protected, protected_and_gone
from badgeops.planning.words import Finding

PYTHON = Address(Kind.BADGE_CLASS, "python")
RECORD = replace(next(iter(sample().resources.values())), address=PYTHON)
DOUBT = "https://badges.example/public/x answered with a web page (HTTP 404)"
DONE = {Action.DELETE: "deleted", Action.ARCHIVE: "archived", Action.FORGET: "forgotten"}
removals = pytest.mark.parametrize("action", REMOVALS)


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("written", [None, False, True])
def test_protection_counts_wherever_it_stands(recorded: bool, written: bool | None) -> None:
    """In the record, in the document, in both: only the address that is named is let go of."""
    resource = replace(RECORD, protect=recorded)
    entity = None if written is None else badge_class(lifecycle=Lifecycle(protect=written))

    for allowed in (NOTHING, Allowances.of("protected=badge_class.rust"), Allowances.of(f"gone={PYTHON}")):
        assert is_kept(resource, entity, allowed) == (recorded or bool(written))
    assert not is_kept(resource, entity, Allowances.of(f"protected={PYTHON}"))


@removals
@pytest.mark.parametrize("destroy", [False, True])
def test_what_is_protected_says_how_to_lift_it(action: Action, destroy: bool) -> None:
    """With the option that lifts it once, and with the edit that lifts it for good."""
    found = protected(PYTHON, action, destroy=destroy)

    assert (found.rule, found.summary) == ("protected-entity", f"it is protected and would be {DONE[action]}")
    assert f"\n  --allow protected={PYTHON}\n" in found.detail
    assert ("put the document back" in found.detail) == (not destroy)


@pytest.mark.parametrize("is_wanted", [False, True])
def test_what_is_protected_and_gone_is_one_case_with_a_document_or_without(is_wanted: bool) -> None:
    """The same rule, the same words for what has happened, the same way out; only what is at stake differs."""
    found, other = (protected_and_gone(PYTHON, is_wanted=wanted) for wanted in (is_wanted, not is_wanted))

    assert found[:2] == other[:2] == ("protected-entity", "it is protected, and it is gone from the server")
    assert found.detail.partition(". ")[0] == other.detail.partition(". ")[0]
    assert found.detail.endswith(f"\n  --allow protected={PYTHON}")
    assert ("Created again, it would be another entity" in found.detail) == is_wanted
    assert ("its record may be forgotten" in found.detail) == (not is_wanted)


def unseen(action: Action | None, doubt: str) -> Finding:
    """Return what is said of an entity that is not seen: of its document, or of its removal."""
    return not_made_again(PYTHON, doubt) if action is None else not_taken_out(PYTHON, action, doubt)


@pytest.mark.parametrize("action", [None, *REMOVALS])
def test_what_is_hidden_is_not_said_to_be_perhaps_gone(action: Action | None) -> None:
    """Its public page answers: nothing is left to doubt, and no option makes it gone."""
    found = unseen(action, "")

    assert found.rule == "not-visible"
    assert found.detail.startswith("Its public page answers, so it ")
    assert "--allow" not in found.detail
    assert action is None or DONE[action] in found.summary


@pytest.mark.parametrize("action", [None, *REMOVALS])
def test_what_may_be_gone_says_what_came_instead_of_an_answer(action: Action | None) -> None:
    """And what a person may do who knows: say that it is gone, or let the state forget it."""
    found = unseen(action, DOUBT)
    way = f"--allow gone={PYTHON}" if action is None else f"badgeops state rm {PYTHON}"

    assert found.rule == "maybe-gone"
    assert f"Its public page would tell, but {DOUBT}. " in found.detail
    assert "have its owner make this one an editor of the issuer." in found.detail
    assert found.detail.endswith(f":\n  {way}")
    assert action is None or DONE[action] in found.summary
