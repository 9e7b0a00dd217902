"""A look is shared by those who need it at the same time, and is never older than the question."""

from __future__ import annotations

import itertools
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.api import Api
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.applying.single_flight import Fresh
from badgeops.sandbox import Sandbox, SandboxOptions


def test_no_outcome_is_older_than_its_question() -> None:
    """What a request has done before it was over is seen by the look after it: else it would be done again."""
    fresh: Fresh[int] = Fresh()
    ticks = itertools.count()
    calls: list[int] = []

    def call() -> int:
        begun = next(ticks)
        calls.append(begun)
        time.sleep(0.002)
        return begun

    def ask(number: int) -> bool:
        dice = random.Random(number)  # noqa: S311 (not to be secret)
        for _ in range(20):
            time.sleep(dice.random() / 200)
            asked = next(ticks)
            if fresh.ask("key", call) < asked:
                return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(16)))
    assert len(calls) < 16 * 20 / 2


def test_those_who_come_while_a_call_is_made_share_the_next() -> None:
    """One is under way, nine come: two calls in all, and the nine have the second one's outcome."""
    fresh: Fresh[int] = Fresh()
    numbers = itertools.count()
    begun, may_end = threading.Event(), threading.Event()

    def call() -> int:
        begun.set()
        may_end.wait(10)
        return next(numbers)

    with ThreadPoolExecutor(10) as pool:
        first = pool.submit(fresh.ask, "key", call)
        begun.wait(10)
        others = [pool.submit(fresh.ask, "key", call) for _ in range(9)]
        time.sleep(0.1)
        may_end.set()

        assert first.result(10) == 0
        assert {other.result(10) for other in others} == {1}
    assert next(numbers) == 2


def test_an_error_is_raised_by_all_who_wait_for_it() -> None:
    """One made the call, and those who shared it know no more than that it failed."""
    fresh: Fresh[int] = Fresh()
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        may_end.wait(10)
        return 0

    def fail() -> int:
        raise ZeroDivisionError

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(fresh.ask, "key", slow)
        begun.wait(10)
        others = [pool.submit(fresh.ask, "key", fail) for _ in range(3)]
        time.sleep(0.1)
        may_end.set()

        assert first.result(10) == 0
        assert [type(other.exception(10)) for other in others] == [ZeroDivisionError] * 3
    assert fresh.ask("key", lambda: 1) == 1


def test_different_questions_do_not_wait_for_each_other() -> None:
    """Two issuers' lists are read side by side."""
    fresh: Fresh[str] = Fresh()
    both = threading.Barrier(2)

    def call() -> str:
        both.wait(10)
        return "seen"

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda key: fresh.ask(key, call), "ab")) == ["seen", "seen"]


def test_an_error_is_everybodys_and_the_next_call_is_made_anew() -> None:
    """Whoever waited hears of it; nobody is left waiting."""
    fresh: Fresh[int] = Fresh()
    answers = iter([ZeroDivisionError(), None])

    def call() -> int:
        error = next(answers)
        if error is not None:
            raise error
        return 7

    with pytest.raises(ZeroDivisionError):
        fresh.ask("key", call)
    assert fresh.ask("key", call) == 7


def test_fifty_creations_that_are_answered_429_share_their_looks(tmp_path: Path) -> None:
    """Each look reads the issuer's whole list: fifty of them at once would be the next reason to slow down."""
    programme = Programme(tmp_path / "catalog", dict(CREDENTIALS))
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server:
        programme.settings(server.url)
        programme.write("issuer.yaml", ISSUER)
        programme.image()
        assert programme.apply().status == 0
        for number in range(50):
            programme.write(f"course{number}.yaml", badge_class(f"course{number}"))
        server.clear_requests()
        server.set_faults(
            [
                "status=429,retry_after=1,method=POST,path=/v2/badgeclasses,times=50",
                "slow=0.2,method=GET,path=/v2/issuers/*/badgeclasses",
            ]
        )

        found = programme.apply("--parallelism", "32")

        assert found.status == 0, found.out + found.err
        asked = [(record.method, record.path.partition("?")[0]) for record in server.requests]
        created = sum(what == ("POST", "/v2/badgeclasses") for what in asked)
        looks = sum(method == "GET" and path.endswith("/badgeclasses") and "issuers" in path for method, path in asked)
        assert created == 100
        assert 2 <= looks <= 12
        assert len(Api(server.url).badge_classes()) == 50
