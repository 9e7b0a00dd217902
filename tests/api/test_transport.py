"""One exchange with a server: what is repeated and what never is, how long is waited, and how failures are told."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import responses
from hypothesis import given, strategies as st
from support import gateway
from support.tcp import (
    Reaction,
    TcpServer,
    closed_port,
    drip,
    hang_up,
    reply,
    send_and_close,
    send_and_wait,
    send_for_ever,
    serving,
    taking,
)
from urllib3.exceptions import NewConnectionError

from badgeops import __version__
from badgeops.api import deadline, transport as module
from badgeops.api.transport import (
    HopelessError,
    HttpRequest,
    Policy,
    Repeats,
    Transport,
    _unpacked,
    explain,
    retry_after,
)
from badgeops.errors import TooManyRequestsError, UnreachableError

URL = "https://badges.example/v2/issuers"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PASSING = (429, 500, 502, 503, 504)
CUT_OFF = {
    "before the headers": hang_up,
    "after the headers": send_and_close(HEAD + b"Content-Length: 40\r\n\r\n"),
    "within the body": send_and_close(HEAD + b'Content-Length: 40\r\n\r\n{"result"'),
    "within a chunk": send_and_close(HEAD + b"Transfer-Encoding: chunked\r\n\r\n20\r\n{"),
}


@pytest.fixture
def pauses() -> list[float]:
    """Collect the pauses that were made, in seconds; none of them is real."""
    return []


@pytest.fixture
def transport(pauses: list[float]) -> Iterator[Transport]:
    """Give a transport with the patience of every day and no real pauses."""
    made = Transport(sleep=pauses.append)
    yield made
    made.close()


def impatient(**policy: float) -> Transport:
    """Make a transport that tries once."""
    return Transport(Policy(attempts=1, **policy), sleep=lambda _seconds: None)


# --- repeating -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", PASSING)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@responses.activate
def test_what_is_safe_is_repeated_while_the_failure_may_pass(
    transport: Transport, pauses: list[float], method: str, status: int
) -> None:
    """Reading, replacing and deleting can be done twice, so a passing failure of the server is waited out."""
    for number, each in enumerate((status, status, 200)):
        responses.add(method, URL, status=each, json={"status": {"description": f"Failure {number}."}, "result": []})

    answer = transport.send(HttpRequest(method, URL))

    assert answer.status == 200
    assert transport.count == 3
    assert len(pauses) == 2


@pytest.mark.parametrize("body", [b'{"status": {"description": "No."}}', b"<html><title>- Badgr</title></html>", b""])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@responses.activate
def test_a_write_that_breaks_the_server_twice_in_the_same_words_is_answered(
    transport: Transport, pauses: list[float], method: str, body: bytes
) -> None:
    """The server fails at this write and not at the moment: more of the same would end in the same way."""
    responses.add(method, URL, status=500, body=body)

    answer = transport.send(HttpRequest(method, URL))

    assert answer.status == 500
    assert transport.count == 2
    assert len(pauses) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@responses.activate
def test_a_server_that_takes_its_time_before_it_fails_is_waited_for(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """A busy database lets a write wait before it refuses it, each time in the same words."""
    monkeypatch.setattr("badgeops.api.transport._PROMPT", -1.0)
    for each in (500, 500, 200):
        responses.add(method, URL, status=each, body=b"<html><title>- Badgr</title></html>")

    assert transport.send(HttpRequest(method, URL)).status == 200


@responses.activate
def test_a_write_that_is_seen_to_be_done_is_not_repeated(transport: Transport) -> None:
    """The server has failed after the work."""
    responses.add("PUT", URL, status=500)

    answer = transport.send(HttpRequest("PUT", URL), Repeats(is_settled=lambda: True))

    assert answer.status == 500
    assert transport.count == 1


@pytest.mark.parametrize("status", [200, 201, 204, 301, 400, 401, 403, 404, 409, 501])
@responses.activate
def test_an_answer_that_will_stay_is_returned_at_once(transport: Transport, pauses: list[float], status: int) -> None:
    """Only what may pass is worth another request."""
    responses.add("GET", URL, status=status)

    assert transport.send(HttpRequest("GET", URL)).status == status
    assert pauses == []


@responses.activate
def test_the_last_answer_is_returned_when_patience_ends(transport: Transport, pauses: list[float]) -> None:
    """A server that keeps failing is reported with what it last said, after as many attempts as the policy has."""
    responses.add("GET", URL, status=500, body=b"broken")

    answer = transport.send(HttpRequest("GET", URL))

    assert (answer.status, answer.body) == (500, b"broken")
    assert transport.count == Policy().attempts
    assert len(pauses) == Policy().attempts - 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@responses.activate
def test_a_post_is_never_repeated_after_a_failure_of_the_server(transport: Transport, status: int) -> None:
    """The server may have done the work before it failed: a second POST would make a second entity."""
    responses.add("POST", URL, status=status, headers={"Retry-After": "1"})

    assert transport.send(HttpRequest("POST", URL, json={})).status == status
    assert len(responses.calls) == 1


@responses.activate
def test_a_post_is_repeated_after_429(transport: Transport, pauses: list[float]) -> None:
    """429 says that nothing was done."""
    responses.add("POST", URL, status=429, headers={"Retry-After": "7"})
    responses.add("POST", URL, status=201)

    assert transport.send(HttpRequest("POST", URL, json={})).status == 201
    assert pauses == [7]


@responses.activate
def test_a_post_that_is_said_to_be_safe_is_repeated(transport: Transport) -> None:
    """Logging in twice does no harm."""
    responses.add("POST", URL, status=503)
    responses.add("POST", URL, status=200)

    assert transport.send(HttpRequest("POST", URL, form={}), Repeats(safe=True)).status == 200


@responses.activate
def test_the_caller_can_say_which_statuses_pass(transport: Transport, pauses: list[float]) -> None:
    """A 429 of the log-in means "too many wrong passwords": it must not be answered with another try."""
    responses.add("POST", URL, status=429)

    answer = transport.send(HttpRequest("POST", URL, form={}), Repeats(safe=True, passing=frozenset({500})))

    assert answer.status == 429
    assert pauses == []


@pytest.mark.parametrize("where", CUT_OFF)
def test_a_post_whose_answer_breaks_off_arrives_once(transport: Transport, where: str) -> None:
    """Wherever the connection broke, the work may have been done: the error says so, and nothing is sent again."""
    with serving(CUT_OFF[where]) as server:
        with pytest.raises(UnreachableError) as caught:
            transport.send(HttpRequest("POST", server.url, json={"name": "once"}))

        assert caught.value.outcome_unknown
        assert [heard.method for heard in server.heard] == ["POST"]


@pytest.mark.parametrize("where", CUT_OFF)
def test_reading_goes_on_after_a_broken_connection(transport: Transport, where: str) -> None:
    """A GET whose answer breaks off is sent again; half an answer is never taken for a whole one."""
    with serving(CUT_OFF[where], reply(body=b'{"result": [1]}')) as server:
        answer = transport.send(HttpRequest("GET", server.url))

        assert answer.body == b'{"result": [1]}'
        assert len(server.heard) == 2


def test_a_post_that_was_never_sent_is_tried_again(transport: Transport) -> None:
    """Where the connection could not be made, the server certainly did nothing."""
    with pytest.raises(UnreachableError, match="connection was refused") as caught:
        transport.send(HttpRequest("POST", f"http://127.0.0.1:{closed_port()}/", json={}))

    assert not caught.value.outcome_unknown
    assert transport.count == Policy().attempts


# --- waiting -------------------------------------------------------------------------------------------------------


@given(attempt=st.integers(1, 40), first=st.floats(0.01, 10), longest=st.floats(0.01, 60))
def test_a_pause_doubles_within_bounds_and_is_never_the_same(attempt: int, first: float, longest: float) -> None:
    """Pauses grow up to a limit, and a random part keeps parallel runs from marching in step."""
    transport = Transport(Policy(first_pause=first, longest_pause=longest))
    whole = min(first * 2.0 ** (attempt - 1), longest)

    pauses = {transport._backoff(attempt) for _ in range(5)}

    assert all(whole / 2 <= pause <= whole for pause in pauses)
    assert len(pauses) > 1


@pytest.mark.parametrize("status", [429, 503])
@responses.activate
def test_retry_after_is_obeyed(transport: Transport, pauses: list[float], status: int) -> None:
    """The server knows better than we do when it can be asked again."""
    responses.add("GET", URL, status=status, headers={"Retry-After": "42"})
    responses.add("GET", URL, status=200)

    transport.send(HttpRequest("GET", URL))

    assert pauses == [42]


@responses.activate
def test_retry_after_may_be_a_date(transport: Transport, pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9110 allows a date, which means so many seconds from now."""
    now = 1_700_000_000.0
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: now, monotonic=lambda: 0.0))
    responses.add("GET", URL, status=503, headers={"Retry-After": formatdate(now + 30, usegmt=True)})
    responses.add("GET", URL, status=200)

    transport.send(HttpRequest("GET", URL))

    assert pauses == [30]


@pytest.mark.parametrize("status", [429, 503])
@responses.activate
def test_a_retry_after_beyond_our_patience_is_reported(transport: Transport, pauses: list[float], status: int) -> None:
    """A CI job must not hang for an hour: the wish is told instead of obeyed."""
    responses.add("GET", URL, status=status, headers={"Retry-After": "3600"})

    with pytest.raises(TooManyRequestsError, match="3600 seconds") as caught:
        transport.send(HttpRequest("GET", URL))

    assert caught.value.status == status
    assert pauses == []
    assert len(responses.calls) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("17", 17),
        ("-5", None),
        ("+5", None),
        ("1_0", None),
        ("²", None),
        ("٣", None),
        ("1.5", 2),
        ("1.0", 1),
        ("1.", 1),
        (".5", None),
        (" 7 ", 7),
        ("9" * 400, 1e9),
        ("9" * 5000, 1e9),
        ("0" * 5000 + "3", 3),
        ("Thu, 01 Jan 1970 00:02:00", 20),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1e9),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("Thu, 99 Jan 1970 00:02:00 GMT", None),
    ],
)
def test_what_retry_after_means(value: str, seconds: float | None) -> None:
    """Seconds or a date, never negative; what cannot be read is as good as none."""
    assert retry_after({"Retry-After": value}, 100.0) == seconds


@pytest.mark.parametrize("skew", [-(10**9), -86_400, 0, 3600, 10**9])
def test_a_date_is_told_by_the_servers_clock(skew: int) -> None:
    """The answer's own Date is what a Retry-After is compared with: this computer's clock may be wrong by years."""
    now = 2 * 10**9
    headers = {"Retry-After": formatdate(now + 30, usegmt=True), "Date": formatdate(now, usegmt=True)}

    assert retry_after(headers, now + skew) == 30
    assert retry_after(headers | {"Date": "today"}, now - 5) == 35
    both = f"{formatdate(now - 600, usegmt=True)}, {headers['Date']}"
    assert retry_after(headers | {"Date": both}, now + skew) == 30


