"""The two servers that speak the API, each with its own habits."""

from __future__ import annotations

from enum import StrEnum


class Dialect(StrEnum):
    """Which of the two servers speaks."""

    OPEN_SOURCE = "open-source"
    HOSTED = "hosted"
