"""A badge class or an issuer as people will see it: what a card shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from badgeops.model.address import Address
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.model.fields import Field, Type, label_of, of_kind, place_of, type_of
from badgeops.model.shape import Fields, Json
from badgeops.planning.outcome import IMAGE, Outcome, of_document
from badgeops.render.html.images import Images, ShownImage
from badgeops.render.html.marks import mark_text, whole
from badgeops.render.html.prose import href, markdown, plain
from badgeops.render.plain import printable
from badgeops.render.values import short
from badgeops.render.view import within

EMPTY, LEFT = "Empty", "Left to the server"
"""The words before what the catalog wants empty, and before what it says nothing of."""


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
    no_image: str
    """What is said where there is none."""
    description: str
    criteria: Markup
    facts: tuple[Fact, ...]
    tags: tuple[str, ...]
    alignments: tuple[Aligned, ...]
    issuer: str
    source: str = ""


def of_entity(entity: Issuer | BadgeClass, images: Images, issuers: Mapping[Address, Issuer], shown: str = "") -> Badge:
    """Return what the catalog asks for, as a server will show it; `shown` is the catalog's folder as it was named."""
    source = entity.document.source
    return of_outcome(
        entity.address,
        of_document(entity),
        images,
        alt_of(entity),
        issuer=issuer_of(entity, issuers),
        source=f"{within(shown, source.filename)}:{source.line}",
    )


def issuer_of(entity: Issuer | BadgeClass, issuers: Mapping[Address, Issuer]) -> str:
    """Return the name of the issuer of a badge class; nothing for an issuer."""
    owner = issuers.get(entity.issuer) if isinstance(entity, BadgeClass) else None
    return owner.name if owner is not None else ""


def alt_of(entity: Issuer | BadgeClass) -> str:
    """Return what is said in place of an image."""
    given = entity.image_alt_text if isinstance(entity, BadgeClass) else None
    return printable(given or f"{'Logo' if isinstance(entity, Issuer) else 'Badge image'} of {entity.name}")


def of_outcome(
    address: Address,
    outcome: Outcome,
    images: Images,
    alt: str,
    *,
    issuer: str = "",
    source: str = "",
) -> Badge:
    """Return what the fields of an entity say, and which of them are left to the server."""
    fields = outcome.fields
    return Badge(
        address=str(address),
        id=id_of(address),
        is_issuer=address.kind.value == "Issuer",
        name=printable(_text(fields, "name")),
        image=images.of(outcome.image, alt),
        no_image="The image is left to the server" if IMAGE in outcome.left else "No image",
        description=plain(_text(fields, "description")),
        criteria=markdown(_text(fields, "criteriaNarrative")),
        facts=_facts(address, outcome),
        tags=tuple(printable(tag) for tag in fields.get("tags") or ()),
        alignments=tuple(aligned(item) for item in fields.get("alignments") or ()),
        issuer=printable(issuer),
        source=printable(source),
    )


def _facts(address: Address, outcome: Outcome) -> tuple[Fact, ...]:
    """Return what the table of fields gives a line on a card, and has a value; then what is empty or not ours."""
    fields, empty = outcome.fields, _empty(outcome)
    lines = sorted((field.fact.place, field.fact.term, field) for field in of_kind(address.kind) if field.fact)
    facts = [
        _fact(term, field, fields.get(field.name))
        for _, term, field in lines
        if fields.get(field.name) or (field.type is Type.PERIOD and field.name in empty)
    ]
    without_words = [name for name in empty if type_of(name) is not Type.PERIOD]
    facts += [Fact(EMPTY, _listed(without_words)), Fact(LEFT, _left(outcome))]
    return tuple(fact for fact in facts if fact.text or fact.link)


def _empty(outcome: Outcome) -> frozenset[str]:
    """Return the fields that the catalog wants empty."""
    return frozenset(name for name, value in outcome.fields.items() if not value) - outcome.left


def _left(outcome: Outcome) -> str:
    """Return "alternative text; tags, expiry (the server shows nothing); description (after its creation)"."""
    nothing = {name for name in outcome.left if name in outcome.fields and not outcome.fields[name]}
    groups = (
        (outcome.left - nothing, ""),
        (nothing, " (the server shows nothing)"),
        (outcome.later, " (after its creation)"),
    )
    return "; ".join(f"{_listed(names)}{note}" for names, note in groups if names)


def _listed(names: Iterable[str]) -> str:
    """Return "tags, expiry"."""
    words = [label_of(name) or name for name in sorted(names, key=place_of)]
    return ", ".join(f"{word[:1].lower()}{word[1:]}" for word in words)


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
