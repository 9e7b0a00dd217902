"""`badgeops force-unlock`: release the lock of a run that has died."""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import options


@click.command(name="force-unlock", short_help="Release the lock of a run that has died.")
@click.argument("lock_id", metavar="ID")
@options.auto_approve_option
@options.catalog_option
@options.environment_option
def force_unlock(**parameters: Any) -> int:
    """Release the lock ID of the state. The message about the lock names its ID.

    You seldom need it: the lock of a run that was killed is free at once on its own computer, and runs out by itself on
    any other. If the run lives after all, it notices that it has lost the lock, and stops without writing the state.
    """
    from badgeops.app import force_unlock
    from badgeops.commands.shared.console import CONSOLE

    force_unlock.force_unlock(force_unlock.UnlockRequest(**parameters), CONSOLE)
    return 0
