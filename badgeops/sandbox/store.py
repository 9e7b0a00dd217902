"""The one SQLite file: schema, connections and transactions.

Everything is in it, the served images too, so that one commit is one consistent change and a killed process
leaves nothing half written. Write-ahead logging lets readers and the writer work side by side. Writers queue at
a lock of their own before they queue at SQLite's, which would make them poll. Nothing slow (image work, waiting)
happens while either is held.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from badgeops.sandbox.options import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE: Final = "sandbox.sqlite3"
VERSION: Final = 1

SCHEMA: Final = """
CREATE TABLE users (
  entity_id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT NOT NULL,
  first_name TEXT NOT NULL, last_name TEXT NOT NULL, emails TEXT NOT NULL
);
CREATE TABLE tokens (
  row INTEGER PRIMARY KEY AUTOINCREMENT, access TEXT NOT NULL UNIQUE, refresh TEXT UNIQUE,
  user TEXT NOT NULL, client TEXT NOT NULL, scope TEXT NOT NULL, created_at TEXT NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE entities (
  row INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,
  entity_id TEXT NOT NULL UNIQUE, hex_id TEXT NOT NULL UNIQUE,
  issuer INTEGER NOT NULL, badgeclass INTEGER NOT NULL,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  inactive INTEGER NOT NULL DEFAULT 0, expires_at TEXT, recipient TEXT, doc TEXT NOT NULL
);
CREATE INDEX entities_by_kind ON entities (kind, row);
CREATE INDEX entities_by_issuer ON entities (kind, issuer, row);
CREATE INDEX entities_by_badgeclass ON entities (kind, badgeclass, row);
CREATE INDEX entities_by_change ON entities (kind, updated_at, row);
CREATE TABLE staff (
  row INTEGER PRIMARY KEY AUTOINCREMENT, issuer INTEGER NOT NULL, user TEXT NOT NULL, role TEXT NOT NULL,
  UNIQUE (issuer, user)
);
CREATE INDEX staff_by_user ON staff (user, issuer);
CREATE TABLE blobs (digest TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE media (path TEXT PRIMARY KEY, digest TEXT NOT NULL, modified REAL NOT NULL) WITHOUT ROWID;
"""


class Store:
    """Connections to the file, handed out for one transaction each."""

    def __init__(self, folder: Path, *, reset: bool) -> None:
        self._path = folder / FILE
        _make_room(folder, reset=reset)
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writer = threading.Lock()
        self._last_stamp = datetime.min.replace(tzinfo=UTC)
        try:
            self._prepare()
        except sqlite3.OperationalError as problem:
            self.close()
            raise SandboxError(f"{self._path} cannot be opened: {problem}") from problem
        except sqlite3.DatabaseError as problem:
            self.close()
            raise SandboxError(
                f"{self._path} is not a store of a sandbox ({problem}); start it with --reset"
            ) from problem
        except SandboxError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees one consistent moment."""
        with self._lend() as connection, _transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection of the one writer; all or nothing of what is done with it is kept."""
        with self._writer, self._lend() as connection, _transaction(connection, "BEGIN IMMEDIATE"):
            yield connection

    def stamp(self) -> str:
        """Tell the time now, later than any stamp before; only for use within `writing`."""
        self._last_stamp = max(datetime.now(UTC), self._last_stamp + timedelta(microseconds=1))
        return self._last_stamp.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log back into the file."""
        with self._guard:
            while self._idle:
                self._idle.pop().close()

    def _prepare(self) -> None:
        with self._writer, self._lend() as connection:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            with _transaction(connection, "BEGIN IMMEDIATE"):
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version == 0:
                    _create(connection)
                elif version != VERSION:
                    raise SandboxError(
                        f"{self._path} was written by another version of the sandbox; start it with --reset"
                    )

    @contextmanager
    def _lend(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            yield connection
        finally:
            with self._guard:
                self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _make_room(folder: Path, *, reset: bool) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix in ("", "-wal", "-shm") if reset else ():
            (folder / (FILE + suffix)).unlink(missing_ok=True)
        _close_to_others(folder / FILE)
    except OSError as problem:
        raise SandboxError(f"the data folder {folder} cannot be used: {problem.strerror}") from problem


def _close_to_others(path: Path) -> None:
    """Let the owner alone read it: recipients' e-mail addresses are in it. SQLite gives the same to what it adds."""
    # What is wrong with the file, SQLite will say; where files have no permissions, there is nothing to do.
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _create(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
