"""What messages advise is right: whoever follows a hint has none left in that place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, strategies as st
from support.images import png
from support.tiers import examples

from badgeops.app.requests import Request
from badgeops.app.workspace import check
from badgeops.commands.shared.console import CONSOLE
from badgeops.errors import Diagnostic, Severity
from badgeops.yamldoc.parse import YamlFile, parse

ISSUER = {
    "kind": "Issuer",
    "key": "acme",
    "name": "ACME",
    "url": "https://acme.example",
    "email": "badges@acme.example",
    "description": "d",
}
BADGE = {
    "kind": "BadgeClass",
    "key": "a",
    "issuer": "acme",
    "name": "A",
    "description": "d",
    "image": "a.png",
    "criteriaNarrative": "c",
    "criteriaUrl": "https://acme.example/how",
    "tags": "[x]",
    "alignments": "[{targetName: n, targetUrl: 'https://x.example'}]",
    "expires": "{amount: 1, duration: years}",
    "achievementType": "Badge",
    "imageAltText": "t",
    "lifecycle": "{protect: true}",
    "extensions": "{'extensions:x': {'@context': 'https://x.example', type: [a], day: a}}",
}
SETTINGS = {
    "catalog": "acme",
    "requires": '">=0.1"',
    "environments": "{sandbox: {server: sandbox}, b: {server: sandbox, state: x.json}}",
    "defaultEnvironment": "sandbox",
    "limits": "{delete: 1}",
    "accept": "[{rule: duplicate-tag, for: '*', because: b}]",
}
SETTINGS_WORDS = {
    "environments": ["{sandbox: {server: @@}}", "{sandbox: {server: sandbox, caFile: @@}}"],
    "limits": ["{delete: @@}", "{update: @@}"],
    "accept": ["[{rule: @@, for: '*', because: b}]", "[{rule: x, for: @@, because: b}]", "[{rule: x, for: [@@]}]"],
}
BADGE_WORDS = {
    "tags": ["[@@]", "[x, @@]"],
    "alignments": [
        "[{targetName: @@, targetUrl: 'https://x.example'}]",
        "[{targetName: n, targetUrl: @@}]",
        "[{ref: @@}]",
    ],
    "expires": ["{amount: @@, duration: years}", "{amount: 1, duration: @@}"],
    "image": ["{ref: @@}", "{file: @@}"],
    "criteriaNarrative": ["{file: @@}"],
    "lifecycle": ["{protect: @@}", "{onRemove: @@}", "{ignore: @@}", "{ignore: [@@]}"],
    "extensions": ["{'extensions:x': {'@context': 'https://x.example', type: [a], day: @@}}", "{x: @@}"],
}
WORDS = ["no", "7", "0.5", "2024-01-01", "0x1F", "1_000", "12:30", ".5", "-1", "1e3", '"7"', '"007"', "a, b", '"1, 2"']


_ADVICE = re.compile(r'Write (?:it in quotes|a list|the number without quotes): (".*?"|\[.*?\]|\d+)')


def found(folder: Path, settings: dict[str, str], issuer: dict[str, str], badge: dict[str, str]) -> list[Diagnostic]:
    """Return the errors of a small catalog."""
    for name, fields in (("badgeops", settings), ("issuer", issuer), ("badge", badge)):
        lines = "".join(f"{field}: {value}\n" for field, value in fields.items())
        (folder / f"{name}.yaml").write_text(lines, "utf-8")
    (folder / "a.png").write_bytes(png())
    return [each for each in check(Request(catalog=str(folder)), CONSOLE) if each.severity is Severity.ERROR]


def cases() -> st.SearchStrategy[tuple[str, str, str]]:
    """Draw a document, a field of it, and a value with `@@` where a word is to stand."""
    places = [("issuer", field, "@@") for field in ISSUER]
    places += [("badge", field, form) for field in BADGE for form in ["@@", *BADGE_WORDS.get(field, [])]]
    places += [("settings", field, form) for field in SETTINGS for form in ["@@", *SETTINGS_WORDS.get(field, [])]]
    return st.sampled_from(places)


@given(cases(), st.sampled_from(WORDS))
@examples(120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whoever_follows_a_hint_is_done_with_the_place(tmp_path: Path, case: tuple[str, str, str], word: str) -> None:
    """Quotes, lists and numbers are advised only where they are right."""
    which, field, form = case
    documents = {"settings": dict(SETTINGS), "issuer": dict(ISSUER), "badge": dict(BADGE)}
    documents[which][field] = form.replace("@@", word)
    before = found(tmp_path, **documents)

    for each in before:
        advised = _ADVICE.search(each.detail)
        if advised is not None and "If this is its name" not in each.detail:
            documents[which][field] = form.replace("@@", advised[1])
            places = [(item.source.filename, item.source.line) for item in found(tmp_path, **documents) if item.source]
            assert each.source is not None
            assert (each.source.filename, each.source.line) not in places


@pytest.mark.parametrize(
    "words", ["academy", "acme.example", "acme.example/a", "a_b.example", "localhost", "a b.example"]
)
def test_an_address_is_suggested_only_if_it_is_one(tmp_path: Path, words: str) -> None:
    """With https:// in front it may still be none."""
    (before,) = found(tmp_path, SETTINGS, ISSUER | {"url": words}, BADGE)
    meant = re.search(r'Did you mean "(.+)"', before.detail)

    assert (meant is not None) == (words in ("acme.example", "acme.example/a", "localhost"))
    if meant is not None:
        assert found(tmp_path, SETTINGS, ISSUER | {"url": meant[1]}, BADGE) == []


