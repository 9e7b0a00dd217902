"""How a command is measured: as a process of its own, by the clock, by the processor and by its peak memory.

A command may start others, which count: their time of the processor once they have ended, their memory while they run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

BADGEOPS = [sys.executable, "-m", "badgeops"]


@dataclass(frozen=True)
class Measure:
    """One command: how long it took by the clock, how much of a processor, and how much memory it had."""

    seconds: float
    processor_seconds: float
    megabytes: float
    """MiB, the peak of all its processes together, where Linux tells; else that of the largest."""


def measured(command: list[str], environment: dict[str, str], *, expect: int = 0, cwd: Path | None = None) -> Measure:
    """Run a command to its end in a child of its own, whose peak memory the kernel tells."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=cwd)
        with _watched(process.pid) as most:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != expect:
            output.seek(0)
            raise SystemExit(f"{command} ended with {process.returncode}:\n{output.read().decode()[-2000:]}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Measure(seconds, usage.ru_utime + usage.ru_stime, max(usage.ru_maxrss / unit, most[0]))


_PAUSE = 0.02
"""Seconds between two looks at the memory of a command and its children."""


@contextmanager
def _watched(process: int) -> Iterator[list[float]]:
    """Give the most MiB that a process and its children had together during a block."""
    most, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(_PAUSE):
            with suppress(OSError, ValueError):
                children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
                most[0] = max(most[0], sum(map(_resident, [str(process), *children])) if children else 0.0)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()


def _resident(process: str) -> float:
    """Return the MiB that a process has in memory; libraries that several share count for each."""
    with suppress(OSError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
    return 0.0


def best(
    command: list[str], environment: dict[str, str], repeat: int, *, expect: int = 0, cwd: Path | None = None
) -> Measure:
    """Measure several times and keep the quickest; memory is the largest seen."""
    return least([measured(command, environment, expect=expect, cwd=cwd) for _ in range(repeat)])


def least(found: list[Measure]) -> Measure:
    """Return the quickest of several measures of one thing; memory is the largest seen."""
    return Measure(
        min(item.seconds for item in found),
        min(item.processor_seconds for item in found),
        max(item.megabytes for item in found),
    )
