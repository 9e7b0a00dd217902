"""What a plan means for people, and what stops it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, catalogs, edits, image, issuer

from badgeops.api.live import Earners
from badgeops.errors import Severity
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import NOTHING, Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment, Catalog, Expiry
from badgeops.model.fields import NAMED, of_kind
from badgeops.model.lifecycle import Lifecycle, OnMeaningChange, OnRemove
from badgeops.model.limits import SMALL_CATALOG, Limit, Limits
from badgeops.planning.plan import REMOVALS, Action, Attribute, Cause, Change, Plan
from badgeops.planning.planner import Options
from badgeops.planning.risk import attention, brakes, concerns, needs_earners, needs_past, with_earners

PYTHON = Address(Kind.BADGE_CLASS, "python")


def plan_of(before: Catalog, after: Catalog, dialect: Dialect, edit: Any = None, *, destroy: bool = False) -> Plan:
    """Return the plan from one catalog to another."""
    server, state = Server(dialect), new_state()
    state = server.apply(server.plan(before, state), state)
    if edit is not None:
        edit(server)
    return server.plan(after, state, Options(destroy=destroy))


def held(plan: Plan, count: int, *, more: bool = False) -> Plan:
    """Return the plan with as many earners of each badge class that is asked about, weighed."""
    return counted(plan, count, OnMeaningChange.WARN, more=more)


def counted(
    plan: Plan,
    count: int | None,
    default: OnMeaningChange,
    allowed: Allowances = NOTHING,
    *,
    more: bool = False,
) -> Plan:
    """Return the plan weighed with as many earners, None where they could not be counted."""
    earners = {} if count is None else dict.fromkeys(needs_earners(plan), Earners(count, more))
    return with_earners(plan, earners, on_meaning_change=default, allowed=allowed)


def said(plan: Plan) -> list[str]:
    """Return what needs attention."""
    return [f"{change.address.key} {text}" for change, text in attention(plan)]


def changed(dialect: Dialect = Dialect.OPEN_SOURCE, **fields: Any) -> Plan:
    """Return the plan of a badge class with changed fields."""
    return plan_of(catalog(issuer(), badge_class()), catalog(issuer(), badge_class(**fields)), dialect)


# --- who is asked about --------------------------------------------------------------------------------------------


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect), st.booleans())
def test_earners_are_counted_where_something_happens_to_them(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, destroy: bool
) -> None:
    """One request for each badge class that is changed or removed; none for the rest of a large catalog."""
    plan = plan_of(before, after, dialect, edit, destroy=destroy)

    asked = needs_earners(plan)

    assert asked == [
        change.live.entity_id
        for change in plan.changes
        if change.live
        and change.address.kind is Kind.BADGE_CLASS
        and change.action in (Action.UPDATE, Action.DELETE, Action.ARCHIVE)
        and change.sends_request
    ]


def test_nobody_is_counted_for_what_only_the_state_sees() -> None:
    """Another `lifecycle` is no matter of those who hold it."""
    plan = changed(lifecycle=Lifecycle(protect=True))

    assert len(plan.changes) == 1
    assert needs_earners(plan) == []


def test_what_people_hold_is_not_deleted() -> None:
    """The server would refuse it in the middle of an apply; the plan says so before."""
    plan = plan_of(
        catalog(issuer(), badge_class(lifecycle=Lifecycle(on_remove=OnRemove.DELETE))),
        catalog(issuer()),
        Dialect.OPEN_SOURCE,
    )

    assert held(plan, 0).errors == ()
    (problem,) = held(plan, 1).errors
    assert (problem.code, problem.severity) == ("earned-by-people", Severity.ERROR)
    assert problem.summary == "1 person has earned it, so the server will not delete it"
    assert held(plan, 500, more=True).errors[0].summary.startswith("500+ people have earned it")


@pytest.mark.parametrize("destroy", [False, True])
def test_what_may_be_held_is_not_deleted_either(destroy: bool) -> None:
    """A list that nobody could read is no empty list: unknown stops a deletion as held does, and says why."""
    life = Lifecycle(on_remove=OnRemove.DELETE)
    plan = plan_of(catalog(issuer(), badge_class(lifecycle=life)), catalog(issuer()), Dialect.OPEN_SOURCE)
    (entity_id,) = needs_earners(plan)

    unsure = with_earners(plan, {}, unknown={entity_id: "The server has no such entity (HTTP 404)."}, destroy=destroy)

    (problem,) = unsure.errors
    assert (problem.code, problem.address) == ("earners-unknown", "badge_class.python")
    assert problem.detail.startswith("The server has no such entity (HTTP 404). Deleting a badge class")
    assert ("state rm" in problem.detail, "onRemove: forget" in problem.detail) == (destroy, not destroy)
    assert said(unsure) == ["python cannot be deleted; an unknown number of people have earned it"]


def test_where_nobody_tried_to_count_a_deletion_is_planned() -> None:
    """A plan against a snapshot without counts is for reading; whoever applies it counts."""
    life = Lifecycle(on_remove=OnRemove.DELETE)
    plan = plan_of(catalog(issuer(), badge_class(lifecycle=life)), catalog(issuer()), Dialect.OPEN_SOURCE)

    unsure = with_earners(plan, {}, unknown=None)

    assert unsure.errors == ()
    assert said(unsure) == ["python will be deleted for good; an unknown number of people have earned it"]


@pytest.mark.parametrize(
    ("earners", "words"),
    [
        (Earners(0, expired=1), "1 award that is expired"),
        (Earners(0, revoked=1), "1 award that is revoked"),
        (Earners(0, expired=12), "12 awards that are expired"),
        (Earners(0, expired=12, revoked=3), "15 awards that are expired or revoked"),
        (Earners(0, expired=500, more_past=True), "more than 500 awards that are expired or revoked"),
    ],
)
def test_a_deletion_names_the_awards_that_go_with_it(earners: Earners, words: str) -> None:
    """Nobody holds it, so the server deletes it; and with it the record of those who earned it."""
    life = Lifecycle(on_remove=OnRemove.DELETE)
    plan = plan_of(catalog(issuer(), badge_class(lifecycle=life)), catalog(issuer()), Dialect.OPEN_SOURCE)

    weighed = with_earners(plan, dict.fromkeys(needs_earners(plan), earners))

    assert weighed.errors == ()
    (problem,) = weighed.problems
    assert (problem.code, problem.severity) == ("ended-awards", Severity.WARNING)
    assert problem.summary == f"deleting it deletes {words} too"
    assert said(weighed) == [f"python will be deleted for good, with {words}; nobody holds it now"]


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect), st.data())
def test_no_badge_class_is_deleted_unless_it_is_known_that_nobody_holds_it(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, data: st.DataObject
) -> None:
    """Whatever could be counted and whatever could not: each deletion that is no error is of none that is held."""
    plan = plan_of(before, after, dialect, edit)
    counts = st.none() | st.builds(Earners, st.integers(0, 2), st.booleans(), st.integers(0, 2), st.integers(0, 2))
    drawn = {entity_id: data.draw(counts) for entity_id in needs_earners(plan)}
    earners = {entity_id: found for entity_id, found in drawn.items() if found is not None}

    weighed = with_earners(plan, earners)

    stopped = {problem.address for problem in weighed.errors}
    for change in weighed.changes:
        if change.action is Action.DELETE and change.address.kind is Kind.BADGE_CLASS:
            assert str(change.address) in stopped or (change.earners is not None and not change.earners.any)
            assert change.entity_id in needs_past(plan)


def test_who_destroys_is_told_how_to_keep_what_people_hold() -> None:
    """Its document is still there: so it is the state that has to let go of it."""
    made = catalog(issuer(), badge_class())
    plan = plan_of(made, made, Dialect.OPEN_SOURCE, destroy=True)
    earners = dict.fromkeys(needs_earners(plan), Earners(1))

    destroyed, its_issuer = with_earners(plan, earners, destroy=True).errors
    removed, its_issuers = with_earners(plan, earners).errors

    assert destroyed.detail.endswith("Or let it stay on the server:\n  badgeops state rm badge_class.python")
    assert its_issuer.summary == "1 badge class that has to stay would be deleted with this issuer"
    assert its_issuer.detail.endswith("To keep the issuer on the server:\n  badgeops state rm issuer.academy")
    assert "put the document back" in removed.detail
    assert its_issuers.detail.endswith("Here these are: Python. Put its document back, too, until they can be deleted.")


def test_only_what_people_may_hold_is_baked_again() -> None:
    """Not an issuer, nor what is yet to be made, nor what the server never sees."""
    before = catalog(issuer(description="A."), badge_class())
    after = catalog(issuer(description="B."), badge_class(lifecycle=Lifecycle(protect=True)), badge_class("rust"))

    plan = held(plan_of(before, after, Dialect.HOSTED), 1)

    assert [change.rebakes for change in plan.changes] == [False] * 3


def test_counts_that_are_missing_change_nothing() -> None:
    """A badge class that vanished between two requests has no count."""
    plan = changed(name="Other")

    assert with_earners(plan, {}) == plan


# --- the words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": "Other"}, "its name changes"),
        ({"description": "Other."}, "its description changes"),
        ({"criteria_narrative": "Other."}, "its criteria change"),
        ({"criteria_url": "https://a.example"}, "its criteria change"),
        ({"criteria_url": "https://a.example", "criteria_narrative": "Other."}, "its criteria change"),
        ({"alignments": (Alignment("A", "https://a.example"),)}, "its alignments change"),
        ({"expires": Expiry(1, "years")}, "its expiry changes"),
        ({"image": image(1)}, "its image changes"),
        ({"extensions": {"extensions:X": {}}}, "its extensions change"),
        ({"name": "Other", "image": image(1)}, "its name and image change"),
        ({"name": "Other", "lifecycle": Lifecycle(protect=True), "tags": ("a",)}, "its name changes"),
        ({"name": "O", "criteria_narrative": "O", "image": image(1)}, "its name, criteria and image change"),
    ],
)
def test_what_changes_for_earners_is_said_in_a_sentence(fields: dict[str, Any], text: str) -> None:
    """The number of people, then what they hold that will be another thing."""
    assert said(held(changed(**fields), 412)) == [f"python 412 people have earned it, and {text}"]
    assert said(held(changed(**fields), 1)) == [f"python 1 person has earned it, and {text}"]
    assert said(held(changed(**fields), 0)) == []
    assert said(held(changed(Dialect.HOSTED, **fields), 412)) == [
        f"python 412 people have earned it, and {text}; re-bakes 412 awards"
    ]


def test_what_nobody_notices_is_no_matter_for_attention() -> None:
    """A reviewer who is told of every tag stops reading; the hosted service bakes the awards again all the same."""
    assert said(held(changed(tags=("a",)), 412)) == []
    plan = held(changed(Dialect.HOSTED, tags=("a",)), 412)
    assert said(plan) == []
    assert [change.rebakes for change in plan.changes] == [True]


def test_an_achievement_type_is_said_in_words() -> None:
    """Only the hosted service has it."""
    plan = held(changed(Dialect.HOSTED, achievement_type="Course"), 1)

    assert said(plan) == ["python 1 person has earned it, and its achievement type changes; re-bakes 1 award"]


def test_a_field_of_a_later_version_is_called_by_its_name() -> None:
    """A saved plan can have a field that this version does not know; it counts as visible, and is said all the same."""
    plan = changed(name="Other")
    (change,) = plan.changes
    later = Attribute("colour", Cause.CATALOG, "red", "green")

    weighed = held(replace(plan, changes=(replace(change, attributes=(*change.attributes, later)),)), 1)

    assert said(weighed) == ["python 1 person has earned it, and its name and colour change"]


def test_what_earners_see_is_told_although_changes_of_meaning_are_allowed() -> None:
    """`allow` is for meaning; that a name changes is another matter."""
    plan = counted(changed(name="Other"), 412, OnMeaningChange.ALLOW)

    assert said(plan) == ["python 412 people have earned it, and its name changes"]


CRITERIA = {"criteria_narrative": "Other."}


def test_unknown_earners_are_mentioned_where_the_meaning_changes() -> None:
    """That nobody was counted does not mean that there is nobody."""
    text = "python an unknown number of people have earned it, and its criteria change"
    hosted = counted(changed(Dialect.HOSTED, **CRITERIA), None, OnMeaningChange.WARN)

    assert said(hosted) == [f"{text}; re-bakes all awards"]
    assert said(counted(changed(**CRITERIA), None, OnMeaningChange.WARN)) == [text]
    assert said(counted(changed(name="Other"), None, OnMeaningChange.WARN)) == []


def test_a_change_of_meaning_is_allowed_warned_of_or_blocked() -> None:
    """What the badge class says goes before what the settings say; `block` names the words that lift it."""
    for own, default, attended, errors in (
        (None, OnMeaningChange.ALLOW, False, 0),
        (None, OnMeaningChange.WARN, True, 0),
        (None, OnMeaningChange.BLOCK, True, 1),
        (OnMeaningChange.ALLOW, OnMeaningChange.BLOCK, False, 0),
        (OnMeaningChange.BLOCK, OnMeaningChange.ALLOW, True, 1),
    ):
        plan = counted(changed(lifecycle=Lifecycle(on_meaning_change=own), **CRITERIA), 412, default)

        assert bool(attention(plan)) == attended
        assert [problem.code for problem in plan.errors] == ["meaning-change"] * errors
        assert all("\n  --allow meaning=badge_class.python\n" in problem.detail for problem in plan.errors)
        assert all(problem.summary == "412 people have earned it, and its criteria change" for problem in plan.errors)


def test_the_block_of_one_badge_class_can_be_lifted() -> None:
    """An address that is not named stays blocked."""
    plan = changed(**CRITERIA)

    assert counted(plan, 412, OnMeaningChange.BLOCK, Allowances.of("meaning=badge_class.python")).errors == ()
    assert counted(plan, 412, OnMeaningChange.BLOCK, Allowances.of("meaning=badge_class.other")).errors


def test_a_block_holds_where_earners_are_not_known() -> None:
    """A pull request from a fork cannot ask; it must not get past the rule for that."""
    plan = changed(**CRITERIA)

    assert counted(plan, None, OnMeaningChange.BLOCK).errors
    assert counted(plan, 0, OnMeaningChange.BLOCK).errors == ()
    assert counted(plan, 0, OnMeaningChange.BLOCK, more=True).errors


@pytest.mark.parametrize("fields", [{"name": "Other"}, {"image": image(1)}, {"tags": ("a",)}])
def test_a_block_is_for_meaning_alone(fields: dict[str, Any]) -> None:
    """A better image needs no flag."""
    assert counted(changed(**fields), 412, OnMeaningChange.BLOCK).errors == ()


def test_criteria_that_somebody_edited_on_the_server_are_put_back_unasked() -> None:
    """Apply gives people back what they earned; that is the opposite of what `block` is there for."""

    def edit(server: Server) -> None:
        (number,) = [key for key, item in server.entities.items() if item["name"] == "Python"]
        server.put(number, {"criteriaNarrative": "Edited."})

    one = catalog(issuer(), badge_class())
    plan = counted(plan_of(one, one, Dialect.OPEN_SOURCE, edit), 412, OnMeaningChange.BLOCK)

    assert [item.cause for change in plan.changes for item in change.attributes] == [Cause.DRIFT]
    assert plan.errors == ()


def test_a_removal_says_who_holds_it() -> None:
    """Nobody is worth saying; so is that nobody was asked about an issuer."""
    life = Lifecycle(on_remove=OnRemove.DELETE)
    plan = plan_of(catalog(issuer(lifecycle=life), badge_class(lifecycle=life)), catalog(), Dialect.OPEN_SOURCE)

    assert said(held(plan, 0)) == [
        "academy will be deleted for good",
        "python will be deleted for good; nobody has earned it",
    ]
    assert said(held(plan, 7))[1] == "python cannot be deleted; 7 people have earned it"


def test_archiving_says_who_holds_it() -> None:
    """And says it once: that the name goes is not a second matter."""
    life = Lifecycle(on_remove=OnRemove.ARCHIVE)
    plan = plan_of(catalog(issuer(), badge_class(lifecycle=life)), catalog(issuer()), Dialect.HOSTED)

    assert said(held(plan, 7)) == ["python will be archived; 7 people have earned it"]


def test_edits_on_the_server_are_told_apart() -> None:
    """Edited, edited on both sides, and archived are three things."""

    def edit(server: Server) -> None:
        (number,) = [key for key, item in server.entities.items() if item["name"] == "Python"]
        server.put(number, {"description": "Edited.", "tags": ["x"], "archived": True})

    plan = plan_of(
        catalog(issuer(), badge_class(tags=("a",))),
        catalog(issuer(), badge_class(tags=("a",), description="Other.")),
        Dialect.HOSTED,
        edit,
    )

    assert said(plan) == [
        (
            "python its description was edited on the server and in the catalog; apply takes the catalog's. "
            "Archived on the server; apply brings it back. Its tags were edited on the server; apply puts them back"
        ),
    ]


@given(catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect))
def test_what_somebody_has_edited_is_named(before: Catalog, after: Catalog, edit: Any, dialect: Dialect) -> None:
    """Each field that apply takes back or overwrites, so that a reviewer knows what to look for."""
    plan = plan_of(before, after, dialect, edit)

    texts = {change.address: text for change, text in attention(plan)}

    for change in plan.changes:
        for item in change.attributes:
            if item.cause is not Cause.CATALOG and item.name != "archived":
                words = re.findall(r"[Ii]ts ([^.;]*?) (?:was|were) edited on the server", texts[change.address])
                assert NAMED[item.name].word in re.split(", | and ", " and ".join(words))


@given(catalogs(), st.sampled_from(Dialect))
def test_what_a_new_entity_lacks_of_the_one_that_is_gone_is_named(made: Catalog, dialect: Dialect) -> None:
    """Every field that its document says nothing of, and no other; its earners, and its address."""
    plan = plan_of(made, made, dialect, lambda server: server.entities.clear())

    texts = {change.address: text for change, text in attention(plan)}

    assert set(texts) == set(made.entities)
    for address, entity in made.entities.items():
        lost = re.search(r"What the server had as (.*) is lost", texts[address])
        names = re.split(", | and ", lost[1]) if lost else []
        fields = {field.name for field in of_kind(address.kind, dialect)} | {"image"}
        assert sorted(names) == sorted(fields - entity.declared)
        assert "another public address" in texts[address]
        assert ("earned the old one" in texts[address]) is (address.kind is Kind.BADGE_CLASS)


# --- the order -----------------------------------------------------------------------------------------------------


def gravity(change: Change, text: str) -> int:
    """Rank a concern as a reviewer would, from the change and the words alone."""
    words = ["deleted", "archived;", "made again", "adopts it", "in the catalog", "apply "]
    if change.action is Action.ARCHIVE:
        return 1
    if "once its document is removed" in text:
        return 5
    for rank, word in enumerate(words):
        if word in text:
            return rank
    return 6 if any(word in text for word in ("criteria", "alignments", "expiry")) else 7


@given(
    catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect), st.booleans(), st.integers(0, 3)
)
def test_the_gravest_comes_first(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, destroy: bool, count: int
) -> None:
    """Deletions, archives, re-creations, adoptions, conflicts, drift, then what people hold; then issuer by issuer."""
    plan = held(plan_of(before, after, dialect, edit, destroy=destroy), count)

    found = concerns(plan)

    keys = [(gravity(change, causes[0]), change.sort_key) for change, causes in found]
    assert keys == sorted(keys)
    urgent = {change.address for change, _ in found}
    for change in plan.changes:
        is_grave = change.action in (Action.DELETE, Action.ARCHIVE, Action.ADOPT) or any(
            item.cause is not Cause.CATALOG for item in change.attributes
        )
        assert not is_grave or change.address in urgent
        assert change.action is not Action.FORGET or change.address not in urgent


@given(
    catalogs(careful=True), catalogs(careful=True), edits(), st.sampled_from(Dialect), st.booleans(), st.integers(0, 3)
)
def test_an_entity_stands_once(
    before: Catalog, after: Catalog, edit: Any, dialect: Dialect, destroy: bool, count: int
) -> None:
    """However many causes an entity has, it needs attention once, with all of them."""
    plan = held(plan_of(before, after, dialect, edit, destroy=destroy), count)

    found, causes = attention(plan), concerns(plan)

    addresses = [change.address for change, _ in found]
    assert len(set(addresses)) == len(addresses)
    assert [change.address for change, _ in causes] == addresses
    for (_, text), (_, each) in zip(found, causes, strict=True):
        assert len(set(each)) == len(each)
        assert all(cause.casefold() in text.casefold() for cause in each)


def test_the_causes_of_an_entity_stand_together() -> None:
    """An edit on the server that earners feel is one entity with two causes, the graver one first."""
    drift = Attribute("criteriaNarrative", Cause.DRIFT, "a", "b")
    change = Change(PYTHON, Action.UPDATE, attributes=(drift,), earners=Earners(2))
    plan = replace(plan_of(catalog(), catalog(), Dialect.OPEN_SOURCE), changes=(change,))

    assert said(plan) == [
        (
            "python its criteria were edited on the server; apply puts them back. "
            "2 people have earned it, and its criteria change"
        )
    ]


def test_each_concern_has_its_place() -> None:
    """From what is lost for ever to what looks different; among equals as the plan has them."""
    drift = Attribute("tags", Cause.DRIFT, [], ["a"])
    back = Attribute("archived", Cause.DRIFT, before=True, after=False)
    ranked = [
        (Action.DELETE, (), "will be deleted for good; an unknown number of people have earned it"),
        (Action.ARCHIVE, (), "will be archived"),
        (Action.CREATE, (), "will be made again"),
        (Action.ADOPT, (), "apply adopts it"),
        (
            Action.UPDATE,
            (replace(drift, cause=Cause.CONFLICT),),
            "its tags were edited on the server and in the catalog; apply takes the catalog's",
        ),
        (
            Action.UPDATE,
            (Attribute("onRemove", Cause.CATALOG, "forget", "delete"),),
            "will be deleted once its document is removed",
        ),
        (Action.UPDATE, (back,), "archived on the server; apply brings it back"),
        (Action.UPDATE, (drift,), "its tags were edited on the server; apply puts them back"),
        (
            Action.UPDATE,
            (Attribute("expires", Cause.CATALOG, None, 1),),
            "an unknown number of people have earned it, and its expiry changes",
        ),
        (Action.UPDATE, (Attribute("name", Cause.CATALOG, "a", "b"),), "2 people have earned it, and its name changes"),
    ]
    # The gravest has the last name, so that nothing stands where it does by its name.
    changes = [
        Change(
            Address(Kind.BADGE_CLASS, "zyxwvutsrq"[number]),
            action,
            text if action in (Action.CREATE, Action.ADOPT) else "",
            attributes,
            earners=Earners(2) if number == len(ranked) - 1 else None,
        )
        for number, (action, attributes, text) in enumerate(ranked)
    ]
    empty = plan_of(catalog(), catalog(), Dialect.OPEN_SOURCE)

    found = attention(replace(empty, changes=tuple(reversed(changes))))

    rank_five = [text for _, _, text in ranked[5:8]]
    texts = [text.partition(". The new one has")[0] for _, text in found]
    assert texts[:5] + texts[8:] == [text for _, _, text in [*ranked[:5], *ranked[8:]]]
    assert texts[5:8] == rank_five[::-1]


def test_a_first_creation_is_no_matter_for_attention() -> None:
    """Only what is made again has a reason."""
    assert said(plan_of(catalog(), catalog(issuer(), badge_class()), Dialect.OPEN_SOURCE)) == []


# --- brakes --------------------------------------------------------------------------------------------------------


def many(number: int, *, removed: int = 0, updated: int = 0) -> Plan:
    """Return a plan for a catalog of so many badge classes and one issuer."""
    life = Lifecycle(on_remove=OnRemove.DELETE)
    before = [badge_class(f"b{n:03}", lifecycle=life) for n in range(number)]
    after = [
        badge_class(f"b{n:03}", lifecycle=life, **({"description": "New."} if n < removed + updated else {}))
        for n in range(removed, number)
    ]
    return plan_of(catalog(issuer(), *before), catalog(issuer(), *after), Dialect.OPEN_SOURCE)


@pytest.mark.parametrize(
    ("limit", "managed", "allowed"),
    [
        (Limit(10, percent=True), 100, 10),
        (Limit(10, percent=True), 99, 9),
        (Limit(10, percent=True), 19, 1),
        (Limit(10, percent=True), SMALL_CATALOG, 1),
        (Limit(10, percent=True), SMALL_CATALOG - 1, None),
        (Limit(0, percent=True), 50, 0),
        (Limit(3, percent=False), 2, 3),
        (Limit(0, percent=False), 2, 0),
    ],
)
def test_a_limit_is_a_number_or_a_share(limit: Limit, managed: int, allowed: int | None) -> None:
    """Per cent of a handful of entities would forbid everything; an absolute number always holds."""
    assert limit.allowed(managed) == allowed


def test_a_limit_is_written_as_in_the_settings() -> None:
    """With a per cent sign, or without."""
    assert [str(Limit(7, percent=True)), str(Limit(7, percent=False))] == ["7%", "7"]


def test_nothing_is_let_pass_that_no_flag_allows() -> None:
    """A limit of nothing stops a single deletion, a single archiving and a single update."""
    none = Limits(delete=Limit(0, percent=False), update=Limit(0, percent=False))
    archive = Lifecycle(on_remove=OnRemove.ARCHIVE)
    archived = plan_of(catalog(issuer(), badge_class(lifecycle=archive)), catalog(issuer()), Dialect.HOSTED)

    for plan, flag in (
        (many(1, removed=1), "\n  --allow deletes=1"),
        (archived, "\n  --allow deletes=1"),
        (many(1, updated=1), "\n  --allow updates=1"),
    ):
        (message,) = brakes(plan, none)
        assert message.endswith(flag)


def test_what_only_the_state_sees_is_no_update() -> None:
    """Protecting everything at once harms nobody."""
    before, after = (
        catalog(issuer(), *(badge_class(f"b{n}", lifecycle=Lifecycle(protect=protect)) for n in range(12)))
        for protect in (False, True)
    )

    assert brakes(plan_of(before, after, Dialect.OPEN_SOURCE), Limits()) == []


def test_too_many_deletions_stop_an_apply() -> None:
    """The message has the numbers and the flag, and the flag names a number, not "all"."""
    plan = many(19, removed=3)

    (message,) = brakes(plan, Limits())

    assert "3 of 20 entities would be deleted, archived or forgotten; the limit is 10%" in message
    assert message.endswith("\n  --allow deletes=3")
    assert brakes(plan, Limits(), Allowances.of("deletes=3")) == []
    assert brakes(plan, Limits(), Allowances.of("deletes=2", "updates=3")) != []
    assert brakes(many(19, removed=2), Limits()) == []


@given(
    st.lists(st.sampled_from(OnRemove), min_size=10, max_size=25),
    st.sampled_from(Dialect),
    st.integers(0, 100),
    st.integers(0, 30),
    st.data(),
)
def test_what_is_lost_counts_however_it_is_lost(
    ways: list[OnRemove], dialect: Dialect, limit: int, allowed: int, data: st.DataObject
) -> None:
    """Deleting, archiving and forgetting together, also of what is gone from the server: no way around the limit."""
    before = [badge_class(f"b{n:03}", lifecycle=Lifecycle(on_remove=way)) for n, way in enumerate(ways)]
    going = data.draw(st.sets(st.sampled_from(range(len(ways)))))
    gone = data.draw(st.sets(st.sampled_from(range(len(ways)))))

    def lose(server: Server) -> None:
        for number in [
            number for number, item in server.entities.items() if item["name"] in {f"B{n:03}" for n in gone}
        ]:
            del server.entities[number]

    after = [item for number, item in enumerate(before) if number not in going]
    plan = plan_of(catalog(issuer(), *before), catalog(issuer(), *after), dialect, lose)

    lost = sum(change.action in REMOVALS for change in plan.changes)
    stopped = brakes(plan, Limits(delete=Limit(limit, percent=True)), Allowances.of(f"deletes={allowed}"))
    is_too_much = lost > max((len(ways) + 1) * limit // 100, allowed)
    assert any("deleted, archived or forgotten" in message for message in stopped) == is_too_much
    if dialect is Dialect.HOSTED:
        assert lost == len(going)


def test_too_many_updates_stop_an_apply() -> None:
    """A template gone wrong changes everything at once."""
    plan = many(19, updated=11)

    (message,) = brakes(plan, Limits())

    assert "11 of 20 entities would be updated; the limit is 50%" in message
    assert brakes(plan, Limits(), Allowances.of("updates=11")) == []
    assert brakes(plan, Limits(update=Limit(11, percent=False))) == []


def test_an_empty_server_is_probably_the_wrong_one() -> None:
    """Nothing recorded is there: that is another account far more often than a catastrophe."""
    made = catalog(issuer(), badge_class())
    plan = plan_of(made, made, Dialect.OPEN_SOURCE, lambda server: server.entities.clear())

    (message,) = brakes(plan, Limits())

    assert "another account" in message
    assert "badgeops state rm --all" in message


@pytest.mark.parametrize("before", [catalog(issuer(), badge_class()), catalog()])
def test_creating_and_changing_as_many_as_there_are_is_fine(before: Catalog) -> None:
    """Only what is made again, and all of it, looks like the wrong account."""
    after = catalog(issuer(description="New."), badge_class(description="New."), badge_class("c"), badge_class("d"))
    plan = replace(plan_of(before, after, Dialect.OPEN_SOURCE), managed=2 if before.entities else 4)

    assert brakes(plan, Limits()) == []


@given(st.integers(1, 25), st.data(), st.integers(0, 30), st.integers(0, 30))
def test_several_that_are_gone_stop_an_apply(count: int, data: st.DataObject, limit: int, allowed: int) -> None:
    """They may only be hidden, or another server answers; one alone is made again. All at once are never allowed."""
    gone = data.draw(st.integers(0, count + 1))
    made = catalog(issuer(), *(badge_class(f"b{n}") for n in range(count)))

    def edit(server: Server) -> None:
        for number in list(reversed(server.entities))[:gone]:
            del server.entities[number]

    plan = plan_of(made, made, Dialect.OPEN_SOURCE, edit)
    limits = Limits(recreate=Limit(limit, percent=False))
    usual, own = brakes(plan, Limits()), brakes(plan, limits, Allowances.of(f"recreates={allowed}"))

    if gone == count + 1:
        assert "None of the" in usual[0]
        assert usual == own
    else:
        assert bool(usual) == (gone > 1)
        assert bool(own) == (gone > max(limit, allowed))
        for message in (*usual, *own):
            assert f"{gone} of {count + 1} entities would be created again, because they are gone from" in message
            assert message.endswith(f"\n  --allow recreates={gone}")


def test_one_vanished_entity_is_no_catastrophe() -> None:
    """It is made again; so is the only one there was."""
    made = catalog(issuer())

    assert brakes(plan_of(made, made, Dialect.OPEN_SOURCE, lambda server: server.entities.clear()), Limits()) == []
