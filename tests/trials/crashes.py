"""Crashes: badgeops killed at every point that matters, on a full, a failing and a read-only disk, without power.

A trial is a way to fail and a kind of work: "kill.create.hosted.8.0" kills an apply that creates everything, in the
hosted dialect with eight requests at once, at every sixth point from the first on. The points are found by
`instruments`, in a run that nothing disturbs. After each failure: the state can be read, the plan is right, one more
apply brings everything into order, and the server holds exactly the catalog.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from support.programme import badge_class

from trials.bench import JOURNAL, Bench, set_up
from trials.disk import Disk
from trials.nursery import Ended
from trials.programmes import APPLY, KEYS, SCENARIOS, Scenario, write_catalog

CHUNKS = 6
"""Trials into which the points of one kind of work are divided."""
_HISTORIES = 60
_KILLED = -9
_ERRORS = {"full": errno.ENOSPC, "failing": errno.EIO, "readonly": errno.EROFS}
_DAY = 86_400.0
_JUMPS = (-400 * _DAY, -3600.0, 3600.0, 400 * _DAY)

SHORT = (
    "kill.create.open-source.1.s",
    "kill.create.hosted.8.s",
    "kill.update.hosted.8.s",
    "kill.delete.open-source.8.s",
    "kill.archive.hosted.1.s",
    "kill.mixed.open-source.8.s",
    "kill.adopt.hosted.8.s",
    "kill.import.open-source.1.s",
    "kill.move.open-source.1.s",
    "power.create.open-source.8.s",
    "power.mixed.hosted.1.s",
    "full.mixed.open-source.1.s",
    "failing.create.hosted.1.s",
    "readonly.update.open-source.1.s",
    "clock.create.hosted.8.s",
    "cut.create.open-source.1.s",
    "history.0",
)


def names(long: bool) -> list[str]:
    """Return "kill.create.open-source.1.0", …; in the short form a sample, marked by its "s"."""
    if not long:
        return list(SHORT)
    works = [
        f"{scenario.name}.{dialect}.{parallelism}"
        for scenario in SCENARIOS.values()
        for dialect in scenario.dialects
        for parallelism in ((1, 8) if scenario.parallel else (1,))
    ]
    found = [f"{way}.{work}.{chunk}" for way in ("kill", "power") for work in works for chunk in range(CHUNKS)]
    found += [f"{way}.{work}.0" for way in (*_ERRORS, "clock") for work in works if ".8" not in work]
    found += [f"cut.create.{dialect}.1.{chunk}" for dialect in ("open-source", "hosted") for chunk in range(CHUNKS)]
    return found + [f"history.{seed}" for seed in range(_HISTORIES)]


def run(name: str) -> int:
    """Carry out one trial; return the number of crashes."""
    way, *what = name.split(".")
    with tempfile.TemporaryDirectory(prefix="badgeops-crashes-") as folder:
        if way == "history":
            return _history(Path(folder), int(what[0]))
        scenario, dialect, parallelism, chunk = what
        with set_up(Path(folder), SCENARIOS[scenario], dialect, int(parallelism)) as bench:
            crash = {"kill": _kill, "power": _power, "clock": _clock, "cut": _cut}.get(way)
            if crash is None:
                return _fail(bench, _ERRORS[way], Numbers(name, chunk))
            return crash(bench, Numbers(name, chunk))


class Numbers:
    """Which of many points a trial takes."""

    def __init__(self, name: str, chunk: str) -> None:
        self.dice = random.Random(name)  # noqa: S311 (to be repeated, not to be secret)
        self._chunk = None if chunk == "s" else int(chunk)

    def of(self, points: Iterable[str], *, most: int, chunks: int = CHUNKS) -> list[int]:
        """Return numbers from 1 on: one trial's share, or a sample that has each sort of point if `most` allows."""
        points = list(points)
        if self._chunk is not None:
            return list(range(1 + self._chunk % chunks, len(points) + 1, chunks))
        sorts: dict[str, list[int]] = {}
        for number, name in enumerate(points, 1):
            sorts.setdefault(name, []).append(number)
        sample = [self.dice.choice(numbers) for numbers in sorts.values()]
        return sorted(self.dice.sample(sample, min(most, len(sample))))


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Say at which point a promise was broken."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{what}: {error}") from error


