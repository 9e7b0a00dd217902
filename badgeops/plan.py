"""The plan, as a value: what one run would do to which entity, and why. Pure.

`planner` makes it, `risk` weighs it, `render` shows it and `apply` carries it out; all of them read the same value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from badgeops.differences import Element, elements
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model import Address, BadgeClass, Image, Issuer, Kind, OnMeaningChange
from badgeops.state import Resource
from badgeops.wire import Dialect, Fields, Json, Live


class Action(Enum):
    """What is done to an entity, and the symbol that stands before its address."""

    CREATE = ("create", "+")
    UPDATE = ("update", "~")
    DELETE = ("delete", "-")
    ARCHIVE = ("archive", "#")
    FORGET = ("forget", ".")
    ADOPT = ("adopt", ">")
    NO_OP = ("no-op", " ")

    def __init__(self, word: str, symbol: str) -> None:
        self.word = word
        self.symbol = symbol

    def __str__(self) -> str:
        return self.word


class Cause(StrEnum):
    """On which side a field changed."""

    CATALOG = "catalog"
    DRIFT = "drift"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One field of an entity that is to change."""

    name: str
    cause: Cause
    before: Json
    """On the server now."""
    after: Json
    """What it is to become."""
    recorded: Json = None
    """What the server showed when we last wrote it; other than `before` only for drift and conflict."""

    @property
    def elements(self) -> tuple[Element, ...]:
        """The tags, alignments or extension members that differ; empty for a field that is one value."""
        return elements(self.name, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Holders:
    """How many people hold a badge class: awards that are neither revoked nor expired."""

    count: int
    more: bool = False
    """True where counting stopped: "500+"."""

    @property
    def any(self) -> bool:
        """Tell whether anybody holds it, as far as it was counted."""
        return self.count > 0 or self.more

    def __str__(self) -> str:
        return f"{self.count}{'+' if self.more else ''}"


RECORDED_ONLY = ("protect", "onRemove")
"""What the state keeps of a `lifecycle`: a change of it is shown and recorded, and nothing is sent."""
_NO_FIELDS = ("image", "archived", "issuer", *RECORDED_ONLY)
"""Attributes of a change that are no fields of the request, or not like the others."""


@dataclass(frozen=True)
class Change:
    """What is to happen to one entity, and all that apply needs to do it."""

    address: Address
    action: Action
    reason: str = ""
    """Why, where it is not simply that the catalog says so."""
    attributes: tuple[Attribute, ...] = ()
    group: str = ""
    """The key of the issuer it belongs to, for ordering."""
    source: Source | None = field(default=None, compare=False)
    entity: Issuer | BadgeClass | None = field(default=None, compare=False)
    """What the catalog wants; None where the document is gone."""
    live: Live | None = None
    """The entity as planned against; apply checks that it still is so."""
    record: Resource | None = None
    """What the state will hold when the change is done, as far as it is known before the server has answered."""
    managed: Fields = field(default_factory=dict)
    """The value to send for every field we manage, the emptied ones included."""
    emptied: tuple[str, ...] = ()
    """Fields that the catalog has dropped: emptied now, and none of our business afterwards."""
    upload: Image | None = None
    known: tuple[str, ...] = ()
    """For a creation: existing entities of the same name, so that a later run can tell ours from them."""
    after: tuple[Address, ...] = ()
    """Changes that must be done before this one."""
    holders: Holders | None = None
    """None where they were not counted."""
    on_meaning_change: OnMeaningChange = OnMeaningChange.WARN
    """What the catalog wants to happen where what people hold comes to mean something else."""
    rebakes: bool = False
    """The server makes the badges of all who hold it anew."""

    @property
    def changed(self) -> tuple[str, ...]:
        """The API fields that the request must carry."""
        return tuple(item.name for item in self.attributes if item.name not in _NO_FIELDS)

    @property
    def sends_request(self) -> bool:
        """Tell a change that the server sees from one that only the state does: another `lifecycle`."""
        return any(item.name not in RECORDED_ONLY for item in self.attributes)

    @property
    def sort_key(self) -> tuple[str, bool, str]:
        """Issuer by issuer, each before its badge classes."""
        return (self.group, self.address.kind is not Kind.ISSUER, self.address.key)


@dataclass(frozen=True)
class Unmanaged:
    """A live entity that no state of ours owns."""

    kind: Kind
    entity_id: str
    name: str
    issuer: str
    """The address of its issuer where that is ours, else its entityId; empty for an issuer."""


@dataclass(frozen=True)
class Plan:
    """Everything one run would do, in the order in which it is shown."""

    environment: str
    server: str
    dialect: Dialect
    lineage: str
    serial: int
    changes: tuple[Change, ...]
    """Those that send a request or take something out of the state; sorted."""
    bookkeeping: tuple[Change, ...]
    """No-ops that only write down what is already so."""
    unchanged: int
    unmanaged: tuple[Unmanaged, ...]
    problems: tuple[Diagnostic, ...]
    """Errors keep the plan from being applied, warnings do not."""
    managed: int
    """How many entities the state held before."""

    @property
    def is_empty(self) -> bool:
        """Nothing would be done on the server, and nothing taken out of the state."""
        return not self.changes

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What keeps the plan from being applied."""
        return tuple(item for item in self.problems if item.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What should be known before it is applied."""
        return tuple(item for item in self.problems if item.severity is Severity.WARNING)

    @property
    def creations(self) -> frozenset[Address]:
        """What would be made."""
        return frozenset(change.address for change in self.changes if change.action is Action.CREATE)

    def count(self, *actions: Action) -> int:
        """Return how many changes have one of the actions."""
        return sum(change.action in actions for change in self.changes)

    @property
    def summary(self) -> dict[str, int]:
        """The number of entities per action."""
        counts = {str(action): self.count(action) for action in Action if action is not Action.NO_OP}
        return {**counts, "no-op": self.unchanged}

    @property
    def digest(self) -> str:
        """SHA-256 over what would be done to which server; the same plan gives the same digest, whenever it is made."""
        content = {
            "server": self.server,
            "environment": self.environment,
            "changes": [
                {
                    "address": str(change.address),
                    "action": str(change.action),
                    "entityId": change.live.entity_id if change.live else None,
                    "attributes": [
                        {"name": item.name, "before": item.before, "after": item.after} for item in change.attributes
                    ],
                }
                for change in self.changes
            ],
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sort_problems(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Order problems by weight, address and place."""
    return tuple(sorted(problems, key=lambda item: (item.severity, item.address or "", item.sort_key())))
