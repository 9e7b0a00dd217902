"""`badgeops state`: look at the state, and correct it by hand where it must be."""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import completion, options

_format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to write to stdout.",
)


@click.group(short_help="Look at the state, or correct it.")
def state() -> None:
    """Look at the state of an environment: which entity on the server is which document.

    None of these commands talks to the server.
    """


@state.command(name="list", short_help="List the entities of the state.")
@options.catalog_option
@options.environment_option
@_format_option
def list_(format_: str, **parameters: Any) -> int:
    """List every address in the state with its entityId and name."""
    from badgeops.app.edit_state import read_state
    from badgeops.app.requests import Request
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.text import state_text

    current = read_state(Request(**parameters), CONSOLE)
    CONSOLE.result(
        state_text.as_json(current) if format_ == "json" else state_text.listing(current, CONSOLE.result_style.width)
    )
    return 0


@state.command(short_help="Show one entity of the state.")
@click.argument("address", type=options.AddressType(), shell_complete=completion.addresses)
@options.catalog_option
@options.environment_option
@_format_option
def show(format_: str, **parameters: Any) -> int:
    """Show the record of ADDRESS: its ids, each field as it was sent, and as it came back if that differs."""
    from badgeops.app.edit_state import ShowRequest, find, read_state
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.text import state_text

    request = ShowRequest(**parameters)
    resource = find(read_state(request, CONSOLE), request.address)
    width = CONSOLE.result_style.width
    CONSOLE.result(state_text.one_as_json(resource) if format_ == "json" else state_text.one(resource, width))
    return 0


@state.command(short_help="Record that a key was renamed.")
@click.argument("before", metavar="OLD", type=options.AddressType(), shell_complete=completion.addresses)
@click.argument("after", metavar="NEW", type=options.AddressType())
@options.catalog_option
@options.environment_option
@options.lock_timeout_option
def mv(**parameters: Any) -> int:
    """Give the entity at OLD the address NEW, after you have changed its `key:` in the catalog."""
    from badgeops.app.edit_state import MoveRequest, move
    from badgeops.commands.shared.console import CONSOLE

    move(MoveRequest(**parameters), CONSOLE)
    return 0


@state.command(short_help="Forget an entity; it stays on the server.")
@click.argument("address", nargs=-1, type=options.AddressType(), shell_complete=completion.addresses)
@click.option("--all", "everything", is_flag=True, help="Forget everything.")
@options.auto_approve_option
@options.catalog_option
@options.environment_option
@options.lock_timeout_option
def rm(**parameters: Any) -> int:
    """Forget ADDRESS (one or several). The entity stays on the server and is unmanaged from then on."""
    from badgeops.app.edit_state import ForgetRequest, forget
    from badgeops.commands.shared.console import CONSOLE

    request = ForgetRequest(**parameters)
    if bool(request.address) == request.everything:
        raise click.UsageError("Name the addresses to forget, or --all.")
    forget(request, CONSOLE)
    return 0
