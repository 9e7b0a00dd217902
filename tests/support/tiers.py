"""How much a run of the tests tries. This is a plugin of pytest, which `tests/conftest.py` loads.

    quick   no flows, trials, browser or scripts of the action, and fewer examples: while you write
    test    every law, with a few cases of each costly one: before you push, and what pytest does by itself
    long    every case, more examples, and thirty seeds of each trial: what a build server adds

`--tier long --beyond test` adds to a run of the second tier what the third has more: its own cases, and other examples
of every property.

A test is in all three unless it says with which it begins: `@pytest.mark.tier("test")` keeps it out of the quick one,
and `few` keeps all but the first cases of a law for the long one. What a tier leaves out is deselected, not skipped:
a skip says that a computer cannot do something.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

TIERS = ("quick", "test", "long")
COSTLY = ("flows", "trials")
"""Folders that begin with the second tier; the first does not even read them."""
_USUAL = 100
"""So many examples of a property are tried unless its test says otherwise."""
_PER_CENT = {"quick": 30, "test": 100, "long": 200}
"""… and so many of these in each tier."""
_CASE = type(pytest.param())
_SEED = "hypothesis_seed"
"""Where the command line keeps from which number hypothesis makes its examples."""


def few(cases: Iterable[Any], first: int = 2) -> list[Any]:
    """Return cases for `parametrize`, or for the `params` of a fixture, of which only the first are in every tier.

    It is for cases that repeat one law; a case that is a law of its own belongs into every tier. Where a test takes
    several arguments, write its cases with `pytest.param`.
    """
    given = [case if isinstance(case, _CASE) else pytest.param(case) for case in cases]
    later = pytest.mark.tier("long")
    return given[:first] + [
        pytest.param(*case.values, id=case.id, marks=[*case.marks, later]) for case in given[first:]
    ]


one_dialect = pytest.mark.parametrize("dialect", few(["open-source", "hosted"], first=1), indirect=True)
"""For a test in both dialects, by the fixture `dialect`, whose law has nothing to do with them."""


def examples(count: int = _USUAL, **more: Any) -> settings:
    """Ask for so many examples of a property in the second tier: fewer in the first one, more in the long one."""
    return settings(max_examples=max(1, count * settings().max_examples // _USUAL), **more)


def begins_with(item: pytest.Item) -> str:
    """Return the first tier that has a test."""
    named = [mark.args[0] for mark in item.iter_markers("tier")]
    return max(named, key=TIERS.index, default=TIERS[0])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line choose."""
    parser.addoption("--tier", choices=TIERS, default="test", help="how much to try: quick, test (the default) or long")
    parser.addoption("--beyond", choices=TIERS, help="leave out the cases and examples of this tier")
    parser.addoption(
        "--explore", type=int, metavar="N", help="try N times as many examples of each property, others in each run"
    )


@pytest.hookimpl(tryfirst=True)  # the plugin of hypothesis reads the seed in this hook, too
def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples there are before any test is read."""
    tier, beyond, explore = (config.getoption(name) for name in ("--tier", "--beyond", "--explore"))
    count = _USUAL * explore if explore else _USUAL * (_PER_CENT[tier] - _PER_CENT.get(beyond, 0)) // 100
    if beyond and config.getoption(_SEED) is None:
        setattr(config.option, _SEED, "1")
    # By itself a property is tried with the same examples in each run, however many there are.
    settings.register_profile("chosen", deadline=None, derandomize=not (explore or beyond), max_examples=count)
    settings.load_profile("chosen")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave whole folders unread."""
    return True if config.getoption("--tier") == "quick" and collection_path.name in COSTLY else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what begins with a later tier, or with one that was run before."""
    last, beyond = TIERS.index(config.getoption("--tier")), config.getoption("--beyond")
    first = TIERS.index(beyond) + 1 if beyond else 0

    def has_more(item: pytest.Item) -> bool:
        return _is_property(item) or TIERS.index(begins_with(item)) >= first

    others = [item for item in items if TIERS.index(begins_with(item)) > last or not has_more(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        left_out = set(others)
        items[:] = [item for item in items if item not in left_out]


def _is_property(item: pytest.Item) -> bool:
    """Tell whether a test is tried with examples, of which there are always more."""
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))
