"""A plan as JSON for programs: versioned, sorted, the same bytes for the same plan (schemas/plan.schema.json)."""

from __future__ import annotations

import json

from badgeops.errors import Diagnostic
from badgeops.model.dialect import Dialect
from badgeops.model.shape import Fields
from badgeops.planning import impact
from badgeops.planning.plan import Attribute, Cause, Change, Plan, catalog_fingerprint, server_fingerprint
from badgeops.planning.risk import attention
from badgeops.render.diagnostics import as_json
from badgeops.render.plain import plain_json
from badgeops.render.view import View
from badgeops.review.saved_plan import FORMAT_VERSION, checksum


def show(view: View) -> str:
    """Return what `badgeops plan --format json` prints."""
    return render(view.plan)


def render(plan: Plan) -> str:
    """Return the plan as JSON."""
    return plain_json(json.dumps(to_value(plan), ensure_ascii=False, indent=2)) + "\n"


def to_value(plan: Plan) -> Fields:
    """Return the plan as plain values."""
    content = _content(plan)
    return {**content, "checksum": checksum(content)}


def _content(plan: Plan) -> Fields:
    return {
        "format_version": FORMAT_VERSION,
        "catalog": plan.catalog,
        "environment": plan.environment,
        "server": plan.server,
        "dialect": str(plan.dialect),
        "lineage": plan.lineage,
        "serial": plan.serial,
        "digest": plan.digest,
        "applicable": not plan.errors,
        "allowed": list(plan.allowed),
        "summary": plan.summary,
        "attention": [{"address": str(change.address), "text": text} for change, text in attention(plan)],
        "changes": [_change(change, plan.dialect) for change in plan.changes],
        "drift": [
            {"address": str(change.address), "attributes": drifted}
            for change in plan.changes
            if (drifted := [item.name for item in change.attributes if item.cause is not Cause.CATALOG])
        ],
        "unmanaged": [
            {"kind": str(item.kind), "entityId": item.entity_id, "name": item.name, "issuer": item.issuer or None}
            for item in plan.unmanaged
        ],
        "errors": _diagnostics(plan.errors),
        "warnings": _diagnostics(plan.warnings),
    }


def _change(change: Change, dialect: Dialect) -> Fields:
    effect = change.effect
    return {
        "address": str(change.address),
        "action": str(change.action),
        "reason": change.reason or None,
        "entityId": effect.entity_id,
        "source": {"filename": change.source.filename, "line": change.source.line} if change.source else None,
        "holders": change.earners.as_json() if change.earners else None,
        "impact": _impact(change),
        "attributes": [_attribute(item) for item in change.attributes],
        "managed": list(effect.managed),
        "lifecycle": {"protect": effect.protect, "onRemove": str(effect.on_remove)},
        "beside": list(effect.beside),
        "fingerprints": {
            "catalog": catalog_fingerprint(change.entity, dialect) if change.entity else None,
            "server": server_fingerprint(change.live) if change.live else None,
        },
    }


def _impact(change: Change) -> Fields | None:
    """Return what a change does to the earners of a badge class; None where it is no such change."""
    level = impact.of(change)
    if level is None:
        return None
    return {"level": str(level), "rebakes": change.rebakes, "onMeaningChange": str(change.on_meaning_change)}


def _attribute(attribute: Attribute) -> Fields:
    result: Fields = {
        "name": attribute.name,
        "cause": str(attribute.cause),
        "before": attribute.before,
        "after": attribute.after,
    }
    if attribute.cause is not Cause.CATALOG:
        result["recorded"] = attribute.recorded
    elements = [{"label": item.label, "before": item.before, "after": item.after} for item in attribute.elements]
    if elements:
        result["elements"] = elements
    return result


def _diagnostics(diagnostics: tuple[Diagnostic, ...]) -> list[Fields]:
    return [as_json(diagnostic) for diagnostic in diagnostics]
