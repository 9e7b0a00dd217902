"""The images of a page: within it, once each, as far as there is room; a page that is served names them instead."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field

from badgeops.catalog.images.showable import Showable
from badgeops.model.entities import BadgeClass, Catalog, Image, Issuer
from badgeops.model.shape import Fields
from badgeops.render.values import image_text

ROOM = 48 * 1024 * 1024
"""Bytes of images in one file. Browsers bear with more, mail and people do not."""
Read = Callable[[Image], bytes | None]
"""Returns the bytes of an image; None where they cannot be had any more."""

GONE = "its file has changed or can no longer be read"
NO_ROOM = "left out: the images would make this file too large"
ON_SERVER = "the image on the server is not in this file"
LAST_APPLIED = "the image that was last applied is not in this file"


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image as a page shows it: within, by its name, or not at all."""

    alt: str
    facts: str
    """ "400×400 PNG 12 KB 3f2a9c01"."""
    width: int = 0
    height: int = 0
    src: str = ""
    shared: str = ""
    """The id of the one copy that several places show."""
    why: str = ""
    """Why there is none to be seen."""


@dataclass
class Images:
    """Hands out images to the places of a page, each in the same words."""

    read: Read | None
    at_hand: dict[str, Image]
    """By SHA-256: those of the catalog. Of others only facts are known."""
    uses: dict[str, int] = field(default_factory=dict)
    """By SHA-256: how many places show it."""
    folder: str = ""
    """Where a server has them; within the page where this is empty."""
    room: int = ROOM
    left_out: int = 0
    _sources: dict[str, str] = field(default_factory=dict)

    def of(self, facts: Fields | None, alt: str, unless: str = ON_SERVER) -> ShownImage | None:
        """Return an image by what is known of it (see `compare.image_json`); `unless` says why it is not at hand."""
        if not facts:
            return None
        words = image_text(facts)
        image = self.at_hand.get(str(facts.get("sha256")))
        if image is None:
            return ShownImage(alt, words, why=unless)
        src = self._source(image)
        if not src:
            return ShownImage(alt, words, why=GONE if image.size <= self.room else NO_ROOM)
        if self.folder or self.uses.get(image.sha256, 0) < 2:
            return ShownImage(alt, words, image.width, image.height, src)
        return ShownImage(alt, words, image.width, image.height, shared=f"picture-{image.sha256}")

    def of_server(self, facts: Fields | None, alt: str, found: Showable | str | None) -> ShownImage | None:
        """Return an image that the server has: what was found when it was asked for, if it was."""
        if not facts or found is None:
            return self.of(facts, alt)
        if isinstance(found, str):
            return ShownImage(alt, image_text(facts), why=found)
        words = image_text(facts if "sha256" in facts else asdict(found.facts))
        if len(found.data) > self.room:
            self.left_out += 1
            return ShownImage(alt, words, why=NO_ROOM)
        self.room -= len(found.data)
        return ShownImage(alt, words, found.facts.width, found.facts.height, _data_uri(found.format, found.data))

    def shared(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield what is shown in several places: id, source, width, height. Asked for when the page is done."""
        if self.folder:
            return
        for sha256, src in self._sources.items():
            if src and self.uses.get(sha256, 0) > 1:
                yield f"picture-{sha256}", src, self.at_hand[sha256].width, self.at_hand[sha256].height

    def _source(self, image: Image) -> str:
        if self.folder:
            return f"{self.folder}{image.sha256}"
        if image.sha256 not in self._sources:
            self._sources[image.sha256] = self._embedded(image)
        return self._sources[image.sha256]

    def _embedded(self, image: Image) -> str:
        if image.size > self.room:
            self.left_out += 1
            return ""
        data = self.read(image) if self.read is not None else None
        if data is None:
            return ""
        self.room -= len(data)
        return _data_uri(image.format, data)


def _data_uri(format_: str, data: bytes) -> str:
    return f"data:{MIME[format_]};base64,{base64.b64encode(data).decode('ascii')}"


MIME = {"png": "image/png", "svg": "image/svg+xml"}


def at_hand(catalog: Catalog | None) -> dict[str, Image]:
    """Return the images of a catalog by their SHA-256."""
    entities: Iterable[Issuer | BadgeClass] = catalog.entities.values() if catalog is not None else ()
    return {entity.image.sha256: entity.image for entity in entities if entity.image is not None}
