"""Credentials -> an access token that stays valid for the length of a run.

A token comes ready-made (BADGEOPS_TOKEN), from a refresh token, or from user name and password. Refresh tokens
rotate: each use returns a new one and kills the old pair. The token endpoint takes a form; it answers 400, on some
servers 401, to wrong credentials, and 429 after several failures.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable

from badgeops.api.responses import Answer, described, redirect_of, web_page
from badgeops.api.transport import HttpRequest, Repeats, Transport
from badgeops.errors import NotAnApiError, ServerFaultError, TooManyRequestsError, UnauthorizedError, UnreachableError
from badgeops.model.credentials import Credentials
from badgeops.model.numbers import MOST, whole_number

_EARLY = 60
"""Seconds before its end at which a token is renewed; the server's sliding expiry only ever lengthens it."""

_PASSING = frozenset({500, 502, 503, 504})
"""A 429 is not tried again: it means "too many wrong passwords", and says for how long."""

_MOST_BYTES = 1024 * 1024
"""Of an answer to a log-in. A token has a few kilobytes at most, and JSON takes twenty times its length to read."""

_TOKEN = re.compile(r"[\x21-\x7e]+")
"""What can stand in a header. Anything else would come up again in a library's message, token and all."""


def missing(prefix: str = "BADGEOPS_", half: str = "") -> UnauthorizedError:
    """Return the error of who has no credentials. `half` is the one of the two variables that is missing."""
    first = f"{half} is not set. " if half else ""
    return UnauthorizedError(
        "There are no credentials for this server.",
        hint=f"{first}Log in once:\n"
        "  badgeops login\n"
        f"If nobody can do that, as in CI, set {prefix}USERNAME and {prefix}PASSWORD (an account with a password), or "
        f"{prefix}TOKEN.",
    )


