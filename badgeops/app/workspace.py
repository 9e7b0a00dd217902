"""Composes settings, catalog, state and client for a command. The only place where they are put together."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from badgeops.app.collection import no_collection
from badgeops.app.folders import cache_folder
from badgeops.app.reporting import Reporter
from badgeops.app.requests import Request
from badgeops.errors import CatalogError, Diagnostic, Severity, has_errors

if TYPE_CHECKING:
    from badgeops.api.client import Client
    from badgeops.helpers.process import Helpers
    from badgeops.model.entities import Catalog
    from badgeops.settings import Reading, Settings
    from badgeops.state.backends.interface import Backend
    from badgeops.state.journal import Journal
    from badgeops.state.kept import Keeper
    from badgeops.yamldoc.parse import Document


Meanwhile = Callable[["Settings"], None]


@dataclass(frozen=True)
class Workspace:
    """A catalog folder, read for one environment."""

    reporter: Reporter
    settings: Settings
    catalog: Catalog
    warnings: tuple[Diagnostic, ...] = ()
    backend: Backend = field(init=False)

    def __post_init__(self) -> None:
        from badgeops.state.backends.file import FileBackend

        path = self.settings.state_path
        shown = _shown_path(path, self.settings)
        object.__setattr__(self, "backend", FileBackend(path, shown))

    @property
    def journal(self) -> Journal:
        """This environment's state with its journal, not read yet."""
        from badgeops.state.journal import Journal

        return Journal(self.backend, self.settings.environment, self.settings.server.identity)

    @property
    def keeper(self) -> Keeper:
        """What keeps images of this environment's server, beside its state."""
        from badgeops.state.kept import Keeper, folder_beside

        shown = folder_beside(Path(self.backend.name)).as_posix()
        return Keeper(folder_beside(Path(os.path.realpath(self.settings.state_path))), shown)

    def remind_to_commit(self) -> None:
        """Say that a state was written that the next run, perhaps on another computer, will need.

        And the images beside it, if there are any: nobody else may have them.
        """
        if self.settings.server.is_sandbox:
            return
        keeper = self.keeper
        kept = keeper.names()
        to_commit = " and ".join([self.backend.name, *([keeper.place] if kept else [])])
        self.reporter.done(f"Commit {to_commit} together with the catalog.\n")
        withheld = self._ignored_by_git(kept)
        if withheld:
            command = "\n".join(f"  git add --force {shlex.quote(name)}" for name in withheld)
            self.reporter.advice(f"Git ignores what is there. Add it all the same:\n{command}")

    def _ignored_by_git(self, kept: list[str]) -> list[str]:
        """Return which of the state and the kept images git ignores, as people know them: the folder, if it is some."""
        from badgeops.catalog.git_ignored import GitCannotTellError, GitIgnored
        from badgeops.state.kept import folder_beside

        state, git = os.path.realpath(self.settings.state_path), GitIgnored(os.path.realpath(self.settings.root))
        folder = folder_beside(Path(state))
        try:
            found = [self.backend.name] if git.has(state) else []
            return [*found, *([self.keeper.place] if any(git.has(str(folder / name)) for name in kept) else [])]
        except GitCannotTellError:
            return []

    def lock(self, operation: str, timeout: float) -> AbstractContextManager[None]:
        """Hold the state for a block."""
        from badgeops.app.lock_info import lock_info

        return self.backend.lock(lock_info(operation), timeout, self.reporter.advice)

    def standing(self, problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Return those of a plan's problems that the settings do not accept, and what they accept in vain."""
        from badgeops.catalog.acceptance import Acceptance

        acceptance = Acceptance(self.settings.accepts, self.settings.overlay.document)
        issuers = {str(issuer.address): issuer.address.key for issuer in self.catalog.issuers}
        issuers |= {str(item.address): item.issuer.key for item in self.catalog.badge_classes}
        return (*acceptance.standing(problems, issuers), *acceptance.told_off())

    def client(self) -> AbstractContextManager[Client]:
        """Give a client for the environment's server, starting the embedded one where that is it."""
        from badgeops.app.connect import connect

        return connect(self.settings, (issuer.email.strip() for issuer in self.catalog.issuers), self.reporter)


def open_workspace(
    request: Request, reporter: Reporter, meanwhile: Meanwhile | None = None, helpers: Helpers | None = None
) -> Workspace:
    """Read settings and documents. CatalogError, with all problems, where there is an error among them.

    `meanwhile` begins what can go on while many documents are read; it is given the settings if nothing is wrong there.
    `helpers` take a share of the files; without them some are engaged here, and dismissed at the end.
    """
    reporter.work_on(request.catalog, request.environment, allow_http=request.may_use_http)
    with reporter.working("Reading the catalog"):
        loaded, settings, diagnostics = _read(request, meanwhile, helpers)
    if loaded is None or settings is None or has_errors(diagnostics):
        raise CatalogError(tuple(sorted(diagnostics, key=Diagnostic.sort_key)))
    return Workspace(reporter, settings, loaded, tuple(diagnostics))


def open_state(request: Request, reporter: Reporter, *, may_use_http: bool = True) -> Workspace:
    """Read the settings only: the state can be looked at while the documents have errors."""
    from badgeops.catalog.folder import load_settings
    from badgeops.model.entities import Catalog

    reporter.work_on(request.catalog, request.environment, allow_http=request.may_use_http)
    loaded = load_settings(Path(request.catalog), request.catalog)
    diagnostics = list(loaded.diagnostics)
    settings = None
    if loaded.settings is not None:
        reading = _settings(loaded.settings, request, may_use_http=may_use_http)
        settings = reading.settings
        diagnostics += reading.diagnostics
    if settings is None:
        raise CatalogError(tuple(diagnostics))
    return Workspace(reporter, settings, Catalog(settings.catalog, (), ()))


def check(request: Request, reporter: Reporter) -> tuple[Diagnostic, ...]:
    """Return everything there is to say about a catalog."""
    with reporter.working("Reading the catalog"):
        _, _, diagnostics = _read(request)
    return tuple(sorted(diagnostics, key=Diagnostic.sort_key))


def _read(
    request: Request, meanwhile: Meanwhile | None = None, given: Helpers | None = None
) -> tuple[Catalog | None, Settings | None, list[Diagnostic]]:
    from badgeops.catalog.acceptance import Acceptance
    from badgeops.catalog.folder import load
    from badgeops.catalog.referenced_files import CatalogFiles
    from badgeops.catalog.report import found_in
    from badgeops.catalog.validate import validate
    from badgeops.helpers.process import Helpers
    from badgeops.settings import own_files

    root, shown = Path(request.catalog), request.catalog

    def begin(document: Document) -> None:
        reading = _settings(document, request, may_use_http=request.may_use_http)
        if meanwhile is not None and reading.settings is not None and not has_errors(reading.diagnostics):
            meanwhile(reading.settings)

    with no_collection(), nullcontext(given) if given is not None else Helpers() as helpers:
        cache = cache_folder()
        loaded = load(root, shown, cache, helpers, begin)
        diagnostics = list(loaded.diagnostics)
        if loaded.settings is None:
            return None, None, diagnostics
        reading = _settings(loaded.settings, request, may_use_http=request.may_use_http)
        is_clear = reading.is_clear and not has_errors(found_in(loaded.settings, diagnostics))
        acceptance = Acceptance(reading.accepts, loaded.settings)
        standing = acceptance.standing(diagnostics, {}) if is_clear else tuple(filter(_is_certain, diagnostics))
        name = str(loaded.settings.data.get("catalog", ""))
        with CatalogFiles(root, shown, cache, own_files(loaded.settings.data, root)) as files:
            files.look_ahead(loaded.documents, helpers)
            result = validate(
                name,
                loaded.documents,
                reading.overlay,
                files,
                incomplete=has_errors(diagnostics),
                is_clear=is_clear,
                acceptance=acceptance,
            )
            loaded = replace(loaded, documents=())  # their values are of no more use, and take much memory
    return result.catalog, reading.settings, [*standing, *reading.diagnostics, *result.diagnostics]


def _is_certain(diagnostic: Diagnostic) -> bool:
    """Tell whether a problem of reading files stands, whatever the settings accept."""
    return diagnostic.severity is Severity.ERROR


def _settings(document: Document, request: Request, *, may_use_http: bool) -> Reading:
    from badgeops import settings

    wanted = settings.Request(request.environment, may_use_http)
    return settings.read(document, Path(request.catalog), request.catalog, os.environ, wanted)


def _shown_path(path: Path, settings: Settings) -> str:
    try:
        inside = path.relative_to(settings.root)
    except ValueError:
        return str(path)
    return str(inside) if settings.shown in ("", ".") else f"{settings.shown.rstrip('/')}/{inside}"
