"""Whether a command that some text quotes is one that badgeops has, with its options."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from badgeops.cli import cli

QUOTED = re.compile(r"`badgeops (?P<code>[^`]+)`|^\s*\$ badgeops (?P<line>.+)$", re.MULTILINE)


def quoted(text: str) -> Iterator[str]:
    """Yield the arguments of each badgeops command in a text: in a code span, or behind a prompt."""
    for match in QUOTED.finditer(text):
        yield (match["code"] or match["line"]).strip()


def fault(arguments: str) -> str | None:
    """Say what is wrong with the arguments of a badgeops command: an unknown command or option. None if nothing is."""
    words = arguments.split()
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(click.Context(command), name)
        if found is None:
            return f"badgeops {arguments}: there is no command {name}"
        command = found
    known = options(command)
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]
    return f"badgeops {arguments}: unknown {' '.join(unknown)}" if unknown else None


def options(command: click.Command = cli) -> set[str]:
    """Return the options of a command and of all commands below it."""
    # Not get_params(): it makes the help option for good, from a context that is not the program's.
    found = {"-h", "--help", *(option for item in command.params for option in (*item.opts, *item.secondary_opts))}
    context = click.Context(command)
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        below = command.get_command(context, name)
        found |= options(below) if below else set()
    return found
