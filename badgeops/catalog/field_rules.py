"""What a server accepts in each field, and what it would make of it. Pure: a value in, problems out.

Beyond what the API's serializers take is an error; beyond what the databases of self-hosted servers take is a warning,
since a hosted server may take more (see `fields.Length`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from badgeops.catalog.problems import Problem, warning
from badgeops.model import mended
from badgeops.model.fields import Length
from badgeops.model.numbers import whole_number
from badgeops.model.text_rules import BIDI, CONTROL, INVISIBLE, effective_text

TARGET_URL = Length(None, 2083)
ANY = Length()

_TRICKY = re.compile(f"{CONTROL.pattern}|{BIDI.pattern}")

ACHIEVEMENT_TYPES = frozenset(
    [
        "Achievement",
        "ApprenticeshipCertificate",
        "Assessment",
        "Assignment",
        "AssociateDegree",
        "Award",
        "Badge",
        "BachelorDegree",
        "Certificate",
        "CertificateOfCompletion",
        "Certification",
        "Co-Curricular",
        "CoCurricular",
        "CommunityService",
        "Competency",
        "Course",
        "Degree",
        "Diploma",
        "DoctoralDegree",
        "Fieldwork",
        "GeneralEducationDevelopment",
        "JourneymanCertificate",
        "LearningProgram",
        "License",
        "MasterCertificate",
        "MasterDegree",
        "Membership",
        "MicroCredential",
        "ProfessionalDoctorate",
        "QualityAssuranceCredential",
        "ResearchDoctorate",
        "SecondarySchoolDiploma",
    ]
)
"""Those of Open Badges 3.0 and those a hosted server was seen to name."""


def text(label: str, value: str, limits: Length = ANY, *, required: bool = False) -> Iterable[Problem]:
    """Check text that a server trims and strips of HTML; `label` names it in messages."""
    most = limits.column or limits.most
    is_plain = "<" not in value and (value.isprintable() or not _TRICKY.search(value))
    if is_plain and value and not value.isspace() and (most is None or len(value) <= most):
        return ()  # as nearly all text is
    return _about_text(label, value, limits, required=required)


def _about_text(label: str, value: str, limits: Length, *, required: bool) -> Iterator[Problem]:
    kept = value if value.isalnum() else effective_text(value)
    if not kept:
        yield _nothing_left(label, value, required=required)
    elif "<" in value and kept != value.strip():
        yield _stripped(label, value, kept)
    if not value.isprintable() and _TRICKY.search(value):
        yield from _characters(label, value)
    yield from _length(label, value, limits)


def narrative(label: str, value: str) -> Iterable[Problem]:
    """Check criteria in Markdown: as text, and without images."""
    found = text(label, value)
    return _about_narrative(label, value, found) if found or "![" in value or len(value) < _SHORT else ()


_SHORT = 120
_PATH = re.compile(r"\s*(?:[^\s/\\]+[/\\])*[^\s/\\]+\.(?:md|markdown|txt)\s*", re.IGNORECASE)


def _about_narrative(label: str, value: str, found: Iterable[Problem]) -> Iterator[Problem]:
    if len(value) < _SHORT and _PATH.fullmatch(value):
        path = value.strip()
        detail = f"Earners would read the path itself. To take the text from the file, write:\n  {{file: {path}}}"
        yield warning("text-is-path", f'{label} is the path of a file: "{path}"', detail)
    for problem in found:
        yield problem._replace(detail=problem.detail + _MARKDOWN_ADVICE) if problem.code in _STRIPS else problem
    if "![" in value:
        detail = "A server refuses the characters `![` in criteria. Remove the image, or link to it: [words](address)"
        yield Problem("markdown-image", f"{label} contains an image", detail)


_STRIPS = frozenset({"text-would-be-stripped", "text-would-be-empty"})
_MARKDOWN_ADVICE = "\nIn Markdown, write a link as [words](https://…), and code without angle brackets."


def url(
    label: str, value: str, limits: Length = ANY, *, schemes: tuple[str, ...] = ("http", "https")
) -> Iterable[Problem]:
    """Check a web address the way servers do."""
    plain = value.strip()
    most = limits.column or limits.most
    if plain.isascii() and plain.isprintable() and (most is None or len(plain) <= most) and _is_url(plain):
        return ()  # as nearly all addresses are
    return _about_url(label, value, limits, schemes)


def _about_url(label: str, value: str, limits: Length, schemes: tuple[str, ...]) -> Iterator[Problem]:
    plain = value.strip()
    yield from _in_address(label, plain)
    if not plain:
        yield _nothing_left(label, value, required=False)
    elif not _is_url(plain):
        yield Problem("invalid-url", f'{label} is not a web address: "{shorten(plain)}"', _why_no_url(plain, schemes))
    yield from _length(label, plain, limits)


def email(label: str, value: str, limits: Length = ANY) -> Iterator[Problem]:
    """Check an e-mail address."""
    plain = value.strip()
    yield from _in_address(label, plain)
    if not plain:
        yield _nothing_left(label, value, required=True)
    elif not _is_email(plain):
        meant = mended.email_address(plain)
        detail = "An address looks like badges@acme.example: a name, one @, and a domain with a dot in it."
        if meant is not None and _is_email(meant):
            detail = f'Did you mean "{shorten(meant)}"? {detail}'
        yield Problem("invalid-email", f'{label} is not an e-mail address: "{shorten(plain)}"', detail)
    yield from _length(label, plain, limits)


def _is_email(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text)) and _is_readable(text) and _has_domain(text)


def tags(values: Iterable[tuple[int, str]], limits: Length = ANY) -> Iterator[tuple[int, Problem]]:
    """Check tags, each and together, given with their index; yields the index with the problem."""
    seen: dict[str, int] = {}
    for index, value in values:
        label = f'the tag "{shorten(value, 30)}"'
        for problem in text(label, value, limits):
            yield index, Problem("empty-tag", *_EMPTY_TAG) if problem.code == "empty-text" else problem
        kept = effective_text(value)
        if kept and seen.setdefault(kept, index) != index:
            detail = f"It is also entry {seen[kept] + 1}. badgeops sends it once; delete one of them."
            yield index, warning("duplicate-tag", f'the tag "{shorten(kept)}" is here twice', detail)


_EMPTY_TAG = ("this tag is empty", "A server refuses an empty tag. Delete the entry, or write a word.")


def achievement_type(label: str, value: str, limits: Length = ANY) -> Iterator[Problem]:
    """Check an achievement type; the list is not closed, so an unknown one is a warning."""
    yield from text(label, value, limits)
    if value.strip() not in ACHIEVEMENT_TYPES and value.strip():
        detail = (
            f"The known types are: {', '.join(sorted(ACHIEVEMENT_TYPES))}. A server may refuse or ignore any other."
        )
        yield warning("unknown-achievement-type", f'{label} "{shorten(value)}" is not a known type', detail)


def shorten(value: str, most: int = 60) -> str:
    """Cut a text for a message."""
    return value if len(value) <= most else value[: most - 1] + "…"


# --- parts ---------------------------------------------------------------------------------------------------------

# What may stand in the name of a host: ASCII letters and digits, and whatever is beyond ASCII. It is written by what
# may not, since a class of all characters from \u00a1 on takes ten times as long to compile.
_ALNUM = r"[^\x00-/:-@\[-`{-\xa0\s]"
_INNER = r"[^\x00-,./:-@\[-`{-\xa0\s]"  # also -
_LABEL = f"{_ALNUM}(?:{_INNER}{{0,61}}{_ALNUM})?"
_LETTER = r"[^\x00-@\[-`{-\xa0\s]"
_TOP_LEVEL = rf"(?: [xX][nN]--[a-zA-Z0-9]{{1,59}} | {_LETTER} (?:{_LETTER}|-){{0,61}} {_LETTER} )"

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"

_URL = re.compile(
    rf"""
    [hH][tT][tT][pP][sS]?://
    (?: [^\s/?\#@:\[\]]{{1,200}} (?: :[^\s/?\#@:\[\]]{{0,200}} )? @ )?     # user and password
    (?: [lL][oO][cC][aA][lL][hH][oO][sS][tT]
      | {_OCTET} (?: \.{_OCTET} ){{3}}
      | \[ (?P<six> [0-9a-fA-F:.]{{2,45}} ) \]
      | (?P<name> (?: {_LABEL}\. )+ {_TOP_LEVEL} \.? )
    )
    (?: :(?P<port> [0-9]{{2,5}} ) )?
    (?: [/?\#]\S* )?
    """,
    re.VERBOSE,
)
_FIRST_PORT, _LAST_PORT = 10, 65_535
"""Older servers want two digits at least."""
_LONGEST_HOST = 253
_LAST_LETTER = "\uffff"
"""The last character that servers look for in the name of a host."""


def _is_url(value: str) -> bool:
    """Tell whether every known server takes an address, and whether it can lead anywhere."""
    found = _URL.fullmatch(value)
    if found is None or (found["port"] and not _FIRST_PORT <= int(found["port"]) <= _LAST_PORT):
        return False
    name, six = found["name"] or "", found["six"]
    return len(name) <= _LONGEST_HOST and _is_readable(name) and (six is None or _is_ipv6(six))


def _is_readable(name: str) -> bool:
    """Tell whether servers look for each of these characters in the name of a host."""
    return name.isascii() or max(name) <= _LAST_LETTER


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _has_domain(address: str) -> bool:
    """Tell whether the domain of an e-mail address can be written in ASCII, as servers do to check it."""
    try:
        return address.isascii() or bool(address.rpartition("@")[2].encode("idna"))
    except UnicodeError:
        return False


def _host_and_port(value: str) -> tuple[str, str]:
    """Return what stands for the host and for the port in an address that need not be a sound one."""
    authority = re.split(r"[/?#]", value.partition("://")[2])[0].rpartition("@")[2]
    host, colon, port = authority.rpartition(":")
    return (host, port) if colon and "]" not in port else (authority, "")


_LOCAL = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+{_ALNUM}{_INNER}{{0,61}}{_ALNUM}")


def _why_no_url(value: str, schemes: tuple[str, ...]) -> str:
    scheme, separator, rest = value.partition("://")
    if re.search(r"\s", value):
        return "There is a space in it. Write %20 for a space that belongs there."
    if not separator:
        return f"It must begin with https:// or http://.{_did_you_mean_url(value)}"
    if scheme.lower() not in schemes:
        refused = f"It must begin with https:// or http://; {shorten(scheme, 20)}:// is refused."
        return f"{refused}{_did_you_mean_url(value)}"
    host = re.split(r"[/?#]", rest)[0]
    if not host:
        return "The name of the server is missing after ://."
    return _why_no_host(value, host)


def _did_you_mean_url(value: str) -> str:
    meant = mended.web_address(value)
    return f' Did you mean "{shorten(meant)}"?' if meant is not None and _is_url(meant) else ""


def _why_no_host(value: str, written: str) -> str:
    name, port = _host_and_port(value)
    if port and not _FIRST_PORT <= (whole_number(port) or 0) <= _LAST_PORT:
        return f"Its port is {shorten(port, 20)}; servers take ports from {_FIRST_PORT} to {_LAST_PORT}."
    if name.startswith("["):
        return f'"{shorten(name)}" is not an IPv6 address. One looks like [2001:db8::1].'
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name):
        return f'"{shorten(name)}" is not an IPv4 address: four numbers from 0 to 255, without zeros in front.'
    if len(name) > _LONGEST_HOST:
        return f"The name of the server has {len(name)} characters; it can have {_LONGEST_HOST}."
    if "_" in name:
        return f'There is a _ in "{shorten(name)}", which servers refuse in the name of a server.'
    return f'"{shorten(written)}" is not the name of a server. One looks like www.acme.example.'


def _nothing_left(label: str, value: str, *, required: bool) -> Problem:
    if value.strip():
        detail = "All of it looks like HTML tags, and a server removes them. Write it in other words."
        return Problem("text-would-be-empty", f"nothing would be left of {label}", detail)
    advice = "Write something." if required else "Write something, or leave the field out."
    return Problem("empty-text", f"{label} is empty", f"A server refuses empty text. {advice}")


def _stripped(label: str, value: str, kept: str) -> Problem:
    at = next((n for n, (a, b) in enumerate(zip(value.strip(), kept, strict=False)) if a != b), len(kept))
    shown = kept if len(kept) <= 100 else f"…{kept[max(0, at - 40) : at + 40]}…"
    detail = (
        "A server removes everything that looks like an HTML tag: a < followed at once by a letter, /, ! or ?, up to "
        f"the next >. The rest: {' '.join(shown.split())!s}"
    )
    return warning("text-would-be-stripped", f"part of {label} would be removed", detail)


def _characters(label: str, value: str) -> Iterator[Problem]:
    found = sorted(set(_TRICKY.findall(value)))
    control = [character for character in found if CONTROL.match(character)]
    if control:
        detail = f"Servers refuse or lose invisible control characters. Delete {_code_points(control)}."
        yield Problem("control-character", f"{label} contains a control character", detail)
    turning = [character for character in found if BIDI.match(character)]
    if turning:
        detail = f"{_code_points(turning)} can make text look different from what it is. Delete it, unless you mean it."
        yield warning(
            "bidi-character", f"{label} contains an invisible character that changes the direction of writing", detail
        )


def _in_address(label: str, value: str) -> Iterator[Problem]:
    """Find what nobody sees in an address: it would lead elsewhere than it says, or nowhere."""
    if value.isascii() and value.isprintable():
        return
    found = sorted({character for character in value if not character.isprintable() or INVISIBLE.match(character)})
    control = [character for character in found if CONTROL.match(character)]
    if control:
        yield from _characters(label, "".join(control))
    unseen = [character for character in found if not CONTROL.match(character) and not _is_blank(character)]
    if unseen:
        detail = f"With it, the address leads elsewhere than it seems to. Delete {_code_points(unseen)}."
        yield Problem("invisible-character", f"{label} contains an invisible character", detail)


def _is_blank(character: str) -> bool:
    return character.isspace() or character in "\t\n\r"


def _code_points(characters: list[str]) -> str:
    return ", ".join(f"U+{ord(character):04X}" for character in characters)


def _length(label: str, value: str, limits: Length) -> Iterator[Problem]:
    length = len(value)
    if limits.column is None and limits.most is None:
        return
    if length <= (limits.column or limits.most or 0):
        return
    length = len(value.strip())
    if limits.most is not None and length > limits.most:
        detail = f"At most {limits.most} characters are accepted."
        yield Problem("text-too-long", f"{label} has {length} characters", detail)
    elif limits.column is not None and length > limits.column:
        detail = f"A self-hosted server may fail on more than {limits.column} characters."
        yield warning("long-text", f"{label} has {length} characters", detail)
