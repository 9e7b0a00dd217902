"""Writes a file as a whole or not at all: by way of a temporary one beside it, which then takes its place."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600


def replace(path: str | Path, pieces: Iterable[bytes], *, mode: int = PRIVATE, is_durable: bool = False) -> None:
    """Put new content in a file's place, with these permissions; `is_durable` waits until the disk has it.

    OSError where that cannot be done: then the file is as it was, and nothing lies beside it.
    """
    with prepared(path, pieces, mode=mode, is_durable=is_durable) as temporary:
        os.replace(temporary, path)  # noqa: PTH105
        if is_durable:
            sync_folder(temporary.parent)


@contextmanager
def prepared(
    path: str | Path, pieces: Iterable[bytes], *, mode: int = PRIVATE, is_durable: bool = False
) -> Iterator[Path]:
    """Give a temporary file with the new content, ready to take a file's place; gone where the block fails."""
    folder, name = os.path.split(path)
    descriptor, temporary = tempfile.mkstemp(dir=folder or ".", prefix=f".{name}.", suffix=".new")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        if mode != PRIVATE:  # which is what `mkstemp` gives
            with contextlib.suppress(OSError):  # network shares may know no permissions
                os.chmod(temporary, mode)  # noqa: PTH101
        yield Path(temporary)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


def usual_mode() -> int:
    """Return the permissions that any new file gets."""
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def sync_folder(folder: str | Path) -> None:
    """Make a rename durable; folders cannot be opened on every system, and need not be there."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
