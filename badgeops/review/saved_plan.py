"""A plan that was saved as JSON, read back to be held to. Pure.

`render.plan_json` writes it (schemas/plan.schema.json). What is read is no work order: nothing in the file is ever
sent. It says which changes were reviewed, and `compare_plans` compares them with those of a plan made anew, so a
file from a stranger can leave something out, and never bring something in.

Whoever holds a file holds all of it: `checksum` covers every member, so that damage and edits by hand show, and the
`digest` must be that of the changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from badgeops.errors import PlanError
from badgeops.model.address import Address
from badgeops.model.allowances import Allowances, What
from badgeops.model.dialect import Dialect
from badgeops.model.entity_id import checked_entity_id
from badgeops.model.lifecycle import OnRemove
from badgeops.model.shape import Fields, Json, check_shape
from badgeops.planning.plan import Action, Effect, digest_of, fingerprint

T = TypeVar("T")

FORMAT_VERSION = "1.1"
"""Minor: members were added, ignore what you do not know. Major: read the changelog before you go on."""
_MAJOR, _MINOR = map(int, FORMAT_VERSION.split("."))
_VERSION = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ACTIONS = {action.word: action for action in Action if action is not Action.NO_OP}
_AGAIN = "Make a new plan, and have it reviewed:\n  badgeops plan --save-plan plan.json"

_FORMER_FLAGS = MappingProxyType(
    {
        "--allow-protected": What.PROTECTED,
        "--allow-meaning-change": What.MEANING,
        "--allow-duplicate-name": What.DUPLICATE_NAME,
    }
)
"""How plans spelled what was allowed to them before there was one `--allow`."""


@dataclass(frozen=True)
class SavedPlan:
    """What a reviewed plan would do, and for what it was made."""

    name: str
    """What to call it in messages: the file."""
    catalog: str
    environment: str
    server: str
    dialect: Dialect
    lineage: str
    """Of the state it was made from; empty where there was none yet."""
    serial: int
    digest: str
    allowed: Allowances
    """What was allowed to it when it was made, and holds when it is applied."""
    effects: tuple[Effect, ...]
    catalog_fingerprints: Mapping[Address, str]
    """Of the documents as they were; none for those that were gone."""


def checksum(content: Mapping[str, Any]) -> str:
    """Return the checksum of a plan as JSON values, itself left out."""
    return f"sha256:{fingerprint({name: value for name, value in content.items() if name != 'checksum'})}"


def is_digest(text: str) -> bool:
    """Tell whether a text is the digest of some plan."""
    return _DIGEST.fullmatch(text) is not None


def loads(text: str, *, name: str) -> SavedPlan:
    """Read a saved plan. PlanError, naming the file, where it is none, is damaged, or was not to be applied."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{name} is not a plan: it is not JSON, or was cut short.", hint=_AGAIN) from error
    if not isinstance(data, dict) or not isinstance(data.get("format_version"), str) or "changes" not in data:
        raise PlanError(
            f"{name} is not a plan: it lacks format_version or changes.",
            hint=f"A plan is what `badgeops plan --save-plan` or `--format json` writes. {_AGAIN}",
        )
    is_newer = _check_version(data["format_version"], name)
    try:
        plan = _plan(data, name)
        is_whole = data["checksum"] == checksum(data) and plan.digest == digest_of(
            plan.catalog, plan.environment, plan.server, plan.dialect, plan.effects
        )
        is_applicable = data["applicable"] is True and data["errors"] == []
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise PlanError(f"{name} is damaged: part of it is missing or malformed.", hint=_AGAIN) from error
    if not is_whole:
        newer = " It was written by a newer badgeops, which may put more into the digest." if is_newer else ""
        raise PlanError(
            f"{name} was changed after it was written: its digest and checksum do not fit its content.{newer}",
            hint=f"A plan is applied as it was reviewed, or not at all. {_AGAIN}",
        )
    if not is_applicable:
        raise PlanError(
            f"{name} is a plan with errors; it cannot be applied.",
            hint=f"Its `errors` say what to do. {_AGAIN}",
        )
    return plan


