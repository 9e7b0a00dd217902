"""YAML text -> documents of plain values that know where each part stands.

Pure: text in, documents or diagnostics out. libyaml does the parsing where it is there; the node tree it builds is
turned into plain values here, by YAML 1.2's notion of what a plain word means. YAML 1.1's extra guesses
(`0123`, `12:30:45`, `2024-01-01`, `1_000`) become a `Surprise`, which fits no field, so that the author is asked to
quote it instead of being given another value than the one on the screen.

Positions cost time and are needed for few documents, so they are not kept: a document keeps its text and parses it
again when asked where something stands.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import yaml

from badgeops.errors import Diagnostic, Severity, Source
from badgeops.yamldoc import hints

MAX_NODES = 50_000
"""Values one document may expand to; aliases that multiply ("billion laughs") reach it, no honest document does."""
_MOST_NODES = 4 * MAX_NODES
"""Keys and values that one file may have; a megabyte of badge classes has a third of that."""
MAX_DEPTH = 40
"""Levels of nesting; a badge class needs four."""

_MOST_PROBLEMS = 1_000
"""Of one file that are told; half a megabyte of one-letter documents has a hundred thousand."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})

Path = tuple[str | int, ...]
"""Where a value stands inside a document: ("alignments", 1, "targetUrl")."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """An unquoted word that YAML would read as something else than text, and no field wants."""

    raw: str
    reads_as: str
    """What YAML takes it for, with its article: "a date"."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The text of one file, and the name to show for it."""

    name: str
    content: str | Callable[[], str | None] = field(repr=False)
    """The text, or what reads it again; it has None to say if it cannot."""

    @property
    def text(self) -> str:
        """The whole text; empty if it is not to be had any more."""
        return self.content if isinstance(self.content, str) else self.content() or ""

    def line(self, number: int) -> str | None:
        """Return line `number` (from 1), None beyond the end."""
        lines = self.lines
        return lines[number - 1] if 0 < number <= len(lines) else None

    @property
    def lines(self) -> list[str]:
        """All lines, without their ends."""
        return _lines(self.text)

    def source(self, line: int, column: int, end_line: int = 0, end_column: int = 0) -> Source:
        """Return a place in this file together with the text of its line.

        For YAML there is one line more than people see, behind the last: its place is the end of the last one.
        """
        if not isinstance(self.content, str) and self.content() is None:
            return Source(self.name, line, column, end_line, end_column)
        lines = self.lines
        if line > len(lines):
            line, column, end_line, end_column = len(lines), len(lines[-1]) + 1, 0, 0
        return Source(self.name, line, column, end_line, end_column, lines[line - 1] if line > 0 else None)


