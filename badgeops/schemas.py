"""The JSON Schemas of the catalog, and whether a value fits one.

A schema is compiled once to a Python function that says "fits" in microseconds. Why a value does not fit is told by
`schema`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema

_FOLDERS = (Path(__file__).parent / "schemas", Path(__file__).parent.parent / "schemas")
"""In the wheel the schemas are inside the package; in a working copy they stand beside it."""

NAMES = {"Issuer": "issuer", "BadgeClass": "badge-class", "AlignmentSet": "alignment-set", "Image": "image"}
"""The schema of each kind of document."""


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

    A `const` becomes an `enum` of one, which the compiler can do without explanations. Of alternatives, those that
    have a name come first: they are the usual ones, and one that does not fit costs an exception. `named` says that
    the members of this object are fields, not keywords.
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
    if not named and "anyOf" in bare:
        bare["anyOf"].sort(key=lambda part: "$ref" not in part)
    if not named and "const" in bare:
        bare["enum"] = [bare.pop("const")]
    return bare
