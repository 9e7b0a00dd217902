"""What YAML files were parsed to, by the SHA-256 of their bytes, so that the same text is parsed once.

Parsing is a third of what a plan costs. The cache lies in the user's cache folder, one file for each catalog that
only its owner can read or write: never in the catalog, where a stranger's pull request could forge it. It may be
deleted, damaged or unwritable at any time. Only files that parse without a problem are in it. Of each document it is
kept, too, whether there is anything to say of it by itself. Another badgeops begins anew.

The first line tells what read the files. Every other line is a block: a checksum, and a JSON object that maps digests
to the documents of a file, each as [data, line, column, is sound]. A run that parsed something new appends a block;
once most of what is there is of no use any more, the file is written again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import fastjsonschema
import yaml

from badgeops import schemas
from badgeops.model.shape import one_of_each
from badgeops.safe_files import atomic, leftovers, writing
from badgeops.safe_files.reading import open_private, read_regular
from badgeops.yamldoc.parse import Document, YamlFile

_Entry = list[Any]
"""The documents of a file: [data, line, column, is sound] each."""

_BLOCK = 1_000
"""Files a block; so much is read and checked at once."""
_SPARE = 1_000
"""Files no longer used that are kept along; another branch may have them."""
_SHELF_LIFE = 90 * 24 * 3600
"""Seconds after which the cache of a catalog that nobody changed is deleted."""
_PENDING = 50
"""Blocks that are written at once: four megabytes."""
_ANCHOR = re.compile(r"(?:^|[\s:,\[{-])&\S")
"""What may be an alias's anchor. Written out, a small file with aliases can be enormous: such a file is not kept."""


class ParsedFiles:
    """The documents of one catalog's files, as parsed before. `save` keeps what is new."""

    def __init__(self, folder: Path | None, root: Path) -> None:
        name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:32]
        self._path = folder / f"documents-{name}.cache" if folder is not None and _reader() else None
        self._known: dict[str, _Entry] = {}
        self._used: set[str] = set()
        self._new: list[bytes] = []
        self._keep_one = one_of_each()
        self._is_there = False
        """There is a file of this parser."""
        self._is_whole = False
        """The file can be appended to."""
        self._has_new = False
        if self._path is not None:
            with suppress(OSError):
                self._read(self._path)

    def known(self) -> frozenset[str]:
        """Return the digests of the files whose documents are known."""
        return frozenset(self._known)

    def get(self, digest: str, file: YamlFile) -> list[Document] | None:
        """Return the documents of a file with this digest; None if they have not been seen."""
        entry = self._known.get(digest)
        if entry is None:
            return None
        self._used.add(digest)
        return [
            Document(data, file, line, column, index, is_sound=is_sound)
            for index, (data, line, column, is_sound) in enumerate(entry)
        ]

    def take(self, block: bytes) -> None:
        """Take in what some files were parsed to just now; a damaged block is as if they had not been."""
        entries = _block(block, self._keep_one)
        if entries:
            self._known |= entries
            self._has_new = True
            self._new.append(block)
            if len(self._new) >= _PENDING and self._path is not None:
                self._write(self._path)

    def _write(self, path: Path) -> None:
        """Write what is new so far: of a large catalog it is a lot to hold on to. A new file begins with it."""
        with suppress(OSError):
            if not self._is_there:
                _make(path, [_head()])
                self._is_there = self._is_whole = True
            if self._is_whole:
                writing.append(path, self._new)
        self._new = []

    def save(self) -> None:
        """Write what is new; a cache that cannot be written is no error."""
        if self._path is None or not self._has_new:
            return
        with suppress(OSError):
            if self._is_whole and len(self._known) - len(self._used) <= len(self._used) + _SPARE:
                writing.append(self._path, self._new)
            else:
                used = {digest: entry for digest, entry in self._known.items() if digest in self._used}
                _make(self._path, chain([_head()], _blocks(used)))

    def _read(self, path: Path) -> None:
        with open_private(path) as file:
            if file.readline(1_000) != _head():
                return
            self._is_there = self._is_whole = True
            for line in file:
                block = _block(line, self._keep_one)
                if block is None:
                    self._is_whole = False
                else:
                    self._known |= block


def entry(file: YamlFile, documents: list[Document]) -> bytes | None:
    """Return what a file without problems was parsed to, as a part of a block; None if it cannot be kept.

    JSON has no words that YAML 1.1 reads as something else, and no half characters.
    """
    if len(documents) != (documents[-1].index + 1 if documents else 0):
        return None
    if "*" in file.text and _ANCHOR.search(file.text):
        return None
    return _json([[each.data, each.line, each.column, each.is_sound] for each in documents])


def block(entries: dict[str, bytes]) -> bytes:
    """Return a block of entries by the digests of their files."""
    return _line(b"{" + b",".join(b'"%s":%s' % (digest.encode(), text) for digest, text in entries.items()) + b"}")


_MOST_SOURCE = 1024 * 1024
_DECIDING = ("catalog/*.py", "model/*.py", "yamldoc/*.py", "safe_files/reading.py", "errors.py", "schemas.py")
"""What decides what a text is parsed to, and whether it is sound; the schemas do, too."""
_HERE = Path(__file__)


@cache
def _reader() -> str:
    """Return what identifies the code that reads files, and what is below it. Empty where that is not known."""
    package = Path(__file__).parent.parent
    try:
        paths = [path for pattern in _DECIDING for path in sorted(package.glob(pattern))]
        paths += sorted(schemas.folder().glob("*.json"))
        source = hashlib.sha256(b"".join(read_regular(str(path), _MOST_SOURCE) for path in paths))
    except (OSError, StopIteration):
        return ""
    below = f"{yaml.__version__} {yaml.__with_libyaml__} {fastjsonschema.VERSION} {unicodedata.unidata_version}"
    return f"{source.hexdigest()} {below}" if _HERE in paths else ""


def _head() -> bytes:
    return f"badgeops parsed documents 2 {_reader()}\n".encode()


def _blocks(entries: dict[str, _Entry]) -> Iterator[bytes]:
    """Write entries again that were read from blocks."""
    left = list(entries)
    for start in range(0, len(left), _BLOCK):
        text = _json({digest: entries[digest] for digest in left[start : start + _BLOCK]})
        if text is not None:  # as it was read
            yield _line(text)


def _line(text: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _json(value: Any) -> bytes | None:  # noqa: ANN401 (whatever documents hold)
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        return None


def _make(path: Path, pieces: Iterable[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.replace(path, pieces)
    _tidy(path.parent)
    leftovers.sweep_beside(path)


def _block(line: bytes, hook: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, _Entry] | None:
    """Read a block; None where it is damaged."""
    try:
        text = line[9:-1]
        if int(line[:8], 16) != zlib.crc32(text):
            return None
        entries = json.loads(text, object_hook=hook)
    except (ValueError, RecursionError):
        return None
    return entries if isinstance(entries, dict) else None


def _tidy(folder: Path) -> None:
    """Delete the caches of catalogs that have not been seen for long."""
    for path in folder.glob("documents-*.cache"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _SHELF_LIFE:
                path.unlink()
