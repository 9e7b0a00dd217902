"""The sandbox as a whole: starting, stopping, what stays."""

from __future__ import annotations

import gc
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from badgeops.sandbox import ORIGIN, PASSWORD, USERNAME, Sandbox, SandboxError, SandboxOptions

if TYPE_CHECKING:
    from pathlib import Path


def test_everything_outlives_the_sandbox(start: Any, connect: Any) -> None:
    """A second start has all the data, under the same ids and paths, on another port and with the same token."""
    first = start()
    client = connect(first)
    issuer = client.issuer()
    badgeclass = client.badgeclass(issuer)
    client.award(badgeclass)
    content = client("GET", badgeclass["image"]).content
    before = first.url
    first.close()
    second = start()
    client.base = second.url
    found = client.many("/v2/badgeclasses")[0]

    assert found["image"].removeprefix(second.url) == badgeclass["image"].removeprefix(before)
    assert {**found, "image": None} == {**badgeclass, "image": None}
    assert client("GET", found["image"]).content == content
    assert client("DELETE", f"/v2/badgeclasses/{found['entityId']}").status_code == 400


def test_identities_do_not_depend_on_the_port(client: Any) -> None:
    """An openBadgeId has a fixed origin, and its path is served."""
    issuer = client.issuer()

    assert issuer["openBadgeId"] == f"{ORIGIN}/public/issuers/{issuer['entityId']}"
    assert client("GET", issuer["openBadgeId"].removeprefix(ORIGIN)).json()["id"] == issuer["openBadgeId"]


def test_image_addresses_have_the_host_of_the_request(client: Any) -> None:
    """Whoever asks through another name is shown images under that name."""
    client.badgeclass(client.issuer())
    shown = client("GET", "/v2/badgeclasses", headers={"Host": "localhost:81"}).json()["result"][0]

    assert shown["image"].startswith("http://localhost:81/media/")


