"""Whom an award is for: checked by kind of address, and shown hashed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from badgeops.sandbox.fields import WEB, Field, InvalidError, choice, clean_object, flag, is_email, is_url, text

TYPES: Final = ("email", "url", "openBadgeId", "telephone")
HASHED_BY_DEFAULT: Final = frozenset({"email", "telephone"})

_FIELDS: Final = (
    Field("identity", text(strip=False), required=True),
    Field("type", choice(TYPES)),
    Field("hashed", flag()),
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
    return Recipient(kind, _normal(kind, sent), sent, cleaned.get("hashed", kind in HASHED_BY_DEFAULT))


def _problem(kind: str, identity: str) -> str | None:
    if kind == "email":
        return None if is_email(identity) else "Enter a valid email address."
    if kind == "telephone":
        return None if re.fullmatch(r"\+?[1-9]\d{1,14}", identity) else "Enter a valid telephone number."
    return None if is_url(identity, WEB) else "Enter a valid URL."


def _normal(kind: str, identity: str) -> str:
    if kind == "email":
        return identity.lower()
    if kind == "telephone":
        return identity
    parts = urlsplit(identity)
    return urlunsplit(parts._replace(netloc=parts.netloc.lower()))
