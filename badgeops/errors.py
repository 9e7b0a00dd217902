"""What can go wrong, as values and as exceptions.

A *diagnostic* is a problem with its place in what a person wrote: many are collected and shown together. An *error*
ends the command. Both say what is wrong, where, why, and what to do next.

    BadgeopsError                 everything a user can cause or meet; exit status 1
    ├── CatalogError              the catalog has problems: carries its diagnostics
    ├── OutputError               the result cannot be told: nobody reads stdout, or its disk is full
    ├── SystemLimitError          the operating system gives no more threads
    ├── SettingsError             badgeops.yaml, an environment variable or a flag cannot be used
    ├── StateError                the state cannot be read, written or trusted
    │   └── StateLockedError      another run holds the state: carries its owner
    ├── PlanError                 the plan cannot be carried out as it stands
    └── ApiError                  talking to the server failed
        ├── UnreachableError      no answer: name, connection, certificate, timeout
        ├── NotAnApiError         an answer, but not one of this API: a login page, another product
        ├── UnauthorizedError     the credentials were refused
        ├── NotFoundError         no such entity, or no right to see it (the API does not tell which)
        ├── RefusedError          the request was understood and refused: carries messages per field
        │   └── UnverifiedIssuerError  an operator must verify the issuer first
        ├── TooManyRequestsError  the server asked to slow down, more often than we are willing to wait
        └── ServerFaultError      the server failed (5xx)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops every later step, a warning stops none.

    A note is something to know that need not be mended.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Its place among all, the heaviest first."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A stretch of text in a file, as an editor counts it.

    Lines and columns start at 1 and columns count characters; the end is exclusive.
    """

    filename: str
    """Relative to where the command was started, so that an editor or a terminal can open it."""
    line: int = 1
    column: int = 1
    end_line: int = 0
    """0 where the end is not known; then it is taken to be the start."""
    end_column: int = 0
    text: str | None = field(default=None, compare=False)
    """The line as it stands in the file, to be shown below the message."""

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem with its place in what a person wrote.

    `summary` is one line without a full stop; `detail` says why it matters and what to write instead.
    """

    severity: Severity
    code: str
    """Stable, kebab-case, fit to be searched for: "unknown-field"."""
    summary: str
    detail: str = ""
    address: str | None = None
    source: Source | None = None

    def sort_key(self) -> tuple[bool, str, int, int, str, str]:
        """Order by place, so that the same problems are always printed in the same order.

        What only follows from other problems stands behind all of them: it makes no sense before they are read.
        """
        source = self.source or Source("")
        return (self.code in CONSEQUENCES, source.filename, source.line, source.column, self.code, self.summary)


CONSEQUENCES = frozenset({"unchecked-documents", "cannot-accept", "more-problems"})
"""Rules of problems that speak of other ones, wherever these are."""


def counts(diagnostics: Iterable[Diagnostic]) -> dict[Severity, int]:
    """Return how many diagnostics there are of each severity, the heaviest first."""
    found = Counter(diagnostic.severity for diagnostic in diagnostics)
    return {severity: found[severity] for severity in Severity}


def has_errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> bool:
    """Tell whether any of the diagnostics is an error."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


class BadgeopsError(Exception):
    """The base of everything badgeops raises on purpose.

    `message` says what is wrong and why in whole sentences; `hint` what to do next. A command to run stands on
    a line of its own in the hint.
    """

    exit_status = 1
    code: ClassVar[str]
    """The name that `badgeops explain` knows; each kind of error has one of its own."""

    def __init__(self, message: str, *, hint: str = "", source: Source | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.source = source


class CatalogError(BadgeopsError):
    """The catalog has problems; they are all in `diagnostics`."""

    code = "catalog-has-problems"

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("The catalog has problems.")
        self.diagnostics = diagnostics


class OutputError(BadgeopsError):
    """The result cannot be told: stdout is closed, nobody reads it any more, or its disk is full."""

    code = "output-not-told"


class SystemLimitError(BadgeopsError):
    """The operating system gives this process no more threads."""

    code = "no-more-threads"

    def __init__(self) -> None:
        super().__init__(
            "The operating system starts no more threads for badgeops.",
            hint="The limit of this account or container is reached: see `ulimit -u`, or the container's limit of "
            "processes. Fewer are needed with --parallelism=1. What was done so far is recorded.",
        )


class SettingsError(BadgeopsError):
    """badgeops.yaml, an environment variable or a flag cannot be used."""

    code = "settings-unusable"


class StateError(BadgeopsError):
    """The state cannot be read, written or trusted."""

    code = "state-unusable"


class StateLockedError(StateError):
    """Another run is working on this state."""

    code = "state-locked"


class PlanError(BadgeopsError):
    """The plan cannot be carried out as it stands: protection, brakes, or an entity that is not what it was."""

    code = "plan-not-applicable"


class ApiError(BadgeopsError):
    """Talking to the server failed."""

    code = "server-trouble"

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, outcome_unknown: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.outcome_unknown = outcome_unknown
        """True where a write may have been done although no good answer came back."""
        self.surely_not_done = False
        """True where badgeops has looked, and knows that the write was not done."""


class UnreachableError(ApiError):
    """No answer came: the name, the connection, the certificate or the time allowed."""

    code = "server-unreachable"


class NotAnApiError(ApiError):
    """An answer came, but none of this API's."""

    code = "not-an-api"


class UnauthorizedError(ApiError):
    """The credentials were refused, or there are none."""

    code = "credentials-refused"


class NotFoundError(ApiError):
    """No such entity, or no right to see it; the API answers 404 to both."""

    code = "entity-not-found"


class RefusedError(ApiError):
    """The server understood the request and refused it.

    `fields` maps an API field name to its messages; a nested place is written with dots ("alignments.1.targetUrl").
    `general` holds the messages that belong to no field.
    """

    code = "request-refused"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        fields: Mapping[str, tuple[str, ...]] | None = None,
        general: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint, status=status)
        self.fields = dict(fields or {})
        self.general = general


class UnverifiedIssuerError(RefusedError):
    """The server refuses badge classes of an issuer that its operator has not verified."""

    code = "issuer-not-verified"


class TooManyRequestsError(ApiError):
    """The server asked to slow down, more often than we are willing to wait."""

    code = "too-many-requests"


class ServerFaultError(ApiError):
    """The server failed (5xx)."""

    code = "server-fault"
