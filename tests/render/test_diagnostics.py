"""Diagnostics as text and as JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator

from badgeops import schemas
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.render.diagnostics import text, to_json


def diagnostic(source: Source | None = None, *, detail: str = "", summary: str = "wrong") -> Diagnostic:
    """Return an error at a place."""
    return Diagnostic(Severity.ERROR, "wrong", summary, detail, "badge_class.x", source)


def shown(line: str, column: int, end: int, width: int = 40) -> list[str]:
    """Return the excerpt and the underlining of one line."""
    block = text([diagnostic(Source("a.yaml", 7, column, 7, end, line))], color=False, width=width)
    return block.splitlines()[2:4]


def test_a_problem_is_shown_with_its_line() -> None:
    """Place, severity, summary, address, the line with the place underlined, and what to do."""
    source = Source("badges/python-basics.yaml", 7, 1, 7, 17, "criteriaNarative: |")
    found = diagnostic(source, summary='unknown field "criteriaNarative"', detail="A BadgeClass has no such field.")

    assert text([found], color=False) == (
        'badges/python-basics.yaml:7:1: error[wrong]: unknown field "criteriaNarative"\n'
        "  badge_class.x\n"
        "  7 | criteriaNarative: |\n"
        "    | ^^^^^^^^^^^^^^^^\n"
        "  A BadgeClass has no such field.\n"
        "\n"
        "1 error.\n"
    )


def test_nothing_to_say_is_nothing() -> None:
    """Without problems there is no text, not even a count."""
    assert text([], color=False) == ""


@pytest.mark.parametrize(
    ("errors", "warnings", "line"),
    [
        (1, 0, "1 error."),
        (0, 1, "1 warning."),
        (1, 1, "1 error, 1 warning."),
        (2, 3, "2 errors, 3 warnings of 2 causes."),
    ],
)
def test_the_last_line_counts(errors: int, warnings: int, line: str) -> None:
    """The problems are counted by severity, and what there is none of is left out."""
    found = [diagnostic()] * errors + [Diagnostic(Severity.WARNING, "x", "y")] * warnings

    assert text(found, color=False).splitlines()[-1] == line
    assert (
        text(found, color=False, every_place=True).splitlines()[-1]
        == f"{line.removesuffix(' of 2 causes.').rstrip('.')}."
    )


def test_a_place_without_a_line_has_no_excerpt() -> None:
    """A file that could not be read is named without a line of it."""
    shown = text([diagnostic(Source("a.yaml"))], color=False)

    assert shown == "a.yaml:1:1: error[wrong]: wrong\n  badge_class.x\n\n1 error.\n"


def test_wide_characters_and_tabs_are_counted_in_columns() -> None:
    """The underlining stands below the place also where characters take two columns, none, or a tab's width."""
    assert shown("日本: x", 5, 6) == ["  7 | 日本: x", "    |       ^"]
    assert shown("e\u0301: x", 5, 6) == ["  7 | e\u0301: x", "    |    ^"]
    assert shown("a\t: x", 5, 6) == ["  7 | a    : x", "    |        ^"]


def test_a_long_line_is_cut_around_the_place() -> None:
    """Of a very long line only the surroundings of the place are shown."""
    assert shown("a" * 500 + "XYZ" + "b" * 500, 501, 504) == [
        "  7 | …aaaaaaaaaaXYZbbbbbbbbbbbbbbbbbbb…",
        "    |            ^^^",
    ]
    assert shown("XYZ" + "b" * 50, 1, 4)[0] == "  7 | XYZ" + "b" * 29 + "…"
    assert shown("a" * 50 + "XYZ", 51, 54)[0] == "  7 | …" + "a" * 29 + "XYZ"


def test_a_place_of_several_lines_is_underlined_to_the_end_of_the_first() -> None:
    """A value that goes on below is underlined as far as its first line goes."""
    source = Source("a.yaml", 1, 4, 3, 1, "a: |  ")

    assert text([diagnostic(source)], color=False).splitlines()[3] == "    |    ^"


def test_details_are_wrapped_but_commands_are_not() -> None:
    """Running text is wrapped to the width; an indented line stands alone and whole."""
    detail = "word " * 12 + "\n\n  " + "command " * 8

    lines = text([diagnostic(detail=detail)], color=False, width=40).splitlines()

    assert max(len(line) for line in lines[2:4]) <= 40
    assert "    " + ("command " * 8).rstrip() in lines


def test_colour_is_added_and_nothing_else() -> None:
    """With colour there are escapes around the same text."""
    found = [diagnostic(Source("a.yaml", 1, 1, 1, 2, "ab"), detail="do")]
    colored = text(found, color=True)

    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m"):
        assert code in colored
        colored = colored.replace(code, "")
    assert colored == text(found, color=False)


sources = st.builds(
    Source,
    st.text(),
    st.integers(1, 9),
    st.integers(1, 99),
    st.integers(0, 9),
    st.integers(0, 99),
    st.one_of(st.none(), st.text(st.characters(), max_size=200)),
)
diagnostics = st.builds(
    Diagnostic,
    st.sampled_from(Severity),
    st.just("some-code"),
    st.text(),
    st.text(),
    st.one_of(st.none(), st.text()),
    st.one_of(st.none(), sources),
)


@given(st.lists(diagnostics, max_size=4), st.integers(0, 200))
def test_anything_can_be_shown(found: list[Diagnostic], width: int) -> None:
    """Whatever the texts and places are, they are shown, without any control character of theirs."""
    result = text(found, color=False, width=width)

    assert not {character for character in result if ord(character) < 0x20} - {"\n", "\t"}


@given(st.lists(diagnostics, max_size=4))
def test_the_json_fits_its_schema(found: list[Diagnostic]) -> None:
    """The JSON is what schemas/diagnostics.schema.json promises, and pure ASCII."""
    written = to_json(found)
    value = json.loads(written)

    assert written.isascii()
    Draft202012Validator(schemas.load("diagnostics")).validate(value)
    assert value["valid"] == (value["error_count"] == 0)
    assert value["error_count"] + value["warning_count"] + value["note_count"] == len(found)


def test_the_json_of_a_diagnostic() -> None:
    """Every member of a diagnostic is there; a place without an end ends where it begins."""
    value = json.loads(to_json([diagnostic(Source("a.yaml", 3, 5), detail="do")]))

    assert value["diagnostics"] == [
        {
            "severity": "error",
            "code": "wrong",
            "summary": "wrong",
            "detail": "do",
            "address": "badge_class.x",
            "range": {
                "filename": "a.yaml",
                "start": {"line": 3, "column": 5},
                "end": {"line": 3, "column": 5},
            },
        }
    ]
