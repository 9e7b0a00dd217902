"""The Python files of the project, each read and parsed once, for all tests that look at the source.

Nothing is read before a test asks for it, so that collecting tests costs nothing of it. The trees are shared: whoever
wants another tree makes one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import badgeops
from support.places import ROOT

PACKAGE = Path(badgeops.__file__).parent
"""The package as it is imported, wherever it is installed."""
ACTIONS = ROOT / ".github" / "actions"


@cache
def files(folder: Path) -> tuple[Path, ...]:
    """Return the Python files in a folder and below it, sorted."""
    return tuple(sorted(folder.rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """Return what a file says."""
    return ast.parse(path.read_text("utf-8"))


def nodes(path: Path) -> Iterable[ast.AST]:
    """Return all nodes of a file, as `ast.walk` yields them. Those of a test are not kept: nobody asks twice."""
    return _nodes(path) if path.is_relative_to(PACKAGE) else ast.walk(ast.parse(path.read_text("utf-8")))


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    """Keep them: walking takes longer than parsing."""
    return tuple(ast.walk(tree(path)))
