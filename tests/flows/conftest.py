"""What the flows share: a programme in a folder, and a sandbox behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.sandbox import Sandbox, SandboxOptions


@pytest.fixture(params=["open-source", "hosted"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Both dialects in turn."""
    return str(request.param)


@pytest.fixture
def server(tmp_path: Path, dialect: str) -> Iterator[Sandbox]:
    """Run a sandbox of the dialect."""
    options = SandboxOptions(data=tmp_path / "server", dialect="hosted" if dialect == "hosted" else "open-source")
    with Sandbox(options) as sandbox:
        yield sandbox


@pytest.fixture
def programme(tmp_path: Path, server: Sandbox, dialect: str) -> Programme:
    """Give an issuer with two badge classes, not yet applied."""
    made = Programme(tmp_path / "catalog", dict(CREDENTIALS))
    made.settings(server.url, dialect=dialect)
    made.write("issuer.yaml", ISSUER)
    made.image()
    made.write("one.yaml", badge_class("one", tags="[first, second]"))
    made.write("two.yaml", badge_class("two", expires="{amount: 2, duration: years}"))
    return made
