"""What an image is, by its content: format, size, safety, digest. Pure: bytes in, facts out.

Images may come from a stranger's pull request. A PNG is decoded only after its header has promised a bearable
size; an SVG is read by a parser that knows no entities (see `svg`).
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from badgeops.catalog.images import pixels, png
from badgeops.catalog.images.svg import canonical, inspect_svg, looks_like_svg
from badgeops.catalog.problems import Problem, warning
from badgeops.errors import Severity

FACTS_FORMAT = 5
"""Goes up whenever `inspect` may say something else about the same bytes, so that no cache of facts outlives it."""
MAX_BYTES = 10 * 1024 * 1024
"""More than any badge needs, and as much as servers were seen to take."""
MAX_PIXELS = 25_000_000
"""A server refuses images from about 90 megapixels on, and answers slowly long before."""
SERVED_SIDE = 400
"""Some servers shrink a larger PNG to this many pixels, and newer ones to more."""

if TYPE_CHECKING:
    from PIL import Image

_SQUARE = "A server pads it with transparent margins to a square. 400 by 400 pixels is best."
_WHAT_TO_USE = "A badge's image must be a PNG or an SVG. Export it as PNG, 400 by 400 pixels."

_OTHERS: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "JPEG"),
    (b"GIF8", 0, "GIF"),
    (b"WEBP", 8, "WebP"),
    (b"%PDF", 0, "PDF"),
    (b"BM", 0, "BMP"),
    (b"II*\x00", 0, "TIFF"),
    (b"MM\x00*", 0, "TIFF"),
    (b"ftypavif", 4, "AVIF"),
    (b"ftypheic", 4, "HEIC"),
    (b"\x00\x00\x01\x00", 0, "icon (ICO)"),
    (b"\x1f\x8b", 0, "gzip (perhaps SVGZ)"),
    (b"8BPS", 0, "Photoshop"),
    (b"version https://git-lfs", 0, "Git LFS pointer"),
)


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What an image is."""

    format: str | None
    """ "png", "svg", or None where it is neither or cannot be read."""
    width: int
    """Pixels, or the units of an SVG's viewBox, rounded; 0 where they are not known."""
    height: int
    size: int
    """Bytes."""
    sha256: str
    problems: tuple[Problem, ...] = ()


def as_committed(data: bytes) -> bytes:
    """Return the bytes of an image as they are in the repository, whatever Git makes of line ends in the working tree.

    To Git an SVG is text: with `core.autocrlf` its lines end in CR LF on some computers. To XML both are the same. A
    file with a NUL in it is no text to Git, and is left as it is here: a PNG, or an SVG in UTF-16.
    """
    if b"\r\n" not in data or b"\0" in data or data.startswith(png.SIGNATURE):
        return data
    plain = data.replace(b"\r\n", b"\n")
    return plain if looks_like_svg(plain) else data


def digest(data: bytes) -> str:
    """Return what identifies an image: the SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()


def inspect(data: bytes) -> ImageFacts:
    """Say what `data` is, and all that is wrong with it."""
    sha256 = digest(data)
    if len(data) > MAX_BYTES:
        # How large it is nobody knows: of a larger file no more is read.
        problem = Problem("image-too-large", f"this image is larger than {_megabytes(MAX_BYTES)}", _too_large())
        return ImageFacts(None, 0, 0, len(data), sha256, (problem,))
    if data.startswith(png.SIGNATURE):
        width, height, problems = _inspect_png(data)
        return ImageFacts("png", width, height, len(data), sha256, problems)
    if png.was_converted(data):
        return ImageFacts(None, 0, 0, len(data), sha256, (png.converted(),))
    if looks_like_svg(data):
        shape = inspect_svg(data)
        return ImageFacts("svg", shape.width, shape.height, len(data), sha256, shape.problems)
    return ImageFacts(None, 0, 0, len(data), sha256, (_not_an_image(data),))


def as_entry(facts: ImageFacts) -> list[Any]:
    """Return facts as plain values, for a cache or another process; the digest goes beside them."""
    return [facts.format, facts.width, facts.height, facts.size, [list(problem) for problem in facts.problems]]


def from_entry(digest: str, entry: Any) -> ImageFacts | None:  # noqa: ANN401 (whatever a damaged file holds)
    """Read facts from plain values; None if they are missing or damaged."""
    try:
        kind, width, height, size, problems = entry
        if kind not in ("png", "svg", None):
            return None
        read = tuple(Problem(str(c), str(s), str(d), Severity(w)) for c, s, d, w in problems)
        return ImageFacts(kind, int(width), int(height), int(size), digest, read)
    except (TypeError, ValueError, OverflowError):
        return None


def _too_large() -> str:
    return (
        f"Servers accept at most {_megabytes(MAX_BYTES)}; a badge's image rarely needs more than 100 kB. Make it "
        "smaller."
    )


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"


def _not_an_image(data: bytes) -> Problem:
    if not data:
        return Problem("image-empty", "this image file is empty", _WHAT_TO_USE)
    name = next((name for magic, at, name in _OTHERS if data.startswith(magic, at)), None)
    if name == "Git LFS pointer":
        detail = "It contains a pointer of Git LFS instead of the image. Fetch the images:\n\n  git lfs pull"
        return Problem("image-lfs-pointer", "this is not the image itself", detail)
    if name:
        return Problem("image-format", f"this image is a {name} file", f"A server refuses it. {_WHAT_TO_USE}")
    return Problem("image-format", "this file is not an image that badgeops knows", _WHAT_TO_USE)


def _inspect_png(data: bytes) -> tuple[int, int, tuple[Problem, ...]]:
    size = _png_size(data)
    if size is None:
        return 0, 0, (_damaged(),)
    width, height = size
    if width * height > MAX_PIXELS:
        detail = (
            f"Its header says {width * height / 1e6:,.0f} megapixels; badgeops accepts at most "
            f"{MAX_PIXELS // 1_000_000}."
        )
        return width, height, (Problem("image-too-many-pixels", f"this image is {width} by {height} pixels", detail),)
    found = png.layout(data)
    if not _is_readable(data, found, width, height):
        return width, height, (_damaged(),)
    beside = png.beside_the_pixels(data, found, width, height)
    return width, height, (*beside, *_about_size(width, height))


def is_whole_png(data: bytes) -> bool:
    """Tell whether a PNG is there to its end; of one that is too large to be decoded its parts have to do."""
    size, found = _png_size(data), png.layout(data)
    if size is None:
        return False
    width, height = size
    return found.is_whole if width * height > MAX_PIXELS else _is_readable(data, found, width, height)


def _is_readable(data: bytes, found: png.Layout, width: int, height: int) -> bool:
    return found.is_whole and (
        pixels.are_plainly_whole(data, found, width, height) or _decodes(png.pixels_only(data, found))
    )


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height by the header alone."""
    if len(data) < 33 or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return (width, height) if width and height else None


