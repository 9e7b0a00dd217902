"""Reads state and server while a large catalog is still being read. A plan only reads: nothing is lost by having asked.

The thread asks, and waits for answers. What is in them a helper finds out, if there is a processor for it, so that
this process need not do both at a time.

A catalog with errors waits for no answer, and says nothing of one. Whatever goes wrong here is told in its turn, as if
it had been done then.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from badgeops.app.connect import connect
from badgeops.app.elsewhere import Elsewhere
from badgeops.app.reporting import Reporter, Tell
from badgeops.app.workspace import Workspace
from badgeops.errors import BadgeopsError
from badgeops.model.entities import Catalog
from badgeops.planning.refresh import asked_ahead, refresh

if TYPE_CHECKING:
    from badgeops.api.client import Client
    from badgeops.helpers.process import Helpers
    from badgeops.planning.planner import Snapshot
    from badgeops.settings import Settings
    from badgeops.state.record import State


class _UnwantedError(Exception):
    """Raised in the thread once nobody wants what it reads."""


@dataclass(frozen=True)
class Found:
    """What a plan is made from beside the catalog; the client is still connected."""

    state: State
    client: Client
    snapshot: Snapshot | None = None
    """None where the server is yet to be read."""


class Ahead:
    """Reads in a thread of its own, from `begin` on. Use it as a context manager, so that the connection ends."""

    def __init__(self, reporter: Reporter, parallelism: int, helpers: Helpers) -> None:
        self._reporter = reporter
        self._parallelism = parallelism
        self._helpers = helpers
        self._open = ExitStack()
        self._thread: threading.Thread | None = None
        self._found: Found | BaseException | None = None
        self._is_unwanted = False
        self._tell: Tell | None = None
        """Shows how it goes, once somebody waits for it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_unwanted = True
        self._open.close()

    def begin(self, settings: Settings) -> None:
        """Set out, if there is a server to ask and asking it uses nothing up."""
        credentials = settings.credentials
        uses_up = credentials.refresh_token or not (credentials.token or credentials.have_password)
        if settings.server.is_sandbox or uses_up or self._reporter.is_verbose:
            return  # a refresh token is good for one log-in, and requests are told in their order
        try:
            client = self._open.enter_context(connect(settings, (), self._reporter))
        except BadgeopsError:
            return  # it is said when it is done again
        say = client.transport.on_wait
        client.transport.on_wait = lambda seconds, why: say(seconds, why) if self._tell is not None else None
        state_of = Workspace(self._reporter, settings, Catalog(settings.catalog, (), ()))
        thread = threading.Thread(target=self._read, args=(state_of, client), name="ahead", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads for us: then it is done in its turn
            self._open.close()
            return
        self._thread = thread

    def _read(self, workspace: Workspace, client: Client) -> None:
        try:
            elsewhere = Elsewhere(self._helpers)
            client.elsewhere = elsewhere.listed
            with asked_ahead(client) as asked:
                state = workspace.journal.load(elsewhere.state)
                snapshot = refresh(client, state, parallelism=self._parallelism, tell=self._told, asked=asked)
            self._found = Found(state, client, snapshot)
        except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
            self._found = error

    def _told(self, what: str, done: int, total: int | None) -> None:
        if self._is_unwanted:
            raise _UnwantedError
        if self._tell is not None:
            self._tell(what, done, total)

    def result(self) -> Found | None:
        """Wait for what was read and return it, or raise what kept it from being read; None if nobody set out."""
        if self._thread is None:
            return None
        with self._reporter.working("Reading the server") as tell:
            self._tell = tell
            self._thread.join()
        self._helpers.dismiss()
        if isinstance(self._found, BaseException):
            raise self._found
        return self._found
