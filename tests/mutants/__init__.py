"""Mutants: small changes of the core, each of which a test near it must notice.

    make mutants                                 every module of the core: about an hour on one processor
    make mutants MODULE="compare planner"        some of them

    operators   source -> the mutants of it (what is changed, and how)
    rooms       which modules are tried, and which tests stand near each
    nursery     one module, its tests loaded once -> which mutants live; a fork for each mutant
    survivors   `survivors.toml`: the mutants that live for a reason, and the reason

A mutant that lives and stands in no list fails the run, and so does a list that names one that dies or is not made.
"""
