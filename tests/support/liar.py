"""A server in front of another one that hears every request and answers as it likes, in decent HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests


@dataclass(frozen=True)
class Said:
    """One request, and what the server behind has answered to it."""

    method: str
    path: str
    """With its query."""
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def result(self) -> list[Any]:
        """The entities of the answer."""
        found = json.loads(self.body)["result"] if self.body else []
        return found if isinstance(found, list) else []


@dataclass(frozen=True)
class Lie:
    """What is answered instead."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    location: str = ""
    """Where a redirect leads."""


def refusal(status: int, words: str) -> Lie:
    """Refuse in the API's own envelope."""
    envelope = {"status": {"success": False, "description": words}, "validationErrors": [words], "fieldErrors": {}}
    return Lie(status, json.dumps(envelope).encode())


def showing(status: int, *entities: Any) -> Lie:
    """Answer in the API's own envelope."""
    return Lie(status, json.dumps({"status": {"success": True}, "result": list(entities)}).encode())


@dataclass
class Liar:
    """Hands requests on. `before` may answer in place of the server, `after` may answer otherwise than it did."""

    upstream: str
    before: Callable[[str, str], Lie | None] = lambda _method, _path: None
    after: Callable[[Said], Lie | None] = lambda _said: None
    heard: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request."""
    url: str = ""


@contextmanager
def lying(upstream: str, **how: Callable[..., Lie | None]) -> Iterator[Liar]:
    """Run a liar in front of a server."""
    liar = Liar(upstream, **how)

    class Handler(_Handler):
        pass

    Handler.liar = liar
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    liar.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    liar: Liar

    def setup(self) -> None:
        """Keep one connection to the server behind for each one that comes in."""
        super().setup()
        self.session = requests.Session()

    def finish(self) -> None:
        """Close both."""
        self.session.close()
        super().finish()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.liar.heard.append((self.command, self.path))
        lie = self.liar.before(self.command, self.path)
        if lie is None:
            said = self._ask(body)
            lie = self.liar.after(said)
            if lie is None:
                self._send(said.status, said.body, said.headers)
                return
        where = {"Location": lie.location} if lie.location else {}
        self._send(lie.status, lie.body, {"Content-Type": lie.content_type, **where})

    def _ask(self, body: bytes) -> Said:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_HOP}
        with self.session.request(
            self.command,
            self.liar.upstream + self.path,
            headers=headers,
            data=body or None,
            allow_redirects=False,
            timeout=20,
        ) as answer:
            kept = {
                name: answer.headers[name] for name in ("Content-Type", "Link", "Location") if name in answer.headers
            }
            return Said(self.command, self.path, answer.status_code, answer.content, kept)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 (the names that the library asks for)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


_KEPT = ("Content-Type", "Link", "Location")
_OF_ONE_HOP = frozenset({"host", "connection", "accept-encoding", "content-length"})
