"""The pages for users can be read aloud: short sentences, "if" for a condition, headings like sentences."""

from __future__ import annotations

import re

import pytest
from support.markdown import PAGES, headings, sentences
from support.messages import described
from support.places import ROOT

from badgeops import schemas

NOT_FOR_USERS = {"CONTRIBUTING.md", "docs/architecture.md"}
READ_BY_USERS = [name for page in PAGES if (name := str(page.relative_to(ROOT))) not in NOT_FOR_USERS]
SCHEMAS = sorted(path.name.partition(".")[0] for path in schemas.folder().glob("*.schema.json"))
MOST_WORDS = 40
"""Of a sentence; most have less than half of that."""
CONDITION = re.compile(
    r"^Where (?!.*\?$)"
    r"|\b(?:also|even|except|only|but|true|false|null|empty|fails?) where\b"
    r"|\bwhere (?:there|nobody|somebody|nothing|something) \w",
    re.IGNORECASE,
)
"""Words that say "where" of a condition; a place, as in "says where credentials are sent", has none of them."""
PROPER_NAMES = {"Actions", "Python"}
"""Words that keep their capital letter in the middle of a sentence."""


def too_long(sentence: str) -> bool:
    """Tell whether nobody could say this in one breath."""
    return len(sentence.split()) > MOST_WORDS


def capitals(heading: str) -> list[str]:
    """Return the words of a heading that have a capital letter and would have none inside a sentence."""
    _, *rest = re.sub(r"^\d+\. ", "", heading).split()
    return [word for word in rest if word[0].isupper() and word[1:].islower() and word not in PROPER_NAMES]


@pytest.mark.parametrize("name", READ_BY_USERS)
def test_no_sentence_is_too_long_to_be_said(name: str) -> None:
    """Nobody has to begin a sentence again to understand it."""
    assert [sentence for sentence in sentences(ROOT / name) if too_long(sentence)] == []


@pytest.mark.parametrize("name", READ_BY_USERS)
def test_a_condition_begins_with_if(name: str) -> None:
    """The word "where" asks for a place, and a reader who looks for one is lost."""
    assert [sentence for sentence in sentences(ROOT / name) if CONDITION.search(sentence)] == []


@pytest.mark.parametrize("name", READ_BY_USERS)
def test_a_heading_is_written_like_a_sentence(name: str) -> None:
    """Only its first word and names have a capital letter."""
    assert [heading for heading in headings(ROOT / name) if capitals(heading)] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_descriptions_of_fields_can_be_said(name: str) -> None:
    """Editors and messages show them one by one."""
    found = list(described(schemas.load(name)))

    assert len(found) > 3
    assert [text for text in found if CONDITION.search(text)] == []
    assert [text for text in found for part in re.split(r"(?<=[.:;]) ", text) if too_long(part)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Where there is none, the plan stops.",
        "True where there is no error.",
        "It is written, also where it is long.",
        "The plan stops where nobody has asked for it.",
    ],
)
def test_the_measure_knows_a_condition(text: str) -> None:
    """The pattern still finds what it was made for."""
    assert CONDITION.search(text)


@pytest.mark.parametrize(
    "text", ["Where does it come from?", "It says where credentials are sent.", "Say who, from where, and since when."]
)
def test_the_measure_knows_a_place(text: str) -> None:
    """It says nothing of the word in its own meaning."""
    assert not CONDITION.search(text)


def test_the_measures_know_long_sentences_and_capitals() -> None:
    """Both still find what they were made for."""
    assert too_long("word " * 41)
    assert not too_long("word " * 40)
    assert capitals("2. Write A Catalog") == ["Catalog"]
    assert capitals("GitHub Actions and the JSON of a BadgeClass") == []
