"""Around the application: what was asked is recorded, and answers come late, broken or not at all on demand."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from waitress.channel import ClientDisconnected
from werkzeug.wsgi import ClosingIterator

from badgeops.sandbox.envelope import HTML, ApiError, error, page
from badgeops.sandbox.options import RequestRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from badgeops.sandbox.faults import FaultRule, Faults, Overlaps

    Headers = list[tuple[str, str]]
    StartResponse = Callable[[str, Headers], object]
    Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

REMEMBERED: Final = 100_000
BODILESS: Final = frozenset({204, 304})
OWN_NAME: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
"""How this computer is named in a Host header; the port is another one behind a tunnel, and decides nothing."""
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response, held until it is decided what becomes of it."""

    status: str
    headers: Headers
    body: bytes

    @property
    def code(self) -> int:
        """The status as a number."""
        return int(self.status[:3])


@dataclass(slots=True)
class Middleware:
    """The application, as waitress sees it."""

    application: Application
    faults: Faults
    overlaps: Overlaps
    latency_seconds: float
    log: Callable[[RequestRecord], None] | None
    requests: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    database: threading.Lock = field(default_factory=threading.Lock)
    """Held by the one write that is made, where the database is busy."""
    closing: threading.Event = field(default_factory=threading.Event)
    """Set when the server stops: nothing is kept waiting from then on."""

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not _is_asked_by_its_name(environ):
            return self._refuse(environ, start_response)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        rule = self.faults.pick(method, path)
        with self.overlaps.write() if _is_write(method, path) else nullcontext():
            reply = self._in_turn(environ, rule) if _is_write(method, path) else self._late(environ, rule)
        dropped = rule is not None and rule.effect == "drop"
        self._record(environ, 0 if dropped else reply.code)
        if dropped:
            raise ClientDisconnected
        start_response(reply.status, reply.headers)
        if method == "HEAD":
            return [b""]
        return _half(reply.body) if rule is not None and rule.effect == "truncate" else [reply.body]

    def _refuse(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        self._record(environ, HTTPStatus.MISDIRECTED_REQUEST)
        body = b"This is the badgeops sandbox. It answers to 127.0.0.1 and localhost only.\n"
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response(_status_line(HTTPStatus.MISDIRECTED_REQUEST), headers)
        return [body]

    def _in_turn(self, environ: dict[str, Any], rule: FaultRule | None) -> Reply:
        """Do a write, after those before it where the database is busy; refuse it where that takes too long."""
        patience = self.faults.busy_seconds
        if patience is None:
            return self._late(environ, rule)
        if not self.database.acquire(timeout=patience):
            return _html(500)
        try:
            return self._late(environ, rule)
        finally:
            self.database.release()

    def _late(self, environ: dict[str, Any], rule: FaultRule | None) -> Reply:
        self._wait(self.latency_seconds)
        return self._work(environ, rule)

    def _work(self, environ: dict[str, Any], rule: FaultRule | None) -> Reply:
        """Do the work and let the rule spoil it, before or after."""
        if rule is None:
            return _call(self.application, environ)
        if rule.when == "before":
            self._wait(rule.slow_seconds)
            return _call(self.application, environ) if rule.effect == "slow" else _spoiled(rule)
        reply = _call(self.application, environ)
        self._wait(rule.slow_seconds)
        return reply if rule.effect in {"slow", "truncate"} else _spoiled(rule)

    def _wait(self, seconds: float) -> None:
        if seconds:
            self.closing.wait(seconds)

    def _record(self, environ: dict[str, Any], status: int) -> None:
        record = RequestRecord(environ["REQUEST_METHOD"], environ["REQUEST_URI"], status)
        self.requests.append(record)
        if self.log is not None:
            self.log(record)


def _is_asked_by_its_name(environ: dict[str, Any]) -> bool:
    """Tell whether a request names this computer.

    A web page can have its own name lead here. The browser then takes this server for the page's own, and lets the page
    log in with the password that everybody knows, and read the answers.
    """
    return OWN_NAME.fullmatch(environ.get("HTTP_HOST", "")) is not None


def _is_write(method: str, path: str) -> bool:
    return method not in READING and path.startswith("/v2/")


def _call(application: Application, environ: dict[str, Any]) -> Reply:
    started: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, _exc_info: object = None) -> None:
        started.append((status, headers))

    with closing(ClosingIterator(application(environ, start_response))) as chunks:
        body = b"".join(chunks)
    status, headers = started[-1]
    return Reply(status, headers, body)


def _spoiled(rule: FaultRule) -> Reply:
    """Give the answer that stands in for the true one."""
    if rule.effect == "html":
        answer = page(rule.status)
        body, media_type = answer.body.encode(), str(answer.media_type)
    else:
        answer = error(ApiError(rule.status, "injected fault"))
        body, media_type = json.dumps(answer.body).encode(), "application/json"
    if rule.status in BODILESS:
        body = b""
    headers = [("Content-Type", media_type), ("Content-Length", str(len(body)))]
    if rule.retry_after is not None:
        headers.append(("Retry-After", rule.retry_after))
    return Reply(_status_line(rule.status), headers, body)


def _html(status: int) -> Reply:
    body = page(status).body.encode()
    return Reply(_status_line(status), [("Content-Type", HTML), ("Content-Length", str(len(body)))], body)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _half(body: bytes) -> Iterator[bytes]:
    """Send half of the body and then break the connection; the headers promised the whole."""
    yield body[: len(body) // 2]
    raise ClientDisconnected
