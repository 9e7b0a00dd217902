"""What every backend promises, whatever it stores states in."""

from __future__ import annotations

import ast
import inspect
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, strategies as st
from support.places import ROOT
from support.tiers import examples

from badgeops.app import workspace
from badgeops.errors import StateError, StateLockedError
from badgeops.state import backends
from badgeops.state.backends.interface import Backend, LockInfo, Stored

Opened = Callable[[], Backend]


def classes() -> list[tuple[str, str]]:
    """Return every backend of the product: its module and its class."""
    paths = sorted(Path(backends.__path__[0]).glob("*.py"))
    found = [(path.stem, node) for path in paths for node in ast.parse(path.read_text("utf-8")).body]
    return [
        (module, node.name)
        for module, node in found
        if isinstance(node, ast.ClassDef) and node.name.endswith("Backend") and module != "interface"
    ]


each_backend = pytest.mark.parametrize(("module", "name"), classes())


@each_backend
def test_every_backend_is_held_to_the_contract(module: str, name: str) -> None:
    """A new one is among those that `opened` gives, and so is tried with all that stands below."""
    fixtures = (Path(__file__).parent / "conftest.py").read_text("utf-8")

    assert f"{name}(" in fixtures, f"add {module}.{name} to the fixture `opened` in {Path(__file__).parent}/conftest.py"


@each_backend
def test_every_backend_can_be_chosen(module: str, name: str) -> None:
    """A new one is known where settings become a workspace."""
    assert re.search(rf"\b{name}\b", inspect.getsource(workspace)), f"no setting leads to {module}.{name}"


@each_backend
def test_the_reference_names_every_backend(module: str, name: str) -> None:
    """Who writes settings finds in the row of `state` where states can live."""
    reference = (ROOT / "docs" / "catalog-reference.md").read_text("utf-8")
    row = re.search(r"^\| `state` \|.*", reference, re.MULTILINE)

    assert row is not None
    assert module in row[0].lower(), f"the row of `state` in docs/catalog-reference.md does not speak of {name}"


def test_there_is_nothing_at_first(backend: Backend) -> None:
    """No state is no error, and reading makes none."""
    assert backend.read() == Stored(None, "")
    assert backend.read() == Stored(None, "")


def test_it_has_a_name(backend: Backend) -> None:
    """Messages say which state they are about."""
    assert backend.name


def test_a_state_is_replaced_as_a_whole(backend: Backend, opened: Opened) -> None:
    """Whoever opens it next sees the last one, and nothing of those before."""
    backend.write("a longer state\n")
    backend.write("short\n")

    assert opened().read() == Stored("short\n", "")


def test_a_journal_grows(backend: Backend, opened: Opened) -> None:
    """Lines come back in the order in which they were appended, also before there is a state."""
    backend.append("one\ntwo\n")
    opened().append("drei: ü🦀\n")

    assert opened().read() == Stored(None, "one\ntwo\ndrei: ü🦀\n")


def test_writing_drops_the_journal(backend: Backend) -> None:
    """What it told is in the state."""
    backend.write("before")
    backend.append("line\n")
    backend.write("after")

    assert backend.read() == Stored("after", "")


def test_a_journal_can_be_dropped(backend: Backend) -> None:
    """The state stays; dropping it twice, or without one, is no error."""
    backend.drop_journal()
    backend.write("state")
    backend.append("line\n")
    for _ in range(2):
        backend.drop_journal()

    assert backend.read() == Stored("state", "")


@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=st.text(), lines=st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]))))
def test_every_text_is_kept_as_it_is(opened: Opened, state: str, lines: list[str]) -> None:
    """Line ends of other systems, rare characters: the same text comes back."""
    journal = "".join(f"{line}\n" for line in lines)
    backend = opened()
    backend.write(state)
    backend.append(journal)

    assert opened().read() == Stored(state, journal)


def test_only_one_holds_the_lock(opened: Opened, info: LockInfo) -> None:
    """The second one is told who holds it, since when, where and what for."""
    with opened().lock(info, 0), pytest.raises(StateLockedError) as caught, opened().lock(info, 0):
        pass

    for words in ("apply by ada@laptop, process 7", "in /work/catalog", "since 2026-01-02 03:04:05 UTC"):
        assert words in caught.value.message
    assert isinstance(caught.value, StateError)


def test_the_lock_is_free_afterwards(opened: Opened, info: LockInfo) -> None:
    """Also when what was done under it failed."""
    with pytest.raises(ZeroDivisionError), opened().lock(info, 0):
        raise ZeroDivisionError
    with opened().lock(info, 0):
        pass
    with opened().lock(info, 0):
        pass


def test_reading_needs_no_lock(opened: Opened, info: LockInfo) -> None:
    """A plan works beside an apply, and the apply goes on."""
    opened().write("state")
    with opened().lock(info, 0):
        assert opened().read().state == "state"
        opened().append("line\n")
        assert opened().read().journal == "line\n"


def test_a_timeout_waits_for_the_owner(opened: Opened, info: LockInfo) -> None:
    """Whoever is willing to wait gets the lock as soon as it is free."""
    holding, release, got = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with opened().lock(info, 0):
            holding.set()
            release.wait(30)

    def wait() -> None:
        with opened().lock(info, 30):
            got.set()

    owner, waiter = threading.Thread(target=hold), threading.Thread(target=wait)
    owner.start()
    assert holding.wait(30)
    waiter.start()
    assert not got.is_set()
    release.set()
    waiter.join(30)
    owner.join(30)

    assert got.is_set()
