"""What a renderer is given: a plan or findings, and what the command knows beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from badgeops.errors import Diagnostic
from badgeops.plan import Plan
from badgeops.render.style import Style


@dataclass(frozen=True)
class View:
    """A plan as it is to be shown. Each format is a function View -> str."""

    plan: Plan
    header: str
    """The two lines that say what was looked at."""
    style: Style = field(default_factory=Style)
    next_command: str = ""
    """What makes it so; empty where the plan cannot be applied as it stands."""
    stops: tuple[str, ...] = ()
    """Why apply would stop although no change is wrong: too many at once. Each names its flag."""
    show_unmanaged: bool = False


@dataclass(frozen=True)
class Findings:
    """What there is to say about a catalog, as it is to be shown. Each format is a function Findings -> str."""

    diagnostics: tuple[Diagnostic, ...]
    style: Style = field(default_factory=Style)
