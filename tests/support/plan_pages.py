"""Plans whose pages are looked at: those of the golden cases, small ones, and one that strangers wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from badgeops.api import dialects
from badgeops.api.live import Earners, Live
from badgeops.catalog.referenced_files import read_image
from badgeops.errors import Diagnostic, Severity, Source
from badgeops.model.address import Address, Kind
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Alignment
from badgeops.planning.plan import Action, Attribute, Cause, Change, Plan, Unmanaged
from badgeops.render.html import plan as plan_page
from badgeops.render.view import View
from support import plans
from support.strategies import badge_class, catalog, issuer


def view_of(case: Path) -> View:
    """Return what the command would show of a case."""
    read, _, _ = plans.read_catalog(case / "catalog")
    flags = plans.read_json(case / "flags.json")
    return View(
        plans.show(case).plan,
        "Environment here\n1 issuer read\n",
        next_command="badgeops apply",
        stops=("Too many.\n  badgeops plan",),
        show_unmanaged=flags.get("showUnmanaged", False),
        catalog=read,
        images=read_image,
    )


def live(**fields: Any) -> Live:
    """Return a badge class on the server."""
    values = {"name": "Python", "description": "Old.", "tags": [], "alignments": [], "extensions": {}, **fields}
    return Live(Kind.BADGE_CLASS, "id", "", values["name"], "", values)


def plan_of(*changes: Change, **more: Any) -> Plan:
    """Return a plan of these changes."""
    values = {"environment": "here", "server": "https://badges.example", "unmanaged": (), "problems": (), **more}
    return Plan(
        dialect=Dialect.HOSTED, lineage="l", serial=3, changes=changes, bookkeeping=(), unchanged=2, managed=9, **values
    )


def update(*attributes: Attribute, **more: Any) -> Change:
    """Return an update of the badge class `python`."""
    entity = more.pop("entity", badge_class())
    managed = dialects.wanted(entity, Dialect.HOSTED)
    values = {"group": "academy", "entity": entity, "live": live(), "managed": managed, **more}
    return Change(entity.address, Action.UPDATE, attributes=attributes, source=entity.document.source, **values)


def hostile_entities(words: str) -> tuple[Any, Any]:
    """Return an issuer and a badge class that say the same words wherever words can stand."""
    owner = issuer(name=words, url=words, email=words, description=words, extensions={words: words})
    entity = badge_class(
        name=words,
        description=words,
        criteria_narrative=words,
        criteria_url=words,
        tags=(words,),
        alignments=(Alignment(words, words, words, words, words, True),),
        achievement_type=words,
        image_alt_text=words,
        extensions={words: words},
    )
    return owner, entity


def hostile_page(words: str, other: str) -> str:
    """Return the page of a plan in which every value comes from strangers."""
    owner, entity = hostile_entities(words)
    ours, theirs = ({"targetName": word, "targetUrl": words, "targetDescription": word} for word in (words, other))
    sides: dict[str, tuple[Any, Any]] = {
        "alignments": ([ours], [theirs]),
        "tags": ([words], [other]),
        "extensions": ({words: other}, {other: words}),
        "expires": ({"amount": 1, "duration": words}, None),
        "image": ({"ref": words}, None),
    }
    texts = ("name", "description", "criteriaNarrative", "criteriaUrl", "imageAltText", "achievementType", words)
    attributes = [
        Attribute(name, cause, *sides.get(name, (words, other)), sides.get(name, (other,))[0])
        for name in (*texts, *sides)
        for cause in Cause
    ]
    server = live(name=words, description=other, criteriaNarrative=words, tags=[words], alignments=[ours])
    changes = (
        Change(
            owner.address,
            Action.CREATE,
            words,
            group="academy",
            entity=owner,
            managed=dialects.wanted(owner, Dialect.HOSTED),
        ),
        update(*attributes, entity=entity, live=server, reason=words, earners=Earners(2)),
        Change(Address(Kind.BADGE_CLASS, "gone"), Action.DELETE, words, group=words, live=server, earners=Earners(1)),
    )
    problem = Diagnostic(Severity.ERROR, "x", words, f"{words}\n  {words}", words, Source(words))
    unmanaged = (Unmanaged(Kind.BADGE_CLASS, "id", words, words),)
    plan = plan_of(*changes, environment=words, server=words, problems=(problem,), unmanaged=unmanaged)
    view = View(plan, words, next_command=words, stops=(words,), show_unmanaged=True, catalog=catalog(owner, entity))
    return plan_page.show(view)
