"""Reads the Markdown pages of the project: their blocks, their prose, their links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from support.places import ROOT


def all_pages() -> list[Path]:
    """Return every Markdown file that belongs to the project."""
    folders = ("", ".github", "docs", "docs/decisions", "examples", "examples/catalog", "schemas", "benchmarks")
    return sorted(path for folder in folders for path in (ROOT / folder).glob("*.md"))


PAGES = all_pages()
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str
    mark: str
    """What the comment above it says: "catalog: acme"."""


FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^>]*) -->\n)?(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text("utf-8")
    return [
        Block(page, text.count("\n", 0, match.start()) + 1, match["language"], match["text"], match["mark"] or "")
        for match in FENCE.finditer(text)
    ]


def prose(text: str) -> str:
    """Return the text of a page without its fenced blocks."""
    return FENCE.sub("", text)


LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\((?P<target>[^)\s]+)\)")


def linked_files(page: Path) -> set[Path]:
    """Return the files that the prose of a page links to."""
    targets = (match["target"].partition("#")[0] for match in LINK.finditer(prose(page.read_text("utf-8"))))
    return {(page.parent / target).resolve() for target in targets if target and ":" not in target}


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).strip().lower()
        anchor, number = plain.replace(" ", "-"), 0
        while (unique := f"{anchor}-{number}" if number else anchor) in found:
            number += 1
        found.add(unique)
    return found


TAKEN = re.compile(r"<!-- (?P<what>\w+) -->.*?<!-- /(?P=what) -->", re.DOTALL)
"""What a program writes into a page: tables of commands and figures, the plan as a comment."""


def written(page: Path) -> str:
    """Return what people have written of a page: no blocks, nothing that a program has put in, no code."""
    text = TAKEN.sub("", prose(page.read_text("utf-8")))
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"`[^`\n]+`", "code", text)


def headings(page: Path) -> list[str]:
    """Return the headings of a page."""
    return re.findall(r"^#{1,6} (.+)$", written(page), re.MULTILINE)


def sentences(page: Path) -> list[str]:
    """Return the sentences of a page; an item of a list and a cell of a table end with their line."""
    found: list[str] = []
    for line in written(page).split("\n"):
        if not line.startswith("#"):
            for cell in line.strip("|").split("|") if line.startswith("|") else [line]:
                found += re.split(r"(?<=[.!?])\s+", re.sub(r"^(?:[-*>]|\d+\.) ", "", cell.strip()))
    return [sentence for sentence in found if sentence]
