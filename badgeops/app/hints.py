"""What to do next: the commands that messages suggest, made complete, and what a server gives as its reasons."""

from __future__ import annotations

import shlex

from badgeops.errors import BadgeopsError, RefusedError
from badgeops.render.plain import printable

_WITH_OPTION = frozenset({"import", "state", "force-unlock", "fmt", "sandbox", "explain"})
"""Commands whose arguments are something else than the catalog."""
_TALKING = frozenset({"plan", "apply", "destroy", "snapshot", "import", "login", "doctor"})
"""Commands that talk to a server."""


def suggestion(command: str, catalog: str, environment: str | None, *, allow_http: bool = False) -> str:
    """Return a command line with the options that make it work on this catalog and environment, over this way."""
    name = "".join(command.split()[1:2])
    if catalog not in ("", "."):
        command += f" {'--catalog ' if name in _WITH_OPTION else ''}{shlex.quote(catalog)}"
    if environment:
        command += f" --env {shlex.quote(environment)}"
    if allow_http and name in _TALKING:
        command += " --allow-http"
    return printable(command)


def quote_server_message(error: BadgeopsError) -> list[str]:
    """Return what the server gave as its reasons, a line each."""
    if not isinstance(error, RefusedError):
        return []
    fields = [f"{name}: {text}" for name, texts in error.fields.items() for text in texts]
    return [f"The server says: {words}" for words in (*fields, *error.general)]
