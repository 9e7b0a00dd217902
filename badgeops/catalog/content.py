"""What the bytes of a catalog's files are: text, or why not, and whether badgeops wrote them itself."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from badgeops.safe_files.reading import read_regular

MAX_BYTES = 1024 * 1024
"""A YAML file with a thousand badge classes has less; a larger one is something else."""

_OWN = re.compile(
    rb'\s*\{\s*(?:"format":\s*"badgeops-|"format_version":|"\$schema":\s*"https://json\.schemastore\.org/sarif)'
    rb'|<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy"'
    rb"|<\?xml version"
)


def is_own_result(data: bytes) -> bool:
    """Tell whether a file is what badgeops writes, whatever it is called: a state, a plan, a snapshot, a page.

    No document begins like that, and what is written beside a catalog must not become a part of it.
    """
    return _OWN.match(data) is not None


@dataclass(frozen=True, slots=True)
class UndecodableText:
    """Why bytes are not text, and where."""

    summary: str
    detail: str
    line: int = 1
    column: int = 1
    shown: str | None = None


def decode(data: bytes) -> str | UndecodableText:
    """Read UTF-8, with or without the mark that Windows programs put first."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        detail = 'It is saved as UTF-16. In your editor, save it again with the encoding "UTF-8".'
        return UndecodableText("this file is not UTF-8", detail)
    try:
        return data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError as error:
        return _bad_byte(data, error.start)


def _bad_byte(data: bytes, at: int) -> UndecodableText:
    start = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    line = data[start : end if end >= 0 else len(data)].decode("utf-8", "replace").rstrip("\r")
    guess = data[at : at + 1].decode("cp1252", "replace")
    meant = f' It may be a "{guess}" of another encoding.' if guess.isprintable() and guess != "\ufffd" else ""
    detail = f'The byte {data[at]:#04x} stands here.{meant} In your editor, save the file with the encoding "UTF-8".'
    number, column = data.count(b"\n", 0, at) + 1, len(data[start:at].decode("utf-8", "replace")) + 1
    return UndecodableText("this file is not UTF-8", detail, number, column, line)


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that is left where it is, and read again when a place in it is asked for: few are, of many thousands."""

    path: str
    sha256: bytes

    def __call__(self) -> str | None:
        """Return the text; None if the file is another one by now."""
        return _read_again(self.path, self.sha256)


@lru_cache(maxsize=4)
def _read_again(path: str, sha256: bytes) -> str | None:
    try:
        data = read_regular(path, 2 * MAX_BYTES)
    except OSError:
        return None
    text = decode(data) if hashlib.sha256(data).digest() == sha256 else None
    return text if isinstance(text, str) else None
