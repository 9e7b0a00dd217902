"""Where two texts differ, for people: hunks of lines with the words that changed in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if _alike(matcher, old) < 0.4 * max(_weight(old), _weight(new)):
        return before, after
    left, right = "", ""
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        one, other = "".join(old[start:end]), "".join(new[new_start:new_end])
        left += one if tag == "equal" or not one else f"[{_visible(one)}]"
        right += other if tag == "equal" or not other else f"[{_visible(other)}]"
    return left, right


def _alike(matcher: SequenceMatcher[str], old: list[str]) -> int:
    """Return how many characters of the words are the same on both sides."""
    return sum(_weight(old[block.a : block.a + block.size]) for block in matcher.get_matching_blocks())


def _weight(words: list[str]) -> int:
    return sum(len(word) for word in words if not word.isspace())


def _visible(text: str) -> str:
    """Make a change that is only white space visible."""
    return text.replace(" ", "·").replace("\t", "→") if text and not text.strip() else text
