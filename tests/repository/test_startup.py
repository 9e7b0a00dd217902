"""Start-up time is a promise: what is not needed is not imported."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.places import EXAMPLE

from badgeops.cli import COMMANDS

SHARED = {
    "badgeops.commands.shared",
    *(f"badgeops.commands.shared.{name}" for name in ("allow", "completion", "former", "options", "outputs")),
}
ENTRANCE = {"badgeops", "badgeops.cli"}
FOR_HELP = ENTRANCE | SHARED | {"badgeops.commands", "badgeops.render", "badgeops.render.plain"}
COMMAND_FILES = {target.partition(":")[0] for target in COMMANDS.values()}
SLOW = {"requests", "urllib3", "yaml", "jsonschema", "rich", "jinja2", "markdown_it", "flask", "PIL", "platformdirs"}
"""Libraries that take their time. No command needs all of them, and `--help` needs none."""


def loaded(*arguments: str) -> set[str]:
    """Return the modules that a command line has loaded when it has ended."""
    code = (
        "import contextlib, io, sys\n"
        "from badgeops import cli\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    assert cli.run(sys.argv[1:]) == 0\n"
        "print(*sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(ended.stdout.split())


def ours(modules: set[str]) -> set[str]:
    """Return those of badgeops."""
    return {name for name in modules if name.partition(".")[0] == "badgeops"}


def test_the_version_needs_the_entrance_only() -> None:
    """No command is imported to say which version this is."""
    modules = loaded("--version")

    assert ours(modules) == ENTRANCE
    assert modules.isdisjoint(SLOW)


def test_the_help_needs_the_commands_and_nothing_that_they_do() -> None:
    """It lists all commands, so it imports their files: options, and no step of the work."""
    modules = loaded("--help")

    assert ours(modules) == FOR_HELP | COMMAND_FILES
    assert modules.isdisjoint(SLOW)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_help_of_a_command_needs_its_file_only(name: str) -> None:
    """The steps are imported when the command runs, not to explain its options."""
    modules = loaded(name, "--help")

    assert ours(modules) <= FOR_HELP | {COMMANDS[name].partition(":")[0]}
    assert modules.isdisjoint(SLOW)


def test_a_check_needs_no_network_and_no_planner() -> None:
    """`fmt` and `validate` run in editors and hooks, many times a day."""
    for command in (("fmt", "--check"), ("validate",)):
        modules = loaded(*command, str(EXAMPLE))
        assert modules.isdisjoint(SLOW - {"yaml", "platformdirs", "PIL"}), command  # PIL looks at images
        assert modules.isdisjoint(
            {"badgeops.api.client", "badgeops.planning.planner", "badgeops.applying.run", "badgeops.sandbox"}
        ), command
