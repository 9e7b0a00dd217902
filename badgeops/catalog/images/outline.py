"""How long the outline of a shape is, and how many corners it has: what dashes and markers are repeated along. Pure."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from xml.etree.ElementTree import Element

NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_TOKEN = re.compile(rf"([MmLlHhVvCcSsQqTtAaZz])|({NUMBER.pattern})")
_TAKES = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "t": 2, "a": 7}
"""How many numbers one step of a command takes."""
_MOST = 1e12
"""Longer than anything that is drawn."""


def numbers(text: str) -> list[float]:
    """Return the numbers in a text, whatever stands between them; what no computer can hold is left out."""
    found = [float(number) for number in NUMBER.findall(text)]
    return [number for number in found if math.isfinite(number)]


def outline(name: str, element: Element, path: str | None) -> tuple[float, int]:
    """Return the length and the corners of a shape: never less, and not much more, than it has."""
    if name == "path":
        length, corners = _path(path or "")
    elif name in ("polyline", "polygon"):
        points = element.get("points", "")
        length, corners = _path(f"M{points}{'Z' if name == 'polygon' else ''}")
    else:
        # Of a line, a circle, an ellipse and a rectangle no side is longer than its numbers together.
        length, corners = (
            7 * sum(abs(number) for key in _SIZES for number in numbers(element.get(key, "")[:100])[:1]),
            2,
        )
    promised = numbers(element.get("pathLength", "")[:100])
    return min(max([length, *promised[:1]]), _MOST), corners


_SIZES = ("x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry")


def _path(path: str) -> tuple[float, int]:
    length, corners, command = 0.0, 0, ""
    at, start = (0.0, 0.0), (0.0, 0.0)
    taken: list[float] = []
    for token in _TOKEN.finditer(path):
        letter, number = token.groups()
        if letter:
            command, taken = letter, []
            if letter in "Zz":
                length, at = length + math.dist(at, start), start
            continue
        if not command:
            return 0.0, 0  # browsers draw nothing of a path that begins otherwise
        taken.append(float(number))
        if len(taken) < _TAKES.get(command.lower(), 1):
            continue
        to, way = _step(command, at, taken)
        if not (math.isfinite(way) and way < _MOST):
            return _MOST, corners
        if command in "Mm":
            start, command = to, "l" if command == "m" else "L"
        else:
            length += way
        at, taken, corners = to, [], corners + 1
    return length, corners


def _step(command: str, at: tuple[float, float], taken: list[float]) -> tuple[tuple[float, float], float]:
    """Return where a step leads, and how long its way is at most: that of the polygon that controls the curve."""
    x, y = at if command.islower() else (0.0, 0.0)
    kind = command.lower()
    if kind in "hv":
        to = (x + taken[0], at[1]) if kind == "h" else (at[0], y + taken[0])
        return to, math.dist(at, to)
    if kind == "a":
        to = (x + taken[5], y + taken[6])
        return to, max(2 * math.pi * max(abs(taken[0]), abs(taken[1])) if to != at else 0.0, 2 * math.dist(at, to))
    if kind not in _TAKES:
        return at, 0.0
    points = [(x + taken[place], y + taken[place + 1]) for place in range(0, len(taken), 2)]
    way = sum(math.dist(one, two) for one, two in pairwise([at, *points]))
    return points[-1], way * (2 if kind in "st" else 1)  # the first handle is the mirror of the one before
