"""`badgeops login` and `badgeops logout`: keep a refresh token, so that no password need stand in the environment."""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import options


@click.command(short_help="Log in to a server and remember it.")
@options.catalog_argument()
@options.environment_option
@options.allow_http_option
@options.verbose_option
def login(**parameters: Any) -> int:
    """Ask for user name and password, and keep the refresh token that the server gives for them, not the password.

    It is kept in the system's keyring if the package `keyring` is installed, else in a file that only you can read.
    CATALOG is the folder that holds badgeops.yaml.
    """
    import sys

    from badgeops.app.log_in import Account, log_in, server_of
    from badgeops.app.requests import ServerRequest
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.terminal import is_terminal
    from badgeops.errors import SettingsError
    from badgeops.render.plain import printable

    server, url = server_of(ServerRequest(**parameters), CONSOLE)
    if not is_terminal(sys.stdin):
        raise SettingsError(
            "Cannot ask for the password: stdin is not a terminal.",
            hint="If nobody can answer, set BADGEOPS_USERNAME and BADGEOPS_PASSWORD.",
        )
    username = click.prompt(printable(f"E-mail address of your account at {url}"), err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    log_in(server, url, Account(username, password), CONSOLE)
    return 0


@click.command(short_help="Forget a log-in.")
@options.catalog_argument()
@options.environment_option
def logout(**parameters: Any) -> int:
    """Forget the refresh token that `badgeops login` keeps for this environment's server.

    CATALOG is the folder that holds badgeops.yaml.
    """
    from badgeops.app.log_in import log_out
    from badgeops.app.requests import Request
    from badgeops.commands.shared.console import CONSOLE

    log_out(Request(**parameters), CONSOLE)
    return 0
