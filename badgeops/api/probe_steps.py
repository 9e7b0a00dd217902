"""Which request of a probe comes next, from what was seen so far. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from badgeops.api.probe_values import (
    DELETE,
    DELETE_BODY,
    DELETE_HARD,
    MEMBERS,
    REACTIVATE,
    UNKNOWN_MEMBER,
    UNKNOWN_TYPE,
    UNKNOWN_VALUE,
    Evidence,
    least,
    member_answer,
    member_of,
)
from badgeops.model.shape import Fields, Json


@dataclass(frozen=True, slots=True)
class Step:
    """One request about the probe's badge class."""

    name: str
    method: str = "PUT"
    body: Fields | None = field(default=None, repr=False)
    query: str = ""
    is_reactivation: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """What all steps have in common."""

    mark: str
    images: tuple[str, str] = field(repr=False)
    """Two images that look different, as data URIs."""

    def body(self, evidence: Evidence, image: int = 0) -> Fields:
        """Return the body of an update with every member that the server has taken so far."""
        taken = {}
        for trial, value in MEMBERS.items():
            seen = evidence.get(f"with {trial}")
            if seen is not None and member_answer(trial, seen).answer in ("stored", "shown otherwise", "not shown"):
                taken[member_of(trial)] = value
        return least(self.mark, self.images[image]) | taken

    def texts(self) -> frozenset[str]:
        """Return every text that the probe thinks up itself."""
        values = [*MEMBERS.values(), least(self.mark, ""), UNKNOWN_TYPE, UNKNOWN_VALUE]
        return frozenset(text for value in values for text in _texts(value))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def next_step(probe: Probe, evidence: Evidence) -> Step | None:
    """Return the step that comes next; None at the end, and as soon as it is not certain what a request would meet."""
    if any(seen.after is None for seen in evidence.values()):
        return None
    return next((step for step in _updates(probe, evidence) if step.name not in evidence), None) or _removal(evidence)


def _updates(probe: Probe, evidence: Evidence) -> Iterator[Step]:
    for trial, value in MEMBERS.items():
        yield Step(f"with {trial}", body=least(probe.mark, probe.images[0]) | {member_of(trial): value})
    whole, other = probe.body(evidence), probe.body(evidence, image=1)
    yield Step("with everything", body=whole)
    address = _shown(evidence, "with everything").get("image")
    if isinstance(address, str) and address:
        yield Step("own image address", body=whole | {"image": address})
    yield Step("no image", body={name: value for name, value in whole.items() if name != "image"})
    yield Step("another image", body=other)
    shown = _shown(evidence, "another image")
    yield Step("all that is shown", body={name: value for name, value in shown.items() if name != "staff"})
    yield Step("unknown member", body=other | {UNKNOWN_MEMBER: UNKNOWN_VALUE})
    typed = evidence.get("with achievementType")
    if typed is not None and member_answer("achievementType", typed).answer == "stored":
        yield Step("unknown achievement type", body=other | {"achievementType": UNKNOWN_TYPE})
    yield Step("everything again", body=other)
    yield Step("with little", body=least(probe.mark, probe.images[1]))


def _removal(evidence: Evidence) -> Step | None:
    """Return the next of the ways to get rid of the badge class: it is there still."""
    if DELETE not in evidence:
        return Step(DELETE, "DELETE")
    after = evidence[DELETE].after
    if after is not None and after.is_archived and REACTIVATE not in evidence:
        return Step(REACTIVATE, "POST", {}, is_reactivation=True)
    if DELETE_HARD not in evidence:
        return Step(DELETE_HARD, "DELETE", query="?hard_delete=true")
    if DELETE_BODY not in evidence:
        return Step(DELETE_BODY, "DELETE", {"hard_delete": True})
    return None


def _shown(evidence: Evidence, step: str) -> Fields:
    seen = evidence.get(step)
    return seen.after.members if seen is not None and seen.after is not None else {}
