"""An HTTP answer -> what it says in this API, or the error that an administrator understands. Pure.

The API wraps everything in an envelope, `{"status": {"success": …}, "result": […]}`, and is not uniform about errors:
a missing right is a 404, `fieldErrors` may be an object, a list or a bare text, an unknown route answers with a web
page, and a refused deletion says why only in `status.description`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urljoin

from badgeops.errors import (
    ApiError,
    NotAnApiError,
    NotFoundError,
    RefusedError,
    ServerFaultError,
    TooManyRequestsError,
    UnauthorizedError,
    UnverifiedIssuerError,
)
from badgeops.model.shape import Json, strict_json

_MAX_SHOWN = 300
"""Characters of a foreign message that are shown."""
_MAX_DEPTH = 20
"""Levels of a foreign message that are looked into; a field's messages are on the third or fourth."""


_MOST_VALUES = 2_000_000
"""In one answer; a page of 500 badge classes has fifty thousand, and a list of all issuers not many more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end."""

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    links: Mapping[str, str] = field(default_factory=dict)
    """The Link header: relation -> URL."""
    is_of_api: bool = False
    """Whether this server has answered as the API does before."""

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Tell whether this is a web page, whatever its header says."""
        return self.content_type == "text/html" or self.body[:200].lstrip()[:9].lower().startswith(
            (b"<!doctype", b"<html")
        )


def results(answer: Answer) -> list[Json]:
    """Return `result` of a successful answer; raise what stands in `errors.ApiError`'s tree for any other."""
    envelope = _successful(answer)
    result = envelope.get("result")
    if not isinstance(result, list):
        raise NotAnApiError(
            f"{answer.url} answered with JSON, but not in the form of the Badgr v2 API (there is no `result` list).",
            hint="Check the `server` of this environment in badgeops.yaml.",
            status=answer.status,
        )
    _insist_on_success(answer, envelope)
    return result


class Page:
    """A page of a list, which is read when somebody asks for what it holds."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    @cached_property
    def found(self) -> list[Json]:
        """What it holds."""
        return results(self.answer)

    @property
    def following(self) -> str | None:
        """Where the next page is, as the server says it; None at the end of the list."""
        return self.answer.links.get("next")

    def may_be_cut(self, asked: int | None) -> bool:
        """Tell whether there may be another page that nothing speaks of, if so many entries were asked for at most.

        What is shorter has no other page, and one that names the page before it would name the next one, too. A full
        first page without a Link header is either a list of just that length, or a proxy has taken the header away.
        """
        return self.answer.links.keys().isdisjoint(_OF_A_LIST) and len(self.found) == asked


_OF_A_LIST = frozenset({"next", "prev", "previous", "first", "last"})
"""Relations of a Link header that speak of the pages of a list; a proxy may send others of its own."""


class PageOfChanges(Page):
    """A page of a list of changes: where the next one is, and the time of the answer, stand in its body."""

    @cached_property
    def _parts(self) -> tuple[list[Json], str, str | None]:
        return _changes(self.answer)

    @property
    def found(self) -> list[Json]:
        """What has changed."""
        return self._parts[0]

    @property
    def timestamp(self) -> str:
        """When it was asked, by the server's clock."""
        return self._parts[1]

    @property
    def following(self) -> str | None:
        """Where the next page is; None at the end of the list."""
        return self._parts[2]

    def may_be_cut(self, asked: int | None) -> bool:  # noqa: ARG002 (of the interface)
        """Its body says whether it is the last one."""
        return False


def _changes(answer: Answer) -> tuple[list[Json], str, str | None]:
    """Return a page of a list of changes: its entities, the time of the answer, and where the next page is.

    NotAnApiError where a part is missing: a list that may go on is not taken for a whole one.
    """
    envelope = _successful(answer)
    entities, told, pages = (envelope.get(name) for name in ("result", "timestamp", "pagination"))
    following = pages.get("nextResults") if isinstance(pages, dict) else 0
    if not isinstance(entities, list) or not isinstance(told, str) or not isinstance(following, str | None):
        raise NotAnApiError(
            f"{answer.url} is no list of changes of the Badgr v2 API.",
            hint="Check the `server` of this environment in badgeops.yaml.",
            status=answer.status,
        )
    _insist_on_success(answer, envelope)
    return entities, told, following


def check(answer: Answer) -> None:
    """Raise for any answer but success; for requests whose `result` nobody needs, so that it may be empty."""
    if not (200 <= answer.status < 300 and not answer.body.strip()):
        _successful(answer)


def _successful(answer: Answer) -> dict[str, Json]:
    envelope = _envelope(answer)
    if answer.status >= 400:
        raise error_of(answer, envelope)
    if envelope is None or answer.status >= 300:
        raise _not_json(answer)
    status = envelope.get("status")
    if isinstance(status, dict) and status.get("success") is False:
        raise error_of(answer, envelope)
    return envelope


def _insist_on_success(answer: Answer, envelope: Mapping[str, Json]) -> None:
    """Raise NotAnApiError unless the envelope says that it worked: an empty list of somebody else names nobody."""
    status = envelope.get("status")
    if not isinstance(status, dict) or status.get("success") is not True:
        raise NotAnApiError(
            f"{answer.url} answered with JSON that does not say that it succeeded (`status.success`).",
            hint="Check the `server` of this environment in badgeops.yaml.",
            status=answer.status,
        )


