"""Opens files to write them: new ones, ones that grow, and what is no file at all, such as /dev/stdout.

What is to be replaced as a whole goes through `atomic`. Nothing else of badgeops opens a file to write it. None of
these waits: a pipe that nobody reads, a device or a link in the place of a file is an OSError.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from badgeops.safe_files.reading import not_regular

_WAITING = getattr(os, "O_NONBLOCK", 0)
_PLAIN = os.O_WRONLY | _WAITING | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def create(path: str | Path, data: bytes, *, mode: int = 0o666, is_durable: bool = False) -> None:
    """Write a file where there is nothing yet; FileExistsError where there is, and nothing is left of half a file."""
    descriptor = os.open(path, _PLAIN | _NO_LINK | os.O_CREAT | os.O_EXCL, mode)
    try:
        _write_all(descriptor, data)
        if is_durable:
            os.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        raise
    finally:
        os.close(descriptor)


def append(path: str | Path, pieces: Iterable[bytes], *, creates: bool = False, is_durable: bool = False) -> None:
    """Write at the end of a regular file; `creates` makes one where there is none.

    A link in its place is not followed: git stores links, also a stranger's.
    """
    # Without a buffer: closing one tries again to write what a full disk has just refused.
    descriptor = os.open(path, _PLAIN | _NO_LINK | os.O_APPEND | (os.O_CREAT if creates else 0), 0o666)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise not_regular(path)
        for piece in pieces:
            _write_all(descriptor, piece)
        if is_durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_stream(path: str | Path) -> bool:
    """Tell whether a path leads to what is written to and not replaced: a pipe, or a device such as /dev/stdout."""
    try:
        kind = os.stat(path).st_mode  # noqa: PTH116
    except OSError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


def pour(path: str | Path, data: bytes) -> None:
    """Write to what `is_stream`; OSError for a pipe that nobody reads, and for a disk."""
    try:
        descriptor = os.open(path, _PLAIN)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(error.errno, "nobody reads from this pipe", os.fspath(path)) from error
        raise
    try:
        if stat.S_ISBLK(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is a disk, not a file", os.fspath(path))
        # Somebody reads it: from here on it is as slow as they are.
        os.set_blocking(descriptor, True)
        _write_all(descriptor, data)
    finally:
        os.close(descriptor)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder for a block that nobody else can look into, and that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def occupy(descriptor: int) -> None:
    """Let a descriptor lead nowhere, so that what is written to it is lost, and no file is given its number."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
