"""A reviewed plan against one that was made anew: what may be carried out of it, entity by entity. Pure.

    as planned                          carried out
    already so                          nothing to do: an interrupted run did it, or somebody else
    anything else has changed           refused, naming the side that did: catalog, image, state or server
    needs what was refused              skipped
    in the new plan only                left alone

What is carried out is always a change of the new plan, made from the catalog and the server as they are now; the
reviewed one only decides whether it may be. So nothing that a file says is ever sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from badgeops.api import dialects
from badgeops.api.live import Live
from badgeops.errors import Diagnostic, PlanError
from badgeops.model.address import Address
from badgeops.model.entities import BadgeClass, Catalog, Issuer
from badgeops.model.fields import RECORDED_ONLY, can_be_cleared, cleared, is_readable
from badgeops.model.shape import Json
from badgeops.planning.compare import image_json
from badgeops.planning.plan import Action, Attribute, Cause, Change, Effect, Plan, catalog_fingerprint
from badgeops.review.saved_plan import SavedPlan
from badgeops.state.record import Resource, State

_WANTING = (Action.CREATE, Action.UPDATE, Action.ADOPT)
_FOLLOWS = {
    Action.CREATE: (Action.CREATE, Action.ADOPT),
    Action.UPDATE: (Action.UPDATE,),
    Action.ADOPT: (Action.ADOPT, Action.UPDATE),
}
"""What is left to do of an action when a run that began it was interrupted."""


class Side(StrEnum):
    """Where something is no longer what it was when the plan was made."""

    CATALOG = "catalog"
    IMAGE = "image"
    STATE = "state"
    SERVER = "server"


@dataclass(frozen=True)
class Deviation:
    """One thing that is not as it was planned."""

    side: Side
    what: str = ""
    """What it is, where it is not one field: "its document is gone"."""
    field: str = ""
    planned: tuple[Json, Json] | None = None
    """What the field was when it was planned, and what it was to become; None where it was not to change."""
    now: Json = None
    """What it is now on that side."""


@dataclass(frozen=True)
class Refused:
    """A reviewed change that is not carried out, and why."""

    effect: Effect
    deviations: tuple[Deviation, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    """Errors of the new plan about it."""
    culprit: Address | None = None
    """For what is only skipped: the entity that it needs."""


@dataclass(frozen=True)
class Settled:
    """A reviewed change of which nothing is left to do, or only a part."""

    effect: Effect
    what: str
    """What is so already."""


@dataclass(frozen=True)
class Review:
    """What may be done of a reviewed plan."""

    plan: Plan
    """The new plan, without all that was not reviewed or is refused."""
    refused: tuple[Refused, ...]
    skipped: tuple[Refused, ...]
    settled: tuple[Settled, ...]
    unplanned: tuple[str, ...]
    """What else the new plan would do, and is left alone: "update badge_class.python"."""


def check(saved: SavedPlan, *, catalog: str, environment: str, server: str) -> None:
    """Raise PlanError where a plan was made for something else than what it is to be applied to."""
    for what, planned, here in (
        ("catalog", saved.catalog, catalog),
        ("environment", saved.environment, environment),
        ("server", saved.server, server),
    ):
        if planned != here:
            raise PlanError(
                f"{saved.name} is a plan for the {what} {planned}, but this is {here}. Nothing was changed.",
                hint="Name the right --env or the right catalog, or make a new plan for this one:\n"
                "  badgeops plan --save-plan plan.json",
            )


def check_state(saved: SavedPlan, state: State) -> None:
    """Raise PlanError where a plan was made from another state, or from a newer one than this."""
    again = "Get the state that belongs to the plan (commit and pull it), or make a new plan:\n"
    again += "  badgeops plan --save-plan plan.json"
    # What was planned before there was a state can only be creations, and each is looked at by itself.
    if saved.lineage and saved.lineage != state.lineage:
        raise PlanError(
            f"{saved.name} was made from another state: lineage {saved.lineage}, not "
            f"{state.lineage or 'a state yet to be'}. Nothing was changed.",
            hint=again,
        )
    if saved.lineage and saved.serial > state.serial:
        raise PlanError(
            f"{saved.name} was made from the state with serial {saved.serial}, but the state here has {state.serial}: "
            "it is an old copy. Nothing was changed.",
            hint=again,
        )


def judge(saved: SavedPlan, plan: Plan, catalog: Catalog, state: State, live: Mapping[str, Live]) -> Review:
    """Compare each reviewed change with the plan that was made anew, from this catalog, state and server."""
    if saved.dialect is not plan.dialect:
        raise PlanError(
            f"{saved.name} is a plan for a server with the dialect {saved.dialect}, but this one speaks "
            f"{plan.dialect}. Nothing was changed.",
            hint="Make a new plan:\n  badgeops plan --save-plan plan.json",
        )
    return _Judge(saved, plan, catalog, state, live).review()


class _Judge:
    """One comparison of two plans."""

    def __init__(self, saved: SavedPlan, plan: Plan, catalog: Catalog, state: State, live: Mapping[str, Live]) -> None:
        self.saved = saved
        self.plan = plan
        self.catalog = catalog
        self.state = state
        self.live = live
        self.changes = {change.address: change for change in plan.changes}
        self.errors: dict[str | None, list[Diagnostic]] = {}
        for problem in plan.errors:
            self.errors.setdefault(problem.address, []).append(problem)
        self.agreed: dict[Address, Change] = {}
        self.settled: list[Settled] = []
        self.refused: list[Refused] = []
        self.skipped: list[Refused] = []

    def review(self) -> Review:
        for effect in self.saved.effects:
            self._look_at(effect)
        self._skip_what_cannot_be()
        reviewed = {effect.address for effect in self.saved.effects}
        settled = {item.effect.address for item in self.settled}
        words = {str(address) for address in reviewed}
        plan = replace(
            self.plan,
            changes=tuple(change for change in self.plan.changes if change.address in self.agreed),
            bookkeeping=tuple(change for change in self.plan.bookkeeping if change.address in settled),
            problems=tuple(item for item in self.plan.warnings if item.address is None or item.address in words),
        )
        others = {str(change.address): str(change.action) for change in self.plan.changes}
        unplanned = {address: "cannot be planned:" for address in self.errors if address is not None} | others
        return Review(
            plan,
            tuple(self.refused),
            tuple(self.skipped),
            tuple(self.settled),
            tuple(f"{action} {address}" for address, action in unplanned.items() if address not in words),
        )

    def _look_at(self, effect: Effect) -> None:
        change = self.changes.get(effect.address)
        problems = self.errors.get(str(effect.address))
        if problems:
            self.refused.append(Refused(effect, problems=tuple(problems)))
        elif change is not None and change.effect.is_same_as(effect):
            self.agreed[effect.address] = change
        elif effect.action in _WANTING:
            self._wanted(effect, change)
        else:
            self._removal(effect, change)

    def _refuse(self, effect: Effect, *deviations: Deviation) -> None:
        self.refused.append(Refused(effect, deviations))

    def _skip_what_cannot_be(self) -> None:
        """Take out what waits for a change that is not carried out, and in turn what waits for that."""
        effects = {effect.address: effect for effect in self.saved.effects}
        while True:
            stranded = [
                (address, lacking[0])
                for address, change in self.agreed.items()
                if (lacking := [other for other in change.after if other not in self.agreed])
            ]
            if not stranded:
                return
            for address, culprit in stranded:
                del self.agreed[address]
                self.skipped.append(Refused(effects[address], culprit=culprit))

    # what the catalog wants

    def _wanted(self, effect: Effect, change: Change | None) -> None:
        entity = self.catalog.entities.get(effect.address)
        if entity is None:
            self._refuse(effect, Deviation(Side.CATALOG, "its document is gone"))
            return
        deviations = [*self._of_catalog(effect, entity), *self._of_owner(effect, change)]
        if change is not None and not any(item.side in (Side.STATE, Side.SERVER) for item in deviations):
            named = {item.field for item in deviations}
            deviations += [item for item in self._of_change(effect, change, entity) if item.field not in named]
        if deviations:
            self._refuse(effect, *deviations)
        elif change is None:
            self.settled.append(Settled(effect, "it is as planned already"))
        elif change.action in _FOLLOWS[effect.action]:
            self.agreed[effect.address] = change
            left = {item.name for item in change.attributes}
            done = [name for name in effect.fields if name not in left]
            if done and change.action is effect.action:
                self.settled.append(Settled(effect, f"{', '.join(done)}: as planned already"))
        else:  # of what exists and is ours, `_of_owner` has told already
            self._refuse(effect, Deviation(Side.SERVER, "it exists already and differs from the plan"))

    def _of_catalog(self, effect: Effect, entity: Issuer | BadgeClass) -> Iterator[Deviation]:
        """Yield what the document asks for otherwise than when it was planned."""
        asked = self._asked(effect, entity)
        for name, planned in effect.fields.items():
            if name == "archived":
                continue
            now = asked.pop(name, None)
            if not _same(name, planned[1], now):
                yield Deviation(_side_of_document(name), field=name, planned=planned, now=now)
        if effect.action is Action.CREATE:
            for name, value in asked.items():
                if value and name not in RECORDED_ONLY:
                    yield Deviation(_side_of_document(name), field=name, now=value)
        for name, planned_value, now in (
            ("protect", effect.protect, entity.lifecycle.protect),
            ("onRemove", str(effect.on_remove), str(entity.lifecycle.on_remove)),
        ):
            if planned_value != now and name not in effect.fields:
                yield Deviation(Side.CATALOG, field=name, planned=(planned_value, planned_value), now=now)
        wanted = dialects.wanted(entity, self.plan.dialect).keys()
        ignored = entity.lifecycle.ignore_changes if effect.action is not Action.CREATE else frozenset()
        if set(effect.managed) != wanted - ignored:
            fields = sorted(set(effect.managed) ^ (wanted - ignored))
            yield Deviation(Side.CATALOG, f"the fields that it manages have changed: {', '.join(fields)}")

    def _asked(self, effect: Effect, entity: Issuer | BadgeClass) -> dict[str, Json]:
        """Return what the document asks for now, for every field that it sets or that was to be emptied."""
        asked = {name: cleared(name) for name in effect.fields if can_be_cleared(name)}
        asked |= dialects.wanted(entity, self.plan.dialect)
        asked["image"] = image_json(entity.image) if entity.image is not None else None
        asked |= {"protect": entity.lifecycle.protect, "onRemove": str(entity.lifecycle.on_remove)}
        if isinstance(entity, BadgeClass):
            asked["issuer"] = str(entity.issuer)
        return asked

    def _of_owner(self, effect: Effect, change: Change | None) -> Iterator[Deviation]:
        """Yield what keeps an existing entity from being the one that was planned for."""
        resource = self.state.resources.get(effect.address)
        if effect.action is Action.CREATE:
            return
        if resource is None:
            if effect.action is Action.UPDATE:
                yield Deviation(Side.STATE, "it is not in the state")
            elif change is None or change.entity_id != effect.entity_id:
                yield Deviation(Side.STATE, _NOT_FOUND)
        elif resource.entity_id != effect.entity_id:
            yield _another(effect, resource)
        elif resource.entity_id not in self.live:
            yield Deviation(Side.SERVER, "it is gone from the server")

    def _of_change(self, effect: Effect, change: Change, entity: Issuer | BadgeClass) -> Iterator[Deviation]:
        """Yield what is now to be done otherwise than it was planned."""
        for item in change.attributes:
            planned = effect.fields.get(item.name)
            if planned is None:
                yield Deviation(self._side_of(effect, item, entity), field=item.name, now=_shown(item))
            elif not _same(item.name, planned[0], item.before) and not self._was_us(effect, item):
                is_shown = is_readable(item.name) and item.name not in RECORDED_ONLY
                yield Deviation(
                    Side.SERVER if is_shown else Side.STATE, field=item.name, planned=planned, now=item.before
                )
        new = set(change.beside) - set(effect.beside)
        if new:
            yield Deviation(Side.SERVER, f"another one of its name was created meanwhile: {', '.join(sorted(new))}")

    def _was_us(self, effect: Effect, item: Attribute) -> bool:
        """Tell whether an interrupted update of ours may have put the image there that is shown now."""
        intent = self.state.pending.get(effect.address)
        if intent is None or item.name != "image":
            return False
        wanted = item.after["sha256"]
        return any(each.image and each.image.sha256 == wanted for each in (*intent.earlier, intent.resource))

    def _side_of(self, effect: Effect, item: Attribute, entity: Issuer | BadgeClass) -> Side:
        """Say on which side a field has changed that was not to be touched."""
        if item.cause is not Cause.CATALOG:
            return Side.SERVER
        if catalog_fingerprint(entity, self.plan.dialect) == self.saved.catalog_fingerprints.get(effect.address):
            return Side.STATE
        return _side_of_document(item.name)

    # what is to go

    def _removal(self, effect: Effect, change: Change | None) -> None:
        resource = self.state.resources.get(effect.address)
        if effect.address in self.catalog.entities:
            self._refuse(effect, Deviation(Side.CATALOG, "its document is back"))
        elif resource is None:
            self._removed_already(effect)
        elif resource.entity_id != effect.entity_id:
            self._refuse(effect, _another(effect, resource))
        elif change is not None and _is_done(effect, change):
            self.agreed[effect.address] = change
            self.settled.append(Settled(effect, f"it is {_GONE[effect.action]} already"))
        elif change is None or change.live is None:
            self._refuse(effect, Deviation(Side.SERVER, "it is gone from the server"))
        else:
            self._refuse(effect, *_of_removal(effect, change))

    def _removed_already(self, effect: Effect) -> None:
        """Look at what no state owns any more: the end of an earlier run, or the hand of somebody."""
        live = self.live.get(effect.entity_id or "")
        if effect.action is Action.FORGET or live is None or (effect.action is Action.ARCHIVE and live.archived):
            self.settled.append(Settled(effect, "it is gone from the state already"))
        else:
            self._refuse(effect, Deviation(Side.STATE, "it is not in the state"))


_NOT_FOUND = "the entity to adopt was not found"
_GONE = {Action.DELETE: "deleted", Action.ARCHIVE: "archived"}


def _is_done(effect: Effect, change: Change) -> bool:
    """Tell whether all that is left of a removal is to take it out of the state."""
    if change.action is not Action.FORGET:
        return False
    if effect.action is Action.DELETE:
        return change.live is None
    return change.live is not None and change.live.archived


def _of_removal(effect: Effect, change: Change) -> Iterator[Deviation]:
    """Yield why an entity that is still to go is not to go as it was planned."""
    now = change.effect
    if now.action is not effect.action:
        before, after = str(effect.on_remove), str(now.on_remove)
        yield Deviation(Side.STATE, field="onRemove", planned=(before, before), now=after)
        return
    if now.protect != effect.protect:
        yield Deviation(Side.STATE, field="protect", planned=(effect.protect, effect.protect), now=now.protect)
    for name, planned in effect.fields.items():
        shown = now.fields[name][0] if name in now.fields else None
        if not _same(name, planned[0], shown):
            yield Deviation(Side.SERVER, field=name, planned=planned, now=shown)
    if now.server != effect.server:
        yield Deviation(Side.SERVER, "it was edited on the server")


def _another(effect: Effect, resource: Resource) -> Deviation:
    what = f"it stands for another entity: {resource.entity_id}, not {effect.entity_id}"
    return Deviation(Side.STATE, what)


def _shown(item: Attribute) -> Json:
    """Return the value that a field has on the side that changed."""
    return item.after if item.cause is Cause.CATALOG else item.before


def _side_of_document(name: str) -> Side:
    return Side.IMAGE if name == "image" else Side.CATALOG


def _same(name: str, one: Json, other: Json) -> bool:
    """Compare two values; of two images that are known by their bytes, nothing else counts."""
    if name == "image" and isinstance(one, dict) and isinstance(other, dict) and "sha256" in one and "sha256" in other:
        return bool(one["sha256"] == other["sha256"])
    return dialects.same(name, one, other)


# --- two plans -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One entity about which two plans differ."""

    address: Address
    reviewed: Effect | None
    """None where only the new plan has it."""
    now: Effect | None
    """None where only the reviewed plan has it."""

    @property
    def fields(self) -> list[tuple[str, tuple[Json, Json] | None, tuple[Json, Json] | None]]:
        """The fields that differ: name, (before, after) as reviewed, and now; None where it does not change."""
        reviewed = self.reviewed.fields if self.reviewed is not None else {}
        now = self.now.fields if self.now is not None else {}
        return [
            (name, reviewed.get(name), now.get(name))
            for name in sorted({*reviewed, *now})
            if not _same_step(name, reviewed.get(name), now.get(name))
        ]


def differences(reviewed: SavedPlan, plan: Plan) -> tuple[Difference, ...]:
    """Return where a new plan would not do what the reviewed one would."""
    old = {effect.address: effect for effect in reviewed.effects}
    new = {effect.address: effect for effect in plan.effects}
    found = []
    for address in sorted({*old, *new}):
        before, now = old.get(address), new.get(address)
        if before is None or now is None or not before.is_same_as(now):
            found.append(Difference(address, before, now))
    return tuple(found)


def _same_step(name: str, one: tuple[Json, Json] | None, other: tuple[Json, Json] | None) -> bool:
    if one is None or other is None:
        return False
    return _same(name, one[0], other[0]) and _same(name, one[1], other[1])
