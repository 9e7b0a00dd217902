"""Composes settings, catalog, state and client for a command. The only place where they are put together."""

from __future__ import annotations

import contextlib
import gc
import getpass
import os
import platform
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from badgeops.commands.shared.console import CONSOLE, Console
from badgeops.commands.shared.spinner import working
from badgeops.errors import CatalogError, Diagnostic, SettingsError, has_errors

if TYPE_CHECKING:
    from badgeops.auth import Auth
    from badgeops.backends.interface import Backend, LockInfo
    from badgeops.client import Client
    from badgeops.ledger import Ledger
    from badgeops.model.credentials import Credentials
    from badgeops.model.entities import Catalog
    from badgeops.settings import Server, Settings
    from badgeops.transport import Transport
    from badgeops.vault import Vault


@dataclass(frozen=True)
class Workspace:
    """A catalog folder, read for one environment."""

    console: Console
    settings: Settings
    catalog: Catalog
    warnings: tuple[Diagnostic, ...] = ()
    backend: Backend = field(init=False)

    def __post_init__(self) -> None:
        from badgeops.backends.file import FileBackend

        path = self.settings.state_path
        shown = _shown_path(path, self.settings)
        object.__setattr__(self, "backend", FileBackend(path, shown))

    @property
    def ledger(self) -> Ledger:
        """A ledger over this environment's state."""
        from badgeops.ledger import Ledger

        return Ledger(self.backend, self.settings.environment, self.settings.server.identity)

    def remind_to_commit(self) -> None:
        """Say that a state was written that the next run, perhaps on another computer, will need."""
        if not self.settings.server.is_sandbox:
            self.console.result(f"Commit {self.backend.name} together with the catalog.\n")

    def lock(self, operation: str, timeout: float) -> AbstractContextManager[None]:
        """Hold the state for a block."""
        return self.backend.lock(_lock_info(operation), timeout, self.console.advice)

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Give a client for the environment's server, starting the embedded one where that is it."""
        from badgeops.auth import Auth, missing
        from badgeops.client import Client
        from badgeops.vault import open_vault

        settings, server = self.settings, self.settings.server
        with self._url() as url:
            credentials = settings.credentials if not server.is_sandbox else _sandbox_credentials()
            vault = open_vault() if credentials.are_missing else None
            if vault is not None:
                credentials = _logged_in(vault, server.identity)
            if credentials.are_missing:
                raise missing(*_variables_of(settings.environment))
            if not server.is_sandbox:  # its password is in the documentation
                self.console.hide(credentials.secrets)
            transport = transport_for(server, self.console)
            transport.on_wait = lambda seconds, why: self.console.advice(f"Trying again in {seconds:.1f} s: {why}")
            try:
                if vault is None:
                    auth = Auth(credentials, f"{url}/o/token", transport, on_secret=self.console.hide_one)
                else:
                    hide = self.console.hide_one
                    auth = _remembering(vault, server.identity, credentials, url, transport, hide)
                yield Client(url, auth, transport, server.dialect)
            finally:
                transport.close()

    @contextmanager
    def _url(self) -> Iterator[str]:
        if self.settings.server.url is not None:
            yield self.settings.server.url
            return
        from badgeops.sandbox import Sandbox, SandboxError, SandboxOptions

        keep_out_of_git(self.settings.work_folder)
        options = SandboxOptions(
            data=self.settings.work_folder / self.settings.environment,
            dialect=self.settings.server.dialect.value if self.settings.server.dialect else "open-source",
            verified_emails=tuple(sorted({issuer.email.strip() for issuer in self.catalog.issuers})),
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


def transport_for(server: Server, console: Console) -> Transport:
    """Return what sends requests to a server, and tells of them where that is asked for."""
    from badgeops.transport import TalkativeTransport, Transport

    ca_file = str(server.ca_file) if server.ca_file else None
    if console.is_verbose:
        return TalkativeTransport(ca_file=ca_file, on_request=console.request)
    return Transport(ca_file=ca_file)


def open_workspace(console: Console, catalog: str, environment: str | None, *, allow_http: bool = False) -> Workspace:
    """Read settings and documents. CatalogError, with all findings, where there is an error among them."""
    console.work_on(catalog, environment)
    with working(console, "Reading the catalog"):
        loaded, settings, diagnostics = _read(catalog, environment, allow_http=allow_http)
    if loaded is None or settings is None or has_errors(diagnostics):
        raise CatalogError(tuple(sorted(diagnostics, key=Diagnostic.sort_key)))
    return Workspace(console, settings, loaded, tuple(diagnostics))


def open_state(console: Console, catalog: str, environment: str | None, *, allow_http: bool = True) -> Workspace:
    """Read the settings only: the state can be looked at while the documents have errors."""
    from badgeops import settings as settings_module
    from badgeops.load import load_settings
    from badgeops.model.entities import Catalog

    console.work_on(catalog, environment)
    root = Path(catalog)
    loaded = load_settings(root, catalog)
    diagnostics = list(loaded.diagnostics)
    settings = None
    if loaded.settings is not None:
        request = settings_module.Request(environment, allow_http)
        settings, found = settings_module.read(loaded.settings, root, catalog, os.environ, request)
        diagnostics += found
    if settings is None:
        raise CatalogError(tuple(diagnostics))
    return Workspace(console, settings, Catalog(settings.catalog, (), ()))


def check(catalog: str, environment: str | None) -> tuple[Diagnostic, ...]:
    """Return everything there is to say about a catalog."""
    with working(CONSOLE, "Reading the catalog"):
        _, _, diagnostics = _read(catalog, environment, allow_http=False)
    return tuple(sorted(diagnostics, key=Diagnostic.sort_key))


def _read(
    catalog: str, environment: str | None, *, allow_http: bool
) -> tuple[Catalog | None, Settings | None, list[Diagnostic]]:
    from badgeops import settings as settings_module
    from badgeops.files import CatalogFiles
    from badgeops.load import load
    from badgeops.overlay import Overlay
    from badgeops.validate import validate

    root = Path(catalog)
    with no_collection():
        cache = cache_folder()
        loaded = load(root, catalog, cache)
        diagnostics = list(loaded.diagnostics)
        if loaded.settings is None:
            return None, None, diagnostics
        incomplete = has_errors(diagnostics)
        request = settings_module.Request(environment, allow_http)
        settings, found = settings_module.read(loaded.settings, root, catalog, os.environ, request)
        diagnostics += found
        overlay = settings.overlay if settings else Overlay(loaded.settings, None, {}, {})
        name = str(loaded.settings.data.get("catalog", ""))
        with CatalogFiles(root, catalog, cache) as files:
            result = validate(name, loaded.documents, overlay, files, incomplete=incomplete or settings is None)
    diagnostics += result.diagnostics
    return result.catalog, settings, diagnostics


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep Python's cycle collector from walking what grows over and over: a catalog or a snapshot makes no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def keep_out_of_git(folder: Path) -> None:
    """Let git ignore badgeops' own folder, without the user having to say so."""
    ignore = folder / ".gitignore"
    with contextlib.suppress(OSError):  # the sandbox itself will say what is wrong with the folder
        folder.mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")


def cache_folder() -> Path | None:
    """Return the folder of what may be deleted at any time; None where there is no place for one."""
    from platformdirs import user_cache_path

    try:
        return user_cache_path("badgeops", appauthor=False)
    except (OSError, RuntimeError):  # no home folder
        return None


def _shown_path(path: Path, settings: Settings) -> str:
    try:
        inside = path.relative_to(settings.root)
    except ValueError:
        return str(path)
    return str(inside) if settings.shown in ("", ".") else f"{settings.shown.rstrip('/')}/{inside}"


def _sandbox_credentials() -> Credentials:
    from badgeops.model.credentials import Credentials
    from badgeops.sandbox import PASSWORD, USERNAME

    return Credentials(username=USERNAME, password=PASSWORD, origin="the sandbox itself")


def _variables_of(environment: str) -> tuple[str, str]:
    """Return how the environment's own variables begin, and which one is missing beside its sibling."""
    from badgeops.settings import prefix_of

    for prefix in (prefix_of(environment), "BADGEOPS_"):
        for given, lacking in (("USERNAME", "PASSWORD"), ("PASSWORD", "USERNAME")):
            if os.environ.get(prefix + given) and not os.environ.get(prefix + lacking):
                return prefix, prefix + lacking
    return prefix_of(environment), ""


def _logged_in(vault: Vault, server: str) -> Credentials:
    from badgeops.model.credentials import Credentials

    return Credentials(refresh_token=vault.get(server), origin="badgeops login")


def _remembering(
    vault: Vault,
    server: str,
    credentials: Credentials,
    url: str,
    transport: Transport,
    hide: Callable[[str], None],
) -> Auth:
    """Return an Auth that keeps each new refresh token: the old one dies when it is used."""
    from badgeops.auth import Auth

    return Auth(
        credentials,
        f"{url}/o/token",
        transport,
        on_rotation=lambda token: vault.put(server, token),
        newest=lambda: vault.get(server),
        on_secret=hide,
    )


def _lock_info(operation: str) -> LockInfo:
    from badgeops.backends.interface import LockInfo

    return LockInfo(
        id=uuid.uuid4().hex[:12],
        operation=operation,
        who=f"{_user()}@{platform.node() or 'this computer'}, process {os.getpid()}",
        created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        where=_ci_run() or str(Path.cwd()),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without a passwd entry
        return "somebody"


def _ci_run() -> str:
    """Return the address of the CI run we are in, as GitHub and GitLab tell it."""
    variables = os.environ
    if "GITHUB_RUN_ID" in variables:
        return (
            f"{variables.get('GITHUB_SERVER_URL', '')}/{variables.get('GITHUB_REPOSITORY', '')}"
            f"/actions/runs/{variables['GITHUB_RUN_ID']}"
        )
    return variables.get("CI_JOB_URL", "")
