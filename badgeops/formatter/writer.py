"""YAML text -> the same YAML as `badgeops fmt` writes it. Pure.

Fields come in the order of the reference, levels are indented by two blanks, quotes stand where they are needed.
What the author chose stays: comments, blank lines (one at a time), block texts and where long lines are broken,
anchors and aliases, lists on one line as long as they fit.

The result is read again and compared before anybody gets it: the same documents, the same comments, and a second
run that changes nothing. Text for which that cannot be had is refused with a reason.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from badgeops.errors import has_errors
from badgeops.formatter import field_order
from badgeops.formatter.field_order import Shape
from badgeops.yamldoc.parse import Surprise, YamlFile, is_text, parse
from badgeops.yamldoc.tree import Alias, Comment, DirectivesError, DocumentTree, Mapping, Node, Scalar, Sequence, Tree

_LAST = 1_000_000
"""A rank beyond those of all fields."""
WIDTH = 120
"""Columns. A list or mapping in brackets that is longer is written with a line for each part."""
_STEP = 2


class UntidyError(Exception):
    """The text cannot be written canonically without the risk of changing it. Its message says why."""


def tidy(text: str, *, settings: bool = False) -> str:
    """Return the canonical spelling of a file that `yamldoc` reads without an error.

    `settings` says that it is badgeops.yaml. UntidyError where it has to stay as it is.
    """
    newline = "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"
    plain = text.replace("\r\n", "\n")
    if _ODD_LINE_ENDS.search(plain):
        raise UntidyError("it has line breaks that only some programs know (CR, NEL, LS or PS)")
    try:
        result = next((made for sort in (True, False) if (made := _settled(plain, settings, sort)) is not None), None)
    except DirectivesError:
        raise UntidyError("it has a YAML directive (a line that begins with %)") from None
    if result is None:
        raise UntidyError("badgeops does not know how to write it in another way without changing it")
    return result.replace("\n", newline)


_ODD_LINE_ENDS = re.compile("[\r\x85\u2028\u2029]")


def _settled(text: str, settings: bool, sort: bool) -> str | None:
    """Return the text as it is after formatting, or None where that would change more than its looks."""
    made = _Writer(Tree(text), settings=settings, sort=sort).write()
    if made == text:
        return made
    if is_same(text, made) and _Writer(Tree(made), settings=settings, sort=sort).write() == made:
        return made
    return None


def is_same(before: str, after: str) -> bool:
    """Tell whether two texts hold the same documents and the same comments."""
    return _meaning(before) == _meaning(after) and _remarks(before) == _remarks(after)


def _meaning(text: str) -> list[str] | None:
    documents, diagnostics = parse(YamlFile("", text))
    if has_errors(diagnostics):
        return None
    return [json.dumps(document.data, sort_keys=True, default=_shown) for document in documents]


def _shown(value: Any) -> dict[str, str]:  # noqa: ANN401 (a value that JSON does not know)
    assert isinstance(value, Surprise)  # noqa: S101 (there is no other)
    return {"raw": value.raw, "surprise": value.reads_as}


def _remarks(text: str) -> Counter[str]:
    return Counter(comment.text for comment in Tree(text).comments)


@dataclass(slots=True)
class _Chunk:
    """The lines of one field or item, with the comments above it."""

    lines: list[str]
    rank: int = 0
    blank: bool = False
    """A blank line was above it."""


@dataclass(slots=True)
class _Value:
    """How a value is written: behind its key or hyphen, and below."""

    inline: str = ""
    below: list[str] = field(default_factory=list)


class _Writer:
    """Writes one tree. It walks in the order of the source, so that comments are met where they stand."""

    def __init__(self, tree: Tree, *, settings: bool, sort: bool) -> None:
        self._tree = tree
        self._settings = settings
        self._sort = sort
        self._comments = tree.comments
        self._starts = [comment.start for comment in tree.comments]
        self._next = 0
        """The first comment that is not written yet."""

    def write(self) -> str:
        """Return the text of all documents."""
        documents, end = self._tree.documents, len(self._tree.text)
        ends = [document.start for document in documents[1:]] + [end]
        parts = [self._document(*part) for part in zip(documents, ends, strict=False)] or [self._alone(end, 0)]
        return "---\n".join("".join(f"{line}\n" for line in part) for part in parts if part)

    def _document(self, document: DocumentTree, end: int) -> list[str]:
        root = document.root
        if isinstance(root, Scalar) and not root.value and not root.properties:
            return self._alone(end, 0)  # comments, or nothing
        lines = self._alone(root.start, 0)
        shape = self._shape(root)
        if lines and self._tree.follows_blank(root.start):
            lines.append("")
        lines += self._block(root, 0, end, shape)
        tail = self._alone(end, 0, first_blank=True)
        return lines + tail

    def _shape(self, root: Node) -> Shape:
        if self._settings:
            return field_order.of_settings()
        pairs = root.pairs if isinstance(root, Mapping) else []
        values = [value for key, value in pairs if _word(key) == "kind"]
        return field_order.of_kind(_word(values[0]) if values else None)

    # --- comments ---

    def _peek(self, until: int) -> Comment | None:
        comment = self._comments[self._next] if self._next < len(self._comments) else None
        return comment if comment is not None and comment.start < until else None

    def _alone(self, until: int, indent: int, *, deeper_than: int = -1, first_blank: bool = False) -> list[str]:
        """Take the comments before `until` and return them as lines of their own."""
        lines: list[str] = []
        while (comment := self._peek(until)) is not None and comment.column > deeper_than:
            if comment.stands_alone and self._tree.follows_blank(comment.start) and (lines or first_blank):
                lines.append("")
            lines.append(" " * indent + comment.text)
            self._next += 1
        return lines

    def _beside(self, until: int) -> str:
        """Take the comments that stand to the right of something, up to `until` or the end of the line."""
        found = ""
        while (comment := self._peek(until)) is not None and not comment.stands_alone:
            found += f"  {comment.text}"
            self._next += 1
        return found

    def _line_end(self, index: int) -> int:
        end = self._tree.text.find("\n", index)
        return end if end >= 0 else len(self._tree.text)

    # --- blocks ---

    def _block(self, node: Node, indent: int, limit: int, shape: Shape) -> list[str]:
        """Return the lines of a list or mapping with a line for each part. What follows it begins at `limit`."""
        if isinstance(node, Mapping) and node.pairs:
            chunks = self._pairs(node, indent, limit, shape)
        elif isinstance(node, Sequence) and node.items:
            chunks = self._items(node, indent, limit, shape)
        else:
            value = self._value(node, indent, limit, shape, room=WIDTH - indent)
            return [" " * indent + value.inline + self._beside(self._line_end(node.end)), *value.below]
        lines: list[str] = []
        for number, chunk in enumerate(chunks):
            if chunk.blank and number:
                lines.append("")
            lines += chunk.lines
        return lines

    def _pairs(self, node: Mapping, indent: int, limit: int, shape: Shape) -> list[_Chunk]:
        chunks = []
        column = self._tree.column(node.pairs[0][0].start)
        nexts = [key.start for key, _ in node.pairs[1:]] + [limit]
        for (key, value), following in zip(node.pairs, nexts, strict=True):
            blank = not node.is_flow and self._is_below_blank(key.start)
            lines = self._alone(key.start, indent)
            name = _word(key)
            lines += self._pair(key, value, indent, following, shape.child(name))
            chunks.append(_Chunk(lines, shape.rank(name), blank))
        if not node.is_flow:
            self._tail(chunks, indent, limit, column)
        return sorted(chunks, key=lambda chunk: chunk.rank) if self._sort else chunks

    def _items(self, node: Sequence, indent: int, limit: int, shape: Shape) -> list[_Chunk]:
        chunks = []
        column, place = -1, node.start
        hyphens = []
        for item in node.items:
            hyphens.append(place if node.is_flow else self._hyphen(place, item.start))
            place = item.end
        if not node.is_flow:
            column = self._tree.column(hyphens[0])
        for item, hyphen, following in zip(node.items, hyphens, [*hyphens[1:], limit], strict=True):
            blank = not node.is_flow and self._is_below_blank(hyphen)
            lines = [] if node.is_flow else self._alone(hyphen, indent)
            chunks.append(_Chunk(lines + self._item(item, indent, following, shape.item()), 0, blank))
        if not node.is_flow:
            self._tail(chunks, indent, limit, column)
        return chunks

    def _tail(self, chunks: list[_Chunk], indent: int, limit: int, column: int) -> None:
        """Add the comments below the last part that are indented as the parts are, unless they belong to the root."""
        tail = self._alone(limit, indent, deeper_than=column - 1, first_blank=True) if indent else []
        if tail:
            chunks.append(_Chunk(tail, _LAST))

    def _is_below_blank(self, start: int) -> bool:
        """Tell whether a blank line is above a part, or above the comments above it."""
        first = self._peek(start)
        return self._tree.follows_blank(first.start if first is not None else start)

    def _hyphen(self, place: int, start: int) -> int:
        """Return where the hyphen of an item stands, between the one before and its own beginning."""
        text, index = self._tree.text, place
        remarks = set(self._starts[bisect_left(self._starts, place) : bisect_left(self._starts, start)])
        while index < start:
            if index in remarks:
                index = self._line_end(index)
            elif text[index] == "-":
                return index
            else:
                index += 1
        return place

    def _pair(self, key: Node, value: Node, indent: int, limit: int, shape: Shape) -> list[str]:
        head = " " * indent + self._inline(key, flow=False) + ("" if not isinstance(key, Alias) else " ") + ":"
        above: list[str] = []
        if _is_block(value):
            head += self._beside(value.start)
        else:
            above = self._alone(value.start, indent)
        written = self._value(value, indent, limit, shape, room=WIDTH - len(head) - 1)
        line = f"{head} {written.inline}" if written.inline else head
        return above + self._closed(line, written, value)

    def _item(self, item: Node, indent: int, limit: int, shape: Shape) -> list[str]:
        margin = " " * indent
        if _is_block(item) and not _properties(item):
            header = self._beside(item.start).strip()
            first = [" " * (indent + _STEP) + header] if header else []
            lines = first + self._alone(item.start, indent + _STEP)
            lines += self._block(item, indent + _STEP, limit, shape)
            return [f"{margin}- {lines[0].lstrip(' ')}", *lines[1:]]
        above = [] if _is_block(item) else self._alone(item.start, indent)
        written = self._value(item, indent, limit, shape, room=WIDTH - indent - 2)
        if not written.inline and written.below and not _is_block(item):  # was in brackets, and is too long for them
            return [*above, f"{margin}- {written.below[0].lstrip(' ')}", *written.below[1:]]
        line = f"{margin}- {written.inline}" if written.inline else f"{margin}-"
        return above + self._closed(line, written, item)

    def _closed(self, line: str, written: _Value, node: Node) -> list[str]:
        """Put the comment to the right of a value there."""
        if _is_block(node) or _is_text(node):
            return [line, *written.below]
        lines = [line, *written.below]
        lines[-1] += self._beside(self._line_end(node.end))
        return lines

    def _value(self, node: Node, indent: int, limit: int, shape: Shape, *, room: int) -> _Value:
        """Write a value that belongs to a part at `indent`."""
        if isinstance(node, Scalar) and node.style in ("|", ">"):
            return self._text(node, indent)
        if isinstance(node, Scalar) and "\n" in node.text:
            return _broken(node, indent)
        if isinstance(node, Alias | Scalar):
            return _Value(self._inline(node, flow=False))
        if _is_block(node):
            inline = _properties(node)
            inline += self._beside(self._line_end(node.start)) if inline else ""
            return _Value(inline, self._block(node, indent + _STEP, limit, shape))
        if self._peek(node.end) is not None:
            return self._verbatim(node, indent)
        flow = self._flow(node, shape)
        if len(flow) <= room or not _parts(node):
            return _Value(flow)
        return _Value(_properties(node), self._block(node, indent + _STEP, limit, shape))

    def _text(self, node: Scalar, indent: int) -> _Value:
        """Write a block text: its lines stay, only their margin is ours."""
        head, _, rest = node.text.partition("\n")
        first = node.value.lstrip("\n").split("\n", 1)[0]
        source = rest.split("\n")
        filled = next((line for line in source if line.strip()), "")
        if not node.value.strip("\n"):
            return _Value(" ".join(filter(None, (node.properties, _quoted(node.value, flow=False)))))
        margin = len(filled) - len(filled.lstrip(" ")) - (len(first) - len(first.lstrip(" ")))
        ends = len(node.value) - len(node.value.rstrip("\n"))
        lines = [line[margin:] for line in source]
        while not lines[-1]:
            lines.pop()
        lines += [""] * (ends - 1)
        depth = str(_STEP) if first.startswith(" ") else ""
        header = f"{head[0]}{depth}{'-+'[ends > 1] if ends != 1 else ''}"
        inline = " ".join(filter(None, (node.properties, header)))
        inline += self._beside(node.start + len(head) + len(node.properties) + 1)
        return _Value(inline, [" " * (indent + _STEP) + line if line else "" for line in lines])

    def _verbatim(self, node: Node, indent: int) -> _Value:
        """Leave what stands in brackets as it is, because there are comments in it."""
        self._alone(node.end, 0)
        first, *rest = self._tree.text[node.start : node.end].split("\n")
        below = []
        for line in rest:
            words = line.strip()
            closing = line is rest[-1] and words[:1] in ("]", "}")
            below.append(" " * (indent if closing else indent + _STEP) + words if words else "")
        return _Value(first.rstrip(), below)

    # --- within a line ---

    def _flow(self, node: Node, shape: Shape) -> str:
        if isinstance(node, Mapping):
            pairs = [(shape.rank(_word(key)), key, value) for key, value in node.pairs]
            if self._sort:
                pairs.sort(key=lambda pair: pair[0])
            inside = ", ".join(self._flow_pair(key, value, shape) for _, key, value in pairs)
            return " ".join(filter(None, (node.properties, f"{{{inside}}}")))
        if isinstance(node, Sequence):
            inside = ", ".join(self._flow(item, shape.item()) for item in node.items)
            return " ".join(filter(None, (node.properties, f"[{inside}]")))
        return self._inline(node, flow=True) or "null"

    def _flow_pair(self, key: Node, value: Node, shape: Shape) -> str:
        name = self._inline(key, flow=True) + (" " if isinstance(key, Alias) else "")
        return f"{name}: {self._flow(value, shape.child(_word(key)))}"

    def _inline(self, node: Node, *, flow: bool) -> str:
        """Write a scalar or an alias on one line."""
        if isinstance(node, Alias):
            return node.text
        if not isinstance(node, Scalar):
            raise UntidyError("a field's name is a list or a mapping")
        if node.style == "" and "\n" not in node.text:
            word = node.text
        elif node.style in ("'", '"') and "\n" not in node.text:
            word = _quoted(node.value, flow=flow, known=node.text)
        else:
            word = _quoted(node.value, flow=flow)
        return " ".join(filter(None, (node.properties, word)))


def _broken(node: Scalar, indent: int) -> _Value:
    """Write a text that its author broke over several lines; how far they are indented means nothing."""
    first, *rest = node.text.split("\n")
    inline = " ".join(filter(None, (node.properties, first.rstrip(" \t"))))
    return _Value(inline, [" " * (indent + _STEP) + line.strip(" \t") if line.strip(" \t") else "" for line in rest])


def _is_block(node: Node) -> bool:
    return isinstance(node, Mapping | Sequence) and not node.is_flow and bool(_parts(node))


def _is_text(node: Node) -> bool:
    return isinstance(node, Scalar) and node.style in ("|", ">") and bool(node.value.strip("\n"))


def _parts(node: Node) -> list[Any]:
    if isinstance(node, Mapping):
        return node.pairs
    return node.items if isinstance(node, Sequence) else []


def _properties(node: Node) -> str:
    return "" if isinstance(node, Alias) else node.properties


def _word(node: Node) -> str:
    return node.value if isinstance(node, Scalar) else ""


# --- quotes --------------------------------------------------------------------------------------------------------

_PLAIN_START = re.compile(r"[^\W]|[/(+$]")
_ENDS_PLAIN = {False: re.compile(r": | #|:$"), True: re.compile(r"[\[\]{},]| #|:")}
_NEEDS_ESCAPES = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\xa0\\u2028\\u2029\\ufeff\\ud800-\\udfff\\ufffe\\uffff]")


def _quoted(value: str, *, flow: bool, known: str = "") -> str:
    """Write a text that was quoted: without quotes where it needs none, else in double ones, else in single ones.

    `known` is how it was written, which stays where some of it cannot be seen.
    """
    if _is_plain(value, flow=flow):
        return value
    if not value.isprintable():
        return known or _escaped(value)
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def _is_plain(value: str, *, flow: bool) -> bool:
    return (
        _PLAIN_START.match(value) is not None
        and value == value.strip()
        and value.isprintable()
        and _ENDS_PLAIN[flow].search(value) is None
        and is_text(value)
    )


def _escaped(value: str) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _NEEDS_ESCAPES.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