@pytest.mark.parametrize(
    "host",
    [
        "badges.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8000",
        "localhost@evil.example",
        "evil.example, localhost",
        "192.168.1.5",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/v2/badgeclasses", "/o/token", "/media/x", "/public/issuers/x", "/nothing"])
def test_a_name_of_a_stranger_that_leads_here_is_refused(client: Any, host: str, path: str) -> None:
    """A web page whose name leads to this computer could log in, since everybody knows the password."""
    answer = client("POST" if path == "/o/token" else "GET", path, headers={"Host": host})

    assert answer.status_code == 421
    assert "127.0.0.1" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]:9000"])
def test_the_usual_names_of_this_computer_are_answered(client: Any, host: str) -> None:
    """Whatever the port: behind a tunnel it is another one."""
    assert client("GET", "/v2/badgeclasses", headers={"Host": host}).status_code == 200


def test_ids_are_uuids(client: Any) -> None:
    """22 characters of URL-safe base64."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{21}[AQgw]", client.issuer()["entityId"])


def test_reset_forgets_everything(start: Any, connect: Any) -> None:
    """A start with reset begins empty."""
    first = start()
    connect(first).issuer()
    first.close()

    assert connect(start(reset=True)).many("/v2/issuers") == []


def test_two_at_once_share_their_data(start: Any, connect: Any) -> None:
    """Two processes may have a sandbox open on one folder."""
    first, second = connect(start()), connect(start())
    issuer = first.issuer()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: (first, second)[n % 2].badgeclass(issuer), range(16)))

    assert len(first.many("/v2/badgeclasses")) == len(second.many("/v2/badgeclasses?num=500")) == 16


def test_nothing_is_lost_in_parallel(client: Any, sandbox: Any) -> None:
    """32 threads create at once, and everything is there, once each, in pages and whole."""
    issuer = client.issuer()

    def create(number: int) -> str:
        found: str = client.badgeclass(issuer, name=f"B{number}")["entityId"]
        return found

    with ThreadPoolExecutor(32) as pool:
        created = set(pool.map(create, range(96)))

    assert len(created) == 96
    assert created == {found["entityId"] for found in client.many("/v2/badgeclasses")}
    assert created == {found["entityId"] for found in client.many("/v2/badgeclasses?num=500")}
    assert sum(record.status == 201 for record in sandbox.requests) == 97


def test_parallel_changes_of_one_object_do_not_tear_it(client: Any) -> None:
    """A change is one transaction: what is stored is what one of the writers sent."""
    badgeclass = client.badgeclass(client.issuer())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.put(badgeclass, name=f"N{n}", tags=[f"N{n}"]), range(16)))
    found = client.many("/v2/badgeclasses")[0]

    assert found["tags"] == [found["name"]]


def test_closing_leaves_nothing_behind(tmp_path: Path) -> None:
    """Starting and closing over and over leaves no thread and no open socket."""
    threads = threading.active_count()
    for _ in range(5):
        sandbox = Sandbox(SandboxOptions(tmp_path))
        with sandbox:
            port = int(sandbox.url.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)):
                pass
        sandbox.close()
    gc.collect()

    assert threading.active_count() == threads
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_closing_does_not_wait_for_faults(sandbox: Any, client: Any) -> None:
    """A request that is being kept waiting is let go when the sandbox closes, answered or not."""
    sandbox.set_faults(["slow=60"])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client, "GET", "/v2/issuers")
        time.sleep(0.2)
        begun = time.monotonic()
        sandbox.close()
        assert time.monotonic() - begun < 2
        waiting.exception(10)


def test_closing_does_not_wait_for_clients(start: Any, connect: Any) -> None:
    """A client that stays connected and reads nothing does not keep the sandbox up."""
    sandbox = start()
    connect(sandbox)
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as idle:
        idle.sendall(b"GET /v2/issuers HTTP/1.1\r\nHost: x\r\n")
        begun = time.monotonic()
        sandbox.close()
        assert time.monotonic() - begun < 2


def test_a_taken_port_is_explained(start: Any) -> None:
    """The message names the port, and nothing stays behind."""
    port = int(start().url.rpartition(":")[2])
    with pytest.raises(SandboxError, match=f"port {port} of 127.0.0.1 cannot be used"):
        start(port=port)


def test_a_chosen_port(start: Any) -> None:
    """A port that is free can be asked for, again and again."""
    first = start()
    port = int(first.url.rpartition(":")[2])
    first.close()

    assert start(port=port).url == f"http://127.0.0.1:{port}"


def test_a_bad_rule_is_told_before_the_start(tmp_path: Path) -> None:
    """Nothing is bound and nothing written for a rule that is not understood."""
    with pytest.raises(SandboxError, match="nonsense"):
        Sandbox(SandboxOptions(tmp_path / "data", fail=("nonsense",)))
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_no_store_is_explained(start: Any, tmp_path: Path) -> None:
    """Damage is told with the way out, and the way out works."""
    folder = tmp_path / "sandbox"
    folder.mkdir()
    (folder / "sandbox.sqlite3").write_bytes(b"not a database at all, but long enough to be looked at" * 99)
    with pytest.raises(SandboxError, match="start it with --reset"):
        start()
    assert start(reset=True).url


def test_a_store_of_another_version_is_explained(start: Any, tmp_path: Path) -> None:
    """The sandbox does not guess what another version meant."""
    start().close()
    connection = sqlite3.connect(tmp_path / "sandbox" / "sandbox.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SandboxError, match="another version"):
        start()


def test_what_is_not_running_says_so(tmp_path: Path) -> None:
    """Asking a sandbox that was never started is a mistake, except for what was asked of it."""
    sandbox = Sandbox(SandboxOptions(tmp_path))

    assert sandbox.requests == []
    sandbox.clear_requests()
    with pytest.raises(SandboxError, match="not running"):
        _ = sandbox.url
    with pytest.raises(SandboxError, match="not running"):
        sandbox.expire_tokens()


def test_it_starts_once(sandbox: Any) -> None:
    """A second start of the same is a mistake."""
    with pytest.raises(SandboxError, match="runs already"):
        sandbox.start()


def test_requests_are_recorded(start: Any, connect: Any) -> None:
    """What was asked can be looked at, and is told as it happens."""
    told: list[tuple[str, str, int]] = []
    sandbox = start(log=told.append)
    client = connect(sandbox)
    client("GET", "/v2/issuers?include_staff=false")
    client("GET", "/v2/nöpe")

    expected = [
        ("POST", "/o/token", 200),
        ("GET", "/v2/issuers?include_staff=false", 200),
        ("GET", "/v2/n%C3%B6pe", 404),
    ]
    assert sandbox.requests == told == expected
    sandbox.clear_requests()
    assert sandbox.requests == []


def test_verified_addresses_are_those_of_the_start(start: Any, connect: Any) -> None:
    """The addresses of the options count, each for new issuers."""
    client = connect(start(verified_emails=("a@x.org",), unverified_emails=("b@x.org",)))
    emails = client.one("GET", "/v2/users/self")["emails"]

    assert [(email["email"], email["verified"]) for email in emails] == [
        (USERNAME, True),
        ("a@x.org", True),
        ("b@x.org", False),
    ]
    assert client.issuer(email="a@x.org")["email"] == "a@x.org"


def test_head_works_where_get_does(client: Any) -> None:
    """It has the same headers and no body."""
    answer = client("HEAD", "/v2/issuers")

    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["Content-Type"] == "application/json"
    assert "Date" in answer.headers


def test_an_unexpected_error_is_logged(
    client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake of the sandbox itself is a page with status 500 too, and leaves a trace in the log."""
    from badgeops.sandbox import entities

    monkeypatch.setattr(entities, "select", lambda *_: 1 / 0)

    assert client("GET", "/v2/issuers").status_code == 500
    assert "GET /v2/issuers broke the sandbox" in caplog.text


def test_importing_costs_little() -> None:
    """Flask, waitress and Pillow come with the first start, not with the import; nothing else of badgeops does."""
    heavy = {"flask", "werkzeug", "waitress", "PIL", "defusedxml", "sqlite3"}
    code = "import sys; before = set(sys.modules); import badgeops.sandbox; print(*set(sys.modules) - before)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    loaded = set(out.split())

    assert not heavy & loaded
    assert {name for name in loaded if name.startswith("badgeops.")} <= {
        "badgeops.sandbox",
        "badgeops.sandbox.faults",
        "badgeops.sandbox.options",
        "badgeops.sandbox.server",
    }


def test_serving_in_the_foreground_ends_with_an_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is the way to stop it, and no error."""
    from badgeops.sandbox.loop import Loop

    def interrupt(_loop: Loop) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Loop, "wait", interrupt)
    sandbox = Sandbox(SandboxOptions(tmp_path))
    sandbox.serve_forever()

    with pytest.raises(SandboxError, match="not running"):
        _ = sandbox.url
    assert PASSWORD == "sandbox"


def test_a_folder_that_cannot_be_made_is_explained(start: Any, tmp_path: Path) -> None:
    """The message names the folder and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError, match="file/data cannot be used: Not a directory"):
        start(data=tmp_path / "file" / "data")


def test_a_store_that_cannot_be_opened_is_explained(start: Any, tmp_path: Path) -> None:
    """Not everything is mended by a reset, and the message does not say so."""
    (tmp_path / "sandbox" / "sandbox.sqlite3").mkdir(parents=True)
    with pytest.raises(SandboxError, match="cannot be opened: unable to open database file"):
        start()


def test_the_loop_can_be_waited_for(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting ends when the sandbox is closed from elsewhere."""
    monkeypatch.setattr("badgeops.sandbox.loop.LISTEN_SECONDS", 0.01)
    waiting = threading.Thread(target=sandbox.serve_forever)
    waiting.start()
    time.sleep(0.1)
    sandbox.close()
    waiting.join(10)

    assert not waiting.is_alive()
