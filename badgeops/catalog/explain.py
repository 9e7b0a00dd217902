"""Why a value does not fit a schema, in words for people who have never heard of JSON Schema.

Imported only once something does not fit: the full validator is slow to load.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from badgeops.catalog.problems import Problem, ProblemAt, with_article
from badgeops.model.address import KEY_PATTERN
from badgeops.yamldoc.parse import Path, Surprise, is_text

Raw = Callable[[Path], str | None]

_NOT_CLOSE = 0.6
"""How alike a known name must be to be suggested, from 0 to 1."""

_MANY = 25
"""Unknown fields that are listed one by one; a file of quite another sort has thousands."""

_SYNONYMS = {
    "criteria": "criteriaNarrative",
    "narrative": "criteriaNarrative",
    "alignment": "alignments",
    "expiration": "expires",
    "expiry": "expires",
    "validity": "expires",
    "img": "image",
    "logo": "image",
    "picture": "image",
    "title": "name",
    "website": "url",
    "homepage": "url",
    "mail": "email",
    "summary": "description",
    "keywords": "tags",
    "id": "key",
    "slug": "key",
    "type": "kind",
    "alt": "altText",
    "path": "file",
    "unit": "duration",
}
"""What people write for what the API calls otherwise."""


def explain(schema: dict[str, Any], data: Any, raw: Raw) -> list[ProblemAt]:  # noqa: ANN401 (YAML holds anything)
    """Return every reason why `data` does not fit, in the order of the document."""
    explainer = _Explainer(schema, raw)
    found = list(explainer.reasons(_VALIDATOR(schema), data, ()))
    misspelt = {(located.path[:-1], _meant(located)) for located in found if located.problem.code == "unknown-field"}
    references = {located.path[:-1] for located in found if located.problem.code == "reference-in-set"}
    return [
        located
        for located in found
        if not (missing := _missing(located))
        or ((located.path, missing) not in misspelt and located.path not in references)
    ]


def _meant(located: ProblemAt) -> str | None:
    """Return the field that was suggested for an unknown one."""
    match = re.search(r'Did you mean "(\w+)"', located.problem.detail)
    return match[1] if match else None


def _missing(located: ProblemAt) -> str:
    """Return the field that is missing; one that is there under a wrong name is not reported twice."""
    return located.problem.summary.split('"')[1] if located.problem.code == "missing-field" else ""


def _pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    # In a schema `$` is the very end; Python's also stands before a last line end.
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield ValidationError("")


def _required(_validator: object, fields: list[str], instance: object, _schema: object) -> Iterator[ValidationError]:
    # The message is the field alone, so that it need not be picked out of a sentence.
    if isinstance(instance, dict):
        yield from (ValidationError(field) for field in fields if field not in instance)


_VALIDATOR = extend(Draft202012Validator, {"pattern": _pattern, "required": _required})


class _Explainer:
    """Goes through the validator's errors of one document and finds the words."""

    def __init__(self, schema: dict[str, Any], raw: Raw) -> None:
        self.root = schema
        self.raw = raw

    def reasons(self, validator: Any, value: Any, base: Path) -> Iterator[ProblemAt]:  # noqa: ANN401
        for error in validator.iter_errors(value):
            path = (*base, *error.absolute_path)
            if error.validator == "anyOf":
                yield from self._any_of(validator, error, path)
            else:
                yield from self._words(error, path)

    def _any_of(self, validator: Any, error: ValidationError, path: Path) -> Iterator[ProblemAt]:  # noqa: ANN401
        """Explain by the alternative that the author had in mind, going by what was written."""
        branches = [self._resolve(branch) for branch in error.validator_value]
        fitting = [branch for branch in branches if _has_type(error.instance, branch.get("type"))]
        if not fitting:
            yield ProblemAt(path, self._wrong_type(error.instance, branches, path, error.schema))
            return
        meant = next((branch for branch in fitting if _asks_for(branch, error.instance)), fitting[-1])
        yield from self.reasons(validator.evolve(schema=meant), error.instance, path)

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in schema:
            return schema
        found: dict[str, Any] = self.root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        return found

    def _words(self, error: ValidationError, path: Path) -> Iterator[ProblemAt]:
        match error.validator:
            case "additionalProperties":
                yield from self._unknown_fields(error, path)
            case "required":
                yield self._missing(error, path)
            case "type":
                yield ProblemAt(path, self._wrong_type(error.instance, [error.schema], path, error.schema))
            case "enum" | "const":
                yield ProblemAt(path, self._not_one_of(error, path))
            case "pattern":
                yield self._misshapen(error, path)
            case "minLength":
                yield ProblemAt(path, _empty(path, self._is_optional(path)))
            case "minimum" | "maximum":
                yield ProblemAt(path, _out_of_range(error, path))
            case _:
                yield ProblemAt(
                    path, Problem("invalid-value", f"{_name(path)} cannot have this value", _hint(error.schema))
                )

    def _unknown_fields(self, error: ValidationError, path: Path) -> Iterator[ProblemAt]:
        known = list(error.schema["properties"])
        unknown = [field for field in error.instance if field not in known]
        free = [field for field in known if field not in error.instance]
        for field in unknown[:_MANY]:
            problem = self._unknown(field, known, free, path, error.instance)
            owner = self._meant_owner(field, error)
            if owner is not None:
                detail = (
                    f'It is a part of "{owner}" and must begin further to the right. Put two spaces in front of it:\n\n'
                    f"  {owner}:\n"
                    f"    {field}: …"
                )
                problem = problem._replace(detail=detail)
            yield ProblemAt((*path, field), problem, of_key=True)
        if len(unknown) > _MANY:
            rest = len(unknown) - _MANY
            detail = f"{self._owner(path)} has {rest} more unknown fields. Is this the right file?"
            yield ProblemAt(
                (*path, unknown[_MANY]), Problem("unknown-field", "more unknown fields", detail), of_key=True
            )

    def _meant_owner(self, field: str, error: ValidationError) -> str | None:
        """Return the empty field above an unknown one that has a field of that name: it begins in the wrong column."""
        names = list(error.instance)
        for name in reversed(names[: names.index(field)]):
            about = error.schema["properties"].get(name)
            if about is not None:
                parts = [self._resolve(part) for part in about.get("anyOf", [about])]
                is_owner = any(field in part.get("properties", ()) for part in parts)
                return name if is_owner and error.instance[name] is None else None
        return None

    def _unknown(self, field: str, known: list[str], free: list[str], path: Path, beside: dict[str, Any]) -> Problem:
        if field == "ref" and "targetName" in known:
            detail = (
                "A reference cannot lead to another reference. Copy the fields of the other entry to here, or let "
                "badge classes refer to both."
            )
            return Problem("reference-in-set", "an entry of an AlignmentSet cannot refer to another one", detail)
        if known == ["ref"] and field.lower() == "ref":
            detail = 'Did you mean "ref"?'
        elif known == ["ref"] and "ref" not in beside:
            detail = 'Did you mean "ref" and the key of an Image document? Write the path of a file without braces.'
        elif known == ["ref"]:
            detail = "A reference has only the field `ref`. Write either the reference or the fields themselves."
        else:
            detail = f"{self._owner(path)} has no such field. {_suggestion(field, known, free)}"
        return Problem("unknown-field", f'unknown field "{field}"', detail)

    def _missing(self, error: ValidationError, path: Path) -> ProblemAt:
        field = error.message
        about = error.schema["properties"][field]
        detail = f"{self._owner(path)} needs one. {_hint(about, field)}"
        return ProblemAt(path, Problem("missing-field", f'"{field}" is missing', detail), of_key=True)

    def _owner(self, path: Path) -> str:
        """Name what a field belongs to: "A BadgeClass", or the field that holds it."""
        if path:
            name = _name(path)
            return name[0].upper() + name[1:]
        title = str(self.root["title"])
        if title == "Settings":
            return "badgeops.yaml"
        return f"A{with_article(title)[1:]}"

    def _is_optional(self, path: Path) -> bool:
        return len(path) == 1 and path[0] not in self.root["required"]

    def _wrong_type(
        self,
        value: Any,  # noqa: ANN401
        expected: list[dict[str, Any]],
        path: Path,
        about: dict[str, Any],
    ) -> Problem:
        types = [name for schema in expected for name in _types(schema)]
        written = self.raw(path)
        hint = _hint(about, _last_name(path)) or next(filter(None, map(_hint, expected)), "")
        if isinstance(value, Surprise):
            return _surprise(value.raw, value.reads_as, expected, path, hint)
        if "string" in types and isinstance(value, bool):
            return _surprise(written or str(value).lower(), "true or false", expected, path, hint)
        if "string" in types and isinstance(value, int | float):
            return _surprise(written or str(value), "a number", expected, path, hint)
        if value is None:
            return _nothing(path, types, optional=self._is_optional(path))
        wanted = _wanted(expected)
        detail = f"{_advice(value, expected, path)}{hint}"
        return Problem("invalid-type", f"{_name(path)} is {_what(value)}, not {wanted}", detail)

    def _not_one_of(self, error: ValidationError, path: Path) -> Problem:
        allowed = [str(value) for value in error.schema.get("enum", [error.schema.get("const")])]
        written = self.raw(path) if not isinstance(error.instance, str) else error.instance
        text = written if written is not None else _what(error.instance)
        detail = f"Choose one of: {', '.join(allowed)}."
        close = difflib.get_close_matches(str(text).lower(), allowed, 1, _NOT_CLOSE)
        if close:
            detail = f'Did you mean "{close[0]}"? {detail}'
        return Problem("invalid-choice", f'{_name(path)} cannot be "{text}"', detail)

    def _misshapen(self, error: ValidationError, path: Path) -> ProblemAt:
        value = error.instance
        of_key = bool(path) and path[-1] == "environments" and "server" not in error.schema
        place = (*path, value) if of_key else path
        return ProblemAt(place, _shape(value, error.validator_value, path), of_key=of_key)


