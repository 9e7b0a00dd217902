"""`badgeops plan`: what would change on the server. Reads only."""

from __future__ import annotations

import re

import click

from badgeops.commands.shared import options
from badgeops.commands.shared.outputs import PLAN_FORMATS, Output, output_options


def _https(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Refuse an address that would show no picture."""
    if value and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/%+,:-]*)?", value):
        raise click.BadParameter(f"{value!r} is no https address of a folder, such as https://github.com/o/r/raw/main.")
    return value


ACTIONS = ("create", "update", "delete", "archive", "forget", "adopt")


@click.command(short_help="Show what would change on the server.")
@options.catalog_argument
@options.connection_options
@output_options(PLAN_FORMATS)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where there are changes, 0 where there are none.")
@click.option("--show-unmanaged", is_flag=True, help="List what the account has on the server beyond this catalog.")
@click.option("--summary", is_flag=True, help="One line for each change, and no fields. For text, markdown and github.")
@click.option(
    "--only",
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
    help="The longest that markdown may be. What is risky is left out last.",
)
@click.option(
    "--image-base",
    default="",
    metavar="URL",
    callback=_https,
    help="Where the files of the repository can be seen, for markdown: it then shows new pictures beside old ones.",
)
@options.allow_duplicate_name_option
@options.allow_protected_option
@options.allow_meaning_change_option
@click.option(
    "--out", metavar="FILE", help="Save the plan as JSON, for `apply --plan` to do exactly that. It holds no secret."
)
@click.option(
    "--against",
    metavar="FILE",
    help="Plan against what `badgeops snapshot` recorded, without credentials and without a network.",
)
def plan(
    catalog: str,
    environment: str | None,
    allow_http: bool,
    parallelism: int,
    format_: str,
    outputs: tuple[Output, ...],
    detailed_exitcode: bool,
    show_unmanaged: bool,
    summary: bool,
    only: tuple[str, ...],
    max_bytes: int,
    image_base: str,
    allow_duplicate_name: bool,
    allow_protected: tuple[str, ...],
    allow_meaning_change: tuple[str, ...],
    out: str | None,
    against: str | None,
) -> int:
    """Show what `badgeops apply` would do. Sends nothing but GET requests, takes no lock, changes nothing.

    CATALOG is the folder that holds badgeops.yaml.
    """
    import os
    import shlex
    from dataclasses import replace

    from badgeops.app.make_plan import addresses, command_line, make_plan, plan_against
    from badgeops.app.reviewed_apply import save
    from badgeops.app.workspace import no_collection, open_workspace
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.outputs import check_out, deliver, spare_inputs, where
    from badgeops.files import read_picture
    from badgeops.plan import Action
    from badgeops.planner import Options
    from badgeops.render.view import View
    from badgeops.risk import brakes

    check_out(out, outputs)
    spare_inputs(catalog, out, *(output.path for output in outputs))
    if out and against and os.path.realpath(out) == os.path.realpath(against):
        raise click.UsageError(f"{out} is named by --against and by --out: the plan would overwrite the snapshot.")
    allowed = Options(
        allow_duplicate_name=allow_duplicate_name,
        allow_protected=addresses(allow_protected),
        allow_meaning_change=addresses(allow_meaning_change),
    )
    with no_collection():
        workspace = open_workspace(CONSOLE, catalog, environment, allow_http=allow_http)
        state = workspace.ledger.load()
        if against is not None:
            planned = plan_against(workspace, state, against, allowed)
        else:
            with workspace.client() as client:
                planned = make_plan(workspace, state, client, allowed, parallelism=parallelism)
    flags = [f"--allow-protected={address}" for address in allow_protected]
    flags += [f"--allow-meaning-change={address}" for address in allow_meaning_change]
    flags += ["--allow-duplicate-name"] if allow_duplicate_name else []
    made = replace(planned.plan, allowed=tuple(sorted(flags)))
    stops = brakes(made, workspace.settings.limits)
    # What was allowed to a saved plan stands in it.
    flags = [f"--plan={shlex.quote(out)}"] if out is not None else flags
    flags += ["--allow-http"] if allow_http else []
    view = View(
        made,
        planned.header(),
        next_command="" if stops else command_line("apply", catalog, environment, *flags),
        stops=tuple(stops),
        show_unmanaged=show_unmanaged,
        catalog=workspace.catalog,
        pictures=read_picture,
        summary=summary,
        only=frozenset(action for action in Action if action.word in only),
        max_bytes=max_bytes,
        image_base=image_base,
        where=where(),
    )
    status = 1 if made.errors else 2 if detailed_exitcode and not made.is_empty else 0
    deliver(PLAN_FORMATS, format_, outputs, view)
    if "github" in (format_, *(output.format for output in outputs)):
        from badgeops.commands.shared import github

        github.report_plan(view, status, os.environ)
    save(CONSOLE, made, out)
    CONSOLE.diagnostics(made.problems)
    for message in stops:
        CONSOLE.advice(f"apply will stop here: {message}")
    if made.errors:
        CONSOLE.note("This plan cannot be applied as it stands.")
    return status
