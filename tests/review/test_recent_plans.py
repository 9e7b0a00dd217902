"""The last plans, kept by their digests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from badgeops.review import recent_plans
from badgeops.review.recent_plans import Plans


def digest(number: int) -> str:
    """Return something like a digest."""
    return f"sha256:{number:064x}"


def test_a_plan_is_found_by_its_digest(tmp_path: Path) -> None:
    """What was put is what is got; nothing else is there."""
    plans = Plans(tmp_path)

    plans.put(digest(1), "one ü")

    assert plans.get(digest(1)) == "one ü"
    assert plans.get(digest(2)) is None


def test_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many are kept, and what a killed run left half written goes as well."""
    monkeypatch.setattr(recent_plans, "KEPT", 3)
    plans = Plans(tmp_path)
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "left.tmp").write_text("half")
    os.utime(folder / "left.tmp", (1, 1))
    for number in range(5):
        plans.put(digest(number), str(number))
        os.utime(folder / f"{number:064x}.json", (number + 2, number + 2))

    assert [plans.get(digest(number)) for number in range(5)] == [None, None, "2", "3", "4"]
    assert len(list(folder.iterdir())) == 3


def test_so_many_are_kept(tmp_path: Path) -> None:
    """Enough for a day's reviews, in a folder that is nobody else's, wherever it has to be made."""
    plans = Plans(tmp_path / "new" / "cache")
    for number in range(25):
        plans.put(digest(number), str(number))

    folder = tmp_path / "new" / "cache" / "plans"
    assert len(list(folder.iterdir())) == 20
    assert folder.stat().st_mode & 0o777 == 0o700


def test_no_more_is_read_than_a_plan_can_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever has grown there: its digest will not be the one that was asked for."""
    plans = Plans(tmp_path)
    plans.put(digest(1), "one")
    monkeypatch.setattr(recent_plans, "_MOST_BYTES", 2)

    assert plans.get(digest(1)) == "on"


@pytest.mark.parametrize("kind", ["writable by others", "link", "folder", "pipe", "no text"])
def test_what_others_could_have_put_there_is_not_read(tmp_path: Path, kind: str) -> None:
    """A file that others can write, a link, what is no file or no text: as if it were not there."""
    plans = Plans(tmp_path)
    plans.put(digest(1), "one")
    path = tmp_path / "plans" / f"{1:064x}.json"
    if kind == "writable by others":
        path.chmod(0o622)
    elif kind == "no text":
        path.write_bytes(b"\xff")
    else:
        path.rename(tmp_path / "other")
        {
            "link": lambda: path.symlink_to(tmp_path / "other"),
            "folder": path.mkdir,
            "pipe": lambda: os.mkfifo(path),
        }[kind]()

    assert plans.get(digest(1)) is None


def test_no_place_is_no_error(tmp_path: Path) -> None:
    """Without a home, or with something in the way, plans are not kept."""
    (tmp_path / "plans").write_text("in the way")
    for plans in (Plans(None), Plans(tmp_path)):
        plans.put(digest(1), "one")
        assert plans.get(digest(1)) is None


def test_a_plan_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full: no error, and no half of a file."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)

    Plans(tmp_path).put(digest(1), "one")

    assert list((tmp_path / "plans").iterdir()) == []
