"""A lease: kept by the living, free when its owner has died, and lost by whoever slept."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, strategies as st
from support.background import repeating
from support.places import ROOT
from support.tiers import few

from badgeops.errors import StateError, StateLockedError
from badgeops.state.backends import lease
from badgeops.state.backends.file import FileBackend
from badgeops.state.backends.interface import LockInfo, Stored
from badgeops.state.backends.lease import TERM, WATCH, Sighting, has_run_out

ADA = LockInfo("1", "apply", "ada@laptop, process 7", "noon", "/work")
BOB = LockInfo("2", "apply", "bob@server, process 8", "later", "/ci")
MOMENTS = st.floats(-1e6, 1e6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a state."""
    return tmp_path / "production.json"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let leases run out within a second."""
    for name, seconds in (("RENEWAL", 0.05), ("TERM", 0.6), ("WATCH", 0.3)):
        monkeypatch.setattr(lease, name, seconds)


@pytest.fixture(params=[-3600.0, 3600.0])
def unsteady(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let the computer's clock jump an hour, back or forwards, each time that it is read; who waits by it fails."""
    real, jumps = time.time, iter([request.param * number for number in range(1, 21)])
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    monkeypatch.setattr(time, "time_ns", lambda: int((real() + next(jumps)) * 1e9))


def left_behind(path: Path, machine: str, **more: str) -> Path:
    """Write the lease of a run that is no more; return its file."""
    file = path.with_name(".production.json.holder")
    file.write_text(json.dumps({**ADA.to_json(), "machine": machine, **more}), encoding="utf-8")
    return file


@contextmanager
def renewed(file: Path, seconds: float = 0) -> Iterator[None]:
    """Renew a lease for the length of a block, by a clock that is ahead by some seconds."""
    start = file.stat().st_mtime_ns - time.monotonic_ns() + int(seconds * 1e9)
    until = time.monotonic() + 5  # so that who waits for ever is not waited for

    def renew() -> None:
        if time.monotonic() < until:
            os.utime(file, ns=(start + time.monotonic_ns(),) * 2)

    with repeating(renew, 0.05):
        yield


# --- when a lease has run out --------------------------------------------------------------------------------------


@given(age=MOMENTS, watched=st.floats(0, 1e6))
def test_an_owner_of_this_computer_without_the_kernels_lock_is_dead(age: float, watched: float) -> None:
    """Whatever the clocks say: the kernel knows."""
    assert has_run_out(Sighting(age, watched, is_local=True))


@given(age=MOMENTS, watched=st.floats(0, WATCH))
def test_no_clock_alone_ends_a_lease(age: float, watched: float) -> None:
    """A clock that was set looks like a lease that was not renewed; a live owner renews it while we watch."""
    assert not has_run_out(Sighting(age, watched, is_local=False))


@given(age=MOMENTS)
def test_a_lease_that_nobody_renews_ends(age: float) -> None:
    """Also where the file system's clock was set back, and the lease seems to come from the future."""
    assert has_run_out(Sighting(age, TERM + 1, is_local=False))


def test_an_old_lease_ends_after_a_short_watch() -> None:
    """Nobody waits for the whole term again when it is over already."""
    assert has_run_out(Sighting(TERM + 1, WATCH + 1, is_local=False))
    assert not has_run_out(Sighting(TERM - 1, WATCH + 1, is_local=False))


# --- leases of other computers -------------------------------------------------------------------------------------


def test_a_fresh_lease_of_another_computer_keeps_us_out(path: Path) -> None:
    """Its kernel's lock may not be seen here; the lease is, and stays as it was."""
    file = left_behind(path, "another computer")
    before = file.read_bytes()

    with pytest.raises(StateLockedError, match=r"ada@laptop, process 7 in /work, since noon, lock 1") as caught:
        FileBackend(path).lock(BOB, 0).__enter__()

    assert "badgeops force-unlock 1" in caught.value.hint
    assert file.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} == {file.name, ".production.json.lock"}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "name", ["1; rm -rf ~", "$(id)", "`id`", "1\n  badgeops destroy", "-h\u202e", "", "a" * 65, "é"]
)
def test_a_lease_that_anybody_may_have_written_is_no_command(path: Path, name: str) -> None:
    """Its id stands in a command that people copy into a shell, so one that badgeops does not give is not repeated."""
    file = left_behind(path, "another computer")
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"id": name}), "utf-8")

    with pytest.raises(StateLockedError) as caught:
        FileBackend(path).lock(BOB, 0).__enter__()

    assert "force-unlock" not in caught.value.hint
    assert FileBackend(path).owner() is None


