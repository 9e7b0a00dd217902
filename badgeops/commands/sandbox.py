"""`badgeops sandbox serve`: the embedded server, kept up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from badgeops.commands.shared import options
from badgeops.commands.shared.former import is_given


@click.group(short_help="The badge server inside badgeops, for rehearsals.")
def sandbox() -> None:
    """Run a badge server on this computer, for rehearsals. Its account: admin@example.org, password sandbox."""


@sandbox.command(short_help="Run the sandbox until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where it keeps its data (default: .badgeops/sandbox in the catalog).",
)
@options.catalog_option
@click.option("--reset", is_flag=True, help="Begin with an empty server.")
@click.option(
    "--verified-email",
    "verified_emails",
    multiple=True,
    metavar="ADDRESS",
    help="An address that the account has verified, so that issuers may use it. Can be given several times.",
)
@click.option(
    "--dialect",
    type=click.Choice(["open-source", "hosted"]),
    default="open-source",
    show_default=True,
    help="Which server to behave like.",
)
@click.option(
    "--constant-images/--changing-images",
    "constant_images",
    default=None,
    help="Whether an image keeps its address when it is replaced (default: in the hosted dialect).",
)
@click.option("--latency-ms", type=options.Amount(0), default=0, metavar="N", help="Answer that much later.")
@click.option(
    "--fail",
    multiple=True,
    metavar="RULE",
    help="Fail on purpose, for example status=503,method=POST,every=3. Can be given several times.",
)
def serve(**parameters: Any) -> int:
    """Run a badge server on this computer until Ctrl-C, and print its address."""
    from badgeops.app.serve_sandbox import ServeRequest, serve_sandbox
    from badgeops.commands.shared.console import CONSOLE

    request = ServeRequest(**parameters)
    if request.data is not None and is_given(click.get_current_context(), "catalog"):
        raise click.UsageError("Pass --data or --catalog, not both: each says where the sandbox keeps its data.")
    serve_sandbox(request, CONSOLE)
    return 0
