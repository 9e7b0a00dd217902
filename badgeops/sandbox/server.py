"""The sandbox as a thing to hold: started, asked, interfered with, closed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from badgeops.sandbox.faults import Faults, Overlaps
from badgeops.sandbox.options import PASSWORD, USERNAME, RequestRecord, SandboxError, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from badgeops.sandbox.loop import Loop
    from badgeops.sandbox.middleware import Middleware
    from badgeops.sandbox.store import Store


class Sandbox:
    """An Open Badges server on loopback, for the length of a `with` block.

    What is heavy (Flask, waitress, Pillow) is imported by `start`, not before.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self._faults = Faults(options.fail)
        self._closing = threading.Lock()
        self._store: Store | None = None
        self._loop: Loop | None = None
        self._middleware: Middleware | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> Self:
        """Bind, and serve in the background from here on."""
        # Imported here: a command that never starts a sandbox must not pay for Flask.
        from badgeops.sandbox.app import build_app  # noqa: PLC0415
        from badgeops.sandbox.call import World  # noqa: PLC0415
        from badgeops.sandbox.loop import Loop, insist_on_port  # noqa: PLC0415
        from badgeops.sandbox.middleware import Middleware  # noqa: PLC0415
        from badgeops.sandbox.store import Store  # noqa: PLC0415

        if self._loop is not None:
            raise SandboxError("this sandbox runs already")
        options = self.options
        insist_on_port(options.port)  # before a folder is made that nobody would need
        self._store = Store(options.data, reset=options.reset)
        try:
            addresses = [(USERNAME, True), *((address, True) for address in options.verified_emails)]
            addresses += [(address, False) for address in options.unverified_emails]
            self._save_account(USERNAME, PASSWORD, ("Sandbox", "Admin"), addresses)
            overlaps = Overlaps(self._faults)
            application = build_app(World(self._store, options, overlaps))
            self._middleware = Middleware(application, self._faults, overlaps, options.latency_ms / 1000, options.log)
            self._loop = Loop(self._middleware, options.port)
        except BaseException:
            self.close()
            raise
        return self

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self._running().port}"

    @property
    def requests(self) -> list[RequestRecord]:
        """What was asked of it so far, in the order of the answers."""
        return [] if self._middleware is None else list(self._middleware.requests)

    def clear_requests(self) -> None:
        """Forget what was asked."""
        if self._middleware is not None:
            self._middleware.requests.clear()

    def set_faults(self, rules: Iterable[str]) -> None:
        """Put these fault rules in force, in place of those before; their counts begin anew."""
        self._faults.replace(rules)

    def expire_tokens(self) -> None:
        """Let every access token be expired from now on; refresh tokens go on working."""
        from badgeops.sandbox import tokens  # noqa: PLC0415 - as in `start`

        with self._opened().writing() as db:
            tokens.expire_all(db)

    def add_account(self, email: str, password: str, *, verified: bool = True, other_emails: Sequence[str] = ()) -> str:
        """Let somebody else log in too, and give the entityId; `verified` is about all the addresses."""
        addresses = [(address, verified) for address in (email, *other_emails)]
        return self._save_account(email, password, ("Another", "Account"), addresses)

    def serve_forever(self) -> None:
        """Serve until interrupted from the keyboard; starts it where it is not running yet."""
        try:
            if self._loop is None:
                self.start()
            self._running().wait()
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Stop; everything is stored already. Closing twice does no harm."""
        with self._closing:
            if self._middleware is not None:
                self._middleware.closing.set()
            if self._loop is not None:
                self._loop.close()
                self._loop = None
            if self._store is not None:
                self._store.close()
                self._store = None

    def _save_account(self, email: str, password: str, name: tuple[str, str], emails: list[tuple[str, bool]]) -> str:
        from badgeops.sandbox import users  # noqa: PLC0415 - as in `start`

        with self._opened().writing() as db:
            return users.save(db, email, password, name, emails)

    def _running(self) -> Loop:
        if self._loop is None:
            raise SandboxError("this sandbox is not running")
        return self._loop

    def _opened(self) -> Store:
        if self._store is None:
            raise SandboxError("this sandbox is not running")
        return self._store
