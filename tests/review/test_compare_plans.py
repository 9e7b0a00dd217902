"""A reviewed plan against a new one: what agrees, what is done already, what is refused. And saved plans, read back."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, image, issuer
from support.tiers import examples

from badgeops.applying.writes import Writer
from badgeops.errors import Diagnostic, PlanError, Severity
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.planning.compare import image_record
from badgeops.planning.plan import Action, Change, Plan
from badgeops.planning.planner import Options
from badgeops.render.machine import plan_json
from badgeops.render.text import reviewed_text
from badgeops.review import compare_plans, saved_plan
from badgeops.review.compare_plans import Deviation, Review
from badgeops.review.saved_plan import SavedPlan
from badgeops.state.record import Intent, State

dialects = st.sampled_from(Dialect)
FEWER = examples(50)
"""For what says little more with more examples."""


def applied(made: Catalog, dialect: Dialect) -> tuple[Server, State]:
    """Return a server and a state after an apply of a catalog."""
    server = Server(dialect)
    return server, server.apply(server.plan(made, new_state()), new_state())


def saved(plan: Plan) -> SavedPlan:
    """Return a plan as it is read back from its file."""
    return saved_plan.loads(plan_json.render(plan), name="plan.json")


def judge(plan: SavedPlan, made: Catalog, state: State, server: Server) -> Review:
    """Compare a saved plan with one made now."""
    snapshot = server.snapshot()
    return compare_plans.judge(plan, server.plan(made, state), made, state, snapshot.live)


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
    assert all(one.is_same_as(other) for one, other in zip(read.effects, plan.effects, strict=True))
    assert compare_plans.differences(read, plan) == ()


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
        saved_plan.loads(json.dumps(content), name="plan.json")


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
        saved_plan.loads(text, name="plan.json")


def test_a_newer_minor_version_is_read() -> None:
    """It has members that are not known here, and its digest covers what it did."""
    plan = Server(Dialect.OPEN_SOURCE).plan(catalog(issuer()), new_state())
    content = json.loads(plan_json.render(plan)) | {"format_version": "1.7", "novelty": [1]}
    content["checksum"] = saved_plan.checksum(content)

    assert saved_plan.loads(json.dumps(content), name="plan.json").digest == plan.digest


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

    effects = {effect.address: effect for effect in file.effects}
    for change in review.plan.changes:
        assert _is_within(change, plan, effects[change.address].action), (change, effects[change.address])
    outcomes = [
        *(change.address for change in review.plan.changes),
        *(item.effect.address for item in (*review.refused, *review.skipped)),
        *(item.effect.address for item in review.settled),
    ]
    assert set(outcomes) == effects.keys()
    assert len({item.effect.address for item in review.refused} & {c.address for c in review.plan.changes}) == 0
    assert not review.plan.errors
    for item in review.refused:
        assert item.deviations or item.problems
        for deviation in item.deviations:
            assert reviewed_text.deviation(deviation).startswith(f"{deviation.side}: ")
    assert len(reviewed_text.differences(compare_plans.differences(file, server.plan(now, state)))) > 0


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
    assert [problem.code for problem in refused.problems] == ["protected-entity"]


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
        compare_plans.check(saved(plan), catalog="test", environment="here", server="https://badges.example")


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

    assert [str(item.effect.address) for item in review.settled] == ["issuer.academy"]
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
    assert [effect.action for effect in file.effects] == [Action.ADOPT]

    again = judge(file, after, state, server)
    done = judge(file, after, state.with_resource(made), server)
    del server.entities[made.entity_id]
    refused = judge(file, after, state, server)

    assert [change.action for change in again.plan.changes] == [Action.ADOPT]
    assert [item.what for item in done.settled] == ["it is as planned already"]
    assert reviewed_text.deviation(refused.refused[0].deviations[0]).startswith("state: the entity to adopt")
    assert refused.plan.is_empty


# --- each side by itself -------------------------------------------------------------------------------------------

PYTHON, RUST, ACADEMY = (Address.parse(text) for text in ("badge_class.python", "badge_class.rust", "issuer.academy"))
DELETE = Lifecycle(on_remove=OnRemove.DELETE)
SHAS = [image(number).sha256[:4] for number in range(3)]


def told(review: Review) -> dict[str, list[str]]:
    """Return what keeps each refused change from being carried out."""
    return {str(item.effect.address): [_line(deviation) for deviation in item.deviations] for item in review.refused}


def _line(deviation: Deviation) -> str:
    if not deviation.field:
        return f"{deviation.side}: {deviation.what}"
    planned = "unplanned" if deviation.planned is None else "{} -> {}".format(*map(_brief, deviation.planned))
    return f"{deviation.side}: {deviation.field}: {planned}, now {_brief(deviation.now)}"


def _brief(value: Any) -> str:
    return value["sha256"][:4] if isinstance(value, dict) and "sha256" in value else json.dumps(value)


def judged(before: Catalog, after: Catalog, now: Catalog, dialect: Dialect = Dialect.OPEN_SOURCE) -> Review:
    """Plan from one catalog to another, and judge the plan when the catalog says a third thing."""
    server, state = applied(before, dialect)
    return judge(saved(server.plan(after, state)), now, state, server)


def of(**fields: Any) -> Catalog:
    """Return a catalog of one badge class."""
    return catalog(issuer(description="A."), badge_class(**fields))


@pytest.mark.parametrize(
    ("after", "now", "deviations"),
    [
        ({"tags": ("a",)}, {"tags": ("b",)}, ['catalog: tags: [] -> ["a"], now ["b"]']),
        ({"tags": ("a", "b")}, {"tags": ("b", "a")}, []),
        ({"name": "A"}, {"name": "A", "description": "D"}, ['catalog: description: unplanned, now "D"']),
        ({"image": image(1)}, {"image": image(2)}, [f"image: image: {SHAS[0]} -> {SHAS[1]}, now {SHAS[2]}"]),
        (
            {"name": "A"},
            {"name": "A", "lifecycle": DELETE},
            ['catalog: onRemove: "forget" -> "forget", now "delete"'],
        ),
        (
            {"name": "A"},
            {"name": "A", "lifecycle": Lifecycle(protect=True)},
            ["catalog: protect: false -> false, now true"],
        ),
        (
            {"name": "A", "lifecycle": Lifecycle(protect=True)},
            {"name": "A"},
            ["catalog: protect: false -> true, now false"],
        ),
        ({"name": "A"}, {"name": "A", "tags": ()}, ["catalog: the fields that it manages have changed: tags"]),
        ({"name": "A", "tags": ()}, {"name": "A"}, ["catalog: the fields that it manages have changed: tags"]),
    ],
)
def test_what_the_document_asks_for_otherwise_is_named(
    after: dict[str, Any], now: dict[str, Any], deviations: list[str]
) -> None:
    """Field by field, with what was planned; what means the same is carried out."""
    review = judged(of(), of(**after), of(**now))

    assert told(review).get("badge_class.python", []) == deviations
    assert (PYTHON in {change.address for change in review.plan.changes}) == (not deviations)


def test_ignored_fields_are_not_managed() -> None:
    """On creation they are sent, afterwards they are left alone: neither is another plan."""
    ignored = Lifecycle(ignore_changes=frozenset({"tags"}))

    update = judged(
        of(tags=("a",)), of(name="A", tags=("a",), lifecycle=ignored), of(name="A", tags=("b",), lifecycle=ignored)
    )
    creation = judged(
        catalog(issuer(description="A.")), of(tags=("a",), lifecycle=ignored), of(tags=("a",), lifecycle=ignored)
    )

    assert told(update) == told(creation) == {}
    assert len(update.plan.changes) == len(creation.plan.changes) == 1


@pytest.mark.parametrize(
    ("now", "deviations"),
    [
        (
            {"tags": ("a",)},
            ['catalog: tags: unplanned, now ["a"]', "catalog: the fields that it manages have changed: tags"],
        ),
        ({"image": None}, [f"image: image: null -> {SHAS[0]}, now null"]),
        ({"owner": "library"}, ['catalog: issuer: null -> "issuer.academy", now "issuer.library"']),
        ({"lifecycle": Lifecycle(protect=True)}, ["catalog: protect: false -> false, now true"]),
    ],
)
def test_what_is_to_be_made_otherwise_is_named(now: dict[str, Any], deviations: list[str]) -> None:
    """A creation is held to everything that it says, and to nothing that it does not."""
    both = issuer(description="A."), issuer("library", description="L.")
    review = judged(catalog(*both), catalog(*both, badge_class()), catalog(*both, badge_class(**now)))

    assert told(review)["badge_class.python"] == deviations


def test_what_was_edited_on_the_server_is_named() -> None:
    """A planned field by the server's new value; another one as not planned; and brought back is brought back."""
    before, after = of(tags=("a",)), of(name="A", tags=("a",))
    server, state = applied(before, Dialect.HOSTED)
    file = saved(server.plan(after, state))
    number = state.resources[PYTHON].entity_id
    server.put(number, {"name": "Edited", "tags": ["b"], "archived": True})

    found = told(judge(file, after, state, server))["badge_class.python"]

    assert sorted(found) == [
        "server: archived: unplanned, now true",
        'server: name: "Python" -> "A", now "Edited"',
        'server: tags: unplanned, now ["b"]',
    ]


