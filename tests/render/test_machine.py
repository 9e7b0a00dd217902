"""Problems for programs: SARIF, JUnit, Markdown."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from hypothesis import given, strategies as st
from jsonschema import Draft4Validator
from support.inert_markdown import assert_is_inert, hostile
from support.judged import CASES, check
from support.places import TESTS

from badgeops import __version__
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.render.machine import junit, sarif
from badgeops.render.markdown import problems_markdown
from badgeops.render.view import ProblemsView, Where

SCHEMA = json.loads((TESTS / "support" / "schemas" / "sarif-2.1.0.schema.json").read_text("utf-8"))
sources = st.builds(
    Source, hostile.map("x{}".format), st.integers(1, 99), st.integers(1, 99), st.integers(0, 99), st.integers(0, 99)
)
found = st.builds(
    Diagnostic, st.sampled_from(Severity), hostile, hostile, hostile, st.none() | hostile, st.none() | sources
)
views = st.lists(found, max_size=5).map(tuple).map(ProblemsView)
ERROR = Diagnostic(
    Severity.ERROR,
    "unknown-field",
    "unknown field",
    "Look.",
    "badge_class.a",
    Source("a.yaml", 3, 5, 3, 9, "  nmae: A"),
)


def report(value: ProblemsView) -> Any:
    """Return the single run of a SARIF report that fits the schema."""
    document = json.loads(sarif.show(value))
    Draft4Validator(SCHEMA).validate(document)
    (run,) = document["runs"]
    return run


# --- SARIF ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_said_of_a_catalog_is_valid_sarif(case: Path) -> None:
    """It fits the schema, each problem is there with its rule, and each rule explains itself."""
    diagnostics, _ = check(case)
    run = report(ProblemsView(diagnostics))

    assert sorted(result["ruleId"] for result in run["results"]) == sorted(item.code for item in diagnostics)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({item.code for item in diagnostics})
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in rules)
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    assert run["tool"]["driver"]["version"] == __version__


@given(views)
def test_whatever_a_catalog_holds_the_report_is_valid(value: ProblemsView) -> None:
    """Odd names of files, texts and codes make no report that a reader refuses."""
    for location in (item for result in report(value)["results"] for item in result.get("locations", ())):
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%:-]+", uri), uri


def test_a_place_is_told_as_sarif_wants_it() -> None:
    """Relative to the repository, percent-encoded, columns in characters, the end behind the last one."""
    where = Where(Path("/r/badges"), Path("/r"))
    source = Source("ä b#.yaml", 3, 5, 3, 9, "  nmae: A")
    run = report(ProblemsView((replace(ERROR, source=source),), where=where))
    (location,) = run["results"][0]["locations"]

    assert run["columnKind"] == "unicodeCodePoints"
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "badges/%C3%A4%20b%23.yaml", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "badge_class.a"}]
    outside = report(ProblemsView((replace(ERROR, source=replace(source, filename="/x/a.yaml")),), where=where))
    artifact = outside["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "a.yaml"}  # the report is for others: no path of this computer


def fingerprints(*diagnostics: Diagnostic) -> list[str]:
    """Return what the report identifies problems by."""
    results = report(ProblemsView(diagnostics))["results"]
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


def test_a_problem_stays_the_same_when_lines_move() -> None:
    """So a dismissed one does not come back with every edit above it; another line is another problem."""
    assert ERROR.source is not None
    moved = replace(ERROR, source=replace(ERROR.source, line=30, column=9, text="      nmae: A"))
    other = replace(ERROR, source=replace(ERROR.source, text="  nmae: B"))

    assert fingerprints(ERROR) == fingerprints(moved)
    assert fingerprints(ERROR) != fingerprints(other)
    assert fingerprints(ERROR) != fingerprints(replace(ERROR, code="invalid-type"))
    assert len(set(fingerprints(ERROR, moved))) == 2


@pytest.mark.tier("test")
def test_errors_come_first_and_no_reader_is_overrun() -> None:
    """GitHub takes 25,000 results: what is left out are warnings."""
    warning = replace(ERROR, severity=Severity.WARNING)
    levels = [
        result["level"]
        for result in json.loads(sarif.show(ProblemsView((*[warning] * 25_010, ERROR))))["runs"][0]["results"]
    ]

    assert (len(levels), levels[0], levels.count("error")) == (25_000, "error", 1)


def test_a_rule_that_was_renamed_is_found_by_its_old_name() -> None:
    """Code scanning keeps what was dismissed under the old name, and the link leads to the rule's own place."""
    (renamed,) = report(ProblemsView((replace(ERROR, code="invalid-type"),)))["tool"]["driver"]["rules"]
    (kept,) = report(ProblemsView((replace(ERROR, code="unknown-field"),)))["tool"]["driver"]["rules"]

    assert renamed["deprecatedIds"] == ["wrong-type"]
    assert renamed["helpUri"].endswith("docs/rules.md#invalid-type")
    assert "deprecatedIds" not in kept


