"""Text of catalogs and servers -> HTML that can do nothing: no scripts, no images, no addresses but web and mail.

Markdown is read without its HTML, and what comes out passes a second gate, which lets through by name what prose needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import nh3
from markupsafe import Markup, escape

from badgeops.render.plain import printable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

TAGS = frozenset(
    {"p", "br", "hr", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "a"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
"""All elements that prose may consist of."""
ATTRIBUTES: dict[str, set[str]] = {"a": {"href"}, "ol": {"start"}, "*": set()}
"""All attributes; of "*" there would be some without being asked for."""
REL = "noopener noreferrer nofollow"
"""Of every link: who follows one tells nobody where it stood."""
_ADDRESS = re.compile(r"(?:https?://[^\s/]|mailto:[^\s/])\S*", re.IGNORECASE)
_FIRST_HEADING, _LAST_HEADING = 4, 6
"""Headings of prose stand below those of the page."""
_LONGEST = 100_000
"""Characters. What is longer is shown as it is written: nobody reads it, and reading Markdown takes its time."""


def plain(text: str) -> str:
    """Return text of several lines with everything written out that misleads the eye."""
    return "\n".join(map(printable, text.replace("\r\n", "\n").split("\n")))


def href(url: str) -> str:
    """Return an address that may be linked to; empty for any other: it is shown and leads nowhere."""
    return url if _ADDRESS.fullmatch(url) and printable(url) == url else ""


@cache
def markdown(text: str) -> Markup:
    """Return Markdown as HTML of harmless elements."""
    if len(text) > _LONGEST:
        return Markup("<pre>{}</pre>").format(plain(text))
    return Markup(  # noqa: S704 (this is the gate: only what is named above comes out of it)
        nh3.clean(
            _reader().render(plain(text)),
            tags=set(TAGS),
            attributes=ATTRIBUTES,
            attribute_filter=_filtered,
            url_schemes={"http", "https", "mailto"},
            link_rel=REL,
        )
    )


def _filtered(element: str, attribute: str, value: str) -> str | None:
    """Keep no address that is relative: in a file it would lead to another file."""
    if (element, attribute) == ("a", "href"):
        return href(value) or None
    return value


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 (only where there is Markdown to read)

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    reader.core.ruler.push("headings", lambda state: _lower(state.tokens))
    reader.add_render_rule("image", _image)
    return reader


def _image(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    """Name an image instead of loading it."""
    return str(escape(f"[image: {tokens[index].content}]"))


def _lower(tokens: list[Token]) -> None:
    """Give headings their level by how deep they stand, so that none is skipped on the way down."""
    above: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            while above and above[-1] >= token.tag:
                above.pop()
            above.append(token.tag)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_FIRST_HEADING + len(above) - 1, _LAST_HEADING)}"
