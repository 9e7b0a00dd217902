"""Badge classes: create, show, list, change, delete; and archive, where hosted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from badgeops.sandbox import entities, images, issuers, media, paging
from badgeops.sandbox.call import Call, found
from badgeops.sandbox.entities import Entity, NewEntity
from badgeops.sandbox.envelope import Answer, ApiError, ServerCrashError, bad_request, not_found, ok, refused
from badgeops.sandbox.tables import Optional, badgeclass_fields, optional_of_badgeclass

if TYPE_CHECKING:
    import sqlite3

EDITORS: Final = ("owner", "editor")


def visible(call: Call, db: sqlite3.Connection, ident: str, *roles: str, archived: bool | None = False) -> Entity:
    """Find a badge class of an issuer that the caller belongs to; else 404.

    `archived` chooses by that state; None takes either.
    """
    badgeclass = found(entities.find(db, "badgeclass", ident, hex_too=call.hosted))
    role = entities.role(db, badgeclass.issuer, call.user.entity_id)
    if role is None or (roles and role not in roles) or archived not in {None, badgeclass.inactive}:
        raise not_found()
    return badgeclass


def show(call: Call, badgeclasses: list[Entity]) -> list[dict[str, Any]]:
    """Show badge classes."""
    view = call.view
    return [view.badgeclass(badgeclass) for badgeclass in badgeclasses]


def list_all(call: Call) -> Answer:
    """List the badge classes of all the caller's issuers."""
    return _list(call, {})


def list_of_issuer(call: Call, ident: str) -> Answer:
    """List the badge classes of one issuer."""
    with call.store.reading() as db:
        issuer = issuers.visible(call, db, ident)
    return _list(call, {"issuer = ?": issuer.row})


def _list(call: Call, conditions: dict[str, object]) -> Answer:
    conditions = {**_mine(call), **conditions}
    if not call.is_on("include_archived"):
        conditions["inactive = ?"] = 0
    unpaged = paging.page_size(call) is None
    hidden = call.world.overlaps.unlisted() if unpaged else frozenset()
    return paging.pages(
        call,
        conditions,
        "issuer, row",
        lambda _db, entries: show(call, [entry for entry in entries if entry.entity_id not in hidden]),
    )


def list_changed(call: Call) -> Answer:
    """List what changed since a moment."""
    return paging.changes(call, _mine(call), lambda _db, entries: show(call, entries))


def _mine(call: Call) -> dict[str, object]:
    return {
        "kind = ?": "badgeclass",
        "issuer IN (SELECT issuer FROM staff WHERE user = ?)": call.user.entity_id,
    }


def get(call: Call, ident: str) -> Answer:
    """Show one; an archived one only to those who ask for it."""
    archived = None if call.is_on("include_archived") else False
    with call.store.reading() as db:
        return ok(show(call, [visible(call, db, ident, archived=archived)]))


def create(call: Call) -> Answer:
    """Create under the issuer that the body names."""
    cleaned = _clean(call, create=True)
    image = _first_image(call, cleaned)
    if "issuer" not in cleaned:
        raise bad_request({"issuer": "This field is required"})
    try:
        return _create(call, cleaned.pop("issuer"), cleaned, image)
    except ApiError as problem:
        if problem.status != 404:
            raise
        message = "You do not have permission to edit badges on this issuer."
        raise bad_request({"issuer": message}) from problem


def create_under_issuer(call: Call, ident: str) -> Answer:
    """Create under the issuer that the path names."""
    with call.store.reading() as db:
        issuers.visible(call, db, ident, *EDITORS)
    cleaned = _clean(call, create=True)
    cleaned.pop("issuer", None)
    return _create(call, ident, cleaned, _first_image(call, cleaned))


def _create(call: Call, issuer_ident: str, cleaned: dict[str, Any], image: media.NewFile | str | None) -> Answer:
    _want_criteria(call, cleaned, cleaned)
    with call.store.writing() as db:
        issuer = issuers.visible(call, db, issuer_ident, *EDITORS)
        doc = {
            **{field.name: field.blank for field in _stored(call)},
            **cleaned,
            "image": _store_image(db, image),
            "issuer": issuer.entity_id,
            "createdBy": call.user.entity_id,
        }
        badgeclass = entities.insert(db, NewEntity("badgeclass", doc, issuer=issuer.row), call.store.stamp())
        call.world.overlaps.note(badgeclass.entity_id)
        return ok(show(call, [badgeclass]), status=201)


