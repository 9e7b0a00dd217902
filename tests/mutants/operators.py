"""Source -> its mutants. Pure, but for the tree, which a mutant changes while it is applied.

What a message says is not mutated: golden cases hold it. So a string with a blank in it stays, and of an f-string only
what is put in. Nor are annotations, types, docstrings, decorators, imports and assertions.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.ClassDef | ast.Lambda

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
NAMES = {
    "all": "any",
    "any": "all",
    "max": "min",
    "min": "max",
    "sorted": "list",
    "startswith": "endswith",
    "endswith": "startswith",
    "removeprefix": "removesuffix",
    "removesuffix": "removeprefix",
    "partition": "rpartition",
    "rpartition": "partition",
    "popleft": "pop",
}
"""Functions and methods whose place another one can take."""
SHORTEST = 12
"""A mutant is named by the code around it until that has so many characters."""
AROUND = 40
"""Of long code, so many characters are shown on either side of what differs."""


@dataclass
class Mutant:
    """One change of a tree. `with mutant.applied():` makes it and takes it back."""

    where: str
    """The function or class it is in, "Comparison._image"; empty for the module."""
    change: str
    """What becomes of what: "`a and b` → `a or b`"."""
    lines: range
    """The lines of the statement, or of the head of a block."""
    outermost: tuple[str, int] | None
    """The function that holds it, which is in no other: name and first line. None outside of functions."""
    holder: ast.AST = field(repr=False)
    name: str = field(repr=False)
    index: int | None = field(repr=False)
    """Where in the holder's field `name` the node stands; None where that is no list."""
    new: ast.AST | None = field(repr=False)
    """What stands there instead; None where it is taken out."""

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Change the tree for a block."""
        before = getattr(self.holder, self.name)
        if self.index is None:
            after = self.new
        else:
            after = list(before)
            after[self.index : self.index + 1] = [] if self.new is None else [self.new]
        setattr(self.holder, self.name, after)
        try:
            yield
        finally:
            setattr(self.holder, self.name, before)


def mutants(tree: ast.Module) -> list[Mutant]:
    """Return every mutant of a module, in the order of its source; no two have the same name."""
    walk = _Walk()
    walk.children(tree)
    seen: Counter[tuple[str, str]] = Counter()
    result = []
    for mutant in walk.found:
        seen[mutant.where, mutant.change] += 1
        number = seen[mutant.where, mutant.change]
        result.append(mutant if number == 1 else replace(mutant, change=f"{mutant.change} ({number})"))
    return result


class _Walk:
    """One walk through a tree: knows in which function it is, and collects."""

    def __init__(self) -> None:
        self.found: list[Mutant] = []
        self.scopes: list[Scope] = []
        self.parents: list[ast.AST] = []

    def children(self, node: ast.AST) -> None:
        self.parents.append(node)
        for name, value in ast.iter_fields(node):
            if name in _ASIDE.get(type(node), ()):
                continue
            if isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        self._visit(item, name, index)
            elif isinstance(value, ast.AST):
                self._visit(value, name, None)
        self.parents.pop()

    def _visit(self, node: ast.AST, name: str, index: int | None) -> None:
        holder = self.parents[-1]
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert) or _is_docstring(node):
            return
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith(("Callable[", "TypeVar(")):
            return
        if isinstance(holder, ast.JoinedStr) and isinstance(node, ast.Constant):
            return
        is_scope = isinstance(node, Scope)
        if not is_scope or isinstance(node, ast.Lambda):
            for new in self._variants(node, holder, name):
                self._add(node, holder, name, index, new)
        if is_scope:
            self.scopes.append(node)
        self._within(node)
        self.children(node)
        if is_scope:
            self.scopes.pop()

    def _variants(self, node: ast.AST, holder: ast.AST, name: str) -> Iterator[ast.AST | None]:
        for kind, make in _MAKERS:
            if isinstance(node, kind):
                yield from make(node)
        if isinstance(node, ast.expr) and (
            (name == "test" and isinstance(holder, ast.If | ast.While | ast.IfExp))
            or (name == "ifs" and isinstance(holder, ast.comprehension))
        ):
            if not isinstance(node, ast.UnaryOp | ast.Compare):  # they have this mutant themselves
                yield ast.UnaryOp(ast.Not(), node)
            if name == "ifs":
                yield ast.Constant(value=True)
        if isinstance(node, ast.Return):
            yield from self._returns(node)

    def _returns(self, node: ast.Return) -> Iterator[ast.AST]:
        if node.value is None or isinstance(node.value, ast.Constant):
            return
        function = next(scope for scope in reversed(self.scopes) if isinstance(scope, Function))
        is_bool = function.returns is not None and ast.unparse(function.returns) == "bool"
        for value in (True, False) if is_bool else (None,):
            yield ast.Return(ast.Constant(value=value))

    def _within(self, node: ast.AST) -> None:
        """Change what is no node with variants of its own: parts that are taken out, and what is compared by."""
        self.parents.append(node)
        for name in _PARTS.get(type(node), ()) if isinstance(getattr(node, "ctx", _READ), ast.Load) else ():
            for index, part in enumerate(getattr(node, name)):
                self._add(part, node, name, index, None)
        if isinstance(node, ast.Compare):
            for index, operator in enumerate(node.ops):
                for new in COMPARISONS[type(operator)]:
                    self._add(operator, node, "ops", index, new())
        if isinstance(node, ast.Slice):
            for name, part in (("lower", node.lower), ("upper", node.upper)):
                if part is not None:
                    self._add(part, node, name, None, None)
        if isinstance(node, ast.ExceptHandler) and not isinstance(node.body[0], ast.Raise):
            self._add(node.body[0], node, "body", 0, ast.Raise())
        self.parents.pop()

    def _add(self, node: ast.AST, holder: ast.AST, name: str, index: int | None, new: ast.AST | None) -> None:
        if new is not None:
            new = ast.fix_missing_locations(ast.copy_location(new, node if hasattr(node, "lineno") else holder))
        scopes = [scope for scope in self.scopes if not isinstance(scope, ast.Lambda)]
        functions = [number for number, scope in enumerate(scopes) if isinstance(scope, Function)]
        outermost = None
        if functions and not self._is_default():
            names = ".".join(scope.name for scope in scopes[: functions[0] + 1])
            outermost = (names, scopes[functions[0]].lineno)
        mutant = Mutant(
            ".".join(scope.name for scope in scopes), "", self._lines(node), outermost, holder, name, index, new
        )
        self.found.append(replace(mutant, change=self._name(node, mutant)))

    def _is_default(self) -> bool:
        """Tell whether we are in a default argument of a function that is in no other: it is the module's code."""
        return any(isinstance(parent, ast.arguments) for parent in self.parents)

    def _lines(self, node: ast.AST) -> range:
        statement = next(each for each in (node, *reversed(self.parents)) if isinstance(each, _PLACED))
        body = getattr(statement, "body", None)
        end = body[0].lineno - 1 if body else statement.end_lineno
        return range(statement.lineno, max(end or 0, statement.lineno) + 1)

    def _name(self, node: ast.AST, mutant: Mutant) -> str:
        """Say what becomes of what, with so much around it that one can find it."""
        is_part = mutant.new is None or isinstance(mutant.new, ast.Raise) or not isinstance(node, ast.expr | ast.stmt)
        candidates = [mutant.holder] if is_part else [node]
        candidates += [each for each in reversed(self.parents) if each is not candidates[0]]
        before = after = ""
        for each in candidates:
            if isinstance(each, ast.Module | ast.ClassDef | Function):
                break
            before, after = _text(each), mutant_text(mutant, node, each)
            if len(before) >= SHORTEST or isinstance(each, ast.stmt):
                break
        return "`{}` → `{}`".format(*_shortened(before, after))


