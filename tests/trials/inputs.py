"""Bad input: files, answers and command lines, damaged in thousands of ways.

A trial is a part (which kind of input) and a seed; its hundred inputs are tried in one child process, whose memory is
bounded and which is ended by the system where one input takes more than ten seconds of CPU time. Whatever the input:
status 0, or status 1 with a message that names a place; never a traceback, and no byte of a state that was refused is
changed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

INPUTS = 100
"""In one trial."""
SECONDS = 10
"""Of CPU time, for one input."""
MEGABYTES = 500
_PARTS = ("yaml", "settings", "ignore", "png", "svg", "state", "journal", "cache", "login", "api", "arguments", "heavy")
_CREDENTIALS = {"BADGEOPS_USERNAME": "a@example.org", "BADGEOPS_PASSWORD": "a-password"}
_SEEDS = {"api": 30, "heavy": 1}
_TESTS = Path(__file__).parents[1]


def names(long: bool) -> list[str]:
    """Return "yaml-0", "yaml-1", …: one of each part in the short form."""
    return [f"{part}-{seed}" for part in _PARTS for seed in range(_SEEDS.get(part, 18) if long else 1)]


def run(name: str) -> int:
    """Try the inputs of one trial in a process of their own; return their number."""
    with tempfile.TemporaryDirectory(prefix="badgeops-inputs-") as folder:
        home = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), f"{folder}/home")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BADGEOPS_")}
        environment = {**clean, **home, **_CREDENTIALS, "PYTHONPATH": str(_TESTS), "BADGEOPS_DEBUG": "1"}
        command = [sys.executable, "-m", "trials.inputs", name, folder]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=570, check=False)
        doing = Path(folder, "doing")
        last = doing.read_text("utf-8") if doing.exists() else "it had not begun"
        assert done.returncode == 0, f"status {done.returncode} at {last}\n{done.stdout[-3000:]}{done.stderr[-5000:]}"
        return int(done.stdout)


# --- in the child --------------------------------------------------------------------------------------------------


class Bench:
    """A small catalog whose files are damaged one at a time, and the command line."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.dice = random.Random(name)  # noqa: S311 (to be repeated, not to be secret)
        self.root = folder / "catalog"
        self.files = _catalog()
        self.tried = 0
        self.restore()
        assert self.validate("nothing yet") == 0, "the catalog to be damaged is in order"

    def restore(self) -> None:
        """Write the whole catalog as it should be."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name, data in self.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def badgeops(self, *arguments: str, about: str) -> tuple[int, str, str]:
        """Run a command in this process and hold it to what is promised of all of them."""
        from badgeops.cli import run as run_cli

        self.tried += 1
        (self.folder / "doing").write_text(f"{self.name} {self.tried}: {about[:2000]}", "utf-8", "backslashreplace")
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # its signal ends the process
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_cli(list(arguments))
        signal.setitimer(signal.ITIMER_PROF, 0)
        said = out.getvalue() + err.getvalue()
        story = f"{arguments} about {about[:2000]!a}: status {status}\n{said[-3000:]}"
        assert status in (0, 1), story
        assert "Traceback" not in said, story
        assert "did not expect" not in said, story
        assert status == 0 or said.strip(), story
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # KiB on Linux
        assert used < MEGABYTES or sys.platform == "darwin", f"{used} MB\n{story}"
        return status, out.getvalue(), err.getvalue()

    def validate(self, about: str) -> int:
        """Check the catalog; each problem stands somewhere."""
        status, out, _ = self.badgeops("validate", str(self.root), "--format=json", about=about)
        found = json.loads(out)["diagnostics"]
        errors = [item for item in found if item["severity"] == "error"]
        assert (status == 1) == bool(errors), out
        for item in errors:
            place = (item.get("range") or {}).get("start", {})
            assert place.get("line", 0) >= 1, f"no place: {item} about {about!a}"
            assert place.get("column", 0) >= 1, f"no place: {item} about {about!a}"
        if self.dice.random() < 0.2:
            self.badgeops("validate", str(self.root), about=about)
        return status

    def snapshot(self) -> dict[str, bytes]:
        """Return all files; what the lock leaves behind aside."""
        found = {str(path.relative_to(self.root)): path for path in self.root.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in found.items() if not name.endswith((".lock", ".holder"))}


def _png(width: int = 8, height: int = 8, *, pixels: bytes | None = None) -> bytes:
    raw = b"".join(b"\0" + bytes(width * 4) for _ in range(height)) if pixels is None else pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*each) for each in ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _catalog() -> dict[str, bytes]:
    settings = """catalog: test
