"""What of a style matters to an image: the addresses in it, and which elements a rule is about. Pure.

Not a reader of CSS as a whole: it knows comments, strings, escapes, addresses and blocks. Where it cannot tell which
elements a rule is about, it is about all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

_STRING = r""""(?:[^"\\\n\r\f]|\\(?:\r\n|.))*+"?|'(?:[^'\\\n\r\f]|\\(?:\r\n|.))*+'?"""
_HEX = r"\\[0-9a-fA-F]{1,6}(?:\r\n|[ \t\r\n\f])?"
_TOKEN = re.compile(
    rf"(?P<comment>/\*(?:.*?\*/|.*))|(?P<string>{_STRING})"
    rf"|(?P<word>@?(?:[-\w]|[^\x00-\x7f]|{_HEX}|\\[^\n\r\f0-9a-fA-F])++)(?P<open>\(?)",
    re.DOTALL,
)
_ADDRESS = re.compile(rf"\s*(?:(?P<string>{_STRING})|(?P<bare>(?:[^)\\]|\\.)*+)\)?)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\n\r\f])|(.))", re.DOTALL)
_LOADERS = frozenset(
    {"image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade", "src", "expression"}
)
"""Functions that load what a string in them names."""


_MOST_TOKENS = 200_000
"""Of one style. A drawing program writes some thousands."""


class Part(NamedTuple):
    """A stretch of a style."""

    kind: str
    """ "text", "comment", "string", "address", or "loader" for what loads in another way than by url()."""
    text: str
    """As it is meant, without its quotes and escapes; as it is written for "text" and "loader"."""


