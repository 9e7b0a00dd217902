"""Annotations for GitHub Actions: what a reviewer must see, at the line that it is about.

Text from outside can be in a message or in a property and never leaves it: what could end one is escaped as GitHub
does it. GitHub shows ten annotations of a kind in a step, so the ten most severe are written, and one that says how
many there are beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from badgeops.errors import Diagnostic, Severity, Source
from badgeops.planning.risk import attention
from badgeops.render.causes import Group, by_cause
from badgeops.render.markdown.markup import clipped
from badgeops.render.plain import printable
from badgeops.render.values import counted
from badgeops.render.view import ProblemsView, View, Where

_SHOWN = 10
_LONGEST = 2_000
"""Characters of a message; GitHub cuts what is longer than 4 KB."""


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


@dataclass(frozen=True, slots=True)
class _Annotation:
    level: str
    title: str
    text: str
    source: Source | None = None
    number: int = 1
    """Of problems that it stands for."""


def show_plan(view: View) -> str:
    """Return what `badgeops plan --format github` prints: errors, what apply would stop at, risks, warnings."""
    plan, where = view.plan, view.where
    found = [_of(group) for group in by_cause(_placed(plan.errors, where))]
    found += [_Annotation("error", "apply would stop", message) for message in view.stops]
    found += [
        _Annotation("warning", str(change.address), text, _shared(change.source, where))
        for change, text in attention(plan)
    ]
    found += [_of(group) for group in by_cause(_placed(plan.warnings, where))]
    return _lines(found)


def show_problems(problems: ProblemsView) -> str:
    """Return what `badgeops validate --format github` prints."""
    ordered = sorted(_placed(problems.diagnostics, problems.where), key=lambda item: item.severity.rank)
    return _lines([_of(group) for group in by_cause(ordered, every_place=problems.every_place)])


def _placed(problems: Iterable[Diagnostic], where: Where) -> Iterator[Diagnostic]:
    """Yield problems as the repository's files are called there; those outside of it have no place."""
    for problem in problems:
        yield replace(where.shared_problem(problem), source=_shared(problem.source, where))


def _shared(source: Source | None, where: Where) -> Source | None:
    path = where.in_repository(source.filename) if source is not None else None
    return replace(source, filename=path) if source is not None and path is not None else None


def _of(group: Group) -> _Annotation:
    """Return the annotation of a group, at the first place where it was met."""
    first = group.first
    title = f"{first.address}: {first.code}" if first.address and group.is_single else first.code
    text = "\n".join(filter(None, [group.headline, first.detail, *group.notes]))
    return _Annotation(_LEVELS[first.severity], title, text, first.source, len(group.problems))


def _lines(found: list[_Annotation]) -> str:
    rest = sum(item.number for item in found[_SHOWN:])
    shown = found[:_SHOWN]
    if rest > 0:
        shown.append(
            _Annotation("notice", "badgeops", f"and {counted(rest, 'more problem')}: see the summary of this run")
        )
    return "".join(f"{_command(item)}\n" for item in shown)


def _command(annotation: _Annotation) -> str:
    properties = {**_place(annotation.source), "title": clipped(annotation.title, 200)}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{annotation.level} {listed}::{_data(clipped(annotation.text, _LONGEST))}"


def _place(source: Source | None) -> dict[str, str]:
    """Return where an annotation stands; nothing where that is outside of the repository."""
    if source is None:
        return {}
    place = {"file": source.filename, "line": str(source.line), "col": str(source.column)}
    if source.end_line > source.line:
        return place | {"endLine": str(source.end_line)}  # GitHub takes no columns over several lines
    return place | ({"endColumn": str(source.end_column)} if source.end_column > source.column else {})


def _data(text: str) -> str:
    """Escape a message: its own lines stay lines, and everything else that acts is written out."""
    return _escaped("\n".join(map(printable, text.split("\n"))), (("\n", "%0A"),))


def _property(text: str) -> str:
    return _escaped(printable(text), ((":", "%3A"), (",", "%2C")))


def _escaped(text: str, more: Iterable[tuple[str, str]]) -> str:
    for character, code in (("%", "%25"), *more):
        text = text.replace(character, code)
    return text.replace("##[", r"##\x5b")
