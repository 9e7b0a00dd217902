"""`badgeops explain`: what the name of a rule or of an error means."""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import options


@click.command(short_help="Explain a rule or an error.")
@click.argument("name", required=False)
@options.catalog_option
def explain(**parameters: Any) -> int:
    """Explain NAME: what is wrong, why it matters, and what to do. It works offline.

    NAME is what stands behind a problem or an error, such as image-not-square or state-locked. Without it, badgeops
    lists all names.
    """
    from badgeops.app.explain_name import ExplainRequest, explain_name
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.text import rule_text

    request = ExplainRequest(**parameters)
    found = explain_name(request)
    CONSOLE.result(rule_text.show_all(found) if request.name is None else rule_text.show(found[0]))
    return 0
