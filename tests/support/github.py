"""A local stand-in for the parts of GitHub's API that the action uses, behind a real socket."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = {"login": "github-actions[bot]", "type": "Bot"}
REPOSITORY = "acme/badges"


@dataclass
class GitHub:
    """What the server holds, what it was asked, and how it is to fail."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Pull requests by the commit that merged them."""
    editors: dict[int, dict[str, str] | None] = field(default_factory=dict)
    failures: list[tuple[str, int, dict[str, str], bool]] = field(default_factory=list)
    """What happens to the next requests of a method: status, headers, and whether the work is done all the same."""
    is_read_only: bool = False
    most_characters: int = 65_536
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def comment(self, body: str, user: dict[str, str] | None = None) -> dict[str, Any]:
        """Add a comment."""
        number = 100 + len(self.comments)
        made = {
            "id": number,
            "node_id": f"IC_{number}",
            "user": user or BOT,
            "body": body,
            "html_url": f"https://github.example/c/{number}",
        }
        self.comments.append(made)
        return made

    def merged(self, commit: str, number: int = 7, head: str = "h" * 40, **more: Any) -> dict[str, Any]:
        """Add a pull request that a commit merged."""
        made = {
            "number": number,
            "merged_at": "2026-01-01T00:00:00Z",
            "merge_commit_sha": commit,
            "head": {"sha": head},
            "base": {"ref": "main", "repo": {"full_name": REPOSITORY}},
            **more,
        }
        self.pulls.setdefault(commit, []).append(made)
        return made

    def methods(self) -> list[str]:
        """Return the methods of all requests."""
        return [method for method, _, _ in self.requests]

    # --- answering ---

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        """Return status and JSON."""
        parts = urlsplit(target)
        if parts.path == "/graphql":
            return 200, self._node(body)
        path = parts.path.removeprefix(f"/repos/{REPOSITORY}/")
        if path == parts.path:
            return 404, {"message": "Not Found"}
        if method == "GET":
            wanted = re.fullmatch(r"commits/(\w+)/pulls", path)
            items = self.pulls.get(wanted[1], []) if wanted else self.comments
            query = parse_qs(parts.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, items[(page - 1) * size : page * size]
        return self._write(method, path, body)

    def _write(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.is_read_only:
            return 403, {"message": "Resource not accessible by integration"}
        if body is not None and len(body["body"]) > self.most_characters:
            return 422, {"message": "Validation Failed: body is too long"}
        if method == "POST":
            return 201, self.comment(body["body"])
        number = int(path.rpartition("/")[2])
        found = next(comment for comment in self.comments if comment["id"] == number)
        if method == "DELETE":
            self.comments.remove(found)
            return 204, None
        found["body"] = body["body"]
        return 200, found

    def _node(self, body: Any) -> Any:
        found = next((item for item in self.comments if item["node_id"] == body["variables"]["id"]), None)
        if found is None:
            return {"data": {"node": None}, "errors": [{"message": "Could not resolve"}]}
        user = found["user"]
        author = {"__typename": user["type"], "login": user["login"].removesuffix("[bot]")}
        return {"data": {"node": {"body": found["body"], "author": author, "editor": self.editors.get(found["id"])}}}


@contextmanager
def serving(github: GitHub) -> Iterator[GitHub]:
    """Run the stand-in on a free port of this computer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        """Answers as `github` says, or fails as it was told to."""

        def _handle(self) -> None:
            method, length = self.command, int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            github.requests.append((method, self.path, dict(self.headers)))
            failure = next((item for item in github.failures if item[0] == method), None)
            if failure is not None:
                github.failures.remove(failure)
                if failure[3]:
                    github.answer(method, self.path, body)
                self._send(failure[1], {"message": "failing on purpose"}, failure[2])
                return
            status, result = github.answer(method, self.path, body)
            self._send(status, result, {})

        def _send(self, status: int, result: Any, headers: dict[str, str]) -> None:
            data = b"" if result is None else json.dumps(result).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    github.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield github
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def event(folder: Path, *, number: int = 7, head: str = "h" * 40, repository: str | None = REPOSITORY) -> Path:
    """Write the event of a pull request as GitHub does, and return its path."""
    path = folder / "event.json"
    origin = {"full_name": repository} if repository is not None else None
    path.write_text(json.dumps({"pull_request": {"number": number, "head": {"sha": head, "repo": origin}}}), "utf-8")
    return path
