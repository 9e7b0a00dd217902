"""`badgeops login` and `logout`: keep the refresh token of a server, or forget it."""

from __future__ import annotations

from dataclasses import dataclass, field

from badgeops.api.auth import Auth
from badgeops.api.token_store import open_vault
from badgeops.api.transport import Transport
from badgeops.app.connect import transport_for
from badgeops.app.reporting import Reporter
from badgeops.app.requests import Request, ServerRequest
from badgeops.app.workspace import open_state
from badgeops.errors import NotAnApiError, ServerFaultError, SettingsError, UnauthorizedError
from badgeops.model.credentials import Credentials
from badgeops.render.plain import printable
from badgeops.settings import Server


@dataclass(frozen=True)
class Account:
    """What a person says of themselves."""

    username: str
    password: str = field(repr=False)


def server_of(request: ServerRequest, reporter: Reporter) -> tuple[Server, str]:
    """Return the server to log in to, and its address."""
    server = open_state(request, reporter, may_use_http=request.may_use_http).settings.server
    if server.url is None:
        raise SettingsError("The embedded sandbox needs no log-in.", hint="For another environment, add --env NAME.")
    return server, server.url


def log_in(server: Server, url: str, account: Account, reporter: Reporter) -> None:
    """Get a refresh token for a user name and a password, and keep it."""
    reporter.hide([account.password])
    vault = open_vault()
    token = _refresh_token(server, url, account, reporter)
    vault.put(server.identity, token)
    reporter.done(f"Logged in to {printable(url)}. The refresh token is kept in {vault.place}.\n")


def _refresh_token(server: Server, url: str, account: Account, reporter: Reporter) -> str:
    kept: list[str] = []
    transport = transport_for(server, reporter)
    try:
        credentials = Credentials(username=account.username, password=account.password, origin="what you typed")
        auth = Auth(credentials, f"{url}/o/token", transport, on_rotation=kept.append, on_secret=reporter.hide_one)
        auth.token()
        if not kept:
            raise SettingsError("The server gave no refresh token, so there is nothing to keep.", hint=_INSTEAD)
        _try_out(kept, url, transport, reporter)
    finally:
        transport.close()
    return kept[-1]


def _try_out(kept: list[str], url: str, transport: Transport, reporter: Reporter) -> None:
    """Use a refresh token once: some servers give one that they do not take. Its successor is put behind it."""
    auth = Auth(
        Credentials(refresh_token=kept[-1], origin="the log-in"),
        f"{url}/o/token",
        transport,
        on_rotation=kept.append,
        on_secret=reporter.hide_one,
    )
    try:
        auth.token()
    except (UnauthorizedError, NotAnApiError, ServerFaultError) as error:
        raise SettingsError(
            f"The server gave a refresh token and does not take it (HTTP {error.status}), so it was not kept.",
            hint=f"On this server a log-in lasts as long as one access token. {_INSTEAD}",
        ) from error


_INSTEAD = "Set BADGEOPS_USERNAME and BADGEOPS_PASSWORD in the environment instead."


def log_out(request: Request, reporter: Reporter) -> None:
    """Forget the refresh token of a server."""
    identity = open_state(request, reporter).settings.server.identity
    if open_vault().remove(identity):
        reporter.done(f"Logged out of {printable(identity)}.\n")
    else:
        reporter.done(f"Nobody was logged in to {printable(identity)}.\n")
