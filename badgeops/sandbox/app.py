"""The HTTP face: routes, negotiation, bodies, and the turning of answers into responses.

Flask finds the route; the order of what follows is the server's own: what the client accepts, who it is, whether
it may, and only then which method and which body.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from badgeops.sandbox import auth, images, public
from badgeops.sandbox.call import Call, World
from badgeops.sandbox.envelope import (
    HTML,
    Answer,
    ApiError,
    ServerCrashError,
    bad_request,
    error,
    miscellaneous,
    not_acceptable,
    not_allowed,
    not_found,
    page,
)
from badgeops.sandbox.routes import Route, routes
from badgeops.sandbox.shapes import TERMS_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

JSON: Final = "application/json"
LINKED_DATA: Final = "application/ld+json"
WEB_PAGE: Final = "text/html"

RENDERERS: Final = (LINKED_DATA, JSON, WEB_PAGE)
"""In the server's order of preference: whoever takes anything gets the first."""

VARY: Final = "Accept, Authorization, Origin"

PUBLIC_METHODS: Final = ("GET", "HEAD")

ANY_METHOD: Final = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

_LOG: Final = logging.getLogger("badgeops.sandbox")


@dataclass(frozen=True, slots=True)
class _Application:
    """The views of the Flask application, as methods that share one world."""

    world: World
    throttle: auth.Throttle

    def token(self) -> Response:
        if request.method != "POST":
            return _respond(Answer(405, "", HTML), JSON)
        return _respond(auth.token(self.world, self.throttle, self._token_request()), JSON)

    def revoke(self) -> Response:
        return _respond(auth.revoke(self.world, self._token_request()), JSON)

    def _token_request(self) -> auth.TokenRequest:
        """Read the form; JSON counts as nothing sent, except where hosted."""
        form = request.form.to_dict()
        if self.world.hosted and request.mimetype == JSON:
            body = request.get_json(silent=True)
            members = body.items() if isinstance(body, dict) else ()
            form = {name: value for name, value in members if isinstance(value, str)}
        return auth.TokenRequest(
            form,
            has_query=bool(request.query_string),
            authorization=request.headers.get("Authorization", ""),
            address=request.remote_addr or "",
        )

    def media(self, path: str) -> Response:
        return _respond(public.file(self.world, path), LINKED_DATA)

    def public(self, handler: Callable[..., Answer], arguments: dict[str, str]) -> Response:
        """Serve a public document: no token, no envelope, but errors in one."""
        accept = request.headers.get("Accept", "")
        json_path = request.path.endswith(".json")
        accepted = negotiate(accept, (JSON,) if json_path else RENDERERS)
        expand = frozenset(request.args.getlist("expand"))
        call = public.PublicCall(self.world, WEB_PAGE in accept and not json_path, expand)
        try:
            if accepted is None:
                raise not_acceptable()
            if request.method not in PUBLIC_METHODS:
                raise not_allowed(request.method)
            answer = handler(call, **arguments)
        except ApiError as problem:
            answer = error(problem)
        response = _respond(answer, accepted or LINKED_DATA)
        response.headers.update({"Allow": ", ".join([*PUBLIC_METHODS, "OPTIONS"]), "Vary": VARY})
        return response

    def criteria(self, ident: str) -> Response:
        """Send on from a badge class's criteria, whatever is accepted; this route knows no envelope."""
        return _respond(public.criteria(self.world, ident), HTML)

    def api(self, route: Route, arguments: dict[str, str]) -> Response:
        """Serve a route of the API."""
        accepted = negotiate(request.headers.get("Accept", ""))
        try:
            answer = self._api(route, arguments, accepted)
        except ApiError as problem:
            answer = error(problem)
        if self.world.hosted:
            answer = _with_hosted_members(answer)
        response = _respond(answer, accepted or LINKED_DATA)
        response.headers.update({"Allow": ", ".join(route.allowed), "Vary": VARY})
        return response

    def _api(self, route: Route, arguments: dict[str, str], accepted: str | None) -> Answer:
        if accepted is None:
            raise not_acceptable()
        header = request.headers.get("Authorization", "")
        user, scopes = auth.authenticate(self.world, header, request.args.get("access_token"))
        if not route.admits(user, scopes):
            raise not_found()
        method = "GET" if request.method == "HEAD" else request.method
        handler = route.handlers.get(method)
        if handler is None:
            raise not_allowed(request.method)
        call = Call(
            method=method,
            world=self.world,
            user=user,
            base=request.host_url.rstrip("/"),
            url=request.base_url,
            query=request.args.to_dict(flat=False),
            read_body=read_body,
        )
        return handler(call, **arguments)


