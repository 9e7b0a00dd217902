"""A catalog, its server and badgeops between them, put back to where a crash is to come as often as needed."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml
from support.api import Api
from support.programme import CREDENTIALS, Programme

from badgeops.api.token_store import Vault
from badgeops.sandbox import Sandbox, SandboxOptions
from badgeops.state.backends.lease import machine
from trials.nursery import Ended, Nursery
from trials.programmes import APPLY, Scenario

STATE = "state/here.json"
JOURNAL = "state/.here.json.journal"
LEASE = "state/.here.json.holder"
CONFIG = ".config"
"""Where a log-in is kept: inside of what is watched, saved and put back."""
TAKES_OPTION = ("import", "state")
_LITTER = re.compile(r"\.json\.([a-z0-9_]{8}|backup)\.new$|\.holder\.[0-9a-f]{12}$")
"""Files that only a writer at work has."""
_BY_CHANCE = re.compile(r"(?P<digest>\b[0-9a-f]{64}\b)|[A-Za-z0-9_-]{20,}|\d{4}-\d\d-\d\d[T ][\d:.]+")
"""Ids, and times; digests of images stay."""


class Bench:
    """The place where one scenario is tried."""

    def __init__(self, folder: Path, server: Sandbox, nursery: Nursery, scenario: Scenario, parallelism: int) -> None:
        self.folder = folder
        self.server = server
        self.nursery = nursery
        self.scenario = scenario
        self.parallelism = parallelism
        self.root = folder / "catalog"
        self.programme = Programme(self.root)
        self.programme.settings(server.url, dialect=server.options.dialect)
        self.api = Api(server.url)
        self.vault = self.root / CONFIG / "badgeops" / "logins.json"
        self.stays = scenario.stays
        self.history: list[str] = []
        """What has been done since the bench was put back, for the story of a failure."""

    # running

    def run(self, *command: str, settle: bool = True, **orders: Any) -> Ended:
        """Run a command, and wait until the server is done with it too, unless told not to."""
        arguments = [*command]
        if command[0] in ("apply", "destroy", "plan"):
            arguments += ["--parallelism", str(self.parallelism)]
        arguments += ["--catalog", str(self.root)] if command[0] in TAKES_OPTION else [str(self.root)]
        ended = self.nursery.run(arguments, has_links=self.scenario.has_links, **orders)
        if settle:
            self._settle()
        self.history.append(f"$ {' '.join(command)}  {orders or ''}\n{ended.story[-2500:]}")
        assert "Traceback" not in ended.err, self.story("it fell over")
        return ended

    def expect(self, status: int, *command: str) -> Ended:
        """Run a command that must end with this status."""
        ended = self.run(*command)
        assert ended.status == status, self.story(f"status {ended.status} and not {status}")
        return ended

    def die(self, is_last: Callable[[str], bool], *command: str) -> None:
        """Run a command that is killed at the first point of this sort."""
        self.save()
        seen = self.run(*command)
        self.put_back()
        point = next(name for name in seen.points if is_last(name))
        assert self.run(*command, die_at=1, die_of=point).status == -9, self.story("it was not killed")

    def log_in(self) -> None:
        """Do what a person does with `badgeops login`."""
        form = {"username": CREDENTIALS["BADGEOPS_USERNAME"], "password": CREDENTIALS["BADGEOPS_PASSWORD"]}
        with requests.post(f"{self.server.url}/o/token", data=form, timeout=10) as answer:
            Vault(self.vault).put(self.server.url, answer.json()["refresh_token"])

    def story(self, what: str) -> str:
        """Return what went wrong and all that led to it."""
        return "\n\n".join([what, *self.history, f"server: {sorted(self.entities().elements())}"])

    def _settle(self) -> None:
        """Wait until no request is under way: the server may still be at one of a client that is dead."""
        loop: Any = self.server._loop
        # Whoever connected earlier has been let in when this one is answered.
        with socket.create_connection(("127.0.0.1", loop.port)) as last:
            last.sendall(b"GET /nothing HTTP/1.0\r\n\r\n")
            while last.recv(65536):
                pass
        deadline = time.monotonic() + 120
        while loop._server.active_channels or loop._workers.queue or loop._workers.active_count:
            assert time.monotonic() < deadline, "the server does not come to rest"
            time.sleep(0.001)

    # putting back

    def save(self, moment: str = "before") -> None:
        """Remember catalog, state and server as they are now."""
        self._settle()
        shutil.rmtree(self.folder / moment, ignore_errors=True)
        shutil.copytree(self.root, self.folder / moment)
        with self._database() as live, closing(sqlite3.connect(self.folder / f"{moment}.sqlite3")) as saved:
            live.backup(saved)

    def put_back(self, moment: str = "before") -> None:
        """Make everything as it was when it was saved."""
        self._settle()
        if moment == "before":
            self.history.clear()
        shutil.rmtree(self.root)
        shutil.copytree(self.folder / moment, self.root)
        with self._database() as live, closing(sqlite3.connect(self.folder / f"{moment}.sqlite3")) as saved:
            saved.backup(live)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.folder / "server" / "sandbox.sqlite3", timeout=120)) as connection:
            yield connection

    # looking

    def state_files(self) -> dict[str, bytes]:
        """Return every file beside the state, and the state."""
        return {str(path): path.read_bytes() for path in (self.root / "state").rglob("*") if path.is_file()}

    def log_in_files(self) -> dict[str, bytes]:
        """Return the kept log-in, where there is one, and every file beside it."""
        return {str(path): path.read_bytes() for path in self.vault.parent.rglob("*") if path.is_file()}

    def left(self) -> tuple[str, str]:
        """Return what a crash has left of the lock, and of state, journal and server.

        From equal ones the way back is the same: ids and times, which chance chooses, are numbered in the order in
        which they occur.
        """
        with self._database() as database:
            query = (
                "SELECT e.kind, json_extract(e.doc, '$.name'), e.inactive, e.entity_id, i.entity_id, e.doc "
                "FROM entities e LEFT JOIN entities i ON i.row = e.issuer"
            )
            rows = sorted(" ".join(map(str, row)) for row in database.execute(query))
        lock, rest = [], rows
        for path, data in sorted(self.state_files().items()):
            name = Path(path).name
            (lock if ".lock" in name or ".holder" in name else rest).append(
                f"{_LITTER.sub('#', name)}: {_shape(name, data)}"
            )
        return "\n".join(lock), footprint("\n".join(rest))

    def files_of(self, moment: str) -> dict[str, bytes]:
        """Return the state and every file beside it as they were when a moment was saved."""
        saved = self.folder / moment
        files = (path for path in (saved / "state").rglob("*") if path.is_file())
        return {str(self.root / path.relative_to(saved)): path.read_bytes() for path in files}

    def state(self) -> dict[str, Any]:
        """Return what the state file says: {"addresses": {address: entityId}, "pending": [address]}."""
        path = self.root / STATE
        if not path.exists():
            return {"addresses": {}, "pending": []}
        data = json.loads(path.read_bytes())
        addresses = {item["address"]: item["entityId"] for item in data["resources"]}
        return {"addresses": addresses, "pending": [item["address"] for item in data["pending"]]}

    def live(self, *, archived: bool = False) -> list[tuple[str, str, str, str]]:
        """Return (kind, name, name of its issuer, entityId) of what the server holds."""
        query = (
            "SELECT e.kind, json_extract(e.doc, '$.name'), json_extract(i.doc, '$.name'), e.entity_id FROM entities e "
            "JOIN entities i ON i.row = e.issuer WHERE e.kind IN ('issuer', 'badgeclass') AND e.inactive = ?"
        )
        with self._database() as database:
            return [tuple(row) for row in database.execute(query, (int(archived),))]  # type: ignore[misc]

    def entities(self, *, archived: bool = False) -> Counter[tuple[str, str]]:
        """Count what the server holds by kind and name."""
        return Counter((kind, name) for kind, name, _, _ in self.live(archived=archived))

    def entity_id(self, name: str) -> str:
        """Return the entityId of the one entity of that name."""
        (found,) = [entity_id for _, other, _, entity_id in self.live() if other == name]
        return found

    def catalog(self) -> dict[str, tuple[str, str]]:
        """Return kind and name of what the documents describe, by address."""
        found = {}
        for path in self.root.glob("*.yaml"):
            document = yaml.safe_load(path.read_text("utf-8"))
            if "kind" in document:
                prefix, kind = {"Issuer": ("issuer", "issuer")}.get(document["kind"], ("badge_class", "badgeclass"))
                found[f"{prefix}.{document['key']}"] = (kind, document["name"])
        return found

    # what is promised

    def assert_whole_files(self) -> None:
        """Fail where the state, or the one before it, is neither missing nor whole."""
        for path in (self.root / STATE, self.root / f"{STATE}.backup"):
            if path.exists():
                assert json.loads(path.read_bytes())["format"] == "badgeops-state", self.story(
                    f"{path.name} is not whole"
                )

    def assert_logged_in(self) -> None:
        """Fail unless a kept log-in still works, or a message asks for another, which a person then makes.

        Its token was used up, and the one that came for it lost, where the run ended between answer and write.
        """
        if not self.scenario.is_kept:
            return
        assert [*json.loads(self.vault.read_bytes())] == [self.server.url], self.story("the log-in is not whole")
        ended = self.run("plan")
        if ended.status:
            assert "does not accept the refresh token" in ended.err, self.story("it is not said what is wrong")
            assert "badgeops login" in ended.err, self.story("it is not said what to do")
            self.log_in()

    def assert_recovers(self) -> None:
        """Fail unless the state can be read, the plan is right, and one apply brings everything into order."""
        if self.scenario.remains:
            self.scenario.again(self)
            self.assert_plan_is_right()
            self.expect(0, *APPLY)
        else:
            self.expect(0, "plan")
            self.scenario.again(self)
        self.assert_in_order()

    def assert_plan_is_right(self) -> dict[str, Any]:
        """Fail where a plan would make again what exists, or blames others for what we did ourselves."""
        before = self.state_files()
        ended = self.run("plan", "--format", "json")
        assert ended.out, self.story("there is no plan")
        plan: dict[str, Any] = json.loads(ended.out)
        changes = [f"{change['action']} {change['address']}" for change in plan["changes"]]
        self.history[-1] = f"the plan: {', '.join(changes)}\n{json.dumps([plan['drift'], plan['errors']], indent=1)}"
        assert (ended.status, plan["errors"]) == (0, []), self.story("the plan has errors")
        assert self.state_files() == before, self.story("the plan has written")
        existing = self.entities()
        catalog = self.catalog()
        for change in plan["changes"]:
            if change["action"] == "create":
                assert not existing[catalog[change["address"]]], self.story(f"{change['address']} exists already")
        blamed = {item["address"] for item in plan["drift"]} - self.scenario.drifted
        assert not blamed, self.story(f"nobody has edited {blamed}")
        return plan

    def assert_in_order(self) -> None:
        """Fail unless the plan is empty and the server holds exactly the catalog, all of it recorded."""
        catalog = self.catalog() if self.scenario.remains else {}
        if self.scenario.remains:
            plan = self.expect(0, "plan", "--detailed-exitcode")
            assert "No changes" in plan.out, self.story("the plan is not empty")
        expected = Counter(catalog.values())
        for name in self.stays:
            expected[("issuer" if name in ("Academy", "Guild") else "badgeclass", name)] += 1
        assert self.entities() == expected, self.story(f"it should hold {expected}")
        state = self.state()
        assert not state["pending"], self.story("something is still pending")
        ours = [entity_id for _, name, _, entity_id in self.live() if name not in self.stays]
        assert sorted(state["addresses"].values()) == sorted(ours), self.story("the state has others than the server")
        assert state["addresses"].keys() == catalog.keys(), self.story("the state has other addresses")
        assert not self._has_open_journal(), self.story("the journal was left behind")
        litter = [
            name for name, data in self.state_files().items() if _LITTER.search(name) and not _is_doubtful(name, data)
        ]
        assert not litter, self.story(f"nobody has swept up {litter}")

    def _has_open_journal(self) -> bool:
        """Tell whether there is a journal that is not in the state yet; an older one counts for nothing."""
        path = self.root / JOURNAL
        head = path.read_bytes().partition(b"\n")[0] if path.exists() else b""
        try:
            begun: int = json.loads(head)["serial"]
        except ValueError:  # cut off or overwritten with zeros in a loss of power: nothing was begun
            return False
        return begun >= json.loads((self.root / STATE).read_bytes())["serial"]


def _is_doubtful(name: str, data: bytes) -> bool:
    """Tell whether somebody on another computer may be making this lease right now: it stays for a minute."""
    return ".holder" in name and machine().encode() not in data


def _shape(name: str, data: bytes) -> str:
    """Return what of a file beside the state badgeops reads."""
    if name.endswith(".journal"):
        text, zeros, _ = data.partition(b"\0")
        *lines, cut = text.decode("utf-8", "replace").split("\n")
        return f"{lines[:1]} {sorted(lines[1:])} cut: {bool(cut)} zeros: {bool(zeros)}"
    if name.endswith(".holder"):
        return "ours" if machine().encode() in data else "another's"
    return data.decode("utf-8", "replace") if name == Path(STATE).name else ""


def footprint(text: str) -> str:
    """Return a text with numbers in place of ids and times, equal ones for equal ones."""
    numbers: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        return match[0] if match["digest"] else numbers.setdefault(match[0], f"#{len(numbers)}")

    return _BY_CHANCE.sub(numbered, text)


@contextmanager
def set_up(folder: Path, scenario: Scenario, dialect: str, parallelism: int) -> Iterator[Bench]:
    """Give a bench on which the work of a scenario is about to begin."""
    home = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(folder / "home"))
    options = SandboxOptions(data=folder / "server", dialect=dialect)  # type: ignore[arg-type]
    if scenario.is_kept:
        home["XDG_CONFIG_HOME"] = str(folder / "catalog" / CONFIG)
    environment = home if scenario.is_kept else {**CREDENTIALS, **home}
    with Sandbox(options) as server, Nursery(folder, folder / "catalog", environment) as nursery:
        bench = Bench(folder, server, nursery, scenario, parallelism)
        if scenario.is_kept:
            bench.log_in()
        scenario.before(bench)
        bench.save()
        bench.put_back()
        yield bench
