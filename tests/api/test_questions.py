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


# --- each question -------------------------------------------------------------------------------------------------

GONE, UNKNOWN = Seen(204, None, is_gone=True), Seen(200, None)
"""A badge class that is gone; and one of which nobody knows whether what is shown is it."""
NO, BROKEN = Seen(400, look(), words="No."), Seen(500, look(), words="Oops.")
ARCHIVED, ACTIVE = Seen(200, look(archived=True)), Seen(200, look(archived=False))
REFUSALS = [(NO, "refused"), (BROKEN, "breaks"), (UNKNOWN, OPEN), (Seen(404, look()), OPEN)]
"""Steps that were not taken, and what that comes to."""
EVERY_ANSWER = {
    "writable-members": "see the members, stored, ignored, refused, breaks, not shown, shown otherwise",
    "left-out": "kept, cleared, mixed, refused, breaks",
    "own-image-address": "kept, made anew, lost, refused, breaks",
    "no-image": "kept, made anew, lost, refused, breaks",
    "image-address": "constant, changes",
    "alternative-text": "stored, ignored, refused, breaks, not shown, shown otherwise",
    "unknown-member": "stored, ignored, refused, breaks",
    "odd-achievement-type": "stored, ignored, refused, breaks",
    "sent-back": "taken, changed, refused, breaks",
    "delete": "deletes, archives, nothing, refused, breaks",
    "archived-in-lists": "hidden, listed, needless",
    "reactivate": "comes back, nothing, refused, breaks, needless",
    "hard-delete": "query, body, neither, breaks, needless",
}


def shown(digest: str | None = "1", /, **members: Any) -> Seen:
    """Return a step that was taken, and what is shown after it."""
    return Seen(200, look(digest, **members))


def answer(name: str, evidence: Evidence) -> str:
    """Return the answer of a question."""
    return BY_NAME[name].judge(evidence).answer


def test_each_question_says_what_can_be_answered() -> None:
    """In this order they are told, and each answer is explained."""
    assert {question.name: ", ".join(question.answers) for question in QUESTIONS} == EVERY_ANSWER
    assert list(BY_NAME) == list(EVERY_ANSWER)


@pytest.mark.parametrize(
    ("name", "before", "step"),
    [
        ("left-out", {"everything again": shown(tags=["a"])}, "with little"),
        ("own-image-address", {"with everything": shown()}, "own image address"),
        ("no-image", {"own image address": shown()}, "no image"),
        ("alternative-text", {}, "with imageAltText"),
        ("unknown-member", {}, "unknown member"),
        ("odd-achievement-type", {}, "unknown achievement type"),
        ("sent-back", {"another image": shown()}, "all that is shown"),
        ("reactivate", {DELETE: ARCHIVED}, REACTIVATE),
        ("delete", {}, DELETE),
    ],
)
def test_what_was_not_taken_is_refused_or_breaks_or_says_nothing(name: str, before: Evidence, step: str) -> None:
    """With the words that the server says; and without what was before, or the step itself, nothing is known."""
    for seen, word in REFUSALS:
        verdict = BY_NAME[name].judge({**before, step: seen})
        assert (verdict.answer, verdict.said) == (word, seen.words)
    assert answer(name, before) == OPEN
    if before and name != "reactivate":
        assert answer(name, {step: shown(tags=["a"])}) == OPEN
        assert answer(name, {**dict.fromkeys(before, UNKNOWN), step: shown(tags=["a"])}) == OPEN


@pytest.mark.parametrize(
    ("name", "before", "step"),
    [("own-image-address", "with everything", "own image address"), ("no-image", "own image address", "no image")],
)
def test_what_became_of_an_image_is_seen_in_its_bytes(name: str, before: str, step: str) -> None:
    """If they were there before, and can be read afterwards."""
    first = {before: shown("1")}

    assert answer(name, {before: shown(None), step: shown("1")}) == OPEN
    assert answer(name, {**first, step: shown(None)}) == OPEN
    assert answer(name, {**first, step: shown("1")}) == "kept"
    assert answer(name, {**first, step: shown("2")}) == "made anew"
    assert answer(name, {**first, step: shown("2", image="")}) == "lost"


def test_which_members_were_there_and_are_is_told_in_order() -> None:
    """Of those that had a value; if none had, nothing is known."""
    members = sorted({*map(member_of, MEMBERS)})
    whole = shown(**dict.fromkeys(members, "a"))

    verdict = BY_NAME["left-out"].judge({"everything again": whole, "with little": shown(tags="a")})

    assert list(verdict.parts) == members
    nothing = BY_NAME["left-out"].judge({"everything again": shown(tags=[]), "with little": shown(tags=["a"])})
    assert (nothing.answer, nothing.parts) == (OPEN, {})


def test_what_a_server_says_of_members_is_told_together() -> None:
    """Only what it has said something of; each member has an answer of its own."""
    verdict = BY_NAME["writable-members"].judge(
        {
            "with tags": NO,
            "with criteriaUrl": shown(criteriaUrl=MEMBERS["criteriaUrl"]),
            "with expires": BROKEN,
        }
    )

    assert (verdict.answer, verdict.said) == ("see the members", "No.; Oops.")
    assert verdict.parts == {"criteriaUrl": "stored", "tags": "refused", "expires": "breaks"}


