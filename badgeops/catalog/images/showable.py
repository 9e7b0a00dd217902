"""A stranger's image as a page may show it: drawn anew as a small PNG, or an SVG in which nothing is refused. Pure.

What a server serves was checked by nobody. Of a PNG or a JPEG nothing is handed on but its pixels: no notes, no award,
no bytes after the end. An SVG is handed on as it is, if validation would let it into a catalog.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from badgeops.catalog.images import png
from badgeops.catalog.images.raster import MAX_PIXELS, SERVED_SIDE, ImageFacts, digest, inspect
from badgeops.errors import Severity

_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Showable:
    """What may be shown of an image."""

    facts: ImageFacts
    """What it is: its digest is that of the bytes that came."""
    format: str
    """ "png" or "svg": what `data` is."""
    data: bytes


def showable(data: bytes) -> Showable | None:
    """Return what may be shown of whatever a server has sent; None if that is nothing."""
    if data.startswith(png.SIGNATURE):
        return _drawn_anew(data, png.pixels_only(data, png.layout(data)), "png")
    if data.startswith(_JPEG):
        return _drawn_anew(data, data, "jpeg")
    facts = inspect(data)
    is_refused = any(problem.severity is Severity.ERROR for problem in facts.problems)
    return Showable(facts, "svg", data) if facts.format == "svg" and not is_refused else None


def _drawn_anew(data: bytes, drawn: bytes, kind: str) -> Showable | None:
    """Decode an image whose header promises a bearable size, and encode its pixels, shrunk as servers shrink them."""
    from PIL import Image  # noqa: PLC0415 (see `raster`)

    anew = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(drawn), formats=(kind.upper(),)) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    return None
                small = image.convert("RGBA")
            small.thumbnail((SERVED_SIDE, SERVED_SIDE))
            small.info.clear()
            small.save(anew, "PNG")
    except Exception:  # noqa: BLE001 (decoders of strangers' bytes raise whatever they like)
        return None
    return Showable(ImageFacts(kind, width, height, len(data), digest(data)), "png", anew.getvalue())
