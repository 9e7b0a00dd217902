"""`.badgeopsignore`: which files of the folder are none of the catalog's. Pure.

One pattern a line, a subset of .gitignore's: `*` and `?` within a name, `**` across folders, a trailing `/` for
folders only, a leading or inner `/` to count from the root, a leading `!` to take a file back in, `#` for comments.
The last pattern that matches decides. What is in an ignored folder cannot be taken back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

IGNORE_FILE = ".badgeopsignore"


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    takes_back: bool
    folders_only: bool


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
        for rule in self.rules:
            if (folder or not rule.folders_only) and rule.pattern.fullmatch(relative):
                ignored = not rule.takes_back
        return ignored


def _rule(line: str) -> _Rule:
    takes_back = line.startswith("!")
    line = line.removeprefix("!").removeprefix("\\")
    folders_only = line.endswith("/")
    line = line.rstrip("/")
    anchored = "/" in line
    start = "" if anchored else r"(?:.*/)?"
    return _Rule(re.compile(start + _regex(line.removeprefix("/")), re.DOTALL), takes_back, folders_only)


_PARTS = re.compile(r"\*\*/|/\*\*$|\*+|\?|[^*?/]+|/")


def _regex(pattern: str) -> str:
    words = {"**/": r"(?:.*/)?", "/**": r"/.*", "?": r"[^/]"}
    return "".join(
        words.get(part) or (r"[^/]*" if part.startswith("*") else re.escape(part)) for part in _PARTS.findall(pattern)
    )