def test_what_was_archived_when_it_was_planned_is_brought_back() -> None:
    """The document says nothing of archiving, so it cannot have changed its mind."""
    server, state = applied(of(), Dialect.HOSTED)
    server.entities[state.resources[PYTHON].entity_id]["archived"] = True
    file = saved(server.plan(of(name="A"), state))

    review = judge(file, of(name="A"), state, server)
    server.put(state.resources[PYTHON].entity_id, {"name": "A"})
    rest = judge(file, of(name="A"), state, server)

    assert told(review) == told(rest) == {}
    assert [item.name for item in rest.plan.changes[0].attributes] == ["archived"]
    assert [item.what for item in rest.settled] == ["name: as planned already"]


def test_what_another_has_made_of_its_name_is_named() -> None:
    """The plan was to make one beside those that were there, and there are more now."""
    server, state = applied(catalog(issuer(description="A.")), Dialect.OPEN_SOURCE)
    allowed = Options(Allowances.of("duplicate-name"))
    owner = state.resources[ACADEMY].entity_id
    file = saved(server.plan(of(), state, allowed))
    numbers = "hgfedcba"
    for number in numbers:
        server.entities[number] = {**server.blank(Kind.BADGE_CLASS, number, owner), "name": "Python"}

    review = compare_plans.judge(file, server.plan(of(), state, allowed), of(), state, server.snapshot().live)

    listed = ", ".join(sorted(numbers))
    assert told(review) == {"badge_class.python": [f"server: another one of its name was created meanwhile: {listed}"]}


