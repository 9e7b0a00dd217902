"""A badge class or an issuer as people will see it: what a card shows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from badgeops import wire
from badgeops.compare import image_json
from badgeops.model.address import Address
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.model.shape import Fields, Json
from badgeops.render.html.marks import mark_text, whole
from badgeops.render.html.pictures import Picture, Pictures
from badgeops.render.html.prose import href, markdown, plain
from badgeops.render.plain import printable
from badgeops.render.values import short


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
class Badge:
    """What a card shows."""

    address: str
    id: str
    is_issuer: bool
    name: str
    picture: Picture | None
    description: str
    criteria: Markup
    criteria_url: Link | None
    tags: tuple[str, ...]
    alignments: tuple[Aligned, ...]
    expires: str
    achievement_type: str
    alt: str
    url: Link | None
    email: Link | None
    extensions: tuple[str, ...]
    issuer: str
    source: str = ""


def of_entity(entity: Issuer | BadgeClass, pictures: Pictures, issuers: Mapping[Address, Issuer]) -> Badge:
    """Return what the catalog asks for, as a server will show it."""
    fields = {name: wire.stored(name, value) for name, value in wire.wanted(entity, Dialect.HOSTED).items()}
    owner = issuers.get(entity.issuer) if isinstance(entity, BadgeClass) else None
    source = entity.document.source
    return of_fields(
        entity.address,
        fields,
        picture_of(entity, pictures),
        issuer=owner.name if owner is not None else "",
        source=f"{source.filename}:{source.line}",
    )


def picture_of(entity: Issuer | BadgeClass, pictures: Pictures) -> Picture | None:
    """Return the picture of an entity of the catalog."""
    return pictures.of(image_json(entity.image), alt_of(entity)) if entity.image is not None else None


def alt_of(entity: Issuer | BadgeClass) -> str:
    """Return what is said in place of a picture."""
    given = entity.image_alt_text if isinstance(entity, BadgeClass) else None
    return printable(given or f"{'Logo' if isinstance(entity, Issuer) else 'Badge image'} of {entity.name}")


def of_fields(
    address: Address,
    fields: Fields,
    picture: Picture | None,
    *,
    issuer: str = "",
    source: str = "",
) -> Badge:
    """Return what fields of the API say."""
    email = _text(fields, "email")
    return Badge(
        address=str(address),
        id=id_of(address),
        is_issuer=address.kind.value == "Issuer",
        name=printable(_text(fields, "name")),
        picture=picture,
        description=plain(_text(fields, "description")),
        criteria=markdown(_text(fields, "criteriaNarrative")),
        criteria_url=link(_text(fields, "criteriaUrl")),
        tags=tuple(printable(tag) for tag in fields.get("tags") or ()),
        alignments=tuple(aligned(item) for item in fields.get("alignments") or ()),
        expires=validity(fields.get("expires")),
        achievement_type=printable(_text(fields, "achievementType")),
        alt=printable(_text(fields, "imageAltText")),
        url=link(_text(fields, "url")),
        email=Link(printable(email), href(f"mailto:{email}")) if email else None,
        extensions=tuple(printable(str(name)) for name in fields.get("extensions") or ()),
        issuer=printable(issuer),
        source=printable(source),
    )


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
