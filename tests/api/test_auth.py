"""Getting and keeping an access token: which credentials are used, how often, and what is said when they fail."""

from __future__ import annotations

import importlib.util
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.tcp import hang_up, reply, serving

from badgeops.api.auth import Auth
from badgeops.api.client import Client
from badgeops.api.responses import Answer
from badgeops.api.transport import AS_USUAL, HttpRequest, Repeats, Transport
from badgeops.errors import (
    ApiError,
    NotAnApiError,
    ServerFaultError,
    TooManyRequestsError,
    UnauthorizedError,
    UnreachableError,
)
from badgeops.model.credentials import Credentials
from badgeops.sandbox import PASSWORD, USERNAME, Sandbox, SandboxOptions

URL = "https://badges.example/o/token"
PERSON = Credentials(username="ada@example.org", password="p@ss/wörd", origin="BADGEOPS_USERNAME and BADGEOPS_PASSWORD")


def said(status: int = 200, body: Any = None, **tokens: Any) -> Answer:
    """Make an answer of the token endpoint."""
    data = body if isinstance(body, bytes) else json.dumps(tokens if body is None else body).encode()
    return Answer(status, URL, {"Content-Type": "application/json"}, data)


class FakeTransport(Transport):
    """Answers from a list, and keeps what was sent."""

    def __init__(self, *answers: Answer | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.forms: list[dict[str, str]] = []
        self.repeats: list[Repeats] = []

    def send(self, request: HttpRequest, repeats: Repeats = AS_USUAL) -> Answer:
        """Answer the next request."""
        assert request == HttpRequest("POST", URL, form=request.form, max_body=1024 * 1024)
        self.forms.append(dict(request.form or {}))
        self.repeats.append(repeats)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def auth(credentials: Credentials, *answers: Answer | Exception, **options: Any) -> tuple[Auth, FakeTransport]:
    """Make an Auth whose server answers with these."""
    transport = FakeTransport(*answers)
    return Auth(credentials, URL, transport, **options), transport


# --- which credentials ---------------------------------------------------------------------------------------------


def test_a_ready_made_token_is_used_as_it_is() -> None:
    """Nothing is asked for while the token is accepted."""
    made, transport = auth(Credentials(token="ready"))

    assert made.token() == "ready"
    assert transport.forms == []


def test_a_bare_token_cannot_be_renewed() -> None:
    """Without anything else there is no second try; the caller reports the 401."""
    made, transport = auth(Credentials(token="ready", username="without a password"))

    assert not made.renew("ready")
    assert transport.forms == []


def test_a_password_is_sent_once_as_a_form() -> None:
    """The token endpoint takes a form and nothing else; the token is kept for the run."""
    made, transport = auth(PERSON, said(access_token="a"))

    assert [made.token(), made.token()] == ["a", "a"]
    assert transport.forms == [{"username": "ada@example.org", "password": "p@ss/wörd"}]


def test_the_form_reaches_the_server_as_a_form() -> None:
    """Special characters of a password survive the way."""
    transport = Transport()
    with serving(reply(body=b'{"access_token": "a"}')) as server:
        Auth(PERSON, f"{server.url}/o/token", transport).token()
    transport.close()

    assert server.heard[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert server.heard[0].body == b"username=ada%40example.org&password=p%40ss%2Fw%C3%B6rd"
    assert "authorization" not in server.heard[0].headers


def test_a_refresh_token_is_used_before_the_password() -> None:
    """It works without asking for the password again."""
    made, transport = auth(Credentials(refresh_token="r", username="u", password="p"), said(access_token="a"))

    assert made.token() == "a"
    assert transport.forms == [{"grant_type": "refresh_token", "refresh_token": "r"}]
    assert transport.repeats[0].safe is False, "a refresh token works once: its request is never repeated blindly"


def test_each_refresh_token_is_used_once() -> None:
    """The server gives a new one each time, which is handed on to whoever keeps it before it is used."""
    kept: list[str] = []
    made, transport = auth(
        Credentials(token="a0", refresh_token="r0"),
        said(access_token="a1", refresh_token="r1"),
        said(access_token="a2", refresh_token="r2"),
        on_rotation=kept.append,
    )

    assert made.renew("a0")
    assert made.renew("a1")
    assert made.token() == "a2"
    assert [form["refresh_token"] for form in transport.forms] == ["r0", "r1"]
    assert kept == ["r1", "r2"]


@pytest.mark.parametrize("odd", ["half \ud800", "", "two words", 7, None])
def test_a_refresh_token_that_cannot_be_sent_is_not_kept(odd: Any) -> None:
    """The log-in counts all the same; whoever keeps refresh tokens is not given what would fail later."""
    kept: list[str] = []
    made, _ = auth(PERSON, said(access_token="a", refresh_token=odd), on_rotation=kept.append)

    assert made.token() == "a"
    assert kept == []


def test_a_token_that_was_renewed_meanwhile_is_not_renewed_again() -> None:
    """A thread whose request was refused with the old token just takes the new one."""
    made, transport = auth(PERSON, said(access_token="new"))
    made.token()

    assert made.renew("old")
    assert len(transport.forms) == 1


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_refresh_token_gives_way_to_the_password(status: int) -> None:
    """Another program may have used it up; the password still works. It is not tried a second time."""
    credentials = Credentials(token="a0", refresh_token="r", username="u", password="p")
    made, transport = auth(
        credentials, said(status, error="invalid_grant"), said(access_token="a1"), said(access_token="a2")
    )

    assert made.renew("a0")
    assert made.renew("a1")
    assert [sorted(form) for form in transport.forms] == [
        ["grant_type", "refresh_token"],
        ["password", "username"],
        ["password", "username"],
    ]


@pytest.mark.parametrize("credentials", [Credentials(refresh_token="r"), Credentials(refresh_token="r", username="u")])
def test_a_refused_refresh_token_alone_is_explained(credentials: Credentials) -> None:
    """The message says what may have happened to it, also where half a password is there."""
    made, _ = auth(credentials, said(400, error="invalid_grant"))

    with pytest.raises(UnauthorizedError, match="does not accept the refresh token"):
        made.token()


def test_the_successor_that_another_run_kept_is_used() -> None:
    """Two runs that share a kept log-in do not lock each other out."""
    made, transport = auth(Credentials(refresh_token="r0"), said(400), said(access_token="a"), newest=lambda: "r1")

    assert made.token() == "a"
    assert [form["refresh_token"] for form in transport.forms] == ["r0", "r1"]


def test_the_same_token_is_not_taken_for_its_own_successor() -> None:
    """What is kept may be the very token that was refused."""
    made, transport = auth(Credentials(refresh_token="r0"), said(401), newest=lambda: "r0")

    with pytest.raises(UnauthorizedError):
        made.token()
    assert len(transport.forms) == 1


@pytest.mark.parametrize(
    "failure", [UnreachableError("cut off", outcome_unknown=True), said(502, b"<html>bad gateway</html>")]
)
def test_a_refresh_whose_answer_is_lost_gives_way_to_the_password(failure: Answer | Exception) -> None:
    """The server may have used the refresh token up; it is not sent again."""
    made, transport = auth(Credentials(refresh_token="r", username="u", password="p"), failure, said(access_token="a"))

    assert made.token() == "a"
    assert transport.forms[1] == {"username": "u", "password": "p"}


def test_a_refresh_token_that_was_never_sent_is_as_good_as_before() -> None:
    """A name server that was down for a moment must not cost the log-in."""
    made, transport = auth(Credentials(refresh_token="r"), UnreachableError("no such host"), said(access_token="a"))

    with pytest.raises(UnreachableError):
        made.token()
    assert made.token() == "a"
    assert [form["refresh_token"] for form in transport.forms] == ["r", "r"]


def test_nothing_to_log_in_with_is_said() -> None:
    """The hint names what to set."""
    made, _ = auth(Credentials(username="u"))

    with pytest.raises(UnauthorizedError) as caught:
        made.token()
    assert "There are no credentials" in caught.value.message
    assert Credentials(username="u").are_missing
    assert not Credentials(username="u", password="p").are_missing


# --- how long a token lasts ----------------------------------------------------------------------------------------


def test_a_token_is_renewed_shortly_before_its_end() -> None:
    """A long run does not stumble over an expiry that was announced."""
    now = 1000.0
    made, _ = auth(
        PERSON, said(access_token="a", expires_in=3600), said(access_token="b", expires_in=3600), clock=lambda: now
    )

    assert made.token() == "a"
    now += 3500
    assert made.token() == "a"
    now += 41
    assert made.token() == "b"


def test_a_clock_that_is_set_ends_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a token lasts is counted by a clock that nobody sets."""
    jumps = itertools.count(time.time(), 86_400.0)
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    # Loaded anew: a module that is there already has chosen its clock.
    found = importlib.util.find_spec("badgeops.api.auth")
    assert found is not None
    assert found.loader is not None
    fresh = importlib.util.module_from_spec(found)
    found.loader.exec_module(fresh)
    made = fresh.Auth(PERSON, URL, FakeTransport(said(access_token="a", expires_in=3600)))

    assert [made.token(), made.token()] == ["a", "a"]


@pytest.mark.parametrize("lifetime", [None, "3600", True, -1, 60, 120, float("nan"), [3600]])
def test_a_lifetime_that_tells_nothing_is_left_to_the_401(lifetime: Any) -> None:
    """Where the server's word is missing or useless, the token is used until it is refused."""
    now = 0.0
    made, transport = auth(PERSON, said(access_token="a", expires_in=lifetime), clock=lambda: now)
    made.token()
    now = 1e9

    assert made.token() == "a"
    assert len(transport.forms) == 1


def test_the_granted_scope_is_remembered() -> None:
    """`doctor` shows it."""
    made, _ = auth(PERSON, said(access_token="a", scope="rw:profile rw:issuer"), said(access_token="b"))
    made.token()
    made.renew("a")

    assert made.scope == "rw:profile rw:issuer"


# --- what is said when it fails ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_password_is_called_so(status: int) -> None:
    """Servers say it with one status or the other; the message names the variables it came from."""
    made, _ = auth(PERSON, said(status, error="invalid_grant"))

    with pytest.raises(UnauthorizedError, match="user name and password") as caught:
        made.token()

    assert "BADGEOPS_USERNAME and BADGEOPS_PASSWORD" in caught.value.hint
    assert caught.value.status == status


PAGE = b"<!DOCTYPE html><html><title>Welcome to ACME</title></html>"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 502, 503, 200])
@pytest.mark.parametrize("credentials", [PERSON, Credentials(refresh_token="r", origin="BADGEOPS_REFRESH_TOKEN")])
def test_a_web_page_says_nothing_of_the_credentials(status: int, credentials: Credentials) -> None:
    """Whatever its status: it is told what answered, and that the address may be wrong."""
    page = Answer(status, URL, {"Content-Type": "text/html"}, PAGE)
    made, _ = auth(credentials, *[page] * 4)

    with pytest.raises(ApiError) as caught:
        made.token()
    assert not isinstance(caught.value, UnauthorizedError)
    assert "server" in caught.value.hint
    assert "badgeops.yaml" in caught.value.hint
    assert "Welcome to ACME" in caught.value.message


