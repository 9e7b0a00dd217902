"""An image that somebody replaces on the server is seen, also where its address stays the same."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.api import Api
from support.images import data_uri, png
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.sandbox import Sandbox, SandboxOptions

DIALECTS = ["open-source", "hosted"]


def programme_at(server: Sandbox, folder: Path, dialect: str) -> Programme:
    """Write an issuer with two badge classes."""
    made = Programme(folder, dict(CREDENTIALS))
    made.settings(server.url, dialect=dialect)
    made.write("issuer.yaml", ISSUER)
    made.image()
    made.write("one.yaml", badge_class("one"))
    made.write("two.yaml", badge_class("two"))
    return made


def replace_image(server: Sandbox, name: str) -> None:
    """Upload another image, as a colleague would on the web pages."""
    Api(server.url).edit(name, image=data_uri(png(color="red")))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("constant", [True, False])
def test_a_replaced_image_is_drift(tmp_path: Path, dialect: str, *, constant: bool) -> None:
    """It is shown as such, put back by the next apply, and gone from the plan after it; the others are left alone."""
    options = SandboxOptions(data=tmp_path / "server", dialect=dialect, constant_images=constant)  # type: ignore[arg-type]
    with Sandbox(options) as server:
        programme = programme_at(server, tmp_path / "catalog", dialect)
        assert programme.apply().status == 0
        assert programme.run("plan", "--detailed-exitcode").status == 0
        replace_image(server, "One")

        server.clear_requests()
        plan = programme.run("plan", "--detailed-exitcode")
        images = [record for record in server.requests if record.path.endswith("/image")]
        assert plan.status == 2, plan.out
        assert "1 to update" in plan.out
        assert "badge_class.one" in plan.out
        assert len(images) == (2 if constant else 0)
        assert {record.method for record in server.requests} <= {"GET", "POST"}
        assert programme.apply().status == 0
        assert programme.run("plan", "--detailed-exitcode").status == 0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_upgrade_to_constant_addresses_is_no_edit(tmp_path: Path, dialect: str) -> None:
    """No image is called edited because its address has another form; one that was replaced still is."""
    old = SandboxOptions(data=tmp_path / "server", dialect=dialect, constant_images=False)  # type: ignore[arg-type]
    new = SandboxOptions(data=tmp_path / "server", dialect=dialect, constant_images=True)  # type: ignore[arg-type]
    with Sandbox(old) as server:
        programme = programme_at(server, tmp_path / "catalog", dialect)
        assert programme.apply().status == 0
        port = int(server.url.rpartition(":")[2])
    with Sandbox(replace(new, port=port)) as server:
        assert programme.run("plan", "--detailed-exitcode").status == 0
        replace_image(server, "Two")
        plan = programme.run("plan", "--detailed-exitcode")
        assert plan.status == 2
        assert "1 to update" in plan.out


def test_what_older_releases_recorded_is_learned_anew(tmp_path: Path) -> None:
    """A state that holds the constant address itself gives an empty plan, and the next apply records what tells."""
    options = SandboxOptions(data=tmp_path / "server", constant_images=True)
    with Sandbox(options) as server:
        programme = programme_at(server, tmp_path / "catalog", "open-source")
        assert programme.apply().status == 0
        state = next(path for path in (tmp_path / "catalog").rglob("*.json") if "/media/" in path.read_text("utf-8"))
        text = re.sub(r'"ref": "/media/[^"]*"', '"ref": "/public/badges/x/image"', state.read_text("utf-8"))
        state.write_text(text, "utf-8")

        assert programme.run("plan", "--detailed-exitcode").status == 0
        assert programme.apply().status == 0
        assert "/media/" in state.read_text("utf-8")
        replace_image(server, "One")
        assert programme.run("plan", "--detailed-exitcode").status == 2
