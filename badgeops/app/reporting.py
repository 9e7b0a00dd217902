"""What `app` needs of whoever runs it: somebody who says things, shows how work goes, asks, and keeps secrets.

Commands pass in the console of the terminal. A test may pass in anything else that does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NoReturn, Protocol

from badgeops.errors import BadgeopsError, Diagnostic

if TYPE_CHECKING:
    from badgeops.applying.run import Observer
    from badgeops.render.style import Style

Tell = Callable[[str, int, int | None], None]
"""Takes what is being worked on, how many of it are done, and how many there are, where that is known."""


class Secrets(Protocol):
    """Knows the words that nobody may read."""

    def hide(self, secrets: Iterable[str]) -> None:
        """Blot these words out of everything that is said from here on."""

    def hide_one(self, secret: str) -> None:
        """Blot one more word out, the moment it is known."""

    def holds_secret(self, text: str) -> bool:
        """Tell whether a text holds a word that is to be blotted out."""

    def masked(self, text: str) -> str:
        """Return a text without the words that are to be blotted out."""


class Reporter(Secrets, Protocol):
    """Says what a command does, and asks."""

    @property
    def is_verbose(self) -> bool:
        """Each request is to be told."""

    @property
    def result_style(self) -> Style:
        """How results are to be written: with colour or without, and how wide."""

    @property
    def can_ask(self) -> bool:
        """A person is there to answer."""

    def work_on(self, catalog: str, environment: str | None, *, allow_http: bool = False) -> None:
        """Begin a command: remember what it was given to find the server, for the commands that hints suggest."""

    # what is said

    def result(self, text: str) -> None:
        """Say a result, as it is."""

    def done(self, text: str) -> None:
        """Say what was done. It is done, so this raises nothing, whoever listens."""

    def note(self, text: str) -> None:
        """Say a line about the work."""

    def advice(self, text: str) -> None:
        """Say a paragraph, with the commands it suggests made complete."""

    def request(self, line: str) -> None:
        """Tell of one request."""

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Say what was found."""

    def error(self, error: BadgeopsError) -> None:
        """Say what went wrong, and what to do next."""

    # how work goes

    def working(self, what: str) -> AbstractContextManager[Tell]:
        """Show how work goes for the length of a block."""

    def counted(self, what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Give what is to be called for each of many, to show how many are done."""

    def observer(self, total: int) -> AbstractContextManager[Observer]:
        """Give what watches so many changes being carried out."""

    # what a person decides

    def ask(self, question: str) -> str:
        """Return a person's answer."""

    def leave(self, status: int) -> NoReturn:
        """End the process at once, whatever its threads still wait for, with all that was said."""
