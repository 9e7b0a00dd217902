"""What became of an apply, as text."""

from __future__ import annotations

import pytest
from support.simulated import Server, new_state
from support.strategies import badge_class, catalog, issuer
from support.terminals import needlessly_wide

from badgeops.applying.result import Cause, Outcome, Result, Status
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model.dialect import Dialect
from badgeops.planning.plan import Change
from badgeops.render.plain import printable
from badgeops.render.text.result_text import render


def changes() -> list[Change]:
    """Return the changes of a first plan: an issuer and two badge classes."""
    made = catalog(issuer(), badge_class(), badge_class("rust"))
    return list(Server(Dialect.OPEN_SOURCE).plan(made, new_state()).changes)


def shown(*outcomes: Outcome, interrupted: bool = False) -> str:
    """Return the report of a result."""
    return render(
        Result(tuple(outcomes), 44, interrupted=interrupted), total=len(outcomes), next_command="badgeops apply"
    )


def test_success_is_one_line() -> None:
    """What was done, and where it is recorded."""
    text = shown(*(Outcome(change, Status.DONE) for change in changes()))

    assert text == "Done: 3 created. The state is saved (serial 44).\n"


def test_a_failure_comes_first_with_its_place() -> None:
    """Who failed and why, at the line to mend; who was skipped for it; the count; the command to go on."""
    first, second, third = changes()
    source = Source("badges/rust-basics.yaml", 9, 7)
    detail = Diagnostic(Severity.ERROR, "refused-by-server", "criteriaUrl: Enter a valid URL.", source=source)
    text = shown(
        Outcome(first, Status.DONE),
        Outcome(second, Status.FAILED, "the server refused it (HTTP 400)", "Mend it:\n  make mend", (detail,)),
        Outcome(third, Status.SKIPPED, "issuer.academy was not created"),
    )

    assert text == (
        "badge_class.python: the server refused it (HTTP 400)\n"
        "  badges/rust-basics.yaml:9:7: criteriaUrl: Enter a valid URL.\n"
        "  Mend it:\n"
        "    make mend\n"
        "badge_class.rust: skipped: issuer.academy was not created\n\n"
        "Done: 1 of 3. 1 change failed, 1 skipped.\n"
        "The state is saved (serial 44), and nothing will be done twice.\n"
        "When you have fixed the cause, run\n\n"
        "  badgeops apply\n"
    )


def test_an_interruption_has_no_cause_to_mend() -> None:
    """The next run goes on where this one stopped."""
    first, second, _ = changes()
    text = shown(Outcome(first, Status.DONE), Outcome(second, Status.SKIPPED, "interrupted"), interrupted=True)

    assert "Done: 1 of 2. 1 skipped (interrupted).\n" in text
    assert "To go on, run\n" in text


def test_an_interruption_after_the_last_change_is_no_success() -> None:
    """Everything was done, and the exit status says 130."""
    text = shown(Outcome(changes()[0], Status.DONE), interrupted=True)

    assert text.startswith("Done: 1 of 1. It was interrupted.\n")


def test_what_the_server_made_of_it_is_noted() -> None:
    """Done, but not quite as it was asked."""
    text = shown(Outcome(changes()[0], Status.DONE, warnings=("the server did not take name as it was sent",)))

    assert text == (
        "issuer.academy: note: the server did not take name as it was sent\n"
        "\n"
        "Done: 1 created. The state is saved (serial 44).\n"
    )


def test_long_messages_are_wrapped() -> None:
    """Below the address, so that the message stays in one piece where it can."""
    message = "Somebody edited it on the server after the plan was made: description."
    text = shown(Outcome(changes()[1], Status.FAILED, message, "Nothing was sent. " * 8))

    assert text.startswith(f"badge_class.python:\n  {message}\n  Nothing was sent.")
    assert all(len(line) <= 80 for line in text.split("\n"))


def test_words_of_the_server_are_made_safe() -> None:
    """Its messages are printed as it sent them, but for what acts on a terminal."""
    bad = "\x1b[2J\u202e"
    detail = Diagnostic(Severity.ERROR, "refused-by-server", bad, source=Source(f"{bad}.yaml"))
    text = shown(Outcome(changes()[0], Status.FAILED, bad, bad, (detail,)), Outcome(changes()[1], Status.SKIPPED, bad))

    assert all(printable(line) == line for line in text.split("\n"))


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("status", [Status.FAILED, Status.REFUSED, Status.SKIPPED, Status.DONE])
@pytest.mark.parametrize("advice", ["", "For the refused changes, make a new plan and have it reviewed by somebody:"])
def test_a_report_fits_the_terminal(width: int, status: Status, advice: str) -> None:
    """Whatever failed and whatever is said of it: only commands stay whole."""
    text = "it was not to be, for more than one reason, and each of them takes several words to say " * 2
    detail = Diagnostic(Severity.ERROR, "refused-by-server", text, source=Source("badges/rust.yaml", 9, 7))
    hint = f"{text}\n  badgeops plan --save-plan a-rather-long-name-of-a-plan-that-was-reviewed.json"
    first, *others = changes()
    outcomes = (
        Outcome(first, status, text, hint, (detail,), warnings=(text,)),
        *(Outcome(change, Status.DONE) for change in others),
    )
    cause = Cause(first.address, text, text, (text,))

    said = render(
        Result(outcomes, 44, causes=(cause,)), total=3, next_command="badgeops apply " * 9, advice=advice, width=width
    )

    assert needlessly_wide(said.split("\n"), width) == []
