"""How many requests each command sends, exactly: they are what a run costs on a real server, and they must not grow.

Times depend on the machine and are only reported (docs/performance.md); these numbers do not, and are asserted.
"""

from __future__ import annotations

from collections import Counter

import pytest
from support.programme import Programme, badge_class

from badgeops.api import client as client_module
from badgeops.sandbox import Sandbox

BADGE_CLASSES = 5
PAGE = 2
LISTS = 1 + 3
"""The issuers, and the pages of badge classes: five of them by two."""


@pytest.fixture
def images(dialect: str) -> int:
    """Give the number of images that a plan looks at: each one on a server whose addresses stay the same."""
    return BADGE_CLASSES if dialect == "hosted" else 0


@pytest.fixture
def applied(programme: Programme, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Programme:
    """Give the programme with five badge classes, all of them on the server."""
    monkeypatch.setattr(client_module, "PAGE", PAGE)
    for number in range(3, BADGE_CLASSES + 1):
        programme.write(f"{number}.yaml", badge_class(f"number-{number}"))
    assert programme.apply().status == 0
    server.clear_requests()
    return programme


def sent(server: Sandbox) -> Counter[str]:
    """Return the number of requests of each method since the last time, logging in left out."""
    found = Counter(record.method for record in server.requests if not record.path.startswith("/o/"))
    server.clear_requests()
    return found


def test_validate_sends_nothing(applied: Programme, server: Sandbox) -> None:
    """It works offline."""
    assert applied.run("validate").status == 0

    assert not server.requests


def test_a_plan_without_changes_reads_the_lists(applied: Programme, server: Sandbox, images: int) -> None:
    """One request for the issuers and one for each page, and none for an entity; one log-in."""
    assert applied.run("plan", "--detailed-exitcode").status == 0

    assert sum(record.path.startswith("/o/") for record in server.requests) == 1
    assert sent(server) == {"GET": LISTS + images}


def test_a_changed_badge_class_costs_a_plan_one_request(applied: Programme, server: Sandbox, images: int) -> None:
    """How many people have earned it is asked of the changed one alone."""
    applied.write("one.yaml", badge_class("one", tags="[first, third]"))

    assert applied.run("plan", "--detailed-exitcode").status == 2

    assert sent(server) == {"GET": LISTS + images + 1}


def test_applying_one_change_costs_two_requests_more_than_its_plan(
    applied: Programme, server: Sandbox, images: int
) -> None:
    """The check that it still is what was planned against, with its image if need be, and the PUT."""
    applied.write("one.yaml", badge_class("one", tags="[first, third]"))

    assert applied.apply().status == 0

    assert sent(server) == {"GET": LISTS + images + 1 + 1 + bool(images), "PUT": 1}


def test_a_new_badge_class_costs_one_request_more_than_the_lists(
    applied: Programme, server: Sandbox, images: int
) -> None:
    """There is nothing to be checked and nobody to be counted: a plan reads the lists, an apply adds the POST."""
    applied.write("new.yaml", badge_class("new"))

    assert applied.run("plan", "--detailed-exitcode").status == 2
    assert sent(server) == {"GET": LISTS + images}

    assert applied.apply().status == 0
    assert sent(server) == {"GET": LISTS + images + bool(images), "POST": 1}


def test_an_apply_without_changes_reads_the_lists(applied: Programme, server: Sandbox, images: int) -> None:
    """Nothing is written where nothing is to do."""
    assert applied.apply().status == 0

    assert sent(server) == {"GET": LISTS + images}


def test_looking_at_the_state_sends_nothing(applied: Programme, server: Sandbox) -> None:
    """What is recorded is in a file."""
    assert applied.run("state list").status == 0

    assert not server.requests
