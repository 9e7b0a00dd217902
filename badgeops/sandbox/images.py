"""What the server does to images: it never serves the bytes it was sent.

A PNG is decoded and written again as an RGBA square of at most 400 pixels a side; an SVG is parsed and written
again without script. Both are fix points: what is served can be sent again and comes back the same.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from xml.etree.ElementTree import (
    Element,
    ParseError,
    register_namespace,
    tostring,
)

import defusedxml.ElementTree as SafeXml
from defusedxml import DefusedXmlException, EntitiesForbidden
from PIL import Image
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from badgeops.sandbox.envelope import ServerCrashError

MAX_SIDE: Final = 400
MAX_PIXELS: Final = 1024 * 1024 * 1024 // 4 // 3
"""89.4 million: above it the server will not decode an image; above twice that, not even look at it."""

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
SVG: Final = "http://www.w3.org/2000/svg"

NOT_A_FILE: Final = "The submitted data was not a file. Check the encoding type on the form."

_MIME: Final = mimetypes.MimeTypes(filenames=())

register_namespace("", SVG)


class ImageRefusedError(Exception):
    """The image is not taken; the text is what the client is told in `fieldErrors.image`."""


class TooManyPixelsError(Exception):
    """Small enough to be looked at and too large to be decoded: what is answered depends on the method."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An image as it was sent, found acceptable."""

    content: bytes
    suffix: str
    """From the declared MIME type alone, whatever the content is."""


def is_link(value: object) -> bool:
    """Whether it is an address instead of an image: ignored on write, and nothing is downloaded."""
    return isinstance(value, str) and re.match(r"https?://", value, re.IGNORECASE) is not None


def decode(value: object) -> Upload:
    """Read a data URI."""
    if not isinstance(value, str):
        raise ServerCrashError("image is not a string")
    declared, marker, encoded = value.partition(";base64,")
    if not marker:
        raise ImageRefusedError(NOT_A_FILE)
    suffix = _MIME.guess_extension(declared.removeprefix("data:").lower())
    if suffix is None:
        raise ImageRefusedError("Invalid MIME type")
    try:
        content = base64.b64decode(encoded)
    except (binascii.Error, ValueError) as problem:
        raise ImageRefusedError(NOT_A_FILE) from problem
    return accept(content, suffix)


def accept(content: bytes, suffix: str) -> Upload:
    """Check the content of an upload: it must be a PNG or an SVG, by its bytes."""
    if not content:
        raise ImageRefusedError("Invalid image.")
    if content.startswith(PNG_SIGNATURE):
        _check_png(content)
    elif _is_other_image(content):
        raise ImageRefusedError("Invalid PNG")
    else:
        _parse_svg(content)
    return Upload(content, suffix)


def normalise(content: bytes) -> bytes:
    """Give the bytes that will be served."""
    if content.startswith(PNG_SIGNATURE):
        return _square(content)
    return _scrub(_parse_svg(content))


def _check_png(content: bytes) -> None:
    width, height = png_size(content)
    if width * height > 2 * MAX_PIXELS:
        raise ImageRefusedError("Invalid image.")
    _verify(PngImageFile, content)


def png_size(content: bytes) -> tuple[int, int]:
    """Read width and height from the header, without decoding anything."""
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _verify(kind: type[ImageFile], content: bytes) -> None:
    """Let Pillow check an image.

    The class of the format is used and not `Image.open`, which would warn about large images; the sizes
    have been looked at already.
    """
    try:
        with kind(BytesIO(content)) as image:
            image.verify()
    except Exception as problem:  # Pillow answers broken files with errors of many kinds
        raise ImageRefusedError("Invalid image.") from problem


def _is_other_image(content: bytes) -> bool:
    for signature, kind in ((b"\xff\xd8\xff", JpegImageFile), (b"GIF8", GifImageFile)):
        if content.startswith(signature):
            _verify(kind, content)
            return True
    return False


def _square(content: bytes) -> bytes:
    width, height = png_size(content)
    if width * height > MAX_PIXELS:
        raise TooManyPixelsError
    try:
        with PngImageFile(BytesIO(content)) as image:
            square = _padded(_rgba(image))
    except Exception as problem:  # Pillow answers broken files with errors of many kinds
        raise ImageRefusedError("Invalid image.") from problem
    square.info = {}
    out = BytesIO()
    square.save(out, format="PNG")
    return out.getvalue()


def _rgba(image: Image.Image) -> Image.Image:
    """Convert; Pillow cannot bring 16-bit grey to RGBA in one step."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    return image.convert("RGBA")


def _padded(image: Image.Image) -> Image.Image:
    """Shrink to 400 pixels where larger, then pad to a square with transparency."""
    if max(image.size) > MAX_SIDE:
        image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    width, height = image.size
    if width == height:
        return image
    side = max(width, height)
    canvas = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    canvas.paste(image, ((side - width) // 2, (side - height) // 2))
    return canvas


def _parse_svg(content: bytes) -> Element:
    try:
        root: Element = SafeXml.fromstring(content)
    except EntitiesForbidden as problem:
        raise ServerCrashError("the SVG declares entities") from problem
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise ImageRefusedError("Invalid image.") from problem
    if root.tag != f"{{{SVG}}}svg":
        raise ImageRefusedError("Invalid image.")
    return root


def _scrub(root: Element) -> bytes:
    """Write the SVG again: no script, no `onload`, attributes in order; comments went with the parsing."""
    for parent in list(root.iter()):
        for child in [child for child in parent if _is_script(child)]:
            parent.remove(child)
        kept = sorted((name, value) for name, value in parent.attrib.items() if name.lower() != "onload")
        parent.attrib.clear()
        parent.attrib.update(kept)
    return tostring(root)


def _is_script(element: Element) -> bool:
    return element.tag.rpartition("}")[2].lower() == "script"
