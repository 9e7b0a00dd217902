"""What a `data:` address inside an SVG holds: pixels of a known size, a font, or something that has no place there.

As browsers do, it goes by the bytes of an image and not by the type that the address declares. Pure.
"""

from __future__ import annotations

import base64
import re
import struct
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_IMAGE = re.compile(r"image/(?:png|apng|x-png|jpe?g|pjpeg|gif|webp|bmp|avif)\Z")
_FONT = re.compile(r"font/|application/(?:x-)?font|application/vnd\.ms-fontobject\Z|application/octet-stream\Z")
_ENOUGH = 4 * 1024 * 1024
"""Bytes of an image: its size stands at the beginning, and after a colour profile at the latest."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What an address holds."""

    type: str
    """As declared: "image/png"."""
    is_declared: bool
    """Whether the type is one of pixels, or of a font."""
    is_image: bool
    """Whether the bytes are those of an image, whatever the type: browsers go by them."""
    pixels: int = 0
    """Of an image, as its header promises; 0 where that cannot be told."""


def read(address: str) -> Embedded:
    """Read an address that begins with "data:"."""
    head, comma, body = address[5:].partition(",")
    declared = head.split(";")[0].strip().lower()
    is_base64 = bool(re.search(r";\s*base64\s*\Z", head, re.IGNORECASE))
    data = _bytes(body, is_base64=is_base64) if comma else b""
    size = _size(data)
    is_declared = bool(_IMAGE.match(declared) or _FONT.match(declared))
    width, height = size or (0, 0)
    return Embedded(declared or "text/plain", is_declared, size is not None, width * height)


def _bytes(body: str, *, is_base64: bool) -> bytes:
    data = unquote_to_bytes(body[: _ENOUGH * 4])
    if not is_base64:
        return data[:_ENOUGH]
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)[: _ENOUGH // 3 * 4]
    return base64.b64decode(data + b"=" * (-len(data) % 4) if len(data) % 4 != 1 else data[:-1])


def _size(data: bytes) -> tuple[int, int] | None:
    """Return the size of an image by its header; None where the bytes are no image that browsers know."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _pair(">II", data, 16)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _pair("<HH", data, 6)
    if data.startswith(b"BM"):
        width, height = _pair("<ii", data, 18)
        return abs(width), abs(height)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return _pair(">II", data, found + 8) if (found := data.find(b"ispe")) > 0 else (0, 0)
    return None


def _pair(form: str, data: bytes, at: int) -> tuple[int, int]:
    try:
        width, height = struct.unpack_from(form, data, at)
    except struct.error:
        return 0, 0
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return 0, 0
        marker = data[at + 1]
        if marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD7:
            at += 1 if marker == 0xFF else 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return 0, 0


def _webp(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = _pair("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF
