"""What stands in a PNG beside its pixels: chunks, frames, awards, notes, and what is left after its end. Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from badgeops.catalog.problems import Problem, warning

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_FRAMES = 1000
"""Of an animation: forty seconds of a film."""
MOST_ANIMATED = 100_000_000
"""Pixels of all frames together: 600 frames of 400 by 400."""
MOST_METADATA = 1024 * 1024
"""Bytes, once unpacked. Servers that read PNG with Pillow refuse a text or a colour profile that is longer."""
_MOST_UNPACKED = 64 * 1024 * 1024
_DRAWN = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_AWARD = re.compile(rb"openbadge(?:s|credential)s?\Z", re.IGNORECASE)
_NO_SIGNATURE = re.compile(rb"(?:\xc2\x89|\xef\xbf\xbd|[\x89\x09?])?PNG[\r\n]{1,4}\x1a?[\r\n]{1,3}")


class Chunk(NamedTuple):
    """A part of the file."""

    kind: bytes
    start: int
    """Where it begins, with its length."""
    end: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The chunks of a PNG, up to its end."""

    chunks: tuple[Chunk, ...]
    is_whole: bool
    """Whether it goes on to the end of its last chunk, IEND; decoders stop reading before it."""

    @property
    def end(self) -> int:
        """Return where the image ends."""
        return self.chunks[-1].end


def layout(data: bytes) -> Layout:
    """Find the chunks of a PNG; those that draw nothing are told apart, so that none is decoded by chance."""
    at, found = len(SIGNATURE), []
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        found.append(Chunk(kind, at, at + 12 + length))
        at += 12 + length
        if kind == b"IEND":
            return Layout(tuple(found), at <= len(data))
    return Layout(tuple(found), is_whole=False)


def pixels_only(data: bytes, found: Layout) -> bytes:
    """Return a PNG of the chunks that draw: what else is in the file cannot keep it from being decoded."""
    drawn = (data[chunk.start : chunk.end] for chunk in found.chunks if chunk.kind in _DRAWN)
    return b"".join([SIGNATURE, *drawn])


def was_converted(data: bytes) -> bool:
    """Tell a PNG whose line ends, or whose characters, something has converted as if it were text."""
    return not data.startswith(SIGNATURE) and bool(_NO_SIGNATURE.match(data))


def converted() -> Problem:
    """Return the problem of a PNG that was taken for text."""
    detail = (
        "Something has changed its line ends or characters, most often Git, an FTP program or an editor. It cannot be "
        "repaired. Write this line into .gitattributes, and add the original image again:\n\n  *.png binary"
    )
    return Problem("image-converted", "this PNG was damaged because something took it for text", detail)


def beside_the_pixels(data: bytes, found: Layout, width: int, height: int) -> Iterator[Problem]:
    """Yield what is wrong with all that stands in a PNG beside its pixels."""
    if len(data) > found.end:
        detail = (
            f"{len(data) - found.end:,} bytes follow its end. No program shows them, and they would be published with "
            "it: the rest of a cropped screenshot, for example, or another file. Export the image again."
        )
        yield Problem("image-trailing-data", "this PNG goes on after its end", detail)
    yield from _animation(data, found, width, height)
    yield from _notes(data, found)


def _animation(data: bytes, found: Layout, width: int, height: int) -> Iterator[Problem]:
    heads = [data[chunk.start + 8 : chunk.end - 4][:4] for chunk in found.chunks if chunk.kind == b"acTL"]
    promised = [int.from_bytes(head, "big") for head in heads]
    frames = max([0, *promised, sum(chunk.kind == b"fcTL" for chunk in found.chunks)])
    if frames > MOST_FRAMES or (frames > 1 and frames * width * height > MOST_ANIMATED):
        detail = (
            f"At {width} by {height} pixels these are {frames * width * height / 1e6:,.0f} megapixels. At most "
            f"{MOST_FRAMES:,} frames and {MOST_ANIMATED // 1_000_000} megapixels in all are accepted. "
            "Many servers keep the first frame only: export that one."
        )
        yield Problem("image-too-many-frames", f"this PNG is an animation of {frames:,} frames", detail)


def _notes(data: bytes, found: Layout) -> Iterator[Problem]:
    unpacked, largest, names, shows_place = 0, 0, set[str](), False
    for chunk in found.chunks:
        if chunk.kind in _DRAWN:
            continue
        content = data[chunk.start + 8 : chunk.end - 4]
        keyword = content[:80].partition(b"\0")[0]
        if chunk.kind in _TEXTS and _AWARD.match(keyword):
            detail = "It contains an award, with what is known of its earner. Use the image from before it was awarded."
            yield Problem("image-baked-award", "this PNG is somebody's award", detail)
            return
        text = _unpacked(chunk.kind, content, min(MOST_METADATA + 1, _MOST_UNPACKED - unpacked))
        unpacked += len(text)
        if len(text) > MOST_METADATA:
            largest = max(largest, len(text))
            names.add(_METADATA.get(chunk.kind, "other data"))
        shows_place = shows_place or (chunk.kind == b"eXIf" and _has_place(text)) or b"GPSLatitude" in text
    if shows_place:
        detail = "Its metadata hold the place where it was taken (GPS). Export it without metadata."
        yield warning("image-shows-place", "this PNG says where it was taken", detail)
    if largest or unpacked >= _MOST_UNPACKED:
        detail = (
            f"More than 1 MB, once unpacked: {', '.join(sorted(names)) or 'many texts'}. Browsers show the image, but "
            "servers that read PNG with Pillow refuse it. Export it without metadata, in sRGB."
        )
        yield warning("image-large-metadata", "this PNG has more metadata than some servers take", detail)


_METADATA = {b"iCCP": "a colour profile", b"eXIf": "a camera's notes", **dict.fromkeys(_TEXTS, "a text")}


def _unpacked(kind: bytes, content: bytes, most: int) -> bytes:
    """Return what a chunk holds, and no more than so many bytes of it."""
    if kind in (b"iCCP", b"zTXt"):
        packed = content.partition(b"\0")[2][1:]
    elif kind == b"iTXt" and content.partition(b"\0")[2][:1] == b"\1":
        packed = content.partition(b"\0")[2][2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        return content[: max(most, 0)]
    try:
        return zlib.decompressobj().decompress(packed, most) if most > 0 else b""
    except zlib.error:
        return b""


def _has_place(exif: bytes) -> bool:
    """Tell whether a camera's notes have a part for the place: tag 0x8825 of the first directory."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(exif[:4])
    if order is None:
        return False
    at = int.from_bytes(exif[4:8], order)  # type: ignore[arg-type]
    count = int.from_bytes(exif[at : at + 2], order)  # type: ignore[arg-type]
    tag = (0x8825).to_bytes(2, order)  # type: ignore[arg-type]
    return any(exif[at + 2 + 12 * number :][:2] == tag for number in range(min(count, 1000)))
