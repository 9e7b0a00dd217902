"""What it takes for something to be gone: whatever says so, at each place where badgeops would act on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.simulated import HOST, Server, new_state

from badgeops.api.auth import Auth
from badgeops.api.client import Client
from badgeops.api.gone import Said, Word, of_page, of_pages, page_here, unproven
from badgeops.api.live import parse_live
from badgeops.api.prober import Prober
from badgeops.api.responses import Answer
from badgeops.api.transport import HttpRequest
from badgeops.applying.writes import Writer
from badgeops.errors import ApiError, NotFoundError
from badgeops.model.address import Address, Kind
from badgeops.model.credentials import Credentials
from badgeops.model.dialect import Dialect
from badgeops.planning.plan import Action, Change
from badgeops.planning.refresh import refresh
from badgeops.state.record import Resource

NO = {"success": False, "description": "entity not found or insufficient privileges"}
DENIAL = {"status": NO, "result": [], "fieldErrors": {}, "validationErrors": []}
ADDRESS = Address(Kind.BADGE_CLASS, "one")


def said(status: int, body: object = b"", media: str = "application/json") -> Answer:
    """Return an answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, f"{HOST}/asked", {"Content-Type": media}, data)


def listed(*entities: object) -> Answer:
    """Return an answer of the API that holds entities."""
    return said(200, {"status": {"success": True, "description": "ok"}, "result": list(entities)})


THERE = Server(Dialect.HOSTED).blank(Kind.BADGE_CLASS, "bc", "iss") | {
    "name": "badgeops probe aa11 (delete me)",
    "description": "Made by badgeops.",
}
ANSWERS = {
    "the API's 404": said(404, DENIAL),
    "the API's 410": said(410, DENIAL),
    "a web page, 404": said(404, b"<!doctype html><title>Not Found</title>", "text/html"),
    "a web page, 410": said(410, b"<html><title>Gone</title>", "text/html"),
    "nothing, 404": said(404),
    "JSON of a gateway, 404": said(404, {"message": "no Route matched with those values"}),
    "JSON of a framework, 404": said(404, {"detail": "Not found."}),
    "JSON with another status, 404": said(404, {"status": 404, "error": "Not Found"}),
    "JSON that says that it worked, 404": said(404, {"status": {"success": True}, "result": []}),
    "a list, 404": said(404, []),
    "403": said(403, DENIAL),
    "a web page, 403": said(403, b"<html>", "text/html"),
    "401": said(401, DENIAL),
    "429": said(429, DENIAL),
    "500": said(500, DENIAL),
    "a redirect": Answer(302, f"{HOST}/asked", {"Location": "/login"}),
    "a web page, 200": said(200, b"<!doctype html><div id=app></div>", "text/html"),
    "nothing, 200": said(200),
    "what there is": listed(THERE),
}
DENIALS = {"the API's 404", "the API's 410"}
"""Those with which the API itself says that there is no such thing."""


@dataclass
class Scripted:
    """A transport to a server that says of one badge class what it is told to say."""

    own: Answer = ANSWERS["the API's 404"]
    page: Answer = ANSWERS["the API's 404"]
    """The public page where it usually is."""
    other_page: Answer = ANSWERS["the API's 404"]
    """The one that it names itself, if that is another one."""
    deletion: Answer = ANSWERS["the API's 404"]
    every_list: Answer = field(default_factory=listed)
    is_shown_before: bool = False
    """Whether it is there until somebody asks for its deletion."""
    asked: list[str] = field(default_factory=list)

    def send(self, request: HttpRequest, *_: object) -> Answer:
        """Answer one request."""
        path = request.url.removeprefix(HOST).partition("?")[0]
        self.asked.append(f"{request.method} {path}")
        if path.startswith("/public/"):
            return self.page
        if path.startswith("/elsewhere/"):
            return self.other_page
        if request.method == "DELETE":
            self.is_shown_before = False
            return self.deletion
        if path == "/v2/badgeclasses/bc":
            return listed(THERE) if self.is_shown_before else self.own
        return self.every_list


def client_of(script: Scripted) -> Client:
    """Return a client of a scripted server."""
    transport: Any = script
    auth = Auth(Credentials(token="t"), f"{HOST}/o/token", transport)
    return Client(HOST, auth, transport, Dialect.HOSTED)


def recorded(page: str = "") -> Resource:
    """Return what the state holds of it."""
    return Resource(ADDRESS, "bc", open_badge_id=page)


def in_a_refresh(script: Scripted, page: str = "") -> bool:
    """Tell whether a plan takes it for gone, and would create it again or forget it."""
    state = new_state().with_resource(recorded(page))
    snapshot = refresh(client_of(script), state)
    return "bc" not in snapshot.live and "bc" not in snapshot.hidden


