"""What an entity will hold when a change is done, as far as it is known, and what is left to the server. Pure.

A document says nothing of many fields, and what it does not say is no business of badgeops: a server fills such a
field in, and people edit it there. So a field has a value here only if the catalog wants it so or the server shows it.

    managed            what the catalog wants; what the server shows, if that stays
    left to the server what the server shows; no value where nobody has looked, or it does not show the field
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from badgeops.api import dialects
from badgeops.api.carried import put_over
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.model.fields import BOTH, of_kind
from badgeops.model.shape import Fields
from badgeops.planning.compare import image_json
from badgeops.planning.plan import Change

IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fields of an entity."""

    fields: Fields
    """Those whose value is known. Images are apart."""
    left: frozenset[str] = frozenset()
    """Those that are left to the server, known or not; the image among them."""
    later: frozenset[str] = frozenset()
    """Those that are left to the server once the entity is created (`ignoreChanges`)."""
    image: Fields | None = None
    """What is known of the image (see `compare.image_json`)."""


def of_document(entity: Issuer | BadgeClass) -> Outcome:
    """Return what the document alone says. Of fields that only some servers have, those it leaves out do not count."""
    wanted = dialects.wanted(entity, Dialect.HOSTED)
    names = {field.name for field in of_kind(entity.address.kind) if field.dialects == BOTH}
    return _made(entity, wanted, names)


def of_unchanged(entity: Issuer | BadgeClass, dialect: Dialect) -> Outcome:
    """Return what is known of an entity that no plan changes, without a look at the server: what it was sent."""
    ignored = entity.lifecycle.ignore_changes
    wanted = {name: value for name, value in dialects.wanted(entity, dialect).items() if name not in ignored}
    left = _left(entity.address.kind, dialect, wanted)
    if entity.image is None or IMAGE in ignored:
        return Outcome(wanted, left | {IMAGE})
    return Outcome(wanted, left, image=image_json(entity.image))


def of_change(change: Change, dialect: Dialect) -> Outcome:
    """Return what the server will hold when a change is done; what it holds now, if the entity is to go."""
    if change.entity is None:
        return _going(change)
    if change.live is None:
        names = {field.name for field in of_kind(change.address.kind, dialect)}
        return _made(change.entity, change.managed, names)
    return _kept(change, change.entity, dialect)


def _made(entity: Issuer | BadgeClass, fields: Fields, names: Iterable[str]) -> Outcome:
    """Return what a creation sends: what is ignored later is sent as well."""
    left = frozenset(names) - fields.keys()
    ignored = entity.lifecycle.ignore_changes
    known = {name: dialects.stored(name, value) for name, value in fields.items()}
    if entity.image is None:
        return Outcome(known, left | {IMAGE}, ignored & fields.keys())
    return Outcome(known, left, ignored & {*fields, IMAGE}, image_json(entity.image))


def _kept(change: Change, entity: Issuer | BadgeClass, dialect: Dialect) -> Outcome:
    """Return what an update makes of what the server shows."""
    shown = change.live.fields if change.live is not None else {}
    sent = change.record.sent if change.record is not None else {}
    known = {field.name: shown[field.name] for field in of_kind(change.address.kind, dialect) if field.name in shown}
    for name, value in change.managed.items():
        if name in change.changed or name not in shown:
            known[name] = dialects.stored(name, put_over(name, value, shown.get(name), sent.get(name)))
    left = _left(change.address.kind, dialect, change.managed)
    if entity.image is None or IMAGE in entity.lifecycle.ignore_changes:
        return Outcome(known, left | {IMAGE}, image=_image_there(change))
    return Outcome(known, left, image=image_json(entity.image))


def _image_there(change: Change) -> Fields | None:
    """Return the image that stays: the recorded one, or only that there is one."""
    there = change.live.image_ref if change.live is not None else None
    if change.record is not None and change.record.image is not None and change.record.image.ref == there:
        return image_json(change.record.image)
    return {"ref": there} if there else None


def _going(change: Change) -> Outcome:
    """Return what the server shows of an entity whose document is gone; empty is only what badgeops looked after."""
    if change.live is None:
        return Outcome({})
    sent, image = (change.record.sent, change.record.image) if change.record is not None else ({}, None)
    known = {name: value for name, value in change.live.fields.items() if value or name in sent}
    return Outcome(known, image=image_json(image) if image is not None else None)


def _left(kind: Kind, dialect: Dialect, managed: Iterable[str]) -> frozenset[str]:
    return frozenset(field.name for field in of_kind(kind, dialect)) - frozenset(managed)
