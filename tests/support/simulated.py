"""A server in memory, as far as planning needs one: it stores what a plan sends, by the rules of the v2 API.

It is simpler than the sandbox and quick enough for thousands of examples. `Server.apply` carries a plan out and
returns the state that a real apply would leave behind.
"""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from badgeops.api import dialects
from badgeops.api.live import Live, parse_live
from badgeops.applying.writes import Writer
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Catalog
from badgeops.model.fields import NEVER, of_kind
from badgeops.model.text_rules import effective_text
from badgeops.planning.plan import Action, Change, Plan
from badgeops.planning.planner import Options, Snapshot, build
from badgeops.state.record import State

Payload = dict[str, Any]
HOST = "https://badges.example"
ALIGNMENT = ("targetName", "targetUrl", "targetDescription", "targetFramework", "targetCode")


def entity_id(*parts: object) -> str:
    """Return an id as servers make them: 22 characters, always the same for the same parts."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def new_state(environment: str = "here", server: str = HOST) -> State:
    """Return the state of an environment in which nothing was ever applied."""
    return State("00000000-0000-4000-8000-000000000000", 0, environment, server)


class Server:
    """Issuers and badge classes by entityId, in the API's own JSON."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.entities: dict[str, Payload] = {}
        self.images = 0
        self.sent_images: dict[str, str | None] = {}
        """Where the images stand that came with creations, by entityId."""
        self.made = 0

    # what a refresh and a plan would see

    def live(self, number: str) -> Live:
        """Return an entity as `api.live` reads it."""
        payload = self.entities[number]
        return parse_live(Kind(payload["entityType"]), payload)

    def snapshot(self, same_images: Iterable[str] = ()) -> Snapshot:
        """Return what a refresh would find."""
        live = {number: self.live(number) for number in self.entities}
        own = frozenset(
            number for number, url in self.sent_images.items() if number in live and live[number].image_url == url
        )
        return Snapshot(self.dialect, live, same_images=frozenset(same_images), requests=2, own_images=own)

    def plan(self, catalog: Catalog, state: State, options: Options | None = None) -> Plan:
        """Plan against what is stored now."""
        return build(catalog, state, self.snapshot(), options or Options())

    # what an apply would do

    def apply(self, plan: Plan, state: State) -> State:
        """Carry a plan out and return the state afterwards."""
        issuers = {address: item.entity_id for address, item in state.resources.items() if address.kind is Kind.ISSUER}
        for before, intent in plan.handed_over:
            rest = {address: other for address, other in state.pending.items() if address != before}
            state = replace(state, pending={**rest, intent.address: intent})
        for change in plan.bookkeeping:
            state = state.with_resource(change.record) if change.record else state.without(change.address)
        for change in _ordered(plan.changes):
            state = self._carry_out(change, state, issuers)
        return replace(state, serial=state.serial + 1)

    def _carry_out(self, change: Change, state: State, issuers: dict[Address, str]) -> State:
        if change.action in (Action.DELETE, Action.ARCHIVE, Action.FORGET):
            self._remove(change)
            return state.without(change.address)
        is_new = change.action is Action.CREATE
        number = self._create(change, issuers) if is_new else self._update(change)
        if change.address.kind is Kind.ISSUER:
            issuers[change.address] = number
        if change.action is Action.ADOPT and not change.attributes:
            assert change.record is not None
            return state.with_resource(change.record)
        return state.with_resource(Writer.resource(change, self.live(number)))

    def _remove(self, change: Change) -> None:
        if change.live is None or change.action is Action.FORGET:
            return
        if change.action is Action.ARCHIVE:
            self.entities[change.live.entity_id]["archived"] = True
        else:
            del self.entities[change.live.entity_id]

    def _create(self, change: Change, issuers: Mapping[Address, str]) -> str:
        entity, kind = change.entity, change.address.kind
        issuer = issuers[entity.issuer] if isinstance(entity, BadgeClass) else None
        self.made += 1
        number = entity_id(change.address, self.made)
        body = dialects.create_body(kind, change.managed, issuer_id=issuer, image=_image(change))
        self.entities[number] = self.blank(kind, number, issuer)
        self.put(number, body)
        self.sent_images[number] = self.entities[number]["image"]
        return number

    def _update(self, change: Change) -> str:
        assert change.live is not None
        number = change.live.entity_id
        if change.live.archived:
            self.entities[number]["archived"] = False
        image = _image(change)
        if change.changed or image:
            sent = change.record.sent if change.record is not None else {}
            now = parse_live(change.live.kind, self.entities[number], whole=True)
            body = dialects.update_body(now, self.dialect, change.managed, change.changed, sent=sent, image=image)
            if self.dialect is Dialect.HOSTED:
                self.empty(number)
            self.put(number, body)
        return number

    def blank(self, kind: Kind, number: str, issuer: str | None) -> Payload:
        """Return an entity without content."""
        path = "issuers" if kind is Kind.ISSUER else "badges"
        optional = {
            field.name: None if field.empty is NEVER else copy.deepcopy(field.empty)
            for field in of_kind(kind, self.dialect)
            if field.is_readable
        }
        shown: Payload = {
            **optional,
            "entityType": kind.value,
            "entityId": number,
            "openBadgeId": f"{HOST}/public/{path}/{number}",
            "createdAt": f"2026-01-01T00:00:{self.made:02}Z",
            "name": "",
            "image": None,
        }
        if kind is Kind.ISSUER:
            return {**shown, "url": "", "email": ""}
        archived = {"archived": False} if self.dialect is Dialect.HOSTED else {}
        return {**shown, "issuer": issuer, "expires": {"amount": None, "duration": None}, **archived}

    def empty(self, number: str) -> None:
        """Drop what a PUT may leave out: the hosted service documents that it replaces the whole entity."""
        entity = self.entities[number]
        blank = self.blank(Kind(entity["entityType"]), number, entity.get("issuer"))
        optional = {
            field.name for field in of_kind(Kind(entity["entityType"]), self.dialect) if field.empty is not NEVER
        }
        entity |= {name: value for name, value in blank.items() if name in optional}

    def put(self, number: str, body: Mapping[str, Any]) -> None:
        """Merge a body into an entity as the server does."""
        entity = self.entities[number]
        for name, value in body.items():
            if name in entity and name not in ("entityId", "issuer", "image"):
                entity[name] = _stored(name, value, entity[name])
        image = str(body.get("image"))
        is_svg = "svg" in image.partition(";")[0]
        moves = str(entity["image"]).endswith(".svg")  # an SVG gets a new address at every PUT
        if image.startswith("data:") or moves:
            self.images += 1
            is_svg = is_svg if image.startswith("data:") else moves
            entity["image"] = f"{HOST}/media/uploads/{self.images}.{'svg' if is_svg else 'png'}"


