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
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NoReturn
from urllib.parse import urlsplit

from badgeops.dialect import Dialect
from badgeops.errors import NotAnApi
from badgeops.fields import BOTH, Type, can_be_cleared, cleared, is_readable, of_kind as fields_of, type_of
from badgeops.model import Alignment, BadgeClass, Entity, Image, Issuer, Kind
from badgeops.text_rules import effective_text

Json = Any
Fields = dict[str, Json]
"""API field name -> value, for the fields that are compared one by one (not the image, not the issuer)."""


_ALIGNMENT_MEMBERS = ("targetName", "targetUrl", "targetDescription", "targetFramework", "targetCode")
_SKILL = "displayAsSkill"
_ENTITY_ID = re.compile(r"[\w.~-]{1,200}")
"""An id is put into paths and into commands that people copy; real ones are 22 characters of base64url."""
_MEMBERS = frozenset({*_ALIGNMENT_MEMBERS, _SKILL})


def field_names(kind: Kind, dialect: Dialect) -> tuple[str, ...]:
    """Return the fields of a kind that a dialect can store."""
    return tuple(field.name for field in fields_of(kind, dialect))


# --- wanted --------------------------------------------------------------------------------------------------------


def wanted(entity: Entity, dialect: Dialect) -> Fields:
    """Return what the catalog asks for, for every field it sets and the dialect can store."""
    declared = entity.declared
    return {
        field.name: _WANTED[field.type](getattr(entity, field.attribute), dialect)
        for field in fields_of(entity.address.kind, dialect)
        if field.name in declared or (field.is_inherited and getattr(entity, field.attribute))
    }


def _alignment(item: Alignment, dialect: Dialect) -> Fields:
    members = (
        item.target_name,
        item.target_url,
        item.target_description,
        item.target_framework,
        item.target_code,
    )
    result: Fields = {
        name: text for name, value in zip(_ALIGNMENT_MEMBERS, members, strict=True) if (text := _trimmed(value))
    }
    if dialect is Dialect.HOSTED and item.display_as_skill:  # the service shows false where nothing was said
        result[_SKILL] = True
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
        found.append((("alignments",), _SKILL))
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


def is_already(name: str, value: Json, live: Json) -> bool:
    """Tell whether the live value is what the server would make of the wanted one."""
    return same(name, value, live) or same(name, stored(name, value), live)


# --- live ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Live:
    """An entity as the server shows it."""

    kind: Kind
    entity_id: str
    open_badge_id: str
    name: str
    created_at: str
    fields: Fields = field(repr=False)
    issuer_id: str | None = None
    archived: bool = False
    image_url: str | None = None
    image_ref: str | None = None
    """What identifies the served image: its path, without the host (hosts differ and change) or a signature."""

    @property
    def image_is_svg(self) -> bool:
        """An SVG gets a new address at every PUT of any field, so its address proves nothing."""
        return bool(self.image_ref and self.image_ref.lower().endswith(".svg"))


def parse(kind: Kind, payload: Json) -> Live:
    """Read an issuer or a badge class from an answer; NotAnApi where it is not shaped like one."""
    if not isinstance(payload, dict):
        raise NotAnApi(f"The server listed something that is no {kind}.")
    entity_id, name = payload.get("entityId"), payload.get("name")
    if not isinstance(entity_id, str) or not _ENTITY_ID.fullmatch(entity_id) or not isinstance(name, str):
        raise NotAnApi(f"The server listed a {kind} without entityId or name.")
    image = payload.get("image")
    image_url = image if isinstance(image, str) and image else None
    path = payload.get("imagePath") or image_url
    issuer = payload.get("issuer") if kind is Kind.BADGE_CLASS else None
    try:
        fields = _live_fields(kind, payload)
    except (ValueError, TypeError, AttributeError) as error:
        raise NotAnApi(f"The server listed a {kind} ({entity_id}) that is malformed: {error}.") from error
    return Live(
        kind=kind,
        entity_id=entity_id,
        open_badge_id=str(payload.get("openBadgeId") or ""),
        name=name,
        created_at=str(payload.get("createdAt") or ""),
        fields=fields,
        issuer_id=issuer if isinstance(issuer, str) else None,
        archived=payload.get("archived") is True,
        image_url=image_url,
        image_ref=_path_of(path) if isinstance(path, str) else None,
    )


