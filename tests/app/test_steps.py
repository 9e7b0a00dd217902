"""The steps of commands, run as a program would: a request, a reporter, no Click and no terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.programme import Programme
from support.reporter import Recorder
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog as made_of, issuer

from badgeops.app.carry_out import refuse_if_blocked
from badgeops.app.destroy import DestroyRequest, destroy
from badgeops.app.edit_state import ForgetRequest, MoveRequest, ShowRequest, find, forget, move, read_state
from badgeops.app.requests import Request, ServerRequest
from badgeops.app.reviewed_apply import ApplyRequest, apply
from badgeops.app.show_plan import PlanRequest, plan
from badgeops.app.workspace import check
from badgeops.errors import PlanError, StateError
from badgeops.model.address import Address
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.lifecycle import Lifecycle, OnRemove
from badgeops.model.limits import Limit, Limits
from badgeops.planning.planner import Options
from badgeops.planning.risk import brakes

SQL, PYTHON = Address.parse("badge_class.sql"), Address.parse("badge_class.python")


@pytest.fixture
def catalog(tmp_path: Path) -> str:
    """Write a catalog for the embedded sandbox."""
    made = Programme(tmp_path / "catalog")
    made.embedded()
    return str(made.root)


def test_a_catalog_lives_from_plan_to_destroy(catalog: str) -> None:
    """Each step says what it does to whoever runs it, and asks where it must."""
    reporter = Recorder("yes", "yes")

    assert not plan(PlanRequest(catalog=catalog), reporter).plan.is_empty
    assert apply(ApplyRequest(catalog=catalog), reporter) == 0
    assert plan(PlanRequest(catalog=catalog), reporter).plan.is_empty
    assert destroy(DestroyRequest(catalog=catalog), reporter) == 0

    assert [question.partition("?")[0] for question in reporter.questions] == [
        "Carry out this plan",
        "Delete these 2 entities from sandbox",
    ]
    assert "Done: 2 created." in "".join(reporter.results)
    assert reporter.errors == []


def test_nothing_is_sent_before_the_answer(catalog: str) -> None:
    """A plan that was not confirmed leaves the server and the state alone."""
    with pytest.raises(PlanError):
        apply(ApplyRequest(catalog=catalog), Recorder("no"))

    assert read_state(Request(catalog=catalog), Recorder()).resources == {}


def test_a_state_is_corrected_by_hand(catalog: str) -> None:
    """A rename keeps the entity; one that is let go of is not there any more."""
    reporter = Recorder()
    apply(ApplyRequest(catalog=catalog, auto_approve=True), reporter)
    before = find(read_state(ShowRequest(catalog=catalog, address=SQL), reporter), SQL)

    move(MoveRequest(catalog=catalog, before=SQL, after=PYTHON), reporter)
    moved = find(read_state(Request(catalog=catalog), reporter), PYTHON)
    forget(ForgetRequest(catalog=catalog, address=(PYTHON,)), reporter)

    assert moved.entity_id == before.entity_id
    with pytest.raises(StateError, match=f"has no {PYTHON}"):
        find(read_state(Request(catalog=catalog), reporter), PYTHON)


def test_the_command_that_carries_a_plan_out_takes_the_same_options() -> None:
    """What was allowed to the plan is repeated, except if the saved plan holds it; it holds no limits."""
    allow = Allowances.of("protected=badge_class.sql", "duplicate-name", "deletes=2")
    request = PlanRequest(catalog="my badges", environment="test", allow_http=True, allow=allow)
    saved = PlanRequest(allow=allow, save_plan="my plan.json")

    assert request.apply_command() == (
        "badgeops apply 'my badges' --env test --allow-http --allow deletes=2 --allow duplicate-name "
        "--allow protected=badge_class.sql"
    )
    assert saved.apply_command() == "badgeops apply --plan='my plan.json' --allow deletes=2"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("plan", "badgeops plan here --env test"),
        ("state list", "badgeops state list --catalog here --env test"),
        ("import badge_class.sql abc", "badgeops import badge_class.sql abc --catalog here --env test"),
    ],
)
def test_a_suggested_command_finds_the_same_catalog(name: str, command: str) -> None:
    """Commands that have other arguments take the folder as an option."""
    assert Request(catalog="here", environment="test").next_command(name) == command
    assert Request().next_command(name) == f"badgeops {name}"


@pytest.mark.parametrize(("name", "talks"), [("plan", True), ("login", True), ("state list", False), ("fmt", False)])
def test_a_suggested_command_goes_the_same_way(name: str, talks: bool) -> None:
    """A server without encryption is asked by every command that asks a server, and the others take no such option."""
    given = ServerRequest(allow_http=True)

    assert given.next_command(name) == f"badgeops {name}{' --allow-http' if talks else ''}"


@pytest.mark.parametrize("request_class", [ApplyRequest, DestroyRequest])
def test_what_was_allowed_is_allowed_again(request_class: type[ApplyRequest | DestroyRequest]) -> None:
    """A run that was interrupted goes on with the command that its message shows, and does not stop at the limit."""
    given = request_class(allow=Allowances.of("updates=12", "protected=badge_class.sql"))

    assert given.given_again == ["--allow protected=badge_class.sql", "--allow updates=12"]
    assert Request().given_again == []


def test_a_check_says_all_and_raises_nothing(catalog: str) -> None:
    """What is wrong is the result."""
    (Path(catalog) / "wrong.yaml").write_text("kind: Image\nkey: one\n", "utf-8")

    assert "missing-field" in [item.code for item in check(Request(catalog=catalog), Recorder())]


def test_all_flags_that_an_apply_needs_stand_in_one_line() -> None:
    """Whoever means all of it copies one line; a single flag stands where its reason is, and is not repeated."""
    protected = Lifecycle(protect=True, on_remove=OnRemove.DELETE)
    made = made_of(issuer(lifecycle=protected), badge_class(lifecycle=protected))
    server = Server(Dialect.OPEN_SOURCE)
    state = server.apply(server.plan(made, new_state()), new_state())
    plan = server.plan(made_of(), state, Options(Allowances.of("deletes=2")))

    with pytest.raises(PlanError) as stopped:
        refuse_if_blocked(plan, brakes(plan, Limits(delete=Limit(0, percent=False))), "And more.")
    with pytest.raises(PlanError) as once:
        refuse_if_blocked(replace(plan, problems=plan.problems[:1]), [])

    assert stopped.value.hint.endswith(
        "And more. If you mean all of it, add:\n"
        "  --allow deletes=2 --allow protected=badge_class.python --allow protected=issuer.academy"
    )
    assert once.value.hint == "Each error says what to do."
