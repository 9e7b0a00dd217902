"""Where text becomes a number: every such place of the product is known, and says why it cannot fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from support import sources
from support.places import ROOT

PRODUCT = sources.PACKAGE
PLACES = (PRODUCT, sources.ACTIONS)

DISAGREEING = {"isdigit", "isnumeric", "isdecimal"}
"""Each says yes to something that `int` does not take."""

KNOWN = {
    "badgeops/api/auth.py": "a number of JSON, and what it cannot be is caught",
    "badgeops/api/network.py": "no text",
    "badgeops/api/transport.py": "no text",
    "badgeops/catalog/build.py": "the schema has let only whole numbers through",
    "badgeops/catalog/explain.py": "a pattern of at most fifteen ASCII digits",
    "badgeops/catalog/field_rules.py": "a pattern of ASCII digits",
    "badgeops/catalog/images/css.py": "at most six hexadecimal digits",
    "badgeops/catalog/images/measure.py": "a pattern of ASCII digits",
    "badgeops/catalog/images/outline.py": "a pattern of ASCII digits; `float` takes any number of them",
    "badgeops/catalog/images/unfold.py": "a pattern of ASCII digits; `float` takes any number of them",
    "badgeops/catalog/parse_cache.py": "our own file; what is none is caught",
    "badgeops/catalog/images/raster.py": "our own file; what is none is caught",
    "badgeops/commands/shared/options.py": "click says what is none",
    "badgeops/commands/shared/spinner.py": "no text",
    "badgeops/model/allowances.py": "a pattern of ASCII digits",
    "badgeops/model/numbers.py": "this is where it is done",
    "badgeops/model/shape.py": "the parser of JSON has found a number",
    "badgeops/review/saved_plan.py": "a pattern of ASCII digits",
    "badgeops/sandbox/auth.py": "no text",
    "badgeops/sandbox/entities.py": "no text",
    "badgeops/sandbox/faults.py": "an option of the sandbox; what is none is caught where it is read",
    "badgeops/sandbox/fields.py": "what is none is caught, and answered with",
    "badgeops/sandbox/loop.py": "no text",
    "badgeops/sandbox/middleware.py": "a status of our own",
    "badgeops/sandbox/paging.py": "a pattern of ASCII digits",
    "badgeops/scaffold/templates/gitlab/badgeops_note.py": "a number in a plan that badgeops has just written",
    "badgeops/settings.py": "the schema has let only a number with a % through",
    "badgeops/yamldoc/parse.py": "a pattern of ASCII digits, eighteen at the most",
    ".github/actions/badgeops/github_api.py": "a pattern of ASCII digits, and no text",
    ".github/actions/badgeops/reviewed_digest.py": "what is none is caught where it is called, and nothing is applied",
    ".github/actions/badgeops/sticky_comment.py": "it is known to be a number",
    ".github/actions/badgeops/workflow.py": "the runner's own file about the event",
}
"""Files that call `int` or `float`, and why no text from outside can break them there."""


def _calls(path: Path) -> Iterator[str]:
    for node in sources.nodes(path):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", None) or getattr(node.func, "attr", "")


@cache
def calls() -> dict[str, set[str]]:
    """Return what each file of the product calls."""
    return {
        path.relative_to(PRODUCT.parent if PRODUCT in path.parents else ROOT).as_posix(): set(_calls(path))
        for place in PLACES
        for path in sources.files(place)
    }


def test_nobody_asks_whether_text_is_digits() -> None:
    """`"²".isdigit()` is true, and `int("²")` fails: `model.numbers` reads what comes from outside."""
    assert {name: called & DISAGREEING for name, called in calls().items() if called & DISAGREEING} == {}


def test_every_place_that_makes_numbers_of_text_is_known() -> None:
    """A new one says here why it cannot fail, or uses `model.numbers`; one that is gone is struck off."""
    assert {name for name, called in calls().items() if called & {"int", "float"}} == KNOWN.keys()