def _undisturbed(bench: Bench) -> Ended:
    """Return what is seen when nothing fails."""
    seen = bench.run(*bench.scenario.command(bench))
    assert seen.status == 0, seen.story
    bench.put_back()
    return seen


def _dead(bench: Bench, at: int, **orders: float) -> Ended:
    """Begin anew and kill the command at a point; it may end before, where this time an answer came in fewer pieces."""
    bench.put_back()
    ended = bench.run(*bench.scenario.command(bench), die_at=at, **orders)
    assert ended.status in (0, _KILLED), bench.story("neither done nor killed")
    return ended


# --- ways to fail --------------------------------------------------------------------------------------------------


def _kill(bench: Bench, numbers: Numbers) -> int:
    seen = _undisturbed(bench)
    chosen = numbers.of(seen.points, most=16)
    for at in chosen:
        with _told(f"killed at {at} ({seen.points[at - 1]})"):
            _dead(bench, at)
            bench.assert_recovers()
    return len(chosen)


def _power(bench: Bench, numbers: Numbers) -> int:
    """Cut the power at each point: the process is gone, and of what was not fsynced the disk has what it likes."""
    seen = _undisturbed(bench)
    chosen = numbers.of(seen.points, most=16)
    for at in chosen:
        bench.put_back()
        disk = Disk.holding(bench.state_files())
        with _told(f"no power at {at} ({seen.points[at - 1]})"):
            ended = _dead(bench, at)
            disk.replay(ended.journal)
            _find(bench, disk.after_power_cut(random.Random(at)))  # noqa: S311
            bench.assert_recovers()
    return len(chosen)


def _find(bench: Bench, files: dict[str, bytes]) -> None:
    """Let the disk have these files where the state is."""
    shutil.rmtree(bench.root / "state", ignore_errors=True)
    for name, data in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if path.suffix == ".holder":  # by the time the computer is up again, nobody has renewed the lease for long
            os.utime(path, (0, 0))
        bench.history.append(f"{path.name}: {len(data)} bytes, …{data[-200:]!r}")


def _fail(bench: Bench, error: int, numbers: Numbers) -> int:
    """Let each operation on a file fail, for once and from then on: a message and status 1, or it did not matter."""
    seen = _undisturbed(bench)
    chosen = numbers.of(seen.operations, most=10, chunks=1)
    for at in chosen:
        for lasts in (False, True):
            bench.put_back()
            with _told(f"{errno.errorcode[error]} at {at} ({seen.operations[at - 1]}), {lasts=}"):
                ended = bench.run(*bench.scenario.command(bench), fail_at=at, error=error, lasts=lasts)
                assert ended.status in (0, 1), bench.story("neither done nor refused")
                assert ended.status == 0 or "error" in ended.err or "failed" in ended.out, bench.story("no message")
                bench.assert_recovers()
    return 2 * len(chosen)


def _clock(bench: Bench, numbers: Numbers) -> int:
    """Let the clock jump, once for good and once in mid-run before a kill: nothing depends on it."""
    seen = _undisturbed(bench)
    chosen = numbers.of(seen.points, most=3, chunks=8)
    for jump in _JUMPS:
        for at in (0, *chosen):
            with _told(f"the clock {jump:+} s, killed at {at}"):
                bench.put_back()
                command = bench.scenario.command(bench)
                ended = bench.run(*command, die_at=at, jump=jump, jump_at=1 + numbers.dice.randrange(40))
                assert ended.status in (0, _KILLED), bench.story("neither done nor killed")
                for path in (bench.root / "state").rglob("*"):
                    os.utime(path, (path.stat().st_atime + jump, path.stat().st_mtime + jump))
                bench.assert_recovers()
    return len(_JUMPS) * (1 + len(chosen))


