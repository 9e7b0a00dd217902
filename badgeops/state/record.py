"""The state: what badgeops knows it has made on a server, and what it was about to make. Pure.

One JSON document per environment. Per field it keeps the value *sent* and, where the server answered with another,
the value *received*; see docs/how-a-plan-is-made.md for why both are needed. It holds no secret.

While an apply is running, what happens is appended to a *journal* beside the state, one JSON object a line: first the
*intents* (what is about to be written, durable before the first request), then an *outcome* for each as it comes.
`fold` reads a state and a journal together, so that a crash at any moment loses nothing: an intent without an outcome
stays *pending* until a later run has found out what became of it.

The journal's lines:

    {"journal": 1, "lineage": …, "serial": …, "operation": "apply"}      the state it continues
    {"intent": {"address": …, "action": "create", "resource": {…}, "known": [ids], "at": …, "since": …}}
    {"outcome": {"address": …, "resource": {…}}}                         done; null: no longer ours
    {"outcome": {"address": …}}                                          refused by the server: nothing was done
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from badgeops.errors import StateError
from badgeops.model.address import Address, Kind
from badgeops.model.entity_id import checked_entity_id, is_open_badge_id
from badgeops.model.lifecycle import OnRemove
from badgeops.model.moments import moment
from badgeops.model.shape import Fields, check_shapes, one_of_each, strict_json

VERSION = 1
"""Of the format. A state of a newer version is refused: an older badgeops would drop what it does not know."""
FORMAT = "badgeops-state"


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image that was uploaded, and what identifies the one the server shows."""

    sha256: str
    """Of the file that was sent."""
    format: str
    width: int
    height: int
    size: int
    ref: str | None = None
    """The path under which the server showed it afterwards."""
    served_sha256: str | None = None
    """Of the bytes the server shows; kept for SVG only, whose path changes with every PUT."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One entity that is ours, as it was when we last wrote or adopted it."""

    address: Address
    entity_id: str
    open_badge_id: str = ""
    issuer: Address | None = None
    sent: Fields = field(default_factory=dict)
    received: Fields = field(default_factory=dict)
    """Only the fields whose answer differed from what was sent."""
    image: ImageRecord | None = None
    on_remove: OnRemove = OnRemove.FORGET
    protect: bool = False
    unseen: tuple[str, ...] = ()
    """Fields that may hold something that no server shows: somebody else set it, and we have not written since."""

    @property
    def name(self) -> str:
        """The name as the server shows it."""
        return str(self.received.get("name", self.sent.get("name", self.address.key)))

    def recorded(self, name: str) -> Any:  # noqa: ANN401 (JSON)
        """Return the value the server showed for a field when we last wrote it."""
        return self.received[name] if name in self.received else self.sent[name]


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that was about to be done, and whose end is not known."""

    address: Address
    action: str
    """ "create" or "update"."""
    resource: Resource
    """What the entity was to become; its `entity_id` is empty for a creation."""
    known: tuple[str, ...] = ()
    """For a creation: entities that existed before, none of which can be the one we made: those of its name, and those
    that are too young for `since` to tell."""
    issuer_id: str | None = None
    earlier: tuple[Resource, ...] = ()
    """For an update: what others before it were to make of the entity, whose end is not known either; oldest first."""
    at: str = ""
    """When it was about to be sent, by the server's clock; empty in what an older badgeops wrote."""
    since: str | None = None
    """For a creation: when the newest entity beside it had been made by then: older ones are none of ours. "" if there
    was none, None if nobody looked."""

    def after(self, before: Intent | None) -> Intent:
        """Return this intent as it follows one at the same address that is still pending."""
        if before is None or not before.action == self.action == "update":
            return self
        known: list[Resource] = []
        for resource in (*before.earlier, before.resource):
            if resource != self.resource and resource not in known:
                known.append(resource)
        return replace(self, earlier=tuple(known))

    @property
    def taken_back(self) -> Intent | None:
        """What is still pending when the server has refused this one."""
        if not self.earlier:
            return None
        *earlier, last = self.earlier
        return replace(self, resource=last, earlier=tuple(earlier))


