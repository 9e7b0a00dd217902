"""`badgeops doctor`: is everything there that plan and apply need?"""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import options


@click.command(short_help="Check settings, credentials, server and state.")
@options.catalog_argument()
@options.environment_option
@options.allow_http_option
@options.verbose_option
def doctor(**parameters: Any) -> int:
    """Check everything that plan and apply need, and explain what is missing. Changes nothing.

    It looks at the catalog, the settings, the credentials, the server and what the account may do there, the issuers'
    e-mail addresses, and the state. CATALOG is the folder that holds badgeops.yaml. Exit status: 0 all is well,
    1 something must be fixed.
    """
    from dataclasses import replace

    from badgeops.app.check_setup import check_setup
    from badgeops.app.requests import ServerRequest
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.text.checks import Verdict, render

    failed = False
    for check in check_setup(ServerRequest(**parameters), CONSOLE):
        CONSOLE.result(render(replace(check, advice=CONSOLE.completed(check.advice)), CONSOLE.result_style))
        failed |= check.verdict is Verdict.BAD
    CONSOLE.result("Something must be fixed: see above.\n" if failed else "All is well.\n")
    return 1 if failed else 0
