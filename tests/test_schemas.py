"""The schema files: complete enough for an editor, sound, and agreeing with the code that has its own idea of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from badgeops import schemas
from badgeops.api.probe_values import NO_IDEA
from badgeops.api.questions import QUESTIONS
from badgeops.model.address import KEY_PATTERN, Kind
from badgeops.model.lifecycle import OnMeaningChange, OnRemove

FILES = sorted(schemas.folder().glob("*.schema.json"))
EXPLAINED = {
    "additionalProperties", "anyOf", "const", "enum", "items", "maximum", "minLength", "minimum", "pattern",
    "properties", "propertyNames", "required", "type", "$ref",
}  # fmt: skip
"""The keywords that `explain` has words for, and those that never fail by themselves."""
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "examples"}


def parts(value: Any, path: str = "", *, named: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every subschema with its path; `named` says that the members are fields, not keywords."""
    if isinstance(value, list):
        for index, part in enumerate(value):
            yield from parts(part, f"{path}/{index}")
    elif isinstance(value, dict):
        if not named:
            yield path, value
        for word, part in value.items():
            if named or word not in {"examples", "enum", "required", "const"}:
                yield from parts(part, f"{path}/{word}", named=not named and word in {"properties", "$defs"})


def read(path: Path) -> dict[str, Any]:
    """Return a schema file."""
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_schema_is_sound(path: Path) -> None:
    """Each file is a valid JSON Schema that is published where its $id says, and its own examples fit it."""
    content = read(path)

    Draft202012Validator.check_schema(content)
    assert content["$id"].endswith(f"/schemas/{path.name}")
    for example in content["examples"]:
        Draft202012Validator(content).validate(example)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_property_can_be_hovered_over(path: Path) -> None:
    """Each property has a title, a description and an example that fits it, for an editor to show."""
    content = read(path)
    for place, part in parts(content):
        for name, about in part.get("properties", {}).items():
            assert {"title", "description", "examples"} <= about.keys(), f"{place}/properties/{name}"
            for example in about["examples"]:
                Draft202012Validator(content | {"$defs": content.get("$defs", {})}).evolve(schema=about).validate(
                    example
                )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_keyword_has_words(path: Path) -> None:
    """A schema uses no keyword whose failure could not be put into words."""
    used = {word for _, part in parts(read(path)) for word in part}

    assert used <= EXPLAINED | ANNOTATIONS


def test_equal_names_mean_equal_things() -> None:
    """What two schemas define under one name is the same, but for the fields an entity has."""
    definitions: dict[str, Any] = {}
    for path in FILES:
        for name, part in read(path).get("$defs", {}).items():
            if name in {"alignment", "extensions", "diagnostic", "range"} or (
                name == "image" and path.stem in {"issuer.schema", "badge-class.schema"}
            ):
                assert definitions.setdefault(name, part) == part, f"{path.name}: {name}"


def test_schemas_agree_with_the_model() -> None:
    """Keys, kinds and lifecycles are the same in the schemas and in the code."""
    for kind in Kind:
        properties = schemas.load(schemas.NAMES[kind])["properties"]

        assert properties["kind"]["const"] == kind.value
        assert properties["key"]["pattern"] == f"^{KEY_PATTERN}$"
    for kind in (Kind.ISSUER, Kind.BADGE_CLASS):
        lifecycle = schemas.load(schemas.NAMES[kind])["$defs"]["lifecycle"]["properties"]

        assert lifecycle["onRemove"]["enum"] == [str(choice) for choice in OnRemove]
        if kind is Kind.BADGE_CLASS:
            assert lifecycle["onMeaningChange"]["enum"] == [str(choice) for choice in OnMeaningChange]


def test_the_schema_of_a_probe_knows_every_question_and_answer() -> None:
    """And no other."""
    content = schemas.load("probe")
    answer = content["$defs"]["answer"]["properties"]
    known = {NO_IDEA.answer, *(word for question in QUESTIONS for word in question.answers)}

    assert set(content["properties"]["answers"]["propertyNames"]["enum"]) == {question.name for question in QUESTIONS}
    assert set(answer["answer"]["enum"]) == set(answer["members"]["additionalProperties"]["enum"]) == known


@pytest.mark.parametrize("kind", [Kind.ISSUER, Kind.BADGE_CLASS])
def test_what_can_be_ignored_is_what_is_sent(kind: Kind) -> None:
    """`ignoreChanges` knows every field of the kind that is sent, except the issuer, which cannot change."""
    content = schemas.load(schemas.NAMES[kind])
    ignorable = content["$defs"]["lifecycle"]["properties"]["ignoreChanges"]["items"]["enum"]

    assert set(ignorable) == set(content["properties"]) - {"kind", "key", "lifecycle", "issuer"}
