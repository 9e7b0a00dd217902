"""`badgeops snapshot`: record what the server shows, for plans without credentials. Reads only."""

from __future__ import annotations

import shlex
from typing import Any

import click

from badgeops.commands.shared import options
from badgeops.commands.shared.former import renamed_option


@click.command(short_help="Record what the server shows, to plan against.")
@options.catalog_argument()
@options.connection_options
@click.option("--out", metavar="FILE", help="Write it to this file instead of stdout.")
@renamed_option(
    "--count-earners",
    before="--holders",
    is_flag=True,
    help="Count how many people have earned each badge class of the state; one request each, and nobody is named.",
)
def snapshot(**parameters: Any) -> int:
    """Record the account's issuers and badge classes as JSON, for `badgeops plan --snapshot FILE`.

    `snapshot` only reads: it sends GET requests and nothing else. The file contains the fields that a catalog can set
    and everybody can see: no tokens, no staff, no earners. Take a new one after each apply. CATALOG is the folder
    that holds badgeops.yaml.
    """
    from badgeops.app.results import refuse_to_overwrite_inputs, write_result
    from badgeops.app.take_snapshot import SnapshotRequest, take_snapshot
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.outputs import check_out
    from badgeops.render.plain import plain_json
    from badgeops.review import snapshots

    request = SnapshotRequest(**parameters)
    check_out("--out", request.out)
    refuse_to_overwrite_inputs(request.catalog, request.out)
    recorded = take_snapshot(request, CONSOLE)
    text = plain_json(snapshots.dumps(recorded))
    if request.out is None:
        CONSOLE.result(text)
        return 0
    write_result(request.out, text, "snapshot", CONSOLE)
    CONSOLE.note(f"{len(recorded.snapshot.live)} entities recorded. To plan against them:")
    CONSOLE.advice(f"  badgeops plan --snapshot={shlex.quote(request.out)}")
    return 0
