"""Desired, recorded and live -> a Plan. Pure: values in, a value out.

The catalog is walked first, then what is left of the state. What is deleted is what the state says is ours, and
nothing else; a live entity outside the state is at most counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from badgeops.api import dialects
from badgeops.api.live import Live
from badgeops.errors import Diagnostic, Severity
from badgeops.model.address import Address, Kind
from badgeops.model.allowances import NOTHING, Allowances, What, spelled
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Catalog, Entity, Issuer
from badgeops.model.lifecycle import OnRemove
from badgeops.model.moments import Moment
from badgeops.planning.account import Account
from badgeops.planning.compare import Comparison, image_json, nothing_to_do
from badgeops.planning.handover import Handover, Name, hand_over, name_of
from badgeops.planning.interrupted import Interrupted
from badgeops.planning.namesakes import Namesakes, recorded_as, twins, unrecorded
from badgeops.planning.newcomers import Arrivals, earlier
from badgeops.planning.plan import Action, Attribute, Cause, Change, Plan, Unmanaged, sort_problems
from badgeops.planning.refusals import is_kept, not_made_again, not_taken_out, protected, protected_and_gone
from badgeops.planning.remedies import not_empty
from badgeops.planning.strangers import unreadable
from badgeops.planning.words import Finding, entities, quoted
from badgeops.state.record import Intent, Resource, State


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the images whose address does not tell which image it is."""

    until: str = ""
    """When it began, by the server's clock; empty if the server does not tell the time."""
    found: Mapping[str, str | None] = field(default_factory=dict)
    """What identifies the images that were looked at, by entityId; None if the server does not say."""


@dataclass(frozen=True)
class Snapshot:
    """What the server showed in one refresh."""

    dialect: Dialect
    live: Mapping[str, Live]
    """By entityId."""
    hidden: frozenset[str] = frozenset()
    """Recorded entities that this account does not see, and that are not known to be gone."""
    doubts: Mapping[str, str] = field(default_factory=dict)
    """Those of them that may be gone, by entityId: what came instead of an answer that would tell."""
    same_images: frozenset[str] = frozenset()
    """Entities whose image has another address than recorded and yet the same bytes."""
    requests: int = 0
    now: Moment | None = field(default=None, compare=False)
    """When, by the server's clock; None if that is not known."""
    images: Look = field(default=Look(), compare=False)
    own_images: frozenset[str] = frozenset()
    """Entities that the state does not know, and whose image is what the server makes of one that a creation of ours
    has sent whose end is not known."""


@dataclass(frozen=True)
class Options:
    """What the user wants beyond the defaults."""

    allowed: Allowances = NOTHING
    destroy: bool = False
    """Delete whatever the state owns, whatever the catalog says."""
    recreate_after: float | None = None
    """Seconds before a creation whose end is not known is sent again; None for as long as is usual."""


def build(catalog: Catalog, state: State, snapshot: Snapshot, options: Options = Options()) -> Plan:
    """Return the plan that makes the server what the catalog says."""
    return _Builder(catalog, state, snapshot, options).plan()


