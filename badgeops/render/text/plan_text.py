"""A plan as text for people: risk first, one line an entity, its changed fields below. 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from badgeops.model.fields import Type, type_of
from badgeops.model.shape import Json
from badgeops.planning import impact
from badgeops.planning.plan import REMOVALS, Action, Attribute, Cause, Change, Plan
from badgeops.planning.risk import attention
from badgeops.render.layout import columns, cut, flow, hang, wrap
from badgeops.render.plain import printable
from badgeops.render.style import Style
from badgeops.render.values import UNSEEN, counted, described, short
from badgeops.render.view import VERBS, View
from badgeops.render.words import hunks

_COLOURS = {
    Action.CREATE: "32",
    Action.UPDATE: "33",
    Action.DELETE: "31",
    Action.ARCHIVE: "31",
    Action.FORGET: "35",
    Action.ADOPT: "36",
    Action.NO_OP: "0",
}
_ALWAYS = (Action.CREATE, Action.UPDATE, Action.DELETE)
_MAX_HUNK_LINES = 40
_MAX_NEW_LINES = 10
"""Of a text that is added or removed as a whole."""
_MANY = 40
"""Changes that are too many to look through without knowing what comes."""
_WIDEST_ADDRESS = 40
"""In the block of what needs attention; what is said of a longer address begins below it."""
_INDENT = "      "


def show(view: View) -> str:
    """Return what `badgeops plan` prints: what was looked at, and the plan."""
    plan, style = view.plan, view.style
    lines = _overview(view) + _attention(plan, style)
    for change in view.changes:
        lines += [_head(change, style)] if view.summary else [*change_lines(change, style), ""]
    if view.summary and view.changes:
        lines.append("")
    if view.left_out:
        lines += [*wrap(view.left_out, style.width), ""]
    lines += _ending(plan, style, next_command=view.next_command, show_unmanaged=view.show_unmanaged)
    return f"{opening(view.header, style)}\n" + "\n".join(lines) + "\n"


def opening(header: str, style: Style) -> str:
    """Return what was looked at, as it fits the terminal."""
    return "\n".join(line for whole in header.split("\n") for line in wrap(whole, style.width))


def render(plan: Plan, style: Style, *, next_command: str = "", show_unmanaged: bool = False) -> str:
    """Return the whole plan. `next_command` is what makes it so; shown where there is something to do."""
    lines = _attention(plan, style)
    for change in plan.changes:
        lines += [*change_lines(change, style), ""]
    lines += _ending(plan, style, next_command=next_command, show_unmanaged=show_unmanaged)
    return "\n".join(lines) + "\n"


def _overview(view: View) -> list[str]:
    """Begin a long plan with its numbers, and say how to see less of it."""
    if len(view.plan.changes) <= _MANY or (view.summary and view.only):
        return []
    how = [] if view.summary else ["--summary shows one line for each change."]
    how += [] if view.only else ["--show-only ACTION shows those of one kind."]
    lines = flow("", [summary_line(view.plan), *how], view.style.width, gap=" ")
    return [*lines, ""]


def _ending(plan: Plan, style: Style, *, next_command: str, show_unmanaged: bool) -> list[str]:
    lines = _unmanaged(plan, style, show=show_unmanaged)
    *parts, last = summary_line(plan).split(", ")
    lines += [style.bold(line) for line in flow("", [*(f"{part}," for part in parts), last], style.width, gap=" ")]
    if plan.changes and next_command and not plan.errors:
        lines += ["To make it so:", "", f"  {next_command}"]
    return lines


def header(
    plan: Plan, *, issuers: int, badge_classes: int, requests: int, against: str = "", counts_earners: bool = True
) -> str:
    """Return the lines that say what was looked at: the server, or the file `against` that tells what it showed."""
    serial = f", state serial {plan.serial}" if plan.serial else ", no state yet"
    where = f"read in {counted(requests, 'request')}"
    if against:
        where = f"recorded in {printable(against)}; the server was not asked"
    unknown = "" if counts_earners else "The snapshot does not say how many people have earned a badge class.\n"
    return (
        f"Environment {printable(plan.environment)} ({printable(plan.server)}){serial}\n"
        f"{counted(issuers, 'issuer')} and {counted(badge_classes, 'badge class', 'badge classes')} {where}\n"
        f"{unknown}"
    )


def summary_line(plan: Plan) -> str:
    """Return the line that counts: "Plan: 3 to create, 1 to update, 0 to delete, 11 unchanged."."""
    if plan.is_empty and plan.errors:
        return f"No changes can be planned because of {counted(len(plan.errors), 'error')}."
    if plan.is_empty:
        count = counted(plan.unchanged, "entity", "entities")
        return f"No changes. The server matches the catalog ({count})."
    parts = [
        f"{plan.count(action)} {verb}" for action, verb in VERBS.items() if action in _ALWAYS or plan.count(action)
    ]
    return f"Plan: {', '.join(parts)}, {plan.unchanged} unchanged."


def _attention(plan: Plan, style: Style) -> list[str]:
    found = attention(plan)
    if not found:
        return []
    widths = [len(str(change.address)) for change, _ in found]
    width = max((each for each in widths if each <= _WIDEST_ADDRESS), default=0)
    lines = [style.bold("NEEDS ATTENTION")]
    for change, text in found:
        lead = f"  {change.address!s:<{width}}   "
        if len(str(change.address)) > width:
            lines.append(lead.rstrip())
            lead = " " * max(width + 5, len(_INDENT))
        lines += hang(lead, text, style.width)
    return [*lines, ""]


def _unmanaged(plan: Plan, style: Style, *, show: bool) -> list[str]:
    number = len(plan.unmanaged)
    if not number:
        return []
    if not show:
        count = counted(number, "entity", "entities")
        text = f"{count} on the server not managed here (--show-unmanaged lists them)."
        return [*(style.dim(line) for line in wrap(text, style.width)), ""]
    lines = [f"On the server, and not managed here ({number}):"]
    for item in plan.unmanaged:
        owner = f"  {printable(item.owner)}" if item.owner else ""
        lead = f"  {item.kind:<10}  {printable(item.entity_id):<22}  "
        lines += hang(lead, printable(item.name) + owner, style.width)
    return [*lines, ""]


def _head(change: Change, style: Style) -> str:
    """Return the line of an entity: what happens to it, and where it is written."""
    head = f"{change.action.symbol} {change.address}"
    place = printable(f"{change.source.filename}:{change.source.line}") if change.source else ""
    gap = max(2, style.width - columns(head) - columns(place))
    return style.paint(head, _COLOURS[change.action]) + (" " * gap + style.dim(place) if place else "")


def change_lines(change: Change, style: Style) -> Iterator[str]:
    """Yield the line of an entity and those of its fields."""
    yield _head(change, style)
    if change.reason:
        yield from hang("    ", change.reason, style.width)
    yield from _held_by(change, style)
    width = max((len(item.name) for item in change.attributes), default=0)
    for attribute in change.attributes:
        yield from _attribute(change, attribute, width, style)


def _held_by(change: Change, style: Style) -> Iterator[str]:
    """Say how many people have earned it, and what the change does to them."""
    if change.earners is not None and (change.earners.any or change.action in REMOVALS):
        does = impact.consequence(change)
        yield from hang("    ", f"earned by {counted_earners(change)}{f'; {does}' if does else ''}", style.width)


def counted_earners(change: Change) -> str:
    """Return "412 people", "1 person", "nobody"; before a deletion also those whose awards have ended."""
    if change.earners is not None and not change.earners.any and change.earners.any_past:
        return f"nobody who holds it now ({impact.ended_awards(change.earners)})"
    if change.earners is None or not change.earners.any:
        return "nobody"
    return f"{change.earners} {'person' if str(change.earners) == '1' else 'people'}"


def _attribute(change: Change, attribute: Attribute, width: int, style: Style) -> Iterator[str]:
    lead = f"    {attribute.name:<{width}}  "
    if change.action is Action.CREATE:
        yield _new_value(lead, attribute, style)
    elif change.action in REMOVALS:
        yield from hang(lead, short(attribute.before, attribute.name), style.width)
    elif attribute.cause is Cause.CONFLICT:
        yield from _conflict(lead, attribute, style)
    else:
        note = "  (edited on the server)" if attribute.cause is Cause.DRIFT else ""
        yield from _changed(lead, attribute, note, style)


# --- a new entity --------------------------------------------------------------------------------------------------


def _new_value(lead: str, attribute: Attribute, style: Style) -> str:
    """Say in one line what a field of a new entity begins with: the whole of it stands in the catalog."""
    name, value = attribute.name, attribute.after
    room = style.width - columns(lead)
    kind = type_of(name)
    if kind is Type.ALIGNMENTS:
        targets = (str(item.get("targetCode") or item.get("targetName")) for item in value)
        return lead + cut(printable(", ".join(targets)), room)
    if kind is Type.EXTENSIONS:
        return lead + cut(printable(", ".join(value)), room)
    if isinstance(value, str) and kind is not Type.ISSUER:
        return lead + _beginning(value, room)
    return lead + cut(short(value, name), room)


def _beginning(text: str, room: int) -> str:
    first, *rest = [line for line in text.split("\n") if line.strip()] or [""]
    more = f"  (+ {counted(len(rest), 'line')})" if rest else ""
    return f'"{cut(printable(first), room - len(more) - 2)}"{more}'


# --- a changed field -----------------------------------------------------------------------------------------------


def _changed(lead: str, attribute: Attribute, note: str, style: Style) -> Iterator[str]:
    before = short(attribute.before, attribute.name) if attribute.is_seen else UNSEEN
    line = f"{before} → {short(attribute.after, attribute.name)}"
    if type_of(attribute.name) is Type.TAGS and attribute.elements:
        marked = [f"{item.symbol} {printable(item.label)}" for item in attribute.elements]
        yield from flow(lead, [*marked, note.strip()] if note else marked, style.width)
    elif _is_one_line(attribute) and columns(lead + line) <= style.width:
        yield from flow(lead, [line, note.strip()] if note else [line], style.width)
    elif attribute.elements or _is_text(attribute):
        yield f"{lead.rstrip()}{style.dim(note)}"
        yield from _difference(attribute.name, attribute.before, attribute.after, style)
    else:
        yield from hang(lead, f"{line}{note}", style.width)


def _is_text(attribute: Attribute) -> bool:
    values = (attribute.before, attribute.after)
    return any(isinstance(value, str) for value in values) and all(isinstance(value, str | None) for value in values)


def _is_one_line(attribute: Attribute) -> bool:
    values = (attribute.before, attribute.after, attribute.recorded)
    return not attribute.elements and not any("\n" in value for value in values if isinstance(value, str))


def _conflict(lead: str, attribute: Attribute, style: Style) -> Iterator[str]:
    """Show all three values; of what is long, what was made of it on either side."""
    yield f"{lead}{style.paint('conflict', '31')}"
    rows = (
        (f"{_INDENT}last applied   ", attribute.recorded),
        (f"{_INDENT}on the server  ", attribute.before),
        (f"{_INDENT}in the catalog ", attribute.after),
    )
    texts = [(label, short(value, attribute.name)) for label, value in rows]
    fits = all(columns(label + text) <= style.width for label, text in texts)
    is_diffed = _is_text(attribute) or type_of(attribute.name) in (Type.ALIGNMENTS, Type.EXTENSIONS)
    if not is_diffed or (fits and _is_one_line(attribute)):
        for label, text in texts:
            yield from hang(label, text, style.width)
        return
    yield f"{_INDENT}edited on the server since the last apply:"
    yield from _difference(attribute.name, attribute.recorded, attribute.before, style)
    yield f"{_INDENT}what apply changes:"
    yield from _difference(attribute.name, attribute.before, attribute.after, style)


def _difference(name: str, before: Json, after: Json, style: Style) -> Iterator[str]:
    found = Attribute(name, Cause.CATALOG, before, after).elements
    if found:
        for item in found:
            yield from _element(item.symbol, item.label, item.before, item.after, style.width)
    else:
        yield from _hunks(before or "", after or "", style)


def _element(symbol: str, label: str, before: Json, after: Json, width: int) -> Iterator[str]:
    text = f"{short(before)} → {short(after)}" if symbol == "~" else described(after if symbol == "+" else before)
    lead = f"{_INDENT}{symbol} "
    if text.startswith(f"{printable(label)} "):
        yield from hang(lead, text, width)
        return
    first = f"{lead}{printable(label)}  "
    if columns(first) <= width // 2:
        yield from hang(first, text, width)
    else:
        yield from hang(lead, printable(label), width)
        yield from hang(f"{_INDENT}    ", text, width)


def _hunks(before: str, after: str, style: Style) -> Iterator[str]:
    colours = {"-": "31", "+": "32"}
    lines, most = hunks(before, after), _MAX_HUNK_LINES
    if not before or not after:
        lines, most = [("+" if after else "-", line) for line in (before + after).split("\n")], _MAX_NEW_LINES
    shown = lines if len(lines) <= most + 1 else lines[:most]
    for sign, text in shown:
        if sign == "…":
            yield style.dim(f"{_INDENT}│ …")
            continue
        for index, part in enumerate(wrap(printable(text), style.width - len(_INDENT) - 4)):
            line = f"{' ' if index else sign} {part}".rstrip()
            yield f"{_INDENT}│ {style.paint(line, colours.get(sign, '0'))}".rstrip()
    if len(shown) < len(lines):
        yield style.dim(f"{_INDENT}│ … {counted(len(lines) - len(shown), 'more line')}")
