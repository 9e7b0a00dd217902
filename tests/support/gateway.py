"""What stands between badgeops and a server and breaks an exchange at a stage that no server could break it at itself.

It hands bytes on as they are. A trouble says which requests it is for and what becomes of them:

    unread     the connection ends before the request is read
    read       … after it was read, before the server hears of it
    done       … after the server has done the work and answered
    headers    … in the middle of the answer's headers
    body       … in the middle of its body

each by `close` (a FIN) or by `reset` (an RST), and, after the work was done:

    silence         nothing comes, and the connection stays open
    drip headers    the answer comes byte by byte, for longer than anybody should wait
    drip body       the same, from the body on
    slow bytes      the answer comes in ten pieces, a moment after each other, and is whole
    endless headers, endless body, garbage (no HTTP at all)
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import Self
from urllib.parse import urlsplit

STAGES = ("unread", "read", "done", "headers", "body")
EFFECTS = (
    *(f"{how} {stage}" for how in ("close", "reset") for stage in STAGES),
    "silence",
    "drip headers",
    "drip body",
    "slow bytes",
    "endless headers",
    "endless body",
    "garbage",
)
_DRIP = 0.03
_SLOW = 0.02
"""Seconds between two pieces."""


@dataclass
class Trouble:
    """What happens to some requests."""

    effect: str
    method: str = "*"
    path: str = "*"
    skip: int = 0
    times: int = 1
    met: int = 0
    """How many requests it was for so far."""

    def strikes(self, method: str, path: str) -> bool:
        """Count a request that it is for; tell whether it happens to it."""
        if not (fnmatchcase(method, self.method) and fnmatchcase(path, self.path)):
            return False
        self.met += 1
        return self.skip < self.met <= self.skip + self.times


@dataclass
class Gateway:
    """A gateway on loopback in front of one server."""

    upstream: str
    heard: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request, as it began to come in."""
    on_drop: Callable[[], None] = lambda: None
    """Told before each byte of an answer that drips."""
    _troubles: list[Trouble] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: set[socket.socket] = field(default_factory=set)
    _closed: bool = False

    def start(self) -> Self:
        """Listen from here on."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, name="gateway", daemon=True).start()
        return self

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def set_troubles(self, troubles: list[Trouble]) -> None:
        """Let these happen from now on, in place of those before."""
        with self._lock:
            self._troubles = troubles

    def close(self) -> None:
        """End all connections."""
        with self._lock:
            self._closed = True
            sockets = [self._listener, *self._open]
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(client,), name="gateway", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        parts = urlsplit(self.upstream)
        with contextlib.suppress(OSError), client:
            server = socket.create_connection((parts.hostname or "", parts.port or 0))
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with server, self._known(client), self._known(server):
                while self._exchange(client, server):
                    pass

    @contextlib.contextmanager
    def _known(self, each: socket.socket) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise OSError("closed")
            self._open.add(each)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(each)

    def _exchange(self, client: socket.socket, server: socket.socket) -> bool:
        """Carry one request and its answer; False where the connection is over."""
        head = _peek_head(client)
        if not head:
            return False
        method, path, _ = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
        effect = self._pick(method, path.partition("?")[0])
        how, _, stage = effect.partition(" ")
        ends = partial(_end, client, by_reset=how == "reset")
        is_end = how in ("close", "reset")
        if is_end and stage == "unread":
            return ends()
        request = _exactly(client, len(head) + _length(head))
        if is_end and stage == "read":
            return ends()
        server.sendall(request)
        head = _read_head(server)
        if is_end and stage == "done":
            _exactly(server, _length(head))
            return ends()
        if _length(head, missing=-1) < 0:  # it broke off, or goes on until it does
            return _splice(head, server, client)
        body = b"" if method == "HEAD" else _exactly(server, _length(head))
        if is_end:
            client.sendall(head[: len(head) // 2] if stage == "headers" else head + body[: len(body) // 2])
            return ends()
        return _spoil(client, effect, head, body, self.on_drop)

    def _pick(self, method: str, path: str) -> str:
        with self._lock:
            self.heard.append((method, path))
            return next((trouble.effect for trouble in self._troubles if trouble.strikes(method, path)), "")


def _spoil(client: socket.socket, effect: str, head: bytes, body: bytes, on_drop: Callable[[], None]) -> bool:
    if effect == "silence":
        _wait(client, 30)
        return False
    if effect == "garbage":
        client.sendall(b"220 mail.example ESMTP\r\n")
        return False
    if effect.startswith("endless"):
        client.sendall(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if effect == "endless body" else b""))
        while not _wait(client, 0):
            client.sendall(b'X-More: {"result": []}\r\n' * 500)
        return False
    if effect.startswith("drip"):
        whole = head + body
        start = 0 if effect == "drip headers" else len(head)
        client.sendall(whole[:start])
        for at in range(start, len(whole)):
            on_drop()
            if not _drip(client, whole[at : at + 1], _DRIP):
                return False
        return True
    if effect == "slow bytes":
        whole = head + body
        size = len(whole) // 10 + 1
        return all(_drip(client, whole[at : at + size], _SLOW) for at in range(0, len(whole), size))
    client.sendall(head + body)
    return True


def _drip(client: socket.socket, piece: bytes, pause: float) -> bool:
    if _wait(client, pause):
        return False
    client.sendall(piece)
    return True


def _wait(client: socket.socket, seconds: float) -> bool:
    """Wait, but no longer than the client does; tell whether it has left."""
    return bool(select.select([client], [], [], seconds)[0])


def _end(client: socket.socket, *, by_reset: bool) -> bool:
    if by_reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    return False


def _peek_head(client: socket.socket) -> bytes:
    """Return the head of the next request and leave it where it is; nothing where the client has gone."""
    while True:
        seen = client.recv(65536, socket.MSG_PEEK)
        head, end, _ = seen.partition(b"\r\n\r\n")
        if end or not seen:
            return head + end
        threading.Event().wait(0.001)


def _read_head(server: socket.socket) -> bytes:
    """Return the head of an answer, or what there is of it."""
    while True:
        seen = server.recv(65536, socket.MSG_PEEK)
        head, end, _ = seen.partition(b"\r\n\r\n")
        if end or not seen:
            return _exactly(server, len(head) + len(end))


def _length(head: bytes, missing: int = 0) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0 if head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")) else missing


def _exactly(source: socket.socket, size: int) -> bytes:
    """Read so many bytes, or as many as come before the end."""
    pieces = []
    while size and (piece := source.recv(min(size, 65536))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _splice(head: bytes, server: socket.socket, client: socket.socket) -> bool:
    client.sendall(head)
    while piece := server.recv(65536):
        client.sendall(piece)
    return False
