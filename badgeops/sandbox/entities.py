"""Issuers, badge classes and assertions as rows: one table, since they differ only in their documents.

A row carries what lists are selected and ordered by; everything else is in `doc`, ready to be shown, so that a
page of 500 is one query. Rows are numbered in the order of creation.
"""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

Kind = Literal["issuer", "badgeclass", "assertion"]
Role = Literal["owner", "editor", "staff"]

ROLES: Final[tuple[Role, ...]] = ("owner", "editor", "staff")


@dataclass(frozen=True, slots=True)
class Entity:
    """One row."""

    row: int
    kind: Kind
    entity_id: str
    hex_id: str
    issuer: int
    """The row of its issuer; an issuer's own."""
    badgeclass: int
    """The row of its badge class; 0 for an issuer."""
    created_at: str
    updated_at: str
    inactive: bool
    """An archived badge class, a revoked assertion."""
    expires_at: str | None
    recipient: str | None
    doc: dict[str, Any]


def new_entity_id() -> str:
    """22 characters of URL-safe base64; the first one may be `-` or `_`."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()


def _entity(row: sqlite3.Row) -> Entity:
    values = dict(row)
    values["doc"] = json.loads(values["doc"])
    values["inactive"] = bool(values["inactive"])
    return Entity(**values)


def find(db: sqlite3.Connection, kind: Kind, ident: str, *, hex_too: bool) -> Entity | None:
    """Look one up by its entityId, or also by its hexadecimal id."""
    row = db.execute("SELECT * FROM entities WHERE entity_id = ? AND kind = ?", (ident, kind)).fetchone()
    if row is None and hex_too:
        row = db.execute("SELECT * FROM entities WHERE hex_id = ? AND kind = ?", (ident, kind)).fetchone()
    return None if row is None else _entity(row)


def by_row(db: sqlite3.Connection, row: int) -> Entity:
    """Read one that is known to exist."""
    return _entity(db.execute("SELECT * FROM entities WHERE row = ?", (row,)).fetchone())


def select(db: sqlite3.Connection, conditions: Mapping[str, object], tail: str) -> list[Entity]:
    """Read many.

    `conditions` maps fragments of SQL, each with one `?` and all written in this package, to their values; `tail`
    is the order and the limit.
    """
    where = " AND ".join(conditions)
    query = f"SELECT * FROM entities WHERE {where} {tail}"  # noqa: S608 - no fragment is from outside
    return [_entity(row) for row in db.execute(query, tuple(conditions.values()))]


def exists(db: sqlite3.Connection, conditions: Mapping[str, object]) -> bool:
    """Tell whether there is any."""
    return bool(select(db, conditions, "LIMIT 1"))


@dataclass(frozen=True, slots=True)
class NewEntity:
    """What a row begins with."""

    kind: Kind
    doc: dict[str, Any]
    entity_id: str = field(default_factory=new_entity_id)
    issuer: int = 0
    """The row of its issuer; 0 for an issuer, which gets its own."""
    badgeclass: int = 0
    expires_at: str | None = None
    recipient: str | None = None


def insert(db: sqlite3.Connection, new: NewEntity, stamp: str) -> Entity:
    """Create a row."""
    cursor = db.execute(
        "INSERT INTO entities (kind, entity_id, hex_id, issuer, badgeclass, created_at, updated_at,"
        " expires_at, recipient, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.kind,
            new.entity_id,
            secrets.token_hex(12),
            new.issuer,
            new.badgeclass,
            stamp,
            stamp,
            new.expires_at,
            new.recipient,
            _dump(new.doc),
        ),
    )
    row = int(cursor.lastrowid or 0)
    if new.kind == "issuer":
        db.execute("UPDATE entities SET issuer = row WHERE row = ?", (row,))
    return by_row(db, row)


def update(db: sqlite3.Connection, changed: Entity, stamp: str) -> Entity:
    """Store a changed row; every write counts as a change, also one that changes nothing."""
    db.execute(
        "UPDATE entities SET doc = ?, updated_at = ?, inactive = ?, expires_at = ?, recipient = ? WHERE row = ?",
        (_dump(changed.doc), stamp, changed.inactive, changed.expires_at, changed.recipient, changed.row),
    )
    return replace(changed, updated_at=stamp)


def _dump(doc: dict[str, Any]) -> str:
    return json.dumps(doc, ensure_ascii=False, separators=(",", ":"))


def delete(db: sqlite3.Connection, entity: Entity) -> None:
    """Delete a row and all below it."""
    if entity.kind == "issuer":
        db.execute("DELETE FROM staff WHERE issuer = ?", (entity.row,))
        db.execute("DELETE FROM entities WHERE issuer = ?", (entity.row,))
    else:
        db.execute("DELETE FROM entities WHERE badgeclass = ? AND kind = 'assertion'", (entity.row,))
        db.execute("DELETE FROM entities WHERE row = ?", (entity.row,))


def role(db: sqlite3.Connection, issuer: int, user: str) -> Role | None:
    """Tell what the user is to the issuer."""
    row = db.execute("SELECT role FROM staff WHERE issuer = ? AND user = ?", (issuer, user)).fetchone()
    return None if row is None else row["role"]


def staff(db: sqlite3.Connection, issuers: Iterable[int]) -> dict[int, list[tuple[str, Role]]]:
    """Tell who belongs to each issuer, in order of joining."""
    members: dict[int, list[tuple[str, Role]]] = {issuer: [] for issuer in issuers}
    query = "SELECT * FROM staff WHERE issuer IN (SELECT value FROM json_each(?)) ORDER BY row"
    for row in db.execute(query, (json.dumps(list(members)),)):
        members[row["issuer"]].append((row["user"], row["role"]))
    return members


def add_staff(db: sqlite3.Connection, issuer: int, user: str, role: Role) -> None:
    """Add a member; one that is there already keeps the role."""
    db.execute("INSERT OR IGNORE INTO staff (issuer, user, role) VALUES (?, ?, ?)", (issuer, user, role))


def keep_staff(db: sqlite3.Connection, issuer: int, users: set[str]) -> None:
    """Remove all other members, except the last owner."""
    members = staff(db, [issuer])[issuer]
    gone = [user for user, _role in members if user not in users]
    owners = [user for user, member_role in members if member_role == "owner"]
    if all(owner in gone for owner in owners):
        gone.remove(owners[0])
    db.executemany("DELETE FROM staff WHERE issuer = ? AND user = ?", [(issuer, user) for user in gone])
