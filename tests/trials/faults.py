"""Faults: servers, gateways and networks that fail in every way at every moment, and strangers who edit meanwhile.

A trial is a seed, and all of it comes from there: the catalog and how it changes, the dialect, the parallelism, which
requests fail and how, and what a stranger does between plan and apply. Whatever happens: no run hangs, none says 0
after an error, and with the faults gone a few applies at most end in an empty plan, with everything on the server once.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from unittest import mock

from support.api import Api
from support.programme import CREDENTIALS, ISSUER, Finished, Programme, badge_class

from badgeops.commands import applying
from badgeops.sandbox import Sandbox, SandboxOptions

_QUICK = {
    "badgeops.transport.Policy.first_pause": 0.005,
    "badgeops.transport.Policy.longest_pause": 0.01,
    "badgeops.transport.Policy.read_timeout": 0.5,
    "badgeops.transport.Policy.total_timeout": 2.0,
    "badgeops.transport.Policy.attempts": 3,
    "badgeops.writes._LOOKS": (0.01, 0.6),
}
"""Timeouts and pauses in seconds, a hundredth of the real ones."""
_LONGEST = 60
"""Seconds for one command; with these timeouts a hang, and nothing else, takes longer."""
_ROUNDS = 3
_OTHER = ISSUER.replace("academy", "institute").replace("Academy", "Institute")


def names(long: bool) -> list[str]:
    """Return "seed-0", "seed-1", …"""
    return [f"seed-{number}" for number in range(1000 if long else 200)]


def run(name: str) -> int:
    """Live through one history; return the number of applies under faults."""
    with tempfile.TemporaryDirectory(prefix="badgeops-faults-") as folder, ExitStack() as stack:
        for target, value in _QUICK.items():
            stack.enter_context(mock.patch(target, value))
        history = History(Path(folder), random.Random(name))  # noqa: S311 (to be repeated, not to be secret)
        with closing(history.server):
            for _ in range(_ROUNDS):
                history.live_on()
                history.settle()
    return _ROUNDS


class History:
    """A catalog that changes, on a server that fails."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.dice = dice
        dialect = dice.choice(["open-source", "hosted"])
        self.server = Sandbox(SandboxOptions(data=folder / "server", dialect=dialect)).start()
        self.programme = Programme(folder / "catalog", {**CREDENTIALS, "HOME": str(folder / "home")})
        self.programme.settings(self.server.url, dialect=dialect)
        self.programme.write("issuer.yaml", ISSUER)
        self.programme.picture()
        self.programme.picture("images/red.png", color="red")
        self.wanted: dict[str, dict[str, str]] = {}
        self.issuers = 1
        self.story = [f"dialect {dialect}"]

    def live_on(self) -> None:
        """Change the catalog and apply it while the server fails and a stranger has a hand in it."""
        self._change()
        faults = [self._fault() for _ in range(self.dice.randint(1, 4))]
        stranger = self._stranger()
        width = self.dice.choice(["1", "2", "8"])
        self.story += [f"faults {faults}", f"parallelism {width}", f"stranger {stranger.__name__}"]
        self.server.set_faults(faults)
        with mock.patch.object(applying, "confirm", side_effect=lambda *_, **__: stranger()):
            found = self._run("apply", "--auto-approve", "--parallelism", width, *_ALLOWED)
        self.server.set_faults([])
        if found.status == 0 and stranger is _nobody:
            plan = self._run("plan", "--detailed-exitcode")
            assert plan.status == 0, self._told(found, plan)

    def settle(self) -> None:
        """Without faults: a few applies at most, then an empty plan, and the catalog is on the server once."""
        found = self._run("apply", "--auto-approve", *_ALLOWED)
        for _ in range(2):
            if found.status == 0:
                break
            found = self._run("apply", "--auto-approve", *_ALLOWED)
        plan = self._run("plan", "--detailed-exitcode")
        assert (found.status, plan.status) == (0, 0), self._told(found, plan)
        api = Api(self.server.url)
        held = Counter(item["name"] for item in api.badge_classes() if not item.get("archived"))
        assert held == Counter(fields["name"] for fields in self.wanted.values()), (held, self.story)
        assert len(api.issuers()) == self.issuers, self.story
        listed = self._run("state", "list")
        assert listed.status == 0, self._told(listed)
        assert listed.out.count("badge_class.") == len(self.wanted), self._told(listed)

    def _change(self) -> None:
        if self.issuers == 1 and self.dice.random() < 0.3:
            self.programme.write("other.yaml", _OTHER)
            self.issuers = 2
        for key in list(self.wanted):
            luck = self.dice.random()
            if luck < 0.15:
                del self.wanted[key]
                self.programme.remove(f"{key}.yaml")
            elif luck < 0.6:
                field, value = self.dice.choice(
                    [
                        ("description", f"Edited {self.dice.random()}."),
                        ("tags", f"[tag{self.dice.randrange(9)}]"),
                        ("image", "images/red.png"),
                        ("name", f"{key} {self.dice.randrange(10**6)}"),
                    ]
                )
                self.wanted[key][field] = value
        for _ in range(self.dice.randint(0 if self.wanted else 1, 4)):
            key = f"course{self.dice.randrange(10**6)}"
            issuer = self.dice.choice(["academy", "institute"][: self.issuers])
            self.wanted[key] = {"name": key.title(), "issuer": issuer, "lifecycle": "{onRemove: delete}"}
        for key, fields in self.wanted.items():
            self.programme.write(f"{key}.yaml", badge_class(key, **fields))
        self.story.append(f"wanted {self.wanted}")

    def _fault(self) -> str:
        dice = self.dice
        effect = dice.choice(_EFFECTS)
        method = dice.choice(["", "", ",method=POST", ",method=PUT", ",method=GET", ",method=DELETE"])
        path = dice.choice(["/v2/*", "/v2/badgeclasses*", "/v2/issuers*", "*"])
        return f"{effect},path={path}{method},skip={dice.randrange(5)},times={dice.randint(1, 4)}"

    def _stranger(self) -> Callable[[], None]:
        names = [fields["name"] for fields in self.wanted.values()]
        victim = self.dice.choice(names)

        def has(api: Api) -> bool:
            return any(item["name"] == victim for item in api.badge_classes())

        def edits() -> None:
            api = self._undisturbed()
            if has(api):
                api.edit(victim, description="Edited by a stranger.")

        def deletes() -> None:
            api = self._undisturbed()
            if has(api):
                api.delete(victim)

        return self.dice.choice([_nobody, _nobody, _nobody, edits, deletes, self.server.expire_tokens])

    def _undisturbed(self) -> Api:
        """Give the stranger a server that works; the faults that are left go with that."""
        self.server.set_faults([])
        return Api(self.server.url)

    def _run(self, name: str, *arguments: str) -> Finished:
        began = time.monotonic()
        found = self.programme.run(name, *arguments)
        self.story.append(f"{name} -> {found.status}")
        assert time.monotonic() - began < _LONGEST, self._told(found)
        assert found.status in (0, 1, 2), self._told(found)
        for words in ("Traceback", "mistake in badgeops", "Bearer "):
            assert words not in found.out + found.err, self._told(found)
        assert found.status != 0 or " failed" not in found.out, self._told(found)
        return found

    def _told(self, *found: Finished) -> str:
        return "\n".join([*self.story, *(f"--- {each.status}\n{each.out}\n{each.err}" for each in found)])


def _nobody() -> None:
    """Do nothing: no stranger came."""


_ALLOWED = ("--allow-deletes", "99", "--allow-updates", "99")
_EFFECTS = [
    *(f"status={status},when={when}" for status in (500, 502, 503, 504) for when in ("before", "after")),
    *(f"status={status},when={when}" for status in (401, 403, 404, 408, 429) for when in ("before", "after")),
    "status=429,retry_after=0",
    "status=503,retry_after=0",
    "html,when=before",
    "html,when=after",
    "html,status=200,when=after",
    "status=200,when=after",
    "truncate",
    "drop,when=before",
    "drop,when=after",
    "slow=0.05",
    "slow=0.8,when=after",
]
