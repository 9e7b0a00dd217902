"""What in an SVG acts, loads something from outside, or has no place in an image. Pure.

Right is what a browser makes of it: an address is where browsers look for one, and everywhere else words are words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from badgeops.catalog.images import css, embedded
from badgeops.catalog.problems import Problem

_MOST_PROBLEMS = 20
"""Of one image that are told."""
_NAMESPACE = "{http://www.w3.org/2000/svg}"
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
_BAKED = (
    "{http://openbadges.org}",
    "{https://purl.imsglobal.org/ob/v3p0}",
    "{https://purl.imsglobal.org/spec/ob/v3p0}",
)
"""Namespaces of awards: servers put the award itself into the image that its earner gets."""
_DATA = ("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", "{http://www.w3.org/2000/01/rdf-schema#}")
"""Those of the W3C that hold facts about an image."""

EXPORT = "Export it without (in Inkscape: Plain SVG or Optimized SVG)."


def dangers(root: Element) -> list[Problem]:
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
        yield Problem("svg-script", "this SVG contains a script", f"An image must not run programs. {EXPORT}")
        return
    if name == "foreignobject":
        detail = f"<foreignObject> can contain a whole web page. {EXPORT}"
        yield Problem("svg-foreign-object", "this SVG contains foreign content", detail)
        return
    if str(element.tag).startswith(_BAKED):
        detail = "It contains an award, with what is known of its earner. Use the image from before it was awarded."
        yield Problem("image-baked-award", "this SVG is somebody's award", detail)
        return
    if not _is_harmless(str(element.tag), name):
        detail = f"It is not part of an image and may act when the image is shown. {EXPORT}"
        yield Problem("svg-element", f"this SVG contains <{name}>", detail)
        return
    if name in _ANIMATIONS and _is_dangerous_to_animate(element.get("attributeName", "")):
        detail = f"An animation can turn a harmless address into another one. {EXPORT}"
        yield Problem("svg-script", "this SVG changes a link or an event handler", detail)
        return
    # What a browser reads as the style: the text in the element itself, whatever stands in between.
    if name == "style":
        yield from _style_dangers("".join([element.text or "", *(child.tail or "" for child in element)]))
    for attribute, value in element.attrib.items():
        yield from _attribute_dangers(name, attribute, value)


def _is_harmless(tag: str, name: str) -> bool:
    """Tell whether an element draws, or holds what only the program that wrote it reads."""
    if tag.startswith(_NAMESPACE) or not tag.startswith("{"):
        return name in _IMAGE
    return name not in _ALIVE and (tag.startswith(_DATA) or not tag.startswith(_UNDERSTOOD))


def _is_dangerous_to_animate(attribute: str) -> bool:
    name = attribute.rpartition(":")[2].strip().lower()
    return name in ("href", "src", "base") or name.startswith("on")


def _attribute_dangers(element: str, qualified: str, value: str) -> Iterator[Problem]:
    name = _local(qualified)
    if qualified.startswith("{") and not qualified.startswith((_XLINK, _XML, _NAMESPACE)):
        return  # a note of the program that drew it
    if name.startswith("on"):
        detail = f"It runs a program when something happens to the image. {EXPORT}"
        yield Problem("svg-script", f'this SVG has an event handler ("{name}")', detail)
    if name in _ADDRESSES:
        yield from _address_dangers(value, is_image=element in _SHOWING)
    elif name == "base" and value.strip():
        yield external(value)  # a base moves all other addresses
    elif name in _STYLED:
        yield from _style_dangers(value)


def _address_dangers(address: str, *, is_image: bool) -> Iterator[Problem]:
    """Judge an address as browsers do: without the blanks in it, and with the type of data that its bytes tell."""
    plain = re.sub(r"[\s\x00-\x20]", "", address[:_LONGEST_SCHEME]).lower()
    if not plain or plain.startswith("#"):
        return
    if plain.startswith(("javascript:", "vbscript:")):
        yield Problem(
            "svg-script", "this SVG has a link that runs a script", f"An image must not run programs. {EXPORT}"
        )
    elif not plain.startswith("data:"):
        yield external(address)
    else:
        yield from _data_dangers(re.sub(r"[\t\r\n]", "", address.strip()), is_image=is_image)


def _data_dangers(address: str, *, is_image: bool) -> Iterator[Problem]:
    found = embedded.read(address)
    if found.pixels > _MOST_PIXELS:
        detail = (
            f"Unpacked it has {found.pixels / 1e6:,.0f} megapixels; at most {_MOST_PIXELS // 1_000_000} are accepted. "
            "Shrink it to the size at which it is shown."
        )
        yield Problem("svg-too-complex", "this SVG embeds an image of too many pixels", detail)
    elif found.is_declared or (is_image and found.is_image):
        return
    elif found.type.startswith("text/") and not is_image:
        yield Problem("svg-script", f"this SVG has a link to a document within it ({found.type})", _NO_DOCUMENT)
    else:
        detail = f"Only pixels (PNG, JPEG, GIF, WebP, BMP, AVIF) and fonts may be embedded. {EXPORT}"
        what = shown(found.type, 40)
        yield Problem("svg-embedded", f"this SVG embeds something that is neither an image nor a font ({what})", detail)


_ADDRESSES = frozenset({
    "href", "src", "action", "formaction", "data", "poster", "background", "cite", "codebase", "code", "longdesc",
    "manifest", "ping", "usemap", "archive",
})  # fmt: skip
"""Attributes that are addresses, also those of web pages, should the SVG be put into one."""
_SHOWING = frozenset({"image", "feimage"})
"""Elements that show what their address leads to as pixels, whatever its type is said to be."""
_LONGEST_SCHEME = 1000
_MOST_PIXELS = 25_000_000
_NO_DOCUMENT = f"A document can run programs; an image must not run any. {EXPORT}"
_STYLED = frozenset({
    "style", "fill", "stroke", "filter", "mask", "clip-path", "marker", "marker-start", "marker-mid", "marker-end",
    "cursor", "color-profile", "background", "background-image", "border-image", "border-image-source", "list-style",
    "list-style-image", "content", "mask-image", "mask-border", "mask-border-source", "mask-box-image",
    "shape-outside", "shape-inside", "offset-path", "-webkit-filter", "-webkit-mask", "-webkit-mask-image",
    "-webkit-clip-path", "backdrop-filter", "enable-background", "d", "from", "to", "by", "values",
})  # fmt: skip
"""Attributes that are read as CSS and can hold an address, or give one to another attribute."""


def _style_dangers(style: str) -> Iterator[Problem]:
    """Tell what a style, or an attribute that is read as one, loads."""
    if "(" not in style and "@" not in style and "\\" not in style:
        return
    try:
        for part in css.parts(style):
            if part.kind == "loader":
                yield external(part.text)
            elif part.kind == "address":
                yield from (_as_external(each, part.text) for each in _address_dangers(part.text, is_image=True))
    except OverflowError:
        yield Problem("svg-too-complex", "a style of this SVG is too complex", f"Nobody reads so much. {EXPORT}")


def _as_external(problem: Problem, address: str) -> Problem:
    """Return a problem of an address in a style, where no script runs: it is loaded, or would be."""
    return external(address) if problem.code == "svg-script" else problem


def external(value: str) -> Problem:
    """Return the problem of an address that leads out."""
    detail = (
        f'It would be loaded from outside: "{shown(value, 60)}". '
        "A badge must contain all its parts: embed it, or convert it to paths."
    )
    return Problem("svg-external", "this SVG refers to something outside itself", detail)


def shown(value: str, most: int) -> str:
    """Return a value as one line of at most so many characters."""
    line = " ".join(value[: 10 * most].split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _local(name: object) -> str:
    """Return a name without its namespace; comments and processing instructions have none."""
    return name.rsplit("}", 1)[-1].lower() if isinstance(name, str) else ""
