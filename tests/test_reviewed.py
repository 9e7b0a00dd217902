"""A reviewed plan against a new one: what agrees, what is done already, what is refused. And saved plans, read back."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st
from strategies import badge_class, catalog, catalogs, edits, issuer
from support.simulated import Server, new_state
from support.tiers import examples

from badgeops import planfile, reviewed
from badgeops.errors import PlanError
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.plan import Action, Change, Plan
from badgeops.planfile import SavedPlan
from badgeops.render import plan_json, reviewed_text
from badgeops.reviewed import Review
from badgeops.state import Intent, State

dialects = st.sampled_from(Dialect)
FEWER = examples(50)
"""For what says little more with more examples."""


def applied(made: Catalog, dialect: Dialect) -> tuple[Server, State]:
    """Return a server and a state after an apply of a catalog."""
    server = Server(dialect)
    return server, server.apply(server.plan(made, new_state()), new_state())


def saved(plan: Plan) -> SavedPlan:
    """Return a plan as it is read back from its file."""
    return planfile.loads(plan_json.render(plan), name="plan.json")


def judge(plan: SavedPlan, made: Catalog, state: State, server: Server) -> Review:
    """Compare a saved plan with one made now."""
    snapshot = server.snapshot()
    return reviewed.judge(plan, server.plan(made, state), made, state, snapshot.live)


def planned(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> tuple[Server, State, Plan]:
    """Return a server, a state, and the plan from one catalog to another; without errors, or the example is none."""
    server, state = applied(before, dialect)
    edit(server)
    plan = server.plan(after, state)
    assume(not plan.errors)
    return server, state, plan


# --- the file ------------------------------------------------------------------------------------------------------


@FEWER
@given(catalogs(careful=True), catalogs(careful=True), edits(), dialects)
def test_a_plan_read_back_is_the_plan(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> None:
    """Whatever it plans: what each change does, and so the digest, survives the file."""
    _, state, plan = planned(before, after, edit, dialect)

    read = saved(plan)

    assert read.digest == plan.digest
    assert (read.catalog, read.environment, read.server, read.dialect) == ("test", "here", state.server, dialect)
    assert (read.lineage, read.serial) == (state.lineage, state.serial)
    assert all(one.is_same_as(other) for one, other in zip(read.deeds, plan.deeds, strict=True))
    assert reviewed.differences(read, plan) == ()


@given(catalogs(careful=True), catalogs(careful=True), edits(), dialects, st.data())
def test_no_edit_of_a_file_goes_unseen(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, data: st.DataObject
) -> None:
    """Any value anywhere in it that becomes another is noticed, or is none of this format."""
    _, _, plan = planned(before, after, edit, dialect)
    content = json.loads(plan_json.render(plan))
    places = list(_places(content))
    holder, key = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([None, "", "x", 0, 1, True, [], {}, "1.1"]))
    assume(json.dumps(holder[key]) != json.dumps(other))
    holder[key] = other

    with pytest.raises(PlanError):
        planfile.loads(json.dumps(content), name="plan.json")


def _places(value: Any) -> Any:
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(part, dict | list):
            yield from _places(part)


@given(
    st.text() | st.dictionaries(st.sampled_from(["format_version", "changes"]), st.none() | st.text()).map(json.dumps)
)
def test_whatever_is_read_is_a_plan_or_an_error(text: str) -> None:
    """Never a traceback."""
    with pytest.raises(PlanError):
        planfile.loads(text, name="plan.json")


def test_a_newer_minor_version_is_read() -> None:
    """It has members that are not known here, and its digest covers what it did."""
    plan = Server(Dialect.OPEN_SOURCE).plan(catalog(issuer()), new_state())
    content = json.loads(plan_json.render(plan)) | {"format_version": "1.7", "novelty": [1]}
    content["checksum"] = planfile.checksum(content)

    assert planfile.loads(json.dumps(content), name="plan.json").digest == plan.digest


# --- laws of the comparison ----------------------------------------------------------------------------------------


@FEWER
@given(catalogs(careful=True), catalogs(careful=True), edits(), dialects)
def test_where_nothing_has_changed_everything_agrees(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect
) -> None:
    """The new plan is the reviewed one, and all of it is carried out."""
    server, state, plan = planned(before, after, edit, dialect)

    review = judge(saved(plan), after, state, server)

    assert review.plan.changes == plan.changes
    assert (review.refused, review.skipped, review.settled, review.unplanned) == ((), (), (), ())


@given(catalogs(careful=True), catalogs(careful=True), edits(), dialects, st.data())
def test_a_plan_that_was_carried_out_in_part_is_finished(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, data: st.DataObject
) -> None:
    """Whatever part was done, the rest agrees, nothing is refused, and in the end all is as after one whole apply."""
    server, state, plan = planned(before, after, edit, dialect)
    whole, file = copy.deepcopy(server), saved(plan)
    whole_state = whole.apply(plan, state)
    addresses = [change.address for change in plan.changes]
    done = set(data.draw(st.lists(st.sampled_from(addresses), unique=True))) if addresses else set()
    part = tuple(change for change in plan.changes if change.address in done and set(change.after) <= done)

    state = server.apply(replace(plan, changes=part, bookkeeping=()), state)
    review = judge(file, after, state, server)
    state = server.apply(review.plan, state)

    assert review.refused == review.skipped == ()
    assert {change.address for change in review.plan.changes} == set(addresses) - {change.address for change in part}
    assert judge(file, after, state, server).plan.changes == ()
    assert server.plan(after, state).is_empty
    assert len(server.entities) == len(whole.entities)
    assert state.resources.keys() == whole_state.resources.keys()


@given(
    catalogs(careful=True), catalogs(careful=True), catalogs(careful=True), edits(), edits(), dialects, st.booleans()
)
def test_nothing_is_done_that_was_not_reviewed(
    before: Catalog, after: Catalog, later: Catalog, edit: Any, meanwhile: Any, dialect: Dialect, is_changed: bool
) -> None:
    """Whatever has changed meanwhile: what is carried out was planned so, of the same entity, from the same values."""
    server, state, plan = planned(before, after, edit, dialect)
    file = saved(plan)
    meanwhile(server)
    now = later if is_changed else after

    review = judge(file, now, state, server)

    deeds = {deed.address: deed for deed in file.deeds}
    for change in review.plan.changes:
        assert _is_within(change, plan, deeds[change.address].action), (change, deeds[change.address])
    outcomes = [
        *(change.address for change in review.plan.changes),
        *(item.deed.address for item in (*review.refused, *review.skipped)),
        *(item.deed.address for item in review.settled),
    ]
    assert set(outcomes) == deeds.keys()
    assert len({item.deed.address for item in review.refused} & {c.address for c in review.plan.changes}) == 0
    assert not review.plan.errors
    for item in review.refused:
        assert item.deviations or item.problems
        for deviation in item.deviations:
            assert reviewed_text.deviation(deviation).startswith(f"{deviation.side}: ")
    assert len(reviewed_text.differences(reviewed.differences(file, server.plan(now, state)))) > 0


def _is_within(change: Change, plan: Plan, action: Action) -> bool:
    (reviewed_change,) = [item for item in plan.changes if item.address == change.address]
    if change.action is Action.FORGET:
        return action in (Action.FORGET, Action.DELETE, Action.ARCHIVE)
    fields = {item.name: (item.before, item.after) for item in reviewed_change.attributes}
    return change.action is action and all(
        _like(item.name, fields.get(item.name), (item.before, item.after)) for item in change.attributes
    )


def _like(name: str, one: Any, other: Any) -> bool:
    if one is None:
        return False
    if name in ("tags", "alignments"):
        return all(_sorted(left) == _sorted(right) for left, right in zip(one, other, strict=True))
    if name == "image":
        return [(item or {}).get("sha256") for item in one] == [(item or {}).get("sha256") for item in other]
    return bool(one == other)


def _sorted(value: Any) -> Any:
    return sorted({json.dumps(item, sort_keys=True) for item in value or []})


# --- single cases --------------------------------------------------------------------------------------------------


def test_a_state_that_came_to_protect_something_refuses_its_deletion() -> None:
    """Somebody applied `protect: true` after the review, and the document is gone by now."""
    made = catalog(issuer(), badge_class(lifecycle=Lifecycle(on_remove=OnRemove.DELETE)))
    server, state = applied(made, Dialect.OPEN_SOURCE)
    file = saved(server.plan(catalog(issuer()), state))
    (address,) = [entity.address for entity in made.badge_classes]
    state = state.with_resource(replace(state.resources[address], protect=True))

    review = judge(file, catalog(issuer()), state, server)

    (refused,) = review.refused
    assert [problem.code for problem in refused.problems] == ["protected"]


@pytest.mark.parametrize("on_remove", [OnRemove.FORGET, OnRemove.ARCHIVE])
def test_a_state_that_came_to_mean_something_else_refuses_a_removal(on_remove: OnRemove) -> None:
    """It was to be deleted, and `onRemove` has been applied with another value since."""
    made = catalog(issuer(description="We."), badge_class(lifecycle=Lifecycle(on_remove=OnRemove.DELETE)))
    server, state = applied(made, Dialect.HOSTED)
    left = catalog(issuer(description="We."))
    file = saved(server.plan(left, state))
    (address,) = [entity.address for entity in made.badge_classes]
    state = state.with_resource(replace(state.resources[address], on_remove=on_remove))

    review = judge(file, left, state, server)

    (refused,) = review.refused
    (deviation,) = refused.deviations
    assert reviewed_text.deviation(deviation) == f'state: onRemove: "delete" when planned; now "{on_remove}"'


def test_what_was_taken_out_of_the_state_is_not_deleted() -> None:
    """Somebody let go of it after the review; it is still there."""
    made = catalog(issuer(), badge_class(lifecycle=Lifecycle(on_remove=OnRemove.DELETE)))
    server, state = applied(made, Dialect.OPEN_SOURCE)
    file = saved(server.plan(catalog(issuer()), state))
    (address,) = [entity.address for entity in made.badge_classes]

    review = judge(file, catalog(issuer()), state.without(address), server)

    assert reviewed_text.deviation(review.refused[0].deviations[0]) == "state: it is not in the state"
    assert review.plan.is_empty


def test_another_entity_under_the_same_address_is_refused() -> None:
    """The state was told of another one meanwhile."""
    made = catalog(issuer(), badge_class())
    server, state = applied(made, Dialect.OPEN_SOURCE)
    after = catalog(issuer(), badge_class(description="New."))
    file = saved(server.plan(after, state))
    (address,) = [entity.address for entity in made.badge_classes]
    resource = state.resources[address]
    server.entities["other"] = {**server.entities[resource.entity_id], "entityId": "other"}

    review = judge(file, after, state.with_resource(replace(resource, entity_id="other")), server)

    (refused,) = review.refused
    assert "it stands for another entity: other" in reviewed_text.deviation(refused.deviations[0])


def test_a_record_that_changed_is_the_states_doing() -> None:
    """The document is the same and the server is the same, and yet something else would be done: it is the state."""
    made = catalog(issuer(), badge_class(criteria_url="https://old.example"))
    server, state = applied(made, Dialect.OPEN_SOURCE)
    after = catalog(issuer(), badge_class(description="New.", criteria_url="https://old.example"))
    file = saved(server.plan(after, state))
    (address,) = [entity.address for entity in made.badge_classes]
    resource = state.resources[address]
    tagged = replace(resource, sent={**resource.sent, "tags": ["gone"]}, received={"tags": ["gone"]})
    number = resource.entity_id
    server.entities[number]["tags"] = ["gone"]
    file_fingerprints = file.catalog_fingerprints

    review = judge(file, after, state.with_resource(tagged), server)

    (refused,) = review.refused
    assert file_fingerprints[address]
    assert {deviation.field for deviation in refused.deviations} == {"tags"}
    assert {str(deviation.side) for deviation in refused.deviations} == {"state"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"catalog": "x"}, "the catalog x"), ({"environment": "x"}, "environment x"), ({"server": "x"}, "server x")],
)
def test_a_plan_for_something_else_is_refused_whole(changed: dict[str, str], words: str) -> None:
    """Its addresses would mean other entities."""
    plan = replace(Server(Dialect.OPEN_SOURCE).plan(catalog(issuer()), new_state()), **changed)

    with pytest.raises(PlanError, match=words):
        reviewed.check(saved(plan), catalog="test", environment="here", server="https://badges.example")


def test_what_was_to_be_archived_and_is_deleted_is_refused() -> None:
    """It was to be kept out of sight, and is gone for good: somebody should know."""
    made = catalog(issuer(description="We."), badge_class(lifecycle=Lifecycle(on_remove=OnRemove.ARCHIVE)))
    server, state = applied(made, Dialect.HOSTED)
    left = catalog(issuer(description="We."))
    file = saved(server.plan(left, state))
    del server.entities[state.resources[made.badge_classes[0].address].entity_id]

    review = judge(file, left, state, server)

    (refused,) = review.refused
    assert [reviewed_text.deviation(item) for item in refused.deviations] == ["server: it is gone from the server"]


def test_what_was_made_and_then_emptied_by_somebody_is_refused() -> None:
    """It is there, as an interrupted run left it, but for a field that somebody has cleared since."""
    after = catalog(issuer(), badge_class(criteria_url="https://c.example"))
    server = Server(Dialect.OPEN_SOURCE)
    plan = server.plan(after, new_state())
    file, state = saved(plan), server.apply(plan, new_state())
    number = state.resources[after.badge_classes[0].address].entity_id
    server.put(number, {"criteriaUrl": None})

    review = judge(file, after, state, server)

    assert [str(item.deed.address) for item in review.settled] == ["issuer.academy"]
    (refused,) = review.refused
    assert reviewed_text.deviation(refused.deviations[0]).startswith("server: it exists already")


def test_what_was_to_be_taken_over_and_is_gone_is_not_made_anew() -> None:
    """An interrupted run had made it, the plan was to take it over, and somebody has deleted it since."""
    after = catalog(issuer(), badge_class())
    server = Server(Dialect.OPEN_SOURCE)
    plan = server.plan(after, new_state())
    state = server.apply(plan, new_state())
    address = after.badge_classes[0].address
    made = state.resources[address]
    intent = Intent(address, "create", replace(made, entity_id=""))
    state = replace(state.without(address), pending={address: intent})
    file = saved(server.plan(after, state))
    assert [deed.action for deed in file.deeds] == [Action.ADOPT]

    again = judge(file, after, state, server)
    done = judge(file, after, state.with_resource(made), server)
    del server.entities[made.entity_id]
    refused = judge(file, after, state, server)

    assert [change.action for change in again.plan.changes] == [Action.ADOPT]
    assert [item.what for item in done.settled] == ["it is as planned already"]
    assert reviewed_text.deviation(refused.refused[0].deviations[0]).startswith("state: the entity to be taken over")
    assert refused.plan.is_empty
