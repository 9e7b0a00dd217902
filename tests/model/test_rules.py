"""The table of rules: names that say what is wrong, each explained, and none used that is not in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import sources
from support.places import ROOT, TESTS

from badgeops.model import rules
from badgeops.model.rules import NAMED, TABLE, Rule

NAME = re.compile(r"[a-z][a-z0-9.]*(-[a-z0-9.]+)*")
REPORTING = re.compile(r"Problem|FileProblem|Diagnostic|warning|problem|diagnostic|_?(warn|error|refuse|problem)")
"""What a function or class is called that is given the name of a rule."""
PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")


def reported() -> Iterator[tuple[str, str]]:
    """Yield every name of a rule that the code gives to what reports problems, with the place where it does."""
    for path in sources.files(sources.PACKAGE):
        if (sources.PACKAGE / "sandbox") in path.parents:
            continue
        for node in sources.nodes(path):
            if isinstance(node, ast.Call) and REPORTING.fullmatch(called(node)):
                texts = (argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant))
                names = (text for text in texts if isinstance(text, str) and NAME.fullmatch(text))
                yield from ((name, f"{path.relative_to(sources.PACKAGE)}:{node.lineno}") for name in names)


def texts() -> tuple[set[str], tuple[str, ...]]:
    """Return every text of the code, and every beginning ("unknown-") of which it makes names."""
    whole, beginnings = set(), set()
    for path in sources.files(sources.PACKAGE):
        if path == Path(rules.__file__) or (sources.PACKAGE / "sandbox") in path.parents:
            continue
        for node in sources.nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
    return whole, tuple(text for text in beginnings if text.endswith("-") and NAME.fullmatch(text[:-1]))


def called(node: ast.Call) -> str:
    """Return the last part of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_problems_are_found_in_the_code() -> None:
    """The search below sees something: most rules are named where they are reported."""
    assert len({name for name, _ in reported()}) > 0.8 * len(TABLE)


def test_every_name_that_is_reported_is_a_rule() -> None:
    """A new rule is explained before it can be used, and a name that was changed is used nowhere."""
    assert [place for name, place in reported() if name not in NAMED] == []


def test_every_rule_is_reported() -> None:
    """A rule whose check is gone, or was never written, is explained to nobody."""
    whole, beginnings = texts()

    assert [rule.name for rule in TABLE if rule.name not in whole and not rule.name.startswith(beginnings)] == []


def test_names_are_sorted_and_unique() -> None:
    """Each rule is one row; a name of the past names one rule, and none of today."""
    names = [rule.name for rule in TABLE]
    past = [name for rule in TABLE for name in rule.formerly]

    assert names == sorted(set(names))
    assert len(set(past)) == len(past)
    assert not set(past) & set(names)


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_a_rule_is_explained_in_three_sentences(rule: Rule) -> None:
    """Its name is fit to be searched for; what is wrong, why it matters and what to do are said as sentences."""
    assert NAME.fullmatch(rule.name)
    for text in (rule.what, rule.why, rule.mend):
        assert re.fullmatch(r"[A-Zb].*\.", text), text


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_the_page_explains_the_rule(rule: Rule) -> None:
    """Whoever meets a name looks it up: the page has a heading for it, and its names of the past."""
    section = PAGE.partition(f"\n## `{rule.name}`\n")[2].partition("\n## ")[0]

    for text in (rule.what, rule.why, rule.mend, *(f"`{name}`" for name in rule.formerly)):
        assert text in section


def test_recorded_plans_name_rules_of_today() -> None:
    """What the golden cases show is in the table: no name is put together that nobody can look up."""
    texts = [path.read_text("utf-8") for path in (TESTS / "cases" / "plan").glob("*/plan.json")]
    named = {name for text in texts for name in re.findall(r'"code": "([^"]+)"', text)}

    assert named
    assert named <= NAMED.keys()
