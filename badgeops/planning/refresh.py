"""Client + state -> what is live. Reads only: GET and nothing else.

A refresh is one list of issuers and one list of badge classes, 500 a page, whatever the state holds. Only what does
not add up costs a request of its own: a recorded entity that no list shows, and an SVG whose address has changed
(its address changes with every PUT, so only its bytes tell), and an image whose address stays the same whatever it is.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import TypeVar

from badgeops.api.client import Client
from badgeops.api.live import Earners, Live
from badgeops.api.served import comparable, identify, proves_nothing
from badgeops.errors import ApiError, NotAnApiError, NotFoundError, RefusedError, ServerFaultError
from badgeops.planning.planner import Snapshot
from badgeops.state.record import Resource, State

PARALLELISM = 8

Tell = Callable[[str, int, int | None], None]
"""Takes what is being read, how much of it is, and how much there is, where that is known."""

T = TypeVar("T")
R = TypeVar("R")


def tell_nobody(_what: str, _done: int, _total: int | None) -> None:
    """Tell nobody."""


def refresh(client: Client, state: State, *, parallelism: int = PARALLELISM, tell: Tell = tell_nobody) -> Snapshot:
    """Return what the server shows of all issuers and badge classes of the account."""
    before = client.calls
    live = {item.entity_id: item for item in client.issuers()}
    recorded = {resource.entity_id: resource for resource in state.resources.values()}
    for item in _counted(client.badge_classes(), tell):
        resource = recorded.get(item.entity_id)
        live[item.entity_id] = _sharing(item, resource) if resource is not None else item
    missing = [resource for resource in state.resources.values() if resource.entity_id not in live]
    hidden: set[str] = set()
    for resource, found in each(
        lambda item: _look_for(client, item), missing, parallelism, tell, "missing entities looked up"
    ):
        if isinstance(found, Live):
            live[found.entity_id] = found
        elif found:
            hidden.add(resource.entity_id)
    same = _identify_images(client, state, live, parallelism, tell)
    doubtful = [resource for resource in state.resources.values() if _image_is_doubtful(resource, live)]
    same |= {
        resource.entity_id
        for resource, is_same in each(
            lambda item: _is_same_image(client, item, live), doubtful, parallelism, tell, "images compared"
        )
        if is_same
    }
    return Snapshot(
        dialect=client.known_dialect(),
        live=live,
        hidden=frozenset(hidden),
        same_images=frozenset(same),
        requests=client.calls - before,
        now=client.now(),
    )


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


def _counted(items: Iterable[T], tell: Tell) -> Iterator[T]:
    """Tell of every hundredth item."""
    for number, item in enumerate(items):
        if number % 100 == 0:
            tell("badge classes read", number, None)
        yield item


def _look_for(client: Client, resource: Resource) -> Live | bool:
    """Look for a recorded entity that no list shows: the entity, True where it exists but not for us, or False."""
    kind = resource.address.kind
    try:
        return client.entity(kind, resource.entity_id)
    except NotFoundError:
        return client.is_public(kind, resource.entity_id)


def _identify_images(client: Client, state: State, live: dict[str, Live], parallelism: int, tell: Tell) -> set[str]:
    """Put what identifies each managed image where its address would stand, if the address proves nothing.

    Returns those of which nothing else can be said than that they are there: an image that was never identified before,
    or in another way (the server was upgraded), or cannot be now.
    """
    unproven = [
        resource
        for resource in state.resources.values()
        if resource.image is not None
        and resource.entity_id in live
        and proves_nothing(live[resource.entity_id], resource.image.ref)
    ]
    same = set()
    for resource, found in each(
        lambda item: identify(client, live[item.entity_id], item.image.ref if item.image is not None else None),
        unproven,
        parallelism,
        tell,
        "images looked up",
    ):
        assert resource.image is not None  # noqa: S101 (see above)
        recorded = resource.image.ref
        if found is None or not comparable(recorded, found):
            same.add(resource.entity_id)
        live[resource.entity_id] = replace(live[resource.entity_id], image_ref=found or recorded)
    return same


def _image_is_doubtful(resource: Resource, live: dict[str, Live]) -> bool:
    now, image = live.get(resource.entity_id), resource.image
    return (
        now is not None
        and image is not None
        and now.image_ref != image.ref
        and now.image_url is not None
        and image.served_sha256 is not None
    )


def _is_same_image(client: Client, resource: Resource, live: dict[str, Live]) -> bool:
    url = live[resource.entity_id].image_url
    assert url is not None  # noqa: S101 (see _image_is_doubtful)
    try:
        data = client.image(url)
    except ApiError:
        return False
    return resource.image is not None and hashlib.sha256(data).hexdigest() == resource.image.served_sha256


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


def each(
    function: Callable[[T], R], items: Iterable[T], parallelism: int, tell: Tell = tell_nobody, what: str = ""
) -> list[tuple[T, R]]:
    """Return (item, function(item)) for every item, working on several at a time; the first error ends it.

    The threads are daemons: whoever leaves by Ctrl-C does not wait for what they are at. It only reads.
    """
    items = list(items)
    if len(items) < 2:
        return [(item, function(item)) for item in items]
    todo = deque(enumerate(items))
    done: SimpleQueue[tuple[int, R] | BaseException] = SimpleQueue()
    threads = _started(
        threading.Thread(target=_work, args=(function, todo, done), name="refresh", daemon=True)
        for _ in range(min(parallelism, len(items)))
    )
    if not threads:
        return [(item, function(item)) for item in items]
    results: dict[int, R] = {}
    try:
        while len(results) < len(items):
            tell(what, len(results), len(items))
            answer = done.get()
            if isinstance(answer, BaseException):
                todo.clear()
                for thread in threads:
                    thread.join()
                raise answer
            results[answer[0]] = answer[1]
    finally:
        todo.clear()
    return [(item, results[index]) for index, item in enumerate(items)]


def _started(threads: Iterable[threading.Thread]) -> list[threading.Thread]:
    """Start threads, and return as many as the operating system lets us have."""
    started = []
    for thread in threads:
        try:
            thread.start()
        except RuntimeError:  # fewer do it as well
            break
        started.append(thread)
    return started


def _work(
    function: Callable[[T], R], todo: deque[tuple[int, T]], done: SimpleQueue[tuple[int, R] | BaseException]
) -> None:
    while True:
        try:
            index, item = todo.popleft()
        except IndexError:
            return
        try:
            done.put((index, function(item)))
        except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
            done.put(error)
            return
