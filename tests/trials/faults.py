"""Faults: servers, gateways and networks that fail in every way at every moment, and strangers who act meanwhile.

A trial is a seed, and all of it comes from there: the catalog and how it changes, the dialect, how one logs in, the
size of pages, the parallelism, which requests fail and how, and what a stranger does when. Whatever happens: no run
hangs, none says 0 after an error, and with the faults gone a few applies at most end in an empty plan, with everything
on the server once, and with everything that is not ours as it was.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from unittest import mock

from support.gateway import EFFECTS as TROUBLES, Gateway, Trouble
from support.programme import CREDENTIALS, ISSUER, Finished, Programme, badge_class

from badgeops.api.responses import Answer
from badgeops.api.token_store import Vault
from badgeops.api.transport import HttpRequest, Transport
from badgeops.app import asking
from badgeops.sandbox import Sandbox, SandboxOptions
from trials.strangers import ACTIONS, MARK, BackDoor, Stranger, Visit
from trials.watchdog import watched

REPEATS = 5
"""How often a seed that is asked for by name is lived through: which thread comes first is not in the seed."""
_TOTAL = 0.6
"""Seconds that one exchange is given."""
_QUICK = {
    "badgeops.api.transport.Policy.first_pause": 0.005,
    "badgeops.api.transport.Policy.longest_pause": 0.01,
    "badgeops.api.transport.Policy.read_timeout": 0.25,
    "badgeops.api.transport.Policy.total_timeout": _TOTAL,
    "badgeops.api.transport.Policy.attempts": 3,
    "badgeops.api.transport.Policy.max_body": 2_000_000,
    "badgeops.applying.writes._LOOKS": (0.01, 0.2),
}
"""While there are faults, timeouts and pauses in seconds are less than a hundredth of the real ones, bodies shorter."""
_EXCHANGE = 10 * _TOTAL
"""Seconds after which an exchange is too long on a busy machine, too."""
_LONGEST = 30
"""Seconds for one command; with these timeouts a hang, and nothing else, takes longer."""
_ROUNDS = 3
_IMAGES = ("images/badge.png", "images/red.png", "images/one.svg", "images/two.svg")
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="{}"/></svg>'


def names(seeds: int) -> list[str]:
    """Return "seed-0", "seed-1", …"""
    return [f"seed-{number}" for number in range(seeds)]


def run(name: str) -> int:
    """Live through one history; return the number of commands under faults."""
    with tempfile.TemporaryDirectory(prefix="badgeops-faults-") as folder, ExitStack() as stack:
        dice = random.Random(name)  # noqa: S311 (to be repeated, not to be secret)
        stack.enter_context(mock.patch("badgeops.api.client.PAGE", dice.choice([500, 2, 3])))
        history = History(name, Path(folder), dice)
        with closing(history.server), closing(history.gateway):
            for left in reversed(range(_ROUNDS)):
                history.live_on(is_calm=not left and not history.has_lost_a_creation)
                history.settle()
            assert history.has_lost_a_creation, history._told()
    return history.tried


@contextmanager
def _impatient() -> Iterator[None]:
    with ExitStack() as stack:
        for target, value in _QUICK.items():
            stack.enter_context(mock.patch(target, value))
        yield


@contextmanager
def _a_quarter_of_an_hour_later() -> Iterator[None]:
    with mock.patch("badgeops.planning.newcomers.QUIET_SECONDS", -60):
        yield


@contextmanager
def _timed(told: list[str]) -> Iterator[None]:
    """Tell of exchanges that take longer than they may, when they have ended."""
    once = Transport._once

    def measured(transport: Transport, request: HttpRequest) -> Answer:
        began = time.monotonic()
        try:
            return once(transport, request)
        finally:
            seconds = time.monotonic() - began
            if seconds > _EXCHANGE:
                told.append(f"{request.method} {request.url} took {seconds:.1f} seconds.")

    with mock.patch.object(Transport, "_once", measured):
        yield


class History:
    """A catalog that changes, on a server that fails."""

    def __init__(self, name: str, folder: Path, dice: random.Random) -> None:
        self.name = name
        self.dice = dice
        self.dialect = dice.choice(["open-source", "hosted"])
        self.log_in = dice.choice(["password", "password", "kept log-in", "refresh token and password"])
        self.stale = ["stale-lists"] if dice.random() < 0.5 else []
        self.stranger = Stranger()
        options = SandboxOptions(data=folder / "server", dialect=self.dialect, log=self.stranger.watch)
        self.server = self.stranger.server = Sandbox(options).start()
        self.server.set_faults(self.stale)
        self.gateway = Gateway(self.server.url).start()
        self.back_door = BackDoor(self.server)
        home = {"HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "config")}
        self.programme = Programme(folder / "catalog", home)
        self.vault = Vault(folder / "config" / "badgeops" / "logins.json")
        self._log_in()
        self.programme.settings(self.gateway.url, dialect=self.dialect)
        self.programme.image()
        self.programme.image("images/red.png", color="red")
        self.programme.write("images/one.svg", _SVG.format("red"))
        self.programme.write("images/two.svg", _SVG.format("blue"))
        self.wanted: dict[str, dict[str, str]] = {}
        self.issuers = {"academy": ISSUER, "institute": ""}
        """Their files; empty for one that is not in the catalog."""
        self._known: set[tuple[str, str]] = set()
        """Which documents there were in the round before: collection and key."""
        self.has_lost_a_creation = False
        """The server has made something, and its answer did not say so."""
        self.left: set[str] = set()
        """Names of what left the catalog and may stay on the server."""
        self.tried = 0
        self.story = [f"{name}: dialect {self.dialect}, {self.log_in}, {self.stale}"]

    def _log_in(self) -> None:
        """Do what a person does at the beginning, and where a message asks for it."""
        environment = self.programme.environment
        environment.update(CREDENTIALS)
        if self.log_in == "refresh token and password":
            environment["BADGEOPS_REFRESH_TOKEN"] = self.back_door.new_refresh_token()
        elif self.log_in == "kept log-in":
            environment.update(BADGEOPS_USERNAME="", BADGEOPS_PASSWORD="")
            self.vault.put(self.gateway.url, self.back_door.new_refresh_token())

    def live_on(self, *, is_calm: bool = False) -> None:
        """Change the catalog and apply it while the server fails and a stranger has a hand in it.

        In a calm round the answer to one creation is lost, and nothing else happens.
        """
        self._change(is_calm=is_calm)
        self.stranger.has_meddled = False
        self.stranger.edited.clear()
        # The first rule that fires decides.
        aimed = self._aimed(is_calm=is_calm)
        faults = [*aimed, *(self._fault() for _ in range(0 if is_calm else self.dice.randint(0, 3)))]
        troubles = [self._trouble() for _ in range(0 if is_calm else self.dice.choice([0, 0, 1, 1, 2]))]
        visits = [self._visit() for _ in range(0 if is_calm else self.dice.choice([0, 0, 1, 2, 3]))]
        action = None if is_calm else self.dice.choice([None, None, None, None, "edit", "edit", *ACTIONS])
        between = Visit(action, "", "", 0, seed=self.dice.randrange(10**9)) if action else None
        width = self.dice.choice(["1", "2", "8"])
        self.story += [f"faults {faults}", f"troubles {troubles}", f"visits {visits}, and between {between}"]
        self.server.set_faults([*faults, *self.stale])
        self.gateway.set_troubles(troubles)
        self.stranger.visits = visits
        if self.dice.random() < 0.2:
            with _impatient():
                self._plan_only()
        with (
            _impatient(),
            mock.patch.object(asking, "confirm", side_effect=lambda *_, **__: between and self.stranger.act(between)),
        ):
            found = self._run("apply", "--auto-approve", "--parallelism", width, *_ALLOWED)
        self.tried += 1
        if aimed and not any(visit.takes_tokens for visit in (*visits, between) if visit):
            first = self.server._faults._rules[0]
            self.has_lost_a_creation |= first.count > first.rule.skip
        self._calm_down()
        if not visits:
            # An edit between plan and apply is refused to be overwritten; one in mid-apply may come in between.
            now = {item["entityId"]: item["description"] for item in self.back_door.badge_classes()}
            for entity_id, description in self.stranger.edited.items():
                assert now.get(entity_id) == description, (entity_id, self._told(found))
        if found.status == 0 and not self.stranger.has_meddled:
            plan = self._run("plan", "--detailed-exitcode")
            assert plan.status == 0, self._told(found, plan)

    def _plan_only(self) -> None:
        """Make a plan under faults: it says what it can, and sends nothing that changes anything."""
        self.gateway.heard.clear()
        self._run("plan", "--detailed-exitcode")
        self.tried += 1
        sent = [(method, path) for method, path in self.gateway.heard if method != "GET" and path != "/o/token"]
        assert sent == [], (sent, self._told())

    def _calm_down(self) -> None:
        self.server.set_faults(self.stale)
        self.gateway.set_troubles([])
        self.stranger.visits = ()
        assert not self.stranger.errors, (self.stranger.errors, self._told())

    def settle(self) -> None:
        """Without faults: a few applies at most, then an empty plan, and the catalog is on the server once."""
        with _a_quarter_of_an_hour_later():
            for _ in range(3):
                found = self._run("apply", "--auto-approve", *_ALLOWED)
                if self._followed_advice(found):
                    found = self._run("apply", "--auto-approve", *_ALLOWED, *self._decided(found))
                if found.status == 0:
                    break
        plan = self._run("plan", "--detailed-exitcode")
        assert (found.status, plan.status) == (0, 0), self._told(found, plan)
        held = Counter(item["name"] for item in self.back_door.badge_classes() if not item.get("archived"))
        wanted = Counter(fields["name"] for fields in self.wanted.values())
        extra = held - wanted
        assert not wanted - held, (wanted - held, self._told(found))
        assert all(count == 1 for count in held.values()), (held, self._told(found))
        assert set(extra) <= self.left | self.stranger.created, (extra, self._told(found))
        assert {name for name in held if name.startswith(MARK)} == self.stranger.created, (held, self._told(found))
        issuers = Counter(item["name"] for item in self.back_door.issuers())
        assert issuers == Counter(name.title() for name, text in self.issuers.items() if text), (issuers, self._told())
        listed = self._run("state list")
        assert listed.status == 0, self._told(listed)
        assert listed.out.count("badge_class.") == len(self.wanted), self._told(listed)

    def _followed_advice(self, found: Finished) -> bool:
        """Do what only a person can do about a message, where it is one of those."""
        if "badgeops login" in found.err:
            self._log_in()
            return True
        if self._decided(found) or self._recognised(found):
            return True
        if "would be deleted with this issuer" in found.err:
            ids = {item["entityId"] for item in self.back_door.issuers() if item["name"] == "Institute"}
            for item in self.back_door.badge_classes():
                if item["issuer"] in ids and item["name"].startswith(MARK):
                    self.back_door.delete(item["name"])
                    self.stranger.created.discard(item["name"])
            return True
        return False

    def _recognised(self, found: Finished) -> bool:
        """Import what was edited before badgeops had seen it: under its name there is nobody else's here."""
        if not re.search(r"under\s+its\s+name\s+is\s+not", found.err):
            return False
        plan = self._run("plan", "--format", "json")
        for error in json.loads(plan.out)["errors"] if plan.out else ():
            candidates = re.findall(r"^  (\S+)  created", error["detail"], re.MULTILINE)
            if error["code"] == "ambiguous-creation" and "not as sent" in error["detail"]:
                self._run("import", error["address"], *candidates)
        return True

    def _decided(self, found: Finished) -> list[str]:
        """Return the words that let a creation happen beside new entities that are none of ours, but a stranger's."""
        words = re.findall(r"under\s+another\s+name.*?--allow (recreate=\S+)", found.err, re.DOTALL)
        return [part for word in words for part in ("--allow", word)]

    # the catalog

    def _change(self, *, is_calm: bool) -> None:
        """Edit, remove and add documents; in the beginning and in a calm round at least one is added."""
        dice = self.dice
        # An issuer with something of a stranger's in it would need a person's hand before anything is sent.
        self._change_issuers(may_go=not is_calm)
        for key in list(self.wanted):
            luck = dice.random()
            if luck < 0.15:
                self._remove(key)
            elif luck < 0.6:
                field, value = dice.choice(
                    [
                        ("description", f"Edited {dice.random()}."),
                        ("tags", f"[tag{dice.randrange(9)}]"),
                        ("image", dice.choice(_IMAGES)),
                        ("name", f"{key} {dice.randrange(10**6)}"),
                    ]
                )
                self.wanted[key][field] = value
        for _ in range(dice.randint(1 if is_calm or not self.wanted else 0, 4)):
            key = f"course{dice.randrange(10**6)}"
            issuer = dice.choice([name for name, text in self.issuers.items() if text])
            # An issuer that goes takes its badge classes along, so those of the institute are never left behind.
            ways = ["delete"] if issuer == "institute" else ["delete", "delete", "forget", _HIDING[self.dialect]]
            self.wanted[key] = {
                "name": key.title(),
                "issuer": issuer,
                "image": dice.choice(_IMAGES),
                "lifecycle": f"{{onRemove: {dice.choice(ways)}}}",
            }
        for key, fields in self.wanted.items():
            self.programme.write(f"{key}.yaml", badge_class(key, **fields))
        self.story.append(f"wanted {self.wanted}, issuers {[name for name, text in self.issuers.items() if text]}")

    def _change_issuers(self, *, may_go: bool) -> None:
        dice = self.dice
        if not self.issuers["institute"]:
            if dice.random() < 0.3:
                self.issuers["institute"] = _OTHER
        elif may_go and dice.random() < 0.25:
            self.issuers["institute"] = ""
            for key in [key for key, fields in self.wanted.items() if fields["issuer"] == "institute"]:
                self._remove(key)
        for name, text in self.issuers.items():
            if text and dice.random() < 0.25:
                lines = [line for line in text.splitlines() if not line.startswith("description")]
                self.issuers[name] = "\n".join([*lines, f"description: Since {dice.randrange(10**6)}."]) + "\n"
            path = self.programme.write(f"{name}.yaml", self.issuers[name] or "# none\n")
            if not self.issuers[name]:
                path.unlink()

    def _remove(self, key: str) -> None:
        fields = self.wanted.pop(key)
        if "forget" in fields["lifecycle"]:
            self.left.add(fields["name"])
        self.programme.remove(f"{key}.yaml")

    # what goes wrong

    def _aimed(self, *, is_calm: bool) -> list[str]:
        """Return a rule that loses the answer to one of the creations of this round, if it has any."""
        now = {("badgeclasses", key) for key in self.wanted}
        now |= {("issuers", name) for name, text in self.issuers.items() if text}
        new, self._known = sorted(collection for collection, _ in now - self._known), now
        if not new:
            return []
        collection = self.dice.choice(new)
        # Those before it may fail, and this one then not be sent.
        skip = 0 if is_calm else self.dice.choice([0, 0, self.dice.randrange(new.count(collection))])
        effect = self.dice.choice(_LOSSES)
        return [f"{effect},method=POST,path=/v2/{collection},skip={skip},times={self.dice.choice([1, 1, 2])}"]

    def _fault(self) -> str:
        dice = self.dice
        method = dice.choice(["", "", ",method=POST", ",method=PUT", ",method=GET", ",method=DELETE"])
        path = dice.choice(["/v2/*", "/v2/badgeclasses*", "/v2/issuers*", "/o/token", "*"])
        return f"{dice.choice(_EFFECTS)},path={path}{method},skip={dice.choice(_SKIPS)},times={dice.randint(1, 4)}"

    def _trouble(self) -> Trouble:
        dice = self.dice
        path = dice.choice(["/v2/*", "/v2/badgeclasses*", "/v2/issuers*", "/o/token", "*"])
        method = dice.choice(["*", "*", "POST", "PUT", "GET", "DELETE"])
        return Trouble(dice.choice(TROUBLES), method, path, dice.choice(_SKIPS), dice.choice([1, 1, 2]))

    def _visit(self) -> Visit:
        dice = self.dice
        action = dice.choice(ACTIONS)
        method, path = dice.choice(
            [
                ("GET", "/v2/badgeclasses"),  # between two pages
                ("GET", "/v2/badgeclasses/*"),  # after the check
                ("PUT", "/v2/badgeclasses/*"),
                ("POST", "/v2/badgeclasses"),
                ("DELETE", "/v2/*"),
                ("*", "*"),
            ]
        )
        again = dice.choice([0, 3, 5]) if action == "expire tokens" else 0
        after = dice.randint(1, 2 if path == "/v2/badgeclasses" else 6)
        return Visit(action, method, path, after, again, seed=dice.randrange(10**9))

    # running commands

    def _run(self, name: str, *arguments: str) -> Finished:
        slow: list[str] = []
        with watched(f"{self.name}: badgeops {name}", _LONGEST), _timed(slow):
            found = self.programme.run(name, *arguments)
        self.story.append(f"{name} {' '.join(arguments)} -> {found.status}")
        assert not slow, (slow, self._told(found))
        assert found.status in (0, 1, 2), self._told(found)
        for words in ("Traceback", "bug in badgeops", "Bearer "):
            assert words not in found.out + found.err, self._told(found)
        if found.status == 0:
            assert " failed" not in found.out, self._told(found)
            assert "error[" not in found.err, self._told(found)
        return found

    def _told(self, *found: Finished) -> str:
        return "\n".join([*self.story, *(f"--- {each.status}\n{each.out}\n{each.err}" for each in found)])


