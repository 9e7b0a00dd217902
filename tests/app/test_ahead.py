"""What is read of the server while a large catalog is read: it is told in its turn, and keeps nothing back."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.app import ahead, elsewhere
from badgeops.catalog import folder
from badgeops.helpers import process
from badgeops.sandbox import Sandbox, SandboxOptions


@pytest.fixture(params=["ahead", "with helpers", "in its turn"])
def _sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every catalog for a large one, and for a small one."""
    monkeypatch.setattr(folder, "WORTH", 10**9 if request.param == "in its turn" else 0)
    if request.param == "with helpers":
        monkeypatch.setattr(process, "WORTH", 1)
        monkeypatch.setattr(elsewhere, "_WORTH", 1)
        monkeypatch.setattr(elsewhere, "_WAIT", 30.0)
        monkeypatch.setattr(process, "cores", lambda: 2)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sandbox]:
    """Run a sandbox."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as sandbox:
        yield sandbox


@pytest.fixture
def programme(tmp_path: Path, server: Sandbox) -> Programme:
    """Give a programme whose entities are on the server, with a change."""
    made = Programme(tmp_path / "catalog", dict(CREDENTIALS))
    made.settings(server.url, dialect="open-source")
    made.write("issuer.yaml", ISSUER)
    made.image()
    made.write("one.yaml", badge_class("one"))
    assert made.apply().status == 0
    made.write("two.yaml", badge_class("two"))
    server.clear_requests()
    return made


@pytest.fixture
def silent() -> Iterator[str]:
    """Give the address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.usefixtures("_sizes")
def test_the_plan_is_the_same(programme: Programme, server: Sandbox) -> None:
    """Read ahead or in its turn: the same requests, the same text."""
    ended = programme.run("plan", "--detailed-exitcode")

    assert ended.status == 2
    assert "1 to create" in ended.out
    assert "badge_class.two" in ended.out
    paths = [record.path.partition("?")[0] for record in server.requests]
    assert paths == ["/o/token", "/v2/issuers", "/v2/badgeclasses"]


@pytest.mark.usefixtures("_sizes")
def test_an_error_in_the_catalog_waits_for_nobody(
    programme: Programme,
    silent: str,
) -> None:
    """A server that does not answer keeps no message back, and none is said of it."""
    programme.settings(silent, dialect="open-source")
    programme.write("one.yaml", badge_class("one").replace("name:", "nmae:"))
    began = time.monotonic()

    ended = programme.run("plan")

    assert ended.status == 1
    assert time.monotonic() - began < 15
    assert "nmae" in ended.err
    assert "Trying again" not in ended.err
    assert silent not in ended.err


@pytest.mark.usefixtures("_sizes")
def test_errors_come_in_their_order(programme: Programme, server: Sandbox) -> None:
    """First the catalog, then the state, then credentials, then the server: as if each was done after the other."""
    unreachable = "http://127.0.0.1:9"
    programme.settings(unreachable, dialect="open-source")
    state = programme.root / "state" / "here.json"
    whole = state.read_text().replace(server.url, unreachable)
    state.write_text("{")
    programme.write("one.yaml", badge_class("one").replace("name:", "nmae:"))
    credentials = dict(programme.environment)
    programme.environment.clear()

    assert "nmae" in (ended := programme.run("plan")).err
    assert "is damaged" not in ended.err
    programme.write("one.yaml", badge_class("one"))
    assert "is damaged" in programme.run("plan").err
    state.write_text(whole)
    assert "no credentials" in programme.run("plan").err
    programme.environment.update(credentials)
    ended = programme.run("plan")
    assert ended.status == 1
    assert "127.0.0.1:9" in ended.err


@pytest.mark.parametrize(
    ("variables", "sets_out"),
    [
        ({"BADGEOPS_TOKEN": "t"}, True),
        (CREDENTIALS, True),
        ({"BADGEOPS_REFRESH_TOKEN": "t"}, False),
        ({}, False),
    ],
)
def test_only_what_can_be_used_again_is_used_ahead(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sets_out: bool
) -> None:
    """A refresh token is good for one log-in: it is not spent on a catalog that turns out to be wrong."""
    monkeypatch.setattr(folder, "WORTH", 0)
    begun: list[object] = []
    monkeypatch.setattr(ahead.Ahead, "_read", lambda *arguments: begun.append(arguments))
    programme.write("one.yaml", "key: [")
    programme.environment.clear()
    programme.environment.update(variables)

    assert programme.run("plan").status == 1

    assert bool(begun) == sets_out
    assert not server.requests


@pytest.mark.parametrize("command", ["validate", "apply", "snapshot", "preview"])
def test_only_a_plan_reads_ahead(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """An apply reads once it holds the lock, and whoever only checks needs no server."""
    monkeypatch.setattr(folder, "WORTH", 0)
    monkeypatch.setattr(ahead.Ahead, "begin", lambda *_: pytest.fail("read ahead"))
    programme.write("one.yaml", "key: [")

    assert programme.run(command).status == 1

    assert not server.requests
