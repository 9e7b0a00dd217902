"""The hidden first line of the comment about a plan: which plan it is, and what was reviewed.

It is a comment of HTML that holds JSON, with everything escaped that could end it early. Only the first line of a
comment is looked at: what a catalog says further down can pretend nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

_BEGIN, _END = "<!-- badgeops-plan: ", " -->"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ACTING = re.compile(r"[^\w{}\":,./\\]", re.ASCII)


@dataclass(frozen=True)
class Marker:
    """What a comment is about."""

    catalog: str
    environment: str
    head: str = ""
    """The commit of the pull request that was planned."""
    digest: str = ""
    """The plan's digest; "" where there is no plan that could be applied."""

    def line(self) -> str:
        """Return the first line of the comment."""
        text = json.dumps(asdict(self), separators=(",", ":"))
        return _BEGIN + _ACTING.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + _END

    def is_about(self, catalog: str, environment: str) -> bool:
        """Tell whether it is the plan of a catalog for an environment."""
        return (self.catalog, self.environment) == (catalog, environment)


def read(body: object) -> Marker | None:
    """Return the marker of a comment, None where it has none."""
    first = body.splitlines()[0] if isinstance(body, str) and body else ""
    if not (first.startswith(_BEGIN) and first.endswith(_END)):
        return None
    try:
        found = json.loads(first.removeprefix(_BEGIN).removesuffix(_END))
        words = {name: found.get(name, "") for name in ("catalog", "environment", "head", "digest")}
    except (ValueError, AttributeError, RecursionError):
        return None
    return Marker(**words) if all(isinstance(word, str) for word in words.values()) else None


def is_digest(text: str) -> bool:
    """Tell whether this is what badgeops calls a digest."""
    return _DIGEST.fullmatch(text) is not None
