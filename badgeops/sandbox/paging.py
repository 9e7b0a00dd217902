"""Lists: whole, by pages with a Link header, or as a feed of changes with the pages in the body.

A page starts after a row number, so it costs the same however long the list is. The cursor is opaque to clients.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from badgeops.sandbox import entities
from badgeops.sandbox.envelope import Answer, bad_request, invalid_cursor, ok

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from badgeops.sandbox.call import Call
    from badgeops.sandbox.entities import Entity

    Show = Callable[[sqlite3.Connection, list[Entity]], list[dict[str, Any]]]

LARGEST_PAGE: Final = 500
CHANGES_PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins."""

    position: str
    """The row, or in the feed the time and the row, that the page begins after."""
    backwards: bool = False

    def encode(self) -> str:
        """Write it for a link."""
        sign = "-" if self.backwards else "+"
        return base64.urlsafe_b64encode((sign + self.position).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, encoded: str | None) -> Cursor | None:
        """Read it back; nothing is no cursor, and what was never ours is answered 404.

        Characters that base64 has not do not count, so that of some nonsense nothing is left.
        """
        encoded = encoded or ""
        try:
            plain = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_").decode()
        except (binascii.Error, ValueError) as problem:
            raise invalid_cursor() from problem
        if not plain:
            return None
        if not re.fullmatch(r"[+-][0-9TZ:.|-]+", plain):
            raise invalid_cursor()
        return cls(plain[1:], backwards=plain[0] == "-")


def page_size(call: Call) -> int | None:
    """Read `num`: 1 to 500, clamped; None, meaning everything, without it or with nonsense."""
    value = call.param("num")
    if value is None or not re.fullmatch(r"-?[0-9]{1,9}", value):
        return None
    return min(max(int(value), 1), LARGEST_PAGE)


def pages(call: Call, conditions: Mapping[str, object], whole_order: str, show: Show) -> Answer:
    """Answer with a list: newest first by pages with `num`, else all of it in `whole_order`."""
    size = page_size(call)
    with call.store.reading() as db:
        if size is None:
            everything = entities.select(db, conditions, f"ORDER BY {whole_order}")
            return ok(show(db, everything))
        cursor = Cursor.decode(call.param("cursor"))
        found, links = _page(db, conditions, size, cursor)
        answer = ok(show(db, found))
    header = ", ".join(f'<{_link(call, link)}>; rel="{rel}"' for rel, link in links.items())
    return Answer(answer.status, answer.body, headers=(("Link", header),) if header else ())


def _page(
    db: sqlite3.Connection, conditions: Mapping[str, object], size: int, cursor: Cursor | None
) -> tuple[list[Entity], dict[str, Cursor]]:
    backwards = cursor is not None and cursor.backwards
    conditions = dict(conditions)
    if cursor is not None:
        conditions["row > ?" if backwards else "row < ?"] = _row(cursor)
    order = "ASC" if backwards else "DESC"
    found = entities.select(db, conditions, f"ORDER BY row {order} LIMIT {size + 1}")
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    links = {}
    if found and (more or backwards):
        links["next"] = Cursor(str(found[-1].row))
    if found and (more if backwards else cursor is not None):
        links["prev"] = Cursor(str(found[0].row), backwards=True)
    return found, links


def _row(cursor: Cursor) -> int:
    if not re.fullmatch("[0-9]{1,18}", cursor.position):
        raise invalid_cursor()
    return int(cursor.position)


def changes(call: Call, conditions: Mapping[str, object], show: Show) -> Answer:
    """Answer with what changed after `since`, oldest change first; what was deleted never shows up.

    A cursor of the feed is a change too: time and row of the last one shown.
    """
    timestamp = datetime.now(UTC).isoformat(timespec="microseconds")
    size = _change_page_size(call)
    conditions = dict(conditions)
    since = call.param("since")
    if since is not None:
        conditions["updated_at > ?"] = _since(since)
    cursor = Cursor.decode(call.param("cursor"))
    if cursor is not None:
        conditions["updated_at || '|' || printf('%015d', row) > ?"] = cursor.position
    with call.store.reading() as db:
        found = entities.select(db, conditions, f"ORDER BY updated_at, row LIMIT {size + 1}")
        shown = show(db, found[:size])
    following = None
    if len(found) > size:
        last = found[size - 1]
        following = _link(call, Cursor(f"{last.updated_at}|{last.row:015d}"))
    pagination = {
        "hasNext": following is not None,
        "nextResults": following,
        "hasPrevious": cursor is not None,
        "previousResults": None if cursor is None else _link(call, None),
    }
    return ok(shown, pagination=pagination, timestamp=timestamp)


def _change_page_size(call: Call) -> int:
    value = call.param("num") or ""
    size = int(value) if re.fullmatch(r"[0-9]{1,9}", value) else 0
    return size or CHANGES_PER_PAGE


def _since(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as problem:
        raise bad_request({"since": ["must be ISO-8601 format with time zone"]}) from problem
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _link(call: Call, cursor: Cursor | None) -> str:
    """Give the address of another page: the same query with another cursor."""
    query = {name: values for name, values in call.query.items() if name != "cursor"}
    if cursor is not None:
        query["cursor"] = [cursor.encode()]
    return f"{call.url}?{urlencode(sorted(query.items()), doseq=True)}"
