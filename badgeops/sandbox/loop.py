"""Waitress, run in threads of ours and stopped without leaving any behind."""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING, Any, Final

from waitress import create_server, wasyncore
from waitress.task import ThreadedTaskDispatcher

from badgeops.sandbox.options import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable

WORKERS: Final = 40
"""Enough for 32 clients at once, each of whom may be kept waiting."""

HOST: Final = "127.0.0.1"

LISTEN_SECONDS: Final = 1
"""How often the waiting main thread looks for Ctrl-C, where the system does not wake it."""

_QUIET: Final = logging.getLogger("badgeops.sandbox.queue")
_QUIET.setLevel(logging.CRITICAL)


class _Workers(ThreadedTaskDispatcher):  # type: ignore[misc] # waitress has no types
    """The worker threads, remembered so that they can be joined."""

    queue_logger = _QUIET
    """A queue of requests is what a load test makes; nobody needs to be told."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[threading.Thread] = []

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        name = f"badgeops-sandbox-{thread_no}"
        thread = threading.Thread(target=target, name=name, args=(thread_no,), daemon=True)
        self.started.append(thread)
        thread.start()

    def join(self) -> None:
        for thread in self.started:
            thread.join()


def insist_on_port(port: int) -> None:
    """Raise SandboxError if a port is taken already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            raise _unusable(port, problem) from problem


def _unusable(port: int, problem: OSError) -> SandboxError:
    return SandboxError(f"port {port} of {HOST} cannot be used: {problem.strerror}")


class Loop:
    """A WSGI application being served on loopback until `close`."""

    def __init__(self, application: Callable[..., Any], port: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._workers = _Workers()
        try:
            self._server = create_server(
                application,
                map=self._sockets,
                _dispatcher=self._workers,
                host=HOST,
                port=port,
                ident="badgeops-sandbox",
                connection_limit=1000,
                backlog=1024,
                inbuf_overflow=64 * 1024 * 1024,
            )
        except OSError as problem:
            wasyncore.close_all(self._sockets)
            raise _unusable(port, problem) from problem
        self._stopping = threading.Event()
        self._waking = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="badgeops-sandbox-loop", daemon=True)
        try:
            self._workers.set_thread_count(WORKERS)
            self._thread.start()
        except RuntimeError as problem:
            wasyncore.close_all(self._sockets)
            raise SandboxError("the operating system starts no more threads (see `ulimit -u`)") from problem

    @property
    def port(self) -> int:
        """The port that was bound."""
        return int(self._server.effective_port)

    def close(self) -> None:
        """Stop serving; requests that are being worked on may finish, but their clients may not hear of it."""
        with self._waking:
            self._stopping.set()
            self._server.pull_trigger()
        self._thread.join()

    def wait(self) -> None:
        """Wait until closed; can be interrupted from the keyboard, on every system."""
        while not self._stopping.wait(LISTEN_SECONDS):
            pass

    def _run(self) -> None:
        """Move bytes until told to stop, then close everything from this one thread: nothing races with it.

        Clients go first, so that no worker waits for one; the socket that workers wake this loop with goes last.
        """
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1, map=self._sockets, count=1, use_poll=True)
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._workers.shutdown()
        self._workers.join()
        with self._waking:
            wasyncore.close_all(self._sockets)
