"""Lets a skipped test count as a failure. This is a plugin of pytest, which `tests/conftest.py` loads.

On a contributor's computer a test that lacks a browser or a shell is skipped, and says so. On a build server nobody
reads that, and a law that is held nowhere looks like one that is held: there, pytest is given `--fail-on-skip`, and
`--may-skip` with the short name of each reason that is known to be no fault of that machine.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

KNOWN = {
    "root": ("permissions do not bind root", "containers run their tests as root; other build servers do not"),
    "browser": ("no Chromium on this computer", "a build server without a network cannot install one"),
}
"""Short names of reasons that may be allowed: how the reason of the skip begins, and why it may be allowed."""
needs_permissions = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind root"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line choose."""
    parser.addoption("--fail-on-skip", action="store_true", help="let each skipped test be a failure")
    parser.addoption("--may-skip", action="append", default=[], choices=sorted(KNOWN), help="… but for this reason")


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return why a test was skipped."""
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")


def judge(report: pytest.TestReport | pytest.CollectReport, config: pytest.Config) -> None:
    """Make a failure of a skip that this run does not allow."""
    if not report.skipped or hasattr(report, "wasxfail") or not config.getoption("--fail-on-skip"):
        return
    reason = reason_of(report)
    if not any(reason.startswith(KNOWN[name][0]) for name in config.getoption("--may-skip")):
        report.outcome = "failed"
        report.longrepr = f"This was skipped, and may not be here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at each test."""
    report = yield
    judge(report, item.config)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Look at each module too: it may skip itself as a whole."""
    report = yield
    judge(report, collector.config)
    return report
