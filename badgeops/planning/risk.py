"""What a plan means for people, and what should stop it. Pure.

A deletion, a conflict or a change to what people have earned comes before everything else in every output; too many
changes at once need a flag that names their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from badgeops.api.live import Earners
from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import Kind
from badgeops.model.allowances import NOTHING, Allowances, What, spelled
from badgeops.model.dialect import Dialect
from badgeops.model.fields import NAMED, PLURALS, Impact, impact_of, of_kind
from badgeops.model.lifecycle import OnMeaningChange
from badgeops.model.limits import Limits
from badgeops.planning.impact import ended_awards, is_felt, new_meaning, of, people, rebaking
from badgeops.planning.outcome import IMAGE, of_change
from badgeops.planning.plan import REMOVALS, Action, Cause, Change, Plan, sort_problems
from badgeops.planning.remedies import NOT_EMPTY, PROTECTED, not_empty


def needs_earners(plan: Plan) -> list[str]:
    """Return the entityIds of the badge classes whose earners a plan should know: those that it changes."""
    return [
        change.live.entity_id
        for change in plan.changes
        if change.live is not None
        and change.address.kind is Kind.BADGE_CLASS
        and change.action is not Action.FORGET
        and change.sends_request
    ]


def needs_past(plan: Plan) -> frozenset[str]:
    """Return the entityIds of the badge classes whose ended awards matter too: deleting one deletes its awards."""
    return frozenset(
        change.live.entity_id for change in plan.changes if change.live is not None and _is_deletion(change)
    )


def _is_deletion(change: Change) -> bool:
    return change.action is Action.DELETE and change.address.kind is Kind.BADGE_CLASS


def with_earners(
    plan: Plan,
    earners: Mapping[str, Earners],
    *,
    unknown: Mapping[str, str] | None = MappingProxyType({}),
    destroy: bool = False,
    on_meaning_change: OnMeaningChange = OnMeaningChange.WARN,
    allowed: Allowances = NOTHING,
) -> Plan:
    """Return the plan with the number of earners at each change, and with what that means.

    A deletion that people stand against, or may stand against, is an error, and so is a change of meaning where the
    catalog blocks those; `on_meaning_change` is for badge classes that do not say it themselves. `unknown` says why
    some could not be counted; it is None where nobody tried.
    """
    changes = tuple(_weighed(change, earners, plan.dialect, on_meaning_change) for change in plan.changes)
    held = [change for change in changes if _is_held_against(change)]
    uncounted = [change for change in changes if _is_deletion(change) and change.earners is None]
    if unknown is None:
        uncounted = []
    ended = (_ended(change) for change in changes if _has_ended_awards(change))
    blocked = (_blocked(change) for change in changes if _is_blocked(change, allowed))
    found = (
        *(_held(change, destroy=destroy) for change in held),
        *(_unsure(change, unknown or {}, destroy=destroy) for change in uncounted),
        *_issuers_of_what_stays(replace(plan, changes=changes), [*held, *uncounted], destroy=destroy),
        *ended,
        *blocked,
    )
    return replace(plan, changes=changes, problems=sort_problems((*plan.problems, *found)))


def _issuers_of_what_stays(plan: Plan, staying: Iterable[Change], *, destroy: bool) -> Iterable[Diagnostic]:
    """Stop at each issuer that would take along a badge class that cannot be deleted, unless that has been said."""
    names = {change.address: change.name for change in staying}
    said = {problem.address for problem in plan.problems if problem.code == NOT_EMPTY}
    for change in plan.changes:
        below = sorted(names[address] for address in change.after if address in names)
        if change.action is Action.DELETE and below and str(change.address) not in said:
            yield not_empty(change.address, below, is_wished=True, destroy=destroy)


def _weighed(change: Change, earners: Mapping[str, Earners], dialect: Dialect, default: OnMeaningChange) -> Change:
    own = change.entity.lifecycle.on_meaning_change if change.entity is not None else None
    return replace(
        change,
        earners=earners.get(change.live.entity_id) if change.live is not None else None,
        on_meaning_change=own or default,
        rebakes=dialect is Dialect.HOSTED and of(change) is not None,
    )


def _is_held_against(change: Change) -> bool:
    return change.action is Action.DELETE and change.earners is not None and change.earners.any


def _held(change: Change, *, destroy: bool) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "earned-by-people",
        f"{people(change.earners)} it, so the server will not delete it",
        _how_to_keep(change, destroy=destroy),
        str(change.address),
    )


def _unsure(change: Change, unknown: Mapping[str, str], *, destroy: bool) -> Diagnostic:
    why = unknown.get(change.entity_id or "", "").rstrip(".")
    because = f"{why}. " if why else ""
    return Diagnostic(
        Severity.ERROR,
        "earners-unknown",
        "whether anybody has earned it could not be found out, so it will not be deleted",
        f"{because}Deleting a badge class deletes its awards. Use an account that may "
        f"see them: an editor of the issuer. {_how_to_let_it_stay(change, destroy=destroy)}",
        str(change.address),
    )


def _has_ended_awards(change: Change) -> bool:
    return _is_deletion(change) and change.earners is not None and not change.earners.any and change.earners.any_past


def _ended(change: Change) -> Diagnostic:
    return Diagnostic(
        Severity.WARNING,
        "ended-awards",
        f"deleting it deletes {ended_awards(change.earners)} too",
        "Nobody holds the badge any more, so the server does not refuse. But whoever earned it loses the record: the "
        "public pages of these awards will be gone for good. To keep them, put the document back with `lifecycle: "
        "{onRemove: forget}` (`archive` on the hosted service), apply, and remove it again.",
        str(change.address),
    )


def _is_blocked(change: Change, allowed: Allowances) -> bool:
    """Tell whether a change of meaning must not happen; where earners could not be counted, there may be some."""
    if change.on_meaning_change is not OnMeaningChange.BLOCK or allowed.allows(What.MEANING, change.address):
        return False
    return is_felt(change) and bool(new_meaning(change))


def _blocked(change: Change) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "meaning-change",
        f"{people(change.earners)} it, and {_what_changes(change)}",
        "`onMeaningChange: block` keeps badges that people have earned from saying something else. If you mean it, "
        "add:\n"
        f"  {spelled(What.MEANING, change.address)}\n"
        "If not, put it back, and write what is new as another badge class with a `key:` of its own.",
        str(change.address),
        change.source,
    )


def _how_to_keep(change: Change, *, destroy: bool) -> str:
    return f"Revoke the awards first. {_how_to_let_it_stay(change, destroy=destroy)}"


def _how_to_let_it_stay(change: Change, *, destroy: bool) -> str:
    if destroy:
        return f"Or let it stay on the server:\n  badgeops state rm {change.address}"
    return (
        "Or let it stay on the server: put the document back with "
        "`lifecycle: {onRemove: forget}` (`archive` on the hosted service), apply, and remove it again."
    )


def attention(plan: Plan) -> list[tuple[Change, str]]:
    """Return what a reviewer must not overlook: each entity once, and all that is to be said about it."""
    return [(change, _sentences(causes)) for change, causes in concerns(plan)]


def concerns(plan: Plan) -> list[tuple[Change, tuple[str, ...]]]:
    """Return each entity that needs attention once, with its causes: the gravest first, then as in the plan."""
    stopped = {problem.address for problem in plan.problems if problem.code == "earners-unknown"}
    found = [
        (change, sorted(_concerns(change, plan.dialect, is_stopped=str(change.address) in stopped), key=_rank))
        for change in plan.changes
    ]
    ordered = sorted((item for item in found if item[1]), key=lambda item: _rank(item[1][0]))
    return [(change, tuple(text for _, text in causes)) for change, causes in ordered]


def _rank(concern: tuple[int, str]) -> int:
    return concern[0]


def _sentences(causes: tuple[str, ...]) -> str:
    """Join causes: the first as it is, each other one as a sentence behind it."""
    first, *others = causes
    return ". ".join([first, *(f"{cause[:1].upper()}{cause[1:]}" for cause in others)])


def _concerns(change: Change, dialect: Dialect, *, is_stopped: bool) -> Iterable[tuple[int, str]]:
    held = f"; {people(change.earners)} it" if change.earners is not None else ""
    if _has_ended_awards(change):
        yield 0, f"will be deleted for good, with {ended_awards(change.earners)}; nobody holds it now"
    elif change.action is Action.DELETE:
        is_held = change.earners is not None and change.earners.any
        unsure = f"; {people(None)} it" if _is_deletion(change) and change.earners is None else ""
        yield 0, f"{'cannot be deleted' if is_held or is_stopped else 'will be deleted for good'}{held}{unsure}"
    if change.action is Action.ARCHIVE:
        yield 1, f"will be archived{held}"
    if change.action is Action.CREATE and change.reason:
        yield 2, change.reason
        yield from ((2, text) for text in _what_is_not_made_again(change, dialect))
    if change.action is Action.ADOPT:
        yield 3, change.reason
    conflicts = [item.name for item in change.attributes if item.cause is Cause.CONFLICT]
    if conflicts:
        yield 4, f"{_were(conflicts)} edited on the server and in the catalog; apply takes the catalog's"
    if any((item.name, item.after) == ("onRemove", "delete") for item in change.attributes):
        yield 5, "will be deleted once its document is removed"
    drifted = [item.name for item in change.attributes if item.cause is Cause.DRIFT]
    if "archived" in drifted:
        yield 5, "archived on the server; apply brings it back"
    edited = [name for name in drifted if name != "archived"]
    if edited:
        back = "puts it back" if _is_one(_words(edited)) else "puts them back"
        yield 5, f"{_were(edited)} edited on the server; apply {back}"
    yield from _change_for_people(change)
    yield from _what_cannot_be_kept(change)


def _what_is_not_made_again(change: Change, dialect: Dialect) -> Iterable[str]:
    """Say what a new entity does not have of the one that is gone: the state records only what badgeops has sent."""
    yield "the new one has another public address" + (
        "" if change.address.kind is Kind.ISSUER else ", and whoever earned the old one does not hold it"
    )
    left = of_change(change, dialect).left
    names = [*(field.name for field in of_kind(change.address.kind, dialect) if field.name in left), *({IMAGE} & left)]
    if names:
        them = "it" if len(names) == 1 else "them"
        yield f"what the server had as {_listing(names)} is lost: the document leaves {them} to the server"


def _what_cannot_be_kept(change: Change) -> Iterable[tuple[int, str]]:
    """Name what an update may take along, because no answer shows it."""
    if change.record is None or not change.sends_request or change.action is not Action.UPDATE:
        return
    for name in change.record.unseen:
        if name not in change.managed:
            yield 8, f"its {NAMED[name].word}, if it has one, will be lost: no server shows it. Add {name} to keep it"


def _change_for_people(change: Change) -> Iterable[tuple[int, str]]:
    """Say what earners will notice; where they were not counted, only what changes its meaning."""
    impact = of(change)
    if impact is None or impact is Impact.COSMETIC or not is_felt(change):
        return
    if impact is Impact.MEANING and change.on_meaning_change is OnMeaningChange.ALLOW:
        return
    if change.earners is None and impact is not Impact.MEANING:
        return
    baking = rebaking(change)
    rank = 6 if impact is Impact.MEANING else 7
    yield rank, f"{people(change.earners)} it, and {_what_changes(change)}{f'; {baking}' if baking else ''}"


def _what_changes(change: Change) -> str:
    """Return "its name and criteria change", "its image changes"."""
    names = [item.name for item in change.attributes if (impact_of(item.name) or Impact.COSMETIC) > Impact.COSMETIC]
    words = _words(names)
    return f"its {_listing(words)} change{'s' if _is_one(words) else ''}"


def _were(names: Iterable[str]) -> str:
    """Return "its name and criteria were", "its image was"."""
    words = _words(names)
    return f"its {_listing(words)} {'was' if _is_one(words) else 'were'}"


def _words(names: Iterable[str]) -> list[str]:
    """Return the words for fields, each once."""
    return list(dict.fromkeys(NAMED[name].word if name in NAMED else name for name in names))


def _is_one(words: list[str]) -> bool:
    return len(words) == 1 and words[0] not in PLURALS


def _listing(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


_AGAIN = "created again, because they are gone from the server"


def brakes(plan: Plan, limits: Limits, allowed: Allowances = NOTHING) -> list[str]:
    """Return why an apply must stop although each change is fine: too many at once. Each names what allows it."""
    messages = []
    removed = {str(change.address) for change in plan.changes if change.action in REMOVALS}
    # Whoever allows what is protected is not to be stopped by the limit then.
    removed |= {str(item.address) for item in plan.errors if item.code == PROTECTED and item.source is None}
    recreated = sum(change.action is Action.CREATE and change.record is not None for change in plan.changes)
    is_another_server = recreated > 1 and recreated == plan.managed
    updates = sum(change.action is Action.UPDATE and change.sends_request for change in plan.changes)
    for word, limit, what, count in (
        # Who forgets an entity loses the record of it, and has to import it by hand.
        ("deleted, archived or forgotten", limits.delete, What.DELETES, len(removed)),
        ("updated", limits.update, What.UPDATES, updates),
        # What is gone was deleted, by whomever; or it is only hidden, and would be there twice.
        (_AGAIN, limits.recreate, What.RECREATES, 0 if is_another_server else recreated),
    ):
        most = limit.allowed(plan.managed)
        if most is not None and count > max(most, allowed.number(what)):
            messages.append(
                f"{count} of {plan.managed} entities would be {word}; the limit is {limit}. If you mean it, add:\n"
                f"  {spelled(what, count)}"
            )
    if is_another_server:
        messages.append(
            f"None of the {plan.managed} recorded entities is on the server. This looks like another account or server "
            "than the one that the state belongs to; creating everything again would make duplicates there. If the "
            "server was really emptied, forget the entities first:\n"
            "  badgeops state rm --all"
        )
    return messages
