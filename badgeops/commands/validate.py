"""`badgeops validate`: everything that is wrong with a catalog, at once and offline."""

from __future__ import annotations

import click

from badgeops.commands import options


@click.command(short_help="Check a catalog, offline.")
@options.catalog_argument
@options.environment_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def validate(catalog: str, environment: str | None, format_: str) -> int:
    """Check a catalog and report every problem at once. Works offline.

    CATALOG is the folder that holds badgeops.yaml. Exit status: 0 no errors (there may be warnings), 1 errors.
    """
    import sys

    from badgeops.commands.console import CONSOLE, width
    from badgeops.commands.workspace import check
    from badgeops.errors import has_errors
    from badgeops.render import diagnostics as renderer

    found = check(catalog, environment)
    if format_ == "json":
        CONSOLE.result(renderer.to_json(found))
    elif found:
        CONSOLE.result(renderer.text(found, color=CONSOLE.style(sys.stdout).color, width=width()))
    else:
        CONSOLE.result("The catalog is valid.\n")
    return 1 if has_errors(found) else 0
