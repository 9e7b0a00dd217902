"""`make bench`: what a plan and an apply cost, as ratios to the least that they could cost, in one run.

Prints a table in Markdown. Each command runs as a process of its own against a sandbox in another process, over a
real socket; times are wall-clock, the best of the repetitions; memory is the peak of the process.

    python benchmarks/run.py [--sizes 1000,10000] [--creates 500] [--latency-ms 50] [--repeat 3]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).parent))
import catalogs

HERE = Path(__file__).parent
BADGEOPS = [sys.executable, "-m", "badgeops"]


@dataclass(frozen=True)
class Measure:
    """One process: how long it took and how much memory it had."""

    seconds: float
    megabytes: float


def measured(command: list[str], environment: dict[str, str], *, expect: int = 0) -> Measure:
    """Run a command to its end in a child of its own, whose peak memory the kernel tells."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != expect:
            output.seek(0)
            raise SystemExit(f"{command} ended with {process.returncode}:\n{output.read().decode()[-2000:]}")
    return Measure(seconds, usage.ru_maxrss / 1024)


def best(command: list[str], environment: dict[str, str], repeat: int, *, expect: int = 0) -> Measure:
    """Measure several times and keep the quickest; memory is the largest seen."""
    found = [measured(command, environment, expect=expect) for _ in range(repeat)]
    return Measure(min(item.seconds for item in found), max(item.megabytes for item in found))


@contextmanager
def sandbox(data: Path, *options: str) -> Iterator[str]:
    """Run a sandbox in a process of its own and give its address."""
    command = [*BADGEOPS, "sandbox", "serve", "--port", "0", "--data", str(data), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def environment_for(home: Path) -> dict[str, str]:
    """Return the environment of the measured commands: credentials, and a home of their own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "BADGEOPS_USERNAME": "admin@example.org",
        "BADGEOPS_PASSWORD": "sandbox",
    }


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


def plan_row(size: int, repeat: int) -> str:
    """Measure a plan without changes over `size` badge classes."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environment = environment_for(root)
        with sandbox(root / "data") as url:
            catalogs.write(root / "catalog", size, url)
            apply = measured([*BADGEOPS, "apply", str(root / "catalog"), "--auto-approve"], environment)
            requests_needed = record_answers(url, root / "answers.jsonl")
            plan = best([*BADGEOPS, "plan", str(root / "catalog"), "--detailed-exitcode"], environment, repeat)
            cold_home = root / "cold"
            cold = measured([*BADGEOPS, "plan", str(root / "catalog")], {**environment, "HOME": str(cold_home)})
            validate = best([*BADGEOPS, "validate", str(root / "catalog")], environment, repeat)
        state = root / "catalog" / "state" / "bench.json"
        command = [
            sys.executable,
            str(HERE / "floor.py"),
            str(root / "catalog"),
            str(root / "answers.jsonl"),
            str(state),
        ]
        floor = best(command, environment, repeat)
    return (
        f"| {size:,} | {floor.seconds:.2f} s | {plan.seconds:.2f} s | **{plan.seconds / floor.seconds:.2f}** "
        f"| {cold.seconds:.2f} s | {validate.seconds:.2f} s | {plan.megabytes:.0f} MiB | {requests_needed} "
        f"| {apply.seconds:.1f} s |"
    )


def apply_row(creates: int, latency_ms: float, parallelism: int) -> str:
    """Measure an apply of `creates` new badge classes on a slow server."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environment = environment_for(root)
        with sandbox(root / "data", "--latency-ms", str(latency_ms)) as url:
            catalogs.write(root / "catalog", creates, url, side=catalogs.SMALL)
            plan = measured([*BADGEOPS, "plan", str(root / "catalog")], environment)
            options = ["--auto-approve", "--parallelism", str(parallelism)]
            apply = measured([*BADGEOPS, "apply", str(root / "catalog"), *options], environment)
    ideal = creates * latency_ms / 1000 / parallelism
    work = apply.seconds - plan.seconds
    return (
        f"| {creates} | {latency_ms:.0f} ms | {parallelism} | {ideal:.2f} s | {work:.2f} s | **{work / ideal:.2f}** "
        f"| {apply.seconds:.2f} s |"
    )


def start_up(repeat: int) -> list[str]:
    """Measure what every command pays."""
    environment = dict(os.environ)
    rows = []
    for label, command in (
        ("`python -c pass`", [sys.executable, "-c", "pass"]),
        ("`python -c 'import click'`", [sys.executable, "-c", "import click"]),
        ("`badgeops --version`", [shutil.which("badgeops") or "badgeops", "--version"]),
        ("`badgeops --help`", [shutil.which("badgeops") or "badgeops", "--help"]),
    ):
        rows.append(f"| {label} | {best(command, environment, repeat * 3).seconds * 1000:.0f} ms |")
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--creates", type=int, default=500)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    print("| start-up | |\n| --- | --- |")
    print("\n".join(start_up(options.repeat)), flush=True)
    heads = ["badge classes", "floor", "plan, no changes", "ratio", "plan, no cache", "validate", "memory", "GETs"]
    print(f"\n| {' | '.join([*heads, 'first apply'])} |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for size in options.sizes.split(","):
        print(plan_row(int(size), options.repeat), flush=True)
    print("\n| creates | latency | parallelism | ideal | apply less plan | ratio | whole apply |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for parallelism in (8, 32):
        print(apply_row(options.creates, options.latency_ms, parallelism), flush=True)


if __name__ == "__main__":
    main()
