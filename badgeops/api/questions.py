"""What the API's documentation leaves open, as questions to a server, and how its answers are judged. Pure.

Without evidence a question stays open. `docs/servers.md` has a row for each answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from badgeops.api.probe_values import (
    ALWAYS_SENT,
    DELETE,
    DELETE_BODY,
    DELETE_HARD,
    MEMBERS,
    NO_IDEA,
    OPEN,
    REACTIVATE,
    UNKNOWN_MEMBER,
    UNKNOWN_TYPE,
    Evidence,
    Seen,
    Verdict,
    is_empty,
    member_answer,
    member_of,
    refusal,
)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the documentation leaves open."""

    name: str
    asks: str
    judge: Callable[[Evidence], Verdict]
    answers: Mapping[str, str]
    """What can be answered, of the whole or of a member, and what each answer means."""


def _members(evidence: Evidence) -> Verdict:
    found = {trial: member_answer(trial, evidence[step]) for trial in MEMBERS if (step := f"with {trial}") in evidence}
    parts = {trial: verdict.answer for trial, verdict in found.items()}
    if not parts:
        return NO_IDEA
    return Verdict("see the members", parts, "; ".join(verdict.said for verdict in found.values() if verdict.said))


def _left_out(evidence: Evidence) -> Verdict:
    """Judge what became of members that were shown with a value, and that an update left out."""
    whole, bare = evidence.get("everything again"), evidence.get("with little")
    if whole is None or bare is None or whole.after is None:
        return NO_IDEA
    if not bare.was_taken or bare.after is None:
        return refusal(bare)
    parts = {
        member: "cleared" if is_empty(bare.after.members.get(member)) else "kept"
        for member in sorted({member_of(trial) for trial in MEMBERS})
        if not is_empty(whole.after.members.get(member))
    }
    answers = set(parts.values())
    return Verdict(answers.pop() if len(answers) == 1 else "mixed" if answers else OPEN, parts)


def _image_after(evidence: Evidence, before: str, step: str) -> Verdict:
    earlier, seen = evidence.get(before), evidence.get(step)
    if earlier is None or seen is None or earlier.after is None or earlier.after.image is None:
        return NO_IDEA
    if not seen.was_taken or seen.after is None:
        return refusal(seen)
    if not seen.after.members.get("image"):
        return Verdict("lost")
    if seen.after.image is None:
        return NO_IDEA
    return Verdict("kept" if seen.after.image == earlier.after.image else "made anew")


def _alternative_text(evidence: Evidence) -> Verdict:
    seen = evidence.get("with imageAltText")
    return member_answer("imageAltText", seen) if seen is not None else NO_IDEA


def _address(evidence: Evidence) -> Verdict:
    """Judge the address of an image by an update that certainly replaced the image."""
    before, seen = evidence.get("with everything"), evidence.get("another image")
    if before is None or seen is None or before.after is None or seen.after is None or not seen.was_taken:
        return NO_IDEA
    one, other = before.after, seen.after
    if None in (one.image, other.image) or one.image == other.image or not other.members.get("image"):
        return NO_IDEA
    return Verdict("constant" if one.members.get("image") == other.members["image"] else "changes")


def _unknown_member(evidence: Evidence) -> Verdict:
    seen = evidence.get("unknown member")
    if seen is None:
        return NO_IDEA
    if not seen.was_taken or seen.after is None:
        return refusal(seen)
    return Verdict("stored" if UNKNOWN_MEMBER in seen.after.members else "ignored")


def _unknown_type(evidence: Evidence) -> Verdict:
    seen = evidence.get("unknown achievement type")
    if seen is None:
        return NO_IDEA
    if not seen.was_taken or seen.after is None:
        return refusal(seen)
    return Verdict("stored" if seen.after.members.get("achievementType") == UNKNOWN_TYPE else "ignored")


def _sent_back(evidence: Evidence) -> Verdict:
    """Judge an update with every member that the server shows, those that it decides itself among them."""
    before, seen = evidence.get("another image"), evidence.get("all that is shown")
    if before is None or seen is None or before.after is None:
        return NO_IDEA
    if not seen.was_taken or seen.after is None:
        return refusal(seen)
    ours = {member_of(trial) for trial in MEMBERS} | (set(ALWAYS_SENT) - {"image"})
    earlier, later = before.after.members, seen.after.members
    parts = {name: "changed" for name in sorted(ours) if earlier.get(name) != later.get(name)}
    return Verdict("changed" if parts else "taken", parts)


def _deleted(evidence: Evidence) -> Verdict:
    return _gone_or_archived(evidence.get(DELETE))


def _deleted_hard(evidence: Evidence) -> Verdict:
    """Judge the two ways in which a server may be told to delete for good."""
    plain, query, body = evidence.get(DELETE), evidence.get(DELETE_HARD), evidence.get(DELETE_BODY)
    if plain is not None and plain.is_gone:
        return Verdict("needless")
    if query is None:
        return NO_IDEA
    if query.is_gone:
        return Verdict("query")
    if body is not None and body.is_gone:
        return Verdict("body")
    found = _gone_or_archived(query)
    return Verdict("neither", said=found.said) if found.answer in ("archives", "refused", "nothing") else found


