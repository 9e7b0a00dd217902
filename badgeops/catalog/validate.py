"""Documents -> diagnostics, or a Catalog. Pure: files are asked for through `Files`.

    documents -> identify: kind, key, address
              -> fill in defaults and overrides
              -> check each against its schema
              -> check and build: images, alignment sets, issuers, badge classes
              -> check across: duplicate keys and names, what is never used

Every problem is reported at once, and none twice: what is wrong in one place is not reported again where it is
referred to, and a field that does not fit its schema is not looked at any further.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from badgeops import schemas
from badgeops.catalog import schema
from badgeops.catalog.acceptance import Acceptance
from badgeops.catalog.build import Builder
from badgeops.catalog.foreign import documents_within
from badgeops.catalog.item import Item
from badgeops.catalog.overlay import Filler, Overlay
from badgeops.catalog.problems import Problem, note, with_article
from badgeops.catalog.references import FileProblem, Files, ImageFile, TextFile
from badgeops.catalog.report import Report, subject_of
from badgeops.errors import Diagnostic, has_errors
from badgeops.model.address import Kind
from badgeops.model.entities import Catalog
from badgeops.yamldoc.hints import apart
from badgeops.yamldoc.parse import Document, Surprise

__all__ = ["FileProblem", "Files", "ImageFile", "Overlay", "TextFile", "Validation", "validate"]


@dataclass(frozen=True, slots=True)
class Validation:
    """What came of it: the catalog, or None where there is an error, and all diagnostics."""

    catalog: Catalog | None
    diagnostics: tuple[Diagnostic, ...]


def validate(
    name: str,
    documents: Iterable[Document],
    overlay: Overlay,
    files: Files,
    *,
    incomplete: bool = False,
    is_clear: bool = True,
    acceptance: Acceptance | None = None,
) -> Validation:
    """Check all documents, each and together, and build the catalog called `name`.

    `acceptance` knows what the settings accept.

    `incomplete` says that some files could not be read: what refers to a document that is not here may well be
    right then, and is not reported.

    `is_clear` says that the settings are known that documents depend on. If they are not, or if something is wrong
    with what they fill in, only that is reported: what is found in documents may be gone once it is mended.
    """
    acceptance = acceptance if acceptance is not None else Acceptance()
    report = Report(acceptance)
    ordered = sorted(documents, key=lambda document: (document.file.name, document.index))
    items, lost = _identify(ordered, report)
    filler = Filler(overlay, report)
    # Before all that may be found in documents: of very many problems, not all are told.
    all_known = not lost and all(item.key is not None for item in items)
    if is_clear and not incomplete and all_known:
        filler.report_unknown({str(item.address) for item in items})
    for item in items:
        _fill_and_check(item, filler, report)
    _report_duplicate_keys(items, report)
    builder = Builder(items, files, report, lost, incomplete=incomplete)
    issuers, badge_classes = builder.build()
    is_whole = is_clear and filler.is_clear
    _report_acceptance(acceptance, items if is_whole and not incomplete else [], report, all_known=all_known)
    # Only if it is said what is wrong with the settings: by the caller, or here.
    if overlay.document is not None and (not is_clear or (not is_whole and report.has_errors_in(overlay.document))):
        report.hold_back(overlay.document)
        if ordered:
            report.add(overlay.document, (), _UNCHECKED, None)
    diagnostics = report.result()
    if has_errors(diagnostics):
        return Validation(None, diagnostics)
    by_address = sorted(issuers, key=lambda e: e.key), sorted(badge_classes, key=lambda e: e.key)
    return Validation(Catalog(name, tuple(by_address[0]), tuple(by_address[1])), diagnostics)


_UNCHECKED = note(
    "unchecked-documents",
    "the documents were not checked",
    "What they consist of, and what is accepted of them, depends on the settings and on the environment. Correct those "
    "first.",
)


def _report_acceptance(acceptance: Acceptance, items: list[Item], report: Report, *, all_known: bool) -> None:
    """Report entries of `accept` that are wrong or, if nothing can hide what they are there for, there for nothing."""
    if acceptance.settings is None:
        return
    found = list(acceptance.refusals())
    if items:
        subjects = [subject_of(item.document, item.address, acceptance) for item in items]
        unsure = {
            subject
            for item, subject in zip(items, subjects, strict=True)
            if item.broken or report.has_error_of(item.document, item.address)
        }
        found += acceptance.leftovers(subjects, unsure, all_known=all_known)
    for path, problem in found:
        report.add(acceptance.settings, path, problem, None)


# --- what a document is --------------------------------------------------------------------------------------------


def _identify(documents: list[Document], report: Report) -> tuple[list[Item], frozenset[str]]:
    """Return the documents whose kind is known, and the keys of those whose kind is not; "" for one without a key."""
    items, lost = [], set()
    for document in documents:
        kind = _kind(document, report)
        key = document.data.get("key")
        if kind is not None:
            items.append(Item(document, kind, key if isinstance(key, str) and schema.is_key(key) else None))
        else:
            lost.add(key if isinstance(key, str) else "")
    return items, frozenset(lost)


def _kind(document: Document, report: Report) -> Kind | None:
    value = document.data.get("kind")
    if isinstance(value, str) and value in _KINDS:
        return _KINDS[value]
    if "kind" not in document.data:
        misspelt = _misspelt_kind(document.data)
        meant = document.data.get(misspelt)
        if isinstance(meant, str) and meant in _KINDS:
            return _KINDS[meant]  # the schema of that kind finds the misspelt name, and all the rest
        lists = documents_within(document.data)
        path = (misspelt,) if misspelt else tuple(lists)[:1]
        report.add(document, path, _missing_kind(document.data, misspelt, lists), None, of_key=True)
    else:
        written = value.raw if isinstance(value, Surprise) else document.raw("kind")
        report.add(document, ("kind",), _unknown_kind(written), None)
    return None


def _misspelt_kind(data: Mapping[str, Any]) -> str:
    """Return the field that was meant to be `kind`; empty if there is none."""
    unknown = [name for name in data if not any(name in names for names in _fields().values())]
    alike = [name for name in unknown if difflib.get_close_matches(name.lower(), ["kind"], 1, 0.6)]
    typed = [name for name in unknown if name.lower().strip("@") == "type" and data[name] in _ALL_KINDS.split(", ")]
    return (alike + typed + [""])[0]


@cache
def _fields() -> Mapping[str, Any]:
    """Return the fields that the documents of each kind have."""
    return {kind: schemas.load(schemas.NAMES[kind])["properties"] for kind in _KINDS}


_KINDS = {kind.value: kind for kind in Kind}
_ALL_KINDS = ", ".join(_KINDS)
_OTHER_NAMES = {"badge": "BadgeClass", "achievement": "BadgeClass", "profile": "Issuer", "alignment": "AlignmentSet"}


def _missing_kind(
    data: Mapping[str, Any], misspelt: str = "", lists: Mapping[str, list[dict[str, str]]] = MappingProxyType({})
) -> Problem:
    if misspelt:
        return Problem("missing-kind", '"kind" is missing', f'Did you mean "kind"? There are: {_ALL_KINDS}.')
    if lists:
        return Problem("missing-kind", "documents stand here in a list", apart(next(iter(lists.values()))))
    if "environments" in data or "catalog" in data:
        detail = "This looks like settings. They belong in badgeops.yaml in the catalog's own folder, and only there."
    else:
        detail = f"Every document says what it is: {_ALL_KINDS}."
        likely = _likely_kind(data)
        if likely is not None:
            detail += f" This one looks like {with_article(likely)}. Write:\n\n  kind: {likely}"
    return Problem("missing-kind", '"kind" is missing', detail)


def _likely_kind(data: Mapping[str, Any]) -> str | None:
    """Return the kind that has most of these fields; None if that can be said of two."""
    known = {kind: len(fields.keys() & data.keys()) for kind, fields in _fields().items()}
    best, second = sorted(known, key=lambda kind: known[kind], reverse=True)[:2]
    return best if known[best] > known[second] else None


def _unknown_kind(written: str | None) -> Problem:
    text = written if written is not None else "…"
    plain = text.lower().replace("_", "").replace("-", "").replace(" ", "")
    by_lower = {name.lower(): name for name in _KINDS}
    close = difflib.get_close_matches(plain, list(by_lower), 1, 0.5)
    meant = _OTHER_NAMES.get(plain) or (by_lower[close[0]] if close else None)
    question = f'Did you mean "{meant}"? ' if meant else ""
    return Problem("unknown-kind", f'unknown kind "{text}"', f"{question}There are: {_ALL_KINDS}.")


# --- each document by itself ---------------------------------------------------------------------------------------


def _fill_and_check(item: Item, filler: Filler, report: Report) -> None:
    """Fill in the settings' fields; note which fields cannot be used, and report why."""
    item.document, elsewhere = filler.fill(item.document, item.kind, item.address)
    for field in elsewhere:
        item.set_aside((field,))
    name = schemas.NAMES[item.kind]
    if not elsewhere and (item.document.is_sound or schemas.fits(name, item.document.data)):
        return
    document = item.document
    for located in schema.problems(name, document.data, lambda path: document.raw(*path)):
        missing = located.problem.code == "missing-field" and not located.path
        field = located.problem.summary.split('"')[1] if missing else str(located.path[0])
        if not (missing and field in elsewhere):
            report.add(document, located.path, located.problem, item.address, of_key=located.of_key)
        item.set_aside(located.path or (field,))


def _report_duplicate_keys(items: list[Item], report: Report) -> None:
    first: dict[str, Item] = {}
    for item in items:
        if item.address is None:
            continue
        other = first.setdefault(item.address, item)
        if other is not item:
            item.is_duplicate = True
            place = other.document.source
            detail = f"The first one stands at {place}. Give one of them another key, or delete it."
            summary = f"{item.address} is defined twice"
            report.add(item.document, ("key",), Problem("duplicate-key", summary, detail), item.address)
