"""What a server showed, as JSON and back, so that a plan can be made with neither credentials nor a network. Pure.

It holds what the refresh of a plan sees (schemas/snapshot.schema.json): issuers and badge classes with the fields that
are compared, which recorded entities were hidden and whose image only moved, and, if asked for, how many people have
earned each. It holds no token, no address of staff and nobody who was awarded; nor when it was taken, so that the same
account gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlsplit

from badgeops.api.live import Earners, Live, parse_live
from badgeops.errors import ApiError, PlanError
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entity_id import checked_entity_id
from badgeops.model.shape import Fields
from badgeops.planning.plan import fingerprint
from badgeops.planning.planner import Snapshot

FORMAT = "badgeops-snapshot"
FORMAT_VERSION = "1.1"
"""Minor: members were added, ignore what you do not know. Major: read the changelog before you go on."""
_VERSION = re.compile(r"1\.[0-9]{1,9}")
_AGAIN = "Take a new one, with credentials:\n  badgeops snapshot --out FILE"
_KINDS = {"issuers": Kind.ISSUER, "badgeClasses": Kind.BADGE_CLASS}
T = TypeVar("T")


@dataclass(frozen=True)
class Recorded:
    """A snapshot, and of which server and beside which state it was taken."""

    environment: str
    server: str
    lineage: str
    serial: int
    snapshot: Snapshot
    earners: Mapping[str, Earners] | None = None
    """By entityId; None where nobody counted."""


def dumps(recorded: Recorded) -> str:
    """Write a snapshot as JSON: sorted, one entity a line, so that git shows what changed."""
    snapshot = recorded.snapshot
    entities = {
        name: [_entity(live) for _, live in sorted(snapshot.live.items()) if live.kind is kind]
        for name, kind in _KINDS.items()
    }
    earners = recorded.earners
    content: Fields = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "environment": recorded.environment,
        "server": recorded.server,
        "dialect": str(snapshot.dialect),
        "lineage": recorded.lineage,
        "serial": recorded.serial,
        **entities,
        "hidden": sorted(snapshot.hidden),
        "doubts": {key: snapshot.doubts[key] for key in sorted(snapshot.doubts)},
        "sameImages": sorted(snapshot.same_images),
        **({"ownImages": sorted(snapshot.own_images)} if snapshot.own_images else {}),
        "holders": None
        if earners is None
        else [{"entityId": key, **earners[key].as_json()} for key in sorted(earners)],
    }
    content["checksum"] = _checksum(content)
    lines = [f"  {json.dumps(name)}: {_value(value)}" for name, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(value: object) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value, ensure_ascii=False)
    return "[\n" + ",\n".join(f"    {json.dumps(item, ensure_ascii=False)}" for item in value) + "\n  ]"


def _checksum(content: Fields) -> str:
    return f"sha256:{fingerprint({name: value for name, value in content.items() if name != 'checksum'})}"


def _entity(live: Live) -> Fields:
    return {
        "entityId": live.entity_id,
        "openBadgeId": live.open_badge_id,
        "createdAt": live.created_at,
        "issuer": live.issuer_id,
        "archived": live.archived,
        "image": _plain_address(live.image_url),
        "imageRef": live.image_ref,
        "fields": live.fields,
    }


def _plain_address(url: str | None) -> str | None:
    """Return the address of an image; None where it holds more than a place, perhaps a signature."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return None if parts.query or parts.fragment or "@" in parts.netloc else url


def loads(text: str, *, name: str) -> Recorded:
    """Read a snapshot. PlanError, naming the file, where it is none, damaged, or of a newer version."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{name} is not a snapshot: it is not JSON, or was cut short.", hint=_AGAIN) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise PlanError(f'{name} is not a snapshot: it lacks "format": "{FORMAT}".', hint=_AGAIN)
    version = data.get("format_version")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise PlanError(
            f"The snapshot {name} has format version {version!r}; this badgeops knows version {FORMAT_VERSION}.",
            hint="It was written by another version of badgeops. Use that version, or take a new snapshot.",
        )
    try:
        return _recorded(data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, ApiError) as error:
        raise PlanError(
            f"The snapshot {name} is damaged or was edited: part of it is missing, malformed or not as it was written.",
            hint=_AGAIN,
        ) from error


def _recorded(data: Fields) -> Recorded:
    if data["checksum"] != _checksum(data):
        raise ValueError("its checksum does not fit its content")
    found = [_live(kind, item) for name, kind in _KINDS.items() for item in _typed(data[name], list)]
    live = {item.entity_id: item for item in found}
    if len(live) != len(found):
        raise ValueError("an entity occurs twice")
    hidden = frozenset(map(checked_entity_id, _typed(data["hidden"], list)))
    doubts = {key: _typed(why, str) for key, why in _typed(data.get("doubts", {}), dict).items()}
    if not doubts.keys() <= hidden:
        raise ValueError("there is a doubt about what is not hidden")
    counts = data["holders"]
    return Recorded(
        environment=_typed(data["environment"], str),
        server=_typed(data["server"], str),
        lineage=_typed(data["lineage"], str),
        serial=_typed(data["serial"], int),
        snapshot=Snapshot(
            Dialect(data["dialect"]),
            live,
            hidden=hidden,
            doubts=doubts,
            same_images=frozenset(map(checked_entity_id, _typed(data["sameImages"], list))),
            own_images=frozenset(map(checked_entity_id, _typed(data.get("ownImages", []), list))),
        ),
        earners=None
        if counts is None
        else {checked_entity_id(item["entityId"]): _earners(item) for item in _typed(counts, list)},
    )


def _earners(data: Fields) -> Earners:
    past = _typed(data.get("past", {}), dict)
    return Earners(
        _count(data["count"]),
        _typed(data["more"], bool),
        expired=_count(past.get("expired", 0)),
        revoked=_count(past.get("revoked", 0)),
        more_past=_typed(past.get("more", False), bool),
    )


def _count(value: object) -> int:
    number = _typed(value, int)
    if number < 0:
        raise ValueError(f"{number} is no count")
    return number


def _live(kind: Kind, data: Fields) -> Live:
    """Read an entity by the way that a server's answer takes, so that it is checked as one."""
    fields = _typed(data["fields"], dict)
    live = parse_live(kind, {**fields, **{name: data[name] for name in _MEMBERS}})
    reference = data["imageRef"]
    return replace(live, image_ref=None if reference is None else _typed(reference, str))


_MEMBERS = ("entityId", "openBadgeId", "createdAt", "issuer", "archived", "image")


def _typed(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
    return value


def check(recorded: Recorded, name: str, *, environment: str, server: str, dialect: Dialect | None) -> None:
    """Raise PlanError where a snapshot is of something else than what is to be planned for."""
    told = str(dialect) if dialect is not None else str(recorded.snapshot.dialect)
    for what, there, here in (
        ("the environment", recorded.environment, environment),
        ("the server", recorded.server, server),
        ("a server of the dialect", str(recorded.snapshot.dialect), told),
    ):
        if there != here:
            raise PlanError(
                f"{name} is a snapshot of {what} {there}, but this is {here}.",
                hint=f"See --env. {_AGAIN}",
            )
