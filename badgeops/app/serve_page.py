"""`badgeops preview --serve`: the page of a catalog, served to this computer alone."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from badgeops.app.collection import no_collection
from badgeops.app.make_page import PreviewRequest, show
from badgeops.app.reporting import Reporter
from badgeops.app.workspace import open_workspace
from badgeops.catalog.referenced_files import read_image
from badgeops.errors import BadgeopsError, CatalogError, Diagnostic, SettingsError
from badgeops.model.entities import Catalog, Image
from badgeops.render.html import catalog as catalog_page, problems_page
from badgeops.render.html.catalog import Showcase
from badgeops.render.html.images import MIME, at_hand
from badgeops.render.html.page import policy
from badgeops.render.plain import printable

IMAGES = "/pictures/"
_SECONDS = 20
"""How long a client may take to say what it wants."""


@dataclass
class Site:
    """What is served: the page, made anew when the catalog is another one, and its images."""

    request: PreviewRequest
    reporter: Reporter
    _made: tuple[Catalog, tuple[Diagnostic, ...], str] | None = None
    _images: dict[str, Image] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def page_or_none(self) -> str | None:
        """Return the page; None where it cannot be made, which is said on the terminal."""
        try:
            return self.page()
        except BadgeopsError as error:
            self.reporter.error(error)
        except Exception as error:  # noqa: BLE001 (the server stays up, whatever one request meets)
            self.reporter.note(printable(f"The page could not be made: {type(error).__name__}: {error}"))
        return None

    def page(self) -> str:
        """Return the page; where the catalog has errors, one that says which."""
        with self._lock:
            try:
                workspace = open_workspace(self.request, self.reporter)
            except CatalogError as error:
                return problems_page.show(error.diagnostics)
            catalog, warnings = workspace.catalog, workspace.warnings
            if self._made is not None and self._made[:2] == (catalog, warnings):
                return self._made[2]
            case = Showcase(catalog, workspace.settings.environment, warnings, workspace.settings.shown, folder=IMAGES)
            with no_collection():
                page = catalog_page.show(case)
            self._made, self._images = (catalog, warnings, page), at_hand(catalog)
            return page

    def image(self, sha256: str) -> tuple[str, bytes] | None:
        """Return an image of the page by its digest: its type and its bytes."""
        image = self._images.get(sha256)
        data = read_image(image) if image is not None else None
        return (MIME[image.format], data) if image is not None and data is not None else None


class PreviewServer(ThreadingHTTPServer):
    """Listens on the loopback interface."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, site: Site, port: int) -> None:
        self.site = site
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """The address to look at."""
        return f"http://127.0.0.1:{self.server_port}/"

    def hosts(self) -> frozenset[str]:
        """Return the names by which a browser on this computer may ask."""
        return frozenset(f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost"))

    def handle_error(self, _request: object, _client: object) -> None:
        """Bear with a browser that has gone."""


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    server: PreviewServer
    server_version = "badgeops"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer with the page or an image."""
        self._answer(*self._found())

    do_HEAD = do_GET  # noqa: N815 (as above)

    def _found(self) -> tuple[HTTPStatus, str, bytes, str]:
        # A page of a stranger whose name leads to this computer would be let read what is served here.
        if self.headers.get("Host", "").lower() not in self.server.hosts():
            return _refusal(HTTPStatus.MISDIRECTED_REQUEST, "This is not the address of the preview.")
        path = self.path.partition("?")[0]
        if path == "/":
            page = self.server.site.page_or_none()
            if page is None:
                return _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "The page could not be made; the terminal says why.")
            return HTTPStatus.OK, "text/html; charset=utf-8", page.encode("utf-8"), policy("'self'")
        found = self.server.site.image(path.removeprefix(IMAGES)) if path.startswith(IMAGES) else None
        if found is None:
            return _refusal(HTTPStatus.NOT_FOUND, "There is nothing here.")
        return HTTPStatus.OK, *found, _IMAGE_POLICY

    def _answer(self, status: HTTPStatus, kind: str, body: bytes, rules: str) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": f"{rules}; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, _format: str, *_arguments: object) -> None:
        """Say nothing: what a browser asks for is of no interest."""


_IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Of an image that is opened alone: an SVG may have a style, and runs nothing."""


def _refusal(status: HTTPStatus, text: str) -> tuple[HTTPStatus, str, bytes, str]:
    return status, "text/plain; charset=utf-8", f"{text}\n".encode(), "default-src 'none'"


def serve_page(request: PreviewRequest, reporter: Reporter) -> int:
    """Serve the page of a catalog until Ctrl-C."""
    open_workspace(request, reporter)  # what is wrong from the start is said on the terminal
    try:
        server = PreviewServer(Site(request, reporter), request.port)
    except OSError as error:
        raise SettingsError(
            f"The preview cannot use port {request.port}: {error.strerror or error}.",
            hint="Try another --port; 0 takes a free one.",
        ) from error
    with server:
        reporter.result(f"{server.url}\n")
        reporter.note("Reload the page after you change the catalog; Ctrl-C stops it.")
        if request.opens:
            show(server.url, reporter)
        server.serve_forever()
    return 0