def in_a_removal(script: Scripted, action: Action = Action.DELETE) -> bool:
    """Tell whether an apply drops its record."""
    writer = Writer(client_of(script), new_state(), lambda _image: b"", lambda _seconds: None)
    change = Change(ADDRESS, action, live=parse_live(Kind.BADGE_CLASS, THERE, whole=True), record=recorded())
    return writer.write(change).resource is None


def in_an_archiving(script: Scripted) -> bool:
    """Tell the same of an archiving."""
    return in_a_removal(script, Action.ARCHIVE)


def in_deleting(script: Scripted) -> bool:
    """Tell whether a deletion that was answered 404 passes for done."""
    client_of(script).delete(Kind.BADGE_CLASS, "bc")
    return True


def in_archiving(script: Scripted) -> bool:
    """Tell the same of an archiving."""
    client_of(script).archive("bc")
    return True


def after_a_probe(script: Scripted) -> bool:
    """Tell whether a probe says that it left nothing behind."""
    prober: Any = Prober
    return prober(client_of(script), "iss", None).remove("bc", "a probe") is None


Question = Callable[[Answer], bool]
UNCONFIRMED: dict[str, Question] = {
    "refresh: asked for alone": lambda answer: in_a_refresh(Scripted(own=answer)),
    "refresh: its page": lambda answer: in_a_refresh(Scripted(page=answer)),
    "refresh: the page that it names": lambda answer: in_a_refresh(
        Scripted(page=ANSWERS["a web page, 404"], other_page=answer), f"{HOST}/elsewhere/bc"
    ),
    "removal: asked for alone": lambda answer: in_a_removal(Scripted(own=answer)),
    "removal: its page": lambda answer: in_a_removal(Scripted(page=answer)),
    "archiving: asked for alone": lambda answer: in_an_archiving(Scripted(own=answer)),
    "archiving: its page": lambda answer: in_an_archiving(Scripted(page=answer)),
    "archiving that was confirmed: asked for alone": lambda answer: in_an_archiving(
        Scripted(own=answer, is_shown_before=True, deletion=listed())
    ),
    "archiving that was confirmed: its page": lambda answer: in_an_archiving(
        Scripted(page=answer, is_shown_before=True, deletion=listed())
    ),
    "deletion that was confirmed: asked for alone": lambda answer: in_a_removal(
        Scripted(own=answer, is_shown_before=True, deletion=listed())
    ),
    "deletion that was answered 404: asked for alone": lambda answer: in_deleting(Scripted(own=answer)),
    "deletion that was answered 404: its page": lambda answer: in_deleting(Scripted(page=answer)),
    "deletion that was not confirmed": lambda answer: in_deleting(Scripted(deletion=answer)),
    "archiving that was answered 404: asked for alone": lambda answer: in_archiving(Scripted(own=answer)),
    "archiving that was answered 404: its page": lambda answer: in_archiving(Scripted(page=answer)),
    "archiving that was not confirmed": lambda answer: in_archiving(Scripted(deletion=answer)),
    "probe: asked for alone": lambda answer: after_a_probe(Scripted(own=answer)),
    "probe: its page": lambda answer: after_a_probe(Scripted(page=answer)),
}
"""Each place where one answer decides, while all others say in the API's own words that it is gone."""
CONFIRMATIONS = {"what there is", "nothing, 200"}
"""Answers to a deletion with which a server says that it did it."""


def is_taken_for_gone(question: Question, answer: Answer) -> bool:
    """Ask; an error is no yes."""
    try:
        return question(answer)
    except ApiError:
        return False


@pytest.mark.parametrize("place", UNCONFIRMED)
def test_only_the_api_itself_says_that_something_is_gone(place: str) -> None:
    """In its own form, and with 404 or 410: at each place where the last word is spoken, whatever comes else."""
    answers = [name for name in ANSWERS if "not confirmed" not in place or name not in CONFIRMATIONS]

    believed = {name for name in answers if is_taken_for_gone(UNCONFIRMED[place], ANSWERS[name])}

    assert believed == DENIALS


@pytest.mark.parametrize("place", [in_a_removal, in_an_archiving, in_deleting, in_archiving, after_a_probe])
def test_what_a_list_shows_is_there(place: Question) -> None:
    """Whatever the API says when it is asked for it alone, and whatever its page says."""
    script: Any = Scripted(every_list=listed(THERE))

    assert not is_taken_for_gone(place, script)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_confirmed_deletion_is_belied_only_by_a_page_that_is_shown(name: str) -> None:
    """Not every server has public pages where they usually are; a server that fails is asked again later."""
    script = Scripted(page=ANSWERS[name], is_shown_before=True, deletion=listed())

    is_gone = is_taken_for_gone(in_a_removal, script)  # type: ignore[arg-type]

    assert is_gone == (name not in {"what there is", "429", "500"})


