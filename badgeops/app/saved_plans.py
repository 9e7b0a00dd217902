"""Plans that outlive their run: written to a file or kept by their digest, and read again."""

from __future__ import annotations

from badgeops.app.folders import cache_folder
from badgeops.app.reporting import Reporter
from badgeops.app.results import write_result
from badgeops.errors import PlanError
from badgeops.planning.plan import Plan
from badgeops.render.machine import plan_json
from badgeops.render.plain import printable
from badgeops.review import saved_plan
from badgeops.review.recent_plans import MOST_CHANGES, Plans
from badgeops.review.saved_plan import SavedPlan
from badgeops.safe_files.reading import read_regular

_MOST_BYTES = 512 * 1024 * 1024


def save(plan: Plan, out: str | None, reporter: Reporter) -> None:
    """Keep a plan by its digest, and write it to a file where one is named; SettingsError if that cannot be done."""
    is_small = len(plan.changes) + len(plan.unmanaged) <= MOST_CHANGES
    if out is None and not is_small:
        return
    text = plan_json.render(plan)
    if is_small and not reporter.holds_secret(text):
        Plans(cache_folder()).put(plan.digest, text)
    if out is not None:
        write_result(out, text, "plan", reporter)


def tell(plan: Plan, out: str | None, reporter: Reporter) -> None:
    """Say where a plan was saved, and what identifies it."""
    if out is not None:
        reporter.note(f"Saved as {printable(out)}; the digest is {plan.digest}.")


def read_plan(name: str, option: str) -> SavedPlan:
    """Read a saved plan that this option names; PlanError where that cannot be done."""
    if not name:
        raise empty(option)
    try:
        text = read_regular(name, _MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise PlanError(
            f"The plan {name} cannot be read: {error.strerror or error}. Nothing was changed.",
            hint="`badgeops plan --save-plan FILE` writes one.",
        ) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise PlanError(f"{name} is not a plan: it is not UTF-8 text. Nothing was changed.") from error
    return saved_plan.loads(text, name=name)


def empty(option: str) -> PlanError:
    """Return the error of an option that should name a plan, and names none."""
    return PlanError(
        f"{option} is empty. Nothing was changed.",
        hint="Perhaps the variable that should contain it is not set. Without a reviewed plan, leave the option out.",
    )


def remembered(digest: str) -> SavedPlan | None:
    """Return a plan of the last ones by its digest; None where it is not at hand, or not what it is kept as."""
    text = Plans(cache_folder()).get(digest)
    if text is None:
        return None
    try:
        found = saved_plan.loads(text, name="the plan as it was reviewed")
    except PlanError:
        return None
    return found if found.digest == digest else None
