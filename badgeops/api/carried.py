"""What an update leaves as it is: it travels in the PUT as it came, and is looked for in the answer. Pure.

The hosted service documents that a PUT replaces the whole entity, so what a PUT leaves out may be lost. The body of a
PUT is therefore built on the entity as it was read just before: every *member* of that answer travels, whether
badgeops knows it or not, but for those below. The managed fields are put over it.

    is decided by the server     ids, dates, addresses, what an archived badge class says of it   never sent
    staff                        who works for an issuer: a PUT with a stale list removes people  never sent, nor read
    null                         holds nothing that could be lost                                 never sent

The open-source server writes only what stands in the body (its `update` methods; observed on 2021-01 and 3.23.1). There
the fields that it knows are left out unless they change: it would check them anew, and fetch the contexts of
extensions from the internet. Members that it is not known to have travel there as well.

Inside a managed field the same holds for its *parts*: the members of an alignment, and single extensions. A part that
neither the document has nor we ever sent is nobody's business: it is not compared, and it travels.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from badgeops.api.live import Live
from badgeops.model.address import Kind
from badgeops.model.dialect import Dialect
from badgeops.model.fields import Type, of_kind, type_of
from badgeops.model.shape import Fields, Json

READ_ONLY: Final = frozenset(
    {
        "archivalNote",
        "archived",
        "archivedDate",
        "createdAt",
        "createdBy",
        "entityId",
        "entityType",
        "id",
        "imagePath",
        "issuer",
        "issuerOpenBadgeId",
        "openBadgeId",
        "organizationId",
        "originalJson",
        "source",
        "sourceUrl",
    }
)
"""Members of answers that no documented body of a PUT has (the v2 API's pages on issuers and badge classes)."""
NEVER_SENT: Final = READ_ONLY | {"staff"}
_KEPT: Final = frozenset({"badgrDomain", "image"})
"""Beside the fields of the table: what the open-source server is known to keep when a PUT leaves it out."""
_IMAGE: Final = frozenset({"image", "imagePath"})
_STATUS: Final = frozenset({"archived", "archivedDate", "archivalNote"})


def carried(live: Live, dialect: Dialect) -> Fields:
    """Return the members that travel in a PUT as they came. `live` was read with its members."""
    kept = _KEPT | {field.name for field in of_kind(live.kind)} if dialect is not Dialect.HOSTED else frozenset[str]()
    return {
        name: value
        for name, value in (live.members or {}).items()
        if value is not None and name not in NEVER_SENT and name not in kept
    }


# --- parts ---------------------------------------------------------------------------------------------------------


def seen_as(name: str, live: Json, *ours: Json) -> Json:
    """Return a live value without the parts that are nobody's business: those that none of `ours` has.

    `ours` are values of the same field: what is wanted, what was sent.
    """
    if type_of(name) is Type.ALIGNMENTS and isinstance(live, list):
        partners = [_partners(live, value if isinstance(value, list) else []) for value in ours]
        return [_common(entry, [each[index] for each in partners]) for index, entry in enumerate(live)]
    if type_of(name) is Type.EXTENSIONS and isinstance(live, dict) and any(ours):
        return {
            key: value for key, value in live.items() if any(isinstance(each, dict) and key in each for each in ours)
        }
    return live


def _common(entry: Json, partners: Sequence[Json]) -> Json:
    known = [partner for partner in partners if partner is not None]
    if not known or not isinstance(entry, dict):
        return entry
    return {key: value for key, value in entry.items() if any(key in partner for partner in known)}


def put_over(name: str, wanted: Json, live: Json, sent: Json) -> Json:
    """Return a wanted value together with the parts of the live one that are nobody's business.

    `sent` is what we sent last, or None: a part of it that is not wanted any more does not travel.
    """
    if type_of(name) is Type.ALIGNMENTS and isinstance(wanted, list):
        lives = _partners(wanted, live if isinstance(live, list) else [])
        before = _partners(wanted, sent if isinstance(sent, list) else [])
        return [_rest(lives[index], entry, before[index]) | entry for index, entry in enumerate(wanted)]
    if type_of(name) is Type.EXTENSIONS and isinstance(wanted, dict) and wanted:
        return _rest(live, wanted, sent) | wanted
    return wanted


def _rest(live: Json, wanted: Fields, sent: Json) -> Fields:
    """Return the parts of a live value that neither the catalog wants nor we have sent."""
    if not isinstance(live, dict):
        return {}
    ours = wanted.keys() | (sent.keys() if isinstance(sent, dict) else set())
    return {key: value for key, value in live.items() if key not in ours and value is not None}


_LIKENESS: Final[Sequence[Sequence[str]]] = (("targetUrl", "targetName"), ("targetUrl",), ("targetName",))
"""What makes two alignments the same one, the surest first: they have no ids."""


def _partners(entries: Sequence[Json], others: Sequence[Json]) -> list[Json]:
    """Return for each alignment the one of `others` that is the same, or None; nobody is the partner of two."""
    found: list[Json] = [None] * len(entries)
    free = list(range(len(others)))
    for members in _LIKENESS:
        for index, entry in enumerate(entries):
            if found[index] is not None:
                continue
            match = next((number for number in free if _is_like(entry, others[number], members)), None)
            if match is not None:
                free.remove(match)
                found[index] = others[match]
    return found


def _is_like(one: Json, other: Json, members: Sequence[str]) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    return all(one.get(member) and _text(one[member]) == _text(other.get(member)) for member in members)


def _text(value: Json) -> Json:
    return value.strip() if isinstance(value, str) else value


# --- what became of it ---------------------------------------------------------------------------------------------


def lost(before: Live, after: Live, meant: Collection[str]) -> list[str]:
    """Return the places of what was set before a write, was not meant to change, and is gone or empty after it.

    `meant` names the members that the write was to change. Empty where either side was read without its members.
    """
    return sorted(_gone(_of_interest(before, meant), _of_interest(after, meant)))


def lost_parts(managed: Fields, body: Fields, after: Live) -> list[str]:
    """Return the parts that travelled inside managed fields and are gone: `alignments.targetType`."""
    found: set[str] = set()
    for name, wanted in managed.items():
        sent, shown = body.get(name), (after.members or {}).get(name)
        if type_of(name) is Type.ALIGNMENTS and isinstance(sent, list) and isinstance(shown, list):
            partners = _partners(sent, shown)
            for entry, whole, now in zip(wanted, sent, partners, strict=False):
                if now is not None:
                    found |= {f"{name}.{part}" for part in _gone(_rest(whole, entry, None), now)}
        elif type_of(name) is Type.EXTENSIONS and isinstance(sent, dict) and isinstance(shown, dict):
            found |= {f"{name}.{part}" for part in _gone(_rest(sent, wanted, None), shown)}
    return sorted(found)


def altered(before: Live, after: Live, meant: Collection[str]) -> list[str]:
    """Return the members that the server itself gave another value. Some are computed: it is no error."""
    earlier, later = _of_interest(before, meant), _of_interest(after, meant)
    return sorted(
        name
        for name in earlier.keys() & later.keys() - READ_ONLY - _IMAGE
        if not _is_empty(earlier[name]) and not _is_empty(later[name]) and not _is_alike(earlier[name], later[name])
    )


def meant_by(changed: Collection[str], *, upload: bool, reactivated: bool) -> frozenset[str]:
    """Return the members that a write is to change."""
    return frozenset(changed) | (_IMAGE if upload else frozenset()) | (_STATUS if reactivated else frozenset())


def _of_interest(live: Live, meant: Collection[str]) -> Fields:
    return {name: value for name, value in (live.members or {}).items() if name != "staff" and name not in meant}


def _gone(before: Mapping[str, Json], after: Mapping[str, Json], path: str = "") -> Iterator[str]:
    for name, value in before.items():
        if _is_empty(value):
            continue
        now = after.get(name)
        if _is_empty(now):
            yield f"{path}{name}"
        elif isinstance(value, dict) and isinstance(now, dict):
            yield from _gone(value, now, f"{path}{name}.")


def _is_empty(value: Json) -> bool:
    """Tell whether a value holds nothing: null, "", [], {} and an object of such. False and 0 are values."""
    if isinstance(value, dict):
        return all(_is_empty(item) for item in value.values())
    return value is None or value in ("", [])


def _is_alike(one: Json, other: Json) -> bool:
    """Tell whether two values differ in the order of a list at most."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(item in other for item in one) and all(item in one for item in other)
    return bool(one == other)


def unseen(kind: Kind, dialect: Dialect) -> tuple[str, ...]:
    """Return the fields that a server takes and never shows: what it holds of them cannot travel."""
    return tuple(field.name for field in of_kind(kind, dialect) if not field.is_readable)
