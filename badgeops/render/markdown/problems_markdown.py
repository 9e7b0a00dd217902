"""Problems as Markdown: what it comes to, and what a terminal would show, in a block that nothing can leave."""

from __future__ import annotations

from badgeops.errors import has_errors
from badgeops.render import diagnostics
from badgeops.render.markdown.markup import clipped, fenced
from badgeops.render.plain import printable
from badgeops.render.values import counted
from badgeops.render.view import ProblemsView


def show(problems: ProblemsView) -> str:
    """Return what `badgeops validate --format markdown` prints."""
    ordered = sorted(problems.diagnostics, key=lambda item: item.severity.rank)
    errors = has_errors(ordered)
    said = diagnostics.said(ordered)
    head = (
        f"### badgeops: {'the catalog has problems' if errors else 'the catalog is valid'}{f', {said}' if said else ''}"
    )
    blocks = [_block(text) for text in (diagnostics.text([item], color=False, width=100) for item in ordered)]
    room = problems.max_bytes - len(head.encode()) - 200
    shown: list[str] = []
    for block in blocks:
        room -= len("\n".join(block).encode("utf-8", "replace")) + 1
        if room < 0:
            break
        shown += block
    parts = [head, *(["\n".join(fenced(shown, "text"))] if shown else [])]
    number = sum(not line for line in shown)
    if number < len(blocks):
        parts.append(f"{counted(len(blocks) - number, 'more problem')} left out: there is no room here.")
    return "\n\n".join(parts) + "\n"


def _block(text: str) -> list[str]:
    """Return the lines of one problem, the count that a terminal shows below it left out, and an empty line."""
    return [*(clipped(printable(line), 300) for line in text.rstrip("\n").split("\n")[:-2]), ""]
