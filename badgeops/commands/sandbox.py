"""`badgeops sandbox serve`: the embedded server, kept up."""

from __future__ import annotations

from pathlib import Path

import click

from badgeops.commands.shared import options


@click.group(short_help="The badge server inside badgeops, for rehearsals.")
def sandbox() -> None:
    """Run a badge server on this computer, for rehearsals. Its account: admin@example.org, password sandbox."""


@sandbox.command(short_help="Run the sandbox until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".badgeops/sandbox"),
    show_default=True,
    metavar="DIR",
    help="Where it keeps its data.",
)
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
@click.option("--latency-ms", type=options.Amount(0), default=0, metavar="N", help="Answer that much later.")
@click.option(
    "--fail",
    multiple=True,
    metavar="RULE",
    help="Fail on purpose, for example status=503,method=POST,every=3. Can be given several times.",
)
def serve(
    port: int,
    data: Path,
    reset: bool,
    verified_emails: tuple[str, ...],
    dialect: str,
    latency_ms: float,
    fail: tuple[str, ...],
) -> int:
    """Run a badge server on this computer until Ctrl-C, and print its address."""
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.errors import SettingsError
    from badgeops.sandbox import Sandbox, SandboxError, SandboxOptions

    try:
        server = Sandbox(
            SandboxOptions(
                data=data,
                dialect="hosted" if dialect == "hosted" else "open-source",
                port=port,
                verified_emails=verified_emails,
                latency_ms=latency_ms,
                fail=fail,
                reset=reset,
            )
        ).start()
    except (SandboxError, OSError) as error:
        raise SettingsError(f"The sandbox cannot start: {error}.", hint="Another --port or --data may help.") from error
    CONSOLE.result(f"{server.url}\n")
    CONSOLE.note(
        f"The sandbox ({dialect}) is running; Ctrl-C stops it. To use it, put `server: {server.url}` into an\n"
        "environment of badgeops.yaml and set BADGEOPS_USERNAME=admin@example.org BADGEOPS_PASSWORD=sandbox."
    )
    server.serve_forever()
    return 0
