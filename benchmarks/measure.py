"""How a command is measured: as a process of its own, by the clock, by the processor and by its peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

BADGEOPS = [sys.executable, "-m", "badgeops"]


@dataclass(frozen=True)
class Measure:
    """One process: how long it took by the clock, how much of a processor, and how much memory it had."""

    seconds: float
    processor_seconds: float
    megabytes: float
    """MiB, the peak."""


def measured(command: list[str], environment: dict[str, str], *, expect: int = 0, cwd: Path | None = None) -> Measure:
    """Run a command to its end in a child of its own, whose peak memory the kernel tells."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=cwd)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != expect:
            output.seek(0)
            raise SystemExit(f"{command} ended with {process.returncode}:\n{output.read().decode()[-2000:]}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Measure(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


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
