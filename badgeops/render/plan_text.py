"""A plan as text for people: risk first, one line an entity, its changed fields below. 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import east_asian_width

from badgeops.plan import Action, Attribute, Cause, Change, Plan
from badgeops.render.plain import printable
from badgeops.render.words import hunks
from badgeops.risk import attention
from badgeops.wire import Json

_COLOURS = {
    Action.CREATE: "32",
    Action.UPDATE: "33",
    Action.DELETE: "31",
    Action.ARCHIVE: "31",
    Action.FORGET: "35",
    Action.ADOPT: "36",
    Action.NO_OP: "0",
}
_VERBS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.DELETE: "to delete",
    Action.ARCHIVE: "to archive",
    Action.FORGET: "to forget",
    Action.ADOPT: "to adopt",
}
_ALWAYS = (Action.CREATE, Action.UPDATE, Action.DELETE)
_LINES_OF_A_NEW_TEXT = 4
_MAX_HUNK_LINES = 40
_SHOWN_UNMANAGED = 50


@dataclass(frozen=True, slots=True)
class Style:
    """How to write: with colour or without, and how wide."""

    color: bool = False
    width: int = 80

    def paint(self, text: str, code: str) -> str:
        """Return text in a colour, where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def bold(self, text: str) -> str:
        """Return text in bold."""
        return self.paint(text, "1")

    def dim(self, text: str) -> str:
        """Return text that stands back."""
        return self.paint(text, "2")


def render(plan: Plan, style: Style, *, next_command: str = "", show_unmanaged: bool = False) -> str:
    """Return the whole plan. `next_command` is what makes it so; shown where there is something to do."""
    lines: list[str] = []
    lines += _attention(plan, style)
    for change in plan.changes:
        lines += [*change_lines(change, style), ""]
    lines += _unmanaged(plan, style, show=show_unmanaged)
    lines.append(style.bold(summary_line(plan)))
    if plan.changes and next_command and not plan.errors:
        lines += ["To make it so:", "", f"  {next_command}"]
    return "\n".join(lines) + "\n"


def header(plan: Plan, *, issuers: int, badge_classes: int, requests: int) -> str:
    """Return the two lines that say what was looked at."""
    serial = f", state serial {plan.serial}" if plan.serial else ", no state yet"
    return (
        f"Environment {printable(plan.environment)} ({printable(plan.server)}){serial}\n"
        f"{counted(issuers, 'issuer')} and {counted(badge_classes, 'badge class', 'badge classes')} read in "
        f"{counted(requests, 'request')}\n"
    )


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 issuer", "2 issuers"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def summary_line(plan: Plan) -> str:
    """Return the line that counts: "Plan: 3 to create, 1 to update, 0 to delete, 11 unchanged."."""
    if plan.is_empty:
        count = counted(plan.unchanged, "entity", "entities")
        return f"No changes. The server matches the catalog ({count})."
    parts = [
        f"{plan.count(action)} {verb}" for action, verb in _VERBS.items() if action in _ALWAYS or plan.count(action)
    ]
    return f"Plan: {', '.join(parts)}, {plan.unchanged} unchanged."


def _attention(plan: Plan, style: Style) -> list[str]:
    found = attention(plan)
    if not found:
        return []
    width = max(len(str(change.address)) for change, _ in found)
    lines = [style.bold("NEEDS ATTENTION")]
    for change, text in found:
        lines += _hang(f"  {change.address!s:<{width}}   ", text, style.width)
    return [*lines, ""]


def _unmanaged(plan: Plan, style: Style, *, show: bool) -> list[str]:
    if not plan.unmanaged:
        return []
    count = counted(len(plan.unmanaged), "entity", "entities")
    if not show:
        return [style.dim(f"{count} on the server not managed here (--show-unmanaged lists them)."), ""]
    lines = [f"Not managed here ({count}):"]
    for item in plan.unmanaged[:_SHOWN_UNMANAGED]:
        owner = f"  {item.issuer}" if item.issuer else ""
        lines.append(f"  {item.kind:<10}  {item.entity_id:<22}  {printable(item.name)}{style.dim(printable(owner))}")
    if len(plan.unmanaged) > _SHOWN_UNMANAGED:
        lines.append(f"  … and {len(plan.unmanaged) - _SHOWN_UNMANAGED} more (--format json has them all)")
    return [*lines, ""]


def change_lines(change: Change, style: Style) -> Iterator[str]:
    """Yield the line of an entity and those of its fields."""
    head = f"{change.action.symbol} {change.address}"
    place = f"{change.source.filename}:{change.source.line}" if change.source else ""
    gap = max(2, style.width - _columns(head) - _columns(place))
    yield style.paint(head, _COLOURS[change.action]) + (" " * gap + style.dim(place) if place else "")
    if change.reason:
        yield from _hang("    ", change.reason, style.width)
    if change.holders is not None:
        yield f"    held by {counted_holders(change)}"
    width = max((len(item.name) for item in change.attributes), default=0)
    for attribute in change.attributes:
        yield from _attribute(change, attribute, width, style)


def counted_holders(change: Change) -> str:
    """Return "412 people", "1 person", "nobody"."""
    if change.holders is None or not change.holders.count:
        return "nobody"
    return f"{change.holders} {'person' if str(change.holders) == '1' else 'people'}"


def _attribute(change: Change, attribute: Attribute, width: int, style: Style) -> Iterator[str]:
    lead = f"    {attribute.name:<{width}}  "
    if change.action is Action.CREATE:
        yield from _new_value(lead, attribute, style)
    elif change.action in (Action.DELETE, Action.ARCHIVE, Action.FORGET):
        yield f"{lead}{short(attribute.before, attribute.name)}"
    elif attribute.cause is Cause.CONFLICT:
        yield from _conflict(lead, attribute, style)
    else:
        note = style.dim("  (edited on the server)") if attribute.cause is Cause.DRIFT else ""
        yield from _changed(lead, attribute, note, style)


