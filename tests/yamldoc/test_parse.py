"""YAML text as plain values that know where they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from support.tiers import examples

from badgeops.yamldoc.parse import Document, Surprise, YamlFile, parse


def read(text: str) -> dict[str, Any]:
    """Return the values of one document."""
    documents, diagnostics = parse(YamlFile("a.yaml", text))
    assert not diagnostics
    return documents[0].data


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("text", "text"),
        ("10%", "10%"),
        ("3", 3),
        ("-3", -3),
        ("0.5", 0.5),
        ("true", True),
        ("no", False),
        ("~", None),
        ("", None),
        ("'no'", "no"),
        ("2024-01-01", Surprise("2024-01-01", "a date")),
        ("0123", Surprise("0123", "a number")),
        ("1_000", Surprise("1_000", "a number")),
        ("12:30", Surprise("12:30", "a number")),
        ("0x1F", Surprise("0x1F", "a number")),
        (".inf", Surprise(".inf", "a number")),
        ("1.2.3", "1.2.3"),
        ("2024-W01", "2024-W01"),
        ("=", "="),
    ],
)
def test_a_plain_word_means_what_it_says(word: str, value: Any) -> None:
    """A word is what YAML 1.2 takes it for; what only YAML 1.1 would guess is a surprise, never another value."""
    assert read(f"a: {word}\n") == {"a": value}


def test_names_of_fields_are_text() -> None:
    """The name of a field is never a number or a truth value."""
    assert read("no: 1\n404: 2\nnull: 3\n") == {"no": 1, "404": 2, "null": 3}


def test_aliases_and_merges_are_followed() -> None:
    """Anchors and `<<` work; a field's own value wins."""
    assert read("a: &one {x: 1, y: 2}\nb: {<<: *one, y: 3}\n")["b"] == {"x": 1, "y": 3}


TEXT = """\
# a comment
kind: BadgeClass
key: one
tags: [a, "b", 0123]
criteria: |
  many
  lines
---
kind: BadgeClass
key: two
alignments:
  - {ref: x/y}
  - targetName: "日本"
"""


def two() -> tuple[Document, Document]:
    """Return the documents of TEXT."""
    documents, _ = parse(YamlFile("dir/a.yaml", TEXT))
    return documents[0], documents[1]


def test_values_and_names_are_located() -> None:
    """Each value, and each field's name, is found by its path, in the right document of the file."""
    one, second = two()

    assert str(one.locate("tags", 1)) == "dir/a.yaml:4:11"
    assert str(one.locate("tags", of_key=True)) == "dir/a.yaml:4:1"
    assert str(second.locate("alignments", 1, "targetName")) == "dir/a.yaml:13:17"
    assert second.locate("key").text == "key: two"
    assert str(second.source) == "dir/a.yaml:10:1"


def test_merged_fields_are_located_where_they_are_written() -> None:
    """A field that came by `<<` is found in the mapping it was taken from."""
    documents, _ = parse(YamlFile("a", "a: &a {x: 1}\nb: &b {y: 2}\nc: {<<: [*a, *b], z: 3}\nd: {<<: *b}\n"))

    assert [str(documents[0].locate(*path)) for path in (("c", "y"), ("c", "z"), ("d", "y"))] == [
        "a:2:11",
        "a:3:22",
        "a:2:11",
    ]
    assert documents[0].locate("c", "nothing").line == 3


def test_what_is_not_there_is_located_nearby() -> None:
    """A path that leads nowhere ends at the nearest thing around it."""
    one, _ = two()

    assert str(one.locate("tags", 7)) == "dir/a.yaml:4:7"
    assert one.locate("nothing").line == one.start.line


def test_raw_text_is_what_was_written() -> None:
    """The text of a scalar is given back as its author wrote it, without quotes."""
    one, _ = two()

    assert one.raw("tags", 2) == "0123"
    assert one.raw("tags", 1) == "b"
    assert one.raw("tags") is None
    assert one.raw("no", "where") is None


def test_filled_fields_point_to_where_they_came_from() -> None:
    """A field that came from the settings is located and quoted there."""
    settings_file, _ = parse(YamlFile("badgeops.yaml", "defaults:\n  BadgeClass: {issuer: 012}\n"))
    document = Document(
        {"key": "x"}, YamlFile("a.yaml", "key: x\n"), 1, 1, 0,
        {"issuer": (settings_file[0], ("defaults", "BadgeClass", "issuer"))},
    )  # fmt: skip

    assert str(document.locate("issuer")) == "badgeops.yaml:2:24"
    assert document.raw("issuer") == "012"