# --- the words -----------------------------------------------------------------------------------------------------


_ANY_TEXT = frozenset(
    {"name", "description", "criteriaNarrative", "tags", "altText", "imageAltText", "license", "key", "catalog"}
    | {"because", "targetName", "targetDescription", "targetFramework", "targetCode"}
)
"""Fields that take any text of the right shape, so that quotes are all that a word lacks."""
_NAMES = frozenset({"issuer", "ref", "defaultEnvironment", "rule"})
"""Fields that take the name of something, which may be there or not."""


def _surprise(raw: str, reads_as: str, expected: list[dict[str, Any]], path: Path, hint: str) -> Problem:
    types = [name for schema in expected for name in _types(schema)]
    summary = f"the word {_short(raw)} is read as {reads_as}"
    quoted = f'"{_short(raw)}"'
    if "string" not in types:
        detail = f"YAML takes this word for {reads_as}. Write {_wanted(expected)}. {hint}".rstrip()
        return Problem("yaml-1.1-value", summary, detail)
    detail = f"Without quotes YAML takes this word for {reads_as}, and text belongs here. "
    field = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    if not _fits_in_quotes(raw, expected):
        detail = f"YAML takes this word for {reads_as}. {hint}"
    elif field in _ANY_TEXT or path[:1] == ("extensions",):
        detail += f"Write it in quotes: {quoted}"
    elif field in _NAMES:
        detail += f"If this is its name, write it in quotes: {quoted}"
    else:
        detail += hint
    return Problem("yaml-1.1-value", summary, detail.rstrip())


