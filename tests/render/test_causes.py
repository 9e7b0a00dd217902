"""Problems by their cause: each cause once for people, each place for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from badgeops.errors import Diagnostic, Severity, Source
from badgeops.render import diagnostics
from badgeops.render.causes import OTHERS, Group, by_cause
from badgeops.render.html import problems_page
from badgeops.render.machine import annotations, junit, sarif
from badgeops.render.markdown import problems_markdown
from badgeops.render.view import ProblemsView

SUMMARIES = (
    'the tag "{}" is here twice',
    "this image is not square: {} by {} pixels",
    '"criteriaUrl" is not a web address: "{}"',
    '"url" is not a web address: "{}"',
    "badge_class.k{} has no finish",
    "no cause says {} what",
)
VALUES = st.integers(0, 3)
PROBLEMS = st.lists(
    st.tuples(st.integers(0, len(SUMMARIES) - 1), st.tuples(VALUES, VALUES), st.sampled_from(list(Severity)), VALUES),
    max_size=12,
)


def problem(summary: str, number: int = 0, severity: Severity = Severity.WARNING, detail: str = "") -> Diagnostic:
    """Return the problem of one badge class."""
    source = Source(f"badges/{number}.yaml", 4, 8, 4, 13, "image: a.png")
    return Diagnostic(severity, "image-not-square", summary, detail, f"badge_class.b{number}", source)


def built(given_: list[tuple[int, tuple[int, int], Severity, int]]) -> list[Diagnostic]:
    """Return problems of the summaries above."""
    return [problem(SUMMARIES[which].format(*values), at, severity) for which, values, severity, at in given_]


def groups(*summaries: str) -> list[tuple[str, int, tuple[tuple[str, int], ...]]]:
    """Return of each group what is wrong, how often, and what differs."""
    found = by_cause(problem(summary, number) for number, summary in enumerate(summaries))
    return [(group.summary, len(group.problems), group.differences) for group in found]


@given(PROBLEMS)
def test_each_problem_is_in_one_group_and_each_cause_is_one(
    given_: list[tuple[int, tuple[int, int], Severity, int]],
) -> None:
    """Nothing is lost and nothing told twice; what says the same in kind, and weighs the same, is together."""
    problems = built(given_)
    found = by_cause(problems)

    assert sorted(map(id, (each for group in found for each in group.problems))) == sorted(map(id, problems))
    assert len(found) == len({(which, severity) for which, _, severity, _ in given_})
    assert [group.first for group in found] == sorted((group.first for group in found), key=problems.index)
    for group in found:
        assert sum(number for _, number in group.differences) in (0, len(group.problems))
        assert ("…" in group.summary) == bool(group.differences)
        assert len({each.summary for each in group.problems}) == max(len(group.differences), 1)


@given(PROBLEMS)
def test_who_wants_every_place_gets_it(given_: list[tuple[int, tuple[int, int], Severity, int]]) -> None:
    """Then each problem stands by itself, in its order and in its own words."""
    problems = built(given_)

    assert by_cause(problems, every_place=True) == tuple(Group((each,), each.summary) for each in problems)


def test_what_differs_is_listed_behind_it() -> None:
    """Two numbers beside each other are one difference, the frequent ones come first, what is always so stays."""
    sizes = [f"this image is not square: {size} pixels" for size in ("9 by 6", "546 by 452", "9 by 6")]

    assert groups(*sizes) == [("this image is not square: … pixels", 3, (("9 by 6", 2), ("546 by 452", 1)))]
    assert groups(sizes[0], sizes[0]) == [(sizes[0], 2, ())]
    assert groups('"a.md" has 2 lines', '"b.md" has 2 lines') == [
        ('"…" has 2 lines', 2, (('"a.md"', 1), ('"b.md"', 1)))
    ]


def test_fields_and_advice_are_part_of_the_cause() -> None:
    """A problem of one field is not one of another, and what is mended in another way is another cause."""
    assert len(groups('"url" is empty', '"email" is empty')) == 2
    advice = ["Write %20 for it.", "Delete it.", 'Write "x".', 'Write "y".', "Write a/b.png.", "Write\n\n  c: d"]

    assert len(by_cause(problem("wrong", detail=detail) for detail in advice)) == 4


@pytest.mark.parametrize("line", ["  badgeops import badge_class.b{} ID", "  --allow recreate=badge_class.b{}"])
def test_no_command_that_mends_an_error_is_kept_back(line: str) -> None:
    """Whoever has ten errors with a command each sees ten; of warnings, and of one command for all, one is enough."""
    errors = [problem("taken", number, Severity.ERROR, f"Say which:\n{line.format(number)}") for number in range(10)]
    alike = [problem("taken", number, Severity.ERROR, f"Say which:\n{line.format(0)}") for number in range(10)]
    warnings = [problem("taken", number, detail=f"Say which:\n{line.format(number)}") for number in range(10)]

    shown = diagnostics.text(errors, color=False)

    assert all(line.format(number) in shown for number in range(10))
    assert [len(by_cause(found)) for found in (errors, alike, warnings)] == [10, 1, 1]


def test_the_first_place_is_shown_in_full_and_the_next_ones_are_named() -> None:
    """A cause has a head that an editor can follow, a number, its differences, and a few of its other places."""
    found = [problem(f"this image is not square: {7 + number % 2} by 6", number) for number in range(1178)]

    text = diagnostics.text(found, color=False, width=100)

    assert text == (
        "badges/0.yaml:4:8: warning[image-not-square]: 1,178 badge classes: this image is not square: …\n"
        "  badge_class.b0\n"
        "  4 | image: a.png\n"
        "    |        ^^^^^\n"
        "  7 by 6 (589), 8 by 6 (589).\n"
        "  Also at badges/1.yaml:4:8 (badge_class.b1), badges/2.yaml:4:8 (badge_class.b2), badges/3.yaml:4:8\n"
        "  (badge_class.b3) and 1,174 more.\n"
        "\n"
        "1178 warnings of 1 cause; `badgeops validate --every-place` shows all places.\n"
    )


def test_what_stands_in_no_file_is_named_by_its_address() -> None:
    """What a plan finds may have no line."""
    found = [Diagnostic(Severity.WARNING, "field-not-stored", "x", address=f"issuer.{key}") for key in "ab"]
    (group,) = by_cause(found)
    (bare,) = by_cause([Diagnostic(Severity.ERROR, "yaml-syntax", "x")] * 3)

    assert (group.headline, group.notes) == ("2 issuers: x", ("Also for issuer.b.",))
    assert (bare.headline, bare.notes) == ("3 places: x", ())


@pytest.mark.parametrize("letter", ["a", "1", "1,", '"', "a.", "badge_class.", "~-", '"a', "…"])
def test_no_text_is_read_for_long(letter: str) -> None:
    """However long what a catalog's author wrote is, its words are found in time that grows with it."""
    found = [problem(letter * 200_000, number, detail=letter * 200_000) for number in range(2)]

    before = time.process_time()
    assert len(by_cause(found)) == 1
    assert time.process_time() - before < 5


