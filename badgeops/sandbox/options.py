"""What a sandbox is started with, and what it reports: plain values, cheap to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Dialect = Literal["open-source", "hosted"]

USERNAME: Final = "admin@example.org"
PASSWORD: Final = "sandbox"  # noqa: S105 - the one account of a server for rehearsals

BADGR_DOMAIN: Final = "sandbox.badgeops.test"
"""What the server calls itself in issuers."""

ORIGIN: Final = "http://sandbox.badgeops.test"
"""The origin of every openBadgeId.

The servers take it from a setting and not from the request, so it does not change with the host a client
used. Here it must not change with the port either, or each start would look like drift. `.test` is reserved:
it never resolves. What an openBadgeId names is served under the same path on the sandbox's own address.
"""


class SandboxError(ValueError):
    """The sandbox cannot start, or was told something it does not understand."""


class FaultRuleError(SandboxError):
    """A rule of what is to fail cannot be understood."""


class RequestRecord(NamedTuple):
    """One answered request; it compares equal to a plain tuple."""

    method: str
    path: str
    """With its query, as sent."""
    status: int
    """What the client saw; 0 when the connection was dropped."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How to start a sandbox."""

    data: Path
    """The folder that holds its one SQLite file; created where it is missing."""
    dialect: Dialect = "open-source"
    constant_images: bool | None = None
    """Whether the address of an image stays the same whatever image it is, as since Badgr 3.19; None: where hosted."""
    port: int = 0
    """0 takes a free one."""
    verified_emails: tuple[str, ...] = ()
    """Addresses of the account besides its own, all verified: an issuer can be created with each."""
    unverified_emails: tuple[str, ...] = ()
    """Addresses that are listed with `verified: false`, and refused for a new issuer."""
    latency_ms: float = 0
    """Added to every answer, without holding anything back from the other requests."""
    fail: tuple[str, ...] = ()
    """Fault rules; `badgeops.sandbox.faults` has the grammar."""
    reset: bool = False
    """Forget everything that earlier starts stored."""
    token_lifetime_seconds: float = 86400
    throttle: bool = False
    """Answer 429 after failed logins, as the servers do, with growing waits."""
    log: Callable[[RequestRecord], None] | None = None
    """Called after each answer, from the thread that gave it."""
