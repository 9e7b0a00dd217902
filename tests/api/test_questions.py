"""What is made of a server's answers to a probe."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.tiers import examples

from badgeops.api.probe_steps import Probe, next_step
from badgeops.api.probe_values import (
    DELETE,
    DELETE_BODY,
    DELETE_HARD,
    MEMBERS,
    OPEN,
    REACTIVATE,
    Evidence,
    Look,
    Seen,
    member_answer,
    member_of,
)
from badgeops.api.questions import QUESTIONS

PROBE = Probe("0123456789ab", ("data:image/png;base64,AA", "data:image/png;base64,BB"))
BY_NAME = {question.name: question for question in QUESTIONS}
STEPS = (
    *(f"with {trial}" for trial in MEMBERS),
    *("with everything", "own image address", "no image", "another image", "all that is shown", "unknown member"),
    *("unknown achievement type", "everything again", "with little", DELETE, REACTIVATE, DELETE_HARD, DELETE_BODY),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "probe"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "amount"]), inner, max_size=2),
    max_leaves=4,
)
NAMES = sorted({*map(member_of, MEMBERS), "image", "archived", "criteriaNarrative", "badgeopsProbe"})
LOOKS = st.builds(
    Look, st.dictionaries(st.sampled_from(NAMES), JSON), st.sampled_from([None, "1", "2"]), st.none() | st.booleans()
)
SEEN = st.builds(
    Seen,
    st.sampled_from([0, 200, 204, 302, 400, 401, 404, 409, 429, 500, 502]),
    st.none() | LOOKS,
    st.booleans(),
    st.sampled_from(["", "words"]),
)


def look(digest: str | None = "1", /, **members: Any) -> Look:
    """Return a look at a badge class with these members, and an image of these bytes."""
    return Look({"image": "https://x.example/1", **members}, digest)


@given(st.dictionaries(st.sampled_from(STEPS), SEEN))
@examples(300)
def test_whatever_was_seen_each_answer_is_one_that_the_page_explains(evidence: Evidence) -> None:
    """No evidence, however odd, breaks a question, and no answer is without a meaning."""
    for question in QUESTIONS:
        verdict = question.judge(evidence)
        assert {verdict.answer, *verdict.parts.values()} - {OPEN, *question.answers} <= _of_members(question.name)


def _of_members(name: str) -> set[str]:
    return {"changed"} if name == "sent-back" else set()


@pytest.mark.parametrize("name", BY_NAME)
def test_without_evidence_a_question_stays_open(name: str) -> None:
    """Nothing is concluded from a probe that ended early."""
    assert BY_NAME[name].judge({}).answer == OPEN


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("status", [200, 302, 401, 404, 429, 502])
def test_an_answer_that_proves_nothing_leaves_a_question_open(name: str, status: int) -> None:
    """What a gateway, a limit or a lost token answers says nothing of the server's ways; nor does another entity."""
    evidence = {step: Seen(status) for step in STEPS}

    verdict = BY_NAME[name].judge(evidence)

    assert {verdict.answer, *verdict.parts.values()} <= {OPEN, "see the members"}


@pytest.mark.parametrize(
    ("shown", "answer"),
    [
        ({"expires": {"amount": 2, "duration": "years"}}, "stored"),
        ({"expires": {"amount": 2, "duration": "years", "more": 1}}, "stored"),
        ({"expires": {"amount": 730, "duration": "days"}}, "shown otherwise"),
        ({"expires": {"amount": None, "duration": None}}, "ignored"),
        ({"expires": None}, "ignored"),
        ({}, "not shown"),
    ],
)
def test_a_member_is_judged_by_what_is_shown_of_it(shown: dict[str, Any], answer: str) -> None:
    """An update that was answered with 200 has not stored anything for that."""
    assert member_answer("expires", Seen(200, look(**shown))).answer == answer


def test_an_image_is_judged_by_its_bytes() -> None:
    """The address may stay or change whatever became of the image."""
    keeps = BY_NAME["own-image-address"].judge
    first = {"with everything": Seen(200, look("1"))}

    assert keeps({**first, "own image address": Seen(200, look("1", image="https://x.example/2"))}).answer == "kept"
    assert keeps({**first, "own image address": Seen(200, look("2"))}).answer == "made anew"
    assert keeps({**first, "own image address": Seen(200, look(None, image=None))}).answer == "lost"
    assert keeps({**first, "own image address": Seen(200, look(None))}).answer == OPEN
    assert keeps({**first, "own image address": Seen(400, look("1"), words="no")}).said == "no"


def test_an_address_proves_something_only_if_the_image_was_replaced() -> None:
    """A server that did not take the other image would look like one whose addresses stay."""
    address = BY_NAME["image-address"].judge
    first = {"with everything": Seen(200, look("1"))}

    assert address({**first, "another image": Seen(200, look("1"))}).answer == OPEN
    assert address({**first, "another image": Seen(200, look("2"))}).answer == "constant"
    assert address({**first, "another image": Seen(200, look("2", image="https://x.example/2"))}).answer == "changes"


@pytest.mark.parametrize(
    ("shown", "answer", "parts"),
    [
        ({"tags": ["a"]}, "mixed", {"tags": "kept", "criteriaUrl": "cleared"}),
        ({"tags": [], "criteriaUrl": None}, "cleared", {"tags": "cleared", "criteriaUrl": "cleared"}),
        ({"tags": ["b"], "criteriaUrl": "c"}, "kept", {"tags": "kept", "criteriaUrl": "kept"}),
    ],
)
def test_only_what_was_there_can_be_cleared(shown: dict[str, Any], answer: str, parts: dict[str, str]) -> None:
    """A member that had no value before says nothing."""
    before = Seen(200, look(tags=["a"], criteriaUrl="c", expires={"amount": None}))
    verdict = BY_NAME["left-out"].judge({"everything again": before, "with little": Seen(200, look(**shown))})

    assert (verdict.answer, dict(verdict.parts)) == (answer, parts)


@given(st.data())
@examples(60)
def test_a_probe_comes_to_its_end_and_takes_away_last(data: st.DataObject) -> None:
    """Whatever a server answers, no step comes twice, nothing is updated after a deletion, and deletions come last."""
    evidence: dict[str, Seen] = {}
    taken = []
    while (step := next_step(PROBE, evidence)) is not None:
        assert step.name not in evidence
        taken.append(step)
        evidence[step.name] = data.draw(SEEN)
        assert len(taken) <= len(STEPS)
    assert {step.name for step in taken} <= set(STEPS)
    first = next((index for index, step in enumerate(taken) if step.method == "DELETE"), len(taken))
    assert all(step.method in ("DELETE", "POST") for step in taken[first:])
    assert all(step.name in evidence for step in taken)


def test_nothing_is_sent_once_it_is_not_certain_whom_it_would_meet() -> None:
    """A look that shows another badge class ends the steps: also the deletion."""
    assert next_step(PROBE, {"with tags": Seen(200, None)}) is None
