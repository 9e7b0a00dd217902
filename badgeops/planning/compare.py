"""The three sides of every field of one entity: wanted, recorded and live. Pure.

Each field has three sides: what the catalog wants against what we *sent*, and what the server shows against what we
*received* when we last wrote it. So a server that rewrites text or images shows no phantom change, a change in the
catalog is told from an edit on the server, and both at once are a conflict.

    wanted vs sent   live vs received
    same             same               nothing to do
    different        same               changed in the catalog: update
    same             different          drift, edited on the server: put back
    different        different          conflict: the catalog wins, all three values are shown
    …unless the server already holds what is wanted: then it is only written down (`Change.record`).
"""

from __future__ import annotations

from dataclasses import replace

from badgeops.api import dialects
from badgeops.api.carried import seen_as
from badgeops.api.live import Live
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Image, Issuer
from badgeops.model.fields import can_be_cleared, cleared, is_readable
from badgeops.model.shape import Fields, Json
from badgeops.planning.plan import Attribute, Cause
from badgeops.state.record import ImageRecord, Intent, Resource


def nothing_to_do(entity: Issuer | BadgeClass, resource: Resource, live: Live, dialect: Dialect) -> bool:
    """Decide the common case by plain equality, before any field is looked at closely."""
    fields = dialects.wanted(entity, dialect)
    image = resource.image
    lifecycle = entity.lifecycle
    if (
        fields != resource.sent
        or live.archived
        or lifecycle.protect != resource.protect
        or lifecycle.on_remove is not resource.on_remove
        or live.open_badge_id != resource.open_badge_id
        or not dialects.same("extensions", fields.get("extensions"), resource.sent.get("extensions"))
        or (entity.image.sha256 if entity.image else None) != (image.sha256 if image else None)
        or live.image_ref != (image.ref if image else None)
    ):
        return False
    shown, received = live.fields, resource.received
    return all(name not in shown or shown[name] == (received.get(name, value)) for name, value in fields.items())


class Comparison:
    """The three sides of every field of one entity: what is to change, and what the state will hold."""

    def __init__(
        self,
        entity: Issuer | BadgeClass,
        resource: Resource,
        live: Live,
        intent: Intent | None,
        dialect: Dialect,
        *,
        image_is_same: bool,
    ) -> None:
        self.entity = entity
        self.live = live
        self.is_interrupted = intent is not None
        self.ignored = entity.lifecycle.ignore_changes
        self.found: list[Attribute] = []
        self.released: list[str] = []
        self.settled: dict[str, Json] = {}
        """Fields whose live value is what is wanted: name -> the value to record as sent."""
        self.dropped: set[str] = set()
        self.emptied: list[str] = []
        self.upload: Image | None = None
        self.image = resource.image
        self.managed = {
            name: value for name, value in dialects.wanted(entity, dialect).items() if name not in self.ignored
        }
        self.resource = resource
        for intended in (*intent.earlier, intent.resource) if intent is not None else ():
            self.resource = _with_what_was_done(self.resource, intended, live, self.managed)
        self._fields()
        self._image(image_is_same=image_is_same)
        if live.archived:
            self.found.append(Attribute("archived", Cause.DRIFT, before=True, after=False, recorded=False))
        self._lifecycle()
        self.attributes = tuple(self.found)
        self.record = self._record()

    def _fields(self) -> None:
        for name, value in list(self.managed.items()):
            self._compare(name, value)
        for name in self.resource.sent:
            if name not in self.managed and name not in self.ignored:
                self._clear(name)

    def _compare(self, name: str, value: Json) -> None:
        sent = self.resource.sent
        is_shown = name in self.live.fields
        is_ours = name in sent
        ours = (value, sent[name]) if is_ours else (value,)
        now = seen_as(name, self.live.fields.get(name), *ours) if is_shown else sent.get(name)
        recorded = seen_as(name, self.resource.recorded(name), *ours) if is_ours else None
        changed = not is_ours or not dialects.same(name, sent[name], value)
        drifted = is_ours and is_shown and not dialects.same(name, recorded, now)
        if not changed and not drifted:
            return
        if is_shown and dialects.is_already(name, value, now, *ours):
            self.settled[name] = value
            return
        cause = _cause(changed=changed, drifted=drifted)
        self.found.append(Attribute(name, cause, now, value, recorded, is_seen=is_shown or is_ours))

    def _clear(self, name: str) -> None:
        """Empty a field that we once set and the catalog has dropped; forget it if it cannot be emptied."""
        if not can_be_cleared(name):
            self.released.append(name)
            self.dropped.add(name)
            return
        nothing = cleared(name)
        now = self.live.fields.get(name, nothing) if is_readable(name) else self.resource.sent[name]
        if dialects.same(name, now, nothing):
            self.dropped.add(name)
            return
        recorded = self.resource.recorded(name)
        drifted = not dialects.same(name, recorded, now)
        self.found.append(Attribute(name, _cause(changed=True, drifted=drifted), now, nothing, recorded))
        self.managed[name] = nothing
        self.emptied.append(name)

    def _image(self, *, image_is_same: bool) -> None:
        if "image" in self.ignored:
            return
        entity, ours = self.entity, self.resource.image
        if entity.image is None:
            if ours is not None:
                self.released.append("image")
                self.image = None
            return
        changed = ours is None or ours.sha256 != entity.image.sha256
        drifted = ours is not None and not image_is_same
        if not changed and not drifted:
            self.image = replace(ours, ref=self.live.image_ref) if ours is not None else None
            return
        before = image_json(ours) if ours is not None and not drifted else _unknown_image(self.live)
        recorded = image_json(ours) if ours is not None else None
        if self.is_interrupted:  # an interrupted update of ours may have put it there: it is no edit by others
            changed, drifted = True, False
        cause = _cause(changed=changed, drifted=drifted)
        self.found.append(Attribute("image", cause, before, image_json(entity.image), recorded))
        self.upload = entity.image

    def _lifecycle(self) -> None:
        wanted, ours = self.entity.lifecycle, self.resource
        for name, before, after in (
            ("protect", ours.protect, wanted.protect),
            ("onRemove", str(ours.on_remove), str(wanted.on_remove)),
        ):
            if before != after:
                self.found.append(Attribute(name, Cause.CATALOG, before, after, before))

    def _record(self) -> Resource:
        """Return what the state holds when only bookkeeping is done; apply completes it after a write."""
        sent = {name: value for name, value in self.resource.sent.items() if name not in self.dropped} | self.settled
        received = {name: value for name, value in self.resource.received.items() if name in sent}
        for name in self.settled:
            received.pop(name, None)
        received |= dialects.received(self.settled, self.live)
        return replace(
            self.resource,
            open_badge_id=self.live.open_badge_id or self.resource.open_badge_id,
            issuer=self.entity.issuer if isinstance(self.entity, BadgeClass) else None,
            sent=sent,
            received=received,
            image=self.image,
            on_remove=self.entity.lifecycle.on_remove,
            protect=self.entity.lifecycle.protect,
        )


