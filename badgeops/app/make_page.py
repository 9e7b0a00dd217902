"""`badgeops preview`: the catalog as people will see it, as a page in a file. Offline."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from pathlib import Path

from badgeops.app.collection import no_collection
from badgeops.app.folders import keep_out_of_git
from badgeops.app.reporting import Reporter
from badgeops.app.requests import Request
from badgeops.app.results import write_whole
from badgeops.app.workspace import Workspace, open_workspace
from badgeops.catalog.referenced_files import read_image
from badgeops.render.html import catalog as catalog_page
from badgeops.render.html.catalog import Showcase

STDOUT = Path("-")


@dataclass(frozen=True, kw_only=True)
class PreviewRequest(Request):
    """What `badgeops preview` is asked for."""

    out: Path | None = None
    """The file to write; None for one in the catalog's own folder of badgeops."""
    serve: bool = False
    port: int = 8765
    """Of the server; 0 takes a free one."""
    opens: bool = False
    """Show the page in the browser."""


def make_page(request: PreviewRequest, reporter: Reporter) -> None:
    """Write the page to a file, or say it."""
    workspace = open_workspace(request, reporter)
    page = page_of(workspace, reporter)
    reporter.diagnostics(workspace.warnings)
    if request.out == STDOUT:
        reporter.result(page)
        return
    out = request.out if request.out is not None else _own_place(workspace)
    write_whole(out, page)
    reporter.done(f"{out}\n")
    if request.opens:
        show(out.resolve().as_uri(), reporter)


def page_of(workspace: Workspace, reporter: Reporter) -> str:
    """Return the page of a catalog, images and all."""
    catalog, environment = workspace.catalog, workspace.settings.environment
    with reporter.counted("drawing cards", len(catalog.badge_classes)) as seen, no_collection():
        return catalog_page.show(
            Showcase(catalog, environment, workspace.warnings, workspace.settings.shown, read_image, seen=seen)
        )


def show(address: str, reporter: Reporter) -> None:
    """Show a page in the browser."""
    if not webbrowser.open(address):
        reporter.note("No browser could be opened.")


def _own_place(workspace: Workspace) -> Path:
    folder = workspace.settings.work_folder
    keep_out_of_git(folder)
    return folder / "preview.html"
