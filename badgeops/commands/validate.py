"""`badgeops validate`: everything that is wrong with a catalog, at once and offline."""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import options
from badgeops.commands.shared.outputs import PROBLEM_FORMATS, Output, output_options


@click.command(short_help="Check a catalog, offline.")
@options.catalog_argument()
@options.environment_option
@output_options(PROBLEM_FORMATS)
@click.option("--every-place", is_flag=True, help="Show each problem by itself, however often it is the same one.")
def validate(format_: str, outputs: tuple[Output, ...], *, every_place: bool, **parameters: Any) -> int:
    """Check a catalog and report every problem at once. It works offline.

    A problem that is met in many places is shown once, with the number and the first places; JSON, SARIF and JUnit
    have each place.

    CATALOG is the folder that holds badgeops.yaml. Exit status: 0 no errors (there may be warnings), 1 errors.
    """
    import os

    from badgeops.app.requests import Request
    from badgeops.app.results import refuse_to_overwrite_inputs
    from badgeops.app.workspace import check
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.outputs import deliver, where
    from badgeops.errors import has_errors
    from badgeops.render.view import ProblemsView

    request = Request(**parameters)
    refuse_to_overwrite_inputs(request.catalog, *(output.path for output in outputs))
    problems = ProblemsView(check(request, CONSOLE), where=where(request.catalog), every_place=every_place)
    status = 1 if has_errors(problems.diagnostics) else 0
    deliver(PROBLEM_FORMATS, format_, outputs, problems)
    if "github" in (format_, *(output.format for output in outputs)):
        from badgeops.commands.shared import github

        github.report_problems(problems, status, os.environ)
    return status
