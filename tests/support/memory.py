"""A state in memory, which can be made to crash at any step of its work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from badgeops.errors import StateError, StateLockedError
from badgeops.state.backends.interface import LockInfo, Stored, Waiting, unseen


class CrashError(BaseException):
    """The power went off: nothing that runs afterwards gets a say."""


@dataclass
class Place:
    """What outlives a process."""

    state: str | None = None
    journal: bytes = b""
    backup: str | None = None
    owner: LockInfo | None = None


@dataclass
class MemoryBackend:
    """A backend over a place; `steps` is how many steps it takes until the power goes off, None for never."""

    place: Place = field(default_factory=Place)
    steps: int | None = None
    torn: int = 0
    """How many bytes of the append that crashes are written all the same."""
    writes: int = 0
    _held: LockInfo | None = None

    @property
    def name(self) -> str:
        """Return what it is called."""
        return "memory:state"

    @property
    def journal_name(self) -> str:
        """Return what to call the journal in messages."""
        return "memory:journal"

    def read(self) -> Stored:
        """Return state and journal, as far as its lines are whole."""
        journal = self.place.journal
        return Stored(self.place.state, journal[: journal.rfind(b"\n") + 1].decode("utf-8"))

    def write(self, text: str) -> None:
        """Replace the state, then drop the journal; two steps."""
        self.check_lock()
        self._step()
        self.writes += 1
        self.place.backup, self.place.state = self.place.state, text
        self.drop_journal()

    def append(self, lines: str) -> None:
        """Append to the journal; one step, which can be torn."""
        self.check_lock()
        try:
            self._step()
        except CrashError:
            self.place.journal += lines.encode("utf-8")[: self.torn]
            raise
        self.place.journal += lines.encode("utf-8")

    def drop_journal(self) -> None:
        """Remove the journal; one step."""
        self.check_lock()
        self._step()
        self.place.journal = b""

    @contextmanager
    def lock(self, info: LockInfo, timeout: float, waiting: Waiting = unseen) -> Iterator[None]:
        """Hold the lock for a block."""
        deadline, told = time.monotonic() + timeout, False
        while self.place.owner is not None:
            if time.monotonic() >= deadline:
                raise StateLockedError(f"The state {self.name} is in use: {self.place.owner}.")
            if not told:
                waiting(f"Waiting for {self.place.owner}.")
                told = True
            time.sleep(0.01)
        self.place.owner = self._held = info
        try:
            yield
        finally:
            if self.place.owner is info:
                self.place.owner = None
            self._held = None

    def check_lock(self) -> None:
        """Find out whether the lock is still ours."""
        if self._held is not None and self.place.owner is not self._held:
            raise StateError(f"The lock on {self.name} is lost.")

    def owner(self) -> LockInfo | None:
        """Return who holds the lock."""
        return self.place.owner

    def unlock(self, lock_id: str) -> LockInfo:
        """Take the lock away from its owner."""
        owner = self.place.owner
        if owner is None:
            raise StateError(f"The state {self.name} is not locked.")
        if owner.id != lock_id:
            raise StateError(f"The lock is not {lock_id}: {owner}.")
        self.place.owner = None
        return owner

    def _step(self) -> None:
        if self.steps is not None:
            if self.steps == 0:
                raise CrashError
            self.steps -= 1
