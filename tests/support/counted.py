"""A dictionary that keeps account of the work that is done on it: time measures the machine as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_ONE = ("__getitem__", "__setitem__", "__delitem__", "__contains__", "get", "pop", "setdefault")
_ALL = ("__iter__", "keys", "values", "items", "copy", "__or__", "__ror__", "__eq__", "__reversed__")


@dataclass
class Tally:
    """How many entries were touched."""

    touched: int = 0


class Counted(dict[Any, Any]):
    """Counts each entry that is asked for, set or removed, and all of them where a walk begins.

    Whoever copies, sorts, filters or compares it has to walk.
    """

    def __init__(self, entries: dict[Any, Any], tally: Tally) -> None:
        super().__init__(entries)
        self.tally = tally

    __hash__ = None  # type: ignore[assignment]


def _counting(name: str, *, walks: bool) -> Callable[..., Any]:
    original = getattr(dict, name)

    def method(entries: Counted, *arguments: Any) -> Any:
        entries.tally.touched += len(entries) if walks else 1
        return original(entries, *arguments)

    return method


for _names, _walks in ((_ONE, False), (_ALL, True)):
    for _name in _names:
        setattr(Counted, _name, _counting(_name, walks=_walks))