@pytest.mark.parametrize("spell", [str.upper, str.title, str.swapcase, lambda name: name[0].upper() + name[1:]])
@pytest.mark.parametrize("which", ["settings", "issuer", "badge"])
def test_a_field_in_another_case_is_told_with_its_name(tmp_path: Path, which: str, spell: Callable[[str], str]) -> None:
    """Whatever field it is, also `kind`: at its own place, with the name to write, and once."""
    documents = {"settings": dict(SETTINGS), "issuer": dict(ISSUER), "badge": dict(BADGE)}
    for name in documents[which]:
        spelled = spell(name)
        changed = {spelled if field == name else field: value for field, value in documents[which].items()}
        if spelled == name:
            continue
        (told,) = found(tmp_path, **(documents | {which: changed}))

        assert told.summary == f'unknown field "{spelled}"'
        assert f'Did you mean "{name}"?' in told.detail
        assert told.source is not None
        assert told.source.line == list(changed).index(spelled) + 1
        assert told.source.column == 1


SET = "\n---\nkind: AlignmentSet\nkey: skills\nalignments: {S1: {targetName: n, targetUrl: 'https://x.example'}}"
FORMS = [
    ("badge", "alignments", "skills/S1"),
    ("badge", "alignments", "[skills/S1]"),
    ("badge", "alignments", "[skills/S1, {ref: skills/S1}]"),
    ("badge", "expires", "2 years"),
    ("badge", "expires", "'1 day'"),
    ("badge", "issuer", "{ref: acme}"),
    ("badge", "issuer", "{key: acme}"),
    ("settings", "environments", "{sandbox: sandbox}"),
    ("settings", "accept", "[{rule: duplicate-tag, for: {file: 'file:*'}, because: b}]"),
]


@pytest.mark.parametrize(("which", "field", "wrong"), FORMS)
def test_the_form_that_is_meant_is_right(tmp_path: Path, which: str, field: str, wrong: str) -> None:
    """Whoever writes what the message shows, in the place that it points to, has no error left."""
    documents = {"settings": dict(SETTINGS), "issuer": dict(ISSUER), "badge": dict(BADGE)}
    documents["issuer"]["description"] += SET
    documents[which][field] = wrong
    (told,) = found(tmp_path, **documents)
    assert told.source is not None
    assert told.source.text is not None

    shown = re.search(r"Perhaps you mean (.*[}\]])\.|If (.*) is what you mean, write it alone", told.detail)
    assert shown is not None
    before = told.source.text[: told.source.column - 1].partition(": ")[2]
    after = told.source.text[told.source.end_column - 1 :]
    documents[which][field] = f"{before}{shown[1] or shown[2]}{after}"

    assert found(tmp_path, **documents) == []


