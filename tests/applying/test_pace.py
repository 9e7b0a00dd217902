"""How many writes a server is asked for at a time."""

from __future__ import annotations

from hypothesis import example, given, strategies as st

from badgeops.applying.pace import Pace, full

ANSWERS = st.lists(st.tuples(st.floats(0, 100), st.booleans(), st.integers(0, 3)))


@given(st.integers(1, 64), ANSWERS)
@example(8, [(0.1, True, 0)] * 9)
def test_the_pace_keeps_its_bounds(most: int, answers: list[tuple[float, bool, int]]) -> None:
    """Never more than was allowed, never none; one step down is a half, one step up is one."""
    pace = full(most)
    for seconds, failed, late in answers:
        before, pace = pace, pace.after(seconds, failed=failed, turn=max(0, pace.turn - late))
        assert 1 <= pace.at_a_time <= most
        assert pace.at_a_time in (before.at_a_time, before.at_a_time + 1, max(1, before.at_a_time // 2))
        assert (pace.turn > before.turn) == (pace.turn != before.turn)
        if failed:
            assert pace.at_a_time <= before.at_a_time


@given(st.integers(1, 64), st.lists(st.booleans(), max_size=40))
def test_after_enough_good_answers_all_are_allowed_again(most: int, failures: list[bool]) -> None:
    """Whatever happened before: a server that has recovered is used fully."""
    pace = full(most)
    for failed in failures:
        pace = pace.after(0.1, failed=failed, turn=pace.turn)
    for _ in range(most * most):
        pace = pace.after(0.1, failed=False, turn=pace.turn)

    assert pace.at_a_time == most


@given(st.integers(1, 64), st.integers(1, 64))
def test_what_began_together_slows_down_once(most: int, failures: int) -> None:
    """Eight writes that fail for one reason are one reason."""
    pace = full(most)
    for _ in range(failures):
        pace = pace.after(5, failed=True, turn=0)

    assert (pace.at_a_time, pace.turn) == (max(1, most // 2), 1)


def test_failures_one_after_the_other_lead_to_one_at_a_time() -> None:
    """Each halves what the one before has left."""
    pace, seen = full(8), []
    for _ in range(4):
        pace = pace.after(5, failed=True, turn=pace.turn)
        seen.append(pace.at_a_time)

    assert seen == [4, 2, 1, 1]


def test_it_grows_by_one_after_as_many_good_answers_as_are_allowed() -> None:
    """Not at once: the server is to show that it bears it."""
    pace, seen = Pace(4, 2, turn=1), []
    for _ in range(6):
        pace = pace.after(0.1, failed=False, turn=1)
        seen.append(pace.at_a_time)

    assert seen == [2, 3, 3, 3, 4, 4]


def test_slow_is_four_times_the_fastest_and_over_two_seconds() -> None:
    """A fast server may take a second; one that always takes three is as it is."""
    quick = full(8).after(0.1, failed=False, turn=0)
    patient = full(8).after(3, failed=False, turn=0)

    assert quick.after(2, failed=False, turn=0).at_a_time == 8
    assert quick.after(2.1, failed=False, turn=0).at_a_time == 4
    assert patient.after(12, failed=False, turn=0).at_a_time == 8
    assert patient.after(12.1, failed=False, turn=0).at_a_time == 4
    assert full(8).after(100, failed=False, turn=0).at_a_time == 8
