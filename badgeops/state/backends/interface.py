"""The contract of a place where a state lives.

A backend stores two texts and knows neither's meaning: the state, replaced as a whole, and the journal, appended to.
What is promised to the layer above:

* `read` never sees half a state, and needs no lock;
* when `write` or `append` has returned, the text survives a power cut;
* when `write` fails, the state that was there before is still there;
* only one owner has the lock at a time, and the lock of a process that died is free again;
* an owner whose lock was released or taken by another writes nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Protocol

_MOST_SHOWN = 300
"""Characters of each word about a lock."""


@dataclass(frozen=True, slots=True)
class LockInfo:
    """Who holds a state: shown to whoever has to wait."""

    id: str
    operation: str
    """ "apply", "state mv"."""
    who: str
    """ "user@host, process 4711"."""
    created: str
    """UTC, ISO 8601."""
    where: str = ""
    """The folder it was started in, or the address of the CI run."""

    def to_json(self) -> dict[str, str]:
        """Return the fields for the lock file."""
        return asdict(self)

    def __str__(self) -> str:
        words = (self.operation, self.who, self.where, self.created)
        # On a line of its own, what anybody may have put into the file would look like our advice.
        operation, who, where, created = (" ".join(word[:_MOST_SHOWN].split()) for word in words)
        place = f" in {where}" if where else ""
        return f"{operation} by {who}{place}, since {created}, lock {self.id}"


Waiting = Callable[[str], None]
"""Is told once that a lock is waited for, and who holds it."""


def unseen(_message: str) -> None:
    """Wait for a lock without telling anybody."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a backend holds."""

    state: str | None
    """None where there is no state yet."""
    journal: str = ""


class Backend(Protocol):
    """A place where one environment's state lives."""

    @property
    def name(self) -> str:
        """Return what to call the state in messages: a path, a URL."""
        ...

    @property
    def journal_name(self) -> str:
        """Return what to call the journal in messages."""
        ...

    def read(self) -> Stored:
        """Return state and journal. StateError where they cannot be read."""
        ...

    def write(self, text: str) -> None:
        """Replace the state, keep the one before as a backup, and drop the journal, in this order."""
        ...

    def append(self, lines: str) -> None:
        """Append whole lines to the journal."""
        ...

    def drop_journal(self) -> None:
        """Remove the journal; its end has been recorded."""
        ...

    def lock(self, info: LockInfo, timeout: float, waiting: Waiting = unseen) -> AbstractContextManager[None]:
        """Hold the lock for a block; StateLockedError, naming the owner, after `timeout` seconds without it.

        While it is held, `write`, `append` and `drop_journal` raise StateError once it has been lost.
        """
        ...

    def check_lock(self) -> None:
        """Raise StateError where the lock that `lock` gave is no longer ours; to be asked before each request."""
        ...

    def owner(self) -> LockInfo | None:
        """Return who holds the lock, None where nobody does or it cannot be told."""
        ...

    def unlock(self, lock_id: str) -> LockInfo:
        """Take the lock away from its owner, and return who that was.

        StateError if nobody has the lock, or it has another id.
        """
        ...
