"""Crashes: badgeops killed at every point that matters, on a full, a failing and a read-only disk, without power.

A trial is a way to fail and a kind of work: "kill.create.hosted.8.0" kills an apply that creates everything, in the
hosted dialect with eight requests at once. The points are found by
`instruments`, in a run that nothing disturbs. After each failure: the state can be read, the plan is right, one more
apply brings everything into order, and the server holds exactly the catalog.

The process really ends at each point. Only where it leaves of the lock, and of state, journal and server, what
earlier crashes of the same trial have left, ids and times aside, the way back is not walked once more.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from support.background import repeating
from support.programme import badge_class

from badgeops.state.backends.file import FileBackend
from badgeops.state.backends.interface import LockInfo
from badgeops.state.backends.lease import machine
from badgeops.state.journal import Journal
from badgeops.state.record import State
from trials.bench import JOURNAL, LEASE, STATE, Bench, set_up
from trials.disk import Disk
from trials.nursery import Ended
from trials.programmes import APPLY, KEYS, SCENARIOS, Scenario, write_catalog

_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (a folder of its own is made there)
"""Where the trials work: no real disk has a part in them, and waiting for one would take most of their time."""
_ALL = 1000
"""From so many seeds on, each trial takes every point there is; with fewer, a sample."""
_HISTORIES = 60
"""So many among the trials of so many seeds."""
_MOMENTS = 5
"""Runs that are killed for each jump of the clock."""
_KILLED = -9
_ERRORS = {"full": errno.ENOSPC, "failing": errno.EIO, "readonly": errno.EROFS}
_DAY = 86_400.0
_JUMPS = (-400 * _DAY, -3600.0, 3600.0, 400 * _DAY)

_EACH_WAY = (
    "kill.create.open-source.1.s",
    "kill.mixed.open-source.8.s",
    "busy.mixed.hosted.1.s",
    "full.mixed.open-source.1.s",
    "failing.create.hosted.1.s",
    "readonly.update.open-source.1.s",
    "clock.create.hosted.1.s",
    "cut.create.open-source.1.s",
    "reviewed.mixed.hosted.8.s",
    "history.0",
)
"""One trial, at least, of each way to fail: no list is without them."""
_EACH_WORK = (
    "kill.create.hosted.8.s",
    "kill.update.hosted.8.s",
    "kill.no-links.open-source.1.s",
    "kill.kept-log-in.open-source.1.s",
    "kill.delete.open-source.8.s",
    "kill.archive.hosted.1.s",
    "kill.destroy.hosted.8.s",
    "kill.reverted.hosted.8.s",
    "kill.adopt.hosted.8.s",
    "kill.adopt-issuer.open-source.1.s",
    "kill.import.open-source.1.s",
    "kill.move.open-source.1.s",
    "busy.create.open-source.8.s",
    "reviewed.create.open-source.8.s",
    "reviewed.adopt.open-source.1.s",
)
"""With these, most kinds of work are killed once."""


def names(seeds: int) -> list[str]:
    """Return "kill.create.open-source.1.s", …: samples; or, of many seeds, "kill.create.open-source.1.0", …: all."""
    works = _works()
    if seeds >= _ALL:
        return [f"{work}.0" for work in works] + [f"history.{seed}" for seed in range(seeds * _HISTORIES // _ALL)]
    others = [f"{work}.s" for work in works] + [f"history.{seed}" for seed in range(_HISTORIES)]
    others = [name for name in others if name not in _EACH_WAY + _EACH_WORK]
    random.Random("the same in each run").shuffle(others)  # noqa: S311 (no secret)
    return [*_EACH_WAY, *_EACH_WORK, *others][: max(seeds, len(_EACH_WAY))]


def _works() -> list[str]:
    """Return each way to fail with each kind of work that it can meet: "kill.create.open-source.1", …"""
    works = [
        (scenario, f"{scenario.name}.{dialect}.{parallelism}")
        for scenario in SCENARIOS.values()
        for dialect in scenario.dialects
        for parallelism in ((1, 8) if scenario.parallel else (1,))
    ]
    found = [f"kill.{work}" for _, work in works]
    found += [f"reviewed.{work}" for _, work in works if _is_planned(work)]
    found += [f"busy.{work}" for scenario, work in works if scenario.hasty and scenario.fails("busy")]
    found += [
        f"{way}.{work}"
        for way in (*_ERRORS, "clock")
        for scenario, work in works
        if ".8" not in work and scenario.fails(way)
    ]
    both = [f"{name}.{dialect}" for name in ("create", "mixed") for dialect in ("open-source", "hosted")]
    return found + [f"full.{work}.8" for work in both] + [f"cut.{work}.1" for work in both]


def run(name: str) -> int:
    """Carry out one trial; return the number of crashes."""
    way, *what = name.split(".")
    with tempfile.TemporaryDirectory(prefix="badgeops-crashes-", dir=_IN_MEMORY) as folder:
        if way == "history":
            return _history(Path(folder), int(what[0]))
        scenario, dialect, parallelism, share = what
        numbers = Numbers(name, is_sample=share == "s")
        with set_up(Path(folder), SCENARIOS[scenario], dialect, int(parallelism)) as bench:
            crash = {"kill": _kill, "busy": _busy, "clock": _clock, "cut": _cut, "reviewed": _reviewed}.get(way)
            if crash is None:
                return _fail(bench, _ERRORS[way], numbers)
            return crash(bench, numbers)


class Numbers:
    """Which of many points a trial takes."""

    def __init__(self, name: str, *, is_sample: bool) -> None:
        self.dice = random.Random(name)  # noqa: S311 (to be repeated, not to be secret)
        self.is_sample = is_sample

    def of(self, points: Iterable[str], *, most: int) -> list[int]:
        """Return numbers from 1 on: all of them, or a sample that has each sort of point if `most` allows."""
        points = list(points)
        if not self.is_sample:
            return list(range(1, len(points) + 1))
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
    assert bench.scenario.is_kept == ("rename temporary to log-in: after" in seen.points), seen.story
    bench.put_back()
    return seen


def _dead(bench: Bench, at: int, *, settle: bool = True) -> Ended:
    """Kill the command at a point; it may end before, where this time an answer came in fewer pieces."""
    ended = bench.run(*bench.scenario.command(bench), die_at=at, settle=settle)
    assert ended.status in (0, _KILLED), bench.story("neither done nor killed")
    return ended


class Seen:
    """What crashes have left so far: from what one has left before, badgeops has found its way back already.

    The lock and the rest are looked at apart, as badgeops does: a new one of either is enough to walk the way.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._left: set[str] = set()

    def recovers(self) -> None:
        """Fail unless everything comes into order again."""
        self._bench.assert_whole_files()
        self._bench.assert_logged_in()
        left = set(self._bench.left())
        if not left <= self._left:
            self._bench.assert_recovers()
            self._left |= left


