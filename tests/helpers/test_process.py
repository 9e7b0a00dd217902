"""Helpers make a large catalog quicker to read, and never change what is found, whatever becomes of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.images import png
from support.reporter import Recorder

from badgeops.api import plain
from badgeops.app.requests import Request
from badgeops.app.workspace import check
from badgeops.catalog import looking
from badgeops.catalog.folder import Loaded, load
from badgeops.errors import Diagnostic
from badgeops.helpers import process as module
from badgeops.helpers.process import Helper, Helpers

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no helpers on Windows")

BADGE = """\
kind: BadgeClass
key: b{0}
issuer: academy
name: Badge {0}
description: A badge.
criteriaUrl: https://academy.example/{0}
image: images/{0}.png
"""
ODD = {
    "anchors": "kind: BadgeClass\nkey: &x anchors\nname: *x\n",
    "broken": "key: [",
    "curly": BADGE.format(1).replace("b1", "curly").replace("A badge.", "“A badge.”"),
    "date": BADGE.format(2).replace("b2", "date").replace("A badge.", "2024-01-01"),
    "empty": "",
    "half": 'kind: Issuer\nkey: half\nname: "\\ud83d\\ude00"\n',
    "latin": "key: caf\xe9\n",
    "misspelt": BADGE.format(3).replace("b3", "misspelt").replace("name:", "nmae:"),
    "no-image": BADGE.format(999),
    "own": '{"format": "badgeops-state"}',
    "twice": BADGE.format(4),
    "two": BADGE.format(5).replace("b5", "five") + "---\n---\n" + BADGE.format(6).replace("b6", "six"),
}
"""Files of every kind that a helper does not answer for, or that has something wrong with it."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write a catalog with all that can be wrong."""
    root = tmp_path / "catalog"
    (root / "images").mkdir(parents=True)
    (root / "badgeops.yaml").write_text("catalog: x\ndefaults: {BadgeClass: {tags: [a]}}\n")
    (root / "issuer.yaml").write_text(
        "kind: Issuer\nkey: academy\nname: Academy\nurl: https://academy.example\nemail: a@academy.example\n"
        "description: The academy.\n"
    )
    for number in range(30):
        (root / f"b{number:02}.yaml").write_text(BADGE.format(number))
        content = png(40 + number % 3, 40) if number % 7 else b"no image"
        (root / "images" / f"{number}.png").write_bytes(content)
    for name, text in ODD.items():
        (root / f"{name}.yaml").write_text(text, "latin-1" if name == "latin" else "utf-8")
    (root / "link.yaml").symlink_to("b07.yaml")
    (root / "images" / "8.png").unlink()
    os.mkfifo(root / "images" / "8.png")
    os.mkfifo(root / "pipe.yaml")
    return root


@pytest.fixture
def engaged(monkeypatch: pytest.MonkeyPatch) -> list[Helper]:
    """Let two helpers take part, however few files there are, and return those that were started."""
    started: list[Helper] = []

    class Noted(Helper):
        def __init__(self) -> None:
            super().__init__()
            started.append(self)

    monkeypatch.setattr(module, "WORTH", 1)
    monkeypatch.setattr(module, "cores", lambda: 3)
    monkeypatch.setattr(module, "Helper", Noted)
    monkeypatch.setattr("badgeops.catalog.folder._AT_ONCE", 3)
    monkeypatch.setattr("badgeops.catalog.referenced_files._AT_ONCE", 3)
    return started


def found(root: Path) -> tuple[Diagnostic, ...]:
    """Return all that is said about a catalog."""
    return check(Request(catalog=str(root)), Recorder())


def said(loaded: Loaded) -> object:
    """Return all that a load has found, with the places of everything."""
    places = [(document.file.name, document.index, document.locate("name")) for document in loaded.documents]
    return [document.data for document in loaded.documents], places, loaded.diagnostics


