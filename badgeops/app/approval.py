"""What an apply was approved to do: `apply --plan` and `--expect-digest`."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from badgeops.app.carry_out import show
from badgeops.app.make_plan import Planned
from badgeops.app.reporting import Reporter
from badgeops.app.saved_plans import empty, read_plan, remembered
from badgeops.errors import PlanError
from badgeops.planning.planner import Options
from badgeops.render.text import reviewed_text
from badgeops.review import compare_plans, saved_plan
from badgeops.review.saved_plan import SavedPlan
from badgeops.settings import Settings
from badgeops.state.record import State


@dataclass(frozen=True)
class Approval:
    """What an apply was approved to do."""

    saved: SavedPlan | None = None
    """The plan of `--plan`, of which no more than it says is done."""
    expected: str = ""
    """The digest of `--expect-digest`, which the new plan must have."""
    reviewed: SavedPlan | None = None
    """The plan that has this digest, where it is at hand."""

    @property
    def is_given(self) -> bool:
        """Nobody needs to be asked any more."""
        return self.saved is not None or bool(self.expected)

    def check_place(self, settings: Settings) -> None:
        """Raise PlanError where the saved plan was made for something else than what it is to be applied to."""
        if self.saved is not None:
            compare_plans.check(
                self.saved,
                catalog=settings.catalog,
                environment=settings.environment,
                server=settings.server.identity,
            )

    def check_state(self, state: State) -> None:
        """Raise PlanError where the saved plan was made from another state, or from a newer one than this."""
        if self.saved is not None:
            compare_plans.check_state(self.saved, state)

    def with_own(self, options: Options) -> Options:
        """Return what the command line asks for, with what was allowed to the saved plan when it was made."""
        return options if self.saved is None else replace(options, allowed=options.allowed | self.saved.allowed)

    def insist_on(self, planned: Planned, reporter: Reporter, *, is_unfinished: bool) -> None:
        """Raise PlanError where a digest is expected and a new plan has another one, after showing how they differ."""
        plan = planned.plan
        if not self.expected or plan.digest == self.expected:
            return
        if self.reviewed is not None:
            differences = compare_plans.differences(self.reviewed, plan)
            reporter.result(reviewed_text.differences(differences, reporter.result_style.width))
        else:
            show(reporter, planned)
        at_hand = (
            "" if self.reviewed is not None else " The new plan stands above; badgeops does not have the reviewed one."
        )
        unfinished = "An apply was interrupted and may have done a part of the plan. " if is_unfinished else ""
        raise PlanError(
            f"The plan has changed since the review: expected {self.expected}, got {plan.digest}. "
            f"Nothing was changed.{at_hand}",
            hint=f"{unfinished}Make a new plan and have it reviewed:\n  badgeops plan --save-plan plan.json",
        )


def read_approval(plan_file: str | None, expect: str | None) -> Approval:
    """Read what `--plan` or `--expect-digest` names. An error for whatever is not whole: nothing is applied then."""
    if plan_file is not None:
        return Approval(saved=read_plan(plan_file, "--plan"))
    if expect is None:
        return Approval()
    if saved_plan.is_digest(expect):
        return Approval(expected=expect, reviewed=remembered(expect))
    if expect and os.path.lexists(expect):
        saved = read_plan(expect, "--expect-digest")
        return Approval(expected=saved.digest, reviewed=saved)
    if not expect:
        raise empty("--expect-digest")
    raise PlanError(
        f"--expect-digest takes the digest of a plan, or the file of a saved plan; {expect!r} is neither. Nothing was "
        "changed.",
        hint="A digest is sha256: and 64 digits from 0 to f; `badgeops plan --format json` has it as `digest`.",
    )
