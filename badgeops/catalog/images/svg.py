"""What an SVG is and whether it is safe to show. Pure: bytes in, facts out.

An SVG is a program as much as an image: it can carry scripts, call other servers and, through entities, grow
without bound. A server removes some of that silently; here it is refused, so that what was reviewed is what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from badgeops.catalog.problems import Problem, warning

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_TEXTUAL = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<")
_SVG = re.compile(rb"<\x00?(?:[A-Za-z_][\w.-]*:)?s\x00?v\x00?g[\x00\s>/]")
_DOCTYPE_SUBSET = re.compile(rb"<!DOCTYPE[^>\[]*\[", re.IGNORECASE)
_NUMBER = re.compile(r"([0-9]{0,12}\.?[0-9]{1,12}(?:[eE][-+]?[0-9]{1,3})?)\s{0,20}(?:px)?")
_MOST_PARTS = 500_000
"""Elements and attributes; a drawing of ten megabytes has a tenth, and each of them takes memory."""
_MOST_LEVELS = 200
"""Of nesting. Drawings have a dozen, and browsers stop reading at a few hundred."""
_MOST_PROBLEMS = 20
"""Of one image that are told."""

_XLINK = "{http://www.w3.org/1999/xlink}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_IMAGE = frozenset(
    re.findall(
        r"\S+",
        "a altglyph animate animatecolor animatemotion animatetransform circle clippath color-profile defs "
        "desc ellipse feblend fecolormatrix fecomponenttransfer fecomposite feconvolvematrix "
        "fediffuselighting fedisplacementmap fedistantlight fedropshadow feflood fefunca fefuncb fefuncg "
        "fefuncr fegaussianblur feimage femerge femergenode femorphology feoffset fepointlight "
        "fespecularlighting fespotlight fetile feturbulence filter flowdiv flowline flowpara flowregion "
        "flowregionexclude flowroot flowspan font font-face font-face-format font-face-name font-face-src "
        "font-face-uri g glyph glyphref hatch hatchpath hkern image line lineargradient marker mask mesh "
        "meshgradient meshpatch meshrow metadata missing-glyph mpath path pattern polygon polyline "
        "radialgradient rect set solidcolor stop style svg switch symbol text textpath title tref tspan use "
        "view vkern",
    )
)
"""The elements of SVG that draw, and nothing else, in lower case."""
_ANIMATIONS = frozenset({"animate", "animatecolor", "animatemotion", "animatetransform", "set"})
_ALIVE = frozenset({"script", "iframe", "object", "embed", "foreignobject", "meta", "link", "base", "form", "handler"})
"""Names that no metadata needs: shown within a web page, an element may be taken by its name alone."""
_UNDERSTOOD = ("{http://www.w3.org/", "{http://www.mozilla.org/")
"""Namespaces that browsers act on begin like this; what drawing programs note in their own is read by nobody else."""
_DATA = ("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", "{http://www.w3.org/2000/01/rdf-schema#}")
"""Those of the W3C that hold facts about an image."""
_NAMES = ("id", "class", "lang", "data-", "aria-")
"""How attributes begin that hold words, whatever these look like."""

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
    problems = (*_dangers(root), *_shape(size))
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
    from defusedxml import DefusedXmlException, DTDForbidden  # noqa: PLC0415

    if _DOCTYPE_SUBSET.search(data[:65_536]):
        detail = f"Definitions inside <!DOCTYPE … [ … ]> can be used for attacks, and a server fails on them. {_EXPORT}"
        return Problem("svg-entities", "this SVG defines entities of its own", detail)
    builder = _Builder()
    if data.count(b"<") + data.count(b"=") > _MOST_PARTS:
        return _too_complex()
    try:
        root = _built(data, builder)
    except _TooComplexError:
        return _too_complex()
    except DTDForbidden:
        detail = f"An image needs no description from elsewhere, to which <!DOCTYPE …> would lead. {_EXPORT}"
        return Problem("svg-doctype", "this SVG refers to a document type of its own", detail)
    except DefusedXmlException:
        return Problem("svg-entities", "this SVG defines entities of its own", f"A server fails on them. {_EXPORT}")
    except ParseError as error:
        line, column = error.position
        detail = f"The XML is not valid at line {line}, column {column + 1}. Export the image again."
        return Problem("svg-malformed", "this SVG cannot be read", detail)
    except (ValueError, LookupError, RecursionError):
        return Problem("svg-malformed", "this SVG cannot be read", "Export the image again, as UTF-8.")
    return _external("<?xml-stylesheet …?>") if builder.has_stylesheet else root


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
        if self._level > _MOST_LEVELS:
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
        f"It has more than {_MOST_PARTS:,} elements and attributes, or more than {_MOST_LEVELS} levels of nesting. "
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


def _dangers(root: Element) -> list[Problem]:
    """Return each kind of danger once, and no more than anybody would read."""
    found: dict[str, Problem] = {}
    for element in root.iter():
        for problem in _element_dangers(element):
            found.setdefault(problem.summary, problem)
            if len(found) == _MOST_PROBLEMS:
                return list(found.values())
    return list(found.values())


def _element_dangers(element: Element) -> Iterator[Problem]:
    name = _local(element.tag)
    if name == "script":
        yield Problem("svg-script", "this SVG contains a script", f"An image must not run programs. {_EXPORT}")
        return
    if name == "foreignobject":
        detail = f"<foreignObject> can contain a whole web page. {_EXPORT}"
        yield Problem("svg-foreign-object", "this SVG contains foreign content", detail)
        return
    if not _is_harmless(str(element.tag), name):
        detail = f"It is not part of an image and may act when the image is shown. {_EXPORT}"
        yield Problem("svg-element", f"this SVG contains <{name}>", detail)
        return
    if name in _ANIMATIONS and _is_dangerous_to_animate(element.get("attributeName", "")):
        detail = f"An animation can turn a harmless address into another one. {_EXPORT}"
        yield Problem("svg-script", "this SVG changes a link or an event handler", detail)
        return
    # What a browser reads as the style: the text in the element itself, whatever stands in between.
    if name == "style" and _loads(style := "".join([element.text or "", *(child.tail or "" for child in element)])):
        yield _external(style)
    for attribute, value in element.attrib.items():
        yield from _attribute_dangers(attribute, value)


def _is_harmless(tag: str, name: str) -> bool:
    """Tell whether an element draws, or holds what only the program that wrote it reads."""
    if tag.startswith(_NAMESPACE) or not tag.startswith("{"):
        return name in _IMAGE
    return name not in _ALIVE and (tag.startswith(_DATA) or not tag.startswith(_UNDERSTOOD))


def _is_dangerous_to_animate(attribute: str) -> bool:
    name = attribute.rpartition(":")[2].strip().lower()
    return name in ("href", "src", "base") or name.startswith("on")


def _attribute_dangers(qualified: str, value: str) -> Iterator[Problem]:
    name = _local(qualified)
    plain = re.sub(r"[\s\x00-\x20]", "", value).lower()
    if qualified.startswith("{") and not qualified.startswith((_XLINK, _XML, _NAMESPACE)):
        return  # a note of the program that drew it
    if name.startswith("on"):
        detail = f"It runs a program when something happens to the image. {_EXPORT}"
        yield Problem("svg-script", f'this SVG has an event handler ("{name}")', detail)
    if plain.startswith(("javascript:", "vbscript:", "data:text")) or "javascript:" in plain:
        yield Problem(
            "svg-script", "this SVG has a link that runs a script", f"An image must not run programs. {_EXPORT}"
        )
    elif _is_outside(name, plain) or (not name.startswith(_NAMES) and _loads(value)):
        yield _external(value)


def _is_outside(name: str, address: str) -> bool:
    """Tell whether an attribute is an address that leads out; a base moves all others."""
    return (name == "base" and bool(address)) or (name in {"href", "src"} and not _is_inside(address))


_URL = re.compile(r"url\(\s*['\"]?\s*([^)'\"]*)", re.IGNORECASE)
_LOADERS = re.compile(
    r"@import|(?<![\w-])(?:-webkit-)?(?:image-set|image|cross-fade|src)\(|(?<!\w)expression\(", re.IGNORECASE
)
"""What loads in a style without url(). Names of functions end before their bracket, so no blank is looked for."""
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\n\r\f])|(.))")


def _loads(style: str) -> bool:
    """Tell whether a style, or an attribute that is read as one, asks for anything outside of the image."""
    if "(" not in style and "@" not in style and "\\" not in style:
        return False
    return any(
        _LOADERS.search(text) or any(not _is_inside(re.sub(r"\s", "", url).lower()) for url in _URL.findall(text))
        for text in {style, _ESCAPE.sub(_meant, style)}
    )


def _meant(escape: re.Match[str]) -> str:
    """Return the character that an escape of CSS stands for."""
    code, newline, character = escape.groups()
    if code:
        number = int(code, 16)
        return chr(number) if 0 < number <= 0x10FFFF else "\ufffd"
    return "" if newline else str(character)


_INSIDE = re.compile(
    r"#|data:image/(?:png|jpe?g|gif|webp|bmp|avif)[;,]"
    r"|data:(?:font/|application/(?:x-)?font|application/vnd\.ms-fontobject[;,]|application/octet-stream[;,])"
)


def _is_inside(address: str) -> bool:
    """Tell whether an address leads to a part of the image, or holds pixels or a font. An SVG within is neither."""
    return not address or bool(_INSIDE.match(address))


def _external(value: str) -> Problem:
    shown = " ".join(value.split())
    shown = shown if len(shown) <= 60 else shown[:59] + "…"
    detail = (
        f'It would be loaded from outside: "{shown}". A badge must contain all its parts: embed it, or convert it to '
        "paths."
    )
    return Problem("svg-external", "this SVG refers to something outside itself", detail)


def _local(name: object) -> str:
    """Return a name without its namespace; comments and processing instructions have none."""
    return name.rsplit("}", 1)[-1].lower() if isinstance(name, str) else ""


def _size(root: Element) -> tuple[float, float] | None:
    """Return width and height of the drawing: of its viewBox, else of the image itself."""
    parts = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    numbers = [_number(part) for part in (parts[2:4] if len(parts) == 4 else (root.get("width"), root.get("height")))]
    width, height = numbers if len(numbers) == 2 else (None, None)
    return (width, height) if width and height else None


def _number(text: str | None) -> float | None:
    match = _NUMBER.fullmatch((text or "").strip())
    value = float(match[1]) if match else None
    return value if value is not None and value < 1e9 else None


def _shape(size: tuple[float, float] | None) -> list[Problem]:
    if size is None:
        detail = 'Programs cannot tell its proportions. Give its first element a viewBox: viewBox="0 0 400 400".'
        return [warning("svg-no-viewbox", "this SVG does not say how large it is", detail)]
    width, height = size
    if abs(width - height) > 0.01 * max(size):
        detail = "It will be squeezed, or get margins, in every place for a square. Give it a square viewBox."
        return [warning("image-not-square", f"this SVG is not square: {width:g} by {height:g}", detail)]
    return []
