"""One HTTP exchange: timeouts, a limit on size, retries of what is safe to repeat. `requests` stays in here.

What may be repeated: GET, PUT and DELETE after any passing failure, but for a 500 that answers a write twice, promptly
and in the same words: that is what the server makes of it. A POST only where the server did nothing: no connection came
about, or it answered 429 and a look at the server (`again`) shows nothing of it. Where a POST's fate is open, the error
says so (`outcome_unknown`) and the caller finds out before anything is sent again.
"""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from random import random
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies_environment

from badgeops import __version__
from badgeops.api.network import Proxy, is_loopback, may_lead_to, proxy_for, realm_of
from badgeops.api.responses import Answer, refusal_of
from badgeops.errors import ApiError, TooManyRequestsError, UnreachableError
from badgeops.model.numbers import MOST, whole_number

if TYPE_CHECKING:
    import requests

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_REPLACING = frozenset({"PUT", "DELETE"})
_PROMPT = 2.0
"""Seconds. A server that is busy takes its time before it fails; one that fails sooner, twice and in the same words, at
a write means the write."""
_PASSING = frozenset({429, 500, 502, 503, 504})
_CHUNK = 64 * 1024
_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "aws-chunked"})
"""What a body may be packed in; only gzip is asked for. Stores of images leave the last one on what is not packed."""
_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_BITS = 16 + zlib.MAX_WBITS
_DOUBTFUL = 3
"""How often a server may answer 500 before it is asked whether it means the token."""
_MAX_REDIRECTS = 10


class HopelessError(UnreachableError):
    """Another attempt would end in the same way: a certificate, an address, an answer without end."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be; all times in seconds."""

    connect_timeout: float = 10
    read_timeout: float = 60
    """Between two pieces of an answer."""
    total_timeout: float = 180
    """For one exchange, redirects included, however steadily it trickles."""
    attempts: int = 5
    first_pause: float = 0.5
    """Doubles with each attempt; a random part of it is added, so that parallel runs do not march in step."""
    longest_pause: float = 20
    longest_retry_after: float = 120
    """A server that asks for more is reported instead of waited for."""
    max_body: int = 64 * 1024 * 1024
    """Bytes; a list of 500 badge classes with long criteria is about 5 MB."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent, and how much may come back."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    follow: bool = False
    """Go along redirects; for requests without credentials only."""
    home: str = ""
    """The server that has given this address, or may give others in redirects: they lead to public places, and to
    where that server is. Empty where the address is our own."""
    max_body: int | None = None
    """Bytes; None for the policy's."""

    def redirected(self, url: str) -> HttpRequest:
        """Return the request to where a redirect leads: on with nothing to show."""
        headers = {name: value for name, value in self.headers.items() if name.lower() != "authorization"}
        return replace(self, url=url, headers=headers)


@dataclass(frozen=True, slots=True)
class Repeats:
    """When a request may be sent once more."""

    safe: bool | None = None
    """It may be sent twice; None for as its method goes."""
    passing: frozenset[int] = _PASSING
    """Statuses that are worth another try."""
    again: Callable[[], bool] | None = None
    """Asked before a request that is not safe is repeated after a 429; where it says no, that answer is returned."""
    is_settled: Callable[[], bool] | None = None
    """Asked before a write that was answered 500 is repeated; where it says yes, that answer is returned."""
    doubt: Callable[[], bool] | None = None
    """Asked when the server has answered 500 for the third time; where it says yes, that answer is returned."""


AS_USUAL = Repeats()