@dataclass(frozen=True, slots=True)
class State:
    """Everything recorded about one environment."""

    lineage: str
    """Fixed at birth: two states can be compared only within one lineage."""
    serial: int
    """Up by one at each write that changes something."""
    environment: str
    server: str
    """The server's identity: its base URL, or "sandbox"."""
    resources: Mapping[Address, Resource] = field(default_factory=dict)
    pending: Mapping[Address, Intent] = field(default_factory=dict)
    images_until: str = ""
    """Until when, by the server's clock, every image was known to be the recorded one, if its address does not tell."""

    def with_resource(self, resource: Resource) -> State:
        """Return a state in which the resource is recorded and nothing is pending at its address."""
        return replace(
            self,
            resources={**self.resources, resource.address: resource},
            pending={key: value for key, value in self.pending.items() if key != resource.address},
        )

    def without(self, address: Address) -> State:
        """Return a state that knows nothing of the address."""
        return replace(
            self,
            resources={key: value for key, value in self.resources.items() if key != address},
            pending={key: value for key, value in self.pending.items() if key != address},
        )

    def same_content(self, other: State) -> bool:
        """Tell whether two states differ in their serial at most."""
        return replace(self, serial=0) == replace(other, serial=0)


def rename(state: State, before: Address, after: Address) -> State:
    """Return a state in which an entity has another address, also where others name it as their issuer."""

    def renamed(resource: Resource) -> Resource:
        return replace(
            resource,
            address=after if resource.address == before else resource.address,
            issuer=after if resource.issuer == before else resource.issuer,
        )

    resources = (renamed(resource) for resource in state.resources.values())
    pending = (
        replace(
            intent,
            address=after if intent.address == before else intent.address,
            resource=renamed(intent.resource),
            earlier=tuple(map(renamed, intent.earlier)),
        )
        for intent in state.pending.values()
    )
    return replace(
        state,
        resources={resource.address: resource for resource in resources},
        pending={intent.address: intent for intent in pending},
    )


# --- JSON ----------------------------------------------------------------------------------------------------------