@given(st.text(), st.text())
def test_no_date_can_break_us(after: str, date: str) -> None:
    """Nor any two dates together."""
    seconds = retry_after({"Retry-After": after, "Date": date}, 1e9)

    assert seconds is None or 0 <= seconds <= 1e9


@given(st.text(st.characters(categories=["Nd", "No", "Nl"]) | st.sampled_from("0123456789.-+_eE"), max_size=30))
def test_no_retry_after_can_break_us(value: str) -> None:
    """Whatever a server writes there, there is a number to wait, or none."""
    seconds = retry_after({"Retry-After": value}, 1e9)

    assert seconds is None or seconds >= 0


def test_no_retry_after_asks_for_nothing() -> None:
    """Without the header our own pauses are used."""
    assert retry_after({}, 0.0) is None


@responses.activate
def test_waiting_is_told_beforehand_with_its_reason() -> None:
    """A person at a terminal sees why nothing happens."""
    told: list[tuple[float, str]] = []
    pauses: list[float] = []
    transport = Transport(on_wait=lambda seconds, why: told.append((seconds, why)), sleep=pauses.append)
    responses.add("GET", URL, status=503)
    responses.add("GET", URL, status=200)

    transport.send(HttpRequest("GET", URL))

    assert told == [(pauses[0], "the server answered HTTP 503")]


# --- reading -------------------------------------------------------------------------------------------------------


def test_an_answer_is_read_to_its_end_in_each_way_of_sending_one(transport: Transport) -> None:
    """A length, chunks, compression or the end of the connection: the body is the same."""
    body = b'{"result": []}' * 10_000
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"
    packed = gzip.compress(body)
    with serving(
        reply(body=body),
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked,
        reply(body=packed, Content_Encoding="gzip"),
        send_and_close(HEAD + b"\r\n" + body),
    ) as server:
        assert [transport.send(HttpRequest("GET", server.url)).body == body for _ in range(4)] == [True] * 4


EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"