def test_the_documents_before_an_error_are_returned() -> None:
    """A syntax error does not hide the documents above it."""
    documents, diagnostics = parse(YamlFile("a.yaml", "key: one\n---\nkey: 'two\n"))

    assert [document.data for document in documents] == [{"key": "one"}]
    assert [found.code for found in diagnostics] == ["yaml-syntax"]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a:\n\tb: 1\n", "tab-indentation", "a:2:1"),
        ("a: 1\na: 2\n", "duplicate-field", "a:2:1"),
        ("<<: {a: 1}\n<<: {a: 2}\n", "duplicate-field", "a:2:1"),
        ("b:\n  <<: {a: 1}\n  c: 1\n  <<: {d: 2}\n", "duplicate-field", "a:4:3"),
        ("<<: {a: 1}\n" * 9, "duplicate-field", "a:2:1"),
        ("a: !x y\n", "unknown-yaml-tag", "a:1:4"),
        ("a: !x [y]\n", "unknown-yaml-tag", "a:1:4"),
        ("a: !x {y: z}\n", "unknown-yaml-tag", "a:1:4"),
        ("- a\n", "not-a-mapping", "a:1:1"),
        ("? [a]\n: b\n", "invalid-key", "a:1:3"),
        ("<<: 3\n", "invalid-merge", "a:1:5"),
        ("a: " + "[" * 45 + "]" * 45, "nested-too-deeply", "a:1:44"),
        ("a: " + "[" * 5000, "nested-too-deeply", "a:1:1"),
        ("a: &a [*a]\n", "nested-too-deeply", "a:1:4"),
        ("a: \x01", "yaml-syntax", "a:1:4"),
        ("a: \ud800", "yaml-syntax", "a:1:4"),
        ('a: "\\ud83d\\ude00"', "yaml-syntax", "a:1:7"),
        ("%YAML 9.9\n---\na: 1", "yaml-syntax", "a:1:1"),
    ],
)
def test_what_cannot_be_read_is_located(text: str, code: str, place: str) -> None:
    """Every sort of trouble has a code and the place where it is."""
    _, diagnostics = parse(YamlFile("a", text))

    assert [(found.code, str(found.source)) for found in diagnostics] == [(code, place)]


def test_half_an_emoji_is_explained() -> None:
    """Programs that write JSON spell an emoji as two escapes, which YAML does not read as one."""
    _, diagnostics = parse(YamlFile("a", 'a: "\\ud83d\\ude00"'))

    assert "this escape does not stand for a character" in diagnostics[0].summary
    assert "\\U0001F600" in diagnostics[0].detail


def test_a_field_without_a_name_is_told_of_once() -> None:
    """A list in place of a name makes no field, however often."""
    documents, diagnostics = parse(YamlFile("a", "a: 1\n? [b]\n: 2\n? [c]\n: 3\n"))

    assert [document.data for document in documents] == [{"a": 1}]
    assert [(found.code, str(found.source)) for found in diagnostics] == [
        ("invalid-key", "a:2:3"),
        ("invalid-key", "a:4:3"),
    ]


def test_lines_are_counted_as_yaml_does() -> None:
    """A form feed or another separator that only Python knows does not shift the line that is shown."""
    documents, _ = parse(YamlFile("a", 'a: "x\\x0c"\r\nb: "y\u2028"\rc: z\n'))

    assert documents[0].locate("c").text == "c: z"


@examples(500)
@given(st.one_of(st.text(max_size=80), st.text(alphabet="ab:-[]{}#&*!|>'\"%@`,?~<= \n\t", max_size=80)))
def test_any_text_is_read_or_explained(text: str) -> None:
    """Whatever is in a file, reading it ends in documents or diagnostics, and each document can be asked for places."""
    documents, diagnostics = parse(YamlFile("a", text))

    for document in documents:
        for name in document.data:
            assert document.locate(name).line >= 1
    for found in diagnostics:
        assert found.source is not None
        assert found.summary


@pytest.mark.tier("test")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("--- a\n" * 5_000, "too-many-problems"),
        ("a: [" + "x," * 300_000 + "]", "document-too-large"),
        ("a:\n" + "-\n" * 300_000, "document-too-large"),
        ("--- {a: 1}\n" * 80_000, "document-too-large"),
    ],
)
def test_what_would_take_too_much_memory_is_given_up(text: str, code: str) -> None:
    """A megabyte of one-letter values is half a million of them; the rest is not looked at, and that is said."""
    _, diagnostics = parse(YamlFile("a.yaml", text))

    assert diagnostics[-1].code == code
    assert len(diagnostics) <= 1_001


