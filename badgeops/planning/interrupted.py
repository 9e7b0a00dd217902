"""What became of a creation whose end is not known: its answer was lost, or its sender was killed. Pure.

It may be on the server, come later, or never come. One new entity of its name is it. Anything else that is new beside
it may be it under another name, so a person decides. Nothing new says nothing for a while: docs/reliability.md has the
table, and `newcomers` says how long, and what is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from badgeops.api.live import Live
from badgeops.model.address import Address
from badgeops.model.allowances import What, spelled
from badgeops.model.moments import Moment, moment, shown
from badgeops.model.shape import Json
from badgeops.model.text_rules import look_alike
from badgeops.planning.namesakes import Namesakes
from badgeops.planning.newcomers import Arrivals, quiet_until
from badgeops.planning.plan import UNDECIDED
from badgeops.planning.strangers import may_be_it
from badgeops.planning.words import Finding, as_argument, quoted
from badgeops.state.record import Intent, State

_FEW = 5
"""So many entities are listed in a message."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a creation; neither of the two if it has made nothing."""

    live: Live | None = None
    """The entity that it has made."""
    problem: Finding | None = None
    """Why it cannot be known."""

    @property
    def is_settled(self) -> bool:
        """Nothing is to be created."""
        return self.live is not None or self.problem is not None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The creations whose end is not known, beside what the server shows."""

    state: State
    now: Moment | None
    """By the server's clock."""
    namesakes: Namesakes
    arrivals: Arrivals
    owned: Mapping[str, Address]
    """What is ours, by entityId; it grows while the plan is made."""
    issuer_ids: Mapping[Address, str]
    """The same for issuers."""
    recreate_after: float | None
    """Seconds; None for as long as is usual."""

    def settle(self, intent: Intent, *, is_decided: bool) -> Verdict:
        """Return what a creation has made. `is_decided` says that somebody knows that it has made nothing."""
        candidates, rivals = self.candidates(intent), self._rivals(intent)
        odd = [live for live in candidates if live.odd]
        if len(candidates) == 1 and not rivals and not odd:
            return Verdict(candidates[0])
        if is_decided:
            return Verdict()
        if odd:
            return Verdict(problem=may_be_it(intent.address, odd))
        if candidates:
            return Verdict(problem=_ambiguous(intent, candidates, rivals))
        newcomers, until = self.newcomers(intent), self.quiet_until(intent)
        if newcomers:
            return Verdict(problem=_renamed(intent, newcomers))
        return Verdict(problem=_undecided(intent, until)) if until is not None else Verdict()

    def quiet_until(self, intent: Intent) -> Moment | None:
        """Return until when it is not sent again; None if that is over."""
        return quiet_until(intent.at, self.now, self.recreate_after)

    def candidates(self, intent: Intent) -> list[Live]:
        """Return the live entities that a creation may have made: its name, and new since then."""
        issuer_id, is_there = self._issuer_of(intent)
        if not is_there:
            return []  # not even its issuer came about
        return [
            live
            for live in self.namesakes.of(intent.address.kind, issuer_id, intent.resource.name)
            if live.entity_id not in intent.known and live.entity_id not in self.owned
        ]

    def newcomers(self, intent: Intent) -> list[Live]:
        """Return what is new beside a creation, under whatever name, and nothing else accounts for.

        A server may change the name of what it is sent, and a colleague may have been quick to rename it.
        """
        issuer_id, is_there = self._issuer_of(intent)
        if not is_there or intent.since is None:
            return []
        others = {
            look_alike(other.resource.name)
            for other in self.state.pending.values()
            if other.action == "create" and other.address.kind is intent.address.kind
        }
        return [
            live
            for live in self.arrivals.since(intent.address.kind, issuer_id, intent.since)
            if live.entity_id not in intent.known
            and live.entity_id not in self.owned
            and look_alike(live.name) not in others
        ]

    def _rivals(self, intent: Intent) -> list[Address]:
        """Return the other creations of the same name that a candidate may have come from."""
        return sorted(
            other.address
            for other in self.state.pending.values()
            if other.action == "create" and other.address != intent.address and _namesake(other) == _namesake(intent)
        )

    def _issuer_of(self, intent: Intent) -> tuple[str | None, bool]:
        """Return the entityId under which a creation was to be made, and whether there is such a place."""
        issuer = intent.resource.issuer
        issuer_id = intent.issuer_id or (self.issuer_ids.get(issuer) if issuer is not None else None)
        return issuer_id, issuer is None or issuer_id is not None


def _namesake(intent: Intent) -> tuple[Address | None, Json]:
    """Return what two creations have in common whose entities could be taken for each other; issuers have no issuer."""
    return intent.resource.issuer, look_alike(str(intent.resource.sent.get("name")))


def _ambiguous(intent: Intent, candidates: list[Live], rivals: list[Address]) -> Finding:
    listing = "\n".join(f"  {as_argument(live.entity_id)}  created {live.created_at}" for live in candidates)
    others = f"; it could also be {', '.join(map(str, rivals))}" if rivals else ""
    return Finding(
        "ambiguous-creation",
        "badgeops cannot tell which entity an interrupted run created for it",
        f"Each of these is new and has its name{others}:\n"
        f"{listing}\n"
        "Say which one it is:\n"
        f"  badgeops import {intent.address} ENTITY_ID",
    )


def _renamed(intent: Intent, newcomers: list[Live]) -> Finding:
    listing = "\n".join(
        f"  {as_argument(live.entity_id)}  created {live.created_at}  {quoted(live.name)}" for live in newcomers[:_FEW]
    )
    more = f"\n  and {len(newcomers) - _FEW} more" if len(newcomers) > _FEW else ""
    return Finding(
        "ambiguous-creation",
        "an interrupted run may have created it under another name",
        "Its name is not on the server, but this has come since, which badgeops does not manage:\n"
        f"{listing}{more}\n"
        "A server may change a name, and somebody may have renamed it. If it is one of them, say so:\n"
        f"  badgeops import {intent.address} ENTITY_ID\n"
        "If it is none of them, add:\n"
        f"  {spelled(What.RECREATE, intent.address)}",
    )


def _undecided(intent: Intent, until: Moment) -> Finding:
    return Finding(
        UNDECIDED,
        "an earlier run may have created it, and it is not there yet",
        f"The request was sent at {shown(moment(intent.at) or until)}, and nobody knows what became of it. The "
        "server may still be at it, or not list it yet, so badgeops does not send it again before "
        f"{shown(until)}. Run badgeops again after that. If you are certain that it will not come, add:\n"
        f"  {spelled(What.RECREATE, intent.address)}",
    )
