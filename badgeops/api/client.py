"""The v2 REST API, verb by verb: what the rest of badgeops may ask of a server.

The client knows routes, paging and the access token; it decides nothing. Every list is read with `num`, because an
open-source server's plain lists come from a cache that can be stale, and along the Link header. The Authorization
header goes to the API's own origin and nowhere else: images are fetched without it, redirects are not followed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import quote, urljoin, urlsplit

from badgeops.api.auth import Auth
from badgeops.api.gone import Said, Word, of_page, of_pages, page_here, unproven
from badgeops.api.live import Earners, Live, parse_listed, parse_live
from badgeops.api.read_ahead import ahead
from badgeops.api.responses import Answer, Page, PageOfChanges, check, described, error_of
from badgeops.api.server_clock import ServerClock
from badgeops.api.transport import AS_USUAL, HttpRequest, Repeats, Transport
from badgeops.errors import (
    ApiError,
    NotAnApiError,
    NotFoundError,
    RefusedError,
    ServerFaultError,
    UnauthorizedError,
)
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entity_id import is_entity_id
from badgeops.model.moments import Moment
from badgeops.model.numbers import whole_number
from badgeops.model.shape import Fields, Json

PAGE = 500
"""The longest page the API gives."""
MAX_PAGES = 2_000
"""A million badge classes; a list that goes on after that goes round in circles."""
PAGES_AHEAD = 16
"""Pages of a list that may wait until somebody reads them: some ten megabytes."""
MAX_EARNERS = 500
"""Where counting stops: "500+" is warning enough."""
_MAX_AWARD_PAGES = 10
"""Of awards, where most of them are revoked or expired."""
MAX_IMAGE = 20 * 1024 * 1024
"""Bytes of one that is served."""
_CERTAINLY_NOT_DONE = frozenset({400, 405, 406, 413, 415, 422})
"""Statuses of a write with which the API itself says that it did nothing. Any other may come from a gateway in front
of it, also after the work was done."""
_SELF = "/v2/users/self"
_ONCE = Repeats(passing=frozenset())
_ROUTES = {Kind.ISSUER: "issuers", Kind.BADGE_CLASS: "badgeclasses"}
_P = TypeVar("_P", bound=Page)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a server's list of changes says."""

    timestamp: str
    """When it was asked, by the server's clock: where the next question begins."""
    entity_ids: frozenset[str]


