"""Draw the images of the example catalog.

Run by hand after a change, with Pillow installed, and commit what it writes:

    python examples/draw_images.py

The same script writes the same picture every time: there is no randomness and no font.
A picture is a list of three primitive shapes on a grid of 200 by 200, which one function
paints as PNG and another writes as SVG. The body of a badge tells what kind it is, the stars
at its foot tell the level:

    circle    the city library's courses
    shield    safety and inductions
    hexagon   the university's continuing education
"""  # noqa: INP001 - a script beside the catalog, not a package

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import assert_never

from PIL import Image, ImageDraw

IMAGES = Path(__file__).parent / "catalog" / "images"

GRID = 200
"""The side of the drawing, in units."""
SIZE_PIXELS = 400
"""The side of a PNG: what the servers keep without shrinking it."""
OVERSAMPLING = 3
"""PNGs are painted this much larger and scaled down: Pillow's own edges are jagged."""

WHITE = "#ffffff"
CREAM = "#fff6e0"
GOLD = "#ffd25e"

Point = tuple[float, float]


# Shapes


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled outline."""

    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Circle:
    """A filled disc."""

    center: Point
    radius: float
    fill: str


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke with round ends and round joins."""

    points: tuple[Point, ...]
    width: float
    fill: str


Shape = Polygon | Circle | Line


def moved(shape: Shape, dx: float, dy: float, scale: float = 1.0) -> Shape:
    """Scale a shape about the origin, then move it."""

    def place(point: Point) -> Point:
        return (point[0] * scale + dx, point[1] * scale + dy)

    match shape:
        case Polygon():
            return replace(shape, points=tuple(map(place, shape.points)))
        case Circle():
            return replace(shape, center=place(shape.center), radius=shape.radius * scale)
        case Line():
            return replace(shape, points=tuple(map(place, shape.points)), width=shape.width * scale)
        case _:
            assert_never(shape)