class _Builder:
    """One run of the planner: walks the catalog, then what is left of the state, and collects."""

    def __init__(self, catalog: Catalog, state: State, snapshot: Snapshot, options: Options) -> None:
        self.catalog = catalog
        self.state = state
        self.snapshot = snapshot
        self.dialect = snapshot.dialect
        self.options = options
        self.changes: list[Change] = []
        self.bookkeeping: list[Change] = []
        self.problems: list[Diagnostic] = []
        self.unchanged = 0
        self.adopted: set[Address] = set()
        issuer_ids = {
            address: resource.entity_id
            for address, resource in state.resources.items()
            if address.kind is Kind.ISSUER and resource.entity_id in snapshot.live
        }
        owned = {resource.entity_id: address for address, resource in state.resources.items()}
        self.account = Account(
            snapshot.now,
            Namesakes(snapshot.live.values()),
            Arrivals(snapshot.live, frozenset(owned), snapshot.now),
            owned,
            issuer_ids,
            snapshot.own_images,
        )
        self.handover = Handover(state.pending)
        if state.pending and not options.destroy:  # what is destroyed goes to no document
            self.handover = hand_over(catalog, state, snapshot.live.keys() | snapshot.hidden)
        self.interrupted = Interrupted(self.handover.pending, self.account, options.recreate_after)
        self.nameless = _without_an_entity(catalog, state, snapshot)
        self.unclaimed: dict[Address, set[str]] = {}
        """Documents that could be a live entity that the state does not know: its entityIds."""

    def plan(self) -> Plan:
        for entity in () if self.options.destroy else self._documents():
            self._entity(entity)
        wanted = frozenset() if self.options.destroy else self.catalog.entities.keys()
        for address in (self.state.resources.keys() | self.handover.pending.keys()) - wanted:
            self._removed(address)
        self._check_issuer_deletes()
        self._check_documents()
        self._report_twins()
        self.problems += unreadable(self.snapshot.live.values())
        return Plan(
            environment=self.state.environment,
            server=self.state.server,
            dialect=self.dialect,
            lineage=self.state.lineage,
            serial=self.state.serial,
            changes=tuple(sorted(self.changes, key=lambda change: change.sort_key)),
            seen=frozenset(self.snapshot.live),
            bookkeeping=tuple(sorted(self.bookkeeping, key=lambda change: change.sort_key)),
            unchanged=self.unchanged,
            unmanaged=self._unmanaged(),
            problems=sort_problems(self.problems),
            managed=len(self.state.resources),
            handed_over=self.handover.changed(self.state.pending),
            catalog=self.catalog.name,
        )

    def _report_twins(self) -> None:
        """Warn of what the account has twice: of two runs that knew nothing of each other, each has made one."""
        for group in self.account.namesakes.groups():
            ours = [address for live in group if (address := self.account.owner_of(live)) is not None]
            strangers = sorted(
                live.entity_id for live in group if live.entity_id not in self.account.owned and not live.archived
            )
            for address in ours[:1] if strangers else ():
                entity = self.catalog.entities.get(address)
                if entity is not None and not entity.lifecycle.allow_duplicate_name:
                    self._warn(*twins(entity, strangers), entity, ("name",))

    # entities of the catalog

    def _documents(self) -> Iterable[Issuer | BadgeClass]:
        """Return issuers before badge classes, and first those that an interrupted run may have created.

        What is theirs must not look like a stranger's to another document of that name.
        """
        entities, pending = self.catalog.entities.values(), self.handover.pending
        if not pending:
            return entities
        return sorted(entities, key=lambda one: (one.address.kind is Kind.BADGE_CLASS, one.address not in pending))

    def _entity(self, entity: Issuer | BadgeClass) -> None:
        for path, text in dialects.unsupported(entity, self.dialect):
            self._warn("field-not-stored", f"this server does not store {text}", _NOT_STORED, entity, path)
        self._check_archive(entity)
        resource = self.state.resources.get(entity.address)
        live = self.snapshot.live.get(resource.entity_id) if resource is not None else None
        if dialects.lacks_description(entity, self.dialect) and not (live and live.fields.get("description")):
            self._warn(
                "missing-description",
                "this issuer has no description",
                "The hosted service refuses to change an issuer without a description. Add a `description:` that "
                "says what the issuer is and does.",
                entity,
            )
        if resource is None:
            self._new(entity)
        elif live is not None:
            self._existing(entity, resource, live, self.handover.pending.get(entity.address))
        else:
            self._unseen(entity, resource)

    def _check_archive(self, entity: Issuer | BadgeClass) -> None:
        if entity.lifecycle.on_remove is not OnRemove.ARCHIVE:
            return
        if self.dialect is not Dialect.HOSTED or entity.address.kind is Kind.ISSUER:
            self._warn(
                "cannot-archive",
                "this server cannot archive it",
                "Only the hosted service archives, and only badge classes. Once the document is removed, the plan "
                "would stop there: write `forget` or `delete`.",
                entity,
                ("lifecycle", "onRemove"),
            )

    def _unseen(self, entity: Issuer | BadgeClass, resource: Resource) -> None:
        """Create again what is gone. What may be there is not made twice."""
        doubt = self.snapshot.doubts.get(resource.entity_id, "")
        if resource.entity_id not in self.snapshot.hidden:
            self._lost(entity, resource)
        elif doubt and self.options.allowed.allows(What.GONE, entity.address):
            self._new(entity, reason="is taken for gone; apply creates it again")
        else:
            self._error(*not_made_again(entity.address, doubt), entity)

    def _lost(self, entity: Issuer | BadgeClass, resource: Resource) -> None:
        self._new(entity, reason="is gone from the server; apply creates it again", lost=resource)

    def _new(self, entity: Issuer | BadgeClass, reason: str = "", lost: Resource | None = None) -> None:
        intent = self.handover.pending.get(entity.address)
        if intent is not None and intent.action != "create":
            intent = None
        if intent is not None and self._settle_creation(entity, intent):
            return
        if self._is_nobodys(entity) and self._name_is_free(entity) and self._may_be_made_again(entity):
            self._create(entity, reason, lost, intent)

    def _is_nobodys(self, entity: Issuer | BadgeClass) -> bool:
        """Refuse to make what an interrupted run may have made for a document that is gone."""
        if self.options.allowed.allows(What.RECREATE, entity.address):
            return True
        problem = self.interrupted.bequests(entity, self.catalog.entities)
        if problem is not None:
            self._error(*problem, entity)
        return problem is None

    def _may_be_made_again(self, entity: Issuer | BadgeClass) -> bool:
        """Refuse to make a second one of what is protected: somebody has to look what became of the first."""
        resource = self.state.resources.get(entity.address)
        if resource is None or not is_kept(resource, entity, self.options.allowed):
            return True
        self._error(*protected_and_gone(entity.address, is_wanted=True), entity)
        return False

    def _settle_creation(self, entity: Issuer | BadgeClass, intent: Intent) -> bool:
        """Adopt what an interrupted run created. False if it created nothing, as far as can be known."""
        is_decided = self.options.allowed.allows(What.RECREATE, entity.address)
        verdict = self.interrupted.settle(intent, is_decided=is_decided)
        if verdict.live is not None:
            self._take_over(entity, intent, verdict.live)
        elif verdict.problem is not None:
            self._error(*verdict.problem, entity)
        return verdict.is_settled

    def _take_over(self, entity: Issuer | BadgeClass, intent: Intent, live: Live) -> None:
        image = intent.resource.image if live.entity_id in self.account.own_images else None
        resource = replace(
            intent.resource,
            entity_id=live.entity_id,
            received=dialects.expected(intent.resource.sent, live),
            # One of which nobody knows whether it is ours is not believed: ours is uploaded again.
            image=replace(image, ref=live.image_ref) if image is not None else None,
        )
        self._adopt(entity, resource, live, "was created by an interrupted run; apply adopts it")

    def _adopt(self, entity: Issuer | BadgeClass, resource: Resource, live: Live, reason: str) -> None:
        self.account.take(entity.address, live)
        self.adopted.add(entity.address)
        comparison = Comparison(entity, resource, live, None, self.dialect, image_is_same=True)
        self._check_issuer(entity, live)
        self._compared(Action.ADOPT, entity, live, comparison, reason)

    def _name_is_free(self, entity: Issuer | BadgeClass) -> bool:
        """Refuse to make a second entity of one name beside one that nobody told us about."""
        issuer_id = self.account.issuer_ids.get(entity.issuer) if isinstance(entity, BadgeClass) else None
        if isinstance(entity, BadgeClass) and issuer_id is None:
            return True  # its issuer is yet to be made
        if self.options.allowed.allows(What.DUPLICATE_NAME, entity.address):
            return True
        taken = [
            live
            for live in self.account.namesakes.of(entity.address.kind, issuer_id, entity.name.strip())
            # The catalog itself has two of that name, and validation has let it pass.
            if self.account.owner_of(live) not in self.catalog.entities
        ]
        if not taken:
            return True
        self.unclaimed.setdefault(entity.address, set()).update(live.entity_id for live in taken)
        rivals = self._rivals(entity)
        owner = next((address for live in taken if (address := self.account.owner_of(live)) is not None), None)
        if owner is not None:
            problem = recorded_as(entity, owner, rivals, self.state)
        else:
            problem = unrecorded(entity, taken, rivals, self.state)
        self._error(*problem, entity, ("name",))
        return False

    def _rivals(self, entity: Issuer | BadgeClass) -> list[Address]:
        """Return the other documents that could stand for an entity on the server, by their name."""
        return [address for address in self.nameless[name_of(entity)] if address != entity.address]

    def _create(self, entity: Issuer | BadgeClass, reason: str, lost: Resource | None, intent: Intent | None) -> None:
        fields = dialects.wanted(entity, self.dialect)
        issuer_id = self.account.issuer_ids.get(entity.issuer) if isinstance(entity, BadgeClass) else None
        attributes = [Attribute(name, Cause.CATALOG, None, value) for name, value in fields.items() if value]
        after: tuple[Address, ...] = ()
        if isinstance(entity, BadgeClass):
            attributes.insert(1, Attribute("issuer", Cause.CATALOG, None, str(entity.issuer)))
            if issuer_id is None or entity.issuer in self.adopted:
                after = (entity.issuer,)
        if entity.image is not None:
            attributes.append(Attribute("image", Cause.CATALOG, None, image_json(entity.image)))
        namesakes = self.account.namesakes.of(entity.address.kind, issuer_id, entity.name.strip())
        known = [live.entity_id for live in namesakes]
        since: str | None = ""  # all is new under an issuer that is yet to be made
        if isinstance(entity, Issuer) or issuer_id is not None:
            since = self.account.arrivals.watermark(entity.address.kind, issuer_id)
            # Too young for the watermark to tell that they were there before.
            young = self.account.arrivals.since(entity.address.kind, issuer_id, since)
            known += [live.entity_id for live in young[:_YOUNG]]
        if intent is not None:
            # What an attempt before this one made may still come; somebody has decided that it is none of these.
            known += [*intent.known, *(live.entity_id for live in self.interrupted.newcomers(intent))]
            since = earlier(since, intent.since)
        self.changes.append(
            Change(
                entity.address,
                Action.CREATE,
                reason,
                tuple(attributes),
                group=_group(entity),
                source=entity.document.source,
                entity=entity,
                record=lost,
                managed=fields,
                upload=entity.image,
                known=tuple(dict.fromkeys(known)),
                since=since,
                is_repeated=intent is not None,
                beside=tuple(
                    live.entity_id for live in namesakes if self.account.owner_of(live) not in self.catalog.entities
                ),
                after=after,
            )
        )

    def _existing(self, entity: Issuer | BadgeClass, resource: Resource, live: Live, intent: Intent | None) -> None:
        image_is_same = live.image_ref == (resource.image.ref if resource.image else None) or (
            live.entity_id in self.snapshot.same_images
        )
        self._check_issuer(entity, live)
        self._check_stored(entity, resource)
        if intent is None and nothing_to_do(entity, resource, live, self.dialect):
            self.unchanged += 1
            return
        comparison = Comparison(entity, resource, live, intent, self.dialect, image_is_same=image_is_same)
        for name in comparison.released:
            self._warn(
                "cannot-be-cleared",
                f"{name} cannot be emptied once it is set",
                f"The server keeps {quoted(live.fields.get(name))}. badgeops stops managing it.",
                entity,
            )
        if not comparison.attributes:
            self.unchanged += 1
            if comparison.record != resource or intent is not None:
                self._note(entity.address, comparison.record)
            return
        self._compared(Action.UPDATE, entity, live, comparison)

    def _compared(
        self, action: Action, entity: Issuer | BadgeClass, live: Live, comparison: Comparison, reason: str = ""
    ) -> None:
        self.changes.append(
            Change(
                entity.address,
                action,
                reason,
                comparison.attributes,
                group=_group(entity),
                source=entity.document.source,
                entity=entity,
                live=live,
                record=comparison.record,
                managed=comparison.managed,
                emptied=tuple(comparison.emptied),
                upload=comparison.upload,
            )
        )

    def _note(self, address: Address, record: Resource) -> None:
        self.bookkeeping.append(Change(address, Action.NO_OP, record=record))

    def _check_issuer(self, entity: Issuer | BadgeClass, live: Live) -> None:
        if not isinstance(entity, BadgeClass) or live.issuer_id is None:
            return
        issuer = self.state.resources.get(entity.issuer)
        if live.issuer_id in self.unclaimed.get(entity.issuer, ()):
            return  # its issuer is to be imported first, and that has been said
        # The recorded one counts also where this account cannot see it, which is reported at the issuer.
        if live.issuer_id in (self.account.issuer_ids.get(entity.issuer), issuer.entity_id if issuer else None):
            return
        self._error(
            "cannot-move",
            "a badge class cannot be moved to another issuer",
            f"On the server it does not belong to {entity.issuer}, and a change would be ignored. Put the old "
            "`issuer:` back; or give the document a new `key:`, so that the new issuer gets a new badge class and "
            "this one stays with the people who have earned it.",
            entity,
            ("issuer",),
        )

    # entities that left the catalog

    def _removed(self, address: Address) -> None:
        resource, intent = self.state.resources.get(address), self.handover.pending.get(address)
        if intent is not None and (resource is None or self._is_being_made_again(resource, intent)):
            is_over = self._abandoned(intent)
            if resource is None and is_over:
                self.bookkeeping.append(Change(address, Action.NO_OP))
            if resource is None or not is_over:
                return
        if resource is None:
            return
        action = {
            OnRemove.FORGET: Action.FORGET,
            OnRemove.ARCHIVE: Action.ARCHIVE,
            OnRemove.DELETE: Action.DELETE,
        }[OnRemove.DELETE if self.options.destroy else resource.on_remove]
        live = self.snapshot.live.get(resource.entity_id)
        if live is None:
            self._removed_unseen(resource, action)
            return
        reason = "" if self.options.destroy else _REMOVAL_REASONS[action]
        if action is Action.ARCHIVE and live.archived:
            action, reason = Action.FORGET, "is no longer in the catalog; it is archived already"
        elif action is Action.ARCHIVE and (self.dialect is not Dialect.HOSTED or address.kind is Kind.ISSUER):
            self._report_no_archive(resource)
            return
        if is_kept(resource, None, self.options.allowed):
            self._refuse(protected(address, action, destroy=self.options.destroy), address)
            if not self.options.destroy:  # where it shows all that is in its way at once
                return
        self._take_out(resource, live, action, reason)

    def _removed_unseen(self, resource: Resource, action: Action) -> None:
        """Forget what is gone. What is only hidden from this account is not dropped while it is to be deleted."""
        doubt = self.snapshot.doubts.get(resource.entity_id, "")
        is_gone = resource.entity_id not in self.snapshot.hidden
        if doubt and self.options.allowed.allows(What.GONE, resource.address):
            is_gone = True
        if is_gone:
            action = Action.FORGET
        if action is Action.FORGET and is_kept(resource, None, self.options.allowed):
            gone = protected_and_gone(resource.address, is_wanted=False)
            kept = protected(resource.address, action, destroy=self.options.destroy)
            self._refuse(gone if is_gone else kept, resource.address)
        elif action is Action.FORGET:
            reason = "is no longer in the catalog, and gone from the server" if is_gone else _REMOVAL_REASONS[action]
            self._take_out(resource, None, Action.FORGET, reason)
        else:
            self._refuse(not_taken_out(resource.address, action, doubt), resource.address)

    def _check_documents(self) -> None:
        """Stop where there is nothing in the catalog and something in the state: seldom is everything meant to go."""
        count = len(self.state.resources)
        if self.options.destroy or self.catalog.entities or count <= self.options.allowed.number(What.DELETES):
            return
        self.problems.append(
            Diagnostic(
                Severity.ERROR,
                "nothing-left",
                f"the catalog has no issuer and no badge class, and the state records {entities(count)}",
                "Probably badgeops does not see the documents: another folder, a branch or a sparse checkout without "
                "them, a submodule that was not fetched, a line in `.badgeopsignore` that leaves out everything. All "
                "of them would be forgotten or deleted. If you mean it, add:\n"
                f"  {spelled(What.DELETES, count)}",
            )
        )

    def _take_out(self, resource: Resource, live: Live | None, action: Action, reason: str) -> None:
        group = resource.issuer.key if resource.issuer else resource.address.key
        attributes = (Attribute("name", Cause.CATALOG, live.name, None),) if live is not None else ()
        self.changes.append(
            Change(resource.address, action, reason, attributes, group=group, live=live, record=resource)
        )

    def _is_being_made_again(self, resource: Resource, intent: Intent) -> bool:
        return intent.action == "create" and resource.entity_id not in self.snapshot.live

    def _abandoned(self, intent: Intent) -> bool:
        """Say what an interrupted run created for a document that is gone by now, and let it be.

        Returns whether that is the end of it. While it may still arrive, it is not forgotten: the document may return.
        """
        findings, is_over = self.interrupted.abandoned(intent)
        self.problems += (Diagnostic(Severity.WARNING, *finding, str(intent.address)) for finding in findings)
        return is_over

    def _report_no_archive(self, resource: Resource) -> None:
        detail = (
            "Only the hosted service archives, and only badge classes. Put the document back with `lifecycle: "
            "{onRemove: forget}` or `{onRemove: delete}`, apply, and remove it again; or forget it:\n"
            f"  badgeops state rm {resource.address}"
        )
        self.problems.append(
            Diagnostic(Severity.ERROR, "cannot-archive", "this server cannot archive it", detail, str(resource.address))
        )

    def _refuse(self, finding: Finding, address: Address) -> None:
        """Report an error at what has no document."""
        self.problems.append(Diagnostic(Severity.ERROR, *finding, str(address)))

    def _check_issuer_deletes(self) -> None:
        """Make sure of the badge classes that an issuer takes along when it is deleted: all must be meant.

        One that is to be archived is meant to stay.
        """
        going = {change.entity_id: change.address for change in self.changes if change.action is Action.DELETE}
        for index, change in enumerate(self.changes):
            if change.action is not Action.DELETE:
                continue
            below = [live for live in self.snapshot.live.values() if live.issuer_id == change.entity_id]
            staying = [live.name or live.entity_id for live in below if live.entity_id not in going]
            staying += [resource.name for resource in self._hidden_below(change.address)]
            if staying:
                self.problems.append(not_empty(change.address, staying, is_wished=False))
            after = tuple(sorted(going[live.entity_id] for live in below if live.entity_id in going))
            self.changes[index] = replace(change, after=after)

    def _hidden_below(self, issuer: Address) -> list[Resource]:
        """Return the recorded badge classes of an issuer that are there, but not for this account."""
        hidden = self.snapshot.hidden
        recorded = self.state.resources.values() if hidden else ()
        return [item for item in recorded if item.issuer == issuer and item.entity_id in hidden]

    # the rest

    def _unmanaged(self) -> tuple[Unmanaged, ...]:
        names: dict[str | None, str] = {number: str(address) for address, number in self.account.issuer_ids.items()}
        others = {live.entity_id: live.name for live in self.snapshot.live.values() if live.entity_id not in names}
        found = [
            Unmanaged(
                live.kind,
                live.entity_id,
                live.name,
                names.get(live.issuer_id, live.issuer_id or ""),
                others.get(live.issuer_id or "", ""),
            )
            for live in self.snapshot.live.values()
            if live.entity_id not in self.account.owned and not live.archived and not live.odd
        ]
        return tuple(sorted(found, key=lambda item: (item.kind != Kind.ISSUER, item.issuer, item.name, item.entity_id)))

    def _error(self, code: str, summary: str, detail: str, entity: Entity, path: tuple[str | int, ...] = ()) -> None:
        self._report(Severity.ERROR, code, summary, detail, entity, path)

    def _check_stored(self, entity: Issuer | BadgeClass, resource: Resource) -> None:
        """Say in every plan what the server has made something else of: a note at apply is soon forgotten."""
        if not resource.received:
            return
        fields = dialects.wanted(entity, self.dialect)
        for name, answer in sorted(resource.received.items()):
            if name not in fields or name not in resource.sent or name in entity.lifecycle.ignore_changes:
                continue
            value = resource.sent[name]
            if dialects.same(name, fields[name], value) and not dialects.is_already(name, value, answer):
                self._warn(
                    "stored-otherwise",
                    f"the server did not store {name} as it was sent",
                    f"It shows {'nothing' if answer is None else quoted(answer)} instead of {quoted(value)}. "
                    f"If that is all right, add {name} to `ignoreChanges`, or write what the server shows.",
                    entity,
                    (name,),
                )

    def _warn(self, code: str, summary: str, detail: str, entity: Entity, path: tuple[str | int, ...] = ()) -> None:
        self._report(Severity.WARNING, code, summary, detail, entity, path)

    def _report(
        self, severity: Severity, code: str, summary: str, detail: str, entity: Entity, path: tuple[str | int, ...]
    ) -> None:
        source = entity.document.locate(*path, of_key=True) if path else entity.document.source
        self.problems.append(Diagnostic(severity, code, summary, detail, str(entity.address), source))


_NOT_STORED = "Only the hosted service stores it. Remove it, or keep it for the environments that store it."
_REMOVAL_REASONS = {
    Action.FORGET: "is no longer in the catalog; it stays on the server",
    Action.ARCHIVE: "is no longer in the catalog",
    Action.DELETE: "is no longer in the catalog",
}


_YOUNG = 500
"""So many entities at most are remembered by id for one creation; of others, a person has to say that it is none."""


def _without_an_entity(catalog: Catalog, state: State, snapshot: Snapshot) -> dict[Name, list[Address]]:
    """Return the documents that the state knows no living entity of, by what those of one entity have in common."""
    found: dict[Name, list[Address]] = {}
    for entity in catalog.entities.values():
        resource = state.resources.get(entity.address)
        if resource is None or resource.entity_id not in snapshot.live:
            found.setdefault(name_of(entity), []).append(entity.address)
    return found


def _group(entity: Issuer | BadgeClass) -> str:
    return entity.issuer.key if isinstance(entity, BadgeClass) else entity.key
