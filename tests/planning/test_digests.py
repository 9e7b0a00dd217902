"""The digest of a plan: equal where the same would be done, whatever else is different."""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, image, issuer

from badgeops.api import dialects
from badgeops.api.live import Earners
from badgeops.errors import Source
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment, BadgeClass, Catalog, Expiry, Issuer
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.planning import planner
from badgeops.planning.plan import Action, Plan
from badgeops.planning.planner import Options, Snapshot
from badgeops.state.record import State
from badgeops.yamldoc.parse import Document, YamlFile

any_dialect = st.sampled_from(Dialect)
BOTH = pytest.mark.parametrize("dialect", list(Dialect))


def applied(made: Catalog, dialect: Dialect = Dialect.OPEN_SOURCE) -> tuple[Server, State]:
    """Return a server and a state after an apply of a catalog."""
    server = Server(dialect)
    return server, server.apply(server.plan(made, new_state()), new_state())


def moved(entity: Issuer | BadgeClass, chance: random.Random) -> Any:
    """Return the same entity from another place, with its tags and alignments in another order."""
    document = Document(entity.document.data, YamlFile("elsewhere.yaml", entity.document.file.text), 9, 9, 9)
    if isinstance(entity, Issuer):
        return replace(entity, document=document)
    return replace(
        entity,
        document=document,
        tags=tuple(chance.sample(entity.tags, len(entity.tags))),
        alignments=tuple(chance.sample(entity.alignments, len(entity.alignments))),
    )


def shuffled(items: Any, chance: random.Random) -> tuple[Any, ...]:
    """Return the same items in another order."""
    items = tuple(items)
    return tuple(chance.sample(items, len(items)))


@given(catalogs(careful=True), catalogs(careful=True), edits(), any_dialect, st.randoms(use_true_random=False))
def test_order_places_and_times_leave_it(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, chance: random.Random
) -> None:
    """Documents that are moved, reordered or read at another time, and a state of another serial, plan the same."""
    server, state = applied(before, dialect)
    edit(server)
    snapshot = server.snapshot()
    other_catalog = Catalog(
        "test",
        tuple(moved(entity, chance) for entity in shuffled(after.issuers, chance)),
        tuple(moved(entity, chance) for entity in shuffled(after.badge_classes, chance)),
    )
    other_state = replace(
        state, serial=99, lineage="another", resources=dict(shuffled(state.resources.items(), chance))
    )
    live = {key: replace(item, image_url=None) for key, item in shuffled(snapshot.live.items(), chance)}

    one = planner.build(after, state, snapshot)
    two = planner.build(other_catalog, other_state, Snapshot(dialect, live, requests=77))
    two = replace(
        two,
        changes=tuple(
            replace(change, reason="in other words", source=Source("x.yaml", 7), earners=Earners(5))
            for change in shuffled(two.changes, chance)
        ),
    )

    assert one.digest == two.digest


def outcome(server: Server, state: State, plan: Plan) -> Any:
    """Return what a plan leaves behind: all entities, and what the state is to look after of those it changed."""
    server = copy.deepcopy(server)
    after = server.apply(plan, state)
    entities = {
        key: {name: dialects.canonical(name, value) for name, value in entity.items()}
        for key, entity in server.entities.items()
    }
    changed = {change.address for change in plan.changes}
    kept = {
        address: (resource.entity_id, sorted(resource.sent), resource.protect, resource.on_remove)
        for address, resource in after.resources.items()
        if address in changed
    }
    images = {change.address: change.upload and change.upload.sha256 for change in plan.changes}
    return entities, kept, images


@given(catalogs(careful=True), catalogs(careful=True), catalogs(careful=True), edits(), any_dialect, st.booleans())
def test_equal_digests_leave_the_same_behind(
    before: Catalog, one: Catalog, two: Catalog, edit: Any, dialect: Dialect, is_near: bool
) -> None:
    """Two plans with one digest are the same work: each entity, each image and each record ends the same."""
    server, state = applied(before, dialect)
    edit(server)
    if is_near:  # catalogs that differ in one badge class at most
        two = Catalog("test", one.issuers, (*two.badge_classes[:1], *one.badge_classes[1:]))
        keys = [entity.key for entity in two.badge_classes]
        if len(set(keys)) != len(keys) or any(entity.issuer not in one.entities for entity in two.badge_classes):
            two = one

    first, second = server.plan(one, state), server.plan(two, state)

    if first.digest == second.digest and not first.errors:  # what has errors is never applied
        assert outcome(server, state, first) == outcome(server, state, second)