@pytest.mark.parametrize(
    ("lost", "deviation"),
    [("state", "state: it is not in the state"), ("server", "server: it is gone from the server")],
)
def test_what_is_not_there_any_more_is_not_updated(lost: str, deviation: str) -> None:
    """Nor made anew: that was not reviewed."""
    server, state = applied(of(), Dialect.OPEN_SOURCE)
    file = saved(server.plan(of(name="A"), state))
    number = state.resources[PYTHON].entity_id
    if lost == "state":
        state = state.without(PYTHON)
        server.entities[number]["name"] = "Another"
    else:
        del server.entities[number]

    assert told(judge(file, of(name="A"), state, server)) == {"badge_class.python": [deviation]}


def test_an_image_that_an_interrupted_run_may_have_put_there_is_no_edit() -> None:
    """It was planned, and begun: what is shown now may be just that."""
    server, state = applied(of(), Dialect.OPEN_SOURCE)
    after = of(image=image(1), tags=("a",))
    plan = server.plan(after, state)
    file, address = saved(plan), PYTHON
    (change,) = plan.changes
    intended = Writer.resource(change, change.live)
    other = replace(intended, image=None)
    server.put(state.resources[address].entity_id, {"image": "data:image/png;base64,eA=="})

    stranger = replace(intended, image=image_record(image(2), None))
    for intent, is_ours in (
        (Intent(address, "update", stranger), False),
        (Intent(address, "update", intended), True),
        (Intent(address, "update", other, earlier=(intended,)), True),
        (Intent(address, "update", other), False),
        (None, False),
    ):
        pending = {address: intent} if intent is not None else {}
        review = judge(file, after, replace(state, pending=pending), server)
        assert (told(review) == {}) == is_ours, intent

    server.put(state.resources[address].entity_id, {"tags": ["edited"]})
    pending = {address: Intent(address, "update", intended)}
    assert told(judge(file, after, replace(state, pending=pending), server)) == {
        "badge_class.python": ['server: tags: [] -> ["a"], now ["edited"]']
    }