def test_the_plan_says_what_came() -> None:
    """Of what may be gone: the address that was asked, and what answered there. What is there needs no such words."""
    html = client_of(Scripted(page=ANSWERS["a web page, 404"]))
    shown = client_of(Scripted(page=ANSWERS["what there is"]))
    state = new_state().with_resource(recorded())

    doubts = dict(refresh(html, state).doubts)

    assert doubts == {"bc": f"{HOST}/asked answered with a web page titled “Not Found” (HTTP 404)"}
    assert (refresh(shown, state).hidden, refresh(shown, state).doubts) == ({"bc"}, {})


WORDS = st.lists(st.builds(Said, st.sampled_from(Word), st.text(max_size=3)), min_size=1, max_size=3)


@given(WORDS)
def test_one_page_that_shows_it_outweighs_all_others(found: list[Said]) -> None:
    """And one at which the API denies it outweighs those that say nothing; what it says is one of what was said."""
    words = [each.word for each in found]
    told = of_pages(found)

    assert told in found
    assert told.word is next(word for word in Word if word in words)
    assert told.is_gone() == (Word.GONE in words and Word.THERE not in words)
    assert told.is_gone(is_confirmed=True) == (Word.THERE not in words)


@pytest.mark.parametrize("name", [name for name, answer in ANSWERS.items() if answer.status not in (429, 500)])
def test_a_page_says_one_of_three_things(name: str) -> None:
    """It is there, the API denies it, or nothing can be told."""
    told = of_page(ANSWERS[name])

    assert told.word is (Word.GONE if name in DENIALS else Word.THERE if name == "what there is" else Word.UNSURE)
    if told.word is Word.GONE:
        assert told.what == f"{HOST}/asked answered that there is no such entity (HTTP {ANSWERS[name].status})"
    elif told.word is Word.THERE:
        assert told.what == f"{HOST}/asked shows it"
    else:
        assert told.what.startswith(f"{HOST}/asked answered with ")
        assert told.what.endswith(f" (HTTP {ANSWERS[name].status})")


@pytest.mark.parametrize("status", [199, 200, 201, 203, 298, 299, 300, 301, 304])
def test_only_a_success_shows_something(status: int) -> None:
    """An object that comes with a redirect is none that stands there."""
    assert of_page(said(status, THERE)).word is (Word.THERE if 200 <= status <= 299 else Word.UNSURE)


def test_a_no_that_is_not_believed_keeps_what_the_api_said() -> None:
    """Its words, what to do about it and its status; then what the page said."""
    error = NotFoundError("There is no such badge class.", hint="Look again.", status=410)

    doubted = unproven(error, of_page(ANSWERS["a web page, 404"]))

    page = f"{HOST}/asked answered with a web page titled “Not Found” (HTTP 404)"
    assert doubted.message == f"There is no such badge class. {page}."
    assert (doubted.hint, doubted.status) == ("Look again.", 410)


@pytest.mark.parametrize(
    ("page", "base", "asked"),
    [
        ("https://b.example/public/x", "https://b.example", "https://b.example/public/x"),
        ("https://b.example/public/x", "https://b.example/api", "https://b.example/public/x"),
        ("http://b.example:8000/public/x?v=2_0", "https://b.example", "https://b.example/public/x?v=2_0"),
        ("https://B.example//evil.example/x", "https://b.example", "https://b.example/evil.example/x"),
        ("https://evil.example/public/x", "https://b.example", ""),
        ("https://b.example.evil.example/x", "https://b.example", ""),
        ("https://b.example@evil.example/x", "https://b.example", ""),
        ("ftp://b.example/public/x", "https://b.example", ""),
        ("https://b.example", "https://b.example", ""),
        ("https://b.example/", "https://b.example", ""),
        ("https://b.example//", "https://b.example", ""),
        ("https://b.example/X", "https://b.example", "https://b.example/X"),
        ("http:///public/x", "nowhere", ""),
        ("https://[", "https://b.example", ""),
        ("urn:uuid:1", "https://b.example", ""),
        ("", "https://b.example", ""),
    ],
)
def test_a_page_is_asked_at_this_server_or_not_at_all(page: str, base: str, asked: str) -> None:
    """What a state says is somebody's word: it leads to no other host, and to no other port of this one."""
    assert page_here(page, base) == asked


@pytest.mark.parametrize("page", [f"{HOST}/elsewhere/bc", f"{HOST}/public/badges/bc", ""])
@pytest.mark.parametrize("usual", ANSWERS)
def test_the_page_that_it_names_is_asked_if_the_usual_one_does_not_show_it(usual: str, page: str) -> None:
    """Once, and not if it is the same one."""
    script = Scripted(page=ANSWERS[usual])

    is_taken_for_gone(lambda _: in_a_refresh(script, page), ANSWERS[usual])

    is_settled = usual in {"what there is", "429", "500"}
    more = ["GET /elsewhere/bc"] if "elsewhere" in page and not is_settled else []
    assert [line for line in script.asked if "/v2/" not in line] == ["GET /public/badges/bc.json", *more]
