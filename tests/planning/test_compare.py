"""The three sides of a field: wanted against sent, live against received."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, image, issuer

from badgeops.api.live import Live
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment, BadgeClass, Expiry, Issuer
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.planning.compare import Comparison, image_json, image_record, nothing_to_do
from badgeops.planning.plan import Attribute, Cause
from badgeops.state.record import Intent, Resource, State

PYTHON = Address(Kind.BADGE_CLASS, "python")
Entity = Issuer | BadgeClass


def applied(entity: Entity, dialect: Dialect = Dialect.OPEN_SOURCE) -> tuple[Server, State]:
    """Return a server and a state after an apply of a catalog with the entity."""
    server = Server(dialect)
    return server, server.apply(server.plan(catalog(issuer(), entity), new_state()), new_state())


def compared(
    entity: Entity, server: Server, state: State, *, intent: Intent | None = None, same: bool | None = None
) -> Comparison:
    """Compare an entity with its record and what the server shows."""
    resource = state.resources[entity.address]
    live = server.live(resource.entity_id)
    if same is None:
        same = live.image_ref == (resource.image.ref if resource.image else None)
    return Comparison(entity, resource, live, intent, server.dialect, image_is_same=same)


def causes(comparison: Comparison) -> dict[str, Cause]:
    """Return the fields that are to change, and on which side each changed."""
    return {item.name: item.cause for item in comparison.attributes}


# --- the table at the head of the module ---------------------------------------------------------------------------

X, Y, Z = (
    {
        "description": f"Text {letter}.",
        "criteria_url": f"https://{letter}.example",
        "criteria_narrative": f"Text {letter}.",
        "tags": (letter,),
        "alignments": (Alignment(letter, "https://a.example"),),
        "expires": Expiry(number, "years"),
        "extensions": {"extensions:X": {"value": letter}},
    }
    for number, letter in enumerate("xyz", 1)
)
API = {
    "description": "description",
    "criteria_url": "criteriaUrl",
    "criteria_narrative": "criteriaNarrative",
    "tags": "tags",
    "alignments": "alignments",
    "expires": "expires",
    "extensions": "extensions",
}
OTHER = {
    "description": "Text y.",
    "criteriaUrl": "https://y.example",
    "criteriaNarrative": "Text y.",
    "tags": ["y"],
    "alignments": [{"targetName": "y", "targetUrl": "https://a.example", "targetCode": None}],
    "expires": {"amount": 2, "duration": "years"},
    "extensions": {"extensions:X": {"value": "y"}},
}


@pytest.mark.parametrize("field", sorted(API))
@pytest.mark.parametrize(
    ("wanted", "edited", "cause"),
    [
        (X, False, None),
        (Y, False, Cause.CATALOG),
        (X, True, Cause.DRIFT),
        (Z, True, Cause.CONFLICT),
        (Y, True, None),
    ],
    ids=["same", "catalog", "drift", "conflict", "alike on both sides"],
)
def test_each_field_has_three_sides(field: str, wanted: dict[str, Any], edited: bool, cause: Cause | None) -> None:
    """Which side changed decides what is shown; the last applied value is remembered for drift and conflict."""
    server, state = applied(badge_class(**{field: X[field]}))
    name = API[field]
    number = state.resources[PYTHON].entity_id
    recorded = server.live(number).fields[name]
    if edited:
        server.put(number, {name: OTHER[name]})
    entity = badge_class(**{field: wanted[field]})

    comparison = compared(entity, server, state)

    assert causes(comparison) == ({name: cause} if cause else {})
    if cause is not None:
        (attribute,) = comparison.attributes
        assert attribute.before == server.live(number).fields[name]
        assert attribute.recorded == recorded
        assert comparison.managed[name] == attribute.after
    if (wanted, edited) == (Y, True):
        assert comparison.record.sent[name] == comparison.managed[name]


def test_a_rewritten_text_is_no_change_for_ever() -> None:
    """What the server made of a text when it was sent is what it may show from then on."""
    entity = badge_class(description="Writes <b>small</b> programs.")
    server, state = applied(entity)

    assert state.resources[PYTHON].received["description"] == "Writes small programs."
    assert causes(compared(entity, server, state)) == {}
    assert causes(compared(badge_class(description="Writes small programs."), server, state)) == {}


def test_what_the_server_holds_already_is_only_written_down() -> None:
    """A field managed from now on, whose value is there already, needs no request."""
    server, state = applied(badge_class())
    server.put(state.resources[PYTHON].entity_id, {"tags": ["b", "a"]})

    comparison = compared(badge_class(tags=("a", "b")), server, state)

    assert causes(comparison) == {}
    assert comparison.record.sent["tags"] == ["a", "b"]
    assert comparison.record.received["tags"] == ["b", "a"]


def test_what_the_server_makes_of_a_text_is_no_drift() -> None:
    """It is compared with what came back, not with what was sent; only an edit of that is drift."""
    entity = badge_class(description="Writes <b>small</b> programs.", tags=("<i>a</i>", "b"))
    server, state = applied(entity)
    number = state.resources[PYTHON].entity_id
    assert causes(compared(entity, server, state)) == {}

    server.put(number, {"description": "Writes programs.", "tags": ["b"]})

    comparison = compared(entity, server, state)
    assert [(item.name, item.cause, item.recorded) for item in comparison.attributes] == [
        ("description", Cause.DRIFT, "Writes small programs."),
        ("tags", Cause.DRIFT, ["a", "b"]),
    ]


def test_what_is_settled_or_let_go_leaves_no_answer_behind() -> None:
    """What the server made of an earlier value is recorded no longer than that value."""
    server, state = applied(badge_class(description="An <b>old</b> text.", tags=("<b>a</b>",)))
    server.put(state.resources[PYTHON].entity_id, {"description": "New.", "tags": []})

    comparison = compared(badge_class(description="New."), server, state)

    assert causes(comparison) == {}
    assert comparison.record.sent["description"] == "New."
    assert comparison.record.received == {}


@pytest.mark.parametrize("wanted", ["Badge", "Course"])
def test_a_field_that_the_server_shows_no_more_is_taken_on_trust(wanted: str) -> None:
    """Only the catalog can change it then; that it is missing is no edit."""
    server, state = applied(badge_class(achievement_type="Badge"), Dialect.HOSTED)
    number = state.resources[PYTHON].entity_id
    resource = replace(state.resources[PYTHON], received={"achievementType": "badge"})
    del server.entities[number]["achievementType"]
    entity = badge_class(achievement_type=wanted)

    comparison = compared(entity, server, state.with_resource(resource))
    interrupted_once = compared(entity, server, state, intent=interrupted(entity, server, state))

    changed = {} if wanted == "Badge" else {"achievementType": Cause.CATALOG}
    assert causes(comparison) == causes(interrupted_once) == changed


# --- fields that leave the catalog ---------------------------------------------------------------------------------


@pytest.mark.parametrize("field", sorted(set(API) - {"description"}))
def test_a_dropped_field_is_emptied_once(field: str) -> None:
    """What we once set and nobody wants any more is emptied, and is none of our business afterwards."""
    server, state = applied(badge_class(**{field: X[field]}))
    entity = badge_class(name="Python")
    if field == "criteria_narrative":
        entity = replace(entity, declared=entity.declared - {"criteriaNarrative"}, criteria_narrative=None)

    comparison = compared(entity, server, state)

    assert causes(comparison) == {API[field]: Cause.CATALOG}
    assert comparison.emptied == [API[field]]


def test_a_dropped_field_that_is_empty_already_is_let_go() -> None:
    """No request is sent to empty what somebody has emptied."""
    server, state = applied(badge_class(tags=("a",)))
    server.put(state.resources[PYTHON].entity_id, {"tags": []})

    comparison = compared(badge_class(), server, state)

    assert causes(comparison) == {}
    assert "tags" not in comparison.record.sent


def test_a_dropped_field_edited_meanwhile_is_a_conflict() -> None:
    """Somebody may still want what we are about to empty."""
    server, state = applied(badge_class(tags=("a",)))
    server.put(state.resources[PYTHON].entity_id, {"tags": ["b"]})

    comparison = compared(badge_class(), server, state)

    assert comparison.attributes == (Attribute("tags", Cause.CONFLICT, ["b"], [], ["a"]),)


def test_what_cannot_be_emptied_is_released() -> None:
    """An issuer keeps its description and its logo; the state forgets them, so that the plan becomes empty."""
    server = Server(Dialect.OPEN_SOURCE)
    before = issuer(description="ACME.", image=image())
    state = server.apply(server.plan(catalog(before), new_state()), new_state())

    comparison = compared(issuer(), server, state)

    assert comparison.released == ["description", "image"]
    assert causes(comparison) == {}
    assert "description" not in comparison.record.sent
    assert comparison.record.image is None


def test_a_field_that_is_not_shown_is_taken_on_trust() -> None:
    """The hosted service takes imageAltText and shows it nowhere: only the catalog can change it."""
    server, state = applied(badge_class(image_alt_text="A snake"), Dialect.HOSTED)

    entity, resource = badge_class(image_alt_text="A snake"), state.resources[PYTHON]
    assert causes(compared(entity, server, state)) == {}
    assert nothing_to_do(entity, resource, server.live(resource.entity_id), Dialect.HOSTED)
    (attribute,) = compared(badge_class(image_alt_text="A python"), server, state).attributes
    assert attribute == Attribute("imageAltText", Cause.CATALOG, "A snake", "A python", "A snake")
    assert causes(compared(badge_class(), server, state)) == {"imageAltText": Cause.CATALOG}


# --- what is ignored -----------------------------------------------------------------------------------------------


def test_ignored_fields_are_left_as_they_are() -> None:
    """`ignoreChanges` covers both sides, dropping the field included; the record of it is kept."""
    server, state = applied(badge_class(tags=("a",), description="One."))
    server.put(state.resources[PYTHON].entity_id, {"tags": ["b"], "description": "Edited."})
    lifecycle = Lifecycle(ignore_changes=frozenset({"tags", "description", "image"}))

    comparison = compared(badge_class(description="Two.", image=image(1), lifecycle=lifecycle), server, state)

    assert causes(comparison) == {}
    assert comparison.record.sent["tags"] == ["a"]
    assert comparison.upload is None


# --- images ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "same", "cause"),
    [(0, True, None), (1, True, Cause.CATALOG), (0, False, Cause.DRIFT), (1, False, Cause.CONFLICT)],
)
def test_an_image_has_three_sides_too(number: int, same: bool, cause: Cause | None) -> None:
    """The digest of the file sent against the file now, and what identifies the served one then against now."""
    server, state = applied(badge_class())

    comparison = compared(badge_class(image=image(number)), server, state, same=same)

    assert causes(comparison) == ({"image": cause} if cause else {})
    assert (comparison.upload is not None) == (cause is not None)


def test_an_svg_that_only_moved_is_recorded_at_its_new_place() -> None:
    """Its address changes at every PUT of any field."""
    entity = badge_class(image=image(0, "svg"))
    server, state = applied(entity)
    server.put(state.resources[PYTHON].entity_id, {"name": "Python"})

    comparison = compared(entity, server, state, same=True)

    assert causes(comparison) == {}
    assert comparison.record.image is not None
    assert comparison.record.image.ref == server.live(state.resources[PYTHON].entity_id).image_ref


def test_an_image_of_strangers_has_no_digest() -> None:
    """Of an image that we did not send, the address is all that is known."""
    server, state = applied(badge_class())

    (attribute,) = compared(badge_class(), server, state, same=False).attributes

    assert attribute.before == {"ref": server.live(state.resources[PYTHON].entity_id).image_ref}

    server.entities[state.resources[PYTHON].entity_id]["image"] = None
    (attribute,) = compared(badge_class(), server, state, same=False).attributes

    assert attribute.before is None


def test_a_first_image_is_no_conflict() -> None:
    """None of ours was there, so nobody can have edited it, whatever the server shows."""
    server, state = applied(badge_class())
    resource = replace(state.resources[PYTHON], image=None)

    assert causes(compared(badge_class(), server, state.with_resource(resource))) == {"image": Cause.CATALOG}


def test_an_image_is_shown_by_what_it_is() -> None:
    """Its digest, its format, its measures and its size; not where it lies."""
    one = image()

    assert image_json(one) == {
        "sha256": one.sha256,
        "format": "png",
        "width": 400,
        "height": 400,
        "size": 12_000,
    }


def test_an_image_is_recorded_with_its_answer() -> None:
    """Before the answer has come, there is nothing to identify the served one by."""
    assert image_record(image(), None).ref is None
    assert image_record(image(), None, "d1").served_sha256 == "d1"


# --- interrupted updates -------------------------------------------------------------------------------------------


def interrupted(entity: Entity, server: Server, state: State) -> Intent:
    """Return the intent of an update to `entity` that was announced."""
    comparison = compared(entity, server, state)
    sent = {name: value for name, value in comparison.managed.items() if name not in comparison.emptied}
    return Intent(entity.address, "update", replace(comparison.record, sent=sent, received={}))


def test_our_own_interrupted_update_is_no_edit_by_others() -> None:
    """What arrived is written down, what did not is sent, and neither is called drift."""
    server, state = applied(badge_class(tags=("a",)))
    entity = badge_class(description="New.", tags=("b",))
    intent = interrupted(entity, server, state)
    server.put(state.resources[PYTHON].entity_id, {"description": "New."})

    comparison = compared(entity, server, state, intent=intent)

    assert causes(comparison) == {"tags": Cause.CATALOG}
    assert comparison.record.sent["description"] == "New."


def test_an_interrupted_update_that_was_revised_is_no_conflict() -> None:
    """The catalog may have gone on; what the server shows is still our own doing."""
    server, state = applied(badge_class(description="One."))
    intent = interrupted(badge_class(description="Two."), server, state)
    server.put(state.resources[PYTHON].entity_id, {"description": "Two."})

    comparison = compared(badge_class(description="Three."), server, state, intent=intent)

    assert causes(comparison) == {"description": Cause.CATALOG}


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize(
    ("before", "between"),
    [
        ({"description": "One."}, {"description": "Two."}),
        ({}, {"tags": ("a", "b")}),
        ({"tags": ("a", "b")}, {}),
        ({"tags": ("a", "b")}, {"tags": ("c",)}),
        ({"extensions": {"extensions:X": {"value": 1}}}, {}),
    ],
)
def test_an_interrupted_update_that_was_taken_back_is_undone_as_our_own(
    before: dict[str, Any], between: dict[str, Any], arrived: bool
) -> None:
    """The catalog is again what it was before: what the update has done all the same goes, and nobody is blamed."""
    server, state = applied(badge_class(**before))
    intent = interrupted(badge_class(**between), server, state)
    (name,) = before.keys() | between.keys()
    if arrived:
        after = {"description": "Two.", "tags": list(between.get("tags", ())), "extensions": {}}
        server.put(state.resources[PYTHON].entity_id, {name: after[name]})

    comparison = compared(badge_class(**before), server, state, intent=intent)

    assert causes(comparison) == ({name: Cause.CATALOG} if arrived else {})
    if not arrived:
        assert comparison.record == state.resources[PYTHON]


@pytest.mark.parametrize("arrived", ["One.", "Two.", "Three."])
def test_of_several_interrupted_updates_any_may_have_arrived(arrived: str) -> None:
    """Whichever the server shows is ours, also where the catalog wants a fourth thing by now."""
    server, state = applied(badge_class(description="One."))
    second = interrupted(badge_class(description="Two."), server, state)
    third = interrupted(badge_class(description="Three."), server, state).after(second)
    server.put(state.resources[PYTHON].entity_id, {"description": arrived})

    comparison = compared(badge_class(description="Four."), server, state, intent=third)

    assert causes(comparison) == {"description": Cause.CATALOG}


@pytest.mark.parametrize("texts", [("One.", "Two.", None), ("One.", None, "Two."), (None, "One.", None)])
def test_what_any_interrupted_update_may_have_left_unseen_is_sent_or_emptied(texts: tuple[str | None, ...]) -> None:
    """An alternative text is not shown: as long as one of them may be there, what is wanted is sent."""
    first, second, third = (badge_class(image_alt_text=text) for text in texts)
    server, state = applied(first, dialect=Dialect.HOSTED)
    intent = interrupted(third, server, state).after(interrupted(second, server, state))

    for entity in (first, second, third, badge_class()):
        assert causes(compared(entity, server, state, intent=intent)) == {"imageAltText": Cause.CATALOG}


def test_what_the_server_does_not_show_is_sent_again_after_an_interrupted_update() -> None:
    """It cannot be told whether the update arrived: of an alternative text only what was sent is known."""
    first, second = (badge_class(image_alt_text=text) for text in ("One.", "Two."))
    server, state = applied(first, dialect=Dialect.HOSTED)
    intent = interrupted(second, server, state)

    for entity in (first, second):
        assert causes(compared(entity, server, state, intent=intent)) == {"imageAltText": Cause.CATALOG}


def test_what_an_interrupted_update_set_unseen_is_emptied_when_the_catalog_has_dropped_it() -> None:
    """It may be there although nothing shows it: the catalog, which never had it before, does not say so any more."""
    server, state = applied(badge_class(), dialect=Dialect.HOSTED)
    intent = interrupted(badge_class(image_alt_text="One."), server, state)

    comparison = compared(badge_class(), server, state, intent=intent)

    assert causes(comparison) == {"imageAltText": Cause.CATALOG}
    assert comparison.emptied == ["imageAltText"]


def test_an_interrupted_update_concerns_only_what_it_was_to_change() -> None:
    """What it left alone is compared as ever: rewritten texts are no drift, edits are, and nothing unseen is resent."""
    kept = {"name": "<b>Python</b>", "tags": ("<i>a</i>",), "image_alt_text": "A snake"}
    server, state = applied(badge_class(description="One.", **kept), Dialect.HOSTED)
    number = state.resources[PYTHON].entity_id
    entity = badge_class(description="Two <i>words</i>.", **kept)
    intent = interrupted(entity, server, state)
    server.put(number, {"description": "Two <i>words</i>.", "tags": ["b"]})

    comparison = compared(entity, server, state, intent=intent)

    assert comparison.attributes == (Attribute("tags", Cause.DRIFT, ["b"], ["<i>a</i>"], ["a"]),)
    assert comparison.record.sent["description"] == "Two <i>words</i>."
    assert comparison.record.received == {"name": "Python", "description": "Two words.", "tags": ["a"]}


@pytest.mark.parametrize(("text", "shown"), [("Two.", "Two."), ("<i>Two</i>.", "Two.")])
def test_what_an_interrupted_update_has_set_replaces_the_answer_before_it(text: str, shown: str) -> None:
    """What the server has made of the old text counts no more, whatever it makes of the new one."""
    server, state = applied(badge_class(description="<b>One</b>."))
    entity = badge_class(description=text)
    intent = interrupted(entity, server, state)
    server.put(state.resources[PYTHON].entity_id, {"description": text})

    comparison = compared(entity, server, state, intent=intent)
    revised = compared(badge_class(description="Three."), server, state, intent=intent)

    assert causes(comparison) == {}
    assert comparison.record.received == ({} if text == shown else {"description": shown})
    assert revised.attributes == (Attribute("description", Cause.CATALOG, shown, "Three.", shown),)


def test_what_an_interrupted_update_has_emptied_is_set_like_a_new_field() -> None:
    """It is no field of ours any more once it is empty, so there is nothing recorded that it could differ from."""
    server, state = applied(badge_class(tags=("a",)))
    intent = interrupted(badge_class(), server, state)
    server.put(state.resources[PYTHON].entity_id, {"tags": []})

    comparison = compared(badge_class(tags=("b",)), server, state, intent=intent)

    assert comparison.attributes == (Attribute("tags", Cause.CATALOG, [], ["b"]),)


def test_what_interrupted_updates_have_set_is_emptied_in_the_order_of_names() -> None:
    """The same plan comes out the same, whatever Python's sets are ordered by in a process."""
    values = {name: value for name, value in Y.items() if name not in ("description", "criteria_narrative")}
    server, state = applied(badge_class())
    intent = interrupted(badge_class(**values), server, state)
    server.put(state.resources[PYTHON].entity_id, {API[name]: OTHER[API[name]] for name in values})

    comparison = compared(badge_class(), server, state, intent=intent)

    assert list(causes(comparison)) == ["alignments", "criteriaUrl", "expires", "extensions", "tags"]


