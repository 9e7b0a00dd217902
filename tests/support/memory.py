"""A state in memory, which can be made to crash at any step of its work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from badgeops.backends.interface import LockInfo, Stored
from badgeops.errors import StateLocked


class Crash(BaseException):
    """The power went off: nothing that runs afterwards gets a say."""


@dataclass
class Place:
    """What outlives a process."""

    state: str | None = None
    journal: bytes = b""
    backup: str | None = None
    holder: LockInfo | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class MemoryBackend:
    """A backend over a place; `steps` is how many steps it takes until the power goes off, None for never."""

    place: Place = field(default_factory=Place)
    steps: int | None = None
    torn: int = 0
    """How many bytes of the append that crashes are written all the same."""
    writes: int = 0

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
        self._step()
        self.writes += 1
        self.place.backup, self.place.state = self.place.state, text
        self.drop_journal()

    def append(self, lines: str) -> None:
        """Append to the journal; one step, which can be torn."""
        try:
            self._step()
        except Crash:
            self.place.journal += lines.encode("utf-8")[: self.torn]
            raise
        self.place.journal += lines.encode("utf-8")

    def drop_journal(self) -> None:
        """Remove the journal; one step."""
        self._step()
        self.place.journal = b""

    @contextmanager
    def lock(self, info: LockInfo, timeout: float) -> Iterator[None]:
        """Hold the lock for a block."""
        if not self.place.lock.acquire(timeout=timeout):
            raise StateLocked(f"The state {self.name} is in use: {self.place.holder}.")
        self.place.holder = info
        try:
            yield
        finally:
            self.place.lock.release()

    def _step(self) -> None:
        if self.steps is not None:
            if self.steps == 0:
                raise Crash
            self.steps -= 1
