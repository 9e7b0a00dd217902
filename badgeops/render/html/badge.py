"""A badge class or an issuer as people will see it: what a card shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from badgeops.api import dialects
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.model.fields import Field, Type, of_kind
from badgeops.model.shape import Fields, Json
from badgeops.planning.compare import image_json
from badgeops.render.html.images import Images, ShownImage
from badgeops.render.html.marks import mark_text, whole
from badgeops.render.html.prose import href, markdown, plain
from badgeops.render.plain import printable
from badgeops.render.values import short
from badgeops.render.view import within


@dataclass(frozen=True, slots=True)
class Link:
    """An address as text, and where it leads; nowhere where it is no address of the web or of mail."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Aligned:
    """An alignment, its words marked where they differ from the other side's."""

    name: Markup
    url: Markup
    href: str
    code: Markup
    framework: Markup
    description: Markup
    is_skill: bool = False
    state: str = ""
    """ "added", "removed", "changed", or empty."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the list on a card: a word and what it is."""

    term: str
    text: str
    link: Link | None = None
    """Shown in place of the text, if it is an address."""


@dataclass(frozen=True, slots=True)
class Badge:
    """What a card shows."""

    address: str
    id: str
    is_issuer: bool
    name: str
    image: ShownImage | None
    description: str
    criteria: Markup
    facts: tuple[Fact, ...]
    tags: tuple[str, ...]
    alignments: tuple[Aligned, ...]
    issuer: str
    source: str = ""


def of_entity(entity: Issuer | BadgeClass, images: Images, issuers: Mapping[Address, Issuer], shown: str = "") -> Badge:
    """Return what the catalog asks for, as a server will show it; `shown` is the catalog's folder as it was named."""
    fields = {name: dialects.stored(name, value) for name, value in dialects.wanted(entity, Dialect.HOSTED).items()}
    owner = issuers.get(entity.issuer) if isinstance(entity, BadgeClass) else None
    source = entity.document.source
    return of_fields(
        entity.address,
        fields,
        image_of(entity, images),
        issuer=owner.name if owner is not None else "",
        source=f"{within(shown, source.filename)}:{source.line}",
    )


def image_of(entity: Issuer | BadgeClass, images: Images) -> ShownImage | None:
    """Return the image of an entity of the catalog."""
    return images.of(image_json(entity.image), alt_of(entity)) if entity.image is not None else None


def alt_of(entity: Issuer | BadgeClass) -> str:
    """Return what is said in place of an image."""
    given = entity.image_alt_text if isinstance(entity, BadgeClass) else None
    return printable(given or f"{'Logo' if isinstance(entity, Issuer) else 'Badge image'} of {entity.name}")


def of_fields(
    address: Address,
    fields: Fields,
    image: ShownImage | None,
    *,
    issuer: str = "",
    source: str = "",
) -> Badge:
    """Return what fields of the API say."""
    return Badge(
        address=str(address),
        id=id_of(address),
        is_issuer=address.kind.value == "Issuer",
        name=printable(_text(fields, "name")),
        image=image,
        description=plain(_text(fields, "description")),
        criteria=markdown(_text(fields, "criteriaNarrative")),
        facts=_facts(address.kind, fields),
        tags=tuple(printable(tag) for tag in fields.get("tags") or ()),
        alignments=tuple(aligned(item) for item in fields.get("alignments") or ()),
        issuer=printable(issuer),
        source=printable(source),
    )


def _facts(kind: Kind, fields: Fields) -> tuple[Fact, ...]:
    """Return what the table of fields gives a line on a card, and has a value; an expiry always says something."""
    lines = sorted((field.fact.place, field.fact.term, field) for field in of_kind(kind) if field.fact is not None)
    facts = (_fact(term, field, fields.get(field.name)) for _, term, field in lines)
    return tuple(fact for fact in facts if fact.text or fact.link)


def _fact(term: str, field: Field, value: Json) -> Fact:
    match field.type:
        case Type.PERIOD:
            return Fact(term, validity(value))
        case Type.EXTENSIONS:
            return Fact(term, ", ".join(printable(str(name)) for name in value or ()))
        case Type.URL | Type.EMAIL if value and isinstance(value, str):
            is_mail = field.type is Type.EMAIL
            return Fact(term, "", Link(printable(value), href(f"mailto:{value}")) if is_mail else link(value))
    return Fact(term, printable(value) if isinstance(value, str) else short(value, field.name) if value else "")


def id_of(address: Address) -> str:
    """Return the id of an entity's place in the page."""
    return f"entity-{address}"


def link(url: str) -> Link | None:
    """Return an address as text, without the usual https://, and as a link; None for none."""
    return Link(printable(url).removeprefix("https://"), href(url)) if url else None


def validity(value: Json) -> str:
    """Return "valid for 2 years", "does not expire"."""
    return f"valid for {printable(short(value, 'expires'))}" if value else "does not expire"


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


# --- alignments ----------------------------------------------------------------------------------------------------

_MEMBERS = ("targetName", "targetUrl", "targetCode", "targetFramework", "targetDescription")


def aligned(item: Json) -> Aligned:
    """Return an alignment without marks."""
    return _aligned(item, {name: escape(printable(_text(item, name))) for name in _MEMBERS}, "")


def aligned_sides(before: list[Json], after: list[Json]) -> tuple[list[Aligned], list[Aligned]]:
    """Return the alignments of both sides; those that point at the same are compared word by word."""
    ours, theirs = _by_target(before), _by_target(after)
    return (
        [_one_side(item, theirs.get(_target(item)), after, "del") for item in before],
        [_one_side(item, ours.get(_target(item)), before, "ins") for item in after],
    )


def _one_side(item: Json, other: Json, others: list[Json], sign: str) -> Aligned:
    if item in others:
        return aligned(item)
    if other is None:
        words = {name: whole(text, sign) if (text := _text(item, name)) else Markup() for name in _MEMBERS}
        return _aligned(item, words, "removed" if sign == "del" else "added")
    side = 0 if sign == "del" else 1
    pairs = {name: (_text(item, name), _text(other, name)) for name in _MEMBERS}
    marked = {name: mark_text(*(pair if side == 0 else pair[::-1]))[side] for name, pair in pairs.items()}
    return _aligned(item, marked, "changed")


def _aligned(item: Json, words: Mapping[str, Markup], state: str) -> Aligned:
    return Aligned(
        name=words["targetName"],
        url=words["targetUrl"],
        href=href(_text(item, "targetUrl")),
        code=words["targetCode"],
        framework=words["targetFramework"],
        description=words["targetDescription"],
        is_skill=item.get("displayAsSkill") is True,
        state=state,
    )


def _target(item: Json) -> tuple[str, str]:
    return (_text(item, "targetUrl"), _text(item, "targetCode"))


def _by_target(alignments: list[Json]) -> dict[tuple[str, str], Json]:
    return {_target(item): item for item in alignments}
