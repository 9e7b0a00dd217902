"""The catalog's fields and the API's JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.simulated import ALIGNMENT, Server, new_state
from support.strategies import alignments, badge_class, catalogs, extensions, image, issuer, names

from badgeops.api import dialects
from badgeops.api.live import Live, parse_live
from badgeops.errors import NotAnApiError
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment
from badgeops.model.fields import can_be_cleared, cleared, is_readable, of_kind

BOTH = pytest.mark.parametrize("dialect", list(Dialect))
PYTHON = {
    "entityType": "BadgeClass",
    "entityId": "abc",
    "openBadgeId": "https://badges.example/public/badges/abc",
    "createdAt": "2026-01-01T00:00:00Z",
    "issuer": "xyz",
    "name": "Python",
    "image": "https://cdn.example/media/uploads/1.png?signature=secret",
    "description": "Knows Python.",
    "criteriaUrl": None,
    "criteriaNarrative": "Pass.",
    "alignments": [],
    "tags": [],
    "expires": {"amount": None, "duration": None},
    "extensions": {},
}


def live(**fields: Any) -> Live:
    """Return the badge class above with other fields."""
    return parse_live(Kind.BADGE_CLASS, PYTHON | fields)


# --- live ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [None, [], "x", {}, {"entityId": "", "name": "x"}, {"entityId": "a", "name": None}])
def test_what_is_no_entity_is_refused(payload: Any) -> None:
    """Another product's answer ends in an error and is never taken for an empty entity."""
    with pytest.raises(NotAnApiError):
        parse_live(Kind.ISSUER, payload)


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("expires", None),
        ("expires", {}),
        ("expires", {"amount": None, "duration": "years"}),
        ("tags", None),
        ("alignments", None),
        ("extensions", None),
    ],
)
def test_all_ways_to_say_nothing_are_one(field: str, shown: Any) -> None:
    """A server's null, empty list or pair of nulls is no difference."""
    assert live(**{field: shown}).fields[field] == live().fields[field]


def test_members_without_a_value_are_left_out() -> None:
    """The server shows null for each member of an alignment that was not sent."""
    shown = {"targetName": "A", "targetUrl": "https://a.example", "targetCode": None, "targetDescription": None}

    assert live(alignments=[shown]).fields["alignments"] == [{"targetName": "A", "targetUrl": "https://a.example"}]


def test_an_image_is_known_by_its_path() -> None:
    """Hosts and signatures of a storage service change from answer to answer."""
    assert live().image_ref == "/media/uploads/1.png"
    assert live(imagePath="uploads/1.png").image_ref == "uploads/1.png"
    assert live(image=None).image_ref is None
    assert live(image="http://[broken").image_ref == "http://[broken"


def test_only_an_svg_is_in_doubt_when_it_moves() -> None:
    """The address of an SVG changes at every PUT, that of a PNG only with the image."""
    assert live(image="https://x.example/a.SVG").image_is_svg
    assert not live().image_is_svg
    assert not live(image=None).image_is_svg


def test_an_issuer_has_no_issuer() -> None:
    """Issuers and badge classes of one name never count as namesakes of each other."""
    assert parse_live(Kind.ISSUER, PYTHON | {"entityType": "Issuer"}).issuer_id is None
    assert live().issuer_id == "xyz"


# --- wanted --------------------------------------------------------------------------------------------------------


def test_only_what_is_declared_is_managed() -> None:
    """A field that the catalog does not mention is none of our business."""
    assert set(dialects.wanted(badge_class(), Dialect.OPEN_SOURCE)) == {"name", "description", "criteriaNarrative"}
    assert set(dialects.wanted(issuer(), Dialect.OPEN_SOURCE)) == {"name", "url", "email"}


def test_what_is_declared_empty_is_to_be_empty() -> None:
    """`criteriaUrl: null` and `tags: []` ask for something: nothing."""
    wanted = dialects.wanted(badge_class(criteria_url=None, tags=(), expires=None), Dialect.OPEN_SOURCE)

    assert (wanted["criteriaUrl"], wanted["tags"], wanted["expires"]) == (None, [], None)