@dataclass
class Transport:
    """Sends requests, one `requests.Session` per thread. `close` it when done.

    Proxies and certificates of the environment are looked up once for each server.
    """

    policy: Policy = Policy()
    ca_file: str | None = None
    """A private certificate authority; the system's and REQUESTS_CA_BUNDLE are used without it."""
    on_wait: Callable[[float, str], None] = lambda _seconds, _why: None
    """Told before each pause: how long, and why."""
    sleep: Callable[[float], None] = time.sleep
    count: int = 0
    """Requests sent so far, repetitions included."""
    _local: threading.local = field(default_factory=threading.local)
    _sessions: list[requests.Session] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _homes: dict[str, list[str]] = field(default_factory=dict)
    """IP addresses of servers by their names."""

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions.clear()
            self._local = threading.local()

    def send(self, request: HttpRequest, repeats: Repeats = AS_USUAL) -> Answer:
        """Return the answer, whatever its status, after repeating what is safe to repeat.

        Raises UnreachableError if no whole answer came, TooManyRequestsError if the server wishes us to wait too long.
        """
        safe = request.method in _IDEMPOTENT if repeats.safe is None else repeats.safe
        faults = 0
        failed: str | None = None
        for attempt in range(1, self.policy.attempts + 1):
            last = attempt == self.policy.attempts
            began = time.monotonic()
            try:
                answer = self._once(request)
            except UnreachableError as error:
                if last or isinstance(error, HopelessError) or (error.outcome_unknown and not safe):
                    raise
                self._pause(self._backoff(attempt), error.message)
                continue
            if last or answer.status not in repeats.passing or not (safe or answer.status == 429):
                return answer
            faults += answer.status == 500
            if repeats.doubt is not None and answer.status == 500 and faults == _DOUBTFUL and repeats.doubt():
                return answer
            if request.method in _REPLACING and answer.status == 500 and time.monotonic() - began < _PROMPT:
                said = refusal_of(answer).message
                if said == failed:
                    return answer
                failed = said
            self._pause(self._wanted_pause(answer, attempt), f"the server answered HTTP {answer.status}")
            if answer.status == 500 and repeats.is_settled is not None and repeats.is_settled():
                return answer
            if not safe and repeats.again is not None and not repeats.again():
                return answer
        raise AssertionError("unreachable")  # pragma: no cover (the last attempt returns or raises)

    def _once(self, request: HttpRequest) -> Answer:
        import requests  # noqa: PLC0415 (160 ms, and not every command talks to a server)
        import urllib3  # noqa: PLC0415

        from badgeops.api import deadline  # noqa: PLC0415 (it imports both)

        with self._lock:
            self.count += 1
        deadline.begin(self.policy.total_timeout, self.policy.read_timeout)
        hop = request
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                found = self._hop(hop, request.url)
                if isinstance(found, Answer):
                    return found
                hop = found
        except (requests.RequestException, urllib3.exceptions.HTTPError, zlib.error, OSError, ValueError) as error:
            if deadline.is_over():
                raise UnreachableError(
                    f"{hop.url} did not finish its answer within {self.policy.total_timeout:.0f} seconds.",
                    hint=_AGAIN,
                    outcome_unknown=True,
                ) from error
            raise explain(error, hop.url, self._line().proxy(hop.url)) from error
        except deadline.ForbiddenPlaceError as error:
            raise _out_of_reach(hop.url, request, str(error)) from error
        finally:
            deadline.confine(None)
        raise HopelessError(f"{request.url} redirects in circles.", hint="This is a fault on the server's side.")

    def _hop(self, request: HttpRequest, asked: str) -> Answer | HttpRequest:
        """Return the answer, or the request to where it redirects; `asked` is where we began."""
        timeout = (self.policy.connect_timeout, self.policy.read_timeout)
        line = self._line()
        prepared = line.prepare(request)
        proxy = line.proxy(str(prepared.url))
        self._confine(request, proxy)
        with line.send(prepared, timeout, keeps_cookies=not request.home) as response:
            if proxy is not None and response.status_code == 407:
                raise _proxy_failure(proxy, urlsplit(request.url).netloc, "it wants a user name and a password")
            _check_coding(response, request.url)
            if not (request.follow and response.is_redirect):
                most = self.policy.max_body if request.max_body is None else request.max_body
                body = _read(response, request.url, most)
                links = {name: link["url"] for name, link in response.links.items() if "url" in link}
                return Answer(response.status_code, asked, response.headers, body, links)
            _drain(response)
            return request.redirected(urljoin(request.url, _target(response)))

    def _confine(self, request: HttpRequest, proxy: Proxy | None) -> None:
        """See to it that an address from a server leads to no place that is none of its business."""
        from badgeops.api import deadline  # noqa: PLC0415

        host, home = (urlsplit(url).hostname or "" for url in (request.url, request.home))
        if home in ("", host):
            deadline.confine(None)
            return

        def reach(address: str) -> bool:
            return may_lead_to(address, lambda: self._home(home))

        deadline.confine(reach)
        if proxy is not None:  # it looks up the names; what needs no looking up is known here
            for address in ["127.0.0.1"] if is_loopback(host) else _addresses(host, socket.AI_NUMERICHOST):
                if not reach(address):
                    raise deadline.ForbiddenPlaceError(address)

    def _home(self, host: str) -> list[str]:
        if host not in self._homes:
            self._homes[host] = _addresses(host)
        return self._homes[host]

    def _line(self) -> _Line:
        line: _Line | None = getattr(self._local, "line", None)
        if line is None:
            line = self._local.line = _Line(self._new_session(), self.ca_file)
            with self._lock:
                self._sessions.append(line.session)
        return line

    def _new_session(self) -> requests.Session:
        import requests  # noqa: PLC0415

        from badgeops.api.deadline import Adapter  # noqa: PLC0415

        session = requests.Session()
        session.headers.update(
            {"User-Agent": f"badgeops/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip"}
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, Adapter())
        return session

    def _backoff(self, attempt: int) -> float:
        pause = min(self.policy.first_pause * 2.0 ** (attempt - 1), self.policy.longest_pause)
        return pause * (0.5 + random() / 2)  # noqa: S311 (jitter, not a secret)

    def _wanted_pause(self, answer: Answer, attempt: int) -> float:
        asked = retry_after(answer.headers, time.time())
        if asked is None or answer.status not in (429, 503):
            return self._backoff(attempt)
        if asked > self.policy.longest_retry_after:
            raise TooManyRequestsError(
                f"The server asks to come back in {asked:.0f} seconds (HTTP {answer.status}).",
                hint="Run badgeops again after that time.",
                status=answer.status,
                outcome_unknown=True,
            )
        return asked

    def _pause(self, seconds: float, why: str) -> None:
        self.on_wait(seconds, why)
        self.sleep(seconds)