def test_an_image_of_an_interrupted_update_is_sent_again() -> None:
    """Nobody can tell whether the upload arrived, and repeating it does no harm."""
    server, state = applied(badge_class())
    intent = interrupted(badge_class(image=image(1)), server, state)

    comparison = compared(badge_class(), server, state, intent=intent, same=False)

    assert causes(comparison) == {"image": Cause.CATALOG}


# --- what is recorded ----------------------------------------------------------------------------------------------


def test_the_lifecycle_is_recorded_without_a_request() -> None:
    """When the document is gone, the state alone knows what was to happen then; so it is shown like any change."""
    server, state = applied(badge_class())
    lifecycle = Lifecycle(protect=True, on_remove=OnRemove.DELETE)

    comparison = compared(badge_class(lifecycle=lifecycle), server, state)

    assert comparison.attributes == (
        Attribute("protect", Cause.CATALOG, before=False, after=True, recorded=False),
        Attribute("onRemove", Cause.CATALOG, "forget", "delete", "forget"),
    )
    assert (comparison.record.protect, comparison.record.on_remove) == (True, OnRemove.DELETE)


@pytest.mark.parametrize(("shown", "recorded"), [("https://new.example/1", "https://new.example/1"), ("", "before")])
def test_the_public_address_is_recorded_as_the_server_shows_it(shown: str, recorded: str) -> None:
    """It may move; and a server that leaves it out does not take it away."""
    server, state = applied(badge_class())
    resource = replace(state.resources[PYTHON], open_badge_id="before", issuer=None)
    server.entities[resource.entity_id]["openBadgeId"] = shown

    comparison = compared(badge_class(), server, state.with_resource(resource))

    assert causes(comparison) == {}
    assert comparison.record.open_badge_id == recorded
    assert comparison.record.issuer == Address(Kind.ISSUER, "academy")


