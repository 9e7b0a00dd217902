"""What the server takes in each field, as cleaners: a value as sent goes in, a value to store comes out.

A cleaner raises `Invalid` with the error as it will stand in `fieldErrors`, or `ServerCrashError` where the real
server breaks. It may return `DROP`: the field then counts as not sent. `tables.py` puts the cleaners together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from badgeops.sandbox import images
from badgeops.sandbox.envelope import ServerCrashError
from badgeops.sandbox.text import has_lone_surrogate, strip_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

REQUIRED: Final = "This field is required."
NOT_NULL: Final = "This field may not be null."
NOT_BLANK: Final = "This field may not be blank."
NO_EXTENSIONS: Final = "No extensions were found to test. Check for typos in your context and type."

NOT_A_MOMENT: Final = (
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)

SCHEMES: Final = frozenset({"http", "https", "ftp", "ftps"})

DURATIONS: Final = ("days", "weeks", "months", "years")


class InvalidError(Exception):
    """A value the server refuses; `errors` is what it says about it."""

    def __init__(self, errors: object) -> None:
        super().__init__(errors)
        self.errors = errors


class _Drop:
    """The type of `DROP`."""


DROP: Final = _Drop()

if TYPE_CHECKING:
    Cleaner = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a body; members without a field are ignored."""

    name: str
    clean: Cleaner
    required: bool = False


def clean_object(body: object, fields: Iterable[Field]) -> dict[str, Any]:
    """Clean a body by its fields; all errors are reported together."""
    if body is None:
        raise InvalidError(["No data provided"])
    if not isinstance(body, dict):
        raise InvalidError([_not_a_dictionary(body)])
    cleaned: dict[str, Any] = {}
    errors: dict[str, object] = {}
    for field in fields:
        try:
            value = _member(body, field)
        except InvalidError as problem:
            errors[field.name] = problem.errors
        else:
            if value is not DROP:
                cleaned[field.name] = value
    if errors:
        raise InvalidError(errors)
    return cleaned


def _member(body: dict[str, Any], field: Field) -> object:
    if field.name in body:
        return field.clean(body[field.name])
    if field.required:
        raise InvalidError([REQUIRED])
    return DROP


def nullable(clean: Cleaner) -> Cleaner:
    """Let null through."""
    return lambda value: None if value is None else clean(value)


def not_null(clean: Cleaner) -> Cleaner:
    """Refuse null."""

    def check(value: object) -> object:
        if value is None:
            raise InvalidError([NOT_NULL])
        return clean(value)

    return check


def text(longest: int | None = None, *, strip: bool = True, blank: bool = False) -> Cleaner:
    """Take text: numbers become strings, white space goes from both ends, then tags go."""

    def clean(value: object) -> str:
        string = _trimmed(value)
        if not string and not blank:
            raise InvalidError([NOT_BLANK])
        if "\0" in string:
            raise InvalidError(["Null characters are not allowed."])
        if longest is not None and len(string) > longest:
            raise InvalidError([f"Ensure this field has no more than {longest} characters."])
        return strip_tags(string) if strip else string

    return not_null(clean)


