"""A state in a file: whole at every moment, with its companions, its permissions and its lock."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import pytest
from support.memory import CrashError
from support.skips import needs_permissions
from support.states import sample

from badgeops.errors import StateError, StateLockedError
from badgeops.model.address import Address
from badgeops.safe_files import atomic
from badgeops.safe_files.reading import read_regular
from badgeops.state.backends import file as file_backend, lease
from badgeops.state.backends.file import FileBackend
from badgeops.state.backends.interface import LockInfo, Stored
from badgeops.state.journal import Journal
from badgeops.state.record import Intent, Resource, dumps, journal_done, journal_head

WORK = ("fsync", "replace", "link", "unlink", "chmod")
"""What writing is made of, as the operating system sees it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a state in a folder of its own."""
    return tmp_path / "state" / "production.json"


@pytest.fixture
def backend(path: Path) -> FileBackend:
    """Give a backend for it, with a first state."""
    made = FileBackend(path, "state/production.json")
    made.write("first")
    return made


def names(path: Path) -> set[str]:
    """Return what stands beside a state."""
    return {each.name for each in path.parent.iterdir()}


# --- files ---------------------------------------------------------------------------------------------------------


def test_the_name_is_the_one_the_user_knows(path: Path) -> None:
    """Relative to where the command was started, if it was given so."""
    assert FileBackend(path, "state/production.json").name == "state/production.json"
    assert FileBackend(path).name == str(path)
    assert FileBackend(path, "state/production.json").journal_name == "state/.production.json.journal"


def test_nothing_is_made_by_reading(tmp_path: Path) -> None:
    """A plan leaves no trace."""
    FileBackend(tmp_path / "state" / "x.json").read()

    assert list(tmp_path.iterdir()) == []


def test_the_state_before_is_kept_as_a_backup(backend: FileBackend, path: Path) -> None:
    """One step back is always possible."""
    backup = path.with_name("production.json.backup")
    assert not backup.exists()

    for text in ("second", "third"):
        before = path.read_text("utf-8")
        backend.write(text)
        assert (path.read_text("utf-8"), backup.read_text("utf-8")) == (text, before)
    assert names(path) == {"production.json", "production.json.backup"}


def test_a_backup_is_kept_without_hard_links(backend: FileBackend, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every file system has them."""

    def no_links(*_args: object, **_more: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    backend.write("second")

    assert path.with_name("production.json.backup").read_text("utf-8") == "first"
    assert names(path) == {"production.json", "production.json.backup"}


def test_companions_are_hidden(backend: FileBackend, path: Path) -> None:
    """A plain listing of the folder shows states and backups; nothing else is to be committed."""
    backend.append("line\n")
    with backend.lock(LockInfo("1", "apply", "ada", "now"), 0):
        hidden = {name for name in names(path) if name.startswith(".")}

    assert hidden == {f".production.json.{suffix}" for suffix in ("journal", "lock", "holder")}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o705])
def test_permissions_are_kept(backend: FileBackend, path: Path, mode: int) -> None:
    """What somebody has closed is not opened again by the next apply."""
    path.chmod(mode)
    backend.write("second")

    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_state_gets_the_usual_permissions(path: Path) -> None:
    """A team's umask holds for it as for any other file."""
    for umask, mode in ((0o027, 0o640), (0, 0o666)):
        before = os.umask(umask)
        try:
            path.unlink(missing_ok=True)
            backend = FileBackend(path)
            backend.write("first")
            backend.append("line\n")
            assert os.umask(umask) == umask, "it is as it was"
        finally:
            os.umask(before)
        for file in (path, path.with_name(".production.json.journal")):
            assert stat.S_IMODE(file.stat().st_mode) == mode
        backend.drop_journal()


