"""What a card says of a field: its value, that it is empty, or that it is left to the server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.pages import assert_sound, find, text
from support.plan_pages import live, plan_of, update
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, issuer
from support.tiers import examples

from badgeops.api.live import Live
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog, Expiry
from badgeops.model.fields import BOTH, NAMED, label_of, of_kind
from badgeops.model.lifecycle import Lifecycle
from badgeops.planning.outcome import of_change
from badgeops.planning.plan import Attribute, Cause, Change
from badgeops.render.html import plan as plan_page
from badgeops.render.html.badge import EMPTY, LEFT, Badge, of_entity, of_outcome
from badgeops.render.html.images import Images
from badgeops.render.view import View

IMAGES = Images(None, {})
NEVER = "does not expire"


def listed(badge: Badge, term: str) -> list[str]:
    """Return what stands in one of the lists of a card, without the notes."""
    found = [fact.text for fact in badge.facts if fact.term == term]
    groups = [group.partition(" (")[0] for group in found[0].split("; ")] if found else []
    return [item for group in groups for item in group.split(", ")]


def label(name: str) -> str:
    """Return what a list calls a field."""
    given = label_of(name) or name
    return given[0].lower() + given[1:]


def expiry(badge: Badge) -> list[str]:
    """Return what a card says of the expiry in its own line."""
    return [fact.text for fact in badge.facts if fact.term == "Expiry"]


def card(change: Change, dialect: Dialect = Dialect.HOSTED) -> Badge:
    """Return the card of a change."""
    return of_outcome(change.address, of_change(change, dialect), IMAGES, "")


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
@examples(100)
def test_nothing_is_claimed_about_a_field_that_is_not_managed(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect
) -> None:
    """A card in a plan says that it is the server's, and no value but the server's. A managed one that is empty is."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    edit(server)

    for change in server.plan(after, state).changes:
        if change.entity is None:
            continue
        badge = card(change, dialect)
        managed, shown = change.managed, change.live.fields if change.live is not None else {}
        names = {field.name for field in of_kind(change.address.kind, dialect)}
        assert {label(name) for name in names - managed.keys()} <= set(listed(badge, LEFT))
        for name in names & managed.keys():
            is_ignored_later = name in change.entity.lifecycle.ignore_changes
            assert (label(name) in listed(badge, LEFT)) == is_ignored_later
            if not managed[name] and change.live is None:
                assert label(name) in listed(badge, EMPTY) or expiry(badge) == [NEVER]
        if "expires" not in managed:
            assert NEVER not in expiry(badge)
            assert bool(expiry(badge)) == bool(shown.get("expires"))
        if "tags" not in managed and not shown.get("tags"):
            assert not badge.tags
            assert label("tags") not in listed(badge, EMPTY)


@given(catalogs(careful=True))
def test_a_preview_says_what_it_cannot_know(one: Catalog) -> None:
    """Without a server, a field that the document leaves out is the server's; one that it empties is empty."""
    for entity in one.entities.values():
        badge = of_entity(entity, IMAGES, {})
        for name in (field.name for field in of_kind(entity.address.kind) if field.dialects == BOTH):
            is_left = name not in entity.declared or name in entity.lifecycle.ignore_changes
            assert (label(name) in listed(badge, LEFT)) == is_left
            if name in entity.declared and not getattr(entity, NAMED[name].attribute):
                assert label(name) in listed(badge, EMPTY) or (name == "expires" and expiry(badge) == [NEVER])


UNMANAGED = badge_class()
EMPTIED = badge_class(tags=(), expires=None)
THERE = {"tags": ["theirs"], "expires": {"amount": 30, "duration": "days"}}


@pytest.mark.parametrize(
    ("entity", "server", "expected"),
    [
        (UNMANAGED, THERE, ["valid for 30 days"]),
        (UNMANAGED, {"tags": [], "expires": None}, []),
        (UNMANAGED, None, []),
        (EMPTIED, THERE, [NEVER]),
        (EMPTIED, None, [NEVER]),
        (badge_class(expires=Expiry(2, "years")), THERE, ["valid for 2 years"]),
    ],
)
def test_an_expiry_is_said_by_who_decides_on_it(entity: Any, server: Any, expected: list[str]) -> None:
    """A server may give every badge class one, as those do that have 30 days for what says nothing."""
    there = live(**server) if server is not None else None
    changed = [Attribute(name, Cause.CATALOG, None, None) for name in ("tags", "expires") if name in entity.declared]
    badge = card(update(*changed, entity=entity, live=there))

    assert expiry(badge) == expected
    assert (label("expires") in listed(badge, LEFT)) == (entity is UNMANAGED)


def test_what_a_server_shows_as_empty_is_said_as_that() -> None:
    """Whoever reads the card knows that somebody has looked, and that it may be otherwise tomorrow."""
    (left,) = [fact.text for fact in card(update(live=live(expires=None))).facts if fact.term == LEFT]

    first, second = left.split("; ")
    assert first == "alternative text, criteria page, achievement type"
    assert second == "alignments, tags, expiry, extensions (the server shows nothing)"


def test_what_is_ignored_later_is_said_with_its_value() -> None:
    """A creation sends it; from then on it is the server's."""
    entity = badge_class(tags=("ours",), lifecycle=Lifecycle(ignore_changes=frozenset({"tags"})))
    badge = of_entity(entity, IMAGES, {})
    (left,) = [fact.text for fact in badge.facts if fact.term == LEFT]

    assert badge.tags == ("ours",)
    assert left.endswith("; tags (after its creation)")


def test_a_page_says_it_of_tags_and_of_a_logo() -> None:
    """In the plan as people see it: no word of "none" where nobody has looked."""
    owner = issuer()
    there = Live(Kind.ISSUER, "id", "", "Academy", "", {"name": "Academy", "description": "Theirs.", "extensions": {}})
    plan = plan_of(update(live=live(**THERE)), update(entity=owner, live=there, group="academy"))
    root = assert_sound(plan_page.show(View(plan, "", catalog=catalog(owner, UNMANAGED))))
    cards = [text(item) for item in find(root, "article")]

    assert "theirs" in cards[0]
    assert "valid for 30 days" in cards[0]
    assert "The image is left to the server" in cards[1]
    assert "Theirs." in cards[1]
    assert not any("No image" in item or NEVER in item for item in cards)
