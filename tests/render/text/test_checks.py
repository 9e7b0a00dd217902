"""What `doctor` found, line by line."""

from __future__ import annotations

import re

from badgeops.render.text.checks import Verdict, bad, good, render, unsure
from badgeops.render.text.plan_text import Style


def test_a_good_check_is_one_line() -> None:
    """Verdict, subject, what was seen."""
    assert render(good("server", "answers in 12 ms"), Style()) == "ok    server       answers in 12 ms\n"


def test_advice_stands_below_what_it_is_about() -> None:
    """Wrapped, its commands alone and whole on their lines."""
    command = "  badgeops import badge_class.a-rather-long-key-that-nobody-would-want-to-type-twice SOME_ENTITY_ID"
    check = bad("state", "cannot be read. " * 6, f"Restore it from its backup, and run badgeops once more:\n{command}")

    lines = render(check, Style()).split("\n")

    blank = " " * 19
    assert lines[0].startswith("bad   state        cannot be read.")
    assert all(line.startswith(blank) for line in lines[1:-1])
    assert lines[-2] == f"{blank}{command}"
    assert all(len(line) <= 80 for line in lines if "import" not in line)


def test_colour_is_for_the_verdict() -> None:
    """And for nothing else."""
    check = unsure("clock", "runs 5 s late", "Set it.")

    painted = render(check, Style(color=True))

    assert painted.startswith(f"\x1b[{Verdict.UNSURE.value[1]}mnote \x1b[0m clock")
    assert re.sub(r"\x1b\[\d*m", "", painted) == render(check, Style())


def test_words_of_a_server_are_made_safe() -> None:
    """Its version string, for one."""
    assert "\x1b" not in render(bad("server", "says \x1b[2J", "\x1b[31m"), Style())
