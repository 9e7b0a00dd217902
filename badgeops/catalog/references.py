"""What the catalog's documents refer to: texts and images in files. Values only; `referenced_files` reads them.

`validate` does no I/O. It asks for a file through `Files` and gets either what is in it or a `FileProblem`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from badgeops.catalog.images.raster import ImageFacts
from badgeops.catalog.problems import Problem
from badgeops.yamldoc.parse import Document


@dataclass(frozen=True, slots=True)
class TextFile:
    """The text of a file that a document refers to."""

    text: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image that a document refers to: what it is, and where to read it when it is uploaded."""

    facts: ImageFacts
    path: str
    problems: tuple[Problem, ...] = ()
    """What is wrong with the image or its name."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a file cannot be had."""

    code: str
    summary: str
    detail: str = ""


class Files(Protocol):
    """Reads what documents refer to; a path is relative to the file the document stands in."""

    def text(self, document: Document, path: str) -> TextFile | FileProblem:
        """Return the text of a file."""
        ...

    def image(self, document: Document, path: str) -> ImageFile | FileProblem:
        """Return what an image is."""
        ...
