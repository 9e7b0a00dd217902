"""The catalog's fields <-> the v2 API's JSON, and what differs between the two dialects. Pure.

Three shapes of a field meet here:

* *wanted*: what the catalog asks for, trimmed and without repetitions, as it will be sent and as the state keeps it;
* *stored*: what the server is expected to make of it (it trims, strips what looks like HTML, drops duplicates);
* *live*: what the server answered, with its ways of saying "nothing" folded into one.

Rules are those of the v2 API: PUT merges on the open-source server (a field left out keeps its value), so what is to
become empty is sent with the value that clears it. The hosted service documents a full replacement, so there every
field it shows is sent, the ones we do not manage as they are.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from badgeops.live import Live
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment, BadgeClass, Entity, Image, Issuer
from badgeops.model.shape import ALIGNMENT_MEMBERS, COMMON, SKILL, Fields, Json
from badgeops.model.text_rules import effective_text

_HOSTED_ONLY: dict[Kind, tuple[str, ...]] = {
    Kind.ISSUER: (),
    Kind.BADGE_CLASS: ("achievementType", "imageAltText"),
}
_UNREADABLE = frozenset({"imageAltText"})
"""Documented as input of the hosted service, but missing from every documented answer."""
_REQUIRED_ON_PUT: dict[Kind, tuple[str, ...]] = {
    Kind.ISSUER: ("name", "url", "email"),
    Kind.BADGE_CLASS: ("name", "description"),
}
_CLEARED: dict[str, Json] = {
    "criteriaUrl": None,
    "criteriaNarrative": None,
    "tags": [],
    "alignments": [],
    "expires": None,
    "extensions": {},
    "achievementType": None,
    "imageAltText": None,
}
"""The value that stands for "empty"; a field that is missing here cannot be emptied."""


def field_names(kind: Kind, dialect: Dialect) -> tuple[str, ...]:
    """Return the fields of a kind that a dialect can store."""
    return COMMON[kind] + (_HOSTED_ONLY[kind] if dialect is Dialect.HOSTED else ())


def is_readable(name: str) -> bool:
    """Tell whether the server shows the field, so that its live value can be compared."""
    return name not in _UNREADABLE


def can_be_cleared(name: str) -> bool:
    """Tell whether a field, once set, can be made empty again."""
    return name in _CLEARED


def cleared(name: str) -> Json:
    """Return the value that stands for an empty field."""
    return _CLEARED[name]


# --- wanted --------------------------------------------------------------------------------------------------------


def wanted(entity: Entity, dialect: Dialect) -> Fields:
    """Return what the catalog asks for, for every field it sets and the dialect can store."""
    if isinstance(entity, BadgeClass):
        values = _badge_class_values(entity, dialect)
    elif isinstance(entity, Issuer):
        values = {
            "name": _trimmed(entity.name),
            "url": _trimmed(entity.url),
            "email": _trimmed(entity.email),
            "description": _trimmed(entity.description),
            "extensions": entity.extensions or {},
        }
    else:  # pragma: no cover (there is no third kind of entity)
        raise TypeError(entity)
    declared = entity.declared
    fields = {name: value for name, value in values.items() if name in declared}
    if dialect is Dialect.HOSTED and isinstance(entity, BadgeClass):
        fields |= _hosted_extras(entity)
    return fields


def _badge_class_values(entity: BadgeClass, dialect: Dialect) -> Fields:
    return {
        "name": _trimmed(entity.name),
        "description": _trimmed(entity.description),
        "criteriaUrl": _trimmed(entity.criteria_url),
        "criteriaNarrative": _trimmed(entity.criteria_narrative),
        "tags": _unique(tag for tag in map(_trimmed, entity.tags) if tag),
        "alignments": _unique(_alignment(item, dialect) for item in entity.alignments),
        "expires": {"amount": entity.expires.amount, "duration": entity.expires.duration} if entity.expires else None,
        "extensions": entity.extensions or {},
    }


def _hosted_extras(entity: BadgeClass) -> Fields:
    extras: Fields = {}
    if "achievementType" in entity.declared:
        extras["achievementType"] = _trimmed(entity.achievement_type)
    # An Image's alternative text counts for every badge class that shows it, without being declared there.
    if "imageAltText" in entity.declared or entity.image_alt_text:
        extras["imageAltText"] = _trimmed(entity.image_alt_text)
    return extras


def _alignment(item: Alignment, dialect: Dialect) -> Fields:
    members = (
        item.target_name,
        item.target_url,
        item.target_description,
        item.target_framework,
        item.target_code,
    )
    result: Fields = {
        name: text for name, value in zip(ALIGNMENT_MEMBERS, members, strict=True) if (text := _trimmed(value))
    }
    if dialect is Dialect.HOSTED and item.display_as_skill:  # the service shows false where nothing was said
        result[SKILL] = True
    return result


def _trimmed(text: str | None) -> str | None:
    return text.strip() or None if text is not None else None


def _unique(items: Iterable[Json]) -> list[Json]:
    result: list[Json] = []
    for item in items:
        if item not in result:
            result.append(item)
    return result


def lacks_description(entity: Entity, dialect: Dialect) -> bool:
    """Tell whether the server will refuse to change an issuer because the catalog gives it no description."""
    return dialect is Dialect.HOSTED and isinstance(entity, Issuer) and not entity.description


def unsupported(entity: Entity, dialect: Dialect) -> list[tuple[tuple[str | int, ...], str]]:
    """Return what the catalog asks for and the dialect cannot store: (path in the document, name)."""
    if dialect is Dialect.HOSTED or not isinstance(entity, BadgeClass):
        return []
    found: list[tuple[tuple[str | int, ...], str]] = [
        ((name,), name) for name in _HOSTED_ONLY[Kind.BADGE_CLASS] if name in entity.declared
    ]
    if any(item.display_as_skill is not None for item in entity.alignments):
        found.append((("alignments",), SKILL))
    return found


# --- comparison ----------------------------------------------------------------------------------------------------


def same(name: str, one: Json, other: Json) -> bool:
    """Compare two values of a field as the server treats them: tags and alignments have no order."""
    if one == other:
        return name != "extensions" or not one or _canonical(one) == _canonical(other)
    if name not in ("tags", "alignments") or not isinstance(one, list) or not isinstance(other, list):
        return False
    return all(item in other for item in one) and all(item in one for item in other)


def _canonical(value: Json) -> str:
    """Return JSON as text: Python takes 1 and true for the same value."""
    return json.dumps(value, sort_keys=True)


def canonical(name: str, value: Json) -> Json:
    """Return a value in the one spelling that it shares with all that `same` takes for the same."""
    if name in ("tags", "alignments") and isinstance(value, list):
        return sorted(_unique(value), key=_canonical)
    return value


def stored(name: str, value: Json) -> Json:
    """Return what the server is expected to keep of a wanted value (see `text_rules`)."""
    if isinstance(value, str):
        return effective_text(value)
    if name == "tags":
        return _unique(map(effective_text, value or []))
    if name == "alignments":
        return _unique(
            {key: effective_text(item) if isinstance(item, str) else item for key, item in entry.items()}
            for entry in value or []
        )
    return value


def is_already(name: str, value: Json, live: Json) -> bool:
    """Tell whether the live value is what the server would make of the wanted one."""
    return same(name, value, live) or same(name, stored(name, value), live)


# --- bodies --------------------------------------------------------------------------------------------------------


def create_body(kind: Kind, fields: Fields, *, issuer_id: str | None, image: str | None) -> Fields:
    """Return the body of a POST. `image` is a data URI."""
    body = {name: value for name, value in fields.items() if not (name in _CLEARED and value == _CLEARED[name])}
    if kind is Kind.BADGE_CLASS:
        body["issuer"] = issuer_id
    if image is not None:
        body["image"] = image
    return body


def update_body(live: Live, dialect: Dialect, managed: Fields, changed: Iterable[str], *, image: str | None) -> Fields:
    """Return the body of a PUT.

    `managed` holds the value to send for every managed field (emptied ones included), `changed` names those that
    must be in the body; the rest is added as far as the dialect needs it, unmanaged fields as they are on the server.
    """
    if dialect is Dialect.HOSTED:
        names = [name for name in field_names(live.kind, dialect) if name in managed or live.fields.get(name)]
    else:
        names = [*_REQUIRED_ON_PUT[live.kind], *changed]
    body = {name: _clearing(name, managed[name] if name in managed else live.fields.get(name)) for name in names}
    body = {name: value for name, value in body.items() if value is not None or name in _CLEARED}
    if image is not None:
        body["image"] = image
    elif dialect is Dialect.HOSTED and live.image_url is not None:
        body["image"] = live.image_url
    return body


def _clearing(name: str, value: Json) -> Json:
    """Spell "empty" so that the server understands it: a bare null leaves an expiry as it was."""
    return {"amount": None, "duration": None} if name == "expires" and value is None else value


def data_uri(image: Image, data: bytes) -> str:
    """Return the form in which the API takes a picture."""
    mime = {"png": "image/png", "svg": "image/svg+xml"}[image.format]
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def received(sent: Fields, live: Live) -> Fields:
    """Return the values that came back other than they were sent; what is not shown is taken on trust."""
    return {
        name: live.fields.get(name)
        for name, value in sent.items()
        if is_readable(name) and name in live.fields and live.fields[name] != value
    }


def expected(sent: Fields, live: Live) -> Fields:
    """Return what came back of a write whose answer nobody has seen, given what the server shows now.

    Only what the server's known habits explain counts as its answer; any other difference is somebody's edit since.
    """
    answers = {
        name: live.fields[name] if is_already(name, value, live.fields[name]) else stored(name, value)
        for name, value in sent.items()
        if is_readable(name) and name in live.fields
    }
    return {name: answer for name, answer in answers.items() if answer != sent[name]}
