"""`badgeops explain`: what the name of a rule or of an error means. Looks at no catalog and at no server."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from badgeops.errors import SettingsError
from badgeops.model import error_names, rules
from badgeops.model.rules import Rule


@dataclass(frozen=True, kw_only=True)
class ExplainRequest:
    """What `badgeops explain` is asked for."""

    name: str | None = None
    """Of a rule, today's or one of the past, or of an error; None for a list of all."""
    catalog: str = "."
    """Every command takes it, so that nobody has to remember which; a name means the same in each."""


def explain_name(request: ExplainRequest) -> tuple[Rule, ...]:
    """Return the rule or the error of that name, or all of both. SettingsError if there is none."""
    if request.name is None:
        return tuple(sorted((*rules.TABLE, *error_names.TABLE), key=lambda row: row.name))
    name = request.name.strip().strip("[]").lower()
    found = rules.find(name) or error_names.NAMED.get(name)
    if found is None:
        near = difflib.get_close_matches(name, [*rules.NAMED, *error_names.NAMED], n=1)
        hint = f"Did you mean {near[0]}?" if near else "`badgeops explain` lists all names."
        raise SettingsError(f"There is neither a rule nor an error {request.name}.", hint=hint)
    return (found,)
