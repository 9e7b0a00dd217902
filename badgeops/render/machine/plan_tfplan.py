"""A plan in the form of OpenTofu's plan JSON, so that policies and tools written for that can read it.

An export: badgeops never reads it back. What OpenTofu has no word for is said in the member `badgeops` of a change.
"""

from __future__ import annotations

import json

from badgeops import __version__
from badgeops.api import dialects
from badgeops.model.address import Address
from badgeops.model.dialect import Dialect
from badgeops.model.entities import BadgeClass, Issuer
from badgeops.model.shape import Fields
from badgeops.planning import impact
from badgeops.planning.outcome import Outcome, of_change, of_unchanged
from badgeops.planning.plan import Action, Cause, Change
from badgeops.planning.risk import concerns
from badgeops.render.plain import plain_json
from badgeops.render.view import View

FORMAT_VERSION = "1.2"
_STATE_VERSION = "1.0"
_PROVIDER = "registry.opentofu.org/badgeops/badgeops"
_ACTIONS = {
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.DELETE: ["delete"],
    Action.ARCHIVE: ["update"],
    Action.FORGET: ["forget"],
    Action.ADOPT: ["update"],
    Action.NO_OP: ["no-op"],
}
_GONE = (Action.DELETE, Action.FORGET)


def show(view: View) -> str:
    """Return what `badgeops plan --format tfplan-json` prints."""
    return plain_json(json.dumps(to_value(view), ensure_ascii=False, indent=2)) + "\n"


def to_value(view: View) -> Fields:
    """Return the plan as plain values."""
    plan = view.plan
    risks = {change.address: list(causes) for change, causes in concerns(plan)}
    changes = [_resource_change(change, plan.dialect, risks.get(change.address, [])) for change in plan.changes]
    changes = sorted([*changes, *_unchanged(view)], key=lambda item: (item["type"] != "badgeops_issuer", item["name"]))
    version = f"0.0.0+badgeops.{__version__}"
    return {
        "format_version": FORMAT_VERSION,
        "terraform_version": version,
        "planned_values": _values(changes, "after"),
        "resource_drift": [drift for change in plan.changes if (drift := _drift(change, plan.dialect))],
        "resource_changes": changes,
        "prior_state": {
            "format_version": _STATE_VERSION,
            "terraform_version": version,
            "values": _values(changes, "before"),
        },
        "configuration": {"root_module": {}},
        "errored": bool(plan.errors),
        "applyable": not plan.errors and not plan.is_empty and not view.stops,
        "complete": not plan.errors,
    }


def _identity(address: Address) -> Fields:
    kind = f"badgeops_{address.kind.prefix}"
    return {
        "address": f"{kind}.{address.key}",
        "mode": "managed",
        "type": kind,
        "name": address.key,
        "provider_name": _PROVIDER,
    }


def _resource_change(change: Change, dialect: Dialect, risks: list[str]) -> Fields:
    before, after = _sides(change, dialect)
    result = _identity(change.address) | {"change": _change(_actions(change), before, after)}
    if change.entity is not None and after is not None:
        result["change"]["after_unknown"] = _unknown(of_change(change, dialect), after)
    if change.action is Action.CREATE:
        result["change"]["after_unknown"]["entityId"] = True
    if change.action is Action.ADOPT and change.live is not None:
        result["change"]["importing"] = {"id": change.live.entity_id}
    if change.action is Action.DELETE:
        result["action_reason"] = "delete_because_no_resource_config"
    level = impact.of(change)
    result["badgeops"] = {
        "action": str(change.action),
        "holders": change.earners.as_json() if change.earners else None,
        "impact": str(level) if level is not None else None,
        "attention": risks,
        "source": {"filename": change.source.filename, "line": change.source.line} if change.source else None,
    }
    return result


def _actions(change: Change) -> list[str]:
    """Return the actions; none where an adoption sends nothing."""
    return ["no-op"] if change.action is Action.ADOPT and not change.sends_request else _ACTIONS[change.action]


def _change(actions: list[str], before: Fields | None, after: Fields | None) -> Fields:
    return {
        "actions": actions,
        "before": before,
        "after": after,
        "after_unknown": {},
        "before_sensitive": False if before is None else {},
        "after_sensitive": False if after is None else {},
    }


def _unknown(outcome: Outcome, after: Fields) -> Fields:
    """Return the fields that are left to the server, and that nobody knows the value of."""
    return {name: True for name in sorted(outcome.left) if name not in after}


def _sides(change: Change, dialect: Dialect) -> tuple[Fields | None, Fields | None]:
    """Return what there is and what there will be."""
    entity = change.entity
    apart = _apart(entity, of_change(change, dialect)) if entity is not None else {}
    if entity is not None and change.action is Action.CREATE:
        return None, dialects.wanted(entity, dialect) | apart
    before = _live(change) | apart | {item.name: item.before for item in change.attributes if item.is_seen}
    if change.action in _GONE:
        return before, None
    after = {**before, **{item.name: item.after for item in change.attributes}}
    return before, after | ({"archived": True, "name": before["name"]} if change.action is Action.ARCHIVE else {})


def _live(change: Change) -> Fields:
    live = change.live
    if live is None:
        return {}
    return {"entityId": live.entity_id, "archived": live.archived, **live.fields}


def _apart(entity: Issuer | BadgeClass, outcome: Outcome) -> Fields:
    """Return what is no plain field of the API: to which issuer it belongs, and its image as far as it is known."""
    values: Fields = {"issuer": str(entity.issuer)} if isinstance(entity, BadgeClass) else {}
    return values | ({"image": outcome.image} if outcome.image is not None else {})


def _unchanged(view: View) -> list[Fields]:
    """Return the rest of the catalog: policies may want to look at all of it."""
    if view.catalog is None:
        return []
    others = {str(change.address) for change in view.plan.changes} | {item.address for item in view.plan.errors}
    result = []
    for address, entity in view.catalog.entities.items():
        if str(address) not in others:
            outcome = of_unchanged(entity, view.plan.dialect)
            values = outcome.fields | _apart(entity, outcome)
            change = _change(["no-op"], values, values) | {"after_unknown": _unknown(outcome, values)}
            result.append(_identity(address) | {"change": change})
    return result


def _drift(change: Change, dialect: Dialect) -> Fields | None:
    """Return what was edited on the server since the last apply: OpenTofu's "before" is what it knew."""
    drifted = [item for item in change.attributes if item.cause is not Cause.CATALOG]
    if not drifted:
        return None
    live, _ = _sides(change, dialect)
    known = {**(live or {}), **{item.name: item.recorded for item in drifted}}
    return _identity(change.address) | {"change": _change(["update"], known, live)}


def _values(changes: list[Fields], side: str) -> Fields:
    resources = [
        {name: item[name] for name in ("address", "mode", "type", "name", "provider_name")}
        | {"schema_version": 0, "values": item["change"][side], "sensitive_values": {}}
        for item in changes
        if item["change"][side] is not None
    ]
    return {"root_module": {"resources": resources}}
