"""Of what a server serves a page shows pixels, or a drawing that validation would let in; nothing else gets through."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, strategies as st
from PIL import Image
from support.images import chunk, png, png_that_claims
from support.tiers import examples

from badgeops.catalog.images.raster import SERVED_SIDE
from badgeops.catalog.images.showable import showable

SECRET = b"an award of somebody"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">%s</svg>'


def with_secrets(data: bytes) -> bytes:
    """Write what nobody sees into a PNG: before its pixels, and after its end."""
    return data[:33] + chunk(b"tEXt", b"openbadges\0" + SECRET) + data[33:] + SECRET


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pixels_are_drawn_anew(kind: str, mode: str) -> None:
    """The page gets a PNG as large as servers make them; the facts are those of what came."""
    data = png(800, 600, mode=mode, color=0, format_=kind)
    found = showable(data)

    assert found is not None
    assert (found.facts.format, found.facts.width, found.facts.height) == (kind.lower(), 800, 600)
    assert (found.facts.size, found.format) == (len(data), "png")
    with Image.open(io.BytesIO(found.data), formats=("PNG",)) as image:
        assert image.size == (SERVED_SIDE, SERVED_SIDE * 3 // 4)


def test_nothing_but_pixels_gets_through() -> None:
    """Neither the award of a PNG nor what stands behind its end."""
    found = showable(with_secrets(png()))

    assert found is not None
    assert SECRET not in found.data
    assert found.data == (showable(png()) or found).data


def test_a_harmless_svg_is_shown_as_it_is() -> None:
    """Byte for byte."""
    data = SVG % b'<circle r="3"/>'
    found = showable(data)

    assert found is not None
    assert (found.format, found.data, found.facts.width) == ("svg", data, 9)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><html><svg></svg></html>",
        png(format_="GIF", mode="RGB"),
        png()[:60],
        png_that_claims(60_000, 60_000),
        png(format_="JPEG", mode="RGB")[:40],
        SVG % b"<script>alert(1)</script>",
        SVG % b'<image href="https://evil.example/x.png"/>',
        SVG % b'<circle onclick="alert(1)" r="3"/>',
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG % b"",
    ],
)
def test_what_is_none_or_dangerous_is_not_shown(data: bytes) -> None:
    """Pages, cut files, bombs and drawings that act."""
    assert showable(data) is None


@examples(60)
@given(st.sampled_from([png(), png(format_="JPEG", mode="RGB"), SVG % b""]), st.data())
def test_whatever_comes_is_judged_in_peace(data: bytes, draw: st.DataObject) -> None:
    """Damaged bytes are shown or not shown, and never an exception."""
    at = draw.draw(st.integers(0, len(data)))
    found = showable(data[:at] + draw.draw(st.binary(max_size=9)) + data[at + draw.draw(st.integers(0, 9)) :])

    assert found is None or found.data
