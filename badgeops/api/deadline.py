"""One deadline for a whole HTTP exchange: what is sent, the headers and the body; and where it may lead.

A socket's timeout is about one piece, and headers are read in one go below `requests`: a server that sends a byte of
them now and then would be listened to for ever. So each read and each write asks how much time is left.
"""

from __future__ import annotations

import contextlib
import http
import http.client
import io
import math
import socket
import threading
import time
from collections.abc import Callable
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError


class ForbiddenPlaceError(Exception):
    """A name leads to an address that may not be asked; the address is what it says."""


_MOST_INTERIM: Final = 20
"""Announcements before an answer; one is usual."""


_NO_HEADERS: Final = (MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)


class MalformedHeadError(http.client.HTTPException):
    """The head of an answer cannot be read."""


class _Allowed(threading.local):
    """What this thread's exchange may take; a thread has one at a time."""

    until = math.inf
    piece = 60.0
    reach: Callable[[str], bool] | None = None


_allowed: Final = _Allowed()


def begin(total: float, piece: float) -> None:
    """Give this thread's next exchange so many seconds in all, and so many for each piece."""
    _allowed.until = time.monotonic() + total
    _allowed.piece = piece


def confine(reach: Callable[[str], bool] | None) -> None:
    """Let this thread connect only to IP addresses that `reach` has; to all of them with None."""
    _allowed.reach = reach


def is_over() -> bool:
    """Tell whether the time of this thread's exchange is up."""
    return time.monotonic() >= _allowed.until


def _limit(sock: socket.socket, piece: float | None) -> None:
    """Give the next piece its time, or what is left of the whole."""
    left = _allowed.until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for the whole exchange is up")
    if piece is None or left < piece or piece != sock.gettimeout():
        sock.settimeout(left if piece is None else min(left, piece))


class _Reader(io.RawIOBase):
    """A socket's file that looks at the time before each piece."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 (a buffer; its type has a name from Python 3.12 on)
        _limit(self._sock, self._sock.gettimeout())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _File(io.BufferedReader):
    """What http.client reads an answer from."""

    in_head = True

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line. The end in the middle of the head is an error; http.client takes it for the head's end."""
        line = super().readline(size)
        if not line and self.in_head:
            raise http.client.RemoteDisconnected("the connection ended in the middle of the headers")
        return line


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = self._file = _File(_Reader(self.fp.detach(), sock))

    def begin(self) -> None:
        """Read the head of the answer; what comes before it, such as 103 (Early Hints), is not the answer.

        A line that is no header ends the head for Python's parser: what stands behind it, perhaps the length of the
        body, is not seen, and the body is waited for until the time is up.
        """
        for _ in range(_MOST_INTERIM):
            super().begin()
            if any(isinstance(defect, _NO_HEADERS) for defect in self.headers.defects):
                raise MalformedHeadError("one of its lines is not a header")
            if not 100 < self.status < 200 or self.status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                self._file.in_head = False
                return
            self.headers = None  # type: ignore[assignment]  # so that `begin` reads on
        raise MalformedHeadError("it only ever announces an answer")


class _Connection(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        """Connect, where need be only to what was looked at: a name may lead elsewhere when it is asked again."""
        reach = _allowed.reach
        if reach is None or self.proxy is not None:
            return super()._new_conn()
        name = self._dns_host
        try:
            found = socket.getaddrinfo(name, self.port, 0, socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return super()._new_conn()  # it fails in the same way, and says so
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        for address in addresses:
            if not reach(address):
                raise ForbiddenPlaceError(address)
        try:
            for address in addresses[:-1]:
                self._dns_host = address
                with contextlib.suppress(HTTPError):
                    return super()._new_conn()
            self._dns_host = addresses[-1]
            return super()._new_conn()
        finally:
            self._dns_host = name

    def send(self, data: Any) -> None:  # noqa: ANN401 (bytes, and whatever else http.client takes)
        """Send piece by piece: over TLS, `sendall` grants the whole timeout to each."""
        if not isinstance(data, bytes):
            super().send(data)
            return
        if self.sock is None:
            self.connect()
        usual, rest = self.sock.gettimeout(), memoryview(data)
        while rest:
            _limit(self.sock, _allowed.piece)
            rest = rest[self.sock.send(rest) :]
        self.sock.settimeout(usual)  # a proxy's answer to CONNECT, which comes next, has the time of a connection


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Adapter(HTTPAdapter):
    """Makes connections that keep to the deadline, through a proxy too."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Let the pools make our connections."""
        super().init_poolmanager(*arguments, **options)
        _use_our_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> PoolManager:
        """Let the pools behind a proxy make them as well; SOCKS has connections of its own."""
        manager: PoolManager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            _use_our_pools(manager)
        return manager


def _use_our_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
