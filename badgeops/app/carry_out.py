"""Showing, asking and carrying out, as `apply` and `destroy` share it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import click

from badgeops import apply as applier
from badgeops.app.make_plan import Planned, command_line
from badgeops.app.workspace import Workspace
from badgeops.apply import Stop
from badgeops.client import Client
from badgeops.commands.shared.console import Console, is_terminal
from badgeops.commands.shared.progress import observer
from badgeops.errors import PlanError
from badgeops.images import MAX_BYTES
from badgeops.ledger import Ledger
from badgeops.model.address import Address
from badgeops.plan import Plan
from badgeops.render import plan_text, result_text
from badgeops.render.plain import printable
from badgeops.result import Result
from badgeops.safe_files.reading import read_regular
from badgeops.writes import Writer, patience


@dataclass(frozen=True)
class Run:
    """What a writing command was asked for."""

    name: str
    """ "apply" or "destroy"."""
    catalog: str
    environment: str | None
    parallelism: int


def show(console: Console, planned: Planned) -> None:
    """Print the plan that is about to be carried out, and what there is to say about it."""
    console.result(planned.header() + "\n")
    console.result(plan_text.render(planned.plan, console.style(sys.stdout)))
    console.diagnostics(planned.plan.problems)


def wait_for_late_writes(console: Console, addresses: list[Address]) -> None:
    """Give the server time for requests that a killed run has left with it.

    Else a creation would be sent again, and an update come down on ours, whose picture would then be another one.
    """
    others = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    console.advice(
        "An earlier run was cut short, and the server may still be at what it asked for: "
        f"{addresses[0]}{others}. Looking again in {patience():.3g} seconds."
    )
    time.sleep(patience())


def refuse_if_blocked(plan: Plan, messages: list[str]) -> None:
    """Stop before anything is sent where the plan has errors or the brakes hold."""
    if plan.errors:
        raise PlanError(
            "The plan cannot be applied: see the errors above. Nothing was changed.",
            hint="Each of them says what to do.",
        )
    if messages:
        raise PlanError("\n".join(messages), hint="Nothing was changed.")


def confirm(question: str, *, auto_approve: bool) -> None:
    """Ask on a terminal; elsewhere insist on --auto-approve."""
    if auto_approve:
        return
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise PlanError(
            "There is nobody to ask: this is no terminal. Nothing was changed.",
            hint="When the plan has been reviewed, run it with --auto-approve.",
        )
    answer = click.prompt(f"{printable(question)} Only “yes” will do", default="", show_default=False, err=True)
    if answer != "yes":
        raise PlanError("Not confirmed. Nothing was changed.")


def carry_out(workspace: Workspace, client: Client, ledger: Ledger, plan: Plan, run: Run) -> Result:
    """Apply the plan, showing progress; Ctrl-C once finishes what is in flight, twice stops at once."""
    console = workspace.console
    writer = Writer(client, ledger.state, lambda image: read_regular(str(image.path), MAX_BYTES))
    stop = Stop()
    with _signals(stop, console), observer(console, len(plan.changes)) as watching:
        result = applier.apply(plan, writer, ledger, watching, stop, parallelism=run.parallelism, operation=run.name)
    if stop.is_immediate:
        console.note("Stopped at once. What was under way is recorded as pending; the next run finds out about it.")
        # Threads that still wait for the server would keep the process from ending.
        sys.stdout.flush()
        os._exit(130)
    return result


def report(workspace: Workspace, plan: Plan, result: Result, run: Run) -> int:
    """Print what became of the plan and return the exit status."""
    following = command_line(run.name, run.catalog, run.environment)
    workspace.console.result(result_text.render(result, total=len(plan.changes), next_command=following))
    workspace.remind_to_commit()
    if result.interrupted:
        return 130
    return 0 if result.is_success else 1


@contextmanager
def _signals(stop: Stop, console: Console) -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into a wish to stop, for the length of a block."""

    def handle(_number: int, _frame: object) -> None:
        stop.request()
        if stop.requests > 2:
            os._exit(130)  # whoever should read our last words does not; the journal has all that was done
        # Python refuses to write while it is being interrupted in the middle of writing.
        with suppress(RuntimeError):
            if stop.requests == 1:
                console.note("Stopping: what is under way will be finished. Press Ctrl-C again to stop at once.")

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