def _conflict(lead: str, attribute: Attribute, style: Style) -> Iterator[str]:
    yield f"{lead}{style.paint('conflict', '31')}"
    for label, value in (
        ("last applied  ", attribute.recorded),
        ("on the server ", attribute.before),
        ("in the catalog", attribute.after),
    ):
        yield from _hang(f"      {label} ", short(value, attribute.name), style.width)


def _changed(lead: str, attribute: Attribute, note: str, style: Style) -> Iterator[str]:
    name, before, after = attribute.name, attribute.before, attribute.after
    found = attribute.elements
    if name == "tags" and found:
        yield f"{lead}{'  '.join(f'{item.symbol} {printable(item.label)}' for item in found)}{note}"
        return
    if found:
        yield f"{lead.rstrip()}{note}"
        for item in found:
            yield from _element(item.symbol, item.label, item.before, item.after, style.width)
        return
    line = f"{lead}{short(before, name)} → {short(after, name)}"
    if isinstance(before, str) and isinstance(after, str) and (_columns(line) > style.width or "\n" in before + after):
        yield f"{lead.rstrip()}{note}"
        yield from _hunks(before, after, style)
        return
    yield line + note


def _element(symbol: str, label: str, before: Json, after: Json, width: int) -> Iterator[str]:
    lead = f"      {symbol} {printable(label)}"
    if symbol == "~":
        yield from _hang(f"{lead}  ", f"{short(before)} → {short(after)}", width)
    else:
        value = after if symbol == "+" else before
        yield from _hang(f"{lead}  ", _described(value), width)


def _described(value: Json) -> str:
    """Describe an alignment by name and address, anything else as it is."""
    if isinstance(value, dict) and "targetName" in value:
        return printable(f"{value['targetName']} <{value.get('targetUrl', '')}>")
    return short(value)


def _hunks(before: str, after: str, style: Style) -> Iterator[str]:
    colours = {"-": "31", "+": "32"}
    lines = hunks(before, after)
    for sign, text in lines[:_MAX_HUNK_LINES]:
        if sign == "…":
            yield style.dim("      │ …")
            continue
        for index, part in enumerate(_wrapped(printable(text), style.width - 10)):
            line = f"{' ' if index else sign} {part}"
            yield f"      │ {style.paint(line, colours.get(sign, '0'))}".rstrip()
    if len(lines) > _MAX_HUNK_LINES:
        yield style.dim(f"      │ … {len(lines) - _MAX_HUNK_LINES} more lines")


def _new_value(lead: str, attribute: Attribute, style: Style) -> Iterator[str]:
    name, value = attribute.name, attribute.after
    if name == "alignments":
        for index, item in enumerate(value):
            yield from _hang(lead if not index else " " * len(lead), _described(item), style.width)
    elif isinstance(value, str) and name != "issuer":
        yield from _new_text(lead, value, style)
    else:
        yield from _hang(lead, short(value, name), style.width)


def _new_text(lead: str, value: str, style: Style) -> Iterator[str]:
    lines = [part for line in value.split("\n") for part in _wrapped(printable(line), style.width - len(lead) - 2)]
    if len(lines) == 1:
        yield f'{lead}"{lines[0]}"'
        return
    shown = lines if len(lines) <= _LINES_OF_A_NEW_TEXT + 1 else lines[:_LINES_OF_A_NEW_TEXT]
    for index, line in enumerate(shown):
        yield f"{lead if not index else ' ' * len(lead)}│ {line}".rstrip()
    if len(shown) < len(lines):
        yield f"{' ' * len(lead)}│ … {len(lines) - len(shown)} more lines"


def short(value: Json, name: str = "") -> str:
    """Return a value on one line."""
    if name == "image":
        return image_text(value)
    if name == "expires":
        return _period(value)
    if value is None or value in ([], {}):
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(value) if name == "issuer" else f'"{printable(value)}"'
    if isinstance(value, list):
        return ", ".join(_described(item) if isinstance(item, dict) else printable(str(item)) for item in value)
    if isinstance(value, dict):
        return printable(", ".join(f"{key}: {item}" for key, item in value.items()))
    return printable(str(value))


def _period(value: Json) -> str:
    if not value:
        return "never"
    return counted(value["amount"], str(value["duration"]).removesuffix("s"))


def image_text(value: Json) -> str:
    """Return "400×400 PNG 12 KB 3f2a9c01"."""
    if not value:
        return "(none)"
    if "sha256" not in value:
        return "another picture"
    return (
        f"{value['width']}×{value['height']} {str(value['format']).upper()} {size_text(value['size'])} "
        f"{value['sha256'][:8]}"
    )


def size_text(size: int) -> str:
    """Return a number of bytes as people say it: "12 KB"."""
    if size < 1000:
        return f"{size} B"
    return f"{round(size / 1000)} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _hang(lead: str, text: str, width: int) -> list[str]:
    """Return text behind a lead, wrapped so that its lines stand below each other."""
    parts = _wrapped(text, max(20, width - _columns(lead)))
    return [f"{lead if not index else ' ' * _columns(lead)}{part}".rstrip() for index, part in enumerate(parts)]


def _wrapped(text: str, width: int) -> list[str]:
    if " " not in text.strip():
        return [text]  # an address is copied in one piece, or not at all
    return textwrap.wrap(text, max(10, width), break_long_words=True, break_on_hyphens=False, drop_whitespace=True) or [
        ""
    ]


def _columns(text: str) -> int:
    """Return how many columns text takes on a terminal."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
