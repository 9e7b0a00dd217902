"""A process that has imported badgeops and forks a child for each command: a kill costs tens of milliseconds.

Commands go in and statuses come out as lines of JSON. A child wears `instruments`. One that takes longer than five
minutes is ended by SIGALRM, which no trial expects.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trials.instruments import Instruments, Orders

_SECONDS = 300
_TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Ended:
    """What is left of a command."""

    status: int
    """Below zero: the signal that ended it."""
    out: str
    err: str
    points: tuple[str, ...]
    operations: tuple[str, ...]
    readings: tuple[tuple[str, int], ...]
    """Of the clock, and how many points came before each."""
    journal: tuple[list[Any], ...]

    @property
    def story(self) -> str:
        """All of it, for a failure."""
        last = self.points[-1] if self.points else "no point"
        return f"status {self.status} at point {len(self.points)} ({last})\n{self.out}{self.err}"


class Nursery:
    """The forking process, seen from a trial."""

    def __init__(self, folder: Path, watched: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._watched = watched
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BADGEOPS_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trials.nursery"],
            env={**clean, **environment, "PYTHONPATH": str(_TESTS), "BADGEOPS_DEBUG": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._process.communicate()

    def run(self, command: Sequence[str], **orders: Any) -> Ended:
        """Run one command in a child and return what is left of it."""
        files = {what: self._folder / what for what in ("out", "err", "seen")}
        for path in files.values():
            path.unlink(missing_ok=True)
        given = Orders(str(self._watched), str(files["seen"]), **orders)
        task = {"command": [*command], "orders": asdict(given), "out": str(files["out"]), "err": str(files["err"])}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        status = json.loads(self._process.stdout.readline())
        out, err = (files[what].read_text("utf-8", "replace") for what in ("out", "err"))
        seen = json.loads(files["seen"].read_text("utf-8")) if files["seen"].exists() else {}
        names = ("points", "operations", "readings", "journal")
        return Ended(status, out, err, *(tuple(seen.get(name, ())) for name in names))


# --- in the forking process ----------------------------------------------------------------------------------------


def _import_all() -> None:
    import importlib

    import filelock  # noqa: F401
    import platformdirs  # noqa: F401
    import requests  # noqa: F401

    import badgeops

    for module in pkgutil.walk_packages(badgeops.__path__, "badgeops."):
        if not module.name.startswith("badgeops.sandbox.") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _warm_up() -> None:
    """Run a command once, so that not every child compiles schemas and patterns for itself."""
    from badgeops import cli

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = cli.run(["validate", str(_TESTS.parent / "examples" / "catalog")])
    assert status == 0, "the example catalog is in order"


def _child(task: dict[str, Any]) -> None:
    from badgeops import cli
    from badgeops.applying import writes
    from badgeops.planning import newcomers
    from badgeops.state.backends import lease

    signal.alarm(_SECONDS)
    for stream, what in ((1, "out"), (2, "err")):
        os.dup2(os.open(task["out" if what == "out" else "err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    orders = Orders(**task["orders"])
    writes._LOOKS = (orders.patience,)
    newcomers.QUIET_SECONDS = orders.quiet
    lease.WATCH = orders.watch
    if orders.jump:
        lease.RENEWAL = 0.02  # seconds; so that it is renewed after the jump, too
    instruments = Instruments(orders)
    instruments.put_on()
    status = cli.run(task["command"])
    sys.stdout.flush()
    sys.stderr.flush()
    instruments.finish()
    os._exit(status)


def _nurse() -> None:
    _import_all()
    _warm_up()
    gc.freeze()  # so that the collector in a child does not touch, and the system does not copy, what is shared
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                _child(json.loads(line))
            finally:
                os._exit(99)
        _, code = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(code), flush=True)  # noqa: T201 (it is how it talks)


if __name__ == "__main__":
    _nurse()
