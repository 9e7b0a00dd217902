"""The messages in the source, each with its kind: a whole sentence, or a fragment that stands beside something.

What a literal is, is told by where it stands: after the name of a rule, in an error, as help, in a note. Sentences and
fragments are written differently; `tests/repository/test_messages.py` says how.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache

from badgeops.model.rules import NAMED
from support import sources
from support.places import ROOT
from support.prose import PACKAGE, name_of

ACTION = ROOT / ".github" / "actions" / "badgeops"
HOLE = "\0"
"""Stands where a value is put into a message."""


class Kind(Enum):
    """How a message is written."""

    SENTENCE = "a sentence"
    FRAGMENT = "a fragment"
    OTHER = "a literal whose place tells nothing"


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A literal of several words that a user may see."""

    place: str
    """The file and the line."""
    text: str
    kind: Kind


NAMES = frozenset(NAMED)
SAYING = {"note": 0, "advice": 0, "warn": 0, "say": 1}
"""Methods that print a sentence, and which of their arguments it is."""
CHECKS = {"good", "unsure", "bad"}
"""What makes a line of `doctor`: what was looked at, a fragment, and advice."""
FRAGMENTS = {"Deviation": 1, "Settled": 1, "Outcome": 2}
"""Values with a fragment, and which of their arguments it is."""
BY_KEYWORD = {
    "help": Kind.SENTENCE,
    "short_help": Kind.SENTENCE,
    "hint": Kind.SENTENCE,
    "detail": Kind.SENTENCE,
    "advice": Kind.SENTENCE,
    "summary": Kind.FRAGMENT,
    "reason": Kind.FRAGMENT,
}


@cache
def messages() -> tuple[Message, ...]:
    """Return the messages of the package and of the action."""
    paths = [path for path in sources.files(PACKAGE) if "sandbox" not in path.relative_to(PACKAGE).parts]
    trees = {path: sources.tree(path) for path in sorted([*paths, *ACTION.glob("*.py")])}
    errors = sentence_errors(trees.values())
    return tuple(message for path, tree in trees.items() for message in of_module(name_of(path), tree, errors))


def descriptions() -> list[Message]:
    """Return the descriptions in the schemas, which editors show."""
    return [
        Message(path.name, text, Kind.SENTENCE)
        for path in sorted((ROOT / "schemas").glob("*.json"))
        for text in described(json.loads(path.read_text("utf-8")))
    ]


def sentence_errors(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Return the names of the exceptions whose text is shown as it is: ours, those of Click and of the action."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"BadgeopsError", "UsageError", "NotReviewedError", "NoteError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


def of_module(name: str, tree: ast.Module, errors: frozenset[str]) -> Iterator[Message]:
    """Yield the messages of one module."""
    told: dict[int, Kind] = {}
    for scope, node in _scoped(tree, tree):
        for part, kind in _parts(node, tree, errors):
            told |= {id(literal): kind for literal in _literals(part, scope, tree)}
    inner: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in inner or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp | ast.Expr):
            continue
        if isinstance(node, ast.Expr):
            if isinstance(node.value, ast.Constant) and id(node.value) not in told:
                inner.add(id(node.value))  # a docstring
            continue
        text = _text(node)
        if text is None:
            continue
        inner |= {id(part) for part in ast.walk(node)} - {id(node)}
        if " " in text.strip() and not isinstance(getattr(node, "value", ""), bytes):
            yield Message(f"{name}:{node.lineno}", text, told.get(id(node), Kind.OTHER))


def _parts(node: ast.AST, tree: ast.Module, errors: frozenset[str]) -> Iterator[tuple[ast.expr, Kind]]:
    """Yield what is a message of a known kind because of where it stands."""
    if isinstance(node, ast.FunctionDef) and _is_command(node):
        first = node.body[0]
        if isinstance(first, ast.Expr):
            yield first.value, Kind.SENTENCE
    if isinstance(node, ast.For):
        yield from _of_table(node, tree)
    if isinstance(node, ast.Tuple) or (isinstance(node, ast.Call) and _called(node) != "Rule"):
        yield from _after_a_rule(node.args if isinstance(node, ast.Call) else node.elts)
    if isinstance(node, ast.Call):
        yield from _of_call(node, errors)


