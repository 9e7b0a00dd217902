"""`make bench`: what badgeops costs, as ratios to the least that the same work could cost, measured in one run.

Prints tables in Markdown and writes them to docs/performance.md. Each command runs as a process of its own, against a
server in another process, over a real socket; times are wall-clock, the best of the repetitions; memory is the peak.

    python benchmarks/run.py [--sizes 1000,10000,100000] [--repeat 3] [--entities 1000] [--latency-ms 50]
                             [--peers] [--no-record]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).parent))
import applying
import catalogs
import peers
import world
from measure import BADGEOPS, Measure, best, least, measured

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->\n", "<!-- /measured -->"


def record_answers(url: str, path: Path) -> int:
    """Save what a refresh is answered, one answer a line; return the number of requests."""
    form = {"username": "admin@example.org", "password": "sandbox"}
    token = requests.post(f"{url}/o/token", data=form, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    following: str | None = f"{url}/v2/badgeclasses?num=500"
    pages = [requests.get(f"{url}/v2/issuers?include_staff=false", headers=headers, timeout=30).content]
    while following:
        answer = requests.get(following, headers=headers, timeout=60)
        pages.append(answer.content)
        following = answer.links.get("next", {}).get("url")
    path.write_bytes(b"\n".join(pages))
    return len(pages)


@dataclass(frozen=True)
class Planned:
    """What was found of the plans of one size: the plan that changes nothing, and the rows of where its time goes."""

    plan: Measure
    stages: list[str]


def plans(sizes: list[int], repeat: int, found: dict[int, Planned]) -> Iterator[str]:
    """Measure plans over catalogs of some sizes, and note in `found` what other tables need of them."""
    heads = ["badge classes", "floor", "plan, no changes", "× floor", "× the size before", "one update"]
    yield f"| {' | '.join([*heads, 'no cache', '× floor', 'validate', 'memory', 'GETs'])} |"
    yield "|--:" * 11 + "|"
    before: Measure | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, world.applied(Path(folder), size) as (catalog, url):
            row, before = _plans_of(Path(folder), catalog, url, size, repeat, before)
            found[size] = Planned(before, _stages_of(Path(folder), catalog, repeat))
        yield row


def _plans_of(
    root: Path, catalog: Path, url: str, size: int, repeat: int, before: Measure | None
) -> tuple[str, Measure]:
    """Return a row, and the measure of the plan that changes nothing; the row's memory is the most of all plans."""
    variables = world.environment(root)
    gets = record_answers(url, root / "answers.jsonl")
    command = [*BADGEOPS, "plan", str(catalog), "--detailed-exitcode"]
    measured(command, variables)  # fills the cache
    validate = best([*BADGEOPS, "validate", str(catalog)], variables, repeat)
    state = catalog / "state" / "bench.json"
    floor_command = [sys.executable, str(HERE / "floor.py"), str(catalog), str(root / "answers.jsonl"), str(state)]
    path, _ = catalogs.paths(catalog, size // 2)
    text = path.read_text("utf-8")
    floors, plans, updates, colds = [], [], [], []
    for number in range(repeat):  # in turns, so that a slow minute of the machine slows all four
        floors.append(measured(floor_command, variables))
        colds.append(measured(command, {**variables, "HOME": str(root / f"cold-{number}")}))
        plans.append(measured(command, variables))
        path.write_text(text.replace("with all of its", "and all its"), "utf-8")
        updates.append(measured(command, variables, expect=2))
        path.write_text(text, "utf-8")
    floor, plan, update, cold = least(floors), least(plans), least(updates), least(colds)
    memory = max(each.megabytes for each in (plan, update, cold))
    growth = f"{plan.seconds / before.seconds:.1f}" if before else ""
    row = (
        f"| {size:,} | {floor.seconds:.2f} s | {plan.seconds:.2f} s | **{plan.seconds / floor.seconds:.2f}** "
        f"| {growth} | {update.seconds:.2f} s | {cold.seconds:.2f} s | {cold.seconds / floor.seconds:.2f} "
        f"| {validate.seconds:.2f} s | {memory:.0f} MiB | {gets} |"
    )
    return row, plan


def _stages_of(root: Path, catalog: Path, repeat: int) -> list[str]:
    """Return for each stage of a plan its row: seconds by the clock and of the processor, the least of each."""
    command = [sys.executable, str(HERE / "stages.py"), str(catalog)]
    found = [
        json.loads(subprocess.run(command, env=world.environment(root), check=True, capture_output=True).stdout)
        for _ in range(repeat)
    ]
    return [
        f"| {label} | {min(run[label][0] for run in found):.2f} s | {min(run[label][1] for run in found):.2f} s |"
        for label in found[0]
    ]


def where_time_goes(found: dict[int, Planned]) -> Iterator[str]:
    """Give the stages of the plan of ten thousand badge classes, or of the largest below."""
    size = max((size for size in found if size <= 10_000), default=min(found))
    yield f"| stage of a plan of {size:,} badge classes | clock | processor |"
    yield "|---|--:|--:|"
    yield from found[size].stages


def start_up(repeat: int) -> Iterator[str]:
    """Measure what every command pays."""
    yield "| start-up | time |"
    yield "|---|--:|"
    variables = dict(os.environ)
    badgeops = shutil.which("badgeops", path=str(Path(sys.executable).parent)) or "badgeops"
    for label, command in (
        ("`python -c pass`", [sys.executable, "-c", "pass"]),
        ("`python -c 'import click'`", [sys.executable, "-c", "import click"]),
        ("`badgeops --version`", [badgeops, "--version"]),
        ("`badgeops --help`", [badgeops, "--help"]),
    ):
        yield f"| {label} | {best(command, variables, repeat * 3).seconds * 1000:.0f} ms |"


def beside(measures: list[peers.Peer], found: dict[int, Planned]) -> Iterator[str]:
    """Give the other tools and how their times compare."""
    planned = found.get(peers.ENTITIES)
    yield from peers.rows(measures, planned.plan if planned else None)


def applies(options: argparse.Namespace) -> Iterator[str]:
    """Measure applies at two widths."""
    yield from applying.HEADER
    for parallelism in (8, 32):
        yield from applying.rows(options.entities, options.latency_ms, parallelism, options.repeat)


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--entities", type=int, default=1000, help="of an apply")
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="octoDNS and Terraform beside it")
    parser.add_argument("--no-record", action="store_true", help=f"leave {PAGE.name} as it is")
    options = parser.parse_args()
    lines = [f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}.\n"]
    print(lines[0])
    found: dict[int, Planned] = {}
    # Before the large catalogs: a child's peak of memory begins with what its parent has.
    others = list(peers.peers(options.repeat)) if options.peers else []
    sections = [
        start_up(options.repeat),
        plans([int(size) for size in options.sizes.split(",")], options.repeat, found),
        where_time_goes(found),
        *([beside(others, found)] if others else []),
        applies(options),
    ]
    for section in sections:
        for line in section:
            print(line, flush=True)
            lines.append(line)
        print()
        lines.append("")
    if not options.no_record:
        head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(head + BEGIN + "\n".join(lines) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
