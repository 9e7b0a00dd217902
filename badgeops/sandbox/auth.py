"""Logging in: the token endpoint, revocation, and who sends a request.

The v2 API, as observed, is lenient with a bare user name and password and strict as soon as a client is named.
Every refusal is a 400, also a wrong password, and some of them call their JSON text/html.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from badgeops.sandbox import tokens, users
from badgeops.sandbox.envelope import HTML, Answer, unauthorized
from badgeops.sandbox.tokens import Grant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badgeops.sandbox.call import World
    from badgeops.sandbox.users import User

PUBLIC: Final = "public"
DEFAULT_SCOPE: Final = "rw:profile rw:issuer rw:backpack"

CLIENT_ID: Final = "sandbox-application"
CLIENT_SECRET: Final = "sandbox-secret"  # noqa: S105 - the one application of a server for rehearsals

SCOPES: Final = frozenset({"r:profile", "rw:profile", "rw:issuer", "r:backpack", "rw:backpack"})
HOSTED_SCOPES: Final = SCOPES | {"r:issuer", "r:org", "rw:org"}

LONGEST_WAIT_SECONDS: Final = 3600
MOST_DOUBLINGS: Final = 12

_NO_STORE: Final = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What was sent to the token endpoint."""

    form: Mapping[str, str]
    has_query: bool
    authorization: str
    address: str
    """Of the client; the throttle goes by it where no user name was sent."""

    def get(self, name: str) -> str:
        """Give a member of the form; what is missing is empty."""
        return self.form.get(name, "")

    def client(self) -> tuple[str, str]:
        """Give the client's id and secret, from the Authorization header or the form."""
        scheme, _space, encoded = self.authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                name, _colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, ValueError):
                return "", ""
            return name, secret
        return self.get("client_id"), self.get("client_secret")


@dataclass(slots=True)
class Throttle:
    """Failed logins in a row, and until when the next one has to wait."""

    _failures: dict[str, tuple[int, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_seconds(self, who: str) -> int:
        """How long this one has to wait still."""
        with self._lock:
            _count, until = self._failures.get(who, (0, 0.0))
        return max(0, round(until - time.monotonic()))

    def record(self, who: str, *, success: bool) -> None:
        """Take note of how a login went: each failure doubles the wait."""
        with self._lock:
            if success:
                self._failures.pop(who, None)
                return
            count = self._failures.get(who, (0, 0.0))[0] + 1
            wait = min(2 ** min(count, MOST_DOUBLINGS), LONGEST_WAIT_SECONDS)
            self._failures[who] = (count, time.monotonic() + wait)


def token(world: World, throttle: Throttle, request: TokenRequest) -> Answer:
    """Answer a request to the token endpoint, behind the throttle where that is on."""
    who = request.get("username") or request.address
    wait = throttle.wait_seconds(who) if world.options.throttle else 0
    if wait:
        message = "Too many login attempts. Please wait and try again."
        body = {"error_description": message, "error": "login attempts throttled", "expires": wait}
        return Answer(429, body, HTML)
    answer = _token(world, request)
    throttle.record(who, success=answer.status == 200)
    return answer


def _token(world: World, request: TokenRequest) -> Answer:
    if request.has_query:
        return _plain_error("Token grant parameters must be sent in post body, not query parameters")
    client, secret = request.client()
    grant = request.get("grant_type")
    if not client:
        return _refresh(world, request) if grant == "refresh_token" else _password(world, request, DEFAULT_SCOPE)
    if client not in {PUBLIC, CLIENT_ID}:
        return _plain_error("invalid client_id")
    if client == CLIENT_ID and secret != CLIENT_SECRET:
        return _plain_error("invalid client_secret")
    scope = request.get("scope") or DEFAULT_SCOPE
    if not set(scope.split()) <= (HOSTED_SCOPES if world.hosted else SCOPES):
        return _plain_error("invalid scope requested")
    return _by_grant(world, request, grant, client, scope)


def _by_grant(world: World, request: TokenRequest, grant: str, client: str, scope: str) -> Answer:
    if not grant:
        return _error("invalid_request", "Request is missing grant_type parameter.")
    if grant == "refresh_token":
        return _refresh(world, request)
    if grant == "password":
        return _password(world, request, scope)
    if grant == "client_credentials" and client == CLIENT_ID:
        return _application(world, scope)
    if grant in {"authorization_code", "client_credentials"}:
        return _error("unauthorized_client")
    return _error("unsupported_grant_type")


def _password(world: World, request: TokenRequest, scope: str) -> Answer:
    for name in ("username", "password"):
        if not request.get(name):
            return _error("invalid_request", f"Request is missing {name} parameter.")
    with world.store.writing() as db:
        user = users.log_in(db, request.get("username"), request.get("password"))
        if user is None:
            return _error("invalid_grant", "Invalid credentials given.")
        grant = Grant(user.entity_id, scope, PUBLIC)
        issued = tokens.issue(db, grant, world.options.token_lifetime_seconds, refreshable=True)
    return _issued(world, issued, scope)


def _refresh(world: World, request: TokenRequest) -> Answer:
    with world.store.writing() as db:
        grant = tokens.take_refresh(db, request.get("refresh_token"))
        if grant is None:
            return _error("invalid_grant")
        issued = tokens.issue(db, grant, world.options.token_lifetime_seconds, refreshable=True)
    return _issued(world, issued, grant.scope)


def _application(world: World, scope: str) -> Answer:
    """Let the application act as the sandbox's account; it gets no refresh token."""
    with world.store.writing() as db:
        user = next(iter(users.all_by_id(db)))
        grant = Grant(user, scope, CLIENT_ID)
        issued = tokens.issue(db, grant, world.options.token_lifetime_seconds, refreshable=False)
    return _issued(world, issued, scope)


def _issued(world: World, issued: tokens.IssuedTokens, scope: str) -> Answer:
    body: dict[str, Any] = {
        "access_token": issued.access,
        "expires_in": int(world.options.token_lifetime_seconds),
        "token_type": "Bearer",
        "scope": scope,
    }
    if issued.refresh is not None:
        body["refresh_token"] = issued.refresh
    return Answer(200, body, "application/json", _NO_STORE)


def _error(code: str, description: str | None = None) -> Answer:
    body = {"error": code} if description is None else {"error": code, "error_description": description}
    return Answer(400, body, "application/json", _NO_STORE)


def _plain_error(message: str) -> Answer:
    """Refuse before OAuth is even asked: JSON that says it is HTML."""
    return Answer(400, {"error": message}, HTML)


def revoke(world: World, request: TokenRequest) -> Answer:
    """Kill a token; whether it lived is not told."""
    with world.store.writing() as db:
        tokens.revoke(db, request.get("token"))
    return Answer(200, "", HTML)


def authenticate(world: World, authorization: str, query_token: str | None) -> tuple[User, frozenset[str]]:
    """Find out who sends a request, and with which scopes; else 401.

    A token in use lives on: with less than half its life left it gets its full life again.
    """
    scheme, _space, access = authorization.partition(" ")
    if scheme.lower() != "bearer":
        access = query_token or ""
    with world.store.reading() as db:
        checked = tokens.check(db, access.strip())
        user = None if checked is None else users.by_id(db, checked[0].user)
    if checked is None or user is None:
        raise unauthorized()
    grant, left_seconds = checked
    lifetime = world.options.token_lifetime_seconds
    if left_seconds < lifetime / 2:
        with world.store.writing() as db:
            tokens.extend(db, access.strip(), lifetime)
    return user, frozenset(grant.scope.split())