class Client:
    """One server, one account."""

    def __init__(self, base_url: str, auth: Auth, transport: Transport, dialect: Dialect | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.auth = auth
        self.transport = transport
        self.dialect = dialect
        """None until it is known: told by the settings, or seen in an answer."""
        self.profile: Fields | None = None
        """The account's own profile, once it was asked for."""
        self.elsewhere: Callable[[Answer], list[Live] | None] = lambda _answer: None
        """Reads a page of badge classes in another process; None if it does not, and then it is read here."""
        self.calls = 0
        """Requests to the API made so far, logging in and repetitions left out."""
        self._clock = ServerClock()
        self._is_of_api = False
        """Whether the server has answered as the API does in this run."""

    def now(self) -> Moment:
        """Return the time by the server's clock, as its answers tell it: the latest where they differ."""
        return self._clock.now()

    def told_time(self) -> Moment | None:
        """Return the time by the server's clock, the earliest where its answers differ; None where none tells it."""
        return self._clock.told()

    # reading

    def account(self) -> Fields:
        """Return the account's own profile, `GET /v2/users/self`."""
        profile = self._one(self._send("GET", _SELF))
        if not isinstance(profile, dict):
            raise _malformed("its profile of the account")
        self._learn_dialect([profile])
        self.profile = profile
        return profile

    def issuers(self) -> list[Live]:
        """Return all issuers the account may see. Servers give them on one page, whatever their number."""
        return [live for page in self._pages_of_issuers() for live in self.listed(Kind.ISSUER, page)]

    def _pages_of_issuers(self) -> Iterator[Page]:
        for page in self._pages_ahead("/v2/issuers?include_staff=false"):
            self._learn_dialect(self._read(page))
            yield page

    def overview(self) -> Iterator[tuple[Kind, Page]]:
        """Yield the pages of the lists of all issuers and of all badge classes, archived ones included."""
        yield from ((Kind.ISSUER, page) for page in self._pages_of_issuers())
        yield from ((Kind.BADGE_CLASS, page) for page in self._pages_ahead(self._badge_classes(None)))

    def badge_classes(self, *, archived: bool | None = None) -> Iterator[Live]:
        """Yield all badge classes the account may see, archived ones included. One request per 500.

        `archived` asks for archived ones, or not, whatever the dialect.
        """
        for page in self._pages_ahead(self._badge_classes(archived)):
            yield from self.listed(Kind.BADGE_CLASS, page)

    def _badge_classes(self, archived: bool | None) -> str:
        asking = self._with_archived() if archived is None else "&include_archived=true" if archived else ""
        return f"/v2/badgeclasses?num={PAGE}{asking}"

    def listed(self, kind: Kind, page: Page) -> list[Live]:
        """Return the entities that a page of a list shows."""
        answer = page.answer
        is_for_others = kind is Kind.BADGE_CLASS and 200 <= answer.status < 300
        found = self.elsewhere(answer) if is_for_others else None
        if found is None:
            return [parse_listed(kind, item) for item in self._read(page)]
        self._is_of_api = True
        return found

    def badge_classes_of(self, issuer_id: str) -> list[Live]:
        """Return an issuer's badge classes, archived ones included, fresh from the server's tables."""
        path = f"/v2/issuers/{_segment(issuer_id)}/badgeclasses?num={PAGE}{self._with_archived()}"
        return [live for page in self._pages_ahead(path) for live in self.listed(Kind.BADGE_CLASS, page)]

    def entity(self, kind: Kind, entity_id: str, *, by_any_id: bool = False, archived: bool = False) -> Live:
        """Return one entity. NotFoundError where it is gone or hidden.

        `by_any_id` takes the second id of the hosted service, too; only a person has it from somewhere else.
        `archived` asks for archived ones, whatever the dialect.
        """
        live = self._shown(kind, entity_id, AS_USUAL, archived=archived)
        return live if by_any_id and (live.members or {}).get("id") == entity_id else _asked_for(live, entity_id)

    def _entity(self, kind: Kind, entity_id: str, repeats: Repeats) -> Live:
        return _asked_for(self._shown(kind, entity_id, repeats), entity_id)

    def _shown(self, kind: Kind, entity_id: str, repeats: Repeats, *, archived: bool = False) -> Live:
        query = {Kind.ISSUER: "?include_staff=false", Kind.BADGE_CLASS: ""}[kind]
        if kind is Kind.BADGE_CLASS and (archived or self.known_dialect() is Dialect.HOSTED):
            query = "?include_archived=true"
        answer = self._send("GET", f"{self._path(kind, entity_id)}{query}", repeats=repeats)
        return parse_live(kind, self._one(answer), whole=True)

    def changed(self, kind: Kind, since: str) -> Changed | None:
        """Return what has changed since a moment, from the list that open-source servers keep; None without one.

        What was deleted is not in it.
        """
        path = f"/v2/{_ROUTES[kind]}/changed?since={quote(since, safe='')}&num={PAGE}"
        found: set[str] = set()
        timestamp = ""
        try:
            for page in self._pages(path, PageOfChanges, _ONCE):
                found |= {parse_listed(kind, entity).entity_id for entity in page.found}
                timestamp = timestamp or page.timestamp
        except (NotFoundError, RefusedError, NotAnApiError, ServerFaultError):
            return None
        # An entity whose id cannot be read may be any.
        return Changed(timestamp, frozenset(found)) if all(map(is_entity_id, found)) else None

    def is_listed(self, kind: Kind, entity_id: str) -> bool:
        """Tell whether a list shows an entity: a gateway's 404 makes one look gone, where a list of 404 is an error."""
        listed = self.issuers() if kind is Kind.ISSUER else self.badge_classes()
        return any(live.entity_id == entity_id for live in listed)

    def public(self, kind: Kind, entity_id: str, page: str = "") -> Said:
        """Return what an entity's public page says, which everybody may see. Asked without credentials.

        `page` is the recorded openBadgeId: if it is an address at this server, it is asked as well.
        """
        noun = {Kind.ISSUER: "issuers", Kind.BADGE_CLASS: "badges"}[kind]
        usual = f"{self.base_url}/public/{noun}/{_segment(entity_id)}"
        found = [of_page(self._public(f"{usual}.json"))]
        own = page_here(page, self.base_url)
        if own and own not in (usual, f"{usual}.json") and found[0].word is not Word.THERE:
            found.append(of_page(self._public(own)))
        return of_pages(found)

    def _public(self, url: str) -> Answer:
        answer = self.transport.send(HttpRequest("GET", url, follow=True, home=self.base_url))
        if answer.status == 429 or answer.status >= 500:  # it may say something else in a minute
            raise error_of(answer)
        return answer

    def whereabouts(self, kind: Kind, entity_id: str, page: str = "", *, lists: bool = True) -> Said:
        """Ask all that can tell whether something is gone; without `lists`, those have been read already."""
        try:
            self.entity(kind, entity_id)
        except NotFoundError:
            said = self.public(kind, entity_id, page)
            is_listed = lists and said.word is Word.GONE and self.is_listed(kind, entity_id)
            return Said(Word.THERE, "A list of the server shows it") if is_listed else said
        return Said(Word.THERE, "The server shows it")

    def earners(self, badge_class_id: str, *, past: bool = False) -> Earners:
        """Count the awards that are neither revoked nor expired, page by page, up to MAX_EARNERS.

        Which are expired the server knows, whose lists leave them out: this computer's clock may be wrong by years.
        With `past`, those that lists leave out are counted too, where no award stands. Nothing of an award is kept
        but that it counts. An ApiError where they cannot be counted, a missing right (404) among them.
        """
        path = f"{self._path(Kind.BADGE_CLASS, badge_class_id)}/assertions?num={PAGE}"
        found, more = self._awards(badge_class_id, path, _standing)
        held = Earners(min(found["standing"], MAX_EARNERS), more=more or found["standing"] > MAX_EARNERS)
        if held.any or not past:
            return held
        found, more = self._awards(badge_class_id, f"{path}&include_expired=true&include_revoked=true", _ended)
        return Earners(found["standing"], expired=found["expired"], revoked=found["revoked"], more_past=more)

    def _awards(self, badge_class_id: str, path: str, kind_of: Callable[[Json], str]) -> tuple[Counter[str], bool]:
        """Count awards by what `kind_of` calls them; whether there are more than were looked at comes with it."""
        found: Counter[str] = Counter()
        for number, page in enumerate(self._pages(path, Page), 1):
            awards = self._read(page)
            if self.dialect is Dialect.OPEN_SOURCE and any(_is_of_another(award, badge_class_id) for award in awards):
                raise NotAnApiError(
                    f"The server was asked for the awards of {badge_class_id} and answered with those of another one.",
                    hint="A proxy or a cache in front of the server may mix answers up. Nothing of it was counted.",
                )
            found.update(map(kind_of, awards))
            is_enough = found.total() - found["left out"] >= MAX_EARNERS or number >= _MAX_AWARD_PAGES
            if is_enough and page.following is not None:
                return found, True
        return found, False

    def image(self, url: str, *, most: int = MAX_IMAGE, is_repeated: bool = True) -> bytes:
        """Return the bytes of a served image. Asked without credentials: images are public. See `network` for where.

        An ApiError if there are more than `most`. One that only is nice to have is not asked for again.
        """
        where, accepts = self._absolute(url), {"Accept": "*/*"}
        request = HttpRequest("GET", where, accepts, max_body=most, follow=True, home=self.base_url)
        answer = self.transport.send(request, AS_USUAL if is_repeated else _ONCE)
        if answer.status >= 400:
            raise error_of(answer)
        return answer.body

    def image_answer(self, path: str, etag: str | None) -> Answer:
        """Return how a served image is answered at this server, a redirect as it is and nothing with an ETag twice.

        Asked without credentials, and with GET: a plan sends nothing else.
        """
        headers = {"Accept": "*/*"} | ({"If-None-Match": etag} if etag else {})
        url = urljoin(self.base_url + "/", "/" + path.lstrip("/"))
        return self.transport.send(HttpRequest("GET", url, headers, max_body=MAX_IMAGE), _ONCE)

    def known_dialect(self) -> Dialect:
        """Return the dialect; ask the server where nothing has shown it yet."""
        if self.dialect is None:
            self.account()
        assert self.dialect is not None  # noqa: S101 (account() sets it or raises)
        return self.dialect

    # writing

    def create(self, kind: Kind, body: Fields, find: Callable[[], Live | None]) -> Live:
        """Create an entity. An ApiError whose `outcome_unknown` is set may have created it.

        Not repeated blindly: after a 429 or a refused token, with which the server says that it did nothing, `find`
        looks whether it did all the same (a gateway may have spoken), and only where it finds nothing is the request
        sent again.
        """
        made: list[Live] = []

        def again() -> bool:
            try:
                made.extend(live for live in [find()] if live is not None)
            except ApiError as error:
                error.outcome_unknown = True
                raise
            return not made

        answer = self._send("POST", f"/v2/{_ROUTES[kind]}", body, Repeats(again=again))
        return made[0] if made else self._written(kind, answer)

    def update(
        self, kind: Kind, entity_id: str, body: Fields, is_done: Callable[[Live], bool] = lambda _live: False
    ) -> Live:
        """Change an entity and return it as it is then. Safe to repeat.

        After a 500, `is_done` looks first whether the entity is as it was to be: then it is not sent again.
        """
        done: list[Live] = []

        def is_settled() -> bool:
            with suppress(ApiError):  # then it is sent again: that does no harm
                live = self._entity(kind, entity_id, _ONCE)
                done.extend([live] if is_done(live) else [])
            return bool(done)

        answer = self._send("PUT", self._path(kind, entity_id), body, Repeats(is_settled=is_settled))
        return done[0] if done else self._written(kind, answer, entity_id)

    def delete(self, kind: Kind, entity_id: str, page: str = "") -> None:
        """Delete for good. An entity that is gone already is no error; one that may be there is. See `public`."""
        hard = kind is Kind.BADGE_CLASS and self.known_dialect() is Dialect.HOSTED
        answer = self._send("DELETE", self._path(kind, entity_id) + ("?hard_delete=true" if hard else ""))
        try:
            check(answer)
        except NotFoundError as error:
            said = self.whereabouts(kind, entity_id, page)
            if not said.is_gone():
                raise unproven(error, said) from None

    def archive(self, badge_class_id: str, page: str = "") -> None:
        """Archive a badge class; hosted dialect only. One that is archived or gone already is no error."""
        answer = self._send("DELETE", self._path(Kind.BADGE_CLASS, badge_class_id))
        try:
            check(answer)
        except NotFoundError as error:
            live = self._seen(Kind.BADGE_CLASS, badge_class_id)
            if live is not None and live.archived:
                return
            said = self.whereabouts(Kind.BADGE_CLASS, badge_class_id, page)
            if not said.is_gone():
                raise unproven(error, said) from None

    def reactivate(self, badge_class_id: str) -> None:
        """Bring an archived badge class back; hosted dialect only. Safe to repeat."""
        path = f"/v2/badgeclasses/reactivate/{_segment(badge_class_id)}"
        check(self._send("POST", path, {}, Repeats(safe=True)))

    def exchange(self, method: str, path: str, body: Fields | None = None) -> Answer:
        """Send one request of a probe and return the answer as it is, refusals included. A POST is sent once."""
        passing = frozenset[int]() if method == "POST" else frozenset({429, 502, 503, 504})
        return self._send(method, path, body, Repeats(passing=passing))

    def _seen(self, kind: Kind, entity_id: str) -> Live | None:
        """Return an entity that a write was answered 404 for: a missing right to write is a 404 as well."""
        try:
            return self.entity(kind, entity_id)
        except NotFoundError:
            return None

    def _written(self, kind: Kind, answer: Answer, entity_id: str | None = None) -> Live:
        """Return what a write left behind. Where the answer is no answer, the write may have been done.

        So it is where the answer is about another entity than the request was.
        """
        try:
            live = parse_live(kind, self._one(answer), whole=True)
            return live if entity_id is None else _asked_for(live, entity_id)
        except ApiError as error:
            # Without the API's envelope it was somebody else who said no.
            is_the_apis = isinstance(error, RefusedError) and answer.status in _CERTAINLY_NOT_DONE
            error.outcome_unknown = not is_the_apis
            raise

    # plumbing

    def _send(self, method: str, path: str, body: Fields | None = None, repeats: Repeats = AS_USUAL) -> Answer:
        """Send with the token; once more with a new one where the server refuses it.

        `repeats.again` is asked before a creation is sent once more. Some servers answer 500 to a token that has
        expired: a read that fails three times asks for the account's own profile before it blames the server.
        """
        request = HttpRequest(method, self.base_url + path, json=body)
        token, again = self.auth.token(), repeats.again
        doubted: list[bool] = []

        def doubt() -> bool:
            doubted.append(path == _SELF or self._is_dead(token))
            return doubted[0]

        asking = replace(repeats, doubt=doubt) if method == "GET" else repeats
        answer = self._with_token(request, token, asking)
        is_refused = answer.status == 401 or doubted == [True]
        if is_refused and self._renewed(token) and (again is None or again()):
            answer = self._with_token(request, self.auth.token(), repeats)
        elif doubted == [True]:
            raise _dead_token(replace(answer, is_of_api=self._is_of_api))
        return replace(answer, is_of_api=self._is_of_api)

    def _is_dead(self, token: str) -> bool:
        """Tell whether the server fails at everything that a token asks."""
        try:
            answer = self._with_token(HttpRequest("GET", self.base_url + _SELF), token, _ONCE)
        except ApiError:
            return False
        return answer.status in (401, 500)

    def _renewed(self, token: str) -> bool:
        """Get a new token after a request was refused for the old one."""
        try:
            return self.auth.renew(token)
        except ApiError as error:
            error.outcome_unknown = True  # of the request: whoever refused it may have done so after the work
            raise

    def _with_token(self, request: HttpRequest, token: str, repeats: Repeats) -> Answer:
        self.calls += 1
        answer = self.transport.send(replace(request, headers={"Authorization": f"Bearer {token}"}), repeats)
        self._clock.hear(answer.headers)
        return answer

    def _pages_ahead(self, path: str) -> Iterator[Page]:
        """Yield the pages of a list; where it has several, the next ones are fetched while this one is read."""
        pages = self._pages(path, Page)
        first = next(pages)
        if first.following is None:
            yield first
            return
        with ahead(pages, PAGES_AHEAD) as rest:
            yield first
            yield from rest

    def _pages(self, path: str, form: type[_P], repeats: Repeats = AS_USUAL) -> Iterator[_P]:
        """Yield the pages of a list, up to one that shows that it is the last.

        One that does not is asked for once more, by fewer entries: then there must be another page.
        """
        seen: set[str] = set()
        is_doubted = False
        following: str | None = path
        while following is not None:
            path = following
            if path in seen or len(seen) >= MAX_PAGES:
                raise NotAnApiError(
                    f"The list at {self.base_url}{path} never ends: its pages point back at each other.",
                    hint="This is a fault on the server's side.",
                )
            seen.add(path)
            page = form(self._send("GET", path, repeats=repeats))
            asked = _entries(path)
            if asked is None or not page.may_be_cut(asked):
                yield page
                following = None if page.following is None else self._same_origin(path, page.following)
            elif is_doubted or asked == 1:
                raise _cut(self.base_url + path)
            else:
                is_doubted, following = True, _with_fewer(path, asked)

    def _same_origin(self, path: str, link: str) -> str:
        """Return the path that a link names on this server.

        Its host is not trusted: behind a proxy it is often wrong. The path begins with a slash, whatever the link
        is, so that nothing can be appended to our own host.
        """
        base = urlsplit(self.base_url).path
        try:
            parts = urlsplit(urljoin(self.base_url + path, link))
        except ValueError as error:
            raise _malformed("a list whose next page has no address") from error
        following = "/" + parts.path.removeprefix(f"{base}/").lstrip("/")
        return following + (f"?{parts.query}" if parts.query else "")

    def _absolute(self, url: str) -> str:
        return url if "://" in url else f"{self.base_url}/{url.lstrip('/')}"

    def _with_archived(self) -> str:
        return "&include_archived=true" if self.known_dialect() is Dialect.HOSTED else ""

    def _path(self, kind: Kind, entity_id: str) -> str:
        return f"/v2/{_ROUTES[kind]}/{_segment(entity_id)}"

    def _read(self, page: Page) -> list[Json]:
        found = page.found
        self._is_of_api = True
        return found

    def _one(self, answer: Answer) -> Json:
        found = self._read(Page(answer))
        if len(found) != 1:
            raise _malformed(f"{len(found)} entities instead of one")
        return found[0]

    def _learn_dialect(self, items: list[Json]) -> None:
        """Hosted answers carry an `id` beside the entityId."""
        if self.dialect is None and items and isinstance(items[0], dict):
            self.dialect = Dialect.HOSTED if "id" in items[0] else Dialect.OPEN_SOURCE


def _asked_for(live: Live, entity_id: str) -> Live:
    """Return an entity that was asked for; NotAnApiError where a cache or a gateway answered with another one."""
    if live.entity_id == entity_id:
        return live
    raise NotAnApiError(
        f"The server was asked for the {live.kind} {entity_id} and answered with another one, {live.entity_id}.",
        hint="A proxy or a cache in front of the server may mix answers up. Nothing of this answer was recorded.",
    )


_NUMBER = re.compile(r"(?<=[?&]num=)[0-9]{1,9}(?=&|$)")


def _entries(path: str) -> int | None:
    """Return how many entries a request asks for at most; None if it does not say."""
    match = _NUMBER.search(path)
    return whole_number(match[0]) if match is not None else None


def _with_fewer(path: str, asked: int) -> str:
    """Return a request for the same list by shorter pages, such that the second one would not be full."""
    return _NUMBER.sub(str(max(asked * 3 // 5, 1)), path)


def _cut(url: str) -> NotAnApiError:
    return NotAnApiError(
        f"The list at {url} goes on, and the server does not say where.",
        hint="The Link header of its answers is missing. A proxy between you and the server may remove it: go around "
        "the proxy, or ask whoever runs it to let that header pass. A list that is cut short would make badgeops "
        "create again what is there.",
    )


def _segment(entity_id: str) -> str:
    """Return an id as a part of a path; NotAnApiError for one that would lead to another path."""
    if not is_entity_id(entity_id):
        raise NotAnApiError(f"“{entity_id}” is no entityId, so the server was not asked for it.")
    return entity_id


def _malformed(what: str) -> NotAnApiError:
    return NotAnApiError(
        f"The server answered with {what}.",
        hint="That is not what the Badgr v2 API does. Check `server` in badgeops.yaml.",
    )


def _dead_token(answer: Answer) -> ApiError:
    if answer.is_html and not answer.is_of_api:
        return ServerFaultError(
            f"{answer.url} answered with {described(answer)} (HTTP 500), as everything at this address does.",
            hint="Perhaps `server` in badgeops.yaml is not the address of the API. If it is, some servers answer so "
            "to a token that is wrong or has expired: log in again, or set a fresh BADGEOPS_TOKEN.",
            status=answer.status,
        )
    return UnauthorizedError(
        "The server fails at everything that this access token asks, the account's own profile too (HTTP 500).",
        hint="Some servers answer so to a token that is wrong or has expired. Set a fresh BADGEOPS_TOKEN, or "
        "BADGEOPS_USERNAME and BADGEOPS_PASSWORD. If that changes nothing, tell the server's operator.",
        status=answer.status,
    )


def _standing(award: Json) -> str:
    """Sort an award of a list that leaves out what has ended; one that cannot be read counts."""
    return "left out" if _is_revoked(award) else "standing"


def _ended(award: Json) -> str:
    """Sort an award of a list with all there is, where the list of those that stand was empty.

    What never ends must stand, whatever the other list said.
    """
    if _is_revoked(award):
        return "revoked"
    return "expired" if isinstance(award, dict) and award.get("expires") else "standing"


def _is_of_another(award: Json, badge_class_id: str) -> bool:
    """Tell whether an award says that it is of another badge class than was asked for."""
    told = award.get("badgeclass") if isinstance(award, dict) else None
    return isinstance(told, str) and told != badge_class_id


def _is_revoked(award: Json) -> bool:
    return isinstance(award, dict) and award.get("revoked") is True
