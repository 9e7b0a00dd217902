"""What an SVG is and whether it is safe to show. Pure: bytes in, facts out.

An SVG is a program as much as a picture: it can carry scripts, call other servers and, through entities, grow
without bound. A server removes some of that silently; here it is refused, so that what was reviewed is what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from badgeops.problems import Problem, warning

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_TEXTUAL = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_SVG = re.compile(rb"<\x00?(?:[A-Za-z_][\w.-]*:)?s\x00?v\x00?g[\x00\s>/]")
_DOCTYPE_SUBSET = re.compile(rb"<!DOCTYPE[^>\[]*\[", re.IGNORECASE)
_URL = re.compile(r"url\(\s*['\"]?\s*([^)'\"]*)", re.IGNORECASE)
_IMPORT = re.compile(r"@import", re.IGNORECASE)
_NUMBER = re.compile(r"\s{0,20}([0-9]{0,12}\.?[0-9]{1,12}(?:[eE][-+]?[0-9]+)?)\s*(?:px)?\s*")

_STYLESHEET = re.compile(rb"<\?xml-stylesheet", re.IGNORECASE)
_ADDRESSES = frozenset({"href", "src", "base"})
"""Attributes that hold an address, whatever their namespace."""

_EXPORT = "Export it without (in Inkscape: Plain SVG or Optimized SVG)."


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
    size = _size(root)
    outside = [_external("<?xml-stylesheet …?>")] if _STYLESHEET.search(data) else []
    problems = (*outside, *_dangers(root), *_shape(size))
    width, height = size or (0.0, 0.0)
    return SvgShape(round(width), round(height), problems)


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
    from defusedxml import DefusedXmlException  # noqa: PLC0415
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    if _DOCTYPE_SUBSET.search(data[:65_536]):
        detail = f"Definitions inside <!DOCTYPE … [ … ]> can be used for attacks, and a server fails on them. {_EXPORT}"
        return Problem("svg-entities", "this SVG defines entities of its own", detail)
    try:
        root: Element = fromstring(data)
    except DefusedXmlException:
        return Problem("svg-entities", "this SVG defines entities of its own", f"A server fails on them. {_EXPORT}")
    except ParseError as error:
        line, column = error.position
        detail = f"The XML breaks at line {line}, column {column + 1}. Export the picture again."
        return Problem("svg-malformed", "this SVG cannot be read", detail)
    except (ValueError, LookupError, RecursionError):
        return Problem("svg-malformed", "this SVG cannot be read", "Export the picture again, as UTF-8.")
    return root


def _dangers(root: Element) -> list[Problem]:
    """Return each kind of danger once."""
    found: dict[str, Problem] = {}
    for element in root.iter():
        for problem in _element_dangers(element):
            found.setdefault(problem.summary, problem)
    return list(found.values())


def _element_dangers(element: Element) -> Iterator[Problem]:
    name = _local(element.tag)
    if name == "script":
        yield Problem("svg-script", "this SVG contains a script", f"A picture must not run programs. {_EXPORT}")
    elif name == "foreignobject":
        detail = f"<foreignObject> can hold a whole web page. {_EXPORT}"
        yield Problem("svg-foreign-object", "this SVG contains foreign content", detail)
    elif name == "style" and _loads(style := "".join(element.itertext())):
        yield _external(style)
    for attribute, value in element.attrib.items():
        yield from _attribute_dangers(_local(attribute), value)


def _attribute_dangers(name: str, value: str) -> Iterator[Problem]:
    if name.startswith("on"):
        detail = f"It runs a program when something happens to the picture. {_EXPORT}"
        yield Problem("svg-script", f'this SVG has an event handler ("{name}")', detail)
    plain = re.sub(r"[\s\x00-\x20]", "", value).lower()
    if plain.startswith(("javascript:", "vbscript:", "data:text")) or "javascript:" in plain:
        yield Problem("svg-script", "this SVG has a link that runs a script", f"A picture must not. {_EXPORT}")
    elif (name in _ADDRESSES and not _is_inside(plain)) or _loads(value):
        yield _external(value)


def _loads(style: str) -> bool:
    return bool(_IMPORT.search(style)) or any(not _is_inside(url.strip().lower()) for url in _URL.findall(style))


def _is_inside(address: str) -> bool:
    return not address or address.startswith(("#", "data:image/", "data:font/", "data:application/font"))


def _external(value: str) -> Problem:
    shown = " ".join(value.split())
    shown = shown if len(shown) <= 60 else shown[:59] + "…"
    detail = (
        f'It would be loaded from outside: "{shown}". A badge must be whole in itself: embed it, or convert to paths.'
    )
    return Problem("svg-external", "this SVG refers to something outside of it", detail)


def _local(name: object) -> str:
    """Return a name without its namespace; comments and processing instructions have none."""
    return name.rsplit("}", 1)[-1].lower() if isinstance(name, str) else ""


def _size(root: Element) -> tuple[float, float] | None:
    """Return width and height of the drawing: of its viewBox, else of the picture itself."""
    parts = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    numbers = [_number(part) for part in (parts[2:4] if len(parts) == 4 else (root.get("width"), root.get("height")))]
    width, height = numbers if len(numbers) == 2 else (None, None)
    return (width, height) if width and height else None


def _number(text: str | None) -> float | None:
    match = _NUMBER.fullmatch(text or "")
    value = float(match[1]) if match else None
    return value if value is not None and value < 1e9 else None


def _shape(size: tuple[float, float] | None) -> list[Problem]:
    if size is None:
        detail = 'Without it nobody knows its proportions. Its first element should have one: viewBox="0 0 400 400".'
        return [warning("svg-no-viewbox", "this SVG does not say how large it is", detail)]
    width, height = size
    if abs(width - height) > 0.01 * max(size):
        detail = "It will be squeezed, or have margins, wherever a square is expected. Give it a square viewBox."
        return [warning("image-not-square", f"this SVG is not square: {width:g} by {height:g}", detail)]
    return []
