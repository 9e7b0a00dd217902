"""What the server does to text before it stores it: trim first, then remove all that looks like a tag.

The order is part of the behaviour: `<b> x</b>` is stored as ` x`, and only a second write of that gives `x`.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _TextOnly(HTMLParser):
    """Collects what stands between the tags, entities as they were written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []

    def handle_data(self, data: str) -> None:
        self.kept.append(data)

    def handle_entityref(self, name: str) -> None:
        self.kept.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.kept.append(f"&#{name};")


def strip_tags(text: str) -> str:
    """Remove tags and comments until none is left.

    One pass can put a new tag together (`<<b>b>x`), hence the loop; it ends because each pass must take at
    least one `<` away.
    """
    while "<" in text and ">" in text:
        stripped = _strip_once(text)
        if stripped.count("<") == text.count("<"):
            break
        text = stripped
    return text


def _strip_once(text: str) -> str:
    """One pass of the parser.

    Nothing after the last `>` can be a whole tag. It is kept away from the parser, because what becomes of an
    unfinished tag differs between versions of Python.
    """
    end = text.rindex(">") + 1
    parser = _TextOnly()
    parser.feed(text[:end])
    parser.close()
    return "".join(parser.kept) + text[end:]


def has_lone_surrogate(text: str) -> bool:
    """Whether the text cannot be written as UTF-8; the server answers such text with a 500."""
    return _SURROGATE.search(text) is not None