class _Line:
    """One thread's way to servers.

    `requests.Session.request` looks into the environment and ~/.netrc for every request and merges what it finds:
    more work than the exchange itself. What the environment says of a server is looked up once here (the proxy, the
    certificates), and ~/.netrc, whose passwords are none of ours, not at all.
    """

    def __init__(self, session: requests.Session, ca_file: str | None) -> None:
        self.session = session
        self._ca_file = ca_file
        self._surroundings: dict[tuple[str, str], dict[str, Any]] = {}
        """What `requests` calls the environment's settings, by scheme and host."""
        self._proxies: dict[tuple[str, str], Proxy | None] = {}

    def prepare(self, wanted: HttpRequest) -> requests.PreparedRequest:
        """Make a request ready to be sent."""
        import requests  # noqa: PLC0415

        request = requests.PreparedRequest()
        request.prepare_method(wanted.method)
        request.prepare_url(wanted.url, None)
        request.prepare_headers({**self.session.headers, **wanted.headers})
        request.prepare_cookies(self.session.cookies)
        request.prepare_body(wanted.form, None, wanted.json)
        return request

    def send(
        self, request: requests.PreparedRequest, timeout: tuple[float, float], *, keeps_cookies: bool
    ) -> requests.Response:
        """Send a request; its answer is read by the caller.

        Cookies are kept of our own server only: one that a neighbour of its name sets may be a log-in there.
        """
        from requests.cookies import extract_cookies_to_jar  # noqa: PLC0415

        url = str(request.url)
        settings, proxy = self._settings(url), self.proxy(url)
        if proxy is not None and proxy.problem:
            raise _proxy_failure(proxy, urlsplit(url).netloc, proxy.problem)
        response = self.session.get_adapter(str(request.url)).send(request, timeout=timeout, **settings)
        if keeps_cookies and "Set-Cookie" in response.headers:  # a load balancer's, to be led to the same server again
            extract_cookies_to_jar(self.session.cookies, request, response.raw)  # type: ignore[no-untyped-call]
        return response

    def _settings(self, url: str) -> dict[str, Any]:
        parts = urlsplit(url)
        found = self._surroundings.get((parts.scheme, parts.netloc))
        if found is None:
            # The CA file is given here and not in the session, where REQUESTS_CA_BUNDLE would win over it.
            found = dict(self.session.merge_environment_settings(url, {}, True, self._ca_file, None))
            if is_loopback(parts.hostname or ""):
                found["proxies"] = {}  # a proxy cannot reach this computer, and what is sent to it is nobody else's
            self._surroundings[parts.scheme, parts.netloc] = found
        return found

    def proxy(self, url: str) -> Proxy | None:
        """Return the proxy that a request goes through."""
        parts = urlsplit(url)
        key = parts.scheme, parts.netloc
        if key not in self._proxies:
            self._proxies[key] = proxy_for(url, self._settings(url)["proxies"], getproxies_environment())
        return self._proxies[key]


