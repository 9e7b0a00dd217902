"""`badgeops state`: look at the state, and correct it by hand where it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from badgeops.commands.shared import completion, options

if TYPE_CHECKING:
    from badgeops.model.address import Address
    from badgeops.state import Resource, State


@click.group(short_help="Look at the state, or correct it.")
def state() -> None:
    """Look at the state of an environment: which entity on the server is which document.

    None of these commands talks to the server.
    """


@state.command(name="list", short_help="List what the state owns.")
@options.catalog_option
@options.environment_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(catalog: str, environment: str | None, format_: str) -> int:
    """List every address in the state with its entityId and name."""
    from badgeops.app.workspace import open_state
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render import state_text

    current = open_state(CONSOLE, catalog, environment).ledger.load()
    CONSOLE.result(state_text.as_json(current) if format_ == "json" else state_text.listing(current))
    return 0


@state.command(short_help="Show one entity of the state.")
@click.argument("address", shell_complete=completion.addresses)
@options.catalog_option
@options.environment_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(address: str, catalog: str, environment: str | None, format_: str) -> int:
    """Show what the state knows of ADDRESS: its ids, what was sent, and what the server made of it."""
    from badgeops.app.workspace import open_state
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render import state_text

    current = open_state(CONSOLE, catalog, environment).ledger.load()
    resource = _find(current, _address(address))
    CONSOLE.result(state_text.one_as_json(resource) if format_ == "json" else state_text.one(resource))
    return 0


@state.command(short_help="Record that a key was renamed.")
@click.argument("before", metavar="OLD", shell_complete=completion.addresses)
@click.argument("after", metavar="NEW")
@options.catalog_option
@options.environment_option
@options.lock_timeout_option
def mv(before: str, after: str, catalog: str, environment: str | None, lock_timeout: float) -> int:
    """Give the entity at OLD the address NEW, after its `key:` was changed in the catalog."""
    from badgeops.app.workspace import open_state
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.errors import StateError
    from badgeops.state import rename

    old, new = _address(before), _address(after)
    workspace = open_state(CONSOLE, catalog, environment)
    with workspace.lock("state mv", lock_timeout):
        ledger = workspace.ledger
        current = ledger.load()
        _find(current, old)
        if old.kind is not new.kind:
            raise StateError(f"{old} and {new} are different kinds of things.")
        if new in current.resources or new in current.pending:
            raise StateError(f"The state has {new} already.", hint="An address can stand for one entity only.")
        serial = ledger.replace(rename(current, old, new))
    CONSOLE.result(f"{old} is {new} from now on.\nThe state is saved (serial {serial}).\n")
    workspace.remind_to_commit()
    return 0


@state.command(short_help="Let go of an entity; it stays on the server.")
@click.argument("address", nargs=-1, shell_complete=completion.addresses)
@click.option("--all", "everything", is_flag=True, help="Let go of everything.")
@options.auto_approve_option
@options.catalog_option
@options.environment_option
@options.lock_timeout_option
def rm(
    address: tuple[str, ...],
    everything: bool,
    auto_approve: bool,
    catalog: str,
    environment: str | None,
    lock_timeout: float,
) -> int:
    """Take ADDRESS (one or several) out of the state. The entity stays on the server, and is unmanaged from then on."""
    from badgeops.app.carry_out import confirm
    from badgeops.app.workspace import open_state
    from badgeops.commands.shared.console import CONSOLE

    if bool(address) == everything:
        raise click.UsageError("Name the addresses to let go of, or --all.")
    workspace = open_state(CONSOLE, catalog, environment)
    with workspace.lock("state rm", lock_timeout):
        ledger = workspace.ledger
        current = ledger.load()
        going = [_find(current, _address(text)).address for text in address] or list(current.resources)
        if everything:
            confirm(f"Let go of all {len(going)} of environment {current.environment}?", auto_approve=auto_approve)
        for each in going:
            current = current.without(each)
        serial = ledger.replace(current)
    stay = "It stays" if len(going) == 1 else "They stay"
    CONSOLE.result(f"Let go of {len(going)}. {stay} on the server. The state is saved (serial {serial}).\n")
    workspace.remind_to_commit()
    return 0


def _address(text: str) -> Address:
    from badgeops.model.address import Address

    try:
        return Address.parse(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _find(current: State, address: Address) -> Resource:
    from badgeops.errors import StateError
    from badgeops.model.address import nearest

    resource = current.resources.get(address)
    if resource is None:
        near = nearest(address, current.resources)
        raise StateError(
            f"The state of environment {current.environment} has no {address}.",
            hint=f"{f'Did you mean {near}? ' if near else ''}What it has:\n  badgeops state list",
        )
    return resource