def test_each_removal_is_held_to_what_was_looked_at() -> None:
    """Its document back, another entity, or a name edited since: named one by one."""
    life = Lifecycle(on_remove=OnRemove.DELETE)
    left = catalog(issuer(description="A."))
    server, state = applied(of(lifecycle=life), Dialect.OPEN_SOURCE)
    file = saved(server.plan(left, state))
    number = state.resources[PYTHON].entity_id

    back = told(judge(file, of(lifecycle=life), state, server))
    other = replace(state.resources[PYTHON], entity_id="other")
    server.entities["other"] = {**server.entities[number], "entityId": "other", "name": "Other"}
    another = told(judge(file, left, state.with_resource(other), server))
    server.entities.pop("other")
    server.put(number, {"name": "Edited"})
    edited = told(judge(file, left, state, server))

    assert back == {"badge_class.python": ["catalog: its document is back"]}
    assert another == {"badge_class.python": [f"state: it stands for another entity: other, not {number}"]}
    assert edited == {
        "badge_class.python": [
            'server: name: "Python" -> null, now "Edited"',
            "server: it was edited on the server",
        ]
    }


@pytest.mark.parametrize(
    ("on_remove", "done", "is_settled"),
    [
        (OnRemove.DELETE, "deleted", True),
        (OnRemove.ARCHIVE, "archived", True),
        (OnRemove.ARCHIVE, "deleted", False),
        (OnRemove.FORGET, "deleted", True),
        (OnRemove.FORGET, "nothing", True),
        (OnRemove.DELETE, "archived", False),
        (OnRemove.ARCHIVE, "nothing", False),
        (OnRemove.DELETE, "nothing", False),
    ],
)
@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_removal_that_was_done_is_settled(
    on_remove: OnRemove, done: str, is_settled: bool, is_recorded: bool
) -> None:
    """By whomever; what is left is to take it out of the state. What is gone instead of archived is told."""
    left = catalog(issuer(description="A."))
    server, state = applied(of(lifecycle=Lifecycle(on_remove=on_remove)), Dialect.HOSTED)
    file = saved(server.plan(left, state))
    number = state.resources[PYTHON].entity_id
    if done == "deleted":
        del server.entities[number]
    elif done == "archived":
        server.entities[number]["archived"] = True
    elif is_recorded:
        assert told(judge(file, left, state, server)) == {}, "it is still to be done, as it was planned"
        return
    if not is_recorded:
        state = state.without(PYTHON)
        is_settled = done == "deleted" or is_settled

    review = judge(file, left, state, server)

    assert (told(review) == {}) == (is_settled or (on_remove is OnRemove.FORGET))
    if is_settled and not is_recorded:
        assert [item.what for item in review.settled] == ["it is gone from the state already"]
    elif is_settled and on_remove is not OnRemove.FORGET:
        assert [item.what for item in review.settled] == [f"it is {done} already"]
        assert [change.action for change in review.plan.changes] == [Action.FORGET]


@pytest.mark.parametrize(("before", "after"), [(OnRemove.DELETE, OnRemove.FORGET), (OnRemove.ARCHIVE, OnRemove.FORGET)])
def test_what_is_only_to_be_forgotten_now_was_not_done(before: OnRemove, after: OnRemove) -> None:
    """It is there as ever: that it is let go of is another plan."""
    left = catalog(issuer(description="A."))
    server, state = applied(of(lifecycle=Lifecycle(on_remove=before)), Dialect.HOSTED)
    file = saved(server.plan(left, state))

    review = judge(file, left, state.with_resource(replace(state.resources[PYTHON], on_remove=after)), server)

    assert told(review) == {"badge_class.python": [f'state: onRemove: "{before}" -> "{before}", now "{after}"']}


def test_a_protection_that_changed_is_named() -> None:
    """Whoever reviewed the deletion saw what was protected, and allowed it."""
    left = catalog(issuer(description="A."))
    life = Lifecycle(on_remove=OnRemove.DELETE, protect=True)
    server, state = applied(of(lifecycle=life), Dialect.HOSTED)
    allowed = Options(Allowances.of(f"protected={PYTHON}"))
    file = saved(server.plan(left, state, allowed))
    state = state.with_resource(replace(state.resources[PYTHON], protect=False))

    review = compare_plans.judge(file, server.plan(left, state, allowed), left, state, server.snapshot().live)

    assert told(review) == {"badge_class.python": ["state: protect: true -> true, now false"]}


