"""Awards of badge classes to people: enough of them that they exist, can be revoked, and stand in the way of deletes.

Nothing is mailed to anyone, and no award is baked into its image: an award is served the image of its badge class.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from badgeops.sandbox import badgeclasses, entities, issuers, media, paging
from badgeops.sandbox.call import Call, found
from badgeops.sandbox.envelope import Answer, ApiError, ServerCrashError, bad_request, not_found, ok
from badgeops.sandbox.fields import REQUIRED
from badgeops.sandbox.recipients import Recipient
from badgeops.sandbox.shapes import open_badge_id
from badgeops.sandbox.tables import assertion_fields

if TYPE_CHECKING:
    import sqlite3

    from badgeops.sandbox.entities import Entity

BLANK: Final[dict[str, Any]] = {"narrative": None, "evidence": [], "expires": None, "revocationReason": None}

DUPLICATE: Final = "A previous award of this badge already exists for this recipient."
REVOKED_ALREADY: Final = "Assertion is already revoked"


def show(call: Call, awards: list[Entity]) -> list[dict[str, Any]]:
    """Show awards."""
    view = call.view
    return [view.assertion(award) for award in awards]


def list_of_badgeclass(call: Call, ident: str) -> Answer:
    """List the awards of a badge class."""
    with call.store.reading() as db:
        badgeclass = badgeclasses.visible(call, db, ident, archived=None)
    return _list(call, {"badgeclass = ?": badgeclass.row})


def list_of_issuer(call: Call, ident: str) -> Answer:
    """List the awards of an issuer."""
    with call.store.reading() as db:
        issuer = issuers.visible(call, db, ident)
    return _list(call, {"issuer = ?": issuer.row})


def _list(call: Call, conditions: dict[str, object]) -> Answer:
    """List awards; revoked and expired ones only for those who ask."""
    conditions = {"kind = ?": "assertion", **conditions}
    if not call.is_on("include_revoked"):
        conditions["inactive = ?"] = 0
    if not call.is_on("include_expired"):
        conditions["(expires_at IS NULL OR expires_at > ?)"] = _sortable(datetime.now(UTC))
    recipients = call.query.get("recipient")
    if recipients:
        conditions["instr(char(10) || ? || char(10), char(10) || recipient || char(10)) > 0"] = "\n".join(recipients)
    return paging.pages(call, conditions, "row", lambda _db, awards: show(call, awards))


def list_changed(call: Call) -> Answer:
    """List what changed since a moment."""
    mine = "issuer IN (SELECT issuer FROM staff WHERE user = ?)"
    conditions = {"kind = ?": "assertion", mine: call.user.entity_id}
    return paging.changes(call, conditions, lambda _db, awards: show(call, awards))


def create(call: Call, ident: str) -> Answer:
    """Award a badge class."""
    with call.store.reading() as db:
        badgeclasses.visible(call, db, ident)
    return _award(call, ident, [_clean(call, call.read_body(), create=True)])


def create_under_issuer(call: Call, ident: str) -> Answer:
    """Award a badge class that the body names, by its id, its name or its openBadgeId."""
    with call.store.reading() as db:
        issuer = issuers.visible(call, db, ident)
    body = call.read_body()
    cleaned = _clean(call, body, create=True)
    with call.store.reading() as db:
        badgeclass = _named(call, db, issuer, body if isinstance(body, dict) else {})
    return _award(call, badgeclass.entity_id, [cleaned])


def _named(call: Call, db: sqlite3.Connection, issuer: Entity, body: dict[str, Any]) -> Entity:
    named = {name: body[name] for name in ("badgeclass", "badgeclassName", "badgeclassOpenBadgeId") if body.get(name)}
    if len(named) != 1:
        raise bad_request(general=["Exactly one of badgeclass, badgeclassName and badgeclassOpenBadgeId is needed."])
    ((name, value),) = named.items()
    offered = entities.select(db, {"kind = ?": "badgeclass", "issuer = ?": issuer.row}, "ORDER BY row")
    for badgeclass in offered:
        ids = {badgeclass.entity_id, badgeclass.hex_id} if call.hosted else {badgeclass.entity_id}
        means = {
            "badgeclass": ids,
            "badgeclassName": {badgeclass.doc["name"]},
            "badgeclassOpenBadgeId": {open_badge_id("badgeclass", badgeclass.entity_id)},
        }
        if value in means[name]:
            return badgeclass
    raise bad_request({name: [f'Invalid entity_id "{value}" - object does not exist.']})


def create_many(call: Call, ident: str) -> Answer:
    """Award a badge class to several at once: all or nothing; the errors are a list."""
    with call.store.reading() as db:
        badgeclasses.visible(call, db, ident)
    body = call.read_body()
    if isinstance(body, list):
        return Answer(400)
    wanted = body.get("assertions") if isinstance(body, dict) else None
    if not isinstance(wanted, list):
        raise bad_request({"assertions": [REQUIRED]})
    cleaned: list[dict[str, Any]] = []
    errors: list[object] = []
    for item in wanted:
        try:
            cleaned.append(_clean(call, item, create=True))
            errors.append({})
        except ApiError as problem:
            errors.append(_of_one(problem))
    if any(errors):
        raise bad_request(errors)
    return _award(call, ident, cleaned)


def _of_one(problem: ApiError) -> object:
    """Give what a batch says of one of its awards: of a missing recipient, without the full stop."""
    fields = problem.fields
    if isinstance(fields, dict) and fields.get("recipient") == [REQUIRED]:
        return {**fields, "recipient": [REQUIRED.removesuffix(".")]}
    return fields or {"non_field_errors": problem.general}


def _award(call: Call, ident: str, wanted: list[dict[str, Any]]) -> Answer:
    with call.store.writing() as db:
        badgeclass = badgeclasses.visible(call, db, ident)
        return ok(show(call, [_award_one(call, db, badgeclass, item) for item in wanted]), status=201)


def _award_one(call: Call, db: sqlite3.Connection, badgeclass: Entity, cleaned: dict[str, Any]) -> Entity:
    recipient: Recipient = cleaned["recipient"]
    if not cleaned.get("allowDuplicateAwards", True):
        before = {"kind = ?": "assertion", "badgeclass = ?": badgeclass.row, "inactive = ?": 0}
        # The server compares with the address as it was sent, so that a capital letter slips through.
        if entities.exists(db, {**before, "recipient = ?": recipient.as_sent}):
            raise bad_request(general=[DUPLICATE])
    entity_id = entities.new_entity_id()
    path = _copy(db, badgeclass.doc["image"], f"/media/uploads/badges/assertion-{entity_id}")
    doc = {
        **BLANK,
        **_stored(cleaned),
        "recipient": recipient.shown(secrets.token_hex(16)),
        "issuedOn": _shown_time(cleaned.get("issuedOn") or datetime.now(UTC)),
        "image": path,
        "issuer": badgeclass.doc["issuer"],
        "badgeclass": badgeclass.entity_id,
        "createdBy": call.user.entity_id,
    }
    new = entities.NewEntity(
        "assertion",
        doc,
        entity_id,
        issuer=badgeclass.issuer,
        badgeclass=badgeclass.row,
        expires_at=_sortable(cleaned.get("expires")),
        recipient=recipient.identity,
    )
    return entities.insert(db, new, call.store.stamp())


def _stored(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Pick what goes into the document as it is, or with its time written out."""
    stored: dict[str, Any] = {name: cleaned[name] for name in ("narrative", "evidence") if name in cleaned}
    for name in ("expires", "issuedOn"):
        if name in cleaned:
            stored[name] = None if cleaned[name] is None else _shown_time(cleaned[name])
    return stored


