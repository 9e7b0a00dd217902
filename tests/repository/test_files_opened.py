"""One place opens files: `badgeops.safe_files`. Whoever opens one elsewhere waits at a pipe, or follows a link.

All of it is read from the source with `ast`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import MappingProxyType

import pytest
from support import sources

ROOT = sources.PACKAGE

OPENING = {
    "open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkstemp", "mkdtemp", "mknod",
    "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory", "copy", "copyfile", "copy2", "copytree", "FileIO",
}  # fmt: skip
"""What opens a file, as a function of its own or of a module, or as a method of a path."""
OF_OTHERS = frozenset({"webbrowser", "Image"})
"""Open something else: a browser, an image in memory."""

EXCEPT: MappingProxyType[str, str] = MappingProxyType(
    {
        "schemas.py": "files of the package",
        "render/html/page.py": "files of the package",
        "scaffold/starter.py": "files of the package",
        "scaffold/templates/gitlab/badgeops_note.py": "runs without badgeops, on files of its own job and of Git",
        "sandbox/store.py": "the sandbox imports nothing else of badgeops; SQLite opens the file",
    }
)
"""Modules that open files all the same, and why that is safe."""


def opened(tree: ast.AST) -> Iterator[int]:
    """Yield the lines in which a file is opened."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in OPENING and not function.id.startswith("copy"):
            yield node.lineno
        if isinstance(function, ast.Attribute) and function.attr in OPENING:
            owner = function.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            # `media.copy` and the like are functions of ours, which are judged where they stand.
            is_ours = function.attr.startswith("copy") and name != "shutil"
            if name not in OF_OTHERS and not is_ours:
                yield node.lineno


def test_only_one_package_opens_files() -> None:
    """Each exception has a reason, and goes when it is no longer one."""
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in sources.files(ROOT)
        if (lines := sorted(opened(sources.tree(path))))
    }
    elsewhere = {name: lines for name, lines in found.items() if not name.startswith("safe_files/")}

    assert {name: lines for name, lines in elsewhere.items() if name not in EXCEPT} == {}
    assert set(EXCEPT) <= set(elsewhere)


WAYS = """
    open('x'); io.open('x'); os.open('x', 0); Path('x').open(); path.read_text(); self._path.read_bytes()
    (a / b).write_text(''); os.fdopen(3); tempfile.mkstemp(); shutil.copy(a, b); io.FileIO('x')
"""


@pytest.mark.parametrize("code", [way.strip() for line in WAYS.strip().splitlines() for way in line.split(";")])
def test_each_way_to_open_a_file_is_seen(code: str) -> None:
    """The law is worth as much as what it notices."""
    assert list(opened(ast.parse(code))) == [1]


@pytest.mark.parametrize("code", ["webbrowser.open(address)", "Image.open(data)", "media.copy(db, a, b)"])
def test_what_opens_no_file_is_let_be(code: str) -> None:
    """A browser and an image in memory are no files."""
    assert list(opened(ast.parse(code))) == []
