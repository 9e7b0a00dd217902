"""Follows the commands that a message advises, on a state in memory: each is parsed as the command line parses it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from badgeops.api.live import Live
from badgeops.app.edit_state import moved
from badgeops.model.address import Address
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Catalog, Issuer
from badgeops.planning.adopt import adopt
from badgeops.planning.import_check import check
from badgeops.state.record import State
from support.commands import leaves, parsed

_COMMANDS = dict(leaves())


def advised(text: str) -> list[str]:
    """Return the commands that a message shows on lines of their own."""
    return re.findall(r"^ +(badgeops .*)$", text, re.MULTILINE)


def words_of(command: str) -> tuple[str, dict[str, Any]]:
    """Return the name of a command and its parameters, as click reads them."""
    _, *words = shlex.split(command)
    count = 2 if words[0] == "state" else 1
    name = " ".join(words[:count])
    return name, parsed(name, _COMMANDS[name], words[count:])


def follow(state: State, command: str, catalog: Catalog, live: Mapping[str, Live], dialect: Dialect) -> State:
    """Return the state after a command; an error where the command ends with one."""
    name, given = words_of(command)
    if name == "state rm":
        for address in given["address"]:
            assert address in state.resources
            state = state.without(address)
        return state
    if name == "state mv":
        return moved(state, given["before"], given["after"])
    if name == "import":
        return imported(state, catalog, given["address"], live[given["entity_id"]], dialect)
    assert name in ("plan", "apply")
    return state


def imported(state: State, catalog: Catalog, address: Address, live: Live, dialect: Dialect) -> State:
    """Return the state after an import, as the command checks it and records it."""
    entity = catalog.entities[address]
    assert isinstance(entity, Issuer | BadgeClass)
    check(state, entity, live)
    return state.with_resource(adopt(entity, live, dialect, image_is_same=False, served_sha256=None))
