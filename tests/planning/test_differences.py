"""Where two values of a field differ, element by element."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.strategies import extensions

from badgeops.api import dialects
from badgeops.planning.differences import Element, elements

A = {"targetName": "Decompose", "targetUrl": "https://a.example/1", "targetCode": "1"}
B = {"targetName": "Functions", "targetUrl": "https://a.example/2"}


def test_a_text_is_one_element() -> None:
    """Texts and numbers differ as a whole; hunks show where."""
    assert elements("description", "a", "b") == ()
    assert elements("expires", None, {"amount": 1, "duration": "days"}) == ()


def test_tags_come_before_they_go() -> None:
    """Additions are shown first, each list in its own order."""
    found = elements("tags", ["a", "b"], ["c", "b", "d"])

    assert [(item.symbol, item.label) for item in found] == [("+", "c"), ("+", "d"), ("-", "a")]


@pytest.mark.parametrize("name", ["tags", "alignments", "extensions"])
def test_nothing_is_empty(name: str) -> None:
    """A field that was never set is no different from an empty one."""
    assert elements(name, None, None) == ()


def test_alignments_are_told_apart_by_what_they_point_at() -> None:
    """A corrected name is a change of one member and not a removal; codes make the shortest label."""
    found = elements("alignments", [A, B], [B | {"targetName": "Methods"}, A | {"targetFramework": "CSTA"}])

    assert found == (
        Element("Methods.targetName", "Functions", "Methods"),
        Element("1.targetFramework", None, "CSTA"),
    )


@pytest.mark.parametrize("other", [{"targetCode": "2"}, {"targetUrl": "https://a.example/9"}])
def test_alignments_are_paired_by_address_and_code(other: dict[str, str]) -> None:
    """One of the two alone would mistake one for another, in whatever order they stand."""
    second = A | {"targetName": "Compose"} | other
    corrected = second | {"targetName": "Compose problems"}

    found = elements("alignments", [A, second], [corrected, A | {"targetName": "Decompose problems"}])

    label = other.get("targetCode", "1")
    assert found == (
        Element(f"{label}.targetName", "Compose", "Compose problems"),
        Element("1.targetName", "Decompose", "Decompose problems"),
    )


def test_many_of_one_address_and_code_are_paired_in_their_order() -> None:
    """The first with the first, and so on; one that is too many came or went."""
    before = [A | {"targetName": name} for name in "abc"]
    after = [A | {"targetName": name} for name in "ABCD"]

    assert [(item.symbol, item.label, item.after) for item in elements("alignments", before, after)] == [
        ("~", "1.targetName", "A"),
        ("~", "1.targetName", "B"),
        ("~", "1.targetName", "C"),
        ("+", "1", after[3]),
    ]


def test_an_alignment_is_called_by_its_code_its_name_or_its_address() -> None:
    """The first that it has."""
    bare = {"targetUrl": "https://a.example/2"}

    assert [element.label for element in elements("alignments", [], [A, B, bare])] == [
        "1",
        "Functions",
        "https://a.example/2",
    ]


def test_a_member_of_which_everything_changed_is_followed_all_the_same() -> None:
    """However little two values have in common, each of their members is shown, with its value."""
    before = {"extensions:X": {"in": {"a": 1, "b": 2, "c": 3}}}
    after = {"extensions:X": {"in": {"d": {"e": 1}, "f": 5, "g": 6}}}

    found = elements("extensions", before, after)

    assert [(item.label.rpartition(".")[2], item.before, item.after) for item in found] == [
        ("a", 1, None),
        ("b", 2, None),
        ("c", 3, None),
        ("d", None, {"e": 1}),
        ("f", None, 5),
        ("g", None, 6),
    ]


def test_alignments_come_and_go_whole() -> None:
    """What points somewhere else is another alignment."""
    moved = B | {"targetUrl": "https://a.example/3"}

    assert elements("alignments", [A, B], [A, moved]) == (
        Element("Functions", None, moved),
        Element("Functions", B, None),
    )


def test_alignments_of_one_address_are_paired_only_where_they_differ() -> None:
    """Several alignments may share address and code; those that stayed are left alone whatever their order."""
    other = A | {"targetName": "Compose"}
    corrected = A | {"targetName": "Decompose problems"}

    assert elements("alignments", [A, other], [other, corrected]) == (
        Element("1.targetName", "Decompose", "Decompose problems"),
    )


def test_extensions_are_followed_inside() -> None:
    """The path of a member is its label; private-looking names and switched types count too."""
    before = {"extensions:X": {"a": 1, "list": [1, 2], "__hidden": 1}, "extensions:Old": {}}
    after = {"extensions:X": {"a": True, "list": [1], "__hidden": 2, "note": "New."}}

    assert [(item.symbol, item.label) for item in elements("extensions", before, after)] == [
        ("-", "extensions:Old"),
        ("~", "extensions:X.__hidden"),
        ("~", "extensions:X.a"),
        ("-", "extensions:X.list.1"),
        ("+", "extensions:X.note"),
    ]


_tags = st.lists(st.sampled_from("abc"), max_size=4)
_alignments = st.lists(
    st.builds(
        lambda url, name, code: {"targetUrl": f"https://a.example/{url}", "targetName": name, **code},
        st.integers(0, 1),
        st.sampled_from(["A", "B"]),
        st.just({}) | st.fixed_dictionaries({"targetCode": st.sampled_from("12")}),
    ),
    max_size=4,
)


@pytest.mark.parametrize(
    ("name", "values"),
    [("tags", _tags), ("alignments", _alignments), ("extensions", extensions)],
    ids=["tags", "alignments", "extensions"],
)
@given(data=st.data())
def test_there_are_elements_where_values_differ(name: str, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """No difference goes unshown, and nothing is shown that is none."""
    before, after = data.draw(values), data.draw(values)

    assert bool(elements(name, before, after)) == (not dialects.same(name, before, after))
    assert not elements(name, before, before)