def test_what_was_archived_by_hand_is_brought_back() -> None:
    """A document in the catalog asks for a badge class that can be awarded."""
    server, state = applied(badge_class(), Dialect.HOSTED)
    server.entities[state.resources[PYTHON].entity_id]["archived"] = True

    assert causes(compared(badge_class(), server, state)) == {"archived": Cause.DRIFT}


# --- the short cut -------------------------------------------------------------------------------------------------


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect), st.booleans())
def test_the_short_cut_agrees_with_the_long_way(
    before: Any, after: Any, edit: Any, dialect: Dialect, is_changed: bool
) -> None:
    """Where `nothing_to_do` says so, a full comparison finds nothing to send and nothing to write down."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    edit(server)
    for address, entity in (after if is_changed else before).entities.items():
        resource = state.resources.get(address)
        if resource is None:
            continue
        live = server.live(resource.entity_id)
        same = live.image_ref == (resource.image.ref if resource.image else None)
        comparison = Comparison(entity, resource, live, None, dialect, image_is_same=same)
        is_settled = not comparison.attributes and comparison.record == resource and not comparison.released
        if nothing_to_do(entity, resource, live, dialect):
            assert is_settled
        if not is_settled:
            assert not nothing_to_do(entity, resource, live, dialect)


@given(catalogs(), st.sampled_from(Dialect))
def test_the_short_cut_is_taken_after_an_apply(made: Any, dialect: Dialect) -> None:
    """A plan right after an apply looks at no field closely: that is what keeps ten thousand of them quick."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(made, state), state)

    for address, entity in made.entities.items():
        resource = state.resources[address]
        assert nothing_to_do(entity, resource, server.live(resource.entity_id), dialect)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entity, resource, live: (entity, replace(resource, protect=True), live),
        lambda entity, resource, live: (entity, replace(resource, on_remove=OnRemove.DELETE), live),
        lambda entity, resource, live: (entity, replace(resource, open_badge_id="other"), live),
        lambda entity, resource, live: (entity, replace(resource, image=None), live),
        lambda entity, resource, live: (entity, resource, replace(live, archived=True)),
        lambda entity, resource, live: (entity, resource, replace(live, image_ref="other")),
        lambda _, resource, live: (badge_class(extensions={"extensions:X": {"a": True}}), resource, live),
    ],
    ids=["protect", "onRemove", "openBadgeId", "image recorded", "archived", "image", "true for 1"],
)
def test_the_short_cut_overlooks_nothing(spoil: Any) -> None:
    """Whatever a full comparison would act on or write down keeps the short cut from being taken."""
    entity = badge_class(extensions={"extensions:X": {"a": 1}})
    server, state = applied(entity)
    resource: Resource = state.resources[PYTHON]
    live: Live = server.live(resource.entity_id)
    assert nothing_to_do(entity, resource, live, server.dialect)

    assert not nothing_to_do(*spoil(entity, resource, live), server.dialect)


def test_what_the_server_does_not_show_and_we_never_sent_is_unknown() -> None:
    """An alternative text that is managed from now on may replace one; a description replaces what is shown."""
    server, state = applied(badge_class(), Dialect.HOSTED)
    entity = badge_class(image_alt_text="A snake.", description="Other.")

    seen = {item.name: item.is_seen for item in compared(entity, server, state).attributes}
    assert seen == {"description": True, "imageAltText": False}
