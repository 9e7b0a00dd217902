"""What may be the work of a creation whose answer was lost: until when it is not repeated, and what is new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, strategies as st

from badgeops.api.live import Live
from badgeops.model.address import Kind
from badgeops.model.moments import later, moment, shown, stamp
from badgeops.planning.newcomers import Arrivals, earlier, is_new, quiet_until

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1))  # noqa: DTZ001


def live(number: str, created_at: str, issuer_id: str | None = "I") -> Live:
    """Return a badge class that a server has."""
    return Live(Kind.BADGE_CLASS, number, "", number, created_at, {}, issuer_id)


@example(NOON, 899, None).via("the last second of it")
@example(NOON, 900, None).via("it is over")
@given(moments, st.integers(0, 100_000), st.none() | st.integers(60, 100_000))
def test_a_creation_is_not_repeated_for_a_quarter_of_an_hour(sent: datetime, seconds: int, wish: int | None) -> None:
    """Counted from when it was sent, to the second; after that it may be. The settings may say another time."""
    sent, wait = sent.replace(microsecond=0), 900 if wish is None else wish

    until = quiet_until(stamp(sent), sent + timedelta(seconds=seconds), wish)

    assert until == (sent + timedelta(seconds=wait) if seconds < wait else None)


@pytest.mark.parametrize("at", ["", "yesterday", "²"])
def test_of_what_nobody_knows_the_time_nothing_is_waited_for(at: str) -> None:
    """An older badgeops wrote none; and where the time of the server is not known, none can be compared with it."""
    assert quiet_until(at, NOON) is None
    assert quiet_until(stamp(NOON), None) is None


def test_what_claims_to_be_sent_at_the_end_of_time_is_waited_for() -> None:
    """A clock that was wrong by years ends no run: a person decides."""
    last = datetime.max.replace(tzinfo=UTC, microsecond=0)

    assert quiet_until(stamp(last), NOON) == datetime.max.replace(tzinfo=UTC)


@example(NOON, -299).via("within the five minutes")
@example(NOON, -300).via("just so")
@example(NOON, -301).via("too old")
@given(moments, st.integers(-10_000_000, 10_000_000))
def test_what_was_made_after_the_newest_is_new(mark: datetime, seconds: int) -> None:
    """Or up to five minutes before: the machines of a server do not quite agree on the time."""
    mark = mark.replace(microsecond=0)

    assert is_new((mark + timedelta(seconds=seconds)).isoformat(), stamp(mark)) == (seconds >= -300)


@given(st.text() | st.sampled_from(["2026-13-01", "0001-01-01T00:00:00+14:00", "²026-01-01", "9" * 400]))
def test_a_time_that_cannot_be_read_proves_nothing(text: str) -> None:
    """Whatever a server writes there: what has no time may be new, and beside nothing everything is."""
    assert moment(text) is not None or is_new(text, stamp(NOON))
    assert is_new(text, "")


@given(st.lists(moments, max_size=6), st.lists(moments, min_size=1, max_size=6), moments)
def test_whatever_comes_after_a_plan_is_new(before: list[datetime], after: list[datetime], now: datetime) -> None:
    """Whatever was there, and whatever it claims of its age: what is made from the plan on counts as new."""
    there = {f"b{number}": live(f"b{number}", created.isoformat()) for number, created in enumerate(before)}
    mark = Arrivals(there, frozenset(), now).watermark(Kind.BADGE_CLASS, "I")
    come = {f"a{number}": live(f"a{number}", max(created, now).isoformat()) for number, created in enumerate(after)}

    found = Arrivals(there | come, frozenset(), now).since(Kind.BADGE_CLASS, "I", mark)

    assert come.keys() <= {each.entity_id for each in found}


def test_only_what_is_beside_it_and_not_ours_is_of_interest() -> None:
    """Another issuer's badge classes are none, and neither is what the state owns; the oldest come first."""
    there = [live("b", "2026-11-28T12:00:02Z"), live("a", "2026-11-28T12:00:01Z"), live("c", "2026-11-28T12:00:03Z")]
    other = live("d", "2026-11-28T12:00:04Z", "another")
    arrivals = Arrivals({each.entity_id: each for each in (*there, other)}, frozenset("c"), NOON)

    assert [each.entity_id for each in arrivals.since(Kind.BADGE_CLASS, "I", "")] == ["a", "b"]
    assert arrivals.since(Kind.ISSUER, None, "") == []
    assert arrivals.watermark(Kind.BADGE_CLASS, "I") == "2026-11-28T12:00:00Z", "nothing comes from the future"
    assert arrivals.watermark(Kind.BADGE_CLASS, "nobody") == ""
    assert Arrivals({"a": live("a", "no time")}, frozenset(), NOON).watermark(Kind.BADGE_CLASS, "I") == ""


@given(st.lists(st.tuples(st.integers(0, 1200), st.sampled_from(["I", "J", None])), max_size=6), st.data())
def test_what_is_beside_a_creation_and_young_enough_is_found(
    made: list[tuple[int, str | None]], data: st.DataObject
) -> None:
    """Its issuer's, and what has no issuer that can be read: the oldest first, of one time by id."""
    there = [
        live(f"id{(number * 5) % 7}", stamp(later(NOON, 60 * (seconds // 60))), owner)
        for number, (seconds, owner) in enumerate(made)
    ]
    ours = frozenset(data.draw(st.sets(st.sampled_from(["id0", "id5", "id3"]))))
    mark = data.draw(st.sampled_from(["", stamp(later(NOON, 600))]))

    found = Arrivals({each.entity_id: each for each in there}, ours, NOON).since(Kind.BADGE_CLASS, "I", mark)

    assert found == [
        each
        for each in sorted(there, key=lambda each: (each.created_at, each.entity_id))
        if each.issuer_id in ("I", None) and each.entity_id not in ours and is_new(each.created_at, mark)
    ]


@given(st.lists(moments, min_size=1, max_size=4), st.none() | moments)
def test_the_watermark_is_the_newest_of_them_all(made: list[datetime], now: datetime | None) -> None:
    """In whatever order they are listed; never later than now, if that is known."""
    there = {f"id{number}": live(f"id{number}", created.isoformat()) for number, created in enumerate(made)}

    mark = Arrivals(there, frozenset(there), now).watermark(Kind.BADGE_CLASS, "I")

    assert mark == stamp(min([max(made), *([now] if now is not None else [])]))


def test_the_earlier_of_two_watermarks_counts() -> None:
    """What came after either may be ours."""
    one, two = "2026-11-28T12:00:00Z", "2026-11-28T13:00:00Z"

    assert earlier(one, two) == earlier(two, one) == one
    assert earlier(None, one) == earlier(one, None) == one
    assert earlier("", one) == earlier(one, "") == ""
    assert earlier(None, None) is None
    assert earlier(one, "2026-11-28T12:00:00+00:00") == one, "of two that are the same the first"


@given(moments)
def test_a_moment_is_read_as_it_was_written(when: datetime) -> None:
    """To the second, in UTC, whatever the zone it is told in."""
    elsewhere = when.replace(microsecond=0).astimezone()

    assert moment(stamp(elsewhere)) == elsewhere
    assert moment(stamp(when)[:-1]) == moment(stamp(when)), "without a zone it is UTC"
    assert later(when, 1) - when == timedelta(seconds=1)


def test_people_read_the_month_as_a_word() -> None:
    """Which day is meant must not depend on where somebody learned to write dates."""
    assert shown(datetime(2026, 3, 2, 1, 4, 5, tzinfo=UTC)) == "01:04:05 UTC on 2 March 2026"
