"""`badgeops destroy`: delete from the server what the state owns."""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import options
from badgeops.commands.shared.allow import allow_option


@click.command(short_help="Delete all entities of the state from the server.")
@options.catalog_argument()
@options.connection_options
@options.auto_approve_option
@options.lock_timeout_option
@allow_option("protected")
def destroy(**parameters: Any) -> int:
    """Delete every issuer and badge class that the state records, badge classes first.

    It never touches an entity that is not managed, and stops if an entity is protected, or if people have earned a
    badge class. The catalog's files stay as they are. CATALOG is the folder that holds badgeops.yaml.
    """
    from badgeops.app.destroy import DestroyRequest, destroy
    from badgeops.commands.shared.console import CONSOLE

    return destroy(DestroyRequest(**parameters), CONSOLE)
