"""What time it is by the server: the date of its last answer, and what has passed since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, strategies as st

from badgeops.api import server_clock
from badgeops.api.server_clock import ServerClock

YEARS = st.datetimes(timezones=st.just(UTC), min_value=datetime(1980, 1, 1), max_value=datetime(2200, 1, 1))  # noqa: DTZ001


@given(YEARS, st.integers(0, 10_000))
def test_the_clock_of_this_computer_does_not_matter(told: datetime, seconds: int) -> None:
    """What an answer says is the time, and it goes on from there, whatever the calendar here says."""
    told, clock = told.replace(microsecond=0), ServerClock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_clock.time, "monotonic", lambda: 100.0)
        clock.hear({"Date": format_datetime(told, usegmt=True)})
        patch.setattr(server_clock.time, "monotonic", lambda: 100.0 + seconds)

        assert clock.now() == told + timedelta(seconds=seconds)


@given(st.lists(st.tuples(YEARS, st.integers(0, 10_000)), min_size=1), st.integers(0, 10_000))
def test_a_clock_that_is_wrong_makes_nothing_older(answers: list[tuple[datetime, int]], seconds: int) -> None:
    """Whatever other clocks say in between, a request seems no older than by the one that calls it youngest."""
    clock, passed = ServerClock(), 100
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_clock.time, "monotonic", lambda: float(passed))
        zeros = []
        for date, pause in answers:
            passed += pause
            clock.hear({"Date": format_datetime(date.replace(microsecond=0), usegmt=True)})
            zeros.append(date.replace(microsecond=0) - timedelta(seconds=passed))
        passed += seconds

        assert clock.told() == min(zeros) + timedelta(seconds=passed)
        assert clock.now() == max(zeros) + timedelta(seconds=passed)


def test_of_two_dates_in_one_answer_both_count() -> None:
    """A gateway adds its own to the server's."""
    clock = ServerClock()

    clock.hear({"Date": "Sat, 28 Nov 2026 12:00:00 GMT, Sun, 28 Nov 2027 12:00:00 GMT"})

    told = clock.told()
    assert told is not None
    assert (told.year, clock.now().year) == (2026, 2027)


@given(st.text() | st.sampled_from(["", "yesterday", "Sat, 31 Dec 9999 23:59:59 GMT", "Sat, 99 Foo 2026 25:61:61 GMT"]))
def test_no_date_ends_in_an_error(date: str) -> None:
    """Whatever a server or a gateway writes there: there is a time, and what was heard before still counts."""
    clock = ServerClock()
    clock.hear({"Date": "Sat, 28 Nov 2026 12:00:00 GMT"})

    clock.hear({"Date": date})
    clock.hear({})

    assert clock.now().tzinfo is not None


def test_before_the_first_answer_this_computer_tells_the_time() -> None:
    """Better than none."""
    assert abs(ServerClock().now() - datetime.now(UTC)) < timedelta(minutes=1)
