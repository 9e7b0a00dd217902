"""The source is parsed once, and not before a test asks for it."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

from support import sources
from support.places import TESTS


def test_a_file_is_parsed_once() -> None:
    """Whoever asks for it gets the same tree, and the nodes are those of that tree."""
    path = sources.PACKAGE / "errors.py"

    assert sources.tree(path) is sources.tree(path)
    assert list(sources.nodes(path)) == list(ast.walk(sources.tree(path)))
    assert path in sources.files(sources.PACKAGE)


def test_the_nodes_of_a_test_are_those_of_its_text() -> None:
    """They are the same for whoever asks, although nothing is kept."""
    path = Path(__file__)

    assert [type(node) for node in sources.nodes(path)] == [
        type(node) for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]


def test_collecting_tests_parses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each worker collects all tests, and most run none of these: a module that is imported looks at no source."""
    users = [path for path in sources.files(TESTS) if "support import sources" in path.read_text("utf-8")]
    asked = sources.tree.cache_info(), sources._nodes.cache_info()

    for path in users:
        spec = importlib.util.spec_from_file_location("imported_anew", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        assert (sources.tree.cache_info(), sources._nodes.cache_info()) == asked, path

    assert len(users) > 5