@pytest.mark.parametrize(
    "before",
    [
        EARLY,
        EARLY * 5,
        b"HTTP/1.1 100 Continue\r\n\r\n" + EARLY,
        b"HTTP/1.1 102 Processing\r\n\r\n" + EARLY + b"HTTP/1.1 199 X\r\n\r\n",
    ],
    ids=["early hints", "many", "continue", "others"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_what_comes_before_an_answer_is_not_the_answer(transport: Transport, before: bytes, method: str) -> None:
    """A proxy announces what it will send: its links are none of the answer's, and the connection goes on."""
    answer = before + reply(201, Link='</next>; rel="next"')
    with serving(answer) as server:
        for _ in range(2):
            got = transport.send(HttpRequest(method, server.url, json={}))
            assert (got.status, got.body, got.links) == (201, b'{"result": []}', {"next": "/next"})

        assert (len(server.heard), server.connections) == (2, 1)


def test_a_server_that_only_announces_is_given_up(transport: Transport) -> None:
    """Announcements without end are no answer."""
    with serving(send_for_ever(b"", EARLY)) as server, pytest.raises(UnreachableError, match="only ever announces"):
        transport.send(HttpRequest("POST", server.url, json={}))


@pytest.mark.parametrize("line", [b"this is no header", b"HTTP/1.1 200 OK", b"\xff\xfe", b"{}", b"a b"], ids=repr)
@pytest.mark.parametrize("place", ["first", "last"])
def test_a_line_that_is_no_header_is_told_at_once(line: bytes, place: str) -> None:
    """Python's parser takes it for the end of the headers: the body's length behind it would not be seen.

    On a connection that stays open, the body would be waited for until the time is up, five times over.
    """
    headers = [b"Content-Type: application/json", b"Content-Length: 2"]
    headers.insert(0 if place == "first" else 2, line)
    data = b"HTTP/1.1 200 OK\r\n" + b"\r\n".join(headers) + b"\r\n\r\n{}"
    impatience = impatient(total_timeout=20, read_timeout=20)
    with serving(data) as server:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="headers that cannot be read") as caught:
            impatience.send(HttpRequest("GET", server.url))
        assert time.monotonic() - began < 10
        assert caught.value.message.startswith(f"{server.url} answered")
        assert caught.value.outcome_unknown
    impatience.close()


@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=x", "multipart/form-data", "message/rfc822", "text", ""])
def test_no_kind_of_body_makes_headers_malformed(transport: Transport, kind: str) -> None:
    """Python's parser is one of e-mail, and looks for the parts of a message where there are only headers."""
    with serving(reply(403, b"x", Content_Type=kind)) as server:
        assert transport.send(HttpRequest("GET", server.url)).status == 403


@pytest.mark.parametrize(
    ("head", "words"),
    [(b"X: " + b"a" * 70_000 + b"\r\n", "header line"), (b"X: 1\r\n" * 150, "more than 100 headers")],
    ids=["long", "many"],
)
def test_headers_that_are_too_much_are_told_as_such(transport: Transport, head: bytes, words: str) -> None:
    """Whoever reads that a connection broke off looks for the fault in the network."""
    with serving(HEAD + head + b"Content-Length: 2\r\n\r\n{}") as server:
        with pytest.raises(UnreachableError, match="headers that cannot be read") as caught:
            transport.send(HttpRequest("POST", server.url, json={}))
        assert words in caught.value.message


PACKED = gzip.compress(json.dumps({"result": [str(number) for number in range(300)]}).encode())


@pytest.mark.parametrize("left", [1, 10, 11, len(PACKED) // 2, len(PACKED) - 9, len(PACKED) - 8, len(PACKED) - 1])
def test_a_packed_body_that_breaks_off_is_asked_for_again(transport: Transport, pauses: list[float], left: int) -> None:
    """Also where its length says that it is whole: a proxy may have packed what broke off behind it."""
    cut, whole = (reply(body=body, Content_Encoding="gzip") for body in (PACKED[:left], PACKED))
    with serving(cut, whole) as server:
        assert transport.send(HttpRequest("GET", server.url)).body == gzip.decompress(PACKED)
        assert (len(server.heard), len(pauses)) == (2, 1)


@given(st.binary(max_size=3000), st.integers(0, 9), st.binary(max_size=5), st.data())
def test_a_packed_body_is_read_whole_or_not_at_all(body: bytes, level: int, tail: bytes, data: st.DataObject) -> None:
    """Whole, whatever its pieces and whatever stands behind it; any part of it is an error."""
    packed = gzip.compress(body, level)
    end = data.draw(st.integers(1, len(packed) - 1))

    assert b"".join(_unpacked(packed_response(packed + tail))) == body
    with pytest.raises(zlib.error):
        list(_unpacked(packed_response(packed[:end])))


def test_what_is_empty_is_not_broken(transport: Transport) -> None:
    """An answer without a body may say that it is packed."""
    with serving(reply(204, b"", Content_Encoding="gzip")) as server:
        assert transport.send(HttpRequest("DELETE", server.url)).body == b""


def packed_response(data: bytes) -> Any:
    """Make a response that comes in small pieces."""
    response = requests.Response()
    response.headers["Content-Encoding"] = "gzip"
    response.raw = InPieces(data)
    return response


class InPieces:
    """A body that comes seven bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read1(self, _amount: int, *, decode_content: bool) -> bytes:
        """Return what comes next."""
        assert not decode_content
        return self._data.read(7)


def test_a_third_500_in_a_row_asks_what_it_means(transport: Transport, pauses: list[float]) -> None:
    """Once, and only where the caller has something to ask; where it says no, the usual tries go on."""
    for says, tries in ((True, 3), (False, 5)):
        asked: list[int] = []
        pauses.clear()
        with serving(reply(500)) as server:

            def doubt(said: bool = says, heard: list[int] = asked, server: Any = server) -> bool:
                heard.append(len(server.heard))
                return said

            assert transport.send(HttpRequest("GET", server.url), Repeats(doubt=doubt)).status == 500
            assert (len(server.heard), asked, len(pauses)) == (tries, [3], tries - 1)


def test_a_connection_is_used_again(transport: Transport) -> None:
    """A refresh of many pages must not pay for a new connection each time."""
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    with serving(reply(), chunked, reply(status=204, body=b""), reply(status=404)) as server:
        for _ in range(5):
            transport.send(HttpRequest("GET", server.url))

        assert (len(server.heard), server.connections) == (5, 1)


class Clock:
    """A clock on which a byte of an answer that drips takes half a minute, and nothing else takes any time.

    Before the next byte comes, its reader has looked at the clock, however slow the computer is.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._looks = 0
        self._turn = threading.Condition()
        self._thread = threading.local()

    def monotonic(self) -> float:
        """Return the time in seconds."""
        with self._turn:
            self._looks += 1
            self._turn.notify_all()
            return self._now

    def drop(self) -> None:
        """Let one byte take its time."""
        with self._turn:
            before = getattr(self._thread, "looks", -1)
            self._turn.wait_for(lambda: self._looks > before, timeout=60)
            self._thread.looks = self._looks
            self._now += 30


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for what must come about, however long it takes."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it has not come about in a minute")


@pytest.mark.parametrize("effect", gateway.EFFECTS)
def test_wherever_an_exchange_breaks_a_post_arrives_once_and_reading_goes_on(
    monkeypatch: pytest.MonkeyPatch, effect: str
) -> None:
    """Before it is read, before or after the work, in headers or body: by FIN, RST, silence, drips or without end.

    None of it is timed, so that a busy computer changes nothing. Silence alone is ended by a timeout, which is short
    for the exchange that meets it and as usual for the next one.
    """
    clock, patient = Clock(), Policy(first_pause=0, max_body=100_000)
    monkeypatch.setattr(deadline, "time", clock)
    body = b'{"result": [1]}' * 10
    arrivals = 0 if effect.endswith("read") else 1

    def go_on(_pause: float) -> None:
        wait_for(lambda: trouble.met > 0)
        transport.policy = patient

    transport = Transport(replace(patient, read_timeout=0.2) if effect == "silence" else patient, sleep=go_on)
    with (
        serving(reply(body=body)) as server,
        closing(gateway.Gateway(server.url, on_drop=clock.drop).start()) as between,
    ):
        between.set_troubles([gateway.Trouble(effect, times=1)])
        if effect == "slow bytes":
            assert transport.send(HttpRequest("POST", between.url, json={})).status == 200
        else:
            with pytest.raises(UnreachableError) as caught:
                transport.send(HttpRequest("POST", between.url, json={}))
            assert caught.value.outcome_unknown
        wait_for(lambda: len(server.heard) >= arrivals)
        assert len(server.heard) == arrivals

        trouble = gateway.Trouble(effect, times=1)
        between.set_troubles([trouble])
        if effect == "endless body":
            with pytest.raises(HopelessError, match="badgeops stopped reading"):
                transport.send(HttpRequest("GET", between.url))
        else:
            assert transport.send(HttpRequest("GET", between.url)).body == body
        assert trouble.met == (1 if effect in ("slow bytes", "endless body") else 2)
        assert [heard.method for heard in server.heard].count("POST") == arrivals
    transport.close()


@pytest.mark.parametrize("head", [HEAD + b"\r\n", HEAD + b"Content-Length: 99999999999\r\n\r\n"])
def test_an_endless_answer_is_cut_off_and_not_asked_for_again(transport: Transport, head: bytes) -> None:
    """A broken server can fill neither our memory nor our afternoon."""
    with serving(send_for_ever(head, b"x" * 10_000)) as server:
        with pytest.raises(HopelessError, match="more than 1 MB"):
            transport.send(HttpRequest("GET", server.url, max_body=1_000_000))

        assert len(server.heard) == 1


def bomb() -> bytes:
    """Pack 4 GiB of zeros into 4 MB."""
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    return head + 4096 * (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH))


COSTLY = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))  # a last resort; what is used is measured
from badgeops.api.transport import HopelessError, HttpRequest, Transport
try:
    Transport().send(HttpRequest("GET", sys.argv[1]))