def test_a_field_that_no_removal_has_is_held_against_it() -> None:
    """A file may say anything; what is not so now is not done."""
    left = catalog(issuer(description="A."))
    server, state = applied(of(lifecycle=DELETE), Dialect.HOSTED)
    file = saved(server.plan(left, state))
    (effect,) = file.effects
    forged = replace(file, effects=(replace(effect, fields={**effect.fields, "tags": (["a"], None)}),))

    assert told(judge(forged, left, state, server)) == {"badge_class.python": ['server: tags: ["a"] -> null, now null']}


# --- what an earlier run has begun ---------------------------------------------------------------------------------


def begun(server: Server, state: State, made: Catalog) -> State:
    """Return the state of a run that was killed when all its creations were announced and done."""
    plan = server.plan(made, state)
    server.apply(plan, state)
    pending = {
        change.address: Intent(change.address, "create", replace(Writer.resource(change, None), entity_id=""))
        for change in plan.changes
    }
    return replace(state, pending=pending)


@pytest.mark.parametrize("ignored", [frozenset(), frozenset({"tags"})])
def test_a_creation_that_was_interrupted_is_taken_over(ignored: frozenset[str]) -> None:
    """The plan was to make it; what is left of that is to record it, whatever is ignored later."""
    server, state = applied(catalog(issuer(description="A.")), Dialect.OPEN_SOURCE)
    after = of(tags=("a",), lifecycle=Lifecycle(ignore_changes=ignored))
    file = saved(server.plan(after, state))

    review = judge(file, after, begun(server, state, after), server)

    assert told(review) == {}
    assert [change.action for change in review.plan.changes] == [Action.ADOPT]
    assert review.settled == ()


def test_a_creation_beside_fewer_than_before_is_the_creation() -> None:
    """Somebody has removed one of its namesakes; that there are no more of them is all that counts."""
    server, state = applied(catalog(issuer(description="A.")), Dialect.OPEN_SOURCE)
    owner = state.resources[ACADEMY].entity_id
    for number in ("x", "y"):
        server.entities[number] = {**server.blank(Kind.BADGE_CLASS, number, owner), "name": "Python"}
    allowed = Options(Allowances.of("duplicate-name"))
    file = saved(server.plan(of(), state, allowed))
    del server.entities["x"]

    review = compare_plans.judge(file, server.plan(of(), state, allowed), of(), state, server.snapshot().live)

    assert told(review) == {}
    assert [change.action for change in review.plan.changes] == [Action.CREATE]
    assert review.settled == ()


def test_what_is_made_together_is_carried_out_together() -> None:
    """What a change waits for is in the plan as well: nothing is skipped."""
    server = Server(Dialect.OPEN_SOURCE)
    made = catalog(issuer(), badge_class())

    review = judge(saved(server.plan(made, new_state())), made, new_state(), server)

    assert [change.address for change in review.plan.changes] == [ACADEMY, PYTHON]
    assert review.skipped == review.settled == ()


def test_of_an_update_that_is_yet_to_be_made_nothing_is_settled() -> None:
    """What was done already is said only of what was: somebody has done the issuer's part, and not the other."""
    server, state = applied(catalog(issuer(description="A."), badge_class()), Dialect.OPEN_SOURCE)
    after = catalog(issuer(description="B.", url="https://b.example"), badge_class(name="A"))
    file = saved(server.plan(after, state))
    server.put(state.resources[ACADEMY].entity_id, {"description": "B."})

    review = judge(file, after, state, server)

    assert [change.action for change in review.plan.changes] == [Action.UPDATE, Action.UPDATE]
    assert [(item.effect.address, item.what) for item in review.settled] == [
        (ACADEMY, "description: as planned already")
    ]