_KEY = {"key": ""}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its plain values, and the means to say where each of them stands.

    `filled` maps a top-level field that the document does not have itself to the place it came from (a default or
    an override in the settings), so that a message about it points there.
    """

    data: dict[str, Any]
    file: YamlFile
    line: int
    column: int
    index: int
    """Which document of the file, from 0."""
    filled: Mapping[str, tuple[Document, Path]] = field(default_factory=lambda: _NOTHING)
    is_sound: bool = False
    """It is known that there is nothing to say of it by itself (`document_rules`); otherwise nobody has looked."""

    @property
    def source(self) -> Source:
        """Where the document can be found: at its `key:`, or where it begins."""
        return self.locate("key", of_key=True) if "key" in self.data else self.start

    def without_values(self) -> Document:
        """Return it for those who only ask where something stands; it has a key."""
        return Document(_KEY, self.file, self.line, self.column, self.index, self.filled)

    @property
    def start(self) -> Source:
        """The first line of the document."""
        return self.file.source(self.line, self.column)

    def locate(self, *path: str | int, of_key: bool = False) -> Source:
        """Return where the value at `path` stands (or its key), or the nearest place around it that exists."""
        if path and path[0] in self.filled:
            document, prefix = self.filled[str(path[0])]
            return document.locate(*prefix, *path[1:], of_key=of_key)
        node: yaml.Node | None = _nth(self.file.text, self.index)
        best = node
        for depth, step in enumerate(path):
            found = _child(node, step)
            if found is None:
                break
            key_node, node = found
            best = key_node if of_key and depth == len(path) - 1 and key_node is not None else node
        return _source(self.file, best) if best is not None else self.start

    def raw(self, *path: str | int) -> str | None:
        """Return the text of the scalar at `path` as it was written, without quotes; None where there is none."""
        if path and path[0] in self.filled:
            document, prefix = self.filled[str(path[0])]
            return document.raw(*prefix, *path[1:])
        node: yaml.Node | None = _nth(self.file.text, self.index)
        for step in path:
            found = _child(node, step)
            if found is None:
                return None
            node = found[1]
        return node.value if isinstance(node, yaml.ScalarNode) else None


def parse(file: YamlFile) -> tuple[list[Document], list[Diagnostic]]:
    """Read all documents of a file. Those before a syntax error are returned along with it."""
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    if "\t" in file.text:
        diagnostics += _tabs(file)
        if diagnostics:
            return documents, diagnostics
    try:
        _read(file, documents, diagnostics)
    except (_TooDeep, RecursionError):
        diagnostics.append(_too_deep(file.source(1, 1)))
    except _TooMany:
        detail = f"It holds more than {_MOST_NODES:,} fields and values. Split it into several files."
        diagnostics.append(_error("document-too-large", "this file is too large", detail, file.source(1, 1)))
    except yaml.YAMLError as error:
        diagnostics.append(_syntax(file, error))
        if documents and "expected <document start>" in str(error):
            documents.pop()  # what goes on in the wrong column is a part of it, and would be said to be missing
    except UnicodeEncodeError as error:
        detail = "Half of a character stands here, and programs cannot save it. Delete it."
        diagnostics.append(_error("yaml-syntax", "this is not a character", detail, _at_offset(file, error.start)))
    return documents, diagnostics


def _read(file: YamlFile, documents: list[Document], diagnostics: list[Diagnostic]) -> None:
    may_surprise = hints.may_surprise(file.text)
    for index, node in enumerate(_nodes(file.text)):
        if len(diagnostics) >= _MOST_PROBLEMS:
            diagnostics.append(_too_many(_source(file, node)))
            return
        document = _document(file, node, index, diagnostics)
        if document is not None:
            documents.append(document)
            if may_surprise:
                diagnostics += _surprises(file, node)


def _document(file: YamlFile, node: yaml.Node, index: int, diagnostics: list[Diagnostic]) -> Document | None:
    if isinstance(node, yaml.ScalarNode) and node.tag == _NULL:
        return None  # `---` with nothing below it
    mark = node.start_mark
    if not isinstance(node, yaml.MappingNode):
        entries = _entries_with_kind(node)
        if entries:
            source = _source(file, node)
            diagnostics.append(_error("not-a-mapping", "documents stand here in a list", hints.apart(entries), source))
            return None
        detail = (
            "A document begins with `kind:` and `key:`, and badgeops.yaml with `catalog:`. Each field has a line of "
            "its own."
        )
        hint = hints.probable_problem(file.lines, mark.line + 1)
        if hint is not None:
            diagnostics.append(_hinted(file, "not-a-mapping", hint))
        else:
            diagnostics.append(_error("not-a-mapping", "this is not a list of fields", detail, _source(file, node)))
        return None
    reader = _Reader(file)
    data = reader.value(node, 0)
    if any(problem.code == "duplicate-field" for problem in reader.diagnostics):
        first, *others = _documents_in(node)
        if others:
            reader = _Reader(file)
            data = reader.value(first, 0)
        for other in others:
            reader.value(other, 0)
        diagnostics += [_missing_separator(file, other) for other in others]
    diagnostics += reader.diagnostics
    if reader.exploded:
        return None
    return Document(data, file, mark.line + 1, mark.column + 1, index)


_OF_EACH = ("kind", "key")
"""Fields that every document has, once."""


def _entries_with_kind(node: yaml.Node) -> list[dict[str, str]]:
    """Return kind and key, as they are written, of the entries of a list that look like documents."""
    if not isinstance(node, yaml.SequenceNode):
        return []
    found = [{name: _child(entry, name) for name in _OF_EACH} for entry in node.value]
    return [
        {name: child[1].value for name, child in entry.items() if child and isinstance(child[1], yaml.ScalarNode)}
        for entry in found
        if entry["kind"] is not None
    ]


def _documents_in(node: yaml.MappingNode) -> list[yaml.MappingNode]:
    """Take a mapping apart in which documents stand one below the other: `kind` and `key` are there again."""
    parts: list[list[tuple[yaml.Node, yaml.Node]]] = [[]]
    seen: set[str] = set()
    again = 0
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name in _OF_EACH and name in seen:
            # What stands right above and was there before belongs to the second document, too.
            kept = len(parts[-1]) - again
            parts[-1:] = [parts[-1][:kept], parts[-1][kept:]]
            seen = {above.value for above, _ in parts[-1]}
            again = 0
        else:
            again = again + 1 if name in seen else 0
        seen.add(name)
        parts[-1].append((key, value))
    documents = [yaml.MappingNode(node.tag, part, node.start_mark, node.end_mark) for part in parts]
    is_each_whole = all(_child(document, name) for document in documents for name in _OF_EACH)
    return documents if is_each_whole and not node.flow_style else [node]


class _Reader:
    """Turns nodes into plain values, counting them, and collects what is wrong on the way."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.count = 0
        self.exploded = False
        self.diagnostics: list[Diagnostic] = []

    def value(self, node: yaml.Node, depth: int) -> Any:  # noqa: ANN401 (YAML holds anything)
        self.count += 1
        if self.count > MAX_NODES or depth > MAX_DEPTH:
            return self._give_up(node, depth)
        if isinstance(node, yaml.ScalarNode):
            tag = node.tag
            return node.value if tag == _STR else self._scalar(node, tag)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth + 1)
        if node.tag not in _OWN_TAGS:
            self._report_tag(node)
        return [self.value(item, depth + 1) for item in node.value]

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[Any, Any]:
        if node.tag not in _OWN_TAGS:
            self._report_tag(node)
        result: dict[Any, Any] = {}
        merged: list[dict[Any, Any]] = []
        merges: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merges.append(key_node)
                merged += self._merge(value_node, depth)
                continue
            key = self._key(key_node)
            if key is None:
                continue
            if key in result:
                self._report_duplicate(key_node, key)
            if value_node.tag == _STR and value_node.__class__ is yaml.ScalarNode and self._may_hold(depth):
                result[key] = value_node.value  # most are so; `value` would say the same
            else:
                result[key] = self.value(value_node, depth)
        if merges:
            self._report_lost(merges, _lost(merged, result))
            for mapping in merged:
                result = mapping | result
        return result

    def _may_hold(self, depth: int) -> bool:
        """Count a value, unless it is one too many or too deep."""
        if self.count >= MAX_NODES or depth > MAX_DEPTH:
            return False
        self.count += 1
        return True

    def _key(self, node: yaml.Node) -> str | None:
        if isinstance(node, yaml.ScalarNode):
            # `no:` and `404:` are fine as keys: a key is always text.
            return _once(str(node.value))
        detail = "The name of a field is a single word."
        self.diagnostics.append(
            _error("invalid-key", "a field's name cannot be a list or a mapping", detail, _source(self.file, node))
        )
        return None

    def _merge(self, node: yaml.Node, depth: int) -> list[dict[Any, Any]]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        values = [self.value(part, depth) for part in parts]
        if all(isinstance(value, dict) for value in values):
            return values
        detail = "`<<:` copies the fields of another mapping: give it an alias such as `*common`."
        self.diagnostics.append(_error("invalid-merge", "`<<` needs a mapping", detail, _source(self.file, node)))
        return []

    def _scalar(self, node: yaml.ScalarNode, tag: str) -> Any:  # noqa: ANN401
        if tag in (_INT, _FLOAT):
            return _number(node.value, tag)
        if tag == _BOOL:
            return node.value.lower() in ("true", "yes", "on")
        if tag == _NULL:
            return None
        if tag.startswith(_SURPRISE):
            return Surprise(node.value, tag.removeprefix(_SURPRISE))
        self._report_tag(node)
        return node.value

    def _give_up(self, node: yaml.Node, depth: int) -> None:
        if self.exploded:
            return
        self.exploded = True
        source = _source(self.file, node)
        if depth > MAX_DEPTH:
            self.diagnostics.append(_too_deep(source))
        else:
            detail = (
                f"Written out, its aliases (`*name`) make more than {MAX_NODES:,} values. "
                "Write the repeated parts where they are needed."
            )
            self.diagnostics.append(_error("document-too-large", "this document is too large", detail, source))

    def _report_tag(self, node: yaml.Node) -> None:
        detail = "badgeops reads plain values only: remove the tag (the word that begins with `!`)."
        tag = node.tag.replace("tag:yaml.org,2002:", "!!")
        self.diagnostics.append(
            _error("unknown-yaml-tag", f"the YAML tag {tag} means nothing here", detail, _source(self.file, node))
        )

    def _report_duplicate(self, node: yaml.Node, key: str) -> None:
        detail = "YAML would silently keep only the last one. Keep the one you mean and delete the other."
        self.diagnostics.append(
            _error("duplicate-field", f'"{key}" stands here twice', detail, _source(self.file, node))
        )

    def _report_lost(self, merges: list[yaml.Node], lost: str | None) -> None:
        """Report `<<` that stands here more than once, or that takes the same field from two mappings."""
        if len(merges) > 1:
            detail = "Of two only one would count. Name both mappings in one: `<<: [*first, *second]`."
            if lost is not None:
                detail = f'Of two only one would count, and both have "{lost}". Copy the fields that you mean to here.'
            summary, node = "`<<` stands here twice", merges[1]
        elif lost is not None:
            detail = "YAML would silently keep only the first one. Write the field itself here, beside `<<`."
            summary, node = f'"{lost}" comes from two of the mappings that `<<` names', merges[0]
        else:
            return
        self.diagnostics.append(_error("duplicate-field", summary, detail, _source(self.file, node)))


