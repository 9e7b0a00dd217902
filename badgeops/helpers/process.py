"""Other processes that take a share of the work on a large catalog, where there are processors for them.

A helper is a fresh Python with a few tasks (`serve`): it reads files and texts, and knows no credentials. Whatever
becomes of it, the same is found: this process takes the other part of each share, and does over again what a helper
has not done, be it that it could not start, was killed, or takes too long. A helper ends when its input does, so none
outlives us.

Fresh processes, not forks: threads may be running here, and what a fork shares (locks of files, connections, secrets)
it could hold on to. On Windows there are none: nobody has tried it there.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO, Generic, Self, TypeVar, cast

from badgeops.helpers.frames import END, receive, send, tell
from badgeops.model.numbers import whole_number
from badgeops.safe_files.reading import kernel_word

R = TypeVar("R")

Task = Callable[[list[bytes], frozenset[str]], R]
"""Takes paths or texts, and the digests of what is known; a function whose name is in `serve.TASKS`."""

WORTH = 800
"""Files for each helper; with fewer it would begin when all is done."""
MOST = 7
"""More of them wait for this process."""
_AHEAD = 2
"""Parts that a helper has at a time, so that it need not wait for the next one."""
_PATIENCE = 20.0
"""Seconds without news after which a helper is given up."""
_A_SECOND = 1.0
_MOMENT = 0.02
"""Seconds after which somebody who waits for a helper looks whether there is still something to do."""
_WIDTH = 1024 * 1024
_CODE = (
    "import signal, sys\n"
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"  # Ctrl-C is for its parent, whose end it notices
    "sys.path[:] = sys.argv[1:]\n"
    "from badgeops.helpers.serve import serve\n"
    "serve(sys.stdin.buffer, sys.stdout.buffer)\n"
)


def cores() -> int:
    """Return how many processors this process may use, by its affinity and by what its container may spend."""
    try:
        count = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        count = os.cpu_count() or 1
    return max(1, min(count, _quota() or count))


def _quota() -> int:
    """Return how many whole processors a container may keep busy; 0 if nobody limits it."""
    try:
        quota, _, period = kernel_word("/sys/fs/cgroup/cpu.max").partition(" ")
    except OSError:
        return 0
    spent, of = whole_number(quota), whole_number(period)
    return max(1, spent // of) if spent is not None and of else 0


class Helpers:
    """The helpers of one command. Use it as a context manager, so that they end with the block."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._running: list[Helper] = []
        self.are_wanted = False
        """Whether somebody has something for them to do once all files are looked at."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dismiss()

    def dismiss(self) -> None:
        """End all helpers: there is nothing more to share, and each takes memory."""
        for helper in self._running:
            helper.end()
        self._running = []

    def release(self) -> None:
        """End all helpers, unless somebody still wants them: each takes memory."""
        if not self.are_wanted:
            self.dismiss()

    @property
    def are_there(self) -> bool:
        """Tell whether any take part."""
        return bool(self._running)

    def engage(self, files: int) -> None:
        """Start as many helpers as so many files are worth, and as there are processors beside ours."""
        if os.name != "posix" or not sys.executable or getattr(sys, "frozen", False):
            return
        for _ in range(min(self._most, cores() - 1, files // WORTH)):
            try:
                self._running.append(Helper())
            except OSError:  # no more processes for us: then we do it ourselves
                return

    def share(self, task: Task[R], paths: list[bytes], known: Collection[str], *, size: int) -> Share[R]:
        """Begin a task on some files, in parts of a size; helpers set out at once."""
        return Share(task, [paths[at : at + size] for at in range(0, len(paths), size)], known, self._running)

    def do(self, task: Task[R | None], part: list[bytes], wait: float = 0.0) -> R | None:
        """Let one of them do something that is free within so many seconds; None if none does it."""
        sound = [helper for helper in self._running if helper.is_sound]
        return min(sound, key=lambda helper: helper.is_busy).do(task, part, wait) if sound else None


class Share(Generic[R]):
    """A task that is under way, in parts that whoever is free takes."""

    def __init__(self, task: Task[R], parts: list[list[bytes]], known: Collection[str], helpers: list[Helper]) -> None:
        self._task, self._parts, self._known = task, parts, frozenset(known)
        self._todo = deque(range(len(parts)))
        self._done: dict[int, R] = {}
        self._threads: list[tuple[Helper, threading.Thread]] = []
        order = marshal.dumps((task.__name__, parts, list(known))) if helpers else b""
        for helper in helpers:
            if helper.is_sound:
                thread = threading.Thread(
                    target=helper.work, args=(order, self._todo, self._done), name="helper", daemon=True
                )
                with suppress(RuntimeError):  # no more threads for us
                    thread.start()
                    self._threads.append((helper, thread))

    def results(self) -> Iterator[R]:
        """Yield what came of each part, in their order, after doing what is still to be done."""
        while self._todo:
            with suppress(IndexError):  # a helper took it
                number = self._todo.pop()
                self._done[number] = self._task(self._parts[number], self._known)
        for helper, thread in self._threads:
            self._wait(thread)
            if thread.is_alive():
                helper.end()
        for number, part in enumerate(self._parts):
            done = self._done.pop(number, None)
            yield done if done is not None else self._task(part, self._known)

    def _wait(self, thread: threading.Thread) -> None:
        """Wait for a helper as long as there is news of it."""
        done = -1
        while thread.is_alive() and len(self._done) > done:
            done = len(self._done)
            thread.join(_PATIENCE)


class Helper:
    """One process that works for us."""

    def __init__(self) -> None:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("BADGEOPS_")}
        flags = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
        self._process = subprocess.Popen(  # noqa: S603 (ourselves)
            [sys.executable, *flags, "-c", _CODE, *map(os.path.abspath, sys.path)],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.is_sound = True
        self._turn = threading.Lock()
        self._orders, self._answers = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        _widen(self._answers)
        os.set_blocking(self._orders.fileno(), False)  # it may never read them

    @property
    def is_busy(self) -> bool:
        """Tell whether somebody has it do something."""
        return self._turn.locked()

    def do(self, task: Task[R | None], part: list[bytes], wait: float = 0.0) -> R | None:
        """Let it do one thing if it is free within so many seconds; None if it does not, or takes too long."""
        done: dict[int, R | None] = {}
        if self._turn.acquire(timeout=wait):
            try:
                self._try(marshal.dumps((task.__name__, [part], [])), deque([0]), done)
            finally:
                self._turn.release()
        return done.get(0)

    def work(self, order: bytes, todo: deque[int], done: dict[int, Any]) -> None:
        """Do parts of a share until there are no more; runs in a thread of its own."""
        while todo:
            if self._turn.acquire(timeout=_MOMENT):
                try:
                    self._try(order, todo, done)
                finally:
                    self._turn.release()
                return

    def _try(self, order: bytes, todo: deque[int], done: dict[int, Any]) -> None:
        try:
            if self.is_sound:
                self._work(order, todo, done)
        except (OSError, EOFError, ValueError, TypeError):
            self.is_sound = False  # what it had is done by others

    def _work(self, order: bytes, todo: deque[int], done: dict[int, Any]) -> None:
        orders, answers = self._orders, self._answers
        send(orders, order, _PATIENCE)
        under_way: deque[int] = deque()
        while True:
            for number in _some_of(todo, _AHEAD - len(under_way)):
                under_way.append(number)
                tell(orders, number, _PATIENCE)
            if not under_way:
                break
            done[under_way.popleft()] = marshal.loads(receive(answers, _PATIENCE))  # noqa: S302 (our own process)
        tell(orders, END, _PATIENCE)

    def end(self) -> None:
        """End the process, whatever it is at: it only reads."""
        self.is_sound = False
        self._process.kill()
        self._process.wait()
        # Whoever waits for an answer hears that there is none; nobody may read a number that is another file's by then.
        if self._turn.acquire(timeout=_A_SECOND):
            for stream in (self._orders, self._answers):
                with suppress(OSError):
                    stream.close()
            self._turn.release()


def _some_of(todo: deque[int], most: int) -> Iterator[int]:
    """Take some of what is to be done, as far as others leave any."""
    for _ in range(most):
        with suppress(IndexError):
            yield todo.popleft()


def _widen(stream: BinaryIO) -> None:
    """Let a pipe hold some answers, so that a helper need not wait until they are read."""
    import fcntl  # noqa: PLC0415 (not on Windows)

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, _WIDTH)
