"""Images: what is served instead of what was sent."""

from __future__ import annotations

import base64
import io
import random
import zlib
from typing import Any

import pytest
from hypothesis import given, strategies
from PIL import Image
from support.tiers import examples

from badgeops.sandbox import images


def served(client: Any, url: str) -> bytes:
    """Download an image; no token is needed for that."""
    answer = type(client)(client.base).session.get(url, timeout=30)
    assert answer.status_code == 200
    content: bytes = answer.content
    return content


@pytest.mark.parametrize(
    ("sent", "side"),
    [((600, 300), 400), ((300, 200), 300), ((100, 100), 100), ((1, 1), 1), ((40, 800), 400), ((1000, 1), 400)],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_a_png_becomes_an_rgba_square(png: Any, sent: tuple[int, int], side: int, mode: str) -> None:
    """It is at most 400 pixels wide, whatever it was."""
    with Image.open(io.BytesIO(images.normalise(png(*sent, mode)))) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (side, side))


def test_padding_is_transparent(png: Any) -> None:
    """The image is in the middle, and nothing around it."""
    with Image.open(io.BytesIO(images.normalise(png(30, 10, "RGB", "red")))) as image:
        assert image.getpixel((15, 15)) == (255, 0, 0, 255)
        assert image.getpixel((15, 2)) == (0, 0, 0, 0)


def test_metadata_is_lost() -> None:
    """What a program wrote beside the image is not served."""
    out = io.BytesIO()
    Image.new("RGBA", (9, 9)).save(out, "PNG", dpi=(300, 300), icc_profile=b"profile")
    with Image.open(io.BytesIO(images.normalise(out.getvalue()))) as image:
        assert image.info == {}


@examples(40)
@given(
    strategies.integers(1, 450),
    strategies.integers(1, 450),
    strategies.sampled_from(["RGB", "RGBA", "L", "LA"]),
    strategies.integers(),
)
def test_a_served_png_is_a_fix_point(width: int, height: int, mode: str, seed: int) -> None:
    """Sending the served bytes again gives the same bytes."""
    noise = random.Random(seed)  # noqa: S311 - noise, not a secret
    image = Image.new(mode, (width, height))
    pixels = [(noise.randrange(width), noise.randrange(height)) for _ in range(20)]
    for place in pixels:
        color = tuple(noise.randrange(256) for _ in image.getbands())
        image.putpixel(place, color if len(color) > 1 else color[0])
    out = io.BytesIO()
    image.save(out, "PNG")
    once = images.normalise(out.getvalue())

    assert images.normalise(once) == once


NAMES = strategies.sampled_from(["x", "fill", "id", "{http://www.w3.org/1999/xlink}href", "onload", "style"])
TEXTS = strategies.text(alphabet="ab é<>&\"'\n", max_size=6)


@examples(60)
@given(strategies.dictionaries(NAMES, TEXTS), TEXTS, strategies.sampled_from(["g", "script", "text"]))
def test_a_scrubbed_svg_is_a_fix_point(attributes: dict[str, str], text: str, tag: str) -> None:
    """Sending the served SVG again gives the same bytes."""
    from xml.etree import ElementTree as ET

    root = ET.Element(f"{{{images.SVG}}}svg", attributes)
    child = ET.SubElement(root, f"{{{images.SVG}}}{tag}", attributes)
    child.text, child.tail = text, text
    once = images.normalise(ET.tostring(root))

    assert images.normalise(once) == once


def test_an_svg_is_scrubbed(client: Any, data_uri: Any) -> None:
    """Script, handlers, comments, doctype and declaration go; the rest is written anew."""
    sent = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><!-- a --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:l="http://www.w3.org/1999/xlink" viewBox="0 0 1 1" onload="x()">'
        '<script>alert(1)</script><a l:href="#b" id="é"/></svg>'
    )
    issuer = client.issuer(image=data_uri(sent, "image/svg+xml"))

    assert served(client, issuer["image"]) == (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:ns1="http://www.w3.org/1999/xlink" viewBox="0 0 1 1">'
        b'<a id="&#233;" ns1:href="#b" /></svg>'
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("<svg/>", "Invalid image."),
        ('<svg xmlns="http://www.w3.org/2000/svg">', "Invalid image."),
        ("<html/>", "Invalid image."),
        ("text", "Invalid image."),
        (b"\x89PNG\r\n\x1a\n nonsense", "Invalid image."),
        (b"\xff\xd8\xff nonsense", "Invalid image."),
    ],
)
def test_what_is_no_image(client: Any, data_uri: Any, content: bytes | str, error: str) -> None:
    """An image is judged by its bytes."""
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org", "image": data_uri(content)}
    answer = client("POST", "/v2/issuers", body)

    assert answer.status_code == 400
    assert answer.json()["fieldErrors"] == {"image": [error]}