except HopelessError as error:
    print(error.message)
with open("/proc/self/status") as status:
    print(status.read().partition("VmHWM:")[2].split()[0])
print(time.process_time())
"""


@pytest.mark.tier("test")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the memory a process had")
@pytest.mark.parametrize(
    ("coding", "pack", "words"),
    [
        ("gzip", bomb, "more than 67 MB. badgeops stopped reading"),
        ("gzip, gzip", lambda: gzip.compress(gzip.compress(bytes(2**29), 6)), "Content-Encoding"),
    ],
    ids=["once", "twice"],
)
def test_an_answer_that_unpacks_to_gigabytes_costs_little(coding: str, pack: Callable[[], bytes], words: str) -> None:
    """It is cut off at the limit while it is unpacked, and is not unpacked twice."""
    with serving(reply(body=pack(), Content_Encoding=coding)) as server:
        done = subprocess.run(
            [sys.executable, "-c", COSTLY, server.url], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        message, kilobytes, seconds = done.stdout.splitlines()

        assert words in message
        assert int(kilobytes) < 250_000
        assert float(seconds) < 8
        assert len(server.heard) == 1


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip, identity", "gzip,", "deflate", "br", "zstd", "utf-8"])
@pytest.mark.parametrize("status", [200, 302, 400])
def test_a_body_packed_in_another_way_is_refused_unread(transport: Transport, coding: str, status: int) -> None:
    """Only gzip was asked for; the outcome of a request is open then."""
    packed = reply(status, b"x", Content_Encoding=coding, Location="/next")
    with serving(packed) as server:
        with pytest.raises(HopelessError, match=f'not asked for: "{coding}"') as caught:
            transport.send(HttpRequest("GET", server.url, follow=True))

        assert len(server.heard) == 1
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("coding", ["", "identity", "aws-chunked", "gzip", "GZip", "x-gzip"])
def test_a_body_packed_as_asked_is_read(transport: Transport, coding: str) -> None:
    """Also under gzip's old name; and where a store of images names what only the way into it was packed in."""
    packed = gzip.compress(b"body") if "gzip" in coding.lower() else b"body"
    with serving(reply(body=packed, Content_Encoding=coding)) as server:
        assert transport.send(HttpRequest("GET", server.url)).body == b"body"


DRIPPING = {
    "status line": drip(b"HTTP/1.1 2", b"0"),
    "header": drip(HEAD + b"X-Long: ", b"x"),
    "headers": drip(HEAD, b"A: b\r\n", every=0.05),
    "provisional answers": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": drip(HEAD + b"Content-Length: 10000\r\n\r\n", b"x"),
    "chunk": drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1000\r\n", b"x"),
    "length of a chunk": drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailer": drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
}


@pytest.mark.parametrize("what", DRIPPING)
@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
def test_an_answer_that_drips_has_an_end(
    what: str, *, encrypted: bool, certificates: Callable[[str], Path], tls: Callable[..., ssl.SSLContext]
) -> None:
    """Each byte comes in time for the read timeout; only the time for the whole exchange stops it."""
    transport = Transport(
        Policy(attempts=1, total_timeout=0.4), ca_file=str(certificates("IP:127.0.0.1")) if encrypted else None
    )
    began = time.monotonic()
    with (
        serving(DRIPPING[what], tls=tls() if encrypted else None) as server,
        pytest.raises(UnreachableError, match="did not finish its answer within 0 seconds") as caught,
    ):
        transport.send(HttpRequest("POST", server.url, json={}))
    transport.close()

    assert 0.4 <= time.monotonic() - began < 2
    assert caught.value.outcome_unknown