def _ordered(changes: Iterable[Change]) -> list[Change]:
    """Return changes so that each comes after those it waits for."""
    waiting, done, result = list(changes), set[Address](), list[Change]()
    addresses = {change.address for change in waiting}
    while waiting:
        ready = [change for change in waiting if not (set(change.after) & addresses) - done]
        assert ready, "the plan's order goes in circles"
        result += ready
        done |= {change.address for change in ready}
        waiting = [change for change in waiting if change not in ready]
    return result


def _image(change: Change) -> str | None:
    return dialects.data_uri(change.upload, b"picture") if change.upload is not None else None


def _stored(name: str, value: Any, now: Any) -> Any:
    if name == "expires":
        return now if value is None else dict(value)
    if name == "tags":
        return _merged([effective_text(tag) for tag in value], now)
    if name == "alignments":
        return _merged([_alignment(item) for item in value], now)
    return effective_text(value) if isinstance(value, str) else value


def _alignment(item: Mapping[str, Any]) -> Payload:
    texts = {name: effective_text(item[name]) if item.get(name) is not None else None for name in ALIGNMENT}
    return texts | ({"displayAsSkill": item["displayAsSkill"]} if "displayAsSkill" in item else {})


def _merged(value: list[Any], now: list[Any]) -> list[Any]:
    """Keep what is there in its order and append what is new: a PUT cannot reorder."""
    kept = [item for item in now if item in value]
    return kept + [item for item in value if item not in kept]
