"""Which modules are tried, and which tests stand near each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

ROOMS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("compare", "planner", "plan", "differences", "refresh", "adopt", "impact", "risk"): (
        "test_compare.py",
        "test_planner.py",
        "test_plan.py",
        "test_digests.py",
        "test_differences.py",
        "test_refresh.py",
        "test_adopt.py",
        "test_impact.py",
        "test_risk.py",
        "test_plan_cases.py",
    ),
    ("apply", "writes", "fresh"): (
        "test_apply.py",
        "test_writes.py",
        "test_fresh.py",
        "test_planner.py",
        "test_result_text.py",
    ),
    ("state", "ledger"): ("test_state.py", "test_ledger.py"),
    ("backends/file", "backends/lease", "backends/interface"): (
        "backends/test_interface.py",
        "backends/test_contract.py",
        "backends/test_file.py",
        "backends/test_lease.py",
    ),
    ("planfile", "reviewed", "recent", "snapshots"): (
        "test_planfile.py",
        "test_reviewed.py",
        "test_reviewed_cases.py",
        "test_recent.py",
        "test_snapshots.py",
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