class Auth:
    """Hands out the access token, and a new one when the old one is refused. Safe to share between threads."""

    def __init__(
        self,
        credentials: Credentials,
        token_url: str,
        transport: Transport,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_rotation: Callable[[str], None] = lambda _token: None,
        newest: Callable[[], str | None] = lambda: None,
        on_secret: Callable[[str], None] = lambda _secret: None,
    ) -> None:
        self._credentials = credentials
        self._url = token_url
        self._transport = transport
        self._clock = clock
        self._on_rotation = on_rotation
        self._newest = newest
        self._on_secret = on_secret
        """Told each token the moment it is known: a server may repeat it in any message from then on."""
        self._lock = threading.Lock()
        self._access = credentials.token
        self._refresh = credentials.refresh_token
        self._expires_at: float | None = None
        self._failure: UnauthorizedError | None = None
        """Why the last log-in was refused: other threads do not try the same again, or the account gets locked."""
        self.scope: str | None = None
        """The scope the server granted, where it said so."""

    def token(self) -> str:
        """Return a token that is valid as far as we know; log in or renew first where needed."""
        with self._lock:
            if self._access is None or (self._expires_at is not None and self._clock() > self._expires_at - _EARLY):
                self._renew()
            assert self._access is not None  # noqa: S101 (_renew sets it or raises)
            if not _TOKEN.fullmatch(self._access):
                raise _unusable(
                    "The access token contains a character that tokens cannot have.", self._credentials.origin
                )
            return self._access

    def renew(self, refused: str) -> bool:
        """Get another token after the server has refused one. False where we have no means to."""
        with self._lock:
            if self._access != refused:
                return True  # another thread has done it meanwhile
            if not (self._refresh or self._credentials.have_password):
                return False
            self._renew()
            return True

    def _renew(self) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            self._log_in()
        except UnauthorizedError as error:
            self._failure = error
            raise

    def _log_in(self) -> None:
        if self._refresh is not None and self._try_refresh(self._refresh):
            return
        username, password = self._credentials.username, self._credentials.password
        if not username or not password:
            raise missing()
        answer = self._post({"username": username, "password": password}, safe=True)
        if answer.status in (400, 401):
            raise UnauthorizedError(
                "The server does not accept this user name and password.",
                hint=f"They come from {self._credentials.origin}. The user name is the e-mail address of the account; "
                "an account that signs in with Google or another service has a password only after you set one in its "
                "profile.",
                status=answer.status,
            )
        self._take(answer)

    def _try_refresh(self, refresh_token: str) -> bool:
        """Renew by refresh token. False where that failed and there is a password to try instead."""
        try:
            answer = self._post({"grant_type": "refresh_token", "refresh_token": refresh_token}, safe=False)
        except (UnreachableError, ServerFaultError) as error:
            # The server may have used the token up before the answer was lost.
            if self._credentials.have_password and (error.outcome_unknown or isinstance(error, ServerFaultError)):
                self._refresh = None
                return False
            raise
        if answer.status in (400, 401):
            newest = self._newest()
            if newest is not None and newest != refresh_token:
                self._on_secret(newest)
                return self._try_refresh(newest)  # another run has used ours and kept its successor
            self._refresh = None
            if not self._credentials.have_password:
                raise _refresh_refused(self._credentials.origin, answer.status)
            return False
        self._take(answer)
        return True

    def _post(self, form: dict[str, str], *, safe: bool) -> Answer:
        try:
            "".join(form.values()).encode("utf-8")
        except UnicodeEncodeError:  # bytes in the environment that are no UTF-8
            raise _unusable("The credentials are not UTF-8 text.", self._credentials.origin) from None
        request = HttpRequest("POST", self._url, form=form, max_body=_MOST_BYTES)
        answer = self._transport.send(request, Repeats(safe=safe, passing=_PASSING))
        if answer.status == 429:
            raise TooManyRequestsError(
                "The server has locked the log-in for a while after several failures (HTTP 429).",
                hint=f"Wait {_seconds(answer)} and try again with the right password.",
                status=429,
            )
        if answer.is_html and answer.status in (400, 401):
            raise web_page(answer)  # what refuses us is not the API, so it says nothing of the credentials
        if answer.status >= 500:
            raise _failed(answer)
        return answer

    def _take(self, answer: Answer) -> None:
        if 300 <= answer.status < 400 and answer.headers.get("Location"):
            raise redirect_of(answer)
        try:
            data = json.loads(answer.body)
            access = data["access_token"]
        except (ValueError, KeyError, TypeError, RecursionError):
            data, access = {}, None
        for secret in (access, data.get("refresh_token")):
            if isinstance(secret, str):
                self._on_secret(secret)
        if answer.status != 200 or not isinstance(access, str) or not _TOKEN.fullmatch(access):
            instead = f", but with {described(answer)}" if answer.is_html else ""
            raise NotAnApiError(
                f"{self._url} did not answer with an access token{instead} (HTTP {answer.status}).",
                hint="Check `server` in badgeops.yaml: it must be the address of the API, not of the web site.",
                status=answer.status,
            )
        self._access = access
        self.scope = data.get("scope") if isinstance(data.get("scope"), str) else self.scope
        lifetime = data.get("expires_in")
        usable = isinstance(lifetime, int | float) and lifetime > 2 * _EARLY
        self._expires_at = self._clock() + min(lifetime, MOST) if usable else None
        refresh = data.get("refresh_token")
        if isinstance(refresh, str) and _TOKEN.fullmatch(refresh):
            self._refresh = refresh
            self._on_rotation(refresh)


def _failed(answer: Answer) -> ServerFaultError:
    """Return the error of a log-in that failed on the server, or on what answers at its address."""
    page = f" It answered with {described(answer)}." if answer.is_html else ""
    elsewhere = " If it stays, check `server` in badgeops.yaml: it may be the address of something else."
    return ServerFaultError(
        f"The server failed while logging in (HTTP {answer.status}).{page}",
        hint=f"This is a fault on the server's side. Run badgeops again.{elsewhere if page else ''}",
        status=answer.status,
    )


def _unusable(message: str, origin: str) -> UnauthorizedError:
    hint = f"They come from {origin}. Look for a line break, a space, a quotation mark or an accent that slipped in."
    return UnauthorizedError(message, hint=hint)


def _refresh_refused(origin: str, status: int) -> UnauthorizedError:
    return UnauthorizedError(
        "The server does not accept the refresh token: it was used before, revoked or has expired.",
        hint=f"It comes from {origin}. Each refresh token works once: two programs cannot share it. Log in again:\n"
        "  badgeops login",
        status=status,
    )


def _seconds(answer: Answer) -> str:
    """Return for how long log-in is closed; servers write a number, or one in quotes."""
    try:
        expires = json.loads(answer.body)["expires"]
        number = whole_number(expires) if isinstance(expires, str) else min(max(1, int(expires)), MOST)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        number = None
    return f"{max(1, number)} seconds" if number is not None else "a few minutes"
