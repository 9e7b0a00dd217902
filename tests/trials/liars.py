"""Liars: servers that say what is not so, about badgeops' own entities, about strangers' and about what they did.

A trial is a family of lies and a seed, and all of it comes from there: the catalog and how it changes, what strangers
have in the account and beside it, which lies are told when, which answers are lost as well, and, in one family, where
runs are killed. While the server lies, badgeops may fail. But whatever is said: nothing of a stranger is touched,
nothing is made twice, the state can be read and names only what is ours, and nobody hears that all is well while it is
not. Once the server is honest again, a person who follows what the messages say comes to an empty plan, and the server
holds the catalog.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from support.programme import CREDENTIALS, ISSUER, Finished, Programme, badge_class

from badgeops.sandbox import Sandbox, SandboxOptions
from trials.faults import _LOSSES, _impatient
from trials.liar import LIES, Liar, Lie
from trials.nursery import Nursery
from trials.strangers import MARK, BackDoor, TooLateError
from trials.watchdog import watched

FAMILIES: dict[str, tuple[str, ...]] = {
    "answers": ("first answer again", "answered from a cache", "one answer late"),
    "others": ("another entity", "another issuer", "a stranger's id", "an id of nobody", "newcomer", "nothing made"),
    "colleagues": ("a colleague is quicker",),
    "stored": ("renames", "ignores", "says it was stored", "says it was deleted", "says no"),
    "lists": ("stale lists", "hides what is new", "changes ids", "lists others", "moves", "no counts"),
    "late": ("",),
    "entries": ("hides the next page", "odd entries"),
    "rights": ("loses its right", "says it was archived"),
    "killed": ("renames", "stale lists", "hides what is new", "first answer again", "a stranger's id", "newcomer", ""),
}
"""The lies that the trials of a family begin with, each in its turn; those of "late" are told by the sandbox itself."""
_ANY = tuple(name for name in LIES if name not in FAMILIES["rights"])
"""Lies that any trial may hear as well."""
_ROUNDS = 2
_TRIES = 3
"""So often a command is given again while the server lies."""
_HONEST = 6
"""… and once it is honest: each time a person does what one message says."""
_LONGEST = 60
_KILLED = -9
_ALLOWED = ("--allow", "deletes=99", "--allow", "updates=99", "--allow", "recreates=99")
_HEARD = {"name": "name", "description": "description", "criteriaNarrative": "criteriaNarrative", "tags": "tags"}
_OTHER = ISSUER.replace("academy", "institute").replace("Academy", "Institute")
_PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
_ODD = (
    "{}  in two steps",
    "{} & friends",
    "{} caf\u00e9",
    "{} cafe\u0301",
    "{}\u00a0basics",
    "{} " + "very " * 40 + "long",
    "TEST {}",
    "{}",
)
"""Names that a server may change."""


def names(seeds: int) -> list[str]:
    """Return "answers-0", "others-0", …: one family after the other, and all of them at least once."""
    families = [*FAMILIES]
    count = max(seeds, len(families))
    return [f"{families[number % len(families)]}-{number // len(families)}" for number in range(count)]


def run(name: str) -> int:
    """Live through one history; return the number of commands under lies."""
    with tempfile.TemporaryDirectory(prefix="badgeops-liars-") as folder, ExitStack() as stack:
        dice = random.Random(name)  # noqa: S311 (to be repeated, not to be secret)
        stack.enter_context(mock.patch("badgeops.api.client.PAGE", dice.choice([500, 2, 3])))
        history = History(name, Path(folder), dice)
        with closing(history.server):
            if history.family == "killed":
                environment = {**history.programme.environment, **CREDENTIALS}
                history.nursery = stack.enter_context(Nursery(Path(folder), history.programme.root, environment))
            if dice.random() < 0.7:
                history.change()
                history.settle()
                history.be_joined()
            for _ in range(_ROUNDS):
                history.live_on()
                history.settle()
                history.be_joined()
    return history.tried


@contextmanager
def _a_quarter_of_an_hour_later() -> Iterator[None]:
    with mock.patch("badgeops.planning.newcomers.QUIET_SECONDS", -60):
        yield


class History:
    """A catalog that changes, and a server that lies about it."""

    nursery: Nursery | None = None

    def __init__(self, name: str, folder: Path, dice: random.Random) -> None:
        self.name = name
        self.family, _, number = name.partition("-")
        own = FAMILIES[self.family]
        self.own = own[int(number) % len(own)]
        self.dice = dice
        self.dialect = dice.choice(["open-source", "hosted"])
        constant = dice.choice([None, True, False])
        options = SandboxOptions(data=folder / "server", dialect=self.dialect, constant_images=constant)
        self.server = Sandbox(options).start()
        self.back_door = BackDoor(self.server)
        assert self.server._middleware is not None
        self.liar = Liar(self.server._middleware.application, self.truth)
        self.server._middleware.application = self.liar
        self.liar.meddle = self._meddle
        self.programme = Programme(folder / "catalog", {**CREDENTIALS, "HOME": str(folder / "home")})
        self.programme.settings(self.server.url, dialect=self.dialect)
        self.programme.image()
        self.programme.image("images/red.png", color="red")
        self.wanted: dict[str, dict[str, Any]] = {}
        self.issuers = {"academy": ISSUER}
        self.named: dict[str, set[str]] = defaultdict(set)
        """Every name that a document has had, by address."""
        self.left: set[str] = set()
        """Addresses of what left the catalog and may stay on the server."""
        self.archived: set[str] = set()
        """Addresses of what left the catalog and was to be archived."""
        self.held: set[str] = set()
        """entityIds of what somebody has earned."""
        self.strangers: dict[str, dict[str, Any]] = {}
        """What is not ours, as it was when it was made."""
        self.tried = 0
        self.story = [f"{name}: dialect {self.dialect}, constant images: {constant}"]
        self._settle_strangers()

    # strangers

    def _settle_strangers(self) -> None:
        """Let somebody have an issuer with badge classes in this account, and somebody else one in another."""
        self.server.add_account("other@example.org", "other")
        self.other = Other(self.server, self.back_door)
        theirs = {"url": "https://other.example", "description": "Other.", "email": "admin@example.org"}
        (issuer,) = self.back_door.call("POST", "/v2/issuers", {"name": f"{MARK} issuer", **theirs})
        (hidden,) = self.other.call("POST", "/v2/issuers", {"name": "Academy", **theirs, "email": "other@example.org"})
        self.their_issuer = issuer["entityId"]
        for name in (f"{MARK} one", "Course"):
            self._make(self.back_door, issuer["entityId"], name)
            self._make(self.other, hidden["entityId"], name)
        self._remember_strangers()

    def _make(self, door: BackDoor, issuer: str, name: str) -> dict[str, Any]:
        body = {"name": name, "issuer": issuer, "description": "Theirs.", "criteriaNarrative": "Theirs."}
        (made,) = door.call("POST", "/v2/badgeclasses", {**body, "image": _PIXEL})
        return made

    def _meddle(self, issuer: str, name: str | None = None) -> dict[str, Any] | None:
        """Let a stranger make a badge class of his own under an issuer, perhaps one of ours and by a name of ours."""
        try:
            made = self._make(self.back_door, issuer, name or f"{MARK} {self.dice.randrange(10**9)}")
        except TooLateError:
            return None
        self.strangers[made["entityId"]] = self._truth_of(made["entityId"])
        return made

    def be_joined(self) -> None:
        """Let strangers make something under our issuers, and people earn what is ours."""
        state = self._state()
        for address, entity_id in state.items():
            if address.startswith("issuer.") and self.dice.random() < 0.5:
                self._meddle(entity_id)
            elif address.startswith("badge_class.") and self.dice.random() < 0.3:
                self._award(entity_id)

    def _award(self, entity_id: str) -> None:
        body = {"recipient": {"identity": f"person{self.dice.randrange(10**9)}@example.net", "type": "email"}}
        self.back_door.call("POST", f"/v2/badgeclasses/{entity_id}/assertions", body)
        self.held.add(entity_id)

    def _revoke(self) -> None:
        """Take back all awards, as a person does who wants a badge class gone."""
        for entity_id in [held for held in self.held if held in self._truth()]:
            for award in self.back_door.call("GET", f"/v2/badgeclasses/{entity_id}/assertions"):
                body = {"revocation_reason": "It was a mistake."}
                self.back_door.call("DELETE", f"/v2/assertions/{award['entityId']}", body)
        self.held.clear()

    def _remember_strangers(self) -> None:
        self.liar.elsewhere = self.other.everything()
        self.strangers = {item["entityId"]: item for item in (*self.truth(), *self.liar.elsewhere)}

    # the truth

    def truth(self) -> list[dict[str, Any]]:
        """Return everything that is really in the account."""
        return [*self.back_door.call("GET", "/v2/issuers?include_staff=false"), *self.back_door.badge_classes()]

    def _truth(self) -> dict[str, dict[str, Any]]:
        return {item["entityId"]: item for item in self.truth()}

    def _truth_of(self, entity_id: str) -> dict[str, Any]:
        return self._truth()[entity_id]

    def _state(self) -> dict[str, str]:
        """Return what the state says is ours: address -> entityId."""
        found = self._run("state list", "--format", "json")
        assert found.status == 0, self._told(found)
        listed = json.loads(found.out)["resources"]
        ids = [item["entityId"] for item in listed]
        assert len(set(ids)) == len(ids), ("one id twice", self._told(found))
        return {item["address"]: item["entityId"] for item in listed}

    # the catalog

    def change(self) -> None:
        """Edit, remove and add documents; there is always one that is new."""
        dice = self.dice
        if "institute" not in self.issuers and dice.random() < 0.4:
            self.issuers["institute"] = _OTHER
        for key in list(self.wanted):
            luck = dice.random()
            if luck < 0.25:
                self._remove(key)
            elif luck < 0.7:
                field = dice.choice(["description", "tags", "name", "image", "criteriaNarrative"])
                self.wanted[key][field] = self._value(key, field)
        for _ in range(dice.randint(1, 4)):
            key = f"course{dice.randrange(10**6)}"
            self.wanted[key] = {
                "name": self._value(key, "name"),
                "issuer": dice.choice([*self.issuers]),
                "image": dice.choice(["images/badge.png", "images/red.png"]),
                "description": f"About {key}.",
                "criteriaNarrative": f"Complete {key}.",
                "tags": ["a", key],
                "lifecycle": f"{{onRemove: {self._on_remove()}}}",
            }
        for key, text in self.issuers.items():
            self.programme.write(f"{key}.yaml", text)
            self.named[f"issuer.{key}"].add(key.title())
        for key, fields in self.wanted.items():
            self.named[f"badge_class.{key}"].add(fields["name"])
            quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in fields.items()}
            self.programme.write(f"{key}.yaml", badge_class(key, **quoted | {"lifecycle": fields["lifecycle"]}))
        self.story.append(f"wanted {self.wanted}, issuers {[*self.issuers]}")

    def _value(self, key: str, field: str) -> Any:
        dice = self.dice
        if field == "name":
            return dice.choice(_ODD).format(f"{key.title()} {dice.randrange(1000)}")
        if field == "image":
            return dice.choice(["images/badge.png", "images/red.png"])
        return [f"tag{dice.randrange(99)}"] if field == "tags" else f"Edited {dice.random()}."

    def _on_remove(self) -> str:
        way = self.dice.choice(["delete", "delete", "forget"])
        return "archive" if (self.own, self.dialect, way) == ("says it was archived", "hosted", "delete") else way

    def _remove(self, key: str) -> None:
        fields = self.wanted.pop(key)
        if "archive" in fields["lifecycle"]:
            self.archived.add(f"badge_class.{key}")
        if "forget" in fields["lifecycle"]:
            self.left.add(f"badge_class.{key}")
        self.programme.remove(f"{key}.yaml")

    # lies

    def live_on(self) -> None:
        """Change the catalog, and apply it while the server lies."""
        self.change()
        dice = self.dice
        lies = [self._lie(self.own)] if self.own else []
        lies += [self._lie(dice.choice(_ANY)) for _ in range(dice.choice([0, 0, 0, 1]))]
        # Nobody can help it if a server says that it did nothing, did it, and does not list it.
        hides = any(lie.name in FAMILIES["lists"] for lie in lies)
        if hides and any(lie.name == "says no" for lie in lies):
            lies = lies[:1]
            hides = lies[0].name in FAMILIES["lists"]
        faults = []
        if dice.random() < 0.35:
            skip = dice.choice([0, 0, 1, 2])
            losses = [loss for loss in _LOSSES if not (hides and loss.startswith(("status=429", "status=500")))]
            faults.append(f"{dice.choice(losses)},method=POST,path=/v2/badgeclasses,skip={skip},times=1")
        if self.family == "late":
            faults += [f"busy={dice.choice([0.02, 0.1])}", f"slow={dice.choice([0.05, 0.2])},method=POST|PUT|DELETE"]
        self.story.append(f"lies {lies}, faults {faults}")
        self.liar.set_lies(lies)
        self.server.set_faults(faults)
        for _ in range(_TRIES):
            self._apply_under_lies()
            if self._is_quiet():
                break
        self.story.append(f"told {[(lie.name, lie.told) for lie in lies]}")
        self.liar.set_lies([])
        self.server.set_faults([])

    def _lie(self, name: str) -> Lie:
        dice = self.dice
        # Some lists have to be true: before an apply there is a plan.
        return Lie(name, dice.choice([0, 0, 1, 2, 3]), dice.choice([1, 1, 2, 10**6, 10**6]), dice.randrange(10**6))

    def _apply_under_lies(self) -> None:
        width = self.dice.choice(["1", "2", "8"])
        if self.nursery is not None and self.dice.random() < 0.7:
            self._apply_and_die(width)
        else:
            with _impatient():
                self._run("apply", "--auto-approve", "--parallelism", width, *_ALLOWED)
        self.tried += 1
        self.judge()

    def _apply_and_die(self, width: str) -> None:
        """Let an apply be killed at some point, if it comes so far."""
        assert self.nursery is not None
        command = ("apply", str(self.programme.root), "--auto-approve", "--parallelism", width, *_ALLOWED)
        ended = self.nursery.run(command, die_at=self.dice.choice([8, 15, 25, 40, 60, 90]), quiet=900.0)
        self.story.append(f"apply -> {ended.status} at point {len(ended.points)}")
        self._check_words(Finished(1 if ended.status == _KILLED else ended.status, ended.out, ended.err))

    def _is_quiet(self) -> bool:
        """Tell whether a plan finds nothing to do; if so, all is as it should be, or it is said what is not."""
        with _impatient():
            found = self._run("plan", "--format", "json")
        self.tried += 1
        if found.status != 0 or not found.out:
            return False
        plan = json.loads(found.out)
        if plan["changes"] or plan["errors"] or plan["drift"]:
            return False
        self._check_truth(plan)
        return True

    # judging

    def judge(self) -> None:
        """Hold what was done to what must hold whatever a server says."""
        now = self._truth()
        there = now | {item["entityId"]: item for item in self.other.everything()}
        for entity_id, before in self.strangers.items():
            assert there.get(entity_id) == before, (f"{before['name']} was touched", there.get(entity_id), self._told())
        for entity_id in self.held:
            assert entity_id in now, (f"{entity_id} was deleted, and people hold it", self._told())
        for address, ids in self._ours(now).items():
            assert len(ids) == 1, (f"{address} was made {len(ids)} times: {ids}", self._told())
        state = self._state()
        for address, entity_id in state.items():
            is_ours = entity_id in self.liar.made or entity_id in self.liar.invented
            assert is_ours, (f"{address} is recorded as {entity_id}, which is a stranger's", self._told())
            made = self.liar.made.get(entity_id)
            assert made is None or made[2] in self.named[address], (
                f"{address} is recorded as {entity_id}, which was made as {made}",
                self._told(),
            )

    def _ours(self, now: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
        """Return what was made for badgeops and is still there: address -> ids."""
        found: dict[str, list[str]] = defaultdict(list)
        addresses = {name: address for address, names in self.named.items() for name in names}
        for entity_id, (_, _, name) in self.liar.made.items():
            if entity_id in now and name in addresses:
                found[addresses[name]].append(entity_id)
        return found

    def _check_truth(self, plan: dict[str, Any]) -> None:
        """Fail unless the server has what the catalog says, or the plan says in which field it has not."""
        now, state = self._truth(), self._state()
        said = {(item["address"], field) for item in plan["warnings"] for field in _HEARD if field in item["summary"]}
        for key, fields in self.wanted.items():
            address = f"badge_class.{key}"
            entity = now.get(state.get(address, ""))
            assert entity is not None, (f"{address} is not there, and nothing is said of it", plan, self._told())
            for name in _HEARD:
                is_same = _same(fields[name], entity[name])
                assert is_same or (address, name) in said, (
                    f"{address} has another {name}, and nothing is said of it",
                    entity[name],
                    plan["warnings"],
                    self._told(),
                )

    # honest again

    def settle(self) -> None:
        """Now that the server is honest: follow the messages to an empty plan, and look what is there."""
        words: list[str] = []
        with _a_quarter_of_an_hour_later():
            for _ in range(_HONEST):
                found = self._run("apply", "--auto-approve", *_ALLOWED, *words)
                self.judge()
                plan = self._plan()
                if found.status == 0 and not (plan["changes"] or plan["errors"] or plan["drift"]):
                    break
                words = self._follow(found, plan)
            else:
                raise AssertionError("it does not come to rest", plan["errors"], plan["changes"], self._told(found))
            self._check_truth(plan)
        self._check_all_is_ours()

    def _plan(self) -> dict[str, Any]:
        found = self._run("plan", "--format", "json")
        assert found.out, self._told(found)
        plan: dict[str, Any] = json.loads(found.out)
        return plan

    def _check_all_is_ours(self) -> None:
        now, state = self._truth(), self._state()
        documents = {f"issuer.{key}" for key in self.issuers} | {f"badge_class.{key}" for key in self.wanted}
        assert state.keys() == documents, (state, self._told())
        assert set(state.values()) <= self.liar.made.keys() & now.keys(), (state, self._told())
        ours = self._ours(now)
        for address in ours.keys() & self.archived:
            assert all(now[number]["archived"] for number in ours[address]), (address, "is not archived", self._told())
        stayed = ours.keys() - documents - self.left - self.archived
        assert not stayed, (stayed, "stayed", self._told())
        strange = now.keys() - self.liar.made.keys() - self.strangers.keys()
        assert not strange, (strange, self._told())

    def _follow(self, found: Finished, plan: dict[str, Any]) -> list[str]:
        """Do what a person does about messages; return what is to be said to the next apply."""
        words: list[str] = []
        if "Revoke the awards first" in found.told:
            self._revoke()
        now, state = self._truth(), self._state()
        ours = self._ours(now)
        for item in sorted(plan["errors"], key=lambda item: str(item.get("address")), reverse=True):
            address, code = item.get("address"), item["code"]
            self.story.append(f"a person reads {code} of {address}")
            if code in ("ambiguous-creation", "name-exists-on-server") and ours.get(address):
                if address in state:
                    self._run("state rm", address)
                self._run("import", address, ours[address][0])
            elif code in ("ambiguous-creation", "name-exists-on-server"):
                for what in ("recreate", "duplicate-name"):  # the latter is needed if it has the name
                    if f"{what}={address}" in item["detail"]:
                        words += ["--allow", f"{what}={address}"]
            elif code in ("not-visible", "cannot-move"):
                self._run("state rm", address)
        return words

    # running commands

    def _run(self, name: str, *arguments: str) -> Finished:
        with watched(f"{self.name}: badgeops {name}", _LONGEST):
            found = self.programme.run(name, *arguments)
        if name != "state list":
            self.story.append(f"{name} {' '.join(arguments)} -> {found.status}\n{_short(found)}")
        self._check_words(found)
        return found

    def _check_words(self, found: Finished) -> None:
        assert found.status in (0, 1, 2), self._told(found)
        for words in ("Traceback", "did not expect", "internal-error", "Bearer "):
            assert words not in found.out + found.err, self._told(found)
        if found.status == 0:
            assert " failed" not in found.out, self._told(found)
            assert "error[" not in found.err, self._told(found)

    def _told(self, *found: Finished) -> str:
        return "\n".join([*self.story, *(f"--- {each.status}\n{each.out}\n{each.err}" for each in found)])


class Other(BackDoor):
    """The back door of somebody whose account ours does not see."""

    def __init__(self, server: Sandbox, door: BackDoor) -> None:
        self._application: Any = door._application
        self._base = server.url
        form = {"username": "other@example.org", "password": "other"}
        token = self._application.test_client().post("/o/token", data=form).get_json()["access_token"]
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> list[dict[str, Any]]:
        """Send one request and return its result list."""
        client = self._application.test_client()
        answer = client.open(path, base_url=self._base, method=method, json=body, headers=self._headers)
        assert answer.status_code < 300, (answer.status_code, answer.text[:500])
        return answer.get_json()["result"] if answer.data else []

    def everything(self) -> list[dict[str, Any]]:
        """Return all that this account has."""
        return [*self.call("GET", "/v2/issuers?include_staff=false"), *self.badge_classes()]


def _same(wanted: Any, held: Any) -> bool:
    return sorted(wanted) == sorted(held or ()) if isinstance(wanted, list) else wanted.strip() == held


def _short(found: Finished) -> str:
    return found.out[-1500:] + found.err[-2500:]
