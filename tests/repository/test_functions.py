"""Functions stay short, and what has many parts is a value. Read from the source with `ast`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from statistics import median

import pytest
from support import sources

LONGEST = 60
"""Lines, from `def` to the last one, docstring included, decorators not."""
LONG = 40
FEW = 5
"""Functions that may be longer than LONG."""
USUAL = 11
"""Lines that a typical function may have."""
MOST_PARAMETERS = 8

PLACES = (sources.PACKAGE, sources.ACTIONS)
"""The product: the sandbox and the templates are in it, and the action's scripts are too."""


@dataclass(frozen=True)
class Function:
    """One function or method, nested ones by themselves as well."""

    place: str
    lines: int
    parameters: int


def functions(nodes: Iterable[ast.AST], name: str) -> Iterator[Function]:
    """Yield every function of a file, given as its nodes."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(f"{name}:{node.lineno} {node.name}", lines, len(_parameters(node.args)))


def _parameters(arguments: ast.arguments) -> list[str]:
    named = [item.arg for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return named[1:] if named[:1] in (["self"], ["cls"]) else named


@cache
def of_the_product() -> tuple[Function, ...]:
    """Return every function of the product."""
    return tuple(
        function
        for folder in PLACES
        for path in sources.files(folder)
        for function in functions(sources.nodes(path), path.relative_to(folder.parent).as_posix())
    )


def test_the_product_is_looked_at() -> None:
    """Of a list that is empty, everything is true."""
    places = {function.place.split("/")[0] for function in of_the_product()}

    assert places == {"badgeops", "actions"}
    assert len(of_the_product()) > 1_500


def test_no_function_is_longer_than_a_screen() -> None:
    """Whoever reads a function sees all of it; its steps have names."""
    assert [function.place for function in of_the_product() if function.lines > LONGEST] == []


def test_a_typical_function_is_short() -> None:
    """A few long ones are tables and lists of cases; the rest says one thing each."""
    assert median(function.lines for function in of_the_product()) <= USUAL
    assert len([function.place for function in of_the_product() if function.lines > LONG]) <= FEW


def test_what_has_many_parts_is_a_value() -> None:
    """A call with more parameters than that cannot be read, and each new one is handed through every step."""
    assert [function.place for function in of_the_product() if function.parameters > MOST_PARAMETERS] == []


@pytest.mark.parametrize(
    ("text", "lines", "parameters"),
    [
        ("def f(): pass", 1, 0),
        (
            "@a\n@b(\n 1,\n)\ndef f(x, /, y, *z, w, **v):\n    '''Doc.'''\n    return (\n        1\n    )\n\n\nx = 1",
            5,
            3,
        ),
        ("class A:\n    async def f(self, x):\n        return x", 2, 1),
        ("class A:\n    @classmethod\n    def f(cls):\n\n        return 1", 3, 0),
    ],
)
def test_lines_and_parameters_are_counted_so(text: str, lines: int, parameters: int) -> None:
    """From `def` to the last line; of the parameters those that have a name at the call."""
    (found,) = functions(ast.walk(ast.parse(text)), "a.py")

    assert (found.lines, found.parameters) == (lines, parameters)


def test_a_nested_function_counts_alone_and_for_the_one_around_it() -> None:
    """Hiding steps inside makes no function shorter."""
    outer, inner = functions(ast.walk(ast.parse("def f():\n    def g():\n        pass\n    return g")), "a.py")

    assert (outer.lines, inner.lines) == (4, 2)
