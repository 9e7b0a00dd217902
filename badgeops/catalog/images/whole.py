"""Whether bytes that a server sent for an image are one, and all of it. Pure.

A transfer may end early and say nothing of it: a proxy counts what it has, not what there was. What is kept because
nobody else has it is therefore read to its end, and each format says in its own way where that is. Nothing else is
asked of it: what validation would refuse in a catalog may still be the only copy of somebody's work.
"""

from __future__ import annotations

import io
import re
import warnings

from badgeops.catalog.images import png, raster, svg

_HEAD = 4096
_SIGNATURES = ((png.SIGNATURE, "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))
_PAGE = re.compile(rb"<!doctype\s+html|<html", re.IGNORECASE)
_END_OF_SVG = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?svg\s*>\s*(?:<!--(?:(?!-->).)*-->\s*)*\Z", re.DOTALL)


def kind_of(data: bytes) -> str | None:
    """Return the format that bytes begin like: png, jpeg, gif, webp or svg; None for what is no image."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return "svg" if svg.looks_like_svg(data) and not _PAGE.search(data[:_HEAD].replace(b"\0", b"")) else None


def is_whole(data: bytes) -> bool:
    """Tell whether bytes are an image from its beginning to its end."""
    kind = kind_of(data)
    if kind is None:
        return False
    if kind == "png":
        return raster.is_whole_png(data)
    if kind == "svg":
        return svg.is_well_formed(data, otherwise=_END_OF_SVG.search(data[-_HEAD:]) is not None)
    return _reaches_its_end(kind, data) and _decodes(kind, data)


def _reaches_its_end(kind: str, data: bytes) -> bool:
    """Tell whether the end is there that a decoder may do without."""
    if kind == "webp":
        return len(data) >= 8 + int.from_bytes(data[4:8], "little")
    return data.rstrip(b"\0").endswith(b";") if kind == "gif" else b"\xff\xd9" in data[-_HEAD:]


def _decodes(kind: str, data: bytes) -> bool:
    from PIL import Image  # noqa: PLC0415 (see `raster`)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=(kind.upper(),)) as image:
                if image.width * image.height > raster.MAX_PIXELS:
                    return False
                image.load()
    except Exception:  # noqa: BLE001 (decoders of strangers' bytes raise whatever they like)
        return False
    return True
