"""Where two texts differ, for people: hunks of lines with the words that changed in brackets."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

_CONTEXT = 1
"""Unchanged lines shown around a change."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_MARK_UP_TO = 2_000
"""Characters of a line in which single words are looked for; longer lines are shown as changed."""


def hunks(before: str, after: str) -> list[tuple[str, str]]:
    """Return the lines to show, each with its sign: " " unchanged, "-" before, "+" after, "…" for lines left out."""
    old, new = before.split("\n"), after.split("\n")
    lines: list[tuple[str, str]] = []
    groups = list(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT))
    for number, group in enumerate(groups):
        if number or group[0][1] > 0:
            lines.append(("…", ""))
        for tag, start, end, new_start, new_end in group:
            lines += _lines(tag, old[start:end], new[new_start:new_end])
        if number == len(groups) - 1 and group[-1][2] < len(old):
            lines.append(("…", ""))
    return lines


def _lines(tag: str, old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    if tag == "equal":
        yield from ((" ", line) for line in old)
        return
    for index in range(max(len(old), len(new))):
        if index < len(old) and index < len(new):
            left, right = mark(old[index], new[index])
            yield "-", left
            yield "+", right
        elif index < len(old):
            yield "-", _visible(old[index])
        else:
            yield "+", _visible(new[index])


def mark(before: str, after: str) -> tuple[str, str]:
    """Return both lines with the words that differ in brackets; unmarked where little is alike."""
    if max(len(before), len(after)) > _MARK_UP_TO:
        return before, after
    old, new = _WORD.findall(before), _WORD.findall(after)
    # What begins and ends alike needs no search, whose time grows with the square of what there is.
    tail = alike(old[::-1], new[::-1])
    last = "".join(old[len(old) - tail :])
    old, new = old[: len(old) - tail], new[: len(new) - tail]
    head = alike(old, new)
    first = "".join(old[:head])
    old, new = old[head:], new[head:]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    both = _weight(_WORD.findall(first + last))
    same = both + sum(_weight(old[block.a : block.a + block.size]) for block in matcher.get_matching_blocks())
    if same < 0.4 * (both + max(_weight(old), _weight(new))):
        return before, after
    left, right = first, first
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        one, other = "".join(old[start:end]), "".join(new[new_start:new_end])
        left += one if tag == "equal" or not one else f"[{_visible(one)}]"
        right += other if tag == "equal" or not other else f"[{_visible(other)}]"
    return left + last, right + last


def alike(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return how many words, or characters, are the same before the first that is not."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _weight(words: list[str]) -> int:
    return sum(len(word) for word in words if not word.isspace())


def _visible(text: str) -> str:
    """Make a change that is only white space visible."""
    return text.replace(" ", "·").replace("\t", "→") if text and not text.strip() else text
