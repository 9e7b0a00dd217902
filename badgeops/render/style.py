"""How lines for a terminal are written: with colour or without, and how wide."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How to write: with colour or without, and how wide."""

    color: bool = False
    width: int = 80

    def paint(self, text: str, code: str) -> str:
        """Return text in a colour, where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def bold(self, text: str) -> str:
        """Return text in bold."""
        return self.paint(text, "1")

    def dim(self, text: str) -> str:
        """Return text that stands back."""
        return self.paint(text, "2")