def unescaped(text: str) -> str:
    """Return text in which each escape of CSS is the character that it stands for."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(escape: re.Match[str]) -> str:
    code, newline, character = escape.groups()
    if code:
        number = int(code, 16)
        return chr(number) if 0 < number <= 0x10FFFF and not 0xD800 <= number < 0xE000 else "\ufffd"
    return "" if newline else str(character)


def parts(style: str) -> Iterator[Part]:
    """Cut a style into its parts; OverflowError if there are more than anybody writes."""
    at, names_space, count = 0, False, 0
    while token := _TOKEN.search(style, at):
        count += 1
        if count > _MOST_TOKENS:
            raise OverflowError
        if token.start() > at:
            between = style[at : token.start()]
            names_space = names_space and ";" not in between
            yield Part("text", between)
        at = token.end()
        if token["comment"]:
            yield Part("comment", token["comment"])
        elif token["string"]:
            yield Part("string", unescaped(token["string"][1:].removesuffix(token["string"][0])))
        elif (word := unescaped(token["word"]).lower()) == "url" and token["open"]:
            found = _ADDRESS.match(style, at)
            assert found is not None  # noqa: S101 (it matches the empty text, too)
            at = found.end()
            quoted = found["string"]
            address = unescaped(quoted[1:].removesuffix(quoted[0]) if quoted else found["bare"]).strip()
            # @namespace names a language by an address, and loads nothing.
            yield Part("text" if names_space else "address", "" if names_space else address)
        elif word == "@import" or (token["open"] and word in _LOADERS):
            yield Part("loader", style[token.start() : token.start() + 100])
        else:
            names_space = names_space or word == "@namespace"
            yield Part("text", token[0])
    yield Part("text", style[at:])


@lru_cache(4096)
def targets(value: str) -> tuple[str, ...]:
    """Return the parts of the image that the value of a property refers to, by their ids."""
    if "(" not in value:
        return ()
    return tuple(part.text[1:] for part in parts(value) if part.kind == "address" and part.text.startswith("#"))


def _plain(style: str) -> str:
    """Return a style in which nothing but what is structure looks like structure."""
    return "".join(_as_plain(part) for part in parts(style))


def _as_plain(part: Part) -> str:
    match part.kind:
        case "comment":
            return " "
        case "string":
            return '"' + re.sub(r"[{};:\"\\]", " ", part.text) + '"'
        case "address":
            return f"url({quote(part.text, safe='#')})" if part.text.startswith("#") else "url()"
        case _:
            return part.text


class Values(list[str]):
    """What a property may be: several values if several rules may apply. Known by itself, whatever is in it."""

    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__


Declarations = dict[str, Values]
"""Values by the name of the property."""


def declarations(style: str) -> Declarations:
    """Return what a style attribute declares."""
    found: Declarations = {}
    for each in _plain(style).split(";"):
        _declare(found, each)
    return found


def _declare(found: Declarations, text: str) -> None:
    name, colon, value = text.partition(":")
    name = unescaped(name).strip()
    name = name if name.startswith("--") else name.lower()
    value = value.partition("!")[0].strip()
    if colon and name and value and value != "inherit":
        found.setdefault(name, Values()).append(value)


_MOST_CHARACTERS = 1_000_000
"""Of all style sheets, without embedded fonts. A drawing program writes some thousands."""
_MOST_MARKS = 50_000
"""Braces, semicolons, commas and colons."""
EVERYTHING = "*"
ANIMATED = "@keyframes"
"""Stands for all elements that some animation is set for."""


class Sheet:
    """The rules of style sheets, by the elements they are about: "*", ".class", "#id", "element", in lower case."""

    def __init__(self) -> None:
        self.rules: dict[str, Declarations] = {}
        self.size = 0
        """How many rules are about elements that cannot be told apart from others."""
        self._length = 0
        self._marks = 0

    def read(self, style: str) -> None:
        """Add the rules of one style sheet; OverflowError if there are more than anybody writes."""
        levels: list[tuple[str, ...] | None] = []
        pending, plain = "", _plain(style)
        self._length += len(plain)
        self._marks += sum(map(plain.count, "{;,:"))
        if self._length > _MOST_CHARACTERS or self._marks > _MOST_MARKS:
            raise OverflowError
        for piece in re.split(r"([{};])", plain):
            if piece == "{":
                levels.append(_keys(pending, levels[-1] if levels else None))
                self.size += EVERYTHING in (levels[-1] or ())
            elif piece in (";", "}"):
                self._add(levels, pending)
                if piece == "}" and levels:
                    levels.pop()
            else:
                pending = piece
                continue
            pending = ""
        self._add(levels, pending)

    def _add(self, levels: list[tuple[str, ...] | None], text: str) -> None:
        for key in (levels[-1] or ()) if levels else ():
            _declare(self.rules.setdefault(key, {}), text)


def _keys(prelude: str, around: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return which elements a block is about, as far as one word can tell."""
    prelude = prelude.strip()
    if prelude.startswith("@"):
        word = re.match(r"@(?:-\w+-)?([\w-]*)", prelude)
        name = word[1].lower() if word else ""
        if name == "keyframes":
            return (ANIMATED,)
        return () if name in ("font-face", "page", "property", "counter-style", "font-feature-values") else around
    if around == (ANIMATED,):
        return around
    found = [key for each in prelude.split(",") for key in _key(each.strip(), around)]
    return tuple(dict.fromkeys(found))


_WORD = r"(?:[-\w]|[^\x00-\x7f]|\\[0-9a-fA-F]{1,6}\s?|\\.)+"
_IN_BRACKETS = re.compile(r"\[[^\[\]]*\]|:{1,2}[-\w]*\([^()]*\)")


def _key(selector: str, around: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the one word that an element must have for a selector to be about it; "*" where it can be any."""
    selector = re.sub(r":root\b", "svg", selector)
    before = ""
    while before != selector:
        before, selector = selector, _IN_BRACKETS.sub("", selector)
    if "(" in selector or ")" in selector or "[" in selector or "]" in selector:
        return (EVERYTHING,)  # a list inside of brackets was cut at its commas
    last = re.split(rf"(?<!\\)[\s>+~|]+(?={_WORD}|[.#:&*]|\Z)", selector.strip())[-1]
    last = re.sub(rf":{{1,2}}{_WORD}", "", last)
    words = re.findall(rf"[.#]?{_WORD}", last)
    if not words:
        return (around or (EVERYTHING,)) if "&" in last else (EVERYTHING,)
    return (unescaped(next((word for word in words if word[0] in "#."), words[0])).lower(),)
