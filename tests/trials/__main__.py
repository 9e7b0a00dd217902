"""Runs suites of trials on all cores, prints what failed and how to repeat it, and records the figures.

    PYTHONPATH=tests python -m trials faults --seeds 1000 --record

`make trials` does this for all suites, `make trials faults SEEDS=5000` for one of them with as many seeds as you like.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from trials import figures, how_to_repeat
from trials.figures import Figures

SUITES = ("crashes", "faults", "races", "inputs", "liars", "repositories")
_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "reliability.md"
_STORIES = 10
"""So many failures are told whole; of the rest only the names."""
_SILENCE = 1800
"""Seconds without any trial ending, after which those that are left count as hanging."""


@dataclass(frozen=True)
class Ran:
    """What became of one trial."""

    suite: str
    name: str
    tried: int | set[str]
    """How many things, or, where the same may come up in several trials, the digest of each."""
    story: str = ""
    """Why it failed; empty where it did not."""


def one(task: tuple[str, str]) -> Ran:
    """Carry out one trial; runs in a worker process."""
    suite, name = task
    try:
        tried = importlib.import_module(f"trials.{suite}").run(name)
    except Exception:  # noqa: BLE001 (whatever it is, it is the result)
        return Ran(suite, name, 0, traceback.format_exc())
    return Ran(suite, name, tried)


def rehearse(suite: str, names: Sequence[str], jobs: int) -> list[Ran]:
    """Carry out trials of one suite and tell on stderr how it goes."""
    found: list[Ran] = []
    # By its full name: a fresh process does not know what `__main__` was in this one.
    task = importlib.import_module("trials.__main__").one
    # A fresh process every few trials: what leaks in the trials must not decide the later ones.
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=50) as pool:
        results = pool.imap_unordered(task, [(suite, name) for name in names])
        for _ in names:
            try:
                ran = results.next(_SILENCE)
            except multiprocessing.TimeoutError:
                left = Counter(names) - Counter(ran.name for ran in found)
                return [*found, *(Ran(suite, name, 0, "It hangs, or waits behind one that does.") for name in left)]
            found.append(ran)
            if ran.story:
                failed = sum(bool(item.story) for item in found)
                print(f"\nFAILED {suite} {ran.name}", file=sys.stderr)
                print(ran.story if failed <= _STORIES else "", file=sys.stderr)
                print(f"  repeat: {how_to_repeat(suite, ran.name)}", file=sys.stderr)
            if sys.stderr.isatty():
                print(f"\r{suite}: {len(found)} of {len(names)}", end="", file=sys.stderr)
    return found


def _sum(found: Sequence[Ran]) -> int:
    """Return how many different things were tried."""
    counted = sum(ran.tried for ran in found if isinstance(ran.tried, int))
    return counted + len(set[str]().union(*(ran.tried for ran in found if isinstance(ran.tried, set))))


def main() -> int:
    """Run what the command line asks for; 1 if a trial failed."""
    parser = argparse.ArgumentParser(prog="trials", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}; all by default")
    parser.add_argument("--seeds", type=int, default=1000, metavar="N", help="how many of each suite; 1000 by default")
    parser.add_argument("--only", metavar="NAME", action="append", help="these trials only")
    parser.add_argument("--times", type=int, metavar="N", help="with --only: so often each, where chance has a part")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--record", action="store_true", help=f"write the figures of all seeds to {_PAGE.name}")
    options = parser.parse_args()
    if options.record and options.only:
        parser.error("--record is for all trials of a suite, not for a few that were chosen.")
    for suite in options.suites:
        if importlib.util.find_spec(f"trials.{suite}") is None:
            parser.error(f"there is no suite {suite}; there are {', '.join(SUITES)}.")
    commit, found = figures.commit(_ROOT), []
    for suite in options.suites or SUITES:
        module = importlib.import_module(f"trials.{suite}")
        names = module.names(options.seeds)
        if options.only:
            names = options.only * (options.times or getattr(module, "REPEATS", 1))
        began = time.monotonic()
        ran = rehearse(suite, names, options.jobs)
        for name in options.only or ():
            again = [each for each in ran if each.name == name]
            print(f"{name}: {sum(bool(each.story) for each in again)} of {len(again)} times failed", file=sys.stderr)
        found.append(
            Figures(
                suite=suite,
                trials=len(ran),
                tried=_sum(ran),
                failed=sum(bool(each.story) for each in ran),
                minutes=(time.monotonic() - began) / 60,
                date=datetime.now(UTC).date(),
                command=f"make trials {suite} SEEDS={options.seeds}",
                commit=commit,
            )
        )
        if options.record:  # at once: the next suite may take an hour, and be given up
            _PAGE.write_text(figures.recorded(_PAGE.read_text("utf-8"), found), "utf-8")
    print(figures.table(found))
    return 1 if any(each.failed for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
