"""Whether an entity can be recorded as a document is. Pure.

What a refusal advises are commands that run one after the other, and after which it is not refused again.
"""

from __future__ import annotations

from badgeops.api.live import Live
from badgeops.errors import PlanError
from badgeops.model.address import Address
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.planning.words import as_argument, commands
from badgeops.state.record import State

LOOK_UP = "badgeops plan --show-unmanaged"


def check(state: State, entity: Issuer | BadgeClass, live: Live) -> None:
    """Raise PlanError where the state records something else already, or the issuer does not fit."""
    wanted, owner = entity.address, _owner(state, live.entity_id)
    recorded = state.resources.get(wanted)
    again = f"badgeops import {wanted} {as_argument(live.entity_id)}"
    if owner not in (None, wanted):
        raise PlanError(f"The state already records {live.entity_id} as {owner}.", hint=_moving(state, owner, wanted))
    if recorded is not None and recorded.entity_id != live.entity_id:
        raise PlanError(
            f"The state already records another entity as {wanted}: {recorded.entity_id}.",
            hint=f"To forget that one, and to import this one instead:{commands(_rm(wanted), again)}",
        )
    if isinstance(entity, BadgeClass):
        _check_issuer(state, entity, live, again)


def _check_issuer(state: State, entity: BadgeClass, live: Live, again: str) -> None:
    recorded, owner = state.resources.get(entity.issuer), _owner(state, live.issuer_id)
    if recorded is not None and recorded.entity_id == live.issuer_id:
        return
    if recorded is not None or owner is not None:
        hint = "Correct `issuer:` in the document, or the id."
        if recorded is None and entity.issuer not in state.pending:
            hint = (
                f"Correct `issuer:` in the document; or if that issuer was renamed:{commands(mv(owner, entity.issuer))}"
            )
        raise PlanError(
            f"On the server it belongs to another issuer ({owner or live.issuer_id}), not to {entity.issuer}.",
            hint=hint,
        )
    if live.issuer_id is None:
        hint = f"Import the issuer first. To look its id up:{commands(LOOK_UP)}"
    else:
        first = f"badgeops import {entity.issuer} {as_argument(live.issuer_id)}"
        hint = f"Import the issuer first:{commands(first, again)}"
    raise PlanError(f"Its issuer, {entity.issuer}, is not in the state yet.", hint=hint)


def _owner(state: State, entity_id: str | None) -> Address | None:
    """Return the address that the state records an entity as."""
    found = (address for address, resource in state.resources.items() if resource.entity_id == entity_id)
    return next(found, None)


def _moving(state: State, owner: Address | None, wanted: Address) -> str:
    """Return how to give an entity another address: not while that stands for something else, or may."""
    if wanted in state.pending:
        return f"An interrupted run has left {wanted} open. Apply first, to find out what became of it:" + commands(
            "badgeops apply"
        )
    if wanted in state.resources:
        return f"An address stands for one entity. To forget what {wanted} is now, and to give it to this one:" + (
            commands(_rm(wanted), mv(owner, wanted))
        )
    return f"To give it the address {wanted} instead:{commands(mv(owner, wanted))}"


def mv(before: Address | None, after: Address) -> str:
    """Return the command that gives an entity another address."""
    return f"badgeops state mv {before} {after}"


def _rm(address: Address) -> str:
    return f"badgeops state rm {address}"
