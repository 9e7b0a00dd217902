"""Files that are written: new ones, ones that grow, and what is no file at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from badgeops.safe_files import reading, writing

pytestmark = pytest.mark.skipif(os.name != "posix", reason="no pipes here")


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def place(path: Path, kind: str) -> None:
    """Put something else in the place of a file."""
    {
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "device": lambda: path.symlink_to("/dev/null"),
        "link": lambda: path.symlink_to(path.with_name("elsewhere")),
    }[kind]()


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link"])
def test_nothing_is_written_into_what_stands_in_the_place_of_a_file(tmp_path: Path, kind: str) -> None:
    """Neither a new file nor a line of one that grows; nobody waits for a reader, and no link is followed."""
    path = tmp_path / "file"
    place(path, kind)

    with pytest.raises(OSError):  # noqa: PT011 (which one depends on the kind)
        writing.create(path, b"x")
    with pytest.raises(OSError):  # noqa: PT011
        writing.append(path, [b"x"], creates=True)

    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_only_files_are_opened_for_reading(tmp_path: Path, kind: str) -> None:
    """A pipe that nobody writes to would be waited for; each descriptor is closed again."""
    path = tmp_path / "file"
    place(path, kind)
    before = len(names(Path("/dev/fd"))) if Path("/dev/fd").exists() else 0

    with pytest.raises(OSError, match="not a regular file"):
        reading.open_regular(path)

    assert not before or len(names(Path("/dev/fd"))) == before


def test_a_full_disk_leaves_no_half_of_a_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others would read as a lock or a document is whole, or not there."""

    def full(_handle: int, _data: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        writing.create(tmp_path / "file", b"text")

    assert names(tmp_path) == []


def test_a_pipe_is_written_to_if_somebody_reads(tmp_path: Path) -> None:
    """A shell's `>(command)` is such a pipe; without a reader it is told at once."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert writing.is_stream(path)
    with pytest.raises(OSError, match="nobody reads from this pipe"):
        writing.pour(path, b"text")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writing.pour(path, b"text")

    assert os.read(reader, 10) == b"text"
    os.close(reader)