def test_wanted_text_is_trimmed_and_not_repeated() -> None:
    """YAML's block scalars end in a line end; a repeated tag cannot be taken away again."""
    one = Alignment("A ", "https://a.example", target_code=" ")
    entity = badge_class(criteria_narrative="Pass.\n", tags=("a ", "a", " "), alignments=(one, one))

    wanted = dialects.wanted(entity, Dialect.OPEN_SOURCE)

    assert wanted["criteriaNarrative"] == "Pass."
    assert wanted["tags"] == ["a"]
    assert wanted["alignments"] == [{"targetName": "A", "targetUrl": "https://a.example"}]


def test_fields_of_the_hosted_service_go_there_only() -> None:
    """The open-source server would drop them in silence, and every plan would show them again."""
    skill = Alignment("A", "https://a.example", display_as_skill=True)
    entity = badge_class(achievement_type="Badge", image_alt_text="A snake", alignments=(skill,))

    hosted, other = dialects.wanted(entity, Dialect.HOSTED), dialects.wanted(entity, Dialect.OPEN_SOURCE)

    assert (hosted["achievementType"], hosted["imageAltText"]) == ("Badge", "A snake")
    assert hosted["alignments"][0]["displayAsSkill"] is True
    assert other.keys().isdisjoint({"achievementType", "imageAltText"})
    assert "displayAsSkill" not in other["alignments"][0]
    assert [name for _, name in dialects.unsupported(entity, Dialect.OPEN_SOURCE)] == [
        "achievementType",
        "imageAltText",
        "displayAsSkill",
    ]
    assert dialects.unsupported(entity, Dialect.HOSTED) == []
    assert dialects.unsupported(issuer(), Dialect.OPEN_SOURCE) == []


def test_the_text_of_a_shared_image_counts_without_being_declared() -> None:
    """`altText` of an Image document holds for every badge class that shows the image."""
    entity = dataclasses.replace(badge_class(), image_alt_text="A snake")

    assert dialects.wanted(entity, Dialect.HOSTED)["imageAltText"] == "A snake"
    assert dialects.unsupported(entity, Dialect.OPEN_SOURCE) == []


def test_a_hosted_issuer_needs_a_description() -> None:
    """The hosted service requires one at every change of an issuer."""
    assert dialects.lacks_description(issuer(), Dialect.HOSTED)
    assert not dialects.lacks_description(issuer(), Dialect.OPEN_SOURCE)
    assert not dialects.lacks_description(issuer(description="ACME."), Dialect.HOSTED)
    assert not dialects.lacks_description(badge_class(), Dialect.HOSTED)


# --- comparison ----------------------------------------------------------------------------------------------------

_members = alignments.map(
    lambda item: {"targetName": item.target_name, "targetUrl": item.target_url, "targetCode": item.target_code}
)
_values = {
    "tags": st.lists(st.sampled_from("abc"), max_size=4),
    "alignments": st.lists(_members, max_size=3),
    "extensions": extensions,
    "name": names,
    "expires": st.none() | st.fixed_dictionaries({"amount": st.integers(1, 2), "duration": st.just("days")}),
}


@given(st.sampled_from(sorted(_values)).flatmap(lambda name: st.tuples(st.just(name), *[_values[name]] * 3)))
def test_sameness_is_an_equivalence(drawn: tuple[str, Any, Any, Any]) -> None:
    """Whatever is compared with whatever, in whichever order, the answers fit together."""
    name, one, two, three = drawn

    assert dialects.same(name, one, one)
    assert dialects.same(name, one, two) == dialects.same(name, two, one)
    if dialects.same(name, one, two) and dialects.same(name, two, three):
        assert dialects.same(name, one, three)


