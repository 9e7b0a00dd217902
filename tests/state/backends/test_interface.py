"""What a lock tells of its owner."""

from __future__ import annotations

from dataclasses import replace

from badgeops.state.backends.interface import LockInfo, Stored, unseen

INFO = LockInfo("4711", "state mv", "ada@laptop, process 7", "2026-01-02 03:04:05 UTC")


def test_a_lock_is_told_in_a_sentence() -> None:
    """Who, from where if that is known, since when, and the id by which it can be broken."""
    assert str(INFO) == "state mv by ada@laptop, process 7, since 2026-01-02 03:04:05 UTC, lock 4711"
    assert str(replace(INFO, where="/work")) == (
        "state mv by ada@laptop, process 7 in /work, since 2026-01-02 03:04:05 UTC, lock 4711"
    )


def test_a_lock_is_kept_as_plain_values() -> None:
    """All that it tells, by the names that stand in the file."""
    assert INFO.to_json() == {
        "id": "4711",
        "operation": "state mv",
        "who": "ada@laptop, process 7",
        "created": "2026-01-02 03:04:05 UTC",
        "where": "",
    }
    assert LockInfo(**INFO.to_json()) == INFO


def test_what_is_stored_may_lack_a_journal() -> None:
    """A state that no run works on has none; and nobody need be told of a wait."""
    assert Stored("state").journal == ""
    unseen("anything")
