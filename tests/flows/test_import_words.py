"""What `import` says of a server that keeps an expiry in days, or does not show a field at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.api import Api
from support.liar import Lie, Said, lying
from support.programme import CREDENTIALS, ISSUER, Finished, Programme, badge_class

from badgeops.sandbox import Sandbox, SandboxOptions

Show = Callable[[dict[str, Any]], dict[str, Any]]


def showing_days(days: object) -> Show:
    """Show badge classes as openbadges.education does: `expiration`, in days, and no `expires`."""
    return lambda item: {name: value for name, value in item.items() if name != "expires"} | {"expiration": days}


def without(name: str) -> Show:
    """Show badge classes without a member."""
    return lambda item: {key: value for key, value in item.items() if key != name}


def as_shown(show: Show) -> Callable[[Said], Lie | None]:
    """Answer about badge classes in another form, and ignore what is sent."""

    def after(said: Said) -> Lie | None:
        if "/badgeclasses" not in said.path or not said.result:
            return None
        envelope = {"status": {"success": True}, "result": [show(item) for item in said.result]}
        return Lie(said.status, json.dumps(envelope).encode())

    return after


def imported(folder: Path, show: Show, **fields: str) -> tuple[Finished, Finished, Finished, list[Finished]]:
    """Import a badge class that a colleague made, apply, and plan twice: import, first plan, apply, later plans."""
    made = Programme(folder / "catalog", dict(CREDENTIALS))
    made.image()
    made.write("issuer.yaml", ISSUER)
    made.write("one.yaml", badge_class("one"))
    with Sandbox(SandboxOptions(data=folder / "server")) as server, lying(server.url, after=as_shown(show)) as liar:
        made.settings(liar.url)
        assert made.apply().status == 0
        entity_id = Api(server.url).named("One")["entityId"]
        assert made.run("state rm", "badge_class.one").status == 0
        made.write("one.yaml", badge_class("one", **fields))
        done = made.run("import", "badge_class.one", entity_id)
        assert done.status == 0, done.err
        plan = made.run("plan")
        return done, plan, made.apply(), [made.run("plan"), made.run("plan")]


def test_an_expiry_in_days_is_said_in_days(tmp_path: Path) -> None:
    """Import and plan say what the server has; after an apply that it ignores, every plan says so."""
    done, plan, _, later = imported(tmp_path, showing_days(30), expires="{amount: 2, duration: years}")

    assert "30 days → 2 years" in done.out
    assert "keeps expires as expiration, in days" in " ".join(done.out.split())
    assert "30 days → 2 years" in plan.out
    assert "never" not in done.out + plan.out
    for each in later:
        assert "did not store expires as it was sent" in each.told
        assert '{"amount": 30, "duration": "days"}' in each.told


def test_an_expiry_that_is_the_same_in_days_is_no_change(tmp_path: Path) -> None:
    """A document that says the same in days is settled."""
    done, plan, _, later = imported(tmp_path, showing_days(30), expires="{amount: 30, duration: days}")

    assert "The server matches the catalog." in done.out
    assert all("No changes" in each.out for each in (plan, *later))
    assert all("stored" not in each.err for each in later)


def test_no_days_are_never(tmp_path: Path) -> None:
    """Null days are an expiry that the badge class does not have, so "never" is true."""
    done, *_ = imported(tmp_path, showing_days(None), expires="{amount: 2, duration: years}")

    assert "never → 2 years" in done.out


@pytest.mark.parametrize("days", ["30", 1.5, True, [30], {"amount": 30}])
def test_days_that_are_no_number_say_nothing(tmp_path: Path, days: object) -> None:
    """Another service may use the word for something else."""
    done, *_ = imported(tmp_path, showing_days(days), expires="{amount: 2, duration: years}")

    assert "have no expires" in " ".join(done.out.split())
    assert " days" not in done.out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expires", "{amount: 2, duration: years}"),
        ("tags", "[a]"),
        ("criteriaUrl", "https://a.example/x"),
        ("alignments", "[{targetName: A, targetUrl: https://a.example/y}]"),
    ],
)
def test_a_field_that_the_server_does_not_show_is_not_said_to_be_empty(tmp_path: Path, name: str, value: str) -> None:
    """Whatever field it is: what nobody can see is not known to be empty."""
    done, *_ = imported(tmp_path, without(name), **{name: value})

    assert f"The answers of this server have no {name}" in " ".join(done.out.split())


def test_what_the_document_does_not_say_is_not_spoken_of(tmp_path: Path) -> None:
    """A form that matters to nobody makes no words."""
    done, *_ = imported(tmp_path, showing_days(30))

    assert "expiration" not in done.out
    assert "left as they are: expires" in " ".join(done.out.split())
