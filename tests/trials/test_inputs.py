"""Bad input, in the short form: 250 inputs of each kind."""

from __future__ import annotations

import pytest

from trials import inputs, repeatable


@pytest.mark.parametrize("name", inputs.names(long=False))
def test_bad_input_ends_in_a_message(name: str) -> None:
    """Whatever a file, an answer or a command line holds: success, or one message with a place and status 1."""
    with repeatable("inputs", name):
        assert inputs.run(name)