_OTHER = ISSUER.replace("academy", "institute").replace("Academy", "Institute") + "lifecycle: {onRemove: delete}\n"
_HIDING = {"hosted": "archive", "open-source": "forget"}
_SKIPS = (0, 1, 2, 3, 4, 6, 9, 14)
_ALLOWED = ("--allow", "deletes=99", "--allow", "updates=99", "--allow", "recreates=99")
_LOSSES = [
    *(f"status={status},when=after" for status in (500, 502, 503, 504)),
    "status=503,when=after,retry_after=0",
    "html,when=after",
    "html,status=503,when=after",
    "html,status=200,when=after",
    "status=200,when=after",
    "status=408,when=after",
    "status=429,when=after,retry_after=0",
    "drop,when=after",
    "truncate",
]
"""How the answer to a creation that was done can be lost."""
_EFFECTS = [
    *(f"status={status},when={when}" for status in (500, 502, 503, 504) for when in ("before", "after")),
    *(f"status={status},when={when}" for status in (401, 403, 404, 408, 429) for when in ("before", "after")),
    "status=429,retry_after=0",
    "status=503,retry_after=0",
    "status=429,retry_after=3600",
    "html,when=before",
    "html,when=after",
    "html,status=200,when=after",
    "status=200,when=after",
    "truncate",
    "drop,when=before",
    "drop,when=after",
    "slow=0.05",
    "slow=0.4,when=after",
]
