"""What an entityId may be, and an openBadgeId, wherever one comes from: a server, a file, a command line. Pure.

Ids become parts of paths and of commands that people copy. So one is made of the characters that stand in a path as
they are, and none that leads to another path: `.` and `..` are steps, and a few words are routes of the API itself.
"""

from __future__ import annotations

import re
from typing import Final, TypeGuard

_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,200}")
"""Real ones are 22 characters of base64url."""
_ROUTES: Final = frozenset({".", "..", "changed", "reactivate"})
_LONGEST_ADDRESS: Final = 2_100


def is_entity_id(value: object) -> TypeGuard[str]:
    """Tell whether something can be an entityId.

    >>> [is_entity_id(value) for value in ("fScyyh2nS1WFdcYiD5Ikzg", "-h", "..", "a/b", "", "changed", None)]
    [True, True, False, False, False, False, False]
    """
    return isinstance(value, str) and _ID.fullmatch(value) is not None and value not in _ROUTES


def checked_entity_id(value: object) -> str:
    """Return an entityId; ValueError if it cannot be one."""
    if not is_entity_id(value):
        raise ValueError(f"{value!r} is no entityId")
    return value


def is_open_badge_id(value: object) -> TypeGuard[str]:
    """Tell whether something can be an openBadgeId: one word, as long as an address may be; "" if there is none.

    >>> [is_open_badge_id(value) for value in ("https://example.org/public/badges/1", "", "a b", 5)]
    [True, True, False, False]
    """
    return isinstance(value, str) and len(value) <= _LONGEST_ADDRESS and value.isprintable() and " " not in value
