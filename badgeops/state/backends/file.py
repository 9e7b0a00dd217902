"""A state in a local file, by default in the catalog, where it can be committed.

Beside `production.json` stand `production.json.backup`, and hidden from a plain listing the journal of an apply that
is running (or was interrupted), `.production.json.journal`, and what `lease` keeps: `.production.json.lock` and
`.production.json.holder`.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from badgeops.errors import StateError
from badgeops.safe_files import leftovers
from badgeops.safe_files.atomic import sync_folder
from badgeops.safe_files.reading import read_regular
from badgeops.state.backends.interface import LockInfo, Stored, Waiting, unseen
from badgeops.state.backends.lease import Lease
from badgeops.state.record import damaged, damaged_journal

_MAX_BYTES = 512 * 1024 * 1024
"""A state of 100,000 badge classes has less; what is larger is something else."""
_NO_TEXT = "it is not UTF-8 text"


class FileBackend:
    """One state file and its companions."""

    def __init__(self, path: Path, shown: str | None = None) -> None:
        # Where a link leads: the state stays there, and whoever comes by another way meets the same lock.
        self._path = Path(os.path.realpath(path))
        self._shown = shown or str(path)
        hidden = f".{self._path.name}"
        self._lease = Lease(
            self._path.with_name(f"{hidden}.lock"), self._path.with_name(f"{hidden}.holder"), self._shown
        )

    @property
    def name(self) -> str:
        """Return the path as the user knows it."""
        return self._shown

    @property
    def journal_name(self) -> str:
        """Return what to call the journal in messages."""
        return str(Path(self._shown).with_name(self._journal.name))

    @property
    def _journal(self) -> Path:
        return self._path.with_name(f".{self._path.name}.journal")

    def read(self) -> Stored:
        """Return state and journal.

        The journal is read first: if a running apply folds it into the state in between, it continues an older
        serial than the state's and is recognised as folded.
        """
        journal = self._bytes(self._journal) or b""
        # A crash may have cut the last line anywhere, also within a character.
        whole = _decoded(journal[: journal.rfind(b"\n") + 1])
        if whole is None:
            raise damaged_journal(self.journal_name, _NO_TEXT)
        state = self._bytes(self._path)
        text = None if state is None else _decoded(state)
        if text is None and state is not None:
            raise damaged(self._shown, _NO_TEXT)
        return Stored(text, whole)

    def _bytes(self, path: Path) -> bytes | None:
        try:
            return read_regular(str(path), _MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed("read", path, error) from error

    def write(self, text: str) -> None:
        """Replace the state by way of a temporary file, so that it is whole at every moment."""
        path = self._path
        self.check_lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_first = not path.exists()
            temporary = _write_durably(path, text)
            try:
                self._keep_backup(path)
                temporary.replace(path)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
            _sync_folders(path.parent, with_ancestors=is_first)
        except OSError as error:
            raise self._failed("written", path, error) from error
        self.drop_journal()

    def _keep_backup(self, path: Path) -> None:
        if not path.exists():
            return
        backup = path.with_name(f"{path.name}.backup")
        spare = path.with_name(f".{path.name}.backup.new")
        spare.unlink(missing_ok=True)
        try:
            os.link(path, spare)
        except OSError:  # no hard links on this file system
            with spare.open("wb") as file:
                file.write(path.read_bytes())
                file.flush()
                os.fsync(file.fileno())
        spare.replace(backup)
        spare.unlink(missing_ok=True)  # it stays where both were the same file: a crash has left the backup as it is

    def append(self, lines: str) -> None:
        """Append to the journal and wait until the disk has it."""
        self.check_lock()
        try:
            self._journal.parent.mkdir(parents=True, exist_ok=True)
            existed = self._journal.exists()
            # Without a buffer: closing one tries again to write what a full disk has just refused.
            with open(self._journal, "ab", buffering=0, opener=_opened_here) as file:
                _write_all(file, lines.encode())
                os.fsync(file.fileno())
            if not existed:
                _sync_folders(self._journal.parent, with_ancestors=True)
        except OSError as error:
            raise self._failed("written", self._journal, error) from error

    def drop_journal(self) -> None:
        """Remove the journal."""
        self.check_lock()
        try:
            self._journal.unlink(missing_ok=True)
        except OSError as error:
            raise self._failed("removed", self._journal, error) from error

    @contextmanager
    def lock(self, info: LockInfo, timeout: float, waiting: Waiting = unseen) -> Iterator[None]:
        """Hold the lock for a block."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._lease.hold(info, timeout, waiting))
            except OSError as error:
                raise self._failed("locked", self._lease.path, error) from error
            except NotImplementedError as error:
                raise StateError(
                    f"{self._lease.path} cannot be locked: its file system does not support locks.",
                    hint="Keep the state on a local disk or on a network file system with locks.",
                ) from error
            leftovers.sweep(self._path.parent, self._litter)
            yield

    @property
    def _litter(self) -> re.Pattern[str]:
        """What the temporary files of `_write_durably` and `_keep_backup` are called; `tempfile` chooses eight."""
        return re.compile(rf"\.{re.escape(self._path.name)}\.([a-z0-9_]{{8}}|backup)\.new")

    def check_lock(self) -> None:
        """Raise StateError where the lock that `lock` gave is no longer ours."""
        self._lease.check()

    def owner(self) -> LockInfo | None:
        """Return who holds the lock."""
        try:
            return self._lease.owner()
        except OSError:
            return None

    def unlock(self, lock_id: str) -> LockInfo:
        """Take the lock away from the owner of that id."""
        try:
            return self._lease.force_release(lock_id)
        except OSError as error:
            raise self._failed("unlocked", self._lease.path, error) from error

    def _failed(self, verb: str, path: Path, error: OSError) -> StateError:
        return StateError(
            f"{path} cannot be {verb}: {error.strerror or error}.",
            hint="Check the permissions and the free space on the disk. badgeops has recorded what it could; when you "
            "run it again, nothing is done twice.",
        )


def _decoded(data: bytes) -> str | None:
    """Return the text; None if it is not UTF-8."""
    # After a loss of power a file may have zeros in place of what it was to hold, also within a character.
    text, zero, rest = data.partition(b"\0")
    try:
        start = codecs.getincrementaldecoder("utf-8")().decode(text, final=not zero)
    except UnicodeDecodeError:
        return None
    return start + (zero + rest).decode("utf-8", "replace")


def _opened_here(path: str, flags: int) -> int:
    """Open a file, but not one that a link in its place leads to: git stores links, also a stranger's."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _write_durably(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        _copy_mode(path, temporary)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _write_all(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _copy_mode(path: Path, temporary: Path) -> None:
    """Keep the permissions of the file that is replaced; a new one gets what any new file gets."""
    if path.exists():
        mode = path.stat().st_mode & 0o777
    else:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    with contextlib.suppress(OSError):  # network shares may know no permissions
        temporary.chmod(mode)


def _sync_folders(folder: Path, *, with_ancestors: bool) -> None:
    """Make new names in a folder durable, and where it may be new itself, its own name and those above it."""
    for each in (folder, *folder.parents) if with_ancestors else (folder,):
        sync_folder(each)
