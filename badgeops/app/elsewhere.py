"""Lets helpers read the state and the pages of a server; whatever they do not read is read here.

A helper is given texts, and no credentials. It gives back plain values, and only if there is nothing to say: an error
has its words here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from badgeops.api import plain as of_answers
from badgeops.state import plain as of_states, record

if TYPE_CHECKING:
    from badgeops.api.live import Live
    from badgeops.api.responses import Answer
    from badgeops.helpers.process import Helpers
    from badgeops.state.record import State

_WORTH = 2_000_000
"""Letters of a state that is worth handing over, and so are the pages of its server: of some two thousand entities."""
_MOST = 20_000_000
"""Letters of a state that are handed over. Of a hundred thousand entities, a helper would take a gigabyte, and what
the server shows would all be there while the documents still are."""
_WAIT = 0.3
"""Seconds for which a state waits for a helper: files that were parsed before are looked at in less. While there are
files to parse, each processor has enough to do, and handing texts over is work, too."""


class Elsewhere:
    """Helpers that read texts."""

    def __init__(self, helpers: Helpers) -> None:
        self._helpers = helpers
        self._is_worth_it = False

    def state(self, text: str, *, name: str) -> State:
        """Return the state that a text is; StateError, with the name of its file, if it is none."""
        self._is_worth_it = self._helpers.are_wanted = _WORTH <= len(text) <= _MOST
        found = self._helpers.do(of_states.recorded, [text.encode("utf-8")], _WAIT) if self._is_worth_it else None
        return of_states.from_plain(found) if found is not None else record.loads(text, name=name)

    def listed(self, answer: Answer) -> list[Live] | None:
        """Return what a successful answer shows, a page of badge classes; None if it is to be read here."""
        found = self._helpers.do(of_answers.listed, [answer.body]) if self._is_worth_it else None
        return [of_answers.from_plain(each) for each in found] if found is not None else None