def _lost(merged: list[dict[Any, Any]], own: dict[Any, Any]) -> str | None:
    """Return a field that merged mappings have with different values, where the mapping itself has none."""
    seen: dict[Any, Any] = {}
    for mapping in merged:
        for key, value in mapping.items():
            if key not in own and seen.setdefault(key, value) != value:
                return str(key)
    return None


@lru_cache(maxsize=1024)
def _once(key: str) -> str:
    """Return one and the same text for equal ones: ten thousand documents have the same few field names."""
    return key


def _number(text: str, tag: str) -> int | float | Surprise:
    """Return the number; a `Surprise` where an explicit tag calls something a number that is none, or not finite."""
    plain = dict(_NUMBERS)[tag].fullmatch(text)
    if plain is None:
        return Surprise(text, "a number")
    return int(text) if tag == _INT else float(text)


# --- what a plain word means ---------------------------------------------------------------------------------------

_PREFIX = "tag:yaml.org,2002:"
_STR, _INT, _FLOAT, _BOOL, _NULL, _MERGE = (_PREFIX + name for name in ("str", "int", "float", "bool", "null", "merge"))
_MAP, _SEQ = _PREFIX + "map", _PREFIX + "seq"
_OWN_TAGS = frozenset({_MAP, _SEQ})
_SURPRISE = "surprise:"

