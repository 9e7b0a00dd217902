"""Documents that fit their schemas -> the values of the model, with all that only shows between fields or documents."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from badgeops.catalog import field_rules as rules
from badgeops.catalog.document_rules import LINES, problems_of
from badgeops.catalog.item import Item
from badgeops.catalog.problems import Problem, warning
from badgeops.catalog.references import FileProblem, Files
from badgeops.catalog.report import Report
from badgeops.errors import Severity
from badgeops.model.address import Address, Kind
from badgeops.model.entities import Alignment, BadgeClass, Expiry, Image, Issuer
from badgeops.model.fields import TABLE, Field, Type, of_kind
from badgeops.model.lifecycle import Lifecycle, OnMeaningChange, OnRemove
from badgeops.model.text_rules import effective_text, look_alike
from badgeops.yamldoc.parse import Document, Path

T = TypeVar("T")

_NOT_SENT = frozenset({"kind", "key", "lifecycle"})


@dataclass(frozen=True, slots=True)
class _SharedImage:
    image: Image | None
    alt_text: str | None


class Builder:
    """Builds the entities of one catalog."""

    def __init__(
        self, items: list[Item], files: Files, report: Report, lost: frozenset[str], *, incomplete: bool
    ) -> None:
        self._files = files
        self._report = report
        self._lost = lost
        self._incomplete = incomplete
        self._items: dict[Kind, list[Item]] = {kind: [] for kind in Kind}
        for item in items:
            self._items[item.kind].append(item)
        self._keys = {kind: {item.key for item in self._items[kind] if item.key} for kind in Kind}
        self._keyless = {kind: any(item.key is None for item in self._items[kind]) for kind in Kind}
        self._used: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        self._images: dict[str, _SharedImage] = {}
        self._sets: dict[str, dict[str, Alignment | None]] = {}
        self._alike: dict[Any, Any] = {}
        """One of each value that many documents have: a hundred thousand of them need a third of the memory."""

    def build(self) -> tuple[list[Issuer], list[BadgeClass]]:
        """Check everything and return what could be built."""
        for item in self._items[Kind.IMAGE]:
            shared = self._shared_image(item)
            self._images.setdefault(item.key or "", shared)
        for item in self._items[Kind.ALIGNMENT_SET]:
            entries = self._entries(item)
            self._sets.setdefault(item.key or "", entries)
        issuers = [self._issuer(item) for item in self._items[Kind.ISSUER]]
        badge_classes = [self._badge_class(item) for item in self._items[Kind.BADGE_CLASS]]
        self._report_duplicate_names()
        self._report_unused(Kind.IMAGE, "image")
        self._report_unused(Kind.ALIGNMENT_SET, "alignments")
        return [one for one in issuers if one is not None], [one for one in badge_classes if one is not None]

    # --- the kinds -------------------------------------------------------------------------------------------------

    def _shared_image(self, item: Item) -> _SharedImage:
        self._check(item)
        alt_text = _stripped(item.get("altText"))
        path = item.get("file")
        image = self._checked_image(item, ("file",), path) if path is not None else None
        return _SharedImage(image, alt_text)

    def _entries(self, item: Item) -> dict[str, Alignment | None]:
        self._check(item)
        framework = _stripped(item.get("targetFramework"))
        written = item.document.data.get("alignments")
        # An entry with something wrong in it, which has been reported, can be referred to all the same.
        entries: dict[str, Alignment | None] = dict.fromkeys(written) if isinstance(written, dict) else {}
        for key, value in item.entries("alignments"):
            entries[key] = _alignment(value, framework)
        return entries

    def _issuer(self, item: Item) -> Issuer | None:
        values = self._values(item)
        values["image"], _ = self._image(item)
        if not self._is_sound(item, values):
            return None
        return Issuer(**self._common(item), **values)

    def _badge_class(self, item: Item) -> BadgeClass | None:
        issuer = self._reference(item, ("issuer",), Kind.ISSUER, item.get("issuer"), "issuer")
        values = self._values(item)
        values["image"], alt_text = self._image(item)
        self._require_criteria(item)
        if issuer is None or not self._is_sound(item, values):
            return None
        if "imageAltText" not in item.document.data:
            values["image_alt_text"] = alt_text
        return BadgeClass(issuer=self._one(Address(Kind.ISSUER, issuer)), **self._common(item), **values)

    def _values(self, item: Item) -> dict[str, Any]:
        """Check every field of the table and return the attributes of the entity."""
        self._check(item)
        return {field.attribute: read(self, item, field) for field, read in _steps(item.kind)}

    def _is_sound(self, item: Item, values: Mapping[str, Any]) -> bool:
        """Tell whether an entity can be made: what is missing has been reported, by the schema or here."""
        if item.broken or item.is_duplicate or item.key is None:
            return False
        return all(values[name] is not None for name in _needed(item.kind))

    def _common(self, item: Item) -> dict[str, Any]:
        data = item.document.data
        return {
            "address": Address(item.kind, item.key or ""),
            "declared": self._one(frozenset(data) - _NOT_SENT),
            "lifecycle": _lifecycle(data.get("lifecycle")),
            "document": item.document.without_values(),
        }

    def _one(self, value: T) -> T:
        """Return one and the same value for equal ones."""
        same: T = self._alike.setdefault(value, value)
        return same

    # --- fields ----------------------------------------------------------------------------------------------------

    def _check(self, item: Item) -> None:
        """Report what is wrong with the fields of a document by themselves."""
        if not item.document.is_sound:
            for path, problem in problems_of(item):
                self._add(item, path, problem)

    def _add(self, item: Item, path: Path, problem: Problem) -> None:
        stands = self._report.add(item.document, path, problem, item.address)
        if stands and problem.severity is Severity.ERROR:
            item.broken.add(str(path[0]))

    def _narrative(self, item: Item, field: Field) -> str | None:
        name = field.name
        value = item.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            return value.strip()
        place: Path = (name, "file")
        path = value["file"]
        found = self._files.text(_origin(item.document, name), path)
        if isinstance(found, FileProblem):
            self._add(item, place, Problem(found.code, found.summary, found.detail))
            return None
        for problem in (*found.problems, *rules.narrative(f'"{path}"', found.text)):
            stands = self._report.add_once(found, item.document, place, problem, item.address)
            if stands and problem.severity is Severity.ERROR:
                item.broken.add(name)
        return found.text.strip()

    def _require_criteria(self, item: Item) -> None:
        fields = ("criteriaNarrative", "criteriaUrl")
        if any(name in item.broken or item.document.data.get(name) is not None for name in fields):
            return
        if any(difflib.get_close_matches(str(name), fields, n=1) for name in item.broken):
            return  # it is misspelt, and that has been said
        detail = (
            "Newer servers and the hosted service refuse a badge class without criteria. Write as criteriaNarrative "
            "how to earn it, or give the address of a page that says so as criteriaUrl."
        )
        problem = Problem("missing-criteria", "this badge class has neither criteriaNarrative nor criteriaUrl", detail)
        if self._report.add(item.document, (), problem, item.address):
            item.broken.add("criteriaNarrative")

    def _alignments(self, item: Item, field: Field) -> tuple[Alignment, ...]:
        found: dict[Alignment, int] = {}
        for index, value in item.entries(field.name):
            place: Path = (field.name, index)
            is_reference = "ref" in value
            alignment = self._entry(item, (*place, "ref"), value["ref"]) if is_reference else _alignment(value, None)
            if alignment is not None and found.setdefault(alignment, index) != index:
                detail = f"It is also entry {found[alignment] + 1}. badgeops sends it once; delete one of them."
                name = rules.shorten(alignment.target_name)
                self._add(item, place, warning("duplicate-alignment", f'the alignment "{name}" is here twice', detail))
        return tuple(map(self._one, found))

    # --- references ------------------------------------------------------------------------------------------------

    def _entry(self, item: Item, place: Path, ref: str) -> Alignment | None:
        """Look up `set/entry`."""
        key, _, entry = ref.partition("/")
        if self._reference(item, place, Kind.ALIGNMENT_SET, key, "alignment set") is None:
            return None
        entries = self._sets.get(key, {})
        if entry not in entries:
            if not entries and self._is_broken(Kind.ALIGNMENT_SET, key):
                item.broken.add("alignments")
                return None
            detail = _did_you_mean(entry, entries) or f"Its entries are: {_some(entries) or 'none yet'}."
            self._add(item, place, Problem("unknown-alignment", f'"{key}" has no entry "{entry}"', detail))
            return None
        if entries[entry] is None:
            item.broken.add("alignments")
        return entries[entry]

    def _is_broken(self, kind: Kind, key: str) -> bool:
        return any(item.key == key and item.broken for item in self._items[kind])

    def _reference(self, item: Item, place: Path, kind: Kind, key: str | None, what: str) -> str | None:
        """Return the key if a document of that kind has it."""
        if key is None:
            return None
        self._used[kind].add(key)
        if key in self._keys[kind]:
            return key
        if self._incomplete or self._keyless[kind] or not self._lost.isdisjoint((key, "")):
            item.broken.add(str(place[0]))  # what is wrong with the document meant has been said
            return None
        known = self._keys[kind]
        detail = _did_you_mean(key, known) or (
            f"There are: {_some(known)}." if known else f"The catalog has no {kind} document at all."
        )
        if kind is Kind.IMAGE and key.lower().endswith((".png", ".svg")):
            detail += " If it is a file, write its path alone, without `ref`."
        self._add(item, place, Problem(f"unknown-{what.replace(' ', '-')}", f'there is no {what} "{key}"', detail))
        return None

    def _image(self, item: Item) -> tuple[Image | None, str | None]:
        """Return the image of an entity and the alternative text that comes with it."""
        value = item.get("image")
        if value is None:
            return None, None
        if isinstance(value, str):
            return self._checked_image(item, ("image",), value), None
        key = self._reference(item, ("image", "ref"), Kind.IMAGE, value["ref"], "image")
        shared = self._images.get(key) if key is not None else None
        if shared is None or shared.image is None:
            item.broken.add("image")
            return None, None
        return shared.image, shared.alt_text

    def _checked_image(self, item: Item, place: Path, path: str) -> Image | None:
        found = self._files.image(_origin(item.document, str(place[0])), path)
        if isinstance(found, FileProblem):
            self._add(item, place, Problem(found.code, found.summary, found.detail))
            return None
        for problem in found.problems:
            stands = self._report.add_once(found.path, item.document, place, problem, item.address)
            if stands and problem.severity is Severity.ERROR:
                item.broken.add(str(place[0]))
        facts = found.facts
        if facts.format is None or str(place[0]) in item.broken:
            return None
        return Image(facts.sha256, facts.format, facts.width, facts.height, facts.size, found.path)

    # --- across documents ------------------------------------------------------------------------------------------

    def _report_duplicate_names(self) -> None:
        groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
        for item in self._items[Kind.BADGE_CLASS]:
            name, issuer = item.get("name"), item.get("issuer")
            alike = look_alike(name, whole=True) if name and issuer and not item.is_duplicate else ""
            if alike:
                groups[issuer, alike].append(item)
        for (issuer, _), items in groups.items():
            for item in items[1:]:
                if not (_allows_duplicate(item) and _allows_duplicate(items[0])):
                    self._add(item, ("name",), _duplicate_name(item.get("name"), issuer, items[0]))

    def _report_unused(self, kind: Kind, field_name: str) -> None:
        referring = [*self._items[Kind.ISSUER], *self._items[Kind.BADGE_CLASS]]
        if self._incomplete or self._lost or any(field_name in item.broken for item in referring):
            return  # what is wrong there may refer to it
        for item in self._items[kind]:
            if item.key is not None and item.key not in self._used[kind] and not item.is_duplicate:
                what = "Image" if kind is Kind.IMAGE else "AlignmentSet"
                detail = "No document refers to it. Delete it, or refer to it by its key."
                problem = warning(f"unused-{kind.prefix.replace('_', '-')}", f"this {what} is not used", detail)
                self._report.add(item.document, (), problem, item.address)


def _allows_duplicate(item: Item) -> bool:
    lifecycle = item.get("lifecycle")
    return isinstance(lifecycle, dict) and lifecycle.get("allowDuplicateName") is True


def _duplicate_name(name: str, issuer: str, other: Item) -> Problem:
    is_same = effective_text(name).strip() == effective_text(other.get("name")).strip()
    has = "has the same name" if is_same else "has a name that looks the same"
    detail = (
        f"{other.address} at {other.document.source} {has}, and people who earn them could not tell "
        "them apart. Rename one of them; if you mean it, write allowDuplicateName: true into the lifecycle of both."
    )
    shown = rules.shorten(effective_text(name).strip())
    return Problem("duplicate-name", f'{issuer} has two badge classes named "{shown}"', detail)


def _origin(document: Document, name: str) -> Document:
    """Return the document that a field is written in: paths are relative to its file."""
    return document.filled[name][0] if name in document.filled else document


def _expiry(item: Item, field: Field) -> Expiry | None:
    value = item.get(field.name)
    return Expiry(int(value["amount"]), value["duration"]) if value is not None else None


def _stripped(value: str | None) -> str | None:
    return value.strip() if value is not None else None


def _tags(item: Item, field: Field) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for _, value in item.entries(field.name):
        kept.setdefault(effective_text(value), value.strip())
    return tuple(kept.values())


def _alignment(value: Mapping[str, Any], framework: str | None) -> Alignment:
    return Alignment(
        value["targetName"].strip(),
        value["targetUrl"].strip(),
        _stripped(value.get("targetDescription")) or None,
        _stripped(value.get("targetFramework")) or framework,
        _stripped(value.get("targetCode")) or None,
        value.get("displayAsSkill"),
    )


_READERS: Mapping[Type, Callable[[Builder, Item, Field], Any]] = {
    **dict.fromkeys(LINES, lambda _builder, item, field: _stripped(item.get(field.name))),
    Type.MARKDOWN: Builder._narrative,  # noqa: SLF001 (its own module)
    Type.TAGS: lambda _builder, item, field: _tags(item, field),
    Type.ALIGNMENTS: Builder._alignments,  # noqa: SLF001
    Type.PERIOD: lambda _builder, item, field: _expiry(item, field),
    Type.EXTENSIONS: lambda _builder, item, field: item.get(field.name),
}
"""How a field is read from its document, by what it holds."""


@cache
def _steps(kind: Kind) -> tuple[tuple[Field, Callable[[Builder, Item, Field], Any]], ...]:
    """Look up once how each field of a kind is read: it is done for every document of a catalog."""
    return tuple((field, _READERS[field.type]) for field in of_kind(kind))


@cache
def _needed(kind: Kind) -> tuple[str, ...]:
    """Return the attributes that an entity cannot be made without; a reference to the issuer is looked at by itself."""
    return tuple(field.attribute for field in TABLE if kind in field.required and field.type is not Type.ISSUER)


_DEFAULT_LIFECYCLE = Lifecycle()


def _lifecycle(value: dict[str, Any] | None) -> Lifecycle:
    if value is None:
        return _DEFAULT_LIFECYCLE
    return Lifecycle(
        protect=value.get("protect", False),
        on_remove=OnRemove(value.get("onRemove", "forget")),
        ignore_changes=frozenset(value.get("ignoreChanges", ())),
        allow_duplicate_name=value.get("allowDuplicateName", False),
        on_meaning_change=OnMeaningChange(value["onMeaningChange"]) if "onMeaningChange" in value else None,
    )


def _did_you_mean(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, sorted(known), 1, 0.6)
    return f'Did you mean "{close[0]}"?' if close else ""


def _some(known: Iterable[str], most: int = 8) -> str:
    names = sorted(known)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
