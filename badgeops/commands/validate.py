"""`badgeops validate`: everything that is wrong with a catalog, at once and offline."""

from __future__ import annotations

import click

from badgeops.commands.shared import options
from badgeops.commands.shared.outputs import FINDING_FORMATS, Output, output_options


@click.command(short_help="Check a catalog, offline.")
@options.catalog_argument
@options.environment_option
@output_options(FINDING_FORMATS)
def validate(catalog: str, environment: str | None, format_: str, outputs: tuple[Output, ...]) -> int:
    """Check a catalog and report every problem at once. Works offline.

    CATALOG is the folder that holds badgeops.yaml. Exit status: 0 no errors (there may be warnings), 1 errors.
    """
    import os

    from badgeops.app.workspace import check
    from badgeops.commands.shared.outputs import deliver, spare_inputs, where
    from badgeops.errors import has_errors
    from badgeops.render.view import Findings

    spare_inputs(catalog, *(output.path for output in outputs))
    found = check(catalog, environment)
    findings = Findings(found, where=where())
    status = 1 if has_errors(found) else 0
    deliver(FINDING_FORMATS, format_, outputs, findings)
    if "github" in (format_, *(output.format for output in outputs)):
        from badgeops.commands.shared import github

        github.report_findings(findings, status, os.environ)
    return status
