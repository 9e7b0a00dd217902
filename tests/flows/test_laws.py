"""The law that everything else serves: after an apply, the next plan is empty, whatever the catalog holds."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, strategies as st
from support.api import Api
from support.catalogs import Files, catalogs
from support.programme import CREDENTIALS, Finished, Programme
from support.tiers import examples

from badgeops.sandbox import Sandbox, SandboxOptions

HOSTED = catalogs("hosted")
OPEN_SOURCE = catalogs("open-source")
EXAMPLES = examples(25, suppress_health_check=list(HealthCheck))


@contextmanager
def fresh(dialect: str) -> Iterator[tuple[Programme, Sandbox]]:
    """Give an empty folder and an empty server."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        options = SandboxOptions(data=root / "server", dialect="hosted" if dialect == "hosted" else "open-source")
        with Sandbox(options) as server:
            programme = Programme(root / "catalog", dict(CREDENTIALS))
            yield programme, server


def write(programme: Programme, server: Sandbox, dialect: str, files: Files) -> None:
    """Put a catalog in place of the one before, leaving the state where it is."""
    for path in programme.root.glob("*"):
        if path.name != "state":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    programme.settings(server.url, dialect=dialect, more="limits: {update: 100, delete: 100}\n")
    for name, content in files.content.items():
        path = programme.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def settle(programme: Programme) -> Finished:
    """Apply, and fail unless that works and the next plan is empty."""
    applied = programme.apply("--allow=duplicate-name")
    assert applied.status == 0, applied.out + applied.err
    programme.assert_settled()
    return applied


@pytest.mark.parametrize("dialect", ["open-source", "hosted"])
@EXAMPLES
@given(data=st.data())
def test_after_an_apply_the_plan_is_empty(dialect: str, data: st.DataObject) -> None:
    """It holds for a first apply and for a change from any catalog to any other, and nothing is there twice."""
    strategy = HOSTED if dialect == "hosted" else OPEN_SOURCE
    first, second = data.draw(strategy), data.draw(strategy)
    with fresh(dialect) as (programme, server):
        for files in (first, second, first):
            write(programme, server, dialect, files)
            settle(programme)
        listed = programme.run("state list").out
        owned = [entity["entityId"] for entity in Api(server.url).badge_classes() if entity["entityId"] in listed]
        assert len(owned) == sum(name in first.content for name in ("one.yaml", "two.yaml", "three.yaml"))
