"""Races: many runs of badgeops on one state at once, some of them killed or frozen.

A trial is a kind of race and a seed. The runs are forked from one process that has imported badgeops, so that they
really begin at once; each writes down when it held the lock. Whatever the race: exactly one works at a time, everyone
else has waited or names the owner, a plan beside it sees a whole state, and in the end the server holds the catalog
once and the next plan is empty.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from support.api import Api
from support.programme import CREDENTIALS, ISSUER, Finished, Programme, badge_class

from badgeops.sandbox import Sandbox, SandboxOptions

KINDS = ("patient", "impatient", "mixed", "killed", "frozen")
_KEYS = ("one", "two", "three", "four")
_TESTS = Path(__file__).parents[1]
_PATIENCE = ("--lock-timeout", "120")
_APPLY = ("apply", "--auto-approve")


def names(seeds: int) -> list[str]:
    """Return "patient-0", "impatient-0", …: one kind after the other, and all of them at least once."""
    return [f"{KINDS[number % len(KINDS)]}-{number // len(KINDS)}" for number in range(max(seeds, len(KINDS)))]


def run(name: str) -> int:
    """Run one race and return the number of runs that took part."""
    kind, seed = name.rsplit("-", 1)
    with tempfile.TemporaryDirectory(prefix="badgeops-races-") as folder, _race(Path(folder), int(seed)) as race:
        runs: int = globals()[f"_{kind}"](race)
        return runs


class Race:
    """A catalog, its server, and the runs on it."""

    def __init__(self, folder: Path, server: Sandbox, seed: int) -> None:
        self.folder = folder
        self.server = server
        self.dice = random.Random(seed)  # noqa: S311 (to be repeated, not to be secret)
        self.programme = Programme(folder / "catalog", {**CREDENTIALS, "HOME": str(folder / "home")})
        self.programme.settings(server.url)
        self.programme.write("issuer.yaml", ISSUER)
        self.programme.image()
        for key in _KEYS:
            self.programme.write(f"{key}.yaml", badge_class(key))

    def start(self, *commands: tuple[str, ...], elsewhere: int | None = None) -> Field:
        """Start runs at once; the one of the number `elsewhere` as if on another computer."""
        return Field(self, commands, elsewhere)

    def assert_settled(self) -> None:
        """Fail unless one more apply, if at all, makes the plan empty, and the server has the catalog once."""
        last = self.programme.apply()
        assert last.status == 0, last.out + last.err
        self.programme.assert_settled()
        names = Counter(item["name"] for item in Api(self.server.url).badge_classes())
        assert names == Counter(key.title() for key in _KEYS), names
        assert len(Api(self.server.url).issuers()) == 1


class Field:
    """Runs that compete."""

    def __init__(self, race: Race, commands: tuple[tuple[str, ...], ...], elsewhere: int | None) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=race.folder))
        catalog = str(race.programme.root)
        lines = [
            [*command, "--catalog", catalog] if command[0] in ("import", "state") else [*command, catalog]
            for command in commands
        ]
        (self.folder / "commands").write_text(json.dumps({"commands": lines, "elsewhere": elsewhere}), "utf-8")
        self.count = len(commands)
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BADGEOPS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trials.races", str(self.folder)],
            env={**clean, **race.programme.environment, "PYTHONPATH": str(_TESTS), "BADGEOPS_DEBUG": "1"},
        )

    def pid(self, number: int) -> int:
        """Return the process of one run, as soon as it has begun."""
        path = self.folder / f"{number}.pid"
        _until(path.exists)
        return int(path.read_text("utf-8"))

    def until_locked(self) -> None:
        """Wait until one of the runs has the lock."""
        log = self.folder / "held"
        _until(lambda: log.exists() and "got" in log.read_text("utf-8"))

    def finish(self) -> list[Finished]:
        """Wait for all runs; a killed one has its signal as a negative status."""
        assert self.process.wait(300) == 0
        found = []
        for number in range(self.count):
            status, out, err = (self.folder / f"{number}.{what}" for what in ("status", "out", "err"))
            said = " ".join(err.read_text("utf-8").split())  # messages are wrapped
            found.append(Finished(int(status.read_text("utf-8")), out.read_text("utf-8"), said))
            assert "Traceback" not in said, said
        return found

    def assert_one_at_a_time(self) -> None:
        """Fail where two runs held the lock at the same time."""
        log = self.folder / "held"
        entries = sorted(json.loads(line) for line in log.read_text("utf-8").splitlines()) if log.exists() else []
        inside: set[int] = set()
        for _, what, number in entries:
            if what == "got":
                assert not inside, f"run {number} got the lock while {inside} held it"
                inside.add(number)
            else:
                inside.discard(number)


@contextlib.contextmanager
def _race(folder: Path, seed: int) -> Iterator[Race]:
    options = SandboxOptions(data=folder / "server")
    with Sandbox(options) as server:
        yield Race(folder, server, seed)


def _until(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)


# --- the kinds of races --------------------------------------------------------------------------------------------


def _patient(race: Race) -> int:
    """Let twenty applies wait for each other: one does the work, all others find it done."""
    field = race.start(*[(*_APPLY, *_PATIENCE)] * 20)
    found = field.finish()
    assert [each.status for each in found] == [0] * 20, [each.err for each in found if each.status]
    assert sum("No changes" in each.out for each in found) == 19
    field.assert_one_at_a_time()
    posts = [record for record in race.server.requests if record.method == "POST" and record.path.startswith("/v2")]
    assert len(posts) == 1 + len(_KEYS)
    race.assert_settled()
    return 20


def _impatient(race: Race) -> int:
    """Let twenty applies not wait: who does not get the lock says who has it, from where and since when."""
    race.server.set_faults(["slow=0.1,method=POST,path=/v2/*"])
    field = race.start(*[_APPLY] * 20)
    found = field.finish()
    assert any(each.status == 0 for each in found)
    for each in found:
        if each.status:
            assert each.status == 1
            assert "is in use: " in each.err, each.err
    named = [each.err for each in found if "is in use: apply by" in each.err]
    assert all("process " in err and " since " in err and "force-unlock" in err for err in named)
    assert named, "with so many at once, somebody saw the owner"
    field.assert_one_at_a_time()
    race.server.set_faults([])
    race.assert_settled()
    return 20


def _mixed(race: Race) -> int:
    """Let applies, imports, state commands and plans run at once on one state."""
    race.programme.apply()
    two = next(item["entityId"] for item in Api(race.server.url).badge_classes() if item["name"] == "Two")
    race.programme.write("one.yaml", badge_class("one", description=f"Changed {race.dice.random()}."))
    take, drop = ("import", "badge_class.two", two), ("state", "rm", "badge_class.two")
    choices = [
        (*_APPLY, *_PATIENCE),
        (*take, *_PATIENCE),
        (*drop, *_PATIENCE),
        take,
        drop,
        ("plan", "--format", "json"),
        ("state", "list", "--format", "json"),
    ]
    commands = [*choices, *(race.dice.choice(choices) for _ in range(5))]
    race.dice.shuffle(commands)
    field = race.start(*commands)
    for command, each in zip(commands, field.finish(), strict=True):
        assert each.status in (0, 1), each.err
        assert each.status == 0 or command[-2:] != _PATIENCE or "is in use" not in each.err, each.err
        if "--format" in command:
            json.loads(each.out)
            assert command[0] == "plan" or each.status == 0, each.err
        if command[0] == "plan":
            assert "edited on the server" not in each.out
    field.assert_one_at_a_time()
    race.programme.run(*take)
    turned_away = _turned_away(race, take, drop, ("state", "mv", "badge_class.two", "badge_class.three"))
    race.assert_settled()
    return len(commands) + turned_away


def _turned_away(race: Race, *commands: tuple[str, ...]) -> int:
    """Let commands that do not wait meet an apply: each says who holds the lock, from where, since when, doing what."""
    race.server.set_faults(["slow=1,times=1"])
    field = race.start((*_APPLY, *_PATIENCE))
    field.until_locked()
    owner = field.pid(0)
    os.kill(owner, signal.SIGSTOP)
    try:
        refused = race.start(*commands)
        named = rf"is in use: apply by .+@.+, process {owner} in .+, since 20\S+ \S+ UTC, lock "
        for each in refused.finish():
            assert each.status == 1, each.out + each.err
            assert re.search(named, each.err), each.err
            assert "--lock-timeout" in each.err, each.err
        assert (refused.folder / "held").read_text("utf-8") == "", "none of them may have had the lock"
    finally:
        os.kill(owner, signal.SIGCONT)
    (found,) = field.finish()
    assert found.status == 0, found.err
    return 1 + len(commands)


def _killed(race: Race) -> int:
    """Kill owners at some moment: the next one goes on at once, and finds out what was made."""
    race.server.set_faults(["slow=0.05,when=after,method=POST,path=/v2/*"])
    field = race.start(*[(*_APPLY, *_PATIENCE)] * 4)
    pids = [field.pid(number) for number in range(4)]
    time.sleep(race.dice.uniform(0, 0.8))
    victims = race.dice.sample(range(4), 2)
    for victim in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pids[victim], signal.SIGKILL)
        time.sleep(race.dice.uniform(0, 0.2))
    race.server.set_faults([])
    for number, each in enumerate(field.finish()):
        assert each.status == 0 or (number in victims and each.status == -signal.SIGKILL), each.err
    race.assert_settled()
    return 4


def _frozen(race: Race) -> int:
    """Let a run on another computer sleep in mid-apply: its lease runs out, and awake again it writes nothing."""
    quick = race.dice.randrange(len(_KEYS))
    race.server.set_faults([f"slow=2,when=after,method=POST,path=/v2/badgeclasses,skip={quick},times=1"])
    sleeper = race.start((*_APPLY, "--parallelism", "1"), elsewhere=0)
    api = Api(race.server.url)
    _until(lambda: len(api.badge_classes()) > quick)
    os.kill(sleeper.pid(0), signal.SIGSTOP)
    try:
        waiter = race.start((*_APPLY, *_PATIENCE))
        (second,) = waiter.finish()
    finally:
        os.kill(sleeper.pid(0), signal.SIGCONT)
    assert second.status == 0, second.err
    assert "Waiting for the state" in second.err
    before = (race.programme.root / "state" / "here.json").read_bytes()
    (first,) = sleeper.finish()
    assert first.status == 1, first.out + first.err
    assert "is lost: somebody released it" in " ".join(first.err.split())
    assert (race.programme.root / "state" / "here.json").read_bytes() == before
    race.assert_settled()
    return 2


# --- in the process that the runs are forked from ------------------------------------------------------------------


def _compete(folder: Path) -> None:
    from badgeops import cli
    from badgeops.applying import writes
    from badgeops.commands import apply, import_, plan, state  # noqa: F401 (imported once, for all of them)
    from badgeops.planning import newcomers
    from badgeops.state.backends import file, lease

    task = json.loads((folder / "commands").read_text("utf-8"))
    writes._LOOKS = (0.1, 0.4)
    newcomers.QUIET_SECONDS = -60
    lease.RENEWAL, lease.TERM, lease.WATCH = 0.1, 1.0, 0.5  # type: ignore[misc]
    log = os.open(folder / "held", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    hold = file.FileBackend.lock
    begin, ready = os.pipe()

    def logged(number: int) -> object:
        def write(what: str) -> None:
            os.write(log, json.dumps([time.monotonic(), what, number]).encode() + b"\n")

        @contextlib.contextmanager
        def lock(self: file.FileBackend, *arguments: object) -> Iterator[None]:
            with hold(self, *arguments):  # type: ignore[arg-type]
                write("got")
                try:
                    yield
                finally:
                    write("left")

        return lock

    children: dict[int, int] = {}
    for number, command in enumerate(task["commands"]):
        child = os.fork()
        if child == 0:
            os.close(ready)
            for stream, what in ((1, "out"), (2, "err")):
                os.dup2(os.open(folder / f"{number}.{what}", os.O_WRONLY | os.O_CREAT), stream)
            file.FileBackend.lock = logged(number)  # type: ignore[method-assign, assignment]
            if number == task["elsewhere"]:
                lease.machine = lambda: "another computer"
                lease._try = lambda _lock: True  # its kernel knows nothing of our locks
            os.read(begin, 1)
            status = cli.run(command)
            sys.stdout.flush()
            os._exit(status)
        children[child] = number
        temporary = folder / f"{number}.pid.new"
        temporary.write_text(str(child), encoding="utf-8")
        temporary.rename(folder / f"{number}.pid")
    os.close(begin)
    os.close(ready)  # and they are off
    for _ in range(len(children)):
        child, code = os.wait()
        (folder / f"{children[child]}.status").write_text(str(os.waitstatus_to_exitcode(code)), encoding="utf-8")


if __name__ == "__main__":
    _compete(Path(sys.argv[1]))
