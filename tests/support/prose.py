"""Everything that people read of badgeops: pages, messages, and what its code says of itself.

The sources of one text each are read here; what is right in them, tests decide.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import badgeops
from support import markdown

ROOT = Path(__file__).parents[2]
PACKAGE = Path(badgeops.__file__).parent
ACTION = ROOT / ".github" / "actions"

DOCS, MESSAGES, CODE = "docs", "messages", "code"


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of prose: code spans and blocks are taken out of it."""

    kind: str
    path: str
    """From the root of the repository, with / between folders."""
    text: str


def texts() -> Iterator[Text]:
    """Yield everything that is read, file by file."""
    for page in pages():
        yield Text(DOCS, name_of(page), plain(page.read_text("utf-8")))
    for path in sorted([*PACKAGE.rglob("*.py"), *ACTION.rglob("*.py")]):
        if "templates" not in path.relative_to(ROOT if path.is_relative_to(ACTION) else PACKAGE).parts:
            yield from of_python(name_of(path), path.read_text("utf-8"))
    for path in sorted((ROOT / "schemas").glob("*.json")):
        for text in _descriptions(json.loads(path.read_text("utf-8"))):
            yield Text(MESSAGES, name_of(path), plain(text))
    for folder in (PACKAGE / "scaffold" / "templates", PACKAGE / "render" / "templates"):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".yml", ".yaml", ".html"}):
            text = re.sub(r"<[^>]*>|{[{%#].*?[}%#]}", " ", path.read_text("utf-8"), flags=re.DOTALL)
            yield Text(MESSAGES, name_of(path), plain(text))
    for path in sorted(ACTION.rglob("action.yml")):
        yield Text(MESSAGES, name_of(path), plain(path.read_text("utf-8")))


def pages() -> list[Path]:
    """Return the pages of the project, those that `badgeops init` writes too; the glossary may use any word."""
    found = [*ROOT.glob("*.md"), *(ROOT / ".github").glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    found += [*(ROOT / "examples").rglob("README.md"), *(PACKAGE / "scaffold" / "templates").rglob("*.md")]
    return sorted(page for page in found if page.name != "glossary.md")


def of_python(path: str, source: str) -> Iterator[Text]:
    """Yield the messages of a module, then its docstrings and comments.

    A message is a literal of several words. What Click shows as help is one, whether it is a literal or a docstring.
    """
    tree = ast.parse(source)
    seen: set[int] = set()
    helps = _help_texts(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            seen.add(id(node.value))
            yield Text(MESSAGES if id(node) in helps else CODE, path, plain(node.value.value))
        elif isinstance(node, ast.JoinedStr):
            seen |= {id(part) for part in node.values}
            whole = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            if _is_sentence(whole):
                yield Text(MESSAGES, path, plain(whole))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in seen and _is_sentence(node.value):
            yield Text(MESSAGES, path, plain(str(node.value)))
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(CODE, path, plain(token.string))


def plain(text: str) -> str:
    """Return a text without code, without the targets of links, and with one space between words."""
    text = re.sub(r"`[^`\n]*`", "`…`", markdown.prose(text))
    return " ".join(re.sub(r"\]\([^)\s]*\)", "]", text).split())


def _help_texts(tree: ast.Module) -> set[int]:
    return {
        id(node.body[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any("click." in ast.unparse(decorator) for decorator in node.decorator_list)
    }


def _is_sentence(value: Any) -> bool:
    return isinstance(value, str) and " " in value.strip()


def _descriptions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (value[name] for name in ("title", "description") if isinstance(value.get(name), str))
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _descriptions(part)


def name_of(path: Path) -> str:
    """Return a file's path from the root of the repository, wherever the package is installed."""
    inside = PACKAGE in path.parents
    return (Path("badgeops") / path.relative_to(PACKAGE) if inside else path.relative_to(ROOT)).as_posix()
