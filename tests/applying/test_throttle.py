"""The way to the server that all writes of a run go."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from badgeops.applying.throttle import Throttle
from badgeops.errors import ApiError, RefusedError, ServerFaultError, TooManyRequestsError, UnreachableError


def fail(throttle: Throttle, error: BaseException) -> None:
    """Make one write that fails."""
    with pytest.raises(type(error)), throttle.turn():
        raise error


@pytest.mark.parametrize(("failures", "most"), [(0, 8), (1, 4), (2, 2), (3, 1), (9, 1)])
def test_no_more_pass_than_the_pace_says(failures: int, most: int) -> None:
    """So many are under way at the same time, and as soon as one has ended the next one is."""
    throttle, lock = Throttle(8, clock=lambda: 0.0), threading.Lock()
    running, seen = 0, []
    for _ in range(failures):
        fail(throttle, ServerFaultError("no", status=500))
    assert throttle.at_a_time == most
    assert throttle.was_slowed is (failures > 0)

    def write() -> None:
        nonlocal running
        with throttle.turn():
            with lock:
                running += 1
                seen.append((running, throttle.at_a_time))
            time.sleep(0.002)
            with lock:
                running -= 1

    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(write) for _ in range(40)]:
            done.result()

    assert len(seen) == 40
    assert all(number <= allowed for number, allowed in seen)


@pytest.mark.parametrize(
    ("error", "slows"),
    [
        (ServerFaultError("no", status=503), True),
        (TooManyRequestsError("no", status=429), True),
        (UnreachableError("no"), True),
        (RefusedError("no", status=400), False),
        (ApiError("no", status=403), False),
        (KeyError("a mistake"), False),
    ],
)
def test_only_what_tells_of_too_much_slows_down(error: BaseException, *, slows: bool) -> None:
    """A refusal is an answer like any other."""
    throttle = Throttle(8)
    fail(throttle, error)

    assert throttle.was_slowed is slows


def test_a_slow_answer_slows_down() -> None:
    """Time is what a write took, and not what it waited for its turn."""
    times = iter([0.0, 0.1, 10.0, 15.0])
    throttle = Throttle(8, clock=lambda: next(times))
    for _ in range(2):
        with throttle.turn():
            pass

    assert throttle.at_a_time == 4
