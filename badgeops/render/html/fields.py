"""One changed field, before and after, as a reviewer reads it. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from markupsafe import Markup, escape

from badgeops.api import dialects
from badgeops.catalog.images.showable import Showable
from badgeops.model.fields import Type, label_of, place_of, type_of
from badgeops.model.shape import Json
from badgeops.planning.plan import Attribute, Cause
from badgeops.render.html.badge import Aligned, aligned_sides, validity
from badgeops.render.html.images import LAST_APPLIED, Images, ShownImage
from badgeops.render.html.marks import has_marks, mark_html, mark_text, whole
from badgeops.render.html.prose import markdown, plain
from badgeops.render.plain import printable
from badgeops.render.values import UNSEEN, short
from badgeops.render.words import hunks

_NOTES = {
    Cause.CATALOG: "",
    Cause.DRIFT: "edited on the server; apply puts it back",
    Cause.CONFLICT: "edited on the server and in the catalog; apply takes the catalog’s",
}
_NOTHING = Markup()
_SOURCE_LINES = 200
"""Of the source of criteria: more is no help to anybody."""


@dataclass(frozen=True, slots=True)
class Value:
    """One side of a field; which part counts depends on the kind of its row."""

    html: Markup = _NOTHING
    is_empty: bool = False
    no_value: str = "(empty)"
    """What is said where it is empty."""
    tags: tuple[tuple[str, str], ...] = ()
    """("", "kept"), ("removed", "gone"), ("added", "new")."""
    alignments: tuple[Aligned, ...] = ()
    image: ShownImage | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A changed field."""

    name: str
    label: str
    kind: str
    """ "text", "prose", "tags", "alignments", "image" or "members"."""
    before: Value
    after: Value
    recorded: Value | None = None
    """What was last applied, where the server was edited since."""
    note: str = ""
    source: tuple[tuple[str, str], ...] = ()
    """Lines of the source of prose, each with its sign."""
    is_source_alone: bool = False
    """Nothing of the change can be seen in what the prose looks like."""


def rows(
    attributes: tuple[Attribute, ...], images: Images, name: str, served: Showable | str | None = None
) -> tuple[Row, ...]:
    """Return the rows of a change; `name` is the entity's, for who cannot see its images.

    `served` is the image that the server has, or why it cannot be seen; None if nobody asked.
    """
    ordered = sorted(attributes, key=lambda item: place_of(item.name))
    return tuple(_row(item, images, printable(name), served) for item in ordered)


def _row(attribute: Attribute, images: Images, name: str, served: Showable | str | None) -> Row:
    label = label_of(attribute.name) or printable(attribute.name)
    note = _NOTES[attribute.cause]
    before, after = attribute.before, dialects.stored(attribute.name, attribute.after)
    if type_of(attribute.name) is Type.IMAGE:
        kind, sides = "image", _images(before, after, images, name, served)
    else:
        kind, sides = _sides(attribute.name, before, after)
    if not attribute.is_seen:
        sides = (Value(is_empty=True, no_value=UNSEEN), sides[1])
    recorded = _recorded(attribute, images, name) if attribute.cause is Cause.CONFLICT else None
    source: tuple[tuple[str, str], ...] = ()
    if kind == "prose" and before and after:
        lines = hunks(before.replace("\r\n", "\n"), after.replace("\r\n", "\n"))
        source = tuple((sign, printable(text)) for sign, text in lines[:_SOURCE_LINES])
    alone = bool(source) and not has_marks(sides[0].html, sides[1].html)
    return Row(attribute.name, label, kind, *sides, recorded, note, source, alone)


def _recorded(attribute: Attribute, images: Images, name: str) -> Value:
    """Return what was last applied."""
    value = attribute.recorded
    if type_of(attribute.name) is Type.IMAGE:
        return Value(is_empty=not value, image=images.of(value, f"Last applied: image of {name}", LAST_APPLIED))
    return _sides(attribute.name, value, value)[1][0]


def _images(before: Json, after: Json, images: Images, name: str, served: Showable | str | None) -> tuple[Value, Value]:
    ours = images.of_server(before, f"Before: image of {name}", served)
    return (
        Value(is_empty=not before, image=ours),
        Value(is_empty=not after, image=images.of(after, f"After: image of {name}")),
    )


def _sides(field: str, before: Json, after: Json) -> tuple[str, tuple[Value, Value]]:
    holds = type_of(field)
    if holds is Type.TAGS:
        return "tags", (_tags(before or [], after or [], "removed"), _tags(after or [], before or [], "added"))
    if holds is Type.ALIGNMENTS:
        ours, theirs = aligned_sides(before or [], after or [])
        return "alignments", (
            Value(is_empty=not ours, alignments=tuple(ours)),
            Value(is_empty=not theirs, alignments=tuple(theirs)),
        )
    if holds is Type.MARKDOWN:
        return "prose", _prose(before or "", after or "")
    if holds is Type.EXTENSIONS:
        return "members", _texts(_json(before), _json(after))
    return "text", _texts(_words(field, before), _words(field, after))


def _tags(own: list[str], other: list[str], state: str) -> Value:
    return Value(is_empty=not own, tags=tuple(("" if tag in other else state, printable(tag)) for tag in own))


def _prose(before: str, after: str) -> tuple[Value, Value]:
    if before and after:
        ours, theirs = mark_html(markdown(before), markdown(after))
    else:
        ours, theirs = markdown(before), markdown(after)
    return Value(ours, is_empty=not before), Value(theirs, is_empty=not after)


def _texts(before: str, after: str) -> tuple[Value, Value]:
    if before == after:
        return Value(escape(plain(before)), is_empty=not before), Value(escape(plain(after)), is_empty=not after)
    if not before or not after:
        ours, theirs = (whole(text, sign) if text else Markup() for text, sign in ((before, "del"), (after, "ins")))
    else:
        ours, theirs = mark_text(before, after)
    return Value(ours, is_empty=not before), Value(theirs, is_empty=not after)


def _words(field: str, value: Json) -> str:
    if type_of(field) is Type.PERIOD:
        return validity(value)
    if isinstance(value, str):
        return value
    return "" if value is None else short(value, field)


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) if value else ""
