"""What every command promises: statuses, streams, messages for people, and no secret anywhere."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from support.api import Api
from support.commands import leaves
from support.programme import ISSUER, Finished, Programme, badge_class

from badgeops import cli
from badgeops.api.client import Client
from badgeops.api.responses import Answer
from badgeops.api.token_store import open_vault
from badgeops.api.transport import HttpRequest, Transport
from badgeops.applying.writes import Writer
from badgeops.sandbox import Sandbox
from badgeops.state.record import journal_head, loads


@pytest.fixture(params=["open-source"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Use one dialect: nothing here depends on it."""
    return str(request.param)


class _Page(http.server.BaseHTTPRequestHandler):
    """A web site that is no API."""

    def _answer(self) -> None:
        body = b"<!doctype html><title>Sign in to ACME</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web_site() -> Iterator[str]:
    """Run a web site with a login page."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


# doctor


def test_doctor_finds_nothing_wrong_where_nothing_is(programme: Programme) -> None:
    """Each thing that plan and apply need is looked at and found well."""
    done = programme.run("doctor")

    assert done.status == 0, done.out
    for subject in ("catalog", "settings", "state", "credentials", "server", "account", "rights", "e-mail"):
        assert f"ok    {subject}" in done.out
    assert "All is well." in done.out


def test_doctor_compares_the_issuers_addresses_with_the_verified_ones(programme: Programme) -> None:
    """Letter by letter, as the server does; the line to mend is named."""
    text = (programme.root / "issuer.yaml").read_text().replace("admin@", "Admin@")
    programme.write("issuer.yaml", text)

    done = programme.run("doctor")

    assert done.status == 1
    assert "not a verified address of the account" in " ".join(done.out.split())
    assert "issuer.yaml:6:8" in done.out.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("broken", ["kind: BadgeClass\nkey: x\n", "tags: [\n", "- kind: Issuer\n", "kind: Badge\n"])
def test_doctor_checks_the_rest_if_documents_have_errors(programme: Programme, broken: str) -> None:
    """Whoever cannot get on looks at everything at once: a catalog that is wrong hides nothing else."""
    programme.write("broken.yaml", broken)

    done = programme.run("doctor")

    assert done.status == 1
    assert re.search(r"^bad   catalog +\d+ errors?", done.out, re.MULTILINE)
    for subject in ("settings", "state", "credentials", "server", "account", "rights"):
        assert f"ok    {subject}" in done.out
    assert "broken.yaml:" in done.err
    assert "e-mail addresses cannot be checked" in " ".join(done.out.split())


def test_doctor_tells_a_wrong_password_beside_a_wrong_catalog(programme: Programme) -> None:
    """Both are to be mended, and neither waits for the other."""
    programme.write("broken.yaml", "kind: Badge\n")
    programme.environment["BADGEOPS_PASSWORD"] = "no such thing"

    done = programme.run("doctor")

    assert "bad   catalog" in done.out
    assert "does not accept this user name and password" in " ".join(done.out.split())


def test_doctor_asks_no_server_if_the_settings_have_errors(programme: Programme, server: Sandbox) -> None:
    """Which server is meant, and with what, is not known then: all errors are told, and nothing is sent."""
    programme.write("broken.yaml", "kind: Badge\n")
    programme.write("badgeops.yaml", (programme.root / "badgeops.yaml").read_text() + "limits: {delete: lots}\n")
    before = len(server.requests)

    done = programme.run("doctor")

    assert done.status == 1
    assert "invalid-limit" in done.err
    assert len(server.requests) == before


@pytest.mark.parametrize("emails", [7, True, "a@b.example", {"email": 1}, [3, {"email": [], "verified": True}]])
def test_doctor_bears_with_a_profile_of_any_shape(
    programme: Programme, emails: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be read holds no verified address; it is no reason to stop."""
    account = Client.account
    monkeypatch.setattr(Client, "account", lambda client: {**account(client), "emails": emails})

    done = programme.run("doctor")

    assert done.status == 1
    assert "not a verified address of the account" in " ".join(done.out.split())
    assert "bug in badgeops" not in done.err


