"""Trials: the promises of badgeops under crashes, faults, races, lies and bad input, thousands of times over.

A suite is a module with two functions, and every trial of it can be repeated from its name alone:

    names(seeds: int) -> list[str]     so many trials, and at least one of each kind that the suite has
    run(name: str) -> int              carry one out; the number of things tried in it (kills, runs), or a set with a
                                       digest of each, where two trials may try the same (inputs)

`run` raises AssertionError, with the whole story, if a promise was broken.

    make test                                     10 seeds of each suite
    make test-long                                30 seeds of each, which begin with those 10
    make trials                                   1000 seeds of each; the figures go to docs/reliability.md
    make trials faults SEEDS=5000                 one suite, for as long as you like
    python -m trials faults --only seed-17        one trial, as a failure names it (with PYTHONPATH=tests)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


def how_to_repeat(suite: str, name: str) -> str:
    """Return the command that carries out one trial again."""
    return f"PYTHONPATH=tests python -m trials {suite} --only {name}"


@contextmanager
def repeatable(suite: str, name: str) -> Iterator[None]:
    """Add to whatever a trial fails with which trial it was, and how to repeat it."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"FAILED {suite} {name}\n  repeat: {how_to_repeat(suite, name)}")
        raise
