"""How much of a catalog one run may change before it must ask."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of a catalog one apply may change: so many entities, or per cent of those that are managed."""

    number: int
    percent: bool

    def allowed(self, managed: int) -> int | None:
        """Return the number of entities allowed; None for no limit (per cent of a small catalog mean little)."""
        if not self.percent:
            return self.number
        return None if managed < SMALL_CATALOG else managed * self.number // 100

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)


SMALL_CATALOG = 10
"""Below so many entities a limit in per cent does not apply."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The brakes of design: see `limits` in badgeops.yaml."""

    delete: Limit = Limit(10, percent=True)
    update: Limit = Limit(50, percent=True)
    recreate: Limit = Limit(1, percent=False)
    """Of what is gone from the server: one may have been deleted there by hand, several rather not."""