def _fits_in_quotes(raw: str, expected: list[dict[str, Any]]) -> bool:
    """Tell whether a word would be of the right shape as text."""
    texts = [schema for schema in expected if "string" in _types(schema)]
    return any(_VALIDATOR(schema).is_valid(raw) for schema in texts)


def _nothing(path: Path, types: list[str], *, optional: bool) -> Problem:
    empty = "[]" if "array" in types else "{}" if "object" in types and "string" not in types else None
    if empty:
        detail = f"The field has no value. Write one, or write {empty} for none, or leave the field out."
    elif optional:
        detail = "The field has no value. Write one, or leave the field out."
    else:
        detail = "The field has no value. Write one."
    return Problem("empty-field", f"{_name(path)} is empty", detail)


def _empty(path: Path, optional: bool) -> Problem:
    more = ", or leave the field out" if optional else ""
    return Problem("empty-text", f"{_name(path)} is empty", f"A server refuses empty text. Write something{more}.")


def _out_of_range(error: ValidationError, path: Path) -> Problem:
    least, most = error.schema.get("minimum"), error.schema.get("maximum")
    bounds = f"from {least} to {most}" if most is not None else f"of at least {least}"
    return Problem("out-of-range", f"{_name(path)} is {error.instance}", f"It must be a whole number {bounds}.")


