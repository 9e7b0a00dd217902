"""Tokens over time."""

from __future__ import annotations

import time
from typing import Any

import pytest


def test_an_expired_token_is_refused_and_can_be_refreshed(sandbox: Any, log_in: Any, connect: Any) -> None:
    """Expiry kills the access token only."""
    client = connect(sandbox)
    refresh = log_in(sandbox).json()["refresh_token"]
    sandbox.expire_tokens()

    assert client("GET", "/v2/users/self").status_code == 401
    answer = client(
        "POST",
        "/o/token",
        data={"grant_type": "refresh_token", "refresh_token": refresh},
        headers={"Authorization": ""},
    )
    client.token = answer.json()["access_token"]
    assert client("GET", "/v2/users/self").status_code == 200


def test_tokens_expire_by_themselves(start: Any, connect: Any) -> None:
    """A token that nobody uses dies after its time."""
    client = connect(start(token_lifetime_seconds=0.3))
    time.sleep(0.4)

    assert client("GET", "/v2/users/self").status_code == 401


def test_a_token_in_use_lives_on(start: Any, connect: Any) -> None:
    """Past half of its life it gets its full life again."""
    client = connect(start(token_lifetime_seconds=1))
    for _ in range(4):
        time.sleep(0.55)
        assert client("GET", "/v2/users/self").status_code == 200


def test_expires_in_is_the_lifetime(start: Any, log_in: Any) -> None:
    """Clients are told how long a token lives."""
    assert log_in(start(token_lifetime_seconds=60)).json()["expires_in"] == 60


def test_failed_logins_are_not_throttled_by_default(sandbox: Any, log_in: Any) -> None:
    """A test may fail to log in as often as it likes."""
    statuses = [log_in(sandbox, password="wrong").status_code for _ in range(3)]

    assert statuses == [400, 400, 400]
    assert log_in(sandbox).status_code == 200


def test_failed_logins_can_be_throttled(start: Any, log_in: Any) -> None:
    """During the wait even the right password is refused, for this user only."""
    sandbox = start(throttle=True)
    sandbox.add_account("other@example.org", "other")
    log_in(sandbox, password="wrong")
    answer = log_in(sandbox)

    assert answer.status_code == 429
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Retry-After" not in answer.headers
    assert answer.json() == {
        "error_description": "Too many login attempts. Please wait and try again.",
        "error": "login attempts throttled",
        "expires": 2,
    }
    assert log_in(sandbox, "other@example.org", "other").status_code == 200


def test_no_token_is_readable_in_the_store(sandbox: Any, log_in: Any, client: Any) -> None:
    """The data folder holds digests, so that it can be handed around."""
    tokens = log_in(sandbox).json()
    client.issuer()
    stored = b"".join(path.read_bytes() for path in sandbox.options.data.iterdir())

    assert tokens["access_token"].encode() not in stored
    assert tokens["refresh_token"].encode() not in stored


@pytest.mark.parametrize("header", ["Basic !!!", "Basic " + "gICA"])
def test_a_header_that_cannot_be_read_names_no_client(sandbox: Any, client: Any, header: str) -> None:
    """The request then counts as one without a client."""
    form = {"username": "admin@example.org", "password": "sandbox"}
    answer = client("POST", "/o/token", data=form, headers={"Authorization": header})

    assert answer.status_code == 200
    assert sandbox.requests[-1] == ("POST", "/o/token", 200)


def test_a_grant_that_nobody_knows(client: Any) -> None:
    """With a client named, the grant type counts; the application can refresh nothing it was not given."""
    form = {"grant_type": "banana", "client_id": "public"}
    refresh = {"grant_type": "refresh_token", "client_id": "public", "refresh_token": "none"}

    assert client("POST", "/o/token", data=form).json() == {"error": "unsupported_grant_type"}
    assert client("POST", "/o/token", data=refresh).json() == {"error": "invalid_grant"}


def test_a_listed_token_can_be_deleted(sandbox: Any, client: Any, connect: Any) -> None:
    """Deleting a token by the id it is listed under logs its holder out."""
    other = connect(sandbox)
    last = client.many("/v2/auth/tokens")[-1]

    assert client("DELETE", f"/v2/auth/tokens/{last['entityId']}").status_code == 204
    assert other("GET", "/v2/users/self").status_code == 401


def test_the_own_account_is_found_by_its_id(client: Any) -> None:
    """`self` and the id are the same."""
    me = client.one("GET", "/v2/users/self")

    assert client.one("GET", f"/v2/users/{me['entityId']}") == me
