"""`survivors.toml`: the mutants that live for a reason."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("survivors.toml")


@dataclass(frozen=True)
class Survivor:
    """Mutants of one function that live for one reason."""

    module: str
    where: str
    changes: tuple[str, ...]
    reason: str


def read(path: Path = FILE) -> list[Survivor]:
    """Return all that are listed, in the order of the file."""
    content = tomllib.loads(path.read_text("utf-8"))
    return [
        Survivor(module, item["where"], tuple(item["changes"]), item["reason"])
        for module, items in content.items()
        for item in items
    ]


def entry(module: str, where: str, changes: Iterable[str], reason: str = "") -> str:
    """Return the lines that list survivors."""
    listed = "".join(f"    {_quoted(change)},\n" for change in changes)
    return f"[[{_quoted(module)}]]\nwhere = {_quoted(where)}\nchanges = [\n{listed}]\nreason = {_quoted(reason)}\n"


def table(found: Iterable[Survivor]) -> str:
    """Return them as a table in Markdown: one row for each reason in a function."""
    rows = [f"| {item.module} | {_code(item.where)} | {len(item.changes)} | {item.reason} |" for item in found]
    return "\n".join(["| module | where | mutants | why they live |", "|---|---|--:|---|", *rows]) + "\n"


def _code(where: str) -> str:
    return f"`{where}`" if where else "the module itself"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
