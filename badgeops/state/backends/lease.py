"""The lock of a state in a file: a lease that a live owner keeps renewing, with the kernel's lock behind it.

Two things are held, because each knows what the other cannot:

* the kernel's lock on `.NAME.lock`: it ends with its process, so an owner of this computer that was killed is known
  to be dead at once; but other computers on a shared disk may not see it;
* the lease `.NAME.holder`: who holds the state, and by its time of change when it was last renewed. An owner renews it
  every `RENEWAL` seconds; a lease of another computer that was not renewed for `TERM` seconds has run out.

No two clocks are compared: the age of a lease is the file system's own time between its last renewal and a file that
was written just now. Clocks are set, too; so a lease that looks old is watched for `WATCH` seconds before another
run takes it, and a live owner would renew it in that time.

An owner whose lease was released or taken by another finds that out before its next write, and stops.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from badgeops.errors import StateError, StateLockedError
from badgeops.safe_files import leftovers, writing
from badgeops.safe_files.reading import kernel_word, not_regular, open_regular, read_regular
from badgeops.state.backends.interface import LockInfo, Waiting

if TYPE_CHECKING:
    from filelock import BaseFileLock

RENEWAL = 10.0
"""Seconds between two renewals."""
TERM = 60.0
"""Seconds without a renewal after which a lease has run out: five renewals may fail on a slow disk."""
WATCH = 15.0
"""Seconds for which a lease that looks old is watched for a renewal."""
_LONGEST_PAUSE = 0.5
"""Seconds between two attempts to get the lock."""
_LARGEST = 64 * 1024
"""Bytes; a lease is a few hundred."""
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""What a lease may be called: it stands in a command that people copy, and anybody can put a file there."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of a lease without trusting anybody's clock; all times in seconds."""

    age: float
    """The file system's time since its last renewal; below zero where that clock was set back."""
    watched: float
    """How long we have been looking at it without seeing a renewal."""
    is_local: bool
    """Its owner ran on this computer, where the kernel's lock tells whether it lives."""


def has_run_out(seen: Sighting) -> bool:
    """Tell whether nobody keeps a lease any more; asked by whoever has the kernel's lock already."""
    if seen.is_local:
        return True  # a live owner of this computer would have the kernel's lock
    return seen.watched > TERM or (seen.age > TERM and seen.watched > WATCH)


def machine() -> str:
    """Return what tells this run of this computer from all others."""
    with contextlib.suppress(OSError):
        return kernel_word("/proc/sys/kernel/random/boot_id")
    return f"{uuid.getnode():012x}"


@dataclass(frozen=True, slots=True)
class _Found:
    """A lease as it stands on the disk."""

    info: LockInfo | None
    """None where it cannot be read: it is somebody's all the same."""
    machine: str
    renewed: int
    """Nanoseconds of the file system's clock."""

    @property
    def id(self) -> str:
        return self.info.id if self.info else ""


