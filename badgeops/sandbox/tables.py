"""Which fields each object has, and what each of them takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from badgeops.sandbox.entities import ROLES
from badgeops.sandbox.fields import (
    Field,
    InvalidError,
    anything,
    choice,
    email,
    expires,
    extensions,
    flag,
    image,
    known,
    markdown,
    moment,
    not_null,
    nullable,
    objects,
    past,
    supported,
    text,
    texts,
    url,
)
from badgeops.sandbox.options import BADGR_DOMAIN
from badgeops.sandbox.recipients import clean_recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from badgeops.sandbox.fields import Cleaner

    Exists = Callable[[str], bool]


def issuer_fields(*, hosted: bool, create: bool, takes_null: bool, user_exists: Exists) -> tuple[Field, ...]:
    """Give the fields of an issuer; the hosted service wants the description on every change.

    `takes_null` lets null through for an image, as older servers do when something is created.
    """
    member = (
        Field("user", known(user_exists, store=True), required=True),
        Field("role", supported(ROLES), required=True),
    )
    return (
        Field("createdBy", known(user_exists)),
        Field("name", text(1024), required=True),
        Field("image", image(link_counts=hosted, takes_null=takes_null)),
        Field("email", email(), required=True),
        Field("description", text(16384), required=hosted and not create),
        Field("url", url(), required=True),
        Field("staff", objects(member, complete=True)),
        Field("extensions", extensions()),
        Field("badgrDomain", text() if hosted else choice([BADGR_DOMAIN])),
        *(Field(field.name, field.clean) for field in more_of_issuer(hosted=hosted)),
    )


def badgeclass_fields(*, hosted: bool, create: bool, takes_null: bool, issuer_exists: Exists) -> tuple[Field, ...]:
    """Give the fields of a badge class; the hosted service wants the image on every change."""
    return (
        Field("issuer", known(issuer_exists, store=True)),
        Field("name", text(1024), required=True),
        Field("image", image(link_counts=hosted, takes_null=takes_null), required=hosted and not create),
        Field("description", text(16384), required=True),
        *(Field(field.name, field.clean) for field in optional_of_badgeclass(hosted=hosted)),
    )


@dataclass(frozen=True, slots=True)
class Optional:
    """A field that a badge class can be without: what it takes, and what it is while nothing was sent."""

    name: str
    clean: Cleaner
    blank: Any
    is_shown: bool = True
    """False: the service takes the field, and no answer has it."""


@cache
def optional_of_badgeclass(*, hosted: bool) -> tuple[Optional, ...]:
    """Give the optional fields of a badge class, in the order in which answers have them."""
    common = (
        Optional("criteriaUrl", nullable(url(longest=None, wants_text=True)), None),
        Optional("criteriaNarrative", nullable(markdown()), None),
        Optional("alignments", alignments(hosted=hosted), []),
        Optional("tags", texts(1024), []),
        Optional("expires", expires, {"amount": None, "duration": None}),
        Optional("extensions", extensions(), {}),
    )
    if not hosted:
        return common
    return (
        *common,
        Optional("achievementType", nullable(text(blank=True)), None),
        Optional("imageAltText", nullable(text(blank=True)), None, is_shown=False),
        Optional("ob3Properties", anything, {}),
        Optional("preferences", anything, {}),
        Optional(UNDOCUMENTED, nullable(text(blank=True)), None),
    )


UNDOCUMENTED: Final = "catalogueNumber"
"""A member that no documentation names: a service may grow one any day, and a client must not empty it."""


@cache
def more_of_issuer(*, hosted: bool) -> tuple[Optional, ...]:
    """Give what an issuer has beyond its fields, which a client may know nothing of."""
    if not hosted:
        return ()
    return (
        Optional("badgeSkillLinkingPreferences", anything, None),
        Optional(UNDOCUMENTED, nullable(text(blank=True)), None),
    )


def assertion_fields(*, create: bool) -> tuple[Field, ...]:
    """Give the fields of an award."""
    return (
        Field("recipient", not_null(clean_recipient), required=create),
        Field("narrative", nullable(markdown())),
        Field("evidence", evidence),
        Field("issuedOn", past(1583)),
        Field("expires", nullable(moment())),
        Field("allowDuplicateAwards", flag()),
    )


_EVIDENCE: Final = objects((Field("url", url()), Field("narrative", markdown())), complete=True)


def evidence(value: object) -> object:
    """Take a list of evidence, each with an address or a narrative at least; of exact doubles, the first is kept."""
    cleaned: list[dict[str, Any]] = _EVIDENCE(value)
    if not all(item["url"] or item["narrative"] for item in cleaned):
        raise InvalidError([{"non_field_errors": ["Either url or narrative is required"]}])
    return [item for position, item in enumerate(cleaned) if item not in cleaned[:position]]


def alignments(*, hosted: bool) -> Callable[[object], object]:
    """Give the cleaner of alignments: five members, null and "" being different; two more where hosted."""
    optional = nullable(text(blank=True))
    members: tuple[Field, ...] = (
        Field("targetName", text(), required=True),
        Field("targetUrl", url(longest=None), required=True),
        Field("targetDescription", optional),
        Field("targetFramework", optional),
        Field("targetCode", optional),
    )
    if hosted:  # the last one is in no documentation
        members = (*members, Field("displayAsSkill", nullable(flag())), Field("targetType", optional))
    return objects(members, complete=True)
