"""`badgeops state`: look at the state, and correct it by hand where it must be. Talks to no server."""

from __future__ import annotations

from dataclasses import dataclass, replace

from badgeops.app import asking
from badgeops.app.reporting import Reporter
from badgeops.app.requests import Request
from badgeops.app.workspace import open_state
from badgeops.errors import StateError
from badgeops.model.address import Address, nearest
from badgeops.state.record import Resource, State, rename


@dataclass(frozen=True, kw_only=True)
class ShowRequest(Request):
    """What `badgeops state show` is asked for."""

    address: Address


@dataclass(frozen=True, kw_only=True)
class MoveRequest(Request):
    """What `badgeops state mv` is asked for."""

    before: Address
    after: Address
    lock_timeout: float = 0


@dataclass(frozen=True, kw_only=True)
class ForgetRequest(Request):
    """What `badgeops state rm` is asked for."""

    address: tuple[Address, ...] = ()
    everything: bool = False
    auto_approve: bool = False
    lock_timeout: float = 0


def read_state(request: Request, reporter: Reporter) -> State:
    """Return the state of an environment."""
    return open_state(request, reporter).journal.load()


def find(current: State, address: Address) -> Resource:
    """Return the record of an entity; StateError, with what may have been meant, where there is none."""
    resource = current.resources.get(address)
    if resource is None:
        near = nearest(address, current.resources)
        raise StateError(
            f"The state of environment {current.environment} has no {address}.",
            hint=f"{f'Did you mean {near}? ' if near else ''}To list its addresses:\n  badgeops state list",
        )
    return resource


def move(request: MoveRequest, reporter: Reporter) -> None:
    """Give an entity another address."""
    before, after = request.before, request.after
    workspace = open_state(request, reporter)
    with workspace.lock("state mv", request.lock_timeout):
        journal = workspace.journal
        serial = journal.replace(moved(journal.load(), before, after))
    reporter.done(f"{before} is {after} from now on.\nThe state is saved (serial {serial}).\n")
    workspace.remind_to_commit()


def moved(current: State, before: Address, after: Address) -> State:
    """Return the state in which an entity has another address; StateError where that stands for something."""
    if before not in current.pending:  # a creation whose end is not known has no record yet
        find(current, before)
    if before.kind is not after.kind:
        raise StateError(f"{before} and {after} are of different kinds.")
    if after in current.resources or after in current.pending:
        raise StateError(f"The state has {after} already.", hint="An address can stand for only one entity.")
    return rename(current, before, after)


def forget(request: ForgetRequest, reporter: Reporter) -> None:
    """Take entities out of the state; they stay on the server."""
    workspace = open_state(request, reporter)
    with workspace.lock("state rm", request.lock_timeout):
        journal = workspace.journal
        current = journal.load()
        going = [find(current, address).address for address in request.address] or list(current.resources)
        if request.everything:
            question = f"Forget all {len(going)} entities of environment {current.environment}?"
            asking.confirm(question, reporter, auto_approve=request.auto_approve)
        for address in going:
            current = _forgotten(current, address)
        serial = journal.replace(current)
    stay = "It stays" if len(going) == 1 else "They stay"
    reporter.done(f"Forgot {len(going)}. {stay} on the server. The state is saved (serial {serial}).\n")
    workspace.remind_to_commit()


def _forgotten(current: State, address: Address) -> State:
    """Return a state without an entity; a creation that may still come to its end there is no part of it."""
    intent = current.pending.get(address)
    current = current.without(address)
    if intent is None or intent.action != "create":
        return current
    return replace(current, pending={**current.pending, address: intent})
