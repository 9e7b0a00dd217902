"""A reviewed plan beside a new one, as text: why a change is refused, and where two plans differ."""

from __future__ import annotations

from collections.abc import Iterator

from badgeops.plan import Deed
from badgeops.render.layout import columns, hang
from badgeops.render.plain import printable
from badgeops.render.values import short
from badgeops.reviewed import Deviation, Difference, Review, Side
from badgeops.wire import Json

_SHORT = 72
"""Columns of a value that is quoted; a longer one is only said to differ."""
_WIDTH = 80
_BECOMES = {
    Side.CATALOG: "it is to become {} now",
    Side.IMAGE: "the file is {} now",
    Side.STATE: "in the state it is {} now",
    Side.SERVER: "it is {} now",
}
_PASSIVE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "archive": "archived",
    "forget": "forgotten",
    "adopt": "taken over",
}


def deviation(item: Deviation) -> str:
    """Return one thing that is not as it was planned, with the three values where they are short."""
    return f"{item.side}: {item.what or _of_field(item)}"


def _of_field(item: Deviation) -> str:
    now = short(item.now, item.field)
    if item.planned is None:
        shown = now if _is_short(now) else "something else"
        return f"{item.field} was not to be changed; {_BECOMES[item.side].format(shown)}"
    before, after = (short(value, item.field) for value in item.planned)
    if not all(map(_is_short, (before, after, now))):
        is_wanted = item.side in (Side.CATALOG, Side.IMAGE)
        than = "is to become something else than was" if is_wanted else "is not what it was when it was"
        return f"{item.field} {than} planned"
    if item.planned[0] == item.planned[1]:
        return f"{item.field} was {before} when planned; it is {now} now"
    return f"{item.field} was {before} when planned, to become {after}; {_BECOMES[item.side].format(now)}"


def _is_short(text: str) -> bool:
    return columns(text) <= _SHORT


def settled(review: Review) -> str:
    """Return a line for each reviewed change of which nothing is left to do."""
    return "".join(f"{item.deed.address}: {printable(item.what)}\n" for item in review.settled)


def differences(found: tuple[Difference, ...]) -> str:
    """Return where two plans differ."""
    lines = ["What was reviewed is not what would be done now:", ""]
    for item in found:
        lines += [str(item.address), *_difference(item), ""]
    if not found:
        lines += ["Each change is the same; catalog, environment, server or its kind are not.", ""]
    return "\n".join(lines)


def _difference(item: Difference) -> Iterator[str]:
    if item.now is None:
        yield f"    was to be {_passive(item.reviewed)}, and is to be left alone now"
    elif item.reviewed is None:
        yield f"    is to be {_passive(item.now)}, and was not when the plan was reviewed"
    elif item.reviewed.action is not item.now.action:
        yield f"    was to be {_passive(item.reviewed)}, and is to be {_passive(item.now)} now"
    else:
        yield from _of_fields(item)


def _of_fields(item: Difference) -> Iterator[str]:
    fields = item.fields
    for name, reviewed, now in fields:
        yield from hang(f"    {name}  reviewed  ", _step(name, reviewed), _WIDTH)
        yield from hang(f"    {' ' * len(name)}  now       ", _step(name, now), _WIDTH)
    if not fields:
        yield "    another entity, other fields to look after, or an edit on the server"


def _step(name: str, values: tuple[Json, Json] | None) -> str:
    if values is None:
        return "no change"
    return " → ".join(short(value, name) for value in values)


def _passive(deed: Deed | None) -> str:
    return _PASSIVE[str(deed.action)] if deed is not None else ""
