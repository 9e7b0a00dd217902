"""What to do next: the commands that messages suggest, made complete, and what a server gives as its reasons."""

from __future__ import annotations

import shlex

from badgeops.errors import BadgeopsError, RefusedError
from badgeops.render.plain import printable


def suggestion(command: str, catalog: str, environment: str | None) -> str:
    """Return a command line with the options that make it work on this catalog and environment."""
    takes_option = command.split()[1:2] in (["import"], ["state"], ["force-unlock"], ["fmt"], ["sandbox"], ["explain"])
    if catalog not in ("", "."):
        command += f" {'--catalog ' if takes_option else ''}{shlex.quote(catalog)}"
    return printable(f"{command} --env {shlex.quote(environment)}" if environment else command)


def quote_server_message(error: BadgeopsError) -> list[str]:
    """Return what the server gave as its reasons, a line each."""
    if not isinstance(error, RefusedError):
        return []
    fields = [f"{name}: {text}" for name, texts in error.fields.items() for text in texts]
    return [f"The server says: {words}" for words in (*fields, *error.general)]
