"""Text from outside -> a whole number. Pure.

`str.isdigit` and `int` disagree: "²" is a digit and no number, Arabic digits and "1_0" are numbers that no protocol
knows, and a number of five thousand digits is an error. What a server spells out in digits is read here.
"""

from __future__ import annotations

import re

MOST = 10**9
"""Where numbers end that only say "a lot"; as seconds, thirty years."""

_DIGITS = re.compile(r"[0-9]+")


def whole_number(text: str, most: int = MOST) -> int | None:
    """Return the number that ASCII digits spell, or `most` if it is larger; None for any other text."""
    if _DIGITS.fullmatch(text) is None:
        return None
    digits = text.lstrip("0") or "0"
    return most if len(digits) > len(str(most)) else min(int(digits), most)
