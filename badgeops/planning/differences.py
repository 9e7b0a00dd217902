"""Where two values of a field differ, element by element. Pure; deepdiff's types stay in here.

A text or a number is one element and differs as a whole. Tags are told apart by themselves, alignments by what they
point at, extensions by their path, so that a reader is shown the one member that changed and not two long lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from badgeops.model.fields import Type, type_of
from badgeops.model.shape import Json


@dataclass(frozen=True, slots=True)
class Element:
    """One element that was added (`before` is None), removed (`after` is None) or changed."""

    label: str
    """ "2-AP-13" for an alignment, "2-AP-13.targetName" for one of its members, the tag itself for a tag."""
    before: Json
    after: Json

    @property
    def symbol(self) -> str:
        """Return "+", "-" or "~"."""
        if self.before is None:
            return "+"
        return "-" if self.after is None else "~"


def elements(name: str, before: Json, after: Json) -> tuple[Element, ...]:
    """Return what differs between two values of a field; empty for a field that is one element."""
    kind = type_of(name)
    if kind is Type.TAGS:
        return tuple(_tags(before or [], after or []))
    if kind is Type.ALIGNMENTS:
        return tuple(_alignments(before or [], after or []))
    if kind is Type.EXTENSIONS:
        return tuple(_nested(before or {}, after or {}))
    return ()


def _tags(before: list[Json], after: list[Json]) -> Iterator[Element]:
    yield from (Element(str(tag), None, tag) for tag in after if tag not in before)
    yield from (Element(str(tag), tag, None) for tag in before if tag not in after)


def _alignments(before: list[Json], after: list[Json]) -> Iterator[Element]:
    """Pair alignments by what they point at, so that a corrected name is a change and not a removal."""
    ours = _by_target([item for item in before if item not in after])
    theirs = _by_target([item for item in after if item not in before])
    for key in [*theirs, *(key for key in ours if key not in theirs)]:
        label = _label(theirs.get(key) or ours[key])
        if key not in ours:
            yield Element(label, None, theirs[key])
        elif key not in theirs:
            yield Element(label, ours[key], None)
        else:
            yield from (
                Element(f"{label}.{element.label}", element.before, element.after)
                for element in _nested(ours[key], theirs[key])
            )


def _by_target(alignments: list[Json]) -> dict[tuple[str, str, int], Json]:
    """Key each alignment by URL and code; several with the same pair are numbered."""
    result: dict[tuple[str, str, int], Json] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for item in alignments:
        pair = str(item.get("targetUrl")), str(item.get("targetCode"))
        result[*pair, seen[pair]] = item
        seen[pair] += 1
    return result


def _label(alignment: Json) -> str:
    return str(alignment.get("targetCode") or alignment.get("targetName") or alignment.get("targetUrl"))


def _nested(before: Json, after: Json) -> list[Element]:
    from deepdiff import DeepDiff  # noqa: PLC0415 (100 ms, and most plans are empty)

    tree = DeepDiff(
        before,
        after,
        view="tree",
        threshold_to_diff_deeper=0,
        ignore_private_variables=False,
    )
    found = [
        Element(
            ".".join(str(step) for step in level.path(output_format="list")),
            _present(level.t1),
            _present(level.t2),
        )
        for levels in tree.values()
        for level in levels
    ]
    return sorted(found, key=lambda element: element.label)


def _present(value: Json) -> Json:
    """Fold deepdiff's "not present" into None."""
    return None if type(value).__name__ == "NotPresent" else value
