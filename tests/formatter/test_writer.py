"""`badgeops fmt`: the canonical spelling of YAML, and that it changes nothing but looks."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from support.places import ROOT

from badgeops.errors import has_errors
from badgeops.formatter.field_order import of_kind, of_settings
from badgeops.formatter.writer import UntidyError, is_same, tidy
from badgeops.yamldoc.parse import YamlFile, parse
from badgeops.yamldoc.tree import Tree


def data(text: str) -> list[dict[str, Any]]:
    """Return what badgeops reads in a text."""
    documents, diagnostics = parse(YamlFile("x.yaml", text))
    assert not has_errors(diagnostics)
    return [document.data for document in documents]


def comments(text: str) -> list[str]:
    """Return the comments of a text, in the order of the alphabet."""
    return sorted(comment.text for comment in Tree(text.replace("\r\n", "\n")).comments)


# --- texts as people and programs write them -----------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "acme",
        "yes",
        "2024-01-01",
        "0123",
        "12:30",
        "1_000",
        "null",
        "~",
        "<<",
        "it's",
        'say "x"',
        "a: b",
        "a #b",
        "- x",
        "Zoë 学习 🎓",
        " edge ",
        "{curly}",
        "[square]",
        "*star",
        "&and",
        "!bang",
        "%per",
        "@at",
        "`tick",
        "a\\b",
        "1.5",
        "7",
        "two\nlines",
        "\ttab",
        "end:",
        "x,y",
        "?",
        "-",
        "---",
        "...",
        "=",
        "",
        "\u200b",
        "\x07",
        "trail\n\n",
        "\nlead",
    ]
)
KEYS = st.sampled_from(
    [
        "kind",
        "key",
        "name",
        "issuer",
        "description",
        "tags",
        "alignments",
        "expires",
        "lifecycle",
        "criteriaNarrative",
        "odd",
        "yes",
        "a b",
        "x: y",
        "targetName",
        "targetUrl",
        "protect",
        "onRemove",
        "#hash",
        "1",
    ]
)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(-5, 5000) | st.sampled_from([1.5, -0.25]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def spelled(draw: st.DrawFn) -> str:
    """Draw a file: documents in many spellings, with comments and blank lines between."""
    parts = [draw(_document()) for _ in range(draw(st.integers(1, 3)))]
    marker = draw(st.sampled_from(["---\n", "--- # next\n", "...\n---\n", "# end\n---\n# begin\n\n"]))
    return draw(st.sampled_from(["", "---\n", "\n# head\n\n"])) + marker.join(parts)


@st.composite
def _document(draw: st.DrawFn) -> str:
    fields = draw(st.dictionaries(KEYS, VALUES, min_size=1, max_size=6))
    if draw(st.booleans()):
        fields["kind"] = draw(st.sampled_from(["BadgeClass", "Issuer", "Image", "AlignmentSet"]))
    return "\n".join(_mapping(draw, fields, 0, draw(st.sampled_from([1, 2, 4])))) + "\n"


def _remark(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["", "", "", "  # why: because", " #x", "   # - a, {b} 'c"]))


def _between(draw: st.DrawFn, indent: int) -> list[str]:
    choice = draw(st.integers(0, 7))
    return {0: ["", ""], 1: [" " * indent + "# about"], 2: ["", "# at the left", ""]}.get(choice, [])


def _mapping(draw: st.DrawFn, fields: dict[str, Any], indent: int, step: int) -> list[str]:
    lines: list[str] = []
    for name, value in fields.items():
        lines += _between(draw, indent)
        lines += _hung(draw, " " * indent + f"{_inline(draw, name, key=True)}:", value, indent, step)
    return lines


def _hung(draw: st.DrawFn, head: str, value: Any, indent: int, step: int) -> list[str]:
    """Write a value behind or below its key or hyphen."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        return [head + _remark(draw), *_mapping(draw, value, indent + step, step)]
    if isinstance(value, list) and value and draw(st.booleans()):
        margin = indent + draw(st.sampled_from([step, 0 if not head.endswith("-") else step]))
        lines = [head + _remark(draw)]
        for item in value:
            lines += _between(draw, margin)
            lines += _hung(draw, " " * margin + "-", item, margin, step)
        return lines
    if isinstance(value, str) and value.isprintable() and len(value.split()) == 2 and draw(st.booleans()):
        return _block_text(draw, head, value, indent, step)
    return [f"{head} {_inline(draw, value)}{_remark(draw)}"]


