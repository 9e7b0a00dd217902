"""The catalog's fields <-> the v2 API's JSON, and what differs between the two dialects. Pure.

Three shapes of a field meet here:

* *wanted*: what the catalog asks for, trimmed and without repetitions, as it will be sent and as the state keeps it;
* *stored*: what the server is expected to make of it (it trims, strips what looks like HTML, drops duplicates);
* *live*: what the server answered, with its ways of saying "nothing" folded into one.

Rules are those of the v2 API: PUT merges on the open-source server (a field left out keeps its value), so what is to
become empty is sent with the value that clears it. The hosted service documents a full replacement, so there every
member it shows is sent, the ones we do not manage as they are: `carried` says which.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from badgeops.api.carried import carried, put_over, seen_as
from badgeops.api.live import Live
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment, BadgeClass, Entity, Image, Issuer
from badgeops.model.fields import Type, can_be_cleared, cleared, is_readable, of_kind as fields_of, type_of
from badgeops.model.shape import ALIGNMENT_MEMBERS, SKILL, Fields, Json
from badgeops.model.text_rules import effective_text


def field_names(kind: Kind, dialect: Dialect) -> tuple[str, ...]:
    """Return the fields of a kind that a dialect can store."""
    return tuple(field.name for field in fields_of(kind, dialect))


# --- wanted --------------------------------------------------------------------------------------------------------


def wanted(entity: Entity, dialect: Dialect) -> Fields:
    """Return what the catalog asks for, for every field it sets and the dialect can store."""
    declared = entity.declared
    return {
        name: value_of(getattr(entity, attribute), dialect)
        for name, attribute, is_inherited, value_of in _steps(entity.address.kind, dialect)
        if name in declared or (is_inherited and getattr(entity, attribute))
    }


@cache
def _steps(kind: Kind, dialect: Dialect) -> tuple[tuple[str, str, bool, Callable[[Any, Dialect], Json]], ...]:
    """Look up once what `wanted` does with each field: it runs for every entity of a catalog."""
    fields = fields_of(kind, dialect)
    return tuple((field.name, field.attribute, field.is_inherited, _WANTED[field.type]) for field in fields)


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


def _trimmed(text: str | None, _dialect: Dialect | None = None) -> str | None:
    return text.strip() or None if text is not None else None


_WANTED: Mapping[Type, Callable[[Any, Dialect], Json]] = {
    **dict.fromkeys((Type.TEXT, Type.URL, Type.EMAIL, Type.MARKDOWN), _trimmed),
    Type.TAGS: lambda tags, _dialect: _unique(tag for tag in map(_trimmed, tags) if tag),
    Type.ALIGNMENTS: lambda items, dialect: _unique(_alignment(item, dialect) for item in items),
    Type.PERIOD: lambda period, _dialect: (
        {"amount": period.amount, "duration": period.duration} if period is not None else None
    ),
    Type.EXTENSIONS: lambda members, _dialect: members or {},
}
"""Attribute of an entity -> value of the API, by what a field holds."""


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
    found: list[tuple[tuple[str | int, ...], str]] = [
        ((field.name,), field.name)
        for field in fields_of(entity.address.kind)
        if dialect not in field.dialects and field.name in entity.declared
    ]
    has_skills = isinstance(entity, BadgeClass) and any(item.display_as_skill is not None for item in entity.alignments)
    if dialect is not Dialect.HOSTED and has_skills:
        found.append((("alignments",), SKILL))
    return found


# --- comparison ----------------------------------------------------------------------------------------------------

_UNORDERED = (Type.TAGS, Type.ALIGNMENTS)


def same(name: str, one: Json, other: Json) -> bool:
    """Compare two values of a field as the server treats them: tags and alignments have no order."""
    if one == other:
        return type_of(name) is not Type.EXTENSIONS or not one or _canonical(one) == _canonical(other)
    if type_of(name) not in _UNORDERED or not isinstance(one, list) or not isinstance(other, list):
        return False
    return all(item in other for item in one) and all(item in one for item in other)


def _canonical(value: Json) -> str:
    """Return JSON as text: Python takes 1 and true for the same value."""
    return json.dumps(value, sort_keys=True)


def canonical(name: str, value: Json) -> Json:
    """Return a value in the one spelling that it shares with all that `same` takes for the same."""
    if type_of(name) in _UNORDERED and isinstance(value, list):
        return sorted(_unique(value), key=_canonical)
    return value


def stored(name: str, value: Json) -> Json:
    """Return what the server is expected to keep of a wanted value (see `text_rules`)."""
    if isinstance(value, str):
        return effective_text(value)
    if type_of(name) is Type.TAGS:
        return _unique(map(effective_text, value or []))
    if type_of(name) is Type.ALIGNMENTS:
        return _unique(
            {key: effective_text(item) if isinstance(item, str) else item for key, item in entry.items()}
            for entry in value or []
        )
    return value


def is_already(name: str, value: Json, live: Json, *ours: Json) -> bool:
    """Tell whether the live value is what the server would make of the wanted one.

    Parts of it that the wanted value does not have are nobody's business, unless one of `ours` has them: what was
    sent before, and is not wanted any more.
    """
    live = seen_as(name, live, value, *ours)
    return same(name, value, live) or same(name, stored(name, value), live)


# --- bodies --------------------------------------------------------------------------------------------------------


def create_body(kind: Kind, fields: Fields, *, issuer_id: str | None, image: str | None) -> Fields:
    """Return the body of a POST. `image` is a data URI."""
    body = {name: value for name, value in fields.items() if not (can_be_cleared(name) and value == cleared(name))}
    if kind is Kind.BADGE_CLASS:
        body["issuer"] = issuer_id
    if image is not None:
        body["image"] = image
    return body


def update_body(
    live: Live, dialect: Dialect, managed: Fields, changed: Iterable[str], *, sent: Fields, image: str | None
) -> Fields:
    """Return the body of a PUT: the entity as it was read just before, and the managed fields over it.

    `live` has its members. `managed` holds the value to send for every managed field (emptied ones included),
    `changed` names those that must be in the body, `sent` holds what we sent last. What the dialect needs beyond that
    is added as it is on the server; see `carried` for what else travels.
    """
    members = live.members or {}
    body = carried(live, dialect)
    if dialect is Dialect.HOSTED:
        names = [name for name in field_names(live.kind, dialect) if name in managed or live.fields.get(name)]
    else:
        names = [*(field.name for field in fields_of(live.kind) if live.kind in field.required), *changed]
    for name in names:
        if name in managed:
            value = put_over(name, managed[name], members.get(name, live.fields.get(name)), sent.get(name))
        else:
            value = members.get(name, live.fields.get(name))
        value = _clearing(name, value)
        if value is not None or can_be_cleared(name):
            body[name] = value
    if image is not None:
        body["image"] = image
    elif dialect is Dialect.HOSTED and live.image_url is not None:
        body["image"] = live.image_url
    return body


def _clearing(name: str, value: Json) -> Json:
    """Spell "empty" so that the server understands it: a bare null leaves an expiry as it was."""
    return {"amount": None, "duration": None} if type_of(name) is Type.PERIOD and value is None else value


def data_uri(image: Image, data: bytes) -> str:
    """Return the form in which the API takes an image."""
    mime = {"png": "image/png", "svg": "image/svg+xml"}[image.format]
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def received(sent: Fields, live: Live) -> Fields:
    """Return the values that came back other than they were sent; what is not shown is taken on trust."""
    return {
        name: live.fields.get(name)
        for name, value in sent.items()
        if is_readable(name) and name in live.fields and live.fields[name] != value
    }


def unlike(sent: Fields, live: Live, *, but: str = "") -> tuple[str, ...]:
    """Return the fields that a server shows otherwise than what it would make of what was sent, but for one.

    Who has sent it takes an entity for its own only if there are none: a name is soon given twice.
    """
    return tuple(
        name
        for name, value in sent.items()
        if name in live.fields and name != but and not is_already(name, value, live.fields[name])
    )


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
