"""Bad input: 250 inputs in each trial."""

from __future__ import annotations

import pytest

from trials import inputs, repeatable
from trials.seeds import tried


@pytest.mark.parametrize("name", tried(inputs))
def test_bad_input_ends_in_a_message(name: str) -> None:
    """Whatever a file, an answer or a command line holds: success, or one message with a place and status 1."""
    with repeatable("inputs", name):
        assert inputs.run(name)
