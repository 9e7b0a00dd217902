"""Checking values against schemas, and putting into words why they do not fit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.tiers import examples

from badgeops import schemas
from badgeops.catalog import schema
from badgeops.catalog.explain import _VALIDATOR, explain
from badgeops.catalog.overlay import Filler, Overlay
from badgeops.catalog.report import Report
from badgeops.errors import Diagnostic
from badgeops.yamldoc.parse import Document, Surprise, YamlFile, parse

KINDS = sorted(schemas.NAMES.values())


def document(text: str) -> Document:
    """Parse one document."""
    documents, diagnostics = parse(YamlFile("a.yaml", text))
    assert not diagnostics
    return documents[0]


def check(name: str, doc: Document) -> list[Diagnostic]:
    """Return what does not fit a schema, with its place."""
    return [schema.placed(each, doc) for each in schema.problems(name, doc.data, lambda path: doc.raw(*path))]


words = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.sampled_from([1.5, 2.0, Surprise("2024-01-01", "a date")]),
    st.sampled_from(["", "x", "a/b", "csta/1", "X Y", "years", "forget", "10%", "tags", "k\n", "Issuer"]),
)  # fmt: skip
NAMES = sorted(
    {name for kind in [*KINDS, "settings"] for name in schemas.load(kind)["properties"]}
    | {
        "ref",
        "file",
        "amount",
        "duration",
        "targetName",
        "targetUrl",
        "protect",
        "onRemove",
        "server",
        "other",
        "@context",
    }
)
values = st.recursive(
    words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=6,
)


@st.composite
def near_misses(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a document that is right, but for a few fields replaced, removed or added."""
    kind = draw(st.sampled_from([*KINDS, "settings"]))
    data = dict(schemas.load(kind)["examples"][0])
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=3)):
        if draw(st.booleans()):
            data.pop(name, None)
        else:
            data[name] = draw(values)
    return kind, data


@examples(400)
@given(near_misses())
def test_the_fast_and_the_full_validator_agree(case: tuple[str, dict[str, Any]]) -> None:
    """The compiled function says "fits" exactly where the full validator finds nothing, and then explains something."""
    kind, data = case
    content = schemas.load(kind)
    fits = schemas.fits(kind, data)

    assert fits == _VALIDATOR(content).is_valid(data)
    found = explain(content, data, lambda _path: None)
    assert fits == (not found)
    for located in found:
        said = f"{located.problem.summary} {located.problem.detail}"
        assert not re.search(r"Surprise|\bNone\b|\bTrue\b|\bFalse\b|\{'|\['|is not of type|instance", said), said


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_fits(kind: str) -> None:
    """The example of each schema fits it, also as a selection of fields where kind and key are left out."""
    example = dict(schemas.load(kind)["examples"][0])

    assert schemas.fits(kind, example)
    assert not schemas.fits(kind, example, some=True)
    del example["kind"], example["key"]
    assert schemas.fits(kind, example, some=True)


def test_a_diagnostic_stands_where_the_value_does() -> None:
    """A wrong value is located at the value, an unknown field at its name, a missing one at the document's key."""
    found = check("image", document("kind: Image\nkey: logo\nflie: x\naltText: [1]\n"))

    assert [(each.code, str(each.source)) for each in found] == [
        ("unknown-field", "a.yaml:3:1"),
        ("invalid-type", "a.yaml:4:10"),
    ]


def test_a_missing_field_stands_at_the_key() -> None:
    """What is not there is reported where the document can be found."""
    doc = document("kind: Image\nkey: logo\n")

    (found,) = check("image", doc)

    assert (found.code, str(found.source)) == ("missing-field", "a.yaml:2:1")


def test_a_file_of_another_sort_does_not_flood_the_screen() -> None:
    """Of very many unknown fields only the first are listed, and the rest is counted."""
    doc = document("kind: Image\nkey: logo\nfile: x\n" + "".join(f"f{number}: 1\n" for number in range(100)))

    found = check("image", doc)

    assert len(found) == 26
    assert "75 more unknown fields" in found[-1].detail


def test_fields_of_the_settings_are_located_there() -> None:
    """Fields to be filled in are checked one by one, and none of them is required."""
    doc = document("defaults:\n  BadgeClass: {issuer: acme, tags: x}\n")

    report = Report()

    Filler(Overlay(doc, defaults=doc.data["defaults"]), report)

    (found,) = report.result()
    assert (found.code, str(found.source)) == ("invalid-type", "a.yaml:2:36")


def test_a_line_end_is_not_part_of_a_key() -> None:
    """The end of a pattern is the very end of the text, in both validators."""
    data = {"kind": "Image", "key": "logo\n", "file": "x"}

    assert not schemas.fits("image", data)
    assert explain(schemas.load("image"), data, lambda _path: None)


def test_a_keyword_without_words_of_its_own_is_reported_all_the_same() -> None:
    """What does not fit is never passed over, even where a schema asks for something new."""
    part = {"type": "string", "pattern": "^a$", "description": "Write a.", "examples": ["a"]}
    found = explain({"title": "X", "maxProperties": 0, "properties": {"a": part}}, {"a": "b"}, lambda _path: None)

    assert [(one.path, one.problem.code) for one in found] == [((), "invalid-value"), (("a",), "invalid-value")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("criteria_url", "criteriaUrl"),
        ("CriteriaURL", "criteriaUrl"),
        ("alignment", "alignments"),
        ("Title", "name"),
        ("expiration", "expires"),
        ("desciption", "description"),
        ("logo", "image"),
    ],
)
def test_what_was_probably_meant(written: str, meant: str) -> None:
    """Other spellings and other programs' words for a field lead to the right one."""
    doc = document(f"kind: BadgeClass\n{written}: x\n")

    assert any(f'Did you mean "{meant}"?' in found.detail for found in check("badge-class", doc))
