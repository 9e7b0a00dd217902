"""Faults: rules, and what they do to requests."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from badgeops.sandbox import FaultRule, SandboxError, parse_rule
from badgeops.sandbox.faults import Faults


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("drop", FaultRule("drop")),
        ("truncate", FaultRule("truncate", when="after")),
        ("slow=0.5", FaultRule("slow", slow_seconds=0.5)),
        ("html", FaultRule("html")),
        ("html, status=200", FaultRule("html", status=200)),
        ("drop,slow=1", FaultRule("drop", slow_seconds=1)),
        (
            "status=503,when=after,method=post|PUT,path=/v2/issuers*,every=3,skip=1,times=2,retry_after=1",
            FaultRule("status", 503, "after", frozenset({"POST", "PUT"}), "/v2/issuers*", 1, 3, 2, retry_after="1"),
        ),
    ],
)
def test_rules(text: str, rule: FaultRule) -> None:
    """A rule says which requests fail, how often, and how."""
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is neither key=value nor one of drop, html, truncate"),
        ("explode", "'explode' is neither key=value nor one of drop, html, truncate"),
        ("stat=503", "there is no 'stat'; there are every, method, path"),
        ("method=POST", "it does nothing"),
        ("status=503,drop", "drop and status exclude each other"),
        ("drop,html", "drop and html exclude each other"),
        ("status=banana", "invalid literal"),
        ("status=99", "99 is not a status from 200 to 599"),
        ("drop,when=later", "when=later is neither before nor after"),
        ("drop,every=0", "0 is not a count from 1"),
        ("slow=-1", "not a number of seconds"),
        ("slow=nan", "not a number of seconds"),
        ("drop,every=2,every=3", "every is given twice"),
    ],
)
def test_rules_that_are_not_understood(text: str, message: str) -> None:
    """The message repeats the rule and says what is wrong with it."""
    with pytest.raises(SandboxError, match=message) as caught:
        parse_rule(text)
    assert str(caught.value).startswith(f"fault rule {text!r}: ")


@pytest.mark.parametrize(
    ("rule", "fired"),
    [
        ("drop", [1, 2, 3, 4, 5, 6, 7]),
        ("drop,every=3", [3, 6]),
        ("drop,skip=2", [3, 4, 5, 6, 7]),
        ("drop,times=2", [1, 2]),
        ("drop,skip=1,every=2,times=2", [3, 5]),
    ],
)
def test_how_often(rule: str, fired: list[int]) -> None:
    """`skip`, `every` and `times` count the requests that the rule is about."""
    faults = Faults([rule + ",path=/x"])
    seen = []
    for count in range(1, 8):
        faults.pick("GET", "/other")
        if faults.pick("GET", "/x") is not None:
            seen.append(count)

    assert seen == fired


def test_before_means_that_nothing_was_done(sandbox: Any, client: Any) -> None:
    """The answer comes instead of the work, once; then all is well."""
    sandbox.set_faults(["status=503,method=POST,path=/v2/*,times=1,retry_after=1"])
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org"}
    answer = client("POST", "/v2/issuers", body)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["status"] == {"success": False, "description": "injected fault"}
    assert client.many("/v2/issuers") == []
    assert client("POST", "/v2/issuers", body).status_code == 201


def test_after_means_that_the_work_was_done(sandbox: Any, client: Any) -> None:
    """The answer is lost and the thing is there."""
    sandbox.set_faults(["status=502,when=after,method=POST"])
    client("POST", "/v2/issuers", {"name": "I", "url": "http://x.org", "email": "admin@example.org"})

    assert len(client.many("/v2/issuers")) == 1


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
def test_a_dropped_connection(sandbox: Any, client: Any, when: str, created: int) -> None:
    """The client hears nothing at all, whether or not something was done."""
    sandbox.set_faults([f"drop,method=POST,when={when}"])
    sandbox.clear_requests()
    with pytest.raises(requests.ConnectionError):
        client("POST", "/v2/issuers", {"name": "I", "url": "http://x.org", "email": "admin@example.org"})

    assert sandbox.requests == [("POST", "/v2/issuers", 0)]
    assert len(client.many("/v2/issuers")) == created


def test_a_truncated_body(sandbox: Any, client: Any) -> None:
    """The headers promise more than comes."""
    sandbox.set_faults(["truncate,path=/v2/issuers"])
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client("GET", "/v2/issuers")


def test_a_page_in_place_of_json(sandbox: Any, client: Any) -> None:
    """A proxy on the way may answer with anything."""
    sandbox.set_faults(["html,times=1", "html,status=200,times=1"])
    first, second = client("GET", "/v2/issuers"), client("GET", "/v2/issuers")

    assert (first.status_code, second.status_code) == (502, 200)
    assert first.headers["Content-Type"] == second.headers["Content-Type"] == "text/html; charset=utf-8"


def test_any_status_can_be_injected(sandbox: Any, client: Any) -> None:
    """Also one that has no name."""
    sandbox.set_faults(["status=599,times=1", "html,status=599,times=1", "status=204,times=1"])

    assert [client("GET", "/v2/issuers").status_code for _ in range(4)] == [599, 599, 204, 200]


def test_faults_do_not_upset_the_connection(sandbox: Any, client: Any) -> None:
    """An answer to HEAD has no body, whatever is injected, so that the next answer is read rightly."""
    sandbox.set_faults(["status=500,method=HEAD"])

    assert client("HEAD", "/v2/issuers").status_code == 500
    assert client("GET", "/v2/issuers").status_code == 200


@pytest.mark.parametrize("when", ["before", "after"])
def test_slowness(sandbox: Any, client: Any, when: str) -> None:
    """The answer is the true one, but late."""
    sandbox.set_faults([f"slow=0.2,when={when},path=/v2/users/*"])
    begun = time.monotonic()

    assert client("GET", "/v2/users/self").status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_a_bad_rule_leaves_the_good_ones_in_force(sandbox: Any, client: Any) -> None:
    """Rules are replaced all together or not at all."""
    sandbox.set_faults(["status=418"])
    with pytest.raises(SandboxError):
        sandbox.set_faults(["drop", "nonsense"])

    assert client("GET", "/v2/issuers").status_code == 418


def test_latency_is_shared(start: Any, connect: Any) -> None:
    """32 clients wait at the same time, not one after the other."""
    client = connect(start(latency_ms=200))
    begun = time.monotonic()
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _n: requests.get(client.base + "/public/badges/x", timeout=30), range(32)))

    assert {answer.status_code for answer in answers} == {404}
    assert time.monotonic() - begun < 32 * 0.2 / 3


def test_stale_lists(sandbox: Any, client: Any) -> None:
    """On demand, overlapping creations are missing from lists without `num`, until a write comes alone."""
    issuer = client.issuer()
    sandbox.set_faults(["stale-lists", "slow=0.5,method=POST,times=4"])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: client.badgeclass(issuer, name=f"B{n}"), range(4)))

    assert len(client.many("/v2/badgeclasses")) < 4
    assert len(client.many("/v2/badgeclasses?num=500")) == len(client.many("/v2/badgeclasses/changed")) == 4
    client.badgeclass(issuer)
    assert len(client.many("/v2/badgeclasses")) == 5


def test_lists_are_not_stale_by_default(client: Any) -> None:
    """Without the rule, every list is right."""
    issuer = client.issuer()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: client.badgeclass(issuer, name=f"B{n}"), range(8)))

    assert len(client.many("/v2/badgeclasses")) == 8


def test_a_busy_database_makes_one_write_at_a_time_and_refuses_the_impatient(start: Any, connect: Any) -> None:
    """Those that waited too long get a page with status 500, and nothing was done; reading waits for nobody."""
    sandbox = start(latency_ms=150, fail=("busy=0.4",))
    client = connect(sandbox)
    body = {"name": "I", "url": "http://x.org", "email": "admin@example.org"}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client("POST", "/v2/issuers", body), range(8)))

    made = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 500]
    assert len(made) + len(refused) == 8
    assert 1 <= len(made) <= 5
    assert all(answer.headers["Content-Type"].startswith("text/html") for answer in refused)
    assert len(client.many("/v2/issuers")) == len(made)
    sandbox.set_faults([])
    assert client("POST", "/v2/issuers", body).status_code == 201


@pytest.mark.parametrize("rule", ["busy=", "busy=x", "busy=-1", "busy=nan", "busy=99999"])
def test_a_busy_database_needs_seconds(rule: str) -> None:
    """As other rules do."""
    with pytest.raises(SandboxError, match="busy"):
        Faults([rule])
