"""`badgeops sandbox serve`: the embedded server, kept up."""

from __future__ import annotations

from badgeops.app.reporting import Reporter
from badgeops.errors import SettingsError
from badgeops.sandbox import Sandbox, SandboxError, SandboxOptions


def serve_sandbox(options: SandboxOptions, reporter: Reporter) -> None:
    """Run the server until Ctrl-C, and say its address."""
    try:
        server = Sandbox(options).start()
    except (SandboxError, OSError) as error:
        raise SettingsError(f"The sandbox cannot start: {error}.", hint="Another --port or --data may help.") from error
    reporter.result(f"{server.url}\n")
    reporter.note(
        f"The sandbox ({options.dialect}) is running; Ctrl-C stops it. To use it, put `server: {server.url}` into an\n"
        "environment of badgeops.yaml and set BADGEOPS_USERNAME=admin@example.org BADGEOPS_PASSWORD=sandbox."
    )
    server.serve_forever()