def negotiate(accept: str, renderers: tuple[str, ...] = RENDERERS) -> str | None:
    """Choose the media type: by the most specific ranges, then in the server's order; quality is not looked at."""
    if not accept.strip():
        return renderers[0]
    ranges = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    for stars in range(3):
        patterns = {range_ for range_ in ranges if range_.count("*") == stars}
        for renderer in renderers:
            if patterns & {renderer, renderer.partition("/")[0] + "/*", "*/*"}:
                return renderer
    return None


def read_body() -> object:
    """Parse the body: JSON, or a form with files; an empty one is an empty object."""
    if request.mimetype in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        return _read_form()
    data = request.get_data()
    if not data:
        return {}
    if request.mimetype not in {JSON, LINKED_DATA}:
        raise miscellaneous(415, f'Unsupported media type "{request.content_type or ""}" in request.')
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except ValueError as problem:
        raise bad_request(general=[f"JSON parse error - {problem}"]) from problem


def _no_constant(name: str) -> object:
    raise ValueError(f"Out of range float values are not JSON compliant: {name!r}")


def _read_form() -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, values in request.form.lists():
        body[name] = values if name == "tags" else values[-1]
    for name, upload in request.files.items():
        suffix = "." + (upload.filename or "").rpartition(".")[2]
        try:
            body[name] = images.accept(upload.stream.read(), suffix)
        except images.ImageRefusedError as problem:
            raise bad_request({name: [str(problem)]}) from problem
    return body


def _with_hosted_members(answer: Answer) -> Answer:
    """Add what the hosted envelope has besides."""
    if not isinstance(answer.body, dict):
        return answer
    body = {
        "timestamp": _now(),
        "fieldErrors": {},
        "validationErrors": [],
        "nonFieldErrors": [],
        "errorCode": "",
        "warnings": {},
        "latestTermsVersion": TERMS_VERSION,
        **answer.body,
    }
    return Answer(answer.status, body, answer.media_type, answer.headers)


def _respond(answer: Answer, accepted: str) -> Response:
    media_type = answer.media_type or accepted
    if answer.body is None:
        response = Response(b"", answer.status)
        del response.headers["Content-Type"]
    elif isinstance(answer.body, str | bytes):
        response = Response(answer.body, answer.status, content_type=media_type)
    else:
        text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
        if media_type == WEB_PAGE:
            text, media_type = f"<!doctype html>\n<title>badgeops sandbox</title>\n<pre>{escape(text)}</pre>\n", HTML
        response = Response(text.encode(), answer.status, content_type=media_type)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers.update(dict(answer.headers))
    return response


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


def build_app(world: World) -> Flask:
    """Put the application together."""
    application = _Application(world, auth.Throttle())
    app = Flask("badgeops.sandbox", static_folder=None)
    app.url_map.merge_slashes = False

    def add(rule: str, view: Callable[..., Response], methods: list[str] = ANY_METHOD) -> None:
        app.add_url_rule(rule, rule, view, methods=methods, provide_automatic_options=False)

    add("/o/token", application.token)
    add("/o/token/", application.token)
    add("/o/revoke_token/", application.revoke, ["POST"])
    add("/o/revoke_token", lambda: _respond(_moved("/o/revoke_token/"), JSON))
    add("/media/<path:path>", application.media, ["GET", "HEAD"])
    add("/public/badges/<ident>/criteria", application.criteria, ["GET", "HEAD"])
    for rule, handler in PUBLIC_ROUTES.items():
        add(rule, _bind(application.public, handler))
    for route in routes(hosted=world.hosted):
        add(route.path, _bind(application.api, route))
    app.register_error_handler(Exception, _crash)
    return app


def _bind(view: Callable[..., Response], subject: object) -> Callable[..., Response]:
    return lambda **arguments: view(subject, arguments)


def _moved(location: str) -> Answer:
    return Answer(301, "", HTML, (("Location", location),))


PUBLIC_ROUTES: Final[dict[str, Callable[..., Answer]]] = {
    "/public/<any(issuers, badges, assertions):place>/<ident>": public.document,
    "/public/<any(issuers, badges, assertions):place>/<ident>/image": public.image,
    "/public/issuers/<ident>/badges": public.badges_of_issuer,
}


def _crash(problem: Exception) -> Response:
    """Answer with a page of HTML: for unknown routes, for what breaks the real server, and for our own faults.

    Only the last are logged.
    """
    if isinstance(problem, HTTPException):
        return _respond(page(problem.code or 500), HTML)
    if not isinstance(problem, ServerCrashError):
        _LOG.error("%s %s broke the sandbox", request.method, request.path, exc_info=problem)
    return _respond(page(500), HTML)
