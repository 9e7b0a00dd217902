"""`badgeops force-unlock`: take the lock away from a run that no longer works."""

from __future__ import annotations

import click

from badgeops.commands.shared import options


@click.command(name="force-unlock", short_help="Break the lock of a run that no longer works.")
@click.argument("lock_id", metavar="ID")
@options.auto_approve_option
@options.catalog_option
@options.environment_option
def force_unlock(lock_id: str, auto_approve: bool, catalog: str, environment: str | None) -> int:
    """Break the lock ID on the state, which the message about it names.

    Seldom needed: the lock of a run that was killed is free at once on its own computer, and runs out by itself on any
    other. A run that lives after all notices that it has lost the lock, and stops without writing the state.
    """
    from badgeops.app.carry_out import confirm
    from badgeops.app.workspace import open_state
    from badgeops.commands.shared.console import CONSOLE

    backend = open_state(CONSOLE, catalog, environment).backend
    holder = backend.holder()
    if holder is not None and holder.id == lock_id:
        confirm(f"Break the lock on {backend.name}, held: {holder}?", auto_approve=auto_approve)
    broken = backend.unlock(lock_id)
    CONSOLE.result(f"The lock on {backend.name} is broken. It was held: {broken}.\n")
    return 0
