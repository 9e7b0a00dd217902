"""What a server shows of an entity, read from its JSON. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from badgeops.errors import NotAnApiError
from badgeops.model.address import Kind
from badgeops.model.entity_id import is_entity_id, is_open_badge_id
from badgeops.model.fields import BOTH, Type, of_kind
from badgeops.model.shape import Fields, Json, check_shape, check_shapes


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
    other_forms: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """Fields that the server shows in a member of another name and another form: (field, member)."""
    is_verified: bool | None = field(default=None, compare=False)
    """Of an issuer: whether the server's operator has verified it; None if the server does not show that."""
    members: Fields | None = field(default=None, repr=False, compare=False)
    """The whole answer as it came, where the entity was read alone; None in a list, for an account has many."""
    odd: str = ""
    """What of it cannot be read, of an entry of a list. Such an entity is never ours, and only what can be read of it
    is here; its id may be a stand-in that is no id."""

    @property
    def image_is_svg(self) -> bool:
        """An SVG gets a new address at every PUT of any field, so its address proves nothing."""
        return bool(self.image_ref and self.image_ref.lower().endswith(".svg"))


def parse_live(kind: Kind, payload: Json, *, whole: bool = False) -> Live:
    """Read an issuer or a badge class from an answer; NotAnApiError where it is not shaped like one.

    `whole` keeps every member of it, also those that badgeops does not know.
    """
    _insist_on_kind(kind, payload)
    try:
        return _read(kind, payload, whole=whole)
    except _MALFORMED as error:
        raise NotAnApiError(f"The server listed {_called(kind, payload)}, which is malformed: {error}.") from error


def parse_listed(kind: Kind, payload: Json) -> Live:
    """Read an entry of a list; if it cannot be read, what is left of it, with `odd` saying what is wrong.

    A list holds strangers' entities as well, and one that is odd is no reason to see none. It stays in the list: it
    may have the name of one of ours, or be what a creation of ours has made. Without an id or a name, or if it says
    that it is something else, it is no entity, and the answer none to our question.
    """
    _insist_on_kind(kind, payload)
    try:
        return _read(kind, payload)
    except _MALFORMED as error:
        entity_id, name, issuer = (payload.get(member) for member in ("entityId", "name", "issuer"))
        is_something = is_entity_id(entity_id) or isinstance(name, str)
        if not is_something or payload.get("entityType") not in (None, kind) or _is_deep(payload):
            raise NotAnApiError(f"The server listed {_called(kind, payload)}, which is malformed: {error}.") from error
        return Live(
            kind=kind,
            entity_id=entity_id if is_entity_id(entity_id) else _stand_in(payload),
            open_badge_id="",
            name=name if isinstance(name, str) else "",
            created_at=_text(payload.get("createdAt")),
            fields={},
            issuer_id=issuer if kind is Kind.BADGE_CLASS and is_entity_id(issuer) else None,
            archived=payload.get("archived") is True,
            odd=str(error),
        )


_MALFORMED = (ValueError, TypeError, AttributeError)
"""What reading a part raises where it is not as the API describes it."""


def _insist_on_kind(kind: Kind, payload: Json) -> None:
    """Raise NotAnApiError for what is no entity at all, or says that it is one of the other kind."""
    if not isinstance(payload, dict):
        raise NotAnApiError(f"The server listed an entry that is not a valid {kind}.")
    told = payload.get("entityType")
    if told != kind and told in (Kind.ISSUER, Kind.BADGE_CLASS):  # any other word says nothing
        raise NotAnApiError(
            f"The server answered with something of the type {told} in place of {_called(kind, payload)}.",
            hint="A proxy or a cache in front of the server may mix answers up. Nothing of this answer was recorded.",
        )


def _called(kind: Kind, payload: Fields) -> str:
    """Return the words for an entity in a message: with its id, if that can be read."""
    entity_id = payload.get("entityId")
    return f"the {kind} {entity_id}" if is_entity_id(entity_id) else f"a {kind} without an entityId that can be one"


def _is_deep(payload: Fields) -> bool:
    try:
        check_shape("", payload)
    except ValueError:
        return True
    return False


def _stand_in(payload: Fields) -> str:
    """Return what stands for the id of an entity that has none: the same for the same entity, and never an id."""
    return f"?{hashlib.sha256(repr(payload).encode('utf-8', 'backslashreplace')).hexdigest()[:20]}"


