"""What is said of others' entities that cannot be read. They are left alone, and yet may matter. Pure.

Such an entity may have the name of one of ours, if its name can be read; and while it is not known what became of a
creation, it may be what that has made, under whatever name. It is never taken for ours: a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from badgeops.api.live import Live
from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import Address
from badgeops.model.allowances import What, spelled
from badgeops.model.entity_id import is_entity_id
from badgeops.planning.words import Finding, as_argument, entities, noun, quoted

_FEW = 5
"""So many entities are listed in a message."""


def unreadable(live: Iterable[Live]) -> tuple[Diagnostic, ...]:
    """Return one warning that names the entities that cannot be read, and what is odd about each; none without any."""
    odd = sorted((each for each in live if each.odd), key=lambda each: (each.kind, each.entity_id))
    if not odd:
        return ()
    return (
        Diagnostic(
            Severity.WARNING,
            "unreadable-on-server",
            f"the account has {entities(len(odd))} that badgeops cannot read",
            "They are none of those that the state records, and badgeops leaves them alone:\n"
            f"{_listing(odd)}"
            "A name that cannot be read may be one that the catalog has. Open them on the server's web pages and save "
            "them again, or tell the server's operator.",
        ),
    )


def has_its_name(address: Address, odd: list[Live]) -> str:
    """Return why nothing is created beside entities of its name that cannot be read, and what to do."""
    return (
        f"This has its name, and cannot be read:\n{_listing(odd)}"
        "Open it on the server's web pages and save it again, or tell the server's operator. After that it can be "
        f"imported. If you want another {noun(address.kind).partition(' ')[2]} of that name, add:\n"
        f"  {spelled(What.DUPLICATE_NAME, address)}"
    )


def may_be_it(address: Address, odd: list[Live]) -> Finding:
    """Return what to say if entities that cannot be read may be what an interrupted run has created."""
    return Finding(
        "ambiguous-creation",
        "badgeops cannot read what an interrupted run may have created for it",
        f"{has_its_name(address, odd)}\n  {spelled(What.RECREATE, address)}",
    )


def _listing(odd: list[Live]) -> str:
    lines = [f"  {_called(live)}: {live.odd}" for live in odd[:_FEW]]
    more = [f"  and {len(odd) - _FEW} more"] if len(odd) > _FEW else []
    return "".join(f"{line}\n" for line in (*lines, *more))


def _called(live: Live) -> str:
    """Return what can be said of an entity to find it: its kind, id, name and issuer."""
    where = f" of {as_argument(live.issuer_id)}" if live.issuer_id else ""
    name = f" {quoted(live.name)}" if live.name else ""
    return f"{noun(live.kind)}{where}{f' {live.entity_id}' if is_entity_id(live.entity_id) else ''}{name}"
