"""An image that a server sent is one to its end, or it counts as none."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, strategies as st
from PIL import Image
from support.images import chunk, png, png_that_claims
from support.tiers import examples

from badgeops.catalog.images.whole import is_whole, kind_of

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">%s</svg>'
DOCTYPE = (
    b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" '
    b'[<!ENTITY a "b">]>'
)


def film(format_: str) -> bytes:
    """Return an image of several frames."""
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "navy", "green")]
    out = io.BytesIO()
    frames[0].save(out, format_, save_all=True, append_images=frames[1:])
    return out.getvalue()


IMAGES = {
    "png": [png(), png(300, 300, mode="L", color=9), png(mode="P", color=0), film("PNG")],
    "jpeg": [png(mode="RGB", format_="JPEG"), png(1, 1, mode="L", color=0, format_="JPEG")],
    "gif": [png(mode="P", color=0, format_="GIF"), film("GIF")],
    "webp": [png(format_="WEBP"), film("WEBP")],
    "svg": [
        SVG % b"",
        SVG % b"<svg><script>alert(1)</script></svg><a/>",
        b"\xef\xbb\xbf" + SVG % b"<!-- </svg> -->",
        SVG.replace(b"<svg", DOCTYPE + b"<svg") % b"<a/>",
        (SVG % b"<a/>").replace(b'<?xml version="1.0"?>', b"").decode().encode("utf-16"),
        b"<s:svg xmlns:s='http://www.w3.org/2000/svg'><s:g/></s:svg>\n",
    ],
}
SIGNED = IMAGES["svg"][3] + b"\n<!-- made\nby hand -->\n<!-- twice -->\n"
EVERY = [(kind, data) for kind, all_ in IMAGES.items() for data in all_]


@pytest.mark.parametrize(("kind", "data"), [*EVERY, ("svg", SIGNED)])
def test_a_whole_image_is_whole(kind: str, data: bytes) -> None:
    """In every format, also what validation would refuse: it is somebody's work."""
    assert kind_of(data) == kind
    assert is_whole(data)


@examples(200)
@given(st.sampled_from(EVERY), st.integers(1, 100_000) | st.sampled_from([1, 2, 3, 12]))
def test_no_part_of_an_image_is_whole(found: tuple[str, bytes], missing: int) -> None:
    """Wherever it was cut, unless only blanks are missing at the end of an SVG."""
    kind, data = found
    part = data[: max(0, len(data) - missing)]
    if kind == "svg" and part.rstrip() == data.rstrip():
        return

    assert not is_whole(part)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><HTML><svg/></html>",
        b"<!DOCTYPE  html><body><svg/></body>",
        b'{"error": "no such image"}',
        b" " * 5000 + SVG % b"",
        "<html><svg/></html>".encode("utf-16"),
        b"<sorry><svg></svg></sorry>",
        b"%PDF-1.7",
    ],
)
def test_what_a_gateway_says_in_its_place_is_none(data: bytes) -> None:
    """Whatever type it claims."""
    assert not is_whole(data)


def test_pixels_that_cannot_be_decoded_are_no_image() -> None:
    """Though all parts of the file are there, with the right checksums."""
    rows = png_that_claims(9, 9)

    assert not is_whole(rows)
    assert not is_whole(png()[:33] + chunk(b"IEND", b""))


def test_what_is_too_large_to_be_decoded_is_judged_by_its_parts() -> None:
    """Only a PNG says by itself where it ends; nothing else is unpacked to find out."""
    large = png_that_claims(50_000, 50_000)

    assert is_whole(large)
    assert not is_whole(large[:-1])
    jpeg = bytearray(png(mode="RGB", format_="JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = b"\xff\xff\xff\xff"
    assert not is_whole(bytes(jpeg))