def test_a_refused_log_in_is_not_tried_again() -> None:
    """Each wrong try lengthens the lock on the account: the other threads get the first one's answer."""
    made, transport = auth(PERSON, said(400))

    for _ in range(3):
        with pytest.raises(UnauthorizedError, match="user name and password"):
            made.token()
    assert len(transport.forms) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "login attempts throttled", "expires": 64}, "Wait 64 seconds"),
        ({"expires": "30"}, "Wait 30 seconds"),
        ({"expires": -3}, "Wait 1 seconds"),
        ({"expires": "²"}, "Wait a few minutes"),
        ({"expires": "1_0"}, "Wait a few minutes"),
        ({"expires": "9" * 5000}, "Wait 1000000000 seconds"),
        ({"expires": 10**400}, "Wait 1000000000 seconds"),
        ({"expires": None}, "Wait a few minutes"),
        ({"expires": float("inf")}, "Wait a few minutes"),
        ([], "Wait a few minutes"),
        (b"<html>", "Wait a few minutes"),
        (b"[" * 100_000, "Wait a few minutes"),
    ],
)
def test_a_closed_log_in_says_for_how_long(body: Any, words: str) -> None:
    """After several wrong passwords the server refuses the right one too: that is no wrong password."""
    made, transport = auth(PERSON, said(429, body))

    with pytest.raises(TooManyRequestsError, match="locked the log-in") as caught:
        made.token()

    assert words in caught.value.hint
    assert 429 not in transport.repeats[0].passing


