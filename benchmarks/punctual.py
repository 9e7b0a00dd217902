"""A server that is exactly as slow as it is told, and costs next to nothing: to measure how well an apply waits.

It answers what an apply asks as the open-source API does, every request the same time after it came, and remembers
what was created. It checks nothing, re-encodes no image and keeps all in memory: the sandbox does that, and would be
what limits 32 requests at a time on two cores.

    python punctual.py [--latency-ms 50]       prints its address; ends with its input

Of its own it has `POST /_latency/MS`, for setting up quickly, and `GET /_requests`, how many came of each method.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import re
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

PAGE = 500
_HEAD = re.compile(rb"(\w+) (\S+) HTTP/1\.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_TYPES = {"issuers": "Issuer", "badgeclasses": "BadgeClass"}
_READ_ONLY = {
    "createdAt": "2026-01-01T00:00:00.000000Z",
    "createdBy": "punctual",
    "issuerOpenBadgeId": "",
}
_BLANK: dict[str, Any] = {
    "criteriaUrl": None,
    "criteriaNarrative": None,
    "alignments": [],
    "tags": [],
    "expires": {"amount": None, "duration": None},
    "extensions": {},
}


@dataclass
class Punctual:
    """What the server knows, and what it has yet to say."""

    base: str
    latency: float
    """Seconds."""
    entities: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {"issuers": {}, "badgeclasses": {}})
    counts: Counter[str] = field(default_factory=Counter)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes, str]:
        """Return status, body and Link header for a request."""
        path, _, query = path.partition("?")
        if path == "/o/token":
            return 200, b'{"access_token": "token", "token_type": "Bearer", "expires_in": 86400}', ""
        if path.startswith("/_latency/"):
            self.latency = float(path.rpartition("/")[2]) / 1000
            return 204, b"", ""
        if path == "/_requests":
            return 200, json.dumps(self.counts).encode(), ""
        self.counts[method] += 1
        _, _version, noun, *rest = path.split("/")
        if noun == "users":
            return _envelope([{"entityType": "BadgeUser", "entityId": "punctual", "emails": []}])
        if not rest:
            return self.create(noun, json.loads(body)) if method == "POST" else self.page(noun, query)
        if rest[1:]:  # assertions: nobody holds anything
            return _envelope([])
        entity = self.entities[noun].get(rest[0])
        if entity is None:
            return _envelope([], 404, "entity not found or insufficient privileges")
        if method == "PUT":
            self.change(noun, entity, json.loads(body))
        return _envelope([entity])

    def create(self, noun: str, body: dict[str, Any]) -> tuple[int, bytes, str]:
        """Take an entity in."""
        number = next(self.numbers)
        entity = {
            "entityType": _TYPES[noun],
            **_READ_ONLY,
            **(_BLANK if noun == "badgeclasses" else {"extensions": {}}),
            **body,
        }
        entity |= {"entityId": f"entity{number:015d}", "openBadgeId": f"https://punctual.example/public/{number}"}
        entity["image"] = self.address(noun) if "image" in body else None
        self.entities[noun][entity["entityId"]] = entity
        return _envelope([entity], 201)

    def change(self, noun: str, entity: dict[str, Any], body: dict[str, Any]) -> None:
        """Take over what a PUT says; the image gets a new address where it came along."""
        image = self.address(noun) if "image" in body else entity["image"]
        entity.update({**body, "image": image})

    def address(self, noun: str) -> str:
        """Return where the next image would be served."""
        return f"{self.base}/media/{noun}-{next(self.numbers)}.png"

    def page(self, noun: str, query: str) -> tuple[int, bytes, str]:
        """Return a page of a list; the cursor is a number."""
        entities = list(self.entities[noun].values())
        if "num=" not in query:
            return _envelope(entities)
        start = int(query.rpartition("cursor=")[2]) if "cursor=" in query else 0
        link = f'<{self.base}/v2/{noun}?num={PAGE}&cursor={start + PAGE}>; rel="next"'
        status, body, _ = _envelope(entities[start : start + PAGE])
        return status, body, link if start + PAGE < len(entities) else ""


def _envelope(result: list[Any], status: int = 200, description: str = "ok") -> tuple[int, bytes, str]:
    said = {"success": status < 400, "description": description}
    return status, json.dumps({"status": said, "result": result}).encode(), ""


def serve(listener: socket.socket, world: Punctual) -> None:
    """Serve until the input ends. One thread, no copies: what arrives is worked on at once and said when it is due."""
    received: dict[socket.socket, bytes] = {}
    due: list[tuple[float, int, socket.socket, bytes]] = []
    order = itertools.count()
    while True:
        # select, not epoll: its timeout is exact to the microsecond.
        wait = max(0.0, due[0][0] - time.perf_counter()) if due else None
        ready, _, _ = select.select([listener, sys.stdin, *received], [], [], wait)
        now = time.perf_counter()
        while due and due[0][0] <= now:
            _, _, connection, reply = heapq.heappop(due)
            connection.sendall(reply)
        for each in ready:
            if each is sys.stdin:
                return
            if each is listener:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                received[connection] = b""
                continue
            data = each.recv(1 << 18)
            if not data:
                del received[each]
                each.close()
                continue
            received[each] += data
            request = _whole(received[each])
            if request is not None:
                received[each] = b""
                heapq.heappush(due, (now + world.latency, next(order), each, _reply(world, *request)))


def _whole(data: bytes) -> tuple[str, str, bytes] | None:
    """Return method, path and body of a request that has arrived to its end."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    length = _LENGTH.search(data, 0, end + 2)
    body = data[end + 4 :]
    head = _HEAD.match(data)
    if head is None or (length is not None and len(body) < int(length[1])):
        return None
    return head[1].decode(), head[2].decode(), body


def _reply(world: Punctual, method: str, path: str, body: bytes) -> bytes:
    status, text, link = world.answer(method, path, body)
    link = f"Link: {link}\r\n" if link else ""
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n{link}Content-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


def main() -> None:
    """Listen, say where, and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=50)
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        print(base, flush=True)
        serve(listener, Punctual(base, options.latency_ms / 1000))


if __name__ == "__main__":
    main()
