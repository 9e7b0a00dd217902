"""Servers that speak broken HTTP: what no decent server would do is written here byte by byte."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class Heard:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


Reaction = Callable[[socket.socket, threading.Event], bool | None]
"""Does something to a connection; False closes it. The event is set when the server is to end."""


def reply(status: int = 200, body: bytes = b'{"result": []}', **headers: str) -> bytes:
    """Write a whole, decent answer."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body


def hang_up(_connection: socket.socket, _stop: threading.Event) -> bool:
    """Close without a word."""
    return False


def send_and_close(data: bytes) -> Reaction:
    """Send some bytes and close."""

    def react(connection: socket.socket, _stop: threading.Event) -> bool:
        connection.sendall(data)
        return False

    return react


def send_and_wait(data: bytes) -> Reaction:
    """Send some bytes and then nothing, until the test is over."""

    def react(connection: socket.socket, stop: threading.Event) -> bool:
        connection.sendall(data)
        stop.wait(30)
        return False

    return react


def send_for_ever(head: bytes, piece: bytes) -> Reaction:
    """Send a head and then the same piece for as long as somebody listens."""

    def react(connection: socket.socket, stop: threading.Event) -> bool:
        connection.sendall(head)
        while not stop.is_set():
            connection.sendall(piece)
        return False

    return react


def drip(head: bytes, piece: bytes, every: float = 0.02) -> Reaction:
    """Send a head and then the same small piece again and again, with a pause before each."""

    def react(connection: socket.socket, stop: threading.Event) -> bool:
        connection.sendall(head)
        while not stop.wait(every):
            connection.sendall(piece)
        return False

    return react


@dataclass
class TcpServer:
    """A server on loopback that reacts to one request after the other as told; the last reaction is for all others."""

    reactions: list[bytes | Reaction]
    tls: ssl.SSLContext | None = None
    on_connect: bytes | None = None
    """Sent at once, before any request is read; then the connection is closed."""
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with self._lock:
            sockets = [self._listener, *self._open]
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(10)

    @property
    def url(self) -> str:
        """Where it listens."""
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(self._listener.getsockname()[1])

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.append(connection)  # to be woken at the end; TLS makes another one of it
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError), raw:
            if self.on_connect is not None:
                raw.recv(1)
                raw.sendall(self.on_connect)
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(4096):
                    pass
                return
            connection = raw if self.tls is None else self.tls.wrap_socket(raw, server_side=True)
            with self._lock:
                self._open.append(connection)
            with connection, connection.makefile("rb") as file:
                for heard in iter(lambda: _request(file), None):
                    if self._react(connection, heard) is False:
                        return

    def _react(self, connection: socket.socket, heard: Heard) -> bool | None:
        with self._lock:
            reaction = self.reactions[min(len(self.heard), len(self.reactions) - 1)]
            self.heard.append(heard)
        if isinstance(reaction, bytes):
            connection.sendall(reaction)
            return True
        return reaction(connection, self._stop)


@contextmanager
def taking(take: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Give the address of a server that hands its one connection over, with small buffers and nothing read."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def serve() -> None:
            with contextlib.suppress(OSError):
                raw, _ = listener.accept()
                with raw, raw if tls is None else tls.wrap_socket(raw, server_side=True) as connection:
                    take(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


def _request(file: object) -> Heard | None:
    line = file.readline()  # type: ignore[attr-defined]
    if not line:
        return None
    method, path, _version = line.decode("latin-1").split()
    headers = {}
    for header in iter(file.readline, b"\r\n"):  # type: ignore[attr-defined]
        name, _, value = header.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = file.read(int(headers.get("content-length", "0")))  # type: ignore[attr-defined]
    return Heard(method, path, headers, body)


@contextmanager
def serving(*reactions: bytes | Reaction, tls: ssl.SSLContext | None = None) -> Iterator[TcpServer]:
    """Run a server that reacts like this, one reaction for each request."""
    with TcpServer(list(reactions), tls) as server:
        yield server


def closed_port() -> int:
    """Return a port of this computer where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
