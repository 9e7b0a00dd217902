"""Bad input: files, answers and command lines, damaged in thousands of ways.

A trial is a part (which kind of input) and a seed; its inputs are tried in one child process, whose memory is bounded
and which is ended by the system where one input takes more than ten seconds of CPU time. Whatever the input: status 0,
or status 1 with a message that names a place; never a traceback, and no byte of a state that was refused is changed.

What a trial returns is the digests of its inputs, so that the same input, met in two trials, counts once.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import yaml
from support.images import chunk

from badgeops.catalog.images.raster import FACTS_FORMAT
from trials.damage import changed, damaged, png, png_text, spoilt_json, svg_text, unfolding_svg, yaml_text
from trials.replay import Replay, catalog, recording

INPUTS = 250
"""In one trial."""
SECONDS = 10
"""Of CPU time, for one input."""
MEGABYTES = 500
_PARTS = (
    "yaml",
    "documents",
    "settings",
    "environments",
    "ignore",
    "png",
    "svg",
    "state",
    "journal",
    "lease",
    "pictures",
    "parsed",
    "login",
    "open-source",
    "hosted",
    "arguments",
    "planfile",
    "recording",
    "heavy",
)
_CREDENTIALS = {"BADGEOPS_USERNAME": "a@example.org", "BADGEOPS_PASSWORD": "a-password"}
_TWICE = ("yaml", "documents", "png", "svg", "open-source", "hosted")
"""Parts that are tried twice as often as the others: they have the most ways to be damaged."""
_TESTS = Path(__file__).parents[1]
B = TypeVar("B", bound="Bench")


def names(seeds: int) -> list[str]:
    """Return "yaml-0", "documents-0", …: one of each part at least, and all that is heavy, which is not drawn."""
    drawn = [part for part in _PARTS if part != "heavy"]
    found = [f"{part}-0" for part in drawn] + [f"heavy-{number}" for number in range(len(_HEAVY))]
    in_turn = itertools.cycle([*drawn, *_TWICE])
    used = Counter(drawn)
    while len(found) < seeds:
        part = next(in_turn)
        found.append(f"{part}-{used[part]}")
        used[part] += 1
    return found


def run(name: str) -> set[str]:
    """Try the inputs of one trial in a process of their own; return their digests."""
    return carried_out("inputs", name)


def carried_out(suite: str, name: str) -> set[str]:
    """Carry out a trial of a suite in a process of its own; return the digests of its inputs."""
    with tempfile.TemporaryDirectory(prefix=f"badgeops-{suite}-") as folder:
        home = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), f"{folder}/home")
        clean = {key: value for key, value in os.environ.items() if not key.startswith("BADGEOPS_")}
        environment = {**clean, **home, **_CREDENTIALS, "PYTHONPATH": str(_TESTS), "BADGEOPS_DEBUG": "1"}
        command = [sys.executable, "-m", f"trials.{suite}", name, folder]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
        doing = Path(folder, "doing")
        last = doing.read_text("utf-8") if doing.exists() else "it had not begun"
        assert done.returncode == 0, f"status {done.returncode} at {last}\n{done.stdout[-3000:]}{done.stderr[-5000:]}"
        return set(done.stdout.split())


# --- in the child --------------------------------------------------------------------------------------------------


class Bench:
    """A small catalog whose files are damaged one at a time, and the command line."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.dice = random.Random(name)  # noqa: S311 (to be repeated, not to be secret)
        self.root = folder / "catalog"
        self.files = _catalog()
        self.tried: set[str] = set()
        self.runs = 0
        self.restore()
        assert self.validate("nothing yet") == 0, "the catalog to be damaged is in order"

    def restore(self) -> None:
        """Write the whole catalog as it should be."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name, data in self.files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def count(self, *data: bytes | str) -> None:
        """Take an input down as tried."""
        whole = hashlib.sha256(self.name.rpartition("-")[0].encode())
        for part in data:
            whole.update(part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part)
            whole.update(b"\0")
        self.tried.add(whole.hexdigest()[:16])

    def badgeops(self, *arguments: str, about: str) -> tuple[int, str, str]:
        """Run a command in this process and hold it to what is promised of all of them."""
        from badgeops.cli import run as run_cli

        self.runs += 1
        (self.folder / "doing").write_text(f"{self.name} {self.runs}: {about[:2000]}", "utf-8", "backslashreplace")
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
        used = _peak()
        assert used < MEGABYTES, f"{used} MB\n{story}"
        return status, out.getvalue(), err.getvalue()

    def validate(self, about: str) -> int:
        """Check the catalog; each problem stands somewhere."""
        status, out, _ = self.badgeops("validate", str(self.root), "--format=json", about=about)
        found = json.loads(out)["diagnostics"]
        errors = [item for item in found if item["severity"] == "error"]
        assert (status == 1) == bool(errors), out
        lines: dict[str, list[str]] = {}
        for item in errors:
            place = (item.get("range") or {}).get("start", {})
            assert place.get("line", 0) >= 1, f"no place: {item} about {about!a}"
            assert place.get("column", 0) >= 1, f"no place: {item} about {about!a}"
            name = item["range"]["filename"]
            if name not in lines:
                lines[name] = _lines(Path(name))
            if lines[name] and item["code"] != "not-utf-8":  # counted before there is text: \n alone ends a line
                assert place["line"] <= len(lines[name]), f"beyond the end: {place} of {name} about {about!a}"
                end = len(lines[name][place["line"] - 1])
                assert place["column"] <= end + 2, f"beyond the line: {place} of {name} about {about!a}"
        if self.dice.random() < 0.2:
            self.badgeops("validate", str(self.root), about=about)
        return status

    def snapshot(self) -> dict[str, bytes]:
        """Return all files; what the lock leaves behind aside, and the page that `preview` makes in `.badgeops`."""
        found = {str(path.relative_to(self.root)): path for path in self.root.rglob("*") if path.is_file()}
        ours = (".lock", ".holder", ".badgeops/preview.html", ".badgeops/.gitignore")
        return {name: path.read_bytes() for name, path in found.items() if not name.endswith(ours)}


def _lines(path: Path) -> list[str]:
    """Return the lines of a YAML file as YAML counts them; nothing where there is none, or none that is read."""
    if path.suffix != ".yaml" or not path.is_file() or path.stat().st_size > 2**20:
        return []
    text = path.read_bytes().decode("utf-8-sig", "replace")
    return re.split("\r\n|[\n\r\x85\u2028\u2029]", text)


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
        "images/badge.png": png(),
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


def _spoilt_line(dice: random.Random, lines: list[Any]) -> bytes:
    at = dice.randrange(len(lines))
    texts = [json.dumps(line).encode() for line in lines]
    return b"\n".join([*texts[:at], spoilt_json(dice, lines[at]), *texts[at + 1 :], b""])


Damage = Callable[[random.Random, bytes], bytes]


def _file(name: str, damage: Damage = damaged) -> Callable[[Bench], None]:
    """Return the trial of one file of the catalog."""

    def trial(bench: Bench) -> None:
        path, original = bench.root / name, bench.files[name]
        for _ in range(INPUTS):
            data = damage(bench.dice, original)
            bench.count(data)
            path.write_bytes(data)
            status = bench.validate(about=f"{name}: {data[:2000]!r}")
            if name.endswith(".yaml") and bench.dice.random() < 0.3:  # what is written anew is as right or wrong
                bench.badgeops("fmt", str(bench.root), about=f"{name}: {data[:2000]!r}")
                assert bench.validate(about=f"{name} formatted: {data[:2000]!r}") == status

    return trial


def _by_grammar(dice: random.Random, data: bytes) -> bytes:
    """Write the documents of a file again with mistakes in them."""
    return yaml_text(dice, list(yaml.safe_load_all(data)))


def _png_trial(bench: Bench) -> None:
    _file("images/badge.png", png_text)(bench)
    path, data = bench.root / "images/badge.png", bench.files["images/badge.png"]
    for cut in range(len(data)):
        bench.count(data[:cut])
        path.write_bytes(data[:cut])
        assert bench.validate(about=f"png cut at {cut}") == 1, f"a PNG cut at {cut} of {len(data)} passes"


def _svg_trial(bench: Bench) -> None:
    """Try damaged SVGs, and small ones that stand for millions of shapes: none of these passes."""
    _file("images/logo.svg", svg_text)(bench)
    for _ in range(INPUTS // 10):
        data = unfolding_svg(bench.dice)
        bench.count(data)
        (bench.root / "images/logo.svg").write_bytes(data)
        assert bench.validate(about=f"unfolding: {data!r}") == 1, f"millions of shapes pass: {data!r}"


def _recorded(name: str, original: str) -> Callable[[Bench], None]:
    """Return the trial of the state or the journal: it is read, or refused with a way out and left as it is."""

    def trial(bench: Bench) -> None:
        dice, path = bench.dice, bench.root / name
        for _ in range(INPUTS):
            bench.restore()
            if dice.random() < 0.6 and name.endswith(".journal"):
                lines = [json.loads(line) for line in original.splitlines()]
                data = _spoilt_line(dice, lines)
            elif dice.random() < 0.6 and name.endswith(".json"):
                data = spoilt_json(dice, json.loads(original))
            else:
                data = damaged(dice, original.encode())
            bench.count(data)
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
            value = spoilt_json(bench.dice, original)
            value = value if bench.dice.random() < 0.6 else damaged(bench.dice, value)
            bench.count(value)
            path.write_bytes(value)
            if name == "logins.json":
                bench.badgeops("logout", str(bench.root), about=repr(path.read_bytes()))
            else:
                assert bench.validate(about=repr(path.read_bytes())) == 0

    return trial


_FACTS = {"0" * 64: ["png", 8, 8, 99, [["a", "b", "c", "warning"]]]}


def _parsed_trial(bench: Bench) -> None:
    """Damage the cache of parsed files: whatever is in it, the catalog is what its files say."""
    assert bench.validate("the cache is made") == 0
    (path,) = Path(os.environ["XDG_CACHE_HOME"], "badgeops").glob("documents-*.cache")
    original = path.read_bytes()
    for _ in range(INPUTS):
        data = damaged(bench.dice, original)
        bench.count(data)
        path.write_bytes(data)
        assert bench.validate(about=repr(data[:2000])) == 0


def _lease_trial(bench: Bench) -> None:
    """Damage what says who holds the lock: nobody does, so the state can be written, or is left alone."""
    owner = {"id": "abc", "operation": "apply", "who": "a@b", "created": "2026", "where": "/", "machine": "elsewhere"}
    path, dice = bench.root / "state/.here.json.holder", bench.dice
    with mock.patch("badgeops.state.backends.lease.TERM", 0.0), mock.patch("badgeops.state.backends.lease.WATCH", 0.0):
        for _ in range(INPUTS):
            bench.restore()
            data = spoilt_json(dice, owner)
            data = data if dice.random() < 0.6 else damaged(dice, data)
            bench.count(data)
            path.write_bytes(data)
            command = dice.choice((["force-unlock", "abc"], ["state", "mv", "badge_class.python", "badge_class.new"]))
            bench.badgeops(*command, "--catalog", str(bench.root), about=repr(data[:2000]))
            assert bench.badgeops("state", "list", "--catalog", str(bench.root), about=repr(data[:2000]))[0] == 0


def _spoilt_exchange(dice: random.Random, exchange: dict[str, Any]) -> dict[str, Any]:
    """Return an exchange whose answer is not what this API answers."""
    body, headers, status = exchange["body"].encode("latin-1"), dict(exchange["headers"]), exchange["status"]
    is_json = headers.get("Content-Type", "").startswith("application/json") and body.strip()
    match dice.randrange(10):
        case 0:
            body = damaged(dice, body)
        case 1:
            status = dice.choice(
                (100, 201, 202, 204, 206, 301, 304, 307, 400, 401, 403, 404, 405, 409, 410, 429, 500, 503)
            )
            refusal = {"status": {"success": False, "description": "no"}, "fieldErrors": {"name": ["bad"]}}
            body = spoilt_json(dice, {**refusal, "validationErrors": ["x"], "result": []})
            headers |= {"Retry-After": dice.choice(_RETRIES), "Location": dice.choice(_LINKS)}
        case 2:
            headers["Link"] = dice.choice(_LINK_HEADERS).replace("LINK", dice.choice((*_LINKS, exchange["url"])))
        case 3:
            headers |= {dice.choice(_HEADERS): dice.choice(_HEADER_VALUES)}
        case 4 if is_json:
            body = json.dumps(_listed_oddly(dice, json.loads(body))).encode()
        case _ if is_json:
            body = spoilt_json(dice, json.loads(body))
        case _:
            body = dice.choice((svg_text, png_text))(dice, body) if len(body) > 40 else damaged(dice, body)
    return {**exchange, "status": status, "headers": headers, "body": body}


def _listed_oddly(dice: random.Random, envelope: Any) -> Any:
    """Return an envelope whose entities are there twice, many times, under one another's ids, or mixed up."""
    found = envelope.get("result")
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        return [envelope]
    one = found[0]
    match dice.randrange(7):
        case 0:
            found = found * 2
        case 1:
            found = [*found, {**one, "name": "Another"}]
        case 2:
            found = [{**one, "entityId": dice.choice((None, "", 1, [], "../x", "a/b?c", "\ud800", "x" * 3000))}]
        case 3:
            found = [{**one, "entityId": f"e{number}"} for number in range(600)]
        case 4:
            found = [dict.fromkeys(one)]
        case 5:
            found = [{}, None, [], "x", 1]
        case _:
            found = [{**one, "issuer": dice.choice((None, "", one.get("entityId"), {"entityId": 1}, "nobody", []))}]
    return {**envelope, "result": found}