CHANGES: dict[str, dict[str, Any]] = {
    "name": {"name": "Other"},
    "description": {"description": "Other."},
    "the bytes of an image": {"image": image(1)},
    "the kind of an image": {"image": image(0, "svg")},
    "criteria": {"criteria_narrative": "Other."},
    "a tag": {"tags": ("new",)},
    "a tag less": {"tags": ()},
    "an alignment": {"alignments": (Alignment("A", "https://a.example"),)},
    "an expiry": {"expires": Expiry(1, "years")},
    "another expiry": {"expires": Expiry(2, "years")},
    "an extension": {"extensions": {"extensions:One": {"type": ["Extension"], "value": 1}}},
    "1 and true in an extension": {"extensions": {"extensions:One": {"type": ["Extension"], "value": True}}},
    "an address": {"criteria_url": "https://c.example"},
    "an emptied field that is kept": {"criteria_url": None},
    "protection": {"lifecycle": Lifecycle(protect=True)},
    "what removal means": {"lifecycle": Lifecycle(on_remove=OnRemove.DELETE)},
}


@pytest.mark.parametrize("is_new", [True, False])
@BOTH
def test_every_change_of_the_work_changes_it(dialect: Dialect, is_new: bool) -> None:
    """Each of them, alone, gives another digest than the others, for what is made and for what is updated."""
    first = catalog(issuer(description="We."), badge_class("other"))
    full = badge_class("python", tags=("old",), expires=Expiry(9, "weeks"), criteria_url="https://old.example")
    server, state = applied(first if is_new else catalog(*first.entities.values(), full), dialect)
    digests = {}
    for name, fields in CHANGES.items():
        plan = server.plan(catalog(*first.entities.values(), badge_class("python", **fields)), state)
        assert not plan.errors
        digests[name] = plan.digest

    assert len(set(digests.values())) == len(CHANGES)


@BOTH
def test_the_issuer_of_a_creation_counts(dialect: Dialect) -> None:
    """It cannot be changed afterwards."""
    issuers = (issuer("academy"), issuer("library"))
    server, state = applied(catalog(*issuers), dialect)

    one = server.plan(catalog(*issuers, badge_class(owner="academy")), state)
    two = server.plan(catalog(*issuers, badge_class(owner="library")), state)

    assert one.digest != two.digest


@BOTH
def test_a_field_that_is_let_go_of_is_not_one_that_is_kept_empty(dialect: Dialect) -> None:
    """Both empty it on the server; only one looks after it from then on."""
    with_tags = catalog(issuer(description="We."), badge_class(tags=("one",)))
    server, state = applied(with_tags, dialect)

    dropped = server.plan(catalog(issuer(description="We."), badge_class()), state)
    kept = server.plan(catalog(issuer(description="We."), badge_class(tags=())), state)

    assert outcome(server, state, dropped)[0] == outcome(server, state, kept)[0]
    assert dropped.digest != kept.digest


@pytest.mark.parametrize("member", ["catalog", "environment", "server", "dialect"])
def test_where_it_is_done_counts(member: str) -> None:
    """The same changes elsewhere are other work, also where there are none."""
    for made in (catalog(), catalog(issuer(), badge_class())):
        plan = Server(Dialect.OPEN_SOURCE).plan(made, new_state())
        other = Dialect.HOSTED if member == "dialect" else "another"

        assert replace(plan, **{member: other}).digest != plan.digest


@pytest.mark.parametrize("on_remove", list(OnRemove))
def test_what_goes_is_what_was_looked_at(on_remove: OnRemove) -> None:
    """An edit makes deleting or archiving an entity other work; forgetting it touches nothing and stays the same."""
    made = catalog(issuer(description="We."), badge_class(lifecycle=Lifecycle(on_remove=on_remove)))
    server, state = applied(made, Dialect.HOSTED)
    left = catalog(issuer(description="We."))
    before = server.plan(left, state)
    number = state.resources[made.badge_classes[0].address].entity_id

    server.put(number, {"criteriaNarrative": "Edited."})
    after = server.plan(left, state)

    assert before.changes[0].action is after.changes[0].action
    assert (before.digest == after.digest) == (on_remove is OnRemove.FORGET)


def test_a_namesake_counts_where_it_was_allowed() -> None:
    """A creation beside an entity of its name is other work than one beside two of them, or none."""
    server, state = applied(catalog(issuer()))
    made = catalog(issuer(), badge_class())
    options = Options(Allowances.of("duplicate-name"))
    digests = [server.plan(made, state, options).digest]
    for _ in range(2):
        server.apply(server.plan(made, state, options), state)  # by somebody whose state is not ours
        digests.append(server.plan(made, state, options).digest)

    assert len(set(digests)) == 3


def test_twins_of_the_catalog_are_no_namesakes() -> None:
    """A second one of a name that the catalog itself has twice is planned the same when the first one is there."""
    twins = [badge_class(key, name="Same", lifecycle=Lifecycle(allow_duplicate_name=True)) for key in ("one", "two")]
    server, state = applied(catalog(issuer()))
    before = server.plan(catalog(issuer(), *twins), state)
    later = server.apply(replace(before, changes=before.changes[:1]), state)

    after = server.plan(catalog(issuer(), *twins), later)

    assert after.changes[0].action is Action.CREATE
    assert after.changes[0].effect.is_same_as(before.changes[1].effect)
