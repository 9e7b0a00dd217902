"""A running sandbox and somebody to talk to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests
from support.images import data_uri, png

from badgeops.sandbox import PASSWORD, USERNAME, Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'


def small_png(width: int = 20, height: int = 20, mode: str = "RGB", color: object = 0) -> bytes:
    """Draw a black PNG of any mode, unless it is to be of another colour."""
    return png(width, height, mode=mode, color=color)


@dataclass
class Client:
    """Somebody who is logged in; no code of badgeops' own client is used here."""

    base: str
    token: str | None = None
    session: requests.Session = field(default_factory=requests.Session)

    def __call__(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        """Send a request; `path` may also be a whole URL."""
        headers = {"Accept": "application/json"} | more.pop("headers", {})
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = path if path.startswith("http") else self.base + path
        return self.session.request(method, url, json=json, headers=headers, timeout=30, allow_redirects=False, **more)

    def one(self, method: str, path: str, json: Any = None, **more: Any) -> dict[str, Any]:
        """Send a request that must succeed, and give its first result."""
        answer = self(method, path, json, **more)
        assert answer.ok, answer.text
        first: dict[str, Any] = answer.json()["result"][0]
        return first

    def many(self, path: str) -> list[dict[str, Any]]:
        """Get a list."""
        answer = self("GET", path)
        assert answer.ok, answer.text
        listed: list[dict[str, Any]] = answer.json()["result"]
        return listed

    def issuer(self, **more: Any) -> dict[str, Any]:
        """Create an issuer."""
        return self.one("POST", "/v2/issuers", {"name": "I", "url": "http://x.org", "email": USERNAME} | more)

    def badgeclass(self, issuer: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Create a badge class."""
        body = {"name": "B", "description": "D", "image": data_uri(small_png()), "criteriaNarrative": "C"} | more
        return self.one("POST", f"/v2/issuers/{issuer['entityId']}/badgeclasses", body)

    def put(self, badgeclass: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Change a badge class."""
        body = {"name": badgeclass["name"], "description": badgeclass["description"]} | more
        return self.one("PUT", f"/v2/badgeclasses/{badgeclass['entityId']}", body)

    def award(self, badgeclass: dict[str, Any], identity: str = "r@example.net", **more: Any) -> dict[str, Any]:
        """Award a badge class."""
        path = f"/v2/badgeclasses/{badgeclass['entityId']}/assertions"
        return self.one("POST", path, {"recipient": {"identity": identity}} | more)


def log_in(sandbox: Sandbox, username: str = USERNAME, password: str = PASSWORD, **more: str) -> requests.Response:
    """Ask for a token."""
    form = {"username": username, "password": password} | more
    return requests.post(f"{sandbox.url}/o/token", data=form, timeout=30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes with options; they are closed at the end."""
    running: list[Sandbox] = []

    def begin(**options: Any) -> Sandbox:
        sandbox = Sandbox(SandboxOptions(**({"data": tmp_path / "sandbox"} | options)))
        running.append(sandbox)
        return sandbox.start()

    yield begin
    for sandbox in running:
        sandbox.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    """Log in to a sandbox; the connections are closed at the end."""
    clients: list[Client] = []

    def begin(sandbox: Sandbox, username: str = USERNAME, password: str = PASSWORD, **more: str) -> Client:
        answer = log_in(sandbox, username, password, **more)
        clients.append(Client(sandbox.url, answer.json()["access_token"]))
        return clients[-1]

    yield begin
    for client in clients:
        client.session.close()


@pytest.fixture
def sandbox(start: Callable[..., Sandbox]) -> Sandbox:
    """Start a sandbox of the open-source dialect."""
    return start(unverified_emails=("pending@example.org",))


@pytest.fixture
def client(sandbox: Sandbox, connect: Callable[..., Client]) -> Client:
    """Be logged in to it."""
    return connect(sandbox)


@pytest.fixture
def hosted(start: Callable[..., Sandbox], connect: Callable[..., Client]) -> Client:
    """Be logged in to a sandbox of the hosted dialect."""
    return connect(start(dialect="hosted"))


@pytest.fixture(name="log_in")
def _log_in() -> Callable[..., requests.Response]:
    return log_in


@pytest.fixture(name="png")
def _png() -> Callable[..., bytes]:
    return small_png


@pytest.fixture(name="data_uri")
def _data_uri() -> Callable[..., str]:
    return data_uri


@pytest.fixture(name="svg")
def _svg() -> str:
    return SVG
