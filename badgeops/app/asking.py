"""Asks a person before anything is changed."""

from __future__ import annotations

from badgeops.app.reporting import Reporter
from badgeops.errors import PlanError
from badgeops.render.plain import printable

_APPROVE = "Without a terminal, pass --auto-approve"


def also_needed(reporter: Reporter, *, auto_approve: bool) -> str:
    """Return what to say beside other reasons to stop, so that the next try is not stopped by this one."""
    return "" if auto_approve or reporter.can_ask else f"{_APPROVE}, too."


def confirm(question: str, reporter: Reporter, *, auto_approve: bool) -> None:
    """Ask where a person is there; elsewhere insist on --auto-approve."""
    if auto_approve:
        return
    if not reporter.can_ask:
        raise PlanError(
            "Cannot ask for approval: stdin is not a terminal. Nothing was changed.",
            hint=f"{_APPROVE}.",
        )
    if reporter.ask(f"{printable(question)} Only “yes” counts") != "yes":
        raise PlanError("Not confirmed. Nothing was changed.")
