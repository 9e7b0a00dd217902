"""`badgeops login` and `badgeops logout`: keep a refresh token, so that no password need stand in the environment."""

from __future__ import annotations

import click

from badgeops.commands.shared import options


@click.command(short_help="Log in to a server and remember it.")
@options.catalog_argument
@options.environment_option
@options.allow_http_option
@options.verbose_option
def login(catalog: str, environment: str | None, allow_http: bool) -> int:
    """Ask for user name and password, and keep what the server gives for them: a refresh token, not the password.

    It is kept in the system's keyring where the package `keyring` is installed, else in a file that only you can read.
    CATALOG is the folder that holds badgeops.yaml.
    """
    import sys

    from badgeops.app.workspace import open_state, transport_for
    from badgeops.auth import Auth
    from badgeops.commands.shared.console import CONSOLE, is_terminal
    from badgeops.errors import SettingsError
    from badgeops.model.credentials import Credentials
    from badgeops.render.plain import printable
    from badgeops.vault import open_vault

    settings = open_state(CONSOLE, catalog, environment, allow_http=allow_http).settings
    url = settings.server.url
    if url is None:
        raise SettingsError("The embedded sandbox needs no log-in.", hint="For another environment, add --env NAME.")
    if not is_terminal(sys.stdin):
        raise SettingsError(
            "There is nobody to ask: this is no terminal.",
            hint="Where no person can answer, set BADGEOPS_USERNAME and BADGEOPS_PASSWORD.",
        )
    username = click.prompt(printable(f"E-mail address of your account at {url}"), err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    CONSOLE.hide([password])
    vault = open_vault()
    kept: list[str] = []
    transport = transport_for(settings.server, CONSOLE)
    try:
        credentials = Credentials(username=username, password=password, origin="what you typed")
        auth = Auth(credentials, f"{url}/o/token", transport, on_rotation=kept.append, on_secret=CONSOLE.hide_one)
        auth.token()
    finally:
        transport.close()
    if not kept:
        raise SettingsError(
            "The server gave no refresh token, so there is nothing to keep.",
            hint="Set BADGEOPS_USERNAME and BADGEOPS_PASSWORD in the environment instead.",
        )
    vault.put(settings.server.identity, kept[-1])
    CONSOLE.result(f"Logged in to {printable(url)}. The refresh token is kept in {vault.place}.\n")
    return 0


@click.command(short_help="Forget a log-in.")
@options.catalog_argument
@options.environment_option
def logout(catalog: str, environment: str | None) -> int:
    """Forget the refresh token that `badgeops login` keeps for this environment's server.

    CATALOG is the folder that holds badgeops.yaml.
    """
    from badgeops.app.workspace import open_state
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.plain import printable
    from badgeops.vault import open_vault

    settings = open_state(CONSOLE, catalog, environment).settings
    server = printable(settings.server.identity)
    if open_vault().remove(settings.server.identity):
        CONSOLE.result(f"Logged out of {server}.\n")
    else:
        CONSOLE.result(f"Nobody was logged in to {server}.\n")
    return 0
