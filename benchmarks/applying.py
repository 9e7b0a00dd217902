"""What an apply costs beside waiting for the server: rows for `run.py`.

The server is `punctual.py`, which answers each request exactly so long after it came, because the sandbox itself (a
real application that decodes images and writes to a database) could not answer 32 requests at a time on two cores.
What is measured is an apply less a plan of the same catalog, the quickest of each, so the journal and the writing of
the state are in it; the ideal is requests × latency ÷ parallelism.

    python benchmarks/applying.py [--entities 1000] [--latency-ms 50] [--parallelism 8,32] [--repeat 3]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).parent))
import catalogs
from measure import BADGEOPS, Measure, measured
from world import environment

HERE = Path(__file__).parent
HEADER = (
    "| what | requests | latency | parallelism | ideal | badgeops | ratio | CPU |",
    "|---|--:|--:|--:|--:|--:|--:|--:|",
)


@contextmanager
def punctual(latency_ms: float) -> Iterator[str]:
    """Run the server in a process of its own and give its address."""
    command = [sys.executable, str(HERE / "punctual.py"), "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def rows(entities: int, latency_ms: float, parallelism: int, repeat: int) -> list[str]:
    """Measure creating and updating so many badge classes; the best of the repetitions."""
    creates, updates = zip(*(_once(entities, latency_ms, parallelism) for _ in range(repeat)), strict=True)
    return [
        _row(f"create {entities}", entities, latency_ms, parallelism, creates),
        _row(f"update {entities}", 2 * entities, latency_ms, parallelism, updates),
    ]


def _row(what: str, count: int, latency_ms: float, parallelism: int, found: tuple[tuple[Measure, Measure], ...]) -> str:
    ideal = count * latency_ms / 1000 / parallelism
    plans, applies = zip(*found, strict=True)
    # Each by itself: the smallest difference would be that of the plan which was disturbed most.
    work = min(item.seconds for item in applies) - min(item.seconds for item in plans)
    cpu = min(item.processor_seconds for item in applies) - min(item.processor_seconds for item in plans)
    return (
        f"| {what} | {count:,} | {latency_ms:.0f} ms | {parallelism} | {ideal:.2f} s | {work:.2f} s "
        f"| **{work / ideal:.2f}** | {cpu:.2f} s |"
    )


def _once(
    entities: int, latency_ms: float, parallelism: int
) -> tuple[tuple[Measure, Measure], tuple[Measure, Measure]]:
    """Measure (plan, apply) for creations, then for updates of all of them."""
    with tempfile.TemporaryDirectory() as folder, punctual(latency_ms) as url:
        root = Path(folder)
        variables = environment(root)
        catalog = root / "catalog"
        catalogs.write(catalog, entities, url, side=catalogs.SMALL)
        options = ["--auto-approve", "--parallelism", str(parallelism), "--allow", f"updates={entities}"]
        # The issuer comes first, and alone: what it costs is no part of what is measured.
        shutil.move(catalog / "badges", root / "badges")
        measured([*BADGEOPS, "apply", str(catalog), *options], variables)
        shutil.move(root / "badges", catalog / "badges")
        found = []
        for _ in ("create", "update"):
            # As wide as the apply: for each update somebody asks how many people hold the badge class.
            command = [*BADGEOPS, "plan", str(catalog), "--parallelism", str(parallelism)]
            measured(command, variables)  # the first to see these files remembers what it found in them
            plan = measured(command, variables)
            found.append((plan, measured([*BADGEOPS, "apply", str(catalog), *options], variables)))
            for path in (catalog / "badges").iterdir():
                path.write_text(path.read_text("utf-8").replace("with all of its", "and all its"), "utf-8")
        assert requests.get(f"{url}/_requests", timeout=30).json()["POST"] == entities + 1
    return found[0], found[1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--parallelism", default="8,32")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(*HEADER, sep="\n")
    for parallelism in map(int, options.parallelism.split(",")):
        print(*rows(options.entities, options.latency_ms, parallelism, options.repeat), sep="\n", flush=True)


if __name__ == "__main__":
    main()
