"""A state that has gone from one process to another is the state that it was."""

from __future__ import annotations

import marshal

import pytest
from hypothesis import given
from support.states import whole_states

from badgeops.state.plain import from_plain, recorded
from badgeops.state.record import State, dumps


@given(whole_states())
def test_what_has_been_read_elsewhere_is_what_is_read_here(state: State) -> None:
    """All of it, whatever it holds; a state with pending writes is left to whoever writes."""
    found = recorded([dumps(state).encode("utf-8")], frozenset())

    assert (found is None) == bool(state.pending)
    if found is not None:
        assert from_plain(marshal.loads(marshal.dumps(found))) == state  # noqa: S302 (our own)


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b"\xff", b"[" * 100_000, b'{"format": "badgeops-state"}'])
def test_nothing_is_said_of_what_is_no_state(text: bytes) -> None:
    """Whoever has the words reads it again."""
    assert recorded([text], frozenset()) is None
