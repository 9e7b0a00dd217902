"""Commands and their requests: each option of a command is a field of its request, and no field is without one."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
import types
import typing
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from support.commands import everything, leaves, needed, parsed

from badgeops.commands.shared.outputs import Output


@dataclass(frozen=True)
class Command:
    """A command and the class of its request."""

    name: str
    click: click.Command
    request: type[Any]

    @property
    def own(self) -> set[str]:
        """The parameters that the command keeps for itself: how to show what comes of it."""
        named = inspect.signature(typing.cast("Any", self.click.callback)).parameters.values()
        return {item.name for item in named if item.kind is not inspect.Parameter.VAR_KEYWORD}

    def build(self, arguments: list[str]) -> Any:
        """Return the request that a command line becomes."""
        return self.request(
            **{name: value for name, value in parsed(self.name, self.click, arguments).items() if name not in self.own}
        )


def request_of(command: click.Command) -> type[Any]:
    """Return the class that a command hands its parameters to, as its source says."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(typing.cast("Any", command.callback))))
    known: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            known |= {alias.asname or alias.name: _imported(node.module or "", alias.name) for alias in node.names}
    (call,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(keyword.arg is None for keyword in node.keywords)
    ]
    found: type[Any] = eval(ast.unparse(call.func), known)  # noqa: S307 (a name of our own source)
    return found


def _imported(module: str, name: str) -> Any:
    found = import_module(module)
    return getattr(found, name) if hasattr(found, name) else import_module(f"{module}.{name}")


@cache
def commands() -> tuple[Command, ...]:
    """Return all commands with their requests."""
    return tuple(Command(name, command, request_of(command)) for name, command in leaves())


each_command = pytest.mark.parametrize("command", [pytest.param(item, id=item.name) for item in commands()])


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is of an annotated type."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, each) for each in inside)
    if origin is typing.Literal:
        return value in inside
    if origin is tuple:
        return isinstance(value, tuple) and all(fits(item, inside[0]) for item in value)
    return isinstance(value, int | float if hint is float else hint) and (hint is bool or not isinstance(value, bool))


@each_command
def test_each_option_is_a_field_and_each_field_an_option(command: Command) -> None:
    """A new option is one line in the command's file and one field in its request; a forgotten one shows here."""
    exposed = {item.name for item in command.click.params if item.expose_value}
    names = {field.name for field in fields(command.request)}

    assert exposed - command.own == names
    assert command.own <= exposed


@each_command
def test_the_defaults_are_those_of_the_options(command: Command) -> None:
    """A request that a program makes means what the command line means."""
    made = command.build(needed(command.click))

    for field in fields(made):
        if field.default is not dataclasses.MISSING:
            assert getattr(made, field.name) == field.default, field.name


@each_command
@pytest.mark.parametrize("arguments", [needed, everything])
def test_each_field_has_the_type_that_it_says(command: Command, arguments: Any) -> None:
    """The type checker sees no command line, so its words are held to the annotations here."""
    made = command.build(arguments(command.click))
    hints = typing.get_type_hints(command.request)

    for field in fields(made):
        value = getattr(made, field.name)
        assert fits(value, hints[field.name]), f"{field.name}: {value!r} is no {hints[field.name]}"


@each_command
def test_a_request_cannot_be_changed(command: Command) -> None:
    """What was asked for stays what was asked for, however many steps it goes through."""
    made = command.build(needed(command.click))

    for field in fields(made):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, field.name, None)


@pytest.mark.parametrize(
    ("value", "hint", "is_fit"),
    [
        (1, float, True),
        (True, float, False),
        (True, int, False),
        (True, bool, True),
        (None, str | None, True),
        (1, str | None, False),
        (("a", 1), tuple[str, ...], False),
        (["a"], tuple[str, ...], False),
        (("a",), tuple[str, ...], True),
        ("hosted", typing.Literal["hosted"], True),
        ("host", typing.Literal["hosted"], False),
        (Output("json", Path("x")), Output, True),
    ],
)
def test_what_fits_a_type(value: Any, hint: Any, is_fit: bool) -> None:
    """The test above can fail: a truth value is no number, and a list no tuple."""
    assert fits(value, hint) == is_fit