def dumps(state: State) -> str:
    """Write a state as JSON: sorted, one resource a line, so that git shows what changed."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "lineage": state.lineage,
        "serial": state.serial,
        "environment": state.environment,
        "server": state.server,
    }
    if state.images_until:
        head["imagesUntil"] = state.images_until
    lines = ["{"]
    lines += [f"  {_compact(key)}: {_compact(value)}," for key, value in head.items()]
    lines += _block("resources", (resource_json(state.resources[key]) for key in sorted(state.resources)), ",")
    lines += _block("pending", (_intent_json(state.pending[key]) for key in sorted(state.pending)), "")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _block(name: str, items: Iterable[Fields], comma: str) -> list[str]:
    texts = [f"    {_compact(item)}" for item in items]
    if not texts:
        return [f'  "{name}": []{comma}']
    return [f'  "{name}": [', *(text + "," for text in texts[:-1]), texts[-1], f"  ]{comma}"]


_encode = json.JSONEncoder(ensure_ascii=False).encode
"""Made once: `json.dumps` makes an encoder for each call that asks for anything unusual."""


def _compact(value: Any) -> str:  # noqa: ANN401 (JSON)
    """Return JSON on one line. Half a surrogate pair, which is no text but can come from a server, stays escaped."""
    return _encode(value).encode("utf-8", "backslashreplace").decode()


def resource_json(resource: Resource) -> Fields:
    """Return one resource as it is stored."""
    result: Fields = {
        "address": str(resource.address),
        "entityId": resource.entity_id,
        "openBadgeId": resource.open_badge_id,
        "onRemove": str(resource.on_remove),
        "protect": resource.protect,
        "sent": resource.sent,
        "received": resource.received,
    }
    if resource.issuer is not None:
        result["issuer"] = str(resource.issuer)
    if resource.unseen:
        result["unseen"] = list(resource.unseen)
    if resource.image is not None:
        image = resource.image
        result["image"] = {
            "sha256": image.sha256,
            "format": image.format,
            "width": image.width,
            "height": image.height,
            "size": image.size,
            "ref": image.ref,
            "servedSha256": image.served_sha256,
        }
    return result


def _intent_json(intent: Intent) -> Fields:
    result: Fields = {
        "address": str(intent.address),
        "action": intent.action,
        "resource": resource_json(intent.resource),
        "known": list(intent.known),
        "issuerId": intent.issuer_id,
    }
    if intent.earlier:
        result["earlier"] = [resource_json(resource) for resource in intent.earlier]
    if intent.at:
        result["at"] = intent.at
    if intent.since is not None:
        result["since"] = intent.since
    return result


def loads(text: str, *, name: str) -> State:
    """Read a state. StateError, naming the file, where it is damaged, of a newer version, or no state at all."""
    try:
        data = strict_json(text, hook=one_of_each())
    except (ValueError, RecursionError) as error:
        raise damaged(name, f"it is not JSON ({error})") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise damaged(name, f'it lacks "format": "{FORMAT}"')
    _check_version(f"The state {name}", data.get("version"))
    try:
        return _state(data)
    except _MALFORMED as error:
        raise damaged(name, f"part of it is missing or malformed ({_brief(error)})") from error


_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
"""What reading a part raises where it is not as it was written."""


def _check_version(what: str, version: object) -> None:
    if version.__class__ is not int or version != VERSION:
        raise StateError(
            f"{what} has format version {_brief(repr(version))}; this badgeops knows version {VERSION}.",
            hint="It was written by another version of badgeops. Use that version, or a newer one. "
            "Nothing was changed.",
        )


def _brief(words: object) -> str:
    """Return what is wrong without the whole of a damaged file in it."""
    text = str(words)
    return text if len(text) <= 200 else text[:199] + "…"


def damaged(name: str, why: str) -> StateError:
    """Return the error for a state that cannot be read as one; a backend uses it for bytes that are no text."""
    return StateError(
        f"The state {name} is damaged: {why}.",
        hint=f"Restore it from version control, or from its backup {name}.backup if there is one, and run badgeops "
        "again. Nothing was changed.",
    )


_HEAD = frozenset(
    {"format", "version", "lineage", "serial", "environment", "server", "imagesUntil", "resources", "pending"}
)
_RESOURCE = frozenset(
    {"address", "entityId", "openBadgeId", "onRemove", "protect", "sent", "received", "issuer", "image", "unseen"}
)
_IMAGE = frozenset({"sha256", "format", "width", "height", "size", "ref", "servedSha256"})
_INTENT = frozenset({"address", "action", "resource", "known", "issuerId", "earlier", "at", "since"})


def _check_names(data: Mapping[str, Any], known: frozenset[str]) -> None:
    """Raise ValueError for what would be dropped at the next write: a name with a wrong letter, or a newer format."""
    if not data.keys() <= known:
        raise ValueError(f"no field is called {min(data.keys() - known)!r}")


def check(state: State, known: State | None = None) -> None:
    """Raise StateError where a state, once written, would be refused or read as another one.

    What is the very same in `known`, which was read or checked before, is not looked at again.
    """
    head = replace(state, resources={}, pending={})
    resources, pending = ({}, {}) if known is None else (known.resources, known.pending)
    try:
        _check_same(head, _state(strict_json(dumps(head))))
        _check_owners(state.resources)
        for address, resource in state.resources.items():
            if resource is not resources.get(address):
                _check_resource(address, resource)
        for address, intent in state.pending.items():
            if intent is not pending.get(address):
                _check_intent(address, intent)
    except (*_MALFORMED, RecursionError) as error:
        raise unwritable(error) from error


def check_outcome(address: Address, resource: Resource | None = None) -> None:
    """Raise StateError where what became of an entity, once written, would be refused or read as something else."""
    try:
        _check_same(_address(str(address)), address)
        if resource is not None:
            _check_resource(address, resource)
    except (*_MALFORMED, RecursionError) as error:
        raise unwritable(error, address) from error


def check_intent(intent: Intent) -> None:
    """Raise StateError where an intent, once written, would be refused or read as another one."""
    try:
        _check_intent(intent.address, intent)
    except (*_MALFORMED, RecursionError) as error:
        raise unwritable(error, intent.address) from error


def _check_resource(address: Address, resource: Resource) -> None:
    _check_same(resource.address, address)
    text = _compact(resource_json(resource))
    _check_same(_compact(resource_json(_resource(strict_json(text)))), text)


def _check_intent(address: Address, intent: Intent) -> None:
    _check_same(intent.address, address)
    text = _compact(_intent_json(intent))
    _check_same(_compact(_intent_json(_intent(strict_json(text)))), text)


def _check_same(read: object, written: object) -> None:
    if read != written:
        raise ValueError("it would be read as something else")


def unwritable(why: object, address: Address | None = None) -> StateError:
    """Return the error that keeps from being written what could not be read again."""
    return StateError(
        f"What is to be recorded{f' of {address}' if address else ''} could not be read again: {_brief(why)}.",
        hint="badgeops did not write it. What was recorded before is as it was, and the next run looks at the server. "
        "Please report this, with the message.",
    )


def _state(data: Mapping[str, Any]) -> State:
    _check_names(data, _HEAD)
    resources = [_resource(item) for item in _list(data["resources"])]
    intents = [_intent(item) for item in _list(data["pending"])]
    state = State(
        lineage=_text(data["lineage"]),
        serial=_whole(data["serial"]),
        environment=_text(data["environment"]),
        server=_text(data["server"]),
        resources={resource.address: resource for resource in resources},
        pending={intent.address: intent for intent in intents},
        images_until=_text(data.get("imagesUntil", "")),
    )
    if len(state.resources) != len(resources) or len(state.pending) != len(intents):
        raise ValueError("an address occurs twice")
    _check_owners(state.resources)
    return state


def _check_owners(resources: Mapping[Address, Resource]) -> None:
    """Raise ValueError where an entity has two names."""
    if len({resource.entity_id for resource in resources.values()}) != len(resources):
        raise ValueError("two addresses claim the same entityId")


def _resource(data: Mapping[str, Any], *, to_be_created: bool = False) -> Resource:
    _check_names(data, _RESOURCE)
    image, issuer = data.get("image"), data.get("issuer")
    entity_id = _text(data["entityId"])
    if not entity_id and not to_be_created:
        raise ValueError(f"{data['address']} has no entityId")
    return Resource(
        address=_address(data["address"]),
        entity_id=checked_entity_id(entity_id) if entity_id else "",
        open_badge_id=_open_badge_id(data["openBadgeId"]),
        issuer=_address(issuer) if issuer is not None else None,
        sent=_fields(data["sent"]),
        received=_fields(data["received"]),
        image=_image(image) if image is not None else None,
        on_remove=OnRemove(data["onRemove"]),
        protect=_truth(data["protect"]),
        unseen=tuple(map(_text, _list(data.get("unseen", [])))),
    )


def _image(data: Mapping[str, Any]) -> ImageRecord:
    _check_names(data, _IMAGE)
    return ImageRecord(
        sha256=_text(data["sha256"]),
        format=_text(data["format"]),
        width=_whole(data["width"]),
        height=_whole(data["height"]),
        size=_whole(data["size"]),
        ref=_optional(data.get("ref")),
        served_sha256=_optional(data.get("servedSha256")),
    )


def _intent(data: Mapping[str, Any]) -> Intent:
    _check_names(data, _INTENT)
    return Intent(
        address=_address(data["address"]),
        action=_one_of(data["action"], "create", "update"),
        resource=_resource(data["resource"], to_be_created=True),
        known=tuple(_text(item) for item in _list(data["known"])),
        issuer_id=checked_entity_id(data["issuerId"]) if data.get("issuerId") is not None else None,
        earlier=tuple(_resource(item) for item in _list(data.get("earlier", []))),
        at=_moment(data.get("at", "")),
        since=_moment(data["since"]) if data.get("since") is not None else None,
    )


def _address(value: object) -> Address:
    """Read the address of something that a server holds."""
    address = Address.parse(_text(value))
    if address.kind not in (Kind.ISSUER, Kind.BADGE_CLASS):
        raise ValueError(f"{address} is not the address of an entity")
    return address


def _open_badge_id(value: object) -> str:
    if not is_open_badge_id(value):
        raise ValueError(f"{value!r} is no openBadgeId")
    return value


def _moment(value: object) -> str:
    """Read a moment as it is written; nothing is one, too."""
    text = _text(value)
    if text and moment(text) is None:
        raise ValueError(f"{text!r} is not a moment")
    return text


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def _one_of(value: object, *words: str) -> str:
    if value not in words:
        raise ValueError(f"{value!r} is none of {', '.join(words)}")
    return _text(value)


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise TypeError(f"{value!r} is not a whole number from 0 on")
    return value


def _fields(value: object) -> Fields:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is not a list of fields")
    check_shapes(value)
    return value


# --- the journal ---------------------------------------------------------------------------------------------------


def journal_head(state: State, operation: str) -> str:
    """Return the first line of a journal that continues a state."""
    head = {"journal": VERSION, "lineage": state.lineage, "serial": state.serial, "operation": operation}
    return _compact(head) + "\n"


def journal_intent(intent: Intent) -> str:
    """Return the line that announces a write."""
    return _compact({"intent": _intent_json(intent)}) + "\n"


def journal_done(address: Address, resource: Resource | None) -> str:
    """Return the line that records a write that was done; None: the entity is no longer ours."""
    value = resource_json(resource) if resource is not None else None
    return _compact({"outcome": {"address": str(address), "resource": value}}) + "\n"


def journal_refused(address: Address) -> str:
    """Return the line that takes an intent back: the server certainly did nothing."""
    return _compact({"outcome": {"address": str(address)}}) + "\n"


def take_back(pending: dict[Address, Intent], address: Address) -> None:
    """Take an intent back that the server has refused; what was pending before it is so again."""
    intent = pending.pop(address, None)
    if intent is not None and (left := intent.taken_back) is not None:
        pending[address] = left


def fold(state: State, journal: str, *, name: str) -> State:
    """Return the state with all that a journal tells.

    A last line that was cut off while it was written is left out: what it told of is still pending, or had not begun.
    So is all from a NUL on, which JSON never holds: a disk that lost its power shows zeros where the last bytes were to
    be, and none of them had been confirmed.
    A journal that continues an older serial of the same lineage has been folded before and is left out whole.
    StateError for any other damage, and for a journal of another state.
    """
    *lines, _cut = journal.partition("\0")[0].split("\n")
    if not lines:
        return state
    try:
        entries = [strict_json(line) for line in lines]
        head, rest = entries[0], entries[1:]
        _check_version(f"The journal {name}", head["journal"])
        if _text(head["lineage"]) != state.lineage or _whole(head["serial"]) > state.serial:
            raise StateError(
                f"The journal {name} belongs to another state (lineage {head['lineage']}, serial {head['serial']}).",
                hint="The state file was replaced while an apply had not finished. Put back the state that belongs to "
                "it (see its .backup and version control), or move the journal away if you are certain "
                "that the state is complete. Nothing was changed.",
            )
        if head["serial"] < state.serial:
            return state
        resources, pending = dict(state.resources), dict(state.pending)
        for entry in rest:
            _replay(entry, resources, pending)
        return folded(state, resources, pending, name=name)
    except (*_MALFORMED, RecursionError) as error:
        raise damaged_journal(name, f"part of it is missing or malformed ({_brief(error)})") from error


def folded(
    state: State, resources: Mapping[Address, Resource], pending: Mapping[Address, Intent], *, name: str
) -> State:
    """Return the state with what a journal has made of its contents; StateError where an entity has two names."""
    try:
        _check_owners(resources)
    except ValueError as error:
        raise damaged_journal(name, _brief(error)) from error
    return replace(state, resources=resources, pending=pending)


def damaged_journal(name: str, why: str) -> StateError:
    """Return the error for a journal that cannot be read as one; a backend uses it for bytes that are no text."""
    return StateError(
        f"The journal {name} is damaged: {why}.",
        hint="It records an apply that did not finish. Restore it, or move it away and check the next plan with care: "
        "it may list entities of that apply as unmanaged. Nothing was changed.",
    )


def _replay(entry: Mapping[str, Any], resources: dict[Address, Resource], pending: dict[Address, Intent]) -> None:
    _check_names(entry, frozenset({"intent"} if "intent" in entry else {"outcome"}))
    if "intent" in entry:
        intent = _intent(entry["intent"])
        pending[intent.address] = intent.after(pending.get(intent.address))
        return
    outcome = entry["outcome"]
    _check_names(outcome, frozenset({"address", "resource"}))
    address = _address(outcome["address"])
    if "resource" not in outcome:
        take_back(pending, address)
        return
    pending.pop(address, None)
    if outcome["resource"] is None:
        resources.pop(address, None)
    else:
        resource = _resource(outcome["resource"])
        if resource.address != address:
            raise ValueError(f"it records {resource.address} as {address}")
        resources[address] = resource