@dataclass
class TalkativeTransport(Transport):
    """A transport that tells of each request, repetitions included, when it has ended: never of headers or bodies."""

    on_request: Callable[[str], None] = lambda _line: None
    """Told method, path, status and seconds. The query is left out: a server may put anything into it."""

    def _once(self, request: HttpRequest) -> Answer:
        started, outcome = time.perf_counter(), "no answer"
        try:
            answer = super()._once(request)
            outcome = str(answer.status)
        finally:
            path = "/" + request.url.partition("://")[2].partition("?")[0].partition("/")[2]
            self.on_request(f"{request.method} {path} {outcome} {time.perf_counter() - started:.3f} s")
        return answer


def _check_coding(response: requests.Response, url: str) -> None:
    """Refuse a body that is packed as was not asked for.

    Packed twice, a few kilobytes can stand for gigabytes that are unpacked before the first piece is seen.
    """
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise HopelessError(
            f'{url} answered with a Content-Encoding that was not asked for: "{coding[:40]}".',
            hint="badgeops reads plain answers and gzip. This is a fault of the server, or of a proxy.",
            outcome_unknown=True,
        )


def _read(response: requests.Response, url: str, max_body: int) -> bytes:
    pieces, size = [], 0
    for piece in _unpacked(response):
        pieces.append(piece)
        size += len(piece)
        if size > max_body:
            raise HopelessError(
                f"{url} answered with more than {max_body // 1_000_000} MB. badgeops stopped reading.",
                outcome_unknown=True,
            )
    return b"".join(pieces)


def _drain(response: requests.Response) -> None:
    """Read what a redirect says besides, so that its connection can be used again; one that says much is closed."""
    size = 0
    for piece in _pieces(response):
        size += len(piece)
        if size > _CHUNK:
            return


def _target(response: requests.Response) -> str:
    """Return where a redirect leads: header bytes that are not ASCII are mostly UTF-8."""
    from requests.utils import requote_uri  # noqa: PLC0415

    return requote_uri(response.headers["Location"].encode("latin-1").decode("utf-8", "replace"))


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it comes in, however little it is: so a trickle cannot outlast the time allowed."""
    while piece := response.raw.read1(_CHUNK, decode_content=False):
        yield piece


def _unpacked(response: requests.Response) -> Iterator[bytes]:
    """Yield the body, unpacked by so much at a time that a bomb is seen. UnreachableError if gzip breaks off.

    `urllib3` takes a stream that ends too early for a whole one.
    """
    if response.headers.get("Content-Encoding", "").strip().lower() not in _GZIP:
        yield from _pieces(response)
        return
    unzip, is_whole = zlib.decompressobj(_GZIP_BITS), True
    for piece in _pieces(response):
        if unzip.eof and is_whole:
            continue  # whatever stands behind the end
        is_whole, rest = False, piece
        while not is_whole:
            found = unzip.decompress(rest, _CHUNK)
            yield found
            rest, is_whole = unzip.unconsumed_tail, unzip.eof
            if not rest and len(found) < _CHUNK:
                break
    if not is_whole:
        raise zlib.error("the stream ends too early")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3: seconds, or a date); None without one.

    A date is one of the server's clock, so it is compared with the answer's own Date; with `now` only without one.
    """
    value = headers.get("Retry-After", "").strip()
    seconds, _, part = value.partition(".")  # some servers write "1.5"
    number = whole_number(seconds)
    if number is not None and (not part or whole_number(part) is not None):
        return float(number + (1 if part.strip("0") else 0))
    until, told = _moment(value), date_of(headers)
    return None if until is None else min(max(0.0, until - (now if told is None else told)), float(MOST))


