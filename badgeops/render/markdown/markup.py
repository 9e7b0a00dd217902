"""Markdown that says what it says: text from outside can be read in it, and does nothing.

Everything from a catalog or a server stands in a code span or a fenced block, where no reader of Markdown looks for
links, images, HTML, mentions or references. Escaping would not do: GitHub looks for @mentions and addresses in the
text that comes out of the escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from badgeops.render.plain import printable

_TICKS = re.compile(r"`+")
_PLAIN = re.compile(r"(?=[A-Za-z]|\d+\+? )(?:[A-Za-z0-9 ,;'’()+%·]|-(?!\d)|[.:](?= |$))*")
"""What is the same in Markdown and in plain text, and names nothing."""
_IMAGE = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9._~/%?&=+,:-]{1,500}")


def code(text: str, limit: int = 0) -> str:
    """Return a code span; with a limit, of so many characters at most, the middle left out."""
    shown = printable(text)
    shown = clipped(shown, limit) if limit else shown
    if not shown.strip():
        shown = f'"{shown}"'
    ticks = "`" * (_longest_run(shown) + 1)
    if "`" in (shown[0], shown[-1]) or shown[0] == shown[-1] == " ":
        shown = f" {shown} "
    return f"{ticks}{shown}{ticks}"


def cell(text: str, limit: int = 0) -> str:
    """Return a code span for a cell of a table, in which "|" is spelled in a way that ends no cell."""
    return re.sub(r"\|", r"\\|", re.sub(r"(?<=\\)\|", r"x7c", code(text, limit)))


def words(text: str) -> str:
    """Return our own words as they are; a code span where something else has got in between."""
    return text if _PLAIN.fullmatch(text) else code(text)


def fenced(lines: Iterable[str], language: str = "") -> list[str]:
    """Return printable lines as a fenced block that none of them can close."""
    content = [line.rstrip() for line in lines]
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in content), 3)
    return [f"{fence}{language}", *content, fence]


def image(url: str | None, text: str, width: int = 90) -> str:
    """Return an image for a cell of a table; nothing where its address is none that may be shown."""
    if url is None or not _IMAGE.fullmatch(url):
        return ""
    return f'<img src="{escape(url)}" width="{width}" alt="{escape(text)}">'


def clipped(text: str, limit: int) -> str:
    """Return text of at most `limit` characters (at least 8), its middle left out."""
    limit = max(limit, 8)
    if len(text) <= limit:
        return text
    head = (limit - 3) * 2 // 3
    return f"{text[:head]} … {text[len(text) - (limit - 3 - head) :]}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
