"""Whether a creation that the server failed at was surely not made."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

from badgeops.applying.unmade import can_be_settled, has_witness, is_denied, is_the_apis_no, pauses
from badgeops.errors import ApiError, NotAnApiError, ServerFaultError, TooManyRequestsError, UnreachableError


@pytest.mark.parametrize(
    "error",
    [
        *(ServerFaultError("no", status=status) for status in (501, 502, 503, 504, 507, 520, None)),
        UnreachableError("cut", outcome_unknown=True),
        NotAnApiError("a page", outcome_unknown=True),
        TooManyRequestsError("no", status=429),
        *(ApiError("no", status=status) for status in (401, 403, 404, 408, 500)),
    ],
)
def test_what_a_gateway_may_have_said_is_never_settled(error: ApiError) -> None:
    """Whoever said so may not know what the server is still at."""
    assert not can_be_settled(error)


def test_an_apis_own_failure_can_be_settled() -> None:
    """Whether or not its outcome was called unknown."""
    assert can_be_settled(ServerFaultError("no", status=500))
    assert can_be_settled(ServerFaultError("no", status=500, outcome_unknown=True))


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_a_no_is_the_apis_unless_it_is_a_page(status: int) -> None:
    """One look after an API's no is enough; a page may come from a gateway that does not know what was done."""
    assert is_denied(ApiError("no", status=status))
    assert is_the_apis_no(ApiError("no", status=status))
    assert is_denied(NotAnApiError("a page", status=status))
    assert not is_the_apis_no(NotAnApiError("a page", status=status))


@pytest.mark.parametrize("status", [400, 408, 500, 502, 503, None])
def test_nothing_else_is_a_no(status: int | None) -> None:
    """Whatever else was answered has to be looked after for longer, or is certain by itself."""
    assert not is_the_apis_no(ApiError("no", status=status))


def test_without_a_witness_it_is_looked_for_half_a_minute() -> None:
    """The usual looks come first; without any, nothing is settled."""
    assert pauses((0.5, 2.0, 5.0)) == (0.5, 2.0, 5.0, 7.5, 7.5, 7.5)
    assert sum(pauses((0.5, 2.0, 5.0))) == 30
    assert pauses(()) == ()


@example({"a": 1.0}, {"a"}, 1.0).via("at the same moment is not later")
@given(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 9)), st.sets(st.sampled_from("abcdefgh")), st.floats(0, 9)
)
def test_a_witness_is_ours_is_listed_and_began_later(
    begun: dict[str, float], listed: set[str], failed_at: float
) -> None:
    """All three: what others made, what no list shows, and what was under way before, prove nothing."""
    later = {key for key, at in begun.items() if at > failed_at}

    assert has_witness(listed, begun, failed_at) is bool(later & listed)