def test_a_closed_log_in_opens_again() -> None:
    """Asking while it is closed does not prolong it, so a long run may go on afterwards."""
    made, _ = auth(PERSON, said(429, {"expires": 2}), said(access_token="a"))

    with pytest.raises(TooManyRequestsError):
        made.token()
    assert made.token() == "a"


@pytest.mark.parametrize(
    "answer",
    [
        said(200, b"<html><title>Welcome</title></html>"),
        said(200, b""),
        said(200, b"\xff"),
        said(200, b"[" * 100_000),
        said(200, []),
        said(200, {}),
        said(200, {"access_token": None}),
        said(200, {"access_token": ""}),
        said(200, {"access_token": 7}),
        said(200, {"access_token": "two\nlines"}),
        said(302, b""),
        said(403, {"error": "forbidden"}),
        said(404, b"<html>"),
    ],
)
def test_what_is_no_token_points_at_the_address(answer: Answer) -> None:
    """A web site answers on this path too; its answer is no wrong password."""
    made, _ = auth(PERSON, answer)

    with pytest.raises(NotAnApiError, match="did not answer with an access token") as caught:
        made.token()

    assert "`server`" in caught.value.hint


def test_an_answer_to_a_log_in_is_small() -> None:
    """Sixty megabytes of brackets would take gigabytes once they are read."""
    body = b'{"access_token": "T", "x": [' + b"[]," * 700_000 + b"0]}"
    with serving(reply(body=body)) as server:
        auth = Auth(PERSON, f"{server.url}/o/token", Transport())

        with pytest.raises(UnreachableError, match="more than 1 MB"):
            auth.token()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_at_log_in_says_where_to(status: int) -> None:
    """A password does not go along it; whoever wrote the old address learns the new one."""
    made, transport = auth(PERSON, replace(said(status, b""), headers={"Location": "https://new.example/o/token"}))

    with pytest.raises(NotAnApiError, match=r"redirects to https://new\.example/o/token instead") as caught:
        made.token()

    assert caught.value.hint.endswith("server: https://new.example")
    assert len(transport.forms) == 1


