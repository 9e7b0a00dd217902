"""The tables of formats: whoever adds a row learns here what it must be able to show, and where it is described."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from xml.sax.saxutils import unescape

import pytest
from support import simulated, strategies
from support.places import ROOT

from badgeops.commands.shared.outputs import PLAN_FORMATS, PROBLEM_FORMATS, renderer
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model.dialect import Dialect
from badgeops.render.view import ProblemsView, View

TABLES = {"plan": PLAN_FORMATS, "validate": PROBLEM_FORMATS}
PAGE = (ROOT / "docs" / "output-formats.md").read_text("utf-8")
COMMANDS_OF_A_BUILD_SERVER = ("::error::injected", "##[error]injected")
ELSEWHERE = {("plan", "text"), ("plan", "tfplan-json")}
"""Formats without problems: beside a plan as text they go to stderr, and a plan of OpenTofu has no place for them."""
PROBLEMS = (
    Diagnostic(
        Severity.ERROR, "unknown-field", "an error of the test", "Look.", "badge_class.a", Source("a.yaml", 3, 5)
    ),
    Diagnostic(Severity.WARNING, "unused-image", "a warning of the test", "Look.", "image.b", Source("b.yaml", 1, 1)),
    Diagnostic(Severity.WARNING, "unknown-server", "a remark without a place", "Look.", None, None),
)

each_format = pytest.mark.parametrize(
    ("command", "name"), [(command, name) for command, formats in TABLES.items() for name in formats]
)


def render(command: str, name: str, problems: tuple[Diagnostic, ...] = PROBLEMS, text: str = "A") -> str:
    """Return what a format makes of a new badge class with a text, and of some problems."""
    make: Callable[..., str] = renderer(TABLES[command], name)
    if command == "validate":
        return make(ProblemsView(problems))
    catalog = strategies.catalog(strategies.issuer(), strategies.badge_class(description=text, criteria_narrative=text))
    plan = simulated.Server(Dialect.HOSTED).plan(catalog, simulated.new_state())
    return make(View(replace(plan, problems=problems), "Environment here", catalog=catalog))


@each_format
def test_a_format_shows_problems_of_each_sort(command: str, name: str) -> None:
    """An error, a warning and one without a place: none of them is lost, and none stops the rest."""
    shown = unescape(render(command, name), {"&quot;": '"'})

    if (command, name) not in ELSEWHERE:
        assert [problem.summary for problem in PROBLEMS if problem.summary not in shown] == []
    assert shown != render(command, name, ()) or (command, name) in ELSEWHERE


def test_the_page_describes_every_format() -> None:
    """The table on the page has a row for each, which says what commands have it and what it is for."""
    cells = re.findall(r"^\| `([a-z-]+)` \| (yes)? ?\| (yes)? ?\| (.+) \|$", PAGE, re.MULTILINE)
    described = [(name, bool(of_plan), bool(of_problems)) for name, of_plan, of_problems, _what_for in cells]

    names = PLAN_FORMATS.keys() | PROBLEM_FORMATS.keys()
    assert sorted(described) == sorted((name, name in PLAN_FORMATS, name in PROBLEM_FORMATS) for name in names)


@each_format
@pytest.mark.parametrize("words", COMMANDS_OF_A_BUILD_SERVER)
def test_a_format_that_is_not_guarded_begins_no_line_with_a_text(command: str, name: str, words: str) -> None:
    """What says of itself that it is not read line by line lets no text from outside begin one."""
    problem = Diagnostic(Severity.ERROR, "text-would-be-stripped", f"x\n{words}", f"x\n{words}\n\n{words}", None, None)
    shown = render(command, name, (problem,), f"x\n{words}\n\n{words}\n\n    {words}")

    if not TABLES[command][name].is_read_by_line:
        assert [line for line in shown.splitlines() if line.lstrip().startswith(words)] == []
