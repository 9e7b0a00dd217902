"""One module -> which of its mutants live. A process for each mutant, forked from one that has loaded everything.

The tests near the module are collected once. A first fork runs all of them and sees which lines each of them reaches;
then each mutant is put into a fork of its own, which runs the tests that reach it, the quick ones first, and ends with
the first that fails.

    a mutant in a function    takes the place of the function's code in a fork that has everything loaded (0.1 seconds)
    any other                 is loaded instead of the module in a fork that has only libraries loaded (some seconds)
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import math
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from mutants.operators import Mutant, mutants
from mutants.rooms import Module

EXAMPLES = 12
"""The most that a law is tried with: what only the twentieth example notices has no test near it."""
PATIENCE = 10.0
"""Seconds that a mutant's tests may take beyond five times what they took without it."""
MEMORY = 4 * 1024**3
"""Bytes; a mutant that fills lists for ever ends there."""
SLOW = 0.5
"""Seconds; a test that takes longer comes after all that do not."""
INNER = "inner.json"
"""The file in which the fate of the mutants in functions is handed over."""
LIBRARIES = (
    "deepdiff",
    "fastjsonschema",
    "filelock",
    "flask",
    "jsonschema",
    "PIL.Image",
    "requests",
    "responses",
    "yaml",
)


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    HANGS = "killed, by its time"
    SURVIVED = "survived"
    UNREACHED = "reached by no test"
    UNTRIED = "could not be tried"


@dataclass(frozen=True)
class Fated:
    """A mutant, and what became of it."""

    where: str
    change: str
    line: int
    fate: Fate
    seconds: float = 0.0

    @property
    def lives(self) -> bool:
        """No test near it has noticed it."""
        return self.fate not in (Fate.KILLED, Fate.HANGS)


@dataclass(frozen=True)
class Reach:
    """What one test does when nothing is mutated."""

    seconds: float
    lines: frozenset[int]
    """Those of the module that it runs."""


Task = tuple[Mutant, float, Callable[[], int]]
"""A mutant, how long it may take, and what runs its tests in a fork: 0 if all of them pass."""


def raise_all(module: Module, jobs: int, folder: Path, only: str = "", budget: float = math.inf) -> list[Fated]:
    """Return the fate of each mutant of a module; `only` of those whose place or change has it in it.

    `budget` is how many seconds of tests each is worth: for a first look, which calls too many of them alive.
    In `folder` is kept what modules with the same tests share: which lines each test reaches.
    """
    tree = ast.parse(module.source.read_text("utf-8"))
    every = [mutant for mutant in mutants(tree) if only in f"{mutant.where}: {mutant.change}"]
    for library in LIBRARIES:
        importlib.import_module(library)
    inner = [mutant for mutant in every if mutant.outermost is not None]
    outer = [mutant for mutant in every if mutant.outermost is None]
    if _in_fork(lambda: _with_tests(module.tests, folder, _Inner(module, tree, inner, folder, jobs, budget))) != 0:
        raise RuntimeError(f"the tests near {module.name} do not pass as they are")
    answers = json.loads((folder / INNER).read_text("utf-8"))
    found = {(item["where"], item["change"]): Fated(**{**item, "fate": Fate(item["fate"])}) for item in answers}
    reach = _read_reach(module.source, folder)
    # What no test reaches may have been run while the module was loaded, like the methods of an Enum; and not every
    # function's code can be put in the place of another's.
    outer += [each for each in inner if found[each.where, each.change].fate in (Fate.UNREACHED, Fate.UNTRIED)]
    # Its own tests first: they are quick to load, and most die by them.
    for tests in (module.own_tests, module.tests)[: 1 if module.own_tests and budget < math.inf else 2]:
        tasks = [(mutant, *_outer_task(module, tree, mutant, reach, tests)) for mutant in outer]
        for fated in _all(tasks if tests else [], jobs, folder):
            before = found.get((fated.where, fated.change))
            if before is None or before.fate is not Fate.UNREACHED or not fated.lives:
                found[fated.where, fated.change] = fated
        outer = [each for each in outer if not tests or found[each.where, each.change].lives]
    return [found[mutant.where, mutant.change] for mutant in every]


# --- forks ---------------------------------------------------------------------------------------------------------


def _in_fork(work: Callable[[], int]) -> int:
    """Run something in a fork and return its status."""
    return os.waitstatus_to_exitcode(os.waitpid(_fork(work), 0)[1])