def test_a_failing_server_is_no_wrong_password() -> None:
    """A 5xx says nothing about the credentials; a later try may work."""
    made, _ = auth(PERSON, said(503), said(access_token="a"))

    with pytest.raises(ServerFaultError, match="while logging in"):
        made.token()
    assert made.token() == "a"


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials(token="line\nbreak"),
        Credentials(token="ünïcode"),
        Credentials(token='"quoted" blank'),
        Credentials(token="two words"),
        Credentials(username="u", password="bytes \udce9"),
        Credentials(refresh_token="bytes \udce9"),
    ],
)
def test_a_secret_that_cannot_be_sent_is_told_without_being_shown(credentials: Credentials) -> None:
    """The libraries below would show it in their own message."""
    made, transport = auth(credentials)

    with pytest.raises(UnauthorizedError) as caught:
        made.token()

    assert transport.forms == []
    assert_silent(caught.value, credentials)


# --- no secret is shown --------------------------------------------------------------------------------------------


def assert_silent(value: object, credentials: Credentials) -> None:
    """Fail where a secret occurs in what is shown of a value, or of what caused it."""
    while value is not None:
        shown = f"{value!s} {value!r} {getattr(value, 'hint', '')} {getattr(value, 'args', '')}"
        for secret in credentials.secrets:
            assert secret not in shown
        value = getattr(value, "__cause__", None)


SECRETS = Credentials("TOKEN-SECRET", "REFRESH-SECRET", "ada", "PASSWORD-SECRET")


def test_nothing_that_holds_credentials_shows_them() -> None:
    """A log line or a traceback of ours gives nothing away."""
    made, transport = auth(SECRETS)

    assert SECRETS.secrets == ("TOKEN-SECRET", "REFRESH-SECRET", "PASSWORD-SECRET")
    for value in (SECRETS, made, Client("https://badges.example", made, transport), transport):
        assert_silent(value, SECRETS)


@pytest.mark.parametrize(
    "answer",
    [reply(400), reply(401), reply(429), reply(500), reply(200, b"<html>"), reply(302, Location="/"), hang_up],
)
@pytest.mark.parametrize("kind", ["token", "refresh_token", "password"])
def test_no_failure_shows_a_secret(answer: Any, kind: str) -> None:
    """Whatever goes wrong, neither the message nor its cause holds what was sent."""
    values = {"username": "ada", kind: f"{kind}-SECRET"}
    credentials = Credentials(**values)
    transport = Transport(sleep=lambda _seconds: None)
    with serving(answer) as server:
        client = Client(server.url, Auth(credentials, f"{server.url}/o/token", transport), transport)
        with pytest.raises(ApiError) as caught:
            client.issuers()
    transport.close()

    assert_silent(caught.value, credentials)


