"""The state for people, and as JSON."""

from __future__ import annotations

import json

from badgeops.render.layout import hang
from badgeops.render.plain import plain_json, printable
from badgeops.render.values import counted, image_text, short
from badgeops.state.record import Resource, State, dumps, resource_json


def listing(state: State, width: int = 80) -> str:
    """Return one line for each entity: address, entityId, name. Scripts read it, so no entity takes two lines."""
    resources = [state.resources[address] for address in sorted(state.resources)]
    widest = max((len(str(resource.address)) for resource in resources), default=0)
    lines = [
        f"{resource.address!s:<{widest}}  {printable(resource.entity_id):<22}  {printable(resource.name)}"
        for resource in resources
    ]
    lines += [
        f"{address}  (pending: an interrupted run may have {state.pending[address].action}d it)"
        for address in sorted(state.pending)
    ]
    count = counted(len(resources), "entity", "entities")
    said = f"{count} in the state of environment {printable(state.environment)} (serial {state.serial})."
    lines += hang("", said, width)
    return "\n".join(lines) + "\n"


def as_json(state: State) -> str:
    """Return the whole state as it is stored (schemas/state.schema.json)."""
    return plain_json(dumps(state))


def one(resource: Resource, width: int = 80) -> str:
    """Return all that is recorded of one entity."""
    lines = [
        str(resource.address),
        f"  entityId     {printable(resource.entity_id)}",
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
        lines += hang(f"    {printable(name)}  ", short(value, name), width)
        if name in resource.received:
            lines += hang("      the server stored: ", short(resource.received[name], name), width)
    return "\n".join(lines) + "\n"


def one_as_json(resource: Resource) -> str:
    """Return one entity as it is stored."""
    return plain_json(json.dumps(resource_json(resource), ensure_ascii=False, indent=2)) + "\n"