def _block_text(draw: st.DrawFn, head: str, value: str, indent: int, step: int) -> list[str]:
    margin = " " * (indent + step)
    style = draw(st.sampled_from(["|", ">", "|-", ">-", "|+", ">+"]))
    if value.startswith(" "):
        return [f"{head} {_inline(draw, value)}"]
    more = draw(st.sampled_from([[], ["", f"{margin}  deeper # no comment"], [f"{margin}- item"]]))
    return [f"{head} {style}{_remark(draw)}", margin + value, *more, *[""] * draw(st.integers(0, 2))]


def _inline(draw: st.DrawFn, value: Any, *, key: bool = False) -> str:
    import yaml

    style = draw(st.sampled_from([None, "'", '"']))
    if isinstance(value, dict | list) and draw(st.booleans()):
        gap = draw(st.sampled_from([" ", "  ", "\n        ", "  # in brackets\n        "]))
        if isinstance(value, dict):
            inside = f",{gap}".join(f"{_inline(draw, k, key=True)}: {_inline(draw, v)}" for k, v in value.items())
            return f"{{{inside}}}" if "#" not in gap else f"{{{inside}{gap}}}"
        return f"[{f',{gap}'.join(_inline(draw, item) for item in value)}]"
    text: str = yaml.dump(value, default_flow_style=True, default_style=style if key else None, width=9999)
    if isinstance(value, str):
        text = yaml.dump(value, default_style=style, width=draw(st.sampled_from([20, 9999])) if not key else 9999)
    return text.removesuffix("...\n").strip("\n").replace("\n", "\n" + " " * 12)


def is_readable(text: str) -> bool:
    """Tell whether badgeops reads a text without an error."""
    try:
        return not has_errors(parse(YamlFile("x.yaml", text))[1])
    except UnicodeEncodeError:
        return False


@given(spelled())
def test_laws(text: str) -> None:
    """What is written means the same, has the same comments, and is written so once and for all."""
    if not is_readable(text):
        return
    made = tidy(text)

    assert data(made) == data(text)
    assert comments(made) == comments(text)
    assert tidy(made) == made