@pytest.mark.parametrize("name", ["tags", "alignments"])
@given(items=st.lists(st.sampled_from("abc")), data=st.data())
def test_order_and_repetition_are_no_difference(name: str, items: list[str], data: st.DataObject) -> None:
    """A PUT can neither reorder tags and alignments nor take a repetition away."""
    other = data.draw(st.permutations(items + items))

    assert dialects.same(name, items, other)
    assert dialects.same(name, items, [*items, "d"]) is False


def test_true_is_not_one() -> None:
    """Python takes True for 1; in an extension they are two values."""
    assert not dialects.same("extensions", {"extensions:X": {"a": 1}}, {"extensions:X": {"a": True}})
    assert dialects.same("extensions", {"extensions:X": {"a": 1, "b": 2}}, {"extensions:X": {"b": 2, "a": 1}})


@given(catalogs(), st.sampled_from(Dialect))
def test_what_was_sent_is_recognised_when_it_comes_back(catalog: Any, dialect: Dialect) -> None:
    """`is_already` knows what the server makes of every field."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(catalog, state), state)

    for address, entity in catalog.entities.items():
        shown = server.live(state.resources[address].entity_id)
        for name, value in dialects.wanted(entity, dialect).items():
            if is_readable(name) and name in shown.fields:
                assert dialects.is_already(name, value, shown.fields[name]), name


@given(catalogs(), st.sampled_from(Dialect))
def test_sent_and_received_tell_what_is_live(catalog: Any, dialect: Dialect) -> None:
    """The state keeps what came back only where it differs, and loses nothing by that."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(catalog, state), state)

    for resource in state.resources.values():
        shown = server.live(resource.entity_id).fields
        for name, value in resource.sent.items():
            if name in shown:
                assert resource.recorded(name) == shown[name]
                assert (name in resource.received) == (value != shown[name])


# --- bodies --------------------------------------------------------------------------------------------------------


def test_a_creation_sends_nothing_empty() -> None:
    """Some empty values are refused on POST (null for tags, for one), and none is needed."""
    entity = badge_class(criteria_url=None, tags=(), alignments=(), expires=None, extensions={})
    fields = dialects.wanted(entity, Dialect.OPEN_SOURCE)

    body = dialects.create_body(Kind.BADGE_CLASS, fields, issuer_id="xyz", image="data:image/png;base64,eA==")

    assert body == {
        "name": "Python",
        "description": "Knows python.",
        "criteriaNarrative": "Pass the python exam.",
        "issuer": "xyz",
        "image": "data:image/png;base64,eA==",
    }


def test_a_created_issuer_may_have_no_image() -> None:
    """Only badge classes need one; and an issuer is under no issuer."""
    body = dialects.create_body(Kind.ISSUER, dialects.wanted(issuer(), Dialect.OPEN_SOURCE), issuer_id=None, image=None)

    assert set(body) == {"name", "url", "email"}


CLEARING = {
    "criteriaUrl": None,
    "criteriaNarrative": None,
    "tags": [],
    "alignments": [],
    "extensions": {},
    "expires": {"amount": None, "duration": None},
}
"""What was seen to empty a field of the open-source server; leaving it out, or a bare null for an expiry, keeps it."""


FULL = {
    "criteriaUrl": "https://academy.example",
    "criteriaNarrative": "Pass the exam.",
    "tags": ["x"],
    "alignments": [{"targetName": "T", "targetUrl": "https://t.example"}],
    "extensions": {"extensions:X": {"type": ["Extension"]}},
    "expires": {"amount": 1, "duration": "days"},
}
"""A field with something in it."""


@BOTH
@pytest.mark.parametrize("name", sorted(CLEARING))
def test_a_field_is_emptied_by_the_value_that_empties_it(name: str, dialect: Dialect) -> None:
    """PUT merges: what is left out stays, so emptiness has to be sent, and in the right spelling."""
    assert can_be_cleared(name)
    managed = {"name": "Python", "description": "Knows Python.", name: cleared(name)}
    shown = live(**{name: FULL[name]})

    body = dialects.update_body(shown, dialect, managed, [name], sent={}, image=None)

    assert body[name] == CLEARING[name]


