"""The cases of validation, and what is said about each."""

from __future__ import annotations

from pathlib import Path

from badgeops import settings
from badgeops.catalog.acceptance import Acceptance
from badgeops.catalog.folder import load
from badgeops.catalog.referenced_files import CatalogFiles
from badgeops.catalog.validate import Overlay, Validation, validate
from badgeops.errors import Diagnostic
from support import places

CASES = sorted((places.CASES / "validate").iterdir())


def check(root: Path) -> tuple[tuple[Diagnostic, ...], Validation]:
    """Load and validate a catalog for its default environment."""
    loaded = load(root, ".")
    found = list(loaded.diagnostics)
    reading = settings.read(loaded.settings, root, ".", {}) if loaded.settings is not None else None
    if reading is not None:
        found += reading.diagnostics
    with CatalogFiles(root, ".") as files:
        validation = validate(
            "x",
            loaded.documents,
            reading.overlay if reading is not None else Overlay(),
            files,
            incomplete=bool(loaded.diagnostics),
            is_clear=reading is not None and reading.is_clear,
            acceptance=Acceptance(reading.accepts if reading is not None else (), loaded.settings),
        )
    return tuple(sorted({*found, *validation.diagnostics}, key=Diagnostic.sort_key)), validation
