"""Creations whose end is not known, and whose document has got another key since. Pure.

A state knows an open creation by the address of its document. If that document is gone, and exactly one that the state
does not know has its issuer and its name, it is the same document under another key, and goes on with the creation: it
is adopted or waited for at the new address, as `badgeops state mv` would have it. If it is not clear which is which, a
person has to say so (`interrupted.Interrupted.bequests`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from badgeops.model.address import Address, Kind
from badgeops.model.entities import BadgeClass, Catalog, Issuer
from badgeops.model.text_rules import look_alike
from badgeops.state.record import Intent, State


class Name(NamedTuple):
    """What documents, creations and entities have in common that could be taken for each other."""

    kind: Kind
    issuer: Address | None
    name: str
    """In the one spelling of all that look alike."""


@dataclass(frozen=True, slots=True)
class Handover:
    """The open creations as they are once they have gone to the documents that go on with them."""

    pending: Mapping[Address, Intent]
    """Of a state, by the addresses that they have now; the updates, too."""
    moved: Mapping[Address, Address] = field(default_factory=dict)
    """Old address -> new one."""

    def changed(self, before: Mapping[Address, Intent]) -> tuple[tuple[Address, Intent], ...]:
        """Return what the state has to know otherwise than it does: the old address, and the intent as it is now."""
        found = ((address, self.pending[self.moved.get(address, address)]) for address in sorted(before))
        return tuple((address, intent) for address, intent in found if intent != before[address])


def hand_over(catalog: Catalog, state: State, there: Container[str]) -> Handover:
    """Give each open creation whose document has another key now its new address; `there` are living entityIds."""
    pending = state.pending
    moved: dict[Address, Address] = {}
    for kind in (Kind.ISSUER, Kind.BADGE_CLASS):  # a badge class is looked for under the new key of its issuer
        found = _heirs(catalog, state, pending, there, kind)
        pending = {moves.address: moves for moves in (_moved(intent, found) for intent in pending.values())}
        moved |= found
    return Handover(pending, moved)


def _heirs(
    catalog: Catalog, state: State, pending: Mapping[Address, Intent], there: Container[str], kind: Kind
) -> dict[Address, Address]:
    """Return the documents that go on with open creations: old address -> new one."""
    left = _ones(
        (name_of(intent), intent.address)
        for intent in open_creations(pending)
        if intent.address.kind is kind
        and intent.address not in catalog.entities
        and _is_gone(state, intent.address, there)
    )
    if not left:
        return {}
    new = _ones(
        (name_of(entity), address)
        for address, entity in catalog.entities.items()
        if name_of(entity) in left
        and address not in state.resources
        and _may_inherit(pending.get(address), pending[left[name_of(entity)]])
    )
    return {left[name]: address for name, address in new.items()}


def _may_inherit(own: Intent | None, creation: Intent) -> bool:
    """Tell whether nothing was ever sent for a document, or the very creation that it inherits.

    The latter is what a crash leaves in the middle of a handover: the creation stands at both addresses.
    """
    return own is None or _is_same(own, creation)


def _is_same(one: Intent, other: Intent) -> bool:
    return one == replace(other, address=one.address, resource=replace(other.resource, address=one.address))


def _is_gone(state: State, address: Address, there: Container[str]) -> bool:
    resource = state.resources.get(address)
    return resource is None or resource.entity_id not in there


def _moved(intent: Intent, found: Mapping[Address, Address]) -> Intent:
    if intent.action != "create":
        return intent
    address, issuer = found.get(intent.address, intent.address), intent.resource.issuer
    resource = replace(intent.resource, address=address, issuer=found.get(issuer, issuer) if issuer else None)
    return replace(intent, address=address, resource=resource)


def _ones(items: Iterable[tuple[Name, Address]]) -> dict[Name, Address]:
    """Return the addresses that have a name for themselves."""
    result: dict[Name, list[Address]] = {}
    for name, address in items:
        result.setdefault(name, []).append(address)
    return {name: addresses[0] for name, addresses in result.items() if len(addresses) == 1}


def open_creations(pending: Mapping[Address, Intent]) -> Iterator[Intent]:
    """Yield the creations among intents."""
    return (intent for intent in pending.values() if intent.action == "create")


def name_of(one: Issuer | BadgeClass | Intent) -> Name:
    """Return what a document, or what was sent for one, has in common with all that could stand for the same entity."""
    if isinstance(one, Intent):
        return Name(one.address.kind, one.resource.issuer, look_alike(str(one.resource.sent.get("name"))))
    return Name(one.address.kind, one.issuer if isinstance(one, BadgeClass) else None, look_alike(one.name))