# --- ways to fail --------------------------------------------------------------------------------------------------


_MENDING = ("mixed", "adopt", "lost", "lost-issuer", "revive")


def _is_planned(work: str) -> bool:
    """Tell whether a kind of work can be saved as a plan."""
    return work.partition(".")[0] in ("create", "update", "delete", "archive", "forget", *_MENDING)


def _reviewed(bench: Bench, numbers: Numbers) -> int:
    """Kill an apply of a saved plan; the same command, once more, finishes it, refuses nothing and adds nothing."""
    saved = str(bench.folder / "plan.json")
    bench.expect(0, "plan", "--save-plan", saved)
    command = ("apply", "--plan", saved, *APPLY[2:])
    seen = bench.expect(0, *command)
    bench.assert_in_order()
    chosen = numbers.of(seen.points, most=16)
    for at in chosen:
        with _told(f"killed at {at} ({seen.points[at - 1]})"):
            bench.put_back()
            ended = bench.run(*command, die_at=at)
            assert ended.status in (0, _KILLED), bench.story("neither done nor killed")
            bench.expect(0, *command)
            bench.assert_in_order()
    return len(chosen)


def _kill(bench: Bench, numbers: Numbers) -> int:
    """Kill it at each point; then once more as if the power had gone with it, so that the disk has what it likes."""
    undisturbed = _undisturbed(bench)
    chosen = numbers.of(undisturbed.points, most=16)
    seen, crashes = Seen(bench), 0
    for at in chosen:
        bench.put_back()
        disk = Disk.holding(bench.state_files() | bench.log_in_files())
        ended = _dead(bench, at)
        bench.save("dead")
        with _told(f"killed at {at} ({ended.points[:at][-1]})"):
            seen.recovers()
        crashes += 1
        disk.replay(ended.journal)
        if disk.is_certain:
            continue
        with _told(f"no power at {at} ({ended.points[:at][-1]})"):
            bench.put_back("dead")
            _find(bench, disk.after_power_cut(numbers.dice))
            seen.recovers()
        crashes += 1
    return crashes


