"""The two kinds of server, by what they speak."""

from __future__ import annotations

from enum import StrEnum


class Dialect(StrEnum):
    """Which of the two servers speaks."""

    OPEN_SOURCE = "open-source"
    HOSTED = "hosted"
