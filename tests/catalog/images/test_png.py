"""What stands in a PNG beside its pixels: awards, places, frames, colour profiles, and what follows its end."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from hypothesis import given, strategies as st
from PIL import Image
from support.images import chunk, png
from support.tiers import examples

from badgeops.catalog.images.png import MOST_FRAMES
from badgeops.catalog.images.raster import as_committed, digest, inspect, same_image
from badgeops.errors import Severity

PLAIN = png(40, 40)
AFTER_HEADER = 33


def codes(data: bytes) -> list[str]:
    """Return what is wrong with an image."""
    return [problem.code for problem in inspect(data).problems]


def with_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG with more chunks."""
    return PLAIN[:AFTER_HEADER] + b"".join(chunk(*each) for each in chunks) + PLAIN[AFTER_HEADER:]


@pytest.mark.parametrize("rest", [b"\0", b"\n", b"trailing", PLAIN, b"PK\3\4" + bytes(500)])
def test_a_png_that_goes_on_after_its_end_is_refused(rest: bytes) -> None:
    """What follows the end is shown by nobody and would be published."""
    (problem,) = inspect(PLAIN + rest).problems

    assert (problem.code, problem.severity) == ("image-trailing-data", Severity.ERROR)
    assert f"{len(rest):,} bytes" in problem.detail


AWARD = b"https://badges.example/public/assertions/1"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"iTXt", b"openbadges\0\0\0\0\0" + AWARD),
        (b"iTXt", b"openbadges\0\1\0\0\0" + zlib.compress(AWARD)),
        (b"iTXt", b"openbadgecredential\0\0\0\0\0{}"),
        (b"iTXt", b"OpenBadges\0\0\0\0\0" + AWARD),
        (b"tEXt", b"openbadges\0" + AWARD),
        (b"zTXt", b"openbadges\0\0" + zlib.compress(AWARD)),
    ],
)
def test_an_award_is_refused_as_the_image_of_a_badge_class(kind: bytes, content: bytes) -> None:
    """A baked PNG holds what is known of its earner, in whatever sort of text it stands."""
    assert codes(with_chunks((kind, content))) == ["image-baked-award"]


@pytest.mark.parametrize("namespace", ["http://openbadges.org", "https://purl.imsglobal.org/ob/v3p0"])
@pytest.mark.parametrize("name", ["assertion", "credential"])
def test_an_svg_that_is_an_award_is_refused(namespace: str, name: str) -> None:
    """A baked SVG, too."""
    award = f'<b:{name} xmlns:b="{namespace}" verify="https://e.example/a"><![CDATA[{{}}]]></b:{name}>'

    assert codes(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{award}</svg>'.encode()) == [
        "image-baked-award"
    ]


def test_other_notes_are_nobody_s_business() -> None:
    """What programs write into every image does no harm, in any sort of text, packed, damaged or empty."""
    notes = (
        (b"tEXt", b"Software\0openbadges"),
        (b"iTXt", b"Comment\0\0\0\0\0openbadges"),
        (b"zTXt", b"Comment\0\0" + zlib.compress(b"openbadges")),
        (b"zTXt", b"Comment\0\0damaged"),
        (b"iTXt", b""),
        (b"eXIf", b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\1\0\0\0"),
        (b"eXIf", b"MM\0*\xff\xff\xff\xff"),
        (b"eXIf", b"?"),
        (b"acTL", b""),
    )

    assert codes(with_chunks(*notes)) == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"eXIf", b"II*\0\x08\0\0\0\1\0\x25\x88\4\0\1\0\0\0\1\0\0\0"),
        (b"eXIf", b"MM\0*\0\0\0\x08\0\1\x88\x25\0\4\0\0\0\1\0\0\0\1"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x exif:GPSLatitude='1'/>"),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"<x exif:GPSLatitude='1'/>")),
    ],
)
def test_a_place_in_the_metadata_is_a_warning(kind: bytes, content: bytes) -> None:
    """Who publishes a photograph may not know that it tells where it was taken."""
    (problem,) = inspect(with_chunks((kind, content))).problems

    assert (problem.code, problem.severity) == ("image-shows-place", Severity.WARNING)


@pytest.mark.parametrize(
    ("kind", "content", "name"),
    [
        (b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(2_000_000)), "colour profile"),
        (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2_000_000)), "a text"),
        (b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(2_000_000)), "a text"),
        (b"tEXt", b"Comment\0" + b"x" * 2_000_000, "a text"),
    ],
)
def test_large_metadata_are_a_warning_and_called_what_they_are(kind: bytes, content: bytes, name: str) -> None:
    """A browser shows the image, so it is not cut off; some servers refuse it, and what is the same is still found."""
    data = with_chunks((kind, content))

    (problem,) = inspect(data).problems

    assert (problem.code, problem.severity) == ("image-large-metadata", Severity.WARNING)
    assert name in problem.detail
    assert same_image(data, PLAIN)


