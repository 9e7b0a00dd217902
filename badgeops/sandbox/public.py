"""What is served without a token: Open Badges documents, redirects to images, and the images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

from badgeops.sandbox import entities, media
from badgeops.sandbox.call import World, found
from badgeops.sandbox.envelope import HTML, Answer, page
from badgeops.sandbox.shapes import open_badge_id

if TYPE_CHECKING:
    import sqlite3

    from badgeops.sandbox.entities import Entity, Kind

CONTEXT: Final = "https://w3id.org/openbadges/v2"

KINDS: Final[dict[str, Kind]] = {"issuers": "issuer", "badges": "badgeclass", "assertions": "assertion"}

MEDIA_TYPES: Final = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class PublicCall:
    """A request without a caller."""

    world: World
    wants_page: bool
    """Browsers are sent on to the user interface."""
    expand: frozenset[str]


def document(call: PublicCall, place: str, ident: str) -> Answer:
    """Give the Open Badges document of an object; `.json` at the end of its id is allowed, no other dot is."""
    if "." in ident.removesuffix(".json"):
        return page(404)
    with call.world.store.reading() as db:
        entity = _find(db, place, ident.removesuffix(".json"))
        if call.wants_page:
            return _redirect(f"/public/{place}/{entity.entity_id}.json")
        return Answer(200, _DOCUMENTS[entity.kind](db, entity, call))


def badges_of_issuer(call: PublicCall, ident: str) -> Answer:
    """Give the documents of an issuer's badge classes, as a bare list."""
    with call.world.store.reading() as db:
        issuer = _find(db, "issuers", ident)
        if call.wants_page:
            return _redirect(f"/public/issuers/{issuer.entity_id}.json")
        conditions = {"kind = ?": "badgeclass", "issuer = ?": issuer.row, "inactive = ?": 0}
        listed = entities.select(db, conditions, "ORDER BY row")
        plain = replace(call, expand=frozenset())
        return Answer(200, [_badgeclass(db, badgeclass, plain) for badgeclass in listed])


def image(call: PublicCall, place: str, ident: str) -> Answer:
    """Redirect to the image as it is now; this address is the stable one."""
    with call.world.store.reading() as db:
        entity = _find(db, place, ident)
    if entity.doc["image"] is None or (entity.kind == "assertion" and entity.inactive):
        return Answer(404)
    return _redirect(entity.doc["image"])


def criteria(world: World, ident: str) -> Answer:
    """Redirect to the badge class, which tells its criteria."""
    with world.store.reading() as db:
        entity = entities.find(db, "badgeclass", ident, hex_too=False)
    return page(404) if entity is None else _redirect(f"/public/badges/{entity.entity_id}")


def file(world: World, path: str) -> Answer:
    """Serve an image."""
    with world.store.reading() as db:
        served = media.get(db, f"/media/{path}")
    if served is None:
        return page(404)
    media_type = MEDIA_TYPES.get(path[path.rfind(".") :], "application/octet-stream")
    modified = formatdate(served.modified, usegmt=True)
    return Answer(200, served.content, media_type, (("Last-Modified", modified),))


def _redirect(location: str) -> Answer:
    return Answer(302, "", HTML, (("Location", location),))


def _find(db: sqlite3.Connection, place: str, ident: str) -> Entity:
    return found(entities.find(db, KINDS[place], ident, hex_too=False))


def _head(kind: str, entity: Entity) -> dict[str, Any]:
    return {"@context": CONTEXT, "type": kind, "id": open_badge_id(entity.kind, entity.entity_id)}


def _issuer(_db: sqlite3.Connection, entity: Entity, call: PublicCall) -> dict[str, Any]:
    doc = entity.doc
    shown = _head("Issuer", entity)
    shown |= {name: doc[name] for name in ("name", "url", "email", "description")}
    if doc["image"] is not None:
        shown["image"] = f"{shown['id']}/image"
    elif call.world.constant_images:
        shown["image"] = None
    return {**shown, **doc["extensions"]}


def _badgeclass(db: sqlite3.Connection, entity: Entity, call: PublicCall) -> dict[str, Any]:
    doc = entity.doc
    head = _head("BadgeClass", entity)
    criteria = {"id": doc["criteriaUrl"], "narrative": doc["criteriaNarrative"]}
    issuer: object = open_badge_id("issuer", doc["issuer"])
    if "issuer" in call.expand:
        issuer = _issuer(db, entities.by_row(db, entity.issuer), call)
    return {
        **head,
        "name": doc["name"],
        "description": doc["description"],
        "issuer": issuer,
        "image": f"{head['id']}/image",
        "criteria": _without_nulls(criteria),
        "alignment": [_without_nulls(alignment) for alignment in doc["alignments"]],
        "tags": doc["tags"],
        **doc["extensions"],
    }


def _assertion(_db: sqlite3.Connection, entity: Entity, _call: PublicCall) -> dict[str, Any]:
    doc = entity.doc
    head = _head("Assertion", entity)
    if entity.inactive:
        return {**head, "revoked": True, "revocationReason": doc["revocationReason"]}
    recipient = {name: value for name, value in doc["recipient"].items() if name != "plaintextIdentity"}
    shown = {
        **head,
        "recipient": recipient,
        "badge": open_badge_id("badgeclass", doc["badgeclass"]),
        "image": f"{head['id']}/image",
        "verification": {"type": "HostedBadge"},
        "issuedOn": doc["issuedOn"],
        "expires": doc["expires"],
        "narrative": doc["narrative"],
        "evidence": [{"type": "Evidence", **_evidence(item)} for item in doc["evidence"]],
    }
    return _without_nulls(shown)


def _evidence(item: dict[str, Any]) -> dict[str, Any]:
    return _without_nulls({"id": item["url"], "narrative": item["narrative"]})


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


_DOCUMENTS: Final = {"issuer": _issuer, "badgeclass": _badgeclass, "assertion": _assertion}
