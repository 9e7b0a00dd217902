"""YAML text -> a tree that knows where in the text each part stands, and the comments between the parts. Pure.

`parse` gives the meaning of a file, this gives its spelling: what was an alias stays one, what was quoted is known
to have been. Positions count characters from the beginning of the text, whose lines end in line feeds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from badgeops.yamldoc.parse import events


@dataclass(slots=True)
class Scalar:
    """A word or a text. `style` is "" for plain ones, else the character that it begins with."""

    start: int
    end: int
    properties: str
    """Anchor and tag, as written."""
    text: str
    """As written, without its properties."""
    value: str
    style: str


@dataclass(slots=True)
class Alias:
    """`*name`."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Sequence:
    """A list."""

    start: int
    end: int
    properties: str
    is_flow: bool
    """It is written with brackets."""
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Fields and their values."""

    start: int
    end: int
    properties: str
    is_flow: bool
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


Node = Scalar | Alias | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Comment:
    """From `#` to the end of its line."""

    start: int
    column: int
    text: str
    stands_alone: bool
    """Nothing but blanks is before it on its line."""


@dataclass(slots=True)
class DocumentTree:
    """One document. `start` is where its `---` stands, or its content where it has none."""

    start: int
    root: Node


class DirectivesError(Exception):
    """The file has lines that begin with `%`, which say how YAML is to be read."""


class Tree:
    """The documents of a file, and its comments."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._opaque: list[tuple[int, int]] = []
        """Where the text belongs to a scalar or an alias, so that a `#` in it begins no comment."""
        self.documents = list(self._documents(events(text)))
        self._ends = [end for _, end in sorted(self._opaque)]
        self._opaque.sort()
        self.comments = list(self._comments())

    def line_start(self, index: int) -> int:
        """Return where the line begins that holds `index`."""
        return self._line_starts[bisect_right(self._line_starts, index) - 1]

    def column(self, index: int) -> int:
        """Return how far from the beginning of its line `index` is."""
        return index - self.line_start(index)

    def follows_blank(self, index: int) -> bool:
        """Tell whether the line above that of `index` is blank, and no part of a text."""
        start = self.line_start(index)
        above = self.text[self.line_start(start - 1) : start] if start else "x"
        return not above.strip() and not self._is_opaque(start - 1)

    def _is_opaque(self, index: int) -> bool:
        place = bisect_right(self._ends, index)
        return place < len(self._opaque) and self._opaque[place][0] <= index

    def _documents(self, stream: Iterator[yaml.Event]) -> Iterator[DocumentTree]:
        for event in stream:
            if isinstance(event, yaml.DocumentStartEvent):
                if event.version or event.tags:
                    raise DirectivesError
                yield DocumentTree(_start(event), self._node(next(stream), stream))

    def _node(self, event: yaml.Event, stream: Iterator[yaml.Event]) -> Node:
        start, end = _start(event), _stop(event)
        if isinstance(event, yaml.AliasEvent):
            self._opaque.append((start, end))
            return Alias(start, end, self.text[start:end])
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)  # noqa: S101 (there is no other event)
        properties = _PROPERTIES.match(self.text, start)
        written = properties[0] if properties and (event.anchor or event.tag) else ""
        spelled = " ".join(written.split())
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, start, start + len(written), end, spelled)
        is_flow = bool(event.flow_style)
        if isinstance(event, yaml.SequenceStartEvent):
            sequence = Sequence(start, end, spelled, is_flow)
            while not isinstance(event := next(stream), yaml.SequenceEndEvent):
                sequence.items.append(self._node(event, stream))
            sequence.end = _end(event, is_flow, sequence.items, sequence.end)
            return sequence
        mapping = Mapping(start, end, spelled, is_flow)
        while not isinstance(event := next(stream), yaml.MappingEndEvent):
            key = self._node(event, stream)
            mapping.pairs.append((key, self._node(next(stream), stream)))
        mapping.end = _end(event, is_flow, [pair[1] for pair in mapping.pairs], mapping.end)
        return mapping

    def _scalar(self, event: yaml.ScalarEvent, start: int, begin: int, end: int, properties: str) -> Scalar:
        style = event.style if event.style in ("'", '"', "|", ">") else ""
        if style in ("|", ">"):
            header = _HEADER.match(self.text, begin)
            first = self.text.find("\n", begin) + 1 or len(self.text)
            self._opaque += [(start, header.end() if header else first), (first, max(first, end))]
            end = max(first, end)
            if not event.value.endswith("\n\n"):  # blank lines below are no part of it
                end = first + len(self.text[first:end].rstrip())
                self._opaque[-1] = (first, end)
        elif end > start:
            self._opaque.append((start, end))
        return Scalar(start, end, properties, self.text[begin:end], event.value, style)

    def _comments(self) -> Iterator[Comment]:
        place = 0
        for start, end in [*self._opaque, (len(self.text), len(self.text))]:
            for match in _COMMENT.finditer(self.text, place, start):
                column = self.column(match.start())
                alone = not self.text[match.start() - column : match.start()].strip(" \t")
                yield Comment(match.start(), column, match[0].rstrip(), alone)
            place = max(place, end)


_PROPERTIES = re.compile(r"(?:[&!][^\s]*(?:\s+|$))+")
_HEADER = re.compile(r"[|>][-+0-9]*")
_COMMENT = re.compile("#[^\n]*")


def _start(event: yaml.Event) -> int:
    assert event.start_mark is not None  # noqa: S101 (parsed events have their places)
    return event.start_mark.index


def _stop(event: yaml.Event) -> int:
    assert event.end_mark is not None  # noqa: S101 (as above)
    return event.end_mark.index


def _end(event: yaml.Event, is_flow: bool, parts: list[Node], start: int) -> int:
    """Return where a list or a mapping ends: behind its bracket, or with its last part."""
    if is_flow and _stop(event) > start:
        return _stop(event)
    return parts[-1].end if parts else start
