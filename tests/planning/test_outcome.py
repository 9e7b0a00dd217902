"""What an entity will hold when a change is done, and what is left to the server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, image, issuer
from support.tiers import examples

from badgeops.api import dialects
from badgeops.api.live import Live
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Catalog, Expiry, Issuer
from badgeops.model.fields import BOTH, of_kind
from badgeops.model.lifecycle import Lifecycle
from badgeops.planning.compare import image_json, image_record
from badgeops.planning.outcome import Outcome, of_change, of_document, of_unchanged
from badgeops.planning.plan import Action, Change, Plan
from badgeops.state.record import Resource, State

NOTHING = (None, [], {}, "")


def planned(before: Catalog, after: Catalog, dialect: Dialect, edit: Any = None) -> tuple[Server, Plan, State]:
    """Return a server on which the first catalog was applied and edited since, and the plan of the second one."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    if edit is not None:
        edit(server)
    return server, server.plan(after, state), state


def is_ours(entity: Issuer | BadgeClass, name: str, change: Change) -> bool:
    """Tell whether the catalog says what a field is to be, now that the entity exists or is made."""
    is_ignored = name in entity.lifecycle.ignore_changes and change.action is not Action.CREATE
    is_said = name in entity.declared or (name == "imageAltText" and bool(getattr(entity, "image_alt_text", None)))
    return is_said and not is_ignored


