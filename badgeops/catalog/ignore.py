"""`.badgeopsignore`: which files of the folder are none of the catalog's. Pure.

One pattern a line, a subset of .gitignore's: `*` and `?` within a name, `**` across folders, a trailing `/` for
folders only, a leading or inner `/` to count from the root, a leading `!` to take a file back in, `#` for comments.
The last pattern that matches decides. What is in an ignored folder cannot be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

IGNORE_FILE = ".badgeopsignore"


_Part = Callable[[str], object] | None
"""Tells whether a name fits one part of a pattern; None stands for any number of folders."""


@dataclass(frozen=True, slots=True)
class _Rule:
    parts: tuple[_Part, ...]
    takes_back: bool
    folders_only: bool

    def matches(self, names: list[str]) -> bool:
        """Tell whether a path, given as the names in it, fits.

        One name after the other is held against all places in the pattern where it could be: the time this takes
        grows with the product of both lengths, whatever the pattern.
        """
        places = self._on_from({0})
        for name in names:
            further = {place for place in places if place < len(self.parts) and self.parts[place] is None}
            further |= {place + 1 for place in places if place < len(self.parts) and _fits(self.parts[place], name)}
            places = self._on_from(further)
        return len(self.parts) in places

    def _on_from(self, places: set[int]) -> set[int]:
        """Add the places behind parts that may stand for nothing."""
        for place, part in enumerate(self.parts):
            if part is None and place in places:
                places.add(place + 1)
        return places


def _fits(part: _Part, name: str) -> bool:
    return part is not None and bool(part(name))


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns of one file, in its order."""

    rules: tuple[_Rule, ...]

    @classmethod
    def parse(cls, text: str) -> Ignore:
        """Read the patterns."""
        lines = (line.strip() for line in text.splitlines())
        return cls(tuple(_rule(line) for line in lines if line and not line.startswith("#")))

    def matches(self, relative: str, *, folder: bool) -> bool:
        """Tell whether a path inside the catalog is to be left out."""
        ignored = False
        names = relative.split("/") if self.rules else []
        for rule in self.rules:
            if (folder or not rule.folders_only) and rule.matches(names):
                ignored = not rule.takes_back
        return ignored


def _rule(line: str) -> _Rule:
    takes_back = line.startswith("!")
    line = line.removeprefix("!").removeprefix("\\")
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    anchored = "/" in line
    words = line.removeprefix("/").split("/")
    parts = [None if word == "**" and (anchored or folders_only) else name_glob(word) for word in words]
    if parts and parts[-1] is None:  # everything below, not the folder itself
        parts.append(name_glob("*"))
    return _Rule((*(() if anchored else (None,)), *parts), takes_back, folders_only)


def path_glob(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a file fits one pattern; a folder stands for all that is in it."""
    rule = _rule(f"{pattern}**" if pattern.endswith("/") else pattern)
    return lambda relative: rule.matches(relative.split("/"))


def name_glob(word: str) -> Callable[[str], object]:
    """Return what tells whether a name fits a word with `*` and `?`."""
    if "*" not in word and "?" not in word:
        return word.__eq__
    pieces = [re.escape(piece).replace(r"\?", ".") for piece in re.split(r"\*+", word)]
    # What stands between two stars is best taken where it is found first: it is never looked for again (`(?>`).
    inner = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1])
    end = f".*{pieces[-1]}" if len(pieces) > 1 else ""
    return re.compile(pieces[0] + inner + end, re.DOTALL).fullmatch
