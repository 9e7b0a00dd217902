"""What a server showed, written and read back: enough to plan with, and nothing that is nobody's business."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st
from jsonschema import Draft202012Validator
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, issuer
from support.tiers import examples

from badgeops import schemas
from badgeops.api.live import Earners
from badgeops.errors import PlanError
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.planning import planner
from badgeops.render.plain import plain_json
from badgeops.review import snapshots
from badgeops.review.snapshots import Recorded

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
    made = recorded(server, earners={number: Earners(2, more=True) for number in numbers} if are_counted else None)
    made = replace(
        made,
        snapshot=replace(
            made.snapshot,
            hidden=frozenset(["hidden", "perhaps-gone"]),
            doubts={"perhaps-gone": "a page said “Not Found”"},
            same_images=frozenset(numbers[:2]),
            requests=0,
        ),
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
    content = json.loads(snapshots.dumps(recorded(server, earners={"a": Earners(1)})))
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
    """What identifies the image is kept all the same, so the plan does not depend on it."""
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


def test_one_of_before_doubts_were_told_is_read() -> None:
    """Whatever it calls hidden is on the server, as far as it knows."""
    made = recorded(Server(Dialect.HOSTED))
    content = json.loads(snapshots.dumps(replace(made, snapshot=replace(made.snapshot, hidden=frozenset("x")))))
    del content["doubts"]

    found = read(content | {"format_version": "1.0"}).snapshot

    assert (found.hidden, found.doubts) == ({"x"}, {})


def test_a_doubt_about_what_is_not_hidden_is_damage() -> None:
    """It would be taken for gone and be made again."""
    made = recorded(Server(Dialect.HOSTED))

    with pytest.raises(PlanError, match="damaged"):
        read_back(replace(made, snapshot=replace(made.snapshot, doubts={"x": "a page"})))


# --- the file ------------------------------------------------------------------------------------------------------


def small() -> Recorded:
    """Return a snapshot with a little of everything."""
    server = Server(Dialect.HOSTED)
    state = server.apply(server.plan(catalog(issuer(), badge_class(name="Ü")), new_state()), new_state())
    made = replace(recorded(server, earners={"b": Earners(2, more=True), "a": Earners(0)}), environment="hier-ü")
    numbers = sorted(resource.entity_id for resource in state.resources.values())
    return replace(
        made,
        snapshot=replace(
            made.snapshot,
            hidden=frozenset(["y", "x"]),
            doubts={"y": "a page said “Not Found”"},
            same_images=frozenset(numbers),
            requests=0,
        ),
    )


def content() -> dict[str, Any]:
    """Return it as JSON values."""
    data: dict[str, Any] = json.loads(snapshots.dumps(small()))
    return data


def read(data: dict[str, Any]) -> Recorded:
    """Read JSON values as a snapshot, with a checksum that fits."""
    data["checksum"] = snapshots._checksum(data)
    return snapshots.loads(json.dumps(data), name="live.json")


def test_a_snapshot_looks_like_this() -> None:
    """One entity a line, everything in order, so that git shows what changed on the server."""
    made = small()
    lines = snapshots.dumps(replace(made, snapshot=replace(made.snapshot, own_images=frozenset()))).split("\n")

    assert lines[:8] == [
        "{",
        '  "format": "badgeops-snapshot",',
        '  "format_version": "1.1",',
        '  "environment": "hier-ü",',
        '  "server": "https://badges.example",',
        '  "dialect": "hosted",',
        '  "lineage": "lineage",',
        '  "serial": 3,',
    ]
    assert lines[8:10] == ['  "issuers": [', lines[9]]
    assert lines[9].startswith('    {"entityId": ')
    assert [line[:17] for line in lines[10:14]] == ["  ],", '  "badgeClasses":', '    {"entityId": ', "  ],"]
    assert '"name": "Ü"' in lines[12]
    assert lines[14:18] == ['  "hidden": [', '    "x",', '    "y"', "  ],"]
    assert lines[18] == '  "doubts": {"y": "a page said “Not Found”"},'
    assert lines[23:28] == [
        '  "holders": [',
        '    {"entityId": "a", "count": 0, "more": false},',
        '    {"entityId": "b", "count": 2, "more": true}',
        "  ],",
        lines[27],
    ]
    assert lines[27].startswith('  "checksum": "sha256:')
    assert lines[28:] == ["}", ""]
    assert '"ownImages": [' in snapshots.dumps(made)
    bare = replace(small().snapshot, hidden=frozenset(), doubts={})
    assert '"hidden": [],\n  "doubts": {},' in snapshots.dumps(replace(small(), snapshot=bare))


def test_entities_and_counts_are_in_the_order_of_their_ids() -> None:
    """Whatever order the server listed them in."""
    made = small()
    (one,) = [live for live in made.snapshot.live.values() if live.issuer_id]
    more = {number: replace(one, entity_id=number) for number in "abcdefgh"}
    snapshot = replace(
        made.snapshot, live=made.snapshot.live | more, hidden=frozenset("abcdefgh"), same_images=frozenset("abcdefgh")
    )
    made = replace(made, snapshot=snapshot)
    data = json.loads(snapshots.dumps(made))
    assert data["hidden"] == data["sameImages"] == sorted("abcdefgh")
    assert [item["entityId"] for item in data["badgeClasses"]] == sorted([*"abcdefgh", one.entity_id])
    snapshot = replace(made.snapshot, live=dict(sorted(made.snapshot.live.items(), reverse=True)))

    assert snapshots.dumps(replace(made, snapshot=snapshot)) == snapshots.dumps(made)
    assert read(content()) == small()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not a snapshot: it is not JSON"),
        ("[" * 100_000, "is not a snapshot: it is not JSON"),
        ("[]", 'is not a snapshot: it lacks "format": "badgeops-snapshot"'),
        ("{}", "is not a snapshot: it lacks"),
        ('{"format": "badgeops-state"}', "is not a snapshot: it lacks"),
    ],
)
def test_what_is_no_snapshot_says_so(text: str, words: str) -> None:
    """And how to take one."""
    with pytest.raises(PlanError) as raised:
        snapshots.loads(text, name="live.json")

    assert raised.value.message.startswith("live.json ")
    assert words in raised.value.message
    assert "badgeops snapshot --out" in raised.value.hint


@pytest.mark.parametrize("version", ["2.0", "1", "1.", "x1.0", "1.0x", "1." + "1" * 10, 1.0, None])
def test_another_version_is_refused(version: Any) -> None:
    """What it holds may mean something else."""
    with pytest.raises(PlanError, match=r"this badgeops knows version 1\.1") as raised:
        read(content() | {"format_version": version})

    assert "another version of badgeops" in raised.value.hint


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *(((name,), value) for name in ("environment", "server", "lineage") for value in (..., 5)),
        *((("serial",), value) for value in (..., "3", True)),
        *(((name,), value) for name in ("issuers", "badgeClasses", "hidden", "sameImages") for value in (..., {}, [5])),
        *((("doubts",), value) for value in ([], "x", {"y": 5}, {"z": "a page"})),
        *((("ownImages",), value) for value in ({}, [5])),
        *((("dialect",), value) for value in (..., "other")),
        *((("holders",), value) for value in (..., {}, 5)),
        *((("holders", 0, name), ...) for name in ("entityId", "count", "more")),
        (("holders", 0, "entityId"), 5),
        (("holders", 0, "count"), True),
        (("holders", 0, "more"), 1),
        *((("badgeClasses", 0, name), ...) for name in ("entityId", "openBadgeId", "createdAt", "issuer", "archived")),
        *((("badgeClasses", 0, name), ...) for name in ("image", "imageRef", "fields")),
        (("badgeClasses", 0, "imageRef"), 5),
        (("badgeClasses", 0, "fields"), []),
        (("badgeClasses", 0, "fields", "tags"), "x"),
        *(((name,), [".."]) for name in ("hidden", "sameImages")),
        (("holders", 0, "entityId"), ".."),
        *((("badgeClasses", 0, name), value) for name in ("entityId", "issuer") for value in ("../x", "..", "")),
        (("badgeClasses", 0, "openBadgeId"), "a b"),
    ],
)
def test_what_is_malformed_is_damage(place: tuple[Any, ...], value: Any) -> None:
    """Half a server would be planned against in silence."""
    data: Any = content()
    part = data
    for step in place[:-1]:
        part = part[step]
    if value is ...:
        del part[place[-1]]
    else:
        part[place[-1]] = value

    with pytest.raises(PlanError, match=r"The snapshot live\.json is damaged or was edited") as raised:
        read(data)

    assert "Take a new one" in raised.value.hint


def test_no_entity_is_there_twice() -> None:
    """Neither in one list nor in both."""
    data = content()
    data["badgeClasses"] *= 2

    with pytest.raises(PlanError, match="is damaged") as raised:
        read(data)
    assert str(raised.value.__cause__) == "an entity occurs twice"


def test_the_cause_of_damage_can_be_found() -> None:
    """It is not told to a user, who cannot mend it, but it stands in a trace."""
    for changed, why in (({"serial": "3"}, "'3' is not of type int"), ({}, "its checksum does not fit its content")):
        data = content() | changed
        with pytest.raises(PlanError) as raised:
            read(data) if changed else snapshots.loads(json.dumps(data | {"checksum": "x"}), name="live.json")
        assert str(raised.value.__cause__) == why


@pytest.mark.parametrize("reference", [None, "/kept.svg"])
def test_what_identifies_an_image_is_kept_as_it_was(reference: str | None) -> None:
    """It need not be the path of its address, which may hold a signature."""
    data = content()
    data["badgeClasses"][0]["imageRef"] = reference

    (live,) = [item for item in read(data).snapshot.live.values() if item.issuer_id]

    assert live.image_ref == reference


def test_nobody_counted_is_another_thing_than_nobody_holds() -> None:
    """The one is not known, the other is."""
    for earners in (None, {}):
        assert read_back(replace(small(), earners=earners)).earners == earners


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"environment": "there"}, "of the environment hier-ü, but this is there"),
        ({"server": "https://x.example"}, "of the server https://badges.example, but this is https://x.example"),
        ({"dialect": Dialect.OPEN_SOURCE}, "of a server of the dialect hosted, but this is open-source"),
    ],
)
def test_a_snapshot_of_something_else_is_not_planned_with(other: dict[str, Any], words: str) -> None:
    """Its entities would be missed there, and made again; if the kind of server is not set, any will do."""
    here = {"environment": "hier-ü", "server": "https://badges.example", "dialect": Dialect.HOSTED}
    snapshots.check(small(), "live.json", **here)  # type: ignore[arg-type]
    snapshots.check(small(), "live.json", **here | {"dialect": None})  # type: ignore[arg-type]

    with pytest.raises(PlanError) as raised:
        snapshots.check(small(), "live.json", **here | other)  # type: ignore[arg-type]

    assert raised.value.message == f"live.json is a snapshot {words}."
    assert "See --env" in raised.value.hint
    assert "badgeops snapshot --out" in raised.value.hint
