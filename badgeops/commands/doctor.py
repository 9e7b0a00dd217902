"""`badgeops doctor`: is everything there that plan and apply need? And `--probe`: what are a server's ways?"""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import options


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
    e-mail addresses, and the state. CATALOG is the folder that holds badgeops.yaml. Exit status: 0 all is well,
    1 something must be fixed.

    With --probe it finds out the server's ways instead, and writes them to a file that can be sent in: what an update
    does to what it leaves out, which members can be written, what a deletion does. See docs/servers.md.
    """
    from badgeops.commands.shared.console import CONSOLE

    probe, issuer, out, auto_approve = (parameters.pop(name) for name in ("probe", "issuer", "out", "auto_approve"))
    if probe is None:
        if issuer is not None or out is not None or auto_approve:
            raise click.UsageError("--issuer, --out and --auto-approve belong to --probe.")
        return _check(parameters)
    from badgeops.app.probe import ProbeRequest, probe as ask
    from badgeops.commands.shared.outputs import check_out

    check_out("--out", out)
    request = ProbeRequest(probe=probe, issuer=issuer, out=out, auto_approve=auto_approve, **parameters)
    return ask(request, CONSOLE)


def _check(parameters: dict[str, Any]) -> int:
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