def date_of(headers: Mapping[str, str]) -> float | None:
    """Return the time at which an answer was given, by the clock of whoever gave it; None if it does not say.

    A gateway may add its own Date to the server's. The later one counts: after a Retry-After it is the shorter wait.
    """
    return max(dates_of(headers), default=None)


def dates_of(headers: Mapping[str, str]) -> list[float]:
    """Return every time that an answer tells as its own."""
    return [moment for date in _DATE.findall(headers.get("Date", "")) if (moment := _moment(date)) is not None]


_DATE = re.compile(r"[A-Za-z]{3,9}, [^,]{1,40}")


def _moment(text: str) -> float | None:
    """Return the time that a date of HTTP stands for; without a zone it is UTC."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def _addresses(host: str, flags: int = 0) -> list[str]:
    """Return the IP addresses of a host; none where it has none that this computer knows."""
    try:
        return [str(each[4][0]) for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)]
    except (OSError, UnicodeError):
        return []


def _out_of_reach(url: str, request: HttpRequest, address: str) -> ApiError:
    host, home = urlsplit(url).netloc.rpartition("@")[2], urlsplit(request.home).netloc
    what = f"redirects to {host}" if url != request.url else f"gives an address at {host}"
    return HopelessError(
        f"{home} {what}, which is {address}: {realm_of(address).value}. badgeops does not ask there.",
        hint="A server may name public addresses, and those of the network that it is in itself.",
    )


def _proxy_failure(proxy: Proxy, host: str, why: str) -> ApiError:
    name = host.rpartition("@")[2]
    known = f"{proxy.address}, named by " if proxy.address else "named by "
    return HopelessError(
        f"The proxy in front of {name} cannot be used: {why}.",
        hint=f"It is {known}{proxy.variable}. Correct it there, or go around it: NO_PROXY={_without_port(name)}.",
    )


def _without_port(netloc: str) -> str:
    return urlsplit(f"//{netloc}").hostname or netloc


def explain(error: Exception, url: str, proxy: Proxy | None = None) -> ApiError:
    """Translate an exception of `requests` or `urllib3` into what an administrator can act on."""
    import requests.exceptions as failures  # noqa: PLC0415
    import urllib3.exceptions as below  # noqa: PLC0415

    host = url.split("/")[2] if "//" in url else url
    if isinstance(error, failures.SSLError | below.SSLError):
        return _tls_failure(str(error), host)
    if isinstance(error, failures.InvalidURL | failures.InvalidSchema):
        return HopelessError(f"{url} is not an address that can be opened.", hint="Check `server` in badgeops.yaml.")
    if isinstance(error, OSError) and not isinstance(error, failures.RequestException) and "TLS" in str(error):
        return HopelessError("The file with the certificate authorities cannot be read.", hint=_CA_FILE)
    if isinstance(error, ValueError) and not isinstance(error, failures.RequestException | below.HTTPError):
        return HopelessError(
            f"{url} redirects to something that is not an address.", hint="This is a fault on the server's side."
        )
    known = _never_sent(error, host, proxy) or _unreadable(error, url)
    if known is not None:
        return known
    if isinstance(error, failures.Timeout | below.TimeoutError):
        return UnreachableError(f"{host} did not answer in time.", hint=_AGAIN, outcome_unknown=True)
    return UnreachableError(
        f"The connection to {host} broke off before the answer was complete.", hint=_AGAIN, outcome_unknown=True
    )


def _unreadable(error: BaseException, url: str) -> ApiError | None:
    """Recognise an answer that came and makes no sense. What was only cut short may be whole the next time."""
    what = _nonsense(error)
    if what is None:
        return None
    hint = "This is a fault of the server, or of a proxy in front of it. If it stays, tell its operator."
    return UnreachableError(f"{url} answered with {what}.", hint=hint, outcome_unknown=True)


def _nonsense(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, zlib.error):
            return "a packed body that cannot be unpacked: it broke off, or is not gzip"
        if isinstance(error, http.client.HTTPException) and not isinstance(error, _CUT_SHORT):
            return f"headers that cannot be read: {error}"
        error = error.__cause__ or error.__context__
    return None


_CUT_SHORT = (http.client.IncompleteRead, http.client.BadStatusLine)
"""The latter is also what stands for an end before the first byte."""


def _tls_failure(text: str, host: str) -> ApiError:
    """Tell a certificate that is not trusted, which ends the talk before anything was sent, from a broken stream."""
    for words, reason in _CERTIFICATE_REASONS:
        if words in text:
            return HopelessError(f"The certificate of {host} cannot be verified: {reason}.", hint=_CERTIFICATE)
    if "wrong version number" in text.lower().replace("_", " "):
        return HopelessError(f"{host} does not speak TLS at this port.", hint=_check_at(host))
    if any(words in text for words in ("NO_CERTIFICATE_OR_CRL_FOUND", "no certificate or crl", "PEM lib")):
        return HopelessError("The file with the certificate authorities contains no certificate.", hint=_CA_FILE)
    return UnreachableError(f"The encrypted connection to {host} failed.", hint=_AGAIN, outcome_unknown=True)


def _check_at(host: str) -> str:
    """Say what to look at if nothing answers at a host: of this computer, no network stands in the way."""
    return _OWN if is_loopback(_without_port(host)) else _NETWORK


def _never_sent(error: Exception, host: str, proxy: Proxy | None) -> ApiError | None:
    """Recognise the failures that came before anything was sent: whatever it was may be tried again."""
    import requests.exceptions as failures  # noqa: PLC0415
    import urllib3.exceptions as below  # noqa: PLC0415

    if isinstance(error, failures.ConnectTimeout):
        return UnreachableError(f"{host} does not answer: connecting took too long.", hint=_check_at(host))
    if isinstance(error, failures.ProxyError):
        return _at_proxy(str(error), host, proxy)
    if not isinstance(getattr(error.args[0] if error.args else None, "reason", None), below.NewConnectionError):
        return None
    reason = str(error)
    if proxy is not None and proxy.is_socks:
        return _at_proxy(reason, host, proxy)
    if any(word in reason for word in ("NameResolutionError", "Name or service not known", "getaddrinfo")):
        name = host.rpartition(":")[0] or host
        return UnreachableError(f"This computer cannot find a host named {name}.", hint=_check_at(host))
    why = "the connection was refused" if "refused" in reason else "the connection could not be made"
    return UnreachableError(f"Nothing answers at {host}: {why}.", hint=_check_at(host))


_PROXY_REASONS = (
    ("407", "it wants a user name and a password"),
    ("Tunnel connection failed", "it does not let this connection pass"),
    ("NameResolutionError", "this computer cannot find its host"),
    ("refused", "the connection to it was refused"),
    ("timed out", "it does not answer"),
    ("only use HTTP", "it does not speak TLS; its address begins with http:// and not https://"),
)


def _at_proxy(text: str, host: str, proxy: Proxy | None) -> ApiError:
    if proxy is None:
        hint = "Check HTTPS_PROXY and NO_PROXY in the environment."
        return UnreachableError(f"The proxy in front of {host} cannot be used.", hint=hint)
    why = next((reason for words, reason in _PROXY_REASONS if words in text), "the connection could not be made")
    failure = _proxy_failure(proxy, host, why)
    return UnreachableError(failure.message, hint=failure.hint)


_CERTIFICATE = (
    "If your own authority signed the server's certificate, name the authority's file: `caFile:` in the environment "
    "of badgeops.yaml, or REQUESTS_CA_BUNDLE. badgeops never talks to a server that it cannot verify."
)
_CERTIFICATE_REASONS = (
    ("self-signed", "it is self-signed"),
    ("self signed", "it is self-signed"),
    ("has expired", "it has expired"),
    ("Hostname mismatch", "it was made for another host"),
    ("IP address mismatch", "it was made for another host"),
    ("doesn't match", "it was made for another host"),
    ("unable to get local issuer", "its authority is not known to this computer"),
    ("CERTIFICATE_VERIFY_FAILED", "it is not trusted"),
)
_CA_FILE = "It must be a PEM file: see `caFile:` in badgeops.yaml and REQUESTS_CA_BUNDLE in the environment."
_NETWORK = "Check `server` in badgeops.yaml, and whether this computer can reach the internet (VPN, proxy, firewall)."
_OWN = (
    "Is `badgeops sandbox serve`, or the server that you mean, running on this computer? If it is, compare the address "
    "that it printed with `server` in badgeops.yaml: http:// or https://, and the port."
)
_AGAIN = "Run badgeops again: what was done is recorded, and nothing is done twice."