def _shape(value: str, pattern: str, path: Path) -> Problem:
    if pattern == f"^{KEY_PATTERN}$":
        slug = re.sub(r"[^a-z0-9._-]+", "-", value.lower()).strip("-._")[:128]
        example = f' For example: "{slug}".' if slug and len(value) <= 128 else ""
        rule = "A key begins with a lower-case letter or a digit; lower-case letters, digits, dots, hyphens and "
        return Problem(
            "invalid-key",
            f'"{_short(value)}" is not a key',
            f"{rule}underscores may follow, 128 characters in all.{example}",
        )
    if KEY_PATTERN in pattern:
        detail = "Write the key of an AlignmentSet, a slash, and the key of one of its entries: csta/2-AP-13"
        return Problem("invalid-reference", f'"{_short(value)}" does not name an alignment', detail)
    if pattern.endswith("%$"):
        detail = 'Write a whole number ("5" entities) or a share from 0% to 100%.'.replace('"', "")
        return Problem("invalid-limit", f'"{_short(value)}" is not a limit', detail)
    if path and path[-1] == "environments":
        detail = "The name of an environment has letters, digits, hyphens and underscores, at most 64 characters."
        return Problem("invalid-environment-name", f'"{_short(value)}" cannot be the name of an environment', detail)
    return Problem("invalid-value", f"{_name(path)} does not have the right form")


def _suggestion(field: str, known: list[str], free: list[str]) -> str:
    """Say which field may be meant, of those that are not there yet."""
    plain = re.sub(r"[^a-z0-9]", "", field.lower())
    by_plain = {name.lower(): name for name in free}
    synonym = _SYNONYMS.get(plain)
    found = by_plain.get(plain) or by_plain.get(f"target{plain}") or (synonym if synonym in free else None)
    if found is None:
        close = difflib.get_close_matches(plain, list(by_plain), 1, _NOT_CLOSE)
        found = by_plain[close[0]] if close else None
    if found:
        return f'Did you mean "{found}"?'
    return f"It has: {', '.join(known)}." if known else ""


def _hint(schema: dict[str, Any], field: str = "") -> str:
    """Return what an editor would show for the field, with an example."""
    words = str(schema.get("description", ""))
    if not schema.get("examples"):
        return words
    example = _flow(schema["examples"][0])
    return f"{words} For example:\n\n  {f'{field}: {example}' if field else example}"


