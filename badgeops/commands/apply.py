"""`badgeops apply`: make the server what the catalog says."""

from __future__ import annotations

from typing import Any

import click

from badgeops.commands.shared import options
from badgeops.commands.shared.allow import allow_option
from badgeops.commands.shared.former import renamed_option


@click.command(short_help="Change the server to match the catalog.")
@options.catalog_argument()
@options.connection_options
@options.auto_approve_option
@options.lock_timeout_option
@allow_option()
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE",
    help="Do what a plan saved with `plan --save-plan` says, and nothing else. It counts as approval: nobody is asked.",
)
@renamed_option(
    "--expect-digest",
    before="--expect",
    metavar="DIGEST",
    help="Apply only if the plan has this digest, or that of this saved plan. It counts as approval: nobody is asked.",
)
def apply(**parameters: Any) -> int:
    """Plan, show the plan, ask, and carry it out.

    CATALOG is the folder that holds badgeops.yaml. A change that fails stops only those that depend on it. badgeops
    records everything that it does, and does nothing twice. Exit status: 0 all done, 1 something was not, 130
    interrupted.
    """
    from badgeops.app import reviewed_apply
    from badgeops.commands.shared.console import CONSOLE

    request = reviewed_apply.ApplyRequest(**parameters)
    if request.plan_file is not None and request.expect_digest is not None:
        raise click.UsageError("Pass --plan or --expect-digest, not both: a saved plan already says what is expected.")
    return reviewed_apply.apply(request, CONSOLE)