def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process be slow, so that helpers have time to take something."""
    usual = looking.documents

    def documents(paths: list[bytes], known: frozenset[str]) -> looking.Documents:
        time.sleep(0.05)
        return usual(paths, known)

    monkeypatch.setattr(looking, "documents", documents)


def test_the_same_is_found_whoever_looks(
    root: Path, tmp_path: Path, engaged: list[Helper], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With helpers and without, with a cache and without: the same documents, problems and places in one order."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with monkeypatch.context() as alone:
        alone.setattr(module, "cores", lambda: 1)
        plain, problems = said(load(root, ".")), found(root)
        assert not engaged

    slowly(monkeypatch)
    for cache in (None, tmp_path / "one", tmp_path / "one"):
        with Helpers() as helpers:
            assert said(load(root, ".", cache, helpers)) == plain
    assert found(root) == problems
    assert found(root) == problems
    assert len(problems) > 15
    assert len(engaged) == 10


def test_helpers_do_take_part(root: Path, engaged: list[Helper], monkeypatch: pytest.MonkeyPatch) -> None:
    """What they have done is not done again here."""
    mine: list[bytes] = []
    usual = looking.documents

    def documents(paths: list[bytes], known: frozenset[str]) -> looking.Documents:
        time.sleep(0.3)
        mine.extend(paths)
        return usual(paths, known)

    monkeypatch.setattr(looking, "documents", documents)
    with Helpers() as helpers:
        load(root, ".", None, helpers)

    assert len(mine) < 30
    assert all(helper._process.returncode is not None for helper in engaged)


def _cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(module.subprocess, "Popen", refused)


def _code(code: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda monkeypatch: monkeypatch.setattr(module, "_CODE", code)


_READS = "import sys, time; sys.stdin.buffer.read(100); "
BAD_ENDS = {
    "cannot start": _cannot_start,
    "is no Python": lambda monkeypatch: monkeypatch.setattr(module.sys, "executable", "/bin/false"),
    "ends at once": _code("raise SystemExit(1)"),
    "answers with half a message": _code(_READS + "print('x' * 5, flush=True)"),
    "answers with nonsense": _code(_READS + "sys.stdout.buffer.write(bytes(7) + b'\\x05nonse'); sys.stdout.flush()"),
    "is killed": _code(_READS + "import os; os.kill(os.getpid(), 9)"),
    "never answers": _code("import time; time.sleep(600)"),
}


@pytest.mark.parametrize("end", BAD_ENDS)
def test_a_helper_that_fails_costs_nothing_but_time(
    root: Path, engaged: list[Helper], monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Killed for want of memory, hanging or broken: this process does its share, and ends it."""
    plain = said(load(root, "."))
    BAD_ENDS[end](monkeypatch)
    monkeypatch.setattr(module, "_PATIENCE", 0.3)
    slowly(monkeypatch)

    with Helpers() as helpers:
        assert said(load(root, ".", None, helpers)) == plain
        assert said(load(root, ".", None, helpers)) == plain
    assert all(helper._process.returncode is not None for helper in engaged)


@pytest.fixture
def page() -> bytes:
    """Return an answer of a server."""
    entity = {"entityType": "BadgeClass", "entityId": "a", "name": "A", "issuer": "i"}
    return json.dumps({"status": {"success": True}, "result": [entity]}).encode()


def test_one_thing_is_done_by_whoever_is_free(engaged: list[Helper], page: bytes) -> None:
    """It comes back as if it had been done here, before shares and after them; nothing, once nobody is there."""
    with Helpers() as helpers:
        assert helpers.do(plain.listed, [page]) is None
        helpers.engage(2)
        found = [helpers.do(plain.listed, [page, page]) for _ in range(3)]
        assert list(helpers.share(looking.documents, [b"/none"], (), size=1).results()) == [([None], b"")]
        found.append(helpers.do(plain.listed, [page, page]))
        assert helpers.do(plain.listed, [b"nonsense"]) is None
    assert found == [plain.listed([page, page], frozenset())] * 4
    assert helpers.do(plain.listed, [page]) is None
    assert len(engaged) == 2


@pytest.mark.parametrize("wanted", [True, False])
def test_helpers_stay_only_as_long_as_somebody_wants_them(engaged: list[Helper], page: bytes, *, wanted: bool) -> None:
    """Each takes memory: once files are looked at they end, unless there is more for them to do."""
    with Helpers() as helpers:
        helpers.engage(1)
        helpers.are_wanted = wanted
        helpers.release()
        assert (helpers.do(plain.listed, [page]) is not None) == helpers.are_there == wanted
    assert all(helper._process.returncode is not None for helper in engaged)