def test_a_damaged_png_is_refused(client: Any, png: Any, data_uri: Any) -> None:
    """A file that begins well and ends too soon is no image."""
    content = png(200, 200)[:-60]
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org", "image": data_uri(content)}

    assert client("POST", "/v2/issuers", body).status_code == 400


def test_a_png_without_an_image_is_refused(client: Any, png: Any, data_uri: Any) -> None:
    """Chunks that are whole may hold nothing that can be decoded."""
    content = png(200, 200)
    start = content.index(b"IDAT") + 4
    length = int.from_bytes(content[start - 8 : start - 4], "big")
    nothing = zlib.compress(b"")
    checksum = zlib.crc32(b"IDAT" + nothing).to_bytes(4, "big")
    chunk = len(nothing).to_bytes(4, "big") + b"IDAT" + nothing + checksum
    emptied = content[: start - 8] + chunk + content[start + length + 4 :]
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org", "image": data_uri(emptied)}

    assert client("POST", "/v2/issuers", body).json()["fieldErrors"] == {"image": ["Invalid image."]}


def test_a_gif_is_no_png(client: Any, data_uri: Any) -> None:
    """Other images are refused, however good."""
    out = io.BytesIO()
    Image.new("P", (5, 5)).save(out, "GIF")
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org", "image": data_uri(out.getvalue())}

    assert client("POST", "/v2/issuers", body).json()["fieldErrors"] == {"image": ["Invalid PNG"]}


def test_entities_break_the_server(client: Any, data_uri: Any) -> None:
    """An SVG that declares entities gives a page with status 500."""
    sent = '<!DOCTYPE svg [<!ENTITY e "x">]><svg xmlns="http://www.w3.org/2000/svg">&e;</svg>'
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org", "image": data_uri(sent)}

    assert client("POST", "/v2/issuers", body).status_code == 500


@pytest.mark.parametrize(
    ("mime", "suffix"),
    [("image/png", ".png"), ("IMAGE/PNG", ".png"), ("image/svg+xml", ".svg"), ("application/octet-stream", ".bin")],
)
def test_the_declared_type_only_names_the_file(client: Any, png: Any, data_uri: Any, mime: str, suffix: str) -> None:
    """PNG bytes may be called what they like."""
    badgeclass = client.badgeclass(client.issuer(), image=data_uri(png(), mime))

    assert badgeclass["image"].endswith(suffix)
    assert served(client, badgeclass["image"]).startswith(b"\x89PNG")


def test_line_breaks_and_a_missing_scheme_do_no_harm(client: Any, png: Any) -> None:
    """The server reads data URIs leniently."""
    encoded = base64.encodebytes(png()).decode()

    assert client.badgeclass(client.issuer(), image=f"image/png;base64,{encoded}")["image"].endswith(".png")


def test_a_png_moves_only_with_new_data(client: Any, png: Any, data_uri: Any) -> None:
    """The address of a PNG stays at a change without image, and changes with the very same bytes."""
    badgeclass = client.badgeclass(client.issuer())
    kept = client.put(badgeclass)
    moved = client.put(badgeclass, image=data_uri(png()))

    assert kept["image"] == badgeclass["image"]
    assert moved["image"] != badgeclass["image"]
    assert served(client, moved["image"]) == served(client, badgeclass["image"])


def test_an_svg_moves_at_every_change(client: Any, svg: str, data_uri: Any) -> None:
    """Its name gets longer up to a length, its bytes stay, and every old address still works."""
    badgeclass = client.badgeclass(client.issuer(), image=data_uri(svg, "image/svg+xml"))
    seen = [badgeclass["image"], *(client.put(badgeclass)["image"] for _ in range(6))]

    assert len(set(seen)) == len(seen)
    assert all(len(url.removeprefix(client.base)) <= 100 for url in seen)
    assert {served(client, url) for url in seen} == {served(client, seen[0])}


def test_served_files(client: Any, svg: str, data_uri: Any) -> None:
    """A file has its type and a date, and a missing one is a page."""
    issuer = client.issuer(image=data_uri(svg, "image/svg+xml"))
    answer = client("GET", issuer["image"])

    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "Last-Modified" in answer.headers
    assert client("GET", "/media/uploads/badges/none.png").status_code == 404


def test_the_public_address_leads_to_the_image(client: Any) -> None:
    """It redirects to a path on the same host."""
    badgeclass = client.badgeclass(client.issuer())
    answer = client("GET", f"/public/badges/{badgeclass['entityId']}/image")

    assert client.base + answer.headers["Location"] == badgeclass["image"]
