"""The plan, as a value: what one run would do to which entity, and why. Pure.

`planner` makes it, `risk` weighs it, `render` shows it and `applying` carries it out; all of them read the same value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from badgeops.api import dialects
from badgeops.api.live import Earners, Live
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Image, Issuer
from badgeops.model.fields import RECORDED_ONLY, is_member
from badgeops.model.lifecycle import OnMeaningChange, OnRemove
from badgeops.model.shape import Fields, Json
from badgeops.planning.differences import Element, elements
from badgeops.state.record import Intent, Resource


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


UNDECIDED = "undecided-creation"
"""The rule that stops a creation which an earlier run may have done."""

REMOVALS = (Action.DELETE, Action.ARCHIVE, Action.FORGET)
"""What is done to entities whose documents are gone."""


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
    is_seen: bool = field(default=True, compare=False)
    """False if the server does not show the field and we never sent it: then `before` is unknown, and None."""

    @property
    def elements(self) -> tuple[Element, ...]:
        """The tags, alignments or extension members that differ; empty for a field that is one value."""
        return elements(self.name, self.before, self.after)


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
    """For a creation: existing entities of the same name and young ones, so that a later run can tell ours apart."""
    since: str | None = None
    """For a creation: when the newest entity beside it was made, so that a later run can tell what is new."""
    is_repeated: bool = False
    """A creation that an earlier run may have done: it is looked for once more just before."""
    beside: tuple[str, ...] = ()
    """Those of them that the catalog does not have either, and that it is knowingly made beside."""
    after: tuple[Address, ...] = ()
    """Changes that must be done before this one."""
    earners: Earners | None = None
    """None where they were not counted."""
    on_meaning_change: OnMeaningChange = OnMeaningChange.WARN
    """What the catalog wants to happen if a badge that people have earned comes to mean something else."""
    rebakes: bool = False
    """The server makes the badges of all earners anew."""

    @property
    def name(self) -> str:
        """What people know it as: by the catalog, else by the server, else by the state."""
        for known in (self.entity, self.live, self.record):
            if known is not None:
                return known.name
        return self.address.key

    @property
    def changed(self) -> tuple[str, ...]:
        """The API fields that the request must carry."""
        return tuple(item.name for item in self.attributes if is_member(item.name))

    @property
    def sends_request(self) -> bool:
        """Tell a change that the server sees from one that only the state does: another `lifecycle`."""
        return any(item.name not in RECORDED_ONLY for item in self.attributes)

    @property
    def entity_id(self) -> str | None:
        """The entity it is about; None for a creation."""
        if self.live is None and self.action is Action.FORGET and self.record is not None:
            return self.record.entity_id
        return self.live.entity_id if self.live is not None else None

    @property
    def effect(self) -> Effect:
        """What it does, without how."""
        if self.entity is None:
            on_remove = self.record.on_remove if self.record is not None else OnRemove.FORGET
            protect = self.record is not None and self.record.protect
        else:
            on_remove, protect = self.entity.lifecycle.on_remove, self.entity.lifecycle.protect
        return Effect(
            self.address,
            self.action,
            self.entity_id,
            {item.name: (item.before, item.after) for item in self.attributes},
            tuple(sorted(name for name in self.managed if name not in self.emptied)),
            protect,
            on_remove,
            self.beside,
            server_fingerprint(self.live) if self.live is not None else "",
        )

    @property
    def sort_key(self) -> tuple[str, bool, str]:
        """Issuer by issuer, each before its badge classes."""
        return (self.group, self.address.kind is not Kind.ISSUER, self.address.key)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to which entity, without how or why: a digest covers it, a reviewed plan is held to it."""

    address: Address
    action: Action
    entity_id: str | None
    fields: Mapping[str, tuple[Json, Json]]
    """What each field is before and after."""
    managed: tuple[str, ...] = ()
    """The fields that are ours to look after once it is done."""
    protect: bool = False
    on_remove: OnRemove = OnRemove.FORGET
    beside: tuple[str, ...] = ()
    server: str = ""
    """The fingerprint of the live entity; empty for a creation."""

    def content(self) -> Fields:
        """Return it as plain values that are equal where two changes do the same.

        Forgetting changes nothing on the server, whatever the entity looks like. What deletes or archives is about the
        entity as it was looked at, and so about all of it.
        """
        who: Fields = {"address": str(self.address), "action": str(self.action), "entityId": self.entity_id}
        if self.action is Action.FORGET:
            return who
        return who | {
            "fields": {
                name: [dialects.canonical(name, before), dialects.canonical(name, after)]
                for name, (before, after) in self.fields.items()
            },
            "managed": sorted(self.managed),
            "protect": self.protect,
            "onRemove": str(self.on_remove),
            "beside": sorted(self.beside),
            "server": self.server if self.action in (Action.DELETE, Action.ARCHIVE) else None,
        }

    def is_same_as(self, other: Effect) -> bool:
        """Tell whether both do the same to the same entity."""
        return canonical_json(self.content()) == canonical_json(other.content())


