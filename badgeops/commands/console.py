"""What a command says, and where: results to stdout, everything else to stderr. Secrets to neither."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TextIO

from badgeops.errors import BadgeopsError, CatalogError, Diagnostic
from badgeops.render.plain import printable
from badgeops.render.plan_text import Style

_MASK = "********"
_MAX_WIDTH = 100


class Console:
    """The two streams of a command."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()

    def hide(self, secrets: Iterable[str]) -> None:
        """Blot these words out of everything that is written from here on."""
        self._secrets = tuple(secret for secret in secrets if secret)

    def result(self, text: str) -> None:
        """Write a result to stdout."""
        self._write(sys.stdout, text)

    def note(self, text: str) -> None:
        """Write a line about the work to stderr."""
        self._write(sys.stderr, text if text.endswith("\n") else f"{text}\n")

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Write findings to stderr."""
        found = list(diagnostics)
        if found:
            from badgeops.render import diagnostics as renderer

            self._write(sys.stderr, renderer.text(found, color=self.style(sys.stderr).color, width=width()))

    def error(self, error: BadgeopsError) -> None:
        """Write an error: what, where, and what to do next."""
        if isinstance(error, CatalogError):
            self.diagnostics(error.diagnostics)
            return
        style = self.style(sys.stderr)
        place = f"{error.source}: " if error.source else ""
        self.note(f"{place}{style.paint('error', '31')}: {_lines(error.message)}")
        if error.hint:
            self.note(_lines(error.hint, "  "))

    def style(self, stream: TextIO) -> Style:
        """Return how to write to a stream: colour on a terminal that wants it."""
        return Style(color=wants_color(stream), width=width())

    def _write(self, stream: TextIO, text: str) -> None:
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        stream.write(text)
        stream.flush()


def _lines(text: str, indent: str = "") -> str:
    return "\n".join(indent + printable(line) for line in text.split("\n"))


def wants_color(stream: TextIO) -> bool:
    """Tell whether to use colour: on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says otherwise."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Tell whether a person sits at the other end."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def width() -> int:
    """Return the columns to write in: 80, or the terminal's own up to 100."""
    if not is_terminal(sys.stdout):
        return 80
    return max(60, min(shutil.get_terminal_size((80, 24)).columns, _MAX_WIDTH))


CONSOLE = Console()
"""The console of this process."""
