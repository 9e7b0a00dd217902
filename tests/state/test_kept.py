"""Pictures of others are kept once each, within bounds, and only if they are pictures."""

from __future__ import annotations

import hashlib
import mimetypes
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from support.images import png
from support.tiers import examples

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