def change(call: Call, ident: str) -> Answer:
    """Change the fields that were sent, and keep the others or, where hosted, empty them; the issuer never changes."""
    with call.store.reading() as db:
        visible(call, db, ident, *EDITORS)
    cleaned = _clean(call, create=False)
    cleaned.pop("issuer", None)
    upload = cleaned.pop("image", None)
    image = _image(call, upload) if isinstance(upload, images.Upload) else None
    with call.store.writing() as db:
        badgeclass = visible(call, db, ident, *EDITORS)
        doc = merged(badgeclass.doc, {**_left_out(call), **cleaned})
        _want_criteria(call, doc, cleaned)
        if image is None:
            doc["image"] = None if doc["image"] is None else media.saved_again(db, doc["image"])
        else:
            doc["image"] = media.put(db, image)
        badgeclass = entities.update(db, replace(badgeclass, doc=doc), call.store.stamp())
        return ok(show(call, [badgeclass]))


def _left_out(call: Call) -> dict[str, Any]:
    """Give what fields become that a change leaves out: the hosted service documents that it replaces the whole."""
    return {field.name: field.blank for field in _stored(call)} if call.hosted and call.method == "PUT" else {}


def merged(doc: dict[str, Any], cleaned: dict[str, Any]) -> dict[str, Any]:
    """Put what was sent over what is stored; rows of tags and alignments that are still wanted stay as they are."""
    result = {**doc, **cleaned}
    for name in ("tags", "alignments"):
        if name in cleaned:
            result[name] = kept_and_added(doc[name], cleaned[name])
    return result


def kept_and_added(stored: list[Any], sent: list[Any]) -> list[Any]:
    """Update a list the way the server does, row by row.

    Rows whose value was sent stay, in their old order and also twice if they were there twice; values without a
    row are appended, as often as they were sent. So the order never changes, and duplicates never get fewer.
    """
    return [value for value in stored if value in sent] + [value for value in sent if value not in stored]


def delete(call: Call, ident: str) -> Answer:
    """Delete for good, or archive where hosted and not told otherwise."""
    if not call.hosted:
        return _delete(call, ident)
    body = call.read_body()
    orders = body if isinstance(body, dict) else {}
    hard = call.param("hard_delete") or str(orders.get("hard_delete", ""))
    if hard.lower() in {"1", "true"}:
        return _delete(call, ident)
    return _archive(call, ident, call.param("archivalNote") or orders.get("archivalNote"))


def _delete(call: Call, ident: str) -> Answer:
    """Delete, unless somebody holds it: an award that is neither revoked nor expired."""
    with call.store.writing() as db:
        badgeclass = visible(call, db, ident, *EDITORS, archived=None)
        held = {
            "kind = ?": "assertion",
            "badgeclass = ?": badgeclass.row,
            "inactive = ?": 0,
            "(expires_at IS NULL OR expires_at > ?)": call.store.stamp(),
        }
        if entities.exists(db, held):
            raise refused("BadgeClass may only be deleted if all BadgeInstances have been revoked.")
        entities.delete(db, badgeclass)
    return Answer(204)


def _archive(call: Call, ident: str, note: object) -> Answer:
    with call.store.writing() as db:
        badgeclass = visible(call, db, ident, *EDITORS)
        stamp = call.store.stamp()
        text = None if note is None else str(note)
        doc = {**badgeclass.doc, "archivedDate": f"{stamp[:23]}Z", "archivalNote": text}
        entities.update(db, replace(badgeclass, doc=doc, inactive=True), stamp)
    return Answer(204)


def reactivate(call: Call, ident: str) -> Answer:
    """Bring an archived one back."""
    with call.store.writing() as db:
        badgeclass = visible(call, db, ident, *EDITORS, archived=True)
        doc = {**badgeclass.doc, "archivedDate": None, "archivalNote": None}
        badgeclass = entities.update(db, replace(badgeclass, doc=doc, inactive=False), call.store.stamp())
        return ok(show(call, [badgeclass]))