def test_metadata_that_unpack_to_gigabytes_cost_little() -> None:
    """Of thousands of texts no more is unpacked than is needed to say so."""
    bomb = b"Comment\0\0" + zlib.compress(bytes(1_000_000))

    assert codes(with_chunks(*[(b"zTXt", bomb)] * 5000)) == ["image-large-metadata"]


def animation(frames: int, promised: int | None = None, side: int = 40) -> bytes:
    """Return an animated PNG: as many frames as are there, and as many as it promises."""
    control = struct.pack(">IIIIIHHBB", 0, side, side, 0, 0, 1, 10, 0, 0)
    head = (b"acTL", struct.pack(">II", frames if promised is None else promised, 0))
    data = png(side, side)
    return data[:AFTER_HEADER] + b"".join(chunk(*each) for each in (head, *[(b"fcTL", control)] * frames)) + data[33:]


def test_an_animation_of_a_million_frames_is_refused() -> None:
    """Promised or there; also few frames that are large. An animation of a second or two is fine."""
    for data in (animation(1, 1_000_000), animation(MOST_FRAMES + 1, 2), animation(30, side=2000)):
        (problem, *_) = inspect(data).problems
        assert (problem.code, problem.severity) == ("image-too-many-frames", Severity.ERROR)
    assert codes(animation(60, side=400)) == []


# --- taken for text ------------------------------------------------------------------------------------------------

CONVERSIONS = {
    "CR LF to LF": lambda data: data.replace(b"\r\n", b"\n"),
    "LF to CR LF": lambda data: data.replace(b"\n", b"\r\n"),
    "CR LF and LF to CR LF": lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "LF to CR": lambda data: data.replace(b"\n", b"\r"),
    "CR to LF": lambda data: data.replace(b"\r", b"\n"),
    "seven bits": lambda data: bytes(byte & 0x7F for byte in data),
    "Latin-1 to UTF-8": lambda data: data.decode("latin-1").encode(),
    "UTF-8 with replacements": lambda data: data.decode("utf-8", "replace").encode(),
    "ASCII with question marks": lambda data: data.decode("ascii", "replace").replace("\ufffd", "?").encode(),
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_a_png_that_was_taken_for_text_is_known_by_its_damage(name: str) -> None:
    """It is not "no image": the message says what happened and how it is kept from happening again."""
    (problem,) = inspect(CONVERSIONS[name](noisy())).problems

    assert (problem.code, problem.severity) == ("image-converted", Severity.ERROR)
    assert "*.png binary" in problem.detail


def noisy() -> bytes:
    """Return a PNG with every byte in it."""
    out = io.BytesIO()
    Image.frombytes("RGB", (32, 32), random.Random(1).randbytes(3072)).save(out, "PNG")  # noqa: S311
    return out.getvalue()


# --- line ends of an SVG -------------------------------------------------------------------------------------------

DRAWING = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"\n viewBox="0 0 9 9">\n<circle r="3"/>\n</svg>\n'
)


def test_an_svg_is_the_same_whatever_git_did_to_its_line_ends() -> None:
    """With core.autocrlf its lines end in CR LF on some computers only; what is planned and sent is the same."""
    here, there = DRAWING.encode(), DRAWING.replace("\n", "\r\n").encode()

    assert as_committed(there) == as_committed(here) == here
    assert digest(as_committed(there)) == digest(here)


@pytest.mark.parametrize("data", [PLAIN, noisy(), DRAWING.replace("\n", "\r\n").encode("utf-16"), b"a\r\nb", b""])
def test_what_git_takes_for_binary_is_left_as_it_is(data: bytes) -> None:
    """Only an SVG of bytes that Git would convert is another one without its carriage returns."""
    assert as_committed(data) == data


@examples(100)
@given(st.text(alphabet="<svg>/ \r\n\0x", max_size=60).map(lambda text: ("<svg>" + text).encode()))
def test_to_read_line_ends_once_is_enough(data: bytes) -> None:
    """What was read once stays as it is, and means the same to XML."""
    once = as_committed(data)

    assert as_committed(once) == once or b"\r\r\n" in data
    assert once.replace(b"\r\n", b"\n") == data.replace(b"\r\n", b"\n") or b"\r\r\n" in data