def test_members_and_types_that_nobody_knows_are_stored_or_ignored() -> None:
    """By what is shown afterwards."""
    assert answer("alternative-text", {"with imageAltText": shown(imageAltText=MEMBERS["imageAltText"])}) == "stored"
    assert answer("unknown-member", {"unknown member": shown(badgeopsProbe=None)}) == "stored"
    assert answer("unknown-member", {"unknown member": shown()}) == "ignored"
    assert answer("odd-achievement-type", {"unknown achievement type": shown()}) == "ignored"
    taken = shown(achievementType="Badgeops Probe")
    assert answer("odd-achievement-type", {"unknown achievement type": taken}) == "stored"


@pytest.mark.parametrize("one", [None, "1", "2"])
@pytest.mark.parametrize("other", [None, "1", "2"])
@pytest.mark.parametrize("address", ["https://x.example/1", "https://x.example/2", ""])
def test_an_address_is_judged_by_two_images(one: str | None, other: str | None, address: str) -> None:
    """That were both read and are two, and of which the second has an address."""
    before, now = shown(one), shown(other, image=address)

    verdict = answer("image-address", {"with everything": before, "another image": now})

    is_known = None not in (one, other) and one != other and address != ""
    assert verdict == (OPEN if not is_known else "changes" if address.endswith("2") else "constant")
    for evidence in (
        {"with everything": before},
        {"another image": now},
        {"with everything": UNKNOWN, "another image": now},
        {"with everything": before, "another image": UNKNOWN},
        {"with everything": before, "another image": Seen(400, now.after)},
    ):
        assert answer("image-address", evidence) == OPEN


def test_an_update_with_all_that_is_shown_is_judged_by_what_it_changes() -> None:
    """Of the members that are ours, in order; the image is none of them, for its address may change by itself."""
    before = shown(name="N", tags=["a"], criteriaUrl="c", entityId="1", description="D")

    def after(**members: Any) -> Any:
        first = {"another image": before}
        all_ = {"name": "N", "tags": ["a"], "criteriaUrl": "c", "entityId": "1", "description": "D", **members}
        return BY_NAME["sent-back"].judge({**first, "all that is shown": shown(**all_)})

    assert (after().answer, after().parts) == ("taken", {})
    assert after(entityId="2", image="https://x.example/2").answer == "taken"
    changed = after(tags=["b"], name="M", criteriaUrl=None, description="")
    assert changed.answer == "changed"
    assert list(changed.parts.items()) == [(name, "changed") for name in ("criteriaUrl", "description", "name", "tags")]


@pytest.mark.parametrize(
    ("name", "evidence", "expected"),
    [
        ("delete", {DELETE: GONE}, "deletes"),
        ("delete", {DELETE: ARCHIVED}, "archives"),
        ("delete", {DELETE: Seen(400, look(archived=True))}, "archives"),
        ("delete", {DELETE: ACTIVE}, "nothing"),
        ("delete", {DELETE: Seen(299, look())}, "nothing"),
        ("delete", {DELETE: Seen(300, look())}, OPEN),
        ("archived-in-lists", {DELETE: GONE}, "needless"),
        ("archived-in-lists", {DELETE: UNKNOWN}, OPEN),
        ("archived-in-lists", {DELETE: Seen(200, Look({"archived": True}, None, True))}, "listed"),
        ("archived-in-lists", {DELETE: Seen(200, Look({"archived": True}, None, False))}, "hidden"),
        ("archived-in-lists", {DELETE: Seen(200, Look({"archived": True}, None, None))}, OPEN),
        ("archived-in-lists", {DELETE: Seen(200, Look({}, None, True))}, OPEN),
        ("reactivate", {DELETE: GONE}, "needless"),
        ("reactivate", {REACTIVATE: ACTIVE}, "comes back"),
        ("reactivate", {DELETE: ARCHIVED, REACTIVATE: ACTIVE}, "comes back"),
        ("reactivate", {DELETE: ARCHIVED, REACTIVATE: ARCHIVED}, "nothing"),
        ("hard-delete", {DELETE: GONE}, "needless"),
        ("hard-delete", {DELETE: ARCHIVED}, OPEN),
        ("hard-delete", {DELETE: ARCHIVED, DELETE_HARD: GONE}, "query"),
        ("hard-delete", {DELETE_HARD: GONE}, "query"),
        ("hard-delete", {DELETE: ARCHIVED, DELETE_HARD: ARCHIVED, DELETE_BODY: GONE}, "body"),
        ("hard-delete", {DELETE: ARCHIVED, DELETE_HARD: ARCHIVED, DELETE_BODY: ARCHIVED}, "neither"),
        ("hard-delete", {DELETE: ARCHIVED, DELETE_HARD: ACTIVE}, "neither"),
        ("hard-delete", {DELETE: ARCHIVED, DELETE_HARD: NO}, "neither"),
        ("hard-delete", {DELETE: ARCHIVED, DELETE_HARD: BROKEN}, "breaks"),
        ("hard-delete", {DELETE: ARCHIVED, DELETE_HARD: UNKNOWN}, OPEN),
    ],
)
def test_a_deletion_is_judged_by_what_is_there_afterwards(name: str, evidence: Evidence, expected: str) -> None:
    """Gone, archived or as before, whatever its answer says."""
    assert answer(name, evidence) == expected


def test_what_a_server_says_of_a_hard_deletion_is_told() -> None:
    """Whether it refuses or fails."""
    for seen in (NO, BROKEN):
        assert BY_NAME["hard-delete"].judge({DELETE: ARCHIVED, DELETE_HARD: seen}).said == seen.words
