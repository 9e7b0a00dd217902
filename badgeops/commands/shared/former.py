"""Names that options had before. They work for one more release, hidden from the help, and say what to type now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_KEY = "badgeops.former"


def former_option(
    name: str, *, of: str, now: str, becomes: Callable[[Any], Any] = lambda value: value, **attributes: Any
) -> Callable[[F], F]:
    """Add a name that the option of parameter `of` had before; `now` is what to type instead.

    What it was given, or what that `becomes`, is kept for `given`.
    """

    def keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
        if not is_given(context, parameter.name):
            return
        context.meta.setdefault(_KEY, {}).setdefault(of, []).append(becomes(value))
        if not context.resilient_parsing:  # while a shell completes the line, nothing is said
            from badgeops.commands.shared.console import CONSOLE

            CONSOLE.note(f"{name} is called `{now}` now. The old name goes with the next release.")

    # Eager, so that it has been read when the option of today is.
    return click.option(name, is_eager=True, expose_value=False, hidden=True, callback=keep, **attributes)


def given(context: click.Context, of: str) -> list[Any]:
    """Return what a parameter was given by former names of its option."""
    found: list[Any] = context.meta.get(_KEY, {}).get(of, [])
    return found


def renamed_option(name: str, *, before: str, help: str, **attributes: Any) -> Callable[[F], F]:  # noqa: A002 (as click calls it)
    """Add an option, also by the name that it had before."""
    parameter_name = name.removeprefix("--").replace("-", "_")

    def choose(context: click.Context, parameter: click.Parameter, value: object) -> object:
        kept = given(context, parameter_name)
        if kept and is_given(context, parameter.name):
            raise click.UsageError(f"{before} is the old name of {name}. Give only {name}.", context)
        return kept[-1] if kept else value

    def add(function: F) -> F:
        old = former_option(before, of=parameter_name, now=name, **attributes)
        return click.option(name, callback=choose, help=help, **attributes)(old(function))

    return add


def is_given(context: click.Context, name: str | None) -> bool:
    """Tell whether the parameter of a name stands on the command line, be it with the value that it has anyway."""
    return context.get_parameter_source(str(name)) is click.core.ParameterSource.COMMANDLINE
