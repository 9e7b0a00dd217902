"""A reporter without a terminal: it keeps what it is told, and gives the answers that it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NoReturn

from badgeops.app.reporting import Tell
from badgeops.errors import BadgeopsError, Diagnostic
from badgeops.render.style import Style


class Recorder:
    """Stands in for the console where steps of `app` run by themselves."""

    is_verbose = False
    result_style = Style()

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        """To the questions to come; without any, nobody is there to ask."""
        self.questions: list[str] = []
        self.results: list[str] = []
        self.said: list[str] = []
        """Notes and advice, one after the other."""
        self.found: list[Diagnostic] = []
        self.errors: list[BadgeopsError] = []
        self.secrets: set[str] = set()

    @property
    def can_ask(self) -> bool:
        """There is an answer left."""
        return bool(self.answers)

    def ask(self, question: str) -> str:
        """Give the next answer."""
        self.questions.append(question)
        return self.answers.pop(0)

    def work_on(self, catalog: str, environment: str | None, *, allow_http: bool = False) -> None:
        """Take no note: nothing is completed here."""

    def result(self, text: str) -> None:
        """Keep a result."""
        self.results.append(text)

    done = result

    def note(self, text: str) -> None:
        """Keep a note."""
        self.said.append(text)

    advice = request = note

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep what was found."""
        self.found += diagnostics

    def error(self, error: BadgeopsError) -> None:
        """Keep an error."""
        self.errors.append(error)

    def hide(self, secrets: Iterable[str]) -> None:
        """Keep the secrets apart."""
        self.secrets |= set(secrets)

    def hide_one(self, secret: str) -> None:
        """Keep one more secret apart."""
        self.secrets.add(secret)

    def holds_secret(self, text: str) -> bool:
        """Tell whether a secret is in a text."""
        return any(secret in text for secret in self.secrets)

    def masked(self, text: str) -> str:
        """Blot the secrets out."""
        for secret in self.secrets:
            text = text.replace(secret, "********")
        return text

    @contextmanager
    def working(self, _what: str) -> Iterator[Tell]:
        """Show nothing."""
        yield lambda *_: None

    @contextmanager
    def counted(self, _what: str, _total: int) -> Iterator[Callable[[], None]]:
        """Count nothing."""
        yield lambda: None

    def observer(self, _total: int) -> Any:
        """Watch nothing."""
        return nullcontext(_Blind())

    def leave(self, status: int) -> NoReturn:
        """End the test as the process would end."""
        raise SystemExit(status)


class _Blind:
    def started(self, _change: object) -> None:
        """Look away."""

    def finished(self, _outcome: object) -> None:
        """Look away."""
