"""Client + state -> what is live. Reads only: GET and nothing else.

A refresh is one list of issuers and one list of badge classes, 500 a page, whatever the state holds. Only what does
not add up costs a request of its own: a recorded entity that no list shows, and an image whose address tells nothing
(see `served_images`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeVar

from badgeops.api.client import PAGES_AHEAD, Client
from badgeops.api.gone import Said, Word
from badgeops.api.live import Earners, Live
from badgeops.api.read_ahead import ahead
from badgeops.errors import NotAnApiError, NotFoundError, RefusedError, ServerFaultError
from badgeops.model.address import Kind
from badgeops.planning.in_parallel import Tell, each, tell_nobody
from badgeops.planning.planner import Snapshot
from badgeops.planning.served_images import identify_images, same_bytes
from badgeops.state.record import Resource, State

PARALLELISM = 8

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """The lists of an account, asked for and not read yet."""

    before: int
    """So many requests had been made by then."""
    entities: Iterator[Live]
    """All issuers, then all badge classes."""


@contextmanager
def asked_ahead(client: Client) -> Iterator[Asked]:
    """Ask for the lists of an account in a thread of its own, for a block, before anybody knows what is recorded."""
    before = client.calls
    with ahead(client.overview(), PAGES_AHEAD) as pages:
        yield Asked(before, (live for kind, page in pages for live in client.listed(kind, page)))


def refresh(
    client: Client,
    state: State,
    *,
    parallelism: int = PARALLELISM,
    tell: Tell = tell_nobody,
    asked: Asked | None = None,
) -> Snapshot:
    """Return what the server shows of all issuers and badge classes of the account; `asked` is asked for already."""
    asked = asked or Asked(client.calls, chain(client.issuers(), client.badge_classes()))
    recorded = {resource.entity_id: resource for resource in state.resources.values()}
    live: dict[str, Live] = {}
    for item in _counted(asked.entities, tell):
        resource = recorded.get(item.entity_id)
        live[item.entity_id] = _sharing(_readable(item), resource) if resource is not None else item
    live |= _unlisted_issuers(client, live)
    missing = [resource for resource in state.resources.values() if resource.entity_id not in live]
    hidden: dict[str, str] = {}
    for resource, found in each(
        lambda item: _look_for(client, item), missing, parallelism, tell, "missing entities looked up"
    ):
        if isinstance(found, Live):
            live[found.entity_id] = found
        elif not found.is_gone():
            hidden[resource.entity_id] = found.what if found.word is Word.UNSURE else ""
    seen = identify_images(client, state, live, parallelism, tell)
    live |= seen.live
    same = seen.same | same_bytes(client, state, live, parallelism, tell)
    return Snapshot(
        dialect=client.known_dialect(),
        live=live,
        hidden=frozenset(hidden),
        doubts={entity_id: why for entity_id, why in hidden.items() if why},
        same_images=frozenset(same),
        requests=client.calls - asked.before,
        now=client.told_time() or client.now(),
        images=seen.look,
    )


def _unlisted_issuers(client: Client, live: Mapping[str, Live]) -> dict[str, Live]:
    """Return issuers that no list shows and that badge classes name: the list of issuers was stale, or cut short.

    Servers give that list on one page and say no more of it, and an issuer that it leaves out would be made again.
    """
    named = {item.issuer_id for item in live.values() if item.issuer_id is not None and not item.odd} - live.keys()
    found = {}
    for issuer_id in sorted(named):
        with suppress(NotFoundError):  # it is another account's
            found[issuer_id] = client.entity(Kind.ISSUER, issuer_id)
    return found


def _readable(shown: Live) -> Live:
    """Return what is shown of ours; NotAnApiError if it cannot be read. What is not ours may be odd."""
    if shown.odd:
        raise NotAnApiError(f"The server listed the {shown.kind} {shown.entity_id}, which is malformed: {shown.odd}.")
    return shown


def _sharing(shown: Live, resource: Resource) -> Live:
    """Return what is shown with one of each two equal values: most of a hundred thousand entities are as recorded."""
    for known in (resource.sent, resource.received):
        for name, value in known.items():
            if shown.fields.get(name) == value:
                shown.fields[name] = value
    ref = resource.image.ref if resource.image is not None else None
    return replace(
        shown,
        entity_id=resource.entity_id,
        open_badge_id=_one(resource.open_badge_id, shown.open_badge_id),
        name=_one(resource.sent.get("name"), shown.name),
        image_ref=_one(ref, shown.image_ref),
    )


def _one(recorded: T | None, shown: T) -> T:
    return recorded if recorded is not None and recorded == shown else shown


def _counted(entities: Iterable[Live], tell: Tell) -> Iterator[Live]:
    """Yield the same, and tell of every hundredth badge class."""
    number = 0
    for item in entities:
        if item.kind is Kind.BADGE_CLASS:
            if number % 100 == 0:
                tell("badge classes read", number, None)
            number += 1
        yield item


def _look_for(client: Client, resource: Resource) -> Live | Said:
    """Look for a recorded entity that no list shows: return it, or what its public page says of it."""
    kind = resource.address.kind
    try:
        return client.entity(kind, resource.entity_id)
    except NotFoundError:
        return client.public(kind, resource.entity_id, resource.open_badge_id)


@dataclass(frozen=True, slots=True)
class Counted:
    """Who holds which badge classes, as far as the server lets us know."""

    earners: Mapping[str, Earners]
    """By entityId."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Why some could not be counted, by entityId."""


def count_earners(
    client: Client,
    badge_class_ids: Iterable[str],
    *,
    past: Container[str] = (),
    parallelism: int = PARALLELISM,
    tell: Tell = tell_nobody,
) -> Counted:
    """Count how many people have earned each badge class: one request each, and one more for those of `past`.

    For those of `past` that nobody has earned, awards that are expired or revoked are counted too.
    """
    counter = _Counter(client, past)
    found = each(counter.count, badge_class_ids, parallelism, tell, "badge classes whose earners were counted")
    return Counted(
        {entity_id: earners for entity_id, earners in found if isinstance(earners, Earners)},
        {entity_id: why for entity_id, why in found if isinstance(why, str)},
    )


_MOST_FAULTS = 3
"""Lists in a row that the server fails to give, after which no more are asked for: each failure takes several tries."""


class _Counter:
    """Counts the earners of one badge class after another."""

    def __init__(self, client: Client, past: Container[str]) -> None:
        self._client = client
        self._past = past
        self._faults = 0

    def count(self, entity_id: str) -> Earners | str:
        """Return the earners of a badge class, or why they cannot be counted."""
        if self._faults >= _MOST_FAULTS:
            return "The server has failed to list other awards, so it was not asked"
        try:
            found = self._client.earners(entity_id, past=entity_id in self._past)
        except ServerFaultError as error:
            self._faults += 1
            return error.message
        except (NotFoundError, RefusedError, NotAnApiError) as error:
            return error.message
        self._faults = 0
        return found
