"""`badgeops fmt`: the same YAML in its canonical spelling."""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import completion


@click.command(short_help="Format the YAML files of a catalog.")
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=completion.Place("file"))
@click.option(
    "--catalog",
    metavar="FOLDER",
    type=completion.Place("dir"),
    help="The folder that holds badgeops.yaml. PATHS must lie in it; without PATHS, all of it is formatted.",
)
@click.option(
    "--check", "is_check", is_flag=True, help="Write nothing; list the files that are not formatted, and exit with 1."
)
@click.option("--diff", "is_diff", is_flag=True, help="Write nothing; show what would change.")
def fmt(**parameters: Any) -> int:
    """Order, indent and quote the YAML files of a catalog the same way everywhere. Comments stay where they belong.

    PATHS are catalogs, folders in them or single files (default: the catalog in the current folder). Files
    outside a catalog, and those that .badgeopsignore names, are left alone. badgeops never changes the meaning of a
    file: if it cannot promise that, it leaves the file as it is and says so. Exit status: 0 all is formatted, 1 it is
    not (--check) or a file cannot be.
    """
    from badgeops.app.format_files import FormatRequest, format_files
    from badgeops.commands.shared.console import CONSOLE

    return format_files(FormatRequest(**parameters), CONSOLE)
