"""What `doctor` found, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from badgeops.render.layout import hang, wrap
from badgeops.render.plain import printable
from badgeops.render.style import Style


class Verdict(Enum):
    """How a check went: its word and its colour."""

    GOOD = ("ok", "32")
    UNSURE = ("note", "33")
    BAD = ("bad", "31")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    verdict: Verdict
    subject: str
    text: str
    advice: str = ""


def good(subject: str, text: str) -> Check:
    """Return a check that went well."""
    return Check(Verdict.GOOD, subject, text)


def unsure(subject: str, text: str, advice: str) -> Check:
    """Return a check that found something worth knowing."""
    return Check(Verdict.UNSURE, subject, text, advice)


def bad(subject: str, text: str, advice: str) -> Check:
    """Return a check that found something to mend."""
    return Check(Verdict.BAD, subject, text, advice)


def render(check: Check, style: Style) -> str:
    """Return the lines of one check."""
    word, color = check.verdict.value
    lead = f"{word:<5} {check.subject:<12} "
    first, *rest = hang(lead, printable(check.text), style.width)
    lines = [style.paint(first[:5], color) + first[5:], *rest]
    blank = " " * len(lead)
    for paragraph in check.advice.split("\n") if check.advice else []:
        # An indented line is a command: it stands alone and whole.
        is_command = paragraph.startswith(" ")
        parts = [printable(paragraph)] if is_command else wrap(printable(paragraph), style.width - len(lead))
        lines += [f"{blank}{part}".rstrip() for part in parts]
    return "\n".join(lines) + "\n"
