"""`badgeops preview`: a page of the catalog, written or served, without a server and without credentials."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.pages import assert_sound, find, text
from support.programme import ISSUER, Programme, badge_class

from badgeops.app import serve_page
from badgeops.app.make_page import PreviewRequest
from badgeops.app.serve_page import PreviewServer, Site
from badgeops.cli import run as run_cli
from badgeops.commands.shared.console import CONSOLE
from badgeops.errors import StateError
from badgeops.render.html.page import policy


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    """Write a catalog for a server that does not exist."""
    made = Programme(tmp_path / "catalog")
    made.settings("https://badges.invalid")
    made.write("issuer.yaml", ISSUER)
    made.write("sql.yaml", badge_class("sql"))
    made.image()
    return made


# --- written -------------------------------------------------------------------------------------------------------


def test_a_page_is_written_without_a_server_and_without_credentials(programme: Programme) -> None:
    """The file lies where git does not see it, its name is all that stdout says, and twice it is the same."""
    made = programme.run("preview")

    path = programme.root / ".badgeops" / "preview.html"
    assert (made.status, made.out, made.err) == (0, f"{path}\n", "")
    root = assert_sound(path.read_text("utf-8"))
    assert [text(item) for item in find(root, "h3")] == ["Sql"]
    assert len(find(root, "img")) == 1
    assert (programme.root / ".badgeops" / ".gitignore").read_text("utf-8") == "*\n"
    before = path.read_bytes()
    assert programme.run("preview").status == 0
    assert path.read_bytes() == before


def test_a_page_goes_where_it_is_wanted(programme: Programme, tmp_path: Path) -> None:
    """To a file, which is replaced, or to stdout; both hold the same."""
    path = tmp_path / "badges.html"
    path.write_text("old", "utf-8")

    assert programme.run("preview", "--out", str(path)).status == 0
    assert path.read_text("utf-8") == programme.run("preview", "--out", "-").out


def test_an_environment_shows_its_overrides(programme: Programme) -> None:
    """What is shown is what would be applied there."""
    programme.settings(
        "https://badges.invalid",
        more="  there:\n    server: sandbox\n    overrides: {badge_class.sql: {name: SQL there}}\n",
    )

    assert "SQL there" in programme.run("preview", "--env", "there", "--out", "-").out
    assert "SQL there" not in programme.run("preview", "--env", "here", "--out", "-").out


def test_a_catalog_with_errors_is_explained_and_not_shown(programme: Programme) -> None:
    """As every command does; no file is written."""
    programme.write("sql.yaml", badge_class("sql", nmae="SQL"))
    refused = programme.run("preview")

    assert refused.status == 1
    assert "nmae" in refused.err
    assert not (programme.root / ".badgeops").exists()


def test_warnings_are_on_the_page_and_on_stderr(programme: Programme) -> None:
    """Who looks at the page sees them as well."""
    programme.image(size=(90, 60))
    made = programme.run("preview", "--out", "-")

    assert made.status == 0
    assert "not square" in made.err
    assert "not square" in text(find(assert_sound(made.out), "section", class_="warning")[0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--out", "/nowhere/at/all.html"],
            "/nowhere/at/all.html cannot be written: the folder /nowhere/at does not exist.",
        ),
        (["--serve", "--out", "x.html"], "Pass --serve or --out, not both"),
        (["--env", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_message(programme: Programme, arguments: list[str], words: str) -> None:
    """What, where, and what to do instead."""
    refused = programme.run("preview", *arguments)

    assert refused.status == 1
    assert words in refused.told
    assert refused.out == ""


@pytest.mark.parametrize("works", [True, False])
def test_the_browser_is_opened_only_when_asked(
    programme: Programme, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    """With the file's own address; where there is no browser, that is said and no failure."""
    asked: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: asked.append(url) or works)
    assert programme.run("preview").status == 0
    assert asked == []

    made = programme.run("preview", "--open")

    assert made.status == 0
    assert asked == [(programme.root / ".badgeops" / "preview.html").resolve().as_uri()]
    assert ("No browser could be opened." in made.err) != works