def adoption(server: Server, state: State, now: Catalog) -> tuple[SavedPlan, State]:
    """Return a plan that takes over what a killed run made, and changes two fields of it."""
    interrupted = begun(server, state, of(tags=("a",), criteria_url="https://a.example"))
    file = saved(server.plan(now, interrupted))
    assert [(str(effect.action), sorted(effect.fields)) for effect in file.effects] == [
        ("adopt", ["criteriaUrl", "tags"])
    ]
    return file, interrupted


def test_a_take_over_that_was_begun_is_finished() -> None:
    """It is recorded already, and the update is left; if not even that is known, nobody can tell whose words it has."""
    now = of(tags=("b",), criteria_url="https://b.example")
    server, state = applied(catalog(issuer(description="A.")), Dialect.OPEN_SOURCE)
    file, interrupted = adoption(server, state, now)
    (change,) = server.plan(now, interrupted).changes
    assert change.record is not None

    recorded = judge(file, now, replace(interrupted.with_resource(change.record)), server)
    server.put(change.record.entity_id, {"tags": ["b"]})
    half = judge(file, now, interrupted, server)

    assert told(recorded) == {}
    assert [item.action for item in recorded.plan.changes] == [Action.UPDATE]
    assert recorded.settled == ()
    assert [[problem.code for problem in item.problems] for item in half.refused] == [["ambiguous-creation"]]
    assert half.plan.is_empty


def test_what_was_to_be_updated_is_not_taken_over() -> None:
    """The state has lost it, and remembers only that somebody was about to make it: that was not reviewed."""
    server, state = applied(catalog(issuer(description="A.")), Dialect.OPEN_SOURCE)
    interrupted = begun(server, state, of())
    (taken,) = server.plan(of(), interrupted).changes
    assert taken.record is not None
    file = saved(server.plan(of(name="A"), interrupted.with_resource(taken.record)))
    assert [effect.action for effect in file.effects] == [Action.UPDATE]

    review = judge(file, of(name="A"), interrupted, server)

    assert told(review) == {"badge_class.python": ["state: it is not in the state"]}