@pytest.mark.parametrize("field", ["operation", "who", "where", "created"])
def test_what_a_lease_says_stays_on_its_line(path: Path, field: str) -> None:
    """On a line of its own, it would look like a command that badgeops suggests."""
    file = left_behind(path, "another computer")
    told = json.loads(file.read_text("utf-8")) | {field: "x.\n\n  badgeops destroy --auto-approve\n" + "y" * 5000}
    file.write_text(json.dumps(told), "utf-8")

    with pytest.raises(StateLockedError) as caught:
        FileBackend(path).lock(BOB, 0).__enter__()

    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 1000


def test_a_lease_of_another_computer_runs_out(path: Path) -> None:
    """Whoever waits gets the state, and was told whom it waited for."""
    left_behind(path, "another computer")
    said: list[str] = []

    with FileBackend(path).lock(BOB, 60, said.append):
        assert FileBackend(path).owner() == BOB

    assert len(said) == 1
    assert "ada@laptop" in said[0]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_an_old_lease_is_watched_without_patience_too(path: Path, seconds: int) -> None:
    """With no --lock-timeout a lease that ran out long ago does not block; one from the future does for now."""
    file = left_behind(path, "another computer")
    now = file.stat().st_mtime
    os.utime(file, (now + seconds, now + seconds))

    if seconds < 0:
        with FileBackend(path).lock(BOB, 0):
            pass
    else:
        with pytest.raises(StateLockedError), FileBackend(path).lock(BOB, 0):
            pass
        with FileBackend(path).lock(BOB, 60):
            pass


