"""Reads what the catalog's documents refer to: criteria in text files, and images.

A path is relative to the file it stands in, and must stay inside the catalog's folder, also once symbolic links are
followed. Files that are not for publishing are refused (`withheld`), whether a document names them or a link leads to
them, and so is what git ignores. A name is taken as the folder lists it: on every computer the same files are found.

What an image is, is remembered by the digest of its bytes in the user's cache folder, in a file that only
its owner can write: never in the catalog, where a stranger's pull request could forge it.
"""

from __future__ import annotations

import difflib
import json
import os
import unicodedata
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from badgeops.catalog import looking, withheld
from badgeops.catalog.content import UndecodableText, decode
from badgeops.catalog.folder import is_inside, why_unreadable
from badgeops.catalog.git_ignored import GitCannotTellError, GitIgnored
from badgeops.catalog.images import raster
from badgeops.catalog.images.raster import ImageFacts
from badgeops.catalog.problems import Problem, warning
from badgeops.catalog.references import FileProblem, ImageFile, TextFile
from badgeops.helpers.process import Helpers, Share
from badgeops.model.address import Kind
from badgeops.model.entities import Image
from badgeops.safe_files import atomic, leftovers
from badgeops.safe_files.reading import NotRegular, open_private, read_bounded, read_regular
from badgeops.yamldoc.parse import Document

MAX_TEXT = 1024 * 1024
"""Bytes. Criteria that are longer are something else."""
LONG_TEXT = 100_000
"""Bytes. Nobody reads criteria this long; more is likely the wrong file."""


_AT_ONCE = 200
"""Images of a share that one process looks at at a time."""
_MAX_CACHE = 64 * 1024 * 1024
"""Bytes; the facts about 150,000 images have a quarter of that."""


