"""What is known of a document by itself is what validation would say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.judged import CASES
from support.tiers import examples

from badgeops import schemas
from badgeops.catalog.document_rules import is_sound, problems_of
from badgeops.catalog.folder import load
from badgeops.catalog.item import Item
from badgeops.catalog.overlay import Overlay
from badgeops.catalog.references import FileProblem
from badgeops.catalog.validate import validate
from badgeops.model.address import Kind
from badgeops.yamldoc.parse import Document, YamlFile

TEXTS = [
    "", " ", "x", " Café ", "a <b>c</b>", "<i>", "x" * 256, "x" * 1025, "bell\x07", "turn\u202e", "no\u200bthing",
    "criteria.md", "![x](y)", "https://academy.example/x", "http://localhost", "ftp://x.example", "https://ex ample",
    "https://academy.example:1", "a@academy.example", "a@b", "Course", "Unheard of",
]  # fmt: skip


class NoFiles:
    """Files of which there are none."""

    def text(self, document: Document, path: str) -> FileProblem:  # noqa: ARG002
        """Return that there is no such text."""
        return FileProblem("missing-file", f"{path} is missing")

    def image(self, document: Document, path: str) -> FileProblem:  # noqa: ARG002
        """Return that there is no such image."""
        return FileProblem("missing-file", f"{path} is missing")


def document(data: dict[str, Any], name: str = "a.yaml") -> Document:
    """Return a document with these values."""
    return Document(data, YamlFile(name, ""), 1, 1, 0)


def said(documents: Sequence[Document]) -> object:
    """Return all that is said about some documents, and what becomes of them."""
    return validate("x", documents, Overlay(), NoFiles())


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw an example of a kind with other texts in some of its fields, at any depth."""
    name = draw(st.sampled_from(sorted(schemas.NAMES)))
    return document(_changed(draw, draw(st.sampled_from(schemas.load(schemas.NAMES[name])["examples"]))))


def _changed(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: item if name in ("kind", "key") else _changed(draw, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_changed(draw, item) for item in value] * draw(st.sampled_from([1, 1, 1, 2]))
    return draw(st.sampled_from(TEXTS)) if isinstance(value, str) and draw(st.integers(0, 5)) == 0 else value


@examples(300)
@given(st.lists(documents(), max_size=3))
def test_nothing_changes_if_it_is_known_which_documents_are_sound(found: list[Document]) -> None:
    """Whatever stands in their fields, and whatever stands beside them."""
    assert said([replace(each, is_sound=is_sound(each)) for each in found]) == said(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_changes_for_the_recorded_catalogs(case: Path) -> None:
    """Each kind of problem has a catalog among them."""
    found = load(case / "catalog", ".").documents
    unknown = [replace(each, is_sound=False) for each in found]

    assert said([replace(each, is_sound=is_sound(each)) for each in unknown]) == said(unknown)


@pytest.mark.parametrize("kind", sorted(schemas.NAMES))
def test_examples_are_sound_and_what_is_odd_is_not(kind: str) -> None:
    """A document that does not fit its schema is never sound, nor one of another kind or of none."""
    (example, *_) = schemas.load(schemas.NAMES[kind])["examples"]

    assert is_sound(document(example))
    for odd in ({"kind": "Other"}, {"kind": 7}, {"key": "No Key"}, {"no-field": "x"}):
        assert not is_sound(document({**example, **odd}))
    assert not is_sound(document({name: value for name, value in example.items() if name != "kind"}))


def test_only_what_can_be_looked_at_is_looked_at() -> None:
    """What is not of the right type has been reported, and the entries beside it are looked at all the same."""
    data = {"kind": "BadgeClass", "key": "x", "name": 7, "tags": ["", 7, "<i>"], "criteriaUrl": "no address"}
    item = Item(document(data), Kind.BADGE_CLASS, "x")
    item.set_aside(("name",))
    item.set_aside(("tags", 1))

    assert [(path, problem.code) for path, problem in problems_of(item)] == [
        (("criteriaUrl",), "invalid-url"),
        (("tags", 0), "empty-tag"),
        (("tags", 2), "text-would-be-empty"),
    ]
