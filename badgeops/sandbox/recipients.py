"""Whom an award is for: checked by kind of address, and shown hashed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from badgeops.sandbox.fields import Field, InvalidError, choice, clean_object, flag, is_email, is_url, nullable, text

TYPES: Final = ("email", "url", "openBadgeId", "telephone")
HASHED_BY_DEFAULT: Final = frozenset({"email", "telephone"})


def _flag_or_nothing(value: object) -> object:
    return None if value in ("", "null", "Null", "NULL") else nullable(flag())(value)


_FIELDS: Final = (
    Field("identity", text(strip=False), required=True),
    Field("type", choice(TYPES)),
    Field("hashed", _flag_or_nothing),
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient."""

    kind: str
    identity: str
    """Lower-cased, as far as case does not matter."""
    as_sent: str
    hashed: bool

    def shown(self, salt: str) -> dict[str, Any]:
        """Give what an award tells about its recipient."""
        told = {"identity": self.identity, "hashed": self.hashed, "type": self.kind}
        if self.hashed:
            digest = hashlib.sha256((self.identity + salt).encode("utf-8", "replace")).hexdigest()
            told |= {"identity": f"sha256${digest}"}
        told["plaintextIdentity"] = self.identity
        return told | ({"salt": salt} if self.hashed else {})


def clean_recipient(value: object) -> Recipient:
    """Take a recipient; e-mail addresses and hosts lose their capitals."""
    if not isinstance(value, dict):
        message = f"Invalid data. Expected a dictionary, but got {type(value).__name__}."
        raise InvalidError({"non_field_errors": [message]})
    cleaned = clean_object(value, _FIELDS)
    kind, sent = cleaned.get("type", "email"), cleaned["identity"]
    problem = _problem(kind, sent)
    if problem is not None:
        raise InvalidError({"non_field_errors": [problem]})
    hashed = cleaned.get("hashed")
    return Recipient(kind, _normal(kind, sent), sent, kind in HASHED_BY_DEFAULT if hashed is None else hashed)


def _problem(kind: str, identity: str) -> str | None:
    if kind == "email":
        return None if is_email(identity) else "Enter a valid email address."
    if kind == "telephone":
        return None if re.fullmatch(r"\+?[1-9]\d{1,14}", identity) else "Telephone number does not conform to E.164"
    return None if is_url(identity) else "Enter a valid URL."


def _normal(kind: str, identity: str) -> str:
    if kind == "email":
        return identity.lower()
    if kind == "telephone":
        return identity
    parts = urlsplit(identity)
    return urlunsplit(parts._replace(netloc=parts.netloc.lower()))
