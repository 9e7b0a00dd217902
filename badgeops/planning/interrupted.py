"""What became of a creation whose end is not known: its answer was lost, or its sender was killed. Pure.

It may be on the server, come later, or never come. One new entity of its name is it, if all that the server shows of it
is as it was sent. Anything else that is new beside it may be it, edited or under another name, or somebody else's: a
person decides. Nothing new says nothing for a while: docs/reliability.md has the table, and `newcomers` says how long,
and what is new.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from badgeops.api import dialects
from badgeops.api.live import Live
from badgeops.model.address import Address
from badgeops.model.allowances import What, spelled
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.model.moments import Moment, moment, shown
from badgeops.model.text_rules import look_alike
from badgeops.planning.account import Account
from badgeops.planning.handover import name_of, open_creations
from badgeops.planning.newcomers import quiet_until
from badgeops.planning.plan import UNDECIDED
from badgeops.planning.strangers import may_be_it
from badgeops.planning.words import Finding, as_argument, noun, quoted
from badgeops.state.record import Intent

_FEW = 5
"""So many entities are listed in a message."""
_FIELDS = 3
"""So many fields of one are named."""


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

    pending: Mapping[Address, Intent]
    account: Account
    recreate_after: float | None
    """Seconds; None for as long as is usual."""

    def settle(self, intent: Intent, *, is_decided: bool) -> Verdict:
        """Return what a creation has made. `is_decided` says that somebody knows that it has made nothing."""
        candidates, rivals = self.candidates(intent), self._rivals(intent)
        odd = [live for live in candidates if live.odd]
        if len(candidates) == 1 and not rivals and is_as_sent(intent, candidates[0]):
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
        return quiet_until(intent.at, self.account.now, self.recreate_after)

    def candidates(self, intent: Intent) -> list[Live]:
        """Return the live entities that a creation may have made: its name, and new since then."""
        issuer_id, is_there = self._issuer_of(intent)
        if not is_there:
            return []  # not even its issuer came about
        return [
            live
            for live in self.account.namesakes.of(intent.address.kind, issuer_id, intent.resource.name)
            if live.entity_id not in intent.known and live.entity_id not in self.account.owned
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
            for other in self.pending.values()
            if other.action == "create" and other.address.kind is intent.address.kind
        }
        return [
            live
            for live in self.account.arrivals.since(intent.address.kind, issuer_id, intent.since)
            if live.entity_id not in intent.known
            and live.entity_id not in self.account.owned
            and look_alike(live.name) not in others
        ]

    def bequests(self, entity: Issuer | BadgeClass, catalog: Container[Address]) -> Finding | None:
        """Say why an entity of a catalog is not to be created: documents that are gone have left some of its name open.

        One of them may be its own, under another key. `handover` has taken care of all that are clear.
        """
        left = sorted(
            intent.address
            for intent in open_creations(self.pending)
            if intent.address not in catalog
            and name_of(intent) == name_of(entity)
            and self.settle(intent, is_decided=False).is_settled
        )
        return _left_behind(entity, left) if left else None

    def abandoned(self, intent: Intent) -> tuple[list[Finding], bool]:
        """Return what to say of what was made for a document that is gone, and whether that is the end of it."""
        if intent.action != "create":
            return [], True
        candidates = self.candidates(intent)
        is_over = any(is_as_sent(intent, live) for live in candidates) or self.quiet_until(intent) is None
        return [_abandoned(intent, live) for live in candidates], is_over

    def _rivals(self, intent: Intent) -> list[Address]:
        """Return the other creations of the same name that a candidate may have come from."""
        return sorted(
            other.address
            for other in open_creations(self.pending)
            if other.address != intent.address and name_of(other) == name_of(intent)
        )

    def _issuer_of(self, intent: Intent) -> tuple[str | None, bool]:
        """Return the entityId under which a creation was to be made, and whether there is such a place."""
        issuer = intent.resource.issuer
        issuer_id = intent.issuer_id or (self.account.issuer_ids.get(issuer) if issuer is not None else None)
        return issuer_id, issuer is None or issuer_id is not None


def is_as_sent(intent: Intent, live: Live) -> bool:
    """Tell whether an entity is what a creation asked for, in all that the server shows."""
    return not live.odd and not _unlike(intent, live)


def _unlike(intent: Intent, live: Live) -> tuple[str, ...]:
    return (*dialects.unlike(intent.resource.sent, live), *(["archived"] if live.archived else []))


def _ambiguous(intent: Intent, candidates: list[Live], rivals: list[Address]) -> Finding:
    listing = "".join(f"  {_described(live)}\n{_other(intent, live)}" for live in candidates)
    imported = f"  badgeops import {intent.address} ENTITY_ID\n"
    is_one = len(candidates) == 1 and not rivals
    others = f"; it could also be {', '.join(map(str, rivals))}" if rivals else ""
    return Finding(
        "ambiguous-creation",
        "what is there under its name is not what an interrupted run sent"
        if is_one
        else "badgeops cannot tell which entity an interrupted run created for it",
        f"{'This is' if is_one else 'Each of these is'} new and has its name{others}:\n{listing}"
        + ("If somebody has edited it since" if is_one else "If it is one of them")
        + f", say so:\n{imported}"
        f"If {'it is' if is_one else 'they are'} somebody else's, and you want another one of that name, add both:\n"
        f"  {spelled(What.RECREATE, intent.address)}\n"
        f"  {spelled(What.DUPLICATE_NAME, intent.address)}",
    )


def _abandoned(intent: Intent, live: Live) -> Finding:
    return Finding(
        "abandoned-creation",
        f"an interrupted run {'created' if is_as_sent(intent, live) else 'may have created'} it, and its document is "
        "gone",
        f"It stays on the server as {live.entity_id}, unmanaged. To delete it with badgeops, put the document back, "
        "apply, set `lifecycle: {onRemove: delete}`, apply, and remove the document again.",
    )


def _described(live: Live) -> str:
    return f"{as_argument(live.entity_id)}  created {live.created_at}"


def _other(intent: Intent, live: Live) -> str:
    others = _unlike(intent, live)
    more = f" and {len(others) - _FIELDS} more" if len(others) > _FIELDS else ""
    return f"    not as sent: {', '.join(others[:_FIELDS])}{more}\n" if others else ""


def _left_behind(entity: Issuer | BadgeClass, left: list[Address]) -> Finding:
    moves = "".join(f"  badgeops state mv {address} {entity.address}\n" for address in left[:_FEW])
    return Finding(
        "ambiguous-creation",
        "an earlier run may have created it under another key",
        f"It was creating {noun(entity.address.kind)} of this name for {_listed(left)}, whose document is gone, and "
        "nobody knows what became of that. If this is the same one with another key, tell the state"
        f"{':' if len(left) == 1 else ' which:'}\n{moves}"
        "If it is another one, add:\n"
        f"  {spelled(What.RECREATE, entity.address)}",
    )


def _listed(addresses: list[Address]) -> str:
    return ", ".join(map(str, addresses[:_FEW])) + (", …" if len(addresses) > _FEW else "")


def _renamed(intent: Intent, newcomers: list[Live]) -> Finding:
    listing = "\n".join(f"  {_described(live)}  {quoted(live.name)}" for live in newcomers[:_FEW])
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
