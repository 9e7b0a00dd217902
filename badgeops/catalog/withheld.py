"""Which files in a catalog's folder are not for publishing, by their names. Pure.

What a document refers to is shown in plans and goes to the server, where everybody can read it. A folder holds other
files, too: hidden ones, such as `.env` and git's own, badgeops' settings, and states with their companions.
"""

from __future__ import annotations

import posixpath
import shlex
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from badgeops.catalog.problems import Problem

_OF_STATES = (".json", ".backup", ".pem")
"""What lies beside a state: other states, snapshots, and copies of each."""
_OF_KEPT = ".kept"
"""Beside a state, a folder with images that others had put on the server."""


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """badgeops' own files in a catalog, by their paths in it, folded as `folded` does."""

    files: frozenset[str]
    folders: frozenset[str]
    """Where states lie."""

    @classmethod
    def of(cls, files: Iterable[str], states: Iterable[str]) -> OwnFiles:
        """Take the settings and what they name, and the states among it; what lies elsewhere matters to nobody."""
        kept = [folded(posixpath.normpath(state)) for state in states]
        names = {folded(posixpath.normpath(name)) for name in files}
        return cls(frozenset({*names, *kept}), frozenset(posixpath.dirname(state) for state in kept))

    def has(self, relative: str) -> bool:
        """Tell whether a path inside the catalog leads to one of them."""
        name = folded(relative)
        folder = posixpath.dirname(name)
        if name in self.files or (name.endswith(_OF_STATES) and folder in self.folders):
            return True
        return any(
            above.endswith(_OF_KEPT) and posixpath.dirname(above) in self.folders for above in _with_those_above(folder)
        )


def _with_those_above(folder: str) -> Iterator[str]:
    while folder not in ("", "/"):
        yield folder
        folder = posixpath.dirname(folder)


def folded(path: str) -> str:
    """Return a path so that those are equal that one of the usual file systems takes for the same."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


NONE = OwnFiles.of(("badgeops.yaml",), ())
"""Where no settings say where states are."""


def why_withheld(relative: str, shown: str, own: OwnFiles) -> Problem | None:
    """Return why a file is not published, given by its path inside the catalog; `shown` is how it was written."""
    if is_hidden(relative):
        detail = (
            "A name that begins with a dot is one of a file or a folder with settings or secrets, and what documents "
            "refer to is published. If you mean its content, copy it to a file with another name."
        )
        return Problem("hidden-file", f'"{shown}" is a hidden file', detail)
    if own.has(relative):
        detail = (
            "Settings, states and what lies beside them are badgeops' own, and what documents refer to is published. "
            "Name another file."
        )
        return Problem("own-file", f'"{shown}" is a file of badgeops itself', detail)
    return None


def is_hidden(relative: str) -> bool:
    """Tell whether a file is hidden, or lies in a folder that is."""
    return relative.startswith(".") or "/." in relative


def ignored(shown: str, relative: str) -> Problem:
    """Return what to say of a file that git ignores."""
    detail = (
        "It is on this computer only, and what documents refer to is published. If it belongs to the catalog, add "
        f"it: git add -f {shlex.quote(relative)}. If a program makes it, let it use a folder that git does not ignore."
    )
    return Problem("ignored-file", f'git ignores "{shown}"', detail)


def unknown(shown: str, why: str) -> Problem:
    """Return what to say of a text of which git does not say whether it ignores it."""
    detail = (
        f"What documents refer to is published, and git does not say whether it ignores this file. It says: {why}. "
        "Make `git status` work here, or write the text into the YAML file."
    )
    return Problem("cannot-ask-git", f'badgeops cannot tell whether "{shown}" belongs to the catalog', detail)
