"""What a renderer makes of an SVG counts, not its length: references are followed, and what they come to is bounded."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, strategies as st
from support.images import data_uri, png, png_that_claims
from support.tiers import examples

from badgeops.catalog.images.outline import outline
from badgeops.catalog.images.raster import inspect
from badgeops.catalog.images.unfold import MOST_ADDED, MOST_LEVELS, unfold
from badgeops.errors import Severity

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 400 400">'


def svg(content: str) -> bytes:
    """Write an SVG."""
    return f"{HEAD}{content}</svg>".encode()


def codes(content: str) -> list[str]:
    """Return what is wrong with an SVG."""
    return [problem.code for problem in inspect(svg(content)).problems]


def tower(levels: int, times: int, part: Callable[[int, str], str], inner: str = "<circle r='9'/>") -> str:
    """Return definitions in which each level refers so many times to the one below."""
    floors = [part(0, inner)]
    floors += [part(level, "".join(_user(part, level - 1, at) for at in range(times))) for level in range(1, levels)]
    return "".join(floors)


def _user(part: Callable[[int, str], str], level: int, at: int) -> str:
    if part is group:
        return f'<use href="#u{level}" x="{at}"/>'
    if part is marker:
        return f'<path d="M0 0L1 1L2 2" marker-start="url(#u{level})"/>'
    name = {pattern: "fill", mask: "mask", clip: "clip-path", filter_: "filter"}[part]
    return f'<rect width="{at}9" height="9" {name}="url(#u{level})"/>'


def group(level: int, content: str) -> str:
    """Define a group."""
    return f'<g id="u{level}">{content}</g>'


def pattern(level: int, content: str) -> str:
    """Define a pattern."""
    return f'<pattern id="u{level}" width="9" height="9">{content}</pattern>'


def mask(level: int, content: str) -> str:
    """Define a mask."""
    return f'<mask id="u{level}">{content}</mask>'


def clip(level: int, content: str) -> str:
    """Define a clip path."""
    return f'<clipPath id="u{level}">{content}</clipPath>'


def marker(level: int, content: str) -> str:
    """Define a marker."""
    return f'<marker id="u{level}">{content}</marker>'


def filter_(level: int, content: str) -> str:
    """Define a filter that shows other parts of the image."""
    return f'<g id="g{level}">{content}</g><filter id="u{level}"><feImage href="#g{level}"/></filter>'


@pytest.mark.parametrize("part", [group, pattern, mask, clip, marker, filter_])
def test_references_that_multiply_are_refused(part: Callable[[int, str], str]) -> None:
    """Twelve levels of ten references in some 4,000 bytes stand for a million million shapes, however they refer."""
    content = tower(12, 10, part)

    began = time.process_time()

    assert len(content) < 9_000
    assert codes(f"<defs>{content}</defs>{_user(part, 11, 1)}") == ["svg-unfolds"]
    assert time.process_time() - began < 5


@pytest.mark.parametrize("part", [group, pattern, mask, clip, marker, filter_])
def test_references_as_drawings_have_them_pass(part: Callable[[int, str], str]) -> None:
    """Three levels of five references are no more than a drawing with ornaments has."""
    assert codes(f"<defs>{tower(3, 5, part)}</defs>{_user(part, 2, 1)}") == []


SHAPES = "<circle r='1'/>" * 500
RECTS = "<rect width='1'/>" * 500
HEAVY = f"<pattern id='h'>{'<g/>' * 500}</pattern>"
HEAVY += f"<pattern id='p'>{SHAPES}</pattern><marker id='m'>{SHAPES}</marker><mask id='k'>{SHAPES}</mask>"


@pytest.mark.parametrize(
    "content",
    [
        # What is set around shapes counts for each of them.
        HEAVY + "<g fill='url(#p)'>" + SHAPES + "</g>",
        HEAVY + "<g stroke='url(#p)'>" + SHAPES + "</g>",
        HEAVY + "<g style='fill:URL( &quot;#p&quot; )'>" + SHAPES + "</g>",
        HEAVY + "<style>rect { fill: url(#p) }</style>" + RECTS,
        HEAVY + "<style>@media screen { g > .x, .y rect:hover { fill: u\\72l('#\\70') } }</style>" + RECTS,
        HEAVY + "<style>:nth-child(2n) { fill: url(#h) }</style>" + RECTS,
        HEAVY + "<style>g { &amp; rect { fill: url(#p) } }</style>" + RECTS,
        HEAVY + "<style>g { --a: url(#p) } rect { fill: var(--a) }</style>" + RECTS,
        HEAVY + "<style>/*{*/rect{font:'}';fill:url(#p)}</style>" + RECTS,
        HEAVY + "<style>@keyframes a { from { fill: url(#p) } } rect { animation: a 1s }</style>" + RECTS,
        HEAVY + "<style>rect { mask: url(#k) }</style>" + RECTS,
        HEAVY + "<g>" + "<circle r='1'><set attributeName='fill' to='url(#p)'/></circle>" * 500 + "</g>",
        HEAVY + "<pattern id='q'><g fill='url(#p)'>" + SHAPES + "</g></pattern><circle fill='url(#q)'/>",
        HEAVY + "<g fill='url(#p)'><pattern id='q'>" + SHAPES + "</pattern></g><circle fill='url(#q)'/>",
        HEAVY + "<g id='g'>" + SHAPES + "</g><use href='#g' fill='url(#p)'/>",
        HEAVY + "<pattern id='a%20b'>" + SHAPES + "</pattern><g fill='url(#a%20b)'>" + SHAPES + "</g>",
        # Markers stand at each corner.
        HEAVY + f"<path marker-mid='url(#m)' d='M0 0{'l1 1' * 500}'/>",
        HEAVY + f"<polyline style='marker: url(#m)' points='{'1,1 ' * 500}'/>",
        HEAVY + f"<g marker-mid='url(#m)'><polygon points='{'1,1 ' * 500}'/></g>",
        # A long path or text is drawn again each time.
        f"<path id='a' d='M0 0{'l1 1' * 10_000}'/>" + "<use href='#a'/>" * 1000,
        f"<text id='a'>{'x' * 30_000}</text>" + "<use xlink:href='#a'/>" * 1000,
        # Dashes, wherever they are set and whatever their lengths are relative to.
        "<path d='M0 0H400' stroke-dasharray='.0001'/>",
        "<g stroke-dasharray='1e-9,1e-9'><circle r='90'/></g>",
        "<style>* { stroke-dasharray: 0.0001mm 0 }</style><rect width='300' height='300'/>",
        "<path d='M0 0H400' pathLength='1e9' stroke-dasharray='1 1'/>",
        # Nobody goes along an outline of megabytes to find out that it is endless.
        f"<path d='M0 0{'l1 1' * 600_000}' stroke-dasharray='4'/>",
        # Filters: steps, octaves, the order of a matrix, and how far they look.
        "<filter id='f'>" + "<feOffset/>" * 100 + "</filter>" + "<g filter='url(#f)'/>" * 100,
        f"<g style='filter:{'sepia(1)' * 50}'/>" * 50,
        "<filter id='f'><feTurbulence numOctaves='1000000'/></filter><g filter='url(#f)'/>",
        "<filter id='f'><feConvolveMatrix order='500'/></filter><g filter='url(#f)'/>",
        "<filter id='f'><feGaussianBlur stdDeviation='1000000'/></filter><g filter='url(#f)'/>",
        "<filter id='f'><feGaussianBlur stdDeviation='1 1000000'/></filter><g filter='url(#f)'/>",
        (
            "<filter id='f'><feGaussianBlur><animate attributeName='stdDeviation' to='1e6'/></feGaussianBlur></filter>"
            "<g filter='url(#f)'/>"
        ),
        "<filter id='f'><feMorphology radius='1e6'/></filter><g filter='url(#f)'/>",
        "<filter id='f'><feDropShadow stdDeviation='1e6'/></filter><style>g { filter: url(#f) }</style><g/>",
        (
            "<filter id='f' primitiveUnits='objectBoundingBox'><feGaussianBlur stdDeviation='9'/></filter>"
            "<g filter='url(#f)'/>"
        ),
        "<g style='filter: blur(1e6px)'/>",
        "<g filter='drop-shadow(0 0 999cm red)'/>",
        "<filter id='f'><feGaussianBlur stdDeviation='1'/></filter><g transform='scale(1e6)'><g filter='url(#f)'/></g>",
        (
            "<filter id='f'><feGaussianBlur stdDeviation='1'/></filter>"
            "<g transform='matrix(1e6 0 0 1e6 0 0)'><g filter='url(#f)'/></g>"
        ),
        (
            "<filter id='f'><feGaussianBlur stdDeviation='1'/></filter>"
            "<svg viewBox='0 0 .001 .001'><g filter='url(#f)'/></svg>"
        ),
        # Levels.
        "".join(f"<g id='a{n}'><use href='#a{n + 1}'/></g>" for n in range(MOST_LEVELS)),
        "".join(f"<linearGradient id='a{n}' href='#a{n + 1}'/>" for n in range(MOST_LEVELS + 1)),
        # Style sheets that take a browser longer than the drawing.
        "<style>" + "*:hover{fill:red}" * 2000 + "</style>" + "<g/>" * 60_000,
        "<style>" + "a{b:c}" * 40_000 + "</style>",
    ],
)
def test_what_unfolds_beyond_all_bounds_is_refused(content: str) -> None:
    """However it is written: in attributes, in styles, around shapes, by way of a pattern or an animation."""
    assert codes(content) == ["svg-unfolds"]


@pytest.mark.parametrize(
    "content",
    [
        "<g id='a'><use href='#a'/></g>",
        "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>",
        "<pattern id='a'><rect fill='url(#a)'/></pattern>",
        "<mask id='a'><g mask='url(#b)'/></mask><mask id='b'><g mask='url(#a)'/></mask>",
        "<filter id='a'><feImage href='#g'/></filter><g id='g' filter='url(#a)'/>",
        "<g fill='url(#a)'><pattern id='a'><circle/></pattern><circle/></g>",
    ],
)
def test_what_contains_itself_is_refused(content: str) -> None:
    """Every renderer stops at another point, or not at all."""
    assert codes(content) == ["svg-circular"]


@pytest.mark.parametrize(
    "content",
    [
        "<a href='#b'><circle id='b'/></a>",
        "<linearGradient id='a' xlink:href='#a'/><circle fill='url(#a)'/>",
        "<path id='a' d='M0 0L9 9'><animateMotion><mpath href='#a'/></animateMotion></path>",
        "<circle id='c'><animate href='#c' attributeName='r' to='2'/></circle>",
        "<g fill='url(#nothing)' filter='url(#nothing)'><use href='#nothing'/><use/></g>",
        HEAVY + "<g fill='url(#p)'>" + "<circle fill='red'/>" * 500 + "</g>",
        HEAVY + "<style>.st0 { fill: url(#p) } @font-face { src: url(#p) }</style><g class='st0'/>" + SHAPES,
        "<path d='M0 0H400V400H0Z' stroke-dasharray='4 2'/>" * 100,
        f"<path d='M0 0{'l1 1' * 600_000}' stroke='red'/>",
        "<filter id='f'><feGaussianBlur stdDeviation='20'/><feOffset/><feMerge><feMergeNode/></feMerge></filter>"
        + "<g filter='url(#f)'/>" * 200,
        "<g style='transform: scale(.5) rotate(3deg); filter: blur(4px)'/>",
        "<linearGradient id='g'>" + "<stop/>" * 9 + "</linearGradient>" + "<circle fill='url(#g)'/>" * 5000,
    ],
)
def test_drawings_that_only_look_as_if_they_unfold_pass(content: str) -> None:
    """Links, gradients, dashes, shadows, and shapes that set their own fill are what drawings are made of."""
    assert codes(content) == []


def test_a_circle_in_what_is_used_a_million_times_takes_no_time() -> None:
    """Each element is judged once, however often and however deep in a chain it is referred to."""
    chain = "".join(f"<use id='a{n}' href='#a{n + 1}'/>" for n in range(20_000))

    began = time.process_time()

    assert codes(chain) == ["svg-unfolds"]
    assert time.process_time() - began < 10


def drawn(element: Element, named: dict[str, Element]) -> float:
    """Draw an SVG of groups and uses, and count."""
    total = 1.0 + sum(drawn(child, named) for child in element)
    target = named.get(element.get("href", "")[1:])
    return total + (drawn(target, named) if target is not None else 0)


@examples(100)
@given(st.lists(st.lists(st.integers(0, 6), max_size=4), min_size=1, max_size=7))
def test_the_load_is_what_would_be_drawn(groups: list[list[int]]) -> None:
    """Counted without unfolding anything, for references of any shape that lead to no circle."""
    parts = [
        f"<g id='g{at}'><circle/>" + "".join(f"<use href='#g{to}'/>" for to in targets if to < at) + "</g>"
        for at, targets in enumerate(groups)
    ]
    root = fromstring(svg("".join(parts)).decode())  # noqa: S314 (our own)
    named = {name: element for element in root.iter() if (name := element.get("id"))}

    load, is_circular = unfold(root, 400)

    assert (load.parts, load.written, is_circular) == (drawn(root, named), len(list(root.iter())), False)


@pytest.mark.parametrize(
    ("shape", "length", "corners"),
    [
        ("<path d='M1 1h3v4H1z'/>", 3 + 4 + 3 + 4, 4),
        ("<path d='m0,0 3 4-3-4'/>", 10, 3),
        ("<path d='M0 0C0 10 10 10 10 0S20-10 20 0'/>", 30 + 2 * (200**0.5 + 10), 3),
        ("<path d='M0 0A5 5 0 0 1 10 0'/>", 10 * math.pi, 2),
        ("<polyline points='0 0 3,4'/>", 5, 2),
        ("<polygon points='0 0 3,4'/>", 10, 2),
        ("<path d='M0 0L1e400 0'/>", 1e12, 1),
        ("<path d='x y z'/>", 0, 0),
        ("<circle r='2' pathLength='700'/>", 700, 2),
    ],
)
def test_the_length_of_an_outline(shape: str, length: float, corners: int) -> None:
    """Never less than it is, so that no dash goes uncounted."""
    element = fromstring(shape)  # noqa: S314 (our own)

    assert outline(element.tag, element, element.get("d")) == (pytest.approx(length), corners)


# --- pixels in an SVG ----------------------------------------------------------------------------------------------

_JPEG = b"\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x0b\x08" + b"\xea\x60\xea\x60" + b"\3"
_WEBP = b"RIFF\0\0\0\0WEBP"
BOMBS = {
    "PNG": png_that_claims(60_000, 60_000),
    "GIF": b"GIF89a\x60\xea\x60\xea",
    "BMP": b"BM" + bytes(16) + (60_000).to_bytes(4, "little") + (-60_000 & 0xFFFFFFFF).to_bytes(4, "little"),
    "JPEG": _JPEG,
    "WebP": _WEBP + b"VP8X" + bytes(8) + b"\x5f\xea\0\x5f\xea\0",
    "WebP lossless": _WEBP + b"VP8L\0\0\0\0\x2f\xff\xff\xff\x0f",
    "WebP lossy": _WEBP + b"VP8 " + bytes(10) + b"\xff\x3f\xff\x3f",
    "AVIF": b"\0\0\0\x20ftypavif" + bytes(9) + b"ispe\0\0\0\0" + b"\0\0\xea\x60\0\0\xea\x60",
}


@pytest.mark.parametrize("name", BOMBS)
def test_pixels_that_unpack_beyond_all_bounds_are_refused(name: str) -> None:
    """An image in an SVG is held to the limit of any image, whatever its format and however it is said to be one."""
    for mime in ("image/png", "img/png"):
        address = data_uri(BOMBS[name], mime)
        (problem,) = inspect(svg(f'<image href="{address}"/>')).problems
        assert (problem.code, problem.severity) == ("svg-too-complex", Severity.ERROR)
        assert codes(f"<g style='fill: url({address})'/>") == ["svg-too-complex"]


@pytest.mark.parametrize("format_", ["PNG", "GIF", "BMP", "JPEG", "WEBP"])
def test_embedded_images_are_known_by_their_bytes(format_: str) -> None:
    """As in a browser: whatever type the address says."""
    address = data_uri(png(40, 30, mode="RGB", format_=format_), "img/x")

    assert codes(f'<image href="{address}"/>') == []


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8\xff", b"\xff\xd8" + b"\xff" * 10, _JPEG[:8] + b"x" * 9, b"BM", b"GIF89a", _WEBP],
)
def test_an_embedded_image_that_breaks_off_unpacks_to_nothing(data: bytes) -> None:
    """A browser shows nothing of it."""
    assert codes(f'<image href="{data_uri(data)}"/>') == []


def test_the_limits_are_said() -> None:
    """A message names what it comes to, the limit, and what to do."""
    (problem,) = inspect(svg(f"<defs>{tower(12, 10, group)}</defs>")).problems

    assert "million" in problem.summary or "," in problem.detail
    assert f"{MOST_ADDED:,}" in problem.detail
    assert "PNG" in problem.detail