def _path_of(url: str) -> str:
    """Return the path of an address; the text itself where it is no address."""
    try:
        return urlsplit(url).path
    except ValueError:
        return url


def check_shape(name: str, value: Json) -> None:
    """Raise ValueError unless a live or recorded value is of the kind that its field has; unknown fields may be any.

    Everything after this point relies on it, so it is asked wherever a value comes from outside.
    """
    if not _has_shape(name, value):
        raise ValueError(f"{name} is not what the API describes")


_MOST_LEVELS = 60
"""Of nesting in what the API describes no further; no catalog has as many, and whatever walks them comes back."""


def strict_json(text: str | bytes) -> Json:
    """Read JSON. ValueError also for numbers that no JSON can hold: comparing them, or writing them, goes wrong."""
    return json.loads(text, parse_constant=_no_number, parse_float=_finite)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _finite(text: str) -> float:
    value = float(text)
    return value if isfinite(value) else _no_number(text[:20])


def _is_shallow(value: Json, levels: int = _MOST_LEVELS) -> bool:
    if not isinstance(value, dict | list):
        return True
    return levels > 0 and all(
        _is_shallow(item, levels - 1) for item in (value.values() if isinstance(value, dict) else value)
    )


def _has_shape(name: str, value: Json) -> bool:
    known = type_of(name)
    if known is not None and known.is_text:
        return value is None or isinstance(value, str)
    if known is Type.TAGS:
        return isinstance(value, list) and all(isinstance(tag, str) for tag in value)
    if known is Type.ALIGNMENTS:
        return isinstance(value, list) and all(_is_alignment(item) for item in value)
    if known is Type.PERIOD:
        return value is None or (
            isinstance(value, dict)
            and isinstance(value.get("amount"), int)
            and isinstance(value.get("duration"), str | None)
        )
    return (known is not Type.EXTENSIONS or isinstance(value, dict)) and _is_shallow(value)


def _is_alignment(value: Json) -> bool:
    return isinstance(value, dict) and all(
        isinstance(member, bool if name == _SKILL else str) if name in _MEMBERS else _is_shallow(member)
        for name, member in value.items()
    )


def _live_fields(kind: Kind, payload: Mapping[str, Json]) -> Fields:
    """Read what is shown of each field; one that only some servers store is there if this one shows it."""
    fields = {
        field.name: _one_nothing(field.type, payload.get(field.name))
        for field in fields_of(kind)
        if field.is_readable and (field.dialects == BOTH or field.name in payload)
    }
    for name, value in fields.items():
        check_shape(name, value)
    return fields


def _one_nothing(type_: Type, value: Json) -> Json:
    """Fold the ways in which servers say that a field is empty into the one that `cleared` has."""
    if type_ is Type.PERIOD:
        return value if isinstance(value, dict) and value.get("amount") is not None else None
    if type_ is Type.ALIGNMENTS:
        return [_without_nulls(item) for item in value or []]
    if type_ is Type.TAGS:
        return value or []
    return value or {} if type_ is Type.EXTENSIONS else value


def _without_nulls(alignment: Json) -> Json:
    if not isinstance(alignment, dict):
        return alignment
    return {name: value for name, value in alignment.items() if value is not None}


# --- bodies --------------------------------------------------------------------------------------------------------


def create_body(kind: Kind, fields: Fields, *, issuer_id: str | None, image: str | None) -> Fields:
    """Return the body of a POST. `image` is a data URI."""
    body = {name: value for name, value in fields.items() if not (can_be_cleared(name) and value == cleared(name))}
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
        names = [*(field.name for field in fields_of(live.kind) if live.kind in field.required), *changed]
    body = {name: _clearing(name, managed[name] if name in managed else live.fields.get(name)) for name in names}
    body = {name: value for name, value in body.items() if value is not None or can_be_cleared(name)}
    if image is not None:
        body["image"] = image
    elif dialect is Dialect.HOSTED and live.image_url is not None:
        body["image"] = live.image_url
    return body


def _clearing(name: str, value: Json) -> Json:
    """Spell "empty" so that the server understands it: a bare null leaves an expiry as it was."""
    return {"amount": None, "duration": None} if type_of(name) is Type.PERIOD and value is None else value


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
