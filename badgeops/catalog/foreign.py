"""YAML files of other programs in a catalog's folder: what they are known by, and what to say of one. Pure.

Such a file is said once, as what it is. All that is wrong with it as a document of badgeops would be wrong in every
line, and help nobody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from badgeops import schemas
from badgeops.catalog.ignore import IGNORE_FILE
from badgeops.errors import Diagnostic, Severity
from badgeops.yamldoc.parse import Document, YamlFile

_PROGRAMS: tuple[tuple[str, frozenset[str]], ...] = (
    ("MkDocs", frozenset({"site_name"})),
    ("Kubernetes", frozenset({"apiVersion", "metadata"})),
    ("Helm", frozenset({"apiVersion", "version"})),
    ("Docker Compose", frozenset({"services"})),
    ("a GitHub workflow", frozenset({"on", "jobs"})),
    ("a GitHub action", frozenset({"runs"})),
    ("OpenAPI", frozenset({"openapi"})),
    ("OpenAPI", frozenset({"swagger"})),
    ("Ansible", frozenset({"hosts"})),
    ("Conda", frozenset({"channels"})),
    ("Jekyll", frozenset({"plugins"})),
)
"""What is made for whom, by fields that it has."""

_FIELD = re.compile(r"""^(["']?)([\w.$/-]+)\1[ ]*:(?=\s|$)""", re.MULTILINE)
_OF_ENTRY = re.compile(r"""^(?:-[ ]+|[ ]{2,})(["']?)([\w.$/-]+)\1[ ]*:(?=\s|$)""", re.MULTILINE)
_LIST = re.compile(r"^-[ ]", re.MULTILINE)


@cache
def _ours() -> frozenset[str]:
    """Return the fields that documents of any kind have, and those of the settings."""
    names = [*schemas.NAMES.values(), "settings"]
    return frozenset(field for name in names for field in schemas.load(name)["properties"])


def is_foreign(file: YamlFile, documents: Collection[Document]) -> bool:
    """Tell whether a file is another program's: none of its documents has a key, and few of its fields are ours."""
    if any("key" in document.data for document in documents):
        return False  # as nearly all have
    if any(documents_within(document.data) for document in documents):
        return False
    read = [frozenset(map(str, document.data)) for document in documents]
    if read:
        return all(map(_are_foreign, read))
    begun = _fields_of(file)
    return len(begun) > 1 and _are_foreign(begun)  # of one line that cannot be read, nobody knows


def documents_within(data: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Return for each field whose entries are documents of badgeops their kinds and keys."""
    lists = {field: value for field, value in data.items() if isinstance(value, list)}
    return {
        field: [{"kind": str(entry["kind"]), "key": str(entry["key"])} for entry in entries]
        for field, entries in lists.items()
        if entries and all(isinstance(entry, dict) and {"kind", "key"} <= entry.keys() for entry in entries)
    }


def _are_foreign(fields: frozenset[str]) -> bool:
    others = fields - _ours()
    ours = {"key", "catalog", "environments"}
    if not others or not ours.isdisjoint(fields) or {"kind", "key"} <= {field.lower() for field in fields}:
        return False
    if "kind" in fields:
        return "apiVersion" in fields
    return 2 * len(others) >= len(fields)


def _fields_of(file: YamlFile) -> frozenset[str]:
    """Return the fields of a file that is no document, or cannot be read as YAML: those that begin its lines."""
    pattern = _OF_ENTRY if _LIST.search(file.text) and not _FIELD.search(file.text) else _FIELD
    return frozenset(match[2] for match in pattern.finditer(file.text))


def foreign_file(relative: str, file: YamlFile, documents: Collection[Document]) -> Diagnostic:
    """Return what to say of a file, given by its path in the catalog."""
    fields = frozenset(map(str, next(iter(documents)).data)) if documents else _fields_of(file)
    maker = next((name for name, known in _PROGRAMS if known <= fields), None)
    made = f" It looks like one of {maker}." if maker else ""
    detail = (
        f"It has no kind and key of badgeops.{made} If it belongs to another program, add this line to "
        f"{IGNORE_FILE} in the catalog's folder:\n\n  /{relative}\n\n"
        "A document of a catalog begins with `kind:` and `key:`."
    )
    summary = "this is not a file of the catalog"
    return Diagnostic(Severity.ERROR, "foreign-file", summary, detail, source=file.source(1, 1))
