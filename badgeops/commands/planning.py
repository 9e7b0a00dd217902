"""Refresh and plan, as `plan`, `apply`, `destroy` and `import` need it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from badgeops import planner, risk
from badgeops.client import Client
from badgeops.commands.console import suggestion
from badgeops.commands.working import working
from badgeops.commands.workspace import Workspace, no_collection
from badgeops.errors import Diagnostic
from badgeops.model import Address, Kind
from badgeops.plan import Plan
from badgeops.planner import Options, Snapshot
from badgeops.refresh import count_holders, refresh
from badgeops.render.plan_text import header
from badgeops.state import State


@dataclass(frozen=True)
class Planned:
    """A plan and what it was made from."""

    plan: Plan
    snapshot: Snapshot

    def header(self) -> str:
        """Return the lines that say what was looked at."""
        kinds = [live.kind for live in self.snapshot.live.values()]
        return header(
            self.plan,
            issuers=kinds.count(Kind.ISSUER),
            badge_classes=kinds.count(Kind.BADGE_CLASS),
            requests=self.snapshot.requests,
        )


def make_plan(workspace: Workspace, state: State, client: Client, options: Options, *, parallelism: int) -> Planned:
    """Read the server and plan against it."""
    with working(workspace.console, "Reading the server") as tell:
        with no_collection():
            snapshot = refresh(client, state, parallelism=parallelism, tell=tell)
            plan = planner.build(workspace.catalog, state, snapshot, options)
        holders = count_holders(client, risk.needs_holders(plan), parallelism=parallelism, tell=tell)
    plan = risk.with_holders(
        plan,
        holders,
        destroy=options.destroy,
        on_meaning_change=workspace.settings.on_meaning_change,
        allow_meaning_change=options.allow_meaning_change,
    )
    return Planned(_with_warnings(plan, workspace.warnings), snapshot)


def _with_warnings(plan: Plan, warnings: tuple[Diagnostic, ...]) -> Plan:
    """Add what validation had to say: who reads the plan should not need to run `validate` as well."""
    return replace(plan, problems=(*plan.problems, *warnings))


def addresses(values: tuple[str, ...]) -> frozenset[Address]:
    """Read addresses from the command line."""
    import click

    try:
        return frozenset(Address.parse(value) for value in values)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def command_line(name: str, catalog: str, environment: str | None, *more: str) -> str:
    """Return the command to run next, with what it needs to find the same catalog and environment."""
    return " ".join([suggestion(f"badgeops {name}", catalog, environment), *more])
