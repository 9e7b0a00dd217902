"""Which entities on a server a person would take for the same thing: issuer and name, whatever a server makes of it."""

from __future__ import annotations

from collections.abc import Iterable, ValuesView

from badgeops.api.live import Live
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import What, spelled
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.model.text_rules import look_alike
from badgeops.planning.strangers import has_its_name
from badgeops.planning.words import Finding, as_argument, commands, noun
from badgeops.state.record import State

_FEW = 5
"""So many entities are listed in a message."""


class Namesakes:
    """The entities of an account by kind, issuer and name."""

    def __init__(self, live: Iterable[Live]) -> None:
        self._groups: dict[tuple[Kind, str | None, str], list[Live]] = {}
        for item in live:
            self._groups.setdefault((item.kind, item.issuer_id, look_alike(item.name)), []).append(item)

    def of(self, kind: Kind, issuer_id: str | None, name: str) -> list[Live]:
        """Return those of a name, the oldest first; those of which no issuer can be read may be of any."""
        places = dict.fromkeys([issuer_id, None])
        found = [live for place in places for live in self._groups.get((kind, place, look_alike(name)), ())]
        return sorted(found, key=lambda live: (live.created_at, live.entity_id))

    def groups(self) -> ValuesView[list[Live]]:
        """Return all of them, those of one name together."""
        return self._groups.values()


# what to say of a name that is taken


def recorded_as(entity: Issuer | BadgeClass, owner: Address, rivals: list[Address], state: State) -> Finding:
    """Return what to say if the state knows the entity of that name under another address."""
    others = f"{_rivals(rivals)}If the key of this one has changed" if rivals else "If you have changed the key"
    moved = commands(*_freed(entity.address, state), f"badgeops state mv {owner} {entity.address}")
    # An address that an interrupted run has left open can be given to nothing else.
    how = "" if entity.address in state.pending else f" {others}, tell the state:{moved}\n"
    return Finding(
        "name-exists-on-server",
        _taken(entity),
        f"The state records it as {owner}.{how or ' '}"
        "If you want a second one, add:\n"
        f"  {spelled(What.DUPLICATE_NAME, entity.address)}",
    )


def _freed(address: Address, state: State) -> list[str]:
    """Return what to run before an address can stand for something else: that it is gone does not free it."""
    return [f"badgeops state rm {address}"] if address in state.resources else []


def unrecorded(entity: Issuer | BadgeClass, taken: list[Live], rivals: list[Address], state: State) -> Finding:
    """Return what to say if the state knows none of the entities of that name, which `rivals` could stand for, too.

    An id is named for one document only: whoever followed the same advice twice would have one entity for two.
    """
    odd = [live for live in taken if live.odd]
    if odd:
        return Finding("name-exists-on-server", _taken(entity), has_its_name(entity.address, odd))
    if len(taken) > 1 or rivals:
        return Finding("name-exists-on-server", _taken(entity), _choice(entity, taken, rivals, state))
    (live,) = taken
    imported = _imported(entity.address, as_argument(live.entity_id), state)
    if live.archived:
        return Finding(
            "name-archived-on-server",
            f"the server has {noun(entity.address.kind)} of this name, and it is archived",
            f"To bring it back, import it:{imported}"
            "If you want a new one beside it, add:\n"
            f"  {spelled(What.DUPLICATE_NAME, entity.address)}",
        )
    return Finding(
        "name-exists-on-server",
        _taken(entity),
        f"The state does not record it. If it is the same one, import it:{imported}"
        "If you want a second one, add:\n"
        f"  {spelled(What.DUPLICATE_NAME, entity.address)}",
    )


def _imported(address: Address, entity_id: str, state: State) -> str:
    return f"{commands(*_freed(address, state), f'badgeops import {address} {entity_id}')}\n"


def _choice(entity: Issuer | BadgeClass, taken: list[Live], rivals: list[Address], state: State) -> str:
    listing = "".join(
        f"  {as_argument(live.entity_id)}  created {live.created_at}{'  archived' if live.archived else ''}\n"
        for live in taken[:_FEW]
    )
    more = f"  and {len(taken) - _FEW} more\n" if len(taken) > _FEW else ""
    return (
        f"It could be one of these, which the state does not record:\n{listing}{more}"
        f"{_rivals(rivals)}If it is one of them, say which:{_imported(entity.address, 'ENTITY_ID', state)}"
        "If you want another one, add:\n"
        f"  {spelled(What.DUPLICATE_NAME, entity.address)}"
    )


def _rivals(rivals: list[Address]) -> str:
    few = ", ".join(map(str, rivals[:_FEW])) + (", …" if len(rivals) > _FEW else "")
    return f"So could {few}, and an entity belongs to one document. " if rivals else ""


def _taken(entity: Issuer | BadgeClass) -> str:
    return f"the server already has {noun(entity.address.kind)} of this name"


def twins(entity: Issuer | BadgeClass, strangers: list[str]) -> Finding:
    """Return a warning: the account has something else under the name of an entity of ours."""
    few = ", ".join(map(as_argument, strangers[:_FEW])) + (", …" if len(strangers) > _FEW else "")
    return Finding(
        "twin-on-server",
        f"the account has {noun(entity.address.kind)} of this name that badgeops does not manage",
        f"It is {few}. Two runs without a common state may have made one each, and earners cannot tell them apart. "
        "Delete the one that nobody has earned, on the server's web pages; or give it a document of its own and "
        "import it. If both are meant, write `lifecycle: {allowDuplicateName: true}`.",
    )
