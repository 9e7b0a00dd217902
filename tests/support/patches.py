"""Patches as a page shows them: the lines of unified diff, without numbers of lines, which every edit would change.

    --- a/badgeops/cli.py
    +++ b/badgeops/cli.py
    @@
             "init": "badgeops.commands.init:init",
    +        "greet": "badgeops.commands.greet:greet",

A hunk belongs where its old lines stand, and they must stand in one place only. A new file comes from /dev/null.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class MisfitError(ValueError):
    """A hunk whose old lines stand nowhere in the file, or more than once."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Some lines of a file that stand together, before and after."""

    before: str
    after: str

    def applied(self, text: str) -> str:
        """Return a text with the lines as they are after."""
        found = text.count(f"\n{self.before}") + text.startswith(self.before)
        if found != 1:
            raise MisfitError(f"these lines stand {found} times in the file:\n{self.before}")
        return f"\n{text}".replace(f"\n{self.before}", f"\n{self.after}", 1)[1:]


@dataclass(frozen=True, slots=True)
class Patch:
    """All that changes in one file."""

    path: str
    hunks: tuple[Hunk, ...]
    is_new: bool = False

    def applied(self, text: str | None, without: int | None = None) -> str | None:
        """Return the text of the file with all hunks but one; None: there is no such file."""
        hunks = [hunk for number, hunk in enumerate(self.hunks) if number != without]
        if self.is_new:
            if text is not None:
                raise MisfitError(f"{self.path} is there already")
            return hunks[0].after if hunks else None
        if text is None:
            raise MisfitError(f"there is no {self.path}")
        for hunk in hunks:
            text = hunk.applied(text)
        return text


def read(text: str) -> Patch:
    """Return the patch of one file."""
    head = re.match(r"--- (?:a/(?P<before>\S+)|/dev/null)\n\+\+\+ b/(?P<path>\S+)\n@@\n", text)
    if head is None or head["before"] not in (None, head["path"]):
        raise MisfitError(f"a patch does not begin so:\n{text[:100]}")
    hunks = tuple(_hunk(part) for part in re.split(r"^@@\n", text[head.end() :], flags=re.MULTILINE))
    return Patch(head["path"], hunks, is_new=head["before"] is None)


def _hunk(text: str) -> Hunk:
    # Editors take the space away of an empty line that stays.
    lines = [line if line.strip() else f" {line.strip(' ')}" for line in text.splitlines(keepends=True)]
    if strange := [line for line in lines if line[0] not in " +-"]:
        raise MisfitError(f"this line neither stays nor comes nor goes: {strange[0]}")
    before, after = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
    return Hunk(before, after)
