"""Access and refresh tokens in the store, kept as digests only."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for."""

    user: str
    """entityId of the account."""
    scope: str
    client: str


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """Tokens as handed out, once."""

    access: str
    refresh: str | None


def issue(db: sqlite3.Connection, grant: Grant, lifetime_seconds: float, *, refreshable: bool) -> IssuedTokens:
    """Create an access token, and a refresh token where wanted."""
    tokens = IssuedTokens(secrets.token_urlsafe(22), secrets.token_urlsafe(22) if refreshable else None)
    db.execute(
        "INSERT INTO tokens (access, refresh, user, client, scope, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            _digest(tokens.access),
            None if tokens.refresh is None else _digest(tokens.refresh),
            grant.user,
            grant.client,
            grant.scope,
            _iso(time.time()),
            time.time() + lifetime_seconds,
        ),
    )
    return tokens


def check(db: sqlite3.Connection, access: str) -> tuple[Grant, float] | None:
    """Look a token up; also give the seconds it has left. None when unknown or expired."""
    row = db.execute("SELECT * FROM tokens WHERE access = ?", (_digest(access),)).fetchone()
    if row is None or row["expires_at"] <= time.time():
        return None
    return Grant(row["user"], row["scope"], row["client"]), row["expires_at"] - time.time()


def extend(db: sqlite3.Connection, access: str, lifetime_seconds: float) -> None:
    """Let it live its full time from now."""
    db.execute("UPDATE tokens SET expires_at = ? WHERE access = ?", (time.time() + lifetime_seconds, _digest(access)))


def take_refresh(db: sqlite3.Connection, refresh: str) -> Grant | None:
    """Use a refresh token up: it and its access token are dead from here on."""
    row = db.execute("DELETE FROM tokens WHERE refresh = ? RETURNING *", (_digest(refresh),)).fetchone()
    return None if row is None else Grant(row["user"], row["scope"], row["client"])


def revoke(db: sqlite3.Connection, token: str) -> None:
    """Kill a token of either kind, and its twin."""
    db.execute("DELETE FROM tokens WHERE ? IN (access, refresh)", (_digest(token),))


def expire_all(db: sqlite3.Connection) -> None:
    """Let every access token be expired; refresh tokens live on."""
    db.execute("UPDATE tokens SET expires_at = 0")


def listing(db: sqlite3.Connection, user: str) -> list[dict[str, Any]]:
    """Show the live tokens of a user, without the tokens themselves."""
    rows = db.execute("SELECT * FROM tokens WHERE user = ? AND expires_at > ? ORDER BY row", (user, time.time()))
    return [_shown(row) for row in rows]


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    application = {"name": row["client"], "image": None, "website_url": None, "clientId": row["client"]}
    return {
        "entityType": "AccessToken",
        "entityId": f"token-{row['row']}",
        "application": {**application, "policyUri": None, "termsUri": None},
        "scope": row["scope"],
        "expires": _iso(row["expires_at"]),
        "created": row["created_at"],
    }


def delete(db: sqlite3.Connection, user: str, entity_id: str) -> bool:
    """Delete one of a user's tokens by the id it is listed under."""
    number = entity_id.removeprefix("token-")
    return bool(db.execute("DELETE FROM tokens WHERE user = ? AND row = ?", (user, number)).rowcount)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
