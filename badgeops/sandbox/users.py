"""Accounts: who may log in, and with which addresses."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from badgeops.sandbox.entities import new_entity_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    entity_id: str
    email: str
    first_name: str
    last_name: str
    emails: tuple[tuple[str, bool], ...]
    """Address and whether it is verified; the first is the primary one."""

    @property
    def is_verified(self) -> bool:
        """Whether any address is verified; without one, nothing but the own profile can be seen."""
        return any(verified for _address, verified in self.emails)

    def has_verified(self, address: str) -> bool:
        """Whether this very address, in this case of letters, is verified."""
        return (address, True) in self.emails


def _user(row: sqlite3.Row) -> User:
    emails = tuple((address, verified) for address, verified in json.loads(row["emails"]))
    return User(row["entity_id"], row["email"], row["first_name"], row["last_name"], emails)


def by_id(db: sqlite3.Connection, entity_id: str) -> User | None:
    """Look an account up by its entityId."""
    row = db.execute("SELECT * FROM users WHERE entity_id = ?", (entity_id,)).fetchone()
    return None if row is None else _user(row)


def all_by_id(db: sqlite3.Connection) -> dict[str, User]:
    """Read every account; there are few."""
    return {row["entity_id"]: _user(row) for row in db.execute("SELECT * FROM users")}


def log_in(db: sqlite3.Connection, email: str, password: str) -> User | None:
    """Check a password; the address may be in any case of letters."""
    row = db.execute("SELECT * FROM users WHERE email = ?", (email,)).fetchone()
    if row is None or not secrets.compare_digest(row["password"], _hash(password)):
        return None
    return _user(row)


def save(
    db: sqlite3.Connection,
    email: str,
    password: str,
    name: tuple[str, str],
    emails: Sequence[tuple[str, bool]],
) -> str:
    """Create an account, or set its password and addresses anew; gives its entityId, which stays."""
    values: tuple[Any, ...] = (email, _hash(password), *name, json.dumps(list(emails)))
    row = db.execute(
        "INSERT INTO users (entity_id, email, password, first_name, last_name, emails) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (email) DO UPDATE SET password = excluded.password, emails = excluded.emails"
        " RETURNING entity_id",
        (new_entity_id(), *values),
    ).fetchone()
    return str(row["entity_id"])


def _hash(password: str) -> str:
    """Keep no password readable; it guards nothing, so one round does."""
    return hashlib.sha256(password.encode("utf-8", "replace")).hexdigest()
