"""A plan as a page: risk first, then each change with what people see before and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from badgeops.model.address import Address, Kind
from badgeops.model.fields import Impact
from badgeops.planning import impact
from badgeops.planning.outcome import Outcome, of_change
from badgeops.planning.plan import REMOVALS, Action, Cause, Change, Plan
from badgeops.planning.risk import attention
from badgeops.render.html.badge import Badge, alt_of, id_of, issuer_of, of_outcome
from badgeops.render.html.fields import Row, rows
from badgeops.render.html.images import Images, ShownImage, at_hand
from badgeops.render.html.page import render
from badgeops.render.html.problems import paragraphs, problems
from badgeops.render.plain import printable
from badgeops.render.text.plan_text import counted_earners, summary_line
from badgeops.render.values import counted
from badgeops.render.view import VERBS, View

_IMPACTS = {
    Impact.MEANING: "alters what it means",
    Impact.VISIBLE: "changes how it looks",
    Impact.COSMETIC: "cosmetic",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One change as the page shows it."""

    id: str
    address: str
    kind: str
    action: str
    symbol: str
    name: str
    thumbnail: ShownImage | None
    source: str
    reason: str
    earners: str
    impact: str
    rebaking: str
    depth: str
    """ "meaning", "visible" or "cosmetic", where people have earned it or could."""
    is_conflict: bool
    rows: tuple[Row, ...]
    card: Badge | None
    """The whole of it, as it will be; as it is, where it is to go."""
    card_title: str
    is_folded: bool
    """The whole is there for who asks for it."""


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one issuer."""

    key: str
    name: str
    changes: tuple[Shown, ...]


def show(view: View) -> str:
    """Return what `badgeops plan --format html` prints."""
    plan = view.plan
    images = Images(view.images, at_hand(view.catalog), uses=_uses(plan))
    groups = tuple(_groups(view, images))
    return render(
        "plan.html",
        environment=printable(plan.environment),
        server=printable(plan.server),
        header=[printable(line) for line in view.header.splitlines() if line.strip()],
        verdict=summary_line(plan),
        is_empty=plan.is_empty,
        counts=_counts(plan),
        unchanged=plan.unchanged,
        attention=[(id_of(change.address), _name(change), printable(text)) for change, text in attention(plan)],
        problems=problems(view.where.shared_problems(plan.problems)),
        stops=[paragraphs(text) for text in view.stops],
        can_be_applied=not plan.errors,
        next_command=printable(view.command_for_others) if plan.changes and not plan.errors else "",
        groups=groups,
        total=len(plan.changes),
        change_count=counted(len(plan.changes), "change"),
        unmanaged=[
            (item.kind.value, printable(item.name), printable(item.entity_id), printable(item.owner))
            for item in plan.unmanaged
        ]
        if view.show_unmanaged
        else [],
        unmanaged_count=counted(len(plan.unmanaged), "entity", "entities") if plan.unmanaged else "",
        shared=list(images.shared()),
        left_out=images.left_out,
        digest=plan.digest,
        serial=plan.serial,
    )


def _counts(plan: Plan) -> list[tuple[str, str, str, int]]:
    """Return how many changes there are of each sort: action, symbol, "to update", number."""
    return [
        (str(action), action.symbol, verb, number) for action, verb in VERBS.items() if (number := plan.count(action))
    ]


def _uses(plan: Plan) -> Counter[str]:
    """Count at how many places of the page each image stands."""
    found: Counter[str] = Counter()
    for change in plan.changes:
        image = of_change(change, plan.dialect).image
        if change.entity is not None and image is not None and "sha256" in image:
            found[image["sha256"]] += 2  # beside the name, and in its card
        for item in change.attributes:
            if item.name == "image" and change.action is not Action.CREATE:
                found.update(value["sha256"] for value in (item.before, item.after) if value and "sha256" in value)
    return found


def _groups(view: View, images: Images) -> Iterator[Group]:
    for key, changes in groupby(view.plan.changes, key=lambda change: change.group):
        shown = tuple(_shown(view, change, images) for change in changes)
        yield Group(printable(key), _issuer_name(view, key), shown)


def _issuer_name(view: View, key: str) -> str:
    """Return the name of an issuer; its key where neither catalog nor plan knows it."""
    address = Address(Kind.ISSUER, key)
    if view.catalog is not None and address in view.catalog.entities:
        return printable(view.catalog.entities[address].name)
    return next((_name(change) for change in view.plan.changes if change.address == address), printable(key))


def _name(change: Change) -> str:
    return printable(change.name)


def _shown(view: View, change: Change, images: Images) -> Shown:
    depth = impact.of(change)
    outcome = of_change(change, view.plan.dialect)
    is_shown_whole = change.action is Action.CREATE or change.action in REMOVALS
    return Shown(
        id=id_of(change.address),
        address=str(change.address),
        kind="Issuer" if change.address.kind is Kind.ISSUER else "Badge class",
        action=str(change.action),
        symbol=change.action.symbol,
        name=_name(change),
        thumbnail=_thumbnail(change, outcome, images),
        source=printable(view.where.shared_place(change.source)) if change.source else "",
        reason=printable(change.reason),
        earners=f"earned by {counted_earners(change)}"
        if change.earners is not None and (change.earners.any or change.action in REMOVALS)
        else "",
        impact=_IMPACTS[depth] if depth is not None else "",
        rebaking=impact.rebaking(change),
        depth=str(depth) if depth is not None else "",
        is_conflict=any(item.cause is Cause.CONFLICT for item in change.attributes),
        rows=()
        if is_shown_whole
        else rows(change.attributes, images, _name(change), view.server_images.get(change.address)),
        card=_card(view, change, outcome, images),
        card_title=_CARD_TITLES.get(change.action, "All of it, as people will see it"),
        is_folded=not is_shown_whole or change.action is Action.FORGET,
    )


_CARD_TITLES = {
    Action.CREATE: "As people will see it",
    Action.DELETE: "What will be deleted",
    Action.ARCHIVE: "What will be archived",
    Action.FORGET: "What stays on the server",
}


def _thumbnail(change: Change, outcome: Outcome, images: Images) -> ShownImage | None:
    return images.of(outcome.image, "") if change.entity is not None else None


def _card(view: View, change: Change, outcome: Outcome, images: Images) -> Badge | None:
    """Return the whole entity: as it will be on the server; as it is, where the document is gone."""
    entity = change.entity
    if entity is not None:
        issuers = {item.address: item for item in view.catalog.issuers} if view.catalog is not None else {}
        return of_outcome(change.address, outcome, images, alt_of(entity), issuer=issuer_of(entity, issuers))
    if change.live is None:
        return None
    return of_outcome(change.address, outcome, images, f"Image of {_name(change)}")
