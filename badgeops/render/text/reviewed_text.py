"""A reviewed plan beside a new one, as text: why a change is refused, and where two plans differ."""

from __future__ import annotations

from collections.abc import Iterator

from badgeops.model.shape import Json
from badgeops.planning.plan import Action, Effect
from badgeops.render.layout import columns, hang
from badgeops.render.plain import printable
from badgeops.render.values import short
from badgeops.review.compare_plans import Deviation, Difference, Review

_SHORT = 72
"""Columns of a value that is quoted; a longer one is only said to differ."""
_PASSIVE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.DELETE: "deleted",
    Action.ARCHIVE: "archived",
    Action.FORGET: "forgotten",
    Action.ADOPT: "adopted",
}


def deviation(item: Deviation) -> str:
    """Return one thing that is not as it was planned, with the three values where they are short."""
    return f"{item.side}: {item.what or _of_field(item)}"


def _of_field(item: Deviation) -> str:
    now = short(item.now, item.field)
    if item.planned is None:
        return f"{item.field}: not in the plan; now {now if _is_short(now) else 'something else'}"
    before, after = (short(value, item.field) for value in item.planned)
    if not all(map(_is_short, (before, after, now))):
        return f"{item.field}: has changed since the plan was made"
    if item.planned[0] == item.planned[1]:
        return f"{item.field}: {before} when planned; now {now}"
    return f"{item.field}: planned {before} → {after}; now {now}"


def _is_short(text: str) -> bool:
    return columns(text) <= _SHORT


def settled(review: Review, width: int = 80) -> str:
    """Return a line for each reviewed change of which nothing is left to do."""
    said = (hang("", f"{item.effect.address}: {printable(item.what)}", width) for item in review.settled)
    return "".join(f"{line}\n" for lines in said for line in lines)


def differences(found: tuple[Difference, ...], width: int = 80) -> str:
    """Return where two plans differ."""
    lines = ["The plan differs from the reviewed one:", ""]
    for item in found:
        lines += [str(item.address), *_difference(item, width), ""]
    if not found:
        lines += [*hang("", "Each change is the same; the catalog, environment, server or dialect is not.", width), ""]
    return "\n".join(lines)


def _difference(item: Difference, width: int) -> Iterator[str]:
    if item.reviewed is None:
        yield from hang("    ", f"is to be {passive(item.now)} now; the reviewed plan left it alone", width)
    elif item.now is None:
        yield from hang("    ", f"was to be {passive(item.reviewed)}; the new plan leaves it alone", width)
    elif item.reviewed.action is not item.now.action:
        text = f"was to be {passive(item.reviewed)}; now it is to be {passive(item.now)}"
        yield from hang("    ", text, width)
    else:
        yield from _of_fields(item, width)
        yield from _of_the_rest(item.reviewed, item.now, width)


def _of_fields(item: Difference, width: int) -> Iterator[str]:
    for name, reviewed, now in item.fields:
        yield from hang(f"    {name}  reviewed  ", _step(name, reviewed), width)
        yield from hang(f"    {' ' * len(name)}  now       ", _step(name, now), width)


def _of_the_rest(reviewed: Effect, now: Effect, width: int) -> Iterator[str]:
    """Yield what is not a field: which entity it is, and what becomes of it afterwards."""
    for what, before, after in (
        ("entity", reviewed.entity_id or "", now.entity_id or ""),
        ("looks after", ", ".join(reviewed.managed), ", ".join(now.managed)),
        ("protect", short(reviewed.protect), short(now.protect)),
        ("onRemove", str(reviewed.on_remove), str(now.on_remove)),
        ("beside", ", ".join(reviewed.beside), ", ".join(now.beside)),
    ):
        if before != after and what not in reviewed.fields and what not in now.fields:
            yield from hang(f"    {what}  ", printable(f"{before or 'none'} → {after or 'none'}"), width)
    if reviewed.action in (Action.DELETE, Action.ARCHIVE) and reviewed.server != now.server:
        yield "    was edited on the server since"


def _step(name: str, values: tuple[Json, Json] | None) -> str:
    if values is None:
        return "no change"
    return " → ".join(short(value, name) for value in values)


def passive(effect: Effect | None) -> str:
    """Return what becomes of an entity: "updated"."""
    return _PASSIVE[effect.action] if effect is not None else ""