requires: ">=0.1"
defaults:
  BadgeClass: {issuer: academy, expires: {amount: 3, duration: years}}
environments:
  here: {server: 'https://badges.example', dialect: open-source, state: state/here.json,
         overrides: {issuer.academy: {email: admin@example.org}}}
limits: {delete: 10%, update: 50}
"""
    documents = """kind: Issuer
key: academy
name: Academy
description: The academy.
url: https://academy.example
email: admin@example.org
image: {ref: logo}
---
kind: Image
key: logo
file: images/logo.svg
altText: "A logo"
---
kind: AlignmentSet
key: frame
targetFramework: Frame
alignments:
  one: {targetName: One, targetUrl: 'https://frame.example/one', targetCode: "1"}
---
kind: BadgeClass
key: python
name: Python Basics
description: >-
  Writes and tests
  small programs.
image: &picture images/badge.png
criteriaNarrative: {file: criteria.md}
criteriaUrl: https://academy.example/python
tags: [python, 'two words', "\\u00e9"]
alignments:
  - ref: frame/one
  - {targetName: Two, targetUrl: 'https://frame.example/two'}
extensions: {'extensions:X': {'@context': 'https://x.example/c', type: [Extension], value: 1.5, deep: [true, null]}}
lifecycle: {protect: true, onRemove: archive, ignoreChanges: [tags]}
"""
    svg = (
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style>a{fill:red}</style>'
        b'<a href="#b"><circle id="b" r="3"/></a></svg>'
    )
    return {
        "badgeops.yaml": settings.encode(),
        "documents.yaml": documents.encode(),
        "criteria.md": b"Pass the *exam*.\n",
        "images/badge.png": _png(),
        "images/logo.svg": svg,
        ".badgeopsignore": b"# none of ours\n*.tmp\n/drafts/\n**/old/**\n!keep.yaml\n",
        "state/here.json": _state().encode(),
    }


def _state() -> str:
    resources = [
        {
            "address": "badge_class.python",
            "entityId": "b1",
            "openBadgeId": "",
            "onRemove": "archive",
            "protect": True,
            "sent": {"name": "Python Basics", "tags": ["a"], "expires": {"amount": 1, "duration": "years"}},
            "received": {"name": "Python"},
            "issuer": "issuer.academy",
            "image": {
                "sha256": "0" * 64,
                "format": "png",
                "width": 8,
                "height": 8,
                "size": 9,
                "ref": "/m/1.png",
                "servedSha256": None,
            },
        },
        {
            "address": "issuer.academy",
            "entityId": "i1",
            "openBadgeId": "",
            "onRemove": "forget",
            "protect": False,
            "sent": {"name": "Academy", "url": "https://academy.example"},
            "received": {},
        },
    ]
    head = {"format": "badgeops-state", "version": 1, "lineage": "l1", "serial": 3, "environment": "here"}
    return json.dumps({**head, "server": "https://badges.example", "resources": resources, "pending": []}, indent=1)


def _journal() -> str:
    resource = json.loads(_state())["resources"][1]
    intent = {"address": "issuer.academy", "action": "update", "resource": resource, "known": [], "issuerId": None}
    head = {"journal": 1, "lineage": "l1", "serial": 3, "operation": "apply"}
    lines = [head, {"intent": intent}, {"outcome": {"address": "issuer.academy", "resource": resource}}]
    return "".join(json.dumps(line) + "\n" for line in lines)


_TOKENS = (
    b"\0",
    b"\t",
    b"\n---\n",
    b": ",
    b"*picture",
    b"&a ",
    b"!!float nan",
    b"!!binary x",
    b"<<: *picture",
    b"{",
    b"[",
    b"}",
    b"'",
    b'"',
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"9" * 5000,
    b"-1e999",
    b".inf",
    b"2024-01-01",
    b"~",
    b"%YAML 9",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"\xe2\x80\xae",
    b"\x1b[31m",
    b"../../etc/passwd",
    b"/dev/zero",
    b"a" * 3000,
    b"|\n",
    b"**/",
    b"*a" * 60,
    b"? ",
    b"- " * 50,
    b"\xc2\x85",
    b"https://[",
    b"<!DOCTYPE a [",
    b"<script/>",
    b"javascript:",
)


def damaged(dice: random.Random, data: bytes) -> bytes:
    """Return the bytes with one to four things done to them."""
    for _ in range(dice.choice((1, 1, 2, 4))):
        at, size = dice.randrange(len(data) + 1), dice.choice((1, 1, 4, 30))
        match dice.randrange(6):
            case 0:
                data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + size :]
            case 2:
                data = data[:at] + dice.choice(_TOKENS) + data[at + dice.choice((0, size)) :]
            case 3:
                data = data[:at] + data[at : at + size] * 3 + data[at + size :]
            case 4:
                data = data[:at] if dice.random() < 0.3 else data
            case _:
                lines = data.split(b"\n")
                one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
                lines[one], lines[two] = lines[two], lines[one]
                data = b"\n".join(lines)
    return data


_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "x" * 3000,
    "\0",
    "\ud800",
    "../..",
    [],
    {},
    [[]],
    [None],
    {"": None},
    "2",
    2,
    "9999-99-99T99:99:99Z",
    "http://[",
    "\u202e\x1b[31m",
    "issuer.academy",
    [{}] * 30,
)


def changed(dice: random.Random, value: Any) -> Any:
    """Return JSON in which one value, somewhere, is another, is gone or is there twice."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(sorted(value))
        if dice.random() < 0.1:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: changed(dice, value[key])}
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        if dice.random() < 0.1:
            return [*value, value[at]]
        return [*value[:at], changed(dice, value[at]), *value[at + 1 :]]
    return dice.choice(_ODD)


