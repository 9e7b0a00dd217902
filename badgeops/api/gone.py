"""What it takes for something on a server to be gone. Pure.

A 404 may be of a web server that knows no such path, of a proxy, or the API's own word for a missing right. So
something is gone only if the API itself says so twice, in its own form: asked for the entity, and asked for its public
page, which everybody may see; and if no list shows it. After a deletion that the server has confirmed, that is the
second word, unless the page still shows it. Whatever else comes proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from badgeops.api.responses import Answer, described, refusal_of, shows_an_object
from badgeops.errors import NotFoundError


class Word(Enum):
    """What is said of whether something is there."""

    THERE = "it is there"
    GONE = "it is gone"
    UNSURE = "that cannot be told"


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of whether something is there, and by what."""

    word: Word
    what: str
    """What came, as part of a sentence: "https://… answered with a web page (HTTP 404)"."""

    def is_gone(self, *, is_confirmed: bool = False) -> bool:
        """Tell whether something is gone that the API does not show.

        `is_confirmed` says that the server has confirmed its deletion.
        """
        return self.word is Word.GONE or (is_confirmed and self.word is Word.UNSURE)


def of_page(answer: Answer) -> Said:
    """Return what the answer for a public page says. The error of a server that fails is raised: it may pass."""
    if isinstance(refusal_of(answer), NotFoundError):
        return Said(Word.GONE, f"{answer.url} answered that there is no such entity (HTTP {answer.status})")
    if 200 <= answer.status < 300 and shows_an_object(answer):
        return Said(Word.THERE, f"{answer.url} shows it")
    return Said(Word.UNSURE, f"{answer.url} answered with {described(answer)} (HTTP {answer.status})")


def of_pages(found: Sequence[Said]) -> Said:
    """Return what several pages say together: one that shows it is enough, and so is one at which the API denies it."""
    for word in (Word.THERE, Word.GONE):
        for said in found:
            if said.word is word:
                return said
    return found[0]


def page_here(page: str, base_url: str) -> str:
    """Return the address of a page at a server, by its path; empty if it is of another server, or no address.

    Behind a proxy, servers often name themselves by another scheme or port; the host has to be the same.
    """
    try:
        there, base = urlsplit(page), urlsplit(base_url)
        is_same = bool(there.hostname) and there.hostname == base.hostname
    except ValueError:
        return ""
    if not is_same or there.scheme not in ("http", "https") or not there.path.strip("/"):
        return ""
    query = f"?{there.query}" if there.query else ""
    return f"{base.scheme}://{base.netloc}/{there.path.lstrip('/')}{query}"


def unproven(error: NotFoundError, said: Said) -> NotFoundError:
    """Return the API's no with why it is not believed: something may be there all the same."""
    return NotFoundError(f"{error.message} {said.what}.", hint=error.hint, status=error.status)
