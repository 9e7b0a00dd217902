"""Selectors: the one grammar in which a person says which documents are meant. Pure.

    badge_class.python-basics    an address
    badge_class.python-*         a glob: `*` stands for any letters, `?` for one
    issuer:acme-academy          an issuer and all its badge classes
    file:badges/*.yaml           what stands in these files; patterns are those of .badgeopsignore

Several selectors mean: what any of them selects. Whoever takes selectors tells which of them selected nothing,
because a selector that selects nothing is nearly always wrong.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import assert_never

from badgeops.catalog.ignore import name_glob, path_glob
from badgeops.model.address import KEY_PATTERN, Address, Kind


class Form(StrEnum):
    """How a selector is written: the word before its colon, or none."""

    ADDRESS = "address"
    GLOB = "glob"
    ISSUER = "issuer"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a selector looks at: a document, or a place in a file that belongs to none."""

    address: str | None
    issuer: str | None = None
    """The key of the issuer that it is, or that it belongs to."""
    file: str = ""
    """Relative to the catalog, with slashes."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector."""

    form: Form
    pattern: str
    """What stands behind the colon, or the whole."""

    def __str__(self) -> str:
        return f"{self.form}:{self.pattern}" if self.form in _WITH_COLON else self.pattern

    def selects(self, subject: Subject) -> bool:
        """Tell whether a subject is meant."""
        match self.form:
            case Form.ADDRESS:
                return subject.address == self.pattern
            case Form.GLOB:
                return subject.address is not None and bool(_name_glob(self.pattern)(subject.address))
            case Form.ISSUER:
                return subject.issuer == self.pattern
            case Form.FILE:
                return _path_glob(self.pattern)(subject.file)
            case _:
                assert_never(self.form)


class SelectorError(ValueError):
    """A text is no selector; the message says why, and what one looks like."""


def parse(text: str) -> Selector:
    """Read a selector; SelectorError if the text is none."""
    word, colon, rest = text.partition(":")
    if not colon:
        return _address_or_glob(text)
    if word not in _WITH_COLON:
        raise SelectorError("before a colon stands issuer or file")
    form = Form(word)
    if form is Form.ISSUER and _KEY.fullmatch(rest) is None:
        raise SelectorError("an issuer is selected by its key, for example issuer:acme-academy")
    if form is Form.FILE and (not rest.strip("/") or rest.startswith("!") or rest != rest.strip()):
        raise SelectorError("a file is selected by its path in the catalog, for example file:badges/*.yaml")
    return Selector(form, rest)


def nearest(selector: Selector, subjects: Iterable[Subject]) -> str | None:
    """Return the selector of the subject that one which selects nothing was probably meant for: it was renamed."""
    known = tuple(subjects)
    match selector.form:
        case Form.ADDRESS:
            return _nearest_address(selector.pattern, [subject.address for subject in known if subject.address])
        case Form.GLOB:
            rest = selector.pattern.partition(".")[2]
            others = [Selector(Form.GLOB, f"{kind.prefix}.{rest}") for kind in Kind if rest]
            return next((str(other) for other in others if any(map(other.selects, known))), None)
        case Form.ISSUER:
            found = _alike(selector.pattern, {subject.issuer for subject in known if subject.issuer})
            return None if found is None else f"issuer:{found}"
        case Form.FILE:
            found = _nearest_file(selector.pattern, {subject.file for subject in known if subject.file})
            return None if found is None else f"file:{found}"
        case _:
            assert_never(selector.form)


def _nearest_address(address: str, known: list[str]) -> str | None:
    """Compare keys, not addresses, which are alike in their kinds; a lone one of the kind has lost its old key."""
    kind, _, key = address.partition(".")
    same_key = [other for other in known if other.partition(".")[2] == key]
    keys = {other.partition(".")[2] for other in known if other.partition(".")[0] == kind}
    if same_key:
        return same_key[0]
    found = _alike(key, keys) or (keys.pop() if len(keys) == 1 else None)
    return None if found is None else f"{kind}.{found}"


def _nearest_file(path: str, known: set[str]) -> str | None:
    """Look for the file of that name in another folder, then for one whose path is alike; a pattern is neither."""
    if any(letter in path for letter in "*?["):
        return None
    moved = sorted(other for other in known if other.rpartition("/")[2] == path.rpartition("/")[2])
    return moved[0] if moved else _alike(path, known)


def _alike(text: str, known: set[str]) -> str | None:
    return next(iter(difflib.get_close_matches(text, sorted(known), 1, 0.6)), None)


_WITH_COLON = (Form.ISSUER, Form.FILE)
_KEY = re.compile(KEY_PATTERN)
_GLOB = re.compile(r"[a-z0-9._*?-]+")


def _address_or_glob(text: str) -> Selector:
    if "*" not in text and "?" not in text:
        try:
            return Selector(Form.ADDRESS, str(Address.parse(text)))
        except ValueError:
            raise SelectorError("an address looks like badge_class.python-basics") from None
    kind, dot, _ = text.partition(".")
    is_plain = dot and "*" not in kind and "?" not in kind
    if _GLOB.fullmatch(text) is None or (is_plain and kind not in _PREFIXES):
        raise SelectorError("a glob looks like badge_class.python-*")
    return Selector(Form.GLOB, text)


_PREFIXES = frozenset(kind.prefix for kind in Kind)


@cache
def _name_glob(pattern: str) -> Callable[[str], object]:
    return name_glob(pattern)


@cache
def _path_glob(pattern: str) -> Callable[[str], bool]:
    return path_glob(pattern)