class CatalogFiles:
    """The files of one catalog, each read once. Use it as a context manager, so that the cache is written."""

    def __init__(
        self, root: Path, shown: str, cache: Path | None = None, own: withheld.OwnFiles = withheld.NONE
    ) -> None:
        self._root = os.path.realpath(root)
        self._own = own
        self._git = GitIgnored(self._root)
        self._listed: dict[str, frozenset[str]] = {}
        self._opened = os.fspath(root)
        self._prefix = "" if shown in ("", ".") else f"{shown.rstrip('/')}/"
        self._texts: dict[str, TextFile | FileProblem] = {}
        self._images: dict[str, ImageFile | FileProblem] = {}
        self._real_folders: dict[str, str] = {}
        self._facts = FactsCache(cache)
        self._relatives: dict[tuple[str, str], str | FileProblem] = {}
        """What a path stands for that was written in a file of a folder: known once, and forgotten when it is used."""
        self._resolved: dict[str, str] = {}
        """What an image's path leads to, if it may be read."""
        self._share: Share[looking.Images] | None = None
        self._release: Callable[[], None] = lambda: None
        self._looked: dict[str, tuple[str, list[Any] | None]] = {}
        """What others have found of images, by what their paths lead to: the digest and the facts, if they are new."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._images, self._looked, self._resolved, self._relatives = {}, {}, {}, {}  # memory for what is written
        self._facts.save()

    def look_ahead(self, documents: Iterable[Document], helpers: Helpers) -> None:
        """Let helpers look at the images that documents name, while other things are done here."""
        if not helpers.are_there:
            return
        for document in documents:
            path = document.data.get("file" if document.data.get("kind") == Kind.IMAGE else "image")
            if not isinstance(path, str):
                continue
            relative = self._relative(document, path)
            if isinstance(relative, str) and relative not in self._resolved:
                self._relatives[self._folder_of(document), path] = relative
                with suppress(OSError):
                    real = self._resolve(relative, path, is_text=False)
                    if isinstance(real, str):
                        self._resolved[relative] = real
        paths = list(map(os.fsencode, self._resolved.values()))
        self._release = helpers.release
        self._share = helpers.share(looking.images, paths, self._facts.known(), size=_AT_ONCE)

    def _take_looks(self) -> None:
        """Take in what was found of images, and look at those that nobody has looked at yet."""
        if self._share is not None:
            found = chain.from_iterable(self._share.results())
            self._looked = {
                real: look for real, look in zip(self._resolved.values(), found, strict=True) if look is not None
            }
            self._share = None
            self._release()

    def text(self, document: Document, path: str) -> TextFile | FileProblem:
        """Return the text of a file that a document refers to."""
        relative = self._relative(document, path)
        if isinstance(relative, FileProblem):
            return relative
        found = self._texts.get(relative)
        if found is None:
            found = self._texts[relative] = self._read_text(relative, path)
        return found

    def image(self, document: Document, path: str) -> ImageFile | FileProblem:
        """Return what an image is that a document refers to."""
        relative = self._relative(document, path)
        if isinstance(relative, FileProblem):
            return relative
        found = self._images.get(relative)
        if found is None:
            found = self._images[relative] = self._read_image(relative, path)
        return found

    def _relative(self, document: Document, path: str) -> str | FileProblem:
        """Return a path inside the catalog, or why it is none."""
        folder = self._folder_of(document)
        known = self._relatives.pop((folder, path), None)
        return known if known is not None else self._relative_to(folder, path)

    def _folder_of(self, document: Document) -> str:
        return os.path.dirname(document.file.name.removeprefix(self._prefix))  # noqa: PTH120 (quicker than pathlib)

    def _relative_to(self, folder: str, path: str) -> str | FileProblem:
        problem = _not_a_path(path)
        if problem is not None:
            return problem
        relative = os.path.normpath(f"{folder}/{path}" if folder else path)
        if relative == ".." or relative.startswith(".." + os.sep):
            return _outside(path)
        return self._withheld(relative, path) or relative

    def _withheld(self, relative: str, path: str) -> FileProblem | None:
        problem = withheld.why_withheld(relative.replace(os.sep, "/"), path, self._own) if relative != "." else None
        return _as_file_problem(problem) if problem is not None else None

    def _read_text(self, relative: str, path: str) -> TextFile | FileProblem:
        data = self._bytes(relative, path, 2 * MAX_TEXT, is_text=True)
        if isinstance(data, FileProblem):
            return data
        data = data.replace(b"\r\n", b"\n")  # what git may have made of it on this computer only
        if len(data) > MAX_TEXT:
            detail = "Criteria have at most 1 MiB. Is this the right file?"
            return FileProblem("file-too-large", f'"{path}" is too large', detail)
        text = decode(data)
        if isinstance(text, UndecodableText):
            detail = f"{text.detail} (Line {text.line}, column {text.column} of that file.)"
            return FileProblem("not-utf-8", f'"{path}" is not UTF-8', detail)
        return TextFile(text.replace("\r", "\n"), (_long_text(path, len(data)),) if len(data) > LONG_TEXT else ())

    def _read_image(self, relative: str, path: str) -> ImageFile | FileProblem:
        self._take_looks()
        digest, entry = self._looked.pop(self._resolved.pop(relative, ""), ("", None))
        facts = self._facts.told(digest, entry) if digest else None
        if facts is None:
            data = self._bytes(relative, path, 2 * raster.MAX_BYTES)
            if isinstance(data, FileProblem):
                return data
            facts = self._facts.of(raster.as_committed(data))
        opened = os.path.join(self._opened, relative)  # noqa: PTH118 (a Path is slower, and three times as large)
        return ImageFile(facts, opened, (*facts.problems, *_suffix_problems(path, facts)))

    def _bytes(self, relative: str, path: str, most: int, *, is_text: bool = False) -> bytes | FileProblem:
        try:
            real = self._resolve(relative, path, is_text=is_text)
            if isinstance(real, FileProblem):
                return real
            found = read_bounded(real, most)
        except (FileNotFoundError, NotADirectoryError):
            return self._missing(relative, path)
        except OSError as error:
            code, summary, detail = why_unreadable("file", error)
            return FileProblem(code, summary.replace("this file", f'"{path}"'), detail)
        if isinstance(found, NotRegular):
            return FileProblem("not-a-file", f'"{path}" is not a regular file', "Name a file, not a folder or a pipe.")
        return found

    def _resolve(self, relative: str, path: str, *, is_text: bool) -> str | FileProblem:
        """Return what a path leads to, or why it may not be read; OSError if there is nothing to be found."""
        full = f"{self._root}{os.sep}{relative}"
        self._insist_on_name(relative)
        real = self._real(full)
        if not is_inside(real, self._root):
            return _outside(path)
        problem = self._withheld(os.path.relpath(real, self._root), path) if real != full else None
        return problem or self._ignored(real, path, is_text=is_text) or real

    def _insist_on_name(self, relative: str) -> None:
        """Raise FileNotFoundError where a folder does not list a name as it is written.

        Some file systems open "Logo.png" as "logo.png" and ".env" by other names still, and others do not.
        """
        folder, name = os.path.split(relative)
        names = self._listed.get(folder)
        if names is None:
            if folder:
                self._insist_on_name(folder)
            names = self._listed[folder] = frozenset(map(_composed, os.listdir(f"{self._root}{os.sep}{folder}")))  # noqa: PTH208
        if _composed(name) not in names and name != ".":
            os.lstat(f"{self._root}{os.sep}{relative}")  # the system may have more to say
            raise FileNotFoundError(relative)

    def _ignored(self, real: str, path: str, *, is_text: bool) -> FileProblem | None:
        """Refuse what git ignores. Where git does not say, an image passes: other files are none."""
        try:
            if self._git.has(real):
                return _as_file_problem(withheld.ignored(path, os.path.relpath(real, self._root)))
        except GitCannotTellError as error:
            return _as_file_problem(withheld.unknown(path, str(error))) if is_text else None
        return None

    def _real(self, full: str) -> str:
        """Resolve links; folders are resolved once, since a thousand images may share one."""
        folder, name = os.path.split(full)
        real = self._real_folders.get(folder)
        if real is None:
            real = self._real_folders[folder] = os.path.realpath(folder)
        path = f"{real}{os.sep}{name}"
        return os.path.realpath(path) if os.path.islink(path) else path  # noqa: PTH114

    def _missing(self, relative: str, path: str) -> FileProblem:
        folder, name = os.path.split(relative)
        shown = f"{self._prefix}{relative}"
        alike = self._look_alike(relative)
        if alike is not None:
            what, there, written = alike
            detail = (
                f"There is a {what} that looks the same, and its name is made of other characters: "
                f"{_told_apart(there)} on the disk, {_told_apart(written)} in this document. "
                f"Rename the {what}: write its name anew, with the keyboard that wrote the document."
            )
            return FileProblem("missing-file", f'the file "{path}" is missing', detail)
        with suppress(OSError):
            near = _nearest(name, os.listdir(f"{self._root}{os.sep}{folder}"))  # noqa: PTH208
            if near:
                detail = f'There is no {shown}. Did you mean "{near}" in the same folder?'
                return FileProblem("missing-file", f'the file "{path}" is missing', detail)
        meant = self._elsewhere(relative, path)
        if meant is not None:
            detail = (
                f"There is no {shown}. A path is relative to the YAML file that it stands in. Did you mean "
                f"{_written(meant, relative, path)}?"
            )
            return FileProblem("missing-file", f'the file "{path}" is missing', detail)
        detail = f"There is no {shown}. A path is relative to the YAML file that it stands in."
        return FileProblem("missing-file", f'the file "{path}" is missing', detail)

    def _look_alike(self, relative: str) -> tuple[str, str, str] | None:
        """Return the first part of a path that only looks like what is there: what it is, and both names."""
        found, last = "", len(Path(relative).parts) - 1
        for index, name in enumerate(Path(relative).parts):
            names: list[str] = []
            with suppress(OSError):
                names = os.listdir(f"{self._root}{os.sep}{found}")  # noqa: PTH208
            if name not in names:
                near = next((other for other in names if _looks_like(other, name)), None)
                return None if near is None else ("file" if index == last else "folder", near, name)
            found = f"{found}{os.sep}{name}" if found else name
        return None

    def _elsewhere(self, relative: str, path: str) -> str | None:
        """Return the file that a path leads to from the catalog's own folder, or with a misspelt folder put right."""
        from_root = os.path.normpath(path.lstrip("./"))
        if self._is_file(from_root):
            return from_root
        found = ""
        for name in Path(relative).parts:
            with suppress(OSError):
                near = _nearest(name, os.listdir(f"{self._root}{os.sep}{found}"))  # noqa: PTH208
                if near is None:
                    return None
                found = f"{found}{os.sep}{near}" if found else near
                continue
            return None
        return found if self._is_file(found) else None

    def _is_file(self, relative: str) -> bool:
        full = os.path.realpath(f"{self._root}{os.sep}{relative}")
        if withheld.is_hidden(relative.replace(os.sep, "/")) or not is_inside(full, self._root):
            return False
        return os.path.isfile(full)  # noqa: PTH113


