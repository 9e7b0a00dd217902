"""`badgeops explain`: every rule and every error has one name, and whatever it is called is explained offline."""

from __future__ import annotations

from itertools import chain

import pytest
from support.markdown import anchors
from support.places import ROOT

from badgeops import errors
from badgeops.app.explain_name import ExplainRequest, explain_name
from badgeops.errors import BadgeopsError, SettingsError
from badgeops.model import error_names, rules
from badgeops.model.rules import Rule
from badgeops.render.text import rule_text

TOLD_BY_THE_COMMAND_LINE = {"internal-error", "refused-by-system"}
ANCHORS = anchors((ROOT / "docs" / "rules.md").read_text("utf-8"))
ROWS = (*rules.TABLE, *error_names.TABLE)


def kinds(kind: type[BadgeopsError] = BadgeopsError) -> list[type[BadgeopsError]]:
    """Return all kinds of error that `errors` defines."""
    found = [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return [*found, *chain.from_iterable(map(kinds, found))]


def test_each_kind_of_error_has_a_name_of_its_own() -> None:
    """No error is without a row that explains it, and no row is without an error."""
    names = [kind.__dict__["code"] for kind in kinds()]

    assert len(names) == len(set(names))
    assert set(names) | TOLD_BY_THE_COMMAND_LINE == error_names.NAMED.keys()
    assert [row.name for row in error_names.TABLE] == sorted(error_names.NAMED)


def test_no_error_is_called_as_a_rule_is_or_was() -> None:
    """One name means one thing."""
    past = {name for rule in rules.TABLE for name in rule.formerly}

    assert not error_names.NAMED.keys() & (rules.NAMED.keys() | past)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_name_is_explained(row: Rule) -> None:
    """What it means, why it is there, and how to mend it: on the terminal in full, and on the page below its name."""
    (found,) = explain_name(ExplainRequest(name=row.name))
    shown = " ".join(rule_text.show(found).split())

    assert found is row
    assert shown.startswith(row.name)
    assert all(text in shown for text in (row.what, row.why, row.mend))
    assert max(map(len, rule_text.show(found).splitlines())) <= 82
    assert ("accept:" in shown) == (f"for: {row.accept_for}" in shown) == bool(row.accept_for)
    assert ("cannot be accepted" in shown) == (row.name in rules.NAMED and not row.accept_for)
    assert row.name.replace(".", "") in ANCHORS


@pytest.mark.parametrize("name", ["too-long", "TEXT-TOO-LONG", "[text-too-long]", " text-too-long"])
def test_a_name_is_found_however_it_was_copied(name: str) -> None:
    """A log of last year, and brackets around the name, are understood."""
    assert [row.name for row in explain_name(ExplainRequest(name=name))] == ["text-too-long"]


def test_all_names_are_listed() -> None:
    """Without a name, each has a line of its own, in order."""
    listed = rule_text.show_all(explain_name(ExplainRequest()))

    assert [line.split()[0] for line in listed.splitlines()] == sorted(row.name for row in ROWS)


def test_a_name_that_is_nearly_right_is_named() -> None:
    """Nobody has to search the page of rules for a letter."""
    with pytest.raises(SettingsError, match="neither a rule nor an error text-to-long") as caught:
        explain_name(ExplainRequest(name="text-to-long"))
    assert caught.value.hint == "Did you mean text-too-long?"

    with pytest.raises(SettingsError) as caught:
        explain_name(ExplainRequest(name="zebra"))
    assert "lists all names" in caught.value.hint