def test_doctor_explains_a_wrong_password(programme: Programme) -> None:
    """What is wrong, and where the credentials come from."""
    programme.environment["BADGEOPS_PASSWORD"] = "no such thing"

    done = programme.run("doctor")

    assert done.status == 1
    assert "does not accept this user name and password" in " ".join(done.out.split())
    assert "BADGEOPS_USERNAME and BADGEOPS_PASSWORD" in " ".join(done.out.split())
    assert "no such thing" not in done.out + done.err


def test_doctor_suggests_the_command_for_this_environment(programme: Programme) -> None:
    """Whoever copies the line logs in where the credentials are missing, and not to the default environment."""
    del programme.environment["BADGEOPS_USERNAME"], programme.environment["BADGEOPS_PASSWORD"]

    done = programme.run("doctor", "--env", "here")

    assert done.status == 1
    assert "--env here" in next(line for line in done.out.splitlines() if "badgeops login" in line)


def test_doctor_reports_a_state_of_another_server(programme: Programme) -> None:
    """A state is worth nothing against another server; it is refused, not overwritten."""
    programme.apply()
    path = programme.root / "state" / "here.json"
    before = path.read_text().replace("http://127.0.0.1", "http://127.0.0.2")
    path.write_text(before)

    assert "belongs to the server" in " ".join(programme.run("doctor").out.split())
    assert programme.apply().status == 1
    assert path.read_text() == before