def without_ends(value: Any) -> Any:
    """Return texts without the blanks at their ends, which nobody sees on a card."""
    if isinstance(value, list):
        return [without_ends(item) for item in value]
    if isinstance(value, dict):
        return {name: without_ends(item) for name, item in value.items()}
    return value.strip() if isinstance(value, str) else value


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
@examples(100)
def test_what_is_said_of_an_entity_is_what_the_server_then_holds(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect
) -> None:
    """A value is said only if it is the catalog's or the server's, and after the apply it is there."""
    server, plan, state = planned(before, after, dialect, edit)
    if plan.errors:
        return
    state = server.apply(plan, state)

    for change in plan.changes:
        if change.entity is None:
            continue
        outcome = of_change(change, dialect)
        there = server.live(state.resources[change.address].entity_id).fields
        for name, value in outcome.fields.items():
            assert name not in there or dialects.same(name, without_ends(value), without_ends(there[name])), name


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
@examples(100)
def test_a_field_is_ours_or_left_to_the_server(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> None:
    """What the document does not say, or says to ignore, is the server's; of it only the server's value is known."""
    _, plan, _ = planned(before, after, dialect, edit)

    for change in plan.changes:
        if change.entity is None:
            continue
        outcome = of_change(change, dialect)
        shown = change.live.fields if change.live is not None else {}
        names = {field.name for field in of_kind(change.address.kind, dialect)}
        assert outcome.left | outcome.fields.keys() | outcome.later <= names | {"image"}
        image_ = change.entity.image
        if image_ is not None and ("image" not in change.entity.lifecycle.ignore_changes or change.live is None):
            assert (outcome.image, "image" in outcome.left) == (image_json(image_), False)
        else:
            assert "image" in outcome.left
        for name in (field.name for field in of_kind(change.address.kind, dialect)):
            if is_ours(change.entity, name, change):
                assert name not in outcome.left
                assert name in outcome.fields
            elif name in change.emptied:
                assert outcome.fields[name] in NOTHING
            else:
                assert name in outcome.left
                assert (name in outcome.fields, outcome.fields.get(name)) == (name in shown, shown.get(name))


@given(catalogs(careful=True), st.sampled_from(Dialect))
def test_without_a_look_at_the_server_only_the_document_is_known(one: Catalog, dialect: Dialect) -> None:
    """A preview, or the rest of a plan, has no value for a field that the document leaves out."""
    for entity in one.entities.values():
        document, unchanged = of_document(entity), of_unchanged(entity, dialect)
        said = {*entity.declared, *(["imageAltText"] if getattr(entity, "image_alt_text", None) else [])}

        ignored, image_ = entity.lifecycle.ignore_changes, None if entity.image is None else image_json(entity.image)
        everywhere = {field.name for field in of_kind(entity.address.kind) if field.dialects == BOTH}
        assert document.fields.keys() <= said
        assert document.left - {"image"} == everywhere - document.fields.keys()
        assert document.later == ignored & (document.fields.keys() | ({"image"} if image_ else set()))
        assert (document.image, "image" in document.left) == (image_, image_ is None)
        assert unchanged.fields.keys() <= said - ignored
        assert not unchanged.fields.keys() & unchanged.left
        known = {field.name for field in of_kind(entity.address.kind, dialect)}
        assert known == unchanged.fields.keys() | unchanged.left - {"image"}
        is_left = image_ is None or "image" in ignored
        assert (unchanged.image, "image" in unchanged.left) == (None if is_left else image_, is_left)


def updated(edit: dict[str, Any], dialect: Dialect = Dialect.HOSTED, **fields: Any) -> Outcome:
    """Return what becomes of a badge class that was edited on the server and gets another description."""
    one, other = (catalog(issuer(), badge_class(**fields, description=text)) for text in ("One.", "Other."))

    def edited(server: Server) -> None:
        (number,) = [key for key, item in server.entities.items() if item["entityType"] == Kind.BADGE_CLASS.value]
        server.put(number, edit)

    _, plan, _ = planned(one, other, dialect, edited)
    return of_change(plan.changes[0], dialect)


def test_a_part_that_the_document_does_not_have_stays() -> None:
    """What a server has filled into an alignment, or beside our extensions, is there afterwards as well."""
    ours = {"extensions:Ours": {"type": ["Extension"]}}
    outcome = updated(
        {"extensions": {**ours, "extensions:Theirs": {"type": ["Extension"]}}}, extensions={"extensions:Ours": {}}
    )

    assert outcome.fields["extensions"].keys() == {"extensions:Ours", "extensions:Theirs"}


def test_an_image_that_is_ignored_is_the_server_s() -> None:
    """The one of the catalog was exchanged there and is not put back: it is not shown as if it were there."""
    ignored = Lifecycle(ignore_changes=frozenset({"image"}))
    exchanged = updated({"image": "data:image/png;base64,eA=="}, lifecycle=ignored)
    untouched = updated({}, lifecycle=ignored)

    assert exchanged.image is not None
    assert exchanged.image.keys() == {"ref"}
    assert untouched.image == image_json(image())
    assert "image" in exchanged.left & untouched.left


def test_what_is_to_go_is_as_the_server_shows_it() -> None:
    """Of what badgeops did not look after only that counts which is there: that it is empty is nobody's word."""
    entity = badge_class(tags=(), expires=Expiry(2, "years"))
    _, plan, _ = planned(catalog(issuer(), entity), catalog(issuer()), Dialect.HOSTED)
    outcome = of_change(plan.changes[0], Dialect.HOSTED)

    assert outcome.fields["expires"] == {"amount": 2, "duration": "years"}
    assert outcome.fields["tags"] == []
    assert "alignments" not in outcome.fields
    assert outcome.image == image_json(image())


# --- by hand -------------------------------------------------------------------------------------------------------

IGNORED = Lifecycle(ignore_changes=frozenset({"image", "tags"}))


def there(ref: str | None = "/media/1.png", **fields: Any) -> Live:
    """Return what a server shows."""
    return Live(Kind.BADGE_CLASS, "id", "", "Python", "", {"name": "Python", **fields}, "I", image_ref=ref)


def recorded(ref: str | None = None, **sent: Any) -> Resource:
    """Return what the state holds, with the image that was shown at an address."""
    kept = replace(image_record(image(), None), ref=ref) if ref is not None else None
    return Resource(badge_class().address, "id", sent=sent, image=kept)


def change(entity: BadgeClass | None, **more: Any) -> Change:
    """Return a change of a badge class."""
    return Change(badge_class().address, Action.UPDATE, entity=entity, **more)


@pytest.mark.parametrize("ref", [None, "/media/1.png", "/media/2.png"])
@pytest.mark.parametrize("record", [None, recorded(), recorded("/media/1.png")])
@pytest.mark.parametrize("has_image", [True, False])
def test_the_image_that_stays_is_known_if_it_is_the_recorded_one(
    ref: str | None, record: Resource | None, has_image: bool
) -> None:
    """Of any other one only that it is there: the one of an adopted entity, or one that was exchanged."""
    entity = badge_class(image=image() if has_image else None, lifecycle=IGNORED)

    found = of_change(change(entity, live=there(ref), record=record), Dialect.HOSTED)

    is_recorded = record is not None and record.image is not None and ref == "/media/1.png"
    assert found.image == (image_json(image()) if is_recorded else {"ref": ref} if ref else None)
    assert "image" in found.left


def test_a_field_that_a_server_does_not_show_is_as_it_is_sent() -> None:
    """It is known from what is managed; what this kind of server does not store is not listed, even if it is shown."""
    shown = there(achievementType="Badge")

    found = of_change(change(badge_class(), live=shown, managed={"tags": ["a"]}), Dialect.OPEN_SOURCE)

    assert found.fields == {"name": "Python", "tags": ["a"]}


@pytest.mark.parametrize("record", [None, recorded(), recorded("/media/1.png", tags=["a"], description="Ours.")])
def test_what_is_to_go_is_shown_as_far_as_anybody_knows(record: Resource | None) -> None:
    """What the server shows, and what is empty only if it was sent; the image only if it is recorded."""
    shown = there(description="Theirs.", tags=[], criteriaUrl="", alignments=[])

    found = of_change(change(None, live=shown, record=record), Dialect.HOSTED)

    tags = {"tags": []} if record is not None and "tags" in record.sent else {}
    assert found.fields == {"name": "Python", "description": "Theirs.", **tags}
    assert found.image == (image_json(image()) if record is not None and record.image is not None else None)
    assert of_change(change(None, record=record), Dialect.HOSTED) == Outcome({}), "nobody has looked"


def test_what_is_created_knows_what_will_be_left_to_the_server() -> None:
    """It is sent all the same: only later changes of it are nobody's business."""
    entity = badge_class(tags=("a",), image=image(), lifecycle=IGNORED)
    bare = badge_class(tags=("a",), image=None, lifecycle=IGNORED)

    found, without = (
        of_change(change(each, managed={"tags": ["a"], "name": "Python"}), Dialect.HOSTED) for each in (entity, bare)
    )

    assert found.fields == without.fields == {"tags": ["a"], "name": "Python"}
    assert (found.later, without.later) == ({"image", "tags"}, {"tags"})
    assert (found.image, without.image) == (image_json(image()), None)
    assert without.left == found.left | {"image"}
    assert "achievementType" in found.left