def _after_a_rule(values: list[ast.expr]) -> Iterator[tuple[ast.expr, Kind]]:
    """Yield what follows the name of a rule: the summary of a problem and its detail."""
    for index, value in enumerate(values[:-1]):
        if isinstance(value, ast.Constant) and value.value in NAMES:
            yield from zip(values[index + 1 :], (Kind.FRAGMENT, Kind.SENTENCE), strict=False)


def _of_table(node: ast.For, tree: ast.Module) -> Iterator[tuple[ast.expr, Kind]]:
    """Yield the columns of a table of problems, where a loop names them: `for words, summary, detail in TABLE`."""
    if not isinstance(node.iter, ast.Name) or not isinstance(node.target, ast.Tuple):
        return
    for table in _assigned(node.iter.id, tree):
        for row in table.elts if isinstance(table, ast.Tuple) else ():
            if isinstance(row, ast.Tuple):
                for name, kind in BY_KEYWORD.items():
                    yield from ((given, kind) for given in _given(name, node.target, row))


def _of_call(node: ast.Call, errors: frozenset[str]) -> Iterator[tuple[ast.expr, Kind]]:
    called, arguments = _called(node), node.args
    if called.endswith(("Error", "BadParameter")) and arguments:
        yield arguments[0], Kind.FRAGMENT if called not in (*errors, "BadParameter") else Kind.SENTENCE
    if called in SAYING and len(arguments) > SAYING[called]:
        yield arguments[SAYING[called]], Kind.SENTENCE
    if called in FRAGMENTS and len(arguments) > FRAGMENTS[called]:
        yield arguments[FRAGMENTS[called]], Kind.FRAGMENT
    if called in CHECKS:
        yield from zip(arguments[1:], (Kind.FRAGMENT, Kind.SENTENCE), strict=False)
    if called == "Rule":
        yield from ((argument, Kind.SENTENCE) for argument in arguments[1:4])
    yield from ((word.value, BY_KEYWORD[word.arg]) for word in node.keywords if word.arg in BY_KEYWORD)


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def _is_command(node: ast.FunctionDef) -> bool:
    return any("click." in ast.unparse(decorator) for decorator in node.decorator_list)


def _scoped(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield each node below one with the function it stands in."""
    for child in ast.iter_child_nodes(node):
        yield scope, child
        yield from _scoped(child, child if isinstance(child, ast.FunctionDef) else scope)


def _literals(value: ast.expr, scope: ast.AST, tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the literals that a value can be: itself, either side of a condition, what a name was given."""
    if _text(value) is not None:
        yield value
    elif isinstance(value, ast.IfExp):
        yield from _literals(value.body, scope, tree)
        yield from _literals(value.orelse, scope, tree)
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "replace":
        yield from _literals(value.func.value, scope, tree)
    elif isinstance(value, ast.Name):
        for assigned in (*_assigned(value.id, scope), *(_assigned(value.id, tree) if value.id.isupper() else ())):
            if not isinstance(assigned, ast.Name):
                yield from _literals(assigned, scope, tree)


def _assigned(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    """Yield what a name is given in a function or module, alone or as one of several."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _given(name, target, node.value)


def _given(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, given in zip(target.elts, value.elts, strict=True):
            yield from _given(name, one, given)


def _text(node: ast.AST) -> str | None:
    """Return a literal as it is read, with holes for values; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = (_text(node.left), _text(node.right))
        return None if sides == (None, None) else "".join(HOLE if side is None else side for side in sides)
    return None


def described(value: object) -> Iterator[str]:
    """Yield the descriptions in a schema, which editors and messages show."""
    if isinstance(value, dict):
        if isinstance(value.get("description"), str) and "title" in value:
            yield value["description"]
        for name, part in value.items():
            if name != "examples":
                yield from described(part)
    elif isinstance(value, list):
        for part in value:
            yield from described(part)
