"""The JSON Schemas of the catalog, and whether a value fits one.

A schema is compiled once to a Python function that says "fits" in microseconds. Only where it does not, the full
validator is asked for every reason, and `explain` puts the reasons into words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import KEY_PATTERN
from badgeops.problems import Finding
from badgeops.yamldoc import Document, Path as Place

_FOLDERS = (Path(__file__).parent / "schemas", Path(__file__).parent.parent / "schemas")
"""In the wheel the schemas are inside the package; in a working copy they stand beside it."""

NAMES = {"Issuer": "issuer", "BadgeClass": "badge-class", "AlignmentSet": "alignment-set", "Image": "image"}
"""The schema of each kind of document."""


_KEY = re.compile(KEY_PATTERN)


def is_key(text: str) -> bool:
    """Tell whether a document may be called so."""
    return _KEY.fullmatch(text) is not None


def folder() -> Path:
    """Return where the schema files are."""
    return next(folder for folder in _FOLDERS if folder.is_dir())


@cache
def load(name: str) -> dict[str, Any]:
    """Return a schema by its name: "badge-class"."""
    schema: dict[str, Any] = json.loads((folder() / f"{name}.schema.json").read_text("utf-8"))
    return schema


@cache
def partial(name: str) -> dict[str, Any]:
    """Return the schema of some fields of a document, as defaults and overrides have them: nothing is required."""
    schema = dict(load(name))
    own = {"kind", "key"}
    schema["required"] = []
    schema["properties"] = {field: value for field, value in schema["properties"].items() if field not in own}
    return schema


def fits(name: str, data: Any, *, some: bool = False) -> bool:  # noqa: ANN401 (any value may be asked about)
    """Tell whether `data` fits the schema (`some`: as a selection of its fields)."""
    try:
        _compiled(name, some)(data)
    except fastjsonschema.JsonSchemaException:
        return False
    return True


@cache
def _compiled(name: str, some: bool) -> Callable[[Any], Any]:
    schema = partial(name) if some else load(name)
    check: Callable[[Any], Any] = fastjsonschema.compile(
        _bare(schema), use_default=False, use_formats=False, detailed_exceptions=False
    )
    return check


_FOR_READERS = frozenset({"title", "description", "examples"})


def _bare(schema: Any, *, named: bool = False) -> Any:  # noqa: ANN401
    """Return a schema without what only people read: it compiles in a third of the time.

    A `const` becomes an `enum` of one, which the compiler can do without explanations. `named` says that the
    members of this object are fields, not keywords.
    """
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    bare = {
        word: _bare(part, named=not named and word in {"properties", "$defs"})
        for word, part in schema.items()
        if named or word not in _FOR_READERS
    }
    if not named and "const" in bare:
        bare["enum"] = [bare.pop("const")]
    return bare


def findings(name: str, data: Any, raw: Callable[[Place], str | None], *, some: bool = False) -> list[Finding]:  # noqa: ANN401
    """Return every reason why `data` does not fit the schema, in words.

    `raw` gives the text of a value as its author wrote it, where that is known.
    """
    if fits(name, data, some=some):
        return []
    from badgeops.explain import explain  # noqa: PLC0415 (jsonschema takes 100 ms to import, and most catalogs fit)

    return explain(partial(name) if some else load(name), data, raw)


def check(schema_name: str, data: Any, document: Document, address: str | None, prefix: Place = ()) -> list[Diagnostic]:  # noqa: ANN401
    """Check a part of a document (at `prefix`) against a schema; every diagnostic says where it is."""
    found = findings(schema_name, data, lambda path: document.raw(*prefix, *path))
    return [_placed(finding, document, address, prefix) for finding in found]


def check_fields(
    schema_name: str, data: Mapping[str, Any], document: Document, address: str | None, prefix: Place
) -> list[Diagnostic]:
    """Check fields that are filled into other documents: known and well-formed, but none of them required."""
    found = findings(schema_name, data, lambda path: document.raw(*prefix, *path), some=True)
    return [_placed(finding, document, address, prefix) for finding in found]


def _placed(finding: Finding, document: Document, address: str | None, prefix: Place) -> Diagnostic:
    path = (*prefix, *finding.path)
    source = document.locate(*path, of_key=finding.of_key) if path else document.source
    problem = finding.problem
    return Diagnostic(Severity(problem.severity), problem.code, problem.summary, problem.detail, address, source)
