"""`badgeops import`: take one existing entity under management."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import click

from badgeops.commands.shared import completion, options

if TYPE_CHECKING:
    from badgeops.app.workspace import Workspace
    from badgeops.client import Client
    from badgeops.live import Live
    from badgeops.model.address import Address
    from badgeops.model.entities import BadgeClass, Issuer
    from badgeops.state import Resource, State


@click.command(
    name="import",
    short_help="Take an existing entity under management.",
    # An entityId may begin with a dash, also with -h.
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("address", shell_complete=completion.declared)
@click.argument("entity_id")
@options.catalog_option
@options.environment_option
@options.allow_http_option
@options.verbose_option
@options.lock_timeout_option
def import_(
    address: str, entity_id: str, catalog: str, environment: str | None, allow_http: bool, lock_timeout: float
) -> int:
    """Record that the document at ADDRESS is the entity ENTITY_ID on the server, and show how the two differ.

    Nothing is changed on the server. ADDRESS is as in `badge_class.python-basics`; its document must be in the
    catalog. ENTITY_ID is the entityId, or the address of the entity's public page.
    """
    import sys

    from badgeops import planner
    from badgeops.adopt import entity_id_of, unmanaged_fields
    from badgeops.app.make_plan import command_line
    from badgeops.app.workspace import open_workspace
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.model.address import Address
    from badgeops.planner import Options, Snapshot
    from badgeops.render import plan_text

    try:
        wanted = Address.parse(address)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    number = entity_id_of(entity_id)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", number):
        raise click.UsageError(
            f"{entity_id!r} is no entityId, nor an address that holds one; it has letters, digits, - and _, "
            "and is the last part of the address of the entity's public page."
        )
    workspace = open_workspace(CONSOLE, catalog, environment, allow_http=allow_http)
    with workspace.lock("import", lock_timeout), workspace.client() as client:
        ledger = workspace.ledger
        state = ledger.load()
        entity = _document(workspace, wanted)
        live = _entity(client, wanted, number)
        _check(state, wanted, entity, live)
        state = state.with_resource(_resource(client, entity, live))
        serial = ledger.replace(state)
        found = {live.entity_id: live}
        if live.issuer_id:
            found |= {item.entity_id: item for item in client.issuers()}
        snapshot = Snapshot(client.known_dialect(), found)
    plan = planner.build(workspace.catalog, state, snapshot, Options(allow_duplicate_name=True))
    changes = [change for change in plan.changes if change.address == wanted]
    CONSOLE.result(f"{wanted} is {live.entity_id} from now on.\nThe state is saved (serial {serial}).\n")
    workspace.remind_to_commit()
    others = unmanaged_fields(entity, live)
    if others:
        CONSOLE.result(f"Not in the document, so left as they are: {', '.join(others)}.\n")
    if not changes:
        CONSOLE.result("The server holds just what the catalog says.\n")
        return 0
    style = CONSOLE.style(sys.stdout)
    lines = [line for change in changes for line in plan_text.change_lines(change, style)]
    following = command_line("plan", catalog, environment)
    CONSOLE.result("\n".join(["The next apply would change it like this:", "", *lines, ""]))
    CONSOLE.result(f"\nTo see the whole plan:\n\n  {following}\n")
    return 0


def _document(workspace: Workspace, wanted: Address) -> Issuer | BadgeClass:
    from badgeops.errors import SettingsError
    from badgeops.model.address import nearest

    for address, entity in workspace.catalog.entities.items():
        if address == wanted:
            return entity
    near = nearest(wanted, workspace.catalog.entities)
    raise SettingsError(
        f"The catalog has no {wanted}.",
        hint=f"{f'Did you mean {near}? ' if near else ''}Write its document first: badgeops manages what is described "
        "in the catalog. What it leaves out stays as it is on the server.",
    )


def _entity(client: Client, wanted: Address, entity_id: str) -> Live:
    from badgeops.errors import NotFound

    try:
        return client.entity(wanted.kind, entity_id)
    except NotFound as error:
        raise NotFound(
            f"The server shows no {wanted.kind} with the id {entity_id} to this account.",
            hint="To look the id up:\n  badgeops plan --show-unmanaged",
            status=404,
        ) from error


def _check(state: State, wanted: Address, entity: Issuer | BadgeClass, live: Live) -> None:
    from badgeops.errors import PlanError
    from badgeops.model.entities import BadgeClass
    from badgeops.planner import as_argument

    for address, resource in state.resources.items():
        if resource.entity_id == live.entity_id and address != wanted:
            raise PlanError(
                f"{live.entity_id} is {address} already.",
                hint=f"To give it another address:\n  badgeops state mv {address} {wanted}",
            )
        if address == wanted and resource.entity_id != live.entity_id:
            raise PlanError(
                f"{wanted} is another entity already: {resource.entity_id}.",
                hint=f"To let go of that one first:\n  badgeops state rm {wanted}",
            )
    if not isinstance(entity, BadgeClass):
        return
    issuer = state.resources.get(entity.issuer)
    if issuer is None:
        raise PlanError(
            f"Its issuer, {entity.issuer}, is not in the state yet.",
            hint=f"Import the issuer first:\n  badgeops import {entity.issuer} {as_argument(live.issuer_id or '')}",
        )
    if issuer.entity_id != live.issuer_id:
        raise PlanError(
            f"On the server it belongs to another issuer ({live.issuer_id}) than {entity.issuer}.",
            hint="Correct `issuer:` in the document, or the id.",
        )


def _resource(client: Client, entity: Issuer | BadgeClass, live: Live) -> Resource:
    from badgeops.adopt import adopt
    from badgeops.errors import ApiError
    from badgeops.images import MAX_BYTES, same_picture
    from badgeops.safe_files.reading import read_regular

    same, digest = False, None
    if entity.image is not None and live.image_url is not None:
        try:
            served = client.picture(live.image_url)
        except ApiError:
            served = b""
        digest = hashlib.sha256(served).hexdigest()
        same = bool(served) and same_picture(read_regular(str(entity.image.path), MAX_BYTES), served)
    return adopt(entity, live, client.known_dialect(), image_is_same=same, served_sha256=digest)
