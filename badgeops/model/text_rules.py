"""What becomes of text on its way to a server, and which characters do not belong into it. Pure.

A server trims what it is sent, removes whatever looks like an HTML tag, and trims no more after that. Whoever
compares text with what a server holds, or warns that part of it will be lost, asks `effective_text`. Whoever looks for
an entity by its name asks `look_alike`: some servers rewrite names in other ways, and people write them in other ways.
"""

from __future__ import annotations

import html
import re
import unicodedata

_MARKUP = re.compile(
    r"""
    <!--.{0,2000}?--\s*>                    # a comment; one that is never closed stays
  | <(?!!--)[!?/][^>]{0,2000}>              # an end tag, a declaration, a processing instruction
  | <[A-Za-z][^\s/>]{0,2000}                # a start tag: its name,
    (?: [\s/]{1,2000}                       #   then space,
      | (?<=["'\s/])[^\s/>][^\s/=>]{0,2000} #   or an attribute, perhaps with a value
        (?: \s{0,50}={1,50}\s{0,50}
            (?: "[^"]{0,2000}" | '[^']{0,2000}' | (?!["'])[^>\s]{0,2000} )
        )?
    ){0,100}+
    >
    """,
    re.VERBOSE | re.DOTALL,
)
"""What a server takes for markup. The bounds keep the work small whatever a stranger writes."""

_MAX_PASSES = 50
"""Removing a tag may join its neighbours to a new one, which goes as well."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that no server stores faithfully: control characters (but tab and line ends) and lone surrogates."""

BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of writing around, so that text can look like something else than it is."""

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that take no room, or only look like a blank: Unicode's Default_Ignorable_Code_Point, and an empty
pattern of Braille. Python calls some of them printable."""


def effective_text(text: str) -> str:
    """Return what a server keeps of `text`: trimmed, then without whatever looks like an HTML tag.

    >>> effective_text("  <b>Bold</b> & co ")
    'Bold & co'
    >>> effective_text("1 <2> 3, and I <3 U")
    '1 <2> 3, and I <3 U'
    """
    text = text.strip()
    for _ in range(_MAX_PASSES):
        if "<" not in text or ">" not in text:
            break
        shorter = _MARKUP.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text


_COLUMN = 255
"""Characters of a name that a self-hosted server keeps where it cuts instead of failing."""


def look_alike(name: str, *, whole: bool = False) -> str:
    """Return what a name has in common with all names that a person, or a server that rewrites it, takes for it.

    Two names look alike if they differ in blanks, in invisible characters, in how an accent or an `&` is written, or
    after the 255th character, unless they are compared as a `whole`. Capitals count.

    >>> look_alike("R &amp; D\N{NO-BREAK SPACE} Basics") == look_alike("R & D Basics")
    True
    """
    text = effective_text(name)
    if not text.isascii() or "&" in text:
        text = INVISIBLE.sub("", unicodedata.normalize("NFC", html.unescape(text)))
    return " ".join(text.split())[: None if whole else _COLUMN]
