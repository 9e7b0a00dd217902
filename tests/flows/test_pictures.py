"""An image that somebody replaces on the server is seen, also where its address stays the same."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from support.api import Api
from support.images import data_uri, png
from support.liar import Lie, Said, lying
from support.programme import CREDENTIALS, ISSUER, Programme, badge_class

from badgeops.catalog.images.raster import same_image
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


# --- a colleague's picture is kept before it is replaced -------------------------------------------------------------

RED = png(color="red")
DRAWINGS = [
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90"><rect width="{side}" height="90"/></svg>'.encode()
    for side in (30, 60, 90)
]


def kept_in(programme: Programme) -> list[Path]:
    """Return the pictures that lie beside a state."""
    return sorted(path for path in programme.root.rglob("*.kept/*") if path.is_file())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("constant", [True, False])
def test_a_replaced_image_is_kept(tmp_path: Path, dialect: str, *, constant: bool) -> None:
    """Apply says where it lies, with the same bytes; once, also if it was put there twice; ours are not kept."""
    options = SandboxOptions(data=tmp_path / "server", dialect=dialect, constant_images=constant)  # type: ignore[arg-type]
    with Sandbox(options) as server:
        programme = programme_at(server, tmp_path / "catalog", dialect)
        assert programme.apply().status == 0
        for name in ("One", "Two"):
            replace_image(server, name)

        done = programme.apply()
        assert done.status == 0
        (kept,) = kept_in(programme)
        assert kept.read_bytes() == RED
        assert kept.stem == hashlib.sha256(RED).hexdigest()
        said = "".join(done.out.split())
        assert said.count("/".join(kept.parts[-3:])) == 2, done.out

        (programme.root / "images/badge.png").write_bytes(png(color="green"))
        assert programme.apply().status == 0
        assert kept_in(programme) == [kept]
        assert programme.run("validate").status == 0
        assert programme.run("plan", "--detailed-exitcode").status == 0


def test_a_kept_svg_has_its_bytes_and_no_name_that_a_browser_runs(tmp_path: Path) -> None:
    """Nobody has checked it: a colleague may have put anything there, and a folder is opened with a click."""
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script></svg>'

    def before(_method: str, path: str) -> Lie | None:
        return Lie(200, drawing, "image/svg+xml") if is_replaced and "/media/" in path else None

    def after(said: Said) -> Lie | None:
        """Let the addresses of images lead to the liar, too."""
        is_json = said.headers.get("Content-Type", "").startswith("application/json")
        return Lie(said.status, said.body.replace(server.url.encode(), liar.url.encode())) if is_json else None

    is_replaced = False
    options = SandboxOptions(data=tmp_path / "server", constant_images=False)
    with Sandbox(options) as server, lying(server.url, before=before, after=after) as liar:
        programme = programme_at(server, tmp_path / "catalog", "open-source")
        programme.settings(liar.url, dialect="open-source")
        assert programme.apply().status == 0
        replace_image(server, "One")
        is_replaced = True
        assert programme.apply().status == 0

    (kept,) = kept_in(programme)
    assert kept.read_bytes() == drawing
    assert kept.name == f"{hashlib.sha256(drawing).hexdigest()}.svg.txt"


LIES = {
    "a page": Lie(200, b"<!doctype html><html><svg></svg></html>", "text/html"),
    "a gigabyte": Lie(200, b"\x89PNG\r\n\x1a\n" + bytes(21 * 1024 * 1024), "image/png"),
    "nothing": Lie(404, b"", "text/plain"),
    "a way out": Lie(302, b"", "text/plain", "file:///etc/passwd"),
    "an empty answer": Lie(200, b"", "image/png"),
    "half of it": Lie(200, RED[: len(RED) // 2], "image/png"),
}


@contextmanager
def lied_to(folder: Path, lie: Lie) -> Iterator[Programme]:
    """Give a programme whose first picture somebody has replaced, and whose server answers with a lie for pictures."""
    lies: list[Lie] = []
    places: list[tuple[bytes, bytes]] = []

    def before(_method: str, path: str) -> Lie | None:
        return lies[0] if lies and "/media/" in path else None

    def after(said: Said) -> Lie | None:
        """Let the addresses of images lead to the liar, too."""
        is_json = said.headers.get("Content-Type", "").startswith("application/json")
        return Lie(said.status, said.body.replace(*places[0])) if is_json else None

    options = SandboxOptions(data=folder / "server", constant_images=False)
    with Sandbox(options) as server, lying(server.url, before=before, after=after) as liar:
        places.append((server.url.encode(), liar.url.encode()))
        programme = programme_at(server, folder / "catalog", "open-source")
        programme.settings(liar.url, dialect="open-source")
        assert programme.apply().status == 0
        replace_image(server, "One")
        lies.append(lie)
        yield programme


@pytest.mark.parametrize("lie", LIES)
def test_a_picture_that_the_server_does_not_give_is_gone_or_stays(tmp_path: Path, lie: str) -> None:
    """If the server has none, that is said and the update is made; whatever else comes, nothing is replaced."""
    with lied_to(tmp_path, LIES[lie]) as programme:
        done = programme.apply()
        is_gone = lie == "nothing"
        assert done.status == (0 if is_gone else 1), done.err
        assert ("replaced and not kept" if is_gone else "cannot be kept") in " ".join(done.out.split())
        assert kept_in(programme) == []
        assert ("1 to update" in programme.run("plan").out) == (not is_gone)


@pytest.mark.parametrize("suffix", ["png", "svg"])
@pytest.mark.parametrize("constant", [True, False])
def test_a_picture_that_is_replaced_after_the_plan_is_not_lost(tmp_path: Path, suffix: str, *, constant: bool) -> None:
    """Between the plan and the upload as well: the upload is refused, and the next plan shows it and keeps it."""
    pictures = {"png": [png(color=color) for color in ("navy", "green", "red")], "svg": DRAWINGS}[suffix]
    mime = {"png": "image/png", "svg": "image/svg+xml"}[suffix]
    one = badge_class("one", image=f"images/of-one.{suffix}")

    def before(method: str, path: str) -> Lie | None:
        """Replace it just before it is looked at for the last time."""
        if is_armed and method == "GET" and re.fullmatch(r"/v2/badgeclasses/[^/?]+", path):
            is_armed.pop()
            Api(server.url).edit("One", image=data_uri(pictures[2], mime))
        return None

    is_armed: list[bool] = []
    options = SandboxOptions(data=tmp_path / "server", constant_images=constant)
    with Sandbox(options) as server, lying(server.url, before=before) as liar:
        programme = programme_at(server, tmp_path / "catalog", "open-source")
        programme.settings(liar.url, dialect="open-source")
        (programme.root / f"images/of-one.{suffix}").write_bytes(pictures[0])
        programme.write("one.yaml", one)
        assert programme.apply().status == 0
        (programme.root / f"images/of-one.{suffix}").write_bytes(pictures[1])
        is_armed.append(True)

        done = programme.apply()
        assert done.status == 1
        assert "edited it on the server after the plan was made: image" in " ".join(done.out.split())
        assert kept_in(programme) == []
        assert programme.apply().status == 0
    (kept,) = kept_in(programme)
    assert same_image(pictures[2], kept.read_bytes())


@pytest.mark.parametrize("obstacle", ["a file", "a link"])
def test_a_picture_that_cannot_be_kept_is_not_replaced(tmp_path: Path, obstacle: str) -> None:
    """The other entity is updated, this one stays as it is, and once there is room again both are done."""
    with Sandbox(SandboxOptions(data=tmp_path / "server")) as server:
        programme = programme_at(server, tmp_path / "catalog", "open-source")
        assert programme.apply().status == 0
        state = next(path for path in programme.root.rglob("*.json") if path.parent.name == "state")
        place = state.with_suffix(".kept")
        if obstacle == "a file":
            place.write_bytes(b"")
        else:
            place.symlink_to(programme.root / "images")
        replace_image(server, "One")
        programme.write("two.yaml", badge_class("two", description="Another."))

        done = programme.apply()
        assert done.status == 1
        assert "cannot be kept" in " ".join(done.out.split())
        plan = programme.run("plan")
        assert "badge_class.one" in plan.out
        assert "badge_class.two" not in plan.out
        assert [path for path in programme.root.rglob("*.png") if path.read_bytes() == RED] == []

        place.unlink()
        assert programme.apply().status == 0
        (kept,) = kept_in(programme)
        assert kept.read_bytes() == RED


# --- a plan's page shows the server's picture ------------------------------------------------------------------------


def shown_before(page: str) -> list[str]:
    """Return the sources of the pictures that a page shows as those of the server."""
    return re.findall(r'<img class="picture[^"]*" src="([^"]*)" alt="Before: image of', page)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("constant", [True, False])
def test_the_page_of_a_plan_shows_the_replaced_image(tmp_path: Path, dialect: str, *, constant: bool) -> None:
    """Beside ours, within the page, with what it is; the plan is the same, and without a page nothing is asked."""
    options = SandboxOptions(data=tmp_path / "server", dialect=dialect, constant_images=constant)  # type: ignore[arg-type]
    with Sandbox(options) as server:
        programme = programme_at(server, tmp_path / "catalog", dialect)
        assert programme.apply().status == 0
        replace_image(server, "One")

        server.clear_requests()
        text = programme.run("plan")
        plainly = len(server.requests)
        server.clear_requests()
        page = tmp_path / "plan.html"
        beside = programme.run("plan", "--output", f"html={page}")
        assert len(server.requests) == plainly + 1 + constant  # the latter lead on to where the image is
        assert beside.out == text.out

        (source,) = shown_before(page.read_text("utf-8"))
        shown = Image.open(
            io.BytesIO(base64.b64decode(source.removeprefix("data:image/png;base64,"))), formats=("PNG",)
        )
        assert shown.convert("RGB").getpixel((45, 45)) == (255, 0, 0)
        assert "90×90 PNG" in page.read_text("utf-8")
        assert programme.run("plan", "--format", "html").out == page.read_text("utf-8")


def test_the_page_of_a_plan_against_a_snapshot_asks_nobody(tmp_path: Path) -> None:
    """It says in words that there is another image."""
    with Sandbox(SandboxOptions(data=tmp_path / "server", constant_images=False)) as server:
        programme = programme_at(server, tmp_path / "catalog", "open-source")
        assert programme.apply().status == 0
        replace_image(server, "One")
        snapshot = str(tmp_path / "snapshot.json")
        assert programme.run("snapshot", "--out", snapshot).status == 0

        server.clear_requests()
        page = programme.run("plan", "--snapshot", snapshot, "--format", "html").out
        assert not server.requests
        assert "the image on the server is not in this file" in page
        assert shown_before(page) == []


@pytest.mark.parametrize("lie", LIES)
def test_a_picture_that_the_server_does_not_give_is_said_in_words(tmp_path: Path, lie: str) -> None:
    """The page is written all the same, with nothing of what came."""
    with lied_to(tmp_path, LIES[lie]) as programme:
        plan = programme.run("plan", "--format", "html", "--detailed-exitcode")
        assert plan.status == 2, plan.err
        assert shown_before(plan.out) == []
        is_seen = lie in ("a page", "an empty answer", "half of it")
        said = "no PNG, JPEG or SVG there" if is_seen else "could not be fetched"
        assert said in plan.out