_BOOLS = "true True TRUE false False FALSE yes Yes YES no No NO on On ON off Off OFF"
_WORDS = {
    **dict.fromkeys(_BOOLS.split(), _BOOL),
    **dict.fromkeys(("~", "null", "Null", "NULL", ""), _NULL),
    "<<": _MERGE,
}
_NUMBERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (_INT, re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")),
    (_FLOAT, re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]{1,2})?")),
    (_SURPRISE + "a date", re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?")),
    (
        _SURPRISE + "a number",
        re.compile(
            r"[-+]?(?:0[0-7_]+|0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7]+|[0-9][0-9_]*|"
            r"[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|"
            r"\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
        ),
    ),
)
_WORD_STARTS = frozenset(word[:1] for word in _WORDS)
_NUMBER_STARTS = frozenset("0123456789-+.")


def is_text(word: str) -> bool:
    """Tell whether an unquoted word means just itself."""
    return _meaning(word) == _STR


def _meaning(text: str) -> str:
    """Return the tag of an unquoted word. Asked for every one of them, so most are ruled out by their first letter."""
    first = text[:1]
    if first in _NUMBER_STARTS:
        for tag, pattern in _NUMBERS:
            if pattern.fullmatch(text):
                return tag
        return _STR
    return _WORDS.get(text, _STR) if first in _WORD_STARTS else _STR