def _busy(bench: Bench, numbers: Numbers) -> int:
    """Kill it while the server is at each of its writes, and run it again at once: the server works on meanwhile."""
    undisturbed = _undisturbed(bench)
    writes = [
        number
        for number, name in enumerate(undisturbed.points, 1)
        if name.startswith(("POST v2", "PUT v2", "DELETE v2")) and name.endswith(": after it left")
    ]
    chosen = [writes[number - 1] for number in numbers.of(map(str, writes), most=3)]
    for at in chosen:
        with _told(f"killed at {at} ({undisturbed.points[at - 1]}), and the server still at it"):
            bench.put_back()
            bench.server.set_faults(["slow=0.3,method=POST|PUT|DELETE,path=/v2/*"])
            _dead(bench, at, settle=False)
            bench.server.set_faults([])
            if bench.scenario.name == "create":  # without any patience, and before a quarter of an hour has gone by
                bench.run(*bench.scenario.repeated, patience=0, quiet=900)
            for _ in range(2):  # what comes late may be what a write finds changed since its plan, and refuses
                ended = bench.run(*bench.scenario.repeated, patience=0.6)
                if ended.status == 0:
                    break
            assert ended.status == 0, bench.story("two applies were not enough")
            bench.assert_in_order()
    return len(chosen)


def _find(bench: Bench, files: dict[str, bytes]) -> None:
    """Let the disk have these files where state and log-in are."""
    for folder in (bench.root / "state", bench.vault.parent):
        shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if ".holder" in path.name:  # by the time the computer is up again, nobody has renewed the lease for long
            path.write_bytes(data.replace(machine().encode(), b"before it went down"))
            os.utime(path, (0, 0))
        else:
            path.write_bytes(data)
        bench.history.append(f"{path.name}: {len(data)} bytes, …{data[-200:]!r}")


def _fail(bench: Bench, error: int, numbers: Numbers) -> int:
    """Let each operation on a file fail, for once and from then on: a message and status 1, or it did not matter."""
    undisturbed = _undisturbed(bench)
    chosen = numbers.of(undisturbed.operations, most=10)
    ways = (True,) if error == errno.EROFS else (False, True)  # no disk is read-only for a moment
    seen = Seen(bench)
    for at in chosen:
        for lasts in ways:
            bench.put_back()
            with _told(f"{errno.errorcode[error]} at {at} ({undisturbed.operations[at - 1]}), {lasts=}"):
                ended = bench.run(*bench.scenario.command(bench), fail_at=at, error=error, lasts=lasts)
                assert ended.status in (0, 1), bench.story("neither done nor refused")
                assert ended.status == 0 or "error" in ended.err or "failed" in ended.out, bench.story("no message")
                seen.recovers()
    return len(ways) * len(chosen)


def _clock(bench: Bench, numbers: Numbers) -> int:
    """Let the clock jump in mid-run, before a kill too, and be right again afterwards: nothing depends on it."""
    undisturbed = _undisturbed(bench)
    crashes = 0
    for jump in _JUMPS:
        for dies in (False, *[True] * (3 if numbers.is_sample else _MOMENTS)):
            with _told(f"the clock {jump:+} s"):
                ended = _jump(bench, numbers.dice, undisturbed, jump, bench.put_back, dies=dies)
                assert ended.status in (0, _KILLED), bench.story("neither done nor killed")
                bench.assert_recovers()
            crashes += 1
    return crashes + _clock_and_dead_lease(bench, numbers.dice) + _clock_and_live_lease(bench, numbers.dice)


def _clock_and_dead_lease(bench: Bench, dice: random.Random) -> int:
    """Let the clock jump while a lease of another computer, which has run out, is in the way."""

    def put_back() -> None:
        bench.put_back()
        _lease_of_another(bench)

    put_back()
    undisturbed = bench.expect(0, *bench.scenario.command(bench))
    for jump in _JUMPS:
        for dies in (False, True):
            with _told(f"the clock {jump:+} s, and a lease that has run out"):
                ended = _jump(bench, dice, undisturbed, jump, put_back, dies=dies)
                # By a clock that was set back the lease is young, and whoever has no patience is refused.
                is_refused = ended.status == 1 and jump < 0 and _is_in_use(ended)
                assert ended.status in (0, _KILLED) or is_refused, bench.story("neither done nor killed nor refused")
                bench.assert_recovers()
    return 2 * len(_JUMPS)


def _clock_and_live_lease(bench: Bench, dice: random.Random) -> int:
    """Let the clock jump while a run on another computer holds the state: it keeps it, and nothing changes."""
    bench.put_back()
    lease = _lease_of_another(bench)

    def held() -> tuple[object, ...]:
        return lease.stat().st_ino, bench.state_files(), bench.entities()

    with repeating(lambda: os.utime(lease), 0.01):  # as its owner renews it
        undisturbed = bench.expect(1, *bench.scenario.command(bench))
        before = held()
        for jump in _JUMPS:
            with _told(f"the clock {jump:+} s, and a live lease"):
                ended = _jump(bench, dice, undisturbed, jump, lambda: None, watch=15)
                assert ended.status == 1, bench.story("it was not refused")
                assert _is_in_use(ended), bench.story("it is not said why")
                assert held() == before, bench.story("something has changed")
    lease.unlink()
    bench.assert_recovers()
    return len(_JUMPS)


