"""The few calls to GitHub's API that the action makes. Standard library only; nothing is sent anywhere else."""

from __future__ import annotations

import http.client
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

TRIES = 5
LONGEST_WAIT = 60.0
"""Seconds; whoever asks for more is not waited for."""
PAGE = 100
MOST_PAGES = 100
_MOST_BYTES = 32 * 1024 * 1024

Pause = Callable[[float], object]
"""Waits for so many seconds."""


class ApiError(Exception):
    """GitHub said no, or nothing. `status` is 0 where there was no answer; `is_unsure` if it may have done it."""

    def __init__(self, message: str, status: int = 0, *, is_unsure: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.is_unsure = is_unsure


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to the API and not along a redirect."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing; the answer becomes an error."""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Message
    body: bytes


class Api:
    """The API of one GitHub server, for one repository."""

    def __init__(self, base: str, repository: str, token: str, pause: Pause | None = None) -> None:
        parts = urlsplit(base)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise ApiError("GITHUB_API_URL is not an https:// address.")
        self._base = base.rstrip("/")
        self.repository = repository
        self._token = token
        self._pause = pause or time.sleep
        self._open = urllib.request.build_opener(_NoRedirects).open

    @classmethod
    def of_environment(cls) -> Api:
        """Take server and repository from where GitHub tells them to each step."""
        given = os.environ
        base = given.get("GITHUB_API_URL") or "https://api.github.com"
        return cls(base, given["GITHUB_REPOSITORY"], given.get("GITHUB_TOKEN", ""))

    def get(self, path: str) -> Any:  # noqa: ANN401 (JSON)
        """Read something of the repository."""
        return self._call("GET", f"/repos/{self.repository}/{path}")

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401
        """Write something of the repository. A POST is never repeated blindly: see `is_unsure`."""
        return self._call(method, f"/repos/{self.repository}/{path}", body)

    def query(self, text: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """Ask the GraphQL API, which only reads here."""
        root = self._base.removesuffix("/v3") if self._base.endswith("/api/v3") else self._base
        answer = self._call("POST", "/graphql", {"query": text, "variables": variables}, base=root, only_reads=True)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict) or answer.get("errors"):
            raise ApiError("GitHub does not answer the question about the comment.")
        return data

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """Read a list to its end."""
        joint = "&" if "?" in path else "?"
        for number in range(1, MOST_PAGES + 1):
            items = self.get(f"{path}{joint}per_page={PAGE}&page={number}")
            if not isinstance(items, list):
                raise ApiError(f"GitHub's answer to {path} is not a list.")
            yield from (item for item in items if isinstance(item, dict))
            if len(items) < PAGE:
                return
        raise ApiError(f"{path} has more than {PAGE * MOST_PAGES} entries.")

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        base: str = "",
        only_reads: bool = False,
    ) -> Any:  # noqa: ANN401
        may_repeat = only_reads or method != "POST"
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._exchange(method, (base or self._base) + path, body)
            except (OSError, http.client.HTTPException) as error:
                if not may_repeat or attempt == TRIES:
                    raise ApiError(f"GitHub does not answer: {type(error).__name__}", is_unsure=True) from error
                self._pause(2.0 ** (attempt - 1))
                continue
            if 200 <= answer.status < 300:
                return _decoded(answer)
            wait = _asked_to_wait(answer)
            is_broken = answer.status >= 500
            if attempt == TRIES or not (wait is not None or (is_broken and may_repeat)) or (wait or 0) > LONGEST_WAIT:
                raise ApiError(_said(method, path, answer), answer.status, is_unsure=is_broken)
            self._pause(wait if wait is not None else 2.0 ** (attempt - 1))
        raise AssertionError  # pragma: no cover

    def _exchange(self, method: str, url: str, body: Mapping[str, object] | None) -> _Answer:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "badgeops-action",
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = json.dumps(body).encode() if body is not None else None
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 (see __init__)
        try:
            with self._open(request, timeout=30) as response:
                return _Answer(response.status, response.headers, response.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                return _Answer(error.code, error.headers, error.read(_MOST_BYTES))


def _decoded(answer: _Answer) -> Any:  # noqa: ANN401
    if not answer.body:
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise ApiError("GitHub's answer is not JSON.", answer.status) from error


def _asked_to_wait(answer: _Answer) -> float | None:
    """Return how many seconds GitHub asks to wait because of its rate limits; None where it does not."""
    if answer.status not in (403, 429):
        return None
    after = whole_number(answer.headers.get("Retry-After", ""))
    if after is not None:
        return float(after)
    if answer.headers.get("X-RateLimit-Remaining") == "0":
        until = whole_number(answer.headers.get("X-RateLimit-Reset", ""))
        return max(1.0, until - _now(answer)) if until is not None else LONGEST_WAIT
    return 5.0 if answer.status == 429 else None


def whole_number(text: object) -> int | None:
    """Return the number that ASCII digits spell; None for anything else: for "²", too, which `str.isdigit` takes."""
    if not isinstance(text, str) or re.fullmatch("[0-9]+", text) is None:
        return None
    return int(text.lstrip("0")[:15] or "0")  # of more digits, it is beyond every limit as well


def _now(answer: _Answer) -> float:
    """Return the time by GitHub's clock, which is the one that the reset is told by; ours where it is not told."""
    try:
        return parsedate_to_datetime(str(answer.headers.get("Date", ""))).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return time.time()


def _said(method: str, path: str, answer: _Answer) -> str:
    message = ""
    try:
        body = json.loads(answer.body)
        message = str(body.get("message", ""))[:200] if isinstance(body, dict) else ""
    except (ValueError, RecursionError):
        pass
    where = path.partition("?")[0]
    return f"{method} {where}: HTTP {answer.status}{f' ({message})' if message else ''}"