class _TooDeep(yaml.YAMLError):
    """Raised from inside the composer, before the C stack ends."""


class _TooMany(yaml.YAMLError):
    """Raised from inside the composer, before the memory ends."""


class _Meaning:
    """The resolver's half of a PyYAML loader, cut down to what a catalog needs (and much quicker for it)."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        if kind is yaml.ScalarNode:
            return _meaning(value) if implicit[0] else _STR
        return _MAP if kind is yaml.MappingNode else _SEQ

    depth = 0
    count = 0

    def descend_resolver(self, _node: yaml.Node, _index: object) -> None:
        """Count the levels and the nodes.

        libyaml composes by recursion in C and would end the process at a few thousand levels; and each node, of which
        one megabyte of commas makes half a million, takes a kilobyte.
        """
        self.depth += 1
        self.count += 1
        if self.depth > 4 * MAX_DEPTH:
            raise _TooDeep
        if self.count > _MOST_NODES:
            raise _TooMany

    def ascend_resolver(self) -> None:
        self.depth -= 1


try:
    from yaml._yaml import CParser

    class _Loader(_Meaning, CParser):
        """libyaml's parser and composer with our resolver."""

        def __init__(self, stream: str) -> None:
            CParser.__init__(self, stream)

    class _ShallowLoader(_Loader):
        """The same for text that cannot be nested too deeply: what is called at each level does nothing, quickly."""

        descend_resolver = operator.is_  # type: ignore[assignment]
        ascend_resolver = bool  # type: ignore[assignment]

except ImportError:  # pragma: no cover (wheels of PyYAML carry libyaml; a source build may not)
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Loader(_Meaning, Reader, Scanner, Parser, Composer):  # type: ignore[no-redef]
        """The same in pure Python."""

        def __init__(self, stream: str) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)

    _ShallowLoader = _Loader  # type: ignore[assignment,misc]


