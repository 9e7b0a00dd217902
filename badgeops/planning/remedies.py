"""What lets a plan that was stopped go through: all of it at once, and in commands that can be copied. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import Address
from badgeops.model.allowances import LIMITS, OPTION, Allowance, Allowances, What
from badgeops.planning.plan import Plan
from badgeops.planning.words import badge_classes_that

NOT_EMPTY = "issuer-not-empty"
PROTECTED = "protected-entity"

_MEANT = LIMITS | {What.PROTECTED, What.MEANING}
"""What may be added without a look at anything else. The others make a second entity where there may be one."""
_LINE = re.compile(rf"^ +{OPTION} (\S+)$", re.MULTILINE)


def not_empty(issuer: Address, names: Iterable[str], *, is_wished: bool, destroy: bool = False) -> Diagnostic:
    """Return the error at an issuer that would take badge classes along that stay.

    `is_wished` says that they were to be deleted, too, and that something stands against it.
    """
    names = sorted(names)
    verb = ("has" if len(names) == 1 else "have") if is_wished else ("is" if len(names) == 1 else "are")
    way = f"To keep the issuer on the server:\n  badgeops state rm {issuer}"
    if is_wished and not destroy:
        way = "Put its document back, too, until they can be deleted."
    return Diagnostic(
        Severity.ERROR,
        NOT_EMPTY,
        f"{badge_classes_that(len(names))} {verb} to stay would be deleted with this issuer",
        "Servers delete an issuer together with its badge classes, or refuse to delete it. Here these are: "
        f"{', '.join(names[:5])}{', …' if len(names) > 5 else ''}. {way}",
        str(issuer),
    )


def needed(plan: Plan, messages: Iterable[str] = ()) -> Allowances:
    """Return what the errors of a plan, and messages beside it, say to add to the command if all of it is meant."""
    texts = [*(item.detail for item in plan.errors), *messages]
    given = (Allowance.parse(words) for text in texts for words in _LINE.findall(text))
    return Allowances(frozenset(item for item in given if item.what in _MEANT))


def to_destroy(plan: Plan, allowed: Allowances, *others: str) -> list[str]:
    """Return the commands after which `destroy` leaves what it cannot delete, and deletes the rest.

    `allowed` is what was allowed already; `others` are other options that the command needs.
    """
    stay = sorted({item.address for item in plan.errors if item.address is not None and item.code != PROTECTED})
    protected = {item.address for item in plan.errors if item.code == PROTECTED}
    going = {str(change.address) for change in plan.changes} | protected
    given = (allowed | needed(plan)).given
    allowed = Allowances(frozenset(item for item in given if str(item.value) not in stay))
    commands = [f"badgeops state rm {' '.join(stay)}"] if stay else []
    return commands + ([" ".join(["badgeops destroy", *allowed.options, *others])] if going - {*stay} else [])