def turned(shape: Shape, degrees: float) -> Shape:
    """Turn a shape clockwise about the origin."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def turn(point: Point) -> Point:
        return (point[0] * cos - point[1] * sin, point[0] * sin + point[1] * cos)

    match shape:
        case Polygon() | Line():
            return replace(shape, points=tuple(map(turn, shape.points)))
        case Circle():
            return replace(shape, center=turn(shape.center))
        case _:
            assert_never(shape)


# Geometry


def arc(center: Point, radius: float, start: float, end: float, steps: int = 24) -> tuple[Point, ...]:
    """Points on a circle from one angle to another, in degrees, clockwise from the right."""
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return tuple((center[0] + radius * math.cos(a), center[1] + radius * math.sin(a)) for a in angles)


def regular(count: int, radius: float) -> tuple[Point, ...]:
    """Corners of a regular polygon around the origin, the first one on top."""
    return arc((0, 0), radius, -90, 270 - 360 / count, count - 1)


def star(radius: float, fill: str) -> Polygon:
    """Return a five-pointed star around the origin."""
    outer, inner = regular(5, radius), arc((0, 0), radius * 0.45, -54, 234, 4)
    return Polygon(tuple(p for pair in zip(outer, inner, strict=True) for p in pair), fill)


def rounded(corners: Sequence[Point], radius: float, steps: int = 8) -> tuple[Point, ...]:
    """Cut each corner of an outline along a quadratic curve that starts a radius before it."""
    points: list[Point] = []
    for index, corner in enumerate(corners):
        start = _towards(corner, corners[index - 1], radius)
        end = _towards(corner, corners[(index + 1) % len(corners)], radius)
        points += [_curve(start, corner, end, step / steps) for step in range(steps + 1)]
    return tuple(points)


def _towards(origin: Point, target: Point, distance: float) -> Point:
    share = min(0.5, distance / math.dist(origin, target))
    return (origin[0] + (target[0] - origin[0]) * share, origin[1] + (target[1] - origin[1]) * share)


def _curve(start: Point, control: Point, end: Point, t: float) -> Point:
    a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
    return (a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1])


def box(left: float, top: float, right: float, bottom: float, fill: str, radius: float = 4) -> Polygon:
    """Return a rectangle with round corners."""
    return Polygon(rounded([(left, top), (right, top), (right, bottom), (left, bottom)], radius), fill)


def clipped(points: Sequence[Point], axis: int, limit: float) -> tuple[Point, ...]:
    """Keep the part of an outline at or beyond a limit: right of x for axis 0, below y for axis 1."""
    kept: list[Point] = []
    for index, point in enumerate(points):
        before = points[index - 1]
        if (point[axis] >= limit) != (before[axis] >= limit):
            share = (limit - before[axis]) / (point[axis] - before[axis])
            kept.append((before[0] + (point[0] - before[0]) * share, before[1] + (point[1] - before[1]) * share))
        if point[axis] >= limit:
            kept.append(point)
    return tuple(kept)


def mixed(color: str, other: str, share: float) -> str:
    """Return a color with a share of another one stirred in."""
    pairs = ((int(color[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


# Badges


@dataclass(frozen=True, slots=True)
class Tones:
    """The colors of one badge, all made from one."""

    face: str

    @property
    def ink(self) -> str:
        """The dark one: the rim, the foot, and what is cut out of a glyph."""
        return mixed(self.face, "#0b1220", 0.62)

    @property
    def shade(self) -> str:
        """The right half of the face, and the shadow under the glyph."""
        return mixed(self.face, "#0b1220", 0.16)

    @property
    def pale(self) -> str:
        """A light tint for second things in a glyph."""
        return mixed(self.face, WHITE, 0.72)


Glyph = Callable[[Tones], list[Shape]]
"""Draws a sign around the origin, about 80 units wide and 72 high."""


def circle_body() -> tuple[Point, ...]:
    """Draw the outline of a library course."""
    return arc((0, 0), 96, 0, 360, 120)[:-1]


def hexagon_body() -> tuple[Point, ...]:
    """Draw the outline of a university course."""
    return rounded(regular(6, 100), 14)


def shield_body() -> tuple[Point, ...]:
    """Draw the outline of safety courses and inductions."""
    right = [(0, -96), (30, -84), (58, -79), (84, -78), (86, -30), (78, 16), (58, 54), (32, 80), (0, 98)]
    left = [(-x, y) for x, y in reversed(right[1:-1])]
    return rounded(right + left, 16)


def badge(body: Sequence[Point], color: str, glyph: Glyph, level: int) -> list[Shape]:
    """Compose a badge: the body in layers, the glyph with its shadow, and stars for the level."""
    tones = Tones(color)

    def outline(scale: float) -> tuple[Point, ...]:
        return tuple((x * scale + 100, y * scale + 100) for x, y in body)

    face = outline(0.84)
    shapes: list[Shape] = [Polygon(outline(1), tones.ink), Polygon(outline(0.91), CREAM)]
    shapes += [Polygon(outline(0.87), tones.ink), Polygon(face, tones.face)]
    shapes.append(Polygon(clipped(face, 0, 100), tones.shade))
    if level:
        # A little wider than the face, which would else shine through along the edge.
        shapes.append(Polygon(clipped(outline(0.86), 1, 140), tones.ink))
        shapes += [
            moved(star(9.5, GOLD if place < level else mixed(tones.ink, WHITE, 0.25)), 79 + 21 * place, 155)
            for place in range(3)
        ]
    middle = 88 if level else 98
    for shape in glyph(tones):
        shapes.append(replace(moved(shape, 102.5, middle + 4), fill=mixed(tones.shade, tones.ink, 0.35)))
    shapes += [moved(shape, 100, middle) for shape in glyph(tones)]
    return shapes


# Glyphs


def devices(tones: Tones) -> list[Shape]:
    """Draw a laptop with a phone in front of it."""
    return [
        box(-38, -30, 26, 16, WHITE, 6),
        box(-32, -24, 20, 10, tones.ink, 2),
        box(-46, 18, 34, 26, WHITE, 4),
        box(9, -14, 43, 36, tones.ink, 8),
        box(12, -11, 40, 33, WHITE, 6),
        box(17, -4, 35, 22, tones.pale, 2),
        Circle((26, 27.5), 2.4, tones.ink),
    ]


def search(tones: Tones) -> list[Shape]:
    """Draw a printed page under a magnifying glass."""
    lines = [(-24, 6), (-13, 10), (-2, -8), (9, -12), (20, -10)]
    return [
        box(-36, -37, 18, 35, WHITE, 6),
        *(Line(((-26, y), (right, y)), 4.5, tones.pale) for y, right in lines),
        Line(((26, 19), (41, 34)), 15, tones.ink),
        Circle((14, 7), 24, tones.ink),
        Line(((28, 21), (41, 34)), 9, GOLD),
        Circle((14, 7), 20.5, GOLD),
        Circle((14, 7), 14.5, tones.ink),
        Line(arc((14, 7), 9, 190, 260), 3, tones.pale),
    ]


def padlock(tones: Tones) -> list[Shape]:
    """Draw a closed padlock."""
    return [
        Line(((-19, 0), *arc((0, -14), 19, 180, 360), (19, 0)), 10, WHITE),
        box(-33, -8, 33, 40, GOLD, 8),
        Circle((0, 11), 7, tones.ink),
        Line(((0, 11), (0, 25)), 6, tones.ink),
    ]


def table(tones: Tones) -> list[Shape]:
    """Draw a sheet of cells with one of them chosen."""
    columns, rows = (-37, -11, 15), (-16, 0, 16)
    cells = [box(x, y, x + 22, y + 12, tones.pale, 1.5) for x in columns for y in rows]
    heads = [box(x, -32, x + 22, -20, tones.ink, 1.5) for x in columns]
    return [
        box(-43, -38, 43, 34, WHITE, 7),
        *heads,
        *cells,
        box(-13.5, -2.5, 13.5, 14.5, tones.ink, 2),
        box(-10.5, 0.5, 10.5, 11.5, GOLD, 1),
    ]


def photographs(tones: Tones) -> list[Shape]:
    """Draw two old prints, one on top of the other."""
    back = [box(-36, -30, 26, 24, tones.pale, 4)]
    front: list[Shape] = [
        box(-35, -32, 35, 34, tones.ink, 6),
        box(-32, -29, 32, 31, WHITE, 4),
        box(-26, -23, 26, 17, tones.ink, 2),
        Circle((13, -11), 6.5, GOLD),
        Polygon(((-24, 14), (-9, -9), (6, 14)), tones.pale),
        Polygon(((0, 14), (12, 0), (24, 14)), WHITE),
    ]
    return [
        *(moved(turned(shape, -13), -6, -4) for shape in back),
        *(moved(turned(shape, 6), 5, 3) for shape in front),
    ]


def helpers(tones: Tones) -> list[Shape]:
    """Draw two people with a heart between them."""

    def person(fill: str) -> list[Shape]:
        shoulders = (*arc((0, 27), 25, 180, 360), (25, 34), (-25, 34))
        return [Polygon(shoulders, fill), Circle((0, -12), 13.5, fill)]

    def curve(angle: float) -> Point:
        x = 16 * math.sin(angle) ** 3
        y = 13 * math.cos(angle) - 5 * math.cos(2 * angle) - 2 * math.cos(3 * angle) - math.cos(4 * angle)
        return (x, -y)

    heart = Polygon(tuple(curve(math.tau * step / 60) for step in range(60)), GOLD)
    return [
        *(moved(shape, -23, 2, 0.92) for shape in person(tones.pale)),
        *(moved(shape, 19, 4, 1.18) for shape in person(tones.ink)),
        *(moved(shape, 19, 4) for shape in person(WHITE)),
        moved(heart, -3, -31, 0.72),
    ]


def gear(tones: Tones) -> list[Shape]:
    """Draw a cog wheel with a tick in it."""
    tooth = Polygon(rounded([(-8, -46), (8, -46), (12, -28), (-12, -28)], 3), WHITE)
    return [
        *(turned(tooth, 45 * step) for step in range(8)),
        Circle((0, 0), 36, WHITE),
        Circle((0, 0), 25, tones.ink),
        Line(((-11, 1), (-3, 10), (12, -8)), 7, GOLD),
    ]


def prompt(tones: Tones) -> list[Shape]:
    """Draw a terminal window that waits for a command."""
    return [
        box(-44, -34, 44, 34, WHITE, 8),
        box(-38, -19, 38, 28, tones.ink, 4),
        *(Circle((x, -26.5), 3, tones.face) for x in (-34, -25, -16)),
        Line(((-27, -8), (-14, 4), (-27, 16)), 6.5, GOLD),
        Line(((-3, 17), (18, 17)), 6.5, WHITE),
    ]


def chart(tones: Tones) -> list[Shape]:
    """Draw columns and the trend above them."""
    trend = ((-25, -4), (-3, -14), (12, -10), (33, -34))
    return [
        box(-36, 12, -18, 34, tones.pale, 3),
        box(-11, 2, 7, 34, tones.pale, 3),
        box(14, -12, 32, 34, WHITE, 3),
        Line(((-42, 35), (42, 35)), 5, WHITE),
        Line(trend, 5.5, GOLD),
        *(Circle(point, 5.5, GOLD) for point in trend),
        *(Circle(point, 2.2, tones.ink) for point in trend),
    ]


def network(tones: Tones) -> list[Shape]:
    """Draw a small neural network."""
    layers = (((-37, -20), (-37, 20)), ((0, -32), (0, 0), (0, 32)), ((37, 0),))
    joints = [
        Line((start, end), 3.2, tones.pale) for first, second in pairwise(layers) for start in first for end in second
    ]
    nodes = [Circle(node, 9, WHITE) for layer in layers[:2] for node in layer]
    hearts = [Circle(node, 4, tones.ink) for node in layers[1]]
    return [*joints, *nodes, *hearts, Circle((37, 0), 12, GOLD), Circle((37, 0), 5, tones.ink)]


def chip(tones: Tones) -> list[Shape]:
    """Draw a microcontroller with its pins."""
    places = (-18, -6, 6, 18)
    pins = [
        *(Line(((x, -40), (x, 40)), 5, tones.pale) for x in places),
        *(Line(((-40, y), (40, y)), 5, tones.pale) for y in places),
    ]
    return [
        *pins,
        box(-31, -31, 31, 31, tones.ink, 7),
        box(-28, -28, 28, 28, WHITE, 5),
        box(-17, -17, 17, 17, tones.ink, 3),
        Line(((-8, 8), (-8, -2), (2, -2), (8, -8)), 3.4, GOLD),
        Circle((-8, 9), 4, GOLD),
        Circle((8, -8), 4, GOLD),
        Circle((-22, -22), 2.2, tones.ink),
    ]


def factory(tones: Tones) -> list[Shape]:
    """Draw a plant whose gate has a keyhole."""
    roof = [(-42, 34), (-42, 0), (-20, -16), (-20, 0), (2, -16), (2, 0), (16, 0), (19, -38), (33, -38), (36, 0)]
    return [
        Line(((-12, -30), (-2, -34), (8, -31)), 5, tones.pale),
        Polygon((*roof, (42, 0), (42, 34)), WHITE),
        Line(((-42, 34), (42, 34)), 5, WHITE),
        box(17, -30, 35, -25, tones.face, 0.5),
        box(-17, 6, 17, 36.5, tones.ink, 4),
        Circle((0, 16), 6, GOLD),
        Polygon(((-3, 16), (3, 16), (6, 31), (-6, 31)), GOLD),
        *(box(x, 9, x + 9, 18, tones.pale, 1.5) for x in (-34, 25)),
    ]


def house(tones: Tones) -> list[Shape]:
    """Draw a house with a bolt in its middle."""
    bolt = ((5, -13), (-13, 14), (-2, 14), (-6, 33), (13, 5), (2, 5))
    return [
        box(20, -34, 31, -8, tones.pale, 1.5),
        Polygon(rounded([(-33, -6), (33, -6), (33, 38), (-33, 38)], 4), WHITE),
        Line(((-42, 0), (0, -35), (42, 0)), 9, WHITE),
        Polygon(((-36, -2), (0, -32), (36, -2)), WHITE),
        Circle((0, 10), 25, tones.ink),
        Polygon(bolt, GOLD),
    ]


# Logos


def library_logo() -> list[Shape]:
    """Draw an open book above two waves: the library of a harbour city."""
    navy, sea, foam = "#14304f", "#2f9aa8", "#a9dde0"

    def page(side: int) -> tuple[Point, ...]:
        top = [_curve((0, 66), (side * 26, 40), (side * 66, 54), step / 12) for step in range(13)]
        foot = [_curve((side * 66, 112), (side * 26, 98), (0, 124), step / 12) for step in range(13)]
        return tuple((100 + x, y - 4) for x, y in top + foot)

    def wave(y: float, half: int) -> tuple[Point, ...]:
        return tuple((100 + x, y - 5 * math.cos(x / 44 * math.tau)) for x in range(-half, half + 1, 4))

    lines = [
        Line(tuple((100 + side * x, y + lower - 4) for x, y in ((18, 66), (36, 62), (52, 63))), 3.5, foam)
        for side in (-1, 1)
        for lower in (8, 20, 32)
    ]
    return [
        Circle((100, 100), 98, navy),
        Polygon(page(-1), WHITE),
        Polygon(page(1), CREAM),
        *lines,
        Line(((100, 64), (100, 117)), 3, navy),
        Line(wave(143, 64), 7, sea),
        Line(wave(161, 44), 7, foam),
    ]


def university_logo() -> list[Shape]:
    """Draw a mountain mirrored in a lake, which is what a tarn is."""
    ground, rock, snow, water = "#2b2350", "#cfc8ec", WHITE, "#6f62b5"
    return [
        Polygon(rounded([(2, 2), (198, 2), (198, 198), (2, 198)], 40), ground),
        Circle((146, 56), 13, GOLD),
        Polygon(((28, 116), (90, 34), (152, 116)), rock),
        Polygon(((90, 34), (152, 116), (106, 116), (98, 82)), mixed(rock, ground, 0.25)),
        Polygon(((90, 34), (112.7, 64), (101, 60), (94, 69), (84, 59), (68, 63)), snow),
        Polygon(((112, 116), (146, 76), (174, 116)), mixed(rock, ground, 0.45)),
        Polygon(((40, 126), (90, 178), (140, 126)), water),
        Polygon(((120, 126), (146, 152), (166, 126)), mixed(water, ground, 0.4)),
        Line(((26, 121), (174, 121)), 5, WHITE),
        Line(((58, 143), (122, 143)), 4, ground),
        Line(((72, 158), (108, 158)), 4, ground),
    ]


# Output


def png(shapes: Iterable[Shape]) -> Image.Image:
    """Paint shapes as a square RGBA picture."""
    side = SIZE_PIXELS * OVERSAMPLING
    scale = side / GRID
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    for shape in shapes:
        match moved(shape, 0, 0, scale):
            case Polygon(points, fill):
                draw.polygon(points, fill=fill)
            case Circle(center, radius, fill):
                draw.circle(center, radius, fill=fill)
            case Line(points, width, fill):
                draw.line(points, fill=fill, width=round(width))
                for point in points:
                    draw.circle(point, width / 2, fill=fill)
            case _ as unknown:
                assert_never(unknown)
    # Scaled with its colors multiplied by its opacity: else the clear black around it bleeds into the edge.
    # The mean of each block of pixels, and no finer filter: those ring, and the ripples triple the file.
    return picture.convert("RGBa").reduce(OVERSAMPLING).convert("RGBA")


def svg(shapes: Iterable[Shape], title: str) -> str:
    """Write shapes as an SVG document: plain elements, no styles, no references."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {GRID} {GRID}">',
        f"  <title>{title}</title>",
        *(f"  {_element(shape)}" for shape in shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _element(shape: Shape) -> str:
    match shape:
        case Polygon(points, fill):
            return f'<polygon points="{_pairs(points)}" fill="{fill}"/>'
        case Circle((x, y), radius, fill):
            return f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}" fill="{fill}"/>'
        case Line(points, width, fill):
            return (
                f'<polyline points="{_pairs(points)}" fill="none" stroke="{fill}" '
                f'stroke-width="{_number(width)}" stroke-linecap="round" stroke-linejoin="round"/>'
            )
        case _:
            assert_never(shape)


