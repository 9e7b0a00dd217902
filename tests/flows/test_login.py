"""`badgeops login` keeps a refresh token that later runs renew themselves with."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import click
import pytest
from support.programme import Programme

from badgeops.api.token_store import open_vault
from badgeops.commands.shared import terminal
from badgeops.sandbox import PASSWORD, USERNAME, Sandbox


@pytest.fixture
def logged_in(programme: Programme, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Programme:
    """Log in as a person would, at a terminal, with a home folder of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    programme.environment = {"BADGEOPS_USERNAME": "", "BADGEOPS_PASSWORD": ""}
    answers = iter([USERNAME, PASSWORD])
    monkeypatch.setattr(click, "prompt", lambda *_, **__: next(answers))
    monkeypatch.setattr(terminal, "is_terminal", lambda _stream: True)
    done = programme.run("login")
    assert done.status == 0, done.err
    assert PASSWORD not in done.out + done.err
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return programme


def test_commands_work_without_credentials_in_the_environment(logged_in: Programme, server: Sandbox) -> None:
    """The kept token is enough, run after run, also after the access token has expired."""
    assert logged_in.apply().status == 0
    server.expire_tokens()
    logged_in.assert_settled()
    logged_in.assert_settled()


def test_the_token_is_kept_privately_and_the_password_is_not(logged_in: Programme, server: Sandbox) -> None:
    """Only the user can read the file, and it holds the newest refresh token and nothing else."""
    vault = open_vault()
    path = Path(vault.place)
    before = vault.get(server.url)

    logged_in.run("plan")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(json.loads(path.read_text())) == [server.url]
    assert vault.get(server.url) not in (None, before)
    assert PASSWORD not in path.read_text()


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refresh_token_that_the_server_does_not_take_is_not_kept(
    programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int
) -> None:
    """Some servers give one to a password and refuse it: with it each plan would say "log in again", for ever."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    programme.environment = {"BADGEOPS_USERNAME": "", "BADGEOPS_PASSWORD": ""}
    answers = iter([USERNAME, PASSWORD])
    monkeypatch.setattr(click, "prompt", lambda *_, **__: next(answers))
    monkeypatch.setattr(terminal, "is_terminal", lambda _stream: True)
    server.set_faults([f"status={status},method=POST,path=/o/token,skip=1"])

    done = programme.run("login")

    assert done.status == 1
    said = " ".join(done.err.split())
    assert f"does not take it (HTTP {status}), so it was not kept" in said
    assert "BADGEOPS_USERNAME and BADGEOPS_PASSWORD" in said
    assert open_vault().get(server.url) is None


def test_logging_out_forgets_the_token(logged_in: Programme) -> None:
    """Afterwards there are no credentials, and the message says how to get some."""
    assert logged_in.run("logout").status == 0

    plan = logged_in.run("plan")

    assert plan.status == 1
    assert "badgeops login" in plan.err
    assert "Nobody was logged in" in logged_in.run("logout").out


def test_a_token_that_another_run_used_up_is_replaced_by_its_successor(logged_in: Programme, server: Sandbox) -> None:
    """Two runs share the kept token: whoever comes second reads what the first has kept."""
    from badgeops.api.auth import Auth
    from badgeops.api.transport import Transport
    from badgeops.model.credentials import Credentials

    vault = open_vault()
    stale = Credentials(refresh_token=vault.get(server.url))
    logged_in.run("plan")
    transport = Transport()
    auth = Auth(
        stale,
        f"{server.url}/o/token",
        transport,
        on_rotation=lambda token: vault.put(server.url, token),
        newest=lambda: vault.get(server.url),
    )

    assert auth.token()
    transport.close()


def test_without_a_terminal_login_does_not_ask(programme: Programme) -> None:
    """In CI nobody can type; the message says what to set instead."""
    done = programme.run("login")

    assert done.status == 1
    assert "BADGEOPS_USERNAME" in done.err