def test_only_the_entity_that_was_to_be_taken_over_is() -> None:
    """Another that looks like it is not what was reviewed."""
    now = of(tags=("b",), criteria_url="https://b.example")
    server, state = applied(catalog(issuer(description="A.")), Dialect.OPEN_SOURCE)
    file, interrupted = adoption(server, state, now)
    (number,) = [key for key, item in server.entities.items() if item["name"] == "Python"]
    server.entities["other"] = {**server.entities.pop(number), "entityId": "other"}

    (deviations,) = told(judge(file, now, interrupted, server)).values()

    assert deviations[0] == "state: the entity to adopt was not found"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"tags": ("a",)}, {"name": "A", "description": "D"}),
        ({"tags": ("a",)}, {"name": "A", "description": "D", "tags": ()}),
        ({}, {"name": "A", "description": "D", "lifecycle": Lifecycle(protect=True, on_remove=OnRemove.DELETE)}),
        (
            {"tags": ("a",)},
            {"name": "A", "description": "D", "lifecycle": Lifecycle(ignore_changes=frozenset({"tags"}))},
        ),
        ({"tags": ("a",)}, {"name": "A", "description": "D", "tags": ("b",), "image": image(1)}),
    ],
)
def test_what_is_left_of_an_update_agrees(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Somebody has done a part of it: the rest is carried out, emptied and ignored fields and all."""
    server, state = applied(of(**before), Dialect.OPEN_SOURCE)
    file = saved(server.plan(of(**after), state))
    server.put(state.resources[PYTHON].entity_id, {"description": "D"})

    review = judge(file, of(**after), state, server)

    assert told(review) == {}
    assert [change.action for change in review.plan.changes] == [Action.UPDATE]
    assert [item.what for item in review.settled] == ["description: as planned already"]


def test_what_the_state_alone_holds_changed_in_the_state() -> None:
    """No server shows a `lifecycle` or an alternative text."""
    before = of(image_alt_text="a")
    after = of(image_alt_text="b", lifecycle=Lifecycle(on_remove=OnRemove.DELETE))
    server, state = applied(before, Dialect.HOSTED)
    file = saved(server.plan(after, state))
    resource = state.resources[PYTHON]
    changed = replace(resource, on_remove=OnRemove.ARCHIVE, sent={**resource.sent, "imageAltText": "c"})

    assert told(judge(file, after, state.with_resource(changed), server)) == {
        "badge_class.python": [
            'state: imageAltText: "a" -> "b", now "c"',
            'state: onRemove: "forget" -> "delete", now "archive"',
        ]
    }


def test_a_field_that_cannot_be_emptied_may_leave_the_document() -> None:
    """It was to be changed, and the document says nothing of it any more."""
    review = judged(catalog(issuer(description="A.")), catalog(issuer(description="B.")), catalog(issuer()))

    assert told(review)["issuer.academy"] == [
        'catalog: description: "A." -> "B.", now null',
        "catalog: the fields that it manages have changed: description",
    ]


def test_what_it_manages_is_named_in_order() -> None:
    """The same review has the same words."""
    more = {"tags": (), "expires": None, "criteria_url": None, "alignments": (), "extensions": None}

    (deviations,) = told(judged(of(), of(name="A"), of(name="A", **more))).values()

    assert deviations == [
        "catalog: the fields that it manages have changed: alignments, criteriaUrl, expires, extensions, tags"
    ]


# --- what is left of the plan --------------------------------------------------------------------------------------


def test_what_needs_a_refused_change_is_skipped_in_turn() -> None:
    """And names whom it needs; the rest is carried out."""
    server, state = applied(catalog(issuer("library", description="L.")), Dialect.OPEN_SOURCE)
    library = issuer("library", description="New.")
    after = catalog(issuer(description="A."), badge_class(), library)
    file = saved(server.plan(after, state))

    now = catalog(issuer(description="B."), badge_class(), library)
    review = judge(file, now, state, server)

    assert list(told(review)) == ["issuer.academy"]
    assert [(item.effect.address, item.culprit) for item in review.skipped] == [(PYTHON, ACADEMY)]
    assert [str(change.address) for change in review.plan.changes] == ["issuer.library"]


def test_what_was_not_reviewed_is_left_alone_and_named() -> None:
    """Changes by what they would do, errors as such; warnings of it are not repeated, those of all are."""
    server, state = applied(of(), Dialect.OPEN_SOURCE)
    owner = state.resources[ACADEMY].entity_id
    file = saved(server.plan(of(name="A"), state))
    server.entities["x"] = {**server.blank(Kind.BADGE_CLASS, "x", owner), "name": "Taken"}
    now = catalog(issuer(description="B."), badge_class(name="A"), badge_class("rust"), badge_class("taken"))
    plan = server.plan(now, state)
    ours = Diagnostic(Severity.WARNING, "a", "of all")
    of_python = Diagnostic(Severity.WARNING, "b", "of python", address="badge_class.python")
    of_rust = Diagnostic(Severity.WARNING, "c", "of rust", address="badge_class.rust")
    nowhere = Diagnostic(Severity.ERROR, "d", "of all")
    plan = replace(plan, problems=(*plan.problems, ours, of_python, of_rust, nowhere))

    review = compare_plans.judge(file, plan, now, state, server.snapshot().live)

    assert sorted(review.unplanned) == [
        "cannot be planned: badge_class.taken",
        "create badge_class.rust",
        "update issuer.academy",
    ]
    assert [str(change.address) for change in review.plan.changes] == ["badge_class.python"]
    assert review.plan.problems == (ours, of_python)


def test_only_what_is_settled_is_written_down() -> None:
    """What a reviewed change has left is recorded; what nobody reviewed is not."""
    server, state = applied(catalog(issuer(description="A."), badge_class(), badge_class("rust")), Dialect.OPEN_SOURCE)
    after = catalog(issuer(description="A."), badge_class(tags=("a",)), badge_class("rust"))
    file = saved(server.plan(after, state))
    for address, tags in ((PYTHON, ["a"]), (RUST, ["b"])):
        server.put(state.resources[address].entity_id, {"tags": tags})
    now = catalog(issuer(description="A."), badge_class(tags=("a",)), badge_class("rust", tags=("b",)))
    assert len(server.plan(now, state).bookkeeping) == 2

    review = judge(file, now, state, server)

    assert [change.address for change in review.plan.bookkeeping] == [PYTHON]
    assert [item.what for item in review.settled] == ["it is as planned already"]


# --- what a plan is for --------------------------------------------------------------------------------------------


def test_a_plan_for_something_else_says_what_to_do() -> None:
    """What it is for, what this is, and how to make one for this."""
    plan = saved(Server(Dialect.OPEN_SOURCE).plan(catalog(issuer()), new_state()))
    compare_plans.check(plan, catalog=plan.catalog, environment=plan.environment, server=plan.server)

    with pytest.raises(PlanError) as raised:
        compare_plans.check(plan, catalog=plan.catalog, environment="there", server=plan.server)

    assert (
        raised.value.message == "plan.json is a plan for the environment here, but this is there. Nothing was changed."
    )
    assert "badgeops plan --save-plan plan.json" in raised.value.hint


@pytest.mark.parametrize(
    ("lineage", "serial", "state", "words"),
    [
        ("", 9, new_state(), None),
        ("L", 3, replace(new_state(), lineage="L", serial=3), None),
        ("L", 3, replace(new_state(), lineage="L", serial=4), None),
        ("L", 4, replace(new_state(), lineage="L", serial=3), "the state with serial 4, but the state here has 3"),
        ("L", 3, replace(new_state(), lineage="M", serial=3), "was made from another state: lineage L, not M."),
        ("L", 3, replace(new_state(), lineage=""), "lineage L, not a state yet to be."),
    ],
)
def test_a_plan_is_applied_to_the_state_it_was_made_from(
    lineage: str, serial: int, state: State, words: str | None
) -> None:
    """Or to a later one; one that was made before there was a state only creates."""
    plan = replace(
        saved(Server(Dialect.OPEN_SOURCE).plan(catalog(issuer()), new_state())), lineage=lineage, serial=serial
    )
    if words is None:
        compare_plans.check_state(plan, state)
        return

    with pytest.raises(PlanError) as raised:
        compare_plans.check_state(plan, state)

    assert words in raised.value.message
    assert raised.value.hint.startswith("Get the state that belongs to the plan")
    assert raised.value.hint.endswith("  badgeops plan --save-plan plan.json")


def test_a_plan_for_another_kind_of_server_is_refused() -> None:
    """It stores other fields."""
    server, state = applied(of(), Dialect.OPEN_SOURCE)
    file = saved(server.plan(of(name="A"), state))
    server.dialect = Dialect.HOSTED

    with pytest.raises(PlanError, match="with the dialect open-source, but this one speaks hosted") as raised:
        judge(file, of(name="A"), state, server)

    assert "badgeops plan --save-plan plan.json" in raised.value.hint


# --- two plans -----------------------------------------------------------------------------------------------------


def test_two_plans_differ_where_they_do_something_else() -> None:
    """In one only, in the other only, or in some fields; in the order of addresses."""
    server, state = applied(catalog(issuer(description="A."), badge_class()), Dialect.OPEN_SOURCE)
    academy = issuer(description="A.")
    file = saved(server.plan(catalog(academy, badge_class(name="A", tags=("a", "b")), badge_class("rust")), state))
    plan = server.plan(
        catalog(issuer(description="B."), badge_class(name="A", tags=("b", "a"), criteria_url="https://c.example")),
        state,
    )

    found = compare_plans.differences(file, plan)

    assert [(str(item.address), item.reviewed is None, item.now is None) for item in found] == [
        ("badge_class.python", False, False),
        ("badge_class.rust", False, True),
        ("issuer.academy", True, False),
    ]
    assert found[0].fields == [("criteriaUrl", None, (None, "https://c.example"))]
    assert found[2].fields == [("description", None, ("A.", "B."))]
    assert [name for name, *_ in found[1].fields] == sorted(name for name, *_ in found[1].fields)
    assert ("name", (None, "Rust"), None) in found[1].fields


def test_images_are_the_same_by_their_bytes() -> None:
    """What else is said of them may differ; one that is known by its place only is another."""
    known = {"sha256": "a", "size": 1}
    for one, other, same in (
        (known, {"sha256": "a", "size": 2}, True),
        (known, {"sha256": "b", "size": 1}, False),
        (known, {"ref": "a"}, False),
        ({"ref": "a"}, known, False),
        ({"ref": "a"}, {"ref": "a"}, True),
        (known, None, False),
        (None, known, False),
        (None, None, True),
    ):
        assert compare_plans._same("image", one, other) == same
    assert not compare_plans._same("extensions", {"sha256": "a", "b": 1}, {"sha256": "a"})
