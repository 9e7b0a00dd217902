"""A plan as Markdown for a comment on a pull request: what it comes to, what is risky, a table, and the details.

A comment has a greatest length. What does not fit is left out in an order in which it is missed least, and each
omission is said: the middle of long texts, the details of harmless changes, those of risky ones (which the block at
the top still names), rows of harmless changes, what there is to say beside. The risks themselves stay.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from badgeops.model.entities import Image
from badgeops.model.shape import Json
from badgeops.planning import impact
from badgeops.planning.plan import Action, Attribute, Cause, Change
from badgeops.planning.risk import attention
from badgeops.render import diagnostics
from badgeops.render.causes import Group, by_cause
from badgeops.render.layout import wrap
from badgeops.render.markdown.field_lines import field_lines
from badgeops.render.markdown.markup import cell, clipped, code, fenced, image, words
from badgeops.render.plain import printable
from badgeops.render.text.plan_text import counted_earners, summary_line
from badgeops.render.values import counted, image_text
from badgeops.render.view import VERBS, View, left_out

_LEVELS = ((60, 2_000), (24, 600), (10, 300), (5, 160))
"""How many lines of a field are shown, and how many characters of a line: fewer, the less room there is."""
_WIDTH = 110
"""Characters that stand beside each other in a block of a comment."""
_NAME = 60
_PLACE = 80
_SHOWN_PROBLEMS = 20
_ROOM_FOR_NOTES = 400
"""Bytes kept free for what is said about omissions."""


def show(view: View) -> str:
    """Return what `badgeops plan --format markdown` prints."""
    comment = _Comment(view)
    return next(text for text in comment.attempts() if _size(text) <= view.max_bytes)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


@dataclass(frozen=True)
class _Detail:
    change: Change
    text: str

    @property
    def size(self) -> int:
        return _size(self.text) + 2


class _Comment:
    """One plan, and the texts that can be made of it."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.plan = view.plan
        self.risks = attention(view.plan)
        self.risky = {change.address for change, _ in self.risks}
        order = {change.address: number for number, (change, _) in reversed(list(enumerate(self.risks)))}
        self.changes = sorted(view.changes, key=lambda change: order.get(change.address, len(order)))
        """The risky first, each as grave as in the block above."""

    def attempts(self) -> Iterator[str]:
        """Yield the text in ever shorter forms; the last one fits any room that a command lets one ask for."""
        if self.view.summary:
            yield self._text(self.changes, [])
        else:
            for level in _LEVELS[:-1]:
                details = list(self._fitting(self.changes, level, self.view.max_bytes))
                if len(details) == len(self.changes):
                    yield self._text(self.changes, details)
            room = self.view.max_bytes - _size(self._text(self.changes, [])) - _ROOM_FOR_NOTES - self._frames()
            yield self._text(self.changes, list(self._fitting(self.changes, _LEVELS[-1], room)))
        for problems in (_SHOWN_PROBLEMS, 3, 0):
            yield self._text(self._fitting_rows(problems), [], problems)
        yield self._bare(len(self.risks), grouped=False)
        yield self._bare(len(self.risks))
        fits = bisect_left(
            range(len(self.risks)), 1, key=lambda number: _size(self._bare(number)) > self.view.max_bytes
        )
        yield self._bare(max(0, fits - 1))
        yield clipped(f"### badgeops: {words(self._verdict())}", self.view.max_bytes // 4) + "\n"

    def _fitting(self, changes: Iterable[Change], level: tuple[int, int], room: int) -> Iterator[_Detail]:
        """Yield the details of changes one after the other as long as there is room."""
        for change in changes:
            detail = _Detail(change, "\n".join(self._detail(change, level)))
            room -= detail.size
            if room < 0:
                return
            yield detail

    def _frames(self) -> int:
        """Return the bytes that the frames of all issuers take."""
        return sum(len(group) + 120 for group in {change.group for change in self.changes})

    def _fitting_rows(self, problems: int) -> list[Change]:
        room = self.view.max_bytes - _size(self._text([], [], problems)) - _ROOM_FOR_NOTES
        rows = []
        for change in self.changes:
            room -= _size(_row(change, is_risky=True)) + 1
            if room < 0:
                break
            rows.append(change)
        return rows

    # the whole

    def _text(self, rows: list[Change], details: list[_Detail], problems: int = _SHOWN_PROBLEMS) -> str:
        parts = [self._head(), self._risk_block(len(self.risks)), self._problems(problems), self._table(rows)]
        parts += self._groups(details)
        parts += [self._omissions(rows, details), self._foot()]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _bare(self, risks: int, *, grouped: bool = True) -> str:
        """Return the text without table and details, with so many of the risks, and of those only the addresses."""
        counts = left_out(self.changes).replace("Not shown here", "Not shown in a table")
        note = "The rest does not fit here; `badgeops plan` shows all of it." if grouped else ""
        parts = [self._head(), self._risk_block(risks, grouped=grouped), self._problems(0), counts, note, self._foot()]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _verdict(self) -> str:
        plan = self.plan
        if plan.is_empty:
            return summary_line(plan).rstrip(".")
        text = ", ".join(f"{number} {verb}" for action, verb in VERBS.items() if (number := plan.count(action)))
        if plan.errors:
            return f"{text} · cannot be applied, {counted(len(plan.errors), 'error')}"
        if self.view.stops:
            return f"{text} · apply would stop"
        return f"{text} · {self._need()}" if self.risky else text

    def _need(self) -> str:
        return f"{len(self.risky)} need{'s' if len(self.risky) == 1 else ''} attention"

    def _head(self) -> str:
        environment = f"Environment {code(self.plan.environment, _NAME)} on {code(self.plan.server, 120)}"
        serial = f", state serial {self.plan.serial}" if self.plan.serial else ", no state yet"
        return f"### badgeops: {words(self._verdict())}\n\n{environment}{serial}."

    def _risk_lines(self, number: int, *, grouped: bool) -> Iterator[str]:
        shown = self.risks[:number]
        if not grouped:
            yield from (f"> - `{change.address}`: {words(text)}" for change, text in shown)
            return
        by_action: dict[Action, dict[str, None]] = {}
        for change, _ in shown:
            by_action.setdefault(change.action, {})[f"`{change.address}`"] = None
        yield from (f"> - {action}: {', '.join(addresses)}" for action, addresses in by_action.items())

    def _risk_block(self, number: int, *, grouped: bool = False) -> str:
        if not self.risks:
            return ""
        grave = any(change.action is Action.DELETE for change, _ in self.risks)
        lines = [f"> [!{'CAUTION' if grave else 'WARNING'}]", f"> **{self._need()}**", ">"]
        lines += self._risk_lines(number, grouped=grouped)
        if number < len(self.risks):
            lines.append(f"> - **and {len(self.risks) - number} more, for which there is no room here**")
        return "\n".join(lines)

    def _problems(self, number: int) -> str:
        """Say what keeps the plan from being applied, and what else there is to say: as a terminal shows it."""
        lines = [f"**apply would stop:** {code(' '.join(message.split()), 300)}" for message in self.view.stops]
        for title, found in (("error", self.plan.errors), ("warning", self.plan.warnings)):
            listed = by_cause(self.view.where.shared_problems(found))
            shown = listed[:number]
            left_out = sum(len(group.problems) for group in listed[number:])
            more = f", {len(found) - left_out} of them shown" if left_out else ""
            lines += [f"**{counted(len(found), title)}**{more}"] if found else []
            lines += ["\n".join(fenced(_problem_lines(shown), "text"))] if shown else []
        return "\n\n".join(lines)

    # the table

    def _table(self, rows: list[Change]) -> str:
        if not rows:
            return ""
        head = ["| action | address | name | fields | earned by | impact |", "| --- | --- | --- | --- | --- | --- |"]
        return "\n".join([*head, *(_row(change, is_risky=change.address in self.risky) for change in rows)])

    # the details

    def _groups(self, details: list[_Detail]) -> Iterator[str]:
        for group in dict.fromkeys(change.group for change in self.view.changes):
            inside = sorted(
                (item for item in details if item.change.group == group), key=lambda item: item.change.sort_key
            )
            if inside:
                opened = " open" if any(item.change.address in self.risky for item in inside) else ""
                title = f"<summary><code>{group}</code>: {counted(len(inside), 'change')} in detail</summary>"
                yield "\n\n".join([f"<details{opened}>\n{title}", *(item.text for item in inside), "</details>"])

    def _detail(self, change: Change, level: tuple[int, int]) -> list[str]:
        place = f" · {code(_end(self.view.where.shared_place(change.source), _PLACE))}" if change.source else ""
        lines = [f"**{change.action}** `{change.address}`{place}"]
        lines += ["", words(f"{change.reason[:1].upper()}{change.reason[1:]}.")] if change.reason else []
        does = impact.consequence(change)
        if change.earners is not None and change.earners.any:
            lines += ["", f"Earned by {counted_earners(change)}{f'; {does}' if does else ''}."]
        lines += ["", *self._fields(change, level)] if change.attributes and change.action in _WITH_FIELDS else []
        for attribute in change.attributes:
            if attribute.name == "image":
                lines += self._images(change, attribute)
        return lines

    def _fields(self, change: Change, level: tuple[int, int]) -> list[str]:
        lines: list[str] = []
        for attribute in change.attributes:
            note = {Cause.DRIFT: " (edited on the server)", Cause.CONFLICT: " (conflict)"}.get(attribute.cause, "")
            lines.append(f"@@ {attribute.name}{note} @@")
            for sign, text in field_lines(change, attribute, lines=level[0], characters=level[1]):
                lines += _rows(sign, text)
        return fenced(lines, "diff")

    def _images(self, change: Change, attribute: Attribute) -> list[str]:
        before = change.live.image_url if change.live is not None and attribute.before is not None else None
        after = self._new_image(change.upload)
        one, other = image(before, "image before"), image(after, "image after")
        if not one and not other:
            return []
        texts = [_image_text(attribute.before), _image_text(attribute.after)]
        cells = [" ".join(filter(None, pair)) for pair in zip((one, other), texts, strict=True)]
        return ["", "| before | after |", "| --- | --- |", f"| {cells[0]} | {cells[1]} |"]

    def _new_image(self, image: Image | None) -> str | None:
        return self.view.image_url(image) if image is not None else None

    # the end

    def _omissions(self, rows: list[Change], details: list[_Detail]) -> str:
        """Say what `--show-only`, `--summary` or the room have left out."""
        notes = [self.view.left_out] if self.view.left_out else []
        if len(rows) < len(self.changes):
            notes.append(f"{left_out(self.changes[len(rows) :])} There is no room for more rows.")
        elif len(details) < len(self.changes) and not self.view.summary:
            number = len(self.changes) - len(details)
            notes.append(f"The fields of {counted(number, 'change')} are left out: there is no room for them here.")
        return "\n\n".join(notes)

    def _foot(self) -> str:
        unmanaged = len(self.plan.unmanaged)
        lines = [f"{counted(unmanaged, 'entity', 'entities')} on the server not managed here."] if unmanaged else []
        if self.plan.changes and self.view.command_for_others and not self.plan.errors:
            lines.append(f"To make it so: {code(self.view.command_for_others, 300)}")
        lines.append(f"Digest of this plan: `{self.plan.digest}`")
        return "\n\n".join(lines)


def _row(change: Change, *, is_risky: bool) -> str:
    level = impact.of(change)
    fields = ", ".join(item.name for item in change.attributes) if change.action in _CHANGING else ""
    cells = [
        f"**{change.action}**" if is_risky else str(change.action),
        f"`{change.address}`",
        cell(change.name, _NAME),
        fields,
        str(change.earners) if change.earners is not None else "",
        str(level) if level is not None else "",
    ]
    return f"| {' | '.join(cells)} |"


def _rows(sign: str, text: str) -> Iterator[str]:
    """Yield a line of a difference, broken where it is wider than a comment; its sign is on each part.

    Two characters stand before each text, so that an item of a list is no line that is removed.
    """
    if sign == "@":
        yield f"@@ {text} @@"
        return
    first, *rest = wrap(text, _WIDTH) if len(text) > _WIDTH else [text]
    yield f"{sign} {first}"
    yield from (f"{sign}   {part}" for part in rest)


_CHANGING = (Action.UPDATE, Action.ADOPT)
_WITH_FIELDS = (Action.CREATE, *_CHANGING)


def _image_text(value: Json) -> str:
    return cell(image_text(value))


def _problem_lines(found: tuple[Group, ...]) -> list[str]:
    shown = "\n".join(diagnostics.block(group) for group in found).rstrip("\n").split("\n")
    return [clipped(printable(line), 300) for line in shown]


def _end(text: str, limit: int) -> str:
    """Return the end of a path: its beginning says less."""
    return text if len(text) <= limit else f"…{text[-limit:]}"
