"""Showing, asking and carrying out, as `apply` and `destroy` share it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from badgeops.api.client import Client
from badgeops.app.make_plan import Planned, make_plan
from badgeops.app.reporting import Reporter
from badgeops.app.requests import RefreshRequest
from badgeops.app.workspace import Workspace
from badgeops.applying import run as applier
from badgeops.applying.result import Result
from badgeops.applying.run import Stop
from badgeops.applying.throttle import Throttle
from badgeops.applying.writes import Writer, patience
from badgeops.catalog.referenced_files import reread_image
from badgeops.errors import OutputError, PlanError
from badgeops.model.address import Address
from badgeops.planning.plan import Plan
from badgeops.planning.planner import Options
from badgeops.planning.remedies import needed
from badgeops.planning.served_images import known_until
from badgeops.render.text import plan_text, result_text
from badgeops.state.journal import Journal


@dataclass(frozen=True)
class Job:
    """A command that writes, with all that it has open: it holds the lock, and state and journal are read."""

    operation: str
    """ "apply" or "destroy"."""
    request: RefreshRequest
    workspace: Workspace
    journal: Journal
    client: Client

    @property
    def reporter(self) -> Reporter:
        """Who says what is done."""
        return self.workspace.reporter

    def plan(self, options: Options) -> Planned:
        """Read the server and plan against it."""
        parallelism = self.request.parallelism
        return make_plan(self.workspace, self.journal.state, self.client, options, parallelism=parallelism)


def show(reporter: Reporter, planned: Planned) -> None:
    """Print the plan that is about to be carried out, and what there is to say about it.

    Where nobody can read it, it is not carried out.
    """
    try:
        style = reporter.result_style
        reporter.result(plan_text.opening(planned.header(), style) + "\n")
        reporter.result(plan_text.render(planned.plan, style))
    except OutputError as error:
        raise OutputError(
            f"{error.message} Nothing was changed.",
            hint="badgeops carries out no plan that it could not show. Redirect the output to a file, or to /dev/null.",
        ) from error
    reporter.diagnostics(planned.plan.problems)


def wait_for_late_writes(reporter: Reporter, addresses: list[Address]) -> None:
    """Give the server time for requests that a killed run has left with it.

    Else a creation would be sent again, and an update come down on ours, whose image would then be another one.
    """
    others = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    reporter.advice(
        f"An earlier run was interrupted, and the server may still be working on its requests: {addresses[0]}{others}. "
        f"Looking again in {patience():.3g} seconds."
    )
    time.sleep(patience())


def refuse_if_blocked(plan: Plan, messages: list[str], also: str = "") -> None:
    """Stop before anything is sent where the plan has errors or the brakes hold; say all that is needed at once.

    `also` is what else would stop it once that is mended.
    """
    advice = [*(["Each error says what to do."] if plan.errors else []), *([also] if also else [])]
    flags = needed(plan, messages).options
    if len(flags) > 1:
        advice.append(f"If you mean all of it, add:\n  {' '.join(flags)}")
    if plan.errors:
        said = ["The plan cannot be applied: see the errors above. Nothing was changed.", *messages]
        raise PlanError("\n".join(said), hint=" ".join(advice))
    if messages:
        raise PlanError("\n".join(messages), hint=" ".join(["Nothing was changed.", *advice]))


def carry_out(job: Job, planned: Planned) -> Result:
    """Apply the plan, showing progress; Ctrl-C once finishes what is in flight, twice stops at once."""
    reporter, journal, plan = job.reporter, job.journal, planned.plan
    before, stop = journal.state, Stop()

    def may_repeat() -> bool:
        journal.check()
        return not stop.is_requested

    throttle = Throttle(job.request.parallelism)
    writer = Writer(job.client, journal.state, reread_image, seen=plan.seen, throttle=throttle, may_repeat=may_repeat)
    writer.keep = job.workspace.keeper.keep
    journal.images_until = lambda after: known_until(
        before, after, planned.snapshot.images, is_needed=writer.identifies_images
    )
    with _signals(stop, reporter), reporter.observer(len(plan.changes)) as watching:
        result = applier.apply(
            plan,
            writer,
            journal,
            watching,
            stop,
            parallelism=job.request.parallelism,
            operation=job.operation,
            now=job.client.now,
        )
    if stop.is_immediate:
        reporter.advice(
            "Stopped at once. The state records the requests under way as pending; the next run finds out what "
            "became of them."
        )
        # Threads that still wait for the server would keep the process from ending.
        reporter.leave(130)
    return result


def report(job: Job, plan: Plan, result: Result) -> int:
    """Print what became of the plan and return the exit status."""
    following = job.request.next_command(job.operation, *job.request.given_again)
    width = job.reporter.result_style.width
    job.reporter.done(result_text.render(result, total=len(plan.changes), next_command=following, width=width))
    job.workspace.remind_to_commit()
    return exit_status(result)


def exit_status(result: Result) -> int:
    """Return 130 for a result that was interrupted, 1 where something was not done, and 0 otherwise."""
    if result.interrupted:
        return 130
    return 0 if result.is_success else 1


@contextmanager
def _signals(stop: Stop, reporter: Reporter) -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and SIGHUP into a wish to stop, for the length of a block."""
    hang_up, hang_ups = getattr(signal, "SIGHUP", None), 0

    def handle(number: int, _frame: object) -> None:
        nonlocal hang_ups
        hang_ups += number == hang_up
        if number == hang_up and hang_ups > 1:
            return  # the kernel and the shell both tell of the same terminal that it was closed
        stop.request()
        if stop.requests > 2:
            os._exit(130)  # whoever should read our last words does not; the journal has all that was done
        # Python refuses to write while it is being interrupted in the middle of writing.
        with suppress(RuntimeError):
            if stop.requests == 1:
                reporter.note("Stopping after the requests under way. Press Ctrl-C again to stop at once.")

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:  # as `nohup` wishes
        numbers.append(hang_up)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
