"""What may stay of a server's answers to a probe, to be handed around. It says what may stay; all else goes. Pure.

A text stays if the probe has sent it itself, if it is a member's name, and if it is a server's own words for a
refusal. Of addresses the path stays, without the host. Ids have names, and every other text is left out: what a server
puts beside the answer (who made it, an e-mail address, a signature in an address) is nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from badgeops.api.responses import Answer
from badgeops.model.shape import Json, strict_json

_WORDS: Final = frozenset(
    {"fieldErrors", "validationErrors", "nonFieldErrors", "warnings", "status", "error", "detail"}
)
"""Members of an envelope in which a server says why it refuses something."""
_LONGEST, _MOST = 300, 100
_MOST_BODY: Final = 1_000_000
"""Bytes of an answer that are looked at."""
_DEEPEST: Final = 8
_MEMBER: Final = re.compile(r"(?=.{1,40}$)(?:extensions:)?[A-Za-z_]+[0-9]?[A-Za-z_]*")
_EMAIL: Final = re.compile(r"[^\s@\"'<>(),;:]*@[^\s@\"'<>(),;:]+")
_OPAQUE: Final = re.compile(r"(?=[\w~+/=.-]*\d)[\w~+/=.-]{16,}|[\w~+/=-]{25,}")
"""What may be an id or a token: letters with digits among them, or more letters than words have."""
_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?")
_LEFT_OUT: Final = "(text)"


@dataclass(frozen=True)
class Keeper:
    """Knows what may be kept of one probe."""

    sent: frozenset[str] = frozenset()
    """Every text that the probe sends."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Id -> what stands for it: "{class}"."""

    def body(self, answer: Answer) -> Json:
        """Return what may be kept of an answer's body."""
        if not answer.body.strip():
            return None
        try:
            value = strict_json(answer.body) if len(answer.body) <= _MOST_BODY else None
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            return f"({'a web page' if answer.is_html else 'not an object'}, {len(answer.body)} bytes)"
        return {
            name: self.said(inner) if name in _WORDS else self.value(inner)
            for name, inner in value.items()
            if _MEMBER.fullmatch(name)
        }

    def value(self, value: Json, depth: int = 0) -> Json:
        """Return what may be kept of what a server shows."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict | list) and depth == _DEEPEST:
            return _LEFT_OUT
        if isinstance(value, dict):
            return {
                key: self.value(inner, depth + 1)
                for key, inner in list(value.items())[:_MOST]
                if _MEMBER.fullmatch(key)
            }
        if isinstance(value, list):
            return [self.value(inner, depth + 1) for inner in value[:_MOST]]
        return value if isinstance(value, bool) or value is None else self._number(value)

    def said(self, value: Json, depth: int = 0) -> Json:
        """Return what may be kept of a server's words for a refusal."""
        if isinstance(value, str):
            return self.words(value)
        if isinstance(value, dict | list) and depth == _DEEPEST:
            return _LEFT_OUT
        if isinstance(value, dict):
            return {self.words(key): self.said(inner, depth + 1) for key, inner in list(value.items())[:_MOST]}
        if isinstance(value, list):
            return [self.said(inner, depth + 1) for inner in value[:_MOST]]
        return value if isinstance(value, bool) or value is None else self._number(value)

    def words(self, text: str) -> str:
        """Return a sentence without addresses, ids, tokens and e-mail addresses."""
        text = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _LONGEST])
        for pattern, instead in ((_ADDRESS, "{address}"), (_EMAIL, "{e-mail}"), (_OPAQUE, "{id}")):
            text = pattern.sub(instead, text)
        return " ".join(text.split())[:_LONGEST]

    def _text(self, text: str) -> str:
        if text in self.sent or text == "":
            return text
        if text in self.names:
            return self.names[text]
        if _MOMENT.fullmatch(text):
            return "{time}"
        if text in ("BadgeClass", "Issuer", "local"):
            return text
        return self._address(text) if "://" in text or text.startswith(("/", "uploads/")) else _LEFT_OUT

    def _address(self, text: str) -> str:
        """Return the path of an address, with its ids named: its form is what tells constant addresses from others."""
        try:
            parts = urlsplit(text)
        except ValueError:
            return _LEFT_OUT
        words = [self._word(word) for word in parts.path.split("/")]
        return ("{server}" if parts.netloc else "") + "/".join(words)

    def _word(self, word: str) -> str:
        if word in self.names:
            return self.names[word]
        if word in _PATHS:
            return word
        _, dot, suffix = word.rpartition(".")
        return f"{{file}}.{suffix}" if dot and suffix in ("png", "svg", "json") else "{part}"

    def _number(self, value: Json) -> Json:
        """Return a number that the probe has sent, or that is too small to stand for somebody."""
        return value if isinstance(value, int | float) and abs(value) <= 1000 else "(number)"


_PATHS: Final = frozenset(
    {"", "public", "badges", "issuers", "assertions", "image", "media", "uploads", "files", "v2", "badgeclasses"}
)
