"""Answers: the envelope around every result, and the errors in all their shapes.

The v2 API, as observed, is not uniform here and a client has to live with that: `fieldErrors` may be an object, a
list or a string, missing rights look like a missing object, and some errors are a page of HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

HTML: Final = "text/html; charset=utf-8"

NOT_FOUND: Final = "entity not found or insufficient privileges"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives back; the application turns it into an HTTP response."""

    status: int = 200
    body: Any = None
    """JSON-ready data, text, or bytes; `None` is an empty body."""
    media_type: str | None = None
    """`None` leaves it to what the client accepts."""
    headers: tuple[tuple[str, str], ...] = ()


class ApiError(Exception):
    """A request that is answered with an error envelope."""

    def __init__(
        self,
        status: int,
        description: str,
        fields: object = None,
        general: list[str] | None = None,
        non_field: list[str] | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.fields: object = {} if fields is None else fields
        self.general = general or []
        self.non_field = non_field or []


class ServerCrashError(Exception):
    """A request on which the real server breaks: answered with status 500 and a page of HTML."""


def ok(results: list[Any], *, status: int = 200, description: str = "ok", **extra: object) -> Answer:
    """Wrap results; `extra` are members beside `result`."""
    return Answer(status, {"status": {"success": True, "description": description}, "result": results, **extra})


def error(problem: ApiError) -> Answer:
    """Wrap an error."""
    body: dict[str, object] = {
        "status": {"success": False, "description": problem.description},
        "result": [],
        "fieldErrors": problem.fields,
        "validationErrors": problem.general,
    }
    if problem.non_field:
        body["nonFieldErrors"] = problem.non_field
    return Answer(problem.status, body)


def bad_request(
    fields: object = None, general: list[str] | None = None, non_field: list[str] | None = None
) -> ApiError:
    """400: what was sent does not do; `non_field` is a member of the hosted envelope only."""
    return ApiError(400, "bad request", fields, general, non_field)


def refused(reason: str) -> ApiError:
    """400: a delete that something stands in the way of; the reason is in the description only."""
    return ApiError(400, reason)


def not_found() -> ApiError:
    """404: for what is missing, and for all that the caller may not see or do; 403 is never used."""
    return ApiError(404, NOT_FOUND)


def unauthorized() -> ApiError:
    """401: no token, an unknown one, an expired one; all the same."""
    return ApiError(401, "no valid auth token found")


def miscellaneous(status: int, text: str) -> ApiError:
    """405, 406, 415 and a page that is not there: here `fieldErrors` is a string."""
    return ApiError(status, "miscellaneous error", text)


def not_acceptable() -> ApiError:
    """406: the client takes nothing that the route can give."""
    return miscellaneous(406, "Could not satisfy the request Accept header.")


def not_allowed(method: str) -> ApiError:
    """405: the route does not take this method."""
    return miscellaneous(405, f'Method "{method}" not allowed.')


def invalid_cursor() -> ApiError:
    """404: no list has such a page; its description is not that of a missing entity."""
    return miscellaneous(404, "Invalid cursor")


def page(status: int) -> Answer:
    """Answer with a page of HTML, as for unknown routes and crashes."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    body = (
        "<!doctype html>\n<html>\n<head><meta charset='utf-8'><title>badgeops sandbox</title></head>\n"
        f"<body><h1>{status} {phrase}</h1></body>\n</html>\n"
    )
    return Answer(status, body, HTML)