def _pairs(points: Iterable[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    return f"{round(value, 1) + 0.0:g}"  # adding zero turns -0 into 0


CIRCLE, HEXAGON, SHIELD = circle_body(), hexagon_body(), shield_body()

PNG_BADGES: dict[str, list[Shape]] = {
    "everyday-devices": badge(CIRCLE, "#1c8f8c", devices, 1),
    "finding-good-information": badge(CIRCLE, "#2f72bd", search, 1),
    "safe-online": badge(SHIELD, "#c2453f", padlock, 1),
    "spreadsheets-at-work": badge(CIRCLE, "#3c9150", table, 2),
    "workshop-induction": badge(SHIELD, "#5b7186", gear, 0),
    "python-foundations": badge(HEXAGON, "#3d54b0", prompt, 1),
    "data-analysis": badge(HEXAGON, "#12879f", chart, 2),
    "machine-learning-in-practice": badge(HEXAGON, "#7245ad", network, 3),
    "industrial-network-security": badge(HEXAGON, "#a5304f", factory, 3),
    "building-energy-auditor": badge(HEXAGON, "#c4761a", house, 3),
}

SVG_IMAGES: dict[str, tuple[str, list[Shape]]] = {
    "alderhaven-library": ("Alderhaven City Library", library_logo()),
    "tarnholm-university": ("Tarnholm University of Technology", university_logo()),
    "family-papers": ("Family Papers Digitised", badge(CIRCLE, "#93508f", photographs, 2)),
    "digital-helper": ("Digital Helper", badge(CIRCLE, "#d76f2c", helpers, 3)),
    "embedded-prototyping": ("Embedded Prototyping", badge(HEXAGON, "#75852b", chip, 2)),
}


def main() -> None:
    """Write every image of the catalog."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, shapes in PNG_BADGES.items():
        png(shapes).save(IMAGES / f"{name}.png", optimize=True)
    for name, (title, shapes) in SVG_IMAGES.items():
        (IMAGES / f"{name}.svg").write_text(svg(shapes, title), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
