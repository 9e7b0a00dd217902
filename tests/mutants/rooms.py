"""Which modules are tried, and which tests stand near each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

ROOMS: dict[tuple[str, ...], tuple[str, ...]] = {
    (
        "planning/compare",
        "planning/planner",
        "planning/refusals",
        "planning/plan",
        "planning/differences",
        "planning/account",
        "planning/refresh",
        "planning/adopt",
        "planning/impact",
        "planning/risk",
    ): (
        "planning/test_compare.py",
        "planning/test_planner.py",
        "planning/test_refusals.py",
        "planning/test_plan.py",
        "planning/test_digests.py",
        "planning/test_differences.py",
        "planning/test_handover.py",
        "planning/test_own_images.py",
        "planning/test_refresh.py",
        "planning/test_in_parallel.py",
        "planning/test_served_images.py",
        "planning/test_adopt.py",
        "planning/test_newcomers.py",
        "planning/test_impact.py",
        "planning/test_risk.py",
        "test_plan_cases.py",
    ),
    ("planning/handover",): ("planning/test_handover.py",),
    ("planning/own_images",): ("planning/test_own_images.py",),
    ("planning/in_parallel",): ("planning/test_in_parallel.py",),
    ("planning/served_images",): ("planning/test_served_images.py",),
    ("planning/newcomers",): ("planning/test_newcomers.py",),
    ("planning/interrupted",): ("planning/test_interrupted.py",),
    ("planning/strangers", "planning/namesakes"): ("planning/test_strangers.py", "planning/test_namesakes.py"),
    ("planning/outcome",): ("planning/test_outcome.py",),
    ("planning/remedies",): ("planning/test_remedies.py",),
    ("planning/unverified",): ("planning/test_unverified.py",),
    ("planning/import_check",): ("planning/test_import_check.py",),
    ("api/gone",): ("api/test_gone.py",),
    ("api/questions",): ("api/test_questions.py",),
    ("api/served",): ("api/test_served.py",),
    ("model/entity_id",): ("model/test_entity_id.py",),
    ("applying/unmade",): ("applying/test_unmade.py", "applying/test_writes.py"),
    ("applying/run", "applying/writes", "applying/single_flight"): (
        "applying/test_run.py",
        "applying/test_writes.py",
        "applying/test_single_flight.py",
        "planning/test_planner.py",
        "render/text/test_result_text.py",
    ),
    ("applying/replaced",): ("applying/test_replaced.py",),
    ("state/kept",): ("state/test_kept.py",),
    ("state/record", "state/journal"): ("state/test_record.py", "state/test_journal.py", "state/test_guard.py"),
    ("state/backends/file", "state/backends/lease", "state/backends/interface"): (
        "state/backends/test_interface.py",
        "state/backends/test_contract.py",
        "state/backends/test_file.py",
        "state/backends/test_lease.py",
    ),
    ("review/saved_plan", "review/compare_plans", "review/recent_plans", "review/snapshots"): (
        "review/test_saved_plan.py",
        "review/test_compare_plans.py",
        "test_reviewed_cases.py",
        "review/test_recent_plans.py",
        "review/test_snapshots.py",
    ),
}
"""Modules -> the tests near them: unit tests, laws and golden cases; no flows or trials, which see all of it late."""
MODULES = tuple(module for modules in ROOMS for module in modules)


@dataclass(frozen=True)
class Module:
    """A module, and the tests near it."""

    name: str
    source: Path
    imported_as: str
    tests: tuple[Path, ...]
    room: tuple[Path, ...] = ()
    """The sources of all modules that have the same tests near them."""

    @property
    def own_tests(self) -> tuple[Path, ...]:
        """Those of the tests that are named like the module."""
        return tuple(path for path in self.tests if path.stem == f"test_{self.source.stem}")


def module(name: str) -> Module:
    """Return a module by its name in the table."""
    ((names, tests),) = [(names, tests) for names, tests in ROOMS.items() if name in names]
    return Module(
        name,
        _source(name),
        f"badgeops.{name.replace('/', '.')}",
        tuple(ROOT / "tests" / test for test in tests),
        tuple(map(_source, names)),
    )


def _source(name: str) -> Path:
    return ROOT / "badgeops" / f"{name}.py"