@given(spelled())
def test_another_parser_agrees(text: str) -> None:
    """A parser of YAML 1.2 that shares no code with ours reads the same before and after."""
    ruamel = pytest.importorskip("ruamel.yaml")

    def read(words: str) -> list[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [
                document for document in ruamel.YAML(typ="safe", pure=True).load_all(io.StringIO(words)) if document
            ]

    if not is_readable(text):
        return
    try:
        before = read(text)
    except (ruamel.error.YAMLError, ValueError):
        return

    assert read(tidy(text)) == before


@given(st.text(alphabet="ab:-#\n {}[],'\"|>&*?!%\\\t0é🎓", max_size=60))
@example("a: &x 1\nb: *x\n")
@example("a: |2\n    x\n")
@example("? a\n: b\n")
@example("{a: b}\n")
@example("a: |+\n  x\n\n\n# c\n")
def test_whatever_is_read_keeps_its_meaning(text: str) -> None:
    """Also for text that nobody would write: it is formatted, or refused with a reason."""
    if not is_readable(text):
        return
    try:
        made = tidy(text)
    except UntidyError:
        return

    assert is_same(text.replace("\r\n", "\n"), made)
    assert tidy(made) == made


def catalogs() -> list[Path]:
    """Return the YAML files of all catalogs in this repository that can be read."""
    found = [*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("tests/cases/**/*.yaml"), *ROOT.glob("tests/cases/**/*.yml")]
    return [
        path for path in sorted(found) if path.is_file() and is_readable(path.read_bytes().decode("utf-8", "replace"))
    ]


def test_every_catalog_of_this_repository_can_be_formatted() -> None:
    """The example and all golden cases: not one is refused, and none is changed in what it says."""
    assert len(catalogs()) > 50
    for path in catalogs():
        text = path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
        try:
            made = tidy(text, settings=path.name == "badgeops.yaml")
        except UntidyError as error:
            assert "line breaks" in str(error) or "directive" in str(error), path  # noqa: PT017
            continue
        assert data(made) == data(text), path
        assert comments(made) == comments(text), path


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/**/*.yaml")), ids=lambda path: path.name)
def test_the_example_is_formatted(path: Path) -> None:
    """What newcomers read looks as `badgeops fmt` would have it."""
    text = path.read_text("utf-8")

    assert tidy(text, settings=path.name == "badgeops.yaml") == text


# --- one by one ----------------------------------------------------------------------------------------------------

BEFORE = """\
# yaml-language-server: $schema=https://example.org/badge-class.schema.json

# The first badge class.
key: "foo"   # the key
kind: BadgeClass


# Said by many.
tags: ["a",'b c' ,  "yes", "x: y", d]
name:   'It''s "x"'
lifecycle:
    # The registrar asked for it.
    onRemove: archive # until 2030
    protect: true
    # Nothing more.
criteriaNarrative: |   # Markdown
     Do this:
       indented # no comment

     - that

description: >-
    folded
    text
alignments:
- ref: csta/2   # an entry
# by hand
-   targetUrl: https://x.example
    targetName: "Foo"
expires: {duration: years,   amount: 2}
...
# Between.
---
# The second one.
kind: Image
file: a
   picture.png   # broken over two lines
key: z
---
"""
AFTER = """\
# yaml-language-server: $schema=https://example.org/badge-class.schema.json

# The first badge class.
kind: BadgeClass
key: foo  # the key
name: It's "x"

description: >-
  folded
  text
criteriaNarrative: |  # Markdown
  Do this:
    indented # no comment

  - that

# Said by many.
tags: [a, b c, "yes", "x: y", d]
alignments:
  - ref: csta/2  # an entry
  # by hand
  - targetName: Foo
    targetUrl: https://x.example
expires: {amount: 2, duration: years}
lifecycle:
  protect: true
  # The registrar asked for it.
  onRemove: archive  # until 2030
  # Nothing more.
# Between.
---
# The second one.
kind: Image
key: z
file: a
  picture.png  # broken over two lines
"""


def test_the_canonical_spelling() -> None:
    """Order, margins, quotes, blank lines; comments go along with what they are about."""
    assert tidy(BEFORE) == AFTER


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("\n\n", ""),
        ("# only this\n", "# only this\n"),
        ("---\n---\nkind: Image\n", "kind: Image\n"),
        ("a: 1", "a: 1\n"),
        ("a:    \n", "a:\n"),
        ("a: |\n  x", "a: |-\n  x\n"),
        ("a: |+\n  x\n\n", "a: |+\n  x\n\n"),
        ("a: |4\n      x\n    y\n", "a: |2\n    x\n  y\n"),
        ("a: |\n\n\n", 'a: ""\n'),
        ("a: 'yes'\n", 'a: "yes"\n'),
        ("a: yes\n", "a: yes\n"),
        ("a: '2024-01-01'\n", 'a: "2024-01-01"\n'),
        ("a: 'x\\y'\n", "a: x\\y\n"),
        ("a: '\\x'\n", "a: '\\x'\n"),
        ('a: "\\u202e"\n', 'a: "\\u202e"\n'),
        ("a: '# no comment'\n", 'a: "# no comment"\n'),
        ("{a: b}\n", "a: b\n"),
        ("a: [ ]\n", "a: []\n"),
        ("a: {b: , c: d}\n", "a: {b: null, c: d}\n"),
        ("a: [x: y]\n", "a: [{x: y}]\n"),
        ("a: &x\n    b: 1\nc: *x\n", "a: &x\n  b: 1\nc: *x\n"),
        ("a: [ # one\n 1,\n     2]\n", "a: [ # one\n  1,\n  2]\n"),
        ("? a\n: b\n", "a: b\n"),
        ("- - a\n", None),
        ("a:\n- - b\n  - c\n", "a:\n  - - b\n    - c\n"),
        ("a:\n  - # about b\n    b: 1\n", "a:\n  - # about b\n    b: 1\n"),
        ("a: !!str 5\n", "a: !!str 5\n"),
    ],
)
def test_small_texts(before: str, after: str | None) -> None:
    """One habit at a time. None is for what is no document of a catalog."""
    if after is None:
        assert not is_readable(before)
        return
    assert tidy(before) == after
    assert tidy(after) == after