@pytest.mark.parametrize("name", ["name", "description", "url", "email", "image", "issuer"])
def test_what_cannot_be_emptied_is_known(name: str) -> None:
    """Null and "" are refused for these, or end in a failure of the server."""
    assert not can_be_cleared(name)


@given(catalogs(careful=True), catalogs(careful=True), st.sampled_from(Dialect))
def test_an_update_holds_what_the_server_requires(before: Any, after: Any, dialect: Dialect) -> None:
    """Every PUT of a plan has the required fields, each changed one, and on the hosted service all there is."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    for change in server.plan(after, state).changes:
        if change.live is None or not change.changed:
            continue
        shown = change.live
        body = dialects.update_body(shown, dialect, change.managed, change.changed, sent={}, image=None)
        required = {"name", "description"} if shown.kind is Kind.BADGE_CLASS else {"name", "url", "email"}
        assert required <= body.keys()
        assert set(change.changed) <= body.keys()
        assert all(body[name] for name in required)
        assert not {"issuer", "entityId", "archived"} & body.keys()
        if dialect is Dialect.OPEN_SOURCE:
            assert body.keys() == required | set(change.changed)
        else:
            assert {name for name, value in shown.fields.items() if value} <= body.keys()
            assert body.get("image") == shown.image_url
            for name in body.keys() - change.managed.keys() - {"image"}:
                assert body[name] == shown.fields[name]


def test_a_new_image_goes_before_the_old_address() -> None:
    """On the hosted service the address stands for "keep the image"."""
    body = dialects.update_body(live(), Dialect.HOSTED, {}, [], sent={}, image="data:…")

    assert body["image"] == "data:…"


def test_an_issuer_without_description_is_not_given_a_null() -> None:
    """Null for a description is refused; the field is left out."""
    shown = parse_live(Kind.ISSUER, {"entityId": "a", "name": "A", "url": "https://a.example", "email": "a@a.example"})

    body = dialects.update_body(shown, Dialect.HOSTED, {"name": "B"}, ["name"], sent={}, image=None)

    assert body == {"name": "B", "url": "https://a.example", "email": "a@a.example"}


@pytest.mark.parametrize(("format_", "mime"), [("png", "image/png"), ("svg", "image/svg+xml")])
def test_an_image_is_sent_as_a_data_uri(format_: str, mime: str) -> None:
    """The MIME type alone decides what the server makes of the bytes."""
    assert dialects.data_uri(image(0, format_), b"x") == f"data:{mime};base64,eA=="


@BOTH
def test_every_field_that_is_declared_is_sent(dialect: Dialect) -> None:
    """No field of the table is forgotten on the way, not even one that is to be empty."""
    full = dataclasses.replace(badge_class(), declared=frozenset(field.name for field in of_kind(Kind.BADGE_CLASS)))

    assert tuple(dialects.wanted(full, dialect)) == dialects.field_names(Kind.BADGE_CLASS, dialect)
    assert len(ALIGNMENT) == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", 5),
        ("description", ["x"]),
        ("tags", "x"),
        ("tags", [5]),
        ("alignments", {"a": 1}),
        ("alignments", [["x"]]),
        ("alignments", [{"targetName": 5}]),
        ("expires", {"amount": "5", "duration": "days"}),
        ("extensions", ["x"]),
        ("criteriaUrl", {"a": 1}),
    ],
)
def test_a_value_of_another_kind_is_no_answer_of_this_api(name: str, value: Any) -> None:
    """Refused where it comes in, in a word, instead of going wrong somewhere inside."""
    payload = {"entityId": "x", "name": "Python", name: value}

    with pytest.raises(NotAnApiError):
        parse_live(Kind.BADGE_CLASS, payload)