def _spoilt_line(dice: random.Random, lines: list[Any]) -> list[Any]:
    at = dice.randrange(len(lines))
    return [*lines[:at], changed(dice, lines[at]), *lines[at + 1 :]]


def _file(name: str) -> Callable[[Bench], None]:
    """Return the trial of one file of the catalog."""

    def trial(bench: Bench) -> None:
        path, original = bench.root / name, bench.files[name]
        for _ in range(INPUTS):
            data = damaged(bench.dice, original)
            path.write_bytes(data)
            bench.validate(about=f"{name}: {data!r}")

    return trial


def _png_trial(bench: Bench) -> None:
    path, dice = bench.root / "images/badge.png", bench.dice
    for number in range(INPUTS):
        if number % 3 == 0:
            data = damaged(dice, bench.files["images/badge.png"])
        elif number % 3 == 1:  # whole chunks, with right checksums, of wrong content or in a wrong order
            data = bench.files["images/badge.png"]
            at = dice.choice((8, 33, len(data) - 12))
            kind = dice.choice((b"IHDR", b"IDAT", b"IEND", b"zTXt", b"iCCP", b"acTL", b"PLTE", b"eXIf", b"ABCD"))
            content = dice.choice((b"", dice.randbytes(13), b"x\0\0" + zlib.compress(bytes(2_000_000))))
            data = data[:at] + _chunk(kind, content) + data[at:]
        else:  # a promise that is not kept
            size = dice.choice((0, 1, 7, 9, 5000, 2**20, 2**31 - 1, 2**32 - 1))
            data = _png(size, dice.choice((0, 1, 8, 2**16, size)), pixels=bytes(dice.choice((0, 9, 300))))
        path.write_bytes(data)
        bench.validate(about=f"png: {data[:500]!r}")
    data = bench.files["images/badge.png"]
    for cut in range(len(data)):
        path.write_bytes(data[:cut])
        assert bench.validate(about=f"png cut at {cut}") == 1, f"a PNG cut at {cut} of {len(data)} passes"