# --- against a server ----------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sandbox]:
    """Run a sandbox."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as sandbox:
        yield sandbox


@pytest.fixture
def connect(server: Sandbox) -> Iterator[Callable[..., Client]]:
    """Give a way to make clients of the sandbox."""
    transports: list[Transport] = []

    def make(credentials: Credentials, **options: Any) -> Client:
        transports.append(Transport(sleep=lambda _seconds: None))
        return Client(server.url, Auth(credentials, f"{server.url}/o/token", transports[-1], **options), transports[-1])

    yield make
    for transport in transports:
        transport.close()


def log_ins(server: Sandbox) -> int:
    """Count the requests to the token endpoint."""
    return sum(record.path == "/o/token" for record in server.requests)


SANDBOX_PERSON = Credentials(username=USERNAME, password=PASSWORD)


def test_a_token_that_expires_in_mid_run_is_renewed_by_its_refresh_token(
    server: Sandbox, connect: Callable[..., Client]
) -> None:
    """The run goes on; the refresh token that came with the log-in is used, and replaced each time."""
    kept: list[str] = []
    client = connect(SANDBOX_PERSON, on_rotation=kept.append)
    for _ in range(3):
        assert client.issuers() == []
        server.expire_tokens()
    assert client.issuers() == []

    assert log_ins(server) == 4
    assert len(set(kept)) == 4
    assert [record.status for record in server.requests if record.path.startswith("/v2")] == [
        *(200, 401, 200),
        *(401, 200),
        *(401, 200),
    ]


def test_a_used_up_refresh_token_gives_way_to_the_password_in_mid_run(
    server: Sandbox, connect: Callable[..., Client]
) -> None:
    """Somebody else used our refresh token: the password logs us in again."""
    kept: list[str] = []
    client = connect(SANDBOX_PERSON, on_rotation=kept.append)
    client.issuers()
    connect(Credentials(refresh_token=kept[-1])).issuers()
    server.expire_tokens()

    assert client.issuers() == []


def test_a_bare_token_that_expires_is_reported(server: Sandbox, connect: Callable[..., Client]) -> None:
    """There is nothing to renew it with; one request tells, and the message says what to set."""
    token = connect(SANDBOX_PERSON).auth.token()
    client = connect(Credentials(token=token))
    client.issuers()
    server.expire_tokens()
    server.clear_requests()

    with pytest.raises(UnauthorizedError, match="access token") as caught:
        client.issuers()

    assert "BADGEOPS_PASSWORD" in caught.value.hint
    assert len(server.requests) == 1


def test_a_renewed_token_that_is_refused_too_is_reported() -> None:
    """A server that refuses every token is not asked for ever."""
    transport = Transport()
    with serving(
        reply(body=b'{"access_token": "a"}'), reply(401), reply(body=b'{"access_token": "b"}'), reply(401)
    ) as (server):
        client = Client(server.url, Auth(PERSON, f"{server.url}/o/token", transport), transport)
        with pytest.raises(UnauthorizedError):
            client.issuers()
    transport.close()

    assert len(server.heard) == 4


@pytest.mark.parametrize("start_with_token", [False, True])
def test_twenty_threads_log_in_once(server: Sandbox, connect: Callable[..., Client], *, start_with_token: bool) -> None:
    """Twenty requests refused at once cause one log-in, not twenty."""
    client = connect(SANDBOX_PERSON)
    if start_with_token:
        client.issuers()
        server.expire_tokens()
        server.clear_requests()
    together = threading.Barrier(20)

    def ask(_number: int) -> int:
        together.wait(30)
        return len(client.issuers())

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(ask, range(20))) == [0] * 20
    assert log_ins(server) == 1


def test_twenty_threads_with_a_wrong_password_try_it_once(server: Sandbox, connect: Callable[..., Client]) -> None:
    """An account is not locked because a run is parallel."""
    client = connect(Credentials(username=USERNAME, password="wrong"))

    def ask(_number: int) -> None:
        with pytest.raises(UnauthorizedError, match="user name and password"):
            client.issuers()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(20)))
    assert log_ins(server) == 1


def test_the_servers_throttle_is_reported_and_not_fed(tmp_path: Path) -> None:
    """While the log-in is closed even the right password is refused; it is sent once."""
    transport = Transport(sleep=lambda _seconds: None)
    with Sandbox(SandboxOptions(data=tmp_path / "strict", throttle=True)) as server:
        wrong = Credentials(username=USERNAME, password="wrong")
        for credentials, error in ((wrong, UnauthorizedError), (SANDBOX_PERSON, TooManyRequestsError)):
            with pytest.raises(error):
                Auth(credentials, f"{server.url}/o/token", transport).token()
        assert [record.status for record in server.requests] == [400, 429]
    transport.close()
