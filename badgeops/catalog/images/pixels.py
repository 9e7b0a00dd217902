"""Whether the pixels of a PNG can be read, told without a decoder where it is plain to see. Pure.

Nearly every image of a catalog is sound. To see that takes half as long as decoding it: each chunk has its checksum,
and the unpacked rows are as long as the header says. Whatever is unusual is left to the decoder, and so is every no.
"""

from __future__ import annotations

import zlib

from badgeops.catalog.images.png import Chunk, Layout

_MOST = 8 * 1024 * 1024
"""Bytes that are unpacked at once; what a decoder would do with more of them takes long anyway."""
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of each pixel, by the type of colour."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PALETTE = 3
_FILTERS = 4
"""The highest number of a filter, which each row begins with."""


def are_plainly_whole(data: bytes, found: Layout, width: int, height: int) -> bool:
    """Tell whether every decoder can read the pixels; no means that one has to be asked."""
    head = data[24:29]
    depth, colour = head[0], head[1]
    if depth not in _DEPTHS.get(colour, ()) or head[2:] != b"\0\0\0":  # the last one: interlaced
        return False
    row = 1 + (width * depth * _SAMPLES[colour] + 7) // 8
    if row * height > _MOST:
        return False
    packed = _packed(data, found, has_palette=colour == _PALETTE)
    if packed is None:
        return False
    unpacking = zlib.decompressobj()
    try:
        rows = unpacking.decompress(packed, row * height + 1)
    except zlib.error:
        return False
    return len(rows) == row * height and unpacking.eof and max(rows[::row]) <= _FILTERS


def _packed(data: bytes, found: Layout, *, has_palette: bool) -> bytes | None:
    """Return what the pixels are packed in, if the chunks that draw stand in the usual order and are undamaged."""
    drawn = [chunk for chunk in found.chunks if chunk.kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")]
    before = [b"IHDR", b"PLTE"] if has_palette else [b"IHDR"]
    middle = drawn[len(before) : -1]
    kinds = [chunk.kind for chunk in drawn]
    if kinds != [*before, *[b"IDAT"] * len(middle), b"IEND"] or not middle:
        return None
    if not all(_is_undamaged(data, chunk) for chunk in drawn) or drawn[0].end - drawn[0].start != 25:
        return None
    if has_palette and not _is_palette(drawn[1]):
        return None
    return b"".join([data[chunk.start + 8 : chunk.end - 4] for chunk in middle])


def _is_undamaged(data: bytes, chunk: Chunk) -> bool:
    return zlib.crc32(data[chunk.start + 4 : chunk.end - 4]) == int.from_bytes(data[chunk.end - 4 : chunk.end], "big")


def _is_palette(chunk: Chunk) -> bool:
    length = chunk.end - chunk.start - 12
    return 0 < length <= 3 * 256 and length % 3 == 0
