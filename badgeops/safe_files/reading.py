"""Opens files that anybody may have put there: a pipe is not waited for, and no file is read further than it may be."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_MOST_PRIVATE = 512 * 1024 * 1024
"""Bytes of a cache. A hundred thousand badge classes have a fifth of that."""


class NotRegular:
    """Stands for a pipe, a socket or a device, which must not be opened for reading."""


def read_bounded(path: str, most: int) -> bytes | NotRegular:
    """Read a regular file: all of it, or one byte more than `most`."""
    # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
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
        raise OSError(errno.EINVAL, "it is a folder, a pipe, a socket or a device, not a regular file")
    if len(found) > most:
        raise OSError(errno.EFBIG, f"it has more than {most // 1024 // 1024} MiB")
    return found


def open_private(path: Path) -> BinaryIO:
    """Open a file of a cache; OSError, too, where somebody else can have written it."""
    # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    file = os.fdopen(descriptor, "rb")
    if not _is_private(os.fstat(descriptor)):
        file.close()
        raise PermissionError(f"{path} is open to others")
    return file


def _is_private(status: os.stat_result) -> bool:
    """Tell whether it is a file of bearable size that nobody but us can have written."""
    own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return stat.S_ISREG(status.st_mode) and own and not status.st_mode & 0o022 and status.st_size <= _MOST_PRIVATE