def server_fingerprint(live: Live) -> str:
    """Return what tells whether a live entity was edited: a digest of all that it shows and people can change."""
    return fingerprint(
        {
            "fields": {name: dialects.canonical(name, value) for name, value in live.fields.items()},
            "archived": live.archived,
            # The address of an SVG changes with every PUT, also with one that changes nothing else.
            "image": "svg" if live.image_is_svg else live.image_ref,
        }
    )


def catalog_fingerprint(entity: Issuer | BadgeClass, dialect: Dialect) -> str:
    """Return what tells whether a document asks for something else: a digest of all that it says."""
    lifecycle = entity.lifecycle
    return fingerprint(
        {
            "fields": {
                name: dialects.canonical(name, value) for name, value in dialects.wanted(entity, dialect).items()
            },
            "image": entity.image.sha256 if entity.image is not None else None,
            "issuer": str(entity.issuer) if isinstance(entity, BadgeClass) else None,
            "protect": lifecycle.protect,
            "onRemove": str(lifecycle.on_remove),
            "ignoreChanges": sorted(lifecycle.ignore_changes),
        }
    )


def digest_of(catalog: str, environment: str, server: str, dialect: Dialect, effects: Iterable[Effect]) -> str:
    """Return the digest of what is done where; see `Plan.digest`."""
    content = {
        "catalog": catalog,
        "environment": environment,
        "server": server,
        "dialect": str(dialect),
        "changes": [effect.content() for effect in sorted(effects, key=lambda effect: str(effect.address))],
    }
    return f"sha256:{fingerprint(content)}"


def fingerprint(content: Json) -> str:
    """Return the SHA-256 of plain values, in hexadecimal digits."""
    return hashlib.sha256(canonical_json(content).encode("utf-8", "surrogatepass")).hexdigest()


def canonical_json(content: Json) -> str:
    """Return plain values as the one JSON text that equal values share."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Unmanaged:
    """A live entity that no state of ours owns."""

    kind: Kind
    entity_id: str
    name: str
    issuer: str
    """The address of its issuer where that is ours, else its entityId; empty for an issuer."""
    issuer_name: str = ""
    """The name of an issuer that is not ours, as the server shows it; empty where it does not."""

    @property
    def owner(self) -> str:
        """The issuer as people know it: its address where it is ours, else its name, with its entityId."""
        return f"{self.issuer_name} ({self.issuer})" if self.issuer_name else self.issuer


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
    catalog: str = ""
    """The name of the catalog it was made from."""
    allowed: tuple[str, ...] = ()
    """What was allowed when it was made, without which it would have errors: "protected=issuer.academy"."""
    handed_over: tuple[tuple[Address, Intent], ...] = ()
    """Open creations whose documents have another key by now: the old address, and the creation at the new one."""
    seen: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """The entityId of everything that was on the server: what is created is none of it."""

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
        return tuple(item for item in self.problems if item.severity is not Severity.ERROR)

    @property
    def written(self) -> frozenset[Address]:
        """What would be made or updated."""
        writes = (Action.CREATE, Action.UPDATE)
        return frozenset(change.address for change in self.changes if change.action in writes)

    @property
    def undecided(self) -> frozenset[str]:
        """The addresses of creations that an earlier run may have done, and that are not repeated yet."""
        return frozenset(item.address for item in self.problems if item.code == UNDECIDED and item.address)

    def count(self, *actions: Action) -> int:
        """Return how many changes have one of the actions."""
        return sum(change.action in actions for change in self.changes)

    @property
    def summary(self) -> dict[str, int]:
        """The number of entities per action."""
        return {str(action): self.count(action) for action in Action} | {str(Action.NO_OP): self.unchanged}

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What each change does."""
        return tuple(change.effect for change in self.changes)

    @property
    def digest(self) -> str:
        """SHA-256 over what would be done, and where: the same work has the same digest, whenever it is planned.

        It covers catalog, environment, server and dialect, and of each change: address, action, entityId, every field
        with its value before and after (of an image the SHA-256, of a creation also the issuer), the fields that are
        managed afterwards (so a field that is emptied and kept differs from one that is emptied and forgotten),
        `protect` and `onRemove`, the entities of its name that a creation is knowingly made beside, and of what is
        deleted or archived all that it holds.

        It covers nothing else: not the order of documents, of tags, of alignments or of the server's lists, not where a
        document stands, not times, words, earners or the state's serial, and not what is only written down.
        """
        return digest_of(self.catalog, self.environment, self.server, self.dialect, self.effects)


def sort_problems(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Order problems by weight, address and place."""
    return tuple(sorted(problems, key=lambda item: (item.severity.rank, item.address or "", item.sort_key())))
