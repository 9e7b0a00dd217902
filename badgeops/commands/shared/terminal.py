"""What there is to know of a terminal: whether a person watches, in colour or not, and how wide it is."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

_MAX_WIDTH = 100


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person sits at the other end."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def wants_color(stream: TextIO | None) -> bool:
    """Tell whether to use colour: on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says otherwise."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def may_move() -> bool:
    """Tell whether a line of stderr may be drawn again and again: on a terminal, no dumb one, no build server's."""
    return wants_color(sys.stderr) and not is_in_ci()


def is_in_ci() -> bool:
    """Tell whether a build server runs us."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def width() -> int:
    """Return the columns to write in: 80, or the terminal's own up to 100."""
    if not is_terminal(sys.stdout):
        return 80
    return max(60, min(shutil.get_terminal_size((80, 24)).columns, _MAX_WIDTH))
