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
    """Return JSON of the same meaning in which nothing acts on a terminal or a build server, or cannot be encoded."""
    if text.isascii() and "\x7f" not in text and "##" not in text:
        return text
    plain = _MISLEADING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return _ANYWHERE.sub(r"\1\\u005b", plain)


_ACTORS = r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_ACTING = {
    False: re.compile(rf"{_ACTORS}|\x1b"),
    True: re.compile(rf"{_ACTORS}|\x1b(?!\[(?:[012]|22|(?:[012];)?3[0-79])m)"),
}
"""All that acts on a terminal, without colours and beside our own."""
_ANYWHERE = re.compile(r"(##(?:vso)?)\[")
"""Begins a command to the build server, in GitHub Actions and Azure Pipelines, wherever it stands in a line."""
_FIRST = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:)", re.MULTILINE)
"""Begins a command to GitHub Actions where it stands first in a line, however far indented."""


_COMMAND = {
    False: _FIRST,
    True: re.compile(r"^(?!::(?:error|warning|notice) [^\n]*::)((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:)", re.MULTILINE),
}
"""The same, and all but what annotates: such a line is one whole command, and no other one can follow in it."""


def guarded(text: str, *, color: bool, annotates: bool = False) -> str:
    """Return finished lines with everything written out that would act on a terminal or a build server.

    The last gate, at which it is not known any more what came from whom: whoever makes lines uses `printable`.
    `annotates` lets through commands that only annotate, where a command was asked to make such.
    """
    plain = _ACTING[color].sub(lambda match: _written_out(match, text), text)
    return _COMMAND[annotates].sub(r"\1\\x3a", _ANYWHERE.sub(r"\1\\x5b", plain))


def _written_out(match: re.Match[str], text: str) -> str:
    if match[0] in "\u200c\u200d" and _JOINED.match(text, match.start()):
        return match[0]
    code = ord(match[0])
    if code < 0x100:
        return {"\n": r"\n", "\r": r"\r"}.get(match[0], f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
