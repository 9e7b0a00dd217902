"""A helper: a process that reads files for another one, until nobody wants anything any more. See `helpers`."""

from __future__ import annotations

import gc
import marshal
from contextlib import suppress
from typing import BinaryIO

from badgeops.catalog import looking
from badgeops.catalog.frames import END, receive, send, told

TASKS = {task.__name__: task for task in (looking.documents, looking.images)}


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Do one share after the other: an order says what is to be done, then come numbers of its parts."""
    gc.disable()  # what is read here makes no cycles, and the process ends soon
    with suppress(EOFError, BrokenPipeError):
        while True:
            name, parts, known = marshal.loads(receive(orders))  # noqa: S302 (from the process that started this one)
            task, kept = TASKS[name], frozenset(known)
            while (number := told(orders)) != END:
                send(answers, marshal.dumps(task(parts[number], kept)))
