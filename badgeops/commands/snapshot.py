"""`badgeops snapshot`: record what the server shows, for plans without credentials. Reads only."""

from __future__ import annotations

import click

from badgeops.commands.shared import options


@click.command(short_help="Record what the server shows, to plan against.")
@options.catalog_argument
@options.connection_options
@click.option("--out", metavar="FILE", help="Write it to this file instead of stdout.")
@click.option(
    "--holders",
    is_flag=True,
    help="Count how many people hold each badge class of the state; one request each, and nobody is named.",
)
def snapshot(
    catalog: str, environment: str | None, allow_http: bool, parallelism: int, out: str | None, holders: bool
) -> int:
    """Record the account's issuers and badge classes as JSON, for `badgeops plan --against FILE`.

    Sends nothing but GET requests and changes nothing. The file holds what the catalog can set and everybody can see
    of a badge: no tokens, no staff, nobody who was awarded. Take a new one after each apply. CATALOG is the folder
    that holds badgeops.yaml.
    """
    from badgeops import snapshots
    from badgeops.app.reviewed_apply import write_result
    from badgeops.app.workspace import open_workspace
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.outputs import check_out, spare_inputs
    from badgeops.model.address import Kind
    from badgeops.refresh import count_holders, refresh
    from badgeops.render.plain import plain_json
    from badgeops.snapshots import Recorded

    check_out(out)
    spare_inputs(catalog, out)
    workspace = open_workspace(CONSOLE, catalog, environment, allow_http=allow_http)
    state = workspace.ledger.load()
    with workspace.client() as client:
        found = refresh(client, state, parallelism=parallelism)
        owned = sorted(
            resource.entity_id
            for address, resource in state.resources.items()
            if address.kind is Kind.BADGE_CLASS and resource.entity_id in found.live
        )
        counts = count_holders(client, owned, parallelism=parallelism) if holders else None
    settings = workspace.settings
    recorded = Recorded(settings.environment, settings.server.identity, state.lineage, state.serial, found, counts)
    text = plain_json(snapshots.dumps(recorded))
    if out is None:
        CONSOLE.result(text)
        return 0
    write_result(CONSOLE, out, text, "snapshot")
    CONSOLE.note(f"{len(found.live)} entities recorded. To plan against them:")
    CONSOLE.advice(f"  badgeops plan --against {out}")
    return 0