def test_many_cards_are_counted_on_a_terminal(
    programme: Programme, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bar for who waits at a terminal, nothing in a log, and nothing where few are to be drawn."""
    assert programme.run("preview").err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes any stream for a terminal then
    monkeypatch.setattr("badgeops.commands.shared.terminal.is_terminal", lambda _stream: True)
    for total, environment, words in ((500, "", "1/500"), (500, "1", ""), (5, "", "")):
        monkeypatch.setenv("NO_COLOR", environment)
        with CONSOLE.counted("drawing cards", total) as seen:
            seen()
        assert words in (err := capsys.readouterr().err)
        assert bool(err) == bool(words)


# --- served --------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(programme: Programme) -> Iterator[PreviewServer]:
    """Serve the catalog in a thread."""
    made = PreviewServer(Site(PreviewRequest(catalog=str(programme.root)), CONSOLE), 0)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def ask(server: PreviewServer, path: str = "/", method: str = "GET", **headers: str) -> tuple[Any, bytes]:
    """Send one request; the answer and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_the_page_is_served_with_its_own_policy(server: PreviewServer) -> None:
    """Only this page's own style, script and images; nobody may frame it, nobody keeps it."""
    answer, body = ask(server)

    assert answer.status == 200
    root = assert_sound(body.decode("utf-8"), "'self'")
    assert answer.getheader("Content-Security-Policy") == policy("'self'") + "; frame-ancestors 'none'"
    for name, value in {
        "Content-Type": "text/html; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }.items():
        assert answer.getheader(name) == value
    assert "Python" not in (answer.getheader("Server") or "")

    (image,) = find(root, "img")
    answer, body = ask(server, image.get("src", ""))
    assert (answer.status, answer.getheader("Content-Type")) == (200, "image/png")
    assert body.startswith(b"\x89PNG")
    assert "sandbox" in answer.getheader("Content-Security-Policy")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"]
)
def test_a_name_of_a_stranger_that_leads_here_is_refused(server: PreviewServer, host: str) -> None:
    """A page elsewhere could otherwise be let read what is served here (DNS rebinding)."""
    for path in ("/", "/pictures/x"):
        answer, body = ask(server, path, Host=host)
        assert answer.status == 421
        assert b"<" not in body


def test_the_usual_names_of_this_computer_are_answered(server: PreviewServer) -> None:
    """By number and by name, with the port."""
    for host in ("127.0.0.1", "localhost", "LocalHost"):
        assert ask(server, Host=f"{host}:{server.server_port}")[0].status == 200
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        "/pictures/",
        "/pictures/../../badgeops.yaml",
        "/pictures/%2e%2e/badgeops.yaml",
        "//evil.example/",
        "/?x/..",
    ],
)
def test_nothing_but_the_page_and_its_images_is_served(server: PreviewServer, path: str) -> None:
    """Images go by their digest, so no path leads anywhere."""
    answer, body = ask(server, path)

    assert answer.status == (200 if path.startswith("/?") else 404)
    assert b"badges.invalid" not in body


def test_only_reading_is_answered(server: PreviewServer) -> None:
    """GET and HEAD; the latter without a body."""
    answer, body = ask(server, method="HEAD")
    assert (answer.status, body) == (200, b"")
    assert int(answer.getheader("Content-Length")) > 1000
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(server, method=method)[0].status == 501


def test_a_reload_shows_the_catalog_as_it_is_now(server: PreviewServer, programme: Programme) -> None:
    """Also while it has errors, and after they are mended; what has not changed is not made again."""
    first = ask(server)[1]
    assert ask(server)[1] is not None
    made = server.site._made
    assert ask(server)[1] == first
    assert server.site._made is made

    programme.write("sql.yaml", badge_class("sql", name="SQL for everyone"))
    assert b"SQL for everyone" in ask(server)[1]
    programme.write("sql.yaml", badge_class("sql", nmae="x"))
    wrong = assert_sound(ask(server)[1].decode("utf-8"), "'self'")
    assert text(find(wrong, "h1")[0]) == "The catalog has errors"
    assert "nmae" in text(wrong)
    programme.write("sql.yaml", badge_class("sql"))
    assert ask(server)[1] == first


