"""What a server showed, written and read back: enough to plan with, and nothing that is nobody's business."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st
from jsonschema import Draft202012Validator
from strategies import badge_class, catalog, catalogs, edits, issuer
from support.simulated import Server, new_state
from support.tiers import examples

from badgeops import planner, schemas, snapshots
from badgeops.errors import PlanError
from badgeops.live import Holders
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.render.plain import plain_json
from badgeops.snapshots import Recorded

dialects = st.sampled_from(Dialect)


def recorded(server: Server, **more: Any) -> Recorded:
    """Return what is recorded of a server."""
    return Recorded("here", "https://badges.example", "lineage", 3, server.snapshot(), **more)


def read_back(what: Recorded) -> Recorded:
    """Write a snapshot and read it again."""
    return snapshots.loads(plain_json(snapshots.dumps(what)), name="live.json")


@examples(50)
@given(catalogs(careful=True), catalogs(careful=True), edits(), dialects, st.booleans())
def test_a_plan_against_a_snapshot_is_the_plan(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, are_counted: bool
) -> None:
    """Whatever the server holds: what is read back plans the same work, with the same problems."""
    server = Server(dialect)
    state = server.apply(server.plan(before, new_state()), new_state())
    edit(server)
    numbers = sorted(server.entities)
    made = recorded(server, holders={number: Holders(2, more=True) for number in numbers} if are_counted else None)
    made = replace(
        made,
        snapshot=replace(made.snapshot, hidden=frozenset(["gone"]), same_images=frozenset(numbers[:2]), requests=0),
    )

    again = read_back(made)

    assert again == made
    assert planner.build(after, state, again.snapshot) == planner.build(after, state, made.snapshot)
    Draft202012Validator(schemas.load("snapshot")).validate(json.loads(snapshots.dumps(made)))
    assert snapshots.dumps(again) == snapshots.dumps(made)


@examples(50)
@given(catalogs(), dialects, st.data())
def test_no_edit_goes_unseen(made: Catalog, dialect: Dialect, data: st.DataObject) -> None:
    """Any value that becomes another is noticed: half a server would be planned against in silence."""
    server = Server(dialect)
    server.apply(server.plan(made, new_state()), new_state())
    content = json.loads(snapshots.dumps(recorded(server, holders={"a": Holders(1)})))
    holder, key = data.draw(st.sampled_from(list(_places(content))))
    other = data.draw(st.sampled_from([None, "", "x", 0, True, [], {}]))
    assume(json.dumps(holder[key]) != json.dumps(other))
    holder[key] = other

    with pytest.raises(PlanError):
        snapshots.loads(json.dumps(content), name="live.json")


def _places(value: Any) -> Any:
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(part, dict | list):
            yield from _places(part)


@given(st.text() | st.just('{"format": "badgeops-snapshot"}') | st.just("[" * 10_000))
def test_whatever_is_read_is_a_snapshot_or_an_error(text: str) -> None:
    """Never a traceback."""
    with pytest.raises(PlanError):
        snapshots.loads(text, name="live.json")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://media.example/b/1.png", True),
        ("https://media.example/b/1.png?X-Amz-Signature=abc", False),
        ("https://media.example/b/1.png#t=abc", False),
        ("https://user:abc@media.example/b/1.png", False),
        ("https://[media.example/b/1.png", False),
    ],
)
def test_an_address_that_holds_a_signature_is_not_kept(url: str, kept: bool) -> None:
    """What identifies the picture is kept all the same, so the plan does not depend on it."""
    server = Server(Dialect.HOSTED)
    server.apply(server.plan(catalog(issuer(), badge_class()), new_state()), new_state())
    made = recorded(server)
    live = {key: replace(item, image_url=url) for key, item in made.snapshot.live.items()}
    text = snapshots.dumps(replace(made, snapshot=replace(made.snapshot, live=live)))

    again = snapshots.loads(text, name="live.json")

    assert ("abc" in text) is False
    assert {item.image_url for item in again.snapshot.live.values()} == {url if kept else None}
    assert {key: item.image_ref for key, item in again.snapshot.live.items()} == {
        key: item.image_ref for key, item in made.snapshot.live.items()
    }


def test_a_newer_minor_version_is_read() -> None:
    """It has members that are not known here."""
    content = json.loads(snapshots.dumps(recorded(Server(Dialect.HOSTED)))) | {"format_version": "1.9", "new": 1}
    content["checksum"] = snapshots._checksum(content)

    assert snapshots.loads(json.dumps(content), name="live.json").snapshot.dialect is Dialect.HOSTED