FOR_PEOPLE = {
    "text": diagnostics.show,
    "markdown": problems_markdown.show,
    "github": annotations.show_problems,
    "html": lambda problems: problems_page.show(problems.diagnostics),
}


SUGGESTIONS = ('Did you mean "{}"?', "A hint. Did you mean `{}`? More.", "Perhaps you mean {{ref: {}}}. An entry.")


@given(
    st.lists(
        st.tuples(st.sampled_from(SUGGESTIONS), st.from_regex(r"[a-z]{3}(/[a-z]{3})?", fullmatch=True)), max_size=9
    ),
    st.sampled_from(list(Severity)),
    st.sampled_from(sorted(FOR_PEOPLE)),
)
def test_no_suggestion_is_kept_back(given_: list[tuple[str, str]], severity: Severity, name: str) -> None:
    """Whoever misspelt nine names nine times reads nine names, in every format; one meant twice is told once."""
    details = [words.format(meant) for words, meant in given_]
    found = tuple(problem('unknown field "x"', at, severity, detail) for at, detail in enumerate(details))

    assert len(by_cause(found)) == len(set(details))
    shown = " ".join(FOR_PEOPLE[name](ProblemsView(found)).split())
    assert all(meant in shown for _, meant in given_)


def test_a_suggestion_that_repeats_what_was_written_is_one_for_all() -> None:
    """A thousand addresses without https:// are one cause: what to put in front of each is shown once."""
    found = [
        problem(f'"url" is not a web address: "{page}"', number, detail=f'Did you mean "https://{page}"?')
        for number, page in enumerate(["acme.example/1", "acme.example/2", "law.example"])
    ]
    other = problem('"url" is not a web address: "acme.exmple"', detail='Did you mean "https://acme.example"?')

    assert [len(group.problems) for group in by_cause([*found, other])] == [3, 1]


@pytest.mark.parametrize("show", FOR_PEOPLE.values(), ids=list(FOR_PEOPLE))
@pytest.mark.parametrize("number", [2, 1 + OTHERS, 5000])
def test_a_thousand_times_the_same_is_read_once(show: Callable[[ProblemsView], str], number: int) -> None:
    """Every format that people read says a cause once, with the number, however often it was met."""
    found = tuple(problem("this image is wide", each) for each in range(number))

    shown = show(ProblemsView(found))
    assert shown.count("this image is wide") == 1
    assert f"{number:,} badge classes" in shown
    assert "badges/0.yaml" in shown
    assert shown.count("badges/") <= 1 + OTHERS
    assert abs(len(shown) - len(show(ProblemsView(found[: OTHERS + 2])))) < 400


@pytest.mark.parametrize("name", ["text", "markdown", "github"])
def test_every_place_is_shown_to_who_asks_for_it(name: str) -> None:
    """`--every-place` names each."""
    found = tuple(problem("this image is wide", each) for each in range(9))

    shown = FOR_PEOPLE[name](ProblemsView(found, every_place=True))
    assert shown.count("this image is wide") == 9


@pytest.mark.parametrize("show", [diagnostics.show_json, sarif.show, junit.show])
def test_programs_get_each_place(show: Callable[[ProblemsView], str]) -> None:
    """They sort and filter by themselves."""
    found = tuple(problem("this image is wide", each) for each in range(1178))

    shown = show(ProblemsView(found))
    assert all(f"badges/{each}.yaml" in shown for each in range(1178))


def test_json_counts_problems_and_not_causes() -> None:
    """Its numbers are those of its entries."""
    found = tuple(problem("this image is wide", each) for each in range(3))

    assert json.loads(diagnostics.show_json(ProblemsView(found)))["warning_count"] == 3