@pytest.mark.parametrize(
    ("which", "field", "wrong"),
    [
        ("badge", "alignments", "[Python]"),
        ("badge", "alignments", "'a/b#c'"),
        ("badge", "expires", "two years"),
        ("badge", "expires", "P2Y"),
        ("badge", "issuer", "{ref: ACME Academy}"),
        ("badge", "issuer", "{ref: acme, key: acme}"),
        ("badge", "name", "{ref: 7}"),
        ("settings", "environments", "{sandbox: '{a'}"),
    ],
)
def test_no_form_is_advised_that_would_be_wrong(tmp_path: Path, which: str, field: str, wrong: str) -> None:
    """Then the description of the field and an example are all that is said."""
    documents = {"settings": dict(SETTINGS), "issuer": dict(ISSUER), "badge": dict(BADGE)}
    documents[which][field] = wrong

    for told in found(tmp_path, **documents):
        assert "you mean" not in told.detail


def test_a_field_that_is_there_already_is_not_suggested_again(tmp_path: Path) -> None:
    """Renamed, the other would be doubled."""
    (before,) = found(tmp_path, SETTINGS, ISSUER, BADGE | {"criteria": "x"})

    assert before.code == "unknown-field"
    assert '"criteriaNarrative"' not in before.detail


@given(st.dictionaries(st.sampled_from(sorted(BADGE)), st.just("x"), min_size=1), st.booleans())
@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_kind_is_suggested_only_if_one_is_likely(tmp_path: Path, fields: dict[str, str], is_whole: bool) -> None:
    """Not the first of the list for whatever fits none."""
    document = BADGE if is_whole else {"key": "k", **fields}
    document = {field: value for field, value in document.items() if field != "kind"}
    before = next(each for each in found(tmp_path, SETTINGS, ISSUER, document) if each.code == "missing-kind")
    meant = re.search(r"\n {2}kind: (\w+)", before.detail)
    own = set(document) - {"key", "name", "description", "image", "lifecycle", "alignments"}

    assert meant is None or meant[1] == "BadgeClass" or not own
    assert not is_whole or meant is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &d x\n---\nb: *d\n", "line 1 is in another document"),
        ("a: &d x\n---\nb: *d\nc: &d y\n", "below, in line 4"),
        ("b: *d\nc: &d y\n", "below, in line 2"),
        ("b: *d\n---\nc: [&d y]\n", "line 3 is in another document"),
        ("a: &common x\nb: *comon\n", "Did you mean `*common`?"),
        ("a: x # &d\nb: *d\n", "Names of other files are not known here. If it is text, put it in quotes."),
        ("b: [*d, x]\n", "If it is text, put it in quotes."),
    ],
)
def test_an_alias_without_an_anchor_is_explained(text: str, words: str) -> None:
    """By what is in the file: the name in another document, below, or one that is nearly the same."""
    _, (problem,) = parse(YamlFile("a.yaml", text))

    assert "refers to an `&" in problem.summary
    assert words in problem.detail


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a: {<<: [{x: 1}, {x: 2}]}\n", 1),
        ("p: &p {x: 1}\nq: &q {x: 2}\na: {<<: [*p, *q]}\n", 1),
        ("p: &p {x: 1}\nq: &q {<<: *p, y: 1}\na: {<<: [*p, *q]}\n", 0),
        ("p: &p {x: 1}\nq: &q {<<: *p, x: 2}\na: {<<: [*p, *q]}\n", 1),
        ("a: {<<: [{x: 1}, {x: 2}], x: 3}\n", 0),
        ("a: {<<: [{x: 1}, {y: 2}]}\n", 0),
        ("a: {<<: {x: 1}, <<: {y: 1}}\n", 1),
        ("a: {<<: {x: 1}, <<: {x: 2}}\n", 1),
        ("a: {<<: {x: 1}, x: 2}\n", 0),
    ],
)
def test_nothing_is_lost_by_merging(text: str, count: int) -> None:
    """A field that comes from two mappings with two values is an error, unless the mapping has its own."""
    _, problems = parse(YamlFile("a.yaml", text))

    assert [each.code for each in problems] == ["duplicate-field"] * count
    assert not any("both have" not in each.detail and "*second" in each.detail and "x: 2" in text for each in problems)
