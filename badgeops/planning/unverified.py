"""What a server will refuse because something is not verified yet: an issuer, or its e-mail address. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from badgeops.api.live import Live
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model.address import Address
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.model.shape import Fields
from badgeops.planning.plan import Action, Plan
from badgeops.planning.words import Finding
from badgeops.state.record import State

_WRITES = (Action.CREATE, Action.UPDATE, Action.ADOPT)


def verified_emails(profile: Fields) -> frozenset[str]:
    """Return the addresses that an account's profile shows as verified."""
    listed = profile.get("emails")
    entries = [entry for entry in (listed if isinstance(listed, list) else []) if isinstance(entry, dict)]
    found = (entry.get("email") for entry in entries if entry.get("verified") is True)
    return frozenset(email for email in found if isinstance(email, str))


def is_verified(issuer: Issuer, emails: Iterable[str]) -> bool:
    """Tell whether an issuer may have its address: servers compare letter by letter."""
    return issuer.email.strip() in emails


def unverified_email(issuer: Issuer) -> Finding:
    """Return what to say of a new issuer whose address is not verified."""
    return Finding(
        "unverified-email",
        f"{issuer.email.strip()} of {issuer.address} is not a verified address of the account",
        "The server will refuse to create the issuer. Verify the address in the account's profile, or change it: "
        f"{issuer.document.locate('email')}",
    )


def unverified_issuer(address: Address) -> Finding:
    """Return what to say of an issuer that an operator has to verify first."""
    return Finding(
        "unverified-issuer",
        f"{address} is not verified on the server",
        "Such servers refuse badge classes of an issuer, and changes of them, until an operator has verified it. Ask "
        "the server's operator.",
    )


def creates_issuers(plan: Plan) -> bool:
    """Tell whether the account's verified addresses matter to a plan."""
    return any(True for _ in _new_issuers(plan))


def warnings(plan: Plan, state: State, live: Mapping[str, Live], emails: frozenset[str] | None) -> list[Diagnostic]:
    """Return what a plan should say: each new issuer whose address, and each issuer whose badge classes are refused.

    `emails` is None if nobody knows which addresses are verified.
    """
    found = [
        _warning(issuer.address, unverified_email(issuer), issuer.document.locate("email"))
        for issuer in _new_issuers(plan)
        if emails is not None and not is_verified(issuer, emails)
    ]
    written = {
        change.entity.issuer
        for change in plan.changes
        if isinstance(change.entity, BadgeClass) and change.action in _WRITES and change.sends_request
    }
    for issuer in sorted(written & state.resources.keys()):
        shown = live.get(state.resources[issuer].entity_id)
        if shown is not None and shown.is_verified is False:
            found.append(_warning(issuer, unverified_issuer(issuer)))
    return found


def _new_issuers(plan: Plan) -> Iterator[Issuer]:
    for change in plan.changes:
        if change.action is Action.CREATE and isinstance(change.entity, Issuer):
            yield change.entity


def _warning(address: Address, finding: Finding, source: Source | None = None) -> Diagnostic:
    return Diagnostic(Severity.WARNING, finding.rule, finding.summary, finding.detail, str(address), source)