def _cut(bench: Bench, numbers: Numbers) -> int:
    """Cut the journal of a dead apply at every byte.

    Outcomes that are lost are found out. Where even intents are lost, which no disk does that keeps what was fsynced,
    nothing is made twice all the same: the plan names what is there.
    """
    seen = _undisturbed(bench)
    at = max(number for number, name in enumerate(seen.points, 1) if name.startswith("open temporary: before"))
    _dead(bench, at)
    bench.save()
    journal = (bench.root / JOURNAL).read_bytes()
    first_outcome = journal.index(b'{"outcome"')
    lines = [number for number, byte in enumerate(journal) if byte == ord("\n")]
    cuts = sorted({0, *lines, *(line + 1 for line in lines), *range(7, len(journal), 41), len(journal)})
    chosen = numbers.of(map(str, cuts), most=24)
    for cut in (cuts[number - 1] for number in chosen):
        bench.put_back()
        (bench.root / JOURNAL).write_bytes(journal[:cut])
        with _told(f"the journal cut at {cut}, first outcome at {first_outcome}"):
            if cut >= first_outcome:
                bench.assert_recovers()
            else:
                _assert_nothing_twice(bench)
    return len(chosen)


def _assert_nothing_twice(bench: Bench) -> None:
    before = bench.entities()
    bench.expect(0, "state", "list")
    assert bench.run(*APPLY).status in (0, 1)
    assert bench.entities() == before, bench.story("something was made again")


# --- histories -----------------------------------------------------------------------------------------------------


def _history(folder: Path, seed: int) -> int:
    """Kill, edit and kill again, also while badgeops recovers; in between all must come into order."""
    dice = random.Random(seed)  # noqa: S311 (to be repeated, not to be secret)
    dialect = dice.choice(("open-source", "hosted"))
    work = Scenario("history", lambda bench: write_catalog(bench, on_remove="delete"))
    crashes = 0
    with set_up(folder, work, dialect, dice.choice((1, 2, 8))) as bench:
        for number in range(4):
            with _told(f"round {number} of history {seed}"):
                for _ in range(dice.randint(1, 4)):
                    crashes += _crash(bench, dice)
                    if dice.random() < 0.5:
                        bench.expect(0, "state", "list")
                        bench.assert_plan_is_right()
                    if dice.random() < 0.5:
                        _reword(bench, dice)
                bench.assert_recovers()
            _edit(bench, dice, number)
    return crashes


def _crash(bench: Bench, dice: random.Random) -> int:
    """Apply, and let it be killed, lose its power or its disk at some moment."""
    way = dice.choice(("kill", "kill", "power", "full"))
    at = int(dice.triangular(1, 260, 60))
    if way == "full":
        assert bench.run(*APPLY, fail_at=1 + at // 5, lasts=True).status in (0, 1), bench.story("neither")
        return 1
    disk = Disk.holding(bench.state_files())
    ended = bench.run(*APPLY, die_at=at)
    assert ended.status in (0, _KILLED), bench.story("neither done nor killed")
    if way == "power" and ended.status == _KILLED:
        disk.replay(ended.journal)
        _find(bench, disk.after_power_cut(dice))
    return 1


def _reword(bench: Bench, dice: random.Random) -> None:
    """Change what is said of some badge class, its name too."""
    path = dice.choice([path for path in sorted(bench.root.glob("*.yaml")) if "criteria" in path.read_text("utf-8")])
    word = dice.randrange(1000)
    lines = [
        f"description: Number {word}." if line.startswith("description") else line
        for line in path.read_text("utf-8").splitlines()
    ]
    if dice.random() < 0.3:
        lines = [f"name: Named {word} {path.stem}" if line.startswith("name") else line for line in lines]
    bench.programme.write(path.name, "\n".join(lines) + "\n")


def _edit(bench: Bench, dice: random.Random, number: int) -> None:
    """Add badge classes and an issuer, reword others, and remove some."""
    issuer = f"school-{number}"
    text = f"kind: Issuer\nkey: {issuer}\nname: {issuer}\ndescription: A school.\nurl: https://s.example\n"
    bench.programme.write(f"{issuer}.yaml", text + "email: admin@example.org\nlifecycle: {onRemove: delete}\n")
    for key in (f"a-{number}", f"b-{number}"):
        fields = {"issuer": dice.choice((issuer, "academy")), "lifecycle": "{onRemove: delete}"}
        bench.programme.write(f"{key}.yaml", badge_class(key, **fields))
    if number < len(KEYS) - 1:
        bench.programme.remove(f"{KEYS[number]}.yaml")
    _reword(bench, dice)