def duplicate(call: Call, ident: str) -> Answer:
    """Copy under a new name."""
    body = call.read_body()
    name = body.get("newName") if isinstance(body, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise bad_request({"newName": ["This field is required."]})
    with call.store.writing() as db:
        source = visible(call, db, ident, *EDITORS)
        path = _copy(db, source.doc["image"])
        doc = {**source.doc, "name": name.strip(), "image": path, "createdBy": call.user.entity_id}
        copy = entities.insert(db, NewEntity("badgeclass", doc, issuer=source.issuer), call.store.stamp())
        return ok(show(call, [copy]), status=201)


def _copy(db: sqlite3.Connection, image: str | None) -> str | None:
    if image is None:
        return None
    path = media.badgeclass_path("." + image.rpartition(".")[2])
    media.copy(db, image, path)
    return path


def _clean(call: Call, *, create: bool) -> dict[str, Any]:
    body = call.read_body()
    if isinstance(body, int | float):
        raise ServerCrashError("a number has no members")

    def issuer_exists(ident: str) -> bool:
        with call.store.reading() as db:
            return entities.find(db, "issuer", ident, hex_too=call.hosted) is not None

    takes_null = create and not call.world.constant_images
    fields = badgeclass_fields(hosted=call.hosted, create=create, takes_null=takes_null, issuer_exists=issuer_exists)
    return call.clean(body, fields)


def _stored(call: Call) -> tuple[Optional, ...]:
    return optional_of_badgeclass(hosted=call.hosted)


def _first_image(call: Call, cleaned: dict[str, Any]) -> media.NewFile | str | None:
    """Take the image out of the fields: a new file, or the path of one that is served already.

    Where a link counts as an image (hosted), only one to a file of this server can be honoured: nothing is ever
    downloaded.
    """
    is_null = "image" in cleaned and cleaned["image"] is None
    image = cleaned.pop("image", None)
    if isinstance(image, images.Upload):
        return _image(call, image)
    if is_null:
        return None
    if image is None or not image.startswith(call.base):
        raise _no_image()
    return _served(call, str(image.removeprefix(call.base)))


def _served(call: Call, path: str) -> str:
    """Give the file behind a path: a constant address leads to the image that its badge class has now."""
    constant = re.fullmatch(r"/public/badges/([^/]+)/image", path)
    if constant is None:
        return path
    with call.store.reading() as db:
        badgeclass = entities.find(db, "badgeclass", constant[1], hex_too=False)
    return path if badgeclass is None else str(badgeclass.doc["image"])


def _image(call: Call, upload: images.Upload) -> media.NewFile:
    return media.NewFile(media.badgeclass_path(upload.suffix), call.normalised(upload))


def _store_image(db: sqlite3.Connection, image: media.NewFile | str | None) -> str | None:
    if image is None:
        return None
    if isinstance(image, media.NewFile):
        return media.put(db, image)
    if not media.exists(db, image):
        raise _no_image()
    return image


def _no_image() -> ApiError:
    return bad_request({"image": "Valid image file or data URI required."})


def _want_criteria(call: Call, doc: dict[str, Any], sent: dict[str, Any]) -> None:
    """Insist on one of the criteria, as the hosted service does and newer servers mean to.

    These only look whether one was sent when a badge class is created, be it null, and at what a change of them leaves.
    """
    is_blank = not doc.get("criteriaUrl") and not doc.get("criteriaNarrative")
    if call.hosted:
        if is_blank:
            raise bad_request(non_field=["One of criteriaUrl and criteriaNarrative is required."])
        return
    is_about_them = "criteriaUrl" in sent or "criteriaNarrative" in sent
    if not call.world.constant_images:
        return
    if call.method == "POST" and not is_about_them:
        raise bad_request(general=["A criteria_url or criteria_test is required."])
    if call.method != "POST" and is_about_them and is_blank:
        raise bad_request(
            general=["Changes cannot be made that would leave both criteria_url and criteria_text blank."]
        )
