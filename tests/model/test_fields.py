"""The table of fields: whoever adds a row learns here which other place does not know it yet."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support import fit
from support.places import ROOT
from support.strategies import badge_class_fields, issuer_fields

from badgeops import schemas
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.fields import NEVER, TABLE, Field, Impact, Type, cleared, of_kind
from badgeops.render.values import short
from badgeops.sandbox.fields import Field as SandboxField, InvalidError
from badgeops.sandbox.tables import badgeclass_fields, issuer_fields as issuer_fields_of_sandbox, optional_of_badgeclass

KINDS = (Kind.ISSUER, Kind.BADGE_CLASS)
SANDBOX = (ROOT / "docs" / "sandbox.md").read_text("utf-8")
STORED_LONGER = {"criteriaUrl"}
"""What real servers store beyond the length that their documentation allows."""
ENDLESS = 100_000
"""Characters; so many are more than any server limits."""
OF_ALIGNMENTS = {"displayAsSkill"}
"""Members of an alignment, which are no fields of their own."""
UNMANAGED = {"ob3Properties", "preferences", "catalogueNumber"}
"""What the hosted sandbox keeps of a badge class although badgeops has no field for it: an update must not lose it."""
REFERENCE = (ROOT / "docs" / "catalog-reference.md").read_text("utf-8")
NEVER_EMPTY = {"description", "image"}
"""What an issuer can be without, but keeps once it has it."""
OF_KINDS = [(kind, field) for field in TABLE for kind in field.kinds]
each_field = pytest.mark.parametrize("field", TABLE, ids=lambda field: field.name)
each_of_a_kind = pytest.mark.parametrize(
    ("kind", "field"), OF_KINDS, ids=[f"{kind.prefix}.{field.name}" for kind, field in OF_KINDS]
)


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_and_table_have_the_same_fields(kind: Kind) -> None:
    """A field that an editor offers is one that badgeops sends, and the other way round; so is what is required."""
    content = schemas.load(schemas.NAMES[kind])
    fields = [field for field in TABLE if kind in field.kinds]

    agree = f"make schemas/{schemas.NAMES[kind]}.schema.json and badgeops/model/fields.py agree"
    assert {field.name for field in fields} == set(content["properties"]) - {"kind", "key", "lifecycle"}, agree
    needed = {field.name for field in fields if kind in field.required}
    assert needed == set(content["required"]) - {"kind", "key"}, agree


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_ignored_is_what_the_table_has(kind: Kind) -> None:
    """`ignoreChanges` takes every field but the issuer, which cannot be changed."""
    lifecycle = schemas.load(schemas.NAMES[kind])["$defs"]["lifecycle"]["properties"]

    assert set(lifecycle["ignoreChanges"]["items"]["enum"]) == {
        field.name for field in TABLE if kind in field.kinds and field.type is not Type.ISSUER
    }, f"make ignoreChanges in schemas/{schemas.NAMES[kind]}.schema.json and badgeops/model/fields.py agree"


def test_entities_have_a_place_for_each_field() -> None:
    """The model keeps what the table names and nothing else; a field that may be left out has a default there."""
    assert fit.misfits() == []


@pytest.mark.parametrize(("kind", "drawn"), [(Kind.ISSUER, issuer_fields), (Kind.BADGE_CLASS, badge_class_fields)])
def test_the_laws_are_tried_with_every_field(kind: Kind, drawn: dict[str, object]) -> None:
    """What the strategies never draw, no law says anything about."""
    attributes = {field.attribute for field in TABLE if kind in field.kinds} - {"issuer"}

    assert drawn.keys() == attributes, "make tests/support/strategies.py and badgeops/model/fields.py agree"


def test_names_and_places_are_unique() -> None:
    """Each field is one row, has its own place on a page of changes, and its own line on a card."""
    unique = {
        "name": [field.name for field in TABLE],
        "place": [str(field.place) for field in TABLE],
        "place of the fact": [str(field.fact.place) for field in TABLE if field.fact is not None],
    }
    twice = {f"{what} {value}" for what, values in unique.items() for value in values if values.count(value) > 1}

    assert twice == set(), "give each row of badgeops/model/fields.py one that is free"


@each_field
def test_a_field_has_words(field: Field) -> None:
    """A page and a sentence know what to call it; none of the words is the API's spelling with humps."""
    for words in (field.label, field.word, field.fact.term if field.fact is not None else "x"):
        assert words
        assert not re.search(r"[a-z][A-Z]", words)


@each_field
def test_empty_is_nothing(field: Field) -> None:
    """The value that empties a field reads as empty, or as what it means: never.

    A field that servers can be without has such a value, or people could not take back what they wrote.
    """
    is_optional = any(kind not in field.required for kind in field.kinds)
    assert field.empty is not NEVER or not is_optional or field.name in NEVER_EMPTY, (
        "give the row of badgeops/model/fields.py an `empty`: what to send to empty the field"
    )
    if field.empty is NEVER:
        with pytest.raises(KeyError):
            cleared(field.name)
    else:
        assert not cleared(field.name)
        assert short(cleared(field.name), field.name) in ("(empty)", "never")


