"""Connects to the server of an environment: credentials, log-ins that are kept, and the embedded sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from badgeops.api.auth import Auth, missing
from badgeops.api.client import Client
from badgeops.api.token_store import Vault, open_vault
from badgeops.api.transport import TalkativeTransport, Transport
from badgeops.app.folders import insist_on_folder, keep_out_of_git
from badgeops.app.reporting import Reporter
from badgeops.errors import SettingsError
from badgeops.model.credentials import Credentials
from badgeops.settings import Server, Settings, prefix_of


@contextmanager
def connect(settings: Settings, emails: Iterable[str], reporter: Reporter) -> Iterator[Client]:
    """Give a client for the environment's server.

    Where that is the embedded one, it is started, and its account has these e-mail addresses verified.
    """
    with _url(settings, emails) as url:
        login = _login(settings)
        if not settings.server.is_sandbox:  # its password is in the documentation
            reporter.hide(login.credentials.secrets)
        transport = transport_for(settings.server, reporter)
        transport.on_wait = lambda seconds, why: reporter.advice(f"Trying again in {seconds:.1f} s: {why}")
        try:
            auth = login.auth(url, transport, reporter.hide_one)
            yield Client(url, auth, transport, settings.server.dialect)
        finally:
            transport.close()


def transport_for(server: Server, reporter: Reporter) -> Transport:
    """Return what sends requests to a server, and tells of them where that is asked for."""
    ca_file = str(server.ca_file) if server.ca_file else None
    if reporter.is_verbose:
        return TalkativeTransport(ca_file=ca_file, on_request=reporter.request)
    return Transport(ca_file=ca_file)


@contextmanager
def _url(settings: Settings, emails: Iterable[str]) -> Iterator[str]:
    if settings.server.url is not None:
        yield settings.server.url
        return
    from badgeops.sandbox import Sandbox, SandboxError, SandboxOptions  # only where it is the server

    insist_on_folder(settings.work_folder)
    keep_out_of_git(settings.work_folder)
    options = SandboxOptions(
        data=settings.work_folder / settings.environment,
        dialect=settings.server.dialect.value if settings.server.dialect else "open-source",
        verified_emails=tuple(sorted(set(emails))),
    )
    try:
        sandbox = Sandbox(options).start()
    except (SandboxError, OSError) as error:
        raise SettingsError(
            f"The embedded sandbox cannot start: {error}.",
            hint=f"Check the folder {options.data}: it must be writable. It may be deleted.",
        ) from error
    try:
        yield sandbox.url
    finally:
        sandbox.close()


@dataclass(frozen=True)
class _Login:
    """What to log in with."""

    credentials: Credentials
    server: str
    vault: Vault | None = None
    """Where `badgeops login` has put it; None where it comes from elsewhere."""

    def auth(self, url: str, transport: Transport, on_secret: Callable[[str], None]) -> Auth:
        """Return an Auth. Of a log-in it keeps each new refresh token: the old one dies when it is used."""
        vault = self.vault
        if vault is None:
            return Auth(self.credentials, f"{url}/o/token", transport, on_secret=on_secret)
        return Auth(
            self.credentials,
            f"{url}/o/token",
            transport,
            on_rotation=lambda token: vault.put(self.server, token),
            newest=lambda: vault.get(self.server),
            on_secret=on_secret,
        )


def _login(settings: Settings) -> _Login:
    """Return what there is to log in with; UnauthorizedError where there is nothing."""
    server = settings.server
    credentials = _of_sandbox() if server.is_sandbox else settings.credentials
    if not credentials.are_missing:
        return _Login(credentials, server.identity)
    vault = open_vault()
    credentials = Credentials(refresh_token=vault.get(server.identity), origin="badgeops login")
    if credentials.are_missing:
        raise missing(*_variables_of(settings.environment))
    return _Login(credentials, server.identity, vault)


def _of_sandbox() -> Credentials:
    from badgeops.sandbox import PASSWORD, USERNAME

    return Credentials(username=USERNAME, password=PASSWORD, origin="the sandbox itself")


def _variables_of(environment: str) -> tuple[str, str]:
    """Return how the environment's own variables begin, and which one is missing beside its sibling."""
    for prefix in (prefix_of(environment), "BADGEOPS_"):
        for given, lacking in (("USERNAME", "PASSWORD"), ("PASSWORD", "USERNAME")):
            if os.environ.get(prefix + given) and not os.environ.get(prefix + lacking):
                return prefix, prefix + lacking
    return prefix_of(environment), ""
