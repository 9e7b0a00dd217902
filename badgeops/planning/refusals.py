"""What stands against making a recorded entity again or taking it out: protected, hidden, perhaps gone. Pure.

The state knows such an entity, and the planner neither makes a second one nor takes the first out until a person has
looked. Here is what that person is told; `remedies` says how all of a plan that was stopped can go through.
"""

from __future__ import annotations

from badgeops.model.address import Address
from badgeops.model.allowances import Allowances, What, spelled
from badgeops.model.entities import Entity
from badgeops.planning.plan import Action
from badgeops.planning.remedies import PROTECTED
from badgeops.planning.words import Finding
from badgeops.state.record import Resource

_DONE = {Action.DELETE: "deleted", Action.ARCHIVE: "archived", Action.FORGET: "forgotten"}


# protected


def is_kept(resource: Resource, entity: Entity | None, allowed: Allowances) -> bool:
    """Tell whether it is protected: against a loss of its record, too, after which nobody would know it.

    What the last apply recorded counts, and what its document says, if it still has one.
    """
    is_protected = resource.protect or (entity is not None and entity.lifecycle.protect)
    return is_protected and not allowed.allows(What.PROTECTED, resource.address)


def protected(address: Address, action: Action, *, destroy: bool) -> Finding:
    """Return the error of a removal of what is protected and still there."""
    lift = "put the document back with `protect: false` and apply"
    if destroy:
        lift = "set `protect: false` in its document and apply"
    return Finding(
        PROTECTED,
        f"it is protected and would be {_DONE[action]}",
        "The last apply recorded `lifecycle: {protect: true}`, which outlives the document. If you mean it, add:\n"
        f"  {spelled(What.PROTECTED, address)}\n"
        f"Or {lift} first.",
    )


def protected_and_gone(address: Address, *, is_wanted: bool) -> Finding:
    """Return the error at what is protected and gone: somebody has to look what became of it.

    `is_wanted` says that it would be made again; otherwise its record would be forgotten.
    """
    choice = "If its record may be forgotten, add:"
    if is_wanted:
        choice = (
            "Created again, it would be another entity with another address, and whoever earned the old one would "
            "not hold it. If you mean it, add:"
        )
    return Finding(
        PROTECTED,
        "it is protected, and it is gone from the server",
        "Somebody has deleted it there although it is protected here, or another server answers than before. "
        f"{choice}\n"
        f"  {spelled(What.PROTECTED, address)}",
    )


# not seen, and not known to be gone; `doubt` says what came instead of an answer, and is empty if it is there


def not_made_again(address: Address, doubt: str) -> Finding:
    """Return the error at a document whose entity may be there."""
    if doubt:
        return Finding(
            "maybe-gone",
            "whether it is gone from the server cannot be told",
            f"{_doubted(doubt)} If you know that it is gone, add:\n  {spelled(What.GONE, address)}",
        )
    return Finding(
        "not-visible",
        "it is on the server, but this account may not see it",
        "Its public page answers, so it was not deleted. Use the account that badgeops used before, or have its owner "
        "make this one an editor of the issuer.",
    )


def not_taken_out(address: Address, action: Action, doubt: str) -> Finding:
    """Return the error of a removal of what is not seen."""
    forget = f"\n  badgeops state rm {address}"
    if doubt:
        return Finding(
            "maybe-gone",
            f"it would be {_DONE[action]}, but whether it is still there cannot be told",
            f"{_doubted(doubt)} Or forget it:{forget}",
        )
    return Finding(
        "not-visible",
        f"it would be {_DONE[action]}, but this account may not see it",
        "Its public page answers, so it is still there. Use the account that badgeops used before; or forget it:"
        f"{forget}",
    )


def _doubted(doubt: str) -> str:
    """Say why it is not known whether something is gone, and what will tell."""
    return (
        "The API does not show it, and says the same of what this account may not see. Its public page would tell, "
        f"but {doubt}. If this account has lost its right, use the one that badgeops used before, or have its owner "
        "make this one an editor of the issuer."
    )