def _gone_or_archived(seen: Seen | None) -> Verdict:
    if seen is None:
        return NO_IDEA
    if seen.is_gone:
        return Verdict("deletes")
    if seen.after is None:
        return NO_IDEA
    if seen.after.is_archived:
        return Verdict("archives")
    said = refusal(seen)
    return said if said.answer != OPEN else Verdict("nothing") if seen.status < 300 else NO_IDEA


def _archived_listed(evidence: Evidence) -> Verdict:
    seen = evidence.get(DELETE)
    if seen is not None and seen.is_gone:
        return Verdict("needless")
    if seen is None or seen.after is None or not seen.after.is_archived or seen.after.is_listed is None:
        return NO_IDEA
    return Verdict("listed" if seen.after.is_listed else "hidden")


def _reactivated(evidence: Evidence) -> Verdict:
    plain, seen = evidence.get(DELETE), evidence.get(REACTIVATE)
    if plain is not None and plain.is_gone:
        return Verdict("needless")
    if seen is None:
        return NO_IDEA
    if not seen.was_taken or seen.after is None:
        return refusal(seen)
    return Verdict("comes back" if not seen.after.is_archived else "nothing")


_NEEDLESS: Final = {"needless": "A plain `DELETE` deletes for good, so there is nothing to ask."}
_REFUSED: Final = {"refused": "The API refuses such an update.", "breaks": "The server fails at it (HTTP 500)."}
_STORED: Final = {
    "stored": "It is taken, and shown as it was sent.",
    "ignored": "It is taken without a word, and nothing is shown of it.",
    **_REFUSED,
}
_MEMBER: Final = {
    **_STORED,
    "not shown": "It is taken, and no answer has such a member: whether it is stored cannot be seen.",
    "shown otherwise": "It is taken, and something else is shown.",
}
_IMAGE: Final = {
    "kept": "The image stays, byte for byte.",
    "made anew": "There is an image, and its bytes are others.",
    "lost": "The badge class has no image any more.",
    **_REFUSED,
}

QUESTIONS: Final = (
    Question(
        "writable-members",
        "Which members of a badge class can be written, and are shown again?",
        _members,
        {"see the members": "Each member has an answer of its own.", **_MEMBER},
    ),
    Question(
        "left-out",
        "What becomes of a member that an update (PUT) leaves out?",
        _left_out,
        {
            "kept": "It stays as it is.",
            "cleared": "It is emptied: an update replaces the whole badge class.",
            "mixed": "Some members stay, others are emptied.",
            **_REFUSED,
        },
    ),
    Question(
        "own-image-address",
        "Does an update that gives the image's own address keep the image?",
        lambda evidence: _image_after(evidence, "with everything", "own image address"),
        _IMAGE,
    ),
    Question(
        "no-image",
        "What becomes of the image if an update leaves it out?",
        lambda evidence: _image_after(evidence, "own image address", "no image"),
        _IMAGE,
    ),
    Question(
        "image-address",
        "Does the address of an image stay the same when the image is replaced?",
        _address,
        {
            "constant": "The address is the badge class's own, and says nothing about the image.",
            "changes": "Each image has an address of its own.",
        },
    ),
    Question("alternative-text", "Is `imageAltText` shown again?", _alternative_text, _MEMBER),
    Question("unknown-member", "What becomes of a member that the server does not know?", _unknown_member, _STORED),
    Question(
        "odd-achievement-type",
        "What becomes of an `achievementType` that no list has?",
        _unknown_type,
        _STORED,
    ),
    Question(
        "sent-back",
        "Does the server take an update with all that it shows, what it decides itself included?",
        _sent_back,
        {
            "taken": "It is taken, and changes nothing.",
            "changed": "It is taken, and something is shown otherwise afterwards.",
            **_REFUSED,
        },
    ),
    Question(
        "delete",
        "What does a plain `DELETE` of a badge class do?",
        _deleted,
        {
            "deletes": "The badge class is gone for good.",
            "archives": "The badge class is archived.",
            "nothing": "It is taken, and the badge class is there as before.",
            **_REFUSED,
        },
    ),
    Question(
        "archived-in-lists",
        "Is an archived badge class in a list that does not ask for archived ones?",
        _archived_listed,
        {"hidden": "Only `include_archived=true` shows it.", "listed": "Every list has it.", **_NEEDLESS},
    ),
    Question(
        "reactivate",
        "Does an archived badge class come back?",
        _reactivated,
        {
            "comes back": "It is active again.",
            "nothing": "It is taken, and it stays archived.",
            **_REFUSED,
            **_NEEDLESS,
        },
    ),
    Question(
        "hard-delete",
        "How is a server told to delete for good what a plain `DELETE` leaves?",
        _deleted_hard,
        {
            "query": "By `?hard_delete=true` in the address.",
            "body": "By `hard_delete` in the body.",
            "neither": "By none of the documented ways.",
            "breaks": "The server fails at it (HTTP 500).",
            **_NEEDLESS,
        },
    ),
)
"""Every question, in the order in which they are told."""