def test_a_proxy_that_drips_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a proxy says before the way is free counts too."""
    with serving(drip(b"HTTP/1.1 200 OK\r\nVia: ", b"x")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="did not finish"):
            impatient(total_timeout=0.3).send(HttpRequest("GET", URL))

        assert time.monotonic() - began < 2
        assert proxy.heard[0].method == "CONNECT"


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])
def test_a_server_that_does_not_read_is_given_up(
    *, encrypted: bool, certificates: Callable[[str], Path], tls: Callable[..., ssl.SSLContext]
) -> None:
    """A large request to a server that takes a few bytes now and then ends as well, over TLS too."""
    transport = Transport(
        Policy(attempts=1, total_timeout=0.4), ca_file=str(certificates("IP:127.0.0.1")) if encrypted else None
    )

    def sip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while connection.recv(1000):
                time.sleep(0.02)

    with taking(sip, tls() if encrypted else None) as url:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="did not finish") as caught:
            transport.send(HttpRequest("POST", url, json={"image": "x" * 30_000_000}))

        assert time.monotonic() - began < 3
        assert caught.value.outcome_unknown
    transport.close()


def test_redirects_share_one_deadline_and_their_bodies_are_not_kept() -> None:
    """An image's address that leads from one endless page to the next costs neither memory nor the afternoon."""
    endless = send_for_ever(b"HTTP/1.1 302 Found\r\nLocation: /next\r\n\r\n", b"x" * 10_000)
    transport = impatient(total_timeout=10)
    with serving(endless, endless, reply(body=b"picture")) as server:
        assert transport.send(HttpRequest("GET", server.url, follow=True)).body == b"picture"
    transport.close()

    dripping = drip(b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 9\r\n\r\n", b"x")
    began = time.monotonic()
    with serving(dripping) as server, pytest.raises(UnreachableError, match="did not finish"):
        impatient(total_timeout=0.3).send(HttpRequest("GET", server.url, follow=True))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "reaction",
    [send_and_wait(b""), send_and_wait(HEAD), send_and_wait(HEAD + b"Content-Length: 9\r\n\r\n{")],
    ids=["before the headers", "within the headers", "within the body"],
)
def test_a_silent_server_is_given_up(reaction: Reaction) -> None:
    """Whenever a server falls silent, a timeout ends it; the work may have been done."""
    with serving(reaction) as server, pytest.raises(UnreachableError, match="did not answer in time") as caught:
        impatient(read_timeout=0.05).send(HttpRequest("POST", server.url, json={}))

    assert caught.value.outcome_unknown


def test_what_is_no_http_is_a_broken_connection(transport: Transport) -> None:
    """A port of another service does not end in a traceback."""
    with (
        serving(send_and_close(b"220 mail.example ESMTP\r\n")) as server,
        pytest.raises(UnreachableError, match="broke off"),
    ):
        transport.send(HttpRequest("POST", server.url, json={}))


def test_a_broken_compression_is_a_broken_answer(transport: Transport) -> None:
    """A body that does not unpack is told like one that breaks off."""
    packed = reply(body=b"this is no gzip", Content_Encoding="gzip")
    with serving(packed) as server, pytest.raises(UnreachableError, match="broke off, or is not gzip"):
        transport.send(HttpRequest("POST", server.url, json={}))


# --- what is sent --------------------------------------------------------------------------------------------------


def test_a_request_says_who_asks_and_what_it_wants(transport: Transport) -> None:
    """Operators find badgeops in their logs, and servers that can do both answer with JSON."""
    with serving(reply()) as server:
        shown = {"Authorization": "Bearer t"}
        transport.send(HttpRequest("PUT", f"{server.url}/v2/x?y=1", shown, json={"name": "ü"}))
        transport.send(HttpRequest("POST", f"{server.url}/o/token", form={"username": "a b"}))

    put, post = server.heard
    assert (put.method, put.path, put.body) == ("PUT", "/v2/x?y=1", b'{"name": "\\u00fc"}')
    assert put.headers["user-agent"] == f"badgeops/{__version__}"
    assert put.headers["accept"] == "application/json"
    assert put.headers["accept-encoding"] == "gzip"
    assert put.headers["authorization"] == "Bearer t"
    assert post.headers["content-type"] == "application/x-www-form-urlencoded"
    assert post.body == b"username=a+b"
    assert "authorization" not in post.headers


