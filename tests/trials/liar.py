"""A server that lies: what stands between the sandbox's socket and the sandbox, and changes what either side hears.

A lie is a name, the number of the request from which on it is told, and how often. Whoever tells it knows the truth: it
works on what the sandbox has really answered, or in its place. What the sandbox has really made for badgeops is
written down here, so that a judge can tell ours from everybody else's.
"""

from __future__ import annotations

import io
import json
import random
import threading
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from werkzeug.test import run_wsgi_app

Json = dict[str, Any]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Lie:
    """What is said that is not so, and when."""

    name: str
    after: int = 0
    """So many requests that it could be about are answered truly before."""
    times: int = 10**6
    seed: int = 0
    met: int = 0
    told: int = 0

    def is_due(self) -> bool:
        """Count a request that it could be about; tell whether it is told now."""
        self.met += 1
        return self.after < self.met <= self.after + self.times


@dataclass
class Exchange:
    """One request, and its answer as far as it is known."""

    environ: dict[str, Any]
    method: str
    path: str
    query: str
    body: Any
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    answer: Any = None

    def is_for(self, method: str, path: str) -> bool:
        """Tell whether it is such a request; several methods stand with `|` between them."""
        return self.method in method.split("|") and fnmatchcase(self.path, path)

    @property
    def results(self) -> list[Json]:
        """What the answer holds; empty if it is none of the API's, or a refusal."""
        found = self.answer.get("result") if isinstance(self.answer, dict) and self.status < 300 else None
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    def say(self, results: list[Any], status: int | None = None) -> None:
        """Put other entities into the answer."""
        head = {"success": True, "description": "ok"}
        self.answer = {"status": head, **(self.answer or {}), "result": results}
        self.status = status or self.status

    def refuse(self, status: int, words: str) -> None:
        """Answer as the API does when it refuses."""
        self.status = status
        self.answer = {
            "status": {"success": False, "description": words},
            "fieldErrors": {},
            "validationErrors": [words],
            "result": [],
        }


