"""`badgeops plan`: what would change on the server. Reads only."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import click

from badgeops.commands.shared import options
from badgeops.commands.shared.allow import allow_option
from badgeops.commands.shared.former import renamed_option
from badgeops.commands.shared.outputs import PLAN_FORMATS, Output, output_options

if TYPE_CHECKING:
    from badgeops.app.show_plan import PlanRequest
    from badgeops.render.view import View


def _https(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Refuse an address that would show no image."""
    if value and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/%+,:-]*)?", value):
        raise click.BadParameter(
            f"{value!r} is not the https address of a folder, such as https://github.com/o/r/raw/main."
        )
    return value


ACTIONS = ("create", "update", "delete", "archive", "forget", "adopt")


@click.command(short_help="Show what would change on the server.")
@options.catalog_argument()
@options.connection_options
@output_options(PLAN_FORMATS)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes, with 0 if there are none.")
@click.option("--show-unmanaged", is_flag=True, help="List the unmanaged entities of the account.")
@click.option("--summary", is_flag=True, help="One line for each change, and no fields. For text, markdown and github.")
@renamed_option(
    "--show-only",
    before="--only",
    multiple=True,
    type=click.Choice(ACTIONS),
    metavar="ACTION",
    help="Show only what is to be created, updated and so on, and what needs attention: one of "
    f"{', '.join(ACTIONS)}. Can be given several times. For text, markdown and github; changes nothing else.",
)
@click.option(
    "--max-bytes",
    type=click.IntRange(min=2_000),
    default=65_000,
    show_default=True,
    metavar="N",
    help="The most bytes that markdown may have. Risks are left out last.",
)
@click.option(
    "--image-base",
    default="",
    metavar="URL",
    callback=_https,
    help="Where the files of the repository can be seen, for markdown: it then shows new images beside old ones.",
)
@allow_option()
@renamed_option(
    "--save-plan",
    before="--out",
    metavar="FILE",
    help="Save the plan as JSON, for `apply --plan` to do exactly that. It holds no secret.",
)
@renamed_option(
    "--snapshot",
    before="--against",
    metavar="FILE",
    help="Plan against what `badgeops snapshot` recorded, without credentials and without a network.",
)
def plan(format_: str, outputs: tuple[Output, ...], detailed_exitcode: bool, **parameters: Any) -> int:
    """Show what `badgeops apply` would do.

    `plan` only reads: it sends GET requests and nothing else, and it takes no lock.

    CATALOG is the folder that holds badgeops.yaml.
    """
    from dataclasses import replace

    from badgeops.app import saved_plans, show_plan
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.outputs import deliver, where

    formats = {format_, *(output.format for output in outputs)}
    request = show_plan.PlanRequest(**parameters)
    _check_files(request, outputs)
    place = where(request.catalog)
    view = replace(show_plan.plan(request, CONSOLE, shows_images="html" in formats), where=place)
    if view.next_command:
        view = replace(view, shared_command=replace(request, catalog=place.shared(request.catalog)).apply_command())
    status = 1 if view.plan.errors else 2 if detailed_exitcode and not view.plan.is_empty else 0
    # First what the text below recommends: it must be there before anybody is told of it.
    saved = saved_plans.save(view.plan, request.save_plan, CONSOLE)
    deliver(PLAN_FORMATS, format_, outputs, view)
    if "github" in formats:
        from badgeops.commands.shared import github

        github.report_plan(view, status, os.environ)
    if saved:
        CONSOLE.note(saved)
    _conclude(view)
    return status


def _check_files(request: PlanRequest, outputs: tuple[Output, ...]) -> None:
    """Refuse to write over what is read, or over what is written."""
    from badgeops.app.results import refuse_to_overwrite_inputs
    from badgeops.commands.shared.outputs import check_out

    saved, snapshot = request.save_plan, request.snapshot
    check_out("--save-plan", saved, outputs)
    refuse_to_overwrite_inputs(request.catalog, saved, *(output.path for output in outputs))
    if saved and snapshot and os.path.realpath(saved) == os.path.realpath(snapshot):
        raise click.UsageError(
            f"{saved} is named by --snapshot and by --save-plan: the plan would overwrite the snapshot."
        )


def _conclude(view: View) -> None:
    """Say what is wrong with a plan, and what apply will make of it."""
    from badgeops.commands.shared.console import CONSOLE

    CONSOLE.diagnostics(view.plan.problems)
    for message in view.stops:
        CONSOLE.advice(f"Apply will stop here: {message}")
    if view.plan.errors:
        CONSOLE.note("This plan cannot be applied as it stands.")
