"""Names that options had before: each does what the name of today does, and says that name."""

from __future__ import annotations

import re
from typing import Any

import click
import pytest
from support.commands import help_of, leaves, parsed, program
from support.places import ROOT
from support.programme import Programme

from badgeops.commands.shared import former

COMMANDS = dict(leaves())
PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")

SAME = [
    ("plan", ["--out", "p.json"], ["--save-plan", "p.json"]),
    ("plan", ["--out="], ["--save-plan="]),
    ("plan", ["--against=live.json"], ["--snapshot=live.json"]),
    ("plan", ["--only", "create", "--only=adopt"], ["--show-only", "create", "--show-only=adopt"]),
    ("apply", ["--expect", "sha256:0"], ["--expect-digest", "sha256:0"]),
    ("snapshot", ["--holders"], ["--count-earners"]),
]
"""Command, what was typed before, and what is typed today."""
FLAGS = {"--allow-deletes", "--allow-updates", "--allow-protected", "--allow-meaning-change", "--allow-duplicate-name"}
"""Gone into `--allow`; its own tests hold them to it."""


def read(name: str, arguments: list[str]) -> dict[str, Any]:
    """Return what a command is asked for with these words."""
    return parsed(name, COMMANDS[name], arguments)


@pytest.mark.parametrize(("name", "before", "now"), SAME)
def test_a_former_name_asks_for_the_same(
    name: str, before: list[str], now: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same request, whatever it was given; and one line of advice on stderr, however often it was given."""
    expected = read(name, now)
    assert capsys.readouterr() == ("", "")

    assert read(name, before) == expected
    said = capsys.readouterr()
    old, new = before[0].partition("=")[0], now[0].partition("=")[0]
    assert said == ("", f"{old} is called `{new}` now. The old name goes with the next release.\n")


def test_every_former_name_is_tried_above() -> None:
    """A name that is added to the code without a line in the table would be held by nothing."""
    hidden = {
        (name, item.opts[0])
        for name, command in COMMANDS.items()
        for item in command.params
        if isinstance(item, click.Option) and item.hidden
    }

    assert {pair for pair in hidden if pair[1] not in FLAGS} == {
        (name, before[0].partition("=")[0]) for name, before, _ in SAME
    }


def test_the_page_lists_the_former_names() -> None:
    """Whoever has an old name in a script finds the new one, also if the script's output is lost."""
    rows = re.findall(r"^\| (?:`(\w+)`)?[^|]*\| `(--[a-z-]+)[^|]*` \| `(.+)` \|$", PAGE, re.MULTILINE)

    expected = {(name, before[0].partition("=")[0], now[0].partition("=")[0]) for name, before, now in SAME}
    assert {(name, old, new.partition(" ")[0]) for name, old, new in rows if old not in FLAGS} == expected
    assert {old: new.split()[1].partition("=")[0] for _, old, new in rows if old in FLAGS} == {
        flag: "meaning" if flag == "--allow-meaning-change" else flag.removeprefix("--allow-") for flag in FLAGS
    }


def test_a_former_name_is_in_no_help() -> None:
    """Whoever reads the help learns one name for one thing."""
    for name, command in COMMANDS.items():
        text = help_of(name, command).split()
        for item in command.params:
            if isinstance(item, click.Option) and item.hidden:
                assert item.opts[0] not in text


@pytest.mark.parametrize(("name", "before", "now"), [SAME[0], SAME[2], SAME[3], SAME[4], SAME[5]])
def test_both_names_at_once_are_refused(name: str, before: list[str], now: list[str]) -> None:
    """It would not be clear which of them counts."""
    with pytest.raises(click.UsageError, match=r"is the old name of --.*\. Give only --"):
        read(name, [*before, *now])


def test_a_wrong_value_names_the_option_that_was_typed() -> None:
    """What a user finds in the message is what stands on the command line."""
    with pytest.raises(click.BadParameter, match=r"'destroy' is not one of") as raised:
        read("plan", ["--only", "destroy"])

    assert raised.value.param is not None
    assert raised.value.param.opts == ["--only"]


def test_nothing_is_said_while_a_shell_completes_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The line is not finished, and the terminal is the user's."""
    COMMANDS["plan"].make_context("plan", ["--out", "x"], parent=program(), resilient_parsing=True)

    assert capsys.readouterr() == ("", "")


def test_results_on_stdout_stay_as_they_are(tmp_path: Any) -> None:
    """A script that reads JSON and types a former name goes on working."""
    programme = Programme(tmp_path)
    programme.embedded()

    before = programme.run("plan", "--format=json", "--only=create", "--allow-duplicate-name")
    now = programme.run("plan", "--format=json", "--show-only=create", "--allow=duplicate-name")

    assert (before.status, before.out) == (now.status, now.out)
    advice = [line for line in before.err.splitlines() if line not in now.err.splitlines()]
    assert advice == [
        "--only is called `--show-only` now. The old name goes with the next release.",
        "--allow-duplicate-name is called `--allow duplicate-name` now. The old name goes with the next release.",
    ]


def test_what_a_former_name_was_given_can_become_something_else() -> None:
    """Nothing is kept for a parameter whose option had no other name, or was not given."""
    command = click.Command(
        "one",
        params=[click.Option(["--new"])],
        callback=lambda new: new,
    )
    former.former_option("--old", of="new", now="--new 2", is_flag=True, becomes=lambda _: 2)(command)

    context = command.make_context("one", ["--old"])
    assert former.given(context, "new") == [2]
    assert former.given(context, "other") == []
    assert former.given(command.make_context("one", []), "new") == []