def _flow(value: Any) -> str:  # noqa: ANN401
    """Write an example as one would in YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f'"{text}"' if text[:1] in "\"'>|@`%&*!{[" else text


_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of fields",
}


def _types(schema: dict[str, Any]) -> list[str]:
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _wanted(schemas: list[dict[str, Any]]) -> str:
    words: list[str] = []
    for schema in schemas:
        for name in _types(schema):
            required = schema.get("required")
            word = "{" + f"{required[0]}: …" + "}" if name == "object" and required else _TYPE_WORDS.get(name)
            if word and word not in words:
                words.append(word)
    return " or ".join(words)


def _what(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a group of fields"


def _advice(value: Any, expected: list[dict[str, Any]], path: Path) -> str:  # noqa: ANN401
    """Say how to write what was probably meant, if it would do then."""
    types = [name for schema in expected for name in _types(schema)]
    form = _other_form(value, expected)
    if form:
        return form
    if isinstance(value, str) and "array" in types:
        return _as_list(value, expected) if "string" not in types else ""
    if isinstance(value, dict) and types == ["array"]:
        return "Begin each entry with a hyphen and a space. "
    if isinstance(value, str) and "integer" in types and re.fullmatch(r"[0-9]{1,15}", value):
        fits = any(_VALIDATOR(schema).is_valid(int(value)) for schema in expected if "integer" in _types(schema))
        return f"Write the number without quotes: {int(value)}. " if fits else ""
    if isinstance(value, str) and "boolean" in types:
        return "Write true or false, without quotes. "
    if isinstance(value, dict) and "string" in types and len(value) == 1 and path[-1] in _ANY_TEXT:
        return "Put text with a colon in it in quotes. "
    return ""


_ALONE = ("ref", "key", "file", "id")
"""Fields of a group that hold what people elsewhere write as text."""
_NEEDS_QUOTES = re.compile(r"^[^\w.]|[,\[\]{}#\"\n]|:(?!//)")
_PERIOD = re.compile(r"([1-9][0-9]{0,8}) (day|week|month|year)s?")


def _other_form(value: Any, expected: list[dict[str, Any]]) -> str:  # noqa: ANN401
    """Say how to write a reference, a server or a period that is right but for its form."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, text),) = value.items()
        texts = [schema for schema in expected if "string" in _types(schema)]
        is_right = (
            name in _ALONE and isinstance(text, str) and any(_VALIDATOR(schema).is_valid(text) for schema in texts)
        )
        return f"If {_flow(text)} is what you mean, write it alone, without `{name}`. " if is_right else ""
    if not isinstance(value, str):
        return ""
    group = _as_group(value.strip(), expected)
    if group:
        return f"Perhaps you mean {_flow(group)}. "
    parts = [part.strip() for part in value.split(",")]
    entries = [schema.get("items", {}) for schema in expected if "array" in _types(schema)]
    groups = [_as_group(part, entry.get("anyOf", [entry])) for entry in entries for part in parts]
    return f"Perhaps you mean {_flow(groups)}. " if groups and all(groups) else ""


def _as_group(text: str, expected: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return a group of fields that says what a text says, if one of the expected ones does."""
    period = _PERIOD.fullmatch(text)
    if not is_text(text) or _NEEDS_QUOTES.search(text):
        return None
    for schema in expected:
        if "object" in _types(schema):
            required = schema.get("required", [])
            forms: list[dict[str, Any]] = [{required[0]: text}] if len(required) == 1 else []
            forms += [{"amount": int(period[1]), "duration": f"{period[2]}s"}] if period else []
            for form in forms:
                if _VALIDATOR(schema).is_valid(form):
                    return form
    return None


def _as_list(value: str, expected: list[dict[str, Any]]) -> str:
    """Say how to write a list, if text can be in it."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if (
        not parts
        or not all(map(is_text, parts))
        or not any(schema.get("items", {}).get("type") == "string" for schema in expected)
    ):
        return ""
    return f"Write a list: [{_short(', '.join(parts))}]. "


def _has_type(value: Any, named: Any) -> bool:  # noqa: ANN401
    names = [named] if isinstance(named, str) else named or []
    checker = Draft202012Validator.TYPE_CHECKER
    return any(checker.is_type(value, name) for name in names)


def _asks_for(branch: dict[str, Any], value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, dict):
        return False
    names = {str(name).lower() for name in value}
    return any(field.lower() in names for field in branch.get("required", ()))


def _name(path: Path) -> str:
    """Name a value in a sentence: "tags", entry 2 of "tags"."""
    if not path:
        return "this"
    if isinstance(path[-1], int):
        return f"entry {path[-1] + 1} of {_name(path[:-1])}"
    return f'"{path[-1]}"'


def _last_name(path: Path) -> str:
    return str(path[-1]) if path and isinstance(path[-1], str) else ""


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
