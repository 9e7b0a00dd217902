"""One change -> the requests that make it so, and what the state then holds.

Before each write the entity is read again: if it is no longer what was planned against, the change is refused and
says what differs. If the answer to a creation was lost, the issuer's list is read before anything is sent again,
and an entity that is found there is adopted.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from badgeops.api import dialects
from badgeops.api.carried import altered, lost, lost_parts, meant_by
from badgeops.api.client import Client
from badgeops.api.gone import unproven
from badgeops.api.live import Live
from badgeops.api.served import by_bytes, comparable, identify, is_identified, proves_nothing
from badgeops.applying import replaced, unmade
from badgeops.applying.single_flight import Fresh
from badgeops.applying.throttle import Throttle
from badgeops.catalog.images.raster import same_image
from badgeops.errors import (
    ApiError,
    Diagnostic,
    NotAnApiError,
    NotFoundError,
    RefusedError,
    ServerFaultError,
    Severity,
    Source,
)
from badgeops.model.address import Address, Kind
from badgeops.model.entities import BadgeClass, Image
from badgeops.model.numbers import whole_number
from badgeops.model.shape import Fields
from badgeops.model.text_rules import look_alike
from badgeops.planning.compare import image_record
from badgeops.planning.impact import people
from badgeops.planning.plan import Action, Change
from badgeops.state.record import ImageRecord, Resource, State

_LOOKS = (0.5, 2.0, 5.0)
"""Seconds between looks for an entity whose creation was not answered: the server may still be at it."""


_UNLIMITED = 1_000
"""Writes at a time where nobody says how many: more than there are threads."""


def patience() -> float:
    """Return for how many seconds an entity whose creation was not answered is looked for."""
    return sum(_LOOKS)


class _AmbiguousError(ServerFaultError):
    """There are entities that a creation of ours may have made, and no telling which of them it was."""

    def __init__(self, found: list[Live], what: str = "an entity of that name") -> None:
        ids = ", ".join(sorted(live.entity_id for live in found))
        super().__init__(
            f"The server did not answer properly when badgeops created it. Now it has {what}: {ids}.",
            hint="Run badgeops again: it adopts the entity that is there, or asks which one it is.",
            outcome_unknown=True,
        )


@dataclass(frozen=True, slots=True)
class Written:
    """What a write left behind."""

    resource: Resource | None
    """What the state is to hold; None: the entity is no longer ours."""
    warnings: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    """Members that the entity had before, that nobody meant to change, and that are gone."""


class Writer:
    """Carries out single changes; safe to be called from several threads for different entities."""

    def __init__(
        self,
        client: Client,
        state: State,
        read_file: Callable[[Image], bytes],
        sleep: Callable[[float], None] = time.sleep,
        *,
        seen: frozenset[str] | None = None,
        throttle: Throttle | None = None,
        may_repeat: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._throttle = throttle or Throttle(_UNLIMITED)
        self._may_repeat = may_repeat
        """Asked before a creation that was surely not made is sent again."""
        self.keep: replaced.Keep = lambda _data, _suffix: ""
        self.identifies_images = False
        """Whether an image had an address that does not tell which image it is."""
        self._clock = clock
        self._begun: dict[str, float] = {}
        """When the requests were sent that created entities of this run, by entityId."""
        self._made: dict[str | None, set[str]] = {}
        """What this run has created, by the issuer's entityId: a list without it is stale."""
        self._client = client
        self._dialect = client.known_dialect()
        self._read_file = read_file
        self._sleep = sleep
        self._lock = threading.Lock()
        self._ids = {address: resource.entity_id for address, resource in state.resources.items()}
        self._creating: Counter[tuple[Kind, str | None, str]] = Counter()
        """How many entities of one name this run has begun to create: twins cannot be told apart by it."""
        self._lists: Fresh[list[Live]] = Fresh()
        """What looks read: a whole list, which all who look at the same time share."""
        self._owned = {resource.entity_id for resource in state.resources.values()}
        self._seen = seen or frozenset()
        """What was on the server when the plan was made: no creation of ours has made it."""
        self._knows_what_is_new = seen is not None
        self._told_places = {
            self._ids.get(resource.issuer) for resource in state.resources.values() if resource.issuer is not None
        }
        """Issuers under which the state has badge classes: a list that shows those was not cut short before them."""
        self._beside: dict[str, list[Live]] = {}
        """What the own lists of other issuers showed before anything was made under them."""
        self._place = threading.Lock()
        self._first = threading.Lock()
        """Held by the first PUT of the run."""
        self._has_kept = False
        self._told: set[str] = set()
        """Members of which it was said that the server changes them."""

    def write(self, change: Change) -> Written:
        """Carry out one change. ApiError where the server, or what is on it, does not let us."""
        if change.action is Action.CREATE:
            return self._create(change)
        if change.action is Action.FORGET:
            return Written(None)
        if change.action in (Action.DELETE, Action.ARCHIVE):
            return self._remove(change)
        if not change.sends_request:
            self._remember(change.address, _live(change).entity_id)
            return Written(change.record)
        return self._update(change)

    # creating

    def _create(self, change: Change) -> Written:
        entity = change.entity
        assert entity is not None  # noqa: S101 (a creation comes from a document)
        kind = change.address.kind
        issuer_id = self._ids[entity.issuer] if isinstance(entity, BadgeClass) else None
        body = dialects.create_body(kind, change.managed, issuer_id=issuer_id, image=self._image(change))
        self._check_still_gone(change)
        if issuer_id is not None and not change.is_repeated:
            self._check_place(change, issuer_id)
        with self._lock:
            self._creating[kind, issuer_id, look_alike(change.managed["name"])] += 1
        made = self._found_again(change, kind, issuer_id) or self._post(change, kind, body, issuer_id)
        live = self._identified(change, made)
        resource = self.resource(change, live, self._served(change, live))
        return Written(resource, _surprises(change.managed, live))

    def _check_still_gone(self, change: Change) -> None:
        """Look once more for what is to be created again: a server may have shown less than it has for a while."""
        if change.record is None:
            return
        resource = change.record
        said = self._client.whereabouts(change.address.kind, resource.entity_id, resource.open_badge_id, lists=False)
        if not said.is_gone():
            raise RefusedError(
                f"It was gone from the server when the plan was made, and may be there now. {said.what}.",
                hint="Nothing was sent. Run badgeops again to see a new plan.",
            )

    def _check_place(self, change: Change, issuer_id: str) -> None:
        """Look at an issuer's own list before anything of ours is first made under it.

        RefusedError if the name is there. That it was free was the word of the account's list alone, which nothing of
        ours could show to be short.
        """
        with self._place:
            if issuer_id in self._told_places or issuer_id in self._begun or not self._knows_what_is_new:
                return
            if issuer_id not in self._beside:
                self._beside[issuer_id] = self._listed(issuer_id)
        found = sorted(live.entity_id for live in self._beside[issuer_id] if self._could_be(change, live))
        if found:
            raise RefusedError(
                f"Its issuer has a badge class of this name that the plan did not see: {', '.join(found)}.",
                hint="Nothing was sent. Run badgeops again to see a new plan.",
            )

    def _found_again(self, change: Change, kind: Kind, issuer_id: str | None) -> Live | None:
        """Look once more for what an earlier run may have created; nothing is sent where it has come meanwhile."""
        found = self._look(change, kind, issuer_id) if change.is_repeated else None
        if found is not None:
            self._claim(change, found, kind, issuer_id)
        return found

    def _post(self, change: Change, kind: Kind, body: Fields, issuer_id: str | None) -> Live:
        """Create; where the answer was lost, or may not have been the API's own, find out first what became of it.

        So it is where the answer shows an entity that this creation cannot have made.
        """
        for tries_left in reversed(range(unmade.TRIES)):
            began = self._clock()
            try:
                with self._throttle.turn():
                    began = self._clock()
                    live = self._client.create(kind, body, lambda: self._look(change, kind, issuer_id))
                self._check_is_ours(change, live)
                self._claim(change, live, kind, issuer_id)
            except ApiError as error:
                if not (error.outcome_unknown or isinstance(error, ServerFaultError)):
                    raise
                found, is_settled = self._find_created(change, kind, issuer_id, error)
                if found is None:
                    if is_settled and unmade.can_be_settled(error) and tries_left and self._may_repeat():
                        continue
                    error.surely_not_done = is_settled
                    self._say_what_helps(error)
                    raise
                live = found
                self._claim(change, live, kind, issuer_id)
            else:
                with self._lock:
                    self._begun[live.entity_id] = began
                    self._made.setdefault(issuer_id, set()).add(live.entity_id)
            return live
        raise AssertionError("unreachable")  # pragma: no cover (the last try returns or raises)

    def _say_what_helps(self, error: ApiError) -> None:
        if unmade.can_be_settled(error) and self._throttle.was_slowed:
            error.hint = (
                "The server fails if it is asked for several things at a time, and failed at "
                f"{self._throttle.at_a_time} as well. Run badgeops again when the server has less to do, with "
                "`--parallelism 1`. If that changes nothing, tell the server's operator: its log says why."
            )

    def _check_is_ours(self, change: Change, live: Live) -> None:
        """Ask for an entity that is not as it was sent: one of another account has our name, and nobody shows it to us.

        NotAnApiError if it is not there for us. If its name is another one as well, `_claim` refuses it anyway.
        """
        has_our_name = look_alike(live.name) == look_alike(change.managed["name"])
        if not has_our_name or not dialects.unlike(change.managed, live, but="name"):
            return
        try:
            self._client.entity(live.kind, live.entity_id)
        except NotFoundError as error:
            raise _answered_with_another(live) from error
        except ApiError as error:
            error.outcome_unknown = True
            raise

    def _claim(self, change: Change, live: Live, kind: Kind, issuer_id: str | None) -> None:
        """Make an entity ours. NotAnApiError where it is somebody's already, or not what was asked for.

        A gateway may answer with what it has answered before, and two answers may change places. Where only the name
        is another one, the server has changed it.
        """
        name = look_alike(live.name)
        with self._lock:
            is_somebodys = (
                live.entity_id in self._owned or live.entity_id in self._seen or live.entity_id in change.known
            )
            is_anothers = name != look_alike(change.managed["name"]) and self._creating[kind, issuer_id, name] > 0
            is_anothers |= name != look_alike(change.managed["name"]) and bool(
                dialects.unlike(change.managed, live, but="name")
            )
            is_elsewhere = kind is Kind.BADGE_CLASS and live.issuer_id not in (None, issuer_id)
            if not (is_somebodys or is_anothers or is_elsewhere):
                self._owned.add(live.entity_id)
                self._ids[change.address] = live.entity_id
                return
        raise _answered_with_another(live)

    def _find_created(
        self, change: Change, kind: Kind, issuer_id: str | None, error: ApiError
    ) -> tuple[Live | None, bool]:
        """Look several times; once, and at once, after an answer that says that nothing was done.

        Returns what was found, and whether it is sure that nothing was made.
        """
        failed_at, can_settle, looked = self._clock(), unmade.can_be_settled(error), False
        pauses = unmade.pauses(_LOOKS) if can_settle else _LOOKS
        for pause in (0.0,) if unmade.is_denied(error) else pauses:
            self._sleep(pause)
            try:
                found, listed = self._look_around(change, kind, issuer_id)
            except _AmbiguousError:
                raise
            except ApiError:
                looked = False
                continue
            looked = True
            if found is not None:
                return found, False
            with self._lock:
                begun = dict(self._begun)
            if can_settle and unmade.has_witness((live.entity_id for live in listed), begun, failed_at):
                return None, True
        return None, looked and (can_settle or unmade.is_the_apis_no(error))

    def _look(self, change: Change, kind: Kind, issuer_id: str | None) -> Live | None:
        """Return what a creation of ours has made; _AmbiguousError where that cannot be told."""
        return self._look_around(change, kind, issuer_id)[0]

    def _look_around(self, change: Change, kind: Kind, issuer_id: str | None) -> tuple[Live | None, list[Live]]:
        """Return what a creation of ours has made, and all that stands beside it."""
        with self._lock:
            made = frozenset(self._made.get(issuer_id, ()))
        # Begun after the request that it is to decide about was over, whoever begins it.
        listed = self._lists.ask(issuer_id, lambda: self._listed(issuer_id))
        if not made <= {live.entity_id for live in listed}:
            raise NotAnApiError("The server's list does not show what this run has created.", outcome_unknown=True)
        found = [live for live in listed if self._could_be(change, live)]
        # Somebody who was quick has edited what we made, or made another of that name: nothing is to be made beside it.
        is_ours = len(found) == 1 and not found[0].odd and not dialects.unlike(change.managed, found[0])
        # Asked only now: whoever made it has counted itself before it sent anything.
        with self._lock:
            has_twin = self._creating[kind, issuer_id, look_alike(change.managed["name"])] > 1
            known = {name for (*place, name), number in self._creating.items() if number and place == [kind, issuer_id]}
        if found and (has_twin or not is_ours):
            raise _AmbiguousError(found)
        # A server may change names, and a colleague may be quick to: something else that is new may be ours as well.
        strange = [live for live in listed if self._is_new(change, live) and look_alike(live.name) not in known]
        if strange and not found:
            raise _AmbiguousError(strange, "new entities under other names, which may be it")
        if found:
            self._confirm(found[0])
            if not self._has_our_image(change, found[0]):
                raise _AmbiguousError(found, "an entity of that name, whose image may be another one")
        return (found[0] if found else None), listed

    def _has_our_image(self, change: Change, live: Live) -> bool:
        """Tell whether the image that is served can be seen to be the one that a creation has sent."""
        if change.upload is None:
            return True
        if live.image_url is None:
            return False
        try:
            return same_image(self._read_file(change.upload), self._client.image(live.image_url))
        except (ApiError, OSError):
            return False

    def confirm(self, change: Change) -> None:
        """Make sure that what is to be adopted is what a list showed; NotAnApiError if it is not."""
        self._confirm(_live(change))

    def _confirm(self, listed: Live) -> None:
        """Ask for an entity alone before it becomes ours: a list may show somebody else's under our name."""
        try:
            now = self._client.entity(listed.kind, listed.entity_id)
        except NotFoundError:
            now = None
        if now is None or (look_alike(now.name), now.issuer_id) != (look_alike(listed.name), listed.issuer_id):
            shown = "nothing" if now is None else f'"{now.name}"'
        elif others := [name for name in now.fields if name in listed.fields and not _is_equal(name, listed, now)]:
            shown = f"another {', '.join(others)}"
        else:
            return
        raise NotAnApiError(
            f'The server lists {listed.entity_id} as "{listed.name}". Asked for it alone, it shows {shown}.',
            hint="A proxy or a cache in front of the server may mix answers up, or somebody has just edited it. "
            "Nothing of it was recorded. Run badgeops again later.",
            outcome_unknown=True,
        )

    def _listed(self, issuer_id: str | None) -> list[Live]:
        return self._client.badge_classes_of(issuer_id) if issuer_id else self._client.issuers()

    def _could_be(self, change: Change, live: Live) -> bool:
        """Tell whether something has our name, and is neither ours already nor was there before."""
        with self._lock:
            is_somebodys = self._is_somebodys(change, live)
        return not is_somebodys and look_alike(live.name) == look_alike(change.managed["name"])

    def _is_new(self, change: Change, live: Live) -> bool:
        """Tell whether something came after the plan was made, and nobody of this run has made it for certain."""
        with self._lock:
            return self._knows_what_is_new and not self._is_somebodys(change, live)

    def _is_somebodys(self, change: Change, live: Live) -> bool:
        """Tell whether an entity is ours already, or was there before. The lock is held."""
        return any(live.entity_id in ids for ids in (self._owned, self._seen, change.known))

    def _remember(self, address: Address, entity_id: str) -> None:
        with self._lock:
            self._owned.add(entity_id)
            self._ids[address] = entity_id

    # updating

    def _update(self, change: Change) -> Written:
        planned = _live(change)
        before = self._check_unchanged(change, planned)
        kept = replaced.keep(self._client, change, before, self.keep)
        kind, entity_id = change.address.kind, planned.entity_id
        if planned.archived:
            self._client.reactivate(entity_id)
        image = self._image(change)
        if change.changed or image is not None:
            sent = change.record.sent if change.record is not None else {}
            body = dialects.update_body(before, self._dialect, change.managed, change.changed, sent=sent, image=image)
            meant = meant_by(change.changed, upload=image is not None, reactivated=planned.archived)
            with self._first_alone():
                with self._throttle.turn():
                    live = self._client.update(
                        kind, entity_id, body, lambda now: image is None and _is_made(change, now)
                    )
                missing = self._lost(before, live, meant, {name: change.managed[name] for name in change.changed}, body)
        else:
            live, meant, missing = self._client.entity(kind, entity_id), frozenset(), []
        self._remember(change.address, live.entity_id)
        live = self._identified(change, live)
        resource = self.resource(change, live, self._served(change, live))
        warnings = _surprises({name: change.managed[name] for name in change.changed}, live)
        return Written(resource, (*kept, *warnings, *self._altered(before, live, meant)), tuple(missing))

    def _check_unchanged(self, change: Change, planned: Live) -> Live:
        """Read the entity once more and return it; RefusedError where it is not what was planned against."""
        now = self._client.entity(change.address.kind, planned.entity_id)
        if now.image_ref != planned.image_ref and proves_nothing(now, planned.image_ref):
            found = identify(self._client, now, planned.image_ref)
            now = replace(now, image_ref=found) if comparable(planned.image_ref, found) else now
        differing = sorted(_differing(planned, now))
        if self._has_another_image(change, planned, now):
            differing = sorted([*differing, "image"])
        if differing:
            raise RefusedError(
                f"Somebody edited it on the server after the plan was made: {', '.join(differing)}.",
                hint="Nothing was sent. Run badgeops again to see a new plan.",
            )
        return now

    def _has_another_image(self, change: Change, planned: Live, now: Live) -> bool:
        """Tell whether the image is not the one that was planned against, as far as the server says which it is."""
        if planned.image_ref == now.image_ref or not is_identified(now, planned.image_ref):
            return False
        is_drawing = planned.image_is_svg and now.image_is_svg
        return not is_drawing or replaced.is_another_drawing(self._client, change, planned, now)

    @contextmanager
    def _first_alone(self) -> Iterator[None]:
        """Let the first PUT of a run show what this server does to what is left alone, before others follow."""
        with self._first:
            if not self._has_kept:
                yield
                self._has_kept = True
                return
        yield

    def _lost(self, before: Live, after: Live, meant: frozenset[str], changed: Fields, body: Fields) -> list[str]:
        """Return what a write took along that nobody meant; an answer may be shorter than the entity, so look again."""
        if not lost(before, after, meant) and not lost_parts(changed, body, after):
            return []
        now = self._client.entity(after.kind, after.entity_id)
        return [*lost(before, now, meant), *lost_parts(changed, body, now)]

    def _altered(self, before: Live, after: Live, meant: frozenset[str]) -> tuple[str, ...]:
        """Say once in a run which members the server itself changes: of a thousand entities it is the same member."""
        names = altered(before, after, meant)
        with self._lock:
            new = [name for name in names if name not in self._told]
            self._told.update(new)
        return tuple(f"the server changed {name}, which was not to change" for name in new)

    # removing

    def _remove(self, change: Change) -> Written:
        planned = _live(change)
        kind, entity_id, page = change.address.kind, planned.entity_id, planned.open_badge_id
        try:
            self._check_unchanged(change, planned)
        except NotFoundError as error:
            said = self._client.whereabouts(kind, entity_id, page)
            if not said.is_gone():
                raise unproven(error, said) from None
            return Written(None)
        if change.action is Action.DELETE:
            if kind is Kind.ISSUER:
                self._check_empty(entity_id)
            else:
                self._check_unearned(entity_id)
            with self._throttle.turn():
                self._client.delete(kind, entity_id, page)
            return self._look_until("deleted", "gone", lambda: self._deleted(kind, entity_id, page))
        with self._throttle.turn():
            self._client.archive(entity_id, page)
        return self._look_until("archived", "archived", lambda: self._archived(entity_id, page))

    def _look_until(self, done: str, state: str, look: Callable[[], Written | str]) -> Written:
        """Look several times whether a removal was done: a record that is given up too early is missed for good.

        `look` returns what speaks against it.
        """
        seen: Written | str = ""
        for pause in (0.0, *_LOOKS):
            self._sleep(pause)
            try:
                seen = look()
            except ApiError:
                seen = f"does not say whether it is {state}"
            if isinstance(seen, Written):
                return seen
        raise NotAnApiError(
            f"The server answered that it {done} it, but {seen}.",
            hint=f"The state still records it. Run badgeops again: if it is still there, it is {done} then.",
        )

    def _deleted(self, kind: Kind, entity_id: str, page: str) -> Written | str:
        """Look whether what was deleted is gone."""
        try:
            self._client.entity(kind, entity_id)
        except NotFoundError:
            said = self._client.public(kind, entity_id, page)
            return Written(None) if said.is_gone(is_confirmed=True) else "still shows its public page"
        return "still shows it"

    def _archived(self, entity_id: str, page: str) -> Written | str:
        """Look what became of what was archived: no documentation says that a deletion only archives."""
        try:
            live = self._client.entity(Kind.BADGE_CLASS, entity_id)
        except NotFoundError:
            if not self._client.whereabouts(Kind.BADGE_CLASS, entity_id, page).is_gone():
                return "does not say whether it is archived"
            return Written(None, ("the server deleted it instead of archiving it",))
        return Written(None) if live.archived else "still shows it as before"

    def _check_unearned(self, badge_class_id: str) -> None:
        """Count once more: somebody may have asked for an hour whether to go on, and not every server refuses."""
        earners = self._client.earners(badge_class_id)
        if earners.any:
            raise RefusedError(
                f"After the plan was made, somebody has earned it: {people(earners)} it.",
                hint="Nothing was sent. Run badgeops again to see a new plan.",
            )

    def _check_empty(self, issuer_id: str) -> None:
        """Make sure that an issuer takes nothing along: what is ours has been deleted before it."""
        left = sorted(live.name or live.entity_id for live in self._client.badge_classes_of(issuer_id))
        if left:
            more = ", …" if len(left) > 5 else ""
            raise RefusedError(
                "Deleting it would also delete badge classes that were added after the plan was made: "
                f"{', '.join(left[:5])}{more}.",
                hint="Nothing was sent. Run badgeops again to see a new plan.",
            )

    # images

    def _image(self, change: Change) -> str | None:
        if change.upload is None:
            return None
        try:
            data = self._read_file(change.upload)
        except OSError as error:
            raise RefusedError(
                f"{change.upload.name} can no longer be read: {error.strerror}.",
                hint="Nothing was sent. Put the image back and run badgeops again.",
            ) from error
        if hashlib.sha256(data).hexdigest() != change.upload.sha256:
            raise RefusedError(
                f"{change.upload.name} was changed after the plan was made.",
                hint="Nothing was sent. Run badgeops again to see a plan with the new image.",
            )
        return dialects.data_uri(change.upload, data)

    def _identified(self, change: Change, live: Live) -> Live:
        """Return the entity with what identifies its image, where we manage one and its address proves nothing.

        If another image has not changed what identifies it, only its bytes can: so that is what is kept from then on.
        """
        before = change.live.image_ref if change.live is not None else None
        recorded = change.record.image if change.record is not None else None
        if change.upload is None and recorded is None:
            return live
        if proves_nothing(live, before):
            self.identifies_images = True
            is_kept = change.upload is None and before is not None and not before.lower().endswith(".svg")
            found = before if is_kept else identify(self._client, live, before)
            live = replace(live, image_ref=found or live.image_ref)
        is_another = change.upload is not None and recorded is not None and recorded.sha256 != change.upload.sha256
        if is_another and live.image_ref == before:
            live = replace(live, image_ref=by_bytes(self._client, live) or before)
        return live

    def _served(self, change: Change, live: Live) -> str | None:
        """Return the digest of the served image where its address will prove nothing later: for an SVG."""
        if change.upload is None or not live.image_is_svg or live.image_url is None:
            return None
        try:
            return hashlib.sha256(self._client.image(live.image_url)).hexdigest()
        except (ApiError, ValueError):  # the latter: no address at all
            return None

    # recording

    @staticmethod
    def resource(change: Change, live: Live | None, served_sha256: str | None = None) -> Resource:
        """Return what the state holds once the change is done and the server shows `live`.

        Without `live` (a creation yet to be answered) it is what was asked for.
        """
        entity = change.entity
        assert entity is not None  # noqa: S101 (only documents are created and updated)
        before = change.record.sent if change.record is not None and change.action is not Action.CREATE else {}
        ignored = {name: value for name, value in before.items() if name in entity.lifecycle.ignore_changes}
        sent = ignored | {name: value for name, value in change.managed.items() if name not in change.emptied}
        return Resource(
            address=change.address,
            entity_id=live.entity_id if live else "",
            open_badge_id=live.open_badge_id if live else "",
            issuer=entity.issuer if isinstance(entity, BadgeClass) else None,
            sent=sent,
            received=dialects.received(sent, live) if live else {},
            image=_image_record(change, live, served_sha256),
            on_remove=entity.lifecycle.on_remove,
            protect=entity.lifecycle.protect,
        )


