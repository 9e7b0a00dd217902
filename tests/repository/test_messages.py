"""Messages are written like sentences or like fragments, each kind in one way: see CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections import Counter
from itertools import product

import click
import pytest
from support.advised import words_of
from support.messages import HOLE, Kind, descriptions, messages, of_module, sentence_errors
from support.places import ROOT

from badgeops.cli import cli

NAMES = ("badgeops", "badgeops.yaml", "--")
"""What a sentence may begin with although it is no capital: it is written so everywhere."""
ENDING = re.compile(r"[.?!:]['\"”)]?$")
EXAMPLE = re.compile(r": \S+(?: \S+){0,5}$")
"""What follows a colon may end a sentence: a value to write, which a full stop would change."""

HABIT = re.compile(
    r"\b[Tt]he server (?:always |will )?(?:shrinks?|resizes?|pads?|deletes?|archives?|bakes?|strips?)\b"
    r"|(?<!self-)\b[Hh]osted servers\b"
)
"""What servers do in their own ways. Said in the past it is what one did; of the hosted service, what is documented."""


def opens(text: str) -> bool:
    """Tell whether a text begins as a sentence does."""
    first = re.sub(r"^error\[[a-z-]+\]: ", "", text).lstrip("#> \n")
    return not first[:1].islower() or first.split()[0].rstrip(":").startswith(NAMES)


def closes(text: str) -> bool:
    """Tell whether a text ends as a sentence does: with a full stop, a question mark, a command or an example."""
    *above, last = text.rstrip().split("\n")
    if last.startswith("  ") and above:
        return above[-1].endswith(":") or above[-1].startswith("  ") or closes("\n".join(above)) or not above[-1]
    return last.endswith(HOLE) or bool(ENDING.search(last) or EXAMPLE.search(last))


def is_sentence(text: str) -> bool:
    """Tell whether a text is written like a sentence."""
    return opens(text) and closes(text)


def is_fragment(text: str) -> bool:
    """Tell whether a text is written like a fragment: small, unless it begins with an abbreviation, and left open."""
    return (not text[0].isupper() or text[:2].isupper()) and not text.endswith(".")


def wrong(kind: Kind) -> list[str]:
    """Return the messages of a kind that are written in another way."""
    judge = {Kind.SENTENCE: is_sentence, Kind.FRAGMENT: is_fragment, Kind.OTHER: is_open_or_opened}[kind]
    return [
        f"{message.place}: {message.text!r}"
        for message in messages()
        if message.kind is kind and not judge(message.text)
    ]


def is_open_or_opened(text: str) -> bool:
    """Tell whether a text is no fragment with a full stop: it has none, or begins a sentence, or goes on with one."""
    return not text.endswith(".") or opens(text) or text.startswith((" ", HOLE))


def test_errors_details_hints_notes_and_help_are_sentences() -> None:
    """They begin with a capital letter and end with a full stop, or with a command after a colon."""
    assert wrong(Kind.SENTENCE) == []


def test_summaries_and_reasons_are_fragments() -> None:
    """They follow `error[NAME]: ` or an address, so they have neither a capital letter nor a full stop."""
    assert wrong(Kind.FRAGMENT) == []


def test_what_only_some_servers_do_is_not_said_of_all() -> None:
    """How far an image shrinks, what a deletion takes along and what a PUT empties differs from server to server."""
    assert [f"{message.place}: {message.text!r}" for message in messages() if HABIT.search(message.text)] == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("The server shrinks it to 400 pixels.", True),
        ("Hosted servers refuse it.", True),
        ("The server deletes an issuer together with its badge classes.", True),
        ("Servers shrink it, some of them to 400 pixels.", False),
        ("Only the hosted service archives.", False),
        ("The server archived it.", False),
    ],
)
def test_habits_are_recognised(text: str, *, is_one: bool) -> None:
    """A habit is what a server always does, not what it has done."""
    assert bool(HABIT.search(text)) is is_one


def test_no_other_message_has_half_of_a_sentence() -> None:
    """A full stop ends only what began with a capital letter; headings and labels have none."""
    assert wrong(Kind.OTHER) == []


def test_descriptions_of_fields_are_sentences() -> None:
    """Editors show them, and so do messages about a field."""
    found = descriptions()

    assert len(found) > 200
    assert [message for message in found if not is_sentence(message.text)] == []


def test_inputs_of_the_action_are_described_in_sentences() -> None:
    """The page of the action on GitHub shows them one below the other."""
    text = (ROOT / ".github" / "actions" / "badgeops" / "action.yml").read_text("utf-8")
    found = re.findall(r"^ +description: (.*)$", text, re.MULTILINE)

    assert len(found) > 15
    assert [line for line in found if not is_sentence(line.strip('"'))] == []


def test_the_kind_of_most_messages_is_told_by_their_place() -> None:
    """The rule is held over all of them, and not over a few."""
    counted = Counter(message.kind for message in messages())

    assert counted[Kind.SENTENCE] > 700
    assert counted[Kind.FRAGMENT] > 150


@pytest.mark.parametrize(
    "text",
    [
        "The state is damaged.",
        "Did you mean “plan”?",
        f"{HOLE} cannot be read: {HOLE}.",
        "badgeops reads gzip.",
        "Log in once:\n  badgeops login",
        "Fetch the images:\n\n  git lfs pull",
        "Write the key and a slash: csta/2-AP-13",
        "If you mean it, add:\n  --allow meaning=x\nIf not, put it back.",
    ],
)
def test_what_is_a_sentence(text: str) -> None:
    """A whole one, one with values, one that begins with a name, one that ends with what to type."""
    assert is_sentence(text)


@pytest.mark.parametrize(
    "text", ["the state is damaged.", "The state is damaged", "Log in once\n  badgeops login", "apply stops here."]
)
def test_what_is_no_sentence(text: str) -> None:
    """A small letter, no full stop, a command that nothing announces."""
    assert not is_sentence(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("this image is empty", True),
        ("SVG is not allowed", True),
        ('"name" is empty', True),
        ("This image is empty", False),
        ("this image is empty.", False),
    ],
)
def test_what_is_a_fragment(text: str, expected: bool) -> None:
    """Small and open, but abbreviations and quotes may begin it."""
    assert is_fragment(text) is expected


SOURCE = '''
"""A docstring of no kind."""

import click

_TABLE = (("some words", "a summary", "A detail."),)


class OwnError(BadgeopsError):
    """A docstring."""


@click.command(short_help="Short help.")
def plan() -> None:
    """Long help."""
    detail = "An assigned detail." if x else f"Another {x} detail."
    yield Problem("empty-tag", "first summary", detail)
    summary, hint = "second summary", "A hint."
    report(Severity.ERROR, "empty-tag", summary, hint=hint)
    raise OwnError("An error." + more) from ValueError("inner reason")


def of_table() -> None:
    for words, summary, detail in _TABLE:
        print("other text", "word", summary, detail)
'''


def test_the_place_of_a_literal_tells_its_kind() -> None:
    """After the name of a rule, by a keyword, in an error, as help; also if a name or a table stands between."""
    tree = ast.parse(SOURCE)
    found = {message.text: message.kind for message in of_module("x.py", tree, sentence_errors([tree]))}

    assert found == {
        "Short help.": Kind.SENTENCE,
        "Long help.": Kind.SENTENCE,
        "An assigned detail.": Kind.SENTENCE,
        f"Another {HOLE} detail.": Kind.SENTENCE,
        "first summary": Kind.FRAGMENT,
        "second summary": Kind.FRAGMENT,
        "A hint.": Kind.SENTENCE,
        f"An error.{HOLE}": Kind.SENTENCE,
        "inner reason": Kind.FRAGMENT,
        "some words": Kind.OTHER,
        "a summary": Kind.FRAGMENT,
        "A detail.": Kind.SENTENCE,
        "other text": Kind.OTHER,
    }


SAMPLES = ("badge_class.one", "abc", "")
"""What may stand in a command where a message puts something in: an address, an id or a word, nothing."""


def advice() -> list[tuple[str, str]]:
    """Return each command that stands on a line of its own in a literal, or is a literal, with its place."""
    lines = [(message.place, line) for message in messages() for line in message.text.split("\n")]
    whole = [(message.place, f"  {message.text}") for message in messages() if is_command(message.text)]
    return [(place, line.strip()) for place, line in [*lines, *whole] if line.startswith("  badgeops ")]


def is_command(text: str) -> bool:
    """Tell a command from a sentence about badgeops."""
    words = text.split()
    return text.startswith("badgeops ") and words[1] in cli.commands and not text.endswith(".")


def is_parsed(command: str) -> bool:
    """Tell whether the command line takes a command, whatever of the samples stands in its holes."""
    for values in product(SAMPLES, repeat=command.count(HOLE)):
        given = iter(values)
        try:
            words_of("".join(next(given) if letter == HOLE else letter for letter in command))
        except (click.UsageError, KeyError, ValueError):
            continue
        return True
    return False


def test_each_command_that_a_message_advises_is_one() -> None:
    """It has a name and options that there are, and takes the arguments that it is shown with."""
    found = advice()

    assert len(found) > 15
    assert [item for item in found if not is_parsed(item[1])] == []


@pytest.mark.parametrize(
    "command", ["badgeops import", "badgeops forget x", f"badgeops state mv {HOLE}", "badgeops plan --x"]
)
def test_what_is_no_command_is_recognised(command: str) -> None:
    """Too few arguments, no such name, no such option."""
    assert not is_parsed(command)


def test_no_message_sends_an_account_to_a_role_that_does_not_help() -> None:
    """A member of the staff only awards: whoever is to plan and apply is told to become an editor, or owner."""
    found = {message.place.partition(":")[0] for message in messages() if re.search(r"\bstaff\b", message.text)}

    assert found == {"badgeops/commands/snapshot.py"}, "a snapshot has none, which is all there is to say of staff"
