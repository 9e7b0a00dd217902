"""What an update leaves as it is: which members and parts travel, are compared, and are missed afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from badgeops.api import dialects
from badgeops.api.carried import NEVER_SENT, altered, carried, lost, lost_parts, meant_by, put_over, seen_as, unseen
from badgeops.api.live import Live, parse_live
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect

BASE = {"entityId": "a", "name": "A", "description": "D", "issuer": "i", "image": "https://x.example/a.png"}
T = {"targetName": "T", "targetUrl": "https://t.example"}
U = {"targetName": "U", "targetUrl": "https://u.example"}


def live(**members: Any) -> Live:
    """Return a badge class that was read alone."""
    return parse_live(Kind.BADGE_CLASS, BASE | members, whole=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text("abc", min_size=3, max_size=6)


@given(st.dictionaries(NAMES, json_values, max_size=5), st.sampled_from(Dialect))
def test_every_member_that_nobody_knows_travels_as_it_came(members: dict[str, Any], dialect: Dialect) -> None:
    """But for null, which holds nothing that could be lost."""
    body = dialects.update_body(live(**members), dialect, {"tags": ["x"]}, ["tags"], sent={}, image=None)

    assert {name: body.get(name) for name in members} == members
    assert not NEVER_SENT & body.keys()


@given(st.dictionaries(NAMES, json_values, max_size=5), st.sampled_from(Dialect))
def test_nothing_is_missed_after_a_write_that_kept_everything(members: dict[str, Any], dialect: Dialect) -> None:
    """No false alarm, whatever the members are."""
    before = live(**members)

    assert lost(before, live(**carried(before, dialect)), ()) == []
    assert altered(before, before, ()) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"note": "x"}, {}, ["note"]),
        ({"note": "x"}, {"note": ""}, ["note"]),
        ({"note": "x"}, {"note": None}, ["note"]),
        ({"tags": ["x"]}, {"tags": []}, ["tags"]),
        ({"preferences": {"a": 1, "b": {"c": "x"}}}, {"preferences": {"a": 1, "b": {}}}, ["preferences.b"]),
        (
            {"preferences": {"a": 1, "b": {"c": "x", "d": 1}}},
            {"preferences": {"b": {"d": 1}}},
            ["preferences.a", "preferences.b.c"],
        ),
        ({"shown": False}, {}, ["shown"]),
        ({"count": 0}, {"count": None}, ["count"]),
        ({"note": ""}, {}, []),
        ({"note": "x"}, {"note": "y"}, []),
        ({"shown": True}, {"shown": False}, []),
        ({"expires": {"amount": None, "duration": None}}, {"expires": None}, []),
        ({"staff": [1]}, {}, []),
    ],
)
def test_what_was_set_and_is_gone_or_empty_is_lost(before: Any, after: Any, expected: list[str]) -> None:
    """Nested members too; what was empty before, and what only differs, is not."""
    assert lost(live(**before), live(**after), ()) == expected


def test_what_was_meant_to_change_is_not_missed() -> None:
    """A field that is emptied, an image that is replaced, an archived badge class that is brought back."""
    before = live(tags=["x"], imagePath="a.png", archived=True, archivedDate="2026", note="x")

    assert lost(before, live(), meant_by(["tags"], upload=True, reactivated=True)) == ["note"]
    assert lost(before, live(), meant_by([], upload=False, reactivated=False)) == [
        "archived",
        "archivedDate",
        "imagePath",
        "note",
        "tags",
    ]


def test_what_a_server_computes_is_told_apart_from_a_loss() -> None:
    """Another value, not another order; dates, ids and addresses of images are the server's own."""
    before = live(views=1, tags=["a", "b"], createdAt="1", sourceUrl="x", image="https://x.example/a.png")
    after = live(views=2, tags=["b", "a"], createdAt="2", sourceUrl="y", image="https://x.example/b.png")

    assert altered(before, after, ()) == ["views"]
    assert altered(before, after, {"views"}) == []


