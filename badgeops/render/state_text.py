"""The state for people, and as JSON."""

from __future__ import annotations

import json

from badgeops.render.plain import printable
from badgeops.render.plan_text import counted, image_text, short
from badgeops.state import Resource, State, dumps, resource_json


def listing(state: State) -> str:
    """Return one line for each entity: address, entityId, name."""
    resources = [state.resources[address] for address in sorted(state.resources)]
    width = max((len(str(resource.address)) for resource in resources), default=0)
    lines = [
        f"{resource.address!s:<{width}}  {resource.entity_id:<22}  {printable(resource.name)}" for resource in resources
    ]
    lines += [
        f"{intent.address}  (pending: a run was interrupted while it was to be {intent.action}d)"
        for intent in state.pending.values()
    ]
    count = counted(len(resources), "entity", "entities")
    lines.append(f"{count} in the state of environment {state.environment} (serial {state.serial}).")
    return "\n".join(lines) + "\n"


def as_json(state: State) -> str:
    """Return the whole state as it is stored (schemas/state.schema.json)."""
    return dumps(state)


def one(resource: Resource) -> str:
    """Return all that is recorded of one entity."""
    lines = [
        str(resource.address),
        f"  entityId     {resource.entity_id}",
        f"  openBadgeId  {printable(resource.open_badge_id)}",
        f"  onRemove     {resource.on_remove}",
        f"  protect      {'yes' if resource.protect else 'no'}",
    ]
    if resource.issuer is not None:
        lines.append(f"  issuer       {resource.issuer}")
    if resource.image is not None:
        image = resource.image
        value = {name: getattr(image, name) for name in ("sha256", "format", "width", "height", "size")}
        lines.append(f"  image        {image_text(value)}")
    lines.append("  sent")
    for name, value in resource.sent.items():
        lines.append(f"    {name}: {short(value, name)}")
        if name in resource.received:
            lines.append(f"      the server made of it: {short(resource.received[name], name)}")
    return "\n".join(lines) + "\n"


def one_as_json(resource: Resource) -> str:
    """Return one entity as it is stored."""
    return json.dumps(resource_json(resource), ensure_ascii=False, indent=2) + "\n"