def _nodes(text: str) -> Iterator[yaml.Node]:
    loader = (_ShallowLoader if _is_shallow(text) else _Loader)(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is not None:  # pragma: no branch (check_node has said so)
                yield node
    finally:
        loader.dispose()


def events(text: str) -> Iterator[yaml.Event]:
    """Yield what the parser meets, one after the other: unlike the nodes it still tells an alias from what it names."""
    loader = _Loader(text)
    try:
        while loader.check_event():
            event = loader.get_event()
            if event is not None:  # pragma: no branch (check_event has said so)
                yield event
    finally:
        loader.dispose()


def _is_shallow(text: str) -> bool:
    """Tell whether text is too poor in indicators for deep nesting or many nodes: each takes one of its own."""
    return sum(map(text.count, "[{-?:")) <= 4 * MAX_DEPTH and text.count(",") < MAX_NODES


def _nth(text: str, index: int) -> yaml.Node | None:
    nodes = _all_nodes(text)
    return nodes[index] if index < len(nodes) else None


@lru_cache(maxsize=4)
def _all_nodes(text: str) -> tuple[yaml.Node, ...]:
    """Return the node trees of a file up to its first error.

    A file with a thousand badge classes may have a thousand problems; they ask for it one after the other.
    """
    nodes = []
    with suppress(yaml.YAMLError, RecursionError):
        for node in _nodes(text):
            nodes.append(node)  # noqa: PERF402 (an error must not lose those before it)
    return tuple(nodes)


_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line for YAML, which counts them; Python's splitlines knows more."""


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    return _LINE_END.split(text)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    """Return (key node, value node) of a step into a mapping, or (None, item) of one into a list."""
    if isinstance(node, yaml.MappingNode):
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.value == str(step):
                return key_node, value_node
            if key_node.tag == _MERGE:
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
        return next((found for part in merged if (found := _child(part, step)) is not None), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None


# --- places and messages -------------------------------------------------------------------------------------------


def _source(file: YamlFile, node: yaml.Node) -> Source:
    start, end = node.start_mark, node.end_mark
    return file.source(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _error(code: str, summary: str, detail: str, source: Source) -> Diagnostic:
    return Diagnostic(Severity.ERROR, code, summary, detail, source=source)


def _missing_separator(file: YamlFile, document: yaml.MappingNode) -> Diagnostic:
    """Report a document that begins in the middle of another one."""
    source = _source(file, document.value[0][0])
    detail = (
        "Here another document seems to begin, because kind and key are there again. A line of three hyphens stands "
        f"between two documents:\n\n  ---\n  {source.text or ''}"
    )
    return _error("missing-separator", "--- is missing above this line", detail, source)


def _too_many(source: Source) -> Diagnostic:
    detail = "badgeops has stopped reading here. Correct the problems above; is this the right file?"
    return _error("too-many-problems", "there may be more problems from here on", detail, source)


def _too_deep(source: Source) -> Diagnostic:
    detail = f"More than {MAX_DEPTH} levels of nesting. A badge class needs four: check the indentation."
    return _error("nested-too-deeply", "this is nested too deeply", detail, source)


_TAB_INDENT = re.compile(r" *\t")


def _tabs(file: YamlFile) -> list[Diagnostic]:
    """Find lines indented with tabs, outside literal text, where the parser's own message is hard to understand."""
    try:
        for _ in _nodes(file.text):
            pass
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = place.line if place is not None else 0
        # Only around the error: a file may have half a million such lines.
        near = [number for number in range(line, line + 3) if _TAB_INDENT.match(file.line(number) or "")]
        if not near:
            return []
        number = near[0]
        column = len((file.line(number) or "").split("\t")[0]) + 1
        detail = "YAML is indented with spaces only. Replace the tab with spaces, as many as the lines around it have."
        return [_error("tab-indentation", "this line is indented with a tab", detail, file.source(number, column))]
    return []


_UNCLOSED = "A bracket [ or {, or a quote, that is opened here is never closed, or a comma is missing in between."
_QUOTE_IT = "If it is text, put it in quotes."

_HINTS = (
    ("mapping values are not allowed", "YAML does not expect a colon here", f"{_QUOTE_IT} Check the indentation, too."),
    (
        "could not find expected ':'",
        "this is not a field",
        "A field is written as `field: value`. Check the colon, and the indentation of this and the next line.",
    ),
    (
        "did not find expected key",
        "YAML expects a field here",
        "The fields of a document begin in the same column. Check the indentation, and quotes that end too early.",
    ),
    ("expected ',' or", "this list or mapping is not closed", _UNCLOSED),
    (
        "did not find expected node content",
        "YAML expects a value here",
        "Perhaps a bracket [ or { above is never closed, or there is a comma too many.",
    ),
    ("found unexpected end of stream", "this quote is not closed", "Put the same quote at the end of the text."),
    (
        "found character that cannot start any token",
        "text cannot begin with this character",
        _QUOTE_IT,
    ),
    (
        "expected comment or line break",
        "YAML takes this for the start of a longer text",
        f'{_QUOTE_IT} requires: ">=0.1"',
    ),
    ("chomping or indentation", "YAML takes this for the start of a longer text", f'{_QUOTE_IT} requires: ">=0.1"'),
    ("alphabetic or numeric character", "text cannot begin with * or &", _QUOTE_IT),
    ("control characters are not allowed", "there is an invisible control character here", "Delete it."),
    (
        "found unknown escape character",
        "a backslash means something in double quotes",
        "Use single quotes, or write \\\\.",
    ),
    (
        "did not find expected '-' indicator",
        "YAML expects an entry of a list here",
        "Each entry begins with a hyphen and a space, exactly below the others. Check the indentation.",
    ),
    (
        "invalid Unicode character escape code",
        "this escape does not stand for a character",
        "Write the character itself. JSON has an emoji in halves, \\ud83d\\ude00; YAML in one, \\U0001F600.",
    ),
    (
        "did not find expected <document start>",
        "YAML expects no more here",
        "Check the indentation. A new document begins with a line of three hyphens: ---",
    ),
)
"""What libyaml says, and what to say instead: summary and detail."""

_MISLED = (
    "mapping values are not allowed",
    "could not find expected ':'",
    "did not find expected key",
    "expected <document start>",
)
"""What the parser says after it has met a problem that people can see."""
_AT_START = ("expected ',' or", "unexpected end of stream", "alphabetic or numeric", "could not find expected ':'")
"""What the parser says far below the place where the problem begins."""


def _syntax(file: YamlFile, error: yaml.YAMLError) -> Diagnostic:
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error).split("\n")[0]
    begins, ends = getattr(error, "context_mark", None), getattr(error, "problem_mark", None)
    mark = begins or ends if any(words in problem for words in _AT_START) else ends or begins
    if mark is not None:
        source = file.source(mark.line + 1, mark.column + 1)
    else:
        # A character that may not be; libyaml counts bytes up to it, so it is looked for.
        code = getattr(error, "character", None)
        source = _at_offset(file, max(0, file.text.find(chr(code))) if isinstance(code, int) else 0)
    if "maximum nesting" in problem:  # libyaml's own limit, which only some versions have
        return _too_deep(file.source(1, 1))
    if any(words in problem for words in _MISLED):
        hint = hints.probable_problem(file.lines, source.line)
        if hint is not None:
            return _hinted(file, "yaml-syntax", hint)
    if "undefined alias" in problem:
        return _error("yaml-syntax", *hints.undefined_alias(file.lines, source.line, source.column), source)
    for words, summary, detail in _HINTS:
        if words in problem:
            return _error("yaml-syntax", summary, detail, source)
    return _error("yaml-syntax", f"YAML cannot be read: {problem}", "Check the line above as well.", source)


def _hinted(file: YamlFile, code: str, hint: hints.Hint) -> Diagnostic:
    return _error(code, hint.summary, hint.detail, file.source(hint.line, hint.column))


def _surprises(file: YamlFile, root: yaml.Node) -> Iterator[Diagnostic]:
    """Warn of unquoted text that is not what its author sees; each once, however many aliases lead to it."""
    seen, nodes = {id(root)}, [root]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.ScalarNode):
            yield from _odd_text(file, node)
            continue
        pairs = isinstance(node, yaml.MappingNode)
        for part in (part for pair in node.value for part in pair) if pairs else node.value:
            if id(part) not in seen:
                seen.add(id(part))
                nodes.append(part)


def _odd_text(file: YamlFile, node: yaml.ScalarNode) -> Iterator[Diagnostic]:
    if node.style or node.tag not in (_STR, _NULL):
        return
    start, end = node.start_mark, node.end_mark
    rest = (file.line(end.line + 1) or "")[end.column :]
    for behind, code, summary, detail in hints.surprises(node.value, rest):
        at = (start.line, start.column) if behind < 0 else (end.line, end.column + behind)
        source = file.source(at[0] + 1, at[1] + 1)
        yield Diagnostic(Severity.WARNING, code, summary, detail, source=source)


def _at_offset(file: YamlFile, offset: int) -> Source:
    *above, line = _LINE_END.split(file.text[:offset])
    return file.source(len(above) + 1, len(line) + 1)
