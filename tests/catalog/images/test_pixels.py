"""What is told of a PNG without a decoder: never more than the decoder would say."""

from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given, strategies as st
from PIL import Image
from support.images import chunk
from support.tiers import examples

from badgeops.catalog.images import raster
from badgeops.catalog.images.pixels import are_plainly_whole
from badgeops.catalog.images.png import SIGNATURE, layout, pixels_only
from badgeops.catalog.images.raster import inspect

MODES = {"RGBA": (200, 30, 30, 255), "RGB": (200, 30, 30), "LA": (90, 20), "L": 90, "P": 1, "1": 1, "I;16": 900}


def drawn(mode: str, width: int = 12, height: int = 7) -> bytes:
    """Draw a PNG."""
    out = io.BytesIO()
    Image.new(mode, (width, height), MODES[mode]).save(out, "PNG")  # type: ignore[arg-type]
    return out.getvalue()


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Take a PNG to pieces."""
    return [(part.kind, data[part.start + 8 : part.end - 4]) for part in layout(data).chunks]


def joined(parts: list[tuple[bytes, bytes]]) -> bytes:
    """Put pieces together, with checksums that are right."""
    return SIGNATURE + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("mode", MODES)
def test_sound_images_need_no_decoder(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """What every program writes is recognised, so that a catalog of ten thousand images is looked at quickly."""
    monkeypatch.setattr(raster, "_decodes", lambda _data: pytest.fail("decoded"))

    assert inspect(drawn(mode, 12, 12)).problems == ()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Damage a PNG: a byte of its packed or unpacked pixels or of its header, or the order of its parts."""
    data = drawn(draw(st.sampled_from(list(MODES))), draw(st.integers(1, 20)), draw(st.integers(1, 20)))
    parts = chunks(data)
    for _ in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(parts) - 1))
        kind, content = parts[index]
        what = draw(st.sampled_from(["byte", "row", "lose", "twice", "swap", "kind", "more"]))
        if what == "row" and kind == b"IDAT":
            rows = bytearray(_unpacked(content))
            if rows:
                rows[draw(st.integers(0, len(rows) - 1))] = draw(st.integers(0, 255))
            del rows[draw(st.integers(0, len(rows))) :]
            parts[index] = kind, zlib.compress(bytes(rows))
        elif what == "lose":
            parts[index] = kind, content[: draw(st.integers(0, len(content)))]
        elif what == "twice":
            parts.insert(draw(st.integers(0, len(parts))), parts[index])
        elif what == "swap":
            parts.insert(draw(st.integers(0, len(parts) - 1)), parts.pop(index))
        elif what == "kind":
            parts[index] = draw(st.sampled_from([b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"abCd"])), content
        elif what == "more":
            parts[index] = kind, content + draw(st.binary(max_size=9))
        elif content:
            at = draw(st.integers(0, len(content) - 1))
            parts[index] = kind, content[:at] + bytes([draw(st.integers(0, 255))]) + content[at + 1 :]
    whole = joined(parts)
    at = draw(st.integers(0, len(whole) - 1))
    return whole if draw(st.booleans()) else whole[:at] + bytes([draw(st.integers(0, 255))]) + whole[at + 1 :]


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return b""


@examples(600)
@given(data=damaged())
def test_what_is_told_without_a_decoder_is_what_the_decoder_says(data: bytes) -> None:
    """Whatever is wrong with an image: if it is called whole, the decoder reads it, too."""
    facts = inspect(data)

    if facts.format == "png" and facts.width * facts.height and layout(data).is_whole:
        found = layout(data)
        if are_plainly_whole(data, found, facts.width, facts.height):
            assert raster._decodes(pixels_only(data, found))


@pytest.mark.parametrize(
    ("depth", "colour", "interlaced"), [(3, 0, 0), (8, 1, 0), (8, 5, 0), (4, 2, 0), (16, 3, 0), (8, 6, 1), (8, 6, 2)]
)
def test_what_is_unusual_is_left_to_the_decoder(depth: int, colour: int, interlaced: int) -> None:
    """Combinations that no PNG has, and rows in another order, are none that this can judge."""
    head = (9).to_bytes(4, "big") * 2 + bytes([depth, colour, 0, 0, interlaced])
    data = joined([(b"IHDR", head), (b"IDAT", zlib.compress(bytes(9 * 40))), (b"IEND", b"")])

    assert not are_plainly_whole(data, layout(data), 9, 9)


def test_no_more_is_unpacked_than_the_header_promises() -> None:
    """A few bytes that unpack to gigabytes are given up at the first byte too many."""
    head = (9).to_bytes(4, "big") * 2 + bytes([8, 6, 0, 0, 0])
    data = joined([(b"IHDR", head), (b"IDAT", zlib.compress(bytes(50_000_000))), (b"IEND", b"")])

    assert not are_plainly_whole(data, layout(data), 9, 9)
    assert not are_plainly_whole(data, layout(data), 25_000, 1_000)