class FactsCache:
    """What is known of images, by the SHA-256 of their bytes; may be deleted, damaged or unwritable at any time."""

    MOST = 150_000
    """Entries kept; those used in this run come first."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / f"images-v{raster.FACTS_FORMAT}.json" if folder is not None else None
        self._known: dict[str, list[Any]] | None = None
        self._used: dict[str, list[Any]] = {}
        self._changed = False

    def known(self) -> Collection[str]:
        """Return the digests of the images of which something is known."""
        return self._load()

    def of(self, data: bytes) -> ImageFacts:
        """Return the facts of an image, from memory where its very bytes have been seen before."""
        digest = raster.digest(data)
        return self.told(digest, None) or self._keep(raster.inspect(data))

    def told(self, digest: str, entry: list[Any] | None) -> ImageFacts | None:
        """Return the facts of an image that was looked at elsewhere: those found there, or those known here."""
        facts = raster.from_entry(digest, entry) if entry is not None else None
        if facts is not None:
            return self._keep(facts)
        known = self._used.get(digest) or self._load().get(digest)
        facts = raster.from_entry(digest, known)
        if facts is not None and known is not None:
            self._used[digest] = known
        return facts

    def _keep(self, facts: ImageFacts) -> ImageFacts:
        self._used[facts.sha256] = raster.as_entry(facts)
        self._changed = True
        return facts

    def _load(self) -> dict[str, list[Any]]:
        if self._known is None:
            self._known = {}
            if self._path is not None:
                with suppress(OSError, ValueError, RecursionError), open_private(self._path) as file:
                    known = json.loads(file.read(_MAX_CACHE))
                    self._known = known if isinstance(known, dict) else {}
        return self._known

    def save(self) -> None:
        """Write what is new, by way of a temporary file; a cache that cannot be written is no error."""
        if self._path is None or not self._changed:
            return
        older = {digest: entry for digest, entry in self._load().items() if digest not in self._used}
        kept = dict(list((self._used | older).items())[: self.MOST])
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic.replace(self._path, [json.dumps(kept, separators=(",", ":")).encode()])
            leftovers.sweep_beside(self._path)
        self._changed = False


# --- messages ------------------------------------------------------------------------------------------------------


def reread_image(image: Image) -> bytes:
    """Return the bytes of an image that was found before, whatever has become of it; OSError if it cannot be read."""
    return raster.as_committed(read_regular(image.path, 2 * raster.MAX_BYTES))


def read_image(image: Image) -> bytes | None:
    """Return the bytes of an image that was found before; None where its file is not there as it was."""
    try:
        data = reread_image(image)
    except OSError:
        return None
    return data if raster.digest(data) == image.sha256 else None


def _not_a_path(path: str) -> FileProblem | None:
    if "\0" in path:
        return FileProblem("invalid-path", "this path contains a NUL character", "Delete it.")
    if path.startswith(("/", "~")) or path[1:3] in (":\\", ":/"):
        detail = "It would be another file on every computer. Write it relative to the YAML file that it stands in."
        return FileProblem("absolute-path", f'"{path}" is an absolute path', detail)
    if "://" in path or path.startswith("data:"):
        detail = "badgeops uploads images from the catalog. Download it, and write the path of the file."
        return FileProblem("invalid-path", "this is an address, not a path", detail)
    if "\\" in path:
        forward = path.replace("\\", "/")
        return FileProblem("invalid-path", f'"{path}" has backslashes', f'Write the path with slashes: "{forward}"')
    return None


def _outside(path: str) -> FileProblem:
    detail = "All files of a catalog must be in its folder, also those behind a link. Copy the file into it."
    return FileProblem("outside-catalog", f'"{path}" lies outside the catalog', detail)


def _as_file_problem(problem: Problem) -> FileProblem:
    return FileProblem(problem.code, problem.summary, problem.detail)


def _composed(name: str) -> str:
    """Return a name in the one spelling of accents; file systems keep either, or know only one."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _looks_like(name: str, other: str) -> bool:
    """Tell whether two names are written with other characters and look the same, as those of macOS often are."""
    return name != other and _composed(name) == _composed(other)