def test_doctor_reports_pending_creations(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an interrupted run left open is named, with what will become of it."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    server.set_faults(["drop,when=after,method=POST,path=/v2/badgeclasses"])
    programme.apply()
    server.set_faults([])

    done = programme.run("doctor")

    assert "2 pending" in done.out
    assert "pending" in programme.run("state list").out


# servers that are none


@pytest.mark.parametrize("command", ["plan", "doctor"])
def test_a_web_site_is_told_from_an_api(programme: Programme, web_site: str, command: str) -> None:
    """Who enters the address of the web site instead of the API's learns it in words."""
    programme.settings(web_site)

    done = programme.run(command)

    assert done.status == 1
    assert "the address of the API" in " ".join((done.out + done.err).split())


@pytest.mark.parametrize("command", ["plan", "doctor"])
def test_the_words_of_a_server_that_refuses_are_shown(programme: Programme, server: Sandbox, command: str) -> None:
    """They may be all there is to go by; also where it is no document that they are about."""
    server.set_faults(["status=403,path=/v2/issuers*"])

    done = programme.run(command)

    assert done.status == 1
    assert "The server says: " in " ".join((done.out + done.err).split())


def test_a_server_that_is_not_there_is_said_so(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host, and what to check."""
    monkeypatch.setattr("badgeops.api.transport.Policy.attempts", 1)
    programme.settings("http://127.0.0.1:9")

    done = programme.run("plan")

    assert done.status == 1
    assert "Nothing answers at 127.0.0.1:9" in done.err


# statuses and streams


@pytest.mark.parametrize("name", ["apply", "destroy", "doctor", "fmt", "import", "init", "plan", "preview", "validate"])
@pytest.mark.parametrize("arguments", [["\0"], ["--output", "json=\0"], ["--save-plan", "a\0b"]])
def test_a_nul_character_is_told_by_every_command(
    name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No file can be called so, and the system refuses it with an error of its own kind."""
    assert cli.run([name, *arguments]) == 1
    assert "NUL character" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted({part for name, _ in leaves() for part in (name, name.rpartition(" ")[0])}))
def test_h_is_help_of_every_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has learned `-h` once has learned it, also behind other words, and sees what `--help` shows."""
    shown = []
    for words in (["--help"], ["-h"], *([["word", "-h"]] if name == "import" else [])):
        assert cli.run([*name.split(), *words]) == 0
        shown.append(capsys.readouterr().out)

    assert shown[0].startswith(f"Usage: {' '.join(['badgeops', *name.split()])} ")
    assert set(shown) == {shown[0]}


@pytest.mark.parametrize("words", [["-habc"], ["-h4"], ["--", "-h"]])
def test_an_id_that_begins_like_help_is_an_id(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only a whole `-h` that nothing says to be a word asks for help."""
    monkeypatch.chdir(tmp_path)

    assert cli.run(["import", "badge_class.one", *words]) == 1
    assert "there is no badgeops.yaml" in capsys.readouterr().err


def test_a_usage_error_is_an_error(programme: Programme) -> None:
    """Status 2 means "changes are present" and nothing else."""
    assert programme.run("plan", "--no-such-flag").status == 1
    assert cli.run(["no-such-command"]) == 1


def test_a_mistyped_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest command is named."""
    assert cli.run(["plam"]) == 1

    assert "Did you mean 'plan'?" in capsys.readouterr().err


def test_an_invalid_catalog_stops_every_command_that_needs_it(programme: Programme, server: Sandbox) -> None:
    """All problems are shown, with places, and the server is not even asked."""
    programme.write("one.yaml", badge_class("one", criteriaNarative="x", criteriaNarrative="y"))
    server.clear_requests()

    for command in ("plan", "validate"):
        done = programme.run(command)
        assert done.status == 1
        assert 'unknown field "criteriaNarative"' in done.out + done.err
    assert programme.apply().status == 1
    assert server.requests == []


def test_validate_speaks_json(programme: Programme) -> None:
    """Diagnostics for programs, on stdout and nothing else there."""
    programme.write("one.yaml", badge_class("one", nmae="x"))

    done = programme.run("validate", "--format", "json")

    report = json.loads(done.out)
    assert done.status == 1
    assert (report["valid"], report["error_count"]) == (False, 1)
    assert report["diagnostics"][0]["range"]["start"]["line"] == 8


def test_the_json_plan_stands_alone_on_stdout(programme: Programme) -> None:
    """Warnings and progress go to stderr: a program reads stdout."""
    programme.write("one.yaml", badge_class("one", name="'One <b>bold</b>'"))

    done = programme.run("plan", "--format", "json")

    assert json.loads(done.out)["summary"]["create"] == 3
    assert json.loads(done.out)["warnings"]


def test_a_closed_pipe_is_no_traceback(programme: Programme) -> None:
    """Ends quietly: `badgeops plan | head -1`."""
    process = programme.start("plan")
    assert process.stdout is not None
    first = process.stdout.readline()
    process.stdout.close()
    process.wait(timeout=30)
    assert process.stderr is not None
    with process.stderr as stderr:
        said = stderr.read()

    assert first.startswith("Environment here")
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_a_mistake_of_ours_is_owned_up_to(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unexpected is one message, not a traceback; the traceback is there for who asks."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("badgeops.app.show_plan.make_plan", broken)

    done = programme.run("plan")
    assert done.status == 1
    assert "bug in badgeops" in done.err
    assert "Traceback" not in done.err

    monkeypatch.setenv("BADGEOPS_DEBUG", "1")
    done = programme.run("plan")
    assert done.status == 1
    assert "Traceback" in done.err
    assert "ZeroDivisionError" in done.err


def test_ctrl_c_anywhere_is_status_130(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while reading."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("badgeops.app.show_plan.make_plan", interrupted)

    assert programme.run("plan").status == 130


PERSON, PERSONS_PASSWORD = "ada@example.net", "correct-horse-battery"


class _Eavesdropper:
    """Hears each secret that goes to a server or comes from it, and lets a server repeat them when it refuses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.heard: dict[str, str] = {}
        """Secret -> what it is, the newest last."""
        self.now: list[str] = []
        """Those that were heard since somebody last cleared it."""
        self.refuses = False
        send = Transport.send

        def overheard(transport: Transport, request: HttpRequest, *more: Any) -> Answer:
            url = request.url
            self.hear(request.form or {})
            authorization = request.headers.get("Authorization")
            self.hear({"access_token": authorization.removeprefix("Bearer ")} if authorization else {})
            if self.refuses and url.endswith("/v2/badgeclasses") and request.method == "POST":
                said = {"status": {"success": False, "description": f"You sent {' and '.join(self.now)}"}}
                return Answer(400, url, {}, json.dumps(said).encode())
            answer = send(transport, request, *more)
            if url.endswith("/o/token"):
                self.hear(json.loads(answer.body))
            return answer

        monkeypatch.setattr(Transport, "send", overheard)

    def hear(self, said: Mapping[str, str]) -> None:
        """Take note of what is secret of it."""
        for name in ("password", "access_token", "refresh_token"):
            if name in said:
                self.heard[said[name]] = name
                self.now.append(said[name])


def _log_in(way: str, programme: Programme, server: Sandbox) -> None:
    """Let somebody with a password of their own log in, in one of the ways there are."""
    server.add_account(PERSON, PERSONS_PASSWORD)
    programme.write("issuer.yaml", ISSUER.replace("admin@example.org", PERSON))
    form = {"username": PERSON, "password": PERSONS_PASSWORD}
    with requests.post(f"{server.url}/o/token", data=form, timeout=10) as answer:
        given = answer.json()
    if way == "kept":
        open_vault().put(server.url, given["refresh_token"])
    programme.environment = {
        "password": {"BADGEOPS_USERNAME": PERSON, "BADGEOPS_PASSWORD": PERSONS_PASSWORD},
        "token": {"BADGEOPS_TOKEN": given["access_token"], "BADGEOPS_PASSWORD": "never-asked-for"},
        "refresh": {"BADGEOPS_REFRESH_TOKEN": given["refresh_token"]},
        "kept": {},
    }[way]


def _argv_of_all_while(process: subprocess.Popen[str]) -> str:
    """Return the command lines of all processes there are while one runs, as everybody on the computer sees them."""
    seen: set[bytes] = set()
    while process.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                seen.add(path.read_bytes())
        time.sleep(0.01)
    process.communicate()
    assert process.returncode == 0
    return b"\n".join(seen).decode("utf-8", "replace")


@pytest.mark.parametrize("way", ["password", "token", "refresh", "kept"])
def test_no_command_shows_a_secret(
    way: str,
    programme: Programme,
    server: Sandbox,
    tmp_path: Path,
    journals: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No secret of any way to log in stands in any place, though the server repeats what it was sent.

    Places: both streams, with --verbose and in a traceback; state, journal, saved plan, snapshot, caches; processes.
    """
    _log_in(way, programme, server)
    ear = _Eavesdropper(monkeypatch)
    ear.hear({"password": programme.environment.get("BADGEOPS_PASSWORD", PERSONS_PASSWORD)})

    def renew() -> None:
        ear.now.clear()
        if way == "refresh" and "refresh_token" in ear.heard.values():  # each works once
            newest = [secret for secret, name in ear.heard.items() if name == "refresh_token"][-1]
            programme.environment["BADGEOPS_REFRESH_TOKEN"] = newest

    def run(*command: str) -> Finished:
        renew()
        return programme.run(*command)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(" ".join(ear.now))

    done = {
        "doctor": run("doctor", "--verbose"),
        "plan": run("plan", "--verbose", f"--save-plan={tmp_path}/plan"),
        "snapshot": run("snapshot", "--verbose", f"--out={tmp_path}/snapshot"),
    }
    ear.refuses = True
    done["refused"] = run("apply", "--auto-approve", "--verbose")
    ear.refuses = False
    done["apply"] = run("apply", "--auto-approve")
    done["state"] = run("state list")
    with monkeypatch.context() as patch:
        patch.setenv("BADGEOPS_DEBUG", "1")
        patch.setattr(Writer, "__init__", broken)
        programme.write("one.yaml", badge_class("one", description="New."))
        done["broken"] = run("apply", "--auto-approve")
    renew()
    argv = _argv_of_all_while(programme.start("plan"))

    caches = [path for path in Path(os.environ["XDG_CACHE_HOME"]).rglob("*") if path.is_file()]
    places = {
        **{f"stdout of {name}": each.out for name, each in done.items()},
        **{f"stderr of {name}": each.err for name, each in done.items()},
        **{str(path): path.read_bytes().decode("latin-1") for path in caches},
        **{str(path): path.read_text("utf-8") for path in (programme.root / "state").iterdir()},
        **{f"journal {number}": text for number, text in enumerate(journals)},
        **{name: (tmp_path / name).read_text("utf-8") for name in ("plan", "snapshot")},
        "processes": argv,
    }
    assert {name: each.status for name, each in done.items()} == dict.fromkeys(done, 0) | {"refused": 1, "broken": 1}
    assert "You sent ********" in " ".join(done["refused"].out.split())
    assert "ZeroDivisionError: ********" in done["broken"].err
    assert re.search(r"^GET /v2/\S+ 200", done["doctor"].err, re.MULTILINE)
    assert "badge_class.one" in "".join(journals)
    assert {path.name.partition("-")[0] for path in caches} >= {"documents", "images"}
    assert str(programme.root) in argv or not Path("/proc/self/cmdline").exists()
    assert len(ear.heard) >= 2
    assert [(name, place) for secret, name in ear.heard.items() for place in places if secret in places[place]] == []


# the state


def test_the_state_can_be_looked_at(programme: Programme, server: Sandbox) -> None:
    """Addresses, ids and names; and for one entity, what was sent and what became of it."""
    programme.write("one.yaml", badge_class("one", description="'Some <b>bold</b> words'"))
    programme.apply()

    listed = programme.run("state list").out
    shown = programme.run("state show", "badge_class.one").out

    assert f"badge_class.one  {Api(server.url).named('One')['entityId']}  One" in listed
    assert 'the server stored: "Some bold words"' in shown
    assert json.loads(programme.run("state show", "badge_class.one", "--format", "json").out)["sent"]["name"] == "One"
    assert json.loads(programme.run("state list", "--format", "json").out)["serial"] == 2
    assert programme.run("state show", "badge_class.none").status == 1
    assert programme.run("state show", "nonsense").status == 1


def test_a_mistyped_address_is_guessed(programme: Programme) -> None:
    """Whoever mistypes an address, or its kind, is shown the one that is probably meant."""
    programme.apply()

    for command, arguments, meant in (
        ("state show", ("badge_class.onee",), "badge_class.one"),
        ("state show", ("issuer.one",), "badge_class.one"),
        ("state mv", ("badge_class.on", "badge_class.new"), "badge_class.one"),
        ("state rm", ("issuer.acadmy",), "issuer.academy"),
        ("import", ("badge_class.tow", "id"), "badge_class.two"),
    ):
        done = programme.run(command, *arguments)

        assert done.status == 1
        assert f"Did you mean {meant}?" in " ".join(done.err.split())
    assert "Did you mean" not in programme.run("state show", "badge_class.quite-another").err


def _version(text: str) -> str:
    return text.replace('"version": 1', '"version": 2')


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        ("here.json", _version, "another version of badgeops"),
        ("here.json", lambda text: text.replace("http://127.0.0.1", "http://127.0.0.2"), "belongs to the server"),
        ("here.json", lambda text: text.replace('"here"', '"there"'), "belongs to environment there"),
        ("here.json", lambda text: text[: len(text) // 2], "Restore it from version control"),
        ("here.json", lambda text: text.replace('"received"', '"recieved"'), "Restore it from version control"),
        (
            ".here.json.journal",
            lambda text: text.replace('"journal": 1', '"journal": 2'),
            "another version of badgeops",
        ),
        (".here.json.journal", lambda text: text.replace("lineage", "lineage-"), "move it away"),
        (".here.json.journal", lambda text: text.replace('"lineage": "', '"lineage": "x'), "Put back the state"),
    ],
    ids=["newer", "server", "environment", "half", "misspelt", "newer-journal", "damaged-journal", "lineage"],
)
def test_a_state_that_cannot_be_ours_is_refused_and_kept(
    programme: Programme, server: Sandbox, name: str, spoil: Callable[[str], str], words: str
) -> None:
    """Every command that reads or writes it refuses it with the way out; no byte of it changes, nor the server."""
    programme.apply()
    folder = programme.root / "state"
    state = loads((folder / "here.json").read_text("utf-8"), name="state")
    (folder / ".here.json.journal").write_text(journal_head(state, "apply"), "utf-8")
    path = folder / name
    path.write_text(spoil(path.read_text("utf-8")), "utf-8")
    lock = {".lock", ".holder"}
    before = {each.name: each.read_bytes() for each in folder.iterdir() if each.suffix not in lock}
    live = Api(server.url).badge_classes()

    for command, *arguments in (
        ("plan",),
        ("apply", "--auto-approve"),
        ("destroy", "--auto-approve"),
        ("import", "badge_class.one", "some-id"),
        ("doctor",),
        ("state list",),
        ("state show", "badge_class.one"),
        ("state mv", "badge_class.one", "badge_class.new"),
        ("state rm", "badge_class.one"),
        ("state rm", "--all", "--auto-approve"),
    ):
        done = programme.run(command, *arguments)

        said = " ".join((done.out + done.err).split())
        assert (command, done.status, words in said) == (command, 1, True), said
        assert {each.name: each.read_bytes() for each in folder.iterdir() if each.suffix not in lock} == before
    assert Api(server.url).badge_classes() == live


def test_a_state_is_moved_only_where_it_makes_sense(programme: Programme) -> None:
    """One address, one entity; kinds do not change."""
    programme.apply()

    assert programme.run("state mv", "badge_class.one", "badge_class.two").status == 1
    assert programme.run("state mv", "badge_class.one", "issuer.one").status == 1
    assert programme.run("state mv", "badge_class.zero", "badge_class.one").status == 1
    assert programme.run("state rm").status == 1
    assert "3 entities" in programme.run("state list").out


def test_a_creation_that_is_open_can_be_moved_and_is_not_forgotten(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is recorded for it yet. Who forgets what is gone does not forget that it is being made again."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", ())
    programme.apply()
    Api(server.url).delete("One")
    programme.write("three.yaml", badge_class("three"))
    server.set_faults(["drop,when=before,method=POST,path=/v2/badgeclasses"])
    assert programme.apply().status == 1
    server.set_faults([])

    assert programme.run("state mv", "badge_class.three", "badge_class.two").status == 1
    assert programme.run("state mv", "badge_class.three", "badge_class.drei").status == 0
    assert programme.run("state rm", "badge_class.three").status == 1
    assert programme.run("state rm", "badge_class.one").status == 0

    listed = programme.run("state list").out
    assert "badge_class.drei  (pending" in listed
    assert "badge_class.one  (pending" in listed


def test_importing_says_what_stands_against_it(programme: Programme, server: Sandbox) -> None:
    """An unknown id, an id that is taken, a document that is not there, an issuer that is not known yet."""
    programme.apply()
    one = Api(server.url).named("One")["entityId"]

    for arguments, words in (
        (("badge_class.one", "nonsense"), "no BadgeClass with the id nonsense"),
        (("badge_class.two", one), f"The state already records {one} as badge_class.one."),
        (("badge_class.other", one), "The catalog has no badge_class.other"),
        (("other", one), "is not an address"),
    ):
        done = programme.run("import", *arguments)
        assert done.status == 1
        assert words in done.told
    programme.run("state rm", "issuer.academy", "badge_class.one")
    assert "Import the issuer first" in programme.run("import", "badge_class.one", one).err


@pytest.mark.parametrize("odd", ["", "../../x", "two words", "https://badges.example/"])
def test_what_is_no_id_is_not_asked_for(programme: Programme, odd: str) -> None:
    """The server's answer to it would be about something else."""
    refused = programme.run("import", "badge_class.one", odd)

    assert refused.status == 1
    assert "is not an entityId, nor an address that contains one" in " ".join(refused.err.split())


def test_an_id_that_begins_with_a_dash_can_be_imported(programme: Programme) -> None:
    """The server makes such ids; the command line does not take them for options."""
    programme.apply()

    assert "-x1_Ab" in programme.run("import", "badge_class.one", "-x1_Ab").err


def test_the_address_of_the_public_page_will_do(programme: Programme, server: Sandbox) -> None:
    """People copy what the browser shows."""
    programme.apply()
    programme.run("state rm", "badge_class.one")

    done = programme.run("import", "badge_class.one", Api(server.url).named("One")["openBadgeId"])

    assert done.status == 0, done.err
    programme.assert_settled()


def test_the_address_of_another_server_will_not_do(programme: Programme, server: Sandbox) -> None:
    """A copy of a server has the same ids, and its pages would be taken for those of the original."""
    programme.apply()
    programme.run("state rm", "badge_class.one")
    one = Api(server.url).named("One")["entityId"]

    done = programme.run("import", "badge_class.one", f"https://staging.example.org/public/badges/{one}")

    assert done.status == 1
    assert "is a page of another server than http://127.0.0.1" in " ".join(done.err.split())
    assert programme.run("import", "badge_class.one", one).status == 0


@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_all_that_is_needed_is_said_at_once(programme: Programme, command: str) -> None:
    """What stops a plan, what the limits say, and that nobody can be asked."""
    text = (programme.root / "issuer.yaml").read_text("utf-8")
    programme.write("issuer.yaml", text.replace("kind: Issuer\n", "kind: Issuer\nlifecycle: {protect: true}\n"))
    programme.apply()
    if command == "apply":
        programme.write("badgeops.yaml", (programme.root / "badgeops.yaml").read_text() + "limits: {delete: 0}\n")
        next(path for path in programme.root.rglob("*.yaml") if "BadgeClass" in path.read_text("utf-8")).unlink()

    stopped = programme.run(command)
    said = " ".join(stopped.told.split())
    assert stopped.status == 1
    if command == "destroy":
        assert "badgeops destroy --allow protected=issuer.academy --auto-approve" in said
    else:
        assert "--auto-approve, too." in said
        assert "--allow deletes=" in said
    done = programme.run(command, *re.findall(r"--allow \S+", said)[0].split(), "--auto-approve")
    assert done.status == 0, done.err


def test_destroy_shows_protection_and_earners_at_once(programme: Programme, server: Sandbox) -> None:
    """Whoever lifts the protection is not told only then that people have earned the badge."""
    path = next(path for path in programme.root.rglob("*.yaml") if "name: One" in path.read_text("utf-8"))
    text = path.read_text("utf-8")
    path.write_text(text.replace("name: One\n", "name: One\nlifecycle: {protect: true}\n", 1), "utf-8")
    programme.apply()
    Api(server.url).award("One")

    stopped = programme.run("destroy", "--auto-approve")
    assert stopped.status == 1
    assert "error[protected-entity]" in stopped.told
    assert "error[earned-by-people]" in stopped.told
    assert len(Api(server.url).badge_classes()) > 0
    for command in stopped.commands[-2:]:
        done = programme.copy(command)
        assert done.status == 0, done.err
    assert [item["name"] for item in Api(server.url).badge_classes()] == ["One"]


def test_destroy_with_the_wrong_account_does_not_say_that_nothing_is_there(
    programme: Programme, server: Sandbox
) -> None:
    """It names each entity that it may not see, and the state keeps them; the right account deletes them all."""
    programme.apply()
    state = programme.root / "state" / "here.json"
    environment, before = programme.environment, state.read_text("utf-8")
    server.add_account(PERSON, PERSONS_PASSWORD)
    programme.environment = {"BADGEOPS_USERNAME": PERSON, "BADGEOPS_PASSWORD": PERSONS_PASSWORD}

    stopped = programme.run("destroy", "--auto-approve")
    assert stopped.status == 1
    assert "Nothing to destroy" not in stopped.told
    assert stopped.told.count("error[not-visible]") == before.count('"entityId"') > 1
    assert state.read_text("utf-8") == before

    programme.environment = environment
    assert programme.run("destroy", "--auto-approve").status == 0
    assert programme.run("destroy", "--auto-approve").out == (
        "Nothing to destroy: the state records no entities on this server.\n"
    )


# the sandbox


def test_a_link_that_leads_nowhere_is_no_place_for_the_sandbox(programme: Programme) -> None:
    """Neither its data nor its state is written outside of the catalog, into a folder that nobody has made."""
    programme.environment = {}
    programme.write("badgeops.yaml", "catalog: test\n")
    (programme.root / ".badgeops").symlink_to(programme.root.parent / "nowhere")

    for command in (["plan"], ["apply", "--auto-approve"], ["doctor"], ["sandbox serve", "--catalog"]):
        done = programme.run(*command)
        assert done.status == 1
        assert "is a link to a folder that does not exist" in " ".join((done.out + done.err).split())
    assert not (programme.root.parent / "nowhere").exists()


def test_the_embedded_sandbox_needs_nothing(programme: Programme) -> None:
    """No address, no credentials, and its data is there again in the next run."""
    programme.environment = {}
    programme.write("badgeops.yaml", "catalog: test\n")
    text = (programme.root / "issuer.yaml").read_text().replace("admin@example.org", "badges@academy.example")
    programme.write("issuer.yaml", text)

    assert programme.apply().status == 0
    programme.assert_settled()
    assert programme.run("doctor").status == 0


def test_sandbox_serve_prints_its_address_and_stops_on_ctrl_c(tmp_path: Path) -> None:
    """The address is the first and only line of stdout."""
    command = [sys.executable, "-m", "badgeops", "sandbox", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert Api(url).issuers() == []
        process.send_signal(2)
        out, err = process.communicate(timeout=20)

    assert process.returncode == 0, err
    assert out == ""
    assert "Traceback" not in err


def test_a_bad_fault_rule_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sandbox does not start with a rule that it does not understand."""
    assert cli.run(["sandbox", "serve", "--data", str(tmp_path), "--fail", "nonsense=1"]) == 1

    assert "nonsense" in capsys.readouterr().err