@pytest.mark.parametrize("follow", [False, True])
def test_a_proxy_of_the_environment_is_used_except_where_it_is_not_wanted(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, follow: bool
) -> None:
    """Behind a company's firewall the proxy is the only way out; its own servers are reached without it."""
    with serving(reply(body=b"by proxy")) as proxy, serving(reply(body=b"directly")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")

        assert transport.send(HttpRequest("GET", "http://badges.example/v2/issuers", follow=follow)).body == b"by proxy"
        assert transport.send(HttpRequest("GET", f"{server.url}/v2/issuers", follow=follow)).body == b"directly"

    assert [heard.path for heard in proxy.heard] == ["http://badges.example/v2/issuers"]


def test_a_cookie_goes_back_to_where_it_came_from(transport: Transport) -> None:
    """A load balancer knows by it which of its servers has just written what we read next."""
    with serving(reply(Set_Cookie="node=7")) as server:
        for _ in range(2):
            transport.send(HttpRequest("GET", server.url))

    assert [heard.headers.get("cookie") for heard in server.heard] == [None, "node=7"]


def test_what_is_asked_of_others_sets_no_cookie(transport: Transport) -> None:
    """Who serves images under a part of the server's name could log everybody in there, as somebody else."""
    with serving(reply()) as server, serving(reply(Set_Cookie="sessionid=theirs")) as other:
        transport.send(HttpRequest("GET", server.url))
        transport.send(HttpRequest("GET", other.url, follow=True, home=server.url))
        transport.send(HttpRequest("GET", server.url))

    assert [heard.headers.get("cookie") for heard in server.heard] == [None, None]
    assert len(other.heard) == 1


def test_the_environment_is_looked_through_once_for_each_server(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking for proxies and certificates anew costs more than the exchange itself; an apply makes thousands."""
    asked: list[str] = []
    look_up = requests.Session.merge_environment_settings

    def counted(session: requests.Session, url: str, *rest: object) -> object:
        asked.append(url)
        return look_up(session, url, *rest)

    monkeypatch.setattr(requests.Session, "merge_environment_settings", counted)
    with serving(reply()) as server, serving(reply()) as other:
        for url in (server.url, f"{server.url}/a", other.url, f"{server.url}/b"):
            transport.send(HttpRequest("GET", url))

        assert asked == [f"{server.url}/", f"{other.url}/"]


def test_a_redirect_is_not_followed_with_credentials(transport: Transport) -> None:
    """Whoever can redirect us would get the token: the redirect is the answer."""
    with serving(reply()) as other, serving(reply(302, Location=f"{other.url}/trap")) as server:
        answer = transport.send(HttpRequest("GET", server.url, headers={"Authorization": "Bearer t"}))

        assert answer.status == 302
        assert answer.headers["Location"].endswith("/trap")
        assert other.heard == []


def test_a_redirect_is_followed_without_credentials(transport: Transport, netrc: Callable[[], None]) -> None:
    """Images may be moved; not even a given header or an entry of ~/.netrc goes along."""
    netrc()
    with serving(reply(body=b"picture")) as other, serving(reply(302, Location=f"{other.url}/p.png")) as server:
        answer = transport.send(HttpRequest("GET", server.url, follow=True, headers={"Authorization": "Bearer t"}))

    assert answer.body == b"picture"
    assert [heard.path for heard in other.heard] == ["/p.png"]
    assert "authorization" not in other.heard[0].headers


def test_netrc_is_not_used(transport: Transport, netrc: Callable[[], None]) -> None:
    """Passwords that other programs keep for a host are none of ours."""
    netrc()
    with serving(reply()) as server:
        transport.send(HttpRequest("GET", server.url))

    assert "authorization" not in server.heard[0].headers


@pytest.fixture
def netrc() -> Callable[[], None]:
    """Give a way to put a password for this computer into ~/.netrc, and prove that `requests` would use it."""

    def write() -> None:
        path = Path(os.environ["HOME"]) / ".netrc"
        path.write_text("machine 127.0.0.1 login somebody password secret\n", encoding="utf-8")
        path.chmod(0o600)
        with serving(reply()) as server:
            requests.get(server.url, timeout=5).close()
        assert "authorization" in server.heard[0].headers

    return write


def test_a_redirect_in_circles_ends(transport: Transport) -> None:
    """A loop of redirects is reported once."""
    with serving(reply(302, Location="/again")) as server, pytest.raises(HopelessError, match="redirects in circles"):
        transport.send(HttpRequest("GET", server.url, follow=True))


def test_a_redirect_to_no_address_is_said_so(transport: Transport) -> None:
    """Whatever stands in Location."""
    with serving(reply(302, Location="http://[::1")) as server, pytest.raises(HopelessError, match="not an address"):
        transport.send(HttpRequest("GET", server.url, follow=True))


def test_each_thread_has_a_connection_of_its_own(transport: Transport) -> None:
    """Sessions of `requests` are not made for several threads; closing closes them all, and counting misses none."""
    with serving(reply()) as server:
        threads = [threading.Thread(target=transport.send, args=(HttpRequest("GET", server.url),)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (transport.count, len(transport._sessions)) == (6, 6)
        transport.close()
        assert transport._sessions == []
        assert transport.send(HttpRequest("GET", server.url)).status == 200


# --- TLS -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give a way to make a self-signed certificate, with its key in the same file, for a host or an address."""
    folder = tmp_path_factory.mktemp("certificates")

    def make(name: str) -> Path:
        path = folder / f"{name.replace(':', '-')}.pem"
        if not path.exists():
            subprocess.run(
                [
                    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
                    *("-days", "2", "-subj", "/CN=test", "-addext", f"subjectAltName={name}"),
                    *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
                    *("-keyout", str(path), "-out", f"{path}.crt"),
                ],
                check=True,
                capture_output=True,
            )
            path.write_text(path.read_text("ascii") + Path(f"{path}.crt").read_text("ascii"), encoding="ascii")
        return path

    return make


@pytest.fixture
def tls(certificates: Callable[[str], Path]) -> Callable[..., ssl.SSLContext]:
    """Give a way to make the server's side of TLS."""

    def make(name: str = "IP:127.0.0.1") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates(name))
        return context

    return make


def test_a_certificate_nobody_vouches_for_is_refused_at_once(
    transport: Transport, tls: Callable[..., ssl.SSLContext]
) -> None:
    """The password must not go to whoever claims to be the server; no second try makes a certificate good."""
    with serving(reply(), tls=tls()) as server:
        with pytest.raises(HopelessError, match=r"certificate of 127.0.0.1:.* self-signed") as caught:
            transport.send(HttpRequest("POST", server.url, form={"password": "secret"}))

        assert server.heard == []
    assert "caFile" in caught.value.hint
    assert transport.count == 1


def test_a_certificate_of_ones_own_authority_is_accepted(
    certificates: Callable[[str], Path], tls: Callable[..., ssl.SSLContext]
) -> None:
    """`caFile` makes a private server usable."""
    transport = Transport(ca_file=str(certificates("IP:127.0.0.1")))
    with serving(reply(), tls=tls()) as server:
        assert transport.send(HttpRequest("GET", server.url)).status == 200
    transport.close()


def test_ca_file_wins_over_the_environment(
    certificates: Callable[[str], Path], tls: Callable[..., ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the catalog says of an environment is not undone by a company-wide REQUESTS_CA_BUNDLE."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates("DNS:other.example")))
    transport = Transport(ca_file=str(certificates("IP:127.0.0.1")))
    with serving(reply(), tls=tls()) as server:
        assert transport.send(HttpRequest("GET", server.url)).status == 200
    transport.close()


def test_requests_ca_bundle_is_used_without_ca_file(
    certificates: Callable[[str], Path], tls: Callable[..., ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual variable works too."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates("IP:127.0.0.1")))
    transport = Transport()
    with serving(reply(), tls=tls()) as server:
        assert transport.send(HttpRequest("GET", server.url)).status == 200
    transport.close()


def test_a_certificate_of_another_host_is_refused(
    certificates: Callable[[str], Path], tls: Callable[..., ssl.SSLContext]
) -> None:
    """A good certificate is good for its own host only."""
    name = "DNS:other.example"
    transport = Transport(ca_file=str(certificates(name)))
    with serving(reply(), tls=tls(name)) as server, pytest.raises(HopelessError, match="made for another host"):
        transport.send(HttpRequest("GET", server.url))
    transport.close()


def test_a_server_without_tls_is_told_as_such(transport: Transport) -> None:
    """https:// to a port that speaks plain HTTP is a mistake in the address, not in a certificate."""
    with (
        TcpServer([], on_connect=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server,
        pytest.raises(UnreachableError, match=r"TLS|encrypted"),
    ):
        transport.send(HttpRequest("GET", f"https://127.0.0.1:{server.port}/"))


@pytest.mark.parametrize("content", [None, "this is no certificate"])
def test_a_ca_file_that_cannot_be_used_is_named(
    tmp_path: Path, tls: Callable[..., ssl.SSLContext], content: str | None
) -> None:
    """The message points at the file and not at the server."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="ascii")
    transport = Transport(ca_file=str(path))

    with (
        serving(reply(), tls=tls()) as server,
        pytest.raises(HopelessError, match="file with the certificate authorities") as caught,
    ):
        transport.send(HttpRequest("GET", server.url))

    assert "caFile" in caught.value.hint


def test_a_post_over_a_stream_that_breaks_arrives_once(
    certificates: Callable[[str], Path], tls: Callable[..., ssl.SSLContext]
) -> None:
    """TLS that fails after the request was sent is no failed handshake: the work may have been done."""

    def garble(connection: socket.socket, _stop: threading.Event) -> bool:
        with socket.socket(fileno=os.dup(connection.fileno())) as plain:
            plain.sendall(b"\x17\x03\x03\x00\x40" + b"garbage!" * 8)
        return False

    transport = Transport(ca_file=str(certificates("IP:127.0.0.1")), sleep=lambda _seconds: None)
    with serving(garble, tls=tls()) as server:
        with pytest.raises(UnreachableError, match="encrypted connection") as caught:
            transport.send(HttpRequest("POST", server.url, json={}))

        assert caught.value.outcome_unknown
        assert len(server.heard) == 1
    transport.close()


# --- words ---------------------------------------------------------------------------------------------------------


def test_an_unknown_host_is_named(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in the address is the likeliest cause, so the name is shown."""

    def look_up(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    with pytest.raises(UnreachableError, match=r"This computer cannot find a host named badges\.example\.") as caught:
        transport.send(HttpRequest("POST", "https://badges.example:8443/v2/issuers", json={}))

    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("url", ["https://", "gopher://badges.example/", "https://bad host/"])
def test_what_is_no_address_is_told_at_once(transport: Transport, url: str) -> None:
    """No second try makes an address of it."""
    with pytest.raises(HopelessError, match="not an address that can be opened"):
        transport.send(HttpRequest("GET", url))

    assert transport.count == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.exceptions.ConnectTimeout(), "connecting took too long"),
        (requests.exceptions.ProxyError(), "The proxy in front of badges.example"),
        (requests.exceptions.SSLError("certificate has expired"), "it has expired"),
        (requests.exceptions.SSLError("unable to get local issuer certificate"), "its authority is not known"),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), "it is not trusted"),
    ],
)
def test_failures_before_anything_was_sent(error: Exception, words: str) -> None:
    """Each says what to look at, and none leaves the outcome of a write open."""
    told = explain(error, URL)

    assert words in told.message
    assert told.hint
    assert not told.outcome_unknown


@pytest.mark.parametrize("error", ["refused", "slow", "no TLS"])
@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("[::1]:8000", True),
        ("127.1.2.3", True),
        ("badges.example", False),
        ("10.0.0.8:8000", False),
        ("localhost.example", False),
    ],
)
def test_of_a_server_on_this_computer_it_is_asked_whether_it_runs(host: str, error: str, *, is_own: bool) -> None:
    """Nobody who forgot to start the sandbox is sent to look for a VPN; nobody else is asked about a sandbox."""
    below = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
    failures: dict[str, Exception] = {
        "refused": requests.exceptions.ConnectionError(SimpleNamespace(reason=below)),
        "slow": requests.exceptions.ConnectTimeout(),
        "no TLS": requests.exceptions.SSLError("WRONG_VERSION_NUMBER"),
    }

    told = explain(failures[error], f"https://{host}/v2/issuers")

    assert ("Is `badgeops sandbox serve`" in told.hint) is is_own
    assert ("VPN" in told.hint) is not is_own


@pytest.mark.parametrize("error", [requests.exceptions.ReadTimeout(), requests.exceptions.ConnectionError("reset")])
def test_failures_after_something_was_sent_leave_it_open(error: Exception) -> None:
    """What is not certainly before is after."""
    assert explain(error, URL).outcome_unknown