@pytest.mark.parametrize("error", [StateError("The lake is frozen."), OSError("The lake is frozen.")])
def test_what_nobody_expected_does_not_end_the_server(
    server: PreviewServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    """The browser is told where to look, the terminal what it was, and the next reload works."""

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(serve_page, "open_workspace", fail)
        answer, body = ask(server)
    assert answer.status == 500
    assert b"the terminal says why" in body
    assert "The lake is frozen." in capsys.readouterr().err
    assert ask(server)[0].status == 200


def test_an_image_that_has_changed_since_is_not_served_as_the_old_one(
    server: PreviewServer, programme: Programme
) -> None:
    """Its digest is looked at again."""
    (image,) = find(assert_sound(ask(server)[1].decode(), "'self'"), "img")
    programme.image(color="red")

    assert ask(server, image.get("src", ""))[0].status == 404


def test_it_is_served_until_ctrl_c(programme: Programme) -> None:
    """The address is the first line; Ctrl-C stops it with 130, without a traceback."""
    process = programme.start("preview", "--serve", "--port", "0")
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    try:
        assert url.startswith("http://127.0.0.1:")
        port = int(url.rstrip("/").rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Ctrl-C stops it" in err


def test_a_port_that_is_taken_is_said_so(server: PreviewServer, programme: Programme) -> None:
    """With what to do about it."""
    refused = programme.run("preview", "--serve", "--port", str(server.server_port))

    assert refused.status == 1
    assert f"The preview cannot use port {server.server_port}: Address already in use." in refused.told
    assert "--port" in refused.err


def test_a_catalog_with_errors_is_not_served_from_the_start(programme: Programme) -> None:
    """What is wrong is said where the command was typed."""
    programme.write("sql.yaml", badge_class("sql", nmae="x"))

    assert programme.run("preview", "--serve", "--port", "0").status == 1


# --- what it costs others ------------------------------------------------------------------------------------------

_PROBE = """
import sys
from badgeops.cli import run
status = run(sys.argv[1:])
loaded = [name for name in ("jinja2", "markdown_it", "nh3", "badgeops.render.html") if name in sys.modules]
print(status, *loaded, file=sys.stderr)
"""


@pytest.mark.tier("test")
@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--version"], []),
        (["--help"], []),
        (["validate", "{catalog}"], []),
        (["plan", "{catalog}", "--env", "sandbox"], ["jinja2"]),  # Flask, the sandbox's, brings it
        (["preview", "{catalog}"], ["jinja2", "markdown_it", "nh3", "badgeops.render.html"]),
    ],
)
def test_pages_cost_nothing_where_there_are_none(programme: Programme, arguments: list[str], loaded: list[str]) -> None:
    """What makes them is imported when one is asked for."""
    programme.settings("https://badges.invalid", more="  sandbox: {server: sandbox}\n")
    command = [argument.format(catalog=programme.root) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *command], env=os.environ, capture_output=True, text=True, check=False
    )

    assert done.stderr.split("\n")[-2].split() == ["0", *loaded]


@pytest.mark.parametrize("way", ["absolute", "relative", "slash", "dot", "inside", "link", "from elsewhere"])
def test_a_page_is_the_same_however_the_folder_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """It says where a file is inside the catalog, and nothing of the computer that made it."""
    made = Programme(tmp_path / "catalog")
    made.settings("http://127.0.0.1:1")
    made.write("issuer.yaml", ISSUER)
    made.image(size=(400, 300))  # a warning with a place
    made.write("badges/one.yaml", badge_class("one", image="../images/badge.png"))
    (tmp_path / "link").symlink_to("catalog")
    (tmp_path / "elsewhere").mkdir()
    start, name = {
        "absolute": (tmp_path, str(made.root)),
        "relative": (tmp_path, "catalog"),
        "slash": (tmp_path, "catalog/"),
        "dot": (tmp_path, "./catalog"),
        "inside": (made.root, "."),
        "link": (tmp_path, "link"),
        "from elsewhere": (tmp_path / "elsewhere", "../catalog"),
    }[way]
    pages = []
    for number, (where, named) in enumerate([(made.root, "."), (start, name)]):
        monkeypatch.chdir(where)
        out = tmp_path / f"{number}.html"
        assert run_cli(["preview", named, "--out", str(out)]) == 0
        pages.append(out.read_text("utf-8"))

    assert pages[0] == pages[1]
    assert str(tmp_path) not in pages[0]
    assert "badges/one.yaml:" in pages[0]
