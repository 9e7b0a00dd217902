"""What `doctor` found, line by line."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import Enum

from badgeops.render.plain import printable
from badgeops.render.plan_text import Style


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
    lines = textwrap.wrap(printable(check.text), max(30, style.width - len(lead)), break_long_words=False) or [""]
    blank = " " * len(lead)
    result = [
        f"{style.paint(f'{word:<5}', color)} {check.subject:<12} {lines[0]}",
        *(blank + line for line in lines[1:]),
    ]
    for paragraph in check.advice.split("\n") if check.advice else []:
        wrapped = textwrap.wrap(printable(paragraph), max(30, style.width - len(lead)), break_long_words=False)
        result += [blank + line for line in wrapped]
    return "\n".join(result) + "\n"