def _recorded(name: str, original: str) -> Callable[[Bench], None]:
    """Return the trial of the state or the journal: it is read, or refused with a way out and left as it is."""

    def trial(bench: Bench) -> None:
        dice, path = bench.dice, bench.root / name
        for _ in range(INPUTS // 2):
            bench.restore()
            if dice.random() < 0.6 and name.endswith(".journal"):
                lines = [json.loads(line) for line in original.splitlines()]
                data = "".join(json.dumps(line) + "\n" for line in _spoilt_line(dice, lines)).encode()
            elif dice.random() < 0.6 and name.endswith(".json"):
                data = json.dumps(changed(dice, json.loads(original))).encode()
            else:
                data = damaged(dice, original.encode())
            path.write_bytes(data)
            about, before = f"{name}: {data!r}", bench.snapshot()
            where = ("--catalog", str(bench.root))
            status, _, err = bench.badgeops("state", "list", *where, about=about)
            command = dice.choice((("rm", "badge_class.python"), ("mv", "badge_class.python", "badge_class.new")))
            again, _, _ = bench.badgeops("state", *command, *where, about=about)
            if status == 1:
                assert again == 1, f"refused for reading, taken for writing: {about!a}"
                assert "here.json" in err, f"no place: {err}"
                assert re.search(r"\n  \S", err), f"no way out: {err}"
            if again == 1:
                assert bench.snapshot() == before, f"changed although refused: {about!a}"
            else:
                assert bench.badgeops("state", "list", *where, about=about)[0] == 0

    return trial


def _kept(variable: str, name: str, original: Any) -> Callable[[Bench], None]:
    """Return the trial of a file in the user's own folders."""

    def trial(bench: Bench) -> None:
        path = Path(os.environ[variable], "badgeops", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(INPUTS):
            value = json.dumps(changed(bench.dice, original)).encode()
            path.write_bytes(value if bench.dice.random() < 0.6 else damaged(bench.dice, value))
            if name == "logins.json":
                bench.badgeops("logout", str(bench.root), about=repr(path.read_bytes()))
            else:
                assert bench.validate(about=repr(path.read_bytes())) == 0

    return trial


class _Server:
    """Answers by route, as a server does; one of its answers, the `odd`-th, is spoilt."""

    def __init__(self, dice: random.Random, odd: int, hosted: bool) -> None:
        self.dice, self.odd, self.count, self.told = dice, odd, 0, ""
        extra = {"id": 1, "achievementType": None, "archived": False} if hosted else {}
        base = {"openBadgeId": "https://badges.example/public/1", "createdAt": "2026-01-01T00:00:00Z", "extensions": {}}
        self.issuer = {
            **base,
            **extra,
            "entityType": "Issuer",
            "entityId": "i1",
            "name": "Academy",
            "description": "The academy.",
            "url": "https://academy.example",
            "email": "admin@example.org",
            "image": "https://badges.example/media/1.svg",
        }
        self.badge = {
            **base,
            **extra,
            "entityType": "BadgeClass",
            "entityId": "b1",
            "name": "Old",
            "issuer": "i1",
            "description": "Old.",
            "image": "https://badges.example/media/1.png",
            "criteriaUrl": None,
            "criteriaNarrative": "Do.",
            "tags": ["a"],
            "expires": {"amount": 1, "duration": "years"},
            "alignments": [{"targetName": "T", "targetUrl": "https://t.example"}],
        }

    def __call__(self, method: str, url: str, *_: Any, **__: Any) -> Any:
        from badgeops.answers import Answer

        self.count += 1
        status, body = 200, self._body(method, url)
        headers = {"Content-Type": "application/json"}
        if self.count == self.odd:
            data = json.dumps(body).encode()
            match self.dice.randrange(5):
                case 0:
                    data = damaged(self.dice, data)
                case 1:
                    status = self.dice.choice((201, 204, 301, 400, 401, 403, 404, 405, 409, 429, 500))
                    body = {"status": {"success": False, "description": "no"}, "fieldErrors": {"name": ["bad"]}}
                    data = json.dumps(changed(self.dice, body)).encode()
                case _:
                    data = json.dumps(changed(self.dice, body)).encode()
            self.told = f"{method} {url} -> {status} {data!r}"
            return Answer(status, url, headers, data)
        return Answer(status, url, headers, json.dumps(body).encode())

    def _body(self, method: str, url: str) -> Any:
        path = url.partition("://")[2].partition("/")[2].partition("?")[0]
        if path == "o/token":
            return {"access_token": "t" * 30, "expires_in": 3600, "refresh_token": "r" * 30, "scope": "rw:issuer"}
        if path.endswith("users/self"):
            mails = [{"email": "admin@example.org", "verified": True}]
            return _enveloped({"firstName": "A", "lastName": "B", "emails": mails, "entityId": "u1"})
        if "assertions" in path:
            return _enveloped({"entityId": "a1", "revoked": False, "expires": "2030-01-01T00:00:00Z"})
        if method == "DELETE":
            return _enveloped()
        return _enveloped(self.issuer if "issuers" in path and not path.endswith("/badgeclasses") else self.badge)


def _enveloped(*result: Any) -> Any:
    return {"status": {"success": True, "description": "ok"}, "result": list(result)}


def _api_trial(bench: Bench) -> None:
    from badgeops.transport import Transport

    commands = (
        ["plan"],
        ["plan", "--show-unmanaged", "--format=json"],
        ["doctor"],
        ["apply", "--auto-approve"],
        ["destroy", "--auto-approve", "--allow-protected=badge_class.python"],
        ["import", "badge_class.python", "b1", "--catalog"],
    )
    for number in range(INPUTS):
        bench.restore()
        command = commands[number % len(commands)]
        if bench.dice.random() < 0.5 and command[0] != "import":
            (bench.root / "state/here.json").unlink()
        server = _Server(bench.dice, bench.dice.randrange(1, 9), hosted=bench.dice.random() < 0.5)
        seed = f"{' '.join(command)}, its answer {server.odd}"
        with mock.patch.object(Transport, "_once", server), mock.patch("time.sleep"):
            bench.badgeops(*command, str(bench.root), about=seed)
        if (bench.root / "state/here.json").exists():
            status, _, err = bench.badgeops("state", "list", "--catalog", str(bench.root), about=server.told)
            assert status == 0, f"the state cannot be read any more: {server.told}\n{err}"


def _arguments_trial(bench: Bench) -> None:
    from badgeops.cli import COMMANDS
    from badgeops.transport import Transport

    dice = bench.dice
    flags = (
        "--env",
        "--format",
        "--lock-timeout",
        "--parallelism",
        "--allow-deletes",
        "--allow-protected",
        "--catalog",
        "--all",
        "--auto-approve",
        "--help",
        "--show-unmanaged",
        "--detailed-exitcode",
        "--",
        "-h",
    )
    values = (
        "nan",
        "inf",
        "-1",
        "1e999",
        "9" * 5000,
        "\0",
        "\udcff",
        "a" * 100_000,
        "",
        "here",
        "json",
        "--",
        "\u202e",
        "badge_class.python",
        "issuer.",
        "../nowhere",
        "/dev/null",
        str(bench.root),
        "0x10",
        "1",
    )
    words = ("list", "show", "mv", "rm")
    before = bench.snapshot()
    for _ in range(INPUTS):
        name = dice.choice([command for command in COMMANDS if command != "sandbox"])
        line = [name, *([dice.choice(words)] if name == "state" else [])]
        for _ in range(dice.randrange(5)):
            line += [dice.choice(flags)] if dice.random() < 0.4 else [dice.choice(values)]
        if name == "state":
            line += ["--catalog", str(bench.root)]
        with mock.patch.object(Transport, "_once", side_effect=_unreachable), mock.patch("time.sleep"):
            bench.badgeops(*line, about=repr(line))
        if bench.snapshot() != before:
            assert line[1:2] in (["rm"], ["mv"]), f"{line} changed the catalog"
            bench.restore()


def _unreachable(*_: Any, **__: Any) -> Any:
    from badgeops.errors import Unreachable

    raise Unreachable("Nobody answers.")


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _heavy_trial(bench: Bench) -> None:
    """Try what is large, and what is no file at all; the first come from the limits, the others from bug reports."""
    at = "documents.yaml"
    texts = {
        "tabs": b"a:\n" + b"\t- x\n" * 120_000,
        "deep": b"[" * 300_000,
        "deep mappings": b"{a: " * 100_000,
        "a long line": b"name: " + b"x" * 1_000_000,
        "documents": b"---\na: 1\n" * 60_000,
        "keys": b"".join(b"key%d: 1\n" % number for number in range(60_000)),
        "aliases": b"a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 40)),
        "anchors": b"".join(b"- &a%d x\n" % number for number in range(60_000)),
        "a number": b"kind: Issuer\nkey: " + b"9" * 900_000,
        "50 MB": b"a: b\n" * 10_000_000,
        "merges": b"a: &a {b: c}\n" + b"<<: *a\n" * 100_000,
        "quotes": b'"' * 900_000,
        "comments": b"#\n" * 400_000,
    }
    for about, data in texts.items():
        (bench.root / at).write_bytes(data)
        assert bench.validate(about) == 1, about
    bench.restore()
    for about, data in {
        "stars": b"*a" * 30_000,
        "folders": b"**/a/" * 12_000 + b"b",
        "patterns": b"*a?b*\n" * 10_000,
        "too many patterns": b"x\n" * 40_000,
    }.items():
        (bench.root / ".badgeopsignore").write_bytes(data)
        bench.validate(about)
    for name in ("documents.yaml", "badgeops.yaml", ".badgeopsignore", "images/badge.png", "criteria.md"):
        for replace in (os.mkfifo, os.mkdir, _endless):
            bench.restore()
            (bench.root / name).unlink()
            replace(bench.root / name)
            bench.validate(f"{name} is no file")
    for name in ("state/here.json", "state/.here.json.journal"):
        for replace in (os.mkfifo, os.mkdir, _endless):
            bench.restore()
            (bench.root / name).unlink(missing_ok=True)
            replace(bench.root / name)
            status, _, err = bench.badgeops("state", "list", "--catalog", str(bench.root), about=f"{name} is no file")
            assert status == 1, err
            assert "not a regular file" in err or "folder" in err, err


_TRIALS: dict[str, Callable[[Bench], None]] = {
    "yaml": _file("documents.yaml"),
    "settings": _file("badgeops.yaml"),
    "ignore": _file(".badgeopsignore"),
    "png": _png_trial,
    "svg": _file("images/logo.svg"),
    "state": _recorded("state/here.json", _state()),
    "journal": _recorded("state/.here.json.journal", _journal()),
    "cache": _kept("XDG_CACHE_HOME", "images-v2.json", {"0" * 64: ["png", 8, 8, 99, [["a", "b", "c", "warning"]]]}),
    "login": _kept("XDG_CONFIG_HOME", "logins.json", {"https://badges.example": "token"}),
    "api": _api_trial,
    "arguments": _arguments_trial,
    "heavy": _heavy_trial,
}


def _main() -> None:
    name, folder = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))  # a last resort; what is used is measured
    os.chdir(folder)
    bench = Bench(Path(folder), name)
    _TRIALS[name.partition("-")[0]](bench)
    print(bench.tried)  # noqa: T201 (the parent reads it)


if __name__ == "__main__":
    _main()
