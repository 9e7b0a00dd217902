"""`--catalog FOLDER`, which every command takes: beside an argument that says the same, or alone."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest
from support.commands import leaves, needed, parsed
from support.programme import Programme

from badgeops import cli
from badgeops.app.hints import suggestion

COMMANDS = dict(leaves())
FOLDER = {"init": "folder"}
"""What a command calls the folder of the catalog, if not `catalog`."""
WORDS = {name: FOLDER.get(name, "catalog") for name in COMMANDS}
BOTH = {
    name: str(argument.metavar).strip("[]")
    for name, command in COMMANDS.items()
    for argument in command.params
    if isinstance(argument, click.Argument) and argument.name == WORDS[name]
}
"""The commands whose argument is that folder, and the word for it in their usage."""

each_command = pytest.mark.parametrize("name", COMMANDS)
each_with_argument = pytest.mark.parametrize("name", BOTH)


def asked(name: str, *arguments: str) -> dict[str, object]:
    """Return what a command is asked for, with what it cannot do without."""
    return parsed(name, COMMANDS[name], [*needed(COMMANDS[name]), *arguments])


@each_command
def test_every_command_takes_the_catalog_as_an_option(name: str) -> None:
    """Nobody has to remember which commands do; it stands in the help and changes nothing else."""
    command = COMMANDS[name]
    (option,) = (item for item in command.params if "--catalog" in item.opts)
    assert isinstance(option, click.Option)

    assert not option.hidden
    assert (option.help or "").startswith(("The folder that holds badgeops.yaml.", "The same as "))
    assert asked(name, "--catalog", "here") == asked(name) | {WORDS[name]: "here"}


@each_with_argument
def test_argument_and_option_ask_for_the_same(name: str) -> None:
    """Whichever of the two is given, in whichever order, and also if both name one folder."""
    expected = asked(name, "here")

    for words in (
        ["--catalog", "here"],
        ["--catalog=here"],
        ["here", "--catalog", "here"],
        ["--catalog", "here", "here"],
        ["here", "--catalog", "./there/../here/"],
        ["here", "--catalog", str(Path("here").absolute())],
    ):
        assert asked(name, *words) == expected
    assert asked(name, ".", "--catalog=") == asked(name)


def test_one_folder_by_two_links_is_one_folder(tmp_path: Path) -> None:
    """The argument's spelling is the one that messages use."""
    (tmp_path / "catalog").mkdir()
    (tmp_path / "link").symlink_to("catalog")

    found = asked("plan", str(tmp_path / "link"), "--catalog", str(tmp_path / "catalog"))
    assert found["catalog"] == str(tmp_path / "link")


@each_with_argument
@pytest.mark.parametrize("words", [["here", "--catalog", "there"], ["--catalog=there", "here"]])
def test_two_folders_are_refused(name: str, words: list[str]) -> None:
    """One error that names both, also if one of them is the folder that would be taken without it."""
    with pytest.raises(click.UsageError) as raised:
        asked(name, *words)
    assert raised.value.message == f"{BOTH[name]} is here, and --catalog is there. Name one folder."

    for pair in ([".", "--catalog", "there"], ["there", "--catalog", "."]):
        with pytest.raises(click.UsageError, match="Name one folder"):
            asked(name, *pair)


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"init"}))
def test_a_command_that_is_suggested_finds_the_catalog(name: str) -> None:
    """Messages end in commands to copy; each is completed in the way that this command reads."""
    line = suggestion(" ".join(["badgeops", name, *needed(COMMANDS[name])]), "my badges", None)
    _, *words = shlex.split(line)

    found = parsed(name, COMMANDS[name], words[len(name.split()) :])
    assert found == asked(name, "--catalog", "my badges")


def test_a_catalog_named_twice_differently_ends_the_command(tmp_path: Path) -> None:
    """With the status of an error and without having looked at either folder."""
    programme = Programme(tmp_path)
    programme.embedded()
    by_argument, by_option = programme.run("plan"), programme.run("plan", "--catalog", str(tmp_path))
    refused = programme.run("apply", "--auto-approve", "--catalog", "elsewhere")

    assert (by_argument.status, by_argument.out) == (by_option.status, by_option.out) == (0, by_argument.out)
    assert (refused.status, refused.out) == (1, "")
    assert f"Error: CATALOG is {tmp_path}, and --catalog is elsewhere. Name one folder." in refused.err
    assert not (tmp_path / "badgeops.state.json").exists()


def test_init_writes_where_the_option_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog that is named is the one to be written, and what comes next works in it."""
    monkeypatch.chdir(tmp_path)

    assert cli.run(["init", "--catalog", "badges"]) == 0
    assert cli.run(["validate", "--catalog", "badges"]) == 0