def _copy(db: sqlite3.Connection, image: str | None, stem: str) -> str | None:
    """Serve an image under another path too: None where a badge class has none."""
    if image is None:
        return None
    path = stem + image[image.rfind(".") :]
    media.copy(db, image, path)
    return path


def _shown_time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _sortable(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def visible(call: Call, db: sqlite3.Connection, ident: str) -> Entity:
    """Find an award of an issuer that the caller belongs to; else 404."""
    award = found(entities.find(db, "assertion", ident, hex_too=call.hosted))
    if entities.role(db, award.issuer, call.user.entity_id) is None:
        raise not_found()
    return award


def get(call: Call, ident: str) -> Answer:
    """Show one."""
    with call.store.reading() as db:
        return ok(show(call, [visible(call, db, ident)]))


def change(call: Call, ident: str) -> Answer:
    """Change the fields that were sent; the image is made anew each time. A revoked award breaks the server."""
    with call.store.reading() as db:
        if visible(call, db, ident).inactive:
            raise ServerCrashError("the assertion is revoked")
    cleaned = _clean(call, call.read_body(), create=False)
    with call.store.writing() as db:
        award = visible(call, db, ident)
        path = _copy(db, award.doc["image"], f"/media/assertion-{secrets.token_hex(16)}")
        changed = replace(award, doc={**award.doc, **_stored(cleaned), "image": path})
        if "expires" in cleaned:
            changed = replace(changed, expires_at=_sortable(cleaned["expires"]))
        recipient: Recipient | None = cleaned.get("recipient")
        if recipient is not None:
            salt = award.doc["recipient"].get("salt") or secrets.token_hex(16)
            changed = replace(changed, recipient=recipient.identity)
            changed.doc["recipient"] = recipient.shown(salt)
        return ok(show(call, [entities.update(db, changed, call.store.stamp())]))


def revoke(call: Call, ident: str) -> Answer:
    """Revoke one, for a reason; the hosted service does without one, and also takes it in the query."""
    with call.store.reading() as db:
        visible(call, db, ident)
    body = call.read_body()
    reason = body.get("revocation_reason") if isinstance(body, dict) else None
    if call.hosted:
        reason = reason or call.param("revocation_reason") or ""
    if reason is None:
        raise bad_request({"revocation_reason": "This field is required"})
    with call.store.writing() as db:
        award = visible(call, db, ident)
        if award.inactive:
            raise bad_request(general=[REVOKED_ALREADY])
        return ok(show(call, [_revoked(call, db, award, str(reason))]))


def _revoked(call: Call, db: sqlite3.Connection, award: Entity, reason: str) -> Entity:
    changed = replace(award, inactive=True, doc={**award.doc, "revocationReason": reason or None})
    return entities.update(db, changed, call.store.stamp())


def revoke_many(call: Call) -> Answer:
    """Revoke several: always 200, with the outcome of each."""
    body = call.read_body()
    if not isinstance(body, list):
        raise ServerCrashError("not a list")
    with call.store.writing() as db:
        return ok([_revoke_item(call, db, item) for item in body], description="revoked badges")


def _revoke_item(call: Call, db: sqlite3.Connection, item: object) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise ServerCrashError("an item is not an object")
    names = ("entityId", "id") if call.hosted else ("entityId",)
    told = {name: item[name] for name in (*names, "revocationReason") if item.get(name)}
    ident = next((str(told[name]) for name in names if name in told), None)
    reason = _revoke_if_possible(call, db, ident, told.get("revocationReason"))
    return {"revoked": True, **told} if reason is None else {"revoked": False, **told, "reason": reason}


def _revoke_if_possible(call: Call, db: sqlite3.Connection, ident: str | None, revocation_reason: object) -> str | None:
    """Revoke one of several; gives why not."""
    if ident is None:
        return "entityId is required"
    if not revocation_reason:
        return "revocationReason is required"
    try:
        award = visible(call, db, ident)
    except ApiError:
        return "permission denied or object not found"
    if award.inactive:
        return f"['{REVOKED_ALREADY}']"
    _revoked(call, db, award, str(revocation_reason))
    return None


def _clean(call: Call, body: object, *, create: bool) -> dict[str, Any]:
    return call.clean(body, assertion_fields(create=create))