def _fork(work: Callable[[], int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        status = work()
    except BaseException:  # noqa: BLE001 (whatever it is, its process ends here)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _all(tasks: list[Task], jobs: int, folder: Path) -> Iterator[Fated]:
    """Carry tasks out, several at a time, and end those that take too long."""
    waiting = list(reversed(tasks))
    running: dict[int, tuple[Mutant, float, float, Path]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant, limit, work = waiting.pop()
            home = Path(tempfile.mkdtemp(dir=folder))
            now = time.monotonic()
            running[_fork(lambda work=work, home=home: _apart(work, home))] = (mutant, now, now + limit, home)  # type: ignore[misc]
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            for late, (_, _, deadline, _) in running.items():
                if time.monotonic() > deadline:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(late, signal.SIGKILL)
            time.sleep(0.005)
            continue
        mutant, began, _, home = running.pop(pid)
        fate = _FATES.get(os.waitstatus_to_exitcode(status), Fate.UNTRIED)
        shutil.rmtree(home, ignore_errors=True)
        yield Fated(mutant.where, mutant.change, mutant.lines.start, fate, time.monotonic() - began)


_FATES = {0: Fate.SURVIVED, 1: Fate.KILLED, -signal.SIGKILL: Fate.HANGS, -signal.SIGSEGV: Fate.KILLED}
"""What the end of a fork says; it ends with 1 if a test fails, and by SIGSEGV if it calls itself too deep."""


def _apart(work: Callable[[], int], home: Path) -> int:
    """Do a mutant's work where it can do no harm: in a group, a folder and a memory of its own, unheard."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["TMPDIR"] = tempfile.tempdir = str(home)
    _silence()
    return work()


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(nowhere, handle)


# --- pytest --------------------------------------------------------------------------------------------------------


class _Session:
    """A plugin that takes the tests once they are collected and runs them its own way."""

    def __init__(self) -> None:
        self.status = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            _try_few(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            self.status = 1
        else:
            self.status = self.work(session)
        return True

    def work(self, session: pytest.Session) -> int:
        raise NotImplementedError

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """End with the first failure; nobody waits for what is to be tidied up after it."""
        if report.failed:
            if os.environ.get("MUTANTS_SHOW"):
                sys.__stderr__.write(f"{report.nodeid}\n{report.longreprtext}\n")
            os._exit(1)


def _with_tests(tests: Sequence[Path], folder: Path, plugin: _Session) -> int:
    """Collect tests and hand them to the plugin."""
    few = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), **_QUICK)
    settings.register_profile("mutants", few)
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    os.environ.pop("PYTEST_ADDOPTS", None)  # options of the run around us, which need plugins that this one has not
    arguments = ["-p", "no:xdist", "-p", "no:cacheprovider"]
    quiet = ["-qq", "--no-header", "--tb=short", "--capture=no", "--assert=plain", f"--basetemp={folder / 'tests'}"]
    status = pytest.main([*arguments, *quiet, *map(str, tests)], [plugin])
    return plugin.status or (0 if status in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else 1)


_QUICK: dict[str, Any] = {"derandomize": True, "database": None, "phases": (Phase.explicit, Phase.generate)}
"""Nobody reads the example by which a mutant dies: it is not made smaller."""


def _try_few(item: pytest.Item) -> None:
    function = getattr(item, "obj", None)
    own = getattr(function, "_hypothesis_internal_use_settings", None)
    if own is not None:
        few = settings(own, max_examples=min(own.max_examples, EXAMPLES), **_QUICK)
        function._hypothesis_internal_use_settings = few


def _run(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Run tests in order; the first that fails ends the process."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _with_own_folder(session: pytest.Session, home: Path) -> None:
    """Let the temporary folders of tests be made beside those of other forks."""
    session.config._tmp_path_factory._given_basetemp = home / "tests"  # type: ignore[attr-defined]
    session.config._tmp_path_factory._basetemp = None  # type: ignore[attr-defined]


# --- mutants in functions ------------------------------------------------------------------------------------------


class _Inner(_Session):
    """Tries the mutants that stand in functions, each in a fork of the process that has collected the tests."""

    def __init__(
        self, module: Module, tree: ast.Module, every: list[Mutant], folder: Path, jobs: int, budget: float
    ) -> None:
        super().__init__()
        self.module = module
        self.tree = tree
        self.every = every
        self.folder = folder
        self.jobs = jobs
        self.budget = budget

    def work(self, session: pytest.Session) -> int:
        importlib.import_module(self.module.imported_as)
        functions = self._functions()
        if not _reach_file(self.module.source, self.folder).exists():
            status = _in_fork(lambda: self._see(session))
            if status != 0:
                return status
        reach = _read_reach(self.module.source, self.folder)
        gc.collect()
        gc.freeze()
        fated, tasks = [], []
        for mutant in self.every:
            chosen = self._reaching(session.items, reach, mutant.lines)
            if not chosen:
                fated.append(Fated(mutant.where, mutant.change, mutant.lines.start, Fate.UNREACHED))
                continue
            limit = PATIENCE + 5 * sum(reach[item.nodeid].seconds for item in chosen)
            tasks.append((mutant, limit, self._task(session, mutant, chosen, functions)))
        for done in _all(tasks, self.jobs, self.folder):
            fated.append(done)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{self.module.name}: {len(fated)} of {len(self.every)} ")
        items = [{**vars(item), "fate": item.fate.value} for item in fated]
        (self.folder / INNER).write_text(json.dumps(items), encoding="utf-8")
        return 0

    def _reaching(self, items: list[pytest.Item], reach: dict[str, Reach], lines: range) -> list[pytest.Item]:
        """Return the tests that run one of the lines: the module's own, then the others, laws last."""

        def key(item: pytest.Item) -> tuple[bool, float]:
            seconds = reach[item.nodeid].seconds
            return (item.path not in self.module.own_tests or seconds > SLOW, seconds)

        found = sorted((item for item in items if not reach[item.nodeid].lines.isdisjoint(lines)), key=key)
        spent = list(accumulate(reach[item.nodeid].seconds for item in found))
        return found[: max(bisect_right(spent, self.budget), 1)] if found else []

    def _functions(self) -> dict[tuple[str, int], list[FunctionType]]:
        """Return the functions of the module as they live in this process, by name and first line."""
        found: dict[tuple[str, int], list[FunctionType]] = {}
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename == str(self.module.source):
                code = each.__code__
                found.setdefault((code.co_qualname, code.co_firstlineno), []).append(each)
        return found

    def _see(self, session: pytest.Session) -> int:
        """Run every test and write down which lines it reaches of the modules that it stands near."""
        _silence_unless_asked()
        _with_own_folder(session, Path(tempfile.mkdtemp(dir=self.folder)))
        seen: dict[str, dict[str, Any]] = {str(path): {} for path in self.module.room}
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            began = time.monotonic()
            with _watched(seen) as lines:
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            seconds = time.monotonic() - began
            for path, tests in seen.items():
                numbers = sorted(number for where, number in lines if where == path)
                tests[item.nodeid] = {"seconds": seconds, "lines": numbers}
        for path, tests in seen.items():
            _reach_file(Path(path), self.folder).write_text(json.dumps(tests), encoding="utf-8")
        return 0

    def _task(
        self,
        session: pytest.Session,
        mutant: Mutant,
        chosen: list[pytest.Item],
        functions: dict[tuple[str, int], list[FunctionType]],
    ) -> Callable[[], int]:
        def task() -> int:
            with mutant.applied():
                code = compile(self.tree, str(self.module.source), "exec", dont_inherit=True)
            for place, inner in _codes(code):
                if (place[0], mutant.outermost[1]) == mutant.outermost and place in functions:  # type: ignore[index]
                    for function in functions[place]:
                        function.__code__ = inner
                    break
            else:
                return 71
            _with_own_folder(session, Path(tempfile.gettempdir()))
            _run(session, chosen)
            return 0

        return task


def _codes(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield (constant.co_qualname, constant.co_firstlineno), constant
            yield from _codes(constant)


@contextlib.contextmanager
def _watched(paths: Collection[str]) -> Iterator[set[tuple[str, int]]]:
    """Collect the lines of files that are run in a block, also by threads that begin in it."""
    lines: set[tuple[str, int]] = set()

    def within(frame: FrameType, _event: str, _argument: object) -> Any:
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return within

    def call(frame: FrameType, _event: str, _argument: object) -> Any:
        return within(frame, _event, _argument) if frame.f_code.co_filename in paths else None

    threading.settrace(call)
    sys.settrace(call)
    try:
        yield lines
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]


# --- mutants outside of functions ----------------------------------------------------------------------------------


class _Outer(_Session):
    """Runs the module's own tests and those that reach anything of it at all, the quickest first."""

    def __init__(self, module: Module, reach: dict[str, Reach]) -> None:
        super().__init__()
        self.module = module
        self.reach = reach

    def work(self, session: pytest.Session) -> int:
        # What a dataclass is given by its decorator has no lines of the module, and its own tests may use only that.
        near = [item for item in session.items if self.reach[item.nodeid].lines or item.path in self.module.own_tests]
        _run(session, sorted(near, key=lambda item: self.reach[item.nodeid].seconds))
        return 0


def _outer_task(
    module: Module, tree: ast.Module, mutant: Mutant, reach: dict[str, Reach], tests: Sequence[Path]
) -> tuple[float, Callable[[], int]]:
    def task() -> int:
        with mutant.applied():
            code = compile(tree, str(module.source), "exec", dont_inherit=True)
        sys.meta_path.insert(0, _Changeling(module.imported_as, code))
        return _with_tests(tests, Path(tempfile.gettempdir()), _Outer(module, reach))

    return 3 * PATIENCE + 5 * sum(each.seconds for each in reach.values()), task


class _Changeling(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads a mutant where a module is asked for."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name = name
        self.code = code

    def find_spec(self, name: str, _path: object, _target: object = None) -> importlib.machinery.ModuleSpec | None:
        """Offer ourselves for the one module."""
        if name != self.name:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=self.code.co_filename)

    def exec_module(self, module: Any) -> None:
        """Run the mutant as the module."""
        module.__file__ = self.code.co_filename
        exec(self.code, module.__dict__)  # noqa: S102 (it is our own code, nearly)


def _reach_file(source: Path, folder: Path) -> Path:
    return folder / f"{source.stem}.json"


def _read_reach(source: Path, folder: Path) -> dict[str, Reach]:
    """Return what each test does of a module, by its name."""
    content = json.loads(_reach_file(source, folder).read_text("utf-8"))
    return {name: Reach(item["seconds"], frozenset(item["lines"])) for name, item in content.items()}


def _silence_unless_asked() -> None:
    if not os.environ.get("MUTANTS_SHOW"):
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