@each_of_a_kind
def test_the_reference_describes_the_field(kind: Kind, field: Field) -> None:
    """The page that people look a field up in has a row for it, below the heading of its kind."""
    section = REFERENCE.split(f"\n### {kind.value}\n", 1)[1].split("\n### ", 1)[0]

    found = re.search(rf"^\| `{field.name}`", section, re.MULTILINE)
    assert found, f"add a row for {field.name} to docs/catalog-reference.md, below {kind.value}"


@each_field
def test_the_reference_says_how_deep_a_change_goes(field: Field) -> None:
    """The table of impacts has every field of a badge class in the row of its impact, and in no other."""
    rows = {level: re.search(rf"^\| {level} \| (.*?) \|", REFERENCE, re.MULTILINE) for level in Impact}
    named = {str(level) for level, row in rows.items() if row is not None and f"`{field.name}`" in row[1]}

    assert all(rows.values())
    is_weighed = Kind.BADGE_CLASS in field.kinds and field.type is not Type.ISSUER
    assert named == ({str(field.impact)} if is_weighed else set()), "mend the table of impacts in that page"


@pytest.mark.parametrize("dialect", Dialect)
def test_a_dialect_is_given_what_it_stores(dialect: Dialect) -> None:
    """A field that only one dialect has is not sent to the other; the page of the sandbox names these fields."""
    names = {field.name for field in of_kind(Kind.BADGE_CLASS, dialect)}

    assert names == {
        field.name
        for field in TABLE
        if Kind.BADGE_CLASS in field.kinds and dialect in field.dialects and field.type.is_compared
    }
    special = {field.name for field in TABLE if field.dialects == {dialect}}
    row = re.search(r"^\| fields \| (.*) \| (.*) \|$", SANDBOX, re.MULTILINE)
    assert row is not None
    named = set(re.findall(r"`(\w+)`", row[1 if dialect is Dialect.OPEN_SOURCE else 2]))
    assert named - OF_ALIGNMENTS - UNMANAGED == special, "mend the row of fields in docs/sandbox.md"


@pytest.mark.parametrize("dialect", Dialect)
def test_the_sandbox_stores_what_the_table_has(dialect: Dialect) -> None:
    """What a badge class can be without, the sandbox takes in the same dialects, and shows if servers show it."""
    stored = optional_of_badgeclass(hosted=dialect is Dialect.HOSTED)
    beyond = {field.name for field in stored} & UNMANAGED

    assert beyond == (UNMANAGED if dialect is Dialect.HOSTED else set())
    assert {field.name: field.is_shown for field in stored if field.name not in UNMANAGED} == {
        field.name: field.is_readable
        for field in TABLE
        if Kind.BADGE_CLASS in field.kinds and Kind.BADGE_CLASS not in field.required and dialect in field.dialects
    }, "make badgeops/sandbox/tables.py and badgeops/model/fields.py agree"


@pytest.mark.parametrize("dialect", Dialect)
def test_the_sandbox_stores_all_of_an_issuer(dialect: Dialect) -> None:
    """It takes more than the catalog can say, such as staff, and nothing less."""
    stored = issuer_fields_of_sandbox(
        hosted=dialect is Dialect.HOSTED, create=True, takes_null=False, user_exists=lambda _: True
    )

    missing = {field.name for field in of_kind(Kind.ISSUER, dialect)} - {field.name for field in stored}
    assert missing == set(), "add them to issuer_fields in badgeops/sandbox/tables.py"


def long_value(field: Field, length: int) -> Any:
    """Return a value whose text has this length."""
    match field.type:
        case Type.URL:
            return "https://a.example/".ljust(length, "x")
        case Type.EMAIL:
            return "@a.example".rjust(length, "x")
        case Type.TAGS:
            return ["x" * length]
    return "x" * length


@pytest.mark.parametrize("dialect", Dialect)
@each_of_a_kind
def test_the_sandbox_takes_texts_of_the_same_length(kind: Kind, field: Field, dialect: Dialect) -> None:
    """What `badgeops validate` accepts, no server refuses in the middle of an apply, and the other way round."""
    if not (field.type.is_text or field.type is Type.TAGS) or dialect not in field.dialects:
        return
    is_hosted = dialect is Dialect.HOSTED
    rows = (
        issuer_fields_of_sandbox(hosted=is_hosted, create=True, takes_null=False, user_exists=lambda _: True)
        if kind is Kind.ISSUER
        else badgeclass_fields(hosted=is_hosted, create=True, takes_null=False, issuer_exists=lambda _: True)
    )
    (row,) = (row for row in rows if row.name == field.name)
    most = field.length.most

    same = "give the rows of badgeops/model/fields.py and badgeops/sandbox/tables.py the same length"
    assert takes(row, long_value(field, most or ENDLESS)), same
    is_refused = most is None or not takes(row, long_value(field, most + 1))
    assert is_refused != (field.name in STORED_LONGER), same


def takes(row: SandboxField, value: Any) -> bool:
    """Tell whether the sandbox accepts a value."""
    try:
        row.clean(value)
    except InvalidError:
        return False
    return True