class Lease:
    """The lock of one state file."""

    def __init__(self, lock: Path, owner_file: Path, shown: str) -> None:
        self._lock = lock
        self._owner_file = owner_file
        self._shown = shown
        self._held: os.stat_result | None = None
        """Our lease as a file; kept open while it is held, so that its number stands for no other."""

    @property
    def path(self) -> Path:
        """Return the file that is locked, for messages."""
        return self._lock

    @contextmanager
    def hold(self, info: LockInfo, timeout: float, waiting: Waiting) -> Iterator[None]:
        """Hold the lock for a block; as `Backend.lock`."""
        kernel_lock = self._acquire(info, timeout, waiting)
        try:
            with open_regular(self._owner_file) as file:
                self._held = os.fstat(file.fileno())
                self._sweep(self._held.st_mtime_ns)
                try:
                    with self._renewing():
                        yield
                finally:
                    with contextlib.suppress(StateError, OSError):  # it may be somebody else's by now
                        self.check()
                        self._owner_file.unlink()
        finally:
            self._held = None
            kernel_lock.release()

    def check(self) -> None:
        """Raise StateError where the lock that we took is no longer ours. Where none was taken there is no check.

        One look at the folder: cheap enough to be asked before each write.
        """
        if self._held is None:
            return
        with contextlib.suppress(FileNotFoundError):
            now = self._owner_file.stat()
            if (now.st_ino, now.st_dev) == (self._held.st_ino, self._held.st_dev):
                return
        found = None
        with contextlib.suppress(OSError):
            found = self._find()
        other = f" Its owner now: {_told(found.info)}." if found else ""
        raise StateError(
            f"The lock on {self._shown} is lost: somebody released it, or another run took it, while this run "
            f"worked.{other}",
            hint="This run sends and writes nothing more. The next run finds out what became of the changes that were "
            "begun, and does nothing twice:\n"
            "  badgeops plan",
        )

    def owner(self) -> LockInfo | None:
        """Return who holds the lock, as far as the lease tells."""
        found = self._find()
        return found.info if found else None

    def force_release(self, lock_id: str) -> LockInfo:
        """Take the lock away from its owner; as `Backend.unlock`."""
        found = self._find()
        if found is None:
            raise StateError(
                f"The state {self._shown} is not locked.",
                hint="You can run any command now.",
            )
        if found.info is None:
            raise StateError(
                f"The lock on {self._shown} cannot be read, so badgeops cannot tell whose it is.",
                hint=f"Make sure that nobody works on this state, then delete {self._owner_file}.",
            )
        if found.id != lock_id:
            raise StateError(
                f"The lock on {self._shown} is not {lock_id}: {_told(found.info)}.",
                hint=f"If that run has died:\n  badgeops force-unlock {found.id}",
            )
        # The lease first: an owner that lives after all sees from then on that it has lost it. Then the file of the
        # kernel's lock: whoever comes next makes a new one and does not wait for the old.
        self._owner_file.unlink(missing_ok=True)
        self._lock.unlink(missing_ok=True)
        return found.info

    # getting it

    def _acquire(self, info: LockInfo, timeout: float, waiting: Waiting) -> BaseFileLock:
        from filelock import FileLock  # noqa: PLC0415 (80 ms, and reading commands take no lock)

        deadline = time.monotonic() + timeout
        watch = _Watch()
        pause, told = 0.02, False
        while True:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            _insist_on_file(self._lock)
            kernel_lock = FileLock(self._lock)
            if _try(kernel_lock):
                try:
                    if self._take(info, watch):
                        return kernel_lock
                except BaseException:
                    kernel_lock.release()
                    raise
                kernel_lock.release()
            found = self._find()
            # A lease that looks dead is watched to the end, however little patience was asked for.
            if time.monotonic() >= deadline and not watch.is_needed:
                raise self._locked(found)
            if not told:
                told = True
                waiting(f"Waiting for the state {self._shown}: {_told(found.info if found else None)}.")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _take(self, info: LockInfo, watch: _Watch) -> bool:
        """Put our lease where there is none, or one that has run out. The caller has the kernel's lock."""
        ours = self._owner_file.with_name(f"{self._owner_file.name}.{info.id}")
        text = json.dumps({**info.to_json(), "machine": machine()})
        writing.create(ours, text.encode())
        try:
            now = ours.stat().st_mtime_ns
            found = self._find()
            if found is not None:
                seen = Sighting((now - found.renewed) / 1e9, watch.see(found), found.machine == machine())
                watch.is_needed = seen.age > TERM and not watch.has_seen_life
                if not has_run_out(seen) or not self._bury(found, ours):
                    return False
            return _put(ours, self._owner_file)
        finally:
            ours.unlink(missing_ok=True)

    def _bury(self, found: _Found, ours: Path) -> bool:
        """Take a lease away that has run out; False where somebody was quicker."""
        with self._claim(found, ours) as is_claimed:
            # Whoever claimed it before us may be done by now, and hold what we would take away.
            if not is_claimed or self._find() != found:
                return False
            grave = ours.with_name(f"{ours.name}.old")
            try:
                self._owner_file.rename(grave)
            except FileNotFoundError:
                return True
            try:
                if _read(grave) == found:
                    return True
                # In this very moment its owner came back to life: it goes back to where it was.
                with contextlib.suppress(FileExistsError):
                    os.link(grave, self._owner_file)
                return False
            finally:
                grave.unlink(missing_ok=True)

    @contextmanager
    def _claim(self, found: _Found, ours: Path) -> Iterator[bool]:
        """Be the only one who takes this lease away, as it was seen; False where somebody else is at it."""
        seen = hashlib.sha256(f"{found.id} {found.renewed}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
        claim = self._owner_file.with_name(f"{self._owner_file.name}.{seen}.claim")
        if not _link(ours, claim) and not (self._is_abandoned(claim, ours) and _link(ours, claim)):
            yield False
            return
        try:
            yield True
        finally:
            claim.unlink(missing_ok=True)

    def _is_abandoned(self, claim: Path, ours: Path) -> bool:
        """Remove the claim of somebody who was killed over it; False where they may be at it this moment."""
        try:
            found = _read(claim)
        except FileNotFoundError:
            return True
        # Who claims on this computer has the kernel's lock, which is ours.
        is_dead = found.machine == machine() or (ours.stat().st_mtime_ns - found.renewed) / 1e9 > TERM
        if is_dead:
            claim.unlink(missing_ok=True)
        return is_dead

    def _locked(self, found: _Found | None) -> StateLockedError:
        hint = "Wait until that run has ended, or let badgeops wait for it: --lock-timeout=300. "
        if found is None or found.info is None:
            hint += "The lock of a run that was killed on this computer is free at once."
        else:
            hint += (
                "The lock of a run that was killed is free at once on its own computer, and elsewhere after "
                f"{TERM + WATCH:.0f} seconds. If you know that it has died:\n"
                f"  badgeops force-unlock {found.id}"
            )
        return StateLockedError(
            f"The state {self._shown} is in use: {_told(found.info if found else None)}.", hint=hint
        )

    def _sweep(self, now: int) -> None:
        """Remove what others who were killed while they tried to take the lock have left of it."""

        def is_litter(path: Path) -> bool:
            # By the change of its name, too: what was buried is old by its content.
            is_old = (now - path.stat().st_ctime_ns) / 1e9 > TERM
            # Who makes one on this computer has the kernel's lock, which is ours; others may be at it this moment.
            return is_old or (path.suffix != ".old" and _read(path).machine == machine())

        name = re.compile(rf"{re.escape(self._owner_file.name)}\.[0-9a-f]{{12}}(\.old|\.claim)?")
        leftovers.sweep(self._owner_file.parent, name, is_litter)

    # keeping it

    @contextmanager
    def _renewing(self) -> Iterator[None]:
        """Renew the lease in the background for the length of a block."""
        ended = threading.Event()
        thread = threading.Thread(target=self._renew, args=(ended,), name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(RENEWAL):
            try:
                self.check()
                os.utime(self._owner_file)
            except StateError:
                return
            except OSError:
                pass  # the disk may come back before the lease has run out; if not, the next check tells

    def _find(self) -> _Found | None:
        try:
            return _read(self._owner_file)
        except FileNotFoundError:
            return None


class _Watch:
    """How long one and the same renewal of a lease has been seen."""

    def __init__(self) -> None:
        self.is_needed = False
        """The lease looks dead, and whether it is will show soon."""
        self.has_seen_life = False
        """It was renewed while we looked, so what looks old about it is a clock that is wrong."""
        self._seen: _Found | None = None
        self._since = 0.0

    def see(self, found: _Found) -> float:
        """Return for how many seconds it has been as it is now."""
        if found != self._seen:
            self.has_seen_life = self._seen is not None
            self._seen, self._since = found, time.monotonic()
        return time.monotonic() - self._since


def _insist_on_file(path: Path) -> None:
    """Refuse to lock what is no file: the library would empty what a link leads to, or wait at a pipe."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.lstat().st_mode):
            raise not_regular(path)


def _try(kernel_lock: BaseFileLock) -> bool:
    from filelock import Timeout  # noqa: PLC0415

    try:
        kernel_lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _read(path: Path) -> _Found:
    with open_regular(path) as file:
        renewed = os.fstat(file.fileno()).st_mtime_ns
        data = file.read(_LARGEST)
    try:
        told = json.loads(data)
        where = str(told.pop("machine", ""))
        info = LockInfo(**told)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return _Found(None, "", renewed)
    if not all(isinstance(value, str) for value in told.values()):  # a NaN, above all, is never equal to itself
        return _Found(None, "", renewed)
    if _ID.fullmatch(info.id) is None:
        return _Found(None, "", renewed)
    return _Found(info, where, renewed)


def _put(ours: Path, place: Path) -> bool:
    """Make our lease the lease; False where there is one already."""
    try:
        os.link(ours, place)
    except FileExistsError:
        return False
    except OSError:  # no hard links on this file system: then the kernel's lock has to keep others out
        ours.replace(place)
    return True


def _link(ours: Path, place: Path) -> bool:
    """Put what our lease says in another place as well; False where there is something already."""
    try:
        os.link(ours, place)
    except FileExistsError:
        return False
    except OSError:  # no hard links on this file system
        try:
            writing.create(place, read_regular(str(ours), _LARGEST))
        except FileExistsError:
            return False
    return True


def _told(info: LockInfo | None) -> str:
    return str(info) if info else "another run of badgeops"