def _shortened(before: str, after: str) -> tuple[str, str]:
    """Leave out what is far from the difference."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    head, tail = max(start - AROUND, 0), max(end - AROUND, 0)
    left, right = "…" if head else "", "…" if tail else ""
    return (
        f"{left}{before[head : len(before) - tail]}{right}",
        f"{left}{after[head : len(after) - tail]}{right}",
    )


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def mutant_text(mutant: Mutant, node: ast.AST, shown: ast.AST) -> str:
    """Return the code of a node as the mutant leaves it."""
    if shown is node:
        return _text(mutant.new) if mutant.new is not None else ""
    with mutant.applied():
        return _text(shown)


def _text(node: ast.AST) -> str:
    """Return code on one line; of a block only its head."""
    if isinstance(node, ast.ExceptHandler) and isinstance(node.body[0], ast.Raise) and node.body[0].exc is None:
        node = ast.ExceptHandler(node.type, node.name, [ast.Raise()])
        return ast.unparse(node).replace("\n    ", " ")
    text = ast.unparse(node)
    if isinstance(node, ast.stmt | ast.ExceptHandler) and hasattr(node, "body"):
        return text.split("\n", maxsplit=1)[0]
    return " ".join(line.strip() for line in text.split("\n"))


_PARTS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Call: ("keywords", "args"),
    ast.Tuple: ("elts",),
    ast.List: ("elts",),
    ast.Set: ("elts",),
}
"""Of what any part can be taken out."""
_READ = ast.Load()
_PLACED = (ast.stmt, ast.ExceptHandler)
_ASIDE: dict[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: ("decorator_list", "returns"),
    ast.AsyncFunctionDef: ("decorator_list", "returns"),
    ast.ClassDef: ("decorator_list", "bases", "keywords"),
    ast.AnnAssign: ("annotation", "target"),
    ast.Assign: ("targets",),
    ast.arg: ("annotation",),
    ast.FormattedValue: ("format_spec",),
}
"""Fields in which nothing is mutated."""


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _of_constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(value=not value)
    elif isinstance(value, int):
        yield ast.Constant(value=value + 1)
        if value > 1:
            yield ast.Constant(value=value - 1)
    elif isinstance(value, float):
        yield ast.Constant(value=value * 2 + 1)
    elif isinstance(value, str) and not any(map(str.isspace, value)):
        yield ast.Constant(value=f"{value}XX")
    elif isinstance(value, bytes):
        yield ast.Constant(value=value + b"XX")


def _of_bool_op(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        left = node.values[:index] + node.values[index + 1 :]
        yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _of_not(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not):
        yield node.operand


def _of_bin_op(node: ast.BinOp) -> Iterator[ast.AST]:
    if type(node.op) in ARITHMETIC:
        yield ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)


def _of_aug_assign(node: ast.AugAssign) -> Iterator[ast.AST]:
    yield ast.Pass()
    yield ast.Assign([node.target], node.value)


def _of_if_exp(node: ast.IfExp) -> Iterator[ast.AST]:
    yield node.body
    yield node.orelse


def _of_dict(node: ast.Dict) -> Iterator[ast.AST]:
    for index in range(len(node.keys)):
        yield ast.Dict(node.keys[:index] + node.keys[index + 1 :], node.values[:index] + node.values[index + 1 :])


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    function = node.func
    if isinstance(function, ast.Name) and function.id in NAMES:
        yield ast.Call(ast.Name(NAMES[function.id], ast.Load()), node.args, node.keywords)
    if isinstance(function, ast.Attribute) and function.attr in NAMES:
        other = ast.Attribute(function.value, NAMES[function.attr], ast.Load())
        yield ast.Call(other, node.args, node.keywords)


def _of_lambda(node: ast.Lambda) -> Iterator[ast.AST]:
    if not isinstance(node.body, ast.Constant):
        yield ast.Lambda(node.args, ast.Constant(value=None))


def _of_statement(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
        return  # what is not there any more is a NameError, and a test that runs the line sees that
    yield ast.Pass()


_MAKERS: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Iterator[ast.AST | None]]], ...] = (
    (ast.Constant, _of_constant),
    (ast.BoolOp, _of_bool_op),
    (ast.UnaryOp, _of_not),
    (ast.BinOp, _of_bin_op),
    (ast.AugAssign, _of_aug_assign),
    (ast.IfExp, _of_if_exp),
    (ast.Dict, _of_dict),
    (ast.Call, _of_call),
    (ast.Lambda, _of_lambda),
    ((ast.Expr, ast.Assign, ast.Raise, ast.Continue, ast.Break, ast.Delete), _of_statement),
)