def _image_record(change: Change, live: Live | None, served_sha256: str | None) -> ImageRecord | None:
    if change.upload is not None:
        return image_record(change.upload, live, served_sha256)
    image = change.record.image if change.record is not None and change.action is not Action.CREATE else None
    return replace(image, ref=live.image_ref) if image is not None and live is not None else image


def _is_made(change: Change, live: Live) -> bool:
    """Tell whether an update that nobody confirmed can be seen to be made."""
    return all(
        name in live.fields and dialects.is_already(name, change.managed[name], live.fields[name])
        for name in change.changed
    )


def _live(change: Change) -> Live:
    assert change.live is not None  # noqa: S101 (only creations have none)
    return change.live


def _differing(planned: Live, now: Live) -> Iterable[str]:
    for name, value in planned.fields.items():
        if not dialects.same(name, value, now.fields.get(name)):
            yield name
    if planned.archived != now.archived:
        yield "archived"


def _answered_with_another(live: Live) -> NotAnApiError:
    return NotAnApiError(
        f"The server answered its creation with another entity, {live.entity_id}.",
        hint="A proxy or a cache in front of the server may mix answers up. Nothing of this answer was recorded. "
        "Run badgeops again: it looks what was created.",
        outcome_unknown=True,
    )


def _is_equal(name: str, one: Live, other: Live) -> bool:
    return dialects.same(name, one.fields[name], other.fields[name])


