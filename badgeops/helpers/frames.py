"""How a helper and the process that it works for talk: messages with their length in front, and numbers.

Streams are used past their buffers. With `patience`, what takes so many seconds without any news is a TimeoutError: a
helper that was stopped neither reads nor writes.
"""

from __future__ import annotations

import os
import select
from typing import BinaryIO

END = 2**32 - 1
"""Stands for a number when a share is done."""
_LENGTH, _NUMBER = 8, 4
_PIECE = 1024 * 1024


def send(stream: BinaryIO, message: bytes, patience: float | None = None) -> None:
    """Write a message."""
    _write(stream, len(message).to_bytes(_LENGTH, "big"), patience)
    _write(stream, message, patience)


def receive(stream: BinaryIO, patience: float | None = None) -> bytes:
    """Read a message; EOFError if there is none, or only a part of it."""
    return _read(stream, int.from_bytes(_read(stream, _LENGTH, patience), "big"), patience)


def tell(stream: BinaryIO, number: int, patience: float | None = None) -> None:
    """Write a number."""
    _write(stream, number.to_bytes(_NUMBER, "big"), patience)


def told(stream: BinaryIO) -> int:
    """Read a number; EOFError if there is none."""
    return int.from_bytes(_read(stream, _NUMBER, None), "big")


def _write(stream: BinaryIO, data: bytes, patience: float | None) -> None:
    left = memoryview(data)
    while left:
        _wait(stream, select.POLLOUT, patience)
        left = left[os.write(stream.fileno(), left[:_PIECE]) :]


def _read(stream: BinaryIO, length: int, patience: float | None) -> bytes:
    data = bytearray()
    while len(data) < length:
        _wait(stream, select.POLLIN, patience)
        piece = os.read(stream.fileno(), min(length - len(data), _PIECE))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _wait(stream: BinaryIO, what: int, patience: float | None) -> None:
    poll = select.poll()
    poll.register(stream.fileno(), what)
    if not poll.poll(patience * 1000 if patience is not None else None):
        raise TimeoutError
