"""What a person sees while badgeops works, and what a log, a pipe and a dumb terminal are spared."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.sandbox import Sandbox, SandboxOptions

pty = pytest.importorskip("pty", reason="there are no such terminals here")


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Programme]:
    """Give a programme on a server that takes its time."""
    options = SandboxOptions(data=tmp_path / "server", latency_ms=500)
    with Sandbox(options) as sandbox:
        made = Programme(tmp_path / "catalog", dict(CREDENTIALS))
        made.settings(sandbox.url)
        made.write("issuer.yaml", ISSUER)
        made.image()
        made.write("one.yaml", badge_class("one"))
        yield made


def on_terminal(arguments: list[str], variables: dict[str, str], answers: bytes = b"", cwd: Path | None = None) -> str:
    """Run badgeops with a terminal on stdin and stderr, stdout into a pipe; return what the terminal showed."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "TERM")}
    environment |= {"TERM": "xterm", **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", "badgeops", *arguments],
        env=environment,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=cwd,
        close_fds=True,
    )
    os.close(theirs)
    shown, until = b"", time.monotonic() + 60
    if answers:
        os.write(ours, answers)
    while time.monotonic() < until:
        ready, _, _ = select.select([ours], [], [], 0.1)
        if ready:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        elif process.poll() is not None:
            break
    os.close(ours)
    process.wait(30)
    return shown.decode("utf-8", "replace")


def test_a_terminal_shows_that_work_goes_on(slow: Programme) -> None:
    """A line is drawn again and again while the server thinks, and is gone when the result comes."""
    shown = on_terminal(["plan", str(slow.root)], slow.environment)

    drawn = re.findall(r"\r([-|/\\] Reading the server[^\r\x1b]*)\x1b\[K", shown)
    assert len(drawn) > 3
    assert len({line[0] for line in drawn}) > 1
    assert shown.rstrip("\n").endswith("\r\x1b[K")


def test_apply_shows_a_bar(slow: Programme) -> None:
    """With how many are done and which one is under way."""
    shown = on_terminal(["apply", "--auto-approve", str(slow.root)], slow.environment)

    assert "creating" in shown
    assert "━" in shown


@pytest.mark.parametrize("variables", [{"CI": "true"}, {"CI": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_what_cannot_be_drawn_again_is_not_drawn(slow: Programme, variables: dict[str, str]) -> None:
    """Neither a bar nor a line that moves: on a build server, on a dumb terminal, without colours."""
    for command in (["plan"], ["apply", "--auto-approve"]):
        shown = on_terminal([*command, str(slow.root)], slow.environment | variables)

        assert "\x1b" not in shown
        assert "\r" not in shown.replace("\r\n", "\n")
        if command[0] == "apply":
            assert "badge_class.one: created\r\n" in shown


def test_a_plain_terminal_is_told_now_and_then(
    slow: Programme, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without colours, long work says in whole lines how far it is."""
    from badgeops.commands.shared import spinner
    from badgeops.commands.shared.console import CONSOLE

    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(spinner, "_SLOW_BEAT", 0.05)
    monkeypatch.setattr(spinner, "is_terminal", lambda _stream: True)
    with CONSOLE.working("Reading the server") as tell:
        tell("badge classes read", 1500, 3000)
        time.sleep(0.3)

    assert "Reading the server: 1,500 of 3,000 badge classes read (0 s)\n" in capfd.readouterr().err
    assert slow.root.is_dir()


@pytest.mark.parametrize("variables", [{}, {"CI": "true"}, {"TERM": "dumb"}])
def test_a_pipe_gets_no_progress(slow: Programme, variables: dict[str, str]) -> None:
    """A log holds what happened and nothing that was only meant for the moment."""
    slow.environment |= variables
    process = slow.start("plan")
    out, err = process.communicate(timeout=60)

    assert process.returncode == 0
    assert err == ""
    assert "\x1b" not in out
    assert "\r" not in out


def test_what_is_said_meanwhile_stands_on_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message clears the moving line before it is written; secrets are blotted out of both."""
    import io

    from badgeops.commands.shared.console import Console

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    console = Console()
    console.hide(["hunter2-hunter2"])
    console.status("| Working hunter2-hunter2")
    console.note("Trying again.")

    assert stream.getvalue() == "\r| Working ********\x1b[K\r\x1b[KTrying again.\n"


def test_init_asks_on_a_terminal(tmp_path: Path) -> None:
    """With what it would take otherwise; an empty answer takes that."""
    shown = on_terminal(["init", str(tmp_path / "badges")], {}, b"ACME College\n\n\ncanvas-eu\n")

    assert "Who awards the badges? [Example Academy]" in shown
    settings = (tmp_path / "badges" / "badgeops.yaml").read_text("utf-8")
    assert "catalog: acme-college" in settings
    assert "canvas-eu" in settings
    assert "https://academy.example" in (tmp_path / "badges" / "issuer.yaml").read_text("utf-8")


def test_init_checks_each_answer_when_it_is_given(tmp_path: Path) -> None:
    """A slip is said at once and asked about again, alone; what was said before stays."""
    typed = b"ACME College\nftp://x\n\ncanvas-moon\ncanvas-eu\n"
    arguments = ["init", str(tmp_path / "badges"), "--email", "badges@acme.example"]
    shown = on_terminal(arguments, {}, typed)

    assert [shown.count(question) for question in ("Who awards", "Their website?", "e-mail", "server?")] == [1, 2, 0, 2]
    assert shown.index("ftp:// is refused") < shown.index("The badge server?")
    assert "canvas-eu" in (tmp_path / "badges" / "badgeops.yaml").read_text("utf-8")
    issuer = (tmp_path / "badges" / "issuer.yaml").read_text("utf-8")
    assert "ACME College" in issuer
    assert "https://academy.example" in issuer
    assert "badges@acme.example" in issuer


def test_init_asks_nothing_if_an_option_would_not_do(tmp_path: Path) -> None:
    """Whoever types answers for nothing is not asked for them."""
    shown = on_terminal(["init", str(tmp_path / "badges"), "--email", "nobody"], {}, b"")

    assert "--email: " in shown
    assert "Who awards" not in shown