def _told_apart(name: str) -> str:
    """Return what in a name can be written in two ways: "é as one character", or "e + U+0301"."""
    composed = _composed(name)
    is_composed = name == composed
    for letter in composed:
        parts = unicodedata.normalize("NFD", letter)
        if parts != letter:
            split = " + ".join(part if part.isascii() else f"U+{ord(part):04X}" for part in parts)
            return f'"{letter}" as the one character U+{ord(letter):04X}' if is_composed else f'"{letter}" as {split}'
    return f'"{name}"'


def _written(meant: str, relative: str, path: str) -> str:
    """Return how a document has to write the path of a file, if it wrote `path` for `relative`."""
    parts = Path(os.path.normpath(path)).parts
    up = parts.count(os.pardir)
    folder = relative.removesuffix(os.fspath(Path(*parts[up:]))).rstrip(os.sep)
    return "../" * up + os.path.relpath(meant, folder or ".").replace(os.sep, "/")


def _nearest(name: str, there: list[str]) -> str | None:
    shown = [other for other in there if not other.startswith(".")]
    by_lower = {other.lower(): other for other in shown}
    if name.lower() in by_lower:
        return by_lower[name.lower()]
    close = difflib.get_close_matches(name.lower(), list(by_lower), 1, 0.75)
    return by_lower[close[0]] if close else None


def _long_text(path: str, size: int) -> Problem:
    detail = "Nobody reads criteria that long. Is this the right file?"
    return warning("long-criteria", f'"{path}" has {size // 1000} kB', detail)


def _suffix_problems(path: str, facts: ImageFacts) -> tuple[Problem, ...]:
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122
    if facts.format is None or suffix == f".{facts.format}":
        return ()
    named = f"as {suffix}" if suffix else "without a suffix"
    detail = f"The name misleads people and programs. Rename it to end in .{facts.format}."
    return (warning("image-suffix", f"this {facts.format.upper()} is named {named}", detail),)
