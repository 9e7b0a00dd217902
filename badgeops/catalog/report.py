"""Collects the problems of `validate`; the place of each, which costs time, is looked up only when it is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from badgeops.catalog.acceptance import Acceptance
from badgeops.catalog.problems import Problem
from badgeops.catalog.select import Subject
from badgeops.errors import Diagnostic, Severity, has_errors
from badgeops.model.address import Kind
from badgeops.yamldoc.parse import Document, Path

MOST = 20_000
"""Errors, and other problems, that are told; a hundred thousand would take half a gigabyte, and nobody reads them."""


def _more(severity: Severity) -> Problem:
    detail = f"Only the first {MOST:,} are shown. Correct these; perhaps one default in badgeops.yaml corrects many."
    return Problem("more-problems", "there are more problems of this kind", detail, severity)


class Report:
    """The diagnostics of one validation.

    A field that was filled in from the settings is reported where it is written, once, however many documents it
    was filled into. What the settings accept is not among them.
    """

    def __init__(self, acceptance: Acceptance | None = None) -> None:
        self._acceptance = acceptance if acceptance is not None else Acceptance()
        self._diagnostics: list[Diagnostic] = []
        self._counts: Counter[Severity] = Counter()
        self._said: set[Hashable] = set()
        self._wrong: set[tuple[str, str | None]] = set()
        """Documents with errors: their files and addresses."""

    def add(
        self, document: Document, path: Path, problem: Problem, address: str | None, *, of_key: bool = False
    ) -> bool:
        """Add a problem with the value at `path` (or with its name: `of_key`); the empty path is the document.

        False says that it is accepted, so that it is as if it had not been found.
        """
        if self._is_accepted(document, problem, address):
            return False
        self._add(document, path, problem, address, of_key=of_key)
        return True

    def _add(self, document: Document, path: Path, problem: Problem, address: str | None, *, of_key: bool) -> None:
        if problem.severity is Severity.ERROR:
            self._wrong.add((document.file.name, address))
        if path and path[0] in document.filled:
            origin, start = document.filled[str(path[0])]
            document, path, address = origin, (*start, *path[1:]), None
            if self._has_said((path, problem)):
                return
        self._counts[problem.severity] += 1
        if self._counts[problem.severity] > MOST + 1:
            return
        source = document.locate(*path, of_key=of_key) if path else document.source
        if self._counts[problem.severity] > MOST:
            problem, address = _more(problem.severity), None
        self._diagnostics.append(
            Diagnostic(problem.severity, problem.code, problem.summary, problem.detail, address, source)
        )

    def add_once(self, about: Hashable, document: Document, path: Path, problem: Problem, address: str | None) -> bool:
        """Add a problem of something that many documents share, at the first of them that does not accept it."""
        if self._is_accepted(document, problem, address):
            return False
        if not self._has_said((about, problem)):
            self._add(document, path, problem, address, of_key=False)
        return True

    def add_unplaced(self, problem: Problem) -> None:
        """Add a problem of something that stands in no file."""
        self._diagnostics.append(Diagnostic(problem.severity, problem.code, problem.summary, problem.detail))

    def _is_accepted(self, document: Document, problem: Problem, address: str | None) -> bool:
        if not self._acceptance:
            return False
        return self._acceptance.takes(problem.code, problem.severity, subject_of(document, address, self._acceptance))

    def _has_said(self, key: Hashable) -> bool:
        if key in self._said:
            return True
        self._said.add(key)
        return False

    def has_errors_in(self, document: Document) -> bool:
        """Tell whether an error has been found in the file of a document."""
        return has_errors(found_in(document, self._diagnostics))

    def has_error_of(self, document: Document, address: str | None) -> bool:
        """Tell whether an error has been found in a document, given with its address."""
        return (document.file.name, address) in self._wrong

    def hold_back(self, settings: Document) -> None:
        """Forget what was found in documents: they may be other ones once the settings are in order."""
        self._diagnostics = found_in(settings, self._diagnostics)

    def result(self) -> tuple[Diagnostic, ...]:
        """Return all diagnostics by file and place."""
        return tuple(sorted(self._diagnostics, key=Diagnostic.sort_key))


def found_in(document: Document, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the problems that have a place in the file of a document."""
    name = document.file.name
    return [item for item in diagnostics if item.source and item.source.filename == name]


def subject_of(document: Document, address: str | None, acceptance: Acceptance) -> Subject:
    """Return what selectors look at, of a document whose address is known or not."""
    issuer = document.data.get("key" if document.data.get("kind") == Kind.ISSUER else "issuer")
    return acceptance.subject(address, document.file.name, issuer if isinstance(issuer, str) else None)
