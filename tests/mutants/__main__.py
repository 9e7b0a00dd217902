"""Tries the mutants of modules, names those that live without a reason, and records the figures."""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from mutants import pages, survivors
from mutants.nursery import Fated, raise_all
from mutants.rooms import MODULES, module
from mutants.survivors import Survivor


def main() -> int:
    """Try what the command line asks for; 1 if a mutant lives that is not listed, or a listed one does not."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)}; all by default")
    parser.add_argument("--only", metavar="TEXT", default="", help="those whose place or change has this in it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time; one per processor")
    parser.add_argument("--budget", type=float, default=math.inf, help="seconds of tests each is worth: a first look")
    parser.add_argument("--record", action="store_true", help="write the figures to docs/reliability.md")
    options = parser.parse_args()
    listed = survivors.read()
    rows: list[pages.Row] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for name in options.modules or MODULES:
            began = time.monotonic()
            found = raise_all(module(name), options.jobs, Path(folder), options.only, options.budget)
            ours = [item for item in listed if item.module == name]
            wrong = list(_unlisted(name, found, ours))
            stale = [] if options.only else list(_stale(found, ours))
            living = sum(fated.lives for fated in found)
            rows.append(pages.Row(name, len(found), living, len(wrong), time.monotonic() - began, len(stale)))
            print("\n".join([*wrong, *stale, pages.line(rows[-1])]), flush=True)
    print(pages.figures(rows))
    if options.record:
        pages.record(rows, listed)
    return 1 if any(row.open or row.stale for row in rows) else 0


def _unlisted(name: str, found: Sequence[Fated], listed: Sequence[Survivor]) -> Iterator[str]:
    """Yield the lines that would list what lives and is not listed."""
    known = {(item.where, change) for item in listed for change in item.changes}
    for fated in found:
        if fated.lives and (fated.where, fated.change) not in known:
            place = f"# badgeops/{name}.py:{fated.line}: {fated.fate.value}\n"
            yield place + survivors.entry(name, fated.where, [fated.change])


def _stale(found: Sequence[Fated], listed: Sequence[Survivor]) -> Iterator[str]:
    living = {(fated.where, fated.change) for fated in found if fated.lives}
    for item in listed:
        for change in item.changes:
            if (item.where, change) not in living:
                yield f"# listed, and does not live: {item.module}: {item.where}: {change}"


if __name__ == "__main__":
    sys.exit(main())
