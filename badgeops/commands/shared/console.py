"""What a command says, and where: results to stdout, everything else to stderr. Secrets to neither."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import textwrap
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn, TextIO

from badgeops.app.hints import quote_server_message, suggestion
from badgeops.commands.shared.terminal import is_terminal, wants_color, width
from badgeops.errors import BadgeopsError, CatalogError, Diagnostic, OutputError
from badgeops.render.plain import guarded, printable
from badgeops.render.style import Style

if TYPE_CHECKING:
    from badgeops.app.reporting import Tell
    from badgeops.applying.run import Observer

_MASK = "********"
_SHORTEST_SECRET = 6
"""Characters. Nothing shorter is a secret, and blotting it out would spoil ordinary words."""
_PUBLIC = frozenset({"sandbox"})
"""The password of every sandbox, which is in the documentation; environments and hosts are called like that too."""


class Console:
    """The two streams of a command, and who sits before them: the `Reporter` of commands."""

    def __init__(self) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._masked: re.Pattern[str] | None = None
        self._catalog = "."
        self._environment: str | None = None
        self._allow_http = False
        self._status = ""
        self._writing = threading.Lock()
        self.is_verbose = False
        """Each request is to be told."""

    def work_on(self, catalog: str, environment: str | None, *, allow_http: bool = False) -> None:
        """Begin a command: remember what it was given to find the server, for the commands that hints suggest."""
        self._catalog, self._environment, self._allow_http = catalog, environment, allow_http
        self._secrets, self._masked = frozenset(), None

    def hide(self, secrets: Iterable[str]) -> None:
        """Blot these words, too, out of everything that is written from here on, until the next command begins."""
        self._secrets |= {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET and secret not in _PUBLIC}
        self._masked = _pattern(self._secrets)

    def hide_one(self, secret: str) -> None:
        """Blot one more word out, the moment it is known."""
        self.hide([secret])

    def holds_secret(self, text: str) -> bool:
        """Tell whether a text holds what would be blotted out."""
        return self._masked is not None and self._masked.search(text) is not None

    def masked(self, text: str) -> str:
        """Return a text without the words that are to be blotted out."""
        return text if self._masked is None else self._masked.sub(_MASK, text)

    def result(self, text: str, *, annotates: bool = False) -> None:
        """Write a result to stdout; `annotates` lets annotations through, which are meant for a build server."""
        self._write(sys.stdout, text, annotates=annotates, is_result=True)

    def done(self, text: str) -> None:
        """Write what was done to stdout, and to stderr where that takes no more: the deed is done all the same."""
        try:
            self.result(text)
        except OutputError as error:
            self.note(text)
            self.note(error.message)

    def note(self, text: str) -> None:
        """Write a line about the work to stderr."""
        self._write(sys.stderr, text if text.endswith("\n") else f"{text}\n")

    def request(self, line: str) -> None:
        """Tell of one request, on one line."""
        self.note(printable(line))

    def advice(self, text: str) -> None:
        """Write a paragraph to stderr, wrapped, with the commands it suggests made complete."""
        self.note("\n".join(_wrapped(self.completed(text), "", width())))

    def diagnostics(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Write problems to stderr."""
        found = [replace(item, detail=self.completed(item.detail)) for item in diagnostics]
        if found:
            from badgeops.render import diagnostics as renderer

            self._write(sys.stderr, renderer.text(found, color=self.style(sys.stderr).color, width=width()))

    def error(self, error: BadgeopsError) -> None:
        """Write an error: what, where, and what to do next."""
        if isinstance(error, CatalogError):
            self.diagnostics(error.diagnostics)
            return
        style = self.style(sys.stderr)
        place = f"{error.source}: " if error.source else ""
        head = f"error[{error.code}]"
        said = "\n".join(_wrapped(f"{place}{head}: {self.completed(error.message)}", "", style.width))
        self.note(said.replace(head, style.paint(head, "31"), 1))
        for words in quote_server_message(error):
            self.note("\n".join(_wrapped(words, "  ", style.width)))
        if error.hint:
            self.note("\n".join(_wrapped(self.completed(error.hint), "  ", style.width)))

    @property
    def result_style(self) -> Style:
        """How results are to be written: with colour or without, and how wide."""
        return self.style(sys.stdout)

    def style(self, stream: TextIO | None) -> Style:
        """Return how to write to a stream: colour on a terminal that wants it."""
        return Style(color=wants_color(stream), width=width())

    def completed(self, text: str) -> str:
        """Add to each suggested command what it needs to find the same catalog and environment."""
        return "\n".join(
            suggestion(line, self._catalog, self._environment, allow_http=self._allow_http)
            if line.startswith("  badgeops ")
            else line
            for line in text.split("\n")
        )

    def status(self, line: str) -> None:
        """Show a line at the end of stderr, a terminal, until the next one or until something else is written."""
        line = self.masked(line)
        with self._writing, contextlib.suppress(OSError, ValueError):
            if line or self._status:
                sys.stderr.write(f"\r{guarded(line, color=False)}\x1b[K")
                sys.stderr.flush()
            self._status = line

    def working(self, what: str) -> AbstractContextManager[Tell]:
        """Show how work goes for the length of a block, once it takes longer than a moment."""
        from badgeops.commands.shared.spinner import working

        return working(self, what)

    def counted(self, what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Give what is to be called for each of many: it moves a bar where a person waits for them."""
        from badgeops.commands.shared.counter import counted

        return counted(what, total)

    def observer(self, total: int) -> AbstractContextManager[Observer]:
        """Give what watches so many changes being carried out."""
        from badgeops.commands.shared.progress import observer

        return observer(self.note, total)

    @property
    def can_ask(self) -> bool:
        """A person sits at both ends."""
        return is_terminal(sys.stdin) and is_terminal(sys.stderr)

    def ask(self, question: str) -> str:
        """Return a person's answer; click.Abort where they press Ctrl-C."""
        import click

        answer: str = click.prompt(question, default="", show_default=False, err=True)
        return answer

    def leave(self, status: int) -> NoReturn:
        """End the process at once, whatever its threads still wait for, with all that was said."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stdout.flush()
        os._exit(status)

    def _write(self, stream: TextIO | None, text: str, *, annotates: bool = False, is_result: bool = False) -> None:
        if stream is None:  # closed by whoever started us
            if is_result:
                raise _untold("stdout is closed")
            return
        if self._status:
            self.status("")
        try:
            stream.write(guarded(self.masked(text), color=wants_color(stream), annotates=annotates))
            stream.flush()
        except (OSError, ValueError) as error:
            if is_result:
                raise _untold(_why(error)) from error
            # Nobody can be told any more; what is under way is more important than what is said about it.


def _why(error: OSError | ValueError) -> str:
    """Return why stdout took no more."""
    if isinstance(error, BrokenPipeError):
        return "its reader has ended, as `head` does"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "stdout is closed"


def _untold(why: str) -> OutputError:
    return OutputError(
        f"The output could not be written, or not all of it: {why}.",
        hint="To keep it, redirect it to a file, or name one with --output or --out if the command has it.",
    )


def _pattern(secrets: Iterable[str]) -> re.Pattern[str] | None:
    """Match the secrets in every form in which they may be printed, also broken over lines where they have blanks."""
    from html import escape
    from urllib.parse import quote_from_bytes

    spelled: set[str] = set()
    for secret in secrets:
        data = secret.encode("utf-8", "surrogatepass")  # a server may call anything a token
        encoded = (quote_from_bytes(data, safe=""), quote_from_bytes(data, safe=" ").replace(" ", "+"))
        spelled |= {secret, printable(secret), json.dumps(secret)[1:-1], *encoded}
        marked = escape(secret, quote=False)
        spelled |= {marked, escape(secret), marked.replace('"', "&#34;").replace("'", "&#39;")}
    # The longest first: one may begin with another.
    parts = [r"\s+".join(map(_breakable, form.split())) for form in sorted(spelled, key=len, reverse=True)]
    return re.compile("|".join(parts)) if parts else None


def _breakable(word: str) -> str:
    """Match a word; lines are broken within it where it is of a script that is written without blanks."""
    return re.escape(word) if word.isascii() else r"\s*".join(map(re.escape, word))


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    """Wrap each paragraph; a command to run stays on its line, however long."""
    lines: list[str] = []
    for paragraph in map(printable, text.split("\n")):
        if paragraph.startswith("  "):
            lines.append(indent + paragraph)
            continue
        lines += textwrap.wrap(
            paragraph,
            width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


CONSOLE = Console()
"""The console of this process."""