def _jump(
    bench: Bench,
    dice: random.Random,
    seen: Ended,
    jump: float,
    put_back: Callable[[], None],
    *,
    dies: bool = False,
    watch: float = 0.05,
) -> Ended:
    """Let the clock jump at a reading of some sort, and the run be killed at some point after it, if there is one."""
    for _ in range(10):
        sort = dice.choice(sorted({name for name, _ in seen.readings}))
        at = dice.choice([number for number, (name, _) in enumerate(seen.readings, 1) if name == sort])
        left = len(seen.points) - seen.readings[at - 1][1]
        put_back()
        later = dice.randint(1, max(left, 1)) if dies else 0
        ended = bench.run(*bench.scenario.command(bench), jump=jump, jump_at=at, die_later=later, watch=watch)
        if len(ended.readings) >= at:
            return ended
        seen = ended  # this time it read the clock less often: it wrote several outcomes at once, or had full caches
    raise AssertionError(bench.story("the clock has not jumped"))


def _is_in_use(ended: Ended) -> bool:
    """Tell whether a message says that somebody else holds the state; it may be broken anywhere."""
    return "is in use: apply by ada@another" in " ".join(ended.err.split())


def _lease_of_another(bench: Bench) -> Path:
    """Let a run on another computer hold the state, which has not renewed its lease for an hour; return the lease."""
    path = bench.root / LEASE
    path.parent.mkdir(parents=True, exist_ok=True)
    info = LockInfo("0123456789ab", "apply", "ada@another, process 7", "noon")
    path.write_text(json.dumps({**info.to_json(), "machine": "another computer"}), "utf-8")
    long_ago = path.stat().st_mtime - 3600
    os.utime(path, (long_ago, long_ago))
    return path


def _cut(bench: Bench, numbers: Numbers) -> int:
    """Cut the journal of a dead apply at every byte.

    What is read of it changes only where a line is whole; from each of these the way back is walked. Outcomes that
    are lost are found out. Where intents are lost, nothing had been sent of what they announce; and if it had, which
    no disk does that keeps what was fsynced, nothing would be made twice all the same: the plan names what is there.
    """
    undisturbed = _undisturbed(bench)
    # The last file that is replaced is the state, when everything is done.
    point = "open temporary: before"
    ended = bench.run(*bench.scenario.command(bench), die_at=undisturbed.points.count(point), die_of=point)
    assert ended.status == _KILLED, bench.story("it was not killed")
    bench.save("dead")
    path = bench.root / JOURNAL
    journal = path.read_bytes()
    first_outcome = next(
        number for number, line in _lines(journal) if b'{"outcome"' in line and b'"action"' in journal[:number]
    )
    wholes = [0, *(number + len(line) for number, line in _lines(journal))]
    for cut in range(len(journal) + 1):
        path.write_bytes(journal[:cut])
        whole = max(number for number in wholes if number <= cut)
        read = _read(bench)
        path.write_bytes(journal[:whole])
        assert read == _read(bench), f"the journal cut at {cut} is read otherwise than cut at {whole}"
    chosen = numbers.of(map(str, wholes), most=24)
    for whole in (wholes[number - 1] for number in chosen):
        for cut in {whole, min(whole + 20, len(journal))}:
            with _told(f"the journal cut at {cut}, first outcome at {first_outcome}"):
                bench.put_back("dead")
                path.write_bytes(journal[:cut])
                if not _ANNOUNCED.search(journal, whole):
                    bench.assert_recovers()
                    continue
                if b'"action": "create"' in journal[whole:]:
                    _assert_nothing_twice(bench)
                if cut >= first_outcome:
                    continue
                bench.put_back()
                _find(bench, bench.files_of("dead") | {str(path): journal[:cut]})
                bench.assert_recovers()
    return len(journal) + 1


_ANNOUNCED = re.compile(rb'"intent": ')


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each line and where it begins."""
    begin = 0
    for line in data.splitlines(keepends=True):
        yield begin, line
        begin += len(line)


def _read(bench: Bench) -> State:
    """Return the state as badgeops reads it."""
    return Journal(FileBackend(bench.root / STATE), "here", bench.server.url).load()


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
