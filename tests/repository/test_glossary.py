"""One word for one thing: pages, messages and code follow docs/glossary.md, without exceptions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache

import pytest
from support import prose
from support.places import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Word:
    """A word that badgeops does not use."""

    name: str
    """As the glossary lists it in its last column."""
    instead: str
    pattern: str
    """Its forms; a space stands for any white space."""
    allowed: str = r"(?!)"
    """Where it means something else."""
    exempt: str = ""
    """Files that have to say it."""

    def count(self, path: str, text: str) -> int:
        """Tell how often a text uses the word."""
        if self.exempt and fnmatch(path, self.exempt):
            return 0
        rest = re.sub(self.allowed, "", text, flags=re.IGNORECASE)
        return len(re.findall(rf"\b(?:{self.pattern})\b", rest, re.IGNORECASE))


WORDS = (
    Word("picture", "image", r"pictures?"),
    Word("holder", "earner, or lock owner", r"holders?"),
    Word("people hold", "earner", r"(?:people|person) (?:\w+ )?holds?|held by (?:\w+ )?(?:people|person|nobody)"),
    Word("finding", "problem", r"findings?"),
    Word("remark", "problem", r"remarks?"),
    Word("mistake", "problem", r"mistakes?", allowed=r"by mistake"),
    Word("ledger", "journal", r"ledgers?"),
    Word("take over", "import, or adopt", r"(?:take|takes|took|taken|taking) (?:(?:it|them|that) )?over|takeover"),
    Word("take under management", "import", r"under management"),
    Word("let go", "forget", r"(?:let|lets|letting) (?:\w+ )?go"),
    Word(
        "leave the state",
        "forget",
        r"(?:leave|leaves|left|leaving) the state",
        allowed=r"the state (?:as|alone|behind)",
    ),
    Word(
        "assertion",
        "award",
        r"assertions?",
        allowed=r"calls it an assertion",
        exempt="badgeops/sandbox/*",  # speaks the API's language
    ),
    Word("achievement", "badge class", r"achievements?", allowed=r"achievement type|calls it an achievement"),
    Word("kind of server", "dialect", r"kinds? of (?:a )?servers?"),
    Word("wire", "dialect", r"wires?"),
    Word("configuration", "catalog, or settings", r"configurations?"),
    Word("edited by others", "drift", r"edit(?:ed|s) by others"),
    Word("break the lock", "release", r"(?:break|breaks|breaking|broke|broken) (?:the|a|this) lock"),
)
UNREAD = {
    "entry": "an AlignmentSet has entries",
    "resource": "the record of an entity in the state",
    "object": "JSON and Python have objects",
    "thing": "it names anything",
    "badge": "people say it of what they see",
    "adopt": "right for what an interrupted run created, and wrong for an import",
    "ours": "right in sentences about what the state records",
}
"""Words of the glossary's last column that no pattern can judge, and why."""


def test_words_follow_the_glossary() -> None:
    """A word that the glossary replaces stands in no page, message, docstring or comment."""
    found = [
        f"{text.path}: {word.name!r} in {text.text[:80]!r}; say: {word.instead}"
        for text in prose.texts()
        for word in WORDS
        if word.count(text.path, text.text)
    ]

    assert found == []


TECHNICAL = re.findall(
    r"\w+",
    """
    key kind selector glob default override alignment criteria mapping alias rule metadata
    dialect environment sandbox credentials token scope proxy redirect certificate entity issuer award earner
    state journal serial lineage pending digest snapshot drift conflict protected archive forget import
    terminal stdin stdout stderr keyring cache gzip TLS NUL fork checkout submodule artifact
""",
)
"""Words of messages that not every administrator of badges knows. Whoever uses another one adds it, and its row."""
BAKES = re.compile(r"\b(?:re-)?bak(?:e|es|ed|ing)\b", re.IGNORECASE)
ROWS = {
    name.strip()
    for row in re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]*\|$", GLOSSARY, re.MULTILINE)
    for name in row.split(",")
}


