"""Faults: histories under them, and what the trials would notice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from badgeops.api.responses import Answer
from badgeops.api.transport import HttpRequest, Transport
from trials import faults, repeatable
from trials.seeds import tried
from trials.watchdog import HungError, watched


@pytest.mark.parametrize("name", tried(faults))
def test_faults_end_in_an_empty_plan(name: str) -> None:
    """Whatever the server does: nothing is lost, nothing is made twice, and no error ends with 0."""
    with repeatable("faults", name):
        assert faults.run(name) > 0


@pytest.mark.parametrize("statuses", [{500, 502, 503, 504}, {503}])
def test_a_creation_that_is_repeated_blindly_is_noticed(monkeypatch: pytest.MonkeyPatch, statuses: set[int]) -> None:
    """What the trials are there for: a few seeds are enough to find the worst mistake that a client can make."""
    once = Transport._once

    def twice(self: Transport, request: HttpRequest) -> Answer:
        answer = once(self, request)
        return once(self, request) if request.method == "POST" and answer.status in statuses else answer

    def live_on() -> None:
        for name in faults.names(20):
            faults.run(name)

    monkeypatch.setattr(Transport, "_once", twice)
    with pytest.raises(AssertionError):
        live_on()


def test_an_exchange_that_takes_too_long_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the command as a whole is quick enough."""
    monkeypatch.setattr(faults, "_EXCHANGE", 0)

    with pytest.raises(AssertionError, match=r"GET http\S+ took \d+\.\d seconds"):
        faults.run("seed-0")


def test_a_hang_is_noticed_while_it_lasts() -> None:
    """Not measured afterwards: what hangs is torn away, also from its own cleaning up, and all its threads are told."""
    never = threading.Event()

    def waits_for_ever() -> None:
        try:
            with watched("seed-17: badgeops apply", 0.2, again=0.2), ThreadPoolExecutor(1) as pool:
                pool.submit(never.wait).result()
        finally:
            never.set()

    with pytest.raises(HungError, match=r"seed-17: badgeops apply hangs(?s:.*)in waits_for_ever"):
        waits_for_ever()