# --- parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", Dialect)
def test_a_part_that_the_document_does_not_have_is_no_difference(dialect: Dialect) -> None:
    """What a server fills in, a member that nobody knows, one that a colleague set on the web page."""
    for more in ({"displayAsSkill": False}, {"displayAsSkill": True}, {"targetType": "CFItem"}, {"targetCode": "7"}):
        assert dialects.is_already("alignments", [T], [T | more])
    assert not dialects.is_already("alignments", [T | {"targetCode": "8"}], [T | {"targetCode": "7"}])
    assert not dialects.is_already("alignments", [T], [T, U])
    assert not dialects.is_already("alignments", [T, U], [T])
    assert dialects.is_already("extensions", {"extensions:A": {"x": 1}}, {"extensions:A": {"x": 1}, "extensions:B": {}})
    assert not dialects.is_already("extensions", {}, {"extensions:B": {"x": 1}})
    assert dialect in Dialect


def test_a_part_that_we_sent_and_the_document_dropped_is_a_difference() -> None:
    """Else nothing could ever be taken out of an alignment again."""
    assert not dialects.is_already("alignments", [T], [T | {"targetCode": "7"}], [T | {"targetCode": "7"}])
    assert put_over(
        "alignments", [T], [T | {"targetCode": "7", "targetType": "CFItem"}], [T | {"targetCode": "7"}]
    ) == [T | {"targetType": "CFItem"}]
    before = {"extensions:A": {"x": 1}, "extensions:B": {"y": 1}}
    assert put_over("extensions", {"extensions:A": {"x": 2}}, before | {"extensions:C": {}}, before) == {
        "extensions:A": {"x": 2},
        "extensions:C": {},
    }
    assert put_over("extensions", {}, before, before) == {}


def test_parts_follow_their_alignment() -> None:
    """By address and name, else by one of them; two of one address do not swap what they hold."""
    first, second = T | {"targetName": "A", "targetType": "1"}, T | {"targetName": "B", "targetType": "2"}
    wanted = [{**T, "targetName": "B"}, {**T, "targetName": "A"}]

    assert [entry["targetType"] for entry in put_over("alignments", wanted, [first, second], None)] == ["2", "1"]
    assert (
        put_over("alignments", [T | {"targetName": "New name"}], [T | {"targetType": "x"}], None)[0]["targetType"]
        == "x"
    )
    assert put_over("alignments", [U], [T | {"targetType": "x"}], None) == [U]
    assert put_over("alignments", [T], [T | {"targetCode": None}], None) == [T]


@given(st.lists(st.sampled_from([T, U, T | {"targetCode": "1"}, U | {"x": 1}]), max_size=4))
def test_what_is_put_over_is_already_there_afterwards(entries: list[Any]) -> None:
    """Carrying parts along never makes a plan that is not empty."""
    for now in ([], [T | {"targetType": "x"}], entries):
        assert dialects.is_already("alignments", entries, put_over("alignments", entries, now, None))


def test_a_part_that_travelled_and_is_gone_is_missed() -> None:
    """Also where the field around it was meant to change."""
    managed = {"alignments": [T], "extensions": {"extensions:A": {"x": 2}}, "tags": ["x"]}
    body = {"alignments": [T | {"targetType": "x"}], "extensions": {"extensions:A": {"x": 2}, "extensions:B": {"y": 1}}}

    assert lost_parts(managed, body, live(alignments=[T], extensions={"extensions:A": {"x": 2}})) == [
        "alignments.targetType",
        "extensions.extensions:B",
    ]
    assert lost_parts(managed, body, live(**body)) == []


def test_other_fields_have_no_parts() -> None:
    """A period or a text is one value."""
    assert seen_as("expires", {"amount": 1, "duration": "days"}, {"amount": 2}) == {"amount": 1, "duration": "days"}
    assert put_over("tags", ["x"], ["y"], None) == ["x"]


def test_what_no_answer_shows_is_named() -> None:
    """It cannot travel: whoever updates such an entity is to know."""
    assert unseen(Kind.BADGE_CLASS, Dialect.HOSTED) == ("imageAltText",)
    assert unseen(Kind.BADGE_CLASS, Dialect.OPEN_SOURCE) == ()
    assert unseen(Kind.ISSUER, Dialect.HOSTED) == ()
