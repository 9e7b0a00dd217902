"""Somebody else at the same server, who acts in the middle of a run: after the n-th request of some kind.

He comes by the back door, so that no fault that is meant for badgeops hits him, and acts before badgeops hears the
answer to that request: after the check and before the write, after the write, between two pages of a list.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from support.api import Api, as_shown
from support.programme import CREDENTIALS

from badgeops.sandbox import RequestRecord, Sandbox

ACTIONS = ("edit", "delete", "create", "edit issuer", "expire tokens", "revoke tokens")
MARK = "Somebody else's"
"""What the name of everything begins with that he creates; nothing of it is ever badgeops' business."""


class TooLateError(Exception):
    """What he was about to touch is gone."""


class BackDoor(Api):
    """The server's API without HTTP, gateway and faults."""

    def __init__(self, server: Sandbox) -> None:
        assert server._middleware is not None
        self._application: Any = server._middleware.application
        self._base = server.url

    def call(self, method: str, path: str, body: Any = None) -> list[dict[str, Any]]:
        """Send one request and return its result list."""
        client = self._application.test_client()
        form = {"username": CREDENTIALS["BADGEOPS_USERNAME"], "password": CREDENTIALS["BADGEOPS_PASSWORD"]}
        token = client.post("/o/token", data=form).get_json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        answer = client.open(path, base_url=self._base, method=method, json=body, headers=headers)
        if answer.status_code in (401, 404):
            raise TooLateError
        assert answer.status_code < 300, (answer.status_code, answer.text[:500])
        return answer.get_json()["result"] if answer.data else []

    def new_refresh_token(self) -> str:
        """Log in and return what lasts."""
        form = {"username": CREDENTIALS["BADGEOPS_USERNAME"], "password": CREDENTIALS["BADGEOPS_PASSWORD"]}
        return str(self._application.test_client().post("/o/token", data=form).get_json()["refresh_token"])


@dataclass
class Visit:
    """When he acts, and how."""

    action: str
    method: str
    path: str
    after: int
    """The number of the request that he waits for, from 1."""
    again: int = 0
    """Acts at each so-many-th one after that, too; 0 for no more."""
    seed: int = 0
    met: int = 0

    @property
    def takes_tokens(self) -> bool:
        """Requests may have been refused because of him."""
        return self.action in ("expire tokens", "revoke tokens") and self.met >= self.after

    def is_due(self, record: RequestRecord) -> bool:
        """Count a request that he waits for; tell whether he acts now."""
        if not (fnmatchcase(record.method, self.method) and fnmatchcase(record.path.partition("?")[0], self.path)):
            return False
        self.met += 1
        later = self.met - self.after
        return later == 0 or (self.again > 0 and later > 0 and later % self.again == 0)


@dataclass
class Stranger:
    """Watches the requests and acts as he was told."""

    visits: Sequence[Visit] = ()
    has_meddled: bool = False
    """Something of ours is not any more what badgeops left."""
    created: set[str] = field(default_factory=set)
    edited: dict[str, str] = field(default_factory=dict)
    """entityId -> the description that he gave it last."""
    errors: list[BaseException] = field(default_factory=list)
    server: Sandbox | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, record: RequestRecord) -> None:
        """Act where it is time; called by the server before it answers."""
        with self._lock:
            due = [visit for visit in self.visits if visit.is_due(record)]
        for visit in due:
            self.act(visit, record.path)

    def act(self, visit: Visit, path: str = "") -> None:
        """Do what a visit is for; to the entity that the path names, if it names one."""
        assert self.server is not None
        try:
            self._act(self.server, BackDoor(self.server), visit, path)
        except TooLateError:
            return
        except BaseException as error:  # noqa: BLE001 (told by the trial, whose thread this is not)
            self.errors.append(error)

    def _act(self, server: Sandbox, api: BackDoor, visit: Visit, path: str) -> None:
        dice = random.Random(f"{visit.seed} {visit.met}")  # noqa: S311 (to be repeated, not to be secret)
        if visit.action == "expire tokens":
            server.expire_tokens()
        elif visit.action == "revoke tokens":
            self.has_meddled = True
            with server._opened().writing() as db:
                db.execute("DELETE FROM tokens")
        elif visit.action == "create":
            name = f"{MARK} {dice.randrange(10**9)}"
            victim = self._victim(api, dice, "")
            keep = ("issuer", "image", "description", "criteriaNarrative")
            api.call("POST", "/v2/badgeclasses", {"name": name, **{key: victim[key] for key in keep}, "image": _PIXEL})
            self.created.add(name)
        elif visit.action == "edit issuer":
            self.has_meddled = True
            issuers = api.issuers()
            if not issuers:
                raise TooLateError
            now = dice.choice(issuers)
            body = {**as_shown(now), "description": "Edited by somebody else."}
            api.call("PUT", f"/v2/issuers/{now['entityId']}", body)
        else:
            self.has_meddled = True
            victim = self._victim(api, dice, path)
            if visit.action == "delete":
                api.call("DELETE", f"/v2/badgeclasses/{victim['entityId']}?hard_delete=true")
            else:
                body = {**as_shown(victim), "description": f"Edited by somebody else, {dice.random()}."}
                api.call("PUT", f"/v2/badgeclasses/{victim['entityId']}", body)
                self.edited[victim["entityId"]] = body["description"]

    @staticmethod
    def _victim(api: BackDoor, dice: random.Random, path: str) -> dict[str, Any]:
        found = [item for item in api.badge_classes() if not item.get("archived")]
        named = [item for item in found if item["entityId"] in path]
        ours = named or sorted((item for item in found if not item["name"].startswith(MARK)), key=lambda it: it["name"])
        if not ours:
            raise TooLateError
        return dice.choice(ours)


_PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
