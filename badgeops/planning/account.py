"""What a server shows of an account, and what of it is ours, as far as a planner has come. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from badgeops.api.live import Live
from badgeops.model.address import Address, Kind
from badgeops.model.moments import Moment
from badgeops.planning.namesakes import Namesakes
from badgeops.planning.newcomers import Arrivals


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of an account."""

    now: Moment | None
    """By the server's clock; None if that is not known."""
    namesakes: Namesakes
    arrivals: Arrivals
    owned: dict[str, Address]
    """What is ours, by entityId; it grows while a plan is made."""
    issuer_ids: dict[Address, str]
    """The issuers of ours that are there."""
    own_images: frozenset[str] = frozenset()
    """Entities whose image is what the server makes of the one that an open creation has sent."""

    def take(self, address: Address, live: Live) -> None:
        """Count an entity among ours."""
        self.owned[live.entity_id] = address
        if address.kind is Kind.ISSUER:
            self.issuer_ids[address] = live.entity_id

    def owner_of(self, live: Live) -> Address | None:
        """Return the address at which an entity is ours."""
        return self.owned.get(live.entity_id)
