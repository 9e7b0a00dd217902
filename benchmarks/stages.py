"""Where the time of a plan goes: runs `badgeops plan CATALOG` in this process, with a watch around each stage.

Run as `python stages.py CATALOG`: prints a JSON object that gives for each stage [seconds by the clock, seconds of
processor time]. The stages follow one another; what a thread of ours does meanwhile counts for the stage beside it, and
what a helper does for none.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
import time
from collections.abc import Callable
from functools import reduce
from typing import Any

_STAGES = (
    ("badgeops.catalog.folder", "load", "read the folder; documents from the cache"),
    ("badgeops.catalog.validate", "validate", "check documents, hash images, build the catalog"),
    ("badgeops.app.ahead", "Ahead.result", "wait for the state and the server, which are read meanwhile"),
    ("badgeops.planning.planner", "build", "compare"),
)
"""Module and name of each stage's function, where its caller looks it up."""
_REST = "start, imports, printing, end"


def _timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (whatever the stage takes)
        clock, processor = time.perf_counter(), time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[0] += time.perf_counter() - clock
            spent[1] += time.process_time() - processor

    return timed


def main(catalog: str) -> None:
    """Plan and print what each stage took."""
    began = time.perf_counter()
    found: dict[str, list[float]] = {}
    for module, name, label in _STAGES:
        *owners, name = name.split(".")  # noqa: PLW2901 (the last part of it)
        place = reduce(getattr, owners, importlib.import_module(module))
        setattr(place, name, _timed(getattr(place, name), found.setdefault(label, [0.0, 0.0])))
    sys.argv = ["badgeops", "plan", catalog]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        importlib.import_module("badgeops.__main__").main()
    clock, processor = time.perf_counter() - began, time.process_time()
    found[_REST] = [clock - sum(spent[0] for spent in found.values()), processor - sum(s[1] for s in found.values())]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
