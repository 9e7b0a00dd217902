"""A server that answers what was recorded, at the seam below `requests`, so that headers and pages are read for real.

A recording is a list of steps: a command, the state before it, and the exchanges it led to. A request is answered by
the exchange with its method and address, each in its turn and the last one for ever after; without one, by 404.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parent / "recordings"
SERVER = "https://badges.example"
_GONE = {
    "status": 404,
    "headers": {"Content-Type": "application/json"},
    "body": '{"status": {"success": false, "description": "no such entity"}, "result": []}',
}


def recording(dialect: str) -> list[dict[str, Any]]:
    """Return the steps of a dialect."""
    steps: list[dict[str, Any]] = json.loads((RECORDINGS / f"{dialect}.json").read_text("utf-8"))["steps"]
    return steps


def catalog(dialect: str, server: str = SERVER, *, changed: bool = False) -> dict[str, bytes]:
    """Return the files of the catalog that was recorded; `changed` is a later form of it."""
    more = "achievementType: Badge\n" if dialect == "hosted" else ""
    name, tags = ("Python", "[b]") if changed else ("Python Basics", "[a, b]")
    settings = f"catalog: test\nenvironments:\n  here: {{server: '{server}', dialect: {dialect}}}\n"
    documents = f"""kind: Issuer
key: academy
name: Academy
description: The academy.
url: https://academy.example
email: admin@example.org
image: logo.svg
---
kind: BadgeClass
key: python
issuer: academy
name: {name}
description: Writes <b>small</b> programs.
image: {"logo.svg" if changed else "badge.png"}
criteriaNarrative: Pass the *exam*.
tags: {tags}
expires: {{amount: 3, duration: years}}
alignments: [{{targetName: One, targetUrl: 'https://frame.example/one', targetCode: '1'}}]
extensions: {{'extensions:X': {{'@context': 'https://x.example/c', type: [Extension, 'extensions:X'], value: 1.5}}}}
lifecycle: {{protect: true, onRemove: delete}}
{more}---
kind: BadgeClass
key: rust
issuer: academy
name: Rust
description: Writes fast programs.
image: logo.svg
criteriaUrl: https://academy.example/rust
"""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle id="b" r="3"/></svg>'
    return {
        "badgeops.yaml": settings.encode(),
        "documents.yaml": documents.encode(),
        "badge.png": bytes.fromhex(_PNG),
        "logo.svg": svg,
    }


_PNG = (
    "89504e470d0a1a0a0000000d4948445200000008000000080806000000c40fbe8b0000000d49444154789c636018052000000108000182"
    "e90b1d0000000049454e44ae426082"
)


class Replay:
    """Stands in for `HTTPAdapter.send`."""

    def __init__(self, exchanges: list[dict[str, Any]]) -> None:
        self._told: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for exchange in exchanges:
            self._told[exchange["method"], exchange["url"]].append(exchange)
        self.count = 0

    def __call__(self, request: Any, **_options: Any) -> Any:
        """Answer one request."""
        import urllib3
        from requests.adapters import HTTPAdapter

        self.count += 1
        told = self._told.get((request.method, request.url), [])
        exchange = told.pop(0) if len(told) > 1 else told[0] if told else _GONE
        body = exchange["body"]
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(body if isinstance(body, bytes) else body.encode("latin-1")),
            headers=exchange["headers"],
            status=exchange["status"],
            preload_content=False,
            request_method=request.method,
        )
        return HTTPAdapter().build_response(request, raw)