@cache
def messages() -> tuple[str, ...]:
    """Return all messages."""
    return tuple(text.text for text in prose.texts() if text.kind == prose.MESSAGES)


def is_said(pattern: re.Pattern[str]) -> bool:
    """Tell whether a message uses a word."""
    return any(map(pattern.search, messages()))


@pytest.mark.parametrize("word", TECHNICAL)
def test_a_technical_word_of_messages_is_in_the_glossary(word: str) -> None:
    """Nobody has to ask what a message says: each such word has a row, and no row of this list is without a message."""
    assert word in ROWS
    assert is_said(re.compile(rf"\b{word}(?:s|es|d|ed)?\b", re.IGNORECASE))


def test_what_baking_is_can_be_looked_up() -> None:
    """Plans say it of awards, in several forms."""
    assert is_said(BAKES)
    assert "bake" in ROWS
    assert "re-bake" in GLOSSARY


def test_every_word_that_the_glossary_replaces_is_looked_for() -> None:
    """Each word of the last column has a pattern, or a reason why no pattern can judge it."""
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]+) \|$", GLOSSARY, re.MULTILINE)
    replaced = {word for row in rows for word in row.split(", ")} - {"not", "---"}

    assert replaced == {word.name for word in WORDS} | UNREAD.keys()


def test_every_word_to_say_instead_is_in_the_glossary() -> None:
    """Whoever is told to say a word can look it up."""
    defined = set(re.findall(r"^\| ([a-z ,]+) \| ", GLOSSARY, re.MULTILINE))
    said = {part.strip().removeprefix("or ") for word in WORDS for part in word.instead.split(",")}

    assert said <= defined


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Pictures are drawn.", ["picture"]),
        ("A placeholder is drawn.", []),
        ("Held by 412 people.", ["people hold"]),
        ("What people already hold.", ["people hold"]),
        ("A run holds the lock.", []),
        ("The run takes it\n  over.", ["take over"]),
        ("This apply takes it over from there.", ["take over"]),
        ("One is deleted by mistake.", []),
        ("This is a mistake.", ["mistake"]),
        ("An entity leaves the state.", ["leave the state"]),
        ("A failure leaves the state as it was.", []),
        ("Open Badges calls it an achievement.", []),
        ("`holders` counts the holders of it.", ["holder"]),
        ("```\nholders\n```\n", []),
        ("See [the page](pictures.md).", []),
    ],
)
def test_a_word_is_found_in_prose_only(text: str, found: list[str]) -> None:
    """Code, links and other meanings do not count; line ends and case make no difference."""
    text = prose.plain(text)

    assert [word.name for word in WORDS if word.count("README.md", text)] == found


SOURCE = '''
"""A docstring."""

import click

NAME = "identifier"


@click.command()
def plan() -> None:
    """Help."""  # a comment
    raise Error(f"Message {NAME} one.", hint="Two words.")
'''


def test_all_texts_of_a_module_are_read() -> None:
    """Messages, whole and with values put in; help; docstrings and comments; but no single words such as keys."""
    found = list(prose.of_python("x.py", SOURCE))

    assert {text.text for text in found if text.kind == prose.MESSAGES} == {"Help.", "Message {} one.", "Two words."}
    assert {text.text for text in found if text.kind == prose.CODE} == {"A docstring.", "# a comment"}


def test_all_sorts_of_files_are_read() -> None:
    """Pages, modules, schemas, templates and the action."""
    read = {(text.kind, text.path) for text in prose.texts()}

    assert {
        (prose.DOCS, "README.md"),
        (prose.DOCS, "CHANGELOG.md"),
        (prose.DOCS, "docs/decisions/README.md"),
        (prose.MESSAGES, "badgeops/errors.py"),
        (prose.CODE, "badgeops/errors.py"),
        (prose.MESSAGES, "schemas/badge-class.schema.json"),
        (prose.MESSAGES, "badgeops/scaffold/templates/gitlab/badgeops.gitlab-ci.yml"),
        (prose.MESSAGES, ".github/actions/badgeops/action.yml"),
    } <= read
    assert (prose.DOCS, "docs/glossary.md") not in read