def _damaged() -> Problem:
    detail = "The file is cut off or damaged; a server would refuse it. Export the image again."
    return Problem("image-damaged", "this PNG cannot be read", detail)


def _decodes(data: bytes) -> bool:
    from PIL import Image  # noqa: PLC0415 (Pillow takes 40 ms to import, and facts are mostly cached)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd chunks are tolerated, as servers do
            with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
                image.load()
    except Exception:  # noqa: BLE001 (decoders of strangers' bytes raise whatever they like)
        return False
    return True


def _about_size(width: int, height: int) -> list[Problem]:
    problems = []
    if width != height:
        problems.append(warning("image-not-square", f"this image is not square: {width} by {height} pixels", _SQUARE))
    if max(width, height) > SERVED_SIDE:
        detail = (
            f"Servers shrink it, some of them to {SERVED_SIDE} pixels. Shrinking it yourself keeps it sharp, and the "
            "file small."
        )
        problems.append(warning("image-will-be-resized", f"this image is {width} by {height} pixels", detail))
    return problems


def same_image(local: bytes, served: bytes) -> bool:
    """Tell whether a server that was sent `local` would serve `served`: the same pixels, or the same drawing."""
    if local == served:
        return True
    if local.startswith(png.SIGNATURE) and served.startswith(png.SIGNATURE):
        return _same_pixels(local, served)
    if looks_like_svg(local) and looks_like_svg(served):
        return canonical(local) == canonical(served)
    return False


_TOLERANCE = 1.0
"""Mean difference of a shrunk image, of 255: versions of the same filter round in their own ways."""


def _same_pixels(local: bytes, served: bytes) -> bool:
    local, served = (png.pixels_only(each, png.layout(each)) for each in (local, served))
    if not (_is_bearable(local) and _is_bearable(served)):
        return False
    before, after = _as_stored(local), _as_stored(served)
    if before.size != after.size:
        return False
    if max(_png_size(local) or (0,)) <= SERVED_SIDE:
        return before.tobytes() == after.tobytes()
    from PIL import ImageChops, ImageStat  # noqa: PLC0415

    return max(ImageStat.Stat(ImageChops.difference(before, after)).mean) <= _TOLERANCE


def _is_bearable(data: bytes) -> bool:
    size = _png_size(data)
    return size is not None and size[0] * size[1] <= MAX_PIXELS and _decodes(data)


def _as_stored(data: bytes) -> Image.Image:
    """Return an image as a server keeps it; colours that cannot be seen, being transparent, are black."""
    from PIL import Image  # noqa: PLC0415

    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        image.load()
        side = min(SERVED_SIDE, max(image.size))
        if max(image.size) > side:
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
        square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        square.paste(image.convert("RGBA"), (-((image.width - side) // 2), -((image.height - side) // 2)))
    return Image.frombytes("RGBA", square.size, square.convert("RGBa").tobytes())
