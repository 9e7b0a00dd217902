"""Text from outside, made safe to print: a name in a catalog or on a server may hold anything."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, what turns the writing direction, what cannot be seen, what cannot be encoded. Tabs may stay."""

_JOINED = re.compile(r"(?<=[^\x00-\u05ff])[\u200c\u200d]")
"""Joiners belong to the spelling of Persian and Hindi and hold pictographs together; after Latin they only hide."""


def printable(text: str) -> str:
    r"""Return `text` with each character that could play tricks on a terminal written out, as `\x1b` or `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda match: _written_out(match, text), text)


_MISLEADING = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain_json(text: str) -> str:
    """Return JSON of the same meaning in which no character acts on a terminal or cannot be encoded."""
    return text if text.isascii() else _MISLEADING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _written_out(match: re.Match[str], text: str) -> str:
    if match[0] in "\u200c\u200d" and _JOINED.match(text, match.start()):
        return match[0]
    code = ord(match[0])
    if code < 0x100:
        return {"\n": r"\n", "\r": r"\r"}.get(match[0], f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