class Liar:
    """The application in the sandbox's place."""

    def __init__(self, application: Application, look: Callable[[], list[Json]]) -> None:
        self._application = application
        self._look = look
        """Returns all issuers and badge classes of the account as they really are."""
        self._lock = threading.RLock()
        self._lies: list[Lie] = []
        self._first: Json | None = None
        self._last: Json | None = None
        self.before: dict[str, Json] = {}
        """What there was when the lies of now began, by entityId."""
        self.elsewhere: list[Json] = []
        """Entities of another account, which ours does not see."""
        self.meddle: Callable[[str, str | None], Json | None] = lambda *_: None
        """Lets a stranger make something of his own under an issuer, perhaps by a name of ours, and returns it."""
        self.made: dict[str, tuple[str, str, str]] = {}
        """What the sandbox has made for badgeops: entityId -> kind, issuer, name as it was sent."""
        self.invented: set[str] = set()
        """Ids that were told and that are nobody's."""

    def set_lies(self, lies: list[Lie]) -> None:
        """Tell these from now on, in place of those before."""
        with self._lock:
            self.before = {item["entityId"]: item for item in self._look()}
            self._lies = lies
            self._first = self._last = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        exchange = _read(environ)
        named = exchange.body.get("name") if isinstance(exchange.body, dict) else None
        for lie in self._lies:
            telling = BEFORE.get(lie.name)
            if telling is not None:
                self._tell(telling, lie, exchange)
        if not exchange.status:
            self._ask(exchange)
            self._note(exchange, str(named))
        for lie in self._lies:
            telling = AFTER.get(lie.name)
            if telling is not None:
                self._tell(telling, lie, exchange)
        return _respond(exchange, start_response)

    def _note(self, exchange: Exchange, name: str) -> None:
        if exchange.method == "POST" and exchange.path in _COLLECTIONS and exchange.status == 201:
            for item in exchange.results:
                self.made[item["entityId"]] = (item["entityType"], item.get("issuer") or "", name)

    def _tell(self, telling: Telling, lie: Lie, exchange: Exchange) -> None:
        with self._lock:
            if telling(self, lie, exchange):
                lie.told += 1

    def _ask(self, exchange: Exchange) -> None:
        environ = dict(exchange.environ)
        if exchange.body is not None:
            data = json.dumps(exchange.body).encode()
            environ |= {"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data))}
        chunks, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        exchange.status, exchange.headers, exchange.data = int(status[:3]), dict(headers), b"".join(chunks)
        if exchange.headers.get("Content-Type", "").startswith("application/json"):
            exchange.answer = json.loads(exchange.data)

    # what the lies are made of

    def dice(self, lie: Lie) -> random.Random:
        """Return dice that fall the same way whenever a lie is told for the n-th time."""
        return random.Random(f"{lie.seed} {lie.told}")  # noqa: S311 (to be repeated, not to be secret)

    def others(self, *ids: str, kind: str = "BadgeClass") -> list[Json]:
        """Return all entities of a kind but these, those of the other account too."""
        found = [item for item in (*self._look(), *self.elsewhere) if item.get("entityType") == kind]
        return [item for item in found if item["entityId"] not in ids]

    def truth(self) -> list[Json]:
        """Return what there really is."""
        return self._look()


Telling = Callable[[Liar, Lie, Exchange], bool]
_CLASSES, _ISSUERS = "/v2/badgeclasses", "/v2/issuers"
_COLLECTIONS = (_CLASSES, _ISSUERS)


def _read(environ: dict[str, Any]) -> Exchange:
    method, path, body = environ["REQUEST_METHOD"], environ["PATH_INFO"], None
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length and environ.get("CONTENT_TYPE", "").startswith("application/json"):
        data = environ["wsgi.input"].read(length)
        body = json.loads(data)
    return Exchange(environ, method, path, environ.get("QUERY_STRING", ""), body)


def _respond(exchange: Exchange, start_response: Callable[..., Any]) -> Iterable[bytes]:
    data = exchange.data
    if exchange.answer is not None:
        data = json.dumps(exchange.answer).encode()
        exchange.headers["Content-Type"] = exchange.headers.get("Content-Type", "application/json")
    exchange.headers["Content-Length"] = str(len(data))
    start_response(f"{exchange.status} Said", list(exchange.headers.items()))
    return [data]


# --- answers of other requests -------------------------------------------------------------------------------------


def _first_answer_again(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer later creations, which are done, with the answer of the first."""
    if not (exchange.is_for("POST", _CLASSES) and exchange.results):
        return False
    if liar._first is None:
        liar._first = exchange.answer
        return False
    if lie.is_due():
        exchange.answer = liar._first
        return True
    return False


def _cached_answer(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer later creations, which never reach the server, with the answer of the first."""
    if exchange.is_for("POST", _CLASSES) and liar._first is not None and lie.is_due():
        exchange.status, exchange.answer = 201, liar._first
        return True
    return False


def _keep_first(liar: Liar, _lie: Lie, exchange: Exchange) -> bool:
    if exchange.is_for("POST", _CLASSES) and exchange.results and liar._first is None:
        liar._first = exchange.answer
    return False


def _one_answer_late(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer each creation with the answer of the one before it."""
    if not (exchange.is_for("POST", _CLASSES) and exchange.results):
        return False
    now, exchange_with = exchange.answer, liar._last
    liar._last = now
    if exchange_with is not None and lie.is_due():
        exchange.answer = exchange_with
        return True
    return False


# --- answers about others ------------------------------------------------------------------------------------------


def _another_entity(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer a read or an update of one badge class with another one, ours or a stranger's."""
    methods = "PUT" if lie.seed % 2 else "GET|PUT"
    if not (exchange.is_for(methods, f"{_CLASSES}/*") and "/assertions" not in exchange.path and exchange.results):
        return False
    others = liar.others(exchange.results[0]["entityId"])
    if not others or not lie.is_due():
        return False
    exchange.say([liar.dice(lie).choice(others)])
    return True


def _another_issuer(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer what is asked or said of one issuer, its creation too, with another one."""
    if not (exchange.is_for("GET|PUT|POST", "/v2/issuers*") and "/badgeclasses" not in exchange.path):
        return False
    if exchange.is_for("GET", _ISSUERS) or not exchange.results:
        return False
    others = liar.others(exchange.results[0]["entityId"], kind="Issuer")
    if not others or not lie.is_due():
        return False
    exchange.say([liar.dice(lie).choice(others)])
    return True


def _a_strangers_id(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer a write with the entity that it made, under the id of another one, which was there before."""
    if not (exchange.is_for("POST|PUT", f"{_CLASSES}*") and "/assertions" not in exchange.path and exchange.results):
        return False
    seen = [item for item in liar.others(exchange.results[0]["entityId"]) if item["entityId"] in liar.before]
    if not seen or not lie.is_due():
        return False
    exchange.say([{**exchange.results[0], "entityId": liar.dice(lie).choice(seen)["entityId"]}])
    return True


def _an_id_of_nobody(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer a creation with the entity that it made, under an id that there is not, or that we do not see."""
    if not (exchange.is_for("POST", _CLASSES) and exchange.results) or not lie.is_due():
        return False
    dice = liar.dice(lie)
    hidden = [item["entityId"] for item in liar.elsewhere if item["entityType"] == "BadgeClass"]
    entity_id = dice.choice([f"nobody{dice.randrange(10**9):016d}", *hidden])
    liar.invented.add(entity_id)
    exchange.say([{**exchange.results[0], "entityId": entity_id}])
    return True


def _newcomer(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer a creation with what a stranger has made a moment ago under the same issuer."""
    if not (exchange.is_for("POST", _CLASSES) and exchange.results) or not lie.is_due():
        return False
    theirs = liar.meddle(exchange.results[0]["issuer"], None)
    if theirs is None:
        return False
    exchange.say([theirs])
    return True


def _a_colleague_is_quicker(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Let a gateway end a creation, which never reaches the server, while a stranger makes one of that name by hand."""
    if not exchange.is_for("POST", _CLASSES) or not lie.is_due():
        return False
    liar.meddle(exchange.body["issuer"], exchange.body["name"])
    exchange.status, exchange.headers, exchange.data = 502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>"
    return True


def _nothing_made(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer a creation as done, with an id, and make nothing."""
    if not exchange.is_for("POST", _CLASSES) or not lie.is_due():
        return False
    entity_id = f"nothing{liar.dice(lie).randrange(10**9):015d}"
    liar.invented.add(entity_id)
    shown = {**exchange.body, "entityId": entity_id, "entityType": "BadgeClass", "image": None}
    exchange.say([{**shown, "openBadgeId": f"http://sandbox.badgeops.test/public/badges/{entity_id}"}], 201)
    return True


# --- what is stored otherwise --------------------------------------------------------------------------------------

_RENAMINGS: dict[str, Callable[[str], str]] = {
    "blanks": lambda name: " ".join(name.split()),
    "NFC": lambda name: unicodedata.normalize("NFC", name),
    "NFD": lambda name: unicodedata.normalize("NFD", name),
    "&amp;": lambda name: name.replace("&", "&amp;"),
    "255": lambda name: name[:255],
    "a prefix": lambda name: f"TEST {name}",
    "20": lambda name: name[:20],
}


def _renames(_liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Store another name than the one that was sent."""
    if not (exchange.is_for("POST|PUT", f"{_CLASSES}*") and isinstance(exchange.body, dict)):
        return False
    name = exchange.body.get("name")
    if not isinstance(name, str) or not lie.is_due():
        return False
    way = [*_RENAMINGS][lie.seed % len(_RENAMINGS)]
    new = _RENAMINGS[way](name)
    # It is done once: a name that begins with the prefix already is one that this server has made.
    exchange.body["name"] = name if way == "a prefix" and name.startswith("TEST ") else new
    return exchange.body["name"] != name


_IGNORED = ("tags", "criteriaNarrative", "description", "expires")


def _ignores(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Store everything but one field, and answer what is stored."""
    if not (exchange.is_for("POST|PUT", f"{_CLASSES}*") and isinstance(exchange.body, dict)):
        return False
    name = _IGNORED[lie.seed % len(_IGNORED)]
    if name not in exchange.body or not lie.is_due():
        return False
    parts = exchange.path.removeprefix(_CLASSES).strip("/")
    now = next((item for item in liar.truth() if item["entityId"] == parts), None)
    is_required = name == "description" or (name == "criteriaNarrative" and not exchange.body.get("criteriaUrl"))
    held = now.get(name) if now is not None else ("As it always was." if is_required else None)
    if held is None:
        del exchange.body[name]
    else:
        exchange.body[name] = held
    return True


def _says_it_was_stored(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer an update as done, with all that was sent, and store nothing of it."""
    if not exchange.is_for("PUT", f"{_CLASSES}/*") or not lie.is_due():
        return False
    entity_id = exchange.path.rpartition("/")[2]
    now = next((item for item in liar.truth() if item["entityId"] == entity_id), None)
    if now is None:
        return False
    sent = {key: value for key, value in exchange.body.items() if key in now and key != "image"}
    exchange.say([{**now, **sent}], 200)
    return True


def _says_it_was_deleted(_liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer a deletion as done, and delete nothing."""
    if not exchange.is_for("DELETE", f"{_CLASSES}/*") or not lie.is_due():
        return False
    exchange.status, exchange.data = 204, b""
    return True


def _says_no(_liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Refuse in the API's own words what was done."""
    if not (exchange.is_for("POST|PUT", f"{_CLASSES}*") and exchange.results) or not lie.is_due():
        return False
    exchange.refuse(400, "This cannot be done.")
    return True


# --- rights ---


def _says_it_was_archived(_liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer an archiving as done, and archive nothing."""
    is_one = exchange.is_for("DELETE", f"{_CLASSES}/*") and "hard_delete" not in exchange.query
    if not is_one or not lie.is_due():
        return False
    exchange.say([], 200)
    return True


def _loses_its_right(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Show nothing of one of our issuers any more, as to an account without a right; public pages are not routed."""
    if not exchange.is_for("GET", "/v2/issuers*") and not exchange.is_for("GET", f"{_CLASSES}*"):
        is_page = exchange.is_for("GET", "/public/*.json")
        if is_page:
            exchange.status, exchange.answer = 404, None
            exchange.headers, exchange.data = {"Content-Type": "text/html"}, b"<!doctype html><title>Not Found</title>"
        return is_page
    owners = sorted(number for number, (kind, *_) in liar.made.items() if kind == "Issuer" and number in liar.before)
    if not owners or not (lie.told or lie.is_due()):
        return False
    lost = owners[lie.seed % len(owners)]
    held = {lost, *(number for number, (_, issuer, _) in liar.made.items() if issuer == lost)}
    if held & set(exchange.path.split("/")):
        exchange.refuse(404, "entity not found or insufficient privileges")
        return True
    shown = [item for item in exchange.results if item.get("entityId") not in held and item.get("issuer") != lost]
    is_another = len(shown) != len(exchange.results)
    if is_another:
        exchange.say(shown)
    return is_another


# --- lists ---------------------------------------------------------------------------------------------------------


def _is_list(exchange: Exchange) -> bool:
    of_issuer = fnmatchcase(exchange.path, "/v2/issuers/*/badgeclasses")
    return exchange.method == "GET" and (exchange.path in _COLLECTIONS or of_issuer) and exchange.status == 200


def _stale_lists(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Show in lists what there was when the lie began: what was made is hidden, what was deleted is shown."""
    if not _is_list(exchange) or not lie.is_due():
        return False
    shown = [liar.before.get(item["entityId"]) for item in exchange.results]
    listed = [item for item in shown if item is not None]
    now = {item["entityId"] for item in liar.truth()}
    kind = "Issuer" if exchange.path == _ISSUERS else "BadgeClass"
    issuer = exchange.path.split("/")[3] if exchange.path.count("/") > 2 else None
    if "Link" not in exchange.headers or 'rel="next"' not in exchange.headers["Link"]:
        listed += [
            item
            for item in liar.before.values()
            if item["entityId"] not in now and item["entityType"] == kind and issuer in (None, item.get("issuer"))
        ]
    is_another = listed != exchange.results
    exchange.say(listed)
    return is_another


def _hides_what_is_new(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Leave out of lists what was made since the lie began; all else is as it is."""
    if not _is_list(exchange) or not lie.is_due():
        return False
    shown = [item for item in exchange.results if item["entityId"] in liar.before]
    is_another = len(shown) != len(exchange.results)
    exchange.say(shown)
    return is_another


def _passed_off(liar: Liar, lie: Lie, exchange: Exchange, strangers: list[Json]) -> bool:
    """Show what was made since the lie began under ids of strangers, and theirs under its own."""
    if not (_is_list(exchange) and exchange.path != _ISSUERS and strangers):
        return False
    items, dice = exchange.results, liar.dice(lie)
    new = [at for at, item in enumerate(items) if item["entityId"] not in liar.before] or [*range(len(items))]
    if not new or not lie.is_due():
        return False
    at, theirs = dice.choice(new), dice.choice(strangers)
    ours = items[at]["entityId"]
    items = [{**item, "entityId": ours} if item["entityId"] == theirs["entityId"] else item for item in items]
    items[at] = {**items[at], "entityId": theirs["entityId"]}
    exchange.say(items)
    return True


def _changes_ids(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Give one of ours and one of a stranger's each other's ids in a list."""
    return _passed_off(liar, lie, exchange, [item for item in liar.others() if item["entityId"] not in liar.made])


def _lists_others(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Show one of ours in a list under the id of something in another account."""
    return _passed_off(liar, lie, exchange, [item for item in liar.elsewhere if item["entityType"] == "BadgeClass"])


def _moves(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Show a badge class under another issuer, one that was made since the lie began if there is one."""
    if not (_is_list(exchange) and exchange.path != _ISSUERS and exchange.results) or not lie.is_due():
        return False
    items, dice = exchange.results, liar.dice(lie)
    new = [at for at, item in enumerate(items) if item["entityId"] not in liar.before] or [*range(len(items))]
    at = dice.choice(new)
    others = [item["entityId"] for item in liar.others(items[at]["issuer"], kind="Issuer")]
    items[at] = {**items[at], "issuer": dice.choice(others)}
    exchange.say(items)
    return True


def _no_counts(_liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Answer nothing that can be counted if it is asked who has earned a badge class."""
    if not exchange.is_for("GET", f"{_CLASSES}/*/assertions") or not lie.is_due():
        return False
    way = lie.seed % 6
    if way < 3:
        exchange.refuse((404, 403, 500)[way], "no")
    else:
        exchange.answer = ({"status": {"success": True}}, {"result": None}, {"result": "none"})[way - 3]
    return True


def _hides_the_next_page(_liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Take the Link header away from a list, as some proxies do."""
    if not (_is_list(exchange) and "Link" in exchange.headers) or not lie.is_due():
        return False
    del exchange.headers["Link"]
    return True


def _odd_entries(liar: Liar, lie: Lie, exchange: Exchange) -> bool:
    """Break a member of what was made since the lie began, if there is such a thing in a list, else of a stranger's."""
    if not (_is_list(exchange) and exchange.path != _ISSUERS):
        return False
    items = exchange.results
    new = [at for at, item in enumerate(items) if item["entityId"] not in liar.before]
    theirs = [at for at, item in enumerate(items) if item["entityId"] not in liar.made]
    if not (new or theirs) or not lie.is_due():
        return False
    at = liar.dice(lie).choice(new or theirs)
    items[at] = items[at] | _ODD[lie.seed % len(_ODD)]
    exchange.say(items)
    return True


_ODD: tuple[Json, ...] = (
    {"entityId": None},
    {"entityId": ".."},
    {"name": None},
    {"name": {"en": "Python"}},
    {"issuer": {"name": "Academy"}},
    {"tags": "python"},
    {"openBadgeId": ["x"], "createdAt": None},
)


BEFORE: dict[str, Telling] = {
    "answered from a cache": _cached_answer,
    "nothing made": _nothing_made,
    "a colleague is quicker": _a_colleague_is_quicker,
    "renames": _renames,
    "ignores": _ignores,
    "says it was stored": _says_it_was_stored,
    "says it was deleted": _says_it_was_deleted,
    "says it was archived": _says_it_was_archived,
}
"""Lies that are told in place of the work, or change what is to be done."""
AFTER: dict[str, Telling] = {
    "answered from a cache": _keep_first,
    "first answer again": _first_answer_again,
    "one answer late": _one_answer_late,
    "another entity": _another_entity,
    "another issuer": _another_issuer,
    "a stranger's id": _a_strangers_id,
    "an id of nobody": _an_id_of_nobody,
    "newcomer": _newcomer,
    "says no": _says_no,
    "stale lists": _stale_lists,
    "hides what is new": _hides_what_is_new,
    "changes ids": _changes_ids,
    "lists others": _lists_others,
    "moves": _moves,
    "no counts": _no_counts,
    "hides the next page": _hides_the_next_page,
    "odd entries": _odd_entries,
    "loses its right": _loses_its_right,
}
"""Lies that are told after the work."""
LIES = (*BEFORE, *(name for name in AFTER if name not in BEFORE))