def test_an_alias_stays_behind_its_anchor() -> None:
    """Where sorting would tear them apart, a file keeps its order and gets the rest of its looks."""
    text = "kind: BadgeClass\ntags: &common [a,b]\nname: *common\n"

    assert tidy(text) == "kind: BadgeClass\ntags: &common [a, b]\nname: *common\n"


def test_windows_line_ends_stay() -> None:
    """A file from a Windows checkout is not reported for ever because of its line ends."""
    assert tidy("kind:  Image\r\nname: |\r\n    x\r\n") == "kind: Image\r\nname: |\r\n  x\r\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("%YAML 1.1\n---\na: 1\n", "directive"), ('a: "x\x85 y"\n', "line breaks"), ("a: 1\rb: 2\n", "line breaks")],
)
def test_what_is_left_alone(text: str, reason: str) -> None:
    """What cannot be written in another way safely is refused with a reason."""
    with pytest.raises(UntidyError, match=reason):
        tidy(text)


def test_a_list_that_does_not_fit_gets_a_line_for_each_item() -> None:
    """Brackets are for what is read at a glance."""
    tags = [f"tag number {number}" for number in range(12)]

    assert tidy(f"tags: [{', '.join(tags)}]\n") == "tags:\n" + "".join(f"  - {tag}\n" for tag in tags)


@pytest.mark.parametrize("lines", ["  - b # c\n", "  # c\n  - b\n", "# c\n"])
def test_time_grows_with_the_text(lines: str) -> None:
    """Ten times the items and comments take about ten times as long, not a hundred times."""
    import time

    def seconds(number: int) -> float:
        text = f"a:\n{lines * number}"
        began = time.process_time()
        tidy(text)
        return time.process_time() - began

    few = min(seconds(1_000) for _ in range(3))
    assert seconds(10_000) < 40 * few + 0.2


def test_the_order_is_that_of_the_schemas() -> None:
    """Also inside lists, in settings, and in the fields that settings fill in."""
    assert of_kind("BadgeClass").child("alignments").item().rank("targetName") < (
        of_kind("BadgeClass").child("alignments").item().rank("targetUrl")
    )
    assert of_settings().rank("catalog") == 0
    defaults = of_settings().child("defaults").child("BadgeClass")
    assert defaults.rank("issuer") < defaults.rank("expires")
    overrides = of_settings().child("environments").child("test").child("overrides").child("issuer.acme")
    assert overrides.rank("name") < overrides.rank("email")
    assert of_kind("Nonsense").rank("b") == of_kind("Nonsense").rank("a")


def test_dictionaries_of_the_author_keep_their_order() -> None:
    """Entries of a framework and environments stand in the order in which somebody put them."""
    text = "kind: AlignmentSet\nkey: k\nalignments:\n  z: {targetName: n}\n  a: {targetName: n}\n"

    assert tidy(text) == text
