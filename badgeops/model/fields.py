"""The table of fields: all that badgeops knows of a field of an issuer or a badge class. Pure.

A field is one row here. The dialects, the checks of a catalog, plans, risks, cards and pages read the row; none of
them keeps a list of names of its own. The embedded sandbox has a table of its own, since it shares no code.
`docs/extending.md` shows how to add one.

The names are those of the v2 API (`Issuer` and `BadgeClass` of the schema that servers publish). Its order is that in
which plans list the fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import cache
from typing import Any, Final

from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect


class Type(Enum):
    """What a field holds, and so how it is checked, sent, compared and shown."""

    TEXT = "text"
    URL = "url"
    EMAIL = "email"
    MARKDOWN = "markdown"
    TAGS = "tags"
    """A list of texts; its order means nothing."""
    ALIGNMENTS = "alignments"
    """A list of what a badge class counts towards; its order means nothing."""
    PERIOD = "period"
    """An amount and a unit of time, or nothing."""
    EXTENSIONS = "extensions"
    """JSON that the API describes no further."""
    IMAGE = "image"
    ISSUER = "issuer"

    @property
    def is_text(self) -> bool:
        """Tell whether the API shows it as a text, or null."""
        return self in (Type.TEXT, Type.URL, Type.EMAIL, Type.MARKDOWN)

    @property
    def is_compared(self) -> bool:
        """Tell whether its values are compared as they are; images and issuers have their own ways."""
        return self not in (Type.IMAGE, Type.ISSUER)


class Impact(IntEnum):
    """How deep a change of a badge class goes for those who earned it; the larger, the graver.

    The hosted service makes the images of awards anew (it re-bakes them) at every change.
    """

    COSMETIC = 1
    """Their badges look the same and mean the same."""
    VISIBLE = 2
    """Their badges look different."""
    MEANING = 3
    """Their badges say something else than when they earned them."""

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Length:
    """How long a text may be, in characters; None: as long as you like."""

    most: int | None = None
    """Servers refuse more (the serializers of the API)."""
    column: int | None = None
    """Self-hosted servers fail on more (the columns of their database)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the list on a card: the word before the value, and its place in the list."""

    term: str
    place: int


NEVER: Final = object()
"""Stands for the value of an empty field that, once set, cannot be made empty again."""
BOTH = frozenset(Dialect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the API."""

    name: str
    """As the API and the documents of the catalog spell it."""
    kinds: tuple[Kind, ...]
    """The kinds of document that have it."""
    attribute: str
    """Where the entities of the model keep it."""
    type: Type
    impact: Impact
    """What its change does to those who earned the badge class."""
    label: str
    """What a page calls it."""
    place: int
    """Its place on a page of changes: people look at names and images first."""
    word: str
    """How a sentence speaks of it: "its criteria change"."""
    is_plural: bool = False
    """Whether `word` is: "its criteria change", "its name changes"."""
    fact: Fact | None = None
    """Where a card shows it, unless the card has a place made for it (name, image, criteria)."""
    empty: Any = NEVER
    """The value that makes it empty."""
    required: tuple[Kind, ...] = ()
    """Kinds that cannot be without it: their documents must have it, and servers refuse updates that lack it."""
    dialects: frozenset[Dialect] = BOTH
    """The servers that store it."""
    is_readable: bool = True
    """Whether servers show it, so that it can be compared; else what was sent is taken on trust."""
    is_inherited: bool = False
    """Whether a value counts that the document has from another one, without saying so itself."""
    length: Length = Length()


_ISSUER, _BADGE_CLASS = (Kind.ISSUER,), (Kind.BADGE_CLASS,)
_TEXT_LINE = Length(1024, 255)
_URL_LINE = Length(1024, 254)

