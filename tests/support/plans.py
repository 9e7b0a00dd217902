"""A folder with a catalog, a recorded state and a live server -> the plan, as text and as JSON.

catalog/       what the user wrote
state.json     what badgeops remembers (optional), and state.journal
live.json      what the server has: {"dialect", "issuers": [API JSON], "badgeclasses": [API JSON]} and optionally
               "earners": {entityId: {"count", "more"}, or null where they could not be counted},
               "hidden": [entityId], "doubts": {entityId: what came}, "same_images": [entityId],
               "own_images": [entityId]
flags.json     what the command line adds (optional): {"allow": [what stands behind each --allow],
               "destroy", "showUnmanaged"}
plan.txt       what `badgeops plan` shows: the plan, then what there is to say about it
plan.json      what `badgeops plan --format json` writes
plan.md        what `--format markdown` writes
tfplan.json    what `--format tfplan-json` writes
github.txt     what `--format github` writes to stdout; it and tfplan.json are not recorded for every case
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from badgeops import settings
from badgeops.api.live import Earners, parse_live
from badgeops.catalog.folder import load
from badgeops.catalog.referenced_files import CatalogFiles
from badgeops.catalog.validate import validate
from badgeops.errors import has_errors
from badgeops.model.address import Kind
from badgeops.model.allowances import Allowances
from badgeops.model.dialect import Dialect
from badgeops.model.entities import Catalog
from badgeops.planning import planner, risk
from badgeops.planning.plan import Plan
from badgeops.planning.planner import Options, Snapshot
from badgeops.render import diagnostics
from badgeops.render.machine import annotations, plan_json, plan_tfplan
from badgeops.render.markdown import plan_markdown
from badgeops.render.style import Style
from badgeops.render.text import plan_text
from badgeops.render.view import View, Where
from badgeops.settings import Settings
from badgeops.state import record as states
from badgeops.state.record import State


@dataclass(frozen=True)
class Shown:
    """A plan and its faces."""

    view: View
    forms: dict[str, str]
    """What each format makes of it, by the name of its file."""

    @property
    def plan(self) -> Plan:
        """The plan itself."""
        return self.view.plan

    @property
    def text(self) -> str:
        """What `badgeops plan` shows."""
        return self.forms["plan.txt"]

    @property
    def json(self) -> str:
        """What `badgeops plan --format json` writes."""
        return self.forms["plan.json"]


def show(folder: Path, width: int = 80) -> Shown:
    """Plan a case as `badgeops plan` does, for a terminal of this width."""
    catalog, found, warnings = read_catalog(folder / "catalog")
    server = read_json(folder / "live.json")
    flags = read_json(folder / "flags.json")
    snapshot = read_snapshot(server)
    plan = planner.build(catalog, read_state(folder, found), snapshot, read_options(flags))
    wanted = risk.needs_earners(plan)
    recorded = {number: {"count": 0} for number in wanted} | server.get("holders", {})
    earners = {number: Earners(**counts) for number, counts in recorded.items() if number in wanted and counts}
    allowed = read_options(flags).allowed
    plan = risk.with_earners(plan, earners, on_meaning_change=found.on_meaning_change, allowed=allowed)
    plan = replace(plan, problems=(*plan.problems, *warnings))
    kinds = [live.kind for live in snapshot.live.values()]
    text = plan_text.header(
        plan,
        issuers=kinds.count(Kind.ISSUER),
        badge_classes=kinds.count(Kind.BADGE_CLASS),
        requests=snapshot.requests,
    )
    shown = flags.get("showUnmanaged", False)
    view = View(
        plan,
        text,
        style=Style(width=width),
        next_command="badgeops apply",
        show_unmanaged=shown,
        catalog=catalog,
        image_base="https://github.com/acme/badges/raw/main",
        where=Where(root=folder / "catalog"),
    )
    text = plan_text.show(view)
    if plan.problems:
        text += "\n" + diagnostics.text(plan.problems, color=False, width=width)
    forms = {
        "plan.txt": text,
        "plan.json": plan_json.show(view),
        "plan.md": plan_markdown.show(view),
        "tfplan.json": plan_tfplan.show(view),
        "github.txt": annotations.show_plan(replace(view, where=Where())),
    }
    return Shown(view, forms)


def read_catalog(root: Path) -> tuple[Catalog, Settings, tuple[Any, ...]]:
    """Load and validate a catalog; it must be free of errors."""
    loaded = load(root, ".")
    assert loaded.settings is not None
    reading = settings.read(loaded.settings, root, ".", {})
    found, diagnosed = reading.settings, reading.diagnostics
    assert found is not None, diagnosed
    with CatalogFiles(root, ".") as files:
        result = validate(found.catalog, loaded.documents, found.overlay, files)
    problems = (*loaded.diagnostics, *diagnosed, *result.diagnostics)
    assert result.catalog is not None, problems
    assert not has_errors(problems), problems
    return result.catalog, found, problems


def read_state(folder: Path, found: Settings) -> State:
    """Read the recorded state with its journal, an empty one where there is none."""
    path, journal = folder / "state.json", folder / "state.journal"
    if not path.exists():
        return State("", 0, found.environment, found.server.identity)
    recorded = states.loads(path.read_text("utf-8"), name="state.json")
    return states.fold(recorded, journal.read_text("utf-8") if journal.exists() else "", name="state.json")


def read_snapshot(server: dict[str, Any]) -> Snapshot:
    """Return what a refresh would have found."""
    live = [parse_live(Kind.ISSUER, item) for item in server["issuers"]]
    live += [parse_live(Kind.BADGE_CLASS, item) for item in server["badgeclasses"]]
    return Snapshot(
        Dialect(server["dialect"]),
        {item.entity_id: item for item in live},
        hidden=frozenset(server.get("hidden", ())),
        doubts=server.get("doubts", {}),
        same_images=frozenset(server.get("same_images", ())),
        own_images=frozenset(server.get("own_images", ())),
        requests=2,
    )


def read_options(flags: dict[str, Any]) -> Options:
    """Return what the command line allows."""
    return Options(Allowances.of(*flags.get("allow", ())), destroy=flags.get("destroy", False))


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file, an empty one where there is no file."""
    value: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return value