def _with_what_was_done(resource: Resource, intent: Resource, live: Live, managed: Fields) -> Resource:
    """Return the resource as an interrupted update has left it: what the server shows of it is ours, and no drift.

    So it is also where the catalog has been changed back since, and wants it no more.
    """
    sent, received = dict(resource.sent), dict(resource.received)
    for name in sorted(resource.sent.keys() | intent.sent.keys()):
        nothing = cleared(name) if can_be_cleared(name) else None
        before, after = resource.sent.get(name, nothing), intent.sent.get(name, nothing)
        if dialects.same(name, before, after):
            continue
        if not is_readable(name):  # either of them may be there: what is wanted, or nothing, has to be sent again
            if name in managed:
                sent.pop(name, None)
            elif not dialects.same(name, after, nothing):
                sent[name] = after
        elif name in live.fields and dialects.is_already(name, after, live.fields[name]):
            sent[name] = after
            received.pop(name, None)
            received |= dialects.received({name: after}, live)
            if name not in intent.sent:  # it is empty now, and no field of ours any more
                del sent[name]
    return replace(resource, sent=sent, received=received)


def _cause(*, changed: bool, drifted: bool) -> Cause:
    if changed and drifted:
        return Cause.CONFLICT
    return Cause.CATALOG if changed else Cause.DRIFT


def image_json(image: Image | ImageRecord) -> Fields:
    """Return what a plan says of an image."""
    return {
        "sha256": image.sha256,
        "format": image.format,
        "width": image.width,
        "height": image.height,
        "size": image.size,
    }


def image_record(image: Image, live: Live | None, served_sha256: str | None = None) -> ImageRecord:
    """Return what the state keeps of an image that was uploaded, given the answer."""
    return ImageRecord(
        sha256=image.sha256,
        format=image.format,
        width=image.width,
        height=image.height,
        size=image.size,
        ref=live.image_ref if live is not None else None,
        served_sha256=served_sha256,
    )


def _unknown_image(live: Live) -> Json:
    """Describe an image that somebody else uploaded: all we know is its address."""
    return {"ref": live.image_ref} if live.image_ref else None
