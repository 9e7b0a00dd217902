"""What an SVG is and whether it is safe to show. Pure: bytes in, facts out.

An SVG is a program as much as an image: it can carry scripts, call other servers and, through entities, grow
without bound. A server removes some of that silently; here it is refused, so that what was reviewed is what is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from badgeops.catalog.images.dangers import EXPORT, dangers, external
from badgeops.catalog.images.measure import shape_problems, size_of, unfolding_problems
from badgeops.catalog.images.unfold import MOST_LEVELS
from badgeops.catalog.problems import Problem

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_TEXTUAL = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_SVG = re.compile(rb"<\x00?(?:[A-Za-z_][\w.-]*:)?s\x00?v\x00?g[\x00\s>/]")
_DOCTYPE_SUBSET = re.compile(rb"<!DOCTYPE[^>\[]*\[", re.IGNORECASE)
_MOST_PARTS = 250_000
"""Elements and attributes; a drawing of ten megabytes has a tenth, and each of them takes memory."""


@dataclass(frozen=True, slots=True)
class SvgShape:
    """What is known of an SVG."""

    width: int
    height: int
    problems: tuple[Problem, ...]


def looks_like_svg(data: bytes) -> bool:
    """Tell whether the bytes are meant to be an SVG, well-formed or not."""
    return bool(_TEXTUAL.match(data[:1024])) and bool(_SVG.search(data[:65_536]))


def inspect_svg(data: bytes) -> SvgShape:
    """Return the size of an SVG and all that is wrong with it."""
    root = _parse(data)
    if isinstance(root, Problem):
        return SvgShape(0, 0, (root,))
    if root.tag != f"{_NAMESPACE}svg":
        detail = 'A server refuses it. Its first element must read <svg xmlns="http://www.w3.org/2000/svg" …>.'
        return SvgShape(0, 0, (Problem("svg-namespace", "this file is not an SVG as browsers know it", detail),))
    size = size_of(root)
    problems = (*dangers(root), *shape_problems(size), *unfolding_problems(root, size))
    return SvgShape(round(size.width), round(size.height), problems)


def is_well_formed(data: bytes, *, otherwise: bool) -> bool:
    """Tell whether the XML of an SVG can be read to its end; `otherwise` is the answer for what is not to be parsed."""
    root = _parse(data)
    if isinstance(root, Problem):
        return otherwise and root.code != "svg-malformed"
    return root.tag.rpartition("}")[2] == "svg"


def canonical(data: bytes) -> str | bytes:
    """Return an SVG in the one form that all ways to write it have in common; the bytes where it cannot be read."""
    from xml.etree.ElementTree import canonicalize  # noqa: PLC0415

    from defusedxml.ElementTree import tostring  # noqa: PLC0415

    root = _parse(data)
    if isinstance(root, Problem):
        return data
    try:
        return str(canonicalize(tostring(root, encoding="unicode"), rewrite_prefixes=True, strip_text=True))
    except RecursionError:
        return data


def _parse(data: bytes) -> Element | Problem:
    from defusedxml import DefusedXmlException, DTDForbidden  # noqa: PLC0415

    if _DOCTYPE_SUBSET.search(data[:65_536]):
        detail = f"Definitions inside <!DOCTYPE … [ … ]> can be used for attacks, and a server fails on them. {EXPORT}"
        return Problem("svg-entities", "this SVG defines entities of its own", detail)
    builder = _Builder()
    if data.count(b"<") + data.count(b"=") > _MOST_PARTS:
        return _too_complex()
    try:
        root = _built(data, builder)
    except _TooComplexError:
        return _too_complex()
    except DTDForbidden:
        detail = f"An image needs no description from elsewhere, to which <!DOCTYPE …> would lead. {EXPORT}"
        return Problem("svg-doctype", "this SVG refers to a document type of its own", detail)
    except DefusedXmlException:
        return Problem("svg-entities", "this SVG defines entities of its own", f"A server fails on them. {EXPORT}")
    except ParseError as error:
        line, column = error.position
        detail = f"The XML is not valid at line {line}, column {column + 1}. Export the image again."
        return Problem("svg-malformed", "this SVG cannot be read", detail)
    except (ValueError, LookupError, RecursionError):
        return Problem("svg-malformed", "this SVG cannot be read", "Export the image again, as UTF-8.")
    return external("<?xml-stylesheet …?>") if builder.has_stylesheet else root


class _TooComplexError(ValueError):
    """Raised while an SVG is parsed that would take too long, or too much memory, to be judged."""


class _Builder(TreeBuilder):
    """Builds the tree, and notes an instruction to load a style sheet wherever it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.has_stylesheet = False
        self._level = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        """Begin an element; ValueError where it is one level too deep."""
        self._level += 1
        if self._level > MOST_LEVELS:
            raise _TooComplexError
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        """End an element."""
        self._level -= 1
        return super().end(tag)

    def pi(self, target: str, text: str | None = None) -> Element:
        """Note an instruction; of all there are, browsers follow those whose names begin with "xml"."""
        self.has_stylesheet |= target.lower().startswith("xml")
        return super().pi(target, text)


def _too_complex() -> Problem:
    detail = (
        f"It has more than {_MOST_PARTS:,} elements and attributes, or more than {MOST_LEVELS} levels of nesting. "
        "Simplify it, or export it as PNG, 400 by 400 pixels."
    )
    return Problem("svg-too-complex", "this SVG is too complex", detail)


def _built(data: bytes, builder: _Builder) -> Element:
    """Parse; a document type is let pass where it is the W3C's own, and is loaded in no case."""
    from defusedxml import DTDForbidden  # noqa: PLC0415
    from defusedxml.ElementTree import DefusedXMLParser  # noqa: PLC0415

    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(data)
    except DTDForbidden as found:
        is_usual = str(found.pubid).startswith("-//W3C//DTD SVG ") and re.match(
            "https?://www.w3.org/", str(found.sysid)
        )
        if not (is_usual or found.sysid is found.pubid is None):
            raise
        parser = DefusedXMLParser(target=builder)
        parser.feed(data)
    root: Element = parser.close()
    return root
