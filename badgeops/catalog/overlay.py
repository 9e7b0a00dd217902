"""What the settings fill into documents: defaults for what they lack, overrides for one environment. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from badgeops import schemas
from badgeops.catalog import schema
from badgeops.catalog.problems import Problem
from badgeops.catalog.report import Report
from badgeops.model.address import Kind
from badgeops.yamldoc.parse import Document, Path

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Overlay:
    """The part of the settings that changes what documents say."""

    document: Document | None = None
    """The settings' own document, so that a message can point there."""
    environment: str | None = None
    defaults: Mapping[str, Fields] = field(default_factory=dict)
    """By kind: "BadgeClass"."""
    overrides: Mapping[str, Fields] = field(default_factory=dict)
    """By address: "issuer.acme-academy"."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """Fields to fill in, the place they stand at, and those of them that were found wrong and reported there."""

    fields: Fields = field(default_factory=dict)
    place: Path = ()
    broken: frozenset[str] = frozenset()


_NOTHING = _Layer()


class Filler:
    """Fills an overlay into documents. What is wrong with the overlay itself is reported once, in its own place."""

    def __init__(self, overlay: Overlay, report: Report) -> None:
        self._document = overlay.document
        self._report = report
        self.is_clear = True
        """Whether all that is given has a place to go to: a field or an address that is not there may be misspelt."""
        self._defaults = {
            kind: self._layer(fields, kind, ("defaults", kind), "cannot have a default")
            for kind, fields in overlay.defaults.items()
            if kind in schemas.NAMES
        }
        self._start: Path = ("environments", overlay.environment or "", "overrides")
        self._given = overlay.overrides
        self._overrides = {
            address: self._layer(fields, kind, (*self._start, address), "cannot be overridden")
            for address, fields in overlay.overrides.items()
            if (kind := _kind_of(address)) is not None
        }

    def fill(self, document: Document, kind: Kind, address: str | None) -> tuple[Document, frozenset[str]]:
        """Return the document with its defaults and overrides, and the fields that are wrong in the settings."""
        defaults = self._defaults.get(kind, _NOTHING)
        overrides = self._overrides.get(address or "", _NOTHING)
        if defaults is _NOTHING and overrides is _NOTHING:
            return document, frozenset()
        own = document.data
        lacking = {name: value for name, value in defaults.fields.items() if name not in own}
        broken = overrides.broken | {name for name in defaults.broken if name not in own}
        filled = {}
        if self._document is not None:
            filled = {name: (self._document, (*defaults.place, name)) for name in lacking}
            filled |= {name: (self._document, (*overrides.place, name)) for name in overrides.fields}
        data = {**own, **lacking, **overrides.fields}
        return Document(data, document.file, document.line, document.column, document.index, filled), broken

    def report_unknown(self, addresses: Collection[str]) -> None:
        """Report overrides of what is not in the catalog."""
        for address in self._given:
            if address not in addresses:
                close = difflib.get_close_matches(address, sorted(addresses), 1, 0.6)
                meant = f' Did you mean "{close[0]}"?' if close else ""
                detail = f"An override needs the address of a document: issuer.KEY or badge_class.KEY.{meant}"
                problem = Problem("unknown-override", f'there is no "{address}" in the catalog', detail)
                self._add((*self._start, address), problem)
                self.is_clear = False

    def _layer(self, fields: Fields, kind: str, place: Path, refusal: str) -> _Layer:
        """Check fields by themselves and set those aside that are wrong."""
        broken = set()
        for name in ("kind", "key"):
            if name in fields:
                broken.add(name)
                detail = "It tells one document from another. Write it in the document itself."
                self._add((*place, name), Problem("field-cannot-be-shared", f'"{name}" {refusal}', detail))
        rest = {name: value for name, value in fields.items() if name not in broken}
        for located in schema.problems(schemas.NAMES[kind], rest, lambda path: self._raw((*place, *path)), some=True):
            broken.add(str(located.path[0]))
            self.is_clear &= located.problem.code != "unknown-field" or len(located.path) > 1
            self._add((*place, *located.path), located.problem, of_key=located.of_key)
        kept = {name: value for name, value in rest.items() if name not in broken}
        return _Layer(kept, place, frozenset(broken))

    def _raw(self, path: Path) -> str | None:
        return self._document.raw(*path) if self._document is not None else None

    def _add(self, path: Path, problem: Problem, *, of_key: bool = True) -> None:
        if self._document is not None:
            self._report.add(self._document, path, problem, None, of_key=of_key)
        else:
            self._report.add_unplaced(problem)


def _kind_of(address: str) -> Kind | None:
    prefix = address.partition(".")[0]
    return next((kind for kind in Kind if kind.prefix == prefix), None)
