"""A small server whose database makes one write at a time, and refuses those that waited too long."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.api import Api
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.sandbox import Sandbox, SandboxOptions


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look sooner than one would look at a server that is far away."""
    monkeypatch.setattr("badgeops.applying.writes._LOOKS", (0.05, 0.1, 0.2))


def many(folder: Path, server: Sandbox, number: int) -> Programme:
    """Write an issuer with so many badge classes."""
    made = Programme(folder, dict(CREDENTIALS))
    made.settings(server.url)
    made.write("issuer.yaml", ISSUER)
    made.image()
    for index in range(number):
        made.write(f"class-{index}.yaml", badge_class(f"class-{index}"))
    return made


@pytest.mark.usefixtures("quick")
def test_a_busy_database_fails_no_apply(tmp_path: Path) -> None:
    """Each badge class is there once after one run, although the server answered 500 to some of the requests."""
    with Sandbox(SandboxOptions(data=tmp_path / "server", latency_ms=60, fail=("busy=0.2",))) as server:
        programme = many(tmp_path / "catalog", server, 20)

        applied = programme.apply()

        refused = [record for record in server.requests if (record.method, record.status) == ("POST", 500)]
        made = [record for record in server.requests if (record.method, record.status) == ("POST", 201)]
        assert applied.status == 0, applied.err
        assert refused
        assert len(made) == 21
        assert len({shown["name"] for shown in Api(server.url).badge_classes()}) == 20
        assert programme.run("plan", "--detailed-exitcode").status == 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", ["status=502", "status=503", "status=504", "drop", "html"])
def test_what_a_gateway_said_is_not_repeated(tmp_path: Path, fault: str) -> None:
    """Only the next run does so: nobody can say what the server is still at."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server:
        programme = many(tmp_path / "catalog", server, 6)
        server.set_faults([f"{fault},method=POST,path=/v2/badgeclasses,times=1"])

        assert programme.apply().status == 1
        posts = [record for record in server.requests if record.path == "/v2/badgeclasses" and record.method == "POST"]
        assert len(posts) == 6


@pytest.mark.usefixtures("quick")
def test_a_server_that_goes_on_failing_is_told_how_to_help(tmp_path: Path) -> None:
    """A creation is sent four times at most, and the message says what to do."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server:
        programme = many(tmp_path / "catalog", server, 1)
        server.set_faults(["status=500,method=POST,path=/v2/badgeclasses"])

        applied = programme.apply()

        posts = [record for record in server.requests if record.path == "/v2/badgeclasses" and record.method == "POST"]
        assert applied.status == 1
        assert len(posts) == 4
        assert "--parallelism 1" in applied.out + applied.err


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", ["status=500", "status=403", "status=404", "status=429,retry_after=0"])
def test_what_was_surely_not_made_is_made_by_the_next_run(tmp_path: Path, fault: str) -> None:
    """The run has looked, and nothing is left that could still arrive: nobody waits for a quarter of an hour."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server:
        programme = many(tmp_path / "catalog", server, 3)
        server.set_faults([f"{fault},method=POST,path=/v2/badgeclasses"])
        assert programme.apply().status == 1
        server.set_faults([])

        again = programme.apply()

        assert again.status == 0, again.out + again.err
        assert len(Api(server.url).badge_classes()) == 3
