"""What an entity will hold when a change is done, and what is left to the server."""

from __future__ import annotations

from typing import Any

from hypothesis import given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, image, issuer
from support.tiers import examples

from badgeops.api import dialects
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Catalog, Expiry, Issuer
from badgeops.model.fields import of_kind
from badgeops.model.lifecycle import Lifecycle
from badgeops.planning.compare import image_json
from badgeops.planning.outcome import Outcome, of_change, of_document, of_unchanged
from badgeops.planning.plan import Action, Change, Plan
from badgeops.state.record import State

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

        assert document.fields.keys() <= said
        assert not document.fields.keys() & document.left
        assert document.later <= entity.lifecycle.ignore_changes & said
        assert unchanged.fields.keys() <= said - entity.lifecycle.ignore_changes
        assert not unchanged.fields.keys() & unchanged.left
        known = {field.name for field in of_kind(entity.address.kind, dialect)}
        assert known == unchanged.fields.keys() | unchanged.left - {"image"}


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