def _envelope(answer: Answer) -> dict[str, Json] | None:
    if answer.is_html and not answer.body.lstrip().startswith(b"{"):
        return None
    try:
        data = None if _is_too_large(answer) else strict_json(answer.body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _is_too_large(answer: Answer) -> bool:
    """Tell whether reading the JSON would take more memory than there may be: a list in three bytes takes sixty."""
    return sum(answer.body.count(mark) for mark in (b",", b"[", b"{")) > _MOST_VALUES


def shows_an_object(answer: Answer) -> bool:
    """Tell whether this is an object in JSON, of whatever form: a document, and no page that says something else."""
    return _envelope(answer) is not None


def refusal_of(answer: Answer) -> ApiError:
    """Return the error that an answer of 400 and above stands for, with what its envelope says."""
    return error_of(answer, _envelope(answer))


def error_of(answer: Answer, envelope: Mapping[str, Json] | None = None) -> ApiError:
    """Return the error that an answer of 400 and above stands for."""
    status = answer.status
    said = _description(envelope)
    if status >= 400 and envelope is not None and status not in (401, 429, *_NOT_THERE):
        refusal = _unverified(answer, envelope, said)
        if refusal is not None:
            return refusal
    if status == 401:
        return UnauthorizedError(
            "The server does not accept the access token: it is wrong, expired or revoked.",
            hint="Set BADGEOPS_USERNAME and BADGEOPS_PASSWORD, or a fresh BADGEOPS_TOKEN.",
            status=status,
        )
    if status == 429:
        return TooManyRequestsError(f"The server asks to slow down (HTTP 429){_colon(said)}.", status=status)
    if status >= 500:
        return ServerFaultError(
            f"The server failed (HTTP {status}){_colon(said or _headline(answer))}.",
            hint="This is a fault on the server's side. Run badgeops again; if it happens again, tell the server's "
            "operator.",
            status=status,
        )
    if status in _NOT_THERE and envelope is not None and _is_a_no(envelope):
        return NotFoundError(
            f"The server has no such entity, or this account has no right to it (HTTP {status}).",
            hint="The API does not tell the two apart. To change what it sees, an account must be editor or owner of "
            "the issuer; only an owner deletes the issuer. To see what is there for this one:\n  badgeops doctor",
            status=status,
        )
    if envelope is None or status in _NOT_THERE:
        return _not_json(answer)
    fields, general = _reasons(envelope, said)
    return RefusedError(f"The server refused it (HTTP {status}).", status=status, fields=fields, general=general)


_NOT_THERE = frozenset({404, 410})
"""What the API answers for what it does not have, and what stands in front of it for a path that it does not know."""


def _is_a_no(envelope: Mapping[str, Json]) -> bool:
    """Tell whether an envelope is the API's own, and says no: gateways answer with JSON of their own."""
    status = envelope.get("status")
    return isinstance(status, dict) and status.get("success") is False


def _reasons(envelope: Mapping[str, Json], said: str) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Return why the API refuses something: by field, and of the whole."""
    fields = {path: messages for path, messages in _flatten(envelope.get("fieldErrors")) if path}
    general = [text for path, texts in _flatten(envelope.get("fieldErrors")) if not path for text in texts]
    general += [text for _, texts in _flatten(envelope.get("validationErrors")) for text in texts]
    general += [text for _, texts in _flatten(envelope.get("nonFieldErrors")) for text in texts]
    if not fields and not general and said:
        general = [said]
    return fields, tuple(dict.fromkeys(general))


def _unverified(answer: Answer, envelope: Mapping[str, Json], said: str) -> UnverifiedIssuerError | None:
    """Return the refusal of a badge class whose issuer must be verified first; None if that is not the reason."""
    fields, general = _reasons(envelope, said)
    texts = [*general, *(text for messages in fields.values() for text in messages)]
    words = next((text for text in texts if _VERIFIED_ISSUER.search(text)), None)
    if words is None:
        return None
    return UnverifiedIssuerError(
        f"The server wants its issuer verified first (HTTP {answer.status}).",
        hint="On this server an operator must verify an issuer before it can have badge classes, or before they can be "
        "changed. Ask the server's operator to verify it, and run badgeops again.",
        status=answer.status,
        general=(words,),
    )


_VERIFIED_ISSUER = re.compile(r"\bverified issuer|issuer (?:is|was|has) not (?:been )?verified", re.IGNORECASE)


def redirect_of(answer: Answer) -> ApiError:
    """Return the error that a redirect stands for: nothing with credentials goes along it, so it says where to."""
    target = _target(answer)
    hint = "badgeops does not follow redirects with its credentials. "
    base = _base_of(target, answer.url)
    return NotAnApiError(
        f"{answer.url} redirects to {target or 'another page'} instead of answering.",
        hint=f"{hint}If that is where the API is now, write into badgeops.yaml:\n  server: {base}"
        if base
        else f"{hint}Put the address of the API itself into `server` in badgeops.yaml.",
        status=answer.status,
    )


def _target(answer: Answer) -> str:
    """Return where a redirect leads, as a whole address where it is one."""
    location = _shown(answer.headers.get("Location", ""))
    try:
        return urljoin(answer.url, location) if location else ""
    except ValueError:
        return location


def _base_of(target: str, asked: str) -> str:
    """Return the address of a server that would be asked for the same thing at the target; empty where there is none.

    It is a suggestion for a person, so it is made of letters that mean nothing to a shell or to YAML.
    """
    path = "/" + asked.partition("://")[2].partition("?")[0].partition("/")[2]
    base = target.partition("?")[0].removesuffix(path)
    is_other = base != target.partition("?")[0] and not asked.startswith(f"{base}/")
    return base if is_other and _ADDRESS.fullmatch(base) else ""


_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*")


def _not_json(answer: Answer) -> ApiError:
    if 300 <= answer.status < 400:
        return redirect_of(answer)
    if answer.status == 413:
        return NotAnApiError(
            f"{answer.url} does not take a request of this size (HTTP 413).",
            hint="The limit is that of a proxy or a web server in front of the API. Mostly it is the image that is too "
            "large: make it smaller, or ask the server's operator to raise the limit.",
            status=413,
        )
    return NotAnApiError(
        f"{answer.url} answered with {described(answer)} (HTTP {answer.status}).",
        hint=_IN_BETWEEN if answer.is_of_api else f"{_REFUSED if answer.status == 403 else ''}{_ELSEWHERE}",
        status=answer.status,
    )


_ELSEWHERE = (
    "That is not the Badgr v2 API: perhaps the address of the web site instead of the API, a login page of a "
    "proxy, or a server that is down for maintenance. Check `server` in badgeops.yaml."
)
_REFUSED = "A firewall in front of the server may have refused the request: then tell the server's operator. "
_IN_BETWEEN = (
    "The API has answered at this address before, so `server` is right. Something in front of it answered this time: "
    "a firewall, a proxy, or a page for maintenance. If it stays, tell the server's operator the time and what the "
    "page says."
)


def web_page(answer: Answer) -> ApiError:
    """Return the error of a web page that came instead of an answer of the API."""
    return _not_json(answer)


def described(answer: Answer) -> str:
    """Say what came, with its title if it is a web page that has one."""
    title = _title(answer)
    return f"{_what(answer)} titled “{title}”" if title else _what(answer)


def _what(answer: Answer) -> str:
    """Say what came instead of an envelope."""
    if answer.is_html:
        return "a web page"
    if not answer.body.strip():
        return "nothing at all"
    if _is_too_large(answer):
        return f"JSON of more than {_MOST_VALUES:,} values"
    try:
        strict_json(answer.body)
    except UnicodeDecodeError:
        return "text that is not UTF-8"
    except ValueError:
        return f"{answer.content_type or 'something'} that is not JSON"
    except RecursionError:
        return "JSON that is nested too deeply to be read"
    return "JSON, but not in the form of the Badgr v2 API"


def _title(answer: Answer) -> str:
    """Return the title of a web page, without the strokes that are left of an empty part of it: "- Badgr"."""
    return _whole_title(answer).strip(_STROKES)[:80]


def _headline(answer: Answer) -> str:
    """Return the title of a web page where it says something of this page; "- Badgr" is only the site's name."""
    title = _whole_title(answer)
    return "" if title[:1] in _STROKES else title.rstrip(_STROKES)[:80]


def _whole_title(answer: Answer) -> str:
    if not answer.is_html:
        return ""
    match = re.search(rb"<title[^>]*>([^<]{0,200})", answer.body[:20_000], re.IGNORECASE)
    return " ".join(html.unescape(match[1].decode("utf-8", "replace")).split()) if match else ""


_STROKES = " -|:·•–—"


def _description(envelope: Mapping[str, Json] | None) -> str:
    if envelope is None:
        return ""
    status = envelope.get("status")
    text = status.get("description") if isinstance(status, dict) else envelope.get("error_description")
    return _shown(text) if isinstance(text, str) else ""


def _shown(text: str) -> str:
    """Return foreign words on one line: on a line of its own, a command would look like our advice."""
    return " ".join(text[:_MAX_SHOWN].split())


def _colon(text: str) -> str:
    return f": {text.rstrip('.')}" if text else ""


def _flatten(value: Json, path: str = "", depth: int = 0) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Walk messages in whatever shape they come; yield (dotted place, messages)."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        if value:
            yield path, (_shown(value),)
    elif isinstance(value, dict):
        for key, item in list(value.items())[:100]:
            inner = path if key == "non_field_errors" else f"{path}.{_shown(key)}" if path else _shown(key)
            yield from _flatten(item, inner, depth + 1)
    elif isinstance(value, list):
        texts = tuple(_shown(item) for item in value[:100] if isinstance(item, str) and item)
        if texts:
            yield path, texts
        for index, item in enumerate(value[:100]):
            if isinstance(item, dict | list):
                yield from _flatten(item, f"{path}.{index}" if path else str(index), depth + 1)
