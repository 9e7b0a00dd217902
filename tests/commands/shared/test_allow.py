"""`--allow WHAT[=N|ADDRESS]` on the command line: one option for what would stop otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from support.commands import help_of, leaves, parsed
from support.programme import Programme

from badgeops.commands.shared import allow
from badgeops.model.allowances import Allowances, What

COMMANDS = {"plan": set(What), "apply": set(What), "destroy": {What.PROTECTED}}


def command(name: str) -> click.Command:
    """Return a command as click knows it."""
    return dict(leaves())[name]


def read(name: str, *arguments: str) -> Allowances:
    """Return what a command line allows."""
    found = parsed(name, command(name), [*arguments])["allow"]
    assert isinstance(found, Allowances)
    return found


def test_each_word_is_explained_and_spelled_as_it_is_read() -> None:
    """The help is written without the model, which it would have to import; so it is held to the model here."""
    assert {word: meaning.partition(" ")[0] for word, meaning in allow._MEANINGS.items()} == {
        what: what.usage for what in What
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_and_explains_what_it_can_stop_at(name: str) -> None:
    """All of it and nothing else; `destroy` knows no limits and makes nothing."""
    (option,) = (item for item in command(name).params if item.name == "allow")
    assert isinstance(option, click.Option)
    shown = {what for what in What if what.usage in str(option.help)}

    assert shown == COMMANDS[name]
    for what in What:
        if what in COMMANDS[name]:
            assert list(read(name, "--allow", what.example)) == [what.example]
        else:
            with pytest.raises(click.BadParameter, match="cannot be allowed here"):
                read(name, "--allow", what.example)


def test_it_can_be_given_several_times_in_any_order() -> None:
    """In both spellings of a value, and twice the same is once."""
    words = ("--allow", "protected=issuer.a", "--allow=deletes=3", "--allow", "protected=issuer.a")

    assert list(read("apply", *words)) == ["deletes=3", "protected=issuer.a"]
    assert list(read("apply")) == []


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("delets=3", "'delets' cannot be allowed here. Did you mean deletes? There is: deletes=N, updates=N,"),
        ("deletes", "deletes needs a number: --allow deletes=3."),
        ("protected=python", "'python' is not an address; an address looks like badge_class.python-basics."),
    ],
)
def test_what_cannot_be_meant_ends_the_command(tmp_path: Path, word: str, why: str) -> None:
    """Before anything is read or sent, in one message that names the option."""
    programme = Programme(tmp_path)
    programme.embedded()

    refused = programme.run("apply", "--auto-approve", "--allow", word)

    assert (refused.status, refused.out) == (1, "")
    assert f"Invalid value for '--allow': {why}" in refused.err
    assert not (programme.root / ".badgeops").exists()


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (["--allow-deletes", "3"], ["--allow", "deletes=3"]),
        (["--allow-deletes=0"], ["--allow", "deletes=0"]),
        (["--allow-updates=12"], ["--allow", "updates=12"]),
        (["--allow-protected", "issuer.a"], ["--allow", "protected=issuer.a"]),
        (["--allow-meaning-change=badge_class.a"], ["--allow", "meaning=badge_class.a"]),
        (["--allow-duplicate-name"], ["--allow", "duplicate-name"]),
        (
            ["--allow-protected", "issuer.a", "--allow-protected", "issuer.b", "--allow", "updates=1"],
            ["--allow", "updates=1", "--allow", "protected=issuer.a", "--allow", "protected=issuer.b"],
        ),
    ],
)
def test_a_flag_of_before_means_the_same(capsys: pytest.CaptureFixture[str], before: list[str], now: list[str]) -> None:
    """It still works, and says once what to type instead; what is spelled as today says nothing."""
    expected = read("apply", *now)
    assert capsys.readouterr() == ("", "")
    found = read("apply", *before)
    said = capsys.readouterr()

    assert found == expected
    assert said.out == ""
    flag = before[0].partition("=")[0]
    usage = now[-1].partition("=")[0]
    assert re.fullmatch(rf"{flag} is called `--allow {usage}(=N|=ADDRESS)?` now\..+\n", said.err)


def test_a_wrong_value_of_a_flag_of_before_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """As today, in words that show how it is spelled now."""
    for words in (["--allow-deletes", "all"], ["--allow-protected", "image.a"], ["--allow-meaning-change", ""]):
        with pytest.raises(click.BadParameter):
            read("apply", *words)
    assert capsys.readouterr().out == ""


def test_flags_of_before_are_known_where_they_were() -> None:
    """Hidden from the help; a command that had no such flag has none now."""
    for name, whats in COMMANDS.items():
        hidden = {item.opts[0] for item in command(name).params if isinstance(item, click.Option) and item.hidden}
        former = {flag for word, flag in allow._FORMER_FLAGS.items() if word in whats}

        assert {flag for flag in hidden if flag.startswith("--allow")} == former
        assert not any(flag in help_of(name, command(name)) for flag in former)
