"""A helper: a process that works for another one, until nobody wants anything any more. See `process`."""

from __future__ import annotations

import gc
import importlib
import marshal
from contextlib import suppress
from typing import BinaryIO

from badgeops.helpers.frames import END, receive, send, told

TASKS = {
    "documents": "badgeops.catalog.looking",
    "images": "badgeops.catalog.looking",
    "listed": "badgeops.api.plain",
    "recorded": "badgeops.state.plain",
}
"""What a helper can do, and the module of it: loaded only once it is asked for."""


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Do one share after the other: an order says what is to be done, then come numbers of its parts."""
    gc.disable()  # what is read here makes no cycles, and the process ends soon
    with suppress(EOFError, BrokenPipeError):
        while True:
            name, parts, known = marshal.loads(receive(orders))  # noqa: S302 (from the process that started this one)
            task, kept = getattr(importlib.import_module(TASKS[name]), name), frozenset(known)
            while (number := told(orders)) != END:
                send(answers, marshal.dumps(task(parts[number], kept)))
