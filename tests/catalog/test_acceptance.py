"""`accept:` in the settings: what is silenced, what stands, and what is there for nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from support import sources
from support.judged import CASES, check

from badgeops.catalog.acceptance import Accept, Acceptance, read
from badgeops.catalog.select import Subject, parse
from badgeops.errors import Severity
from badgeops.model.rules import ADDRESS, FILE, NAMED, TABLE, Rule

SUBJECTS = [Subject(f"badge_class.{key}", "acme", f"{key}.yaml") for key in "abc"]
RULES = st.sampled_from(TABLE)
SEVERITIES = st.sampled_from(list(Severity))
SELECTORS = st.sampled_from(
    ["badge_class.a", "badge_class.b", "badge_class.*", "issuer:acme", "file:c.yaml", "image.*"]
)
ENTRIES = st.lists(st.tuples(RULES, st.lists(SELECTORS, min_size=1, max_size=3, unique=True)), max_size=4)
FINDINGS = st.lists(st.tuples(RULES, SEVERITIES, st.sampled_from(SUBJECTS)), max_size=12)


def acceptance(*entries: tuple[Rule, list[str]]) -> Acceptance:
    """Return what decides by these entries."""
    accepts, wrong = read({"rule": rule.name, "for": texts, "because": "x"} for rule, texts in entries)
    assert wrong == ()
    return Acceptance(accepts)


def names(rule: Rule, texts: list[str], subject: Subject, problem: Rule) -> bool:
    """Tell whether an entry names a problem, said another way than the code says it."""
    return rule is problem and any(parse(text).selects(subject) for text in texts)


@given(ENTRIES, FINDINGS)
def test_what_is_accepted_is_what_an_entry_names(
    entries: list[tuple[Rule, list[str]]], problems: list[tuple[Rule, Severity, Subject]]
) -> None:
    """A warning or a note is accepted exactly if some entry names it; an error, if its rule says so as well."""
    decides = acceptance(*entries)

    for rule, severity, subject in problems:
        named = any(names(wanted, texts, subject, rule) for wanted, texts in entries)
        accepted = decides.takes(rule.name, severity, subject)
        assert accepted == (named and (severity is not Severity.ERROR or rule.accepts_errors))


@given(ENTRIES, FINDINGS)
def test_a_selector_is_left_over_exactly_if_it_named_no_finding(
    entries: list[tuple[Rule, list[str]]], problems: list[tuple[Rule, Severity, Subject]]
) -> None:
    """Whoever accepts something hears when it is gone; what depends on the server is judged by the documents only."""
    decides = acceptance(*entries)
    for problem in problems:
        decides.takes(problem[0].name, problem[1], problem[2])

    told = {path for path, _ in decides.leftovers(SUBJECTS)}
    for index, (rule, texts) in enumerate(entries):
        for number, text in enumerate(texts):
            took = any(names(rule, [text], subject, found) for found, _, subject in problems)
            idle = not any(parse(text).selects(subject) for subject in SUBJECTS)
            expected = not took and (idle or rule.in_validate)
            assert (("accept", index, "for", number) in told) == expected
    assert {problem.severity for _, problem in decides.leftovers(SUBJECTS)} <= {Severity.NOTE}


@given(ENTRIES, FINDINGS, st.sets(st.sampled_from(SUBJECTS)), st.booleans())
def test_nothing_is_left_over_that_something_else_may_hide(
    entries: list[tuple[Rule, list[str]]],
    problems: list[tuple[Rule, Severity, Subject]],
    unsure: set[Subject],
    all_known: bool,
) -> None:
    """What a document with errors still holds is not known, nor whom a selector means if an address is missing."""
    decides = acceptance(*entries)
    for problem in problems:
        decides.takes(problem[0].name, problem[1], problem[2])

    certain = dict(decides.leftovers(SUBJECTS))
    told = dict(decides.leftovers(SUBJECTS, unsure, all_known=all_known))
    assert told.keys() <= certain.keys()
    for path in certain:
        selector = parse(entries[int(path[1])][1][int(path[3])])
        selected = [subject for subject in SUBJECTS if selector.selects(subject)]
        assert (path in told) == (not unsure.intersection(selected) and (bool(selected) or all_known))


@given(ENTRIES, FINDINGS)
def test_what_is_suggested_takes_a_problem(
    entries: list[tuple[Rule, list[str]]], problems: list[tuple[Rule, Severity, Subject]]
) -> None:
    """Whoever writes the selector that is suggested accepts something with it: the next run has no note there."""
    decides = acceptance(*entries)
    for problem in problems:
        decides.takes(problem[0].name, problem[1], problem[2])

    for path, left in decides.leftovers(SUBJECTS):
        meant = re.search(r'Did you mean "(.*)"', left.detail)
        rule = entries[int(path[1])][0]
        if meant is not None and rule.in_validate:
            again = acceptance((rule, [meant[1]]))
            assert any(again.takes(found.name, severity, subject) for found, severity, subject in problems)


def test_an_error_that_cannot_be_accepted_is_told_at_the_entry() -> None:
    """The error stands, and nobody wonders why: the entry is named, once."""
    rule = next(rule for rule in TABLE if rule.name == "invalid-url")
    decides = acceptance((rule, ["badge_class.*"]))

    assert [decides.takes("invalid-url", Severity.ERROR, subject) for subject in SUBJECTS] == [False] * 3
    assert [(path, problem.code) for path, problem in decides.refusals()] == [(("accept", 0, "rule"), "cannot-accept")]
    assert list(decides.leftovers(SUBJECTS)) == []


def test_a_name_of_the_past_is_understood() -> None:
    """An update of badgeops does not bring back what was accepted; the name of today is told."""
    accepts, wrong = read([{"rule": "too-long", "for": "*", "because": "x"}])

    assert [accept.rule for accept in accepts] == ["text-too-long"]
    assert [each.problem.code for each in wrong] == ["renamed-rule"]
    assert wrong[0].problem.severity is Severity.WARNING


@given(st.text(max_size=30), st.text(max_size=30) | st.lists(st.text(max_size=30), min_size=1, max_size=3))
def test_whatever_is_written_is_read_or_told(rule: str, texts: str | list[str]) -> None:
    """What fits the schema never ends in anything but entries and problems with a place in the settings."""
    accepts, wrong = read([{"rule": rule, "for": texts, "because": "x"}])

    assert all(isinstance(each, Accept) for each in accepts)
    assert all(each.place[:2] == ("accept", 0) for each in wrong)
    assert accepts or wrong


def reporting() -> dict[str, set[str]]:
    """Return for each text of the code that is the name of a rule the packages that it stands in."""
    found: dict[str, set[str]] = {}
    for path in sources.files(sources.PACKAGE):
        package = path.relative_to(sources.PACKAGE).parts[0]
        if package == "sandbox" or path.name in ("rules.py", "allow.py", "saved_plan.py", "allowances.py"):
            continue
        for node in sources.nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.setdefault(node.value, set()).add(package)
    return found


OFFLINE = {"catalog", "yamldoc", "settings.py"}


def test_the_table_knows_which_rules_validate_can_find() -> None:
    """So an entry for what needs a server is not called left over, and one for what is offline is."""
    reported = reporting()
    known = {rule.name: rule.in_validate for rule in TABLE if rule.name in reported}

    assert len(known) > 0.8 * len(TABLE)
    assert known == {name: bool(reported[name] & OFFLINE) for name in known}


LIGHTER = {"warning", "note", "_warn"}
"""What makes a warning or a note, wherever it is called."""
OF_SETTINGS = {"cannot-accept", "renamed-rule", "unchecked-documents", "unused-accept"}
"""Warnings and notes about badgeops.yaml, which nobody has to live with."""
OF_NO_PLACE = {"more-problems", "old-snapshot", "unreadable-on-server"}
"""Warnings that stand in no document and in no file of the catalog, so that no selector can mean them."""
COMPUTED = {
    "abandoned-creation", "curly-quotes", "hash-cuts-text", "twin-on-server", "unused-alignment-set", "unused-image",
    "unusual-space",
}  # fmt: skip
"""Rules of warnings whose name is handed on, or put together."""


def lighter() -> set[str]:
    """Return the rules whose name stands in a call that makes a warning or a note."""
    found = set()
    for path in sources.files(sources.PACKAGE):
        for node in sources.nodes(path):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                severities = {part.attr for part in node.args if isinstance(part, ast.Attribute)}
                words = {part.value for part in node.args if isinstance(part, ast.Constant)}
                found |= words & NAMED.keys() if name in LIGHTER or severities & {"WARNING", "NOTE"} else set()
    return found


def test_the_table_knows_what_can_be_accepted() -> None:
    """`badgeops explain` says how to live with a warning, a note or an acceptable error, and with nothing else."""
    can_be = {rule.name for rule in TABLE if rule.accept_for}

    assert can_be | OF_SETTINGS | OF_NO_PLACE == lighter() | COMPUTED | OF_NO_PLACE | errors_that_are_accepted()
    assert not can_be & (OF_SETTINGS | OF_NO_PLACE)


def errors_that_are_accepted() -> set[str]:
    """Return the rules whose errors can be accepted."""
    return {rule.name for rule in TABLE if rule.accepts_errors}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_table_says_of_accepting_takes_what_is_found(case: Path) -> None:
    """An entry as `badgeops explain` shows it, filled in for a problem of any case, accepts that problem."""
    for problem in check(case / "catalog")[0]:
        rule = NAMED[problem.code]
        if problem.severity is Severity.ERROR and not rule.accepts_errors:
            continue
        if not rule.accept_for:
            assert problem.code in OF_SETTINGS | OF_NO_PLACE
            continue
        assert problem.source is not None
        filled_in = {ADDRESS: problem.address or "", FILE: f"file:{problem.source.filename}"}[rule.accept_for]
        decides = acceptance((rule, [filled_in]))
        assert decides.standing([problem], {}) == ()