def _surprises(sent: Fields, live: Live) -> tuple[str, ...]:
    """Say which fields the server stored in a way that its known habits do not explain."""
    return tuple(f"the server changed {name} when it stored it" for name in dialects.unlike(sent, live))


def refusal(change: Change, error: ApiError) -> tuple[str, tuple[Diagnostic, ...]]:
    """Return the message of a failed change, and the server's words at the lines of the catalog they are about."""
    if not isinstance(error, RefusedError):
        return error.message, ()
    address = str(change.address)
    details = [
        Diagnostic(Severity.ERROR, "refused-by-server", f"{path}: {text}", address=address, source=_place(change, path))
        for path, texts in sorted(error.fields.items())
        for text in texts
    ]
    details += [
        Diagnostic(Severity.ERROR, "refused-by-server", text, address=address, source=_place_of_general(change, text))
        for text in error.general
    ]
    return error.message, tuple(details)


def _place_of_general(change: Change, text: str) -> Source | None:
    """Guess the field that a message without one is about: the e-mail address is refused like that."""
    return _place(change, "email") if "email" in text.lower() and "email" in change.managed else change.source


def _place(change: Change, path: str) -> Source | None:
    if change.entity is None:
        return change.source
    numbers = [(step, whole_number(step)) for step in path.split(".")]
    steps = [step if number is None else number for step, number in numbers]
    return change.entity.document.locate(*steps, of_key=len(steps) == 1)