def _trimmed(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidError(["Not a valid string."])
    return str(value).strip()


def markdown() -> Cleaner:
    """Take text that may be Markdown, but without images."""
    plain = text()

    def clean(value: object) -> object:
        if isinstance(value, str) and "![" in value:
            raise InvalidError(["Images not supported in markdown"])
        return plain(value)

    return clean


def url(*, longest: int | None = 1024, wants_text: bool = False) -> Cleaner:
    """Take an absolute URL, kept as it was written; `wants_text` tells what is no text from what is no URL."""
    plain = text(longest, strip=False)

    def clean(value: object) -> object:
        if not wants_text and not isinstance(value, str | None):
            raise InvalidError(["Enter a valid URL."])
        string = plain(value)
        if not is_url(string):
            raise InvalidError(["Enter a valid URL."])
        return string

    return clean


_LABEL: Final = r"[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
_HOST: Final = re.compile(
    rf"localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}}|(?:{_LABEL}\.)+(?!\d+\.?$)(?!-)[a-z0-9\u00a1-\uffff-]{{2,63}}\.?",
    re.IGNORECASE,
)


_PORT: Final = re.compile("(?::[0-9]{2,5})?")


def is_url(string: str) -> bool:
    """Whether it is an address with a scheme to load it by, a host with a dot (or localhost), and no white space.

    A port has two to five digits, whatever number they make.
    """
    if re.search(r"\s", string):
        return False
    try:
        parts = urlsplit(string)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme not in SCHEMES or host is None or not string[len(parts.scheme) :].startswith("://"):
        return False
    after_host = re.sub(r"^(.*@)?(\[.*\]|[^:]*)", "", parts.netloc)
    if not _PORT.fullmatch(after_host):
        return False
    return ":" in host or _HOST.fullmatch(host) is not None


_EMAIL: Final = re.compile(
    rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@(?:localhost|(?:{_LABEL}\.)+{_LABEL})",
    re.IGNORECASE,
)


def is_email(string: str) -> bool:
    """Whether it has the form of an address."""
    return _EMAIL.fullmatch(string) is not None


def email() -> Cleaner:
    """Take an e-mail address; its case is kept."""
    plain = text(255, strip=False)

    def clean(value: object) -> object:
        string = plain(value)
        if not is_email(string):
            raise InvalidError(["Enter a valid email address."])
        return string

    return clean


def texts(longest: int) -> Cleaner:
    """Take a list of texts; errors are told by position."""
    item = text(longest)

    def clean(value: object) -> object:
        if not isinstance(value, list):
            raise InvalidError([_not_a_list(value)])
        cleaned, errors = _each(value, item)
        if errors:
            raise InvalidError({str(position): error for position, error in errors.items()})
        return cleaned

    return not_null(clean)


def objects(fields: tuple[Field, ...], *, complete: bool) -> Cleaner:
    """Take a list of objects; `complete` stores the members that were left out as null."""
    names = [field.name for field in fields]

    def item(value: object) -> dict[str, Any]:
        if value is None:
            raise InvalidError([NOT_NULL])
        if not isinstance(value, dict):
            raise InvalidError({"non_field_errors": [_not_a_dictionary(value)]})
        cleaned = clean_object(value, fields)
        return {name: cleaned.get(name) for name in names} if complete else cleaned

    def clean(value: object) -> object:
        if not isinstance(value, list):
            raise InvalidError({"non_field_errors": [_not_a_list(value)]})
        cleaned, errors = _each(value, item)
        if errors:
            raise InvalidError([errors.get(position, {}) for position in range(len(value))])
        return cleaned

    return not_null(clean)


def _not_a_list(value: object) -> str:
    return f'Expected a list of items but got type "{type(value).__name__}".'


def _not_a_dictionary(value: object) -> str:
    return f"Invalid data. Expected a dictionary, but got {type(value).__name__}."


def _each(values: list[Any], clean: Cleaner) -> tuple[list[Any], dict[int, object]]:
    cleaned: list[Any] = []
    errors: dict[int, object] = {}
    for position, value in enumerate(values):
        try:
            cleaned.append(clean(value))
        except InvalidError as problem:
            errors[position] = problem.errors
    return cleaned, errors


_WORDS: Final[dict[object, bool]] = {
    **dict.fromkeys(("t", "T", "y", "Y", "yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "1", 1), True),
    **dict.fromkeys(("f", "F", "n", "N", "no", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "0", 0), False),
}


def flag() -> Cleaner:
    """Take true or false, also as words and numbers."""

    def clean(value: object) -> bool:
        if isinstance(value, bool | str | int) and value in _WORDS:
            return _WORDS[value]
        raise InvalidError(["Must be a valid boolean."])

    return not_null(clean)


def _amount(value: object) -> int:
    try:
        amount = int(re.sub(r"\.0*\s*$", "", str(value)))
    except ValueError:
        raise InvalidError(["A valid integer is required."]) from None
    if amount < 1:
        raise InvalidError(["Must be a positive integer"])
    return amount


def moment() -> Cleaner:
    """Take a date with a time; without a zone it is UTC."""

    def clean(value: object) -> datetime:
        if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[T ]\d", value):
            raise InvalidError([NOT_A_MOMENT])
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidError([NOT_A_MOMENT]) from None
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)

    return not_null(clean)


def past(earliest_year: int) -> Cleaner:
    """Take a moment that is not to come, and not from before a year."""
    any_moment = moment()

    def clean(value: object) -> datetime:
        parsed: datetime = any_moment(value)
        if parsed > datetime.now(UTC):
            raise InvalidError(["Only issuedOn dates in the past are acceptable."])
        if parsed.year < earliest_year:
            raise InvalidError(["Only issuedOn dates after the introduction of the Gregorian calendar are allowed."])
        return parsed

    return clean


def choice(choices: Collection[str]) -> Cleaner:
    """Take one of the given words."""

    def clean(value: object) -> object:
        if not isinstance(value, str) or value not in choices:
            raise InvalidError([f'"{value}" is not a valid choice.'])
        return value

    return not_null(clean)


def supported(words: Sequence[str]) -> Cleaner:
    """Take text that is one of the given words."""
    plain = text(strip=False)

    def clean(value: object) -> object:
        word = plain(value)
        if word not in words:
            raise InvalidError([f"'{word}' is not supported. Only {list(words)} is available"])
        return word

    return clean


_EXPIRES: Final = (
    Field("amount", nullable(_amount), required=True),
    Field("duration", nullable(choice(DURATIONS)), required=True),
)


def expires(value: Any) -> object:  # noqa: ANN401 - it is whatever the client sent
    """Take an amount of time.

    Whatever is empty is dropped, so that no empty value clears it; both members null do. A number has no
    length, and the server breaks on asking for it.
    """
    if not value:
        return DROP
    if isinstance(value, bool | int | float):
        raise ServerCrashError("expires has no length")
    if not isinstance(value, dict):
        raise InvalidError({"non_field_errors": [_not_a_dictionary(value)]})
    return clean_object(value, _EXPIRES)


def extensions() -> Cleaner:
    """Take Open Badges extensions, stored as sent.

    The servers fetch each `@context` and validate against the schema it names. The sandbox stays off the
    network, so it only asks for what makes an extension one: a prefixed name, a context and a type.
    """

    def clean(value: object) -> object:
        if not isinstance(value, dict):
            raise InvalidError([_not_a_dictionary(value)])
        if not all(_is_extension(name, member) for name, member in value.items()):
            raise InvalidError([NO_EXTENSIONS])
        return value

    return not_null(clean)


def anything(value: object) -> object:
    """Take an object whatever it holds: the documentation says no more of it."""
    if value is not None and not isinstance(value, dict):
        raise InvalidError([_not_a_dictionary(value)])
    return value


def _is_extension(name: str, member: object) -> bool:
    if not isinstance(member, dict) or not name.startswith("extensions:"):
        return False
    return bool(member.get("@context")) and name in (member.get("type") or ())


def image(*, link_counts: bool, takes_null: bool) -> Cleaner:
    """Take an image as a data URI; it ignores a link, or keeps it for the handler where `link_counts`.

    Null breaks the server, or is taken for no image where `takes_null`.
    """

    def clean(value: object) -> object:
        if isinstance(value, images.Upload) or (value is None and takes_null):
            return value
        if images.is_link(value):
            return value if link_counts else DROP
        try:
            return images.decode(value)
        except images.ImageRefusedError as problem:
            raise InvalidError([str(problem)]) from problem

    return clean


def known(exists: Callable[[str], bool], *, store: bool = False) -> Cleaner:
    """Take the id of something that must exist; mostly only checked, and then ignored."""

    def clean(value: object) -> object:
        if not isinstance(value, str) or not exists(value):
            raise InvalidError([f'Invalid entity_id "{value}" - object does not exist.'])
        return value if store else DROP

    return not_null(clean)


def refuse_surrogates(value: object) -> None:
    """Break, as the server does, on text that cannot be written as UTF-8."""
    if isinstance(value, str):
        if has_lone_surrogate(value):
            raise ServerCrashError("lone surrogate")
    elif isinstance(value, dict):
        refuse_surrogates(list(value.items()))
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_surrogates(item)
