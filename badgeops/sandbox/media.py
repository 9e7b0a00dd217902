"""Served files: paths that never change, contents kept once each.

A path stays reachable for ever, also after its owner got another image; the servers pile up such orphans too.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import time
import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

_ALPHABET: Final = string.ascii_letters + string.digits
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One served file."""

    content: bytes
    modified: float


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is ready to be served, and not stored yet."""

    path: str
    content: bytes


def issuer_path(suffix: str) -> str:
    """Make a new path for the image of an issuer."""
    return f"/media/uploads/issuers/issuer_logo_{uuid.uuid4()}{suffix}"


def badgeclass_path(suffix: str) -> str:
    """Make a new path for the image of a badge class."""
    return f"/media/uploads/badges/{uuid.uuid4()}{suffix}"


def put(db: sqlite3.Connection, file: NewFile) -> str:
    """Serve the file; gives its path."""
    digest = hashlib.sha256(file.content).hexdigest()
    db.execute("INSERT OR IGNORE INTO blobs (digest, content) VALUES (?, ?)", (digest, file.content))
    _link(db, file.path, digest)
    return file.path


def copy(db: sqlite3.Connection, source: str, target: str) -> None:
    """Serve what is under one path under another one too."""
    row = db.execute("SELECT digest FROM media WHERE path = ?", (source,)).fetchone()
    _link(db, target, row["digest"])


def _link(db: sqlite3.Connection, path: str, digest: str) -> None:
    db.execute("INSERT INTO media (path, digest, modified) VALUES (?, ?, ?)", (path, digest, time.time()))


def exists(db: sqlite3.Connection, path: str) -> bool:
    """Tell whether something is served there."""
    return db.execute("SELECT 1 FROM media WHERE path = ?", (path,)).fetchone() is not None


def get(db: sqlite3.Connection, path: str) -> MediaFile | None:
    """Read a file."""
    row = db.execute("SELECT content, modified FROM media JOIN blobs USING (digest) WHERE path = ?", (path,)).fetchone()
    return None if row is None else MediaFile(row["content"], row["modified"])


def saved_again(db: sqlite3.Connection, path: str) -> str:
    """Tell where the image is after its owner was saved without a new one.

    An SVG is written out again at every save, under a longer name that is cut at about a hundred characters; a
    PNG stays where it is.
    """
    place = PurePosixPath(path)
    if place.suffix != ".svg":
        return path
    extra = "_" + "".join(secrets.choice(_ALPHABET) for _ in range(7)) + place.suffix
    stem = place.with_suffix("").as_posix()[: _LONGEST - len(extra)]
    copy(db, path, stem + extra)
    return stem + extra
