"""Rules and errors as text: what `badgeops explain` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from badgeops.model import error_names, rules
from badgeops.model.rules import Rule


def show(rule: Rule, *, width: int = 80) -> str:
    """Return what a rule or an error means, why it is there, and what to do about it."""
    parts = [f"{rule.what} {rule.why}", f"To mend it: {rule.mend}"]
    blocks = ["\n".join(textwrap.wrap(part, width, break_long_words=False, break_on_hyphens=False)) for part in parts]
    if rule.name not in error_names.NAMED:
        blocks += _living_with(rule, width)
    if rule.formerly:
        blocks.append(f"Formerly: {', '.join(rule.formerly)}.")
    return "\n\n".join([rule.name, *(textwrap.indent(block, "  ") for block in blocks)]) + "\n"


def show_all(rows: Iterable[Rule]) -> str:
    """Return a line for each rule and error: its name, and what is wrong."""
    listed = list(rows)
    width = max(len(row.name) for row in listed)
    return "".join(f"{row.name:{width}}  {row.what}\n" for row in listed)


def _living_with(rule: Rule, width: int) -> Iterable[str]:
    if not rule.accept_for:
        yield "It cannot be accepted: it stands until it is mended."
        return
    which = "even if it is an error" if rule.accepts_errors else "if it is not an error"
    what = "documents" if rule.accept_for == rules.ADDRESS else "files"
    text = f"To live with it, {which}, accept it in badgeops.yaml for the {what} that you name:"
    entry = f"accept:\n  - rule: {rule.name}\n    for: {rule.accept_for}\n    because: …"
    yield "\n".join(textwrap.wrap(text, width))
    yield textwrap.indent(entry, "  ")
