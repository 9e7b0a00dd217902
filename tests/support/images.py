"""Images as bytes, and as the API takes them. `README.md` says what else makes one."""

from __future__ import annotations

import base64
import io
import struct
import zlib


def png(
    width: int = 90, height: int = 90, *, mode: str = "RGBA", color: object = "navy", format_: str = "PNG"
) -> bytes:
    """Draw an image of one colour: a PNG, unless `format_` says otherwise."""
    from PIL import Image  # it takes its time, and trials that draw nothing start by the hundred

    out = io.BytesIO()
    Image.new(mode, (width, height), color).save(out, format_)  # type: ignore[arg-type]
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG that only claims to be so large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def data_uri(content: bytes | str, mime: str = "image/png") -> str:
    """Write an image the way it is sent."""
    raw = content.encode() if isinstance(content, str) else content
    return f"data:{mime};base64,{base64.b64encode(raw).decode()}"