@pytest.mark.usefixtures("quick")
def test_a_live_owner_renews(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the lock for many terms, even where its kernel's lock cannot be seen."""
    monkeypatch.setattr(lease, "_try", lambda _lock: True)
    monkeypatch.setattr(lease, "machine", lambda: os.urandom(4).hex())
    with FileBackend(path).lock(ADA, 0):
        with pytest.raises(StateLockedError), FileBackend(path).lock(BOB, 3):
            pass
        FileBackend(path).check_lock()


# Ages are the file system's, and waiting is counted by a clock that nobody sets.


@pytest.mark.usefixtures("quick", "unsteady")
def test_a_clock_that_is_set_ends_no_fresh_lease(path: Path) -> None:
    """Whoever has no patience is told at once who holds it."""
    file = left_behind(path, "another computer")
    before = file.read_bytes()

    with pytest.raises(StateLockedError, match="ada@laptop"), FileBackend(path).lock(BOB, 0):
        pass

    assert file.read_bytes() == before


@pytest.mark.usefixtures("quick", "unsteady")
def test_a_clock_that_is_set_keeps_no_old_lease_alive(path: Path) -> None:
    """It is seen to be old, and is watched without patience too."""
    file = left_behind(path, "another computer")
    long_ago = file.stat().st_mtime - 60
    os.utime(file, (long_ago, long_ago))

    with FileBackend(path).lock(BOB, 0):
        assert FileBackend(path).owner() == BOB


@pytest.mark.usefixtures("quick", "unsteady")
def test_a_clock_that_is_set_makes_nobody_wait_longer_or_give_up(path: Path) -> None:
    """A lease that nobody renews is waited for until it has run out, and not beyond."""
    left_behind(path, "another computer")

    with FileBackend(path).lock(BOB, 10):
        assert FileBackend(path).owner() == BOB


@pytest.mark.usefixtures("quick", "unsteady")
def test_a_clock_that_is_set_ends_no_lease_that_is_renewed(path: Path) -> None:
    """A live owner on another computer keeps it for longer than a term."""
    with renewed(left_behind(path, "another computer")):
        with pytest.raises(StateLockedError, match="ada@laptop"), FileBackend(path).lock(BOB, 1):
            pass
        assert FileBackend(path).owner() == ADA


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_lease_by_a_clock_that_is_wrong_is_not_watched_for_ever(path: Path, seconds: int) -> None:
    """On some shares each computer writes its own time: a lease that looks old and is renewed all the same is alive."""
    with renewed(left_behind(path, "another computer"), seconds):
        with pytest.raises(StateLockedError, match="ada@laptop"), FileBackend(path).lock(BOB, 0):
            pass
        assert FileBackend(path).owner() == ADA


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("text", ["", "no json", "[]", '{"id": 1}', "[" * 5000])
def test_a_lease_that_cannot_be_read_runs_out_too(path: Path, text: str) -> None:
    """A disk that was full leaves such a thing behind."""
    path.with_name(".production.json.holder").write_text(text, encoding="utf-8")

    with FileBackend(path).lock(BOB, 60):
        pass


def test_a_lease_needs_no_hard_links(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every file system has them."""

    def no_links(*_args: object, **_more: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    with (
        FileBackend(path).lock(ADA, 0),
        pytest.raises(StateLockedError, match="ada@laptop"),
        FileBackend(path).lock(BOB, 0),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "machine", "is_old", "stays"),
    [
        ("holder.0123456789ab", "mine", False, False),
        ("holder.0123456789ab", "another", False, True),
        ("holder.0123456789ab", "another", True, False),
        ("holder.0123456789ab.old", "mine", False, True),
        ("holder.0123456789ab.old", "another", True, False),
        ("holder.mine", "mine", True, True),
    ],
)
def test_what_others_left_while_they_tried_is_swept_up(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str, machine: str, is_old: bool, stays: bool
) -> None:
    """At once where its maker is certainly dead, otherwise once nobody can be at it any more; nothing else is."""
    told = {**ADA.to_json(), "machine": lease.machine() if machine == "mine" else machine}
    left = path.with_name(f".production.json.{name}")
    left.write_text(json.dumps(told), encoding="utf-8")
    if is_old:
        monkeypatch.setattr(lease, "TERM", -1.0)

    with FileBackend(path).lock(BOB, 0):
        assert left.exists() is stays


# --- losing it -----------------------------------------------------------------------------------------------------


def test_a_lease_that_is_lost_stops_every_write(path: Path) -> None:
    """Whoever has lost the lock changes nothing any more, and does not end the lock of the new owner."""
    slept = FileBackend(path)
    with slept.lock(ADA, 0):
        slept.write("by Ada\n")
        FileBackend(path).unlock("1")
        other = FileBackend(path)
        with other.lock(BOB, 0):
            for work in (
                slept.check_lock,
                lambda: slept.write("no\n"),
                lambda: slept.append("no\n"),
                slept.drop_journal,
            ):
                with pytest.raises(StateError, match=r"is lost.*bob@server") as caught:
                    work()
                assert "badgeops plan" in caught.value.hint
            other.append("by Bob\n")
        # Bob has ended; Ada has still not got it back
        with pytest.raises(StateError, match="is lost"):
            slept.append("no\n")

    assert FileBackend(path).read() == Stored("by Ada\n", "by Bob\n")


def test_the_end_of_a_lost_lock_leaves_the_new_one(path: Path) -> None:
    """Ada wakes up and ends while Bob works."""
    ada, bob = FileBackend(path).lock(ADA, 0), FileBackend(path).lock(BOB, 0)
    ada.__enter__()
    FileBackend(path).unlock("1")
    bob.__enter__()
    ada.__exit__(None, None, None)

    assert FileBackend(path).owner() == BOB
    bob.__exit__(None, None, None)
    assert FileBackend(path).owner() is None


@pytest.mark.usefixtures("quick")
def test_of_many_who_take_over_one_wins(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no kernel's lock helps, taking over an old lease is still won by one at a time."""
    monkeypatch.setattr(lease, "_try", lambda _lock: True)
    monkeypatch.setattr(lease, "machine", lambda: threading.current_thread().name)
    left_behind(path, "another computer")
    inside, most = [0], [0]
    guard = threading.Lock()

    def compete(number: int) -> None:
        info = LockInfo(f"n{number}", "apply", f"runner {number}", "now")
        with FileBackend(path).lock(info, 60):
            with guard:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            threading.Event().wait(0.02)
            with guard:
                inside[0] -= 1

    runners = [threading.Thread(target=compete, args=(number,)) for number in range(8)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(60)

    assert most == [1]


@pytest.mark.usefixtures("quick")
def test_who_is_slow_takes_nothing_from_who_was_quicker(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two see a lease run out; the slower one must not touch the new lease, not even to put it back."""
    file = left_behind(path, "another computer")
    slow = lease.Lease(path.with_name("lock"), file, "the state")
    seen = slow._find()
    assert seen is not None
    ours = path.with_name("ours")
    ours.touch()
    with FileBackend(path).lock(BOB, 60):
        monkeypatch.setattr(Path, "rename", lambda *_: pytest.fail("the lease of the quicker one was touched"))

        assert slow._bury(seen, ours) is False

        assert FileBackend(path).owner() == BOB


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("has_links", [True, False])
def test_only_one_at_a_time_takes_a_lease_away(path: Path, monkeypatch: pytest.MonkeyPatch, *, has_links: bool) -> None:
    """Who is killed over it keeps other computers out for one term only, and leaves nothing for ever."""
    file = left_behind(path, "another computer")
    killed = lease.Lease(path.with_name("lock"), file, "the state")
    seen = killed._find()
    assert seen is not None
    ours = path.with_name("ours")
    ours.write_text('{"machine": "a third computer"}')
    if not has_links:
        monkeypatch.setattr(os, "link", lambda *_: Path("/no/links/here").stat())
    claim = killed._claim(seen, ours)  # kept: a generator that nobody refers to comes to its end
    assert claim.__enter__() is True
    with killed._claim(seen, ours) as is_claimed:
        assert not is_claimed

    with FileBackend(path).lock(BOB, 60):
        assert FileBackend(path).owner() == BOB
        assert not list(path.parent.glob("*.claim"))


def test_who_was_killed_over_it_on_this_computer_keeps_nobody_out(path: Path) -> None:
    """The kernel's lock tells that it is dead."""
    file = left_behind(path, lease.machine())
    killed = lease.Lease(path.with_name("lock"), file, "the state")
    seen = killed._find()
    assert seen is not None
    ours = path.with_name("ours")
    ours.write_text(json.dumps({**ADA.to_json(), "machine": lease.machine()}))
    claim = killed._claim(seen, ours)  # kept: a generator that nobody refers to comes to its end
    assert claim.__enter__() is True

    with FileBackend(path).lock(BOB, 0):
        assert FileBackend(path).owner() == BOB
        assert not list(path.parent.glob("*.claim"))


def test_a_command_that_fails_leaves_no_lease(path: Path) -> None:
    """Whoever comes next begins at once, on any computer."""
    with pytest.raises(ValueError, match="no such thing"), FileBackend(path).lock(BOB, 0):
        raise ValueError("no such thing")

    assert FileBackend(path).owner() is None


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("value", few(["NaN", "7", "null", "[]"], first=1))
@pytest.mark.parametrize("field", ["id", "operation", "who", "created", "where"])
def test_a_lease_that_is_no_text_runs_out_like_any_other(path: Path, field: str, value: str) -> None:
    """It cannot be read, and is watched all the same: a NaN that is never the same twice would be watched for ever."""
    file = left_behind(path, "another computer")
    told = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**told, field: "?"}).replace('"?"', value), "utf-8")
    assert FileBackend(path).owner() is None

    with FileBackend(path).lock(BOB, 30):
        assert FileBackend(path).owner() == BOB


# --- breaking it ---------------------------------------------------------------------------------------------------


def test_only_the_lock_that_was_named_is_broken(path: Path) -> None:
    """Between the message and the command another run may have begun."""
    backend = FileBackend(path)
    with pytest.raises(StateError, match="is not locked"):
        backend.unlock("1")
    with backend.lock(BOB, 0):
        with pytest.raises(StateError, match=r"is not 1: apply by bob@server"):
            FileBackend(path).unlock("1")
        backend.check_lock()
        assert FileBackend(path).unlock("2") == BOB


def test_a_lock_that_cannot_be_read_is_not_broken(path: Path) -> None:
    """Nobody can know whose it is."""
    path.with_name(".production.json.holder").write_text("?", encoding="utf-8")

    with pytest.raises(StateError, match="badgeops cannot tell whose"):
        FileBackend(path).unlock("1")


# --- times, words and files ----------------------------------------------------------------------------------------


def test_the_times_are_those_of_the_documentation() -> None:
    """Renewed every ten seconds; run out after sixty, and after fifteen more of watching."""
    assert (lease.RENEWAL, lease.TERM, lease.WATCH) == (10, 60, 15)
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    assert "renews every 10 seconds" in page
    assert "when nobody has renewed the lease for 60 seconds, and the next run has watched it for 15 of them" in page


@pytest.mark.parametrize(
    ("age", "watched", "ended"),
    [
        (0, TERM, False),
        (0, TERM + 0.1, True),
        (TERM, WATCH + 0.1, False),
        (TERM + 0.1, WATCH, False),
        (TERM + 0.1, WATCH + 0.1, True),
    ],
)
def test_a_lease_ends_when_its_times_are_over(age: float, watched: float, ended: bool) -> None:
    """And not with their last moment."""
    assert has_run_out(Sighting(age, watched, is_local=False)) == ended


def test_a_computer_is_known_by_its_run_or_by_its_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's number of this run of it; where there is none, the number of its network card."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    if boot.exists():
        assert lease.machine() == boot.read_text("ascii").strip()

    def missing(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(lease, "kernel_word", missing)
    monkeypatch.setattr(lease.uuid, "getnode", lambda: 0xABC)

    assert lease.machine() == "000000000abc"


def test_a_lease_says_whose_it_is(path: Path) -> None:
    """In a file that other computers read: the owner, and on which computer it runs."""
    backend = FileBackend(path)
    assert backend._lease.path == path.with_name(".production.json.lock")
    with backend.lock(ADA, 0):
        content = json.loads(path.with_name(".production.json.holder").read_text("utf-8"))
        assert content == {**ADA.to_json(), "machine": lease.machine()}
        assert sorted(each.name for each in path.parent.iterdir()) == [
            ".production.json.holder",
            ".production.json.lock",
        ]

    assert backend._lease._held is None
    backend.check_lock()
    assert not path.with_name(".production.json.holder").exists()


@dataclass
class Clock:
    """A clock that goes on only when somebody sleeps; stands where `time` does."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time go by."""
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_who_waits_looks_less_and_less_often_and_says_so_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice a second in the end; until the time is over that it was given, and no longer."""
    left_behind(path, "elsewhere")
    clock, told = Clock(), list[str]()
    monkeypatch.setattr(lease, "time", clock)

    with pytest.raises(StateLockedError) as caught, FileBackend(path).lock(BOB, 2.0, told.append):
        pass

    assert clock.slept == [0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5, 0.5]
    assert told == [f"Waiting for the state {path}: {ADA}."]
    assert caught.value.message == f"The state {path} is in use: {ADA}."
    assert caught.value.hint.startswith(
        "Wait until that run has ended, or let badgeops wait for it: --lock-timeout=300. "
    )
    assert "elsewhere after 75 seconds" in caught.value.hint
    assert caught.value.hint.endswith("\n  badgeops force-unlock 1")


@pytest.mark.parametrize("text", [None, "?"])
def test_a_lock_of_nobody_knows_whom_is_somebodys(path: Path, text: str | None) -> None:
    """The kernel's lock is taken and the lease is not there yet, or cannot be read."""
    if text is not None:
        path.with_name(".production.json.holder").write_text(text)
    told: list[str] = []
    with (
        FileLock(path.with_name(".production.json.lock")),
        pytest.raises(StateLockedError) as caught,
        FileBackend(path).lock(BOB, 0.05, told.append),
    ):
        pass

    assert told == [f"Waiting for the state {path}: another run of badgeops."]
    assert caught.value.message == f"The state {path} is in use: another run of badgeops."
    assert caught.value.hint.startswith("Wait until that run has ended")
    assert caught.value.hint.endswith("The lock of a run that was killed on this computer is free at once.")


def test_who_has_no_patience_is_turned_away_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word of waiting."""
    left_behind(path, "elsewhere")
    clock, told = Clock(), list[str]()
    monkeypatch.setattr(lease, "time", clock)

    with pytest.raises(StateLockedError), FileBackend(path).lock(BOB, 0, told.append):
        pass

    assert (clock.slept, told) == ([], [])


def test_a_lock_that_was_broken_is_told_as_such(path: Path) -> None:
    """If nobody has it now, nobody is named."""
    backend = FileBackend(path)
    with backend.lock(ADA, 0):
        path.with_name(".production.json.lock").unlink()
        assert FileBackend(path).unlock("1") == ADA
        assert list(path.parent.iterdir()) == []
        with pytest.raises(StateError) as caught:
            backend.check_lock()

    assert caught.value.message.endswith("somebody released it, or another run took it, while this run worked.")


def test_who_cannot_break_a_lock_is_told_what_to_do(path: Path) -> None:
    """Nothing, the command with the right id, or the file to delete."""
    backend = FileBackend(path)
    with pytest.raises(StateError) as none:
        backend.unlock("1")
    with backend.lock(BOB, 0), pytest.raises(StateError) as other:
        FileBackend(path).unlock("1")
    file = path.with_name(".production.json.holder")
    file.write_text("?")
    with pytest.raises(StateError) as unread:
        backend.unlock("1")

    assert none.value.hint == "You can run any command now."
    assert other.value.hint == "If that run has died:\n  badgeops force-unlock 2"
    assert unread.value.hint == f"Make sure that nobody works on this state, then delete {file}."


def test_an_owner_that_ends_while_its_lock_is_broken_is_no_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is free, which is what was asked for."""
    file = left_behind(path, "elsewhere")
    read = lease._read

    def ended(looked_at: Path) -> lease._Found:
        seen = read(looked_at)
        file.unlink()
        return seen

    monkeypatch.setattr(lease, "_read", ended)

    assert FileBackend(path).unlock(ADA.id) == ADA


def full(*_: object) -> bool:
    """Stand for a write to a disk that is full."""
    raise OSError(28, "No space left on device")


def is_free(path: Path) -> bool:
    """Tell whether the kernel's lock of a state can be had."""
    return lease._try(FileLock(path.with_name(".production.json.lock")))


def test_who_is_turned_away_keeps_no_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as its error is still spoken of, too: that keeps everything alive that was at hand."""
    left_behind(path, "elsewhere")
    with pytest.raises(StateLockedError) as turned_away, FileBackend(path).lock(BOB, 0):
        pass
    assert is_free(path)

    path.with_name(".production.json.holder").unlink()
    monkeypatch.setattr(lease, "_put", full)
    with pytest.raises(StateError) as failed, FileBackend(path).lock(BOB, 0):
        pass
    assert is_free(path)
    assert turned_away.tb is not None
    assert failed.tb is not None


def test_a_lease_that_cannot_be_taken_leaves_no_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full: that is told, nothing is left, and the next run gets the lock."""
    with monkeypatch.context() as patched:
        patched.setattr(lease, "_put", full)
        with pytest.raises(StateError, match="No space left"), FileBackend(path).lock(ADA, 0):
            pass

    assert [each.name for each in path.parent.iterdir()] == [".production.json.lock"]
    with FileBackend(path).lock(BOB, 0):
        assert FileBackend(path).owner() == BOB


def test_the_end_of_a_lock_that_cannot_be_removed_is_no_failure(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that was done under it is recorded; the lease runs out by itself."""
    unlink = Path.unlink

    def refused(file: Path, *, missing_ok: bool = False) -> None:
        if file.name.endswith(".holder"):
            raise PermissionError(13, "Permission denied")
        unlink(file, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refused)
        with FileBackend(path).lock(ADA, 0):
            pass

    assert FileBackend(path).owner() == ADA
    with FileBackend(path).lock(BOB, 0):
        pass


@pytest.mark.usefixtures("quick")
def test_a_disk_that_comes_back_in_time_ends_no_lease(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renewing fails for a moment and goes on; once the lease is another's, it ends."""
    real, calls = os.utime, list[str]()

    def failing(file: Path, *arguments: object, **more: object) -> None:
        calls.append(threading.current_thread().name)
        if len(calls) < 3:
            raise OSError(5, "Input/output error")
        real(file, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "utime", failing)
    with FileBackend(path).lock(ADA, 0):
        _until(lambda: len(calls) > 4)
        FileBackend(path).unlock("1")
        left_behind(path, "elsewhere")
        time.sleep(0.2)
        seen = len(calls)
        time.sleep(0.3)
        assert len(calls) - seen == 0

    assert set(calls) == {"lease"}
    assert "lease" not in {thread.name for thread in threading.enumerate()}


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_so()


def test_a_claim_does_not_depend_on_what_is_in_a_lease(path: Path) -> None:
    """Half a character, or nothing that can be read: its name is made of digits all the same."""
    held = FileBackend(path)._lease
    ours = path.with_name("ours")
    ours.write_text("{}")
    names = []
    for found in (
        lease._Found(replace(ADA, id="\ud83d"), "m", 1),
        lease._Found(None, "", 1),
        lease._Found(ADA, "m", 1),
        lease._Found(ADA, "m", 2),
    ):
        with held._claim(found, ours) as is_claimed:
            assert is_claimed
            (claim,) = path.parent.glob("*.claim")
            names.append(claim.name.split(".")[-2])
        assert list(path.parent.glob("*.claim")) == []

    assert len(set(names)) == 4
    assert {len(name) for name in names} == {12}


# --- taking one away, step by step ---------------------------------------------------------------------------------


@dataclass
class Grave:
    """A lease that somebody left, and who is about to take it away."""

    lease: lease.Lease
    file: Path
    ours: Path

    @property
    def names(self) -> list[str]:
        """What stands beside the state, without the prefix that all share."""
        return sorted(each.name.removeprefix(".production.json.") for each in self.file.parent.iterdir())


@pytest.fixture
def grave(path: Path) -> Grave:
    """Give a lease of another computer, and ours beside it."""
    file = left_behind(path, "elsewhere")
    ours = file.with_name(f"{file.name}.{BOB.id}")
    ours.write_text(json.dumps({**BOB.to_json(), "machine": lease.machine()}))
    return Grave(FileBackend(path)._lease, file, ours)


def found_in(grave: Grave) -> lease._Found:
    """Return the lease as it stands."""
    found = grave.lease._find()
    assert found is not None
    return found


def test_a_lease_that_was_seen_is_taken_away(grave: Grave) -> None:
    """It and nothing else, without a trace."""
    assert grave.lease._bury(found_in(grave), grave.ours)

    assert grave.names == ["holder.2"]


def test_a_lease_that_is_another_by_now_stays(grave: Grave) -> None:
    """Somebody was quicker, and holds what we would take away; or is at it this moment."""
    seen = found_in(grave)
    left_behind(grave.file.with_name("production.json"), "third", id="3")
    assert not grave.lease._bury(seen, grave.ours)

    now = found_in(grave)
    with grave.lease._claim(now, grave.ours) as is_claimed:
        assert is_claimed
        (claim,) = grave.file.parent.glob("*.claim")
        claim.write_text(json.dumps({**ADA.to_json(), "machine": "elsewhere"}))
        assert not grave.lease._bury(now, grave.ours)

    assert found_in(grave) == now
    assert grave.names == ["holder", "holder.2"]


def test_a_lease_that_is_gone_is_taken_away(grave: Grave, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner has ended in this very moment."""
    rename = Path.rename

    def late(file: Path, target: Path) -> Path:
        if file == grave.file:
            file.unlink()
        return rename(file, target)

    monkeypatch.setattr(Path, "rename", late)

    assert grave.lease._bury(found_in(grave), grave.ours)
    assert grave.names == ["holder.2"]


@pytest.mark.parametrize("has_follower", [False, True])
def test_an_owner_that_comes_back_to_life_keeps_its_lease(
    grave: Grave, monkeypatch: pytest.MonkeyPatch, *, has_follower: bool
) -> None:
    """It renewed it in the moment in which it was taken away: it goes back, unless somebody has one by now."""
    rename = Path.rename

    def alive(file: Path, target: Path) -> Path:
        os.utime(file, ns=(1, 1))
        moved = rename(file, target)
        if has_follower:
            grave.file.write_text("{}")
        return moved

    monkeypatch.setattr(Path, "rename", alive)

    assert not grave.lease._bury(found_in(grave), grave.ours)
    assert grave.names == ["holder", "holder.2"]
    assert found_in(grave).id == ("" if has_follower else ADA.id)


@pytest.mark.parametrize(
    ("machine", "seconds", "is_abandoned"),
    [("here", 0, True), ("elsewhere", 0, False), ("elsewhere", 60, False), ("elsewhere", 61, True), (None, 0, True)],
)
def test_a_claim_is_abandoned_by_the_dead(grave: Grave, machine: str | None, seconds: int, is_abandoned: bool) -> None:
    """On this computer whoever made it is dead; elsewhere they are after the usual time."""
    found = found_in(grave)
    with grave.lease._claim(found, grave.ours):
        (claim,) = grave.file.parent.glob("*.claim")
    if machine is not None:
        where = lease.machine() if machine == "here" else machine
        claim.write_text(json.dumps({**ADA.to_json(), "machine": where}))
        now = grave.ours.stat().st_mtime_ns
        os.utime(claim, ns=(now, now - seconds * 10**9))

    assert grave.lease._is_abandoned(claim, grave.ours) == is_abandoned
    assert claim.exists() == (not is_abandoned)
    with grave.lease._claim(found, grave.ours) as is_claimed:
        assert is_claimed == is_abandoned
    assert claim.exists() == (not is_abandoned)


def test_a_claim_of_the_dead_is_replaced_by_ours(grave: Grave) -> None:
    """While we are at it, nobody else can be."""
    found = found_in(grave)
    with grave.lease._claim(found, grave.ours):
        (claim,) = grave.file.parent.glob("*.claim")
    claim.write_text(json.dumps({**ADA.to_json(), "machine": lease.machine()}))

    with grave.lease._claim(found, grave.ours) as is_claimed:
        assert is_claimed
        assert claim.read_bytes() == grave.ours.read_bytes()


@pytest.mark.parametrize("name", ["claim", "grave"])
def test_what_somebody_swept_up_meanwhile_is_gone(grave: Grave, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A claim of the dead, or what we buried: all that counts is that it is away."""
    found, read = found_in(grave), lease._read
    ended = ".claim" if name == "claim" else ".old"
    with grave.lease._claim(found, grave.ours):
        (claim,) = grave.file.parent.glob("*.claim")
    if name == "claim":
        claim.write_text(json.dumps({**ADA.to_json(), "machine": lease.machine()}))

    def swept(file: Path) -> lease._Found:
        seen = read(file)
        if file.suffix == ended:
            file.unlink()
        return seen

    monkeypatch.setattr(lease, "_read", swept)

    assert grave.lease._bury(found, grave.ours)
    assert grave.names == ["holder.2"]


@pytest.mark.parametrize(("seconds", "is_old"), [(60, False), (61, True)])
def test_what_was_left_elsewhere_is_swept_up_when_it_is_old(grave: Grave, seconds: int, is_old: bool) -> None:
    """By the time of its last change of any kind; ours, and what was buried, too."""
    left = grave.file.with_name(f"{grave.file.name}.0123456789ab")
    left.write_text(json.dumps({**ADA.to_json(), "machine": "elsewhere"}))

    grave.lease._sweep(left.stat().st_ctime_ns + seconds * 10**9)

    assert left.exists() == (not is_old)


def test_an_old_lease_of_another_computer_is_watched_before_it_is_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little patience was asked for: a live owner would renew it meanwhile."""
    file = left_behind(path, "elsewhere")
    now = time.time_ns()
    os.utime(file, ns=(now, now - 70 * 10**9))
    clock = Clock()
    monkeypatch.setattr(lease, "time", clock)

    with FileBackend(path).lock(BOB, 0):
        assert FileBackend(path).owner() == BOB

    assert WATCH < sum(clock.slept) < WATCH + 1


def test_a_watch_begins_anew_with_each_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    """That there was one is remembered: the lease lives."""
    clock = Clock()
    monkeypatch.setattr(lease, "time", clock)
    watch = lease._Watch()
    first, second = lease._Found(ADA, "m", 1), lease._Found(ADA, "m", 2)
    assert (watch.is_needed, watch.has_seen_life) == (False, False)

    assert watch.see(first) == 0
    clock.now += 5
    assert (watch.see(first), watch.has_seen_life) == (5, False)
    assert (watch.see(second), watch.has_seen_life) == (0, True)
    clock.now += 3
    assert watch.see(second) == 3


def test_ours_is_put_only_where_there_is_none(grave: Grave, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a claim, which is a copy where a file system knows no links."""
    assert not lease._put(grave.ours, grave.file)
    assert not lease._link(grave.ours, grave.file)
    assert found_in(grave).id == ADA.id

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    copy = grave.file.with_name("copy")
    assert lease._link(grave.ours, copy)
    assert copy.read_bytes() == grave.ours.read_bytes()
    assert not lease._link(grave.ours, grave.file)
    assert lease._put(grave.ours, grave.file)
    assert found_in(grave).id == BOB.id


@pytest.mark.parametrize(
    "text", ["5", "[]", "null", "?", "[" * 100_000, json.dumps({**ADA.to_json(), "since": "x"}), '{"id": "1"}', ""]
)
def test_what_is_no_lease_is_somebodys(path: Path, text: str) -> None:
    """Whoever wrote it, and on which computer, is not known."""
    file = path.with_name("x")
    file.write_text(text)
    found = lease._read(file)

    assert (found.info, found.machine, found.id) == (None, "", "")
    assert found.renewed == file.stat().st_mtime_ns


@pytest.mark.parametrize("value", [5, None, ["x"]])
def test_a_lease_holds_texts_only(path: Path, value: object) -> None:
    """A number that is none is not even equal to itself; and one without a computer is of none."""
    file = path.with_name("x")
    file.write_text(json.dumps({**ADA.to_json(), "who": value}))
    assert lease._read(file).info is None

    file.write_text(json.dumps(ADA.to_json()))
    assert (lease._read(file).info, lease._read(file).machine) == (ADA, "")


def test_a_lease_that_is_no_utf_8_is_somebodys(path: Path) -> None:
    """Bytes that no text has are damage like any other."""
    path.write_bytes(b'{"id": "\xff\xfe"}')

    assert lease._read(path).info is None


def test_nothing_renews_a_lease_that_was_given_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread has ended when the lock is free: it could renew the lease of whoever comes next."""
    done = list[str]()

    def slow(_lease: lease.Lease, ended: threading.Event) -> None:
        ended.wait()
        time.sleep(0.2)
        done.append("ended")

    monkeypatch.setattr(lease.Lease, "_renew", slow)
    with FileBackend(path).lock(ADA, 0):
        assert done == []

    assert done == ["ended"]


def test_a_lease_is_renewed_by_a_thread_that_nobody_waits_for(path: Path) -> None:
    """A process that ends does not stay for it."""
    with FileBackend(path).lock(ADA, 0):
        (thread,) = [each for each in threading.enumerate() if each.name == "lease"]
        assert thread.daemon
