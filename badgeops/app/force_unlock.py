"""`badgeops force-unlock`: release the lock of a run that has died."""

from __future__ import annotations

from dataclasses import dataclass

from badgeops.app import asking
from badgeops.app.reporting import Reporter
from badgeops.app.requests import Request
from badgeops.app.workspace import open_state


@dataclass(frozen=True, kw_only=True)
class UnlockRequest(Request):
    """What `badgeops force-unlock` is asked for."""

    lock_id: str
    auto_approve: bool = False


def force_unlock(request: UnlockRequest, reporter: Reporter) -> None:
    """Ask, and release the lock that has this id, whoever owns it."""
    backend = open_state(request, reporter).backend
    owner = backend.owner()
    if owner is not None and owner.id == request.lock_id:
        question = f"Release the lock on {backend.name}? Its owner: {owner}."
        asking.confirm(question, reporter, auto_approve=request.auto_approve)
    broken = backend.unlock(request.lock_id)
    reporter.done(f"The lock on {backend.name} is released. Its owner was: {broken}.\n")