@pytest.mark.parametrize("large", [1, 100_000])
@pytest.mark.parametrize("end", BAD_ENDS)
def test_what_a_helper_does_not_do_is_left_to_others(
    engaged: list[Helper], page: bytes, monkeypatch: pytest.MonkeyPatch, end: str, large: int
) -> None:
    """Whatever has become of it, nothing comes back, and it is not asked again; nor if it does not even read."""
    BAD_ENDS[end](monkeypatch)
    monkeypatch.setattr(module, "_PATIENCE", 0.3)
    monkeypatch.setattr(module, "cores", lambda: 2)

    with Helpers() as helpers:
        helpers.engage(1)
        assert helpers.do(plain.listed, [page * large]) is None
        assert helpers.do(plain.listed, [page]) is None
    assert all(helper._process.returncode is not None for helper in engaged)


def test_who_waits_for_a_helper_is_let_in(engaged: list[Helper], page: bytes, tmp_path: Path) -> None:
    """Many want something done while a share is under way: each gets its own answer, and the share its parts."""
    files = []
    for number in range(40):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(BADGE.format(number))
    paths = [os.fsencode(path) for path in files]
    pages = [page.replace(b'"A"', b'"%d"' % number) for number in range(8)]
    found: dict[int, object] = {}

    with Helpers() as helpers:
        helpers.engage(2)
        share = helpers.share(looking.documents, paths, (), size=2)
        threads = [
            threading.Thread(target=lambda n=number: found.update({n: helpers.do(plain.listed, [pages[n]], 30.0)}))
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        parts = list(share.results())
        for thread in threads:
            thread.join(30)

    assert len(engaged) == 2
    assert found == {number: plain.listed([pages[number]], frozenset()) for number in range(8)}
    assert parts == [looking.documents(paths[at : at + 2], frozenset()) for at in range(0, 40, 2)]


def test_an_answer_that_is_damaged_is_not_believed(
    root: Path, engaged: list[Helper], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block without its checksum is as if nobody had read those files."""
    plain = said(load(root, "."))
    usual = looking.documents

    def damaged(paths: list[bytes], known: frozenset[str]) -> looking.Documents:
        digests, block = usual(paths, known)
        return digests, block.replace(b"Badge", b"Bad  ")

    monkeypatch.setattr(looking, "documents", damaged)

    assert said(load(root, ".")) == plain
    assert not engaged


def test_a_helper_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads strangers' files, so it gets no credentials, and Python is not told where else to import from."""
    monkeypatch.setenv("BADGEOPS_PASSWORD", "correct horse")
    helper = Helper()
    try:
        environment = Path(f"/proc/{helper._process.pid}/environ")
        if environment.exists():
            assert b"BADGEOPS" not in environment.read_bytes()
        assert "-I" in helper._process.args  # type: ignore[operator]
    finally:
        helper.end()


_PARENT = """
import signal, sys, time
from badgeops.helpers.process import Helper
def leave(*_): raise KeyboardInterrupt
signal.signal(signal.SIGTERM, leave)
helper = Helper()
print(helper._process.pid, flush=True)
try:
    time.sleep(60)
finally:
    helper.end()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_helper_outlives_the_command(how: signal.Signals) -> None:
    """However it ends: killed, told to end, or by Ctrl-C, which the terminal sends to all processes of it."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
    )
    assert parent.stdout is not None
    helper = int(parent.stdout.readline())
    (os.killpg if how == signal.SIGINT else os.kill)(parent.pid, how)
    parent.wait(timeout=30)
    parent.stdout.close()

    deadline = time.monotonic() + 30
    while _is_running(helper):
        assert time.monotonic() < deadline, "a helper is left"
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")  # nobody has waited for it


@pytest.mark.parametrize(
    ("quota", "count"), [("max 100000", 4), ("150000 100000", 1), ("300000 100000", 3), ("1000 100000", 1), ("x", 4)]
)
def test_a_container_may_spend_less_than_there_is(monkeypatch: pytest.MonkeyPatch, quota: str, count: int) -> None:
    """Processors are counted as this process may use them."""
    monkeypatch.setattr(module.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(module, "kernel_word", lambda _: quota)

    assert module.cores() == count


def test_a_small_catalog_or_one_processor_engages_nobody(
    engaged: list[Helper], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper takes a tenth of a second to begin."""
    monkeypatch.setattr(module, "WORTH", 800)
    with Helpers() as helpers:
        helpers.engage(799)
    monkeypatch.setattr(module, "cores", lambda: 1)
    with Helpers() as helpers:
        helpers.engage(100_000)

    assert not engaged
