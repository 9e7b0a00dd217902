"""Reads a page as a browser does, and says whether it holds anything that it should not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

from badgeops.render.html.page import asset, policy

_PROSE = [
    "p",
    "br",
    "hr",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "strong",
    "em",
    "s",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
]
_FRAME = [
    "html",
    "head",
    "meta",
    "title",
    "body",
    "header",
    "main",
    "footer",
    "div",
    "section",
    "article",
    "form",
    "label",
    "span",
    "input",
    "select",
    "option",
    "fieldset",
    "legend",
    "button",
    "h1",
    "h2",
    "h3",
    "b",
    "small",
    "dl",
    "dt",
    "dd",
    "img",
    "figure",
    "figcaption",
    "details",
    "summary",
    "ins",
    "del",
    "wbr",
]
_DRAWING = ["svg", "defs", "image", "use"]
ELEMENTS = frozenset({*_PROSE, *_FRAME, *_DRAWING})
ATTRIBUTES = frozenset(
    [
        "aria-describedby",
        "aria-expanded",
        "aria-hidden",
        "aria-label",
        "aria-labelledby",
        "aria-live",
        "alt",
        "autocomplete",
        "charset",
        "checked",
        "class",
        "content",
        "decoding",
        "dir",
        "focusable",
        "for",
        "height",
        "hidden",
        "href",
        "http-equiv",
        "id",
        "lang",
        "loading",
        "name",
        "open",
        "placeholder",
        "rel",
        "role",
        "spellcheck",
        "src",
        "start",
        "tabindex",
        "type",
        "value",
        "viewBox",
        "width",
        "data-action",
        "data-group",
        "data-issuer",
        "data-item",
        "data-noun",
        "data-total",
    ]
)
_LINK = re.compile(r"https?://[^\s/]\S*|mailto:\S+|#[\w.-]+")
_EMBEDDED = re.compile(r"data:image/(?:png|svg\+xml);base64,[A-Za-z0-9+/]+=*")
_SERVED = re.compile(r"/pictures/[0-9a-f]{64}")


_NO_CHARACTERS = re.compile(
    "[\ufdd0-\ufdef{}]".format("".join(chr(0x10000 * n + 0xFFFE + i) for n in range(17) for i in (0, 1)))
)
"""Unicode promises never to assign these; browsers pass them on, html5lib stops at them."""


def parse(page: str) -> Element:
    """Return the tree of a page; an error of html5lib where it is not written by the rules of HTML."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(_NO_CHARACTERS.sub("\ufffd", page))
    return root


def every(root: Element) -> Iterator[tuple[str, Element]]:
    """Yield each element with its name, those of drawings without their namespace."""
    for element in root.iter():
        if isinstance(element.tag, str):
            yield element.tag.rpartition("}")[2], element


def find(root: Element, name: str, **attributes: str) -> list[Element]:
    """Return the elements of a name with these attributes; `class_` is one of the classes."""
    wanted = attributes.pop("class_", None)
    return [
        element
        for tag, element in every(root)
        if tag == name
        and all(element.get(key.replace("_", "-")) == value for key, value in attributes.items())
        and (wanted is None or wanted in element.get("class", "").split())
    ]


def text(element: Element) -> str:
    """Return the text of an element, blanks folded."""
    return " ".join("".join(element.itertext()).split())


def assert_sound(page: str, images: str = "data:") -> Element:
    """Fail unless all that runs or loads in a page is our own; return its tree."""
    page.encode("utf-8")
    style, script = f"<style>{asset('page.css')}</style>", f"<script>{asset('page.js')}</script>"
    assert page.count(style) == page.count(script) == 1
    root = parse(page.replace(style, "").replace(script, ""))  # which the parser would take its time over
    ids: set[str] = set()
    for name, element in every(root):
        assert name in ELEMENTS, f"<{name}>"
        for qualified, value in element.attrib.items():
            attribute = qualified.rpartition("}")[2]
            assert attribute in ATTRIBUTES, f"{attribute} of <{name}>"
            if attribute == "id":
                assert value not in ids, f"two elements are called {value}"
                ids.add(value)
            if attribute in ("src", "href"):
                _check_address(name, attribute, value, images)
    metas = [(element.get("http-equiv"), element.get("content")) for element in find(root, "meta")]
    assert [content for name, content in metas if name == "Content-Security-Policy"] == [policy(images)]
    assert [name for name, _ in metas if name] == ["Content-Security-Policy", "x-dns-prefetch-control"]
    for element in find(root, "a"):
        target = element.get("href", "")
        assert not target.startswith("#") or target[1:] in ids, target
        assert target.startswith("#") or element.get("rel") == "noopener noreferrer nofollow", target
    return root


def _check_address(name: str, attribute: str, value: str, images: str) -> None:
    if name in ("img", "image"):
        wanted = _SERVED if images == "'self'" else _EMBEDDED
        assert wanted.fullmatch(value), value[:80]
        assert attribute == ("src" if name == "img" else "href")
    elif name == "use":
        assert re.fullmatch(r"#picture-[0-9a-f]{64}", value), value
    else:
        assert (name, attribute) == ("a", "href"), name
        assert _LINK.fullmatch(value), value