def test_permissions_that_cannot_be_set_do_not_stop_a_write(
    backend: FileBackend, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Network shares know no permissions."""

    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError("not supported")

    monkeypatch.setattr(os, "chmod", refuse)
    backend.write("second")

    assert path.read_text("utf-8") == "second"


@pytest.fixture
def link(tmp_path: Path, path: Path, backend: FileBackend) -> Path:
    """Give a link to the state, from another folder."""
    found = tmp_path / "elsewhere" / "link.json"
    found.parent.mkdir()
    found.symlink_to(path)
    assert backend.read().state == "first"
    return found


def test_a_linked_state_stays_a_link(link: Path, path: Path) -> None:
    """Whoever keeps the state elsewhere by a link keeps it there."""
    linked = FileBackend(link)
    linked.write("second")
    linked.append("line\n")

    assert link.is_symlink()
    assert path.read_text("utf-8") == "second"
    assert [each.name for each in link.parent.iterdir()] == ["link.json"]


def test_a_linked_state_has_one_lock_and_one_journal(link: Path, backend: FileBackend) -> None:
    """Two ways to one state do not let two writers in, nor hide an interrupted run from one of them."""
    backend.append("line\n")
    assert FileBackend(link).read() == Stored("first", "line\n")

    info = LockInfo("1", "apply", "ada", "now")
    with FileBackend(link).lock(info, 0), pytest.raises(StateLockedError), backend.lock(info, 0):
        pass


# --- crashes -------------------------------------------------------------------------------------------------------


@contextmanager
def failing(
    monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException, calls: tuple[str, ...] = WORK
) -> Iterator[list[str]]:
    """Let the `at`-th of these calls to the operating system, counted from 0, fail. Gives the calls made."""
    made: list[str] = []

    def watched(name: str, original: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            made.append(name)
            if len(made) == at + 1:
                raise error
            return original(*args, **more)

        return call

    with monkeypatch.context() as patch:
        for name in calls:
            patch.setattr(os, name, watched(name, getattr(os, name)))
        yield made


def test_a_crash_at_any_moment_leaves_a_whole_state(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one or the new one, and its journal as long as it is not in the state; never half of either."""
    old, new = "old state\n" * 100, "new state\n" * 100
    for moment in range(100):
        backend = FileBackend(path)
        backend.write(old)
        backend.append("line\n")
        try:
            with failing(monkeypatch, moment, CrashError()):
                backend.write(new)
        except CrashError:
            pass
        else:
            assert moment > 4
            break

        stored = FileBackend(path).read()

        assert stored in (Stored(old, "line\n"), Stored(new, "line\n"))
        backups = path.with_name("production.json.backup")
        if stored.state == new:
            assert backups.read_text("utf-8") == old
    else:
        pytest.fail("it never came to an end")


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_full_disk_leaves_the_old_state(
    backend: FileBackend, path: Path, monkeypatch: pytest.MonkeyPatch, call: str, which: int
) -> None:
    """It is reported in words, and no temporary file is left behind."""
    backend.append("line\n")
    with failing(monkeypatch, which, OSError(28, "No space left on device"), (call,)) as made:
        if call == "fsync" and which == 1:
            backend.write("second")  # the folder's own; a system that cannot do it is no reason to stop
        else:
            with pytest.raises(StateError, match="cannot be written: No space left on device") as caught:
                backend.write("second")
            assert "nothing is done twice" in caught.value.hint
            assert FileBackend(path).read() == Stored("first", "line\n")

    assert call in made
    assert {name for name in names(path) if name.endswith(".new")} <= {".production.json.backup.new"}


def test_an_append_waits_for_the_disk(backend: FileBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """An intent that is not durable must not be taken for announced."""
    with (
        failing(monkeypatch, 0, OSError(5, "Input/output error"), ("fsync",)),
        pytest.raises(StateError, match="cannot be written: Input/output error"),
    ):
        backend.append("line\n")


def test_a_line_cut_off_within_a_character_is_left_out(backend: FileBackend, path: Path) -> None:
    """A crash cuts where it likes; all whole lines before it count."""
    backend.append("ganz: ü\n")
    backend.append("halb: 🦀\n")
    journal = path.with_name(".production.json.journal")
    whole = journal.read_bytes()
    for size in range(len(whole) + 1):
        journal.write_bytes(whole[:size])
        lines = FileBackend(path).read().journal.splitlines()

        assert lines == ["ganz: ü", "halb: 🦀"][: whole[:size].count(b"\n")]


def test_zeros_within_a_character_are_no_damage(backend: FileBackend, path: Path) -> None:
    """A disk that lost its power may show zeros from any byte on; what they mean is for the reader to say."""
    backend.append("whole: ü\n")
    journal = path.with_name(".production.json.journal")
    journal.write_bytes(journal.read_bytes() + "ü".encode()[:1] + b"\0\0\xbc\n")

    assert backend.read().journal.partition("\0")[0] == "whole: ü\n"


def test_what_a_full_disk_refused_is_not_written_later(
    backend: FileBackend, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that was cut stays the last thing in the journal, also where space comes free a moment later."""
    write = os.write
    left = [3]

    def full(handle: int, data: Any) -> int:
        size, left[0] = left[0], 100
        if not size:
            raise OSError(errno.ENOSPC, "No space left on device")
        left[0] = 0 if size == 3 else 100
        return write(handle, bytes(data)[:size])

    backend.append("before\n")
    monkeypatch.setattr(os, "write", full)

    with pytest.raises(StateError, match="No space left"):
        backend.append("a line\n")
    assert path.with_name(".production.json.journal").read_bytes() == b"before\na l"


def test_a_new_folder_is_made_durable_with_the_first_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut must not take the folder, and with it the state of what was made on the server."""
    synced = []
    fsync = os.fsync

    def noted(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    FileBackend(tmp_path / "new" / "newer" / "production.json").write("{}")

    for folder in (tmp_path, tmp_path / "new", tmp_path / "new" / "newer"):
        assert folder.stat().st_ino in synced


def test_a_new_journal_is_made_durable_once(backend: FileBackend, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name with the first line, in its folder and those above; later lines only need to be written."""
    synced: list[Path] = []
    monkeypatch.setattr(atomic, "sync_folder", synced.append)

    backend.append("one\n")
    assert synced == [path.parent, *path.parent.parents]
    synced.clear()
    backend.append("two\n")
    assert synced == []
    backend.write("second")
    assert synced == [path.parent]


@pytest.mark.parametrize("has_links", [True, False])
def test_all_of_a_file_is_there_before_it_is_made_durable(
    backend: FileBackend, monkeypatch: pytest.MonkeyPatch, *, has_links: bool
) -> None:
    """State, backup (if it has to be copied) and journal: what is still in a buffer is not on the disk."""
    sizes: list[int] = []
    fsync = os.fsync

    def noted(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            sizes.append(os.fstat(handle).st_size)
        fsync(handle)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fsync", noted)
    if not has_links:
        monkeypatch.setattr(os, "link", refuse)
    backend.write("a second state")

    assert sizes == ([14] if has_links else [14, 5])
    sizes.clear()
    backend.append("a line\n")
    backend.append("another\n")
    assert sizes == [7, 15]


def test_a_backup_that_is_the_state_itself_leaves_nothing_behind(backend: FileBackend, path: Path) -> None:
    """A crash has left both names for one file: putting one in the place of the other does nothing."""
    os.link(path, path.with_name("production.json.backup"))

    backend.write("second")

    assert path.with_name("production.json.backup").read_text() == "first"
    assert names(path) == {"production.json", "production.json.backup"}


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), OSError("odd")])
def test_what_a_disk_refuses_is_told(
    backend: FileBackend, path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """What could not be done to which file, and why; only who holds a lock is nobody then."""
    why = error.strerror or "odd"

    def refuse(*_: object, **__: object) -> Any:
        raise error

    for place, name, work, words in (
        (file_backend, "read_regular", backend.read, ".production.json.journal cannot be read"),
        (Path, "unlink", backend.drop_journal, ".production.json.journal cannot be removed"),
        (lease, "_read", lambda: backend.unlock("1"), ".production.json.lock cannot be unlocked"),
        (lease.Lease, "_acquire", lambda: backend.lock(INFO, 0).__enter__(), ".production.json.lock cannot be locked"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(place, name, refuse)
            with pytest.raises(StateError) as caught:
                work()
        assert caught.value.message == f"{path.parent}/{words}: {why}."
        assert "nothing is done twice" in caught.value.hint

    with monkeypatch.context() as patched:
        patched.setattr(lease, "_read", refuse)
        assert backend.owner() is None


INFO = LockInfo("1", "apply", "ada", "now")


def test_a_state_that_ends_within_a_character_is_damage(backend: FileBackend, path: Path) -> None:
    """It is written as a whole: what is cut off is lost."""
    path.write_bytes("fü".encode()[:-1])

    with pytest.raises(StateError, match="not UTF-8"):
        backend.read()


def test_a_crash_in_the_journal_costs_at_most_the_line_that_was_being_written(path: Path) -> None:
    """Seen from above: the state and every outcome that was recorded are there."""
    state = sample()
    python = next(address for address in state.resources if address.key == "python")
    backend = FileBackend(path)
    backend.write(dumps(state))
    backend.append(journal_head(state, "apply"))
    backend.append(journal_done(python, None))
    journal = path.with_name(".production.json.journal")
    before = len(journal.read_bytes())
    backend.append(journal_done(python, state.resources[python]))
    whole = journal.read_bytes()
    for size in range(before, len(whole)):
        journal.write_bytes(whole[:size])
        reopened = Journal(FileBackend(path), "production", "https://api.example")

        assert python not in reopened.load().resources


# --- reading while somebody writes ---------------------------------------------------------------------------------


def opened(path: Path) -> Journal:
    """Open the state as a command of its own would."""
    made = Journal(FileBackend(path), "production", "https://api.example")
    made.load()
    return made


def working(path: Path) -> Journal:
    """Bring an apply on its way: it has announced something, made it, and let go of something else."""
    run = opened(path)
    run.begin("apply")
    address = Address.parse("badge_class.go")
    run.announce([Intent(address, "create", Resource(address, "", sent={"name": "Go"}))])
    run.note([(address, Resource(address, "BC-2", sent={"name": "Go"})), (Address.parse("badge_class.python"), None)])
    return run


def begins(path: Path) -> None:
    """Begin an apply; what an earlier one left is folded into the state first."""
    opened(path).begin("apply")


def ends(path: Path) -> None:
    """Do all that an apply does: in the end a new state is there, and no journal."""
    working(path).finish()


def ends_and_begins(path: Path) -> None:
    """Let an apply end, and the next one be at work."""
    ends(path)
    working(path)


@pytest.mark.parametrize("first", [None, "a state", "a state and a journal"])
@pytest.mark.parametrize("write", [begins, working, ends, ends_and_begins])
def test_a_reader_sees_what_there_was_at_one_moment(
    path: Path, monkeypatch: pytest.MonkeyPatch, first: str | None, write: Callable[[Path], object]
) -> None:
    """Whatever is written between its two looks at the disk, state and journal belong together."""
    if first:
        FileBackend(path).write(dumps(sample()))
    if first == "a state and a journal":
        working(path)
    moments = [opened(path).state]
    writers = [write]

    def noting(original: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            original(*arguments)
            moments.append(opened(path).state)

        return call

    def interrupted(*arguments: Any) -> bytes:
        """Read a file; let somebody write when the first one is read, or found not to be there."""
        try:
            return read_regular(*arguments)
        finally:
            if writers:
                writers.pop()(path)

    with monkeypatch.context() as patch:
        patch.setattr("badgeops.state.backends.file.read_regular", interrupted)
        for name in ("write", "append", "drop_journal"):
            patch.setattr(FileBackend, name, noting(getattr(FileBackend, name)))
        seen = opened(path).state

    assert not writers
    assert moments[-1] == opened(path).state
    assert seen in moments


# --- what cannot be read or written --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said", "way_out"),
    [
        (
            "production.json",
            "The state state/production.json is damaged",
            "its backup state/production.json.backup",
        ),
        (".production.json.journal", "The journal state/.production.json.journal is damaged", "an apply that did not"),
    ],
)
def test_what_is_no_text_is_damage(backend: FileBackend, path: Path, name: str, said: str, way_out: str) -> None:
    """Bytes that are no UTF-8 are told as damage of the file that has them; only a state has a backup."""
    path.with_name(name).write_bytes(b"\xff\xfe\n")

    with pytest.raises(StateError, match="not UTF-8") as caught:
        backend.read()
    assert caught.value.message == f"{said}: it is not UTF-8 text."
    assert way_out in caught.value.hint
    assert ("backup" in caught.value.hint) == (name == "production.json")


def test_a_folder_in_place_of_the_state(tmp_path: Path) -> None:
    """A path that names a folder is told, not a traceback."""
    backend = FileBackend(tmp_path)

    with pytest.raises(StateError, match="cannot be read") as caught:
        backend.read()
    assert "space" not in caught.value.hint


def test_a_folder_in_place_of_the_backup(backend: FileBackend, path: Path) -> None:
    """It is the backup that is in the way, and the state stays as it is."""
    path.with_name("production.json.backup").mkdir()

    with pytest.raises(StateError, match=r"production\.json\.backup is a folder") as caught:
        backend.write("second")
    assert "Move the folder" in caught.value.hint
    assert backend.read().state == "first"
    assert sorted(each.name for each in path.parent.iterdir()) == ["production.json", "production.json.backup"]


@pytest.mark.parametrize("inside", ["", "deep/er"])
def test_a_link_that_leads_nowhere_is_no_folder_for_a_state(tmp_path: Path, inside: str) -> None:
    """The state would lie outside of the catalog, in a folder that nobody has made."""
    (tmp_path / "state").symlink_to(tmp_path / "nowhere")
    backend = FileBackend(tmp_path / "state" / inside / "production.json")

    held = backend.lock(LockInfo("1", "apply", "ada", "now"), 0)
    with pytest.raises(StateError, match="is a link to a folder that does not exist"), held:
        pass
    assert not (tmp_path / "nowhere").exists()


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """Neither a state, nor a journal, nor a lock can be kept below a file."""
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    backend = FileBackend(tmp_path / "state" / "production.json")

    with pytest.raises(StateError, match="cannot be written"):
        backend.write("x")
    with pytest.raises(StateError, match="cannot be written"):
        backend.append("x\n")
    with pytest.raises(StateError, match="cannot be locked"), backend.lock(LockInfo("1", "apply", "ada", "now"), 0):
        pass


def test_a_link_in_circles_is_told(tmp_path: Path) -> None:
    """No traceback, whatever the folder looks like."""
    (tmp_path / "a.json").symlink_to(tmp_path / "b.json")
    (tmp_path / "b.json").symlink_to(tmp_path / "a.json")

    with pytest.raises(StateError, match="cannot be read"):
        FileBackend(tmp_path / "a.json").read()


@needs_permissions
def test_a_folder_that_may_not_be_written(backend: FileBackend, path: Path) -> None:
    """Reading goes on; writing, appending and locking say what is missing."""
    path.parent.chmod(0o500)
    try:
        assert backend.read().state == "first"
        with pytest.raises(StateError, match="cannot be written: Permission denied"):
            backend.write("second")
        with pytest.raises(StateError, match="cannot be written"):
            backend.append("line\n")
        with pytest.raises(StateError, match="cannot be locked"), backend.lock(LockInfo("1", "apply", "a", "now"), 0):
            pass
    finally:
        path.parent.chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system cannot refuse links")
def test_nothing_is_written_along_a_link_in_place_of_the_journal(backend: FileBackend, path: Path) -> None:
    """A stranger's pull request may bring one that leads to a file outside the catalog."""
    elsewhere = path.with_name("elsewhere.txt")
    elsewhere.write_text("", encoding="utf-8")
    path.with_name(".production.json.journal").symlink_to(elsewhere)

    with pytest.raises(StateError, match="cannot be written"):
        backend.append("line\n")

    assert elsewhere.read_text(encoding="utf-8") == ""


def test_a_journal_that_cannot_be_removed_is_told(backend: FileBackend, path: Path) -> None:
    """It would be taken for an interrupted run."""
    path.with_name(".production.json.journal").mkdir()

    with pytest.raises(StateError, match="cannot be removed"):
        backend.drop_journal()


# --- the lock ------------------------------------------------------------------------------------------------------

OWNER = """
import sys
from pathlib import Path
from badgeops.state.backends.file import FileBackend
from badgeops.state.backends.interface import LockInfo

with FileBackend(Path(sys.argv[1])).lock(LockInfo("7", "apply", "grace@server, process 1", "noon", "/ci/run/7"), 5):
    print("held", flush=True)
    sys.stdin.read()
"""
INFO = LockInfo("8", "apply", "ada@laptop, process 2", "later")


@pytest.fixture
def owner(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run another process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_process_is_kept_out_and_told_by_whom(path: Path, owner: subprocess.Popen[str]) -> None:
    """The message is all one needs to decide whether to wait."""
    assert owner.poll() is None
    with (
        pytest.raises(StateLockedError, match=r"apply by grace@server, process 1 in /ci/run/7, since noon") as caught,
        FileBackend(path).lock(INFO, 0),
    ):
        pass
    assert "--lock-timeout" in caught.value.hint


def test_a_killed_owner_owns_nothing(path: Path, owner: subprocess.Popen[str]) -> None:
    """However it ended, nothing has to be unlocked by hand, and what it left is not taken for an owner."""
    owner.send_signal(signal.SIGKILL)
    owner.wait(30)
    left = path.with_name(".production.json.holder")
    assert left.exists()

    with FileBackend(path).lock(INFO, 0):
        assert "ada@laptop" in left.read_text("utf-8")
    assert not left.exists()


def test_the_next_owner_sweeps_up_what_a_killed_writer_left(backend: FileBackend, path: Path) -> None:
    """Its temporary files, which nobody would ever read, do not pile up beside the state."""
    with atomic.prepared(path, [b"half"]) as state:
        pass  # it was killed before the file took its place
    backup = path.with_name(".production.json.backup.new")
    backup.write_bytes(b"")
    assert {state.name, backup.name} <= names(path)

    with backend.lock(INFO, 0):
        assert not {state.name, backup.name} & names(path)

    assert backend.read() == Stored("first")


@pytest.mark.parametrize(
    "name",
    [
        ".staging.json.abcdefgh.new",
        ".production.json.abcdefg.new",
        ".production.json.abcdefghi.new",
        ".production.json.two.abcd.new",
        ".production.json.ABCDEFGH.new",
        ".productionxjson.abcdefgh.new",
        "production.json.abcdefgh.new",
        ".production.json.abcdefgh.new.bak",
        ".production.json.new",
        "production.json.backup",
        ".production.json.journal",
    ],
)
def test_only_our_own_temporary_files_are_swept_up(backend: FileBackend, path: Path, name: str) -> None:
    """Files of another state, or whose names we would never give, are somebody's."""
    other = path.with_name(name)
    other.write_bytes(b"kept")

    with backend.lock(INFO, 0):
        pass

    assert other.read_bytes() == b"kept"


def test_links_and_folders_are_not_swept_up(backend: FileBackend, path: Path, tmp_path: Path) -> None:
    """We make neither under such a name."""
    target = tmp_path / "target"
    target.write_bytes(b"kept")
    link = path.with_name(".production.json.abcdefgh.new")
    link.symlink_to(target)
    folder = path.with_name(".production.json.12345678.new")
    folder.mkdir()

    with backend.lock(INFO, 0):
        pass

    assert link.is_symlink()
    assert folder.is_dir()
    assert target.read_bytes() == b"kept"


def test_a_full_disk_at_the_lock_leaves_no_litter(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written as a whole is not there for the next run to wonder about."""
    backend = FileBackend(path)

    def full(_handle: int, _data: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(StateError, match="cannot be locked: No space left"), backend.lock(INFO, 0):
            raise AssertionError

    assert names(path) <= {".production.json.lock"}
    with backend.lock(INFO, 0):
        backend.write("first")


@pytest.mark.parametrize("name", [".production.json.holder", ".production.json.lock", ".production.json.journal"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_stands_in_the_place_of_a_companion_is_named(
    backend: FileBackend, path: Path, name: str, kind: str
) -> None:
    """It is neither waited for nor followed, nor emptied."""
    place, elsewhere = path.with_name(name), path.with_name("elsewhere")
    elsewhere.write_bytes(b"mine")
    {"pipe": lambda: os.mkfifo(place), "folder": place.mkdir, "link": lambda: place.symlink_to(elsewhere)}[kind]()

    with pytest.raises(StateError) as raised, backend.lock(INFO, 0):
        backend.append("a line\n")

    assert name in raised.value.message or (kind == "link" and "in use" in raised.value.message)
    assert elsewhere.read_bytes() == b"mine"


def test_a_reader_sweeps_up_nothing(backend: FileBackend, path: Path) -> None:
    """Without the lock it cannot tell a dead writer's files from those of one at work."""
    with atomic.prepared(path, [b"half"]) as left:
        pass

    backend.read()

    assert left.exists()


def test_litter_that_cannot_be_removed_stops_nothing(
    backend: FileBackend, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does no harm."""
    with atomic.prepared(path, [b"half"]) as left:
        pass
    real = os.unlink

    def refusing(name: Any, **more: Any) -> None:
        if os.fspath(name) == str(left):
            raise PermissionError("not yours")
        real(name, **more)

    monkeypatch.setattr(os, "unlink", refusing)
    with backend.lock(INFO, 0):
        backend.write("second")

    assert left.exists()
    assert backend.read() == Stored("second")


def test_a_timeout_waits_for_another_process(path: Path, owner: subprocess.Popen[str]) -> None:
    """`--lock-timeout` gets the lock when the other run has ended."""
    assert owner.stdin is not None
    owner.stdin.close()
    with FileBackend(path).lock(INFO, 30):
        pass
    assert owner.wait(30) == 0


@pytest.mark.parametrize("left", [None, "", "no json", "[]", '{"id": 1}', '{"unknown": 1}'])
def test_an_owner_that_cannot_be_read_is_somebody(backend: FileBackend, path: Path, left: str | None) -> None:
    """A lock without readable owner is a lock all the same."""
    with backend.lock(INFO, 0):
        file = path.with_name(".production.json.holder")
        file.unlink() if left is None else file.write_text(left, encoding="utf-8")
        with pytest.raises(StateLockedError, match="in use: another run of badgeops"), FileBackend(path).lock(INFO, 0):
            pass


def test_a_file_system_without_locks_is_told(backend: FileBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a lock two runs could write at once: better none than that."""

    def refuse(*_args: object, **_more: object) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)

    with pytest.raises(StateError, match="does not support locks") as caught, backend.lock(INFO, 0):
        pass
    assert "on a local disk" in caught.value.hint


def test_a_state_that_is_a_link_to_the_root_is_refused(tmp_path: Path) -> None:
    """Nothing can stand beside the root; a link may come with a pull request."""
    link = tmp_path / "here.json"
    link.symlink_to("/")

    with pytest.raises(StateError, match="a link to the root"):
        FileBackend(link)