def _read(kind: Kind, payload: Fields, *, whole: bool = False) -> Live:
    """Read an entity; one of `_MALFORMED` says what is wrong with it."""
    entity_id, name = payload.get("entityId"), payload.get("name")
    if not is_entity_id(entity_id):
        raise ValueError("entityId is no id")
    if not isinstance(name, str):
        raise ValueError("name is no text")  # noqa: TRY004 (of the server's JSON, as the others)
    open_badge_id = payload.get("openBadgeId") or ""
    if not is_open_badge_id(open_badge_id):
        raise ValueError("openBadgeId is no address")
    issuer = payload.get("issuer") if kind is Kind.BADGE_CLASS else None
    if issuer is not None and not is_entity_id(issuer):
        raise ValueError("issuer is no id")
    image = payload.get("image")
    image_url = image if isinstance(image, str) and image else None
    path = payload.get("imagePath") or image_url
    other_forms = _other_forms(kind, payload)
    fields = _live_fields(kind, {**payload, **_in_our_form(payload, other_forms)} if other_forms else payload)
    if whole:
        check_shape("", payload)
    return Live(
        kind=kind,
        entity_id=entity_id,
        open_badge_id=open_badge_id,
        name=name,
        created_at=_text(payload.get("createdAt")),
        fields=fields,
        issuer_id=issuer,
        archived=payload.get("archived") is True,
        image_url=image_url,
        image_ref=_path_of(path) if isinstance(path, str) else None,
        other_forms=other_forms,
        is_verified=_verified(payload) if kind is Kind.ISSUER else None,
        members=payload if whole else None,
    )


def _verified(payload: Mapping[str, Json]) -> bool | None:
    shown = payload.get("verified")
    return shown if isinstance(shown, bool) else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _path_of(url: str) -> str:
    """Return the path of an address; the text itself where it is no address."""
    try:
        return urlsplit(url).path
    except ValueError:
        return url


_DAYS = "expiration"
"""A number of days: what openbadges.education and servers like it have in place of `expires`, which they ignore."""


def _other_forms(kind: Kind, payload: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    """Return the fields that are shown under another name, and under which. What has the API's own name counts."""
    days = payload.get(_DAYS)
    is_other = kind is Kind.BADGE_CLASS and "expires" not in payload and _DAYS in payload
    return (("expires", _DAYS),) if is_other and (days is None or type(days) is int) else ()


def _in_our_form(payload: Mapping[str, Json], other_forms: Iterable[tuple[str, str]]) -> Fields:
    """Return such fields as the API's own servers would show them."""
    days = payload.get(_DAYS)
    return {name: {"amount": days, "duration": "days"} if days else None for name, _ in other_forms}


def not_shown(live: Live) -> tuple[str, ...]:
    """Return the fields that answers of this server have no member for: what it holds of them nobody can tell.

    Empty for an entity that was read without its members.
    """
    if live.members is None:
        return ()
    everywhere = (field.name for field in of_kind(live.kind) if field.is_readable and field.dialects == BOTH)
    return tuple(name for name in everywhere if name not in live.members and name not in dict(live.other_forms))


def _live_fields(kind: Kind, payload: Mapping[str, Json]) -> Fields:
    """Read what is shown of each field; one that only some servers store is there if this one shows it."""
    fields = {}
    for name, is_everywhere, one_nothing in _steps(kind):
        if is_everywhere or name in payload:
            value = payload.get(name)
            fields[name] = one_nothing(value) if one_nothing is not None else value
    check_shapes(fields)
    return fields


@cache
def _steps(kind: Kind) -> tuple[tuple[str, bool, Callable[[Json], Json] | None], ...]:
    """Look up once what `_live_fields` does with each field: it runs for every entity of an account."""
    fields = (field for field in of_kind(kind) if field.is_readable)
    return tuple((field.name, field.dialects == BOTH, _ONE_NOTHING.get(field.type)) for field in fields)


def _period(value: Json) -> Json:
    return value if isinstance(value, dict) and value.get("amount") is not None else None


_ONE_NOTHING: Mapping[Type, Callable[[Json], Json]] = {
    Type.PERIOD: _period,
    Type.TAGS: lambda value: value or [],
    Type.ALIGNMENTS: lambda value: [_without_nulls(item) for item in value or []],
    Type.EXTENSIONS: lambda value: value or {},
}
"""Folds the ways in which servers say that a field is empty into the one that `cleared` has."""


def _without_nulls(alignment: Json) -> Json:
    if not isinstance(alignment, dict):
        return alignment
    return {name: value for name, value in alignment.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Earners:
    """How many awards of a badge class there are. The server says which are expired: its clock is the one that counts.

    If counting failed, there is no such value: what nobody could count is not the same as nobody.
    """

    count: int
    """Awards that stand, neither revoked nor expired."""
    more: bool = False
    """True where counting stopped: "500+"."""
    expired: int = 0
    """Looked for only before a deletion that no award stands against."""
    revoked: int = 0
    """Likewise."""
    more_past: bool = False
    """True where there are more expired or revoked ones than were counted."""

    @property
    def any(self) -> bool:
        """Tell whether anybody holds it, as far as it was counted."""
        return self.count > 0 or self.more

    @property
    def any_past(self) -> bool:
        """Tell whether some awards of it have expired or were revoked."""
        return self.expired > 0 or self.revoked > 0 or self.more_past

    def as_json(self) -> Fields:
        """Return it as plans and snapshots write it: `past` only where there is something past."""
        counts: Fields = {"count": self.count, "more": self.more}
        past = {"expired": self.expired, "revoked": self.revoked, "more": self.more_past}
        return counts | {"past": past} if self.any_past else counts

    def __str__(self) -> str:
        return f"{self.count}{'+' if self.more else ''}"