_SCRAPS = st.sampled_from(
    [
        *(
            "a",
            "b c",
            ": ",
            ":",
            "\n",
            "\n  ",
            "\n    ",
            "\n\t",
            "- ",
            "? ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            " #x",
            "#",
            "'",
            '"',
        ),
        *("“", "”", "\u00a0", "é", "🎓", "\u2028", "\r\n", "\x85", "\x01", "\ufeff", "|\n", ">-\n", "&a ", "*a", "!t "),
        *(
            "<<: ",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "@",
            "`",
            "\\",
            "1",
            "~",
            "kind: Issuer\n",
            "key:acme\n",
            " name: x\n",
        ),
    ]
)


@examples(300)
@given(st.lists(_SCRAPS, max_size=30).map("".join) | st.text(max_size=40))
def test_every_place_is_inside_of_the_file(text: str) -> None:
    """Whatever the text: documents or diagnostics, and each of these points at a line and column that are there."""
    file = YamlFile("a.yaml", text)

    documents, diagnostics = parse(file)

    sources = [diagnostic.source for diagnostic in diagnostics]
    sources += [document.locate(name, of_key=True) for document in documents for name in document.data]
    for source in sources:
        assert source is not None
        assert 1 <= source.line <= len(file.lines)
        assert 1 <= source.column <= len(file.lines[source.line - 1]) + 2


@pytest.mark.parametrize("before", ["", "é🎓\n", "ä: ö\r\n", "x: \u2028"])
def test_a_control_character_is_found_behind_any_other(before: str) -> None:
    """Its place is counted in characters, and in lines as YAML has them."""
    _, (found,) = parse(YamlFile("a.yaml", f"{before}a: b\x01"))

    assert found.source is not None
    assert found.source.text == YamlFile("a.yaml", f"{before}a: b\x01").lines[-1]
    assert found.source.column == len(found.source.text)


NAMES = st.sampled_from(["name", "url", "tags", "image"])
DOCUMENTS = st.lists(
    st.tuples(st.permutations(["kind", "key"]), st.lists(NAMES, max_size=3, unique=True)), min_size=1, max_size=4
)


@given(DOCUMENTS, st.sampled_from(["", "\n", "# A comment\n"]))
def test_a_forgotten_separator_is_told_where_it_is_missing(
    documents: list[tuple[list[str], list[str]]], between: str
) -> None:
    """Once for each document that begins inside of another, at its first field, and nothing else is said of it."""
    texts = ["".join(f"{name}: x\n" for name in (*first, *rest)) for first, rest in documents]
    starts = [text.count("\n") + 1 for text in (between.join([*texts[:at], ""]) for at in range(1, len(texts)))]

    found, problems = parse(YamlFile("a.yaml", between.join(texts)))

    assert [(each.code, each.source.line) for each in problems if each.source] == [
        ("missing-separator", line) for line in starts
    ]
    assert [list(each.data) for each in found] == [[*documents[0][0], *documents[0][1]]]
    apart, none = parse(YamlFile("a.yaml", "---\n".join(texts)))
    assert none == []
    assert len(apart) == len(texts)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("kind: a\nkey: b\nkind: c\n", ["duplicate-field"]),
        ("kind: a\nkey: b\nkey: c\n", ["duplicate-field"]),
        ("kind: a\nkey: b\nname: c\nname: d\n", ["duplicate-field"]),
        ("{kind: a, key: b, kind: c, key: d}\n", ["duplicate-field"] * 2),
        ("x: {kind: a, key: b}\ny:\n  kind: a\n  key: b\n  kind: c\n  key: d\n", ["duplicate-field"] * 2),
        ("kind: a\nkey: b\nname: c\nname: d\nkind: e\nkey: f\nkey: g\n", ["duplicate-field"] * 4),
        ("kind: a\nkey: b\nkind: c\nkey: d\nname: e\nname: f\n", ["duplicate-field", "missing-separator"]),
    ],
)
def test_a_field_that_is_only_doubled_is_told_as_that(text: str, codes: list[str]) -> None:
    """Only kind and key together make a second document, and only where fields stand one below the other."""
    _, problems = parse(YamlFile("a.yaml", text))

    assert sorted(each.code for each in problems) == codes
