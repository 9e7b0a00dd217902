"""badgeops among other processes: where its output goes, what it is told, and what the operating system denies it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from support.programme import Programme, badge_class

from badgeops.api import read_ahead
from badgeops.cli import COMMANDS, cli
from badgeops.planning.in_parallel import each

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a shell's way to say where output goes")

BADGEOPS = f"{shlex.quote(sys.executable)} -m badgeops"
FULL = pytest.param("> /dev/full", "No space left", marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason=""))
NOWHERE = [FULL, (">&-", "stdout is closed")]
"""Where output goes and cannot be read, and how that is told."""


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    """Write a catalog for the embedded sandbox."""
    made = Programme(tmp_path / "catalog")
    made.embedded()
    return made


def shell(programme: Programme, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in the catalog's folder."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=programme.root,
        env={**os.environ, **programme.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def words(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize(("where", "why"), NOWHERE)
@pytest.mark.parametrize(
    "command", ["plan", "plan --format json", "validate", "snapshot", "state list", "preview --out -"]
)
def test_a_result_that_cannot_be_written_is_an_error(programme: Programme, command: str, where: str, why: str) -> None:
    """The result is what such a command is for: without it the status is 1, and one message says why."""
    programme.apply()
    programme.write("other.yaml", badge_class("other", name="Other, which is to be made."))

    done = shell(programme, f"{BADGEOPS} {command} {where}")

    assert done.returncode == 1, done.stderr
    assert "The output could not be written, or not all of it" in words(done.stderr)
    assert why in words(done.stderr)
    assert "Traceback" not in done.stderr
    assert "bug in badgeops" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(("where", "why"), NOWHERE)
def test_no_plan_is_carried_out_that_cannot_be_shown(programme: Programme, where: str, why: str) -> None:
    """Whoever could not see it would not know what was done."""
    done = shell(programme, f"{BADGEOPS} apply --auto-approve {where}")

    assert done.returncode == 1
    assert why in words(done.stderr)
    assert "Nothing was changed" in words(done.stderr)
    assert json.loads(programme.run("plan", "--format", "json").out)["summary"]["create"] == 2


def test_an_apply_into_a_pipe_that_ends_says_what_became_of_it(programme: Programme) -> None:
    """Either nothing was done, with status 1, or all of it, with status 0: on stderr it says which."""
    for number in range(40):
        programme.write(f"c{number}.yaml", badge_class(f"c{number}"))

    done = shell(programme, f"{BADGEOPS} apply --auto-approve | head -1")

    told = words(done.stderr)
    assert "its reader has ended" in told, told
    settled = programme.run("plan", "--detailed-exitcode").status == 0
    assert done.returncode == (0 if settled else 1), told
    assert ("The state is saved" if settled else "Nothing was changed") in told


def test_a_plan_that_is_saved_is_there_before_it_is_recommended(programme: Programme) -> None:
    """A file that cannot be written is told of before the text that names it; a device is no file to apply."""
    there = shell(programme, f"{BADGEOPS} plan --save-plan plan.json | head -1")
    device = shell(programme, f"{BADGEOPS} plan --save-plan /dev/null")
    nowhere = shell(programme, f"{BADGEOPS} plan --save-plan no/such/plan.json")

    assert json.loads((programme.root / "plan.json").read_text("utf-8"))["digest"]
    assert there.stdout.startswith("Environment"), there.stderr
    assert (device.returncode, device.stdout) == (1, "")
    assert "not a file but a pipe or a device" in words(device.stderr)
    assert (nowhere.returncode, nowhere.stdout) == (1, "")


def test_a_closed_stream_is_not_taken_for_a_file(programme: Programme) -> None:
    """No state and no journal gets the number of stdout or stderr, into which words would be written."""
    for closed in ("<&-", "2>&-", "<&- >&- 2>&-"):
        shell(programme, f"{BADGEOPS} apply --auto-approve {closed}")

    assert programme.run("plan", "--detailed-exitcode").status == 0
    assert json.loads((programme.root / ".badgeops/sandbox.state.json").read_text("utf-8"))["resources"]


def test_a_run_that_shall_outlive_its_terminal_does(programme: Programme) -> None:
    """`nohup` lets a process ignore that its terminal is closed."""
    done = shell(
        programme,
        f"trap '' HUP; {BADGEOPS} sandbox serve --port 0 --data data > url & sleep 3; kill -HUP $!; sleep 1; "
        "kill -0 $! && echo alive; kill -INT $!; kill -TERM $!; wait",
    )

    assert done.stdout == "alive\n"


# --- pipes in the place of files -----------------------------------------------------------------------------------

STATE = ".badgeops/sandbox.state.json"
BESIDE = [
    STATE, f"{STATE}.backup", ".badgeops/.sandbox.state.json.journal", ".badgeops/.sandbox.state.json.lock",
    ".badgeops/.sandbox.state.json.holder", ".badgeops/.gitignore", "badgeops.yaml", "sql.yaml", "images/badge.png",
    ".badgeopsignore", ".badgeops/sandbox", ".badgeops",
]  # fmt: skip
"""Every place that badgeops opens in a catalog."""


@pytest.mark.tier("test")
@pytest.mark.parametrize("kind", ["pipe", "folder", "file", "link", "device"])
@pytest.mark.parametrize("place", BESIDE)
def test_nothing_waits_where_a_file_should_be(programme: Programme, place: str, kind: str) -> None:
    """Something else in its place is one clear message or no matter at all; it is never waited for."""
    programme.apply()
    path = programme.root / place
    if path.is_dir():
        subprocess.run(["rm", "-r", str(path)], check=True)
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    {
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "file": lambda: path.write_bytes(b""),
        "link": lambda: path.symlink_to(programme.root.parent / "no" / "such"),
        "device": lambda: path.symlink_to("/dev/zero"),
    }[kind]()

    for command in ("validate", "plan", "apply --auto-approve --lock-timeout=0", "state list", "fmt --check"):
        done = shell(programme, f"timeout 20 {BADGEOPS} {command}")
        assert done.returncode in (0, 1), (command, done.stderr)
        assert "Traceback" not in done.stderr
        assert "bug in badgeops" not in words(done.stderr), (command, done.stderr)


OUTPUTS = [
    "plan --save-plan ",
    "plan --output json=",
    "validate --output json=",
    "snapshot --out ",
    "preview --out ",
    "doctor --probe --out ",
]


@pytest.mark.parametrize("option", OUTPUTS)
def test_a_pipe_that_nobody_reads_is_not_waited_for(programme: Programme, option: str, tmp_path: Path) -> None:
    """To write to it would take for ever."""
    os.mkfifo(tmp_path / "pipe")

    done = shell(programme, f"timeout 30 {BADGEOPS} {option}{tmp_path}/pipe")

    assert done.returncode == 1, done.stderr
    assert "nobody reads from this pipe" in words(done.stderr) or "not a file but a pipe" in words(done.stderr)


def writing_options() -> Iterator[str]:
    """Yield each option that takes the name of a file, with its command."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield from _of(command, name)


