"""What validation says about a catalog, and what it makes of one.

Each folder of tests/cases/validate holds a catalog and, in expected.txt, what is said about it. After a wanted change
the expected texts are rewritten by

    BADGEOPS_UPDATE_GOLDENS=1 pytest tests/test_validate.py

and reviewed with `git diff`.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from badgeops import schema
from badgeops.errors import Diagnostic, Severity
from badgeops.files import CatalogFiles
from badgeops.images import ImageFacts
from badgeops.load import load
from badgeops.model import Address, Expiry, Kind, Lifecycle, OnRemove
from badgeops.render import diagnostics as render
from badgeops.validate import FileProblem, ImageFile, Overlay, TextFile, Validation, validate
from badgeops.yamldoc import Document, YamlFile, parse
from hypothesis import given, settings, strategies as st

CASES = sorted((Path(__file__).parent / "cases" / "validate").iterdir())


def check(root: Path) -> tuple[tuple[Diagnostic, ...], Validation]:
    """Load and validate a catalog for its default environment."""
    loaded = load(root, ".")
    data: dict[str, Any] = loaded.settings.data if loaded.settings is not None else {}
    found = list(loaded.diagnostics)
    if loaded.settings is not None:
        found += schema.check("settings", data, loaded.settings, None)
    environment = data.get("defaultEnvironment")
    overrides = data["environments"][environment]["overrides"] if environment else {}
    defaults = data.get("defaults", {})
    overlay = Overlay(loaded.settings, environment, defaults, overrides)
    with CatalogFiles(root, ".") as files:
        validation = validate("x", loaded.documents, overlay, files, incomplete=bool(loaded.diagnostics))
    return tuple(sorted({*found, *validation.diagnostics}, key=Diagnostic.sort_key)), validation


def said(root: Path) -> str:
    """Return what a person would read about a catalog."""
    diagnostics, validation = check(root)
    if validation.catalog is None:
        outcome = "There is no catalog."
    else:
        outcome = f"{len(validation.catalog.issuers)} issuers, {len(validation.catalog.badge_classes)} badge classes."
    return f"{render.text(diagnostics, color=False)}{outcome}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_said_about_a_catalog(case: Path) -> None:
    """Each case says exactly what its expected.txt records."""
    actual = said(case / "catalog")
    golden = case / "expected.txt"
    if os.environ.get("BADGEOPS_UPDATE_GOLDENS"):
        golden.write_text(actual, "utf-8")

    assert golden.read_text("utf-8") == actual
