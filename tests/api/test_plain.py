"""A page that was read in another process shows what it shows here."""

from __future__ import annotations

import dataclasses
import json
import marshal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from badgeops.api.live import Live, parse_listed
from badgeops.api.plain import Plain, as_plain, from_plain, listed
from badgeops.model.address import Kind

SOUND = {"entityType": "BadgeClass", "entityId": "a", "openBadgeId": "https://x.example/a", "name": "A", "issuer": "i"}
members = st.fixed_dictionaries(
    {},
    optional={
        "entityId": st.sampled_from(["b", "", "..", 5, None]),
        "name": st.sampled_from(["B", "\ud800", 5, None]),
        "issuer": st.sampled_from(["i", "a/b", None]),
        "image": st.sampled_from(["https://x.example/a.png?x=1", "http://[", 5, None]),
        "imagePath": st.sampled_from(["/media/a.svg", None]),
        "createdAt": st.sampled_from(["2026-01-01T00:00:00Z", 5]),
        "archived": st.booleans(),
        "tags": st.sampled_from([["a"], None, [5], "a"]),
        "alignments": st.sampled_from([[{"targetName": "T", "targetCode": None}], None, [5]]),
        "expires": st.sampled_from([{"amount": 1, "duration": "years"}, {"amount": None}, None, 5]),
        "expiration": st.sampled_from([30, None, "x"]),
        "extensions": st.sampled_from([{}, None, {"extensions:x": {"a": [1, 2.5]}}]),
        "verified": st.booleans(),
        "unheardOf": st.sampled_from([{}, [[]], None]),
    },
)


def page(entries: list[Any], *, success: bool = True) -> bytes:
    """Return an answer with some entries."""
    return json.dumps({"status": {"success": success}, "result": entries}).encode()


def all_of(live: Live) -> dict[str, Any]:
    """Return everything that is known of an entity, whether it is compared or not."""
    return {field.name: getattr(live, field.name) for field in dataclasses.fields(live)}


def travelled(found: list[Plain]) -> list[dict[str, Any]]:
    """Return entities that have gone from one process to another."""
    return [all_of(from_plain(plain)) for plain in marshal.loads(marshal.dumps(found))]  # noqa: S302 (our own)


@given(st.lists(members, max_size=3))
def test_an_entity_is_as_it_was(changes: list[dict[str, Any]]) -> None:
    """With all that is known of it, odd ones too; if one of them cannot be an entity, nothing is said of any."""
    entries = [SOUND | changed for changed in changes]
    found = listed([page(entries)], frozenset())
    shown = None
    try:
        shown = [parse_listed(Kind.BADGE_CLASS, json.loads(json.dumps(entry))) for entry in entries]
    except Exception:  # noqa: BLE001 (whatever it is, it is to be said where the page was asked for)
        assert found is None
    else:
        assert found == [as_plain(live) for live in shown]
        assert travelled(found) == [all_of(live) for live in shown]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b"[]",
        b"\xff",
        b'{"result": []}',
        page([], success=False),
        page([5]),
        page([{**SOUND, "entityType": "Issuer"}]),
        b'{"status": {"success": true}, "result": [NaN]}',
        b"[" * 100_000,
    ],
)
def test_nothing_is_said_of_what_is_no_page(body: bytes) -> None:
    """Whoever has the words reads it again."""
    assert listed([body], frozenset()) is None
