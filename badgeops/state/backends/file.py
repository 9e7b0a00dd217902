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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from badgeops.errors import StateError
from badgeops.safe_files import atomic, leftovers, writing
from badgeops.safe_files.reading import link_to_nowhere, read_regular
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
        self._given = path
        self._shown = shown or str(path)
        if not self._path.name:
            raise StateError(
                f"{self._shown} is a link to the root of the file system, where no state can be.",
                hint="Delete the link, or name another file in `state:` of badgeops.yaml.",
            )
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
        self._check_size(path, len(text.encode()))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_first = not path.exists()
            with atomic.prepared(path, [text.encode()], mode=_mode_of(path), is_durable=True) as temporary:
                self._keep_backup(path)
                temporary.replace(path)
            _sync_folders(path.parent, with_ancestors=is_first)
        except OSError as error:
            raise self._failed("written", path, error) from error
        self.drop_journal()

    def _keep_backup(self, path: Path) -> None:
        if not path.exists():
            return
        backup = path.with_name(f"{path.name}.backup")
        if backup.is_dir():
            raise StateError(
                f"{backup} is a folder, and the state that was there before is kept in a file of this name. Nothing "
                "was written.",
                hint="Move the folder out of the way.",
            )
        spare = path.with_name(f".{path.name}.backup.new")
        spare.unlink(missing_ok=True)
        try:
            os.link(path, spare)
        except OSError:  # no hard links on this file system
            writing.create(spare, read_regular(str(path), _MAX_BYTES), is_durable=True)
        spare.replace(backup)
        spare.unlink(missing_ok=True)  # it stays where both were the same file: a crash has left the backup as it is

    def append(self, lines: str) -> None:
        """Append to the journal and wait until the disk has it."""
        self.check_lock()
        try:
            self._journal.parent.mkdir(parents=True, exist_ok=True)
            existed = self._journal.exists()
            there = self._journal.stat().st_size if existed else 0
            self._check_size(self._journal, there + len(lines.encode()))
            writing.append(self._journal, [lines.encode()], creates=True, is_durable=True)
            if not existed:
                _sync_folders(self._journal.parent, with_ancestors=True)
        except OSError as error:
            raise self._failed("written", self._journal, error) from error

    def _check_size(self, path: Path, size: int) -> None:
        """Raise StateError for what would be too large to be read again."""
        if size > _MAX_BYTES:
            raise StateError(
                f"{path} would have {size} bytes, and badgeops reads {_MAX_BYTES} at most. It was not written.",
                hint="Divide the catalog: give each part a badgeops.yaml and a state of its own.",
            )

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
        self._insist_on_folder()
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._lease.hold(info, timeout, waiting))
            except OSError as error:
                raise self._failed("locked", Path(error.filename or self._lease.path), error) from error
            except NotImplementedError as error:
                raise StateError(
                    f"{self._lease.path} cannot be locked: its file system does not support locks.",
                    hint="Keep the state on a local disk or on a network file system with locks.",
                ) from error
            leftovers.sweep(self._path.parent, self._litter)
            yield

    def _insist_on_folder(self) -> None:
        """Refuse to follow a link that leads nowhere: the state would lie where nobody looks for it."""
        link = link_to_nowhere(self._given.parent)
        if link is not None:
            raise StateError(
                f"{link} is a link to a folder that does not exist, and the state would be in it.",
                hint="Delete the link, or make the folder that it leads to.",
            )

    @property
    def _litter(self) -> re.Pattern[str]:
        """What the temporary files of `atomic` and `_keep_backup` are called; `tempfile` chooses eight."""
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
        check = "Check the permissions and the free space on the disk."
        if verb == "read":
            check = "It must be a regular file that the account that runs badgeops may read."
        return StateError(
            f"{path} cannot be {verb}: {error.strerror or error}.",
            hint=f"{check} badgeops has recorded what it could; when you run it again, nothing is done twice.",
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


def _mode_of(path: Path) -> int:
    """Return the permissions of the file that is replaced; a new one gets what any new file gets."""
    return path.stat().st_mode & 0o777 if path.exists() else atomic.usual_mode()


def _sync_folders(folder: Path, *, with_ancestors: bool) -> None:
    """Make new names in a folder durable, and where it may be new itself, its own name and those above it."""
    for each in (folder, *folder.parents) if with_ancestors else (folder,):
        atomic.sync_folder(each)
