"""What became of a plan, as a value: `run` makes it, `render` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from badgeops.errors import Diagnostic
from badgeops.model.address import Address
from badgeops.planning.plan import Change


class Status(Enum):
    """What became of a change."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    REFUSED = "refused"
    """Not begun, because it is no longer what was reviewed."""


@dataclass(frozen=True)
class Outcome:
    """What became of one change, and why."""

    change: Change
    status: Status
    message: str = ""
    hint: str = ""
    details: tuple[Diagnostic, ...] = ()
    """The server's messages, each at the line of the catalog it is about."""
    warnings: tuple[str, ...] = ()
    """What the server made of it that was not asked for."""


@dataclass(frozen=True)
class Cause:
    """Why several changes failed or were skipped, said once, at the entity that has to be mended."""

    address: Address
    message: str
    hint: str = ""
    words: tuple[str, ...] = ()
    """The server's own."""


@dataclass(frozen=True)
class Result:
    """What became of the plan."""

    outcomes: tuple[Outcome, ...]
    """In the order of the plan."""
    serial: int
    interrupted: bool = False
    causes: tuple[Cause, ...] = ()

    def having(self, status: Status) -> list[Outcome]:
        """Return the outcomes of one kind."""
        return [outcome for outcome in self.outcomes if outcome.status is status]

    @property
    def is_success(self) -> bool:
        """Everything was done."""
        return all(outcome.status is Status.DONE for outcome in self.outcomes) and not self.interrupted