_LINKS = (
    "",
    "?cursor=1",
    "/v2/badgeclasses?cursor=2",
    "//evil.example/v2/issuers",
    "https://evil.example/v2/badgeclasses?num=1",
    "http://badges.example/v2/badgeclasses?num=1",
    "https://badges.example.evil.example/x",
    "https://user:password@badges.example/x",
    "https://[",
    "https://x:99999999/",
    "javascript:x",
    "file:///etc/passwd",
    "\\\\evil.example\\x",
    "../../../../x",
    "x" * 5000,
    "https://badges.example/v2/badgeclasses?cursor=" + "%00" * 20,
)
_LINK_HEADERS = (
    '<LINK>; rel="next"',
    "<LINK>; rel=next",
    '<LINK>; rel="next"; rel="prev"',
    '<LINK>; rel="next", <LINK>; rel="next"',
    '<LINK; rel="next"',
    "LINK",
    "<LINK>;;;=;",
    ";" * 500,
    "<" * 500,
)
_HEADERS = ("Content-Type", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Set-Cookie", "Location")
_HEADER_VALUES = (
    "",
    "gzip",
    "deflate",
    "br",
    "gzip, gzip, gzip",
    "chunked",
    "0",
    "-1",
    "9" * 30,
    "text/html",
    "application/json; charset=\xff",
    "text/html; charset=utf-7",
    "a=b; Domain=.example; Expires=never",
    "x" * 5000,
)
_RETRIES = (
    "0",
    "-1",
    "nan",
    "1e9",
    "9" * 30,
    "Wed, 21 Oct 2099 07:28:00 GMT",
    "Thu, 1 0 0",
    "Mon, 99 Foo 9999999",
    " ",
    "1",
)


def _api_trial(bench: Bench) -> None:
    """Play the recorded commands, each with one of the server's answers spoilt."""
    dice, dialect = bench.dice, bench.name.rpartition("-")[0]
    steps = recording(dialect)
    for step in steps:
        assert _played(bench, dialect, step, step["exchanges"], step["name"]) == 0, f"{step['name']} fails undisturbed"
    for _ in range(INPUTS):
        step = dice.choice(steps)
        exchanges = list(step["exchanges"])
        at = dice.randrange(len(exchanges))
        exchanges[at] = odd = _spoilt_exchange(dice, exchanges[at])
        told = f"{step['name']}: {odd['method']} {odd['url']} -> {odd['status']} {odd['headers']} {odd['body']!r}"
        bench.count(step["name"], str(at), told)
        _played(bench, dialect, step, exchanges, told)
        if (bench.root / "state/here.json").exists():
            status, _, err = bench.badgeops("state", "list", "--catalog", str(bench.root), about=told)
            assert status == 0, f"the state cannot be read any more: {told}\n{err}"


def _played(bench: Bench, dialect: str, step: dict[str, Any], exchanges: list[dict[str, Any]], told: str) -> int:
    bench.files = catalog(dialect, changed=step["changed"])
    bench.restore()
    if step["state"] is not None:
        (bench.root / "state").mkdir()
        (bench.root / "state/here.json").write_text(step["state"], "utf-8")
    with (
        mock.patch("requests.adapters.HTTPAdapter.send", Replay(exchanges)),
        mock.patch("badgeops.api.client.PAGE", 1),
        mock.patch("badgeops.api.transport.Transport._pause"),
        mock.patch("badgeops.applying.writes._LOOKS", (0.0,)),
    ):
        return bench.badgeops(*step["command"], str(bench.root), about=told)[0]


def _arguments_trial(bench: Bench) -> None:
    from badgeops.api.transport import Transport
    from badgeops.cli import COMMANDS

    dice = bench.dice
    flags = (
        "--env",
        "--format",
        "--lock-timeout",
        "--parallelism",
        "--allow",
        "--allow-deletes",
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
        "protected=badge_class.python",
        "deletes=1",
        "meaning=",
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
        if name == "init" and "../nowhere" in line:
            continue  # it would be made, beside the folder that is thrown away
        bench.count(*line)
        with mock.patch.object(Transport, "_once", side_effect=_unreachable), mock.patch("time.sleep"):
            bench.badgeops(*line, about=repr(line))
        if bench.snapshot() != before:
            assert name in ("fmt", "init") or line[1:2] in (["rm"], ["mv"]), f"{line} changed the catalog"
            bench.restore()


def _unreachable(*_: Any, **__: Any) -> Any:
    from badgeops.errors import UnreachableError

    raise UnreachableError("Nobody answers.")


def recorded_server() -> str:
    """Return a snapshot of a server on which everything but one word is as in the state."""
    from badgeops.api.live import parse_live
    from badgeops.model.address import Kind
    from badgeops.model.dialect import Dialect
    from badgeops.planning.planner import Snapshot
    from badgeops.review import snapshots

    academy = {"entityId": "i1", "name": "Academy", "url": "https://academy.example", "email": "a@example.org"}
    python = {"entityId": "b1", "name": "Edited", "issuer": "i1", "tags": ["a"], "imagePath": "/m/1.png"}
    live = [parse_live(Kind.ISSUER, academy), parse_live(Kind.BADGE_CLASS, python)]
    snapshot = Snapshot(Dialect.OPEN_SOURCE, {item.entity_id: item for item in live})
    return snapshots.dumps(snapshots.Recorded("here", "https://badges.example", "l1", 3, snapshot, {}))


def _spoilt(dice: random.Random, original: str, checksum: Callable[[Any], str]) -> tuple[bytes, bool]:
    """Return the JSON of a file with something wrong in it, and whether it was made to look whole again."""
    if dice.random() < 0.6:
        is_text = dice.random() < 0.5
        return damaged(dice, original.encode()) if is_text else spoilt_json(dice, json.loads(original)), False
    value = changed(dice, json.loads(original))
    if isinstance(value, dict):
        value["checksum"] = checksum(value)
    return json.dumps(value).encode(), True


def _recording_trial(bench: Bench) -> None:
    """Plan against snapshots that are damaged, and forged ones whose checksum is right: a plan, or a message."""
    from badgeops.review.snapshots import _checksum

    original, path = recorded_server(), bench.folder / "live.json"
    path.write_text(original, "utf-8")
    where = ("plan", str(bench.root), "--snapshot", str(path))
    assert bench.badgeops(*where, about="nothing yet")[0] == 0, "the snapshot to be damaged is in order"
    for _ in range(INPUTS):
        data, is_forged = _spoilt(bench.dice, original, _checksum)
        bench.count(data)
        path.write_bytes(data)
        status, _, _ = bench.badgeops(*where, f"--format={bench.dice.choice(('text', 'json'))}", about=repr(data))
        assert is_forged or status == 1 or _is_same(data, original), f"a spoilt snapshot is used: {data!a}"


def _plan_file_trial(bench: Bench) -> None:
    """Apply plans that are damaged, and forged ones whose checksum is right: nothing but what the catalog asks for."""
    from badgeops.api.transport import Policy, Transport
    from badgeops.review.saved_plan import checksum

    (bench.folder / "live.json").write_text(recorded_server(), "utf-8")
    path = bench.folder / "plan.json"
    made = ("plan", str(bench.root), "--snapshot", str(bench.folder / "live.json"), "--save-plan", str(path))
    assert bench.badgeops(*made, about="nothing yet")[0] == 0, "the plan to be damaged is in order"
    original, before = path.read_text("utf-8"), bench.snapshot()
    for _ in range(INPUTS):
        data, _ = _spoilt(bench.dice, original, checksum)
        bench.count(data)
        path.write_bytes(data)
        option = bench.dice.choice(("--plan", "--expect-digest"))
        with mock.patch.object(Transport, "_once", side_effect=_unreachable), mock.patch.object(Policy, "attempts", 1):
            status, _, _ = bench.badgeops("apply", str(bench.root), option, str(path), about=repr(data))
        assert status == 1, f"applied without a server: {data!a}"
        assert bench.snapshot() == before, f"changed although refused: {data!a}"


def _is_same(data: bytes, original: str) -> bool:
    """Tell whether what is left of a damaged file means the same: only blanks or the order of lines are others."""
    try:
        return bool(json.loads(data) == json.loads(original))
    except ValueError:
        return False


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _heavy_trial(bench: Bench) -> None:
    """Try one sort of what is heavy; each in a process of its own, whose memory is measured."""
    _HEAVY[int(bench.name.rpartition("-")[2])](bench)


def _heavy_texts(bench: Bench) -> None:
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
        "commas": b"a: [" + b"x," * 500_000,
        "hyphens": b"a:\n" + b"-\n" * 500_000,
        "brackets": b"a: [" + b"{}," * 300_000,
        "words": b"--- a\n" * 170_000,
        "unknown fields": b"kind: Issuer\nkey: a\n" + b"".join(b"f%d: 1\n" % number for number in range(20_000)),
        "wrong entries": b"kind: BadgeClass\nkey: a\ntags: [" + b"1, " * 20_000 + b"]",
    }
    for about, data in texts.items():
        bench.count(data)
        (bench.root / at).write_bytes(data)
        assert bench.validate(about) == 1, about
    bench.restore()
    for about, data in {
        "stars": b"*a" * 30_000,
        "folders": b"**/a/" * 12_000 + b"b",
        "patterns": b"*a?b*\n" * 10_000,
        "too many patterns": b"x\n" * 40_000,
    }.items():
        bench.count(data)
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


def _heavy_images(bench: Bench) -> None:
    """Try images of ten megabytes that are dear to read."""
    most = 10 * 1024 * 1024
    begin, end = b'<svg xmlns="http://www.w3.org/2000/svg" ', b"</svg>"
    header, pixels = bench.files["images/badge.png"][:33], bench.files["images/badge.png"][33:]
    packed = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000)))
    images: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
        ("logo.svg", "elements", lambda: begin + b">" + b"<g/>" * (most // 4 - 20) + end),
        ("logo.svg", "attributes", lambda: begin + b">" + b'<g a=""/>' * (most // 9 - 20) + end),
        ("logo.svg", "levels", lambda: begin + b">" + b"<g>" * (most // 3 - 20)),
        ("logo.svg", "styles", lambda: begin + b">" + b"<style>" * 180 + b"url(" * 2_000_000 + b"</style>" * 180 + end),
        ("logo.svg", "handlers", lambda: begin + b"".join(b' on%x=""' % number for number in range(240_000)) + b"/>"),
        ("logo.svg", "blanks", lambda: begin + b'width="1' + b" " * (most - 200) + b'x"/>'),
        ("logo.svg", "escapes", lambda: begin + b"><style>" + b"\\61 " * (most // 4 - 30) + b"</style>" + end),
        (
            "logo.svg",
            "namespaces",
            lambda: begin + b"".join(b' xmlns:a%x="u"' % number for number in range(400_000)) + b"/>",
        ),
        ("logo.svg", "document types", lambda: b"<!DOCTYPE" * (most // 9)),
        ("badge.png", "chunks", lambda: header + chunk(b"abCd", b"") * (most // 12 - 20) + pixels),
        ("badge.png", "empty pixels", lambda: header + chunk(b"IDAT", b"") * (most // 12 - 20) + pixels),
        ("badge.png", "texts", lambda: header + chunk(b"tEXt", b"a\0b") * (most // 15 - 20) + pixels),
        ("logo.svg", "uses", lambda: begin + b'><g id="a"/>' + b'<use href="#a"/>' * 60_000 + end),
        ("logo.svg", "rules", lambda: begin + b"><style>" + b"*{fill:url(#p)}" * 600_000 + b"</style>" + end),
        ("logo.svg", "words", lambda: begin + b"><style>" + b":a(" * (most // 3 - 40) + b"</style>" + end),
        ("logo.svg", "braces", lambda: begin + b"><style>" + b"{" * (most - 200) + b"</style>" + end),
        ("logo.svg", "strings", lambda: begin + b"><style>" + b'"\n' * (most // 2 - 60) + b"</style>" + end),
        ("logo.svg", "a path", lambda: begin + b'><path d="' + b"M0 0L1 1" * (most // 8 - 20) + b'"/>' + end),
        ("logo.svg", "points", lambda: begin + b'><polygon points="' + b"1 " * (most // 2 - 60) + b'"/>' + end),
        ("logo.svg", "references", lambda: begin + b'><g fill="' + b"url(#a)" * (most // 7 - 20) + b'"/>' + end),
        (
            "logo.svg",
            "variables",
            lambda: (
                begin + b"><style>a{" + b"--a:url(#b);" * 20_000 + b"}</style>" + b'<g fill="var(--a)"/>' * 50_000 + end
            ),
        ),
        (
            "logo.svg",
            "a chain",
            lambda: begin + b">" + b"".join(b'<use id="a%d" href="#a%d"/>' % (n, n + 1) for n in range(50_000)) + end,
        ),
        ("badge.png", "packed texts", lambda: header + packed * (most // len(packed) - 1) + pixels),
        ("badge.png", "nothing", lambda: b"\x89PNG\r\n\x1a\n" + bytes(most - 8)),
        ("badge.png", "too much", lambda: bytes(most + 1)),
    )
    for name, about, made in images:
        data = made()  # one at a time: its memory is measured
        bench.count(data)
        bench.restore()
        (bench.root / "images" / name).write_bytes(data)
        bench.validate(about)


def _heavy_answers(bench: Bench) -> None:
    """Try answers that are long, deep, and lists that never end."""
    for dialect in ("open-source", "hosted"):
        step = next(step for step in recording(dialect) if step["name"] == "plan")
        at = next(at for at, each in enumerate(step["exchanges"]) if "/badgeclasses" in each["url"])
        listed = step["exchanges"][at]
        for about, begin, unit, times, end in (
            ("lists", b'{"result": [', b"[],", 20_000_000, b"0]}"),
            ("mappings", b'{"result": [', b'{"a":{}},', 7_000_000, b"0]}"),
            ("almost too many mappings", b'{"result": [', b'{"a":0},', 990_000, b"0]}"),
            ("levels", b'{"result": ', b"[", 60_000_000, b""),
            ("digits", b'{"result": [', b"9", 60_000_000, b"]}"),
            ("text", b'{"result": ["', b"x", 60_000_000, b'"]}'),
            ("too long", b"", b" ", 70_000_000, b""),
        ):
            bench.count(dialect, about)
            exchanges = [*step["exchanges"][:at], {**listed, "body": begin + unit * times + end}]
            assert _played(bench, dialect, step, exchanges, about) == 1, about
        for about, pages in {"circles": 2, "thousands of pages": 2_500}.items():
            bench.count(dialect, about)
            chain = [
                {
                    **listed,
                    "url": f"{listed['url'].partition('?')[0]}?cursor={number}" if number else listed["url"],
                    "headers": {
                        **listed["headers"],
                        "Link": f'<https://elsewhere.example/v2/badgeclasses?cursor={number % pages + 1}>; rel="next"',
                    },
                    "body": json.dumps({"status": {"success": True}, "result": []}),
                }
                for number in range(pages + 1)
            ]
            exchanges = [*step["exchanges"][:at], *chain]
            assert _played(bench, dialect, step, exchanges, about) == 1, about
    bench.files = _catalog()


_HEAVY = (_heavy_texts, _heavy_images, _heavy_answers)


_TRIALS: dict[str, Callable[[Bench], None]] = {
    "yaml": _file("documents.yaml"),
    "documents": _file("documents.yaml", _by_grammar),
    "settings": _file("badgeops.yaml"),
    "environments": _file("badgeops.yaml", _by_grammar),
    "ignore": _file(".badgeopsignore"),
    "png": _png_trial,
    "svg": _svg_trial,
    "state": _recorded("state/here.json", _state()),
    "journal": _recorded("state/.here.json.journal", _journal()),
    "lease": _lease_trial,
    "pictures": _kept("XDG_CACHE_HOME", f"images-v{FACTS_FORMAT}.json", _FACTS),
    "parsed": _parsed_trial,
    "login": _kept("XDG_CONFIG_HOME", "logins.json", {"https://badges.example": "token"}),
    "open-source": _api_trial,
    "hosted": _api_trial,
    "arguments": _arguments_trial,
    "planfile": _plan_file_trial,
    "recording": _recording_trial,
    "heavy": _heavy_trial,
}


def _peak() -> int:
    """Return the most memory that this process has had, in MiB; 0 where the system does not tell.

    Not `ru_maxrss`: on Linux that begins with what the parent had when it forked.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def in_the_child(made: Callable[[Path, str], B], trials: Mapping[str, Callable[[B], None]], name: str, at: str) -> None:
    """Carry out a trial in this process, which was started for it, and print the digests of what was tried."""
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))  # a last resort; what is used is measured
    os.chdir(at)
    bench = made(Path(at), name)
    trials[name.rpartition("-")[0]](bench)
    print(*sorted(bench.tried), sep="\n")  # noqa: T201 (the parent reads it)


if __name__ == "__main__":
    in_the_child(Bench, _TRIALS, *sys.argv[1:])
