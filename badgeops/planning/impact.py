"""What a change of a badge class does to the people who have earned it: see `Impact` and the table of fields. Pure."""

from __future__ import annotations

from badgeops.api.live import Earners
from badgeops.model.address import Kind
from badgeops.model.fields import Impact, impact_of
from badgeops.planning.plan import Action, Attribute, Cause, Change


def of(change: Change) -> Impact | None:
    """Return the gravest impact of a change of an existing badge class; None for everything else."""
    if change.address.kind is not Kind.BADGE_CLASS or change.action not in (Action.UPDATE, Action.ADOPT):
        return None
    impacts = (impact_of(item.name) for item in change.attributes)
    return max((impact for impact in impacts if impact is not None), default=None)


def new_meaning(change: Change) -> tuple[Attribute, ...]:
    """Return the fields with which the catalog changes what a badge means.

    One that was edited on the server and is put back is none of them: people get back what they earned.
    """
    if of(change) is not Impact.MEANING:
        return ()
    return tuple(
        item for item in change.attributes if impact_of(item.name) is Impact.MEANING and item.cause is not Cause.DRIFT
    )


def people(earners: Earners | None) -> str:
    """Return "412 people have earned", "1 person has earned", "nobody has earned"."""
    if earners is None:
        return "an unknown number of people have earned"
    if not earners.any:
        return "nobody has earned"
    return "1 person has earned" if str(earners) == "1" else f"{earners} people have earned"


def ended_awards(earners: Earners | None) -> str:
    """Return "3 awards that are expired or revoked", what a deletion takes along although nobody holds the badge."""
    expired, revoked = (earners.expired, earners.revoked) if earners is not None else (0, 0)
    more = "more than " if earners is not None and earners.more_past else ""
    kinds = " or ".join(word for count, word in ((expired, "expired"), (revoked, "revoked")) if count or more)
    is_one = expired + revoked == 1 and not more
    return f"{more}{expired + revoked} award{'' if is_one else 's'} that {'is' if is_one else 'are'} {kinds}"


def is_felt(change: Change) -> bool:
    """Tell whether people have earned what is changed, as far as that is known."""
    return change.earners is None or change.earners.any


_CONSEQUENCES = {
    Impact.COSMETIC: "",
    Impact.VISIBLE: "shows on their badges",
    Impact.MEANING: "changes what their badges mean",
}


def consequence(change: Change) -> str:
    """Return what a change does to the earners of the badge class; empty where there is nothing to say."""
    impact = of(change)
    if impact is None or not is_felt(change):
        return ""
    return "; ".join(part for part in (_CONSEQUENCES[impact], rebaking(change)) if part)


def rebaking(change: Change) -> str:
    """Return "re-bakes 412 awards"; empty where the server leaves awards alone or there are none."""
    if not change.rebakes or not is_felt(change):
        return ""
    if change.earners is None:
        return "re-bakes all awards"
    return f"re-bakes {change.earners} award{'' if str(change.earners) == '1' else 's'}"
