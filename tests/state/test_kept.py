"""Pictures of others are kept once each, within bounds, and only if they are pictures."""

from __future__ import annotations

import errno
import hashlib
import mimetypes
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from support.images import png
from support.tiers import examples

from badgeops.safe_files import atomic
from badgeops.state import kept
from badgeops.state.kept import Keeper, folder_beside, suffix_of

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (png(), "png"),
        (png(mode="RGB", format_="JPEG"), "jpg"),
        (png(mode="P", color=0, format_="GIF"), "gif"),
        (png(format_="WEBP"), "webp"),
        (SVG, "svg.txt"),
        (SVG.replace(b"/>", b"><script>alert(1)</script></svg>"), "svg.txt"),
        (b"", None),
        (b"<!doctype html><HTML><svg/></html>", None),
        (b'{"error": "no such image"}', None),
        (b" " * 5000 + SVG, None),
        (png()[:-1], None),
        (png(format_="WEBP")[:-1], None),
    ],
)
def test_a_picture_is_known_by_its_bytes(data: bytes, suffix: str | None) -> None:
    """What a gateway says in its place is none, whatever type it claims, nor is a part of one."""
    assert suffix_of(data) == suffix


@pytest.mark.parametrize("data", [png(), png(mode="RGB", format_="JPEG"), png(format_="WEBP"), SVG])
def test_no_browser_runs_what_was_kept(data: bytes) -> None:
    """Opened by its name, a file is a picture of pixels or plain text, never a document with scripts."""
    kind, _ = mimetypes.guess_type(f"{64 * '0'}.{suffix_of(data)}")

    assert kind in ("image/png", "image/jpeg", "image/webp", "text/plain")


@examples(20)
@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=8))
def test_each_content_lies_there_once_under_its_digest(
    tmp_path_factory: pytest.TempPathFactory, all_: list[bytes]
) -> None:
    """From many threads, in any order, again and again, and after half of one was left there."""
    folder = tmp_path_factory.mktemp("state") / "x.kept"
    folder.mkdir()
    (folder / f"{hashlib.sha256(all_[0]).hexdigest()}.png").write_bytes(all_[0][:-1])
    for suffix in ("png", "svg.txt"):
        (folder / f".{64 * '0'}.{suffix}.abcd_123.new").write_bytes(b"half")
    keeper = Keeper(folder, "state/x.kept")
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda data: keeper.keep(data, "png"), all_ * 2))

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        f"{hashlib.sha256(data).hexdigest()}.png": data for data in all_
    }
    assert set(told) == {f"state/x.kept/{path.name}" for path in folder.iterdir()}


@pytest.mark.parametrize(("files", "size"), [(2, 1000), (1000, 20)])
def test_a_folder_that_is_full_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, size: int
) -> None:
    """It says so, nothing is deleted to make room, and what it has already is still found."""
    monkeypatch.setattr(kept, "MOST_FILES", files)
    monkeypatch.setattr(kept, "MOST_BYTES", size)
    keeper = Keeper(folder_beside(tmp_path / "prod.json"), "prod.kept")
    first = keeper.keep(b"a" * 10, "png")
    keeper.keep(b"b" * 10, "png")
    with pytest.raises(OSError, match="full"):
        keeper.keep(b"c", "png")

    assert keeper.keep(b"a" * 10, "png") == first
    assert len(list((tmp_path / "prod.kept").iterdir())) == 2


@pytest.mark.parametrize(
    ("number", "size", "is_full"), [(999, 1, False), (1000, 1, True), (1, 2**30 - 4, False), (1, 2**30 - 3, True)]
)
def test_a_folder_takes_a_thousand_images_or_a_gigabyte(tmp_path: Path, number: int, size: int, is_full: bool) -> None:
    """And says so in these words."""
    folder = tmp_path / "x.kept"
    folder.mkdir()
    for each in range(number):
        with (folder / f"{each}.png").open("wb") as file:
            file.truncate(size)
    keeper = Keeper(folder, "x.kept")

    if not is_full:
        assert keeper.keep(b"data", "png") in {f"x.kept/{name}" for name in keeper.names()}
        return
    with pytest.raises(OSError, match="full") as raised:
        keeper.keep(b"data", "png")
    assert raised.value.errno == errno.EDQUOT
    assert raised.value.strerror == "its folder is full (1,000 images or 1 GiB); delete there what nobody needs"


def test_a_link_is_no_folder_and_no_image(tmp_path: Path) -> None:
    """Whoever can put one there does not say where images go, nor that one is there already."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "x.kept").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="its folder is a link") as raised:
        Keeper(tmp_path / "x.kept", "x.kept").keep(b"data", "png")
    assert (raised.value.errno, raised.value.strerror) == (errno.ELOOP, "its folder is a link")

    folder = tmp_path / "y.kept"
    folder.mkdir()
    (tmp_path / "same").write_bytes(b"data")
    place = folder / f"{hashlib.sha256(b'data').hexdigest()}.png"
    place.symlink_to(tmp_path / "same")
    Keeper(folder, "y.kept").keep(b"data", "png")
    assert not place.is_symlink()


def test_what_is_kept_is_on_the_disk_and_for_everybody_who_reads_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the request that replaces it is sent, the file, its folder and the folder's own place are."""
    files: list[int] = []
    folders: list[Path] = []
    monkeypatch.setattr(os, "fsync", files.append)
    monkeypatch.setattr(atomic, "sync_folder", lambda folder: folders.append(Path(folder)))
    keeper = Keeper(tmp_path / "new" / "x.kept", "x.kept")

    keeper.keep(b"data", "png")

    (name,) = keeper.names()
    assert len(files) == 1
    assert folders == [tmp_path / "new", tmp_path / "new" / "x.kept"]
    assert stat.S_IMODE((tmp_path / "new" / "x.kept" / name).stat().st_mode) == atomic.usual_mode()


def test_what_is_there_has_names(tmp_path: Path) -> None:
    """In order, without what a killed run has left; none where there is no folder."""
    keeper = Keeper(tmp_path / "x.kept", "state/x.kept")
    assert (keeper.names(), keeper.place) == ([], "state/x.kept")

    (tmp_path / "x.kept").mkdir()
    names = [f"{digit * 64}.png" for digit in "3120"]
    for name in [*names, f".{'0' * 64}.png.abcd_123.new"]:
        (tmp_path / "x.kept" / name).touch()
    assert keeper.names() == sorted(names)
