"""`badgeops doctor`: is everything there that plan and apply need? And `--probe`: what are a server's ways?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from badgeops.commands.shared import options

if TYPE_CHECKING:
    from badgeops.app.requests import ServerRequest


@click.command(short_help="Check settings, credentials, server and state.")
@options.catalog_argument()
@options.environment_option
@options.allow_http_option
@options.verbose_option
@click.option(
    "--probe",
    is_flag=False,
    flag_value="",
    metavar="[ADDRESS]",
    help="Ask the server what its documentation leaves open: make one badge class, try with it, and delete it again. "
    "Asks first. ADDRESS is the server's, in full; parchment-test, parchment-demo, the sandbox and this computer need "
    "none.",
)
@click.option("--issuer", metavar="ID|NAME", help="With --probe: the issuer to make the badge class under.")
@click.option("--out", metavar="FILE", help="With --probe: the file for the answers.  [default: badgeops-probe.json]")
@options.auto_approve_option
def doctor(**parameters: Any) -> int:
    """Check everything that plan and apply need, and explain what is missing. Changes nothing, unless with --probe.

    It looks at the catalog, the settings, the credentials, the server and what the account may do there, the issuers'
    e-mail addresses, and the state. If documents have errors, it says so and checks the rest. CATALOG is the folder
    that holds badgeops.yaml. Exit status: 0 all is well, 1 something must be fixed.

    With --probe it finds out the server's ways instead, and writes them to a file that can be sent in: what an update
    does to what it leaves out, which members can be written, what a deletion does. See docs/servers.md.
    """
    from badgeops.app.probe import ProbeRequest, probe
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.commands.shared.outputs import check_out

    request = ProbeRequest(**parameters)
    if request.probe is not None:
        check_out("--out", request.out)
        return probe(request, CONSOLE)
    if request.issuer is not None or request.out is not None or request.auto_approve:
        raise click.UsageError("--issuer, --out and --auto-approve belong to --probe.")
    return _check(request)


def _check(request: ServerRequest) -> int:
    from dataclasses import replace

    from badgeops.app.check_setup import check_setup
    from badgeops.commands.shared.console import CONSOLE
    from badgeops.render.text.checks import Verdict, render

    failed = False
    for check in check_setup(request, CONSOLE):
        CONSOLE.result(render(replace(check, advice=CONSOLE.completed(check.advice)), CONSOLE.result_style))
        failed |= check.verdict is Verdict.BAD
    CONSOLE.result("Something must be fixed: see above.\n" if failed else "All is well.\n")
    return 1 if failed else 0
