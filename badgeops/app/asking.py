"""Asks a person before anything is changed."""

from __future__ import annotations

from badgeops.app.reporting import Reporter
from badgeops.errors import PlanError
from badgeops.render.plain import printable


def confirm(question: str, reporter: Reporter, *, auto_approve: bool) -> None:
    """Ask where a person is there; elsewhere insist on --auto-approve."""
    if auto_approve:
        return
    if not reporter.can_ask:
        raise PlanError(
            "Cannot ask for approval: stdin is not a terminal. Nothing was changed.",
            hint="Without a terminal, pass --auto-approve.",
        )
    if reporter.ask(f"{printable(question)} Only “yes” counts") != "yes":
        raise PlanError("Not confirmed. Nothing was changed.")
