"""Issuers: create, show, list, change, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from badgeops.sandbox import entities, images, media, paging, users
from badgeops.sandbox.call import Call, found
from badgeops.sandbox.entities import Entity, NewEntity
from badgeops.sandbox.envelope import Answer, bad_request, not_found, ok, refused
from badgeops.sandbox.tables import issuer_fields, more_of_issuer

if TYPE_CHECKING:
    import sqlite3

UNVERIFIED = "Issuer email must be one of your verified addresses. Add this email to your profile and try again."


def visible(call: Call, db: sqlite3.Connection, ident: str, *roles: str) -> Entity:
    """Find an issuer that the caller belongs to, in one of the roles where any are named; else 404."""
    issuer = found(entities.find(db, "issuer", ident, hex_too=call.hosted))
    role = entities.role(db, issuer.row, call.user.entity_id)
    if role is None or (roles and role not in roles):
        raise not_found()
    return issuer


def show(call: Call, db: sqlite3.Connection, issuers: list[Entity]) -> list[dict[str, Any]]:
    """Show issuers, with their staff unless the client declines it."""
    view = call.view
    if not call.is_on("include_staff", default=True):
        return [view.issuer(issuer, None, {}) for issuer in issuers]
    members = entities.staff(db, [issuer.row for issuer in issuers])
    accounts = users.all_by_id(db)
    return [view.issuer(issuer, members[issuer.row], accounts) for issuer in issuers]


def list_all(call: Call) -> Answer:
    """List the caller's issuers; this list has no pages."""
    with call.store.reading() as db:
        return ok(show(call, db, entities.select(db, mine(call), "ORDER BY row")))


def list_changed(call: Call) -> Answer:
    """List what changed since a moment."""
    return paging.changes(call, mine(call), lambda db, issuers: show(call, db, issuers))


def mine(call: Call) -> dict[str, object]:
    """Select the issuers the caller belongs to."""
    return {
        "kind = ?": "issuer",
        "issuer IN (SELECT issuer FROM staff WHERE user = ?)": call.user.entity_id,
    }


def create(call: Call) -> Answer:
    """Create an issuer; the caller becomes its owner."""
    cleaned = _clean(call, create=True)
    if not call.user.has_verified(cleaned["email"]):
        raise bad_request(general=[UNVERIFIED])
    blank: dict[str, Any] = {"image": None, "description": None, "extensions": {}, "createdBy": call.user.entity_id}
    members = cleaned.pop("staff", [])
    image = _image(call, cleaned)
    with call.store.writing() as db:
        if image is not None:
            cleaned["image"] = media.put(db, image)
        issuer = entities.insert(db, NewEntity("issuer", {**blank, **cleaned}), call.store.stamp())
        entities.add_staff(db, issuer.row, call.user.entity_id, "owner")
        _add_members(db, issuer, members)
        return ok(show(call, db, [issuer]), status=201)


def get(call: Call, ident: str) -> Answer:
    """Show one."""
    with call.store.reading() as db:
        return ok(show(call, db, [visible(call, db, ident)]))


def change(call: Call, ident: str) -> Answer:
    """Change what was sent; keep the rest or, where hosted, empty it. Any e-mail address will do here."""
    with call.store.reading() as db:
        visible(call, db, ident, "owner", "editor")
    cleaned = _clean(call, create=False)
    members = cleaned.pop("staff", None)
    keeps_image = "image" in cleaned
    image = _image(call, cleaned)
    with call.store.writing() as db:
        issuer = visible(call, db, ident, "owner", "editor")
        if image is not None:
            cleaned["image"] = media.put(db, image)
        elif issuer.doc["image"] is not None and ("image" not in _left_out(call) or keeps_image):
            cleaned["image"] = media.saved_again(db, issuer.doc["image"])
        doc = {**issuer.doc, **_left_out(call), **cleaned}
        issuer = entities.update(db, replace(issuer, doc=doc), call.store.stamp())
        if members is not None:
            _add_members(db, issuer, members)
            entities.keep_staff(db, issuer.row, {member["user"] for member in members})
        return ok(show(call, db, [issuer]))


def _left_out(call: Call) -> dict[str, Any]:
    """Give what fields become that a change leaves out: the hosted service documents that it replaces the whole."""
    if not call.hosted or call.method != "PUT":
        return {}
    return {"image": None, "extensions": {}, **{field.name: field.blank for field in more_of_issuer(hosted=True)}}


def delete(call: Call, ident: str) -> Answer:
    """Delete an issuer and its badge classes, unless an award stands that was not revoked."""
    with call.store.writing() as db:
        issuer = visible(call, db, ident, "owner")
        awards = {"kind = ?": "assertion", "issuer = ?": issuer.row, "inactive = ?": 0}
        if entities.exists(db, awards):
            raise refused("Issuer can not be deleted because it has previously issued badges.")
        entities.delete(db, issuer)
    return Answer(204)


def _clean(call: Call, *, create: bool) -> dict[str, Any]:
    with call.store.reading() as db:
        accounts = users.all_by_id(db)
    takes_null = create and not call.world.constant_images
    fields = issuer_fields(hosted=call.hosted, create=create, takes_null=takes_null, user_exists=accounts.__contains__)
    cleaned = call.clean(call.read_body(), fields)
    cleaned.pop("badgrDomain", None)
    return cleaned


def _image(call: Call, cleaned: dict[str, Any]) -> media.NewFile | None:
    """Take the upload out of the fields, and make of it what will be served."""
    upload = cleaned.pop("image", None)
    if not isinstance(upload, images.Upload):  # a link to the image that is there
        return None
    return media.NewFile(media.issuer_path(upload.suffix), call.normalised(upload))


def _add_members(db: sqlite3.Connection, issuer: Entity, members: list[dict[str, Any]]) -> None:
    for member in members:
        entities.add_staff(db, issuer.row, member["user"], member["role"])
