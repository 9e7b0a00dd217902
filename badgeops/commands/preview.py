"""`badgeops preview`: the catalog as people will see it, as a page. Offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from badgeops.commands.shared import options

if TYPE_CHECKING:
    from badgeops.app.workspace import Workspace


@click.command(short_help="Show a catalog as people will see it, as a page.")
@options.catalog_argument
@options.environment_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write the page (default: .badgeops/preview.html in the catalog). - is stdout.",
)
@click.option("--serve", is_flag=True, help="Serve it on this computer instead, fresh at each reload, until Ctrl-C.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="With --serve; 0 takes a free one."
)
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
def preview(catalog: str, environment: str | None, out: Path | None, serve: bool, port: int, opens: bool) -> int:
    """Make a page with a card for each badge class: image, criteria, alignments, tags, expiry, issuer.

    Works offline and needs no credentials. The file is whole in itself: it loads nothing, and nothing in it runs but
    its own filter.

    CATALOG is the folder that holds badgeops.yaml.
    """
    import webbrowser

    from badgeops.app.serve_page import page_of, serve_pages
    from badgeops.app.workspace import keep_out_of_git, open_workspace
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.outputs import spare_inputs, write_whole

    if serve and out is not None:
        raise click.UsageError("--serve and --out exclude each other: a page is served or written.")
    if serve:
        return serve_pages(CONSOLE, catalog, environment, port, opens=opens)
    spare_inputs(catalog, out)
    workspace = open_workspace(CONSOLE, catalog, environment)
    page = page_of(workspace, CONSOLE)
    CONSOLE.diagnostics(workspace.warnings)
    if out is not None and str(out) == "-":
        CONSOLE.result(page)
        return 0
    if out is None:
        keep_out_of_git(workspace.settings.work_folder)
        out = _default(workspace)
    write_whole(out, page)
    CONSOLE.result(f"{out}\n")
    if opens and not webbrowser.open(out.resolve().as_uri()):
        CONSOLE.note("No browser could be opened.")
    return 0


def _default(workspace: Workspace) -> Path:
    return workspace.settings.work_folder / "preview.html"