def _check_version(version: str, name: str) -> bool:
    """Refuse what we cannot read; tell whether it was written by a newer badgeops than this."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise PlanError(f"{name} is damaged: its format_version is not a version.", hint=_AGAIN)
    major, minor = int(match[1]), int(match[2])
    if major > _MAJOR:
        raise PlanError(
            f"The plan {name} has format version {version}; this badgeops knows version {FORMAT_VERSION}.",
            hint="It was written by a newer badgeops. Apply it with that one.",
        )
    if major < _MAJOR or minor < _MINOR:
        raise PlanError(
            f"The plan {name} has format version {version}, which lacks something that apply needs.",
            hint=f"It was written by an older badgeops. {_AGAIN}",
        )
    return minor > _MINOR


def _plan(data: Fields, name: str) -> SavedPlan:
    changes = _typed(data["changes"], list)
    effects = tuple(_effect(change) for change in changes)
    if len({effect.address for effect in effects}) != len(effects):
        raise ValueError("an address occurs twice")
    prints = {
        effect.address: change["fingerprints"]["catalog"] for effect, change in zip(effects, changes, strict=True)
    }
    return SavedPlan(
        name=name,
        catalog=_typed(data["catalog"], str),
        environment=_typed(data["environment"], str),
        server=_typed(data["server"], str),
        dialect=Dialect(data["dialect"]),
        lineage=_typed(data["lineage"], str),
        serial=_typed(data["serial"], int),
        digest=_typed(data["digest"], str),
        allowed=_allowed([_typed(item, str) for item in _typed(data["allowed"], list)]),
        effects=effects,
        catalog_fingerprints={address: _typed(value, str) for address, value in prints.items() if value is not None},
    )


def _effect(data: Fields) -> Effect:
    entity_id, server = data["entityId"], data["fingerprints"]["server"]
    attributes = _typed(data["attributes"], list)
    fields = {_typed(item["name"], str): (item["before"], item["after"]) for item in attributes}
    for name, values in fields.items():
        _check_values(name, values)
    if len(fields) != len(attributes):
        raise ValueError("a field occurs twice")
    return Effect(
        address=Address.parse(_typed(data["address"], str)),
        action=_ACTIONS[_typed(data["action"], str)],
        entity_id=None if entity_id is None else checked_entity_id(entity_id),
        fields=fields,
        managed=tuple(_typed(item, str) for item in _typed(data["managed"], list)),
        protect=_typed(data["lifecycle"]["protect"], bool),
        on_remove=OnRemove(data["lifecycle"]["onRemove"]),
        beside=tuple(_typed(item, str) for item in _typed(data["beside"], list)),
        server="" if server is None else _typed(server, str),
    )


def _check_values(name: str, values: tuple[Json, Json]) -> None:
    """Raise ValueError unless a field's values are such as `compare_plans` and what shows them can rely on."""
    for value in values:
        if value is None:
            continue
        if name == "image":
            _typed(value, dict)
            if "sha256" in value:
                for member in ("sha256", "format"):
                    _typed(value[member], str)
                for member in ("width", "height", "size"):
                    _typed(value[member], int)
        else:
            check_shape(name, value)


def _allowed(texts: list[str]) -> Allowances:
    """Read what was allowed, also as it was spelled before there was `--allow`."""
    found = Allowances.of(*map(_spelled_now, texts))
    if found != found.of_a_plan:
        raise ValueError("no plan holds what lifts a limit")
    return found


def _spelled_now(text: str) -> str:
    flag, equals, value = text.partition("=")
    return f"{_FORMER_FLAGS[flag]}{equals}{value}" if flag in _FORMER_FLAGS else text


def _typed(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
    return value
