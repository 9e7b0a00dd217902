"""Opens files that anybody may have put there: a pipe is not waited for, and no file is read further than it may be.

Nothing else of badgeops opens a file to read it; `writing` and `atomic` are for writing.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_MOST_PRIVATE = 512 * 1024 * 1024
"""Bytes of a cache. A hundred thousand badge classes have a fifth of that."""
# Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


class NotRegular:
    """Stands for a pipe, a socket or a device, which must not be opened for reading."""


def read_bounded(path: str | bytes, most: int) -> bytes | NotRegular:
    """Read a regular file: all of it, or one byte more than `most`."""
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return NotRegular()
        wanted = min(status.st_size, most + 1)
        data = os.read(descriptor, wanted)
        while len(data) < wanted and (more := os.read(descriptor, wanted - len(data))):
            data += more
        return data
    finally:
        os.close(descriptor)


def read_regular(path: str, most: int) -> bytes:
    """Read a whole regular file of at most `most` bytes; OSError for anything else, without waiting for it."""
    found = read_bounded(path, most)
    if isinstance(found, NotRegular):
        raise not_regular(path)
    if len(found) > most:
        raise OSError(errno.EFBIG, f"it has more than {most // 1024 // 1024} MiB")
    return found


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file for reading; OSError for anything else, without waiting for it."""
    return _opened(path, _FLAGS)


def open_private(path: Path) -> BinaryIO:
    """Open a file of a cache; OSError, too, where somebody else can have written it."""
    file = _opened(path, _FLAGS | getattr(os, "O_NOFOLLOW", 0))
    if not _is_private(os.fstat(file.fileno())):
        file.close()
        raise PermissionError(f"{path} is open to others")
    return file


def not_regular(path: str | Path) -> OSError:
    """Return the error of a place where a regular file was expected."""
    return OSError(errno.EINVAL, "it is a folder, a pipe, a socket or a device, not a regular file", os.fspath(path))


def link_to_nowhere(path: Path) -> Path | None:
    """Return a link to nothing among a folder and those above it: what is made there would lie somewhere else."""
    return next((each for each in (path, *path.parents) if each.is_symlink() and not each.exists()), None)


def kernel_word(path: str) -> str:
    """Read one word that the kernel tells in a file; such a file has no size. OSError where there is none."""
    descriptor = os.open(path, _FLAGS)
    try:
        return os.read(descriptor, 200).decode("ascii", "replace").strip()
    finally:
        os.close(descriptor)


def _opened(path: str | Path, flags: int) -> BinaryIO:
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # `fdopen` refuses a folder, and leaves it open
        os.close(descriptor)
        raise not_regular(path)
    return os.fdopen(descriptor, "rb")


def _is_private(status: os.stat_result) -> bool:
    """Tell whether it is a file of bearable size that nobody but us can have written."""
    own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return own and not status.st_mode & 0o022 and status.st_size <= _MOST_PRIVATE
