"""The cases of validation, and what is said about each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from badgeops.catalog import acceptance, schema
from badgeops.catalog.acceptance import Accept, Acceptance
from badgeops.catalog.folder import load
from badgeops.catalog.referenced_files import CatalogFiles
from badgeops.catalog.validate import Overlay, Validation, validate
from badgeops.errors import Diagnostic
from support import places

CASES = sorted((places.CASES / "validate").iterdir())


def check(root: Path) -> tuple[tuple[Diagnostic, ...], Validation]:
    """Load and validate a catalog for its default environment."""
    loaded = load(root, ".")
    data: dict[str, Any] = loaded.settings.data if loaded.settings is not None else {}
    found = list(loaded.diagnostics)
    accepts: tuple[Accept, ...] = ()
    if loaded.settings is not None:
        misfits = schema.check("settings", data, loaded.settings, None)
        found += misfits
        if not misfits:
            accepts, wrong = acceptance.read(data.get("accept", ()))
            found += [
                Diagnostic(severity, code, summary, detail, source=loaded.settings.locate(*place))
                for place, (code, summary, detail, severity) in ((each.place, each.problem) for each in wrong)
            ]
    environment = data.get("defaultEnvironment")
    overrides = data["environments"][environment]["overrides"] if environment else {}
    defaults = data.get("defaults", {})
    overlay = Overlay(loaded.settings, environment, defaults, overrides)
    with CatalogFiles(root, ".") as files:
        validation = validate(
            "x",
            loaded.documents,
            overlay,
            files,
            incomplete=bool(loaded.diagnostics),
            acceptance=Acceptance(accepts, loaded.settings),
        )
    return tuple(sorted({*found, *validation.diagnostics}, key=Diagnostic.sort_key)), validation
