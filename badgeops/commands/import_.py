"""`badgeops import`: record one existing entity in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from badgeops.commands.shared import completion, options

if TYPE_CHECKING:
    from badgeops.app.import_entity import Imported, ImportRequest


def _entity_id(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Take an entityId, or the address of a public page, which contains one."""
    from badgeops.model.entity_id import is_entity_id
    from badgeops.planning.adopt import entity_id_of

    if not is_entity_id(entity_id_of(value)):
        raise click.UsageError(
            f"{value!r} is not an entityId, nor an address that contains one. An entityId has letters, digits, - and "
            "_; it is the last part of the address of the entity's public page."
        )
    return value.strip()


@click.command(
    name="import",
    short_help="Import an existing entity into the state.",
    # An entityId may begin with a dash, also with -h.
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("address", type=options.AddressType(), shell_complete=completion.declared)
@click.argument("entity_id", callback=_entity_id)
@options.catalog_option
@options.environment_option
@options.allow_http_option
@options.verbose_option
@options.lock_timeout_option
def import_(**parameters: Any) -> int:
    """Record that the document at ADDRESS is the entity ENTITY_ID on the server, and show how the two differ.

    The entity on the server does not change. ADDRESS is as in `badge_class.python-basics`; its document must be in the
    catalog. ENTITY_ID is the entityId, or the address of the entity's public page on this server.
    """
    from badgeops.app.import_entity import ImportRequest, import_entity
    from badgeops.commands.shared.console import CONSOLE

    request = ImportRequest(**parameters)
    _tell(import_entity(request, CONSOLE), request)
    return 0


def _tell(imported: Imported, request: ImportRequest) -> None:
    """Show how the entity differs from its document."""
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.text import plan_text

    if imported.unmanaged:
        CONSOLE.result(f"Not in the document, so left as they are: {', '.join(imported.unmanaged)}.\n")
    for name in imported.unseen:
        CONSOLE.result(
            f"No server shows {name}, so badgeops cannot tell what it holds. The first update of this entity empties "
            f"it, unless its document has {name}.\n"
        )
    for name in imported.not_shown:
        CONSOLE.result(
            f"The answers of this server have no {name}, so badgeops cannot tell what it holds. A change of it is "
            "shown as if it were empty.\n"
        )
    for name, form in imported.other_forms:
        CONSOLE.result(
            f"This server keeps {name} as {form}, in days, and may ignore what is sent as {name}. If it does, each "
            "plan after the next apply says so.\n"
        )
    if not imported.changes:
        CONSOLE.result("The server matches the catalog.\n")
        return
    lines = [line for change in imported.changes for line in plan_text.change_lines(change, CONSOLE.result_style)]
    CONSOLE.result("\n".join(["The next apply would change it like this:", "", *lines, ""]))
    CONSOLE.result(f"\nTo see the whole plan:\n\n  {request.next_command('plan')}\n")