# --- JUnit ---------------------------------------------------------------------------------------------------------


def suite(value: ProblemsView) -> Element:
    """Return the one suite of a report, read as strictly as a reader would."""
    root = ElementTree.fromstring(junit.show(value).encode("utf-8"))
    assert root.tag == "testsuites"
    (only,) = root
    assert only.tag == "testsuite"
    for each in (root, only):
        assert int(each.attrib["tests"]) == len(only)
        assert int(each.attrib["failures"]) == len(only.findall("testcase/failure"))
    return only


@given(views)
def test_any_problems_make_xml_that_readers_take(value: ProblemsView) -> None:
    """Names are unique within a file, counts are right, and what no XML may contain is written out."""
    cases = list(suite(value))

    names = [(case.attrib["classname"], case.attrib["name"]) for case in cases]
    assert len(set(names)) == len(names) == max(1, len(value.diagnostics))
    errors = sum(item.severity is Severity.ERROR for item in value.diagnostics)
    assert sum(case.find("failure") is not None for case in cases) == errors


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_said_of_a_catalog_is_junit(case: Path) -> None:
    """Classname is the file, name the rule and the address; a failure says what and which rule."""
    diagnostics, _ = check(case)
    for item, element in zip(diagnostics, suite(ProblemsView(diagnostics)), strict=False):
        failure = element.find("failure")
        assert element.attrib["name"].startswith(item.code)
        assert element.attrib["classname"] == (item.source.filename if item.source else "catalog")
        assert (failure is not None) == (item.severity is Severity.ERROR)
        if failure is not None:
            assert failure.attrib["type"] == item.code
            assert failure.attrib["message"]
            assert failure.text is not None


def test_a_sound_catalog_passes_one_test() -> None:
    """A report without any would be taken for a run that tested nothing."""
    (case,) = suite(ProblemsView(()))

    assert case.attrib["name"] == "the catalog is valid"
    assert list(case) == []


def test_a_warning_passes_with_a_remark() -> None:
    """It stops nothing, so it must not fail a build."""
    (case,) = suite(ProblemsView((replace(ERROR, severity=Severity.WARNING),)))

    assert [child.tag for child in case] == ["system-out"]


# --- Markdown ------------------------------------------------------------------------------------------------------


@given(views)
def test_problems_do_nothing_in_markdown(value: ProblemsView) -> None:
    """As with a plan: text from a catalog stands in a block that it cannot leave."""
    assert_is_inert(problems_markdown.show(value))


def test_a_comment_on_problems_has_a_greatest_length() -> None:
    """Errors come first, and what does not fit is counted."""
    warning = replace(ERROR, severity=Severity.WARNING, summary="ä" * 200)
    text = problems_markdown.show(ProblemsView((*[warning] * 100, ERROR), max_bytes=5_000, every_place=True))

    assert len(text.encode()) <= 5_000
    assert text.startswith(
        "### badgeops: the catalog has problems, 1 error, 100 warnings\n\n```text\na.yaml:3:5: error[unknown-field]:"
    )
    assert re.search(r"\n\d\d more problems left out: there is no room here.\n$", text)
    assert problems_markdown.show(ProblemsView(())) == "### badgeops: the catalog is valid\n"
