"""Which words of a text changed: <del> before, <ins> after, each with words for who cannot see them. Pure.

Rendered prose is compared word by word as it reads, so that Markdown need not be understood to see a change. A word
counts as another one where it became bold or its link leads elsewhere. What cannot be seen in the words at all (another
list sign, a blank line) leaves no marks, and `has_marks` says so.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import unescape

from markupsafe import Markup, escape

from badgeops.render.html.prose import plain
from badgeops.render.words import alike

_TOKEN = re.compile(r'<(?:[^>"]|"[^"]*")*>|[^<]+')
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_BLOCKS = frozenset({"p", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "br", "hr"})
"""Elements whose coming and going does not make another word of a word."""
_CONTAINERS = frozenset({"ul", "ol", "blockquote", "table", "thead", "tbody", "tr"})
"""Elements that hold no words of their own: blanks in them are no words either."""
_MOST_WORK = 4_000_000
"""Pairs of words; of longer texts only beginning and end are compared."""
_ALIKE = 0.35
"""Of the characters: where less is the same on both sides, one text takes the place of the other."""

OPEN = {
    "del": Markup('<del><span class="vh">[removed: </span>'),
    "ins": Markup('<ins><span class="vh">[added: </span>'),
}
CLOSE = {
    "del": Markup('<span class="vh">]</span></del>'),
    "ins": Markup('<span class="vh">]</span></ins>'),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A tag, or a word with what makes it this word."""

    html: str
    text: str = ""
    key: Hashable = None
    """None for a tag."""


def mark_text(before: str, after: str) -> tuple[Markup, Markup]:
    """Mark the words that differ between two plain texts."""
    return _marked(_plain_pieces(before), _plain_pieces(after))


def mark_html(before: Markup, after: Markup) -> tuple[Markup, Markup]:
    """Mark the words that differ between two texts that came out of `prose.markdown`."""
    return _marked(_html_pieces(before), _html_pieces(after))


def whole(text: str, sign: str) -> Markup:
    """Mark a whole text: "del" or "ins"."""
    return OPEN[sign] + escape(plain(text)) + CLOSE[sign]


def has_marks(*texts: Markup) -> bool:
    """Tell whether anything was marked."""
    return any(OPEN[sign] in text for text in texts for sign in OPEN)


def _plain_pieces(text: str) -> list[Piece]:
    return [Piece(str(escape(_seen(word))), word, word) for word in _WORD.findall(plain(text))]


def _seen(word: str) -> str:
    """Make white space visible that is more than one blank."""
    return word if word == " " or word.strip() else word.replace("\t", "→").replace("\xa0", "⍽")


def _html_pieces(html: str) -> list[Piece]:
    pieces: list[Piece] = []
    around: list[str] = []
    for token in _TOKEN.findall(html):
        if token.isspace() and (not around or _name(around[-1]) in _CONTAINERS):
            pieces.append(Piece(token))
            continue
        if not token.startswith("<"):
            within = tuple(tag for tag in around if _name(tag) not in _BLOCKS)
            for word in _WORD.findall(unescape(token)):
                seen = " " if word.isspace() else word
                pieces.append(Piece(str(escape(word)), seen, (seen, within)))
            continue
        pieces.append(Piece(token))
        if token.startswith("</"):
            around.pop()
        elif _name(token) not in ("br", "hr"):
            around.append(token)
    return pieces


def _name(tag: str) -> str:
    return re.split(r"[\s>/]", tag[1:], maxsplit=1)[0]


def _marked(before: list[Piece], after: list[Piece]) -> tuple[Markup, Markup]:
    old = [piece for piece in before if piece.key is not None]
    new = [piece for piece in after if piece.key is not None]
    gone, come = set[int](), set[int]()
    for start, end, new_start, new_end in _differences(old, new):
        gone.update(range(start, end))
        come.update(range(new_start, new_end))
    return _written(before, gone, "del"), _written(after, come, "ins")


def _differences(old: Sequence[Piece], new: Sequence[Piece]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the stretches that differ."""
    keys, others = [piece.key for piece in old], [piece.key for piece in new]
    first = alike(keys, others)
    last = alike(keys[first:][::-1], others[first:][::-1])
    middle, other = old[first : len(old) - last], new[first : len(new) - last]
    if not middle and not other:
        return
    ends = (first, len(old) - last, first, len(new) - last)
    if len(middle) * len(other) > _MOST_WORK:
        yield ends
        return
    matcher = SequenceMatcher(None, [piece.key for piece in middle], [piece.key for piece in other], autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    same = _weight(old) - _weight(middle) + sum(_weight(middle[b.a : b.a + b.size]) for b in blocks)
    if same < _ALIKE * max(_weight(old), _weight(new)):
        yield 0, len(old), 0, len(new)
        return
    at, other_at = 0, 0
    for block in blocks:
        inside = block.a > 0 and block.a + block.size < len(middle)
        if inside and not _weight(middle[block.a : block.a + block.size]):
            continue  # a lone blank between two changes does not part them
        yield first + at, first + block.a, first + other_at, first + block.b
        at, other_at = block.a + block.size, block.b + block.size
    yield first + at, ends[1], first + other_at, ends[3]


def _weight(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces if piece.text.strip())


def _written(pieces: list[Piece], marked: set[int], sign: str) -> Markup:
    """Put the pieces together again; a mark ends before a tag and begins again behind it."""
    out: list[str] = []
    number, is_open = 0, False
    for piece in pieces:
        wanted = piece.key is not None and number in marked
        if is_open and not wanted:
            out.append(CLOSE[sign])
        if wanted and not is_open:
            out.append(OPEN[sign])
        is_open = wanted
        out.append(piece.html)
        number += piece.key is not None
    if is_open:
        out.append(CLOSE[sign])
    return Markup("".join(out))  # noqa: S704 (words are escaped, tags are those of clean HTML)
