"""`badgeops preview`: the catalog as people will see it, as a page. Offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from badgeops.commands.shared import options


@click.command(short_help="Show a catalog as people will see it, as a page.")
@options.catalog_argument()
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
def preview(**parameters: Any) -> int:
    """Make a page with a card for each badge class: image, criteria, alignments, tags, expiry, issuer.

    It works offline and needs no credentials. The page is one file that contains everything: it loads nothing, and
    runs nothing but its own filter.

    CATALOG is the folder that holds badgeops.yaml.
    """
    from badgeops.app.make_page import PreviewRequest, make_page
    from badgeops.app.results import refuse_to_overwrite_inputs
    from badgeops.commands.shared.console import CONSOLE

    request = PreviewRequest(**parameters)
    if request.serve and request.out is not None:
        raise click.UsageError("Pass --serve or --out, not both: a page is served or written.")
    if request.serve:
        from badgeops.app.serve_page import serve_page

        return serve_page(request, CONSOLE)
    refuse_to_overwrite_inputs(request.catalog, request.out)
    make_page(request, CONSOLE)
    return 0
