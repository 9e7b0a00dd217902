"""What a probe of a server sends and sees, as values: its badge class, what it tries, and what became of it. Pure.

A step is only evidence if what is read after it is certainly the probe's own badge class. What an update does is judged
by what is shown afterwards, never by what its answer says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from badgeops.model.shape import Fields, Json

OPEN: Final = "open"
"""The answer of a question that could not be put, or whose answer nobody can make sense of."""
_SAID: Final = "Made by badgeops doctor --probe to learn how this server answers. It may be deleted."
_NAME: Final = re.compile(r"badgeops probe [0-9a-f]{12}, may be deleted")


def name_of(mark: str) -> str:
    """Return the name of a probe's badge class. `mark` is what tells it from all others: twelve hexadecimal digits."""
    return f"badgeops probe {mark}, may be deleted"


def is_of_a_probe(name: str, description: Json) -> bool:
    """Tell whether a badge class was made by a probe, this one or an earlier one."""
    is_named = _NAME.fullmatch(name.strip()) is not None
    return is_named and isinstance(description, str) and description.strip() == _SAID


# --- what is sent --------------------------------------------------------------------------------------------------

_ALIGNMENT: Final[Fields] = {
    "targetName": "A goal",
    "targetUrl": "https://badgeops.example/goal",
    "targetDescription": "What the goal is.",
    "targetFramework": "Goals",
    "targetCode": "G-1",
}
MEMBERS: Final[Mapping[str, Json]] = {
    "criteriaUrl": "https://badgeops.example/criteria",
    "tags": ["probe", "badgeops"],
    "alignments": [_ALIGNMENT],
    "alignments with displayAsSkill": [{**_ALIGNMENT, "displayAsSkill": True}],
    "expires": {"amount": 2, "duration": "years"},
    "expiration": 30,
    "achievementType": "Course",
    "imageAltText": "A plain square.",
    "ob3Properties": {"creditHours": 3, "fieldOfStudy": "Logic"},
    "preferences": {"includeOnPublicPages": False},
}
"""Members that some server documents, with a value to try. A second value for a member is tried after the first."""
UNKNOWN_MEMBER: Final = "badgeopsProbe"
UNKNOWN_VALUE: Final = "probe"
UNKNOWN_TYPE: Final = "Badgeops Probe"
ALWAYS_SENT: Final = ("name", "description", "image", "criteriaNarrative")
"""What every update of the probe has: servers want it, so nothing can be learned by leaving it out."""


def member_of(trial: str) -> str:
    """Return the member that a row of `MEMBERS` is about."""
    return trial.partition(" ")[0]


def least(mark: str, image: str) -> Fields:
    """Return the least that a badge class can be made with, on any server."""
    return {
        "name": name_of(mark),
        "description": _SAID,
        "image": image,
        "criteriaNarrative": "Nobody can earn this badge class.",
    }


# --- what was seen -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """The probe's badge class as the server shows it at one moment."""

    members: Fields = field(repr=False)
    image: str | None = None
    """What the bytes of the served image come to; None if they could not be had."""
    is_listed: bool | None = None
    """Whether a list that does not ask for archived ones has it; None if nobody looked."""

    @property
    def is_archived(self) -> bool:
        """Whether it is archived."""
        return self.members.get("archived") is True


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one step."""

    status: int
    """Of the answer to the request."""
    after: Look | None = None
    """None if it is gone, or if what is shown is not certainly the probe's."""
    is_gone: bool = False
    """It is neither found by its id nor in a list."""
    words: str = ""
    """What a refusal says."""

    @property
    def was_taken(self) -> bool:
        """The server took the request, and shows the badge class afterwards."""
        return 200 <= self.status < 300 and self.after is not None


Evidence = Mapping[str, Seen]
"""Step -> what became of it. Steps that were not reached are missing."""
DELETE: Final = "DELETE"
DELETE_HARD: Final = "DELETE with hard_delete in the address"
DELETE_BODY: Final = "DELETE with hard_delete in the body"
REACTIVATE: Final = "reactivate"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a question."""

    answer: str
    """One of the words of the question."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """By member, if the question is about several."""
    said: str = ""
    """What the server says of it."""


NO_IDEA: Final = Verdict(OPEN)


# --- one step, judged ----------------------------------------------------------------------------------------------


def refusal(seen: Seen) -> Verdict:
    """Return the answer of a step that was not taken: the API refused it, or the server broke."""
    if 400 <= seen.status < 500 and seen.status not in (401, 404, 408, 429):
        return Verdict("refused", said=seen.words)
    return Verdict("breaks", said=seen.words) if seen.status == 500 else NO_IDEA


def is_empty(value: Json) -> bool:
    """Tell whether a value holds nothing: null, "", [], {} and an object of such."""
    if isinstance(value, dict):
        return all(is_empty(item) for item in value.values())
    return value is None or value in ("", [])


def _holds(shown: Json, sent: Json) -> bool:
    """Tell whether what is shown says all that was sent; a server may add to it."""
    if isinstance(sent, dict):
        return isinstance(shown, dict) and all(_holds(shown.get(name), value) for name, value in sent.items())
    if isinstance(sent, list):
        return (
            isinstance(shown, list)
            and len(shown) == len(sent)
            and all(any(_holds(item, value) for item in shown) for value in sent)
        )
    return bool(shown == sent) and isinstance(shown, bool) == isinstance(sent, bool)


def member_answer(trial: str, seen: Seen) -> Verdict:
    """Judge whether a member can be written, by what is shown of it afterwards."""
    if not seen.was_taken or seen.after is None:
        return refusal(seen)
    member = member_of(trial)
    if member not in seen.after.members:
        return Verdict("not shown")
    shown = seen.after.members[member]
    if _holds(shown, MEMBERS[trial]):
        return Verdict("stored")
    return Verdict("ignored" if is_empty(shown) else "shown otherwise")