TABLE: Final = (
    Field(
        name="name",
        kinds=_ISSUER + _BADGE_CLASS,
        attribute="name",
        type=Type.TEXT,
        length=_TEXT_LINE,
        required=_ISSUER + _BADGE_CLASS,
        impact=Impact.VISIBLE,
        label="Name",
        place=1,
        word="name",
    ),
    Field(
        name="issuer",
        kinds=_BADGE_CLASS,
        attribute="issuer",
        type=Type.ISSUER,
        required=_BADGE_CLASS,
        impact=Impact.VISIBLE,
        label="Issuer",
        place=2,
        word="issuer",
    ),
    Field(
        name="url",
        kinds=_ISSUER,
        attribute="url",
        type=Type.URL,
        length=_URL_LINE,
        required=_ISSUER,
        impact=Impact.VISIBLE,
        label="Website",
        place=12,
        word="url",
        fact=Fact("Website", 1),
    ),
    Field(
        name="email",
        kinds=_ISSUER,
        attribute="email",
        type=Type.EMAIL,
        length=Length(255, 254),
        required=_ISSUER,
        impact=Impact.VISIBLE,
        label="E-mail",
        place=13,
        word="email",
        fact=Fact("E-mail", 2),
    ),
    Field(
        name="description",
        kinds=_ISSUER + _BADGE_CLASS,
        attribute="description",
        type=Type.TEXT,
        length=Length(16384),
        required=_BADGE_CLASS,
        impact=Impact.VISIBLE,
        label="Description",
        place=5,
        word="description",
    ),
    Field(
        name="criteriaUrl",
        kinds=_BADGE_CLASS,
        attribute="criteria_url",
        type=Type.URL,
        length=_URL_LINE,
        empty=None,
        impact=Impact.MEANING,
        label="Criteria page",
        place=7,
        word="criteria",
        is_plural=True,
        fact=Fact("Web page", 6),
    ),
    Field(
        name="criteriaNarrative",
        kinds=_BADGE_CLASS,
        attribute="criteria_narrative",
        type=Type.MARKDOWN,
        empty=None,
        impact=Impact.MEANING,
        label="Criteria",
        place=6,
        word="criteria",
        is_plural=True,
    ),
    Field(
        name="tags",
        kinds=_BADGE_CLASS,
        attribute="tags",
        type=Type.TAGS,
        length=Length(1024, 254),
        empty=[],
        impact=Impact.COSMETIC,
        label="Tags",
        place=9,
        word="tags",
        is_plural=True,
    ),
    Field(
        name="alignments",
        kinds=_BADGE_CLASS,
        attribute="alignments",
        type=Type.ALIGNMENTS,
        empty=[],
        impact=Impact.MEANING,
        label="Alignments",
        place=8,
        word="alignments",
        is_plural=True,
    ),
    Field(
        name="expires",
        kinds=_BADGE_CLASS,
        attribute="expires",
        type=Type.PERIOD,
        empty=None,
        impact=Impact.MEANING,
        label="Expiry",
        place=10,
        word="expiry",
        fact=Fact("Expiry", 3),
    ),
    Field(
        name="extensions",
        kinds=_ISSUER + _BADGE_CLASS,
        attribute="extensions",
        type=Type.EXTENSIONS,
        empty={},
        impact=Impact.VISIBLE,
        label="Extensions",
        place=14,
        word="extensions",
        is_plural=True,
        fact=Fact("Extensions", 7),
    ),
    Field(
        name="achievementType",
        kinds=_BADGE_CLASS,
        attribute="achievement_type",
        type=Type.TEXT,
        empty=None,
        dialects=frozenset({Dialect.HOSTED}),
        impact=Impact.VISIBLE,
        label="Achievement type",
        place=11,
        word="achievement type",
        fact=Fact("Type", 4),
    ),
    # Documented as input of the hosted service, and missing from every documented answer.
    Field(
        name="imageAltText",
        kinds=_BADGE_CLASS,
        attribute="image_alt_text",
        type=Type.TEXT,
        empty=None,
        dialects=frozenset({Dialect.HOSTED}),
        is_readable=False,
        is_inherited=True,
        impact=Impact.COSMETIC,
        label="Alternative text",
        place=4,
        word="alternative text",
        fact=Fact("Alt text", 5),
    ),
    Field(
        name="image",
        kinds=_ISSUER + _BADGE_CLASS,
        attribute="image",
        type=Type.IMAGE,
        required=_BADGE_CLASS,
        impact=Impact.VISIBLE,
        label="Image",
        place=3,
        word="image",
    ),
)
"""Every field that the catalog can set, in the order in which plans list them."""

ARCHIVED, PROTECT, ON_REMOVE = "archived", "protect", "onRemove"
RECORDED_ONLY = (PROTECT, ON_REMOVE)
"""What the state keeps of a `lifecycle`: a change of it is shown and recorded, and nothing is sent."""
_ABOUT_THE_ENTITY = {ARCHIVED: "Archived", PROTECT: "Protected", ON_REMOVE: "When its document is removed"}
"""What a plan also shows of an entity, after its fields: name -> label. It says nothing of what people earned."""

NAMED: Final = {field.name: field for field in TABLE}
"""Every field by its name."""
PLURALS: Final = frozenset(field.word for field in TABLE if field.is_plural)
"""Words of a sentence that more than one thing stands behind."""


@cache
def of_kind(kind: Kind, dialect: Dialect | None = None) -> tuple[Field, ...]:
    """Return the fields of a kind whose values are compared, those that a dialect stores if one is given."""
    return tuple(
        field
        for field in TABLE
        if kind in field.kinds and field.type.is_compared and (dialect is None or dialect in field.dialects)
    )


def type_of(name: str) -> Type | None:
    """Return what a field holds; None for a name that is not in the table."""
    field = NAMED.get(name)
    return field.type if field is not None else None


def is_member(name: str) -> bool:
    """Tell whether a request carries the field as a member of its own, as the plan shows it.

    Images are uploaded, issuers stand in the address or are translated to ids, the rest is not a field.
    """
    field = NAMED.get(name)
    return name not in _ABOUT_THE_ENTITY if field is None else field.type.is_compared


def is_readable(name: str) -> bool:
    """Tell whether the server shows the field, so that its live value can be compared."""
    field = NAMED.get(name)
    return field is None or field.is_readable


def can_be_cleared(name: str) -> bool:
    """Tell whether a field, once set, can be made empty again."""
    field = NAMED.get(name)
    return field is not None and field.empty is not NEVER


def cleared(name: str) -> Any:  # noqa: ANN401 (JSON)
    """Return the value that stands for an empty field; KeyError for one that cannot be emptied."""
    if not can_be_cleared(name):
        raise KeyError(name)
    return NAMED[name].empty


def impact_of(name: str) -> Impact | None:
    """Return what a change of one field does; one that is not in the table is taken for visible.

    None for what says nothing of what people earned.
    """
    if name in _ABOUT_THE_ENTITY:
        return None
    field = NAMED.get(name)
    return field.impact if field is not None else Impact.VISIBLE


def label_of(name: str) -> str | None:
    """Return what a page calls a field; None for a name that is not in the table."""
    field = NAMED.get(name)
    return field.label if field is not None else _ABOUT_THE_ENTITY.get(name)


def place_of(name: str) -> tuple[int, str]:
    """Return what a page sorts its changed fields by: those that are not in the table come last."""
    field = NAMED.get(name)
    if field is not None:
        return (field.place, name)
    beyond = [*_ABOUT_THE_ENTITY]
    return (100 + (beyond.index(name) if name in beyond else len(beyond)), name)
