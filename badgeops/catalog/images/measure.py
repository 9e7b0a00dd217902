"""How large an SVG is, as it says and as it is drawn. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from badgeops.catalog.images.dangers import EXPORT, shown
from badgeops.catalog.images.unfold import ENDLESS, MOST_ADDED, MOST_LEVELS, unfold
from badgeops.catalog.problems import Problem, warning

_UNITS = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pt": 96 / 72, "pc": 16.0,
          "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}  # fmt: skip
"""Pixels in a unit, as browsers count; the last ones depend on the font, and are about right for all."""
_BLANK = r"[ \t\r\n\f]"
_PLAIN_NUMBER = r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{1,40})?|\.[0-9]{1,40})(?:[eE][-+]?[0-9]{1,4})?"
_LENGTH = re.compile(rf"{_BLANK}{{0,50}}({_PLAIN_NUMBER})([a-zA-Z]{{0,3}}){_BLANK}{{0,50}}")
_BOX = re.compile(rf"({_PLAIN_NUMBER})(?:{_BLANK}{{0,50}},{_BLANK}{{0,50}}|{_BLANK}{{1,50}}|(?=[-+]))?")
_LARGEST = 2.0**24
"""Browsers compute with numbers of 24 bits: beyond this, one and the next are the same to them."""


_UNKNOWN_SIDE = 1000.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large a drawing is, in its own units; 0 by 0 where it does not say."""

    width: float = 0.0
    height: float = 0.0
    bad_box: str | None = None
    """A viewBox that browsers cannot use."""


def size_of(root: Element) -> Size:
    """Return the size of the drawing: of its viewBox, else of the image itself in pixels."""
    box = root.get("viewBox", "").strip(" \t\r\n\f")
    if box:
        found = _box(box)
        return Size(*found) if found else Size(bad_box=box)
    width, height = _pixels(root.get("width")), _pixels(root.get("height"))
    return Size(width, height) if width and height else Size()


def _box(text: str) -> tuple[float, float] | None:
    """Return width and height of a viewBox; None where browsers would ignore it, or show nothing."""
    numbers: list[float] = []
    at = 0
    while at < len(text) and len(numbers) < 5 and (match := _BOX.match(text, at)):
        numbers.append(float(match[1]))
        at = match.end()
    if len(numbers) != 4 or at < len(text) or text.endswith(",") or any(abs(each) > _LARGEST for each in numbers):
        return None
    width, height = numbers[2:]
    return (width, height) if min(width, height) >= 1 / _LARGEST else None


def _pixels(text: str | None) -> float:
    match = _LENGTH.fullmatch(text) if text else None
    size = float(match[1]) * _UNITS.get(match[2].lower(), 0.0) if match else 0.0
    return size if 0 < size <= _LARGEST else 0.0


def shape_problems(size: Size) -> list[Problem]:
    """Return what is wrong with what an SVG says of its size."""
    if size.bad_box is not None:
        detail = (
            f'It reads "{shown(size.bad_box, 40)}". Browsers ignore it, or show nothing. '
            'It needs four numbers, the last two above zero and none beyond 16,777,216: viewBox="0 0 400 400".'
        )
        return [Problem("svg-viewbox", "the viewBox of this SVG makes no sense", detail)]
    width, height = size.width, size.height
    if not width:
        detail = 'Programs cannot tell its proportions. Give its first element a viewBox: viewBox="0 0 400 400".'
        return [warning("svg-no-viewbox", "this SVG does not say how large it is", detail)]
    if abs(width - height) > 0.01 * max(width, height):
        detail = "It will be squeezed, or get margins, in every place for a square. Give it a square viewBox."
        return [warning("image-not-square", f"this SVG is not square: {width:g} by {height:g}", detail)]
    return []


def unfolding_problems(root: Element, size: Size) -> list[Problem]:
    """Return what is wrong with an SVG once all its references are followed."""
    side = max(size.width, size.height) or _UNKNOWN_SIDE
    load, is_circular = unfold(root, side)
    if is_circular:
        detail = (
            f"A part of it refers to itself, directly or by way of others, and so could be drawn without end. {EXPORT}"
        )
        return [Problem("svg-circular", "this SVG contains itself", detail)]
    added = load.parts - load.written
    if added > MOST_ADDED or load.levels > MOST_LEVELS:
        count = f"{added:,.0f}" if added < ENDLESS / 10 else "countless"
        what = f"{count} more parts" if added > MOST_ADDED else f"{load.levels} levels of nesting"
        detail = (
            f"Drawn out, its references and filters come to {what}; at most {MOST_ADDED:,} parts and {MOST_LEVELS} "
            "levels are accepted. Simplify it, or export it as PNG, 400 by 400 pixels."
        )
        return [Problem("svg-unfolds", "this SVG is small to read and too large to draw", detail)]
    if load.reach > side:
        detail = (
            f"It reaches over {load.reach:,.0f} units, and the image has {side:g}: nothing would be left to see. "
            "Lower its stdDeviation or radius."
        )
        return [Problem("svg-unfolds", "a filter of this SVG reaches beyond all bounds", detail)]
    return []
