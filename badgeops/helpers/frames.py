"""How a helper and the process that it works for talk: messages with their length in front, and numbers."""

from __future__ import annotations

import os
import select
from typing import BinaryIO

END = 2**32 - 1
"""Stands for a number when a share is done."""
_LENGTH, _NUMBER = 8, 4
_PIECE = 1024 * 1024


def send(stream: BinaryIO, message: bytes) -> None:
    """Write a message."""
    stream.write(len(message).to_bytes(_LENGTH, "big"))
    stream.write(message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    """Read a message; EOFError if there is none, or only a part of it."""
    length = int.from_bytes(_exactly(stream, _LENGTH), "big")
    return _exactly(stream, length)


def received(stream: BinaryIO, patience: float) -> bytes:
    """Read a message past the buffer of a stream; TimeoutError after so many seconds without any news."""
    poll = select.poll()
    poll.register(stream.fileno(), select.POLLIN)
    return _soon(stream, poll, patience, int.from_bytes(_soon(stream, poll, patience, _LENGTH), "big"))


def _soon(stream: BinaryIO, poll: select.poll, patience: float, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        if not poll.poll(patience * 1000):
            raise TimeoutError
        piece = os.read(stream.fileno(), min(length - len(data), _PIECE))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def tell(stream: BinaryIO, number: int) -> None:
    """Write a number, which never waits for the other side to read."""
    stream.write(number.to_bytes(_NUMBER, "big"))
    stream.flush()


def told(stream: BinaryIO) -> int:
    """Read a number; EOFError if there is none."""
    return int.from_bytes(_exactly(stream, _NUMBER), "big")


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data
