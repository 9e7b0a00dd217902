"""Refresh and plan, as `plan`, `apply` and `destroy` need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from badgeops.api.client import Client
from badgeops.api.live import Earners
from badgeops.app.collection import no_collection
from badgeops.app.requests import RefreshRequest
from badgeops.app.workspace import Workspace
from badgeops.catalog.referenced_files import read_image
from badgeops.errors import ApiError, Diagnostic, PlanError, Severity
from badgeops.model.address import Kind
from badgeops.model.allowances import NOTHING, Allowances
from badgeops.planning import planner, risk, unverified
from badgeops.planning.own_images import with_own_images
from badgeops.planning.plan import Plan
from badgeops.planning.planner import Options, Snapshot
from badgeops.planning.refresh import count_earners, refresh
from badgeops.render.text.plan_text import header
from badgeops.review import snapshots
from badgeops.review.snapshots import Recorded
from badgeops.safe_files.reading import read_regular
from badgeops.state.record import State

_MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class PlanningRequest(RefreshRequest):
    """What a command that plans the whole catalog is asked for."""

    allow: Allowances = NOTHING
    """What would stop otherwise."""

    @property
    def options(self) -> Options:
        """What the planner is to do beyond the defaults."""
        return Options(self.allow)

    @property
    def given_again(self) -> list[str]:
        """Return what was allowed: without it the command would stop."""
        return self.allow.options


@dataclass(frozen=True)
class Planned:
    """A plan and what it was made from."""

    plan: Plan
    snapshot: Snapshot
    against: str = ""
    """The file that the snapshot was recorded in; empty where the server was asked."""
    counts_earners: bool = True

    def header(self) -> str:
        """Return the lines that say what was looked at."""
        kinds = [live.kind for live in self.snapshot.live.values()]
        return header(
            self.plan,
            issuers=kinds.count(Kind.ISSUER),
            badge_classes=kinds.count(Kind.BADGE_CLASS),
            requests=self.snapshot.requests,
            against=self.against,
            counts_earners=self.counts_earners,
        )


def make_plan(
    workspace: Workspace,
    state: State,
    client: Client,
    options: Options,
    *,
    parallelism: int,
    snapshot: Snapshot | None = None,
) -> Planned:
    """Read the server, unless `snapshot` was read of it just now, and plan against it."""
    with workspace.reporter.working("Reading the server") as tell:
        with no_collection():
            if snapshot is None:
                snapshot = refresh(client, state, parallelism=parallelism, tell=tell)
            snapshot = with_own_images(client, workspace.catalog, state, snapshot, read_image, parallelism)
            plan = _built(workspace, state, snapshot, options)
        wanted, past = risk.needs_earners(plan), risk.needs_past(plan)
        counted = count_earners(client, wanted, past=past, parallelism=parallelism, tell=tell)
        emails = _verified_emails(client) if unverified.creates_issuers(plan) else None
    plan = replace(plan, problems=(*plan.problems, *unverified.warnings(plan, state, snapshot.live, emails)))
    return Planned(_weighed(workspace, plan, counted.earners, options, counted.unknown), snapshot)


def _verified_emails(client: Client) -> frozenset[str] | None:
    """Return the verified addresses of the account; None where the server does not tell: a plan can do without."""
    try:
        return unverified.verified_emails(client.account() if client.profile is None else client.profile)
    except ApiError:
        return None


def plan_against(workspace: Workspace, state: State, file: str, options: Options) -> Planned:
    """Plan against what was recorded of the server, and ask nobody."""
    settings = workspace.settings
    recorded = _read_snapshot(file)
    snapshots.check(
        recorded,
        file,
        environment=settings.environment,
        server=settings.server.identity,
        dialect=settings.server.dialect,
    )
    with no_collection():
        # Nobody asks the server what time it is: this computer's clock only decides what is said here.
        snapshot = replace(recorded.snapshot, now=datetime.now(UTC))
        plan = _built(workspace, state, snapshot, options)
    counted = recorded.earners or {}
    earners = {entity_id: counted[entity_id] for entity_id in risk.needs_earners(plan) if entity_id in counted}
    plan = _weighed(workspace, plan, earners, options, None if recorded.earners is None else {})
    plan = replace(plan, problems=(*_out_of_step(recorded, state, file), *plan.problems))
    return Planned(plan, recorded.snapshot, file, recorded.earners is not None)


def _built(workspace: Workspace, state: State, snapshot: Snapshot, options: Options) -> Plan:
    options = replace(options, recreate_after=workspace.settings.recreate_after)
    return planner.build(workspace.catalog, state, snapshot, options)


def _weighed(
    workspace: Workspace,
    plan: Plan,
    earners: Mapping[str, Earners],
    options: Options,
    unknown: Mapping[str, str] | None,
) -> Plan:
    """Return a plan with what it means for people, and with what validation had to say.

    Who reads the plan should not need to run `validate` as well.
    """
    plan = risk.with_earners(
        plan,
        earners,
        unknown=unknown,
        destroy=options.destroy,
        on_meaning_change=workspace.settings.on_meaning_change,
        allowed=options.allowed,
    )
    return replace(plan, problems=(*workspace.standing(plan.problems), *workspace.warnings))


def _read_snapshot(file: str) -> Recorded:
    again = "`badgeops snapshot --out FILE` writes one."
    if not file:
        raise PlanError("--snapshot is empty.", hint=f"Perhaps the variable that should contain it is not set. {again}")
    try:
        text = read_regular(file, _MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise PlanError(f"The snapshot {file} cannot be read: {error.strerror or error}.", hint=again) from error
    except UnicodeDecodeError as error:
        raise PlanError(f"{file} is not a snapshot: it is not UTF-8 text.", hint=again) from error
    return snapshots.loads(text, name=file)


def _out_of_step(recorded: Recorded, state: State, file: str) -> tuple[Diagnostic, ...]:
    """Warn where a snapshot was taken beside another state than the one at hand."""
    if (recorded.lineage, recorded.serial) == (state.lineage, state.serial):
        return ()
    summary = f"{file} was taken at serial {recorded.serial} of the state, which is at {state.serial} now"
    if recorded.lineage and state.lineage and recorded.lineage != state.lineage:
        summary = f"{file} was taken beside another state"
    detail = (
        "Entities that were created or deleted in between look deleted or unmanaged in the plan. Take a new snapshot "
        "after each apply, and bring the branch up to date."
    )
    return (Diagnostic(Severity.WARNING, "old-snapshot", summary, detail),)