def _of(command: click.Command, name: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for inner, each in command.commands.items():
            yield from _of(each, f"{name} {inner}")
    for parameter in command.params:
        if isinstance(parameter, click.Option) and "FILE" in (parameter.metavar or "") and not parameter.hidden:
            yield f"{name} {parameter.opts[0]}"


READING = {"plan --snapshot", "apply --plan"}
"""Those that read it."""


def test_every_option_that_writes_a_file_is_tried() -> None:
    """`test_no_result_is_written_where_something_else_lives` knows each of them."""
    tried = {" ".join(word for word in option.split("=")[0].split() if word != "--probe") for option in OUTPUTS}
    tried = {option.removesuffix(" json") for option in tried}

    assert set(writing_options()) - READING == tried


PLACES = [
    (".git/config", "Git"), (".git/new", "Git"), (STATE, "a state"), (f"{STATE}.backup", "a state"),
    (".badgeops/.sandbox.state.json.journal", "a state"), (".badgeops/.sandbox.state.json.lock", "a state"),
    (".badgeops/.sandbox.state.json.holder", "a state"), ("state/.prod.json.journal", "a state"),
    ("state/prod.json", "a state"), ("state/prod.json.backup", "a state"), ("elsewhere/own.json", "a state"),
    ("badgeops.yaml", "the catalog"), ("sql.yaml", "the catalog"), ("new.yaml", "the catalog"),
    ("images/badge.png", "the catalog"), ("texts/criteria.txt", "the catalog"), (".badgeopsignore", "the catalog"),
    (".gitignore", "the catalog"), (".badgeops/sandbox/sandbox.sqlite3", "the sandbox"),
    ("state/prod.kept/5f.png", "a state"), ("state/prod.kept", "a state"), ("STATE/Prod.JSON", "a state"),
]  # fmt: skip


@pytest.mark.parametrize("option", OUTPUTS)
def test_no_result_is_written_where_something_else_lives(programme: Programme, option: str) -> None:
    """Be it there already or not: the next command would read it as what it is not."""
    programme.write(
        "badgeops.yaml",
        "catalog: test\nenvironments:\n  sandbox: {server: sandbox}\n  prod: {server: canvas-us}\n"
        "  own: {server: canvas-eu, state: elsewhere/own.json}\ndefaultEnvironment: sandbox\n",
    )
    programme.write("texts/criteria.txt", "Complete it.\n")
    text = badge_class("text", image="../images/badge.png", criteriaNarrative="{file: criteria.txt}")
    programme.write("texts/text.yaml", text)
    for name in (".gitignore", ".badgeopsignore", "elsewhere/readme", "state/readme"):
        programme.write(name, "# mine\n")
    assert programme.apply().status == 0
    programme.write(".git/config", "# mine\n")
    name, *more = option.split(" ", 1)
    before = {path: path.read_bytes() for path in programme.root.rglob("*") if path.is_file()}

    for place, whose in PLACES:
        refused = programme.run(name, *f"{more[0]}{programme.root / place}".split(" "))

        assert refused.status == 1, place
        assert f"belongs to {whose} and was not" in words(refused.err), (place, refused.err)
    assert {path: path.read_bytes() for path in programme.root.rglob("*") if path.is_file()} == before


# --- a file where a folder belongs, and the other way round --------------------------------------------------------

FOLDERS = [
    "validate {}", "plan {}", "apply --auto-approve {}", "destroy --auto-approve {}", "snapshot {}", "preview {}",
    "doctor {}", "login {}", "logout {}", "state list --catalog {}", "force-unlock x --catalog {}", "fmt --catalog {}",
    "import badge_class.sql x --catalog {}", "init {}", "sandbox serve --port 0 --catalog {}",
    "sandbox serve --port 0 --data {}", "validate --catalog {}",
]  # fmt: skip
FILES = [
    "plan --save-plan {}", "plan --output json={}", "plan --snapshot {}", "validate --output json={}",
    "snapshot --out {}", "preview --out {}", "apply --auto-approve --plan {}", "apply --expect-digest {}",
]  # fmt: skip


@pytest.mark.tier("test")
@pytest.mark.parametrize(
    ("command", "place"),
    [(command, "file.txt") for command in FOLDERS]
    + [(command, "folder") for command in FILES]
    + [(command, "file.txt/inside") for command in (*FOLDERS, *FILES)],
)
def test_a_file_for_a_folder_and_a_folder_for_a_file_are_one_message(
    programme: Programme, command: str, place: str
) -> None:
    """It names what was given, as it was given, or the part of it that is in the way; nothing is done."""
    (programme.root / "folder").mkdir()
    programme.write("file.txt", "mine")

    done = shell(programme, f"timeout 30 {BADGEOPS} {command.format(place)}")

    told = words(done.stdout + done.stderr)
    assert done.returncode == 1, told
    assert place in told or "file.txt is not a folder" in told
    assert "None" not in told
    assert "bug in badgeops" not in told
    assert told.count("rror:") <= 1
    assert (programme.root / "file.txt").read_text("utf-8") == "mine"
    assert list((programme.root / "folder").iterdir()) == []


# --- threads -------------------------------------------------------------------------------------------------------


class Few:
    """Lets so many threads start, and no more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.left = most
        real = threading.Thread.start

        def start(thread: threading.Thread) -> None:
            if not self.left:
                raise RuntimeError("can't start new thread")
            self.left -= 1
            real(thread)

        monkeypatch.setattr(threading.Thread, "start", start)


@pytest.mark.parametrize("most", [0, 1, 3])
def test_reading_needs_no_threads(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """It takes as many as there are, and does it by itself where there are none."""
    Few(monkeypatch, most)
    with read_ahead.ahead(iter(range(5))) as items:
        assert list(items) == [0, 1, 2, 3, 4]
    assert each(lambda number: number * 2, range(10), 8) == [(number, number * 2) for number in range(10)]


@pytest.mark.parametrize("most", [*range(0, 60, 6), 41, 43, 44, 45])
def test_threads_that_cannot_start_are_no_bug(programme: Programme, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Wherever they end: one message that names the limit, or the work done with fewer; the next run is whole."""
    with monkeypatch.context() as patched:
        Few(patched, most)
        done = programme.apply()

    assert "bug in badgeops" not in done.err
    if done.status:
        assert "no more threads" in words(done.out + done.err)
        assert "ulimit -u" in words(done.out + done.err)
    assert programme.apply().status == 0
    programme.assert_settled()


def test_a_process_that_is_hung_up_ends_as_one_that_is_told_to(programme: Programme) -> None:
    """Status 130 and one word, not killed on the spot."""
    process = subprocess.Popen(
        [sys.executable, "-m", "badgeops", "sandbox", "serve", "--port", "0"],
        cwd=programme.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http")
        time.sleep(0.2)
        process.send_signal(signal.SIGHUP)
        assert process.wait(30) in (0, 130)
    finally:
        process.kill()
        process.communicate()
