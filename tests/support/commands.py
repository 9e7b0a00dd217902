"""The command line as click knows it: which commands there are, and words that each of them takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from badgeops.cli import cli
from badgeops.commands.shared.allow import AllowanceType
from badgeops.commands.shared.options import AddressType, Amount
from badgeops.commands.shared.outputs import OutputType

SAMPLES = {"image_base": "https://example.org/o/r/raw/main", "entity_id": "abc"}
"""What is given for parameters that take not every word."""


def leaves(group: click.Group = cli, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something itself."""
    context = click.Context(group)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        assert command is not None
        full = f"{name} {each}".strip()
        if isinstance(command, click.Group):
            yield from leaves(command, full)
        else:
            yield full, command


def program() -> click.Context:
    """Return the program's own context, of a run of its own.

    Every context of a command belongs below it: click makes a command's help option once, from the first one it sees.
    """
    return click.Context(cli, **cli.context_settings)


def parsed(name: str, command: click.Command, arguments: list[str]) -> dict[str, Any]:
    """Return what click makes of a command line."""
    return command.make_context(name, [*arguments], parent=program()).params  # click empties the list it is given


def help_of(name: str, command: click.Command) -> str:
    """Return what `--help` shows of a command."""
    context = click.Context(command, parent=program(), info_name=name, **command.context_settings)
    return command.get_help(context)


def needed(command: click.Command) -> list[str]:
    """Return the shortest command line that is one."""
    return [_sample(item) for item in command.params if isinstance(item, click.Argument) and item.required]


def everything(command: click.Command) -> list[str]:
    """Return a command line with every argument and every option of today."""
    words = [_sample(item) for item in command.params if isinstance(item, click.Argument)]
    for item in command.params:
        if isinstance(item, click.Option) and not item.hidden:
            words += [item.opts[0]] if item.is_flag else [item.opts[0], _sample(item)]
    return words


def _sample(item: click.Parameter) -> str:
    if item.name in SAMPLES:
        return SAMPLES[item.name]
    kind = item.type
    if isinstance(kind, AddressType):
        return "badge_class.one"
    if isinstance(kind, AllowanceType):
        return "protected=badge_class.one"
    if isinstance(kind, OutputType):
        return f"{kind.formats[0]}=file"
    if isinstance(kind, click.Choice):
        return str(kind.choices[-1])
    if isinstance(kind, click.IntRange | Amount):
        return str(int(kind.min or 0) + 1)
    return "word"
