"""`badgeops plan`: what would change on the server. Reads only."""

from __future__ import annotations

import click

from badgeops.commands import options
from badgeops.commands.outputs import PLAN_FORMATS, Output, output_options


@click.command(short_help="Show what would change on the server.")
@options.catalog_argument
@options.connection_options
@output_options(PLAN_FORMATS)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where there are changes, 0 where there are none.")
@click.option("--show-unmanaged", is_flag=True, help="List what the account has on the server beyond this catalog.")
@options.allow_duplicate_name_option
@options.allow_protected_option
@options.allow_meaning_change_option
def plan(
    catalog: str,
    environment: str | None,
    allow_http: bool,
    parallelism: int,
    format_: str,
    outputs: tuple[Output, ...],
    detailed_exitcode: bool,
    show_unmanaged: bool,
    allow_duplicate_name: bool,
    allow_protected: tuple[str, ...],
    allow_meaning_change: tuple[str, ...],
) -> int:
    """Show what `badgeops apply` would do. Sends nothing but GET requests, takes no lock, changes nothing.

    CATALOG is the folder that holds badgeops.yaml.
    """
    import sys
    from dataclasses import replace

    from badgeops.commands.console import CONSOLE
    from badgeops.commands.outputs import renderer, write_files
    from badgeops.commands.planning import addresses, command_line, make_plan
    from badgeops.commands.workspace import no_collection, open_workspace
    from badgeops.planner import Options
    from badgeops.render.view import View
    from badgeops.risk import brakes

    allowed = Options(
        allow_duplicate_name=allow_duplicate_name,
        allow_protected=addresses(allow_protected),
        allow_meaning_change=addresses(allow_meaning_change),
    )
    with no_collection():
        workspace = open_workspace(CONSOLE, catalog, environment, allow_http=allow_http)
        state = workspace.ledger.load()
        with workspace.client() as client:
            planned = make_plan(workspace, state, client, allowed, parallelism=parallelism)
    made = planned.plan
    stops = brakes(made, workspace.settings.limits)
    flags = [f"--allow-protected={address}" for address in allow_protected]
    flags += [f"--allow-meaning-change={address}" for address in allow_meaning_change]
    flags += ["--allow-duplicate-name"] if allow_duplicate_name else []
    flags += ["--allow-http"] if allow_http else []
    view = View(
        made,
        planned.header(),
        next_command="" if stops else command_line("apply", catalog, environment, *flags),
        stops=tuple(stops),
        show_unmanaged=show_unmanaged,
    )
    write_files(PLAN_FORMATS, outputs, view)
    CONSOLE.result(renderer(PLAN_FORMATS, format_)(replace(view, style=CONSOLE.style(sys.stdout))))
    CONSOLE.diagnostics(made.problems)
    for message in stops:
        CONSOLE.advice(f"apply will stop here: {message}")
    if made.errors:
        CONSOLE.note("This plan cannot be applied as it stands.")
        return 1
    return 2 if detailed_exitcode and not made.is_empty else 0
