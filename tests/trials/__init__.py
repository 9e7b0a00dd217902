"""Trials: the promises of badgeops under crashes, faults, races and bad input, thousands of times over.

A suite is a module with two functions, and every trial of it can be repeated from its name alone:

    names(long: bool) -> list[str]     which trials there are: the short form for CI, the long one for `make trials`
    run(name: str) -> int              carry one out; the number of things tried in it (kills, runs), or a set with a
                                       digest of each, where two trials may try the same (inputs)

`run` raises AssertionError, with the whole story, where a promise was broken.

    make trials                                   all suites in the long form; the figures go to docs/reliability.md
    python -m trials crashes --short              one suite (from tests/, or with PYTHONPATH=tests)
    python -m trials faults --only open-source-17   one trial, as a failure names it
"""
