"""Problems as Markdown: what it comes to, and what a terminal would show, in a block that nothing can leave."""

from __future__ import annotations

from badgeops.errors import has_errors
from badgeops.render import diagnostics
from badgeops.render.causes import by_cause, how_many
from badgeops.render.markdown.markup import clipped, fenced
from badgeops.render.plain import printable
from badgeops.render.values import counted
from badgeops.render.view import ProblemsView


def show(problems: ProblemsView) -> str:
    """Return what `badgeops validate --format markdown` prints."""
    ordered = sorted(problems.where.shared_problems(problems.diagnostics), key=lambda item: item.severity.rank)
    errors = has_errors(ordered)
    said = diagnostics.said(ordered)
    found = by_cause(ordered, every_place=problems.every_place)
    head = (
        f"### badgeops: {'the catalog has problems' if errors else 'the catalog is valid'}{f', {said}' if said else ''}"
    )
    room = problems.max_bytes - len(head.encode()) - 200
    shown: list[str] = []
    left = len(ordered)
    for group in found:
        block = _block(diagnostics.block(group))
        room -= len("\n".join(block).encode("utf-8", "replace")) + 1
        if room < 0:
            break
        shown += block
        left -= len(group.problems)
    parts = [head, *(["\n".join(fenced(shown, "text"))] if shown else [])]
    if summed := how_many(found):
        parts.append(f"The problems are {summed}.")
    if left:
        parts.append(f"{counted(left, 'more problem')} left out: there is no room here.")
    return "\n\n".join(parts) + "\n"


def _block(text: str) -> list[str]:
    """Return the lines of one group, and an empty line."""
    return [*(clipped(printable(line), 300) for line in text.rstrip("\n").split("\n")), ""]
