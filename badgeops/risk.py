"""What a plan means for people, and what should stop it. Pure.

A deletion, a conflict or a change to what people already hold comes before everything else in every output; too many
changes at once need a flag that names their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from badgeops.errors import Diagnostic, Severity
from badgeops.model import Kind
from badgeops.plan import Action, Cause, Change, Holders, Plan, sort_problems


def needs_holders(plan: Plan) -> list[str]:
    """Return the entityIds of the badge classes whose holders a plan should know: those that it changes."""
    return [
        change.live.entity_id
        for change in plan.changes
        if change.live is not None
        and change.address.kind is Kind.BADGE_CLASS
        and (
            change.action in (Action.DELETE, Action.ARCHIVE)
            or (change.action is not Action.FORGET and change.attributes)
        )
    ]


def with_holders(plan: Plan, holders: Mapping[str, Holders]) -> Plan:
    """Return the plan with the number of holders at each change; a deletion that people stand against is an error."""
    changes = tuple(
        replace(change, holders=holders[change.live.entity_id])
        if change.live is not None and change.live.entity_id in holders
        else change
        for change in plan.changes
    )
    refused = tuple(
        Diagnostic(
            Severity.ERROR,
            "held-by-people",
            f"{change.holders} people hold it, so the server will not delete it",
            "Revoke the awards first, or set `lifecycle: {onRemove: forget}` (it stays on the server) before the "
            "document is removed. The hosted service can also `archive`.",
            str(change.address),
            change.source,
        )
        for change in changes
        if change.action is Action.DELETE and change.holders is not None and change.holders.count
    )
    return replace(plan, changes=changes, problems=sort_problems((*plan.problems, *refused)))


_MEANING = ("name", "criteriaNarrative", "criteriaUrl", "alignments", "expires")
_WORDS = {"criteriaNarrative": "criteria", "criteriaUrl": "criteria", "alignments": "alignments", "expires": "expiry"}


def attention(plan: Plan) -> list[tuple[Change, str]]:
    """Return what a reviewer must not overlook, the gravest first: (change, what about it)."""
    found = [(rank, change, text) for change in plan.changes for rank, text in _concerns(change)]
    return [(change, text) for _, change, text in sorted(found, key=lambda item: (item[0], item[1].sort_key))]


def _concerns(change: Change) -> Iterable[tuple[int, str]]:
    people = f"{change.holders} {'person holds' if str(change.holders) == '1' else 'people hold'} it"
    held = change.holders is not None and change.holders.count > 0
    if change.action is Action.DELETE:
        yield 0, f"will be deleted; {people}" if held else "will be deleted for good"
    if change.action is Action.ARCHIVE:
        yield 1, f"will be archived; {people}" if held else "will be archived"
    if change.action is Action.CREATE and change.reason:
        yield 2, change.reason
    if change.action is Action.ADOPT:
        yield 3, change.reason
    if any(item.cause is Cause.CONFLICT for item in change.attributes):
        yield 4, "edited on the server and in the catalog"
    if any(item.cause is Cause.DRIFT for item in change.attributes):
        yield 5, "edited on the server; apply puts it back"
    if held:
        names = [item.name for item in change.attributes]
        meanings = list(dict.fromkeys(_WORDS.get(name, name) for name in names if name in _MEANING))
        if meanings:
            is_one = len(meanings) == 1 and meanings[0] in ("name", "expiry")
            yield 6, f"{people}, and its {_listing(meanings)} change{'s' if is_one else ''}"
        if "image" in names:
            yield 7, f"{people}, and its image changes"


def _listing(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of a catalog one apply may change: so many entities, or per cent of those that are managed."""

    number: int
    percent: bool

    def allowed(self, managed: int) -> int | None:
        """Return the number of entities allowed; None for no limit (per cent of a small catalog mean little)."""
        if not self.percent:
            return self.number
        return None if managed < SMALL_CATALOG else managed * self.number // 100

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)


SMALL_CATALOG = 10
"""Below so many entities a limit in per cent does not apply."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The brakes of design: see `limits` in badgeops.yaml."""

    delete: Limit = Limit(10, percent=True)
    update: Limit = Limit(50, percent=True)


def brakes(plan: Plan, limits: Limits, *, allow_deletes: int = 0, allow_updates: int = 0) -> list[str]:
    """Return why an apply must stop although each change is fine: too many at once. Each names its flag."""
    messages = []
    for word, limit, flag, allowed_by_flag, actions in (
        ("deleted or archived", limits.delete, "--allow-deletes", allow_deletes, (Action.DELETE, Action.ARCHIVE)),
        ("updated", limits.update, "--allow-updates", allow_updates, (Action.UPDATE,)),
    ):
        count, allowed = plan.count(*actions), limit.allowed(plan.managed)
        if allowed is not None and count > max(allowed, allowed_by_flag):
            messages.append(
                f"{count} of {plan.managed} entities would be {word}; the limit is {limit}. "
                f"If that is meant, add {flag}={count}."
            )
    recreated = sum(change.action is Action.CREATE and change.record is not None for change in plan.changes)
    if recreated > 1 and recreated == plan.managed:
        messages.append(
            f"None of the {plan.managed} recorded entities is on the server. This looks like another account or "
            "server than the one the state was made with; creating everything again would make duplicates there. "
            "If the server was really emptied, take the entities out of the state first: badgeops state rm --all."
        )
    return messages
