"""What can be found out of each file of a catalog by itself, wherever that is done: in this process or in a helper.

What goes from one process to another is plain: bytes, texts, lists. Of a file that there is something to say about,
or that is of an unusual kind, there is no answer: it is looked at again where the words for it are.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import Any

from badgeops.catalog import parse_cache
from badgeops.catalog.content import MAX_BYTES, decode, is_own_result
from badgeops.catalog.document_rules import is_sound
from badgeops.catalog.foreign import is_foreign
from badgeops.safe_files.reading import NotRegular, read_bounded
from badgeops.yamldoc.parse import YamlFile, parse

Documents = tuple[list[str | None], bytes]
"""The digest of each file or None, and a block of the cache."""


def documents(paths: list[bytes], known: frozenset[str]) -> Documents:
    """Read YAML files and parse those that are not known by their digests."""
    digests: list[str | None] = []
    entries: dict[str, bytes] = {}
    for path in paths:
        data = _content(path, MAX_BYTES)
        digest = hashlib.sha256(data).hexdigest() if data is not None and not is_own_result(data) else None
        if data is not None and digest is not None and digest not in known and digest not in entries:
            found = _parsed(data, os.fsdecode(path))
            if found is None:
                digest = None
            else:
                entries[digest] = found
        digests.append(digest)
    return digests, parse_cache.block(entries) if entries else b""


def _parsed(data: bytes, name: str) -> bytes | None:
    text = decode(data)
    if not isinstance(text, str):
        return None
    file = YamlFile(name, text)
    found, diagnostics = parse(file)
    if diagnostics or is_foreign(file, found):
        return None
    return parse_cache.entry(file, [replace(document, is_sound=is_sound(document)) for document in found])


def _content(path: bytes, most: int) -> bytes | None:
    try:
        found = read_bounded(path, most)
    except OSError:
        return None
    return None if isinstance(found, NotRegular) or len(found) > most else found


Images = list[tuple[str, list[Any] | None] | None]
"""Of each file its digest and, if they are not known, the facts as the cache keeps them; or None."""


def images(paths: list[bytes], known: frozenset[str]) -> Images:
    """Read images and say what they are, if that is not known by their digests."""
    from badgeops.catalog.images import raster  # noqa: PLC0415 (most commands look at none)

    found: Images = []
    for path in paths:
        data = _content(path, 2 * raster.MAX_BYTES)
        if data is None:
            found.append(None)
            continue
        data = raster.as_committed(data)
        digest = raster.digest(data)
        found.append((digest, None if digest in known else raster.as_entry(raster.inspect(data))))
    return found
